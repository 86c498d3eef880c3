//! The file of an acknowledgement, as a clerk fills it in: the rows of the template with what became of each line. Columns that say
//! nothing about that are not read, so any export of the batch will do.

use std::io::{self, BufRead};
use std::str::FromStr;

use uuid::Uuid;

use super::model::Outcome;
use super::rules::{Said, Sent, Stated};
use crate::kernel::decimal::Decimal;
use crate::kernel::encoding::{Encoding, FromGb18030, encoding_of, first_foreign_line};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::language::Language;
use crate::kernel::message::{Param, Phrase, Words, listed};
use crate::kernel::phrases::Form;
use crate::kernel::records::{Record, Records, plain_name};
use crate::kernel::sheet;
use crate::kernel::text::{Clean, Form as TextForm};

/// The columns that are read, each with its other names in the form of [`plain_name`]. A file must have the first two.
const COLUMNS: [(&str, &[&str]); 6] = [
    ("id", &["line_id", "明细编号", "明细id", "明细_id"]),
    ("status", &["状态", "处理结果"]),
    ("rejection_reason", &["拒绝原因"]),
    ("external_reference", &["payment_reference", "付款凭证号", "付款编号", "支付流水号"]),
    ("amount_minor", &["amount_in_minor_units", "金额（最小货币单位）"]),
    ("amount", &["金额"]),
];

/// How many columns a file must have.
const REQUIRED: usize = 2;

/// The greatest number of lines that a file may answer.
const MAX_LINES: usize = 5_000;

/// The greatest number of faults that are told.
const MAX_FAULTS: usize = 5_000;

/// What a file says.
#[derive(Debug, Default)]
pub struct FileRead {
    pub said: Vec<Said>,
    /// Where each of them stands, in the same order, with the amounts beside it.
    pub stated: Vec<Stated>,
    pub faults: Faults,
}

/// Reads a file. Rows without a status say nothing.
#[must_use]
pub fn read(bytes: &[u8]) -> FileRead {
    let mut read = FileRead::default();
    let read_to_end = match encoding_of(bytes) {
        Ok(Encoding::Gb18030) => read_rows(FromGb18030::new(bytes), &mut read),
        Ok(Encoding::AsItIs) => match first_foreign_line(bytes) {
            Ok(None) => read_rows(bytes, &mut read),
            Ok(Some(line)) => {
                read.faults.push(Fault::bad_format(place(line, None), Form::Utf8OrGb18030));
                Ok(())
            }
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    if read_to_end.is_err() {
        read.faults.push(Fault::bad_format(Sent::FILE, Form::CsvRow));
    }
    read.faults.check_length(Sent::FILE, read.said.len(), 0, MAX_LINES);
    let mut told = std::mem::take(&mut read.faults).into_vec();
    told.truncate(MAX_FAULTS);
    read.faults = told.into();
    read
}

/// The place of a cell, or of a whole row.
fn place(line: u64, column: Option<&str>) -> String {
    match column {
        Some(column) => format!("{}/{line}/{column}", Sent::FILE),
        None => format!("{}/{line}", Sent::FILE),
    }
}

fn read_rows(input: impl BufRead, read: &mut FileRead) -> io::Result<()> {
    let (mut records, mut record) = (Records::new(input), Record::default());
    if !records.read(&mut record)? {
        read.faults.push(Fault::new(Sent::FILE, FaultCode::Empty));
        return Ok(());
    }
    let header = Header::of(&record, &mut read.faults);
    if !read.faults.is_empty() {
        return Ok(());
    }
    // What follows the last fault that is told is not looked at: a file of nothing but faults would fill the memory.
    while read.faults.len() < MAX_FAULTS && records.read(&mut record)? {
        if record.flaw.is_some() || !record.is_utf8() || !header.fits(&record) {
            read.faults.push(Fault::bad_format(place(record.line, None), Form::CsvRow));
            continue;
        }
        read_row(&header, &record, read);
    }
    Ok(())
}

/// Which cell belongs to which column.
struct Header {
    positions: [Option<usize>; COLUMNS.len()],
    width: usize,
}

impl Header {
    fn of(record: &Record, faults: &mut Faults) -> Self {
        let mut positions = [None; COLUMNS.len()];
        if has_other_separator(record) {
            faults.push(Fault::bad_format(Sent::FILE, Form::CommaSeparated));
            return Self { positions, width: record.cell_count() };
        }
        if record.flaw.is_some() {
            faults.push(Fault::bad_format(place(record.line, None), Form::CsvRow));
        }
        for cell in 0..record.cell_count() {
            let name = plain_name(&String::from_utf8_lossy(record.cell(cell).unwrap_or_default()));
            let mut known = COLUMNS.iter().zip(&mut positions);
            let Some(((own, _), position)) =
                known.find(|((own, others), _)| *own == name || others.contains(&name.as_str()))
            else {
                continue;
            };
            if position.replace(cell).is_some() {
                let fault = Fault::new(place(record.line, Some(*own)), FaultCode::Duplicate);
                faults.push(fault.with("first", Param::Place(place(record.line, Some(*own)))));
            }
        }
        for ((own, _), position) in COLUMNS.iter().zip(&positions).take(REQUIRED) {
            if position.is_none() {
                faults.push(Fault::new(place(record.line, Some(*own)), FaultCode::Required));
            }
        }
        Self { positions, width: record.cell_count() }
    }

    /// Whether the row has as many cells; blank ones may follow.
    fn fits(&self, record: &Record) -> bool {
        record.cell_count() >= self.width && (self.width..record.cell_count()).all(|cell| record.is_blank_cell(cell))
    }

    /// The cell of a column without white space around it. None if it is blank or the file does not have the column.
    fn cell<'r>(&self, record: &'r Record, column: &str) -> Option<&'r str> {
        let at = COLUMNS.iter().position(|(own, _)| *own == column)?;
        let cell = record.cell((*self.positions.get(at)?)?)?;
        let text = sheet::meant(std::str::from_utf8(cell).ok()?.trim());
        (!text.is_empty()).then_some(text)
    }
}

