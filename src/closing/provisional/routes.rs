//! Provisional rewards and the preview of a close over HTTP.

use uuid::Uuid;

use super::dto::{ClosePreviewLecturerPage, ClosePreviewResponse, ProvisionalRewardsResponse};
use super::preview;
use crate::auth::rights::{PeriodsClose, RewardsRead};
use crate::call::{Answer, Call, answer};
use crate::error::Code::StateConflict;
use crate::http::{Paged, Path, Reply, operations};
use crate::kernel::period::Period;

operations! { get_close_preview, list_close_preview_lecturers, get_provisional_rewards }

/// Preview a close
///
/// What a close of the period would wait for now: sessions that are undecided, deliveries that are unconfirmed, feedback that is
/// still open, an earlier period that is open; with ids, titles and whom to ask. And what it would grant as things stand: how grades
/// spread, what each policy grants, what of the budget that reserves, and who is just below a gate or a place. That part is
/// computed in the background once a minute at most (for a large programme more seldom), never by this read: `as_of` says when.
/// Refused (409) once the period is closed.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/periods/{period}/close-preview",
    responses((status = 200, body = ClosePreviewResponse, headers(("Content-Language"), ("ETag")))),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn get_close_preview(call: Call<PeriodsClose>, Path((programme, period)): Path<(Uuid, Period)>) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| {
        let found = preview::get(tx, programme, period, language).await?;
        Ok(Reply::projection(&found)?.language(language))
    })
}

/// List the lecturers of a close preview
///
/// Score, grade, rank and provisional rewards of every lecturer, ordered by id. Empty before they were computed. Refused (409) once
/// the period is closed.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/periods/{period}/close-preview/lecturers",
    responses((status = 200, body = ClosePreviewLecturerPage)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn list_close_preview_lecturers(
    call: Call<PeriodsClose>,
    Path((programme, period)): Path<(Uuid, Period)>,
    query: Paged,
) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let (items, next) = preview::list_lecturers(tx, programme, period, &paging).await?;
        Reply::page(items, next)
    })
}

/// Get a lecturer's provisional rewards
///
/// What the policies would grant to a lecturer of an open period as things stand, and what that depends on. Nothing is granted
/// before the close, and facts that come until then can change all of it. Computed once a minute at most: `as_of` says when. Refused
/// (409) once the period is closed: its rewards are in the ledger then.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/scorecards/{employee_id}/provisional-rewards",
    params(
        ("period" = Period, Path, description = "The period, in the programme's cycle."),
        ("employee_id" = Uuid, Path, description = "The lecturer.")
    ),
    responses((status = 200, body = ProvisionalRewardsResponse, headers(("ETag")))),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn get_provisional_rewards(
    call: Call<RewardsRead>,
    Path((programme, period, employee)): Path<(Uuid, Period, Uuid)>,
) -> Answer {
    answer!(call.read(), |tx| {
        let found = preview::rewards_of(tx, programme, period, employee).await?;
        Reply::projection(&found)
    })
}
