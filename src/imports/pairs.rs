//! Which people appear with which sessions in a file, and which rows name the same pair again.

use std::collections::{BTreeSet, HashMap};

use super::MAX_NAMED_FAULTS;
use super::index::{Index, Reference};
use super::ledger::{Book, Ledger, NotedPair, Second};

/// The pairs of a file: about 20 bytes each, whatever the length of the codes. With a ledger, no more of them are held than its limit.
#[derive(Debug, Default)]
pub struct Pairs {
    lines: HashMap<(u32, u32), u64>,
    /// Numbers for codes that are not in the import, counted down from the maximum.
    outside: HashMap<Box<str>, u32>,
    /// The second rows found so far, as many as can be named.
    seconds: BTreeSet<u64>,
    ledger: Option<Ledger>,
    /// From the limit on, where pairs are noted; second rows are then found when all rows are noted.
    book: Option<Book>,
    waiting: Vec<NotedPair>,
}

impl Pairs {
    /// Has pairs beyond the limit of the ledger noted there.
    pub(super) fn spill_to(&mut self, ledger: Option<Ledger>) {
        self.ledger = ledger;
    }

    /// Claims the pair for a line. Fails with the line that already has it, if that is known yet.
    pub(super) fn claim(&mut self, index: &Index, session: &str, employee: &str, line: u64) -> Result<(), u64> {
        let pair = (self.id(index, Reference::Session, session), self.id(index, Reference::Employee, employee));
        if self.book.is_some() {
            self.waiting.push(noted(pair, line));
        } else if let Some(first) = self.lines.get(&pair).copied() {
            if self.seconds.len() < MAX_NAMED_FAULTS {
                self.seconds.insert(line);
            }
            return Err(first);
        } else {
            self.lines.insert(pair, line);
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
        let held = std::mem::take(&mut self.lines).into_iter().map(|(pair, line)| noted(pair, line));
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

    fn id(&mut self, index: &Index, reference: Reference, key: &str) -> u32 {
        if let Some(id) = index.id(reference, key) {
            return id;
        }
        // A session and a person with the same code may share a number, because they are in different halves of the pair.
        if let Some(id) = self.outside.get(key) {
            return *id;
        }
        let id = u32::MAX - u32::try_from(self.outside.len()).unwrap_or(u32::MAX);
        self.outside.insert(key.into(), id);
        id
    }
}

fn noted((session, employee): (u32, u32), line: u64) -> NotedPair {
    ((i64::from(session) << 32) | i64::from(employee), i64::try_from(line).unwrap_or(i64::MAX))
}
