//! Sessions over HTTP.

use uuid::Uuid;

use super::batch::{self, BatchSessionsRequest, BatchSessionsResponse};
use super::dto::{
    CancelSessionRequest, CreateSessionRequest, DeliverSessionRequest, ListSessionsQuery, MissSessionRequest,
    ReplaceLecturersRequest, UpdateSessionRequest,
};
use super::model::Scope;
use super::responses::{SessionPage, SessionResponse, render_all};
use super::{attendance, audience, changes, queries, service, transitions};
use crate::auth::rights::{SessionsRead, SessionsWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{ConsentRequired, HrRequired, PlansOverlap, SelfApproval, StateConflict};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};

operations! {
    create_session, batch_sessions, list_sessions, get_session, update_session, replace_session_lecturers,
    deliver_session, miss_session, cancel_session, confirm_session_delivery;
    changes::routes::routes, audience::routes::routes, attendance::routes::routes
}

/// Plan a session
///
/// Lecturers plan sessions that they give themselves, alone or with co-lecturers at equal shares. Managers plan sessions of the
/// people they manage, HR any session. The content is due one day before the session starts, unless a manager or HR sets another
/// time. A plan that overlaps another one of the same lecturer is refused, with the other session's id as `session_id`. So is one of
/// a lecturer whose appointments are over on its day. Somebody who never was appointed may give a session, be it as a guest or
/// because the appointment comes later: they are scored once an appointment covers the days, and exempt until then.
#[utoipa::path(
    post, path = "/v1/sessions", responses((status = 201, body = SessionResponse)),
    extensions(("x-refuses" = json!([PlansOverlap])), ("x-tells-closed-periods" = json!(true)))
)]
async fn create_session(call: Call<SessionsWrite>, body: Json<CreateSessionRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let plan = request.into_command(&mut faults);
        let session = service::create(tx, plan, faults).await?;
        Reply::created(format!("/v1/sessions/{}", session.id), &session)
    })
}

/// Plan many sessions
///
/// Up to 500 sessions in one request. With `atomic`, either all are planned or none. With `per_item`, the valid ones are planned,
/// and each of the others gets a problem.
#[utoipa::path(
    post, path = "/v1/sessions/batch", responses((status = 200, body = BatchSessionsResponse)),
    extensions(("x-refuses" = json!([PlansOverlap])), ("x-tells-closed-periods" = json!(true)))
)]
async fn batch_sessions(call: Call<SessionsWrite>, body: Json<BatchSessionsRequest>) -> Answer {
    let context = call.context.clone();
    answer!(call.write(body), |tx, request| Reply::ok(&batch::create_all(tx, request, &context).await?))
}

/// List sessions
///
/// Ordered by creation, oldest first. Lecturers and learners see the sessions that they give, are registered for or attended.
/// Managers also see those of the people and departments they manage.
#[utoipa::path(get, path = "/v1/sessions", responses((status = 200, body = SessionPage)))]
async fn list_sessions(call: Call<SessionsRead>, query: Paged<ListSessionsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let scope = Scope::to_read(tx).await?;
        let (rows, next) = queries::list_page(tx, &query, &scope, &paging).await?;
        Reply::page(render_all(tx, rows).await?, next)
    })
}

