//! Employees over HTTP.

use actix_web::{HttpResponse, get, patch, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::batch::{self, BatchEmployeesRequest, BatchEmployeesResponse};
use super::dto::{CreateEmployeeRequest, EmployeePage, EmployeeResponse, ListEmployeesQuery, UpdateEmployeeRequest};
use super::queries::{self, Filter};
use super::resolve::{self, ResolveEmployeesRequest, ResolveEmployeesResponse};
use super::service;
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Query, Reply};
use crate::people::{today, visible};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(batch_employees)
        .service(resolve_employees)
        .service(create_employee)
        .service(list_employees)
        .service(get_employee)
        .service(update_employee);
}

/// Create an employee
///
/// A person of the company, with what other systems call them. Which department they are in is said by a move.
#[utoipa::path(
    tag = "people",
    responses((
        status = 201, description = "The employee.", body = EmployeeResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/employees")]
pub async fn create_employee(call: Call<PeopleWrite>, body: Json<CreateEmployeeRequest>) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let employee = service::create(tx, request).await?;
            let location = format!("/v1/employees/{}", employee.id);
            Ok(Reply::created(location, &employee)?.etag(employee.etag))
        }
        .boxed()
    })
    .await
}

/// List employees
///
/// In the order of their making. A manager sees who is today in the managed departments or below; others see themselves.
#[utoipa::path(
    tag = "people",
    params(ListEmployeesQuery),
    responses((status = 200, description = "A page of employees.", body = EmployeePage)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/employees")]
pub async fn list_employees(call: Call<PeopleRead>, query: Query<ListEmployeesQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    let (employee_number, department_id, updated_since) =
        (query.employee_number, query.department_id, query.updated_since);
    call.read(move |tx| {
        async move {
            let reach = tx.actor.reach::<PeopleRead>()?;
            let visible = visible(tx, &reach).await?.ids().map(<[Uuid]>::to_vec);
            let today = today(tx).await?;
            let department = department_id.map(|id| (id, today));
            let filter = Filter { employee_number, department, updated_since, visible };
            let rows = queries::list_page(tx, filter, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |employee| employee.id)?;
            let items = service::render_all(tx, page.items).await?;
            Ok(Reply::ok(&EmployeePage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get an employee
///
/// A person of the company, with what other systems call them and the departments they are, were or will be in.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The employee.")),
    responses((
        status = 200, description = "The employee.", body = EmployeeResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/employees/{id}")]
pub async fn get_employee(call: Call<PeopleRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let employee = service::get(tx, id).await?;
            Ok(Reply::ok(&employee)?.etag(employee.etag))
        }
        .boxed()
    })
    .await
}

/// Update an employee
///
/// A merge patch (RFC 7396). Ids of other systems are replaced as a whole set.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The employee.")),
    responses((
        status = 200, description = "The employee as it is now.", body = EmployeeResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:write"]))
)]
#[patch("/v1/employees/{id}")]
pub async fn update_employee(
    call: Call<PeopleWrite>,
    id: Path<Uuid>,
    body: Json<UpdateEmployeeRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match()?;
    call.write(body, move |tx, request| {
        async move {
            let (change, external_ids) = request.into_change()?;
            let employee = service::update(tx, id, precondition, change, external_ids).await?;
            Ok(Reply::ok(&employee)?.etag(employee.etag))
        }
        .boxed()
    })
    .await
}

/// Make or change many employees
///
/// Up to 500, each named by its employee number, with the department by its code. `atomic`: all or nothing, with every fault
/// listed. `per_item`: what is right is written, and each item gets its result or its problem. A wrong shape (an unknown or
/// missing member, another type) refuses the call in both modes.
#[utoipa::path(
    tag = "people",
    responses((status = 200, description = "What became of each item.", body = BatchEmployeesResponse)),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/employees/batch")]
pub async fn batch_employees(call: Call<PeopleWrite>, body: Json<BatchEmployeesRequest>) -> Result<HttpResponse> {
    let context = call.context.clone();
    call.write(body, move |tx, request| async move { Reply::ok(&batch::run(tx, request, &context).await?) }.boxed())
        .await
}

/// Resolve ids of employees
///
/// Turns up to 500 ids of any kind (employee number, mail address, id in another system) into Lectern's, in the same order.
/// It changes nothing: no `Idempotency-Key`.
#[utoipa::path(
    tag = "people",
    responses((status = 200, description = "Our ids, in the order of the question.", body = ResolveEmployeesResponse)),
    security(("oauth2" = ["people:read"]))
)]
#[post("/v1/employees/resolve")]
pub async fn resolve_employees(call: Call<PeopleRead>, body: Json<ResolveEmployeesRequest>) -> Result<HttpResponse> {
    call.read_with(body, |tx, request| async move { Reply::ok(&resolve::resolve(tx, request).await?) }.boxed()).await
}
