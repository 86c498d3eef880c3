//! Yearly statements of rewards over HTTP.

use std::future::ready;

use futures_util::{FutureExt as _, stream};
use uuid::Uuid;

use super::dto::{RewardStatementPage, RewardStatementQuery, RewardStatementResponse, RewardStatementTable};
use super::{page, table};
use crate::auth::rights::RewardsRead;
use crate::call::{Answer, Call, answer};
use crate::http::tables::{Table, TableForm, TableWorkbook, Tabled};
use crate::http::{Path, Query, Reply, operations};

operations! { get_reward_statement, export_reward_statement, get_reward_statement_page }

/// Get a yearly statement of rewards
///
/// What a person was paid in a calendar year, reward by reward: what, why and when, with a sum for each pay item and a total. Paid means
/// that payroll reported it as paid on a day of that year in the company's time zone, whenever it was earned. Corrections and what was taken
/// back are lines of their own. What was granted before the end of the year and not paid by then is listed separately. Once the year is over,
/// its statement no longer changes. People who have left the company have statements too. The id of a record that was merged gives the person's statement.
#[utoipa::path(
    get, path = "/v1/employees/{id}/reward-statement", params(RewardStatementQuery),
    responses((status = 200, body = RewardStatementResponse, headers(("ETag"))))
)]
async fn get_reward_statement(
    call: Call<RewardsRead>,
    Path(id): Path<Uuid>,
    Query(query): Query<RewardStatementQuery>,
) -> Answer {
    answer!(call.read(), |tx| Reply::projection(&super::tell(tx, id, query.year).await?.statement))
}

/// Export a yearly statement of rewards
///
/// The same as a table, in CSV or as a workbook: a row for each reward and each sum. The column `part` says which of them a row is.
#[utoipa::path(
    get, path = "/v1/employees/{id}/reward-statement/export", params(TableForm),
    responses((
        status = 200,
        content(
            (RewardStatementTable = "text/csv", example = json!("part,paid_on,amount\r\n")),
            (TableWorkbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        ),
        headers(("Content-Language"), ("Content-Disposition"))
    ))
)]
async fn export_reward_statement(
    call: Call<RewardsRead>,
    Path(id): Path<Uuid>,
    query: Tabled<RewardStatementQuery>,
) -> Answer {
    let Tabled { filters, form } = query;
    let language = call.context.language;
    let (statement, _) =
        call.stay(move |tx| async move { Ok(super::tell(tx, id, filters.year).await?.statement) }.boxed()).await?;
    let name = format!("rewards-{}-{}", statement.starts_on.format("%Y"), statement.employee.id);
    let rows = stream::once(ready(Ok(table::rows(statement, language))));
    Table::of(name, table::COLUMNS, &form, language).answer(form.format(), rows).await
}

/// Get a yearly statement of rewards to print
///
/// The same as an HTML page to print, in the caller's language. A front end fetches it with the bearer token in the header, like
/// everything else, and shows it. The page loads nothing from elsewhere.
#[utoipa::path(
    get, path = "/v1/employees/{id}/reward-statement/page", params(RewardStatementQuery),
    responses((
        status = 200,
        content((RewardStatementPage = "text/html", example = json!("<!DOCTYPE html>\n<html lang=\"en\"></html>\n"))),
        headers(("Content-Language"))
    ))
)]
async fn get_reward_statement_page(
    call: Call<RewardsRead>,
    Path(id): Path<Uuid>,
    Query(query): Query<RewardStatementQuery>,
) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| {
        let page = page::html(&super::tell(tx, id, query.year).await?, language);
        Ok(Reply::html(page, page::STYLE).language(language))
    })
}
