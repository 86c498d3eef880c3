//! Payroll lines over HTTP.

use std::collections::BTreeMap;

use actix_web::body::BodyStream;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use futures_util::StreamExt as _;
use uuid::Uuid;

use super::dto::{ExportPayrollBatchQuery, ListPayrollLinesQuery, PayrollFile, PayrollLinePage, PayrollLineResponse};
use super::model::Reported;
use super::{export, queries};
use crate::auth::rights::PayrollExport;
use crate::call::{Answer, Call, answer};
use crate::db::Share;
use crate::error::Code::StateConflict;
use crate::error::{Error, Result};
use crate::http::{Paged, Path, Query, Reply, operations};
use crate::journal::Tx;
use crate::kernel::phrases::Thing;
use crate::payroll::batches::{self, Batch, BatchState};

operations! { list_payroll_lines, export_payroll_batch }

/// List payroll lines
///
/// The lines of a locked batch in the order of their numbers, which never changes, each with what payroll has reported last. A draft
/// has no lines yet (409). The lines of a
/// void batch are still listed but must not be paid: check `batch_state`.
#[utoipa::path(
    get, path = "/v1/payroll-batches/{id}/lines", responses((status = 200, body = PayrollLinePage)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn list_payroll_lines(
    call: Call<PayrollExport>,
    Path(id): Path<Uuid>,
    query: Paged<ListPayrollLinesQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let batch_state = find_batch(tx, id).await?.state;
        Thing::PayrollBatch.refuse_if(batch_state == BatchState::Draft, batch_state, BatchState::Locked)?;
        let person = query.employee_number.as_deref();
        let rows = queries::list_page(tx, id, person, paging.after()?.unwrap_or(0), paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |line| line.number)?;
        let ids: Vec<Uuid> = rows.iter().map(|line| line.id).collect();
        let reported = queries::reported(tx, &ids).await?.into_iter().map(|reported| (reported.line_id, reported));
        let mut reported: BTreeMap<Uuid, Reported> = reported.collect();
        let items = rows.into_iter().map(|line| {
            let said = reported.remove(&line.id);
            Ok(PayrollLineResponse::new(line)?.with(said))
        });
        let items = items.collect::<Result<_>>()?;
        Ok(Reply::ok(&PayrollLinePage { batch_state, items, next_cursor: next.cursor })?.next_page(next.target))
    })
}

/// Export a payroll batch
///
/// All lines of a locked batch in one file. The file's ETag, made of digest and format, never changes. The SHA-256 of the JSON
/// lines file is the batch's `lines_sha256`. A draft or a void batch cannot be exported.
#[utoipa::path(
    get, path = "/v1/payroll-batches/{id}/export", params(ExportPayrollBatchQuery),
    responses((
        status = 200,
        content(
            (PayrollFile = "application/jsonl", example = json!("{\"amount\":\"800.00\"}\n")),
            (PayrollFile = "text/csv", example = json!("id,batch_id\r\n"))
        ),
        headers(("ETag"), ("Content-Disposition"))
    )),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn export_payroll_batch(
    call: Call<PayrollExport>,
    Path(id): Path<Uuid>,
    Query(query): Query<ExportPayrollBatchQuery>,
) -> Answer {
    let (state, tenant, format) = (call.state.in_share(Share::LongReads), call.tenant(), query.format);
    let head = answer!(call.read(), |tx| {
        let batch = find_batch(tx, id).await?;
        let digest = match (batch.state, batch.lines_sha256) {
            (BatchState::Locked | BatchState::Acknowledged, Some(digest)) => digest,
            (state, _) => {
                return Err(Error::state(Thing::PayrollBatch, state, [BatchState::Locked, BatchState::Acknowledged]));
            }
        };
        let name = format!("payroll-{}-{id}.{}", batch.pay_period, format.slug());
        let headers = [
            (CONTENT_TYPE, format.media_type().to_owned()),
            (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
            (ETAG, format!("\"{digest}-{}\"", format.slug())),
        ];
        let empty = Reply { status: 200, headers: Vec::new(), body: Vec::new(), without_secret: None };
        Ok(headers.into_iter().fold(empty, |reply, (name, value)| reply.header(name, value)))
    })?;
    if head.status() != actix_web::http::StatusCode::OK {
        return Ok(head);
    }
    // The response has already begun: a failure can only be logged, and the file ends early.
    let log = move |page: &Result<_>| {
        if let Err(error) = page {
            log::error!("the export of batch {id} was interrupted: {}", error.chain());
        }
    };
    let pages = export::file(state, tenant, id, format).inspect(log);
    Ok(head.set_body(BodyStream::new(pages)).map_into_boxed_body())
}

async fn find_batch(tx: &mut Tx<'_>, id: Uuid) -> Result<Batch> {
    Thing::PayrollBatch.require(batches::find(tx, id).await?)
}
