//! Files of batches over HTTP.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use futures_util::FutureExt as _;
use uuid::Uuid;

use super::dto::{ExportPayrollBatchQuery, PayrollFile};
use super::lines::{COLUMNS, json_lines, lines};
use crate::auth::rights::PayrollExport;
use crate::call::{Answer, Call};
use crate::db::Share;
use crate::error::Code::{
    LayoutIdsMissing, LayoutNotExact, LayoutOfOtherGroup, LayoutOutOfBounds, LayoutReplaces, StateConflict,
};
use crate::error::{Error, Result};
use crate::http::tables::{Table, TableHeadings, TableWorkbook, sent};
use crate::http::{Path, Query, Reply, operations};
use crate::journal::Tx;
use crate::kernel::language::Language;
use crate::kernel::phrases::Thing;
use crate::payroll::batches::{self, Batch, BatchState};
use crate::payroll::layouts::LayoutFile;

operations! { export_payroll_batch }

/// Export a payroll batch
///
/// All lines of a locked batch in one file, or the file as a layout has it (`layout_id`), whole or part by part (`part`; the header `Link`
/// leads to the next part). The file's ETag, made of digest, format, language and layout, never changes. The SHA-256 of the JSON
/// lines file is the batch's `lines_sha256`. A draft or a void batch cannot be exported, nor one whose amounts have more decimals than the
/// layout, nor one of another pay group than that of the layout. In a layout that replaces values (`replaces`), a batch cannot be exported
/// if another one of its pay period, locked before it, pays one of its people the same pay item: `layout_replaces` lists each value with
/// that batch. A line that payroll has rejected is no such value. A row with an amount that the payroll system does not take (`min_amount`,
/// `max_amount`) is refused as well: `layout_out_of_bounds` lists them. So is a person without an id for a column of `external_id`, whom the
/// payroll system could not pay: `layout_ids_missing` lists them.
#[utoipa::path(
    get, path = "/v1/payroll-batches/{id}/export", params(ExportPayrollBatchQuery),
    responses((
        status = 200,
        content(
            (PayrollFile = "application/jsonl", example = json!("{\"amount\":\"800.00\"}\n")),
            (PayrollFile = "text/csv", example = json!("id,batch_id\r\n")),
            (TableWorkbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        ),
        headers(("ETag"), ("Content-Disposition"), ("Content-Language"), ("Link"))
    )),
    extensions(("x-refuses" = json!([
        StateConflict, LayoutOfOtherGroup, LayoutNotExact, LayoutIdsMissing, LayoutOutOfBounds, LayoutReplaces
    ])))
)]
async fn export_payroll_batch(
    call: Call<PayrollExport>,
    request: HttpRequest,
    Path(id): Path<Uuid>,
    Query(query): Query<ExportPayrollBatchQuery>,
) -> Answer {
    let (state, tenant, language) = (call.state.in_share(Share::LongReads), call.tenant(), call.context.language);
    let (Head { reply, name, layout }, _) =
        call.stay_long(move |tx| async move { head(tx, id, query, language).await }.boxed()).await?;
    let response = reply.unless_known(&request)?;
    if response.status() != StatusCode::OK {
        return Ok(response);
    }
    let lines = lines(state, tenant, id, layout.as_ref().map_or(0, LayoutFile::after));
    let body = match (layout.map(Arc::new), query.table()) {
        (None, None) => sent(name, json_lines(lines)),
        (None, Some(form)) => Table::of(name, COLUMNS, &form, language).body(form.format(), lines).await?,
        (Some(layout), None) => {
            let rows = layout.rows(lines)?;
            sent(name, layout.json_lines(rows))
        }
        (Some(layout), Some(form)) => {
            let rows = layout.rows(lines)?;
            layout.table(name, language).body(form.format(), rows).await?
        }
    };
    Ok(response.set_body(body))
}

/// What is known before the first line.
struct Head {
    reply: Reply,
    /// The name of the file.
    name: String,
    layout: Option<LayoutFile>,
}

async fn head(tx: &mut Tx<'_>, id: Uuid, query: ExportPayrollBatchQuery, language: Language) -> Result<Head> {
    let batch: Batch = Thing::PayrollBatch.require(batches::find(tx, id).await?)?;
    let digest = match (batch.state, &batch.lines_sha256) {
        (BatchState::Locked | BatchState::Acknowledged, Some(digest)) => digest.clone(),
        (state, _) => {
            return Err(Error::state(Thing::PayrollBatch, state, [BatchState::Locked, BatchState::Acknowledged]));
        }
    };
    let layout = match query.layout_id {
        Some(layout) => Some(LayoutFile::find(tx, layout, &batch, query.part).await?),
        // Without a layout there is one part.
        None => {
            Thing::PayrollPart.require(query.part.is_none_or(|part| part == 1).then_some(()))?;
            None
        }
    };
    let format = query.format.slug();
    let of_layout = layout.as_ref().map(LayoutFile::name).unwrap_or_default();
    let name = format!("payroll-{}-{id}{of_layout}.{format}", batch.pay_period);
    let digest = layout.as_ref().map_or_else(|| digest.clone(), |layout| layout.tag(&digest));
    let is_in_words = query.table().is_some_and(|form| form.headings() == TableHeadings::Words);
    let spoken = if layout.is_none() && is_in_words { format!("-{}", language.tag()) } else { String::new() };
    let reply = Reply { status: 200, headers: Vec::new(), body: Vec::new(), without_secret: None };
    let reply = reply
        .header(CONTENT_TYPE, query.format.media_type())
        .header(CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(ETAG, format!("\"{digest}-{format}{spoken}\""))
        .language(language)
        .next_page(layout.as_ref().and_then(LayoutFile::next_part).map(|part| target(id, query, part)));
    Ok(Head { reply, name, layout })
}

/// Where another part of the file is.
fn target(id: Uuid, query: ExportPayrollBatchQuery, part: i32) -> String {
    let layout = query.layout_id.map(|layout| format!("&layout_id={layout}")).unwrap_or_default();
    format!("/v1/payroll-batches/{id}/export?format={}{layout}&part={part}", query.format.slug())
}
