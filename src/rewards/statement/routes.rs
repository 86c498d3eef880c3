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
/// What a person was paid in a calendar year, reward by reward: what, why and when, with the sums by pay item and in all. Paid means that
/// payroll reported so on a day of the year in the company's time zone, whenever it was earned. Corrections and what was taken back are
/// lines of their own. What was granted before the end of the year and not paid by then stands apart. Once the year is over, its
/// statement stays as it is. People who have left have theirs. The id of a record that was merged gives the person's statement.
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
/// The same as a table, in CSV or as a workbook: a row for each reward and each sum (`part`).
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
/// The same as a page of HTML with a style for paper, in the caller's language. It is fetched with the bearer token in the header, like
/// everything else, and shown by the front end that fetched it; it loads nothing.
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
