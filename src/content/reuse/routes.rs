//! Reuse over HTTP.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{
    BatchReuseEventsRequest, BatchReuseEventsResponse, CreateReuseEventRequest, ListReuseEventsQuery, ReuseEventPage,
    ReuseEventResponse,
};
use super::{queries, service};
use crate::auth::rights::{ReuseWrite, SessionsRead};
use crate::call::{Answer, Call, answer};
use crate::http::{Json, Paged, Reply};
use actix_web::http::header::LOCATION;

pub fn routes(config: &mut ServiceConfig) {
    config.service(create_reuse_event).service(batch_reuse_events).service(list_reuse_events);
}

/// Record a reuse
///
/// Somebody viewed, downloaded, forwarded or taught a content. The programme decides which kinds count. A person counts once per
/// content and period; the authors never count; views are shown but never count. If the source has already sent the event, the
/// answer is 200 with the event as it is stored.
#[utoipa::path(
    tag = "content",
    responses(
        (status = 201, description = "The new event.", body = ReuseEventResponse),
        (status = 200, description = "The event as it was already stored.", body = ReuseEventResponse)
    ),
    security(("oauth2" = ["reuse:write"])),
    extensions(("x-without" = json!([LOCATION.as_str()])))
)]
#[post("/v1/reuse-events")]
async fn create_reuse_event(call: Call<ReuseWrite>, body: Json<CreateReuseEventRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
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
    tag = "content",
    responses((status = 200, description = "The result of each item.", body = BatchReuseEventsResponse)),
    security(("oauth2" = ["reuse:write"]))
)]
#[post("/v1/reuse-events/batch")]
async fn batch_reuse_events(call: Call<ReuseWrite>, body: Json<BatchReuseEventsRequest>) -> Answer {
    let context = call.context.clone();
    answer!(call.write(body), |tx, request| Reply::ok(&service::create_all(tx, request, &context).await?))
}

/// List reuses
///
/// In the order in which Lectern received them. Learners and lecturers see only their own; managers also see those of the people
/// they manage.
#[utoipa::path(
    tag = "content",
    params(Paged<ListReuseEventsQuery>),
    responses((status = 200, description = "A page of events.", body = ReuseEventPage)),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/reuse-events")]
async fn list_reuse_events(call: Call<SessionsRead>, query: Paged<ListReuseEventsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let people = crate::content::service::readers(tx).await?;
        let rows = queries::list_page(tx, &query, people.as_deref(), paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |event| event.id)?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}
