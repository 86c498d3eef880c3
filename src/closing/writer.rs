//! Writes the canonical form of a period of any size, one lecturer at a time.

use std::io::{self, Write};

use aws_lc_rs::digest::{Context, SHA256};

use super::canonical::{LecturerResult, PeriodTerms, canonical_lecturer, canonical_terms};
use super::sorted_lines::SortedLines;

/// Writes the canonical form one lecturer at a time, ordered by employee number.
#[derive(Debug)]
pub struct CanonicalWriter<W: Write> {
    out: W,
    /// The employee number of the lecturers in `pending`.
    number: Option<String>,
    /// Lecturers with the same number (none, for example). They are written in the order of their bytes.
    pending: SortedLines,
    separator: &'static [u8],
}

impl<W: Write> CanonicalWriter<W> {
    pub fn new(out: W) -> Self {
        Self { out, number: None, pending: SortedLines::default(), separator: br#"{"lecturers":["# }
    }

    /// # Errors
    /// If the employee number comes before the last one (by code point), or if writing fails.
    pub fn write_lecturer(&mut self, lecturer: &LecturerResult<'_>) -> io::Result<()> {
        self.write_bytes(&lecturer.inputs.employee_number, canonical_lecturer(lecturer)?)
    }

    /// Writes a lecturer's bytes from [`canonical_lecturer`], which may have run on another thread.
    ///
    /// # Errors
    /// As for [`Self::write_lecturer`].
    pub fn write_bytes(&mut self, number: &str, lecturer: Vec<u8>) -> io::Result<()> {
        if self.number.as_deref().is_some_and(|last| number < last) {
            let message = "lecturers are not in the order of their employee numbers";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if self.number.as_deref() != Some(number) {
            self.flush_pending()?;
            self.number = Some(number.to_owned());
        }
        self.pending.push(lecturer)
    }

    /// Writes the part that applies to the whole period, and returns the output.
    ///
    /// # Errors
    /// If writing fails.
    pub fn finish(mut self, terms: &PeriodTerms<'_>) -> io::Result<W> {
        self.flush_pending()?;
        if self.number.is_none() {
            self.out.write_all(self.separator)?;
        }
        let terms = canonical_terms(terms)?;
        // The terms are an object whose members all come after `lecturers`, so their opening brace becomes a comma.
        self.out.write_all(b"],")?;
        self.out.write_all(terms.strip_prefix(b"{").unwrap_or(&terms))?;
        Ok(self.out)
    }

    fn flush_pending(&mut self) -> io::Result<()> {
        let Self { out, pending, separator, .. } = self;
        pending.take_out(|bytes| {
            out.write_all(separator)?;
            out.write_all(bytes)?;
            *separator = b",";
            Ok(())
        })
    }
}

/// A sink that keeps only the SHA-256 of what is written to it.
#[derive(Clone)]
pub struct Sha256Writer(Context);

impl Default for Sha256Writer {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Sha256Writer {
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn finish(self) -> String {
        self.0.finish().as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
            hex.extend(
                [byte >> 4, byte & 0x0f].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or_default()),
            );
            hex
        })
    }
}

impl Write for Sha256Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
