//! Reads one file as a stream of rows or faults, and writes rows as a file.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::BufRead;
use std::marker::PhantomData;

use chrono_tz::Tz;

use super::ImportFile;
use super::cells::{Cells, Scope};
use super::content::Input;
use super::fault::{ImportFault, ImportFaultCode as Code};
use super::index::Keys;
use super::layout::{Header, OpenColumn};
use super::ledger::{Ledger, Second};
use super::row::{OpenCell, Row, Seen};
use super::values::Style;
use crate::kernel::language::Language;
use crate::kernel::records::{Flaw, MAX_RECORD_BYTES, Record, Records};

/// A row with the line on which it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered<T> {
    pub line: u64,
    pub row: T,
}

/// The rows of one file, one after the other: each is a row or the faults found in it. It holds one row and the keys that must
/// be distinct in memory.
pub struct Rows<'a, T: Row, R> {
    scope: Scope<'a>,
    file: String,
    records: Records<R>,
    record: Record,
    /// None before the first row.
    header: Option<Header>,
    seen: Seen<T::Past>,
    /// Why nothing can be read of the file.
    refused: Option<ImportFault>,
    ended: bool,
    is_usable: bool,
    /// Whether the key of some row could not be looked for, because of the form of the row.
    has_lost_keys: bool,
    /// The lines of rows that are not distinct from earlier ones, if they are known from an earlier pass.
    seconds: Option<BTreeSet<u64>>,
    row: PhantomData<T>,
}

impl<'a, T: Row, R: BufRead> Rows<'a, T, R> {
    pub(super) fn new(scope: Scope<'a>, file: &str, input: R) -> Self {
        Self {
            scope,
            file: file.to_owned(),
            records: Records::new(input),
            record: Record::default(),
            header: None,
            seen: Seen::default(),
            refused: None,
            ended: false,
            is_usable: false,
            has_lost_keys: false,
            seconds: None,
            row: PhantomData,
        }
    }

    /// Whether the rows could be read so far: there is a header with every required column, and no read failure. False before
    /// the first row, except for a file that was not sent.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.is_usable
    }

    /// Whether the file may contain keys that could not be read.
    pub(super) fn has_lost_keys(&self) -> bool {
        self.has_lost_keys || !self.is_usable
    }

    /// Has the keys that are too many for memory noted in the ledger.
    pub(super) fn spill_to(&mut self, ledger: Option<Ledger>) {
        self.seen.distinct.spill_to(ledger);
    }

    /// With the second rows that an earlier pass has found.
    pub(super) fn knowing(self, seconds: Option<BTreeSet<u64>>) -> Self {
        Self { seconds, ..self }
    }

    /// After the last row: the faults of second rows that only the ledger has found, as far as they can be named, and the number of
    /// all of them.
    pub(super) fn late_faults(&mut self) -> (Vec<ImportFault>, u64) {
        let Some((code, column)) = T::SECOND else { return (Vec::new(), 0) };
        let Some(late) = self.seen.distinct.late_seconds() else {
            self.is_usable = false;
            return (Vec::new(), 0);
        };
        let total = late.first().and_then(|second| u64::try_from(second.total).ok()).unwrap_or_default();
        let column = self.header.as_ref().map_or(column, |header| header.name_of(column));
        let fault = |second: &Second| {
            let line = u64::try_from(second.line).unwrap_or_default();
            ImportFault::new(&*self.file, line, code).at(column).with("first", second.first)
        };
        (late.iter().map(fault).collect(), total)
    }

    /// The lines of all second rows, if they are not found anew when the file is read again.
    pub(super) fn into_seconds(self) -> Option<BTreeSet<u64>> {
        self.seen.distinct.into_seconds()
    }

    /// The header, and the codes of the rows so far.
    pub(super) fn into_parts(self) -> (Header, Keys) {
        (self.header.unwrap_or_default(), self.seen.keys)
    }

    /// Reads the next record. Returns a fault if reading cannot go on.
    fn advance(&mut self) -> Result<bool, Vec<ImportFault>> {
        self.records.read(&mut self.record).map_err(|error| {
            self.ended = true;
            self.is_usable = false;
            vec![ImportFault::new(&*self.file, self.record.line, Code::UnreadableFile).with("problem", error)]
        })
    }

    /// Reads the header. Its faults are returned as if it were a row.
    fn begin(&mut self) -> Option<Vec<ImportFault>> {
        match self.advance() {
            Err(faults) => return Some(faults),
            Ok(false) => {
                self.ended = true;
                return Some(vec![ImportFault::new(&*self.file, 1, Code::NoHeader)]);
            }
            Ok(true) => {}
        }
        let mut header = Header::resolve(&self.file, &self.record, T::COLUMNS, T::Open::column_of);
        let mut faults = std::mem::take(&mut header.faults);
        faults.extend(form_fault(&self.file, &self.record, None));
        self.is_usable = header.is_usable && self.record.is_utf8();
        self.ended = !self.is_usable;
        self.header = Some(header);
        (!faults.is_empty()).then_some(faults)
    }

    fn read_row(&mut self) -> Result<Numbered<T>, Vec<ImportFault>> {
        let empty = Header::default();
        let header = self.header.as_ref().unwrap_or(&empty);
        if let Some(fault) = form_fault(&self.file, &self.record, Some(header.width())) {
            self.has_lost_keys = true;
            return Err(vec![fault]);
        }
        let (scope, file, record) = (self.scope, &self.file, &self.record);
        let mut cells = Cells { scope, file, header, record, faults: Vec::new() };
        cells.note_nameless();
        let row = T::read(&mut cells);
        if let Some(seconds) = &self.seconds {
            // Everything else was found in that pass as well, and told.
            let is_sound = cells.faults.is_empty() && !seconds.contains(&record.line);
            return row.filter(|_| is_sound).map(|row| Numbered { line: record.line, row }).ok_or(cells.faults);
        }
        if let (Some(row), true) = (&row, cells.faults.is_empty()) {
            self.seen.claim(row, &mut cells);
        }
        match row {
            Some(row) if cells.faults.is_empty() => Ok(Numbered { line: record.line, row }),
            _ => {
                self.seen.reserve::<T>(&cells);
                Err(cells.faults)
            }
        }
    }
}

