//! Sessions over HTTP.

use actix_web::{get, patch, post, put};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::batch::{self, BatchSessionsRequest, BatchSessionsResponse};
use super::dto::{
    CancelSessionRequest, CreateSessionRequest, DeliverSessionRequest, ListSessionsQuery, MissSessionRequest,
    ReplaceLecturersRequest, UpdateSessionRequest,
};
use super::model::Scope;
use super::queries::{self, Filter};
use super::responses::{SessionPage, SessionResponse, render_all};
use super::{attendance, audience, service, transitions};
use crate::auth::rights::{SessionsRead, SessionsWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{HrRequired, SelfApproval, StateConflict};
use crate::http::{IfMatch, Json, Paged, Path, Reply};
use crate::kernel::fault::Faults;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_session)
        .service(batch_sessions)
        .service(list_sessions)
        .service(get_session)
        .service(update_session)
        .service(replace_session_lecturers)
        .service(deliver_session)
        .service(miss_session)
        .service(cancel_session)
        .service(confirm_session_delivery);
    audience::routes::routes(config);
    attendance::routes::routes(config);
}

/// Plan a session
///
/// Lecturers plan sessions that they give, alone or with co-lecturers at equal shares; managers those of their people, HR all. Its
/// content is due one day before it starts, unless a manager or HR says otherwise.
#[utoipa::path(
    tag = "sessions",
    responses((status = 201, description = "The session.", body = SessionResponse)),
    security(("oauth2" = ["sessions:write"]))
)]
#[post("/v1/sessions")]
async fn create_session(call: Call<SessionsWrite>, body: Json<CreateSessionRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let mut faults = Faults::default();
        let plan = request.into_command(&mut faults);
        let session = service::create(tx, plan, faults).await?;
        Reply::created(format!("/v1/sessions/{}", session.id), &session)
    })
}

/// Plan many sessions
///
/// Up to 500 in one call: `atomic` plans all or none, `per_item` those that can be and gives the others a problem each.
#[utoipa::path(
    tag = "sessions",
    responses((status = 200, description = "What became of each.", body = BatchSessionsResponse)),
    security(("oauth2" = ["sessions:write"]))
)]
#[post("/v1/sessions/batch")]
async fn batch_sessions(call: Call<SessionsWrite>, body: Json<BatchSessionsRequest>) -> Answer {
    let context = call.context.clone();
    answer!(call.write(body), |tx, request| Reply::ok(&batch::create_all(tx, request, &context).await?))
}

/// List sessions
///
/// In the order of their making. A lecturer sees the sessions given or attended, a manager those of the managed people too.
#[utoipa::path(
    tag = "sessions",
    params(Paged<ListSessionsQuery>),
    responses((status = 200, description = "A page of sessions.", body = SessionPage)),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/sessions")]
async fn list_sessions(call: Call<SessionsRead>, query: Paged<ListSessionsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let filter = Filter {
            scope: Scope::to_read(tx).await?,
            programme_id: query.programme_id,
            lecturer_id: query.lecturer_id,
            state: query.state,
            is_undecided: query.is_undecided,
            is_confirmed: query.is_confirmed,
            from: query.from,
            to: query.to,
            updated_since: query.updated_since,
        };
        let rows = queries::list_page(tx, filter, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |session| session.id)?;
        Reply::page(render_all(tx, rows).await?, next)
    })
}

/// Get a session
///
/// Its plan, its lecturers, and what became of it.
#[utoipa::path(
    tag = "sessions",
    responses((status = 200, description = "The session.", body = SessionResponse)),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/sessions/{id}")]
async fn get_session(call: Call<SessionsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Change a plan
///
/// A merge patch (RFC 7396), while the session is planned; a lecturer changes what is still to come.
#[utoipa::path(
    tag = "sessions",
    responses((status = 200, description = "The session as it is now.", body = SessionResponse)),
    security(("oauth2" = ["sessions:write"])),
    extensions(("x-refuses" = json!([StateConflict])))
)]
#[patch("/v1/sessions/{id}")]
async fn update_session(call: Call<SessionsWrite>, Path(id): Path<Uuid>, body: Json<UpdateSessionRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&service::update(tx, id, precondition, request.into_change()?).await?)
    })
}

