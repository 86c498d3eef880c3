//! Titles (高级讲师). They are granted by hand for the whole company, or by a streak of a programme ([`super::streaks`]). A person holds
//! a title at most once at a time. A title never ends by itself: somebody withdraws it, with a reason.

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
use crate::db::{Constraint as _, Document, row_queries};
use crate::error::Code::{AlreadyExists, PersonRequired, SelfApproval, StateConflict};
use crate::error::{Error, Result, only};
use crate::http::{ETag, IfMatch, Json, Listed, Page, Paged, Paging, Path, Precondition, Reply, operations, response};
use crate::journal::{Record, Tx};
use crate::kernel::code_list::CodeList;
use crate::kernel::fault::Faults;
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Thing};
use crate::kernel::text::{Code, Reason};
use crate::names::{Names, names, unknown_title};
use crate::people::{
    EmployeeRef, People, check_self_approval, employee_refs, existing_employees, records_of_one, visible,
};
use crate::programmes::documents::runs::RatedPeriod;
use crate::schema::titles;

operations! { grant_title, list_titles, get_title, withdraw_title }

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
    earned_period: Option<String>,
    run: Option<Document<Vec<RatedPeriod>>>,
    withdrawn_by_id: Option<Uuid>,
}

/// What is written when a title is withdrawn.
#[derive(AsChangeset)]
#[diesel(table_name = titles)]
pub struct Withdrawal {
    withdrawn_at: DateTime<Utc>,
    withdrawn_by_id: Uuid,
    withdraw_reason: Reason,
}

/// A title to grant by hand.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "code": "senior-lecturer"}))]
pub struct GrantTitleRequest {
    pub employee_id: Uuid,
    /// Code of the title: one of the company's (`update_display_names`).
    pub code: Code,
}

/// Why a title is withdrawn.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "三月的签到记录经更正后不再优秀"}))]
pub struct WithdrawTitleRequest {
    #[validate(nested)]
    pub reason: Reason,
}

response! {
    /// A title that a person holds or held.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct TitleResponse: try new(row: Title, people: &People, names: &Names) {
        pub id: Uuid,
        pub employee: EmployeeRef = people.get(row.employee_id)?,
        /// The programme that granted it; null if it was granted by hand, for the whole company.
        pub programme_id: Option<Uuid>,
        /// The company's name of the title in Chinese.
        #[schema(max_length = 100, examples("高级讲师"))]
        pub name_zh: String = names.of(CodeList::Titles, &row.code).zh,
        /// The company's name of the title in English.
        #[schema(max_length = 100, examples("Senior lecturer"))]
        pub name_en: String = names.of(CodeList::Titles, &row.code).en,
        /// Example: senior-lecturer
        pub code: Code,
        /// The closed snapshot whose streak granted it; null if it was granted by hand.
        pub snapshot_id: Option<Uuid>,
        /// The policy that granted it.
        pub policy_code: Option<Code>,
        /// The period with which the streak was complete; null if it was granted by hand.
        pub earned_period: Option<Period> =
            row.earned_period.as_deref().map(str::parse).transpose().map_err(Error::internal)?,
        /// The evidence: the periods of the streak with their grades, earliest first. Empty if it was granted by hand.
        #[schema(max_items = 120)]
        pub run: Vec<RatedPeriod> = row.run.map(|run| run.0).unwrap_or_default(),
        pub granted_at: DateTime<Utc>,
        /// When it was withdrawn; null while it is held.
        pub withdrawn_at: Option<DateTime<Utc>>,
        /// Who decided to withdraw it.
        pub withdrawn_by: Option<EmployeeRef> = people.maybe(row.withdrawn_by_id)?,
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
    /// Only those that this programme granted.
    pub programme_id: Option<Uuid>,
    /// Only those with this code.
    #[validate(nested)]
    pub code: Option<Code>,
    /// True: only titles that are held. False: only titles that were withdrawn.
    pub held: Option<bool>,
}

