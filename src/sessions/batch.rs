//! Plans many sessions in one request: all or none, or each by itself.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::dto::CreateSessionRequest;
use super::known::Known;
use super::model::PlanSession;
use super::overlaps::{self, Clash};
use super::service::insert_all;
use crate::error::{Error, Result};
use crate::http::{ETag, Problem, RequestContext, validation_faults};
use crate::journal::{Record, Tx};
use crate::kernel::fault::{self, Fault, FaultCode, Faults};
use crate::people::BatchMode;

/// Sessions to plan.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mode": "per_item", "items": [{
    "programme_id": "0195a1b2-0000-7000-8000-000000000010", "title": "老客户维护三步法", "kind": "assigned", "mode": "online",
    "starts_at": "2026-03-12T06:00:00Z", "scheduled_minutes": 45,
    "lecturers": [{"employee_id": "0195a1b2-0000-7000-8000-000000000001"}]
}]}))]
pub struct BatchSessionsRequest {
    pub mode: BatchMode,
    /// The values of the items are checked one by one, according to the mode.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<CreateSessionRequest>,
}

/// The result of each item, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchSessionsResponse {
    #[schema(max_items = 500)]
    pub items: Vec<BatchSessionResult>,
}

/// The result of one item: the session or the problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchSessionResult {
    /// Position in the request, from 0.
    #[schema(minimum = 0, maximum = 499)]
    pub index: i32,
    /// The new session. Null if the item was refused.
    pub session_id: Option<Uuid>,
    pub etag: Option<ETag>,
    /// Why the item was refused. Null if it was planned. Its pointers are relative to the item.
    pub problem: Option<Problem>,
}

/// Plans the sessions of a batch.
pub async fn create_all(
    tx: &mut Tx<'_>,
    request: BatchSessionsRequest,
    context: &RequestContext,
) -> Result<BatchSessionsResponse> {
    let count = request.items.len();
    let (plans, mut faults): (Vec<PlanSession>, Vec<Faults>) = request.items.into_iter().map(read).unzip();
    let known = Known::load(tx, &plans).await?;
    for (plan, faults) in plans.iter().zip(&mut faults) {
        known.check(plan, faults);
    }
    let slots = overlaps::slots_of(&plans);
    let clashes = overlaps::clashes(tx, &slots, None).await?;
    let refused: BTreeSet<i32> =
        (0..).zip(&faults).filter(|(_, faults)| !faults.is_empty()).map(|(place, _)| place).collect();
    let refused: BTreeSet<i32> = refused.into_iter().chain(clashes.keys().copied()).collect();
    for place in overlaps::among_themselves(&slots, &refused) {
        if let Some(faults) = usize::try_from(place).ok().and_then(|place| faults.get_mut(place)) {
            faults.push(Fault::new("/starts_at", FaultCode::Overlaps));
        }
    }
    let faults: Vec<Vec<Fault>> = faults.into_iter().map(Faults::into_vec).collect();
    if request.mode == BatchMode::Atomic {
        Error::refuse(fault::of_items(faults.iter().map(Vec::as_slice)))?;
        if let Some(clash) = clashes.values().next() {
            return Err(clash.into());
        }
    }
    let errors: Vec<Option<Error>> =
        (0..).zip(faults).map(|(place, faults)| refusal(faults, clashes.get(&place))).collect();
    let good: Vec<PlanSession> =
        plans.into_iter().zip(&errors).filter(|(_, error)| error.is_none()).map(|(plan, _)| plan).collect();
    let planned = good.len();
    let mut stored = if good.is_empty() { Vec::new() } else { insert_all(tx, &known, good).await? }.into_iter();
    let results = (0_i32..).zip(errors).map(|(index, error)| match error {
        None => {
            let session = stored.next();
            let etag = session.as_ref().map(|session| ETag(session.version));
            BatchSessionResult { index, session_id: session.map(|session| session.id), etag, problem: None }
        }
        Some(error) => {
            let problem = Some(Problem::new(&error, context));
            BatchSessionResult { index, session_id: None, etag: None, problem }
        }
    });
    let items = results.collect();
    let details = json!({"items": count, "planned": planned});
    tx.record(Record::logged("batch_sessions", "session", None).details(details));
    Ok(BatchSessionsResponse { items })
}

/// Why an item is not planned.
fn refusal(faults: Vec<Fault>, clash: Option<&Clash>) -> Option<Error> {
    if faults.is_empty() { clash.map(Error::from) } else { Some(Error::invalid(faults)) }
}

/// The command for one item, with the faults in the form of its values.
fn read(item: CreateSessionRequest) -> (PlanSession, Faults) {
    let mut faults: Faults = item.validate().err().map(|errors| validation_faults(&errors)).unwrap_or_default().into();
    let plan = item.into_command(&mut faults);
    (plan, faults)
}