/// Get a session
///
/// Its plan, its lecturers and its outcome.
#[utoipa::path(get, path = "/v1/sessions/{id}", responses((status = 200, body = SessionResponse)))]
async fn get_session(call: Call<SessionsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Update a session
///
/// A merge patch (RFC 7396). Only a session that is still `planned` can be updated. A lecturer can update it only before it
/// starts. If a manager or HR moves the start, a due moment that was not met moves with it, but never into the past; one that was
/// met stays. A lecturer's own change never moves it. A lecturer of an assigned session asks for another time, length, kind or
/// group (`ask_session_change`).
#[utoipa::path(
    patch, path = "/v1/sessions/{id}", responses((status = 200, body = SessionResponse)),
    extensions(("x-refuses" = json!([ConsentRequired, PlansOverlap, StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
async fn update_session(call: Call<SessionsWrite>, Path(id): Path<Uuid>, body: Json<UpdateSessionRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let change = request.into_change(&mut faults);
        Reply::ok(&service::update(tx, id, precondition, change, faults).await?)
    })
}

/// Replace a session's lecturers
///
/// The whole set, with each lecturer's share of the credit; the shares sum to 1. Lecturers may add co-lecturers to their own
/// planned session, all at equal shares; if it was assigned, they ask (`ask_session_change`). Any other change needs HR, or a manager of everybody whose share changes. Once the
/// session was delivered or missed, this is a correction by managers or HR, who must not credit themselves. If the person who
/// confirmed the delivery becomes a lecturer of the session, the delivery has to be confirmed again by somebody else.
#[utoipa::path(
    put, path = "/v1/sessions/{id}/lecturers", responses((status = 200, body = SessionResponse)),
    extensions(("x-refuses" = json!([ConsentRequired, HrRequired, PlansOverlap, SelfApproval, StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
async fn replace_session_lecturers(
    call: Call<SessionsWrite>,
    Path(id): Path<Uuid>,
    body: Json<ReplaceLecturersRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let shares = request.into_shares(&mut faults);
        Reply::ok(&service::replace_lecturers(tx, id, precondition, shares, faults).await?)
    })
}

/// Mark a session as delivered
///
/// If a lecturer of the session reports the delivery, it counts for money only after attendance or HR has confirmed it. If
/// anybody else reports it, it counts at once. Marking the session again corrects the earlier report. A report after the close of
/// the period is kept, but does not change the closed snapshot. Only HR may report a start that lies further before the plan than
/// the programme's `early_delivery_minutes`. A delivery that overlaps another one of the same lecturer is taken, and both name each
/// other in `overlapping_session_ids`. To correct a missed or cancelled session needs a reason; only HR can bring a cancelled one
/// back. Its ratings are kept throughout.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/deliver", params(IfMatch), responses((status = 200, body = SessionResponse)),
    extensions(("x-refuses" = json!([HrRequired, StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
async fn deliver_session(call: Call<SessionsWrite>, Path(id): Path<Uuid>, body: Json<DeliverSessionRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        Reply::ok(&transitions::deliver(tx, id, precondition, request, faults).await?)
    })
}

/// Mark a session as missed
///
/// The session should have taken place and did not. Only a session whose start has passed can be missed. To correct a delivered or
/// cancelled session needs a reason; only HR can bring a cancelled one back.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/miss", params(IfMatch), responses((status = 200, body = SessionResponse)),
    extensions(("x-refuses" = json!([HrRequired, StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
async fn miss_session(call: Call<SessionsWrite>, Path(id): Path<Uuid>, body: Json<MissSessionRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| Reply::ok(&transitions::miss(tx, id, precondition, request.reason).await?))
}

/// Cancel a session
///
/// A cancelled session never counts. Lecturers can cancel only voluntary sessions that have not started; if a
/// session was assigned, its lecturers ask (`ask_session_change`). Managers and HR can also cancel sessions that should have taken
/// place.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/cancel", params(IfMatch), responses((status = 200, body = SessionResponse)),
    extensions(("x-refuses" = json!([ConsentRequired, StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
async fn cancel_session(call: Call<SessionsWrite>, Path(id): Path<Uuid>, body: Json<CancelSessionRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&transitions::cancel(tx, id, precondition, request.reason).await?)
    })
}

/// Confirm a delivery
///
/// HR confirms a delivery that only a lecturer of the session has reported. Nobody can confirm their own session. The delivery
/// then counts for money.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/confirm-delivery", params(IfMatch),
    responses((status = 200, body = SessionResponse)),
    extensions(("x-refuses" = json!([HrRequired, SelfApproval, StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
async fn confirm_session_delivery(call: Call<SessionsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&transitions::confirm_delivery(tx, id, precondition).await?))
}
