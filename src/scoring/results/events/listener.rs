//! The stream of one listener.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use futures_util::stream::{Stream, unfold};
use tokio::sync::watch;

use super::Seat;
use super::feed::{Event, Subject, Told};
use super::rights::Right;
use crate::call::Stay;

/// A sign of life: a comment, which clients skip.
const HEARTBEAT: &[u8] = b": \n\n";

pub struct Listener {
    pub subject: Subject,
    pub stay: Stay,
    pub seat: Seat,
    pub told: watch::Receiver<Told>,
    /// What the listener has got last, or gets first.
    pub last: Arc<Event>,
    /// Whether it is still to be sent.
    pub is_due: bool,
    pub until: Option<Instant>,
}

impl Listener {
    /// The stream. It ends when the token expires, when the right is lost, when the service stops, and at the end that was asked for.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        let state =
            Listening { stopped: self.seat.shared.stop.subscribe(), checked_at: Instant::now(), listener: self };
        unfold(state, |mut listening| async move {
            let next = listening.next().await?;
            Some((Ok(next), listening))
        })
    }
}

struct Listening {
    listener: Listener,
    stopped: watch::Receiver<bool>,
    checked_at: Instant,
}

impl Listening {
    /// What is sent next; none at the end.
    async fn next(&mut self) -> Option<Bytes> {
        if std::mem::take(&mut self.listener.is_due) {
            return Some(self.listener.last.text.clone());
        }
        loop {
            let wait = self.wait()?;
            let changed = tokio::select! {
                biased;
                _ = self.stopped.changed() => return None,
                changed = self.listener.told.changed() => { changed.ok()?; true }
                () = tokio::time::sleep(wait) => false,
            };
            self.wait()?;
            if !self.may_stay().await {
                return None;
            }
            if !changed {
                return Some(Bytes::from_static(HEARTBEAT));
            }
            let told = self.listener.told.borrow_and_update().clone();
            if let Some(event) = told.filter(|event| self.is_news(event)) {
                self.listener.last = Arc::clone(&event);
                return Some(event.text.clone());
            }
        }
    }

    fn is_news(&self, event: &Event) -> bool {
        let last = &self.listener.last;
        event.stamp >= last.stamp && event.essence != last.essence
    }

    /// How long to wait for the next event before a sign of life or the end; none at the end.
    fn wait(&self) -> Option<Duration> {
        let listener = &self.listener;
        if *self.stopped.borrow() {
            return None;
        }
        let valid = (listener.stay.expires_at() - listener.seat.shared.state.clock.now()).to_std().ok()?;
        let asked = listener.until.map(|until| until.saturating_duration_since(Instant::now()));
        let left = asked.map_or(valid, |asked| asked.min(valid));
        (!left.is_zero()).then(|| left.min(listener.seat.shared.pace.heartbeat))
    }

    /// Whether the caller still has the right. If that cannot be found out now, it is asked again at the next sign of life.
    async fn may_stay(&mut self) -> bool {
        let Listener { seat, stay, subject, .. } = &self.listener;
        if self.checked_at.elapsed() < seat.shared.pace.recheck {
            return true;
        }
        let right = tokio::select! {
            biased;
            _ = self.stopped.changed() => return false,
            right = seat.feed.right(&seat.shared.state, stay, *subject) => right,
        };
        if right == Right::Kept {
            self.checked_at = Instant::now();
        }
        right != Right::Lost
    }
}
