//! Registered audiences over HTTP.

use actix_web::{HttpResponse, get, put};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{AudiencePage, ListPeopleQuery, ReplaceAudienceRequest};
use super::queries;
use crate::auth::rights::{SessionsRead, SessionsWrite};
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Query, Reply};
use crate::people::employee_refs;
use crate::sessions::responses::SessionResponse;
use crate::sessions::service::find_visible;
use crate::sessions::visibility::only_person;

pub fn routes(config: &mut ServiceConfig) {
    config.service(replace_session_audience).service(list_session_audience);
}

/// Replace a session's audience
///
/// Who is on the list is registered, who is not is not. A lecturer changes it before the session only, since it says who may rate.
/// Give the session's ETag.
#[utoipa::path(
    tag = "sessions",
    params(("id" = Uuid, Path, description = "The session.")),
    responses((
        status = 200, description = "The session as it is now.", body = SessionResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["sessions:write"]))
)]
#[put("/v1/sessions/{id}/audience")]
pub async fn replace_session_audience(
    call: Call<SessionsWrite>,
    id: Path<Uuid>,
    body: Json<ReplaceAudienceRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match()?;
    call.write(body, move |tx, request| {
        async move {
            let session = super::replace(tx, id, precondition, request).await?;
            Ok(Reply::ok(&session)?.etag(session.etag))
        }
        .boxed()
    })
    .await
}

/// List a session's audience
///
/// Who is registered, in the order of the ids. A learner sees the own registration only.
#[utoipa::path(
    tag = "sessions",
    params(("id" = Uuid, Path, description = "The session."), ListPeopleQuery),
    responses((status = 200, description = "A page of people.", body = AudiencePage)),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/sessions/{id}/audience")]
pub async fn list_session_audience(
    call: Call<SessionsRead>,
    id: Path<Uuid>,
    query: Query<ListPeopleQuery>,
) -> Result<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let session = find_visible(tx, id).await?;
            let only = only_person(tx, session.id).await?;
            let rows = queries::list_page(tx, session.id, only, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |learner| *learner)?;
            let people = employee_refs(tx, &page.items).await?;
            let items = page.items.iter().map(|learner| people.get(*learner)).collect::<Result<_>>()?;
            Ok(Reply::ok(&AudiencePage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}
