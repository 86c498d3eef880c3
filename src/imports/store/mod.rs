//! The rows of an import on their way into the tables: people first, then what they taught, then what was said of it. Each set is
//! stored by the feature that owns its table.

mod people;
mod teaching;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::json;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::company::Company;
use super::pieces::Piece;
use super::rows::{AttendanceRow, RatingRow, ReuseRow};
use crate::content::import_store::{self as content, PastReuse};
use crate::error::{Error, Result};
use crate::feedback::import_store::{self as feedback, PastRating};
use crate::journal::Tx;
use crate::sessions::import_store::{self as sessions, PastAttendance};

/// Rows stored, by file.
pub type Counts = BTreeMap<String, usize>;

/// Ids that the import made for what its files name by code.
#[derive(Default)]
struct Made {
    sessions: HashMap<String, Uuid>,
    contents: HashMap<String, Uuid>,
}

/// Stores everything. The caller has seen to it that the import is not refused.
pub async fn store(tx: &mut Tx<'_>, known: &Company, mut pieces: mpsc::Receiver<Piece>) -> Result<Counts> {
    let (mut counts, mut made) = (Counts::new(), Made::default());
    loop {
        let piece = pieces.recv().await.ok_or_else(|| Error::internal("the files were not read to their end"))?;
        let (file, stored) = match piece {
            Piece::End => break,
            Piece::Tables(tables) => {
                people::store(tx, known, &tables, &mut counts).await?;
                made = teaching::store(tx, &tables, &mut counts).await?;
                continue;
            }
            Piece::Attendance(rows) => {
                let now = tx.now;
                let rows = converted(rows, |row| attendance(row, &made, now))?;
                ("attendance", sessions::store_attendance(tx, &rows).await?)
            }
            Piece::Ratings(rows) => {
                ("ratings", feedback::store_ratings(tx, &converted(rows, |row| rating(row, &made))?).await?)
            }
            Piece::Reuse(rows) => {
                ("reuse", content::store_reuse(tx, &converted(rows, |row| reuse(row, &made))?).await?)
            }
        };
        *counts.entry(file.to_owned()).or_default() += stored;
    }
    counts.retain(|_, count| *count > 0);
    Ok(counts)
}

fn converted<T, U>(rows: Vec<T>, convert: impl Fn(T) -> Result<U>) -> Result<Vec<U>> {
    rows.into_iter().map(convert).collect()
}

/// The id that the import made for a code; the parsers have seen to it that there is one.
fn made_id(ids: &HashMap<String, Uuid>, code: &str) -> Result<Uuid> {
    ids.get(code).copied().ok_or_else(|| Error::internal(format!("the import lost track of {code:?}")))
}

fn number<T: TryInto<i32>>(count: T) -> Result<i32> {
    count.try_into().map_err(|_| Error::internal("a number of the import is larger than the parsers allow"))
}

fn attendance(row: AttendanceRow, made: &Made, now: DateTime<Utc>) -> Result<PastAttendance> {
    Ok(PastAttendance {
        session_id: made_id(&made.sessions, &row.session_code)?,
        employee_number: row.employee_number,
        state: row.state,
        minutes: row.minutes.map(number).transpose()?,
        // Nothing is recorded in the future: it would shut out every later list.
        recorded_at: row.recorded_at.unwrap_or(now).min(now),
    })
}

fn rating(row: RatingRow, made: &Made) -> Result<PastRating> {
    let items: Vec<_> =
        row.items.iter().map(|item| json!({"key": item.key, "value": item.value, "scale": item.scale})).collect();
    Ok(PastRating {
        session_id: made_id(&made.sessions, &row.session_code)?,
        employee_number: row.employee_number,
        rating: number(row.rating)?,
        scale: number(row.scale)?,
        items: json!(items),
        comment: row.comment,
        received_at: row.received_at,
    })
}

fn reuse(row: ReuseRow, made: &Made) -> Result<PastReuse> {
    Ok(PastReuse {
        content_id: made_id(&made.contents, &row.content_code)?,
        employee_number: row.employee_number,
        kind: row.kind,
        occurred_at: row.occurred_at,
        source_ref: row.source_ref,
    })
}
