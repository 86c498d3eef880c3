//! Stores the rows of an import: first people, then what they taught, then the feedback on it. Each set is stored by the
//! feature that owns its table.

mod people;
mod teaching;

use std::collections::BTreeSet;

use tokio::sync::mpsc;
use uuid::Uuid;

use self::teaching::Named;
use super::company::Company;
use super::file::Numbered;
use super::layout::FileKind;
use super::order::Counts;
use super::pieces::Piece;
use super::progress::Progress;
use super::tables::Tables;
use crate::content::import_store as content;
use crate::db::{MANY_ROWS, join_large_sets, join_usual_sets, look_up_as_usual, look_up_each_row};
use crate::error::{Error, Result};
use crate::feedback::import_store as feedback;
use crate::journal::Tx;
use crate::people::import_store::Holders;
use crate::people::lend_numbers;
use crate::sessions::import_store as sessions;

/// Stores everything. The caller has checked that the import is not refused. Returns how many rows of each file, and the appointments
/// that end with employments.
pub async fn store(
    tx: &mut Tx<'_>,
    known: &Company,
    mut pieces: mpsc::Receiver<Piece>,
    progress: &Progress,
) -> Result<(Counts, Vec<Uuid>)> {
    let (mut counts, mut named, mut people) = (Counts::new(), Named::default(), Holders::default());
    let mut ended = Vec::new();
    let mut rated = BTreeSet::new();
    loop {
        let piece = pieces.recv().await.ok_or_else(|| Error::internal("the files were not read to their end"))?;
        let (kind, rows, stored) = match piece {
            Piece::End => break,
            Piece::Tables(tables) => {
                let rows = tables.row_count();
                (named, ended) = store_tables(tx, known, *tables, &mut counts).await?;
                people = Holders::load(tx).await?;
                progress.store(rows);
                look_up_each_row(tx.conn).await?;
                continue;
            }
            Piece::Attendance(mut rows) => {
                let count = rows.len();
                rows.retain(|row| named.sessions.is_new(&row.session_code));
                let stored = sessions::store_attendance(tx, &rows, &named.sessions, &people).await?;
                (FileKind::Attendance, count, stored)
            }
            Piece::Ratings(mut rows) => {
                let count = rows.len();
                rows.retain(|row| named.sessions.is_new(&row.session_code));
                let stored = feedback::store_ratings(tx, &rows, &named.sessions, &people, &mut rated).await?;
                (FileKind::Ratings, count, stored)
            }
            Piece::Reuse(rows) => {
                (FileKind::Reuse, rows.len(), content::store_reuse(tx, &rows, &named.contents).await?)
            }
        };
        count(&mut counts, kind, stored);
        progress.store(rows);
    }
    look_up_as_usual(tx.conn).await?;
    feedback::release_ratings(tx, rated).await?;
    lend_numbers(tx, &known.numbers.lent(), true).await?;
    Ok((counts, ended))
}

/// Stores the small files. If they are large after all, their joins are planned for that: a new company is unknown to the planner.
async fn store_tables(
    tx: &mut Tx<'_>,
    known: &Company,
    mut tables: Tables,
    counts: &mut Counts,
) -> Result<(Named, Vec<Uuid>)> {
    let is_large = tables.row_count() >= MANY_ROWS;
    if is_large {
        join_large_sets(tx.conn).await?;
    }
    let ended = people::store(tx, known, &mut tables, counts).await?;
    let named = teaching::store(tx, tables, counts).await?;
    if is_large {
        join_usual_sets(tx.conn).await?;
    }
    Ok((named, ended))
}

/// Adds to the number of rows stored for a file.
fn count(counts: &mut Counts, kind: FileKind, stored: usize) {
    if stored > 0 {
        *counts.entry(kind.stem().to_owned()).or_default() += stored;
    }
}

/// The rows of a file without their line numbers, which are no longer needed for faults.
fn rows<T>(table: &mut Vec<Numbered<T>>) -> Vec<T> {
    std::mem::take(table).into_iter().map(|numbered| numbered.row).collect()
}
