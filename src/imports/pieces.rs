//! The rows of an import, passed on piece by piece: a thread reads the files, while storing waits for the database.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::company::Company;
use super::content::Input;
use super::file::{Numbered, Rows};
use super::ledger::Ledger;
use super::order::{Order, Outcome, judge};
use super::row::Row;
use super::rows::{AttendanceRow, RatingRow, ReuseRow};
use super::tables::{Import, Tables, read};
use super::{ImportFile, Reading};
use crate::error::Result;

/// How many pieces may wait. One is read while another is stored, so that only a few are in memory.
const WAITING: usize = 2;

/// A part of what is to be stored. The parts arrive in this order.
pub enum Piece {
    /// The rows of the small files; once, at the beginning.
    Tables(Box<Tables>),
    Attendance(Vec<AttendanceRow>),
    Ratings(Vec<RatingRow>),
    Reuse(Vec<ReuseRow>),
    /// Everything was read. If the pieces stop without it, the reader has failed.
    End,
}

/// The verdict on an import, followed by its pieces.
pub struct Reader {
    pub verdict: oneshot::Receiver<Result<Outcome>>,
    pub pieces: mpsc::Receiver<Piece>,
}

/// Reads the files in a thread: first for the verdict, then for the rows if they are wanted.
pub fn start(order: Arc<Order>, known: Arc<Company>, ledger: Ledger) -> Reader {
    let (judged, verdict) = oneshot::channel();
    let (handed, pieces) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let files = order.files.iter().map(|(name, content)| ImportFile { name, content: content.clone() });
        let files: Vec<ImportFile<'_>> = files.collect();
        let reading = Reading {
            skip_faulty: order.skip_faulty,
            progress: order.progress.clone(),
            ledger: Some(ledger.clone()),
            ..Reading::new(order.zone)
        };
        let mut import = read(&files, &reading, known.as_ref());
        import.check_streams();
        let failure =
            order.files.iter().find_map(|(_, content)| content.take_failure()).or_else(|| ledger.take_failure());
        let outcome = failure.map_or_else(|| judge(&import), Err);
        let goes_on = outcome.is_ok();
        // If the receiver is gone, there is nobody to read for.
        if judged.send(outcome).is_ok() && goes_on {
            order.progress.will_store(import.rows_to_store());
            hand_over(import, &handed, order.rows_at_once);
        }
    });
    Reader { verdict, pieces }
}

/// Stops reading when nobody receives the pieces any more, or when a file is not read again as it was read for the verdict.
fn hand_over(mut import: Import<'_>, to: &mpsc::Sender<Piece>, at_once: usize) {
    let tables = Piece::Tables(Box::new(std::mem::take(&mut import.tables)));
    let handed = to.blocking_send(tables).is_ok()
        && hand_over_rows(&import, import.attendance(), Piece::Attendance, (to, at_once))
        && hand_over_rows(&import, import.ratings(), Piece::Ratings, (to, at_once))
        && hand_over_rows(&import, import.reuse(), Piece::Reuse, (to, at_once));
    if handed {
        let _ = to.blocking_send(Piece::End);
    }
}

/// Faulty rows were already reported; here they are left out.
fn hand_over_rows<T: Row>(
    import: &Import<'_>,
    mut rows: Rows<'_, T, Input>,
    piece: fn(Vec<T>) -> Piece,
    (to, at_once): (&mpsc::Sender<Piece>, usize),
) -> bool {
    let mut handed = 0;
    loop {
        let sound = rows.by_ref().filter_map(|row| row.ok().map(|Numbered { row, .. }| row));
        let chunk: Vec<T> = sound.take(at_once.max(1)).collect();
        if chunk.is_empty() {
            return rows.is_usable() && handed == import.read.get(T::KIND.stem()).copied().unwrap_or_default();
        }
        handed += chunk.len();
        if to.blocking_send(piece(chunk)).is_err() {
            return false;
        }
    }
}
