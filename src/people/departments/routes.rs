//! Departments over HTTP.

use actix_web::{HttpResponse, delete, get, patch, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    CreateDepartmentRequest, DepartmentPage, DepartmentResponse, ListDepartmentsQuery, UpdateDepartmentRequest,
};
use super::queries::{self, Filter};
use super::service;
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Query, Reply};

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
/// A unit of the organisation with a code of its own, at the top or below another one.
#[utoipa::path(
    tag = "people",
    responses((
        status = 201, description = "The department.", body = DepartmentResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/departments")]
pub async fn create_department(call: Call<PeopleWrite>, body: Json<CreateDepartmentRequest>) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let department = service::create(tx, request).await?;
            let location = format!("/v1/departments/{}", department.id);
            Ok(Reply::created(location, &department)?.etag(department.etag))
        }
        .boxed()
    })
    .await
}

/// List departments
///
/// In the order of their making. A manager sees the managed departments and those below them, everybody else the own one.
#[utoipa::path(
    tag = "people",
    params(ListDepartmentsQuery),
    responses((status = 200, description = "A page of departments.", body = DepartmentPage)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/departments")]
pub async fn list_departments(call: Call<PeopleRead>, query: Query<ListDepartmentsQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    let (parent_id, code, updated_since) = (query.parent_id, query.code, query.updated_since);
    call.read(move |tx| {
        async move {
            let visible = service::visible_departments(tx).await?;
            let filter = Filter { parent_id, code, updated_since, visible };
            let rows = queries::list_page(tx, filter, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |department| department.id)?;
            let items = service::respond_all(tx, page.items).await?;
            Ok(Reply::ok(&DepartmentPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a department
///
/// One unit of the organisation.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The department.")),
    responses((
        status = 200, description = "The department.", body = DepartmentResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/departments/{id}")]
pub async fn get_department(call: Call<PeopleRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let department = service::get(tx, id).await?;
            Ok(Reply::ok(&department)?.etag(department.etag))
        }
        .boxed()
    })
    .await
}

/// Update a department
///
/// A merge patch (RFC 7396). A department cannot be moved below itself.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The department.")),
    responses((
        status = 200, description = "The department as it is now.", body = DepartmentResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:write"]))
)]
#[patch("/v1/departments/{id}")]
pub async fn update_department(
    call: Call<PeopleWrite>,
    id: Path<Uuid>,
    body: Json<UpdateDepartmentRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match()?;
    call.write(body, move |tx, request| {
        async move {
            let department = service::update(tx, id, precondition, request.into_change()?).await?;
            Ok(Reply::ok(&department)?.etag(department.etag))
        }
        .boxed()
    })
    .await
}

/// Delete a department
///
/// Only one that nothing names: no department below, no membership, session, grant or result.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The department.")),
    responses((status = 204, description = "It is gone.")),
    security(("oauth2" = ["people:write"]))
)]
#[delete("/v1/departments/{id}")]
pub async fn delete_department(call: Call<PeopleWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
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
