//! Employees over HTTP.

use uuid::Uuid;

use super::batch::{self, BatchEmployeesRequest, BatchEmployeesResponse};
use super::dto::{CreateEmployeeRequest, EmployeePage, EmployeeResponse, ListEmployeesQuery, UpdateEmployeeRequest};
use super::resolve::{self, ResolveEmployeesRequest, ResolveEmployeesResponse};
use super::{queries, service};
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::{Answer, Call, answer};
use crate::http::{Json, Paged, Path, Reply, operations};
use crate::people::{today, visible};

operations! { batch_employees, resolve_employees, create_employee, list_employees, get_employee, update_employee }

/// Create an employee
///
/// Creates a person of the company, with their ids in other systems. Moving the person into a department is a separate request.
#[utoipa::path(post, path = "/v1/employees", responses((status = 201, body = EmployeeResponse)))]
async fn create_employee(call: Call<PeopleWrite>, body: Json<CreateEmployeeRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let employee = service::create(tx, request, faults).await?;
        let location = format!("/v1/employees/{}", employee.id);
        Reply::created(location, &employee)
    })
}

/// List employees
///
/// Ordered by creation, oldest first. Managers see themselves and the people who are today in the departments they manage or
/// below. Lecturers and learners see only themselves. Records that were merged into another one are listed too, with
/// `merged_into_id`.
#[utoipa::path(get, path = "/v1/employees", responses((status = 200, body = EmployeePage)))]
async fn list_employees(call: Call<PeopleRead>, query: Paged<ListEmployeesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<PeopleRead>(tx).await?;
        let today = today(tx).await?;
        let (rows, next) = queries::list_page(tx, &query, seen.ids(), today, &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get an employee
///
/// A person of the company, with their ids in other systems and their past, current and future departments.
#[utoipa::path(get, path = "/v1/employees/{id}", responses((status = 200, body = EmployeeResponse)))]
async fn get_employee(call: Call<PeopleRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Update an employee
///
/// A merge patch (RFC 7396). Ids in other systems are replaced as a whole set. What changes who somebody with a role is, or gives
/// them access again, waits for a second person: the answer has the old value and names the change in `waiting_changes`.
#[utoipa::path(
    patch, path = "/v1/employees/{id}", responses((status = 200, body = EmployeeResponse)),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn update_employee(call: Call<PeopleWrite>, Path(id): Path<Uuid>, body: Json<UpdateEmployeeRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let change = request.into_change(&mut faults);
        Reply::ok(&service::update(tx, id, precondition, change, faults).await?)
    })
}

/// Create or update many employees
///
/// Up to 500 employees, each identified by the employee number, with the department by its code. With `atomic`, either all items
/// are written or none, and every fault is listed. With `per_item`, the valid items are written, and each item gets its result or
/// its problem. What waits for a second person is named in the result. A wrong shape (an unknown or missing member, a wrong type) refuses the whole request in both modes.
#[utoipa::path(
    post, path = "/v1/employees/batch", responses((status = 200, body = BatchEmployeesResponse)),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn batch_employees(call: Call<PeopleWrite>, body: Json<BatchEmployeesRequest>) -> Answer {
    let context = call.context.clone();
    answer!(call.write(body), |tx, request| Reply::ok(&batch::run(tx, request, &context).await?))
}

/// Resolve ids of employees
///
/// Turns up to 500 ids of any kind (employee number, email address, id in another system) into Lectern's ids, in the same order.
/// It changes nothing, so it takes no `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/employees/resolve", responses((status = 200, body = ResolveEmployeesResponse)))]
async fn resolve_employees(call: Call<PeopleRead>, body: Json<ResolveEmployeesRequest>) -> Answer {
    answer!(call.read_with(body), |tx, request| Reply::ok(&resolve::resolve(tx, request).await?))
}
