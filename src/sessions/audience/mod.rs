//! The people registered for a session. They may rate it as long as it has no attendance records.

pub mod dto;
pub mod queries;
pub mod routes;

use std::collections::BTreeSet;

use serde_json::json;
use uuid::Uuid;

use self::dto::ReplaceAudienceRequest;
use super::responses::{SessionResponse, render};
use super::{rules, service};
use crate::error::Result;
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, Faults};
use crate::kernel::phrases::Refusal;
use crate::people::existing_employees;

/// Replaces the registered audience with this list.
pub async fn replace(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    request: ReplaceAudienceRequest,
) -> Result<SessionResponse> {
    let (session, lecturers, reported_as) = service::lock(tx, id, &precondition).await?;
    rules::check_audience_open(&session, reported_as, tx.now)?;
    let learners = request.employee_ids;
    let known = existing_employees(tx, &learners).await?;
    let mut faults = Faults::default();
    faults.check_distinct(&learners, |i| format!("/employee_ids/{i}"));
    for (i, learner) in learners.iter().enumerate() {
        let pointer = format!("/employee_ids/{i}");
        if !known.contains(learner) {
            faults.push(known.fault(pointer, *learner));
        } else if lecturers.contains(learner) {
            faults.push(Fault::not_eligible(pointer, Refusal::LecturerIsNoAudience));
        }
    }
    faults.check()?;
    let before: BTreeSet<Uuid> = queries::all(tx, id).await?.into_iter().collect();
    let now: BTreeSet<Uuid> = learners.into_iter().collect();
    let gone: Vec<Uuid> = before.difference(&now).copied().collect();
    let come: Vec<(Uuid, Uuid)> = now.difference(&before).map(|learner| (id, *learner)).collect();
    queries::remove(tx, id, &gone).await?;
    queries::insert_all(tx, &come).await?;
    let updated = super::queries::touch(tx, id).await?;
    let record = Record::told("replace_session_audience", "session.audience_replaced", "session", id);
    let details = json!({"registered": now.len(), "added": come.len(), "removed": gone.len()});
    tx.record(record.fields(["audience"]).details(details));
    render(tx, updated).await
}
