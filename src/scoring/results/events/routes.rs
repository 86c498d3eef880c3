//! Streams over HTTP.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::BodyStream;
use actix_web::http::header::ContentEncoding;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterIn};
use uuid::Uuid;

use super::feed::{Subject, board, events, place};
use super::listener::Listener;
use super::{Feeds, Key};
use crate::auth::rights::ScoresRead;
use crate::call::{Answer, Call};
use crate::error::Code::{self, BoardNotNamed};
use crate::error::{Error, Result};
use crate::http::{Path, Query, header, operations, text};
use crate::journal::Tx;
use crate::kernel::message::data;
use crate::kernel::period::Period;
use crate::kernel::phrases::{RequestProblem, Thing};
use crate::scoring::results::dto::{EventStream, StreamLeaderboardQuery, StreamPlaceQuery};

operations! { stream_place, stream_leaderboard }

const LAST_EVENT_ID: &str = "Last-Event-ID";
/// The longest id of an event.
const MAX_ID: usize = 40;

/// The header with the id of the last event that a listener has got.
struct LastEventId;

impl IntoParams for LastEventId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let meaning = "The `id` of the last event that was received: a number, or `closed-N` of the snapshot N of a closed period. If nothing has changed since, the current state is not sent again.";
        let form = text(MAX_ID).pattern(Some("^[a-z0-9-]*$"));
        vec![header(LAST_EVENT_ID, meaning, Required::False, form, "7")]
    }
}

/// Listen to a lecturer's place
///
/// Server-sent events: the state now, and again whenever score or rank have changed, within about a second. `data` is what
/// `get_place` answers without scores around the place (`above` and `below` are empty). `id` is the version of the results; once the
/// period is closed it is `closed-N`, and the stream stays open. The stream ends when the token expires, when the right is lost, and when
/// the service stops: connect again, with a new token and `Last-Event-ID`.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/scorecards/{employee_id}/events",
    params(
        ("period" = Period, Path, description = "The period, in the programme's cycle."),
        ("employee_id" = Uuid, Path, description = "The lecturer."),
        StreamPlaceQuery,
        LastEventId
    ),
    responses((
        status = 200,
        content((EventStream = "text/event-stream", example = json!({"id": "7", "data": "{\"shared_by\":1}"})))
    ))
)]
async fn stream_place(
    call: Call<ScoresRead>,
    Path((programme, period, employee)): Path<(Uuid, Period, Uuid)>,
    Query(query): Query<StreamPlaceQuery>,
    request: HttpRequest,
) -> Answer {
    let key = Key { tenant: call.tenant(), programme, period };
    stream(call, &request, key, query.max_seconds, move |tx| async move { place(tx, key, employee).await }.boxed())
        .await
}

/// Listen to a leaderboard
///
/// Server-sent events: the board now, and again whenever what it shows has changed, within about a second. `data` is what
/// `get_leaderboard` answers, with `own` null. Who sees which board is as there. `id` is the version of the results; once the period
/// is closed it is `closed-N`, and the stream stays open. The stream ends when the token expires, when the
/// right is lost, and when the service stops: connect again, with a new token and `Last-Event-ID`.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/leaderboard/events",
    params(
        ("period" = Period, Path, description = "The period, in the programme's cycle."),
        StreamLeaderboardQuery,
        LastEventId
    ),
    responses((
        status = 200,
        content((EventStream = "text/event-stream", example = json!({"id": "7", "data": "{\"ranked_of\":12}"})))
    )),
    extensions(("x-refuses" = json!([BoardNotNamed])))
)]
async fn stream_leaderboard(
    call: Call<ScoresRead>,
    Path((programme, period)): Path<(Uuid, Period)>,
    Query(query): Query<StreamLeaderboardQuery>,
    request: HttpRequest,
) -> Answer {
    let key = Key { tenant: call.tenant(), programme, period };
    let asked = query.board();
    stream(call, &request, key, query.max_seconds, move |tx| async move { board(tx, key, &asked).await }.boxed()).await
}

/// The id of the last event that the caller has got.
fn last_event_id(request: &HttpRequest) -> Result<Option<String>> {
    let mut lines = request.headers().get_all(LAST_EVENT_ID);
    let Some(line) = lines.next() else { return Ok(None) };
    let is_of_an_id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let id = line.to_str().ok().filter(|id| id.len() <= MAX_ID && id.bytes().all(is_of_an_id));
    match id.filter(|_| lines.next().is_none()) {
        Some(id) => Ok(Some(id.to_owned())),
        None => Err(Error::new(Code::InvalidHeader)
            .with("header", data(LAST_EVENT_ID))
            .with("problem", RequestProblem::NotAnEventId)),
    }
}

/// Answers with the stream of what `named` names, if the caller may see it.
async fn stream<W>(
    call: Call<ScoresRead>,
    request: &HttpRequest,
    key: Key,
    max_seconds: Option<u32>,
    named: W,
) -> Answer
where
    W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<Subject>> + Send + 'static,
{
    let feeds = Feeds::of(request)?;
    let known = last_event_id(request)?;
    let (subject, stay) = call.stay(named).await?;
    let seat = feeds.join(key)?;
    // Before the state is read: what changes after that is told.
    let told = seat.feed.listen(subject);
    let now = stay.read(move |tx| async move { events(tx, key, &[subject]).await }.boxed()).await?;
    let (_, now) = Thing::Scorecard.require(now.into_iter().next())?;
    let listener = Listener {
        is_due: known != Some(now.stamp.to_string()),
        last: Arc::new(now),
        until: max_seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds.into())),
        subject,
        stay,
        seat,
        told,
    };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // Compressed, events would wait for each other.
        .insert_header(ContentEncoding::Identity)
        .insert_header(("x-accel-buffering", "no"))
        .body(BodyStream::new(listener.stream())))
}
