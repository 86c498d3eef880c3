//! A workbook that grows in a temporary file.

use std::fs::File;
use std::io::Seek as _;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};

use super::columns::Cell;
use crate::error::{Error, Result};

/// Number of rows of a sheet, the heading included.
const MAX_ROWS: u32 = 1_048_576;

/// The longest text of a cell, in UTF-16 units.
const MAX_UNITS: usize = 32_767;

/// The greatest number of digits that a spreadsheet keeps as they are.
const MAX_DIGITS: usize = 15;

/// The greatest number of decimals for which a format is at hand.
const MAX_DECIMALS: usize = 12;

pub struct Book {
    workbook: Workbook,
    headings: Vec<String>,
    /// The format of a number with so many decimals.
    formats: Vec<Format>,
    sheets: usize,
    /// The row to write next, in the last sheet.
    next: u32,
}

impl Book {
    pub fn begin(headings: Vec<String>) -> Result<Self> {
        let mut workbook = Workbook::new();
        // The same rows make the same bytes: the file does not say when it was made.
        let made = ExcelDateTime::from_ymd(2000, 1, 1).map_err(Error::internal)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
        let formats = (0..=MAX_DECIMALS).map(|decimals| Format::new().set_num_format(number_format(decimals)));
        let mut book = Self { workbook, headings, formats: formats.collect(), sheets: 0, next: 0 };
        book.begin_sheet()?;
        Ok(book)
    }

    fn begin_sheet(&mut self) -> Result<()> {
        let sheet = self.workbook.add_worksheet_with_constant_memory().map_err(Error::internal)?;
        sheet.set_freeze_panes(1, 0).map_err(Error::internal)?;
        for (column, heading) in (0..).zip(&self.headings) {
            sheet.write_string(0, column, heading).map_err(Error::internal)?;
        }
        self.sheets += 1;
        self.next = 1;
        Ok(())
    }

    /// Adds a row.
    pub fn add(&mut self, cells: Vec<Cell>) -> Result<()> {
        if self.next == MAX_ROWS {
            self.begin_sheet()?;
        }
        let sheet = self.workbook.worksheet_from_index(self.sheets - 1).map_err(Error::internal)?;
        for (column, cell) in (0..).zip(cells) {
            let written = match cell {
                Cell::Nothing => continue,
                Cell::Text(text) => sheet.write_string(self.next, column, shortened(text)),
                Cell::Number(digits) => match (exact(&digits), self.formats.get(decimals(&digits))) {
                    (Some(number), Some(format)) => sheet.write_number_with_format(self.next, column, number, format),
                    _ => sheet.write_string(self.next, column, digits),
                },
            };
            written.map_err(Error::internal)?;
        }
        self.next += 1;
        Ok(())
    }

    /// The file, to be read from its beginning. It has no name, and is gone when it is closed.
    pub fn finish(mut self) -> Result<File> {
        let mut file = tempfile::tempfile().map_err(Error::internal)?;
        self.workbook.save_to_writer(&mut file).map_err(Error::internal)?;
        file.rewind().map_err(Error::internal)?;
        Ok(file)
    }
}

fn number_format(decimals: usize) -> String {
    if decimals == 0 { "0".to_owned() } else { format!("0.{}", "0".repeat(decimals)) }
}

fn decimals(number: &str) -> usize {
    number.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

/// The number as a cell holds it, if a spreadsheet shows the same digits.
#[expect(clippy::disallowed_types, reason = "a cell holds no other numbers; up to 15 digits come out as they went in")]
fn exact(number: &str) -> Option<f64> {
    let digits = number.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count();
    if digits <= MAX_DIGITS { number.parse().ok() } else { None }
}

/// The text, cut to what a cell holds.
fn shortened(text: String) -> String {
    if text.encode_utf16().count() <= MAX_UNITS {
        return text;
    }
    let (mut units, mut short) = (1, String::new());
    for sign in text.chars() {
        units += sign.len_utf16();
        if units > MAX_UNITS {
            break;
        }
        short.push(sign);
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_only_as_long_as_no_digit_is_lost() {
        for number in ["0", "-5", "800.00", "999999999999999", "-9999999999999.99", "0.000000000000001", "000123"] {
            assert!(exact(number).is_some(), "{number}");
        }
        for number in ["1000000000000000", "9007199254740991", "-10000000000000.01", "1e5x"] {
            assert!(exact(number).is_none(), "{number}");
        }
        assert_eq!((decimals("800.00"), decimals("5")), (2, 0));
        assert_eq!((number_format(2), number_format(0)), ("0.00".to_owned(), "0".to_owned()));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(shortened("王芳".to_owned()), "王芳");
        let whole = "😀".repeat(MAX_UNITS / 2);
        assert_eq!(shortened(whole.clone()), whole);
        let cut = shortened("😀".repeat(MAX_UNITS));
        assert!(cut.ends_with("😀…"));
        assert_eq!(cut.encode_utf16().count(), MAX_UNITS);
    }

    #[test]
    fn the_same_rows_make_the_same_bytes() {
        let made = || {
            let mut book = Book::begin(vec!["a".to_owned(), "b".to_owned()]).unwrap();
            book.add(vec![Cell::text("=1+1"), Cell::number("800.00")]).unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut book.finish().unwrap(), &mut bytes).unwrap();
            bytes
        };
        assert_eq!(made(), made());
    }
}
