//! Employees over HTTP.

use actix_web::{get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::batch::{self, BatchEmployeesRequest, BatchEmployeesResponse};
use super::dto::{CreateEmployeeRequest, EmployeePage, EmployeeResponse, ListEmployeesQuery, UpdateEmployeeRequest};
use super::queries::{self, Filter};
use super::resolve::{self, ResolveEmployeesRequest, ResolveEmployeesResponse};
use super::service;
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::{Answer, Call, answer};
use crate::http::{Json, Paged, Path, Reply};
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
    responses((status = 201, description = "The employee.", body = EmployeeResponse)),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/employees")]
async fn create_employee(call: Call<PeopleWrite>, body: Json<CreateEmployeeRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let employee = service::create(tx, request).await?;
        let location = format!("/v1/employees/{}", employee.id);
        Reply::created(location, &employee)
    })
}

/// List employees
///
/// In the order of their making. A manager sees who is today in the managed departments or below; others see themselves.
#[utoipa::path(
    tag = "people",
    params(Paged<ListEmployeesQuery>),
    responses((status = 200, description = "A page of employees.", body = EmployeePage)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/employees")]
async fn list_employees(call: Call<PeopleRead>, query: Paged<ListEmployeesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let (employee_number, department_id, updated_since) =
            (query.employee_number, query.department_id, query.updated_since);
        let reach = tx.actor.reach::<PeopleRead>()?;
        let visible = visible(tx, &reach).await?.ids().map(<[Uuid]>::to_vec);
        let today = today(tx).await?;
        let department = department_id.map(|id| (id, today));
        let filter = Filter { employee_number, department, updated_since, visible };
        let rows = queries::list_page(tx, filter, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |employee| employee.id)?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get an employee
///
/// A person of the company, with what other systems call them and the departments they are, were or will be in.
#[utoipa::path(
    tag = "people",
    responses((status = 200, description = "The employee.", body = EmployeeResponse)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/employees/{id}")]
async fn get_employee(call: Call<PeopleRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Update an employee
///
/// A merge patch (RFC 7396). Ids of other systems are replaced as a whole set.
#[utoipa::path(
    tag = "people",
    responses((status = 200, description = "The employee as it is now.", body = EmployeeResponse)),
    security(("oauth2" = ["people:write"]))
)]
#[patch("/v1/employees/{id}")]
async fn update_employee(call: Call<PeopleWrite>, Path(id): Path<Uuid>, body: Json<UpdateEmployeeRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let (change, external_ids) = request.into_change()?;
        Reply::ok(&service::update(tx, id, precondition, change, external_ids).await?)
    })
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
async fn batch_employees(call: Call<PeopleWrite>, body: Json<BatchEmployeesRequest>) -> Answer {
    let context = call.context.clone();
    answer!(call.write(body), |tx, request| Reply::ok(&batch::run(tx, request, &context).await?))
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
async fn resolve_employees(call: Call<PeopleRead>, body: Json<ResolveEmployeesRequest>) -> Answer {
    answer!(call.read_with(body), |tx, request| Reply::ok(&resolve::resolve(tx, request).await?))
}
