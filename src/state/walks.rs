//! What the first page of a list has computed for the next ones, where each page would have to compute all of it again: kept in memory,
//! for a while, and not too much of it. Whoever comes too late, or to another instance, has it computed again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// How long the pages after the first may take.
const LASTS: TimeDelta = TimeDelta::minutes(15);

/// How much all of them may take up. The oldest go first.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Some rows of a list, packed, with the key of the last of them.
#[derive(Debug)]
pub struct Part {
    pub last: Uuid,
    pub rows: Vec<u8>,
}

/// The tenant, and what is listed.
pub type WalkOf = (Uuid, Uuid);

/// One walk through a list, from its first page to the last.
#[derive(Debug)]
struct Walk {
    id: Uuid,
    of: WalkOf,
    until: DateTime<Utc>,
    bytes: usize,
    parts: Arc<Vec<Part>>,
}

/// The walks of this process.
#[derive(Debug, Default)]
pub struct Walks(Mutex<VecDeque<Walk>>);

impl Walks {
    /// Keeps all parts of a list for the pages that follow.
    pub fn keep(&self, id: Uuid, of: WalkOf, now: DateTime<Utc>, parts: Arc<Vec<Part>>) {
        let bytes: usize = parts.iter().map(|part| part.rows.len()).sum();
        let mut walks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        walks.retain(|walk| walk.until > now && walk.id != id);
        walks.push_back(Walk { id, of, until: now + LASTS, bytes, parts });
        let mut all: usize = walks.iter().map(|walk| walk.bytes).sum();
        while all > MOST_BYTES {
            let Some(oldest) = walks.pop_front() else { return };
            all -= oldest.bytes;
        }
    }

    /// The parts of a walk, if they are still here.
    pub fn find(&self, id: Uuid, of: WalkOf, now: DateTime<Utc>) -> Option<Arc<Vec<Part>>> {
        let walks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = walks.iter().find(|walk| walk.id == id && walk.of == of && walk.until > now);
        found.map(|walk| Arc::clone(&walk.parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(bytes: usize) -> Arc<Vec<Part>> {
        Arc::new(vec![Part { last: Uuid::nil(), rows: vec![0; bytes] }])
    }

    #[test]
    fn a_walk_is_found_for_a_while_by_whose_it_is() {
        let (walks, now) = (Walks::default(), DateTime::<Utc>::UNIX_EPOCH);
        let [one, other, tenant, list] = [1, 2, 3, 4].map(Uuid::from_u128);
        walks.keep(one, (tenant, list), now, parts(10));
        assert!(walks.find(one, (tenant, list), now).is_some());
        assert!(walks.find(other, (tenant, list), now).is_none());
        assert!(walks.find(one, (list, list), now).is_none() && walks.find(one, (tenant, one), now).is_none());
        assert!(walks.find(one, (tenant, list), now + LASTS).is_none());
    }

    #[test]
    fn the_oldest_walks_make_room() {
        let (walks, now) = (Walks::default(), DateTime::<Utc>::UNIX_EPOCH);
        let ids = [1, 2, 3].map(Uuid::from_u128);
        for id in ids {
            walks.keep(id, (id, id), now, parts(MOST_BYTES / 2));
        }
        let found = ids.map(|id| walks.find(id, (id, id), now).is_some());
        assert_eq!(found, [false, true, true]);
        walks.keep(ids[0], (ids[0], ids[0]), now, parts(MOST_BYTES + 1));
        assert!(ids.iter().all(|id| walks.find(*id, (*id, *id), now).is_none()), "what is too much is not kept");
    }
}
