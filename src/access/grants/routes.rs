//! Role grants over HTTP.

use actix_web::{delete, get, post};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{CreateRoleGrantRequest, ListRoleGrantsQuery, RoleGrantPage, RoleGrantResponse};
use super::{queries, service};
use crate::auth::rights::ClientsWrite;
use crate::call::{Answer, Call, answer};
use crate::error::Code::AlreadyExists;
use crate::http::{Json, Paged, Path, Reply};

pub fn routes(config: &mut ServiceConfig) {
    config.service(create_role_grant).service(list_role_grants).service(get_role_grant).service(delete_role_grant);
}

/// Grant a role to a person
///
/// The grant takes effect with the person's next request. Every employee is a learner, and every appointed lecturer is a
/// lecturer, without a grant.
#[utoipa::path(
    tag = "access",
    responses((status = 201, description = "The new grant.", body = RoleGrantResponse)),
    security(("oauth2" = ["clients:write"])),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
#[post("/v1/role-grants")]
async fn create_role_grant(call: Call<ClientsWrite>, body: Json<CreateRoleGrantRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let grant = service::create(tx, request).await?;
        Reply::created(format!("/v1/role-grants/{}", grant.id), &grant)
    })
}

/// List role grants
///
/// Ordered by creation, oldest first.
#[utoipa::path(
    tag = "access",
    params(Paged<ListRoleGrantsQuery>),
    responses((status = 200, description = "A page of grants.", body = RoleGrantPage)),
    security(("oauth2" = ["clients:write"]))
)]
#[get("/v1/role-grants")]
async fn list_role_grants(call: Call<ClientsWrite>, query: Paged<ListRoleGrantsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let rows = queries::list_page(tx, &query, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |grant| grant.id)?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get a role grant
///
/// The person, the role and, for a manager, the department.
#[utoipa::path(
    tag = "access",
    responses((status = 200, description = "The grant.", body = RoleGrantResponse)),
    security(("oauth2" = ["clients:write"]))
)]
#[get("/v1/role-grants/{id}")]
async fn get_role_grant(call: Call<ClientsWrite>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Revoke a role grant
///
/// The person loses the role with their next request.
#[utoipa::path(
    tag = "access",
    responses((status = 204, description = "The grant was deleted.")),
    security(("oauth2" = ["clients:write"]))
)]
#[delete("/v1/role-grants/{id}")]
async fn delete_role_grant(call: Call<ClientsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        service::delete(tx, id, precondition).await?;
        Ok(Reply::no_content())
    })
}
