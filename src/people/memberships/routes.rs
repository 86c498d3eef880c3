//! Memberships over HTTP.

use actix_web::{HttpResponse, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{ListMembershipsQuery, MembershipPage, MoveEmployeeRequest};
use super::service;
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Query, Reply};
use crate::people::employees::EmployeeResponse;

pub fn routes(config: &mut ServiceConfig) {
    config.service(move_employee).service(list_memberships);
}

/// Move an employee into a department
///
/// From a day on, which may be past or to come. It ends the membership that holds then, replaces one that begins on that very
/// day, and lasts until the next one that is recorded. Nothing changes where the person is in that department already.
#[utoipa::path(
    tag = "people",
    params(
        ("id" = Uuid, Path, description = "The employee."),
        ("If-Match" = Option<String>, Header, description = "The ETag of the employee that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "The employee with all memberships.", body = EmployeeResponse,
        headers(("ETag" = String, description = "The employee's version."))
    )),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/employees/{id}/memberships")]
pub async fn move_employee(
    call: Call<PeopleWrite>,
    id: Path<Uuid>,
    body: Json<MoveEmployeeRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.write(body, move |tx, request| {
        async move {
            let employee = service::move_employee(tx, id, precondition, request).await?;
            Ok(Reply::ok(&employee)?.etag(employee.etag))
        }
        .boxed()
    })
    .await
}

/// List an employee's memberships
///
/// The departments that the person is, was or will be in, the latest first.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The employee."), ListMembershipsQuery),
    responses((status = 200, description = "A page of memberships.", body = MembershipPage)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/employees/{id}/memberships")]
pub async fn list_memberships(
    call: Call<PeopleRead>,
    id: Path<Uuid>,
    query: Query<ListMembershipsQuery>,
) -> Result<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let rows = service::list_page(tx, id, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |row| row.valid_from)?;
            let items = service::render_all(tx, page.items).await?;
            Ok(Reply::ok(&MembershipPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}
