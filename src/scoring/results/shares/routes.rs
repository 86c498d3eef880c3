//! Shares of the appraisal over HTTP.

use actix_web::HttpResponse;
use actix_web::body::BodyStream;
use actix_web::http::header::CONTENT_DISPOSITION;
use futures_util::{FutureExt as _, StreamExt as _};
use uuid::Uuid;

use super::Closed;
use super::dto::{AppraisalSharePage, AppraisalShareTable, ListAppraisalSharesQuery};
use super::export::Export;
use super::queries::Asked;
use crate::auth::rights::ScoresRead;
use crate::call::{Answer, Call, answer};
use crate::error::Result;
use crate::http::{Paged, Path, Query, Reply, operations};
use crate::kernel::period::Period;
use crate::kernel::sheet::CSV;

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
/// The same list as a table in CSV: UTF-8 with byte order mark and header. Texts that a spreadsheet would read as a formula begin with `'`.
#[utoipa::path(
    get, path = "/v1/programmes/{programme_id}/periods/{period}/appraisal-shares/export",
    params(("period" = Period, Path, description = "The period, in the programme's cycle."), ListAppraisalSharesQuery),
    responses((
        status = 200,
        content((AppraisalShareTable = "text/csv", example = json!("period,employee_id,employee_number\r\n"))),
        headers(("Content-Disposition"))
    ))
)]
async fn export_appraisal_shares(
    call: Call<ScoresRead>,
    Path((programme, period)): Path<(Uuid, Period)>,
    Query(query): Query<ListAppraisalSharesQuery>,
) -> Answer {
    let (closed, stay) = call.stay(move |tx| async move { Closed::find(tx, programme, period).await }.boxed()).await?;
    // The response has already begun: a failure can only be logged, and the file ends early.
    let log = move |part: &Result<_>| {
        if let Err(error) = part {
            log::error!("the export of the shares of {period} was interrupted: {}", error.chain());
        }
    };
    let parts = Export { stay, period, closed, updated_since: query.updated_since }.file().inspect(log);
    Ok(HttpResponse::Ok()
        .content_type(CSV)
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"appraisal-shares-{period}.csv\"")))
        .body(BodyStream::new(parts)))
}
