//! Results over HTTP.

use actix_web::{HttpResponse, get};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{GetLeaderboardQuery, LeaderboardResponse, ListScorecardsQuery, ScorecardPage, StatementResponse};
use super::{board, statement};
use crate::auth::rights::ScoresRead;
use crate::call::Call;
use crate::error::Result;
use crate::http::{Path, Problem, Query, Reply};
use crate::kernel::period::Period;

pub fn routes(config: &mut ServiceConfig) {
    config.service(list_scorecards).service(get_scorecard).service(get_leaderboard);
}

/// List scorecards
///
/// Of the lecturers that the caller may see, with the rank among all. Provisional while the period is open, else as frozen in
/// its latest snapshot.
#[utoipa::path(
    tag = "scores",
    params(
        ("programme_id" = Uuid, Path, description = "The programme."),
        ("period" = Period, Path, description = "The period, of the programme's cycle."),
        ListScorecardsQuery
    ),
    responses((status = 200, description = "A page of scorecards.", body = ScorecardPage)),
    security(("oauth2" = ["scores:read"]))
)]
#[get("/v1/programmes/{programme_id}/periods/{period}/scorecards")]
pub async fn list_scorecards(
    call: Call<ScoresRead>,
    path: Path<(Uuid, Period)>,
    query: Query<ListScorecardsQuery>,
) -> Result<HttpResponse> {
    let (programme, period) = path.into_inner();
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let (page, next) = statement::list(tx, programme, period, &paging).await?;
            Ok(Reply::projection(&page)?.next_page(next))
        }
        .boxed()
    })
    .await
}

/// Get a scorecard with its statement
///
/// The whole derivation of one lecturer's score: every metric with the number of facts behind it, every component from value to
/// points, every gate, and the sessions and contents that they rest on. Who has it in hand can compute the score again.
#[utoipa::path(
    tag = "scores",
    params(
        ("programme_id" = Uuid, Path, description = "The programme."),
        ("period" = Period, Path, description = "The period, of the programme's cycle."),
        ("employee_id" = Uuid, Path, description = "The lecturer.")
    ),
    responses((status = 200, description = "The statement.", body = StatementResponse)),
    security(("oauth2" = ["scores:read"]))
)]
#[get("/v1/programmes/{programme_id}/periods/{period}/scorecards/{employee_id}")]
pub async fn get_scorecard(call: Call<ScoresRead>, path: Path<(Uuid, Period, Uuid)>) -> Result<HttpResponse> {
    let (programme, period, employee) = path.into_inner();
    call.read(move |tx| {
        async move { Reply::projection(&statement::get(tx, programme, period, employee).await?) }.boxed()
    })
    .await
}

/// Get the board
///
/// The best of the programme or of a department, equal scores with equal ranks, and the caller's own place. A lecturer sees the
/// board of the own department, a manager those of the managed ones, HR every one; those without a department have a board of
/// their own.
#[utoipa::path(
    tag = "scores",
    params(
        ("programme_id" = Uuid, Path, description = "The programme."),
        ("period" = Period, Path, description = "The period, of the programme's cycle."),
        GetLeaderboardQuery
    ),
    responses(
        (status = 200, description = "The board.", body = LeaderboardResponse),
        (status = 422, description = "Not one board is named.", body = Problem,
            content_type = "application/problem+json")
    ),
    security(("oauth2" = ["scores:read"]))
)]
#[get("/v1/programmes/{programme_id}/periods/{period}/leaderboard")]
pub async fn get_leaderboard(
    call: Call<ScoresRead>,
    path: Path<(Uuid, Period)>,
    query: Query<GetLeaderboardQuery>,
) -> Result<HttpResponse> {
    let (programme, period) = path.into_inner();
    let query = query.into_inner();
    call.read(move |tx| async move { Reply::projection(&board::get(tx, programme, period, query).await?) }.boxed())
        .await
}
