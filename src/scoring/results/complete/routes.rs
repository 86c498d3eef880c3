//! Complete statements over HTTP.

use uuid::Uuid;

use super::dto::CompleteStatementResponse;
use crate::auth::rights::ScoresRead;
use crate::call::{Answer, Call, answer};
use crate::http::{Path, Reply, operations};
use crate::kernel::period::Period;

operations! { get_statement }

/// Get a complete statement
///
/// Everything that explains one lecturer's result, in the caller's language: a line and sentences; the card with every fact that counted;
/// every fact that did not count, or only in part, with the reason; the ranks in the department and in the programme; and what lifts the
/// lecturer: for the next grade and the next place, how far each metric alone would have to change. The scorecard alone is quicker.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/scorecards/{employee_id}/statement",
    params(
        ("period" = Period, Path, description = "The period, in the programme's cycle."),
        ("employee_id" = Uuid, Path, description = "The lecturer.")
    ),
    responses((status = 200, body = CompleteStatementResponse, headers(("ETag"), ("Content-Language"))))
)]
async fn get_statement(call: Call<ScoresRead>, Path(of): Path<(Uuid, Period, Uuid)>) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| Ok(Reply::projection(&super::get(tx, of, language).await?)?.language(language)))
}
