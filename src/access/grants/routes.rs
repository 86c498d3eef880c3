//! Grants over HTTP.

use actix_web::{HttpResponse, delete, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{CreateRoleGrantRequest, ListRoleGrantsQuery, RoleGrantPage, RoleGrantResponse};
use super::queries::{self, Filter};
use super::service;
use crate::auth::Role;
use crate::auth::rights::ClientsWrite;
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Query, Reply};

pub fn routes(config: &mut ServiceConfig) {
    config.service(create_role_grant).service(list_role_grants).service(get_role_grant).service(delete_role_grant);
}

/// Give a person a role
///
/// It works at the person's next call. Everybody employed is a learner and whoever was appointed is a lecturer, without a grant.
#[utoipa::path(
    tag = "access",
    responses((
        status = 201, description = "The grant.", body = RoleGrantResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["clients:write"]))
)]
#[post("/v1/role-grants")]
pub async fn create_role_grant(call: Call<ClientsWrite>, body: Json<CreateRoleGrantRequest>) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let grant = service::create(tx, request).await?;
            Ok(Reply::created(format!("/v1/role-grants/{}", grant.id), &grant)?.etag(grant.etag))
        }
        .boxed()
    })
    .await
}

/// List roles given to people
///
/// In the order of their giving.
#[utoipa::path(
    tag = "access",
    params(ListRoleGrantsQuery),
    responses((status = 200, description = "A page of grants.", body = RoleGrantPage)),
    security(("oauth2" = ["clients:write"]))
)]
#[get("/v1/role-grants")]
pub async fn list_role_grants(call: Call<ClientsWrite>, query: Query<ListRoleGrantsQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    let role = query.role.map(Role::slug);
    let (employee_id, department_id) = (query.employee_id, query.department_id);
    call.read(move |tx| {
        async move {
            let filter = Filter { employee_id, role, department_id };
            let rows = queries::list_page(tx, filter, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |grant| grant.id)?;
            let items = service::render_all(tx, page.items).await?;
            Ok(Reply::ok(&RoleGrantPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a role given to a person
///
/// Who has which role, and for a manager, where.
#[utoipa::path(
    tag = "access",
    params(("id" = Uuid, Path, description = "The grant.")),
    responses((
        status = 200, description = "The grant.", body = RoleGrantResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["clients:write"]))
)]
#[get("/v1/role-grants/{id}")]
pub async fn get_role_grant(call: Call<ClientsWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let grant = service::get(tx, id).await?;
            Ok(Reply::ok(&grant)?.etag(grant.etag))
        }
        .boxed()
    })
    .await
}

/// Take a role back
///
/// It is gone at the person's next call.
#[utoipa::path(
    tag = "access",
    params(("id" = Uuid, Path, description = "The grant.")),
    responses((status = 204, description = "It is gone.")),
    security(("oauth2" = ["clients:write"]))
)]
#[delete("/v1/role-grants/{id}")]
pub async fn delete_role_grant(call: Call<ClientsWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match()?;
    call.act(move |tx| {
        async move {
            service::delete(tx, id, precondition).await?;
            Ok(Reply::no_content())
        }
        .boxed()
    })
    .await
}
