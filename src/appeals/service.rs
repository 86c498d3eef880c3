//! Operations on appeals.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::dto::{AcceptAppealRequest, AppealResponse, FileAppealRequest};
use super::model::{Appeal, AppealCorrection, AppealEvent, AppealEventKind, AppealState, Context, Step};
use super::queries::{self, Disputed};
use crate::auth::Reach;
use crate::auth::rights::AppealsRead;
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::{data, local_time};
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Refusal, Thing};
use crate::kernel::text::{AppealText, Reason};
use crate::people::{allows_self_approval, check_self_approval, employee_refs, records_of_all, visible};
use crate::programmes::periods::interval_of;
use crate::programmes::{self, PeriodRow, PeriodState, Programme, find_period_for_update};
use crate::sessions::{DeliverSessionRequest, deliver};

/// Files an appeal against the statement of the caller.
pub async fn file(
    tx: &mut Tx<'_>,
    (programme, period, employee): (Uuid, Period, Uuid),
    request: FileAppealRequest,
    mut faults: Faults,
) -> Result<AppealResponse> {
    let person = tx.actor.require_person()?;
    if !tx.actor.is(employee) {
        return Err(Error::new(Code::NotYourStatement));
    }
    let programme = Thing::Programme.require(programmes::find(tx, programme).await?)?;
    interval_of(&programme, &period)?;
    // Locked, so that no other snapshot begins to count meanwhile.
    let row = find_period_for_update(tx, programme.id, &period).await?;
    let (row, snapshot) = appealable(tx, &programme, row)?;
    let records = records_of_all(tx, &[person]).await?;
    let disputed = Disputed { programme: programme.id, period, snapshot, records: &records };
    let known = queries::known(tx, disputed, &request).await?;
    Thing::Scorecard.require(known.card.then_some(()))?;
    request.check(&mut faults);
    let found = [
        ("/session_id", known.session),
        ("/content_id", known.content),
        ("/metric", known.metric),
        ("/reward_id", known.reward),
    ];
    let unknown = found.into_iter().filter(|(_, is_known)| !is_known);
    faults.extend(unknown.map(|(pointer, _)| Fault::new(pointer, FaultCode::NotFound)));
    faults.check()?;
    let appeal = Appeal {
        tenant_id: tx.tenant,
        id: tx.id(),
        period_id: row.id,
        snapshot_id: snapshot,
        employee_id: person,
        session_id: request.session_id,
        content_id: request.content_id,
        metric: request.metric.map(|metric| metric.to_string()),
        entry_id: request.reward_id,
        state: AppealState::Open,
        decided_at: None,
        decided_by_id: None,
        self_approved: false,
        correction: None,
        audit_entry_id: None,
        correcting_entry_id: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    let inserted = queries::insert(tx, &appeal).await;
    let appeal = inserted.on_constraint("appeals_subject_key", || Error::already_exists(Thing::AppealOfSubject))?;
    go_on(tx, appeal, (AppealEventKind::Filed, Some(request.reason)), ("file_appeal", "appeal.filed")).await
}

/// The row of a closed period whose days for appeals are not over, with the snapshot that counts.
fn appealable(tx: &Tx<'_>, programme: &Programme, row: Option<PeriodRow>) -> Result<(PeriodRow, Uuid)> {
    let closed = row.filter(|row| row.state == PeriodState::Closed);
    let row = closed.ok_or_else(|| Error::state(Thing::Period, Condition::Open, Condition::Closed))?;
    let (snapshot, until) = row
        .snapshot_id
        .zip(row.appeals_until_at)
        .ok_or_else(|| Error::internal("a closed period without a snapshot that counts"))?;
    if tx.now >= until {
        let refused = Error::new(Code::AppealTooLate).with("period", data(row.period));
        return Err(refused.with("until", local_time(until, programme.time_zone)));
    }
    Ok((row, snapshot))
}

/// HR asks the lecturer back.
pub async fn ask(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    question: AppealText,
) -> Result<AppealResponse> {
    let (appeal, _) = lock_to_decide(tx, id, precondition, [AppealState::Open]).await?;
    let asked = queries::update(tx, appeal.id, &Step::to(AppealState::Asked)).await?;
    go_on(tx, asked, (AppealEventKind::Asked, Some(question)), ("ask_about_appeal", "appeal.asked")).await
}

/// The lecturer answers.
pub async fn answer(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    text: AppealText,
) -> Result<AppealResponse> {
    let appeal = lock_own(tx, id, precondition, [AppealState::Asked]).await?;
    let answered = queries::update(tx, appeal.id, &Step::to(AppealState::Open)).await?;
    go_on(tx, answered, (AppealEventKind::Answered, Some(text)), ("answer_appeal", "appeal.answered")).await
}

/// The lecturer takes it back.
pub async fn withdraw(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<AppealResponse> {
    let appeal = lock_own(tx, id, precondition, UNDECIDED).await?;
    let withdrawn = queries::update(tx, appeal.id, &Step::to(AppealState::Withdrawn)).await?;
    go_on(tx, withdrawn, (AppealEventKind::Withdrawn, None), ("withdraw_appeal", "appeal.withdrawn")).await
}

/// HR does not agree.
pub async fn decline(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    reason: AppealText,
) -> Result<AppealResponse> {
    let (appeal, decided) = lock_to_decide(tx, id, precondition, UNDECIDED).await?;
    let step = Step { state: AppealState::Declined, ..decided };
    let declined = queries::update(tx, appeal.id, &step).await?;
    go_on(tx, declined, (AppealEventKind::Declined, Some(reason)), ("decline_appeal", "appeal.declined")).await
}

/// HR agrees: corrects the session, or points at the correction.
pub async fn accept(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    request: AcceptAppealRequest,
    mut faults: Faults,
) -> Result<AppealResponse> {
    let (appeal, decided) = lock_to_decide(tx, id, precondition, UNDECIDED).await?;
    request.check(&mut faults);
    if request.delivery.is_some() && appeal.session_id.is_none() {
        faults.push(Fault::not_eligible("/delivery", Refusal::AppealOfNoSession));
    }
    if let Some(entry) = request.audit_entry_id {
        faults.extend(log_fault(tx, &appeal, entry).await?);
    }
    if let Some(reward) = request.reward_id {
        let records = records_of_all(tx, &[appeal.employee_id]).await?;
        faults.extend(match queries::settles(tx, &appeal, &records, reward).await? {
            None => Some(Fault::new("/reward_id", FaultCode::NotFound)),
            Some(settles) => (!settles).then(|| Fault::not_eligible("/reward_id", Refusal::SettlesNothing)),
        });
    }
    faults.check()?;
    let correction = match (request.audit_entry_id, request.reward_id) {
        (Some(_), _) => AppealCorrection::Log,
        (None, Some(_)) => AppealCorrection::Reward,
        (None, None) => AppealCorrection::Fact,
    };
    if let Some((session, delivery)) = appeal.session_id.zip(request.delivery) {
        correct(tx, session, delivery).await?;
    }
    let step = Step {
        state: AppealState::Accepted,
        correction: Some(correction.slug()),
        audit_entry_id: request.audit_entry_id,
        correcting_entry_id: request.reward_id,
        ..decided
    };
    let accepted = queries::update(tx, appeal.id, &step).await?;
    go_on(tx, accepted, (AppealEventKind::Accepted, Some(request.note)), ("accept_appeal", "appeal.accepted")).await
}

/// The fault of an entry of the operation log that cannot tell of a correction.
async fn log_fault(tx: &mut Tx<'_>, appeal: &Appeal, entry: Uuid) -> Result<Option<Fault>> {
    let Some(logged_at) = queries::logged_at(tx, entry).await? else {
        return Ok(Some(Fault::new("/audit_entry_id", FaultCode::NotFound)));
    };
    let is_older = logged_at < queries::frozen_at(tx, appeal.snapshot_id).await?;
    Ok(is_older.then(|| Fault::not_eligible("/audit_entry_id", Refusal::OlderThanSnapshot)))
}

/// Corrects the session as HR would by itself. Faults are named where the request has them.
async fn correct(tx: &mut Tx<'_>, session: Uuid, delivery: DeliverSessionRequest) -> Result<()> {
    let reason = delivery.reason.or_else(|| Some(Reason::trusted("appeal accepted（申诉成立）")));
    let delivery = DeliverSessionRequest { reason, ..delivery };
    let delivered = deliver(tx, session, Precondition::none(), delivery, Faults::default()).await;
    delivered.map(drop).map_err(|mut refused| {
        for fault in &mut refused.faults {
            fault.pointer = format!("/delivery{}", fault.pointer);
        }
        refused
    })
}

/// While nobody has decided.
const UNDECIDED: [AppealState; 2] = [AppealState::Open, AppealState::Asked];

/// The appeal, locked for HR, and what a decision of the caller writes.
async fn lock_to_decide<const N: usize>(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    states: [AppealState; N],
) -> Result<(Appeal, Step)> {
    let person = tx.actor.require_person()?;
    let found = queries::find_for_update(tx, id).await?;
    let appeal = precondition.admit(Thing::Appeal, found, |appeal| appeal.version)?;
    Thing::Appeal.require_state(appeal.state, states)?;
    let is_own = tx.actor.is(appeal.employee_id);
    let self_approved = check_self_approval(tx, is_own).await? || is_allowed_party(tx, &appeal).await?;
    let (decided_at, decided_by_id) = (Some(tx.now), Some(person));
    Ok((appeal, Step { decided_at, decided_by_id, self_approved, ..Step::to(AppealState::Open) }))
}

/// Whether the caller shares what the appeal is about, in a company that is too small for another one. Elsewhere that is refused.
async fn is_allowed_party(tx: &mut Tx<'_>, appeal: &Appeal) -> Result<bool> {
    let lecturer = records_of_all(tx, &[appeal.employee_id]).await?;
    let is_party = queries::is_party(tx, appeal, &lecturer).await?;
    if is_party && !allows_self_approval(tx).await? {
        return Err(Error::new(Code::PartyToAppeal));
    }
    Ok(is_party)
}

/// The appeal of the caller, locked. Those who see it and did not file it are refused.
async fn lock_own<const N: usize>(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    states: [AppealState; N],
) -> Result<Appeal> {
    tx.actor.require_person()?;
    let sees_all = tx.actor.reach::<AppealsRead>().is_ok_and(|reach| reach == Reach::All);
    let found = queries::find_for_update(tx, id).await?;
    let seen = Thing::Appeal.require(found.filter(|appeal| sees_all || tx.actor.is(appeal.employee_id)))?;
    if !tx.actor.is(seen.employee_id) {
        return Err(Error::new(Code::NotYourStatement));
    }
    let appeal = precondition.admit(Thing::Appeal, Some(seen), |appeal| appeal.version)?;
    Thing::Appeal.require_state(appeal.state, states)?;
    Ok(appeal)
}

/// Adds the step to the course of the appeal, and records it without what was said.
async fn go_on(
    tx: &mut Tx<'_>,
    appeal: Appeal,
    (event, message): (AppealEventKind, Option<AppealText>),
    (command, topic): (&'static str, &'static str),
) -> Result<AppealResponse> {
    let event = AppealEvent {
        tenant_id: tx.tenant,
        id: tx.id(),
        appeal_id: appeal.id,
        seq: i32::try_from(appeal.version).map_err(Error::internal)?,
        event,
        actor_id: tx.actor.require_person()?,
        message,
        occurred_at: tx.now,
    };
    queries::insert_event(tx, &event).await?;
    let (id, state, employee) = (appeal.id, appeal.state, appeal.employee_id);
    let response = only(render_all(tx, vec![appeal]).await?)?;
    let details = json!({
        "programme_id": response.programme_id, "period": response.period, "employee_id": employee, "state": state,
        "session_id": response.session_id, "content_id": response.content_id, "metric": response.metric,
        "reward_id": response.reward_id,
    });
    tx.record(Record::told(command, topic, "appeal", id).details(details));
    Ok(response)
}

/// One appeal that the caller may see.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<AppealResponse> {
    let appeal = find_seen(tx, id).await?;
    only(render_all(tx, vec![appeal]).await?)
}

async fn find_seen(tx: &mut Tx<'_>, id: Uuid) -> Result<Appeal> {
    let seen = visible::<AppealsRead>(tx).await?;
    let found = queries::find(tx, id).await?;
    Thing::Appeal.require(found.filter(|appeal| seen.includes(appeal.employee_id)))
}

/// Whose statement of which programme and period an appeal that the caller may see is about.
pub async fn statement_of(tx: &mut Tx<'_>, id: Uuid) -> Result<(Uuid, Period, Uuid)> {
    let appeal = find_seen(tx, id).await?;
    let context = only(queries::contexts(tx, &[id]).await?)?;
    let period = context.period.parse().map_err(Error::internal)?;
    Ok((context.programme_id, period, appeal.employee_id))
}

/// The appeals as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, appeals: Vec<Appeal>) -> Result<Vec<AppealResponse>> {
    let ids: Vec<Uuid> = appeals.iter().map(|appeal| appeal.id).collect();
    let mut contexts: BTreeMap<Uuid, Context> =
        queries::contexts(tx, &ids).await?.into_iter().map(|context| (context.id, context)).collect();
    let events = queries::events_of(tx, &ids).await?;
    let named = appeals.iter().flat_map(|appeal| [Some(appeal.employee_id), appeal.decided_by_id]).flatten();
    let named: Vec<Uuid> = named.chain(events.iter().map(|event| event.actor_id)).collect();
    let people = employee_refs(tx, &named).await?;
    let mut courses: BTreeMap<Uuid, Vec<AppealEvent>> = BTreeMap::new();
    for event in events {
        courses.entry(event.appeal_id).or_default().push(event);
    }
    let whole = |appeal: Appeal| {
        let context = contexts.remove(&appeal.id).ok_or_else(|| Error::internal("an appeal of no period"))?;
        let course = courses.remove(&appeal.id).unwrap_or_default();
        AppealResponse::new(appeal, context, course, &people)
    };
    appeals.into_iter().map(whole).collect()
}
