//! How many requests a caller may make. It is shown in `RateLimit-Policy` and `RateLimit` (IETF draft 11); requests beyond it are
//! refused with 429.
//!
//! Requests with a valid token are counted by client or person, in [`crate::call::Call`]; so is a client that gets a token. All
//! others are counted by address and operation, so that too many token requests cannot starve a health check. Each process counts for itself: with
//! several instances, each grants the full quota.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest, web};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use super::context::RequestContext;
use crate::error::{Code, Error, Result};

/// The policy's header.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The header with the remaining quota.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Every quota is per minute.
const WINDOW_SECONDS: u32 = 60;
/// After this many requests, callers with a full quota are forgotten.
const SWEEP_EVERY: u32 = 10_000;

/// The limits of this process, shared by its clones.
#[derive(Clone, Default)]
pub struct RateLimits {
    callers: Option<Arc<Limiter<(Uuid, String)>>>,
    addresses: Option<Arc<Limiter<(IpAddr, String)>>>,
}

impl RateLimits {
    /// Requests per minute of one client or person, and of one address for one operation without a valid token. 0 means no limit.
    #[must_use]
    pub fn per_minute(caller: u32, address: u32) -> Self {
        let callers = NonZeroU32::new(caller).map(|quota| Limiter::new("caller", quota, MonotonicClock));
        let addresses = NonZeroU32::new(address).map(|quota| Limiter::new("address", quota, MonotonicClock));
        Self { callers: callers.map(Arc::new), addresses: addresses.map(Arc::new) }
    }

    /// Counts a request with a valid token. Refuses it (429) beyond the quota.
    pub fn count_caller(request: &HttpRequest, tenant: Uuid, caller: String) -> Result<()> {
        Self::of(request).and_then(|limits| limits.callers.clone()).map_or(Ok(()), |limiter| {
            let standing = limiter.count(&(tenant, caller));
            note(request, standing)
        })
    }

    /// Counts a request without a valid token. Refuses it (429) beyond the quota.
    pub fn count_address(request: &HttpRequest, route: &str) -> Result<()> {
        let limiter = Self::of(request).and_then(|limits| limits.addresses.clone());
        let address = RequestContext::of(request).address.map(network);
        match (limiter, address) {
            (Some(limiter), Some(address)) => note(request, limiter.count(&(address, route.to_owned()))),
            _ => Ok(()),
        }
    }

    fn of(request: &HttpRequest) -> Option<&Self> {
        request.app_data::<web::Data<Self>>().map(web::Data::get_ref)
    }
}

/// Attaches the standing to the request, so that the frame can report it.
fn note(request: &HttpRequest, standing: Standing) -> Result<()> {
    let refused = standing.refused_for;
    request.extensions_mut().insert(standing);
    match refused {
        None => Ok(()),
        Some(seconds) => {
            let mut error = Error::new(Code::TooManyRequests);
            error.retry_after = Some(u16::try_from(seconds).unwrap_or(u16::MAX));
            Err(error)
        }
    }
}

/// One household has one quota: only the first 64 bits of an IPv6 address count.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// A caller's standing after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    policy: &'static str,
    /// Requests per window.
    quota: u32,
    /// Requests that may still be made now.
    remaining: u32,
    /// Seconds until the full quota is restored.
    full_in: u32,
    /// Seconds until the next request is allowed, if this one was refused.
    refused_for: Option<u32>,
}

impl Standing {
    /// Reports the standing in headers.
    pub fn write(&self, headers: &mut HeaderMap) {
        let Self { policy, quota, remaining, full_in, .. } = self;
        let policy_line = format!("\"{policy}\";q={quota};w={WINDOW_SECONDS}");
        let line = format!("\"{policy}\";r={remaining};t={full_in}");
        for (name, value) in [(RATE_LIMIT_POLICY, policy_line), (RATE_LIMIT, line)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }
}

/// Counts by a key. The quota is restored steadily, not all at once at the end of a window.
struct Limiter<K: Hash + Eq + Clone, C: Clock = MonotonicClock> {
    policy: &'static str,
    quota: NonZeroU32,
    clock: C,
    counts: RateLimiter<K, DashMapStateStore<K>, C, StateInformationMiddleware>,
    until_sweep: AtomicU32,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Limiter<K, C> {
    fn new(policy: &'static str, quota: NonZeroU32, clock: C) -> Self {
        let counts = RateLimiter::dashmap_with_clock(Quota::per_minute(quota), clock.clone()).with_middleware();
        Self { policy, quota, clock, counts, until_sweep: AtomicU32::new(SWEEP_EVERY) }
    }

    fn count(&self, key: &K) -> Standing {
        self.sweep();
        let quota = self.quota.get();
        let (remaining, refused_for) = match self.counts.check_key(key) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(refusal) => {
                let wait = refusal.wait_time_from(self.clock.now());
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                (0, Some(u32::try_from(seconds).unwrap_or(WINDOW_SECONDS).max(1)))
            }
        };
        let spent = u64::from(quota.saturating_sub(remaining));
        let full_in = (spent * u64::from(WINDOW_SECONDS)).div_ceil(u64::from(quota));
        let full_in = u32::try_from(full_in).unwrap_or(WINDOW_SECONDS);
        Standing { policy: self.policy, quota, remaining, full_in, refused_for }
    }

    fn sweep(&self) {
        if self.until_sweep.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.until_sweep.store(SWEEP_EVERY, Ordering::Relaxed);
            self.counts.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limiter(quota: u32) -> (Limiter<&'static str, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Limiter::new("caller", NonZeroU32::new(quota).unwrap(), clock.clone()), clock)
    }

    #[test]
    fn the_quota_is_spent_refused_and_comes_back_evenly() {
        let (limiter, clock) = limiter(3);
        let seen: Vec<_> =
            (0..4).map(|_| limiter.count(&"a")).map(|s| (s.remaining, s.full_in, s.refused_for)).collect();
        assert_eq!(seen, [(2, 20, None), (1, 40, None), (0, 60, None), (0, 60, Some(20))]);
        clock.advance(Duration::from_secs(20));
        let back = limiter.count(&"a");
        assert_eq!((back.remaining, back.refused_for), (0, None));
        clock.advance(Duration::from_secs(60));
        assert_eq!(limiter.count(&"a").remaining, 2);
    }

    #[test]
    fn one_key_spends_nothing_of_another_ones_quota() {
        let (limiter, _) = limiter(1);
        assert_eq!(limiter.count(&"a").refused_for, None);
        assert_eq!(limiter.count(&"a").refused_for, Some(60));
        assert_eq!(limiter.count(&"b").refused_for, None);
    }

    #[test]
    fn who_has_the_whole_quota_again_is_forgotten() {
        let (limiter, clock) = limiter(60);
        limiter.count(&"a");
        clock.advance(Duration::from_secs(120));
        for _ in 1..SWEEP_EVERY {
            limiter.count(&"b");
        }
        assert_eq!(limiter.counts.len(), 1);
    }

    #[test]
    fn it_is_told_in_the_draft_s_syntax() {
        let (limiter, _) = limiter(6000);
        let mut headers = HeaderMap::new();
        limiter.count(&"a").write(&mut headers);
        assert_eq!(headers.get(RATE_LIMIT_POLICY).unwrap(), "\"caller\";q=6000;w=60");
        assert_eq!(headers.get(RATE_LIMIT).unwrap(), "\"caller\";r=5999;t=1");
    }

    #[test]
    fn of_an_ipv6_address_the_network_counts() {
        let network_of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network_of("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
