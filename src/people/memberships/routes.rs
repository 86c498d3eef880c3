//! Memberships over HTTP.

use uuid::Uuid;

use super::dto::{MembershipPage, MoveEmployeeRequest};
use super::service;
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::{Answer, Call, answer};
use crate::http::{Json, Paged, Path, Reply, operations};
use crate::people::employees::EmployeeResponse;

operations! { move_employee, list_memberships, delete_membership }

/// Move an employee into a department
///
/// From a past, current or future day of an employment on. The move ends the membership that is valid on that day, or replaces it if it begins on
/// that very day. It lasts until the next recorded membership, at most until the last day of the employment. Nothing changes if the person is already in that department.
#[utoipa::path(
    post, path = "/v1/employees/{id}/memberships",
    params(("If-Match" = Option<String>, Header, description = "The ETag of the employee as it was read.")),
    responses((status = 200, description = "The employee with all their memberships.", body = EmployeeResponse)),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn move_employee(call: Call<PeopleWrite>, Path(id): Path<Uuid>, body: Json<MoveEmployeeRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        Reply::ok(&service::move_employee(tx, id, precondition, request, faults).await?)
    })
}

/// List an employee's memberships
///
/// The past, current and future departments of the person, latest first.
#[utoipa::path(get, path = "/v1/employees/{id}/memberships", responses((status = 200, body = MembershipPage)))]
async fn list_memberships(call: Call<PeopleRead>, Path(id): Path<Uuid>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let (rows, next) = service::list_page(tx, id, &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Delete a membership
///
/// For a planned move that is withdrawn, or a move that never took place. The membership right before it lasts on until the day on
/// which the deleted one would have ended. `If-Match` takes the ETag of the employee.
#[utoipa::path(
    delete, path = "/v1/employees/{id}/memberships/{membership_id}",
    responses((status = 200, description = "The employee with the memberships that are left.", body = EmployeeResponse)),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn delete_membership(call: Call<PeopleWrite>, Path((employee, id)): Path<(Uuid, Uuid)>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&service::delete(tx, employee, id, precondition).await?))
}
