//! Sessions over HTTP.

use actix_web::{HttpResponse, get, patch, post, put};
use futures_util::FutureExt as _;
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
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Query, Reply};
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
    responses((
        status = 201, description = "The session.", body = SessionResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["sessions:write"]))
)]
#[post("/v1/sessions")]
pub async fn create_session(call: Call<SessionsWrite>, body: Json<CreateSessionRequest>) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let mut faults = Faults::default();
            let plan = request.into_command(&mut faults);
            let session = service::create(tx, plan, faults).await?;
            Ok(Reply::created(format!("/v1/sessions/{}", session.id), &session)?.etag(session.etag))
        }
        .boxed()
    })
    .await
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
pub async fn batch_sessions(call: Call<SessionsWrite>, body: Json<BatchSessionsRequest>) -> Result<HttpResponse> {
    let context = call.context.clone();
    call.write(body, move |tx, request| {
        async move { Reply::ok(&batch::create_all(tx, request, &context).await?) }.boxed()
    })
    .await
}

/// List sessions
///
/// In the order of their making. A lecturer sees the sessions given or attended, a manager those of the managed people too.
#[utoipa::path(
    tag = "sessions",
    params(ListSessionsQuery),
    responses((status = 200, description = "A page of sessions.", body = SessionPage)),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/sessions")]
pub async fn list_sessions(call: Call<SessionsRead>, query: Query<ListSessionsQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor.clone());
    call.read(move |tx| {
        async move {
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
            let page = paging.finish(rows, |session| session.id)?;
            let items = render_all(tx, page.items).await?;
            Ok(Reply::ok(&SessionPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a session
///
/// Its plan, its lecturers, and what became of it.
#[utoipa::path(
    tag = "sessions",
    params(("id" = Uuid, Path, description = "The session.")),
    responses((
        status = 200, description = "The session.", body = SessionResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/sessions/{id}")]
pub async fn get_session(call: Call<SessionsRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let session = service::get(tx, id).await?;
            Ok(Reply::ok(&session)?.etag(session.etag))
        }
        .boxed()
    })
    .await
}

/// Change a plan
///
/// A merge patch (RFC 7396), while the session is planned; a lecturer changes what is still to come.
#[utoipa::path(
    tag = "sessions",
    params(("id" = Uuid, Path, description = "The session.")),
    responses((
        status = 200, description = "The session as it is now.", body = SessionResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["sessions:write"]))
)]
#[patch("/v1/sessions/{id}")]
pub async fn update_session(
    call: Call<SessionsWrite>,
    id: Path<Uuid>,
    body: Json<UpdateSessionRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match()?;
    call.write(body, move |tx, request| {
        async move {
            let session = service::update(tx, id, precondition, request.into_change()?).await?;
            Ok(Reply::ok(&session)?.etag(session.etag))
        }
        .boxed()
    })
    .await
}

/// Replace a session's lecturers
///
/// The whole set with its shares of the credit, which sum to 1. A lecturer may add co-lecturers to the own plan, all at equal
/// shares; any other change is made by who manages everybody whose share changes, or HR. After the session was delivered or missed
/// it is a correction by managers and HR, who do not credit themselves; where whoever confirmed the delivery becomes a lecturer of
/// it, it waits for somebody else's word again.
#[utoipa::path(
    tag = "sessions",
    params(("id" = Uuid, Path, description = "The session.")),
    responses((
        status = 200, description = "The session as it is now.", body = SessionResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["sessions:write"]))
)]
#[put("/v1/sessions/{id}/lecturers")]
pub async fn replace_session_lecturers(
    call: Call<SessionsWrite>,
    id: Path<Uuid>,
    body: Json<ReplaceLecturersRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match()?;
    call.write(body, move |tx, request| {
        async move {
            let session = service::replace_lecturers(tx, id, precondition, request.into_shares()?).await?;
            Ok(Reply::ok(&session)?.etag(session.etag))
        }
        .boxed()
    })
    .await
}

/// Say that a session took place
///
/// Reported by a lecturer of the session it waits for attendance or HR before it counts for money; reported by anyone else it
/// counts at once. Said again, it corrects what was said. What is said after its period was closed is kept and changes nothing of
/// the closed snapshot.
#[utoipa::path(
    tag = "sessions",
    params(
        ("id" = Uuid, Path, description = "The session."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "The session as it is now.", body = SessionResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["sessions:write"]))
)]
#[post("/v1/sessions/{id}/deliver")]
pub async fn deliver_session(
    call: Call<SessionsWrite>,
    id: Path<Uuid>,
    body: Json<DeliverSessionRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.write(body, move |tx, request| {
        async move {
            let session = transitions::deliver(tx, id, precondition, request).await?;
            Ok(Reply::ok(&session)?.etag(session.etag))
        }
        .boxed()
    })
    .await
}

/// Say that a session did not take place
///
/// It should have and did not. Only a session whose start has passed can be missed.
#[utoipa::path(
    tag = "sessions",
    params(
        ("id" = Uuid, Path, description = "The session."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "The session as it is now.", body = SessionResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["sessions:write"]))
)]
#[post("/v1/sessions/{id}/miss")]
pub async fn miss_session(
    call: Call<SessionsWrite>,
    id: Path<Uuid>,
    body: Json<MissSessionRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.write(body, move |tx, request| {
        async move {
            let session = transitions::miss(tx, id, precondition, request.reason).await?;
            Ok(Reply::ok(&session)?.etag(session.etag))
        }
        .boxed()
    })
    .await
}

/// Call a session off
///
/// It counts nowhere, for good. A lecturer calls off what is still to come; managers and HR also what should have taken place.
#[utoipa::path(
    tag = "sessions",
    params(
        ("id" = Uuid, Path, description = "The session."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "The session as it is now.", body = SessionResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["sessions:write"]))
)]
#[post("/v1/sessions/{id}/cancel")]
pub async fn cancel_session(
    call: Call<SessionsWrite>,
    id: Path<Uuid>,
    body: Json<CancelSessionRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.write(body, move |tx, request| {
        async move {
            let session = transitions::cancel(tx, id, precondition, request.reason).await?;
            Ok(Reply::ok(&session)?.etag(session.etag))
        }
        .boxed()
    })
    .await
}

/// Confirm a delivery
///
/// HR's word for a delivery that only a lecturer of the session has reported; nobody confirms the own session. It counts for
/// money from then on.
#[utoipa::path(
    tag = "sessions",
    params(
        ("id" = Uuid, Path, description = "The session."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "The session as it is now.", body = SessionResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["sessions:write"]))
)]
#[post("/v1/sessions/{id}/confirm-delivery")]
pub async fn confirm_session_delivery(call: Call<SessionsWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.act(move |tx| {
        async move {
            let session = transitions::confirm_delivery(tx, id, precondition).await?;
            Ok(Reply::ok(&session)?.etag(session.etag))
        }
        .boxed()
    })
    .await
}
