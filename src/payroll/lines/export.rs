//! A whole batch as a file, part by part. A part is read in a transaction of its own, so a slow reader never holds a connection,
//! however long the file takes; and while one part is sent the next ones are read. Lines never change, so the parts fit together.

use std::future::{Future, ready};

use actix_web::web::Bytes;
use futures_util::{FutureExt as _, Stream, StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use uuid::Uuid;

use super::dto::{ExportFormat, PayrollLineResponse};
use super::model::Line;
use super::queries;
use crate::auth::Actor;
use crate::error::{Error, Result};
use crate::journal::{Tx, read_tx};
use crate::kernel::sheet::{self, BYTE_ORDER_MARK, text};
use crate::kernel::text::OutsideCode;
use crate::state::State;

/// Number of lines of a part.
const PART: usize = 1_000;

/// Number of parts that are read ahead of the reader, and kept in memory for it.
const AHEAD: usize = 2;

/// The file of a locked batch.
pub fn file(
    state: State,
    tenant: Uuid,
    batch: Uuid,
    format: ExportFormat,
) -> impl Stream<Item = Result<Bytes>> + 'static {
    in_parts(move |after| part(state.clone(), tenant, batch, format, after))
}

/// A file of the lines of a batch. `part` makes the part after a number; nothing after the last one.
pub fn in_parts<P, F>(part: P) -> impl Stream<Item = Result<Bytes>> + 'static
where
    P: FnMut(i32) -> F + 'static,
    F: Future<Output = Result<Bytes>> + 'static,
{
    let parts = stream::iter((0..i32::MAX).step_by(PART)).map(part);
    parts.buffered(AHEAD).try_take_while(|part| ready(Ok(!part.is_empty())))
}

/// The lines of a part.
pub async fn page_of_file(tx: &mut Tx<'_>, batch: Uuid, after: i32) -> Result<Vec<Line>> {
    let fetch = i64::try_from(PART).map_err(Error::internal)?;
    Ok(queries::list_page(tx, batch, None, after, fetch).await?)
}

/// The lines after number `after`; nothing after the last one.
async fn part(state: State, tenant: Uuid, batch: Uuid, format: ExportFormat, after: i32) -> Result<Bytes> {
    let read =
        read_tx(&state, tenant, Actor::system(), move |tx| async move { page_of_file(tx, batch, after).await }.boxed());
    let lines = read.await?;
    // Beside the thread that serves requests.
    let rendered = tokio::task::spawn_blocking(move || render(lines, format, after == 0)).await;
    Ok(Bytes::from(rendered.map_err(Error::internal)??))
}

fn render(lines: Vec<Line>, format: ExportFormat, first: bool) -> Result<Vec<u8>> {
    let lines = lines.into_iter().map(PayrollLineResponse::new);
    match format {
        ExportFormat::Jsonl => {
            let mut bytes = Vec::new();
            for line in lines {
                bytes.extend(line?.canonical()?);
            }
            Ok(bytes)
        }
        ExportFormat::Csv => {
            let mut bytes = Vec::new();
            if first {
                bytes.extend(BYTE_ORDER_MARK);
            }
            let mut writer = sheet::writer(bytes);
            for (i, line) in lines.enumerate() {
                let cells = cells(line?)?;
                if first && i == 0 {
                    writer.write_record(cells.iter().map(|(name, _)| name)).map_err(Error::internal)?;
                }
                writer.write_record(cells.iter().map(|(_, cell)| cell)).map_err(Error::internal)?;
            }
            writer.into_inner().map_err(|error| Error::internal(error.to_string()))
        }
    }
}

/// Column names and cells of a line.
pub fn cells(line: PayrollLineResponse) -> Result<[(&'static str, String); 28]> {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let label = |label: Option<OutsideCode>| label.map(text).unwrap_or_default();
    Ok([
        ("id", line.id.to_string()),
        ("batch_id", line.batch_id.to_string()),
        ("number", line.number.to_string()),
        ("employee_id", line.employee.id.to_string()),
        ("employee_number", text(line.employee.employee_number)),
        ("employee_name", text(line.employee.name)),
        ("external_ids", json(&line.employee.external_ids)?),
        ("pay_item_code", text(line.pay_item_code)),
        ("kind", line.kind.slug().to_owned()),
        ("amount_minor", line.amount_minor.to_string()),
        ("amount", line.amount),
        ("currency", line.currency.to_string()),
        ("earned_starts_on", line.earned_starts_on.to_string()),
        ("earned_ends_on", line.earned_ends_on.to_string()),
        ("pay_period", line.pay_period.to_string()),
        ("issuance_way", line.issuance_way.slug().to_owned()),
        ("tax_mode", label(line.tax_mode)),
        ("tax_category", label(line.tax_category)),
        ("cost_centre", label(line.cost_centre)),
        ("reason_code", text(line.reason.code)),
        ("reason_zh", text(line.reason.zh)),
        ("reason_en", text(line.reason.en)),
        ("sources", json(&line.sources)?),
        ("corrects_line_id", id(line.corrects_line_id)),
        ("previous_line_id", id(line.previous_line_id)),
        ("made_by_kind", line.made_by.kind.slug().to_owned()),
        ("made_by_id", line.made_by.id.to_string()),
        ("approved_by_id", line.approved_by_id.to_string()),
    ])
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}
