//! The rows of each file, as the tables will hold them.

mod content;
mod feedback;
mod lecturers;
mod people;
mod sessions;

pub use content::{ContentRow, ReuseRow, SubmissionRow};
pub use feedback::{CaseRow, ItemAnswer, RatingRow};
pub use lecturers::{AbsenceRow, LecturerGroupRow, LecturerRow};
pub use people::{DepartmentRow, EmployeeRow, ExternalId, Placement};
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

/// A list of at most `max` codes, each named once.
fn codes(max: usize) -> impl Fn(&str) -> Value<Vec<String>> {
    move |cell| {
        let mut list: Vec<String> = Vec::new();
        for entry in entries(cell) {
            let entry = code(entry)?;
            if list.contains(&entry) {
                return Err(Problem::of(Code::RepeatedEntry, &entry));
            }
            list.push(entry);
            if list.len() > max {
                return Err(Problem::new(Code::TooMany).with("max", max));
            }
        }
        if list.is_empty() { Err(Problem::new(Code::MissingValue)) } else { Ok(list) }
    }
}

/// The most lecturers of a session, authors of a content, or external ids of a person, as in the contract.
const MAX_NAMED: usize = 20;
/// The most groups of an appointment.
const MAX_GROUPS: usize = 100;
