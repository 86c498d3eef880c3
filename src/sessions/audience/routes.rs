//! Registered audiences over HTTP.

use uuid::Uuid;

use super::dto::{AudiencePage, ReplaceAudienceRequest};
use super::queries;
use crate::auth::rights::{SessionsRead, SessionsWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::StateConflict;
use crate::error::Result;
use crate::http::{Json, Paged, Path, Reply, operations};
use crate::people::employee_refs;
use crate::sessions::responses::SessionResponse;
use crate::sessions::service::find_visible;
use crate::sessions::visibility::only_person;

operations! { replace_session_audience, list_session_audience }

/// Replace a session's audience
///
/// The whole list of registered people; anybody not on it is no longer registered. A lecturer can change it only before the
/// session starts, because it decides who may rate. Send the session's ETag.
#[utoipa::path(
    put, path = "/v1/sessions/{id}/audience", responses((status = 200, body = SessionResponse)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn replace_session_audience(
    call: Call<SessionsWrite>,
    Path(id): Path<Uuid>,
    body: Json<ReplaceAudienceRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| Reply::ok(&super::replace(tx, id, precondition, request).await?))
}

/// List a session's audience
///
/// The registered people, ordered by employee id. Learners see only their own registration.
#[utoipa::path(get, path = "/v1/sessions/{id}/audience", responses((status = 200, body = AudiencePage)))]
async fn list_session_audience(call: Call<SessionsRead>, Path(id): Path<Uuid>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let session = find_visible(tx, id).await?;
        let only = only_person(tx, session.id).await?;
        let rows = queries::list_page(tx, session.id, only, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |learner| *learner)?;
        let people = employee_refs(tx, &rows).await?;
        let items = rows.iter().map(|learner| people.get(*learner)).collect::<Result<_>>()?;
        Ok(Reply::ok(&AudiencePage { items, next_cursor: next.cursor })?.next_page(next.target))
    })
}
