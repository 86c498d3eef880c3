//! What must be different in every row of a file: a pair of session and person, or an id that others do not refer to.

use std::collections::{BTreeSet, HashMap};

use super::MAX_NAMED_FAULTS;
use super::ledger::{Book, Ledger, NotedKey, Second};

/// The keys of a file. With a ledger, no more of them are held than its limit.
#[derive(Debug, Default)]
pub struct Distinct {
    lines: HashMap<Box<str>, u64>,
    /// The second rows found so far, as many as can be named.
    seconds: BTreeSet<u64>,
    ledger: Option<Ledger>,
    /// From the limit on, where keys are noted; second rows are then found when all rows are noted.
    book: Option<Book>,
    waiting: Vec<NotedKey>,
}

impl Distinct {
    /// Has keys beyond the limit of the ledger noted there.
    pub(super) fn spill_to(&mut self, ledger: Option<Ledger>) {
        self.ledger = ledger;
    }

    /// Claims the key for a line. Fails with the line that already has it, if that is known yet.
    pub(super) fn claim(&mut self, key: Box<str>, line: u64) -> Result<(), u64> {
        if self.book.is_some() {
            self.waiting.push(noted(key, line));
        } else if let Some(first) = self.lines.get(&key).copied() {
            if self.seconds.len() < MAX_NAMED_FAULTS {
                self.seconds.insert(line);
            }
            return Err(first);
        } else {
            self.lines.insert(key, line);
        }
        self.note_if_full();
        Ok(())
    }

    fn note_if_full(&mut self) {
        let Some(ledger) = &self.ledger else { return };
        if self.lines.len() + self.waiting.len() < ledger.limit {
            return;
        }
        let book = self.book.get_or_insert_with(|| ledger.open());
        let held = std::mem::take(&mut self.lines).into_iter().map(|(key, line)| noted(key, line));
        self.waiting.extend(held);
        book.note(std::mem::take(&mut self.waiting));
    }

    /// After the last row: the second rows that were not known before, in order. None if that cannot be said.
    pub(super) fn late_seconds(&mut self) -> Option<Vec<Second>> {
        let Some(book) = &self.book else { return Some(Vec::new()) };
        book.note(std::mem::take(&mut self.waiting));
        let late = book.seconds()?;
        self.seconds.extend(late.iter().filter_map(|second| u64::try_from(second.line).ok()));
        Some(late)
    }

    /// The lines of all second rows, if they are not found anew when the file is read again.
    pub(super) fn into_seconds(self) -> Option<BTreeSet<u64>> {
        self.book.is_some().then_some(self.seconds)
    }
}

/// The key of a pair. No text of a file has the character between the two.
pub(super) fn pair_key(session: &str, employee: &str) -> Box<str> {
    format!("{session}\u{1f}{employee}").into_boxed_str()
}

fn noted(key: Box<str>, line: u64) -> NotedKey {
    (key.into_string(), i64::try_from(line).unwrap_or(i64::MAX))
}
