//! What a clerk fills in: the exported lines of a batch with columns for what became of each, and in them what was reported so far.

use std::collections::BTreeMap;

use futures_util::{FutureExt as _, Stream};
use uuid::Uuid;

use super::Outcome;
use crate::auth::Actor;
use crate::error::Result;
use crate::http::tables::{Cell, Column, Table, TableForm, cells, headings, in_parts};
use crate::journal::{Tx, read_tx};
use crate::kernel::language::Language;
use crate::payroll::exports;
use crate::payroll::lines::{self, PayrollLineResponse};
use crate::state::State;

/// Number of lines of a part.
const PART: i64 = 1_000;

/// The columns after those of the export.
const ADDED: &[Column<PayrollLineResponse>] = &[
    Column::new("status", "Status", "状态", |line| Cell::maybe(line.status.map(Outcome::slug))),
    Column::new("rejection_reason", "Rejection reason", "拒绝原因", |line| {
        Cell::maybe(line.rejection_reason.as_ref())
    }),
    Column::new("external_reference", "Payment reference", "付款凭证号", |line| {
        Cell::maybe(line.external_reference.as_ref())
    }),
];

/// The table. Its columns are found again when it comes back, whatever they are called: see `COLUMNS` of `file.rs`.
pub fn table(name: &str, form: &TableForm, language: Language) -> Table<PayrollLineResponse> {
    let named = |columns| headings(columns, form, language);
    let names = [named(exports::COLUMNS), named(ADDED)].concat();
    Table::new(name, names, language, |line| Ok([cells(exports::COLUMNS, line), cells(ADDED, line)].concat()))
}

/// The lines of a locked batch with what was reported.
pub fn parts(
    state: State,
    tenant: Uuid,
    batch: Uuid,
) -> impl Stream<Item = Result<Vec<PayrollLineResponse>>> + 'static {
    in_parts(move |after: Option<i32>| {
        let state = state.clone();
        async move {
            let read = read_tx(&state, tenant, Actor::system(), move |tx| {
                async move { part(tx, batch, after.unwrap_or_default()).await }.boxed()
            });
            let lines = read.await?;
            let last = lines.last().map(|line| line.number);
            Ok((lines, last))
        }
    })
}

async fn part(tx: &mut Tx<'_>, batch: Uuid, after: i32) -> Result<Vec<PayrollLineResponse>> {
    let rows = lines::list_page(tx, batch, None, after, PART).await?;
    let ids: Vec<Uuid> = rows.iter().map(|line| line.id).collect();
    let reported = lines::reported(tx, &ids).await?.into_iter().map(|reported| (reported.line_id, reported));
    let mut reported: BTreeMap<_, _> = reported.collect();
    let told = rows.into_iter().map(|row| {
        let said = reported.remove(&row.id);
        Ok(PayrollLineResponse::new(row)?.with(said))
    });
    told.collect()
}
