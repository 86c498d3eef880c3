//! Departments over HTTP.

use uuid::Uuid;

use super::dto::{
    CreateDepartmentRequest, DepartmentPage, DepartmentResponse, ListDepartmentsQuery, UpdateDepartmentRequest,
};
use super::{queries, service};
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{AlreadyExists, StateConflict};
use crate::http::{Json, Paged, Path, Reply, operations};

operations! { create_department, list_departments, get_department, update_department, delete_department }

/// Create a department
///
/// A unit of the organisation with a code of its own, at the top level or below another department.
#[utoipa::path(
    post, path = "/v1/departments", responses((status = 201, body = DepartmentResponse)),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
async fn create_department(call: Call<PeopleWrite>, body: Json<CreateDepartmentRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let department = service::create(tx, request, faults).await?;
        let location = format!("/v1/departments/{}", department.id);
        Reply::created(location, &department)
    })
}

/// List departments
///
/// Ordered by creation, oldest first. Managers see their own department, the departments they manage and those below. Lecturers
/// and learners see only their own department.
#[utoipa::path(get, path = "/v1/departments", responses((status = 200, body = DepartmentPage)))]
async fn list_departments(call: Call<PeopleRead>, query: Paged<ListDepartmentsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let visible = service::visible_departments(tx).await?;
        let (rows, next) = queries::list_page(tx, &query, visible.as_deref(), &paging).await?;
        Reply::page(service::respond_all(tx, rows).await?, next)
    })
}

/// Get a department
///
/// One unit of the organisation.
#[utoipa::path(get, path = "/v1/departments/{id}", responses((status = 200, body = DepartmentResponse)))]
async fn get_department(call: Call<PeopleRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Update a department
///
/// A merge patch (RFC 7396). A department cannot be moved below itself. A head who holds a role gains access, and so does a manager
/// of a department below which this one moves: a second person must confirm this. The answer has the old head or parent and names the
/// change in `waiting_changes`.
#[utoipa::path(
    patch, path = "/v1/departments/{id}", responses((status = 200, body = DepartmentResponse)),
    extensions(("x-refuses" = json!([AlreadyExists])), ("x-tells-closed-periods" = json!(true)))
)]
async fn update_department(
    call: Call<PeopleWrite>,
    Path(id): Path<Uuid>,
    body: Json<UpdateDepartmentRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let change = request.into_change(&mut faults);
        Reply::ok(&service::update(tx, id, precondition, change, faults).await?)
    })
}

/// Delete a department
///
/// Only if nothing refers to it: no department below it, no membership, session, grant or result.
#[utoipa::path(
    delete, path = "/v1/departments/{id}", responses((status = 204)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn delete_department(call: Call<PeopleWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        service::delete(tx, id, precondition).await?;
        Ok(Reply::no_content())
    })
}
