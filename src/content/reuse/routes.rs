//! Reuse over HTTP.

use uuid::Uuid;

use super::dto::{
    BatchReuseEventsRequest, BatchReuseEventsResponse, CreateReuseEventRequest, ListReuseEventsQuery, ReuseEventPage,
    ReuseEventResponse,
};
use super::{queries, service};
use crate::auth::rights::{ReuseWrite, SessionsRead};
use crate::call::{Answer, Call, answer};
use crate::content::voiding::VoidRequest;
use crate::error::Code::{HrRequired, StateConflict};
use crate::http::{Json, Paged, Path, Reply, operations};
use actix_web::http::header::LOCATION;

operations! { create_reuse_event, batch_reuse_events, list_reuse_events, void_reuse_event }

/// Record a reuse
///
/// Somebody viewed, downloaded, forwarded or taught a content. The programme decides which kinds count. A person counts once per
/// content and period; the authors never count; views are shown but never count. If the source has already sent the event, the
/// answer is 200 with the event as it is stored.
#[utoipa::path(
    post, path = "/v1/reuse-events",
    responses(
        (status = 201, body = ReuseEventResponse),
        (status = 200, description = "The event as it was already stored.", body = ReuseEventResponse)
    ),
    extensions(("x-without" = json!([LOCATION.as_str()])), ("x-tells-closed-periods" = json!(true)))
)]
async fn create_reuse_event(call: Call<ReuseWrite>, body: Json<CreateReuseEventRequest>) -> Answer {
    // The service finds the faults of the values itself, as for the items of a batch.
    answer!(call.write_checked(body), |tx, request, _| {
        let (event, is_new) = service::create(tx, request).await?;
        let reply = Reply::ok(&event)?;
        Ok(if is_new { Reply { status: 201, ..reply } } else { reply })
    })
}

/// Record many reuses
///
/// Up to 500 events in one request. With `atomic`, either all are recorded or none. With `per_item`, the valid ones are recorded,
/// and each of the others gets a problem.
#[utoipa::path(
    post, path = "/v1/reuse-events/batch", responses((status = 200, body = BatchReuseEventsResponse)),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn batch_reuse_events(call: Call<ReuseWrite>, body: Json<BatchReuseEventsRequest>) -> Answer {
    let context = call.context.clone();
    answer!(call.write(body), |tx, request| Reply::ok(&service::create_all(tx, request, &context).await?))
}

/// List reuses
///
/// In the order in which Lectern received them. Learners and lecturers see only their own; managers also see those of the people
/// they manage.
#[utoipa::path(get, path = "/v1/reuse-events", responses((status = 200, body = ReuseEventPage)))]
async fn list_reuse_events(call: Call<SessionsRead>, query: Paged<ListReuseEventsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let people = crate::content::service::readers(tx).await?;
        let (rows, next) = queries::list_page(tx, &query, people.as_deref(), &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Void a reuse
///
/// HR voids an event that was reported wrongly, with a reason. It stays on record and counts no more; sent again with the same id
/// of its source, it stays void. After the close of its period this is a late fact.
#[utoipa::path(
    post, path = "/v1/reuse-events/{id}/void", responses((status = 200, body = ReuseEventResponse)),
    extensions(("x-refuses" = json!([HrRequired, StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
async fn void_reuse_event(call: Call<ReuseWrite>, Path(id): Path<Uuid>, body: Json<VoidRequest>) -> Answer {
    answer!(call.write(body), |tx, request| Reply::ok(&service::void(tx, id, request.reason).await?))
}
