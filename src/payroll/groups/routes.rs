//! Pay groups over HTTP.

use uuid::Uuid;

use super::dto::{
    CreatePayGroupRequest, PayGroupMemberPage, PayGroupMemberResponse, PayGroupMembersRequest, PayGroupMembersResponse,
    PayGroupPage, PayGroupResponse, UpdatePayGroupRequest,
};
use super::{queries, service};
use crate::auth::rights::{PayrollExport, PayrollPrepare};
use crate::call::{Answer, Call, answer};
use crate::error::Code::AlreadyExists;
use crate::error::Result;
use crate::http::{Json, Paged, Path, Reply, operations};
use crate::people::employee_refs;

operations! {
    create_pay_group, list_pay_groups, get_pay_group, update_pay_group, list_pay_group_members, add_pay_group_members,
    remove_pay_group_members
}

/// Create a pay group
///
/// People who are paid together: each batch is for one group. People whom no group names belong to the default group. Without a
/// default group they are in no batch.
#[utoipa::path(
    post, path = "/v1/pay-groups", responses((status = 201, body = PayGroupResponse)),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
async fn create_pay_group(call: Call<PayrollPrepare>, body: Json<CreatePayGroupRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let group = PayGroupResponse::new(service::create(tx, request).await?);
        Reply::created(format!("/v1/pay-groups/{}", group.id), &group)
    })
}

/// List pay groups
///
/// Ordered by code.
#[utoipa::path(get, path = "/v1/pay-groups", responses((status = 200, body = PayGroupPage)))]
async fn list_pay_groups(call: Call<PayrollExport>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let (rows, next) = queries::list_page(tx, &paging).await?;
        Reply::page(rows.into_iter().map(PayGroupResponse::new), next)
    })
}

/// Get a pay group
///
/// One group without its members.
#[utoipa::path(get, path = "/v1/pay-groups/{id}", responses((status = 200, body = PayGroupResponse)))]
async fn get_pay_group(call: Call<PayrollExport>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&PayGroupResponse::new(service::get(tx, id).await?)))
}

/// Update a pay group
///
/// A merge patch (RFC 7396). Existing batches do not change.
#[utoipa::path(
    patch, path = "/v1/pay-groups/{id}", responses((status = 200, body = PayGroupResponse)),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
async fn update_pay_group(
    call: Call<PayrollPrepare>,
    Path(id): Path<Uuid>,
    body: Json<UpdatePayGroupRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let change = request.into_change(&mut faults);
        Reply::ok(&PayGroupResponse::new(service::update(tx, id, &precondition, change, faults).await?))
    })
}

/// List members of a pay group
///
/// The people whom the group names, ordered by id. People whom no group names are not listed as members of the default group.
#[utoipa::path(get, path = "/v1/pay-groups/{id}/members", responses((status = 200, body = PayGroupMemberPage)))]
async fn list_pay_group_members(call: Call<PayrollExport>, Path(id): Path<Uuid>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        service::get(tx, id).await?;
        let rows = queries::list_members(tx, id, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |(employee, _)| *employee)?;
        let ids: Vec<Uuid> = rows.iter().map(|(employee, _)| *employee).collect();
        let people = employee_refs(tx, &ids).await?;
        let member = |(id, member_since_at)| Ok(PayGroupMemberResponse { employee: people.get(id)?, member_since_at });
        Reply::page(rows.into_iter().map(member).collect::<Result<Vec<_>>>()?, next)
    })
}

/// Put people into a pay group
///
/// Either all people are added or none. People in another group leave it. Existing batches do not change.
#[utoipa::path(post, path = "/v1/pay-groups/{id}/members", responses((status = 200, body = PayGroupMembersResponse)))]
async fn add_pay_group_members(
    call: Call<PayrollPrepare>,
    Path(id): Path<Uuid>,
    body: Json<PayGroupMembersRequest>,
) -> Answer {
    answer!(call.write(body), |tx, request| {
        let count = service::add_members(tx, id, &request.employee_ids).await?;
        Reply::ok(&PayGroupMembersResponse { count })
    })
}

/// Take people out of a pay group
///
/// They belong to the default group from then on. People who are not in this group are ignored.
#[utoipa::path(
    post, path = "/v1/pay-groups/{id}/members/remove",
    responses((status = 200, description = "The number of people who were in it.", body = PayGroupMembersResponse))
)]
async fn remove_pay_group_members(
    call: Call<PayrollPrepare>,
    Path(id): Path<Uuid>,
    body: Json<PayGroupMembersRequest>,
) -> Answer {
    answer!(call.write(body), |tx, request| {
        let count = service::remove_members(tx, id, &request.employee_ids).await?;
        Reply::ok(&PayGroupMembersResponse { count })
    })
}
