//! What every part of the running service shares.

mod walks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::db::{Access, Db, Share};
use crate::error::Result;
use crate::kernel::clock::Clock;
use crate::kernel::ids::Ids;
use crate::keys::{InstallationKey, OutsideIssuers, SigningKeys};
use crate::schema::tenants;

pub use walks::{Part, WalkOf, Walks};

/// The service's shared parts, and the database for one kind of work. Cloning it is cheap.
#[derive(Clone)]
pub struct State {
    pub db: Db,
    parts: Arc<Parts>,
}

/// What is the same for all work.
pub struct Parts {
    pub clock: Clock,
    pub ids: Ids,
    /// Address that callers use, without a trailing slash: issuer and audience of Lectern's own tokens.
    pub public_url: String,
    pub installation: Arc<InstallationKey>,
    pub signing: SigningKeys,
    pub outside: OutsideIssuers,
    pub tenants: TenantCodes,
    pub marked: Marked,
    pub walks: Walks,
}

impl State {
    #[must_use]
    pub fn new(db: Db, parts: Parts) -> Self {
        Self { db, parts: Arc::new(parts) }
    }

    /// The same for work in another share of the pool.
    #[must_use]
    pub fn in_share(&self, share: Share) -> Self {
        Self { db: self.db.in_share(share), parts: Arc::clone(&self.parts) }
    }
}

impl std::ops::Deref for State {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

/// Ids of the tenants by their code: few, and never changed once made.
#[derive(Debug, Default)]
pub struct TenantCodes(RwLock<BTreeMap<String, Uuid>>);

impl TenantCodes {
    /// The tenant with this code; unknown ones are looked up in the database.
    pub async fn find(&self, db: &Db, code: &str) -> Result<Option<Uuid>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(code).copied();
        if known.is_some() {
            return Ok(known);
        }
        let wanted = code.to_owned();
        let found: Option<Uuid> = db
            .transaction(Access::Read, None, move |connection| {
                async move {
                    Ok(tenants::table
                        .filter(tenants::code.eq(wanted))
                        .select(tenants::id)
                        .first(connection)
                        .await
                        .optional()?)
                }
                .boxed()
            })
            .await?;
        if let Some(id) = found {
            self.0.write().unwrap_or_else(PoisonError::into_inner).insert(code.to_owned(), id);
        }
        Ok(found)
    }
}

/// The tenants whose transactions in this process have left marks for the projector, and whether it has followed some.
#[derive(Debug, Default)]
pub struct Marked {
    tenants: Mutex<BTreeSet<Uuid>>,
    told: Notify,
    projected: Notify,
}

impl Marked {
    /// A transaction of the tenant that has left marks is committed.
    pub fn tell(&self, tenant: Uuid) {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant);
        self.told.notify_one();
    }

    /// Returns once a tenant was told of, also if that was before.
    pub async fn told(&self) {
        self.told.notified().await;
    }

    /// The projector of this process has followed marks.
    pub fn tell_projected(&self) {
        self.projected.notify_one();
    }

    /// Returns once marks were followed, also if that was before.
    pub async fn projected(&self) {
        self.projected.notified().await;
    }

    /// The tenants that were told of since the last time.
    pub fn take(&self) -> BTreeSet<Uuid> {
        std::mem::take(&mut *self.tenants.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
