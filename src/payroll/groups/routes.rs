//! Pay groups and their members over HTTP.

use actix_web::{HttpResponse, delete, get, patch, post};
use futures_util::FutureExt as _;
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    AddPayGroupMembersRequest, CreatePayGroupRequest, ListPayGroupsQuery, PayGroupMemberPage, PayGroupPage,
    PayGroupResponse, UpdatePayGroupRequest,
};
use super::queries::{self, PayGroup, PayGroupChange, PayGroupMember};
use crate::auth::rights::{PayrollExport, PayrollPrepare};
use crate::call::Call;
use crate::db::Constraint as _;
use crate::error::{Error, Result};
use crate::http::{ETag, Json, Path, Precondition, Query, Reply};
use crate::journal::{Audit, Event, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::people::{employee_refs, existing_employees};

const CODE_KEY: &str = "pay_groups_code_key";
const DEFAULT_KEY: &str = "pay_groups_default_key";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_pay_group)
        .service(list_pay_groups)
        .service(get_pay_group)
        .service(update_pay_group)
        .service(add_pay_group_members)
        .service(list_pay_group_members)
        .service(remove_pay_group_member);
}

fn reply(row: PayGroup) -> Result<Reply> {
    let etag = ETag(row.version);
    Ok(Reply::ok(&PayGroupResponse::from(row))?.etag(etag))
}

/// The group, locked and of the version that the caller saw.
async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<PayGroup> {
    let found = queries::find_for_update(tx.conn, tx.tenant, id).await?;
    let row = found.ok_or_else(|| Error::not_found("pay group"))?;
    precondition.check(row.version)?;
    Ok(row)
}

/// Create a pay group
///
/// A payroll batch is made for one pay group. The default group takes the people that no other group names.
#[utoipa::path(
    tag = "payroll",
    responses((status = 201, description = "The new pay group.", body = PayGroupResponse)),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/pay-groups")]
pub async fn create_pay_group(call: Call<PayrollPrepare>, body: Json<CreatePayGroupRequest>) -> Result<HttpResponse> {
    call.write(body, move |tx, request| {
        async move {
            request.check()?;
            let row = PayGroup {
                tenant_id: tx.tenant,
                id: tx.id(),
                code: request.code,
                name: request.name,
                recoverable: request.recoverable,
                is_default: request.is_default,
                created_at: tx.now,
                updated_at: tx.now,
                version: 1,
            };
            let inserted = queries::insert(tx.conn, &row).await;
            inserted
                .on_constraint(CODE_KEY, || Error::fault("/code", FaultCode::Taken))
                .on_constraint(DEFAULT_KEY, || Error::fault("/is_default", FaultCode::Taken))?;
            tx.audit(Audit::new("create_pay_group", "pay_group", row.id).details(json!({ "code": row.code })));
            tx.emit(Event::new("pay_group.created", "pay_group", row.id, json!({ "code": row.code })));
            let location = format!("/v1/pay-groups/{}", row.id);
            Ok(Reply::created(location, &PayGroupResponse::from(row))?.etag(ETag(1)))
        }
        .boxed()
    })
    .await
}

/// List pay groups
///
/// By code.
#[utoipa::path(
    tag = "payroll",
    params(ListPayGroupsQuery),
    responses((status = 200, description = "A page of pay groups.", body = PayGroupPage)),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/pay-groups")]
pub async fn list_pay_groups(call: Call<PayrollExport>, query: Query<ListPayGroupsQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let rows = queries::list_page(tx.conn, tx.tenant, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |row| row.code.clone())?.map(PayGroupResponse::from);
            let next = page.next_target;
            Ok(Reply::ok(&PayGroupPage { items: page.items, next_cursor: page.next_cursor })?.next_page(next))
        }
        .boxed()
    })
    .await
}

/// Get a pay group
///
/// One pay group.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay group.")),
    responses((status = 200, description = "The pay group.", body = PayGroupResponse)),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/pay-groups/{id}")]
pub async fn get_pay_group(call: Call<PayrollExport>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let found = queries::find(tx.conn, tx.tenant, id).await?;
            reply(found.ok_or_else(|| Error::not_found("pay group"))?)
        }
        .boxed()
    })
    .await
}

/// Change a pay group
///
/// Its code stays. A batch that is drafted already keeps the people that it was drafted with.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay group.")),
    responses((status = 200, description = "The changed pay group.", body = PayGroupResponse)),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[patch("/v1/pay-groups/{id}")]
