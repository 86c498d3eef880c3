//! Operations on reuse.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use serde_json::json;
use uuid::Uuid;
use validator::Validate as _;

use super::dto::{
    BatchReuseEventResult, BatchReuseEventsRequest, BatchReuseEventsResponse, CreateReuseEventRequest,
    ReuseEventResponse,
};
use super::model::{NewReuseEvent, ReuseEvent};
use super::queries;
use crate::auth::Reach;
use crate::auth::rights::ReuseWrite;
use crate::content::access::open_to_caller;
use crate::error::{Code, Error, Result, only};
use crate::http::{Problem, RequestContext, validation_faults};
use crate::journal::{Event, Record, Tx};
use crate::kernel::fault::{self, Fault, FaultCode, Faults};
use crate::kernel::phrases::{Condition, Refusal, Thing};
use crate::kernel::text::{Reason, Source, SourceRef};
use crate::kernel::wire;
use crate::people::{BatchMode, Existing, employee_refs, existing_employees, time_zone};

/// The source of events that people report themselves.
const OWN_WORD: &str = "lectern";

/// The data against which requests are checked.
struct Known {
    reach: Reach,
    caller: Option<Uuid>,
    contents: BTreeSet<Uuid>,
    /// Those of the contents that the caller may not read.
    closed: BTreeSet<Uuid>,
    employees: Existing,
    /// The company's time zone, if something is said to happen later than now.
    zone: Tz,
}

impl Known {
    async fn load(tx: &mut Tx<'_>, requests: &[CreateReuseEventRequest]) -> Result<Self> {
        let reach = tx.actor.reach::<ReuseWrite>()?;
        let caller = tx.actor.person();
        let contents: Vec<Uuid> = requests.iter().map(|request| request.content_id).collect();
        let people: Vec<Uuid> = requests.iter().filter_map(|request| request.employee_id.or(caller)).collect();
        let everything = reach == Reach::All;
        let is_later = |request: &CreateReuseEventRequest| request.occurred_at.is_some_and(|at| at > tx.now);
        let zone = if requests.iter().any(is_later) { time_zone(tx).await? } else { Tz::UTC };
        let usable = queries::usable_contents(tx, &contents, everything, caller).await?;
        let ids = usable.iter().map(|(id, _)| *id);
        let open: BTreeSet<Uuid> = if everything { ids.collect() } else { open_to_caller(tx, &usable).await? };
        let (contents, closed): (BTreeSet<Uuid>, BTreeSet<Uuid>) =
            usable.into_iter().map(|(id, _)| id).partition(|id| open.contains(id));
        Ok(Self { contents, closed, employees: existing_employees(tx, &people).await?, reach, caller, zone })
    }

    /// The event to be inserted, or all faults.
    fn read(&self, tx: &Tx<'_>, request: CreateReuseEventRequest) -> std::result::Result<NewReuseEvent, Vec<Fault>> {
        let mut faults = Faults::default();
        if let Err(errors) = request.validate() {
            faults.extend(validation_faults(&errors));
        }
        if self.closed.contains(&request.content_id) {
            faults.push(Fault::not_eligible("/content_id", Refusal::ContentNotOpen));
        } else if !self.contents.contains(&request.content_id) {
            faults.push(Fault::new("/content_id", FaultCode::NotFound));
        }
        let employee = request.employee_id.or(self.caller);
        match employee {
            None => faults.push(Fault::new("/employee_id", FaultCode::Required)),
            Some(_) if self.reach != Reach::All && employee != self.caller => {
                faults.push(Fault::not_eligible("/employee_id", Refusal::OwnReuseOnly));
            }
            Some(employee) if !self.employees.contains(&employee) => {
                faults.push(self.employees.fault("/employee_id", employee));
            }
            Some(_) => {}
        }
        if self.reach != Reach::All && request.source.is_some() {
            faults.push(Fault::not_eligible("/source", Refusal::SourceIsOfSystems));
        }
        let occurred_at = request.occurred_at.unwrap_or(tx.now);
        faults.extend(wire::future_fault("/occurred_at", occurred_at, tx.now, self.zone));
        let faults = faults.into_vec();
        match employee {
            Some(employee_id) if faults.is_empty() => Ok(NewReuseEvent {
                tenant_id: tx.tenant,
                id: tx.id(),
                content_id: request.content_id,
                employee_id,
                kind: request.kind.slug(),
                occurred_at,
                source: self.source(request.source),
                source_ref: request.source_ref,
                received_at: tx.now,
            }),
            _ => Err(faults),
        }
    }

    /// Every person who reports events has a source of their own, so that nobody can take another person's event ids.
    fn source(&self, given: Option<Source>) -> Source {
        match (given, &self.reach, self.caller) {
            (Some(source), _, _) => source,
            (None, Reach::All, _) | (None, _, None) => Source::trusted(OWN_WORD),
            (None, _, Some(person)) => Source::trusted(format!("{OWN_WORD}:{person}")),
        }
    }
}

