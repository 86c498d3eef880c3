//! Imports: the files that an HR department exports, as rows of the tables or as faults.
//!
//! Reading is pure: bytes in, rows out; what the company has already is asked through [`Known`], which `company` reads.
//! [`read`] takes all files at once. The small ones are kept whole in [`Import::tables`]; the large ones (attendance, ratings,
//! reuse) are streamed a row at a time by [`Import::attendance`], [`Import::ratings`] and [`Import::reuse`], with the memory
//! of one row and of the keys that must be distinct.
//!
//! Every fault is found in one go, each with its file, line and column. Two ways of dealing with them
//! ([`Reading::skip_faulty`]):
//!
//! * strict: the service stores nothing if there is any fault. A reference to a faulty row is no further fault, so that one
//!   mistake is reported once.
//! * skipping: faulty rows are left out and reported, and with them what refers to them. Only a department whose manager does
//!   not exist is kept, without the manager: the two files refer to each other. A file that cannot be read at all still refuses
//!   the import ([`Import::is_refused`]), and so do more faults than can be named: no row is left out unnamed.
//!
//! What the company has already counts too: an import adds to its history and never contradicts it unsaid. A column that a file
//! lacks says nothing; one that is there and blank clears. A dated row is there already, is added, ends what is there, or is a
//! fault ([`stored`]).
//!
//! Session codes and content codes are the import's own: they tie its files together and are not stored.

pub mod cells;
mod columns;
mod company;
pub mod fault;
pub mod file;
pub mod index;
pub mod layout;
mod records;
pub mod row;
pub mod rows;
pub mod stored;
mod tables;
mod values;
pub mod words;

mod order;
mod pieces;
pub mod routes;
mod service;
mod store;

/// The most faults of one import that are named.
pub const MAX_NAMED_FAULTS: usize = 1000;

pub use columns::describe_columns;
pub use fault::{FaultLog, ImportFault, ImportFaultCode};
pub use file::{Numbered, Rows, write_file};
pub use index::{Known, KnownKeys, Reference};
pub use layout::FileKind;
pub use order::{FaultReport, Order, Outcome};
pub use service::import;
pub use tables::{Import, Tables, read};

use chrono_tz::Tz;

/// One file as it was given.
#[derive(Debug, Clone, Copy)]
pub struct ImportFile<'a> {
    /// `employees.csv`, `员工.csv`: the name says which file it is.
    pub name: &'a str,
    pub bytes: &'a [u8],
}

/// How an import is read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The zone of local dates and times: the programme's.
    pub zone: Tz,
    /// The scale of ratings where neither the file nor the session's programme says.
    pub default_scale: i32,
    /// Leave faulty rows out instead of refusing the import.
    pub skip_faulty: bool,
    /// How many faults are kept; all are counted.
    pub keep_faults: usize,
}

impl Reading {
    /// Strict, ratings out of 10, the first 1000 faults.
    #[must_use]
    pub fn new(zone: Tz) -> Self {
        Self { zone, default_scale: 10, skip_faulty: false, keep_faults: MAX_NAMED_FAULTS }
    }
}

#[cfg(test)]
mod tests;
