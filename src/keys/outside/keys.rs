//! An issuer's known keys, and when to fetch them again.
//!
//! - A set of keys is fresh for an hour. A token with an unknown key, or one that finds the set expired, causes a fetch, at
//!   most once a minute. Without any keys, the next try can come after 10 seconds.
//! - However many requests need a fetch, only one is made, and the others wait for it.
//! - While fetches fail, the old set can be used for a day. Not longer, because somebody who keeps us from reaching the
//!   issuer must not be able to keep a withdrawn key valid.
//! - The first request that finds a set expired waits for the new one, so that a withdrawn key is refused after an hour. If
//!   the last fetch failed, requests with a known key do not wait: an issuer that is down must not slow them down.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::fetch::{FetchFault, KeyFetcher, VerifyingKey};
use super::issuer::OutsideIssuer;
use crate::keys::fault::TokenFault;

/// How long a set can be used without a fetch.
const FRESH_FOR: TimeDelta = TimeDelta::hours(1);
/// How long a set can be used while fetches fail.
const USABLE_FOR: TimeDelta = TimeDelta::hours(24);
/// Minimum time between fetches.
const BETWEEN_FETCHES: TimeDelta = TimeDelta::minutes(1);
/// Minimum time between fetches while there are no keys.
const BETWEEN_FIRST_FETCHES: TimeDelta = TimeDelta::seconds(10);

type Keys = Arc<[VerifyingKey]>;

/// The keys of one issuer.
pub(super) struct IssuerKeys {
    issuer: Arc<OutsideIssuer>,
    fetcher: KeyFetcher,
    fetches: Handle,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    set: Option<KeySet>,
    /// When the last fetch started; `failed` says whether it is known to have failed.
    attempted_at: Option<DateTime<Utc>>,
    failed: bool,
    /// Signals the end of the running fetch: its sender is then dropped, however the fetch ends.
    running: Option<watch::Receiver<()>>,
}

struct KeySet {
    keys: Keys,
    fetched_at: DateTime<Utc>,
}

/// What to do for a token that names a key.
enum Look {
    Use(Keys),
    /// Fetch, or wait for the running fetch. `meanwhile` can be used without waiting.
    Fetch {
        meanwhile: Option<Keys>,
    },
    Refuse(TokenFault),
}

/// The keys, or the signal that the fetch for them has ended.
enum Found {
    Keys(Keys),
    Fetch(watch::Receiver<()>),
}

impl IssuerKeys {
    pub(super) fn new(issuer: Arc<OutsideIssuer>, fetcher: KeyFetcher, fetches: Handle) -> Self {
        Self { issuer, fetcher, fetches, cache: Mutex::default() }
    }

    /// The issuer's keys, including `kid`.
    pub(super) async fn containing(self: &Arc<Self>, kid: &str, now: DateTime<Utc>) -> Result<Keys, TokenFault> {
        let mut end = match self.look_or_fetch(kid, now)? {
            Found::Keys(keys) => return Ok(keys),
            Found::Fetch(end) => end,
        };
        // Nothing is ever sent: the error that the sender was dropped is the signal.
        let _ = end.changed().await;
        match self.cache().look(kid, now) {
            Look::Use(keys) | Look::Fetch { meanwhile: Some(keys) } => Ok(keys),
            Look::Fetch { meanwhile: None } => Err(TokenFault::KeysUnavailable),
            Look::Refuse(fault) => Err(fault),
        }
    }

    fn look_or_fetch(self: &Arc<Self>, kid: &str, now: DateTime<Utc>) -> Result<Found, TokenFault> {
        let mut cache = self.cache();
        match cache.look(kid, now) {
            Look::Use(keys) => Ok(Found::Keys(keys)),
            Look::Refuse(fault) => Err(fault),
            Look::Fetch { meanwhile } => {
                let end = cache.running().unwrap_or_else(|| self.begin(&mut cache, now));
                Ok(meanwhile.map_or(Found::Fetch(end), Found::Keys))
            }
        }
    }

    /// Starts a fetch as a task of its own, which continues if the request that needs it is dropped.
    fn begin(self: &Arc<Self>, cache: &mut Cache, now: DateTime<Utc>) -> watch::Receiver<()> {
        let (ended, end) = watch::channel(());
        cache.attempted_at = Some(now);
        cache.running = Some(end.clone());
        let keys = Arc::clone(self);
        self.fetches.spawn(async move {
            let fetched = keys.fetcher.fetch(&keys.issuer).await;
            if let Err(fault) = &fetched {
                log::warn!("the keys of outside issuer {} could not be fetched: {fault}", keys.issuer.issuer);
            }
            keys.cache().store(fetched, now);
            drop(ended);
        });
        end
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        // Every change to the cache is complete at any point where a thread could panic.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn preset(&self, keys: Vec<VerifyingKey>, now: DateTime<Utc>) {
        let mut cache = self.cache();
        cache.attempted_at = Some(now);
        cache.store(Ok(keys), now);
    }
}

impl Cache {
    fn look(&self, kid: &str, now: DateTime<Utc>) -> Look {
        let Some(set) = self.set.as_ref().filter(|set| apart(now, set.fetched_at) < USABLE_FOR) else {
            return if self.is_due(now, BETWEEN_FIRST_FETCHES) {
                Look::Fetch { meanwhile: None }
            } else {
                Look::Refuse(TokenFault::KeysUnavailable)
            };
        };
        let known = set.keys.iter().any(|key| key.kid == kid);
        if known && apart(now, set.fetched_at) < FRESH_FOR {
            return Look::Use(Arc::clone(&set.keys));
        }
        match (self.is_due(now, BETWEEN_FETCHES), known) {
            (true, true) => Look::Fetch { meanwhile: self.failed.then(|| Arc::clone(&set.keys)) },
            (true, false) => Look::Fetch { meanwhile: None },
            (false, true) => Look::Use(Arc::clone(&set.keys)),
            // The issuer may have new keys that we could not fetch, so the token may still be valid.
            (false, false) if self.failed => Look::Refuse(TokenFault::KeysUnavailable),
            (false, false) => Look::Refuse(TokenFault::UnknownKey),
        }
    }

    /// Whether a fetch is running or may be started.
    fn is_due(&self, now: DateTime<Utc>, between: TimeDelta) -> bool {
        self.running().is_some() || self.attempted_at.is_none_or(|last| apart(now, last) >= between)
    }

    fn running(&self) -> Option<watch::Receiver<()>> {
        self.running.clone().filter(|end| end.has_changed().is_ok())
    }

    fn store(&mut self, fetched: Result<Vec<VerifyingKey>, FetchFault>, fetched_at: DateTime<Utc>) {
        self.running = None;
        self.failed = fetched.is_err();
        if let Ok(keys) = fetched {
            self.set = Some(KeySet { keys: keys.into(), fetched_at });
        }
    }
}

/// The absolute difference: after a clock was set back, a negative age would keep the keys for ever.
fn apart(one: DateTime<Utc>, other: DateTime<Utc>) -> TimeDelta {
    one.signed_duration_since(other).abs()
}
