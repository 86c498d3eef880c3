//! Shares of the appraisal over HTTP.

use futures_util::FutureExt as _;
use uuid::Uuid;

use super::Closed;
use super::dto::{AppraisalSharePage, AppraisalShareTable, ListAppraisalSharesQuery};
use super::export::{COLUMNS, parts};
use super::queries::Asked;
use crate::auth::rights::ScoresRead;
use crate::call::{Answer, Call, answer};
use crate::http::tables::{Table, TableForm, TableWorkbook, Tabled};
use crate::http::{Paged, Path, Reply, operations};
use crate::kernel::period::Period;

operations! { list_appraisal_shares, export_appraisal_shares }

/// List shares of the appraisal
///
/// What HR's overall appraisal takes over from a closed period: score × the rule's `appraisal_weight_bp`, of everybody whom the caller may
/// see. A period that is not closed has none yet. After a restatement was accepted, `updated_since` finds those whose result it has moved,
/// and those whom it has taken out of the period (`removed`).
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/appraisal-shares",
    params(("period" = Period, Path, description = "The period, in the programme's cycle.")),
    responses((status = 200, body = AppraisalSharePage, headers(("ETag"))))
)]
async fn list_appraisal_shares(
    call: Call<ScoresRead>,
    Path((programme, period)): Path<(Uuid, Period)>,
    query: Paged<ListAppraisalSharesQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let asked = Asked { updated_since: query.updated_since, after: paging.after()?, fetch: paging.fetch() };
        let rows = match Closed::find(tx, programme, period).await? {
            Some(closed) => closed.shares(tx, asked).await?,
            None => Vec::new(),
        };
        let (rows, next) = paging.cut(rows, |(id, _)| *id)?;
        Ok(Reply::page(rows.into_iter().map(|(_, share)| share), next)?.hashed())
    })
}

/// Export shares of the appraisal
///
/// The same list as a table, in CSV or as a workbook.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/appraisal-shares/export",
    params(("period" = Period, Path, description = "The period, in the programme's cycle."), TableForm),
    responses((
        status = 200,
        content(
            (AppraisalShareTable = "text/csv", example = json!("period,employee_id,employee_number\r\n")),
            (TableWorkbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        ),
        headers(("Content-Disposition"), ("Content-Language"))
    ))
)]
async fn export_appraisal_shares(
    call: Call<ScoresRead>,
    Path((programme, period)): Path<(Uuid, Period)>,
    query: Tabled<ListAppraisalSharesQuery>,
) -> Answer {
    let Tabled { filters, form } = query;
    let table = Table::of(format!("appraisal-shares-{period}"), COLUMNS, &form, call.context.language);
    let (closed, stay) =
        call.stay_long(move |tx| async move { Closed::find(tx, programme, period).await }.boxed()).await?;
    table.answer(form.format(), parts(stay, period, closed, filters.updated_since)).await
}
