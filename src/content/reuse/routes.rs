//! Reuse over HTTP.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{
    BatchReuseEventsRequest, BatchReuseEventsResponse, CreateReuseEventRequest, ListReuseEventsQuery, ReuseEventPage,
    ReuseEventResponse,
};
use super::queries::{self, Filter};
use super::service;
use crate::auth::rights::{ReuseWrite, SessionsRead};
use crate::call::{Answer, Call, answer};
use crate::http::{Json, Paged, Reply};
use actix_web::http::header::LOCATION;

pub fn routes(config: &mut ServiceConfig) {
    config.service(create_reuse_event).service(batch_reuse_events).service(list_reuse_events);
}

/// Record a reuse
///
/// Somebody viewed, downloaded or forwarded a content, or taught it. Which kinds count is the programme's; one person counts once
/// a content and period, its authors never, and views are shown only. An event that the source has sent before is answered
/// as it is stored, with 200.
#[utoipa::path(
    tag = "content",
    responses(
        (status = 201, description = "The event.", body = ReuseEventResponse),
        (status = 200, description = "The event, which was known already.", body = ReuseEventResponse)
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
/// Up to 500 in one call: `atomic` records all or none, `per_item` those that can be and gives the others a problem each.
#[utoipa::path(
    tag = "content",
    responses((status = 200, description = "What became of each.", body = BatchReuseEventsResponse)),
    security(("oauth2" = ["reuse:write"]))
)]
#[post("/v1/reuse-events/batch")]
async fn batch_reuse_events(call: Call<ReuseWrite>, body: Json<BatchReuseEventsRequest>) -> Answer {
    let context = call.context.clone();
    answer!(call.write(body), |tx, request| Reply::ok(&service::create_all(tx, request, &context).await?))
}

/// List reuses
///
/// In the order in which Lectern learned of them. A learner or lecturer sees the own ones, a manager those of the managed people.
#[utoipa::path(
    tag = "content",
    params(Paged<ListReuseEventsQuery>),
    responses((status = 200, description = "A page of events.", body = ReuseEventPage)),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/reuse-events")]
async fn list_reuse_events(call: Call<SessionsRead>, query: Paged<ListReuseEventsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let filter = Filter {
            people: crate::content::service::readers(tx).await?,
            content_id: query.content_id,
            employee_id: query.employee_id,
            kind: query.kind,
        };
        let rows = queries::list_page(tx, filter, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |event| event.id)?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}