/// Whether the cells seem to be separated by semicolons or tabs, as some spreadsheets save them.
fn has_other_separator(record: &Record) -> bool {
    record.cell_count() == 1 && record.cell(0).is_some_and(|cell| cell.contains(&b';') || cell.contains(&b'\t'))
}

fn read_row(header: &Header, record: &Record, read: &mut FileRead) {
    let (line, cell) = (record.line, |column: &'static str| header.cell(record, column));
    let Some(status) = cell("status") else {
        let says_more = cell("rejection_reason").is_some() || cell("external_reference").is_some();
        if says_more {
            read.faults.push(Fault::new(place(line, Some("status")), FaultCode::Required));
        }
        return;
    };
    let outcome = outcome(status);
    if outcome.is_none() {
        let fault = Fault::new(place(line, Some("status")), FaultCode::NotAllowed);
        read.faults.push(fault.with("allowed", outcomes()));
    }
    let id = cell("id").and_then(|id| Uuid::from_str(id).ok());
    if id.is_none() {
        read.faults.push(Fault::bad_format(place(line, Some("id")), Form::Id));
    }
    let reason = text(cell("rejection_reason"), place(line, Some("rejection_reason")), &mut read.faults);
    let external_reference =
        text(cell("external_reference"), place(line, Some("external_reference")), &mut read.faults);
    let minor = cell("amount_minor").map(|cell| number::<i64>(cell).ok_or(Form::WholeNumber));
    let major = cell("amount").map(|cell| number::<Decimal>(cell).ok_or(Form::Amount));
    for (column, form) in [("amount_minor", minor.and_then(Result::err)), ("amount", major.and_then(Result::err))] {
        read.faults.extend(form.map(|form| Fault::bad_format(place(line, Some(column)), form)));
    }
    if let (Some(line_id), Some(outcome)) = (id, outcome) {
        read.said.push(Said { line_id, outcome, reason, external_reference });
        let amounts = (minor.and_then(Result::ok), major.and_then(Result::ok));
        read.stated.push(Stated { line, amount_minor: amounts.0, amount: amounts.1 });
    }
}

/// The outcome that a cell names, in either language.
fn outcome(cell: &str) -> Option<Outcome> {
    let is_named =
        |word: &Outcome| word.slug().eq_ignore_ascii_case(cell) || Phrase::from(*word).text(Language::ZhCn) == cell;
    Outcome::ALL.into_iter().find(is_named)
}

/// What a cell may say, in both languages: whoever filled it in may know the words of the other one.
fn outcomes() -> Words {
    let named = |language| Outcome::ALL.map(|word| Phrase::from(word).text(language));
    listed([named(Language::En), named(Language::ZhCn)].concat())
}

/// The text of a cell, checked like the texts of requests.
fn text<F: TextForm, const MIN: usize, const MAX: usize>(
    cell: Option<&str>,
    place: String,
    faults: &mut Faults,
) -> Option<Clean<F, MIN, MAX>> {
    match Clean::parse(F::in_cell(cell?)) {
        Ok(text) => Some(text),
        Err(fault) => {
            faults.push(fault.at(place));
            None
        }
    }
}

/// A number as a spreadsheet shows it, with or without separators of thousands.
fn number<N: FromStr>(cell: &str) -> Option<N> {
    cell.replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use encoding_rs::GB18030;

    use super::*;

    const LINE: &str = "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b";

    fn found(read: FileRead) -> Vec<(String, FaultCode)> {
        read.faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    fn at(places: &[(&str, FaultCode)]) -> Vec<(String, FaultCode)> {
        places.iter().map(|(place, code)| (format!("/content_base64{place}"), *code)).collect()
    }

    #[test]
    fn what_a_spreadsheet_saves_is_read_in_both_encodings() {
        let text = format!(
            "\u{feff}ID,姓名,状态,拒绝原因,付款编号,金额\r\n{LINE},王芳,已拒绝,没有银行账户,,\"1,200.00\"\r\n{LINE},李四,,,,5\r\n"
        );
        let (chinese, _, _) = GB18030.encode(text.trim_start_matches('\u{feff}'));
        for bytes in [text.as_bytes(), &chinese] {
            let read = read(bytes);
            assert!(read.faults.is_empty());
            let said = &read.said[0];
            assert_eq!((said.outcome, said.reason.as_deref()), (Outcome::Rejected, Some("没有银行账户")));
            assert_eq!((read.said.len(), read.stated[0].line, read.stated[0].amount), (1, 2, "1200".parse().ok()));
        }
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        let text = format!(
            "id,status,external_reference,amount_minor\nx,gone,,1\n{LINE},paid,a\u{7}b,1.5\n{LINE}\n{LINE},,PAY-1,\n,,,\n"
        );
        let expected = at(&[
            ("/2/status", FaultCode::NotAllowed),
            ("/2/id", FaultCode::BadFormat),
            ("/3/external_reference", FaultCode::BadFormat),
            ("/3/amount_minor", FaultCode::BadFormat),
            ("/4", FaultCode::BadFormat),
            ("/5/status", FaultCode::Required),
        ]);
        assert_eq!(found(read(text.as_bytes())), expected);
    }

    #[test]
    fn a_file_is_read_no_further_than_its_faults_are_told() {
        let text = format!("id,status\n{}{LINE},paid\n", "x\n".repeat(MAX_FAULTS));
        let read = read(text.as_bytes());
        assert_eq!((read.faults.len(), read.said.len()), (MAX_FAULTS, 0));
    }

    #[test]
    fn a_file_without_its_columns_or_in_another_encoding_is_refused() {
        assert_eq!(found(read(b"")), at(&[("", FaultCode::Empty)]));
        let expected = at(&[("/1/id", FaultCode::Required), ("/1/status", FaultCode::Required)]);
        assert_eq!(found(read(b"name\nA\n")), expected);
        for separator in [";", "\t"] {
            let file = format!("id,status,amount\n{LINE},paid,1\n").replace(',', separator);
            assert_eq!(found(read(file.as_bytes())), at(&[("", FaultCode::BadFormat)]));
        }
        assert_eq!(found(read(b"id,status,status\n")), at(&[("/1/status", FaultCode::Duplicate)]));
        assert_eq!(found(read(b"id,status\nRen\xe9,\n")), at(&[("/2", FaultCode::BadFormat)]));
    }
}
