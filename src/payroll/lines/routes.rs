//! Lines over HTTP: by cursor, or the whole batch as a file.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use actix_web::{HttpResponse, get};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{ExportPayrollBatchQuery, FileFormat, ListPayrollLinesQuery, PayrollLinePage, PayrollLineResponse};
use super::{export, queries};
use crate::auth::rights::PayrollExport;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Path, Query, Reply};
use crate::payroll::batches::{self, BatchState};

pub fn routes(config: &mut ServiceConfig) {
    config.service(list_payroll_lines).service(export_payroll_batch);
}

/// List payroll lines
///
/// In their order, which never changes. A draft has none.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The batch."), ListPayrollLinesQuery),
    responses((status = 200, description = "A page of lines.", body = PayrollLinePage)),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/payroll-batches/{id}/lines")]
pub async fn list_payroll_lines(
    call: Call<PayrollExport>,
    id: Path<Uuid>,
    query: Query<ListPayrollLinesQuery>,
) -> Result<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let found = batches::queries::find(tx.conn, tx.tenant, id).await?;
            found.ok_or_else(|| Error::not_found("payroll batch"))?;
            let after = paging.after()?.unwrap_or(0);
            let rows = queries::list_page(tx.conn, tx.tenant, id, after, paging.fetch()).await?;
            let page = paging.finish(rows, |line| line.number)?;
            let items = page.items.into_iter().map(PayrollLineResponse::try_from).collect::<Result<_>>()?;
            Ok(Reply::ok(&PayrollLinePage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Download a payroll batch
///
/// All lines of a locked batch as one file whose bytes and ETag never change. The SHA-256 of the JSON lines is the batch's
/// `lines_sha256`.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The batch."), ExportPayrollBatchQuery),
    responses(
        (status = 200, description = "The file.", content((String = "application/jsonl"), (String = "text/csv"))),
        (status = 304, description = "The caller has it already."),
        (status = 409, description = "The batch is not locked, or void.", body = crate::http::Problem, content_type = "application/problem+json")
    ),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/payroll-batches/{id}/file")]
pub async fn export_payroll_batch(
    call: Call<PayrollExport>,
    id: Path<Uuid>,
    query: Query<ExportPayrollBatchQuery>,
) -> Result<HttpResponse> {
    let (id, format) = (id.into_inner(), query.into_inner().format.unwrap_or_default());
    let batch = call
        .look(move |tx| {
            async move {
                let found = batches::queries::find(tx.conn, tx.tenant, id).await?;
                found.ok_or_else(|| Error::not_found("payroll batch"))
            }
            .boxed()
        })
        .await?;
    // A batch that was undone after it was locked has lines, and nobody is to pay them.
    let payable = matches!(batch.state(), BatchState::Locked | BatchState::Acknowledged);
    let Some(sha256) = batch.lines_sha256.clone().filter(|_| payable) else {
        return Err(Error::state("payroll batch", batch.state, "locked or acknowledged"));
    };
    let (extension, media) = match format {
        FileFormat::JsonLines => ("jsonl", "application/jsonl"),
        FileFormat::Csv => ("csv", "text/csv; charset=utf-8"),
    };
    let etag = format!("\"{sha256}-{extension}\"");
    if call.has_already(&etag) {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, etag)).finish());
    }
    let lines = export::file(call.state.db.clone(), call.tenant(), id, format);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media))
        .insert_header((ETAG, etag))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"payroll-{id}.{extension}\"")))
        .streaming(lines))
}
