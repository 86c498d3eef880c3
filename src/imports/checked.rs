//! The large files, read only for their faults.

use std::collections::{BTreeMap, BTreeSet};

use super::Reading;
use super::content::Input;
use super::fault_log::FaultLog;
use super::file::Rows;
use super::layout::FileKind;
use super::order::Counts;
use super::row::Row;

/// What is known of large files that have been read.
pub(super) struct Checked {
    pub log: FaultLog,
    pub read: Counts,
    pub seconds: BTreeMap<FileKind, BTreeSet<u64>>,
}

impl Checked {
    /// Reads a large file to its end. Returns false if it could not be read.
    pub fn drain<T: Row>(&mut self, mut rows: Rows<'_, T, Input>, reading: &Reading) -> bool {
        rows.spill_to(reading.ledger.clone());
        let mut sound = 0;
        for row in rows.by_ref() {
            reading.progress.check(1);
            match row {
                Ok(_) => sound += 1,
                Err(faults) => self.log.extend(faults),
            }
        }
        let (faults, total) = rows.late_faults();
        if let Some(last) = faults.last().cloned() {
            sound = usize::try_from(total).map_or(0, |late| usize::saturating_sub(sound, late));
            let unnamed = total.saturating_sub(u64::try_from(faults.len()).unwrap_or(total));
            self.log.extend(faults);
            self.log.count_more(&last, unnamed);
        }
        note_read(&mut self.read, T::KIND, sound);
        let is_usable = rows.is_usable();
        self.seconds.extend(rows.into_seconds().map(|seconds| (T::KIND, seconds)));
        is_usable
    }
}

/// Notes how many rows without a fault a file has.
pub(super) fn note_read(read: &mut Counts, kind: FileKind, rows: usize) {
    if rows > 0 {
        read.insert(kind.stem().to_owned(), rows);
    }
}
