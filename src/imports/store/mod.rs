//! Stores the rows of an import: first people, then what they taught, then the feedback on it. Each set is stored by the
//! feature that owns its table.

mod people;
mod teaching;

use tokio::sync::mpsc;

use self::teaching::Named;
use super::company::Company;
use super::file::Numbered;
use super::layout::FileKind;
use super::order::Counts;
use super::pieces::Piece;
use crate::content::import_store as content;
use crate::error::{Error, Result};
use crate::feedback::import_store as feedback;
use crate::journal::Tx;
use crate::sessions::import_store as sessions;

/// Stores everything. The caller has checked that the import is not refused.
pub async fn store(tx: &mut Tx<'_>, known: &Company, mut pieces: mpsc::Receiver<Piece>) -> Result<Counts> {
    let (mut counts, mut named) = (Counts::new(), Named::default());
    loop {
        let piece = pieces.recv().await.ok_or_else(|| Error::internal("the files were not read to their end"))?;
        let (kind, stored) = match piece {
            Piece::End => return Ok(counts),
            Piece::Tables(mut tables) => {
                people::store(tx, known, &mut tables, &mut counts).await?;
                named = teaching::store(tx, *tables, &mut counts).await?;
                continue;
            }
            Piece::Attendance(mut rows) => {
                rows.retain(|row| named.sessions.is_new(&row.session_code));
                (FileKind::Attendance, sessions::store_attendance(tx, &rows, &named.sessions).await?)
            }
            Piece::Ratings(mut rows) => {
                rows.retain(|row| named.sessions.is_new(&row.session_code));
                (FileKind::Ratings, feedback::store_ratings(tx, &rows, &named.sessions).await?)
            }
            Piece::Reuse(rows) => (FileKind::Reuse, content::store_reuse(tx, &rows, &named.contents).await?),
        };
        count(&mut counts, kind, stored);
    }
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
