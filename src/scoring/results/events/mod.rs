//! Results as they change, for who listens (server-sent events).
//!
//! A listener holds no connection of the database. All listeners of a period share a feed, which reads what has changed once for all
//! of them and keeps the latest event of everything that is listened to. Who reads slowly misses what lies between, never what is
//! last: so nothing piles up, however many listen. Whether listeners still have the right is asked for many of them at once.
//!
//! One question finds which of the listened periods have changed, whichever process has changed them. It is asked as soon as the
//! projector of this process has changed something, and every second.

mod feed;
mod listener;
mod rights;
pub mod routes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use actix_web::{HttpRequest, web};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use prometheus::IntGauge;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use self::feed::Feed;
use super::Stamp;
use crate::db::{Access, Share, statement};
use crate::error::{Code, Error, Result};
use crate::kernel::period::Period;
use crate::state::State;

/// So many may listen in one process.
const MOST_LISTENERS: i64 = 20_000;

/// How often things are done.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two signs of life to a listener to whom nothing else is told.
    pub heartbeat: Duration,
    /// Between two looks whether a listener still has the right.
    pub recheck: Duration,
    /// Between two looks whether listened periods have changed elsewhere.
    pub look: Duration,
    /// Between two readings of what has changed: what changes in quick succession is read together.
    pub gather: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(15),
            recheck: Duration::from_secs(60),
            look: Duration::from_secs(1),
            gather: Duration::from_millis(300),
        }
    }
}

/// A period whose results are listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    tenant: Uuid,
    programme: Uuid,
    period: Period,
}

/// The feeds of this process.
#[derive(Clone)]
pub struct Feeds(Arc<Shared>);

struct Shared {
    state: State,
    pace: Pace,
    feeds: Mutex<BTreeMap<Key, Weak<Feed>>>,
    listeners: IntGauge,
    joined: Notify,
    stop: watch::Sender<bool>,
}

/// A listener's place among those of the process. It keeps the feed.
struct Seat {
    feed: Arc<Feed>,
    shared: Arc<Shared>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.listeners.dec();
    }
}

impl Feeds {
    /// Starts on the main runtime. Nothing is asked of the database as long as nobody listens.
    #[must_use]
    pub fn start(state: &State, listeners: IntGauge, pace: Pace) -> Self {
        let shared = Shared {
            state: state.in_share(Share::Listeners),
            pace,
            feeds: Mutex::default(),
            listeners,
            joined: Notify::new(),
            stop: watch::channel(false).0,
        };
        let feeds = Self(Arc::new(shared));
        state.db.runtime().spawn(feeds.clone().look());
        feeds
    }

    /// Ends the streams of all listeners, and takes no new ones.
    pub fn stop(&self) {
        self.0.stop.send_replace(true);
    }

    /// How many listen.
    #[must_use]
    pub fn listeners(&self) -> i64 {
        self.0.listeners.get()
    }

    fn of(request: &HttpRequest) -> Result<Self> {
        let feeds = request.app_data::<web::Data<Self>>().ok_or_else(|| Error::internal("no feeds"))?;
        Ok(feeds.get_ref().clone())
    }

    /// A seat at the feed of a period. Refused (503) if too many listen already.
    fn join(&self, key: Key) -> Result<Seat> {
        if *self.0.stop.borrow() || self.listeners() >= MOST_LISTENERS {
            return Err(Error::new(Code::Unavailable));
        }
        let mut feeds = self.0.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        let feed = feeds.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| {
            let feed = Arc::new(Feed::new(key));
            feeds.insert(key, Arc::downgrade(&feed));
            let (state, pace) = (self.0.state.clone(), self.0.pace);
            self.0.state.db.runtime().spawn(feed::follow(Arc::downgrade(&feed), state, pace));
            feed
        });
        drop(feeds);
        self.0.listeners.inc();
        self.0.joined.notify_one();
        Ok(Seat { feed, shared: Arc::clone(&self.0) })
    }

    /// The feeds that somebody listens to.
    fn listened(&self) -> BTreeMap<Key, Arc<Feed>> {
        let mut feeds = self.0.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        feeds.retain(|_, feed| feed.strong_count() > 0);
        feeds.iter().filter_map(|(key, feed)| Some((*key, feed.upgrade()?))).collect()
    }

    /// Looks again and again whether the listened periods have changed.
    async fn look(self) {
        let mut stopped = self.0.stop.subscribe();
        while !*stopped.borrow() {
            let listened = self.listened();
            let is_idle = listened.is_empty();
            if !is_idle {
                match stamps(&self.0.state, listened.keys().copied().collect()).await {
                    Ok(stamps) => {
                        for (key, stamp) in stamps {
                            if let Some(feed) = listened.get(&key) {
                                feed.stamp(stamp);
                            }
                        }
                    }
                    Err(error) => log::warn!("looking for changed results failed: {}", error.chain()),
                }
            }
            drop(listened);
            let shared = &self.0;
            tokio::select! {
                () = shared.joined.notified() => {}
                () = shared.state.marked.projected(), if !is_idle => {}
                () = tokio::time::sleep(shared.pace.look), if !is_idle => {}
                _ = stopped.changed() => {}
            }
        }
    }
}

/// How far the results of these periods are.
async fn stamps(state: &State, keys: Vec<Key>) -> Result<BTreeMap<Key, Stamp>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        tenant_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        programme_id: Uuid,
        #[diesel(sql_type = Text)]
        period: String,
        #[diesel(sql_type = Nullable<BigInt>)]
        version: Option<i64>,
        #[diesel(sql_type = Nullable<Integer>)]
        snapshot_number: Option<i32>,
    }
    const STAMPS: &str = "
SELECT s.tenant_id, s.programme_id, s.period, s.version, s.snapshot_number
  FROM live_stamps(:tenants, :programmes, :periods) s";
    let asked = state.db.transaction(Access::Read, None, move |conn| {
        async move {
            let stamps = statement(STAMPS)
                .bind("tenants", keys.iter().map(|key| key.tenant).collect::<Vec<_>>())
                .bind("programmes", keys.iter().map(|key| key.programme).collect::<Vec<_>>())
                .bind("periods", keys.iter().map(|key| key.period.to_string()).collect::<Vec<_>>());
            Ok(stamps.load::<Row>(conn).await?)
        }
        .boxed()
    });
    let stamp = |row: Row| {
        let period = row.period.parse().map_err(|_| Error::internal("a period that is none"))?;
        let key = Key { tenant: row.tenant_id, programme: row.programme_id, period };
        Ok((key, Stamp::of(row.snapshot_number, row.version)))
    };
    asked.await?.into_iter().map(stamp).collect()
}