/// Replace a session's lecturers
///
/// The whole set with its shares of the credit, which sum to 1. A lecturer may add co-lecturers to the own plan, all at equal
/// shares; any other change is made by who manages everybody whose share changes, or HR. After the session was delivered or missed
/// it is a correction by managers and HR, who do not credit themselves; where whoever confirmed the delivery becomes a lecturer of
/// it, it waits for somebody else's word again.
#[utoipa::path(
    tag = "sessions",
    responses((status = 200, description = "The session as it is now.", body = SessionResponse)),
    security(("oauth2" = ["sessions:write"])),
    extensions(("x-refuses" = json!([HrRequired, SelfApproval, StateConflict])))
)]
#[put("/v1/sessions/{id}/lecturers")]
async fn replace_session_lecturers(
    call: Call<SessionsWrite>,
    Path(id): Path<Uuid>,
    body: Json<ReplaceLecturersRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&service::replace_lecturers(tx, id, precondition, request.into_shares()?).await?)
    })
}

/// Say that a session took place
///
/// Reported by a lecturer of the session it waits for attendance or HR before it counts for money; reported by anyone else it
/// counts at once. Said again, it corrects what was said. What is said after its period was closed is kept and changes nothing of
/// the closed snapshot.
#[utoipa::path(
    tag = "sessions",
    params(IfMatch),
    responses((status = 200, description = "The session as it is now.", body = SessionResponse)),
    security(("oauth2" = ["sessions:write"])),
    extensions(("x-refuses" = json!([StateConflict])))
)]
#[post("/v1/sessions/{id}/deliver")]
async fn deliver_session(call: Call<SessionsWrite>, Path(id): Path<Uuid>, body: Json<DeliverSessionRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| Reply::ok(&transitions::deliver(tx, id, precondition, request).await?))
}

/// Say that a session did not take place
///
/// It should have and did not. Only a session whose start has passed can be missed.
#[utoipa::path(
    tag = "sessions",
    params(IfMatch),
    responses((status = 200, description = "The session as it is now.", body = SessionResponse)),
    security(("oauth2" = ["sessions:write"])),
    extensions(("x-refuses" = json!([StateConflict])))
)]
#[post("/v1/sessions/{id}/miss")]
async fn miss_session(call: Call<SessionsWrite>, Path(id): Path<Uuid>, body: Json<MissSessionRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| Reply::ok(&transitions::miss(tx, id, precondition, request.reason).await?))
}

/// Call a session off
///
/// It counts nowhere, for good. A lecturer calls off what is still to come; managers and HR also what should have taken place.
#[utoipa::path(
    tag = "sessions",
    params(IfMatch),
    responses((status = 200, description = "The session as it is now.", body = SessionResponse)),
    security(("oauth2" = ["sessions:write"])),
    extensions(("x-refuses" = json!([StateConflict])))
)]
#[post("/v1/sessions/{id}/cancel")]
async fn cancel_session(call: Call<SessionsWrite>, Path(id): Path<Uuid>, body: Json<CancelSessionRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&transitions::cancel(tx, id, precondition, request.reason).await?)
    })
}

/// Confirm a delivery
///
/// HR's word for a delivery that only a lecturer of the session has reported; nobody confirms the own session. It counts for
/// money from then on.
#[utoipa::path(
    tag = "sessions",
    params(IfMatch),
    responses((status = 200, description = "The session as it is now.", body = SessionResponse)),
    security(("oauth2" = ["sessions:write"])),
    extensions(("x-refuses" = json!([HrRequired, SelfApproval, StateConflict])))
)]
#[post("/v1/sessions/{id}/confirm-delivery")]
async fn confirm_session_delivery(call: Call<SessionsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&transitions::confirm_delivery(tx, id, precondition).await?))
}
