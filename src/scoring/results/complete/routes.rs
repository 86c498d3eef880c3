//! Complete statements over HTTP.

use uuid::Uuid;

use super::dto::{CompleteStatementResponse, StatementPage, StatementTable};
use super::{page, table};
use crate::auth::rights::ScoresRead;
use crate::call::{Answer, Call, answer};
use crate::http::{Path, Reply, operations};
use crate::kernel::period::Period;

operations! { get_statement, export_statement, get_statement_page }

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
    answer!(
        call.read(),
        |tx| Ok(Reply::projection(&super::tell(tx, of, language).await?.statement)?.language(language))
    )
}

/// Export a complete statement
///
/// The same as a table in CSV: UTF-8 with byte order mark and header, one row for each thing that it says. Texts that a spreadsheet would
/// read as a formula begin with `'`.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/scorecards/{employee_id}/statement/export",
    params(
        ("period" = Period, Path, description = "The period, in the programme's cycle."),
        ("employee_id" = Uuid, Path, description = "The lecturer.")
    ),
    responses((
        status = 200,
        content((StatementTable = "text/csv", example = json!("part,code,name\r\n"))),
        headers(("Content-Language"), ("Content-Disposition"))
    ))
)]
async fn export_statement(call: Call<ScoresRead>, Path(of): Path<(Uuid, Period, Uuid)>) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| {
        let table = table::csv(&super::tell(tx, of, language).await?)?;
        let (_, period, employee) = of;
        Ok(Reply::table(&format!("statement-{period}-{employee}.csv"), table).language(language))
    })
}

/// Get a complete statement to print
///
/// The same as a page of HTML with a style for paper. It is fetched with the bearer token in the header, like everything else, and shown
/// by the front end that fetched it; it loads nothing.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/scorecards/{employee_id}/statement/page",
    params(
        ("period" = Period, Path, description = "The period, in the programme's cycle."),
        ("employee_id" = Uuid, Path, description = "The lecturer.")
    ),
    responses((
        status = 200,
        content((StatementPage = "text/html", example = json!("<!DOCTYPE html>\n<html lang=\"en\"></html>\n"))),
        headers(("Content-Language"))
    ))
)]
async fn get_statement_page(call: Call<ScoresRead>, Path(of): Path<(Uuid, Period, Uuid)>) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| {
        let page = page::html(&super::tell(tx, of, language).await?);
        Ok(Reply::html(page, page::STYLE).language(language))
    })
}
