//! Absences over HTTP.

use uuid::Uuid;

use super::dto::{
    AbsencePage, AbsenceResponse, CreateAbsenceRequest, LiftSuspensionRequest, ListAbsencesQuery,
    SuspendLecturerRequest,
};
use super::{queries, service, suspensions};
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::StateConflict;
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::people::visible;

operations! { create_absence, list_absences, get_absence, delete_absence, suspend_lecturer, lift_suspension }

/// Record an absence
///
/// Leave or suspension, in whole days. If the source already sent this `source_ref`, that absence is updated.
#[utoipa::path(
    post, path = "/v1/absences",
    responses(
        (status = 200, description = "The absence that the source sent earlier, updated.", body = AbsenceResponse),
        (status = 201, body = AbsenceResponse)
    ),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn create_absence(call: Call<PeopleWrite>, body: Json<CreateAbsenceRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let (absence, is_new) = service::create(tx, request, faults).await?;
        let location = format!("/v1/absences/{}", absence.id);
        if is_new { Reply::created(location, &absence) } else { Reply::ok(&absence) }
    })
}

/// List absences
///
/// Ordered by creation, oldest first. Managers see their own absences and those of the people who are today in the departments
/// they manage or below. Lecturers and learners see only their own.
#[utoipa::path(get, path = "/v1/absences", responses((status = 200, body = AbsencePage)))]
async fn list_absences(call: Call<PeopleRead>, query: Paged<ListAbsencesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<PeopleRead>(tx).await?;
        let (rows, next) = queries::list_page(tx, &query, seen.ids(), &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get an absence
///
/// Days on which a person is excused.
#[utoipa::path(get, path = "/v1/absences/{id}", responses((status = 200, body = AbsenceResponse)))]
async fn get_absence(call: Call<PeopleRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Delete an absence
///
/// For an absence that did not happen. Its days count again.
#[utoipa::path(
    delete, path = "/v1/absences/{id}",
    responses((status = 200, description = "The absence as it was.", body = AbsenceResponse)),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn delete_absence(call: Call<PeopleWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&service::delete(tx, id, precondition).await?))
}

/// Suspend a lecturer
///
/// For a time or until further notice, with a reason. It is an absence of the kind `suspension`: its days are exempt in the score, and
/// put off the day on which the tenure of a promotion is reached. The appointment goes on. A suspension must begin within the
/// appointment and must not overlap another one.
#[utoipa::path(
    post, path = "/v1/lecturers/{id}/suspend", params(("id" = Uuid, Path, description = "The appointment."), IfMatch),
    responses((status = 201, description = "The absence.", body = AbsenceResponse)),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn suspend_lecturer(call: Call<PeopleWrite>, Path(id): Path<Uuid>, body: Json<SuspendLecturerRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        let absence = suspensions::suspend(tx, id, precondition, request, faults).await?;
        Reply::created(format!("/v1/absences/{}", absence.id), &absence)
    })
}

/// Lift a suspension
///
/// With a reason: the suspension ends earlier than planned, or gets an end. The days after it count again. Refused (409) for leave, and
/// for a suspension that is over by then.
#[utoipa::path(
    post, path = "/v1/absences/{id}/lift", params(IfMatch), responses((status = 200, body = AbsenceResponse)),
    extensions(("x-refuses" = json!([StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
async fn lift_suspension(call: Call<PeopleWrite>, Path(id): Path<Uuid>, body: Json<LiftSuspensionRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| Reply::ok(&suspensions::lift(tx, id, precondition, request).await?))
}
