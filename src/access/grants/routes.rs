//! Role grants over HTTP.

use uuid::Uuid;

use super::dto::{CreateRoleGrantRequest, ListRoleGrantsQuery, RoleGrantPage, RoleGrantResponse};
use super::{queries, service};
use crate::access::changes::{self, AccessChangeResponse};
use crate::auth::rights::ClientsWrite;
use crate::call::{Answer, Call, answer};
use crate::error::Code::{AlreadyExists, StateConflict};
use crate::error::only;
use crate::http::{Json, Paged, Path, Reply, operations};

operations! { create_role_grant, list_role_grants, get_role_grant, delete_role_grant }

/// Grant a role to a person
///
/// Proposes the grant. It waits until a second person confirms it (`POST /v1/access-changes/{id}/confirm`), and then takes effect
/// with the person's next request. The same proposal again is one. Every employee is a learner, and every appointed lecturer is a
/// lecturer, without a grant.
#[utoipa::path(
    post, path = "/v1/role-grants",
    responses((status = 202, description = "The access change that waits.", body = AccessChangeResponse)),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
async fn create_role_grant(call: Call<ClientsWrite>, body: Json<CreateRoleGrantRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let waiting = service::propose(tx, request).await?;
        let location = format!("/v1/access-changes/{}", waiting.id);
        Reply::accepted(location, &only(changes::render(tx, vec![waiting]).await?)?)
    })
}

/// List role grants
///
/// Ordered by creation, oldest first.
#[utoipa::path(get, path = "/v1/role-grants", responses((status = 200, body = RoleGrantPage)))]
async fn list_role_grants(call: Call<ClientsWrite>, query: Paged<ListRoleGrantsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let (rows, next) = queries::list_page(tx, &query, &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get a role grant
///
/// The person, the role and, for a manager, the department.
#[utoipa::path(get, path = "/v1/role-grants/{id}", responses((status = 200, body = RoleGrantResponse)))]
async fn get_role_grant(call: Call<ClientsWrite>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Revoke a role grant
///
/// The person loses the role with their next request. The last grant that lets a person give access stays.
#[utoipa::path(
    delete, path = "/v1/role-grants/{id}", responses((status = 204)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn delete_role_grant(call: Call<ClientsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        service::delete(tx, id, precondition).await?;
        Ok(Reply::no_content())
    })
}
