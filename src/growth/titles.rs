//! Titles (高级讲师). They are granted by hand for the whole company. A person holds a title at most once at a time; titles never end
//! by themselves. The table already has columns for titles granted by a streak, but nothing fills them yet.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::auth::rights::{PromotionsRead, PromotionsWrite};
use crate::call::{Answer, Call, answer};
use crate::db::{Constraint as _, row_queries};
use crate::error::Code::AlreadyExists;
use crate::error::{Error, Result};
use crate::http::{ETag, Json, Listed, Page, Paged, Paging, Reply, operations, response};
use crate::journal::{Record, Tx};
use crate::kernel::code_list::CodeList;
use crate::kernel::fault::Faults;
use crate::kernel::phrases::Thing;
use crate::kernel::text::{Code, Reason};
use crate::names::names;
use crate::people::{EmployeeRef, People, employee_refs, existing_employees, records_of_one, visible};
use crate::schema::titles;

operations! { grant_title, list_titles }

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = titles)]
pub struct Title {
    id: Uuid,
    employee_id: Uuid,
    programme_id: Option<Uuid>,
    code: Code,
    snapshot_id: Option<Uuid>,
    policy_code: Option<Code>,
    granted_at: DateTime<Utc>,
    withdrawn_at: Option<DateTime<Utc>>,
    withdraw_reason: Option<Reason>,
    version: i64,
}

/// A title to grant by hand.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "code": "senior-lecturer"}))]
pub struct GrantTitleRequest {
    pub employee_id: Uuid,
    /// Code of the title.
    pub code: Code,
}

response! {
    /// A title that a person holds or held.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct TitleResponse: try new(row: Title, people: &People) {
        pub id: Uuid,
        pub employee: EmployeeRef = people.get(row.employee_id)?,
        /// The programme that granted it; null if it was granted by hand, for the whole company.
        pub programme_id: Option<Uuid>,
        /// Example: senior-lecturer
        pub code: Code,
        /// The closed snapshot whose streak granted it; null if it was granted by hand.
        pub snapshot_id: Option<Uuid>,
        /// The policy that granted it.
        pub policy_code: Option<Code>,
        pub granted_at: DateTime<Utc>,
        /// When it was withdrawn; null while it is held.
        pub withdrawn_at: Option<DateTime<Utc>>,
        pub withdraw_reason: Option<Reason>,
        pub etag: ETag = ETag(row.version),
    }
}

/// A page of titles.
pub type TitlePage = Page<TitleResponse>;

/// Filters of titles.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTitlesQuery {
    /// Only those of this person, those of records that were merged into theirs included.
    pub employee_id: Option<Uuid>,
    /// Only those with this code.
    #[validate(nested)]
    pub code: Option<Code>,
    /// True: only titles that are held. False: only titles that were withdrawn.
    pub held: Option<bool>,
}

/// Grant a title
///
/// By hand, for the whole company. Refused (409) if the person already holds it.
#[utoipa::path(
    post, path = "/v1/titles", responses((status = 201, body = TitleResponse)),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
async fn grant_title(call: Call<PromotionsWrite>, body: Json<GrantTitleRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let title = grant(tx, request).await?;
        let people = employee_refs(tx, &[title.employee_id]).await?;
        let location = format!("/v1/titles?employee_id={}", title.employee_id);
        Reply::created(location, &TitleResponse::new(title, &people)?)
    })
}

/// List titles
///
/// Latest first: those of the people whom the caller may see.
#[utoipa::path(get, path = "/v1/titles", responses((status = 200, body = TitlePage)))]
async fn list_titles(call: Call<PromotionsRead>, query: Paged<ListTitlesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<PromotionsRead>(tx).await?;
        let records = records_of_one(tx, query.employee_id).await?;
        let (rows, next) = list_page(tx, &query, seen.ids(), records.as_deref(), &paging).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.employee_id).collect();
        let people = employee_refs(tx, &ids).await?;
        let respond = |row| TitleResponse::new(row, &people);
        Reply::page(rows.into_iter().map(respond).collect::<Result<Vec<_>>>()?, next)
    })
}

async fn grant(tx: &mut Tx<'_>, request: GrantTitleRequest) -> Result<Title> {
    let mut faults = Faults::default();
    faults.check_text("/code", request.code.faults());
    let known = existing_employees(tx, &[request.employee_id]).await?;
    known.require("/employee_id", request.employee_id).unwrap_or_else(|fault| faults.push(fault));
    faults.check()?;
    let id = tx.id();
    let name = names(tx).await?.of(CodeList::Titles, &request.code);
    let made = insert(tx, id, &request).await;
    let held = || Error::already_exists(Thing::HeldTitle.with("title", name));
    let title = made.on_constraint("titles_held_key", held)?;
    let details = json!({"id": id, "employee_id": title.employee_id, "code": title.code});
    tx.record(Record::told("grant_title", "title.granted", "title", id).details(details));
    Ok(title)
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

row_queries!(
    Title,
    titles,
    list_page = list(
        latest id; query: &ListTitlesQuery, people: Option<&[Uuid]>, records: Option<&[Uuid]>;
        employee_id in people, employee_id in records, code = &query.code,
        withdrawn_at has query.held.map(|held| !held)
    ),
);