/// Grant a title
///
/// By hand, for the whole company; nobody to themselves, unless the company allows self-approval. Streaks of a programme grant titles by
/// themselves at a close. Refused (409) if the person already holds it.
#[utoipa::path(
    post, path = "/v1/titles", responses((status = 201, body = TitleResponse)),
    extensions(("x-refuses" = json!([AlreadyExists, SelfApproval])))
)]
async fn grant_title(call: Call<PromotionsWrite>, body: Json<GrantTitleRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let title = grant(tx, request).await?;
        let location = format!("/v1/titles/{}", title.id);
        Reply::created(location, &only(responses(tx, vec![title]).await?)?)
    })
}

async fn responses(tx: &mut Tx<'_>, rows: Vec<Title>) -> Result<Vec<TitleResponse>> {
    let ids: Vec<Uuid> = rows.iter().flat_map(|row| [Some(row.employee_id), row.withdrawn_by_id]).flatten().collect();
    let people = employee_refs(tx, &ids).await?;
    let names = names(tx).await?;
    rows.into_iter().map(|row| TitleResponse::new(row, &people, &names)).collect()
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
        Reply::page(responses(tx, rows).await?, next)
    })
}

/// Get a title
///
/// One of a person whom the caller may see, with the periods that it rests on.
#[utoipa::path(get, path = "/v1/titles/{id}", responses((status = 200, body = TitleResponse)))]
async fn get_title(call: Call<PromotionsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let seen = visible::<PromotionsRead>(tx).await?;
        let found = find(tx, id).await?.filter(|row| seen.includes(row.employee_id));
        let title = Thing::Title.require(found)?;
        Reply::ok(&only(responses(tx, vec![title]).await?)?)
    })
}

/// Withdraw a title
///
/// With a reason, by a person. Nothing else ends a title: not a poor period, and not a restatement that takes its ground away, which
/// becomes a task for HR. A title that was withdrawn can be granted again.
#[utoipa::path(
    post, path = "/v1/titles/{id}/withdraw", params(IfMatch), responses((status = 200, body = TitleResponse)),
    extensions(("x-refuses" = json!([PersonRequired, StateConflict])))
)]
async fn withdraw_title(call: Call<PromotionsWrite>, Path(id): Path<Uuid>, body: Json<WithdrawTitleRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let title = withdraw(tx, id, &precondition, request.reason).await?;
        Reply::ok(&only(responses(tx, vec![title]).await?)?)
    })
}

async fn withdraw(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition, reason: Reason) -> Result<Title> {
    let withdrawn_by_id = tx.actor.require_person()?;
    let found = find_for_update(tx, id).await?;
    let title = precondition.admit(Thing::Title, found, |row| row.version)?;
    Thing::Title.refuse_if(title.withdrawn_at.is_some(), Condition::Withdrawn, Condition::Held)?;
    let withdrawal = Withdrawal { withdrawn_at: tx.now, withdrawn_by_id, withdraw_reason: reason };
    let title = update(tx, id, &withdrawal).await?;
    let details = json!({"id": id, "employee_id": title.employee_id, "code": title.code});
    let record = Record::told("withdraw_title", "title.withdrawn", "title", id).details(details);
    tx.record(record.notes(json!({"reason": title.withdraw_reason})));
    Ok(title)
}

async fn grant(tx: &mut Tx<'_>, request: GrantTitleRequest) -> Result<Title> {
    let mut faults = Faults::default();
    faults.check_text("/code", request.code.faults());
    let known = existing_employees(tx, &[request.employee_id]).await?;
    known.require("/employee_id", request.employee_id).unwrap_or_else(|fault| faults.push(fault));
    if !faults.has("/code") {
        faults.extend(unknown_title(tx, "/code", &request.code).await?);
    }
    faults.check()?;
    let is_own = tx.actor.is(request.employee_id);
    check_self_approval(tx, is_own).await?;
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
    find,
    find_for_update = find(for_update),
    update(Withdrawal),
    list_page = list(
        latest id; query: &ListTitlesQuery, people: Option<&[Uuid]>, records: Option<&[Uuid]>;
        employee_id in people, employee_id in records, programme_id = query.programme_id, code = &query.code,
        withdrawn_at has query.held.map(|held| !held)
    ),
);
