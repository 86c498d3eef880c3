//! Comma-separated records (RFC 4180), each with the line on which it starts.
//!
//! The `csv` crate is not used for reading: after CRLF or blank lines it reports line numbers that are too low, and it silently
//! reads a quote that is never closed as one cell with the rest of the file.

use std::io::{self, BufRead};

/// The maximum size of one record. Longer ones are read to their end but not kept.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// One record: the bytes of its cells, unquoted.
#[derive(Debug, Default)]
pub struct Record {
    bytes: Vec<u8>,
    /// Where each cell ends in `bytes`.
    ends: Vec<usize>,
    /// The line on which it starts, from 1.
    pub line: u64,
    pub flaw: Option<Flaw>,
}

/// The fault in the form of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    OpenQuote,
    StrayQuote,
    TooLong,
}

/// The reader's position within a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the start of a cell.
    Start,
    /// In an unquoted cell.
    Bare,
    /// Between quotes.
    Quoted,
    /// After a quote within quotes: the cell ends here, or the quote is doubled.
    Closed,
}

/// Reads records one after the other, with only one in memory.
#[derive(Debug)]
pub struct Records<R> {
    input: R,
    /// The line of the next byte.
    line: u64,
    /// Whether the last byte was a carriage return: a line feed after it belongs to it.
    after_return: bool,
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Record {
    #[must_use]
    pub fn cell_count(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of a cell, counted from 0.
    #[must_use]
    pub fn cell(&self, i: usize) -> Option<&[u8]> {
        let end = *self.ends.get(i)?;
        let start = i.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.bytes.get(start..end)
    }

    /// Whether every cell is blank, as in the empty rows that spreadsheets write at the end.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.flaw.is_none() && self.bytes.iter().all(u8::is_ascii_whitespace)
    }

    /// Whether a cell, counted from 0, is blank.
    #[must_use]
    pub fn is_blank_cell(&self, i: usize) -> bool {
        self.cell(i).is_none_or(|cell| cell.iter().all(u8::is_ascii_whitespace))
    }

    /// Whether all bytes are UTF-8, cell by cell.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        (0..self.cell_count()).all(|i| self.cell(i).is_some_and(|cell| std::str::from_utf8(cell).is_ok()))
    }

    fn clear(&mut self, line: u64) {
        self.bytes.clear();
        self.ends.clear();
        self.line = line;
        self.flaw = None;
    }

    fn push(&mut self, bytes: &[u8]) {
        if self.bytes.len() + bytes.len() > MAX_RECORD_BYTES {
            self.flaw.get_or_insert(Flaw::TooLong);
        } else if self.flaw != Some(Flaw::TooLong) {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn end_cell(&mut self) {
        if self.ends.len() < MAX_RECORD_BYTES {
            self.ends.push(self.bytes.len());
        } else {
            self.flaw.get_or_insert(Flaw::TooLong);
        }
    }
}

impl<R: BufRead> Records<R> {
    pub fn new(input: R) -> Self {
        Self { input, line: 1, after_return: false }
    }

    /// Reads the next record that is not blank. Returns false at the end of the input.
    pub fn read(&mut self, record: &mut Record) -> io::Result<bool> {
        loop {
            if !self.read_one(record)? {
                return Ok(false);
            }
            if !record.is_blank() {
                return Ok(true);
            }
        }
    }

    fn read_one(&mut self, record: &mut Record) -> io::Result<bool> {
        self.skip_line_feed()?;
        record.clear(self.line);
        let mut place = if self.line == 1 { self.skip_byte_order_mark(record)? } else { Place::Start };
        let mut any = place == Place::Bare;
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                if any {
                    if place == Place::Quoted {
                        record.flaw = Some(Flaw::OpenQuote);
                    }
                    record.end_cell();
                }
                return Ok(any);
            }
            any = true;
            let Step { used, lines, ended, place: next } = step(buffer, place, record);
            self.after_return = ended && used > 0 && buffer.get(used - 1) == Some(&b'\r');
            self.line += lines;
            self.input.consume(used);
            place = next;
            if ended {
                return Ok(true);
            }
        }
    }

    /// Spreadsheets put a byte order mark before UTF-8. Bytes that only begin like the mark belong to the first cell.
    fn skip_byte_order_mark(&mut self, record: &mut Record) -> io::Result<Place> {
        for (matched, byte) in BYTE_ORDER_MARK.iter().enumerate() {
            if self.input.fill_buf()?.first() != Some(byte) {
                record.push(BYTE_ORDER_MARK.get(..matched).unwrap_or_default());
                return Ok(if matched == 0 { Place::Start } else { Place::Bare });
            }
            self.input.consume(1);
        }
        Ok(Place::Start)
    }

    /// The record before leaves the second half of a CRLF unread.
    fn skip_line_feed(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.after_return) && self.input.fill_buf()?.first() == Some(&b'\n') {
            self.input.consume(1);
        }
        Ok(())
    }
}

