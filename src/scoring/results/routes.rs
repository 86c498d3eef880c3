//! Results over HTTP.

use futures_util::FutureExt as _;
use uuid::Uuid;

use super::dto::{
    BoardPlacePage, GetLeaderboardQuery, GetPlaceQuery, LeaderboardResponse, ListBoardPlacesQuery, PlaceResponse,
    ScorecardPage, ScorecardTable, StatementResponse,
};
use super::own_card::CardQuestion;
use super::own_result::OwnQuestion;
use super::{board, export, statement};
use crate::appeals::statement_of;
use crate::auth::rights::{AppealsRead, ScoresRead};
use crate::call::{Answer, Call, answer};
use crate::error::Code::BoardNotNamed;
use crate::http::tables::{TableForm, TableWorkbook, Tabled};
use crate::http::{Paged, Path, Query, Reply, operations};
use crate::kernel::period::Period;

operations! {
    list_scorecards, export_scorecards, get_scorecard, get_appeal_statement, get_place, get_leaderboard, list_board_places
}

/// List scorecards
///
/// The scorecards of the lecturers whom the caller may see. Ranks are among all lecturers. Provisional while the period is open,
/// afterwards as frozen in the latest snapshot.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/scorecards",
    params(("period" = Period, Path, description = "The period, in the programme's cycle.")),
    responses((status = 200, body = ScorecardPage, headers(("ETag"))))
)]
async fn list_scorecards(
    call: Call<ScoresRead>,
    Path((programme, period)): Path<(Uuid, Period)>,
    query: Paged,
) -> Answer {
    answer!(call.list_warm(query), |tx, _, paging| {
        let (items, next) = statement::list(tx, programme, period, &paging).await?;
        Ok(Reply::page(items, next)?.hashed())
    })
}

/// Export scorecards
///
/// The same list as a table, in CSV or as a workbook: a row for each lecturer whom the caller may see, with the value and the points of each
/// metric that the rule scores.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/scorecards/export",
    params(("period" = Period, Path, description = "The period, in the programme's cycle."), TableForm),
    responses((
        status = 200,
        content(
            (ScorecardTable = "text/csv", example = json!("period,employee_id,employee_number\r\n")),
            (TableWorkbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        ),
        headers(("Content-Disposition"), ("Content-Language"))
    ))
)]
async fn export_scorecards(
    call: Call<ScoresRead>,
    Path((programme, period)): Path<(Uuid, Period)>,
    query: Tabled,
) -> Answer {
    let (form, language) = (query.form, call.context.language);
    let (metrics, stay) =
        call.stay_long(move |tx| async move { export::metrics(tx, programme, period).await }.boxed()).await?;
    let parts = export::parts(stay, programme, period);
    export::table(period, metrics, &form, language).answer(form.format(), parts).await
}

/// Get a scorecard with its statement
///
/// The whole derivation of one lecturer's score: every metric with the number of facts behind it, every component from value to
/// points, every gate, and the sessions and contents that they are based on. It contains everything needed to compute the score
/// again.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/scorecards/{employee_id}",
    params(
        ("period" = Period, Path, description = "The period, in the programme's cycle."),
        ("employee_id" = Uuid, Path, description = "The lecturer.")
    ),
    responses((status = 200, body = StatementResponse, headers(("ETag"))))
)]
async fn get_scorecard(
    call: Call<ScoresRead>,
    Path((programme, period, employee)): Path<(Uuid, Period, Uuid)>,
) -> Answer {
    let asked = CardQuestion { programme, period, employee };
    answer!(call.read_warm(asked), |tx, found| Reply::projection(&statement::told(tx, employee, found).await?))
}

/// Get the statement that an appeal is about
///
/// The statement of the lecturer and period, as it counts now, for whoever may read the appeal.
#[utoipa::path(
    get, path = "/v1/appeals/{id}/statement", responses((status = 200, body = StatementResponse, headers(("ETag"))))
)]
async fn get_appeal_statement(call: Call<AppealsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let (programme, period, employee) = statement_of(tx, id).await?;
        Reply::projection(&statement::get(tx, programme, period, employee).await?)
    })
}

/// Get a lecturer's place
///
/// The rank of a lecturer, and the nearest scores above and below it, on the board of the programme or of the lecturer's
/// department. Names are shown of the people whom the caller may see: lecturers see scores and ranks only.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/scorecards/{employee_id}/place",
    params(
        ("period" = Period, Path, description = "The period, in the programme's cycle."),
        ("employee_id" = Uuid, Path, description = "The lecturer."),
        GetPlaceQuery
    ),
    responses((status = 200, body = PlaceResponse, headers(("ETag"))))
)]
async fn get_place(
    call: Call<ScoresRead>,
    Path((programme, period, employee)): Path<(Uuid, Period, Uuid)>,
    Query(query): Query<GetPlaceQuery>,
) -> Answer {
    let asked = OwnQuestion { programme, period, employee: Some(employee) };
    answer!(call.read_warm(asked), |tx, found| Reply::projection(&board::place(tx, found, employee, query).await?))
}

/// Get a leaderboard
///
/// The best lecturers of the programme or of a department, and the caller's own place. Equal scores have equal ranks. Lecturers
/// see the board of their own department, managers also those of the departments they manage, HR all boards. Lecturers without a
/// department have a board of their own. The board of the whole programme is for everybody if lecturers are ranked in the programme;
/// if they are ranked in their departments, it is for HR only (404 for others).
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/leaderboard",
    params(("period" = Period, Path, description = "The period, in the programme's cycle."), GetLeaderboardQuery),
    responses((status = 200, body = LeaderboardResponse, headers(("ETag")))),
    extensions(("x-refuses" = json!([BoardNotNamed])))
)]
async fn get_leaderboard(
    call: Call<ScoresRead>,
    Path((programme, period)): Path<(Uuid, Period)>,
    Query(query): Query<GetLeaderboardQuery>,
) -> Answer {
    let asked = OwnQuestion { programme, period, employee: None };
    answer!(call.read_warm(asked), |tx, found| Reply::projection(&board::get(tx, found, query.board()).await?))
}

/// List the places of a board
///
/// Any page of a leaderboard, best first, for HR and managers (404 for others), who see the boards that they see as leaderboards.
/// Names are shown of the people whom the caller may see. What holds for the whole board (`provisional`, `as_of`, the rule, the
/// snapshot, `ranked_of`) is not on its pages: the leaderboard has it.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/leaderboard/places",
    params(("period" = Period, Path, description = "The period, in the programme's cycle.")),
    responses((status = 200, body = BoardPlacePage, headers(("ETag")))),
    extensions(("x-refuses" = json!([BoardNotNamed])))
)]
async fn list_board_places(
    call: Call<ScoresRead>,
    Path((programme, period)): Path<(Uuid, Period)>,
    query: Paged<ListBoardPlacesQuery>,
) -> Answer {
    answer!(call.list_warm(query), |tx, filters, paging| {
        let (items, next) = board::list(tx, programme, period, filters, &paging).await?;
        Ok(Reply::page(items, next)?.hashed())
    })
}
