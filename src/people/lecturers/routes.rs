//! Lecturers over HTTP.

use uuid::Uuid;

use super::dto::{
    AppointLecturerRequest, ChangeLecturerLevelRequest, CorrectLecturerRequest, EndLecturerRequest, LecturerPage,
    LecturerResponse, ListDueRenewalsQuery, ListLecturersQuery, RenewLecturerRequest,
};
use super::{queries, service, terms};
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{MoneyHasLeft, StateConflict};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::people::{today, visible};

operations! {
    appoint_lecturer, list_lecturers, list_due_renewals, get_lecturer, renew_lecturer, end_lecturer, correct_lecturer,
    change_lecturer_level
}

/// Appoint a lecturer
///
/// From a given day of an employment on, for a term or without an end. The appointment ends by itself with its term, which
/// `renew_lecturer` moves, and with the employment at the latest, and does not come back with another one. A person may be appointed several times, but the appointments must not overlap. A level of past days waits for a
/// second person: the answer names it in `waiting_changes`. With a level it is refused (`money_has_left`) once payroll may have
/// paid what the person earned on past days of it.
#[utoipa::path(
    post, path = "/v1/lecturers", responses((status = 201, body = LecturerResponse)),
    extensions(("x-refuses" = json!([MoneyHasLeft])), ("x-tells-closed-periods" = json!(true)))
)]
async fn appoint_lecturer(call: Call<PeopleWrite>, body: Json<AppointLecturerRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let lecturer = service::appoint(tx, request, faults).await?;
        Reply::created(format!("/v1/lecturers/{}", lecturer.id), &lecturer)
    })
}

/// List lecturers
///
/// Appointments ordered by creation, oldest first, including those that have ended. Managers see their own appointments and those
/// of the people who are today in the departments they manage or below. Lecturers and learners see only their own.
#[utoipa::path(get, path = "/v1/lecturers", responses((status = 200, body = LecturerPage)))]
async fn list_lecturers(call: Call<PeopleRead>, query: Paged<ListLecturersQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<PeopleRead>(tx).await?;
        let today = today(tx).await?;
        let (rows, next) = queries::list_page(tx, &query, seen.ids(), today, &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// List the renewals that are due
///
/// The appointments whose term ends soon, soonest first: decide whether to renew them (`renew_lecturer`), or let them end. Those that
/// were ended before their term, or whose person is already appointed again, are not among them. Managers see their own and those of
/// the people who are today in the departments they manage or below. Lecturers and learners see only their own.
#[utoipa::path(get, path = "/v1/lecturer-renewals", responses((status = 200, body = LecturerPage)))]
async fn list_due_renewals(call: Call<PeopleRead>, query: Paged<ListDueRenewalsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let (items, next) = terms::list_due(tx, &query, &paging).await?;
        Reply::page(items, next)
    })
}

/// Get a lecturer
///
/// One appointment with its levels.
#[utoipa::path(
    get, path = "/v1/lecturers/{id}", params(("id" = Uuid, Path, description = "The appointment.")),
    responses((status = 200, body = LecturerResponse))
)]
async fn get_lecturer(call: Call<PeopleRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Renew an appointment
///
/// Gives it another term: a later last day, or null for none. An appointment without a term gets one. It then lasts until that day, or
/// as long as the employment. An appointment whose term is over can still be renewed from where it ended; one that somebody ended
/// (`end_lecturer`) cannot (409). If past days would get a level by it, the renewal waits for a second person
/// (`waiting_changes`). Once payroll may have paid what the person earned on past days that it moves, it is refused
/// (`money_has_left`).
#[utoipa::path(
    post, path = "/v1/lecturers/{id}/renew", params(("id" = Uuid, Path, description = "The appointment."), IfMatch),
    responses((status = 200, body = LecturerResponse)),
    extensions(("x-refuses" = json!([StateConflict, MoneyHasLeft])), ("x-tells-closed-periods" = json!(true)))
)]
async fn renew_lecturer(call: Call<PeopleWrite>, Path(id): Path<Uuid>, body: Json<RenewLecturerRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        Reply::ok(&terms::renew(tx, id, precondition, request, faults).await?)
    })
}

/// End an appointment
///
/// On a given last day, which may be earlier than the one that the appointment has. The current level ends with the appointment,
/// and future levels are deleted. Memberships in lecturer groups stay; end them separately. If past days would lose their level, the end waits for a second person (`waiting_changes`).
/// Once payroll may have paid what the person earned on past days after the new end, it is refused (`money_has_left`).
#[utoipa::path(
    post, path = "/v1/lecturers/{id}/end", params(("id" = Uuid, Path, description = "The appointment."), IfMatch),
    responses((status = 200, body = LecturerResponse)),
    extensions(("x-refuses" = json!([StateConflict, MoneyHasLeft])), ("x-tells-closed-periods" = json!(true)))
)]
async fn end_lecturer(call: Call<PeopleWrite>, Path(id): Path<Uuid>, body: Json<EndLecturerRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| Reply::ok(&terms::end(tx, id, precondition, request).await?))
}

/// Correct the first day of an appointment
///
/// With a reason, which is kept in the operation log. The level that began with the appointment moves with it; levels that would end
/// before the new day are deleted. If past days would lose or get a level, the correction waits for a second person
/// (`waiting_changes`). Once payroll may have paid what the person earned on the days between, it is refused (`money_has_left`).
#[utoipa::path(
    post, path = "/v1/lecturers/{id}/correct", params(("id" = Uuid, Path, description = "The appointment."), IfMatch),
    responses((status = 200, body = LecturerResponse)),
    extensions(("x-refuses" = json!([MoneyHasLeft])), ("x-tells-closed-periods" = json!(true)))
)]
async fn correct_lecturer(call: Call<PeopleWrite>, Path(id): Path<Uuid>, body: Json<CorrectLecturerRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        Reply::ok(&service::correct(tx, id, precondition, request, faults).await?)
    })
}

/// Change a lecturer's level
///
/// From a day of the appointment on, until the next recorded level. Nothing changes if the lecturer is already at that level. A
/// level sets the fee of sessions, so one from a past day on waits for a second person (`confirm_access_change`): neither who proposed
/// it, nor who answers for the machine client that did, nor the lecturer. The answer has the old level and names what waits in
/// `waiting_changes`; sending the old level withdraws it. Once payroll may have paid what the person earned on past days that get
/// another level, it is refused (`money_has_left`).
#[utoipa::path(
    post, path = "/v1/lecturers/{id}/levels", params(("id" = Uuid, Path, description = "The appointment."), IfMatch),
    responses((status = 200, body = LecturerResponse)),
    extensions(("x-refuses" = json!([MoneyHasLeft])))
)]
async fn change_lecturer_level(
    call: Call<PeopleWrite>,
    Path(id): Path<Uuid>,
    body: Json<ChangeLecturerLevelRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        Reply::ok(&service::change_level(tx, id, precondition, request, faults).await?)
    })
}