/// A header cell in the form in which columns are known: lower case, `_` for spaces and hyphens, brackets as wide as Chinese characters, without
/// the `*` with which templates mark required columns.
#[must_use]
pub fn plain_name(cell: &str) -> String {
    let plain = cell.trim().trim_matches('*').trim().to_lowercase().replace([' ', '-'], "_");
    plain.replace('：', ":").replace('(', "（").replace(')', "）")
}

/// The result of processing one piece of the input.
struct Step {
    used: usize,
    /// Number of line ends passed, including that of the record.
    lines: u64,
    /// Whether the record is complete.
    ended: bool,
    place: Place,
}

/// Processes bytes up to the end of the record or of the buffer.
fn step(buffer: &[u8], mut place: Place, record: &mut Record) -> Step {
    let (mut used, mut lines) = (0, 0);
    while let Some(rest) = buffer.get(used..).filter(|rest| !rest.is_empty()) {
        let plain = plain_length(rest, place);
        if let Some(run) = rest.get(..plain).filter(|run| !run.is_empty()) {
            if place == Place::Closed {
                record.flaw.get_or_insert(Flaw::StrayQuote);
            }
            record.push(run);
            lines += if place == Place::Quoted { line_feeds(run) } else { 0 };
            place = if place == Place::Quoted { Place::Quoted } else { Place::Bare };
            used += plain;
            continue;
        }
        let Some(&byte) = rest.first() else { break };
        used += 1;
        match (place, byte) {
            (Place::Start, b'"') => place = Place::Quoted,
            (Place::Quoted, _) => place = Place::Closed,
            (Place::Closed, b'"') => {
                record.push(b"\"");
                place = Place::Quoted;
            }
            (_, b',') => {
                record.end_cell();
                place = Place::Start;
            }
            (_, b'\r' | b'\n') => {
                record.end_cell();
                return Step { used, lines: lines + 1, ended: true, place };
            }
            _ => record.push(&[byte]),
        }
    }
    Step { used, lines, ended: false, place }
}

/// The number of bytes that have no special meaning at this position.
fn plain_length(rest: &[u8], place: Place) -> usize {
    let special = |byte: &u8| match place {
        Place::Quoted => *byte == b'"',
        Place::Bare => matches!(byte, b',' | b'\r' | b'\n'),
        Place::Start | Place::Closed => matches!(byte, b',' | b'\r' | b'\n' | b'"'),
    };
    rest.iter().position(special).unwrap_or(rest.len())
}

fn line_feeds(run: &[u8]) -> u64 {
    run.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn read(text: &str, capacity: usize) -> Vec<(u64, Vec<String>, Option<Flaw>)> {
        let mut records = Records::new(BufReader::with_capacity(capacity, text.as_bytes()));
        let mut record = Record::default();
        let mut found = Vec::new();
        while records.read(&mut record).unwrap() {
            let cells = (0..record.cell_count()).map(|i| String::from_utf8(record.cell(i).unwrap().to_vec()).unwrap());
            found.push((record.line, cells.collect(), record.flaw));
        }
        found
    }

    #[test]
    fn lines_are_those_of_the_file_whatever_ends_them() {
        for (text, lines) in [
            ("a,b\r\n1,2\r\n3,4\r\n", vec![1, 2, 3]),
            ("\u{feff}a,b\r\n\r\n1,2\r\n\r\n,\r\n3,4", vec![1, 3, 6]),
            ("a,b\n\"x\ny\",2\n\n3,4\n", vec![1, 2, 5]),
            ("a,b\r\n\"x\r\ny\",2\r\n3,4\r\n", vec![1, 2, 4]),
            ("a,b\r1,2\r\r3,4", vec![1, 2, 4]),
            ("", vec![]),
            ("\n\n", vec![]),
        ] {
            for capacity in [1, 2, 3, 64] {
                let found: Vec<u64> = read(text, capacity).iter().map(|(line, ..)| *line).collect();
                assert_eq!(found, lines, "{text:?} by {capacity}");
            }
        }
    }

    #[test]
    fn quotes_are_taken_off_and_their_flaws_named() {
        for (text, cells, flaw) in [
            ("\u{feff}\"a\",\"b\"\"c\",\"d,e\"", vec!["a", "b\"c", "d,e"], None),
            ("a \"b\" c,", vec!["a \"b\" c", ""], None),
            ("\"\",x", vec!["", "x"], None),
            ("\"a\"b,c", vec!["ab", "c"], Some(Flaw::StrayQuote)),
            ("a,\"b\nc", vec!["a", "b\nc"], Some(Flaw::OpenQuote)),
        ] {
            for capacity in [1, 4, 64] {
                assert_eq!(
                    read(text, capacity),
                    [(1, cells.iter().map(ToString::to_string).collect(), flaw)],
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn an_endless_row_is_not_kept() {
        let text = format!("a,b\n{},c\nd,e\n", "x".repeat(MAX_RECORD_BYTES + 1));
        let found = read(&text, 4096);
        assert_eq!(found[1].2, Some(Flaw::TooLong));
        assert_eq!(found[2], (3, vec!["d".into(), "e".into()], None));
    }
}