impl<'a, T: Row> Rows<'a, T, Input> {
    /// The rows of a file, opened at its beginning. In another encoding, whose first line is given, it is one fault.
    pub(super) fn of_file(scope: Scope<'a>, file: &ImportFile<'_>, foreign_line: Option<u64>) -> Self {
        let fault = match (foreign_line, file.content.open()) {
            (None, Ok(input)) => return Self::new(scope, file.name, input),
            (Some(line), _) => ImportFault::new(file.name, line, Code::NotUtf8),
            (None, Err(error)) => ImportFault::new(file.name, 1, Code::UnreadableFile).with("problem", error),
        };
        Self { refused: Some(fault), is_usable: false, ..Self::absent(scope) }
    }

    /// The rows of a file that was not sent: no rows, and no fault.
    pub(super) fn absent(scope: Scope<'a>) -> Self {
        Self { ended: true, is_usable: true, ..Self::new(scope, "", Box::new(std::io::empty())) }
    }
}

impl<T: Row, R: BufRead> Iterator for Rows<'_, T, R> {
    type Item = Result<Numbered<T>, Vec<ImportFault>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(fault) = self.refused.take() {
            return Some(Err(vec![fault]));
        }
        if self.header.is_none()
            && !self.ended
            && let Some(faults) = self.begin()
        {
            return Some(Err(faults));
        }
        if self.ended {
            return None;
        }
        match self.advance() {
            Err(faults) => Some(Err(faults)),
            Ok(true) => Some(self.read_row()),
            Ok(false) => {
                self.ended = true;
                None
            }
        }
    }
}

/// Whether the header of such a file contains the column, whatever else is wrong with it. If this is only the head of the file and
/// nothing follows the header in it, the header may go on and contain any.
#[must_use]
pub fn may_name_column<T: Row>(head: &[u8], is_whole: bool, column: &str) -> bool {
    let (mut records, mut record) = (Records::new(head), Record::default());
    let has_header = records.read(&mut record).unwrap_or_default();
    let names_it =
        has_header && Header::resolve("", &record, T::COLUMNS, T::Open::column_of).position(column).is_some();
    names_it || !is_whole && !records.read(&mut record).unwrap_or_default()
}

/// The fault in the form of a record.
fn form_fault(file: &str, record: &Record, width: Option<usize>) -> Option<ImportFault> {
    let fault = |code| ImportFault::new(file, record.line, code);
    match record.flaw {
        Some(Flaw::OpenQuote) => return Some(fault(Code::OpenQuote)),
        Some(Flaw::StrayQuote) => return Some(fault(Code::StrayQuote)),
        Some(Flaw::TooLong) => return Some(fault(Code::RowTooLong).with("max", MAX_RECORD_BYTES)),
        None => {}
    }
    if !record.is_utf8() {
        return Some(fault(Code::NotUtf8));
    }
    let expected = width?;
    // Blank cells after the last column are columns without a name.
    let found = record.cell_count();
    let fits = found == expected || (found > expected && (expected..found).all(|i| record.is_blank_cell(i)));
    (!fits).then(|| fault(Code::CellCount).with("found", found).with("expected", expected))
}

/// Writes rows as a file that reads back as the same rows: UTF-8 with the byte order mark that spreadsheets look for, CRLF,
/// instants with the zone's offset.
#[must_use]
pub fn write_file<T: Row>(rows: &[T], zone: Tz) -> Vec<u8> {
    write_file_in(rows, Style { zone, language: Language::En })
}

/// The same with the columns and the words of a language.
#[must_use]
pub fn write_file_in<T: Row>(rows: &[T], style: Style) -> Vec<u8> {
    let mut open: Vec<OpenColumn> = Vec::new();
    for column in rows.iter().flat_map(Row::open).map(OpenCell::column) {
        if !open.contains(&column) {
            open.push(column);
        }
    }
    let mut out = String::from("\u{feff}");
    let names = T::COLUMNS.iter().map(|column| column.called(style.language).to_owned());
    write_record(&mut out, names.chain(open.iter().map(OpenColumn::name)));
    for row in rows {
        let of = |column: &OpenColumn| row.open().iter().find(|cell| cell.column() == *column);
        let open_cells = open.iter().map(|column| of(column).map(OpenCell::text).unwrap_or_default());
        write_record(&mut out, row.written(style).into_iter().chain(open_cells));
    }
    out.into_bytes()
}

fn write_record(out: &mut String, cells: impl Iterator<Item = String>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\"{}\"", cell.replace('"', "\"\""));
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}
