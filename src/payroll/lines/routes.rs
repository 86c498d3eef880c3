//! Lines over HTTP.

use actix_web::body::BodyStream;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use actix_web::{HttpResponse, get};
use futures_util::{FutureExt as _, StreamExt as _};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{ExportPayrollBatchQuery, ListPayrollLinesQuery, PayrollFile, PayrollLinePage, PayrollLineResponse};
use super::{export, queries};
use crate::auth::rights::PayrollExport;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Path, Query, Reply};
use crate::journal::Tx;
use crate::payroll::batches::{self, Batch, BatchState};

pub fn routes(config: &mut ServiceConfig) {
    config.service(list_payroll_lines).service(export_payroll_batch);
}

/// List payroll lines
///
/// The lines of a locked batch in the order of their numbers, which never changes. A draft has none yet (409). Those of a void
/// batch go on being told, and are not to be paid: look at `batch_state`.
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
            let batch_state = find_batch(tx, id).await?.state;
            if batch_state == BatchState::Draft {
                return Err(Error::state("payroll batch", batch_state.slug(), "locked"));
            }
            let after = paging.after()?.unwrap_or(0);
            let rows = queries::list_page(tx, id, after, paging.fetch()).await?;
            let page = paging.finish(rows, |line| line.number)?;
            let items = page.items.into_iter().map(PayrollLineResponse::try_from).collect::<Result<_>>()?;
            Ok(Reply::ok(&PayrollLinePage { batch_state, items, next_cursor: page.next_cursor })?
                .next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Export a payroll batch
///
/// All lines of a locked batch as one file. Its ETag, of the digest and the format, never changes. The SHA-256 of the JSON lines
/// file is the `lines_sha256` of the batch. A draft has nothing to export yet, and a void batch nothing any more.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The batch."), ExportPayrollBatchQuery),
    responses(
        (
            status = 200, description = "The file.",
            content(
                (PayrollFile = "application/jsonl", example = json!("{\"amount\":\"800.00\"}\n")),
                (PayrollFile = "text/csv", example = json!("id,batch_id\r\n"))
            ),
            headers(("ETag" = String, description = "Digest and format."))
        ),
        (
            status = 409, description = "The batch is a draft or void.", body = crate::http::Problem,
            content_type = "application/problem+json"
        )
    ),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/payroll-batches/{id}/export")]
pub async fn export_payroll_batch(
    call: Call<PayrollExport>,
    id: Path<Uuid>,
    query: Query<ExportPayrollBatchQuery>,
) -> Result<HttpResponse> {
    let (id, format) = (id.into_inner(), query.into_inner().format);
    let (state, tenant) = (call.state.clone(), call.tenant());
    let head = call
        .read(move |tx| {
            async move {
                let batch = find_batch(tx, id).await?;
                let digest = match (batch.state, batch.lines_sha256) {
                    (BatchState::Locked | BatchState::Acknowledged, Some(digest)) => digest,
                    (state, _) => return Err(Error::state("payroll batch", state.slug(), "locked or acknowledged")),
                };
                let name = format!("payroll-{}-{id}.{}", batch.pay_period, format.slug());
                let headers = [
                    (CONTENT_TYPE, format.media_type().to_owned()),
                    (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
                    (ETAG, format!("\"{digest}-{}\"", format.slug())),
                ];
                let empty = Reply { status: 200, headers: Vec::new(), body: Vec::new(), without_secret: None };
                Ok(headers.into_iter().fold(empty, |reply, (name, value)| reply.header(name, value)))
            }
            .boxed()
        })
        .await?;
    if head.status() != actix_web::http::StatusCode::OK {
        return Ok(head);
    }
    // The answer has begun: a failure can only be logged, and the file breaks off.
    let log = move |page: &Result<_>| {
        if let Err(error) = page {
            log::error!("the export of batch {id} broke off: {}", error.chain());
        }
    };
    let pages = export::file(state, tenant, id, format).inspect(log);
    Ok(head.set_body(BodyStream::new(pages)).map_into_boxed_body())
}

async fn find_batch(tx: &mut Tx<'_>, id: Uuid) -> Result<Batch> {
    let found = batches::find(tx, id).await?;
    found.ok_or_else(|| Error::not_found("payroll batch"))
}
