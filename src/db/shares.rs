//! Shares of the pool: one kind of work never takes the connections of another, nor one tenant all those of its kind.
//!
//! A transaction takes a place in its share before it takes a connection. The shares of work in the background are small, so that
//! whatever runs there, most of the pool is left to requests; and of requests, the long ones and those of one tenant are bounded. In a
//! pool of two connections or more, all others together leave one to short requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::error::{Error, Result};

/// A kind of work with places of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// What a caller waits for, and short work in the background.
    Requests,
    /// What a caller waits for and what reads many rows.
    LongReads,
    Jobs,
    Imports,
    Projector,
    /// What those who listen to results are told, and whether they may go on listening.
    Listeners,
}

impl Share {
    /// All of them, with their names in metrics.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Requests, "requests"),
        (Self::LongReads, "long_reads"),
        (Self::Jobs, "jobs"),
        (Self::Imports, "imports"),
        (Self::Projector, "projector"),
        (Self::Listeners, "listeners"),
    ];

    /// How many places it has in a pool of this size, and how many of them one tenant may have. All but the first have three quarters
    /// of the pool together, whatever each of them may have.
    fn places(self, pool: usize) -> (usize, usize) {
        let (all, of_tenant) = match self {
            Self::Requests => (pool, pool * 3 / 4),
            Self::LongReads => (pool * 3 / 8, pool * 3 / 16),
            Self::Jobs | Self::Listeners => (pool / 4, pool / 8),
            Self::Imports | Self::Projector => (pool / 8, pool / 16),
        };
        (all.max(1), of_tenant.max(1))
    }

    /// Whether somebody waits for the work, who is better told to try again.
    fn has_caller(self) -> bool {
        matches!(self, Self::Requests | Self::LongReads)
    }
}

/// The places of all shares.
pub(super) struct Shares {
    requests: Places,
    long_reads: Places,
    jobs: Places,
    imports: Places,
    projector: Places,
    listeners: Places,
    /// Of all but short requests together.
    others: Arc<Semaphore>,
    patience: Duration,
}

/// The places of one share.
struct Places {
    size: usize,
    free: Arc<Semaphore>,
    of_tenant: usize,
    /// Free places of the tenants that have one taken or wait for one.
    tenants: Mutex<HashMap<Uuid, Arc<Semaphore>>>,
}

/// A taken place. It is free again when this is dropped.
pub(super) struct Place {
    _free: OwnedSemaphorePermit,
    _among_others: Option<OwnedSemaphorePermit>,
    _own: Option<TenantPlace>,
}

/// A place of the tenant's own in a share.
struct TenantPlace {
    shares: Arc<Shares>,
    share: Share,
    tenant: Uuid,
    place: Option<OwnedSemaphorePermit>,
}

impl Shares {
    /// Those of a pool of this size. A caller waits for a place as long as `patience`, work in the background until one is free.
    pub(super) fn new(pool: usize, patience: Duration) -> Self {
        let places = |share: Share| Places::new(share.places(pool));
        Self {
            requests: places(Share::Requests),
            long_reads: places(Share::LongReads),
            jobs: places(Share::Jobs),
            imports: places(Share::Imports),
            projector: places(Share::Projector),
            listeners: places(Share::Listeners),
            others: Arc::new(Semaphore::new((pool * 3 / 4).max(1))),
            patience,
        }
    }

    fn of(&self, share: Share) -> &Places {
        match share {
            Share::Requests => &self.requests,
            Share::LongReads => &self.long_reads,
            Share::Jobs => &self.jobs,
            Share::Imports => &self.imports,
            Share::Projector => &self.projector,
            Share::Listeners => &self.listeners,
        }
    }

    /// Takes a place in the share, after one of the tenant's own: whoever waits for the second keeps nobody else from the first.
    pub(super) async fn take(self: &Arc<Self>, share: Share, tenant: Option<Uuid>) -> Result<Place> {
        let taking = async {
            let own = match tenant {
                Some(tenant) => Some(TenantPlace::take(self, share, tenant).await?),
                None => None,
            };
            let free = acquire(&self.of(share).free).await?;
            let among_others = match share {
                Share::Requests => None,
                _ => Some(acquire(&self.others).await?),
            };
            Ok(Place { _free: free, _among_others: among_others, _own: own })
        };
        if share.has_caller() {
            tokio::time::timeout(self.patience, taking).await.map_err(super::unavailable)?
        } else {
            taking.await
        }
    }

