//! Waiting for what another task or process does.

use std::time::{Duration, Instant};

/// How long real work may take, at the most, on a machine that has much else to do.
pub const WORK: Duration = Duration::from_secs(300);

/// How long a thing may take, at the most, that usually takes no time at all.
pub const MOMENT: Duration = Duration::from_secs(60);

/// Between two looks, so that looking takes nothing away from the work.
const PAUSE: Duration = Duration::from_millis(10);

/// Looks until there is what is waited for. Who looks in vain says what there is instead, and the last of that is told if it does
/// not come in time.
pub async fn until<T>(what: &str, within: Duration, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
    let begun = Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(instead) => assert!(begun.elapsed() < within, "not within {within:?}: {what}; there is {instead}"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}
