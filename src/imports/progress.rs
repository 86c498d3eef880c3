//! How far an import has come, for whoever watches it.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Counts the rows of an import: each is first checked and then stored. The reader and the transaction share it with who watches.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Steps>);

#[derive(Debug, Default)]
struct Steps {
    checked: AtomicI64,
    stored: AtomicI64,
    /// Of both; 0 until everything was checked.
    total: AtomicI64,
}

impl Progress {
    pub(super) fn check(&self, rows: usize) {
        add(&self.0.checked, rows);
    }

    /// Everything was checked: so many rows are stored.
    pub(super) fn will_store(&self, rows: usize) {
        let checked = self.0.checked.load(Ordering::Relaxed);
        self.0.total.store(checked.saturating_add(counted(rows)), Ordering::Relaxed);
    }

    pub(super) fn store(&self, rows: usize) {
        add(&self.0.stored, rows);
    }

    /// Does the work, and tells how far it has come as long as it takes.
    pub async fn told<T, F: Future<Output = ()>>(
        &self,
        work: impl Future<Output = T>,
        every: Duration,
        tell: impl Fn((i64, Option<i64>)) -> F,
    ) -> T {
        let mut work = pin!(work);
        loop {
            match tokio::time::timeout(every, work.as_mut()).await {
                Ok(outcome) => return outcome,
                Err(_) => tell(self.steps()).await,
            }
        }
    }

    /// The rows checked and those stored, together; and how many that will be, once it is known.
    #[must_use]
    pub fn steps(&self) -> (i64, Option<i64>) {
        let [checked, stored, total] =
            [&self.0.checked, &self.0.stored, &self.0.total].map(|steps| steps.load(Ordering::Relaxed));
        (checked.saturating_add(stored), (total > 0).then_some(total))
    }
}

fn add(steps: &AtomicI64, rows: usize) {
    steps.fetch_add(counted(rows), Ordering::Relaxed);
}

fn counted(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
