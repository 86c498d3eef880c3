//! What a clerk fills in: the exported lines of a batch with columns for what became of each, and in them what was reported so far.

use std::collections::BTreeMap;

use actix_web::web::Bytes;
use futures_util::{FutureExt as _, Stream};
use uuid::Uuid;

use crate::auth::Actor;
use crate::error::{Error, Result};
use crate::journal::read_tx;
use crate::kernel::sheet::{self, BYTE_ORDER_MARK, text};
use crate::payroll::lines::{self, Line, PayrollLineResponse, Reported};
use crate::state::State;

/// The columns after those of the export.
const ADDED: [&str; 3] = ["status", "rejection_reason", "external_reference"];

/// The file for a locked batch.
pub fn file(state: State, tenant: Uuid, batch: Uuid) -> impl Stream<Item = Result<Bytes>> + 'static {
    lines::in_parts(move |after| part(state.clone(), tenant, batch, after))
}

async fn part(state: State, tenant: Uuid, batch: Uuid, after: i32) -> Result<Bytes> {
    let read = read_tx(&state, tenant, Actor::system(), move |tx| {
        async move {
            let rows = lines::page_of_file(tx, batch, after).await?;
            let ids: Vec<Uuid> = rows.iter().map(|line| line.id).collect();
            let reported = lines::reported(tx, &ids).await?.into_iter().map(|reported| (reported.line_id, reported));
            let reported: BTreeMap<Uuid, Reported> = reported.collect();
            Ok((rows, reported))
        }
        .boxed()
    });
    let (rows, reported) = read.await?;
    // Beside the thread that serves requests.
    let rendered = tokio::task::spawn_blocking(move || render(rows, reported, after == 0)).await;
    Ok(Bytes::from(rendered.map_err(Error::internal)??))
}

fn render(rows: Vec<Line>, mut reported: BTreeMap<Uuid, Reported>, is_first: bool) -> Result<Vec<u8>> {
    let mut writer = sheet::writer(if is_first { BYTE_ORDER_MARK.to_vec() } else { Vec::new() });
    for (i, row) in rows.into_iter().enumerate() {
        let said = reported.remove(&row.id);
        let cells = lines::cells(PayrollLineResponse::new(row)?)?;
        if is_first && i == 0 {
            writer.write_record(cells.iter().map(|(name, _)| *name).chain(ADDED)).map_err(Error::internal)?;
        }
        let added = match said {
            Some(said) => [
                said.status.slug().to_owned(),
                said.rejection_reason.map(text).unwrap_or_default(),
                said.external_reference.map(text).unwrap_or_default(),
            ],
            None => Default::default(),
        };
        let own = cells.iter().map(|(_, cell)| cell);
        writer.write_record(own.chain(&added)).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}
