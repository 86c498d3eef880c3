//! What lecturers ask for, over HTTP.

use uuid::Uuid;

use super::dto::{
    ApproveSessionChangeRequest, AskSessionChangeRequest, DeclineSessionChangeRequest, ListSessionChangesQuery,
    SessionChangePage, SessionChangeResponse,
};
use super::model::{ChangeState, Seen};
use super::{queries, service};
use crate::auth::rights::SessionChanges;
use crate::call::{Answer, Call, answer};
use crate::error::Code::{
    AlreadyExists, NoNeedToAsk, NotTheAsker, PersonRequired, PlansOverlap, SelfApproval, StateConflict,
};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};

operations! {
    ask_session_change, list_session_changes, get_session_change, approve_session_change, decline_session_change,
    withdraw_session_change
}

/// Ask for a change of an assigned session
///
/// A lecturer of a planned session that was assigned asks to cancel it, to move it, to hand it over to a colleague or to make it
/// voluntary. HR or an organiser of the session's group decides; until then the session stands. Only the lecturer, the organisers
/// and HR see the reason. Whoever may change the session has no need to ask (`no_need_to_ask`), nor has the lecturer of a
/// voluntary one. From one day before the planned start on, the request is marked as late.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/change-requests", responses((status = 201, body = SessionChangeResponse)),
    extensions(("x-refuses" = json!([AlreadyExists, NoNeedToAsk, PersonRequired, StateConflict])))
)]
async fn ask_session_change(
    call: Call<SessionChanges>,
    Path(id): Path<Uuid>,
    body: Json<AskSessionChangeRequest>,
) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let asked = service::ask(tx, id, request, faults).await?;
        Reply::created(format!("/v1/session-change-requests/{}", asked.id), &asked)
    })
}

/// List what lecturers ask for
///
/// Newest first. HR sees all requests, an organiser those about sessions of their own groups, everybody else only their own.
#[utoipa::path(
    get, path = "/v1/session-change-requests", responses((status = 200, body = SessionChangePage)),
    extensions(("x-refuses" = json!([PersonRequired])))
)]
async fn list_session_changes(call: Call<SessionChanges>, query: Paged<ListSessionChangesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = Seen::of(tx).await?;
        let rows = queries::list_page(tx, &query, &seen, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |request| request.id)?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get what a lecturer asks for
///
/// The request with its reason, and the answer.
#[utoipa::path(
    get, path = "/v1/session-change-requests/{id}", responses((status = 200, body = SessionChangeResponse)),
    extensions(("x-refuses" = json!([PersonRequired])))
)]
async fn get_session_change(call: Call<SessionChanges>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Approve what a lecturer asks for
///
/// By HR or an organiser of the session's group, and at once carried out. A session that is moved with consent is moved as if HR
/// had moved it: a due moment that was not met moves with it. Whoever asks, gives the session or would take it over cannot decide.
#[utoipa::path(
    post, path = "/v1/session-change-requests/{id}/approve", params(IfMatch),
    responses((status = 200, body = SessionChangeResponse)),
    extensions(
        ("x-refuses" = json!([PersonRequired, PlansOverlap, SelfApproval, StateConflict])),
        ("x-tells-closed-periods" = json!(true))
    )
)]
async fn approve_session_change(
    call: Call<SessionChanges>,
    Path(id): Path<Uuid>,
    body: Json<ApproveSessionChangeRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&service::decide(tx, id, precondition, ChangeState::Approved, request.note).await?)
    })
}

/// Decline what a lecturer asks for
///
/// By HR or an organiser of the session's group, with a reason. The session stands.
#[utoipa::path(
    post, path = "/v1/session-change-requests/{id}/decline", params(IfMatch),
    responses((status = 200, body = SessionChangeResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn decline_session_change(
    call: Call<SessionChanges>,
    Path(id): Path<Uuid>,
    body: Json<DeclineSessionChangeRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&service::decide(tx, id, precondition, ChangeState::Declined, Some(request.note)).await?)
    })
}

/// Withdraw what one asked for
///
/// While nobody has answered; by the lecturer who asked, and nobody else (`not_the_asker`).
#[utoipa::path(
    post, path = "/v1/session-change-requests/{id}/withdraw", params(IfMatch),
    responses((status = 200, body = SessionChangeResponse)),
    extensions(("x-refuses" = json!([NotTheAsker, PersonRequired, StateConflict])))
)]
async fn withdraw_session_change(call: Call<SessionChanges>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&service::withdraw(tx, id, precondition).await?))
}