    /// The name of each share, the number of its places, and how many of them are taken.
    pub(super) fn taken(&self) -> Vec<(&'static str, usize, usize)> {
        Share::ALL
            .iter()
            .map(|(share, name)| {
                let places = self.of(*share);
                (*name, places.size, places.size.saturating_sub(places.free.available_permits()))
            })
            .collect()
    }
}

impl Places {
    fn new((size, of_tenant): (usize, usize)) -> Self {
        Self { size, free: Arc::new(Semaphore::new(size)), of_tenant, tenants: Mutex::default() }
    }

    fn of_tenants(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Semaphore>>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TenantPlace {
    async fn take(shares: &Arc<Shares>, share: Share, tenant: Uuid) -> Result<Self> {
        let places = shares.of(share);
        let free = {
            let mut tenants = places.of_tenants();
            Arc::clone(tenants.entry(tenant).or_insert_with(|| Arc::new(Semaphore::new(places.of_tenant))))
        };
        // Made before the wait, so that a caller who gives up leaves nothing behind.
        let mut own = Self { shares: Arc::clone(shares), share, tenant, place: None };
        own.place = Some(acquire(&free).await?);
        Ok(own)
    }
}

impl Drop for TenantPlace {
    fn drop(&mut self) {
        self.place = None;
        let mut tenants = self.shares.of(self.share).of_tenants();
        // Those who have a place or wait for one hold it too.
        if tenants.get(&self.tenant).is_some_and(|free| Arc::strong_count(free) == 1) {
            tenants.remove(&self.tenant);
        }
    }
}

async fn acquire(free: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    Arc::clone(free).acquire_owned().await.map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    const POOL: usize = 16;
    const PATIENCE: Duration = Duration::from_millis(20);

    fn shares(pool: usize) -> Arc<Shares> {
        Arc::new(Shares::new(pool, PATIENCE))
    }

    fn taken(shares: &Shares, share: &str) -> usize {
        shares.taken().into_iter().find(|(name, ..)| *name == share).unwrap().2
    }

    #[test]
    fn work_in_the_background_leaves_a_quarter_of_the_pool() {
        for pool in [8, 16, 200] {
            let busy = [Share::LongReads, Share::Jobs, Share::Projector];
            let taken: usize = busy.iter().map(|share| share.places(pool).0).sum();
            assert!(taken <= pool * 3 / 4, "{taken} of {pool}");
        }
        assert!(Share::ALL.iter().all(|(share, _)| share.places(1) == (1, 1)), "no share is ever without a place");
    }

    #[tokio::test]
    async fn a_tenant_leaves_places_to_others() {
        let (shares, [one, other]) = (shares(POOL), [1, 2].map(Uuid::from_u128));
        let mut held = Vec::new();
        for _ in 0..POOL * 3 / 4 {
            held.push(shares.take(Share::Requests, Some(one)).await.unwrap());
        }
        let refused = shares.take(Share::Requests, Some(one)).await.map(drop).unwrap_err();
        assert_eq!(refused.code, Code::Unavailable);
        held.push(shares.take(Share::Requests, Some(other)).await.unwrap());
        held.push(shares.take(Share::Projector, Some(one)).await.unwrap());
        held.swap_remove(0);
        held.push(shares.take(Share::Requests, Some(one)).await.unwrap());
        assert_eq!(taken(&shares, "requests"), POOL * 3 / 4 + 1);
        drop(held);
        assert!(shares.taken().iter().all(|(.., taken)| *taken == 0));
        assert!(shares.requests.of_tenants().is_empty(), "nothing is kept of who is gone");
    }

    #[tokio::test]
    async fn work_in_the_background_waits_for_its_place() {
        let shares = shares(1);
        let held = shares.take(Share::Jobs, None).await.unwrap();
        let mut second = Box::pin(shares.take(Share::Jobs, Some(Uuid::nil())));
        assert!(tokio::time::timeout(PATIENCE * 2, &mut second).await.is_err());
        drop(held);
        second.await.unwrap();
    }

    #[tokio::test]
    async fn a_short_request_finds_a_place_in_a_pool_of_two() {
        let shares = shares(2);
        let held = shares.take(Share::Projector, None).await.unwrap();
        let mut job = Box::pin(shares.take(Share::Jobs, None));
        assert!(tokio::time::timeout(PATIENCE * 2, &mut job).await.is_err());
        let refused = shares.take(Share::LongReads, None).await.map(drop).unwrap_err();
        assert_eq!(refused.code, Code::Unavailable);
        shares.take(Share::Requests, Some(Uuid::nil())).await.unwrap();
        drop(held);
        job.await.unwrap();
    }
}
