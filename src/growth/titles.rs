//! Titles (高级讲师): granted by hand for the whole company; held once at a time, never withdrawn by themselves. Their table has room
//! for what a streak is to grant, which none does yet.

use actix_web::{get, post};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;
use validator::Validate;

use crate::auth::rights::{PromotionsRead, PromotionsWrite};
use crate::call::{Answer, Call, answer};
use crate::db::Constraint as _;
use crate::error::Code::AlreadyExists;
use crate::error::{Error, Result};
use crate::http::{ETag, Json, Page, Paged, Reply};
use crate::journal::{Audit, Event, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::Thing;
use crate::people::{EmployeeRef, People, employee_refs, existing_employees, visible};
use crate::schema::titles;

pub fn routes(config: &mut ServiceConfig) {
    config.service(grant_title).service(list_titles);
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = titles)]
struct Title {
    id: Uuid,
    employee_id: Uuid,
    programme_id: Option<Uuid>,
    code: String,
    snapshot_id: Option<Uuid>,
    policy_code: Option<String>,
    granted_at: DateTime<Utc>,
    withdrawn_at: Option<DateTime<Utc>>,
    withdraw_reason: Option<String>,
    version: i64,
}

/// A title to grant by hand.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "code": "senior-lecturer"}))]
pub struct GrantTitleRequest {
    pub employee_id: Uuid,
    /// Code of the title.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    pub code: String,
}

/// A title that a person holds or held.
#[derive(Debug, Serialize, ToSchema)]
pub struct TitleResponse {
    pub id: Uuid,
    pub employee: EmployeeRef,
    /// The programme that granted it; null: by hand, for the whole company.
    pub programme_id: Option<Uuid>,
    #[schema(max_length = 64, examples("senior-lecturer"))]
    pub code: String,
    /// The closed snapshot whose streak granted it; null: by hand.
    pub snapshot_id: Option<Uuid>,
    /// The policy that granted it.
    #[schema(max_length = 64)]
    pub policy_code: Option<String>,
    pub granted_at: DateTime<Utc>,
    /// Null: held.
    pub withdrawn_at: Option<DateTime<Utc>>,
    #[schema(max_length = 500)]
    pub withdraw_reason: Option<String>,
    pub etag: ETag,
}

/// A page of titles.
pub type TitlePage = Page<TitleResponse>;

/// Which titles.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTitlesQuery {
    /// Those of this person only.
    pub employee_id: Option<Uuid>,
    /// Those with this code only.
    #[validate(length(min = 1, max = 64))]
    #[param(min_length = 1, max_length = 64)]
    pub code: Option<String>,
    /// True: those that are held; false: those that were withdrawn.
    pub held: Option<bool>,
}

/// Grant a title
///
/// By hand, for the whole company. 409 for somebody who holds it.
#[utoipa::path(
    tag = "growth",
    responses((status = 201, description = "The title.", body = TitleResponse)),
    security(("oauth2" = ["promotions:write"])),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
#[post("/v1/titles")]
async fn grant_title(call: Call<PromotionsWrite>, body: Json<GrantTitleRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let title = grant(tx, request).await?;
        let people = employee_refs(tx, &[title.employee_id]).await?;
        let location = format!("/v1/titles?employee_id={}", title.employee_id);
        Reply::created(location, &response(title, &people)?)
    })
}

/// List titles
///
/// Latest first: those of the people whom the caller may see.
#[utoipa::path(
    tag = "growth",
    params(Paged<ListTitlesQuery>),
    responses((status = 200, description = "A page of titles.", body = TitlePage)),
    security(("oauth2" = ["promotions:read"]))
)]
#[get("/v1/titles")]
async fn list_titles(call: Call<PromotionsRead>, query: Paged<ListTitlesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let reach = tx.actor.reach::<PromotionsRead>()?;
        let seen = visible(tx, &reach).await?;
        let rows = list_page(tx, &query, seen.ids(), paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |row| row.id)?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.employee_id).collect();
        let people = employee_refs(tx, &ids).await?;
        let respond = |row| response(row, &people);
        Reply::page(rows.into_iter().map(respond).collect::<Result<Vec<_>>>()?, next)
    })
}

async fn grant(tx: &mut Tx<'_>, request: GrantTitleRequest) -> Result<Title> {
    let mut faults = Faults::default();
    faults.check_code("/code", &request.code);
    if existing_employees(tx, &[request.employee_id]).await?.is_empty() {
        faults.push(Fault::new("/employee_id", FaultCode::NotFound));
    }
    faults.check()?;
    let id = tx.id();
    let made = insert(tx, id, &request).await;
    let held = || Error::already_exists(Thing::HeldTitle);
    let title = made.on_constraint("titles_held_key", held)?;
    tx.audit(Audit::new("grant_title", "title", id).details(json!({"code": title.code})));
    let payload = json!({"id": id, "employee_id": title.employee_id, "code": title.code});
    tx.emit(Event::new("title.granted", "title", id, payload));
    Ok(title)
}

fn response(row: Title, people: &People) -> Result<TitleResponse> {
    Ok(TitleResponse {
        id: row.id,
        employee: people.get(row.employee_id)?,
        programme_id: row.programme_id,
        code: row.code,
        snapshot_id: row.snapshot_id,
        policy_code: row.policy_code,
        granted_at: row.granted_at,
        withdrawn_at: row.withdrawn_at,
        withdraw_reason: row.withdraw_reason,
        etag: ETag(row.version),
    })
}

async fn insert(tx: &mut Tx<'_>, id: Uuid, request: &GrantTitleRequest) -> QueryResult<Title> {
    diesel::insert_into(titles::table)
        .values((
            titles::tenant_id.eq(tx.tenant),
            titles::id.eq(id),
            titles::employee_id.eq(request.employee_id),
            titles::code.eq(&request.code),
            titles::granted_at.eq(tx.now),
            titles::created_at.eq(tx.now),
            titles::updated_at.eq(tx.now),
        ))
        .returning(Title::as_returning())
        .get_result(tx.conn)
        .await
}

async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListTitlesQuery,
    people: Option<&[Uuid]>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Title>> {
    let own = titles::table.filter(titles::tenant_id.eq(tx.tenant));
    let mut page = own.select(Title::as_select()).into_boxed();
    if let Some(people) = people {
        page = page.filter(titles::employee_id.eq_any(people));
    }
    if let Some(employee) = query.employee_id {
        page = page.filter(titles::employee_id.eq(employee));
    }
    if let Some(code) = &query.code {
        page = page.filter(titles::code.eq(code));
    }
    page = match query.held {
        Some(true) => page.filter(titles::withdrawn_at.is_null()),
        Some(false) => page.filter(titles::withdrawn_at.is_not_null()),
        None => page,
    };
    if let Some(after) = after {
        page = page.filter(titles::id.lt(after));
    }
    page.order(titles::id.desc()).limit(fetch).load(tx.conn).await
}
