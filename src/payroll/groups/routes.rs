//! Pay groups over HTTP.

use actix_web::{HttpResponse, get, patch, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    CreatePayGroupRequest, ListPayGroupsQuery, PayGroupMemberPage, PayGroupMemberResponse, PayGroupMembersRequest,
    PayGroupMembersResponse, PayGroupPage, PayGroupResponse, UpdatePayGroupRequest,
};
use super::{queries, service};
use crate::auth::rights::{PayrollExport, PayrollPrepare};
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Query, Reply};
use crate::people::employee_refs;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_pay_group)
        .service(list_pay_groups)
        .service(get_pay_group)
        .service(update_pay_group)
        .service(list_pay_group_members)
        .service(add_pay_group_members)
        .service(remove_pay_group_members);
}

/// Create a pay group
///
/// People who are paid together: a batch is made for one group. People whom no group names are in the default one; without
/// a default group they are in no batch.
#[utoipa::path(
    tag = "payroll",
    responses((
        status = 201, description = "The pay group.", body = PayGroupResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/pay-groups")]
pub async fn create_pay_group(call: Call<PayrollPrepare>, body: Json<CreatePayGroupRequest>) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let group = PayGroupResponse::from(service::create(tx, request).await?);
            Ok(Reply::created(format!("/v1/pay-groups/{}", group.id), &group)?.etag(group.etag))
        }
        .boxed()
    })
    .await
}

/// List pay groups
///
/// In the order of their codes.
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
            let rows = queries::list_page(tx, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |group| group.code.clone())?.map(PayGroupResponse::from);
            let next = page.next_target;
            Ok(Reply::ok(&PayGroupPage { items: page.items, next_cursor: page.next_cursor })?.next_page(next))
        }
        .boxed()
    })
    .await
}

/// Get a pay group
///
/// One group without its members.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay group.")),
    responses((
        status = 200, description = "The pay group.", body = PayGroupResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/pay-groups/{id}")]
pub async fn get_pay_group(call: Call<PayrollExport>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let group = PayGroupResponse::from(service::get(tx, id).await?);
            Ok(Reply::ok(&group)?.etag(group.etag))
        }
        .boxed()
    })
    .await
}

/// Update a pay group
///
/// A merge patch (RFC 7396). Batches that exist stay as they are.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay group.")),
    responses((
        status = 200, description = "The pay group as it is now.", body = PayGroupResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[patch("/v1/pay-groups/{id}")]
pub async fn update_pay_group(
    call: Call<PayrollPrepare>,
    id: Path<Uuid>,
    body: Json<UpdatePayGroupRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match()?;
    call.write(body, move |tx, request| {
        async move {
            let group = PayGroupResponse::from(service::update(tx, id, &precondition, request.into_change()?).await?);
            Ok(Reply::ok(&group)?.etag(group.etag))
        }
        .boxed()
    })
    .await
}

/// List members of a pay group
///
/// The people whom the group names, in the order of their ids. Those whom no group names are not listed with the default one.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay group."), ListPayGroupsQuery),
    responses((status = 200, description = "A page of members.", body = PayGroupMemberPage)),
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
            service::get(tx, id).await?;
            let rows = queries::list_members(tx, id, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |(employee, _)| *employee)?;
            let ids: Vec<Uuid> = page.items.iter().map(|(employee, _)| *employee).collect();
            let people = employee_refs(tx, &ids).await?;
            let member =
                |(id, member_since_at)| Ok(PayGroupMemberResponse { employee: people.get(id)?, member_since_at });
            let items = page.items.into_iter().map(member).collect::<Result<_>>()?;
            Ok(Reply::ok(&PayGroupMemberPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Put people into a pay group
///
/// All or none; who was in another group leaves it. Batches that exist stay as they are.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay group.")),
    responses((status = 200, description = "How many people.", body = PayGroupMembersResponse)),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/pay-groups/{id}/members")]
pub async fn add_pay_group_members(
    call: Call<PayrollPrepare>,
    id: Path<Uuid>,
    body: Json<PayGroupMembersRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.write(body, move |tx, request| {
        async move {
            let count = service::add_members(tx, id, &request.employee_ids).await?;
            Reply::ok(&PayGroupMembersResponse { count })
        }
        .boxed()
    })
    .await
}

/// Take people out of a pay group
///
/// The default group has them from then on. Who is not in this group is left alone.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay group.")),
    responses((status = 200, description = "How many people were in it.", body = PayGroupMembersResponse)),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/pay-groups/{id}/members/remove")]
pub async fn remove_pay_group_members(
    call: Call<PayrollPrepare>,
    id: Path<Uuid>,
    body: Json<PayGroupMembersRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.write(body, move |tx, request| {
        async move {
            let count = service::remove_members(tx, id, &request.employee_ids).await?;
            Reply::ok(&PayGroupMembersResponse { count })
        }
        .boxed()
    })
    .await
}
