//! Releases feedback in batches.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::future::join3;
use serde_json::json;
use uuid::Uuid;

use super::model::{NewBatch, NewBatchLecturer, WaitingRow};
use super::rules::{Batch, Held, batches};
use super::{anonymous, queries};
use crate::error::Result;
use crate::journal::{Event, Touched, Tx};
use crate::kernel::ids::Ids;

/// The ratings that may be released together: those on sessions of the same programme, period and lecturers.
struct Class {
    sample: WaitingRow,
    waiting: Vec<Held>,
}

/// What can be released now.
#[derive(Default)]
pub struct Releases {
    pub batches: Vec<NewBatch>,
    pub lecturers: Vec<NewBatchLecturer>,
    /// What is released, each with its batch.
    members: Vec<(Held, Uuid)>,
    /// The sessions of which something is released, and those that might have been released with them.
    pub sessions: Vec<Uuid>,
    /// One for each batch: the moment at which it is written is that of the last rating, so it tells the day only.
    pub events: Vec<Event>,
}

impl Releases {
    /// What of all this is enough. It is in the order of what may be released together.
    pub fn of(tenant_id: Uuid, waiting: Vec<WaitingRow>) -> Self {
        let mut classes: Vec<Class> = Vec::new();
        for row in waiting {
            match classes.last_mut() {
                Some(class) if class.sample.is_with(&row) => class.waiting.extend(row.held()),
                _ => classes.push(Class { waiting: row.held().collect(), sample: row }),
            }
        }
        let mut releases = Self::default();
        for class in classes {
            releases.add(tenant_id, &class);
        }
        releases.sessions.sort_unstable();
        releases.sessions.dedup();
        releases
    }

    fn add(&mut self, tenant_id: Uuid, Class { sample, waiting }: &Class) {
        let found = batches(waiting, sample.min_k.into());
        if !found.is_empty() {
            self.sessions.extend(waiting.iter().map(|held| held.session));
        }
        for Batch { session, held } in found {
            let batch_id = Ids::random();
            let owner = |id: &Uuid| NewBatchLecturer { tenant_id, id: Ids::random(), batch_id, lecturer_id: *id };
            self.lecturers.extend(sample.lecturers.iter().map(owner));
            self.members.extend(held.into_iter().map(|held| (held, batch_id)));
            let (programme_id, starts_on) = (sample.programme_id, sample.starts_on);
            self.batches.push(NewBatch {
                tenant_id,
                id: batch_id,
                programme_id,
                starts_on,
                session_id: session,
                is_rest: false,
            });
            let payload = json!({"starts_on": starts_on, "lecturer_ids": sample.lecturers});
            self.events.push(Event::new("feedback.released", "programme", programme_id, payload).day_only());
        }
    }

    /// The ratings, as pairs (rating, batch).
    pub fn ratings(&self) -> Vec<(Uuid, Uuid)> {
        self.members.iter().filter_map(|(held, batch)| Some((held.feedback?, *batch))).collect()
    }

    /// The anonymous answers, each with its batch.
    pub fn answers(&self) -> Vec<(Held, Uuid)> {
        self.members.iter().filter(|(held, _)| held.feedback.is_none()).copied().collect()
    }
}

/// Releases what waits of the lecturers of these sessions and has become enough. The lecturers are locked
/// ([`queries::lock_lecturers`]). Returns the events.
pub async fn release(tx: &mut Tx<'_>, sessions: &[Uuid]) -> Result<Vec<Event>> {
    let waiting = queries::waiting(tx.asking(), sessions, &[]).await?;
    let released = Releases::of(tx.tenant, waiting);
    let (asking, ratings) = (tx.asking(), released.ratings());
    let (stored, joined, touched) = join3(
        queries::store_batches(asking, &released.batches, &released.lecturers),
        queries::put_into_batches(asking, &ratings),
        Touched::by_feedback(asking, &released.sessions),
    )
    .await;
    stored?;
    joined?;
    tx.touched(touched?);
    anonymous::release(tx, &released.answers()).await?;
    Ok(released.events)
}

/// When a period is closed: what is held back has been counted with all the rest, changes included. It is not released with what
/// comes later, which would show that one by one.
pub async fn join_rest(
    tx: &mut Tx<'_>,
    programme_id: Uuid,
    starts_on: NaiveDate,
    period: Range<DateTime<Utc>>,
) -> Result<()> {
    let rest =
        NewBatch { tenant_id: tx.tenant, id: Ids::random(), programme_id, starts_on, session_id: None, is_rest: true };
    queries::store_batches(tx.asking(), std::slice::from_ref(&rest), &[]).await?;
    queries::join(tx, &rest, &period).await?;
    queries::show_all_changes(tx, programme_id, &period).await?;
    Ok(())
}
