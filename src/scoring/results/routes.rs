//! Results over HTTP.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{GetLeaderboardQuery, LeaderboardResponse, ScorecardPage, StatementResponse};
use super::{board, statement};
use crate::auth::rights::ScoresRead;
use crate::call::{Answer, Call, answer};
use crate::error::Code::BoardNotNamed;
use crate::http::{Paged, Path, Query, Reply};
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
    params(("period" = Period, Path, description = "The period, of the programme's cycle."), Paged),
    responses((status = 200, description = "A page of scorecards.", body = ScorecardPage, headers(("ETag")))),
    security(("oauth2" = ["scores:read"]))
)]
#[get("/v1/programmes/{programme_id}/periods/{period}/scorecards")]
async fn list_scorecards(
    call: Call<ScoresRead>,
    Path((programme, period)): Path<(Uuid, Period)>,
    query: Paged,
) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let (items, next) = statement::list(tx, programme, period, &paging).await?;
        Ok(Reply::page(items, next)?.hashed())
    })
}

/// Get a scorecard with its statement
///
/// The whole derivation of one lecturer's score: every metric with the number of facts behind it, every component from value to
/// points, every gate, and the sessions and contents that they rest on. Who has it in hand can compute the score again.
#[utoipa::path(
    tag = "scores",
    params(
        ("period" = Period, Path, description = "The period, of the programme's cycle."),
        ("employee_id" = Uuid, Path, description = "The lecturer.")
    ),
    responses((status = 200, description = "The statement.", body = StatementResponse, headers(("ETag")))),
    security(("oauth2" = ["scores:read"]))
)]
#[get("/v1/programmes/{programme_id}/periods/{period}/scorecards/{employee_id}")]
async fn get_scorecard(
    call: Call<ScoresRead>,
    Path((programme, period, employee)): Path<(Uuid, Period, Uuid)>,
) -> Answer {
    answer!(call.read(), |tx| Reply::projection(&statement::get(tx, programme, period, employee).await?))
}

/// Get the board
///
/// The best of the programme or of a department, equal scores with equal ranks, and the caller's own place. A lecturer sees the
/// board of the own department, a manager those of the managed ones, HR every one; those without a department have a board of
/// their own.
#[utoipa::path(
    tag = "scores",
    params(("period" = Period, Path, description = "The period, of the programme's cycle."), GetLeaderboardQuery),
    responses((status = 200, description = "The board.", body = LeaderboardResponse, headers(("ETag")))),
    security(("oauth2" = ["scores:read"])),
    extensions(("x-refuses" = json!([BoardNotNamed])))
)]
#[get("/v1/programmes/{programme_id}/periods/{period}/leaderboard")]
async fn get_leaderboard(
    call: Call<ScoresRead>,
    Path((programme, period)): Path<(Uuid, Period)>,
    Query(query): Query<GetLeaderboardQuery>,
) -> Answer {
    answer!(call.read(), |tx| Reply::projection(&board::get(tx, programme, period, query).await?))
}