pub async fn update_pay_group(
    call: Call<PayrollPrepare>,
    id: Path<Uuid>,
    body: Json<UpdatePayGroupRequest>,
) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match()?);
    call.write(body, move |tx, request| {
        async move {
            lock(tx, id, &precondition).await?;
            let fields = request.fields();
            let updated = queries::update(tx.conn, tx.tenant, id, request.into_change()?, tx.now).await;
            let row = updated.on_constraint(DEFAULT_KEY, || Error::fault("/is_default", FaultCode::Taken))?;
            tx.audit(Audit::new("update_pay_group", "pay_group", id).fields(fields));
            tx.emit(Event::new("pay_group.updated", "pay_group", id, json!({ "code": row.code })));
            reply(row)
        }
        .boxed()
    })
    .await
}

/// Put people in a pay group
///
/// Up to 500 at once; who is in another group leaves it.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay group.")),
    responses((status = 200, description = "The pay group.", body = PayGroupResponse)),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/pay-groups/{id}/members")]
pub async fn add_pay_group_members(
    call: Call<PayrollPrepare>,
    id: Path<Uuid>,
    body: Json<AddPayGroupMembersRequest>,
) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match_optional()?);
    call.write(body, move |tx, request| {
        async move {
            lock(tx, id, &precondition).await?;
            check_people(tx, &request.employee_ids).await?;
            let rows: Vec<PayGroupMember> = request
                .employee_ids
                .iter()
                .map(|employee| PayGroupMember {
                    tenant_id: tx.tenant,
                    id: tx.id(),
                    employee_id: *employee,
                    pay_group_id: id,
                    created_at: tx.now,
                    updated_at: tx.now,
                })
                .collect();
            queries::put_members(tx.conn, &rows).await?;
            let row = queries::update(tx.conn, tx.tenant, id, PayGroupChange::default(), tx.now).await?;
            let details = json!({ "count": rows.len() });
            tx.audit(Audit::new("add_pay_group_members", "pay_group", id).details(details.clone()));
            tx.emit(Event::new("pay_group.members_added", "pay_group", id, details));
            reply(row)
        }
        .boxed()
    })
    .await
}

/// Refuses ids that are nobody's or stand there twice.
async fn check_people(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<()> {
    let existing = existing_employees(tx.conn, tx.tenant, ids).await?;
    let mut faults = Faults::default();
    for (i, id) in ids.iter().enumerate() {
        if !existing.contains(id) {
            faults.push(Fault::new(format!("/employee_ids/{i}"), FaultCode::NotFound));
        }
    }
    faults.check_distinct(ids, |i| format!("/employee_ids/{i}"));
    faults.check()
}

/// List the people in a pay group
///
/// Those whom it names; a default group is not asked for everybody else.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay group."), ListPayGroupsQuery),
    responses((status = 200, description = "A page of people.", body = PayGroupMemberPage)),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/pay-groups/{id}/members")]
pub async fn list_pay_group_members(
    call: Call<PayrollExport>,
    id: Path<Uuid>,
    query: Query<ListPayGroupsQuery>,
) -> Result<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let found = queries::find(tx.conn, tx.tenant, id).await?;
            found.ok_or_else(|| Error::not_found("pay group"))?;
            let rows = queries::list_members(tx.conn, tx.tenant, id, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |employee| *employee)?;
            let mut people = employee_refs(tx.conn, tx.tenant, &page.items).await?;
            let items = page.items.iter().filter_map(|employee| people.remove(employee)).collect();
            let body = PayGroupMemberPage { items, next_cursor: page.next_cursor };
            Ok(Reply::ok(&body)?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Take somebody out of a pay group
///
/// Needs the group's ETag. The default group, if there is one, pays the person from then on.
#[utoipa::path(
    tag = "payroll",
    params(
        ("id" = Uuid, Path, description = "The pay group."),
        ("employee_id" = Uuid, Path, description = "The person.")
    ),
    responses((status = 204, description = "The person is in it no more.")),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[delete("/v1/pay-groups/{id}/members/{employee_id}")]
pub async fn remove_pay_group_member(call: Call<PayrollPrepare>, path: Path<(Uuid, Uuid)>) -> Result<HttpResponse> {
    let ((id, employee), precondition) = (path.into_inner(), call.if_match()?);
    call.act(move |tx| {
        async move {
            lock(tx, id, &precondition).await?;
            if queries::delete_member(tx.conn, tx.tenant, id, employee).await? == 0 {
                return Err(Error::not_found("member of the pay group"));
            }
            queries::update(tx.conn, tx.tenant, id, PayGroupChange::default(), tx.now).await?;
            let details = json!({ "employee_id": employee });
            tx.audit(Audit::new("remove_pay_group_member", "pay_group", id).details(details.clone()));
            tx.emit(Event::new("pay_group.member_removed", "pay_group", id, details));
            Ok(Reply::no_content())
        }
        .boxed()
    })
    .await
}
