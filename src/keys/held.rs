//! Signatures that held before. What holds once holds for ever, and the same token comes again and again: to know it again takes a
//! digest, which is far less than a verification.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest;

/// How many of the last ones are known at least. At most it is twice as many.
const KNOWN: usize = 4096;

/// SHA-256 of a signature and what it signs.
type Seen = [u8; 32];

/// The last signatures that held.
#[derive(Default)]
pub(super) struct Held(Mutex<Halves>);

/// When the newer half is full, the older one is forgotten.
#[derive(Default)]
struct Halves {
    newer: HashSet<Seen>,
    older: HashSet<Seen>,
}

impl Held {
    /// Whether the signature holds. It is verified unless it is known.
    pub(super) fn holds(&self, message: &[u8], signature: &[u8], verify: impl FnOnce() -> bool) -> bool {
        let Some(seen) = seen(message, signature) else { return verify() };
        if self.knows(&seen) {
            return true;
        }
        let holds = verify();
        if holds {
            self.learn(seen);
        }
        holds
    }

    fn knows(&self, seen: &Seen) -> bool {
        let halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.newer.contains(seen) || halves.older.contains(seen)
    }

    fn learn(&self, seen: Seen) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if halves.newer.len() >= KNOWN {
            halves.older = std::mem::take(&mut halves.newer);
        }
        halves.newer.insert(seen);
    }
}

fn seen(message: &[u8], signature: &[u8]) -> Option<Seen> {
    let mut context = digest::Context::new(&digest::SHA256);
    // The length comes first, so that no signature and message read like another pair.
    context.update(&(signature.len() as u64).to_be_bytes());
    context.update(signature);
    context.update(message);
    context.finish().as_ref().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_held_is_known_again_and_nothing_else() {
        let held = Held::default();
        assert!(!held.holds(b"message", b"bad", || false), "what does not hold is not learnt");
        assert!(!held.holds(b"message", b"bad", || false));
        assert!(held.holds(b"message", b"good", || true));
        assert!(held.holds(b"message", b"good", || panic!("it is known")));
        let others: [(&[u8], &[u8]); 3] = [(b"massage", b"good"), (b"message", b"goo"), (b"dmessage", b"goo")];
        for (message, signature) in others {
            assert!(!held.holds(message, signature, || false));
        }
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let held = Held::default();
        let numbers = |range: std::ops::Range<usize>| range.map(usize::to_be_bytes);
        for number in numbers(0..3 * KNOWN) {
            assert!(held.holds(&number, b"good", || true));
        }
        assert!(numbers(2 * KNOWN..3 * KNOWN).all(|number| held.holds(&number, b"good", || false)));
        assert!(!held.holds(&0_usize.to_be_bytes(), b"good", || false));
        let halves = held.0.lock().unwrap();
        assert!(halves.newer.len() + halves.older.len() <= 2 * KNOWN);
    }
}
