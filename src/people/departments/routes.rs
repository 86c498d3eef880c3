//! Departments over HTTP.

use actix_web::{delete, get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    CreateDepartmentRequest, DepartmentPage, DepartmentResponse, ListDepartmentsQuery, UpdateDepartmentRequest,
};
use super::{queries, service};
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{AlreadyExists, StateConflict};
use crate::http::{Json, Paged, Path, Reply};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_department)
        .service(list_departments)
        .service(get_department)
        .service(update_department)
        .service(delete_department);
}

/// Create a department
///
/// A unit of the organisation with a code of its own, at the top level or below another department.
#[utoipa::path(
    tag = "people",
    responses((status = 201, description = "The new department.", body = DepartmentResponse)),
    security(("oauth2" = ["people:write"])),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
#[post("/v1/departments")]
async fn create_department(call: Call<PeopleWrite>, body: Json<CreateDepartmentRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let department = service::create(tx, request).await?;
        let location = format!("/v1/departments/{}", department.id);
        Reply::created(location, &department)
    })
}

/// List departments
///
/// Ordered by creation, oldest first. Managers see their own department, the departments they manage and those below. Lecturers
/// and learners see only their own department.
#[utoipa::path(
    tag = "people",
    params(Paged<ListDepartmentsQuery>),
    responses((status = 200, description = "A page of departments.", body = DepartmentPage)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/departments")]
async fn list_departments(call: Call<PeopleRead>, query: Paged<ListDepartmentsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let visible = service::visible_departments(tx).await?;
        let rows = queries::list_page(tx, &query, visible.as_deref(), paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |department| department.id)?;
        Reply::page(service::respond_all(tx, rows).await?, next)
    })
}

/// Get a department
///
/// One unit of the organisation.
#[utoipa::path(
    tag = "people",
    responses((status = 200, description = "The department.", body = DepartmentResponse)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/departments/{id}")]
async fn get_department(call: Call<PeopleRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Update a department
///
/// A merge patch (RFC 7396). A department cannot be moved below itself.
#[utoipa::path(
    tag = "people",
    responses((status = 200, description = "The updated department.", body = DepartmentResponse)),
    security(("oauth2" = ["people:write"])),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
#[patch("/v1/departments/{id}")]
async fn update_department(
    call: Call<PeopleWrite>,
    Path(id): Path<Uuid>,
    body: Json<UpdateDepartmentRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&service::update(tx, id, precondition, request.into_change()?).await?)
    })
}

/// Delete a department
///
/// Only if nothing refers to it: no department below it, no membership, session, grant or result.
#[utoipa::path(
    tag = "people",
    responses((status = 204, description = "The department was deleted.")),
    security(("oauth2" = ["people:write"])),
    extensions(("x-refuses" = json!([StateConflict])))
)]
#[delete("/v1/departments/{id}")]
async fn delete_department(call: Call<PeopleWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        service::delete(tx, id, precondition).await?;
        Ok(Reply::no_content())
    })
}
