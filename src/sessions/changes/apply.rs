//! Carries out what was approved.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::model::{ChangeKind, ChangeRequest};
use crate::error::{Error, Result};
use crate::journal::{Event, Tx};
use crate::kernel::fault::Faults;
use crate::kernel::phrases::{Condition, Thing};
use crate::sessions::dto::PlanChange;
use crate::sessions::model::{Session, SessionKind, Share};
use crate::sessions::rules::ReportedAs;
use crate::sessions::{fit, queries, service, transitions};

/// Makes the change of an approved request. The session is locked and planned. The reason stays in the request.
pub async fn apply(tx: &mut Tx<'_>, request: &ChangeRequest, session: &Session) -> Result<()> {
    let held = queries::lecturers(tx, &[session.id]).await?;
    let held: Vec<Share> = held.into_iter().map(Share::from).collect();
    let lecturers: Vec<_> = held.iter().map(|share| share.employee_id).collect();
    let is_theirs = lecturers.contains(&request.asked_by_id);
    Thing::Session.refuse_if(!is_theirs, Condition::GivenByOthers, Condition::GivenByAsker)?;
    let change = match request.kind {
        ChangeKind::Cancel => return transitions::cancel_by_consent(tx, session, &lecturers).await,
        ChangeKind::HandOver => {
            let colleague = request.colleague_id.ok_or_else(|| Error::internal("a hand-over to nobody"))?;
            let shares = handed_over(&held, request.asked_by_id, colleague);
            let now: Vec<_> = shares.iter().map(|share| share.employee_id).collect();
            check_fit(tx, session, session.scheduled_start, &[colleague]).await?;
            service::store_lecturers(tx, session, &lecturers, &shares).await?;
            let payload = json!({"before": lecturers, "now": now, "is_confirmed": false});
            tx.emit(Event::new("session.lecturers_replaced", "session", session.id, payload));
            return Ok(());
        }
        ChangeKind::Move => PlanChange {
            starts_at: request.starts_at,
            scheduled_minutes: request.scheduled_minutes,
            ..PlanChange::default()
        },
        ChangeKind::BecomeVoluntary => PlanChange { kind: Some(SessionKind::Voluntary), ..PlanChange::default() },
    };
    if let Some(start) = change.starts_at {
        check_fit(tx, session, start, &lecturers).await?;
    }
    let fields = change.fields();
    let updated = service::store_change(tx, session, &lecturers, change, ReportedAs::Supervisor).await?;
    let payload = json!({"programme_id": updated.programme_id, "lecturer_ids": lecturers, "fields": fields});
    tx.emit(Event::new("session.updated", "session", session.id, payload));
    Ok(())
}

/// Refuses a plan of people who are not employed on its day, or no longer appointed.
async fn check_fit(tx: &mut Tx<'_>, session: &Session, start: DateTime<Utc>, people: &[Uuid]) -> Result<()> {
    let mut faults = Faults::default();
    let people = people.iter().map(|person| (String::new(), *person));
    fit::check_fit(tx, session, start, people, &mut faults).await?;
    faults.check()
}

/// The shares after `from` has handed its own over to `to`.
fn handed_over(held: &[Share], from: Uuid, to: Uuid) -> Vec<Share> {
    let handed = |share: &Share| {
        let employee_id = if share.employee_id == from { to } else { share.employee_id };
        Share { employee_id, ..*share }
    };
    held.iter().map(handed).collect()
}
