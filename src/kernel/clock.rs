//! The time, injected as a [`Clock`] wherever it is needed, so that a test can set it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, DurationRound as _, SubsecRound as _, TimeDelta, Utc};

/// Tells the time in microseconds, the precision of Postgres.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The system time.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until [`Clock::set`] changes it.
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.timestamp_micros()))))
    }

    /// The current instant.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => Utc::now().trunc_subsecs(6),
            Source::Manual(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or(DateTime::UNIX_EPOCH)
            }
        }
    }

    /// Sets a manual clock and all its clones; a system clock is not changed.
    pub fn set(&self, instant: DateTime<Utc>) {
        if let Source::Manual(micros) = &self.0 {
            micros.store(instant.timestamp_micros(), Ordering::SeqCst);
        }
    }
}

/// The start of the instant's day (UTC).
#[must_use]
pub fn start_of_day(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.duration_trunc(TimeDelta::days(1)).unwrap_or(instant)
}

/// The end of the instant's day (UTC).
#[must_use]
pub fn end_of_day(instant: DateTime<Utc>) -> DateTime<Utc> {
    start_of_day(instant) + TimeDelta::days(1)
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
