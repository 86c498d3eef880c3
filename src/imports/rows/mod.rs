//! The rows of each file, as the tables will hold them.

mod content;
mod feedback;
mod people;
mod sessions;

pub use content::{ContentRow, ReuseRow, SubmissionRow};
pub use feedback::{CaseRow, ItemAnswer, RatingRow};
pub use people::{AbsenceRow, DepartmentRow, EmployeeRow, ExternalId, LecturerGroupRow, LecturerRow, Placement};
pub use sessions::{AttendanceRow, SessionRow, Share};

use super::cells::Cells;
use super::fault::ImportFaultCode as Code;
use super::index::Keys;
use super::values::{Problem, Value, code, entries};

/// Takes the one key of a row, or notes who has it.
fn claim_key(keys: &mut Keys, cells: &mut Cells<'_>, column: &str, key: &str) {
    if let Err(first) = keys.claim(key, cells.line()) {
        cells.note(column, Problem::new(Code::DuplicateKey).with("first", first));
    }
}

/// Takes the key of a faulty row, if it has one.
fn reserve_key(keys: &mut Keys, cells: &Cells<'_>, column: &str) {
    if let Some(key) = cells.get(column) {
        // A key that is taken is reserved already.
        let _ = keys.claim(key, cells.line());
    }
}

/// A list of codes, each named once.
fn codes(cell: &str) -> Value<Vec<String>> {
    let mut list: Vec<String> = Vec::new();
    for entry in entries(cell) {
        let entry = code(entry)?;
        if list.contains(&entry) {
            return Err(Problem::of(Code::RepeatedEntry, &entry));
        }
        list.push(entry);
        if list.len() > MAX_ENTRIES {
            return Err(Problem::new(Code::TooMany).with("max", MAX_ENTRIES));
        }
    }
    if list.is_empty() { Err(Problem::new(Code::MissingValue)) } else { Ok(list) }
}

/// The most entries of a list in one cell.
const MAX_ENTRIES: usize = 100;
