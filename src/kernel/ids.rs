//! Ids, injected like the time: UUIDv7, whose order is the order of making within one process.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::timestamp::context::ContextV7;
use uuid::{Timestamp, Uuid};

use super::clock::Clock;

/// Makes ids from the injected clock.
#[derive(Clone, Debug)]
pub struct Ids {
    clock: Clock,
    context: Arc<Mutex<ContextV7>>,
}

impl Ids {
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, context: Arc::new(Mutex::new(ContextV7::new())) }
    }

    /// A new id (UUIDv7), greater than every id made before it by this or a cloned maker while the clock does not go back.
    #[must_use]
    pub fn next(&self) -> Uuid {
        let now = self.clock.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*context, seconds, now.timestamp_subsec_nanos()))
    }

    /// An id that tells neither time nor order (UUIDv4), for what must not be traced to a moment.
    #[must_use]
    pub fn random() -> Uuid {
        Uuid::new_v4()
    }
}
