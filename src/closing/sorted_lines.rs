//! Lines that are taken out in the order of their bytes, however many there are.

use std::io::{self, Read, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// How many lines are sorted at a time.
const RUN: usize = 1_000;

/// Few lines are kept as they are. Of many, sorted runs are kept compressed, and merged when they are taken out.
#[derive(Debug, Default)]
pub struct SortedLines {
    waiting: Vec<Vec<u8>>,
    runs: Vec<Run>,
}

#[derive(Debug)]
struct Run {
    count: usize,
    compressed: Vec<u8>,
}

impl SortedLines {
    pub fn push(&mut self, line: Vec<u8>) -> io::Result<()> {
        self.waiting.push(line);
        if self.waiting.len() < RUN { Ok(()) } else { self.end_run() }
    }

    fn end_run(&mut self) -> io::Result<()> {
        self.waiting.sort_unstable();
        let count = self.waiting.len();
        let mut compressed = DeflateEncoder::new(Vec::new(), Compression::fast());
        for line in self.waiting.drain(..) {
            compressed.write_all(&line.len().to_be_bytes())?;
            compressed.write_all(&line)?;
        }
        self.runs.push(Run { count, compressed: compressed.finish()? });
        Ok(())
    }

    /// Takes all lines out.
    pub fn take_out(&mut self, mut write: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if self.runs.is_empty() {
            self.waiting.sort_unstable();
            return self.waiting.drain(..).try_for_each(|line| write(&line));
        }
        self.end_run()?;
        let runs = std::mem::take(&mut self.runs);
        let mut open = Vec::with_capacity(runs.len());
        for run in &runs {
            open.extend(Open::first(run)?);
        }
        while let Some((at, _)) = open.iter().enumerate().min_by(|(_, a), (_, b)| a.line.cmp(&b.line)) {
            let least = open.swap_remove(at);
            write(&least.line)?;
            open.extend(Open::next(least.left, least.rest)?);
        }
        Ok(())
    }
}

/// A run whose next line has been read.
struct Open<'a> {
    line: Vec<u8>,
    left: usize,
    rest: DeflateDecoder<&'a [u8]>,
}

impl<'a> Open<'a> {
    fn first(run: &'a Run) -> io::Result<Option<Self>> {
        Self::next(run.count, DeflateDecoder::new(run.compressed.as_slice()))
    }

    fn next(left: usize, mut rest: DeflateDecoder<&'a [u8]>) -> io::Result<Option<Self>> {
        let Some(left) = left.checked_sub(1) else { return Ok(None) };
        let mut length = 0_usize.to_be_bytes();
        rest.read_exact(&mut length)?;
        let mut line = vec![0; usize::from_be_bytes(length)];
        rest.read_exact(&mut line)?;
        Ok(Some(Self { line, left, rest }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_out(lines: &mut SortedLines) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        let write = |line: &[u8]| {
            found.push(line.to_vec());
            Ok(())
        };
        lines.take_out(write).unwrap();
        found
    }

    #[test]
    fn any_number_of_lines_comes_out_in_the_order_of_their_bytes() {
        for count in [0, 1, RUN - 1, RUN, 2 * RUN + 7] {
            let mut given: Vec<Vec<u8>> =
                (0..count).map(|at| (at * 7_919 % 1_009).to_string().repeat(1 + at % 3).into_bytes()).collect();
            let mut lines = SortedLines::default();
            for line in &given {
                lines.push(line.clone()).unwrap();
            }
            given.sort();
            assert_eq!(taken_out(&mut lines), given, "{count}");
            lines.push(b"anew".to_vec()).unwrap();
            assert_eq!(taken_out(&mut lines), [b"anew"]);
        }
    }
}
