//! Imports: the files that an HR department exports, as rows of the tables or as faults.
//!
//! Reading is pure: bytes in, rows out. What the company already has is accessed through [`Known`], which `company` loads.
//! [`read`] takes all files at once. The small ones are kept in memory in [`Import::tables`]; the large ones (attendance,
//! ratings, reuse) are streamed row by row by [`Import::attendance`], [`Import::ratings`] and [`Import::reuse`], which hold one
//! row in memory, and of the keys that must be distinct only so many; the others are noted in a [`Ledger`].
//!
//! All faults are found at once, each with its file, line and column; what is wrong with many rows in the same way is one fault with
//! its count and first places ([`fault_log`]). There are two ways to handle faults ([`Reading::skip_faulty`]):
//!
//! * strict: the service stores nothing if there is any fault. A reference to a faulty row is not another fault, so that one
//!   mistake is reported once.
//! * skipping: faulty rows are left out and reported, and so are the rows that refer to them. Only a department whose manager
//!   does not exist is kept, without the manager, because the two files refer to each other. The import is still refused if a
//!   file cannot be read at all ([`Import::is_refused`]), or if there are more faults than can be listed: every row left out is
//!   listed.
//!
//! What the company already has also counts: an import adds to its history and never silently contradicts it. A missing column
//! changes nothing; a blank cell clears the value. A dated row already exists, is added, ends an existing one, or is a fault
//! ([`stored`]).
//!
//! Session codes and content codes exist only in the import: they connect its files and are not stored.

pub mod cells;
mod checked;
mod columns;
mod company;
mod company_marks;
pub mod content;
pub mod fault;
pub mod fault_log;
pub mod file;
pub mod index;
mod late;
pub mod layout;
mod ledger;
mod marks;
mod numbers;
pub mod row;
pub mod rows;
pub mod stored;
mod tables;
mod tree;
mod values;
pub mod words;

mod distinct;
mod order;
mod pieces;
mod preview;
mod progress;
pub mod routes;
mod service;
mod store;

/// The maximum number of places of faults of one import that are listed.
pub const MAX_NAMED_FAULTS: usize = 1000;

pub use columns::describe_columns;
pub use content::Content;
pub use fault::{ImportFault, ImportFaultCode};
pub use fault_log::FaultLog;
pub use file::{Numbered, Rows, write_file, write_file_in};
pub use index::{Known, KnownKeys, Reference};
pub use layout::FileKind;
pub use ledger::Ledger;
pub use order::{FaultReport, Order, Outcome};
pub use preview::{Effect, Preview};
pub use progress::Progress;
pub use service::import;
pub use tables::{Import, Tables, read};
pub use values::Style;

use chrono_tz::Tz;

/// One file as it was sent.
#[derive(Debug, Clone)]
pub struct ImportFile<'a> {
    /// `employees.csv`, `员工.csv`: the name identifies the kind of file.
    pub name: &'a str,
    pub content: Content,
}

impl<'a> ImportFile<'a> {
    /// A file in memory.
    #[must_use]
    pub fn of_bytes(name: &'a str, bytes: &[u8]) -> Self {
        Self { name, content: bytes.to_vec().into() }
    }
}

/// How an import is read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The time zone of local dates and times: that of the programme.
    pub zone: Tz,
    /// The scale of ratings if neither the file nor the session's programme gives one.
    pub default_scale: i32,
    /// Whether to leave out faulty rows instead of refusing the import.
    pub skip_faulty: bool,
    /// How many places of faults are kept; all are counted.
    pub keep_faults: usize,
    /// Told of each row that is checked.
    pub progress: Progress,
    /// Where the keys of large files are noted. None: in memory.
    pub ledger: Option<Ledger>,
}

impl Reading {
    /// Strict, with ratings out of 10, keeping the first 1000 places of faults.
    #[must_use]
    pub fn new(zone: Tz) -> Self {
        let progress = Progress::default();
        Self { zone, default_scale: 10, skip_faulty: false, keep_faults: MAX_NAMED_FAULTS, progress, ledger: None }
    }

    /// The log for the faults. Where faulty rows are left out, it names each of them.
    fn log(&self) -> FaultLog {
        let log = FaultLog::keeping(self.keep_faults);
        if self.skip_faulty { log.naming_all() } else { log }
    }
}

#[cfg(test)]
mod tests;