/// Records one reuse event. Returns whether it is new.
pub async fn create(tx: &mut Tx<'_>, request: CreateReuseEventRequest) -> Result<(ReuseEventResponse, bool)> {
    let known = Known::load(tx, std::slice::from_ref(&request)).await?;
    let event = known.read(tx, request).map_err(Error::invalid)?;
    let stored = store(tx, vec![event]).await?;
    let (id, is_new) = only(stored)?;
    tx.record(Record::logged("create_reuse_event", "reuse_event", id).details(json!({"is_new": is_new})));
    let row = queries::find_all(tx, &[id]).await?;
    Ok((only(render_all(tx, row).await?)?, is_new))
}

/// Inserts events and announces the new ones. Returns (id, whether it is new) for each, in the same order.
async fn store(tx: &mut Tx<'_>, events: Vec<NewReuseEvent>) -> Result<Vec<(Uuid, bool)>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let new = queries::insert_missing(tx, &events).await?;
    let sources: Vec<Source> = events.iter().map(|event| event.source.clone()).collect();
    let refs: Vec<SourceRef> = events.iter().filter_map(|event| event.source_ref.clone()).collect();
    let numbered = queries::find_by_refs(tx, &sources, &refs).await?;
    let numbered: BTreeMap<(Source, Option<SourceRef>), Uuid> =
        numbered.into_iter().map(|event| ((event.source, event.source_ref), event.id)).collect();
    let mut stored = Vec::new();
    for event in events {
        if new.contains(&event.id) {
            let payload = json!({
                "content_id": event.content_id,
                "employee_id": event.employee_id,
                "kind": event.kind,
                "occurred_at": event.occurred_at,
            });
            tx.emit(Event::new("reuse.recorded", "reuse_event", event.id, payload));
            stored.push((event.id, true));
        } else {
            let known = numbered.get(&(event.source, event.source_ref)).copied();
            stored.push((known.ok_or_else(|| Error::internal("a reuse is neither new nor known"))?, false));
        }
    }
    tx.touch_reuse(&stored.iter().map(|(id, _)| *id).collect::<Vec<_>>()).await?;
    Ok(stored)
}

/// Records the reuse events of a batch.
pub async fn create_all(
    tx: &mut Tx<'_>,
    request: BatchReuseEventsRequest,
    context: &RequestContext,
) -> Result<BatchReuseEventsResponse> {
    let known = Known::load(tx, &request.items).await?;
    let count = request.items.len();
    let read: Vec<_> = request.items.into_iter().map(|item| known.read(tx, item)).collect();
    if request.mode == BatchMode::Atomic {
        let faults = read.iter().map(|item| item.as_ref().err().map_or(&[][..], Vec::as_slice));
        Error::refuse(fault::of_items(faults))?;
    }
    let good: Vec<NewReuseEvent> = read.iter().filter_map(|item| item.as_ref().ok().cloned()).collect();
    let stored = store(tx, good).await?;
    let recorded = stored.iter().filter(|(_, is_new)| *is_new).count();
    let mut stored = stored.into_iter();
    let results = (0_i32..).zip(read).map(|(index, item)| match item {
        Ok(_) => {
            let (id, is_new) = stored.next().unzip();
            BatchReuseEventResult { index, reuse_event_id: id, is_new: is_new.unwrap_or(false), problem: None }
        }
        Err(faults) => {
            let problem = Some(Problem::new(&Error::invalid(faults), context));
            BatchReuseEventResult { index, reuse_event_id: None, is_new: false, problem }
        }
    });
    let items = results.collect();
    let details = json!({"items": count, "recorded": recorded});
    tx.record(Record::logged("batch_reuse_events", "reuse_event", None).details(details));
    Ok(BatchReuseEventsResponse { items })
}

/// HR voids an event that was reported wrongly.
pub async fn void(tx: &mut Tx<'_>, id: Uuid, reason: Reason) -> Result<ReuseEventResponse> {
    if tx.actor.reach::<ReuseWrite>()? != Reach::All {
        return Err(Error::new(Code::HrRequired));
    }
    let event = Thing::ReuseEvent.require(queries::find_for_update(tx, id).await?)?;
    Thing::ReuseEvent.refuse_if(event.voided_at.is_some(), Condition::Voided, Condition::NotVoided)?;
    let by = tx.actor.answerable();
    let voided = queries::void(tx, id, by, reason.clone()).await?;
    tx.touch_reuse(&[id]).await?;
    let details = json!({"content_id": voided.content_id, "employee_id": voided.employee_id, "kind": voided.kind});
    let record = Record::told("void_reuse_event", "reuse.voided", "reuse_event", id);
    tx.record(record.fields(["voided"]).details(details).notes(json!({"reason": reason})));
    only(render_all(tx, vec![voided]).await?)
}

/// The events as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, events: Vec<ReuseEvent>) -> Result<Vec<ReuseEventResponse>> {
    let named = events.iter().flat_map(|event| [Some(event.employee_id), event.voided_by_id]);
    let named: Vec<Uuid> = named.flatten().collect();
    let people = employee_refs(tx, &named).await?;
    events.into_iter().map(|event| ReuseEventResponse::new(event, &people)).collect()
}
