//! Ids, injected like the time: UUIDv7, whose order is the order of creation within one process.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::timestamp::context::ContextV7;
use uuid::{Timestamp, Uuid};

use super::clock::Clock;

/// Generates ids from the injected clock.
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

    /// A new id (UUIDv7). It is greater than every id generated before by this generator or its clones, as long as the clock
    /// does not go back.
    #[must_use]
    pub fn next(&self) -> Uuid {
        let now = self.clock.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*context, seconds, now.timestamp_subsec_nanos()))
    }

    /// An id that reveals neither time nor order (UUIDv4), for what must not be traceable to a moment.
    #[must_use]
    pub fn random() -> Uuid {
        Uuid::new_v4()
    }
}
