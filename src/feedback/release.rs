//! Releases feedback in batches.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::future::join;
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

/// Releases what waits of the lecturers of these sessions and has become enough. The lecturers are locked
/// ([`queries::lock_lecturers`]). Returns an event for each batch: the moment at which it is written is that of the last rating, so
/// it tells the day only.
pub async fn release(tx: &mut Tx<'_>, sessions: &[Uuid]) -> Result<Vec<Event>> {
    if sessions.is_empty() {
        return Ok(Vec::new());
    }
    let mut classes: Vec<Class> = Vec::new();
    for row in queries::waiting(tx, sessions).await? {
        match classes.last_mut() {
            Some(class) if class.sample.is_with(&row) => class.waiting.extend(row.held()),
            _ => classes.push(Class { waiting: row.held().collect(), sample: row }),
        }
    }
    let (mut rows, mut lecturers, mut members, mut events) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut released: Vec<Uuid> = Vec::new();
    for Class { sample, waiting } in classes {
        let found = batches(&waiting, sample.min_k.into());
        if !found.is_empty() {
            released.extend(waiting.iter().map(|held| held.session));
        }
        for Batch { session, held } in found {
            let (tenant_id, batch_id) = (tx.tenant, Ids::random());
            let owner = |id: &Uuid| NewBatchLecturer { tenant_id, id: Ids::random(), batch_id, lecturer_id: *id };
            lecturers.extend(sample.lecturers.iter().map(owner));
            members.extend(held.into_iter().map(|held| (held, batch_id)));
            let (programme_id, starts_on) = (sample.programme_id, sample.starts_on);
            rows.push(NewBatch {
                tenant_id,
                id: batch_id,
                programme_id,
                starts_on,
                session_id: session,
                is_rest: false,
            });
            let payload = json!({"starts_on": starts_on, "lecturer_ids": sample.lecturers});
            events.push(Event::new("feedback.released", "programme", programme_id, payload).day_only());
        }
    }
    let (ratings, answers): (Vec<_>, Vec<_>) = members.into_iter().partition(|(held, _)| held.feedback.is_some());
    let ratings: Vec<(Uuid, Uuid)> =
        ratings.into_iter().filter_map(|(held, batch)| Some((held.feedback?, batch))).collect();
    released.sort_unstable();
    released.dedup();
    let asking = tx.asking();
    let stored = queries::store_batches(asking, &rows, &lecturers, &ratings);
    let (stored, touched) = join(stored, Touched::by_feedback(asking, &released)).await;
    stored?;
    tx.touched(touched?);
    anonymous::release(tx, &answers).await?;
    Ok(events)
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
    queries::store_batches(tx.asking(), std::slice::from_ref(&rest), &[], &[]).await?;
    queries::join(tx, &rest, &period).await?;
    queries::show_all_changes(tx, programme_id, &period).await?;
    Ok(())
}
