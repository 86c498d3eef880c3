//! What is known of an issuer's keys, and when to ask again.
//!
//! - A set is good for an hour. A token that names an unknown key asks for a new one, at most once a minute; so does a
//!   token that finds the set expired. Without any keys, the next try may come after 10 seconds.
//! - However many requests want a fetch, one is made and the others wait for it.
//! - While fetches fail, the old set stays good, for a day. Whoever can keep us from the issuer for longer must not be
//!   able to keep a withdrawn key alive.
//! - The first request that finds a set expired waits for the new one, so that a withdrawn key is refused after an hour.
//!   When the last fetch failed, requests do not wait: a dead issuer must not slow down everybody whose key is known.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::fetch::{FetchFault, KeyFetcher, VerifyingKey};
use super::issuer::OutsideIssuer;
use crate::keys::fault::TokenFault;

/// How long a set is good without asking.
const FRESH_FOR: TimeDelta = TimeDelta::hours(1);
/// How long a set is good when asking fails.
const USABLE_FOR: TimeDelta = TimeDelta::hours(24);
/// From one fetch to the next.
const BETWEEN_FETCHES: TimeDelta = TimeDelta::minutes(1);
/// From one fetch to the next while there are no keys at all.
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
    /// When the last fetch was begun, and whether it is known to have failed.
    attempted_at: Option<DateTime<Utc>>,
    failed: bool,
    /// The end of the fetch that is under way: its sender is dropped then, however the fetch ends.
    running: Option<watch::Receiver<()>>,
}

struct KeySet {
    keys: Keys,
    fetched_at: DateTime<Utc>,
}

/// What to do about a token that names a key.
enum Look {
    Use(Keys),
    /// Fetch, or wait for the fetch under way; `meanwhile` is good enough not to wait.
    Fetch {
        meanwhile: Option<Keys>,
    },
    Refuse(TokenFault),
}

/// The keys, or the end of the fetch that may bring them.
enum Found {
    Keys(Keys),
    Fetch(watch::Receiver<()>),
}

impl IssuerKeys {
    pub(super) fn new(issuer: Arc<OutsideIssuer>, fetcher: KeyFetcher, fetches: Handle) -> Self {
        Self { issuer, fetcher, fetches, cache: Mutex::default() }
    }

    /// The issuer's keys, `kid` among them.
    pub(super) async fn containing(self: &Arc<Self>, kid: &str, now: DateTime<Utc>) -> Result<Keys, TokenFault> {
        let mut end = match self.look_or_fetch(kid, now)? {
            Found::Keys(keys) => return Ok(keys),
            Found::Fetch(end) => end,
        };
        // Nothing is ever sent: the error that the sender is gone is the end waited for.
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

    /// Begins a fetch as a task of its own: it goes on when the request that wanted it is given up.
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
        // Every change to it is complete at any point where a thread could panic.
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
            // The issuer may have changed its keys and we could not see it: nobody can say yet that the token is bad.
            (false, false) if self.failed => Look::Refuse(TokenFault::KeysUnavailable),
            (false, false) => Look::Refuse(TokenFault::UnknownKey),
        }
    }

    /// Whether a fetch is under way or may be begun.
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

/// In either direction: after a clock was set back, an age must not stay negative and the keys be kept for ever.
fn apart(one: DateTime<Utc>, other: DateTime<Utc>) -> TimeDelta {
    one.signed_duration_since(other).abs()
}
