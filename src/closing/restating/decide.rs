//! Accepting and declining a restatement.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use uuid::Uuid;

use super::dto::{AcceptRestatementRequest, DeclinedPart};
use super::model::{Decision, Proposal, ProposalKind, Restatement, RestatementState};
use super::{queries, runs, tasks};
use crate::closing::{queries as snapshots, replay};
use crate::error::{Code, Error, Result};
use crate::growth::streaks::rules::Due;
use crate::growth::streaks::{self, Cause};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::Thing;
use crate::kernel::text::Reason;
use crate::people::{check_self_approval, merged_into};
use crate::programmes::{self, PeriodRow, find_period_for_update};
use crate::rewards::certificates::{self, NewCertificate};
use crate::rewards::ledger::reason::known;
use crate::rewards::ledger::{self, Grant, Holds, Regated, SnapshotRef, TakenBack, reasons};
use crate::scoring::granted_since;

/// How many proposals are entered at a time.
const PROPOSALS: i64 = 1_000;
/// What is about money, and certificates.
const MONEY: [ProposalKind; 6] = [
    ProposalKind::Grant,
    ProposalKind::TakeBack,
    ProposalKind::Keep,
    ProposalKind::Certificate,
    ProposalKind::Hold,
    ProposalKind::Release,
];
/// What is about runs of periods, and what HR has to look at.
const RUNS: [ProposalKind; 4] =
    [ProposalKind::Title, ProposalKind::Notice, ProposalKind::Precedence, ProposalKind::Task];
/// What costs the lecturer something.
const COSTS: [ProposalKind; 4] = [ProposalKind::TakeBack, ProposalKind::Task, ProposalKind::Notice, ProposalKind::Hold];

/// A restatement that waits, locked with the row of its period.
async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<(Restatement, PeriodRow)> {
    let found = Thing::Restatement.require(queries::find(tx, id).await?)?;
    // Of two periods that are decided on at once the second sees what the first has brought about.
    programmes::periods::lock_closed(tx, found.programme_id).await?;
    let row = find_period_for_update(tx, found.programme_id, &found.period).await?;
    let row = row.ok_or_else(|| Error::internal("a restatement without its period"))?;
    let locked = queries::find_for_update(tx, id).await?;
    let restatement = precondition.admit(Thing::Restatement, locked, Restatement::version)?;
    Thing::Restatement.require_state(restatement.state, [RestatementState::Proposed])?;
    Ok((restatement, row))
}

/// Accepts a restatement, but for the declined parts: its snapshot counts, and the ledger takes the rest. By a person other than its
/// maker, who does not decline what would be taken back from themselves, a notice, or a task about what they hold.
pub async fn accept(
    tx: &mut Tx<'_>,
    id: Uuid,
    request: AcceptRestatementRequest,
    mut faults: Faults,
    precondition: &Precondition,
) -> Result<Restatement> {
    let checker = tx.actor.require_person()?;
    let (restatement, row) = lock(tx, id, precondition).await?;
    let is_own = tx.actor.is(restatement.maker_id);
    let self_approved = check_self_approval(tx, is_own).await?;
    let spares_own = check_parts(tx, id, &request.declined, &mut faults).await?;
    faults.check()?;
    check_self_approval(tx, spares_own).await?;
    let declined = request.declined.len();
    let (ids, reasons) = request.declined.into_iter().map(|part| (part.proposal_id, part.reason.to_string())).unzip();
    if declined > 0 {
        queries::decline_parts(tx, ids, reasons).await?;
    }
    enter(tx, &restatement).await?;
    programmes::periods::restate(tx, row.id, restatement.snapshot_id).await?;
    enter_runs(tx, &restatement).await?;
    // Whoever looks at the period sees it anew.
    tx.mark_everybody(Some(row.programme_id), Some(row.starts_on), Some(row.ends_on)).await?;
    let state = RestatementState::Accepted;
    let decision = Decision { state, by: Some(checker), self_approved, reason: request.reason };
    let restatement = queries::decide(tx, id, decision).await?;
    leave_traces(tx, "accept_restatement", "period.restated", &restatement, declined);
    Ok(restatement)
}

/// Declines the whole of a restatement. Nothing of it ever counts. Not by somebody whom it would cost something.
pub async fn decline(tx: &mut Tx<'_>, id: Uuid, reason: Reason, precondition: &Precondition) -> Result<Restatement> {
    let checker = tx.actor.require_person()?;
    lock(tx, id, precondition).await?;
    let records = tx.actor.records();
    let spares_own = queries::concerns(tx, id, &COSTS, &records).await?;
    check_self_approval(tx, spares_own).await?;
    let (state, by) = (RestatementState::Declined, Some(checker));
    let decision = Decision { state, by, self_approved: false, reason: Some(reason) };
    let restatement = queries::decide(tx, id, decision).await?;
    leave_traces(tx, "decline_restatement", "restatement.declined", &restatement, 0);
    Ok(restatement)
}

fn leave_traces(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, own: &Restatement, declined: usize) {
    let details = json!({
        "programme_id": own.programme_id, "period": own.period, "number": own.number, "base_number": own.base_number,
        "snapshot_id": own.snapshot_id, "declined": declined, "self_approved": own.self_approved,
    });
    let record = Record::told(command, topic, "restatement", own.id);
    tx.record(record.details(details).notes(json!({ "reason": own.decision_reason })));
}

/// The declined parts are of this restatement, each once. Returns whether one of them would cost the caller something.
async fn check_parts(tx: &mut Tx<'_>, id: Uuid, declined: &[DeclinedPart], faults: &mut Faults) -> Result<bool> {
    let ids: Vec<Uuid> = declined.iter().map(|part| part.proposal_id).collect();
    let pointer = |i: usize| format!("/declined/{i}/proposal_id");
    let found = queries::existing_proposals(tx, id, &ids).await?;
    let known: BTreeSet<Uuid> = found.iter().map(|own| own.id).collect();
    let unknown = ids.iter().enumerate().filter(|(_, part)| !known.contains(*part));
    faults.extend(unknown.map(|(i, _)| Fault::new(pointer(i), FaultCode::NotFound)));
    faults.check_distinct(&ids, pointer);
    Ok(found.iter().any(|own| COSTS.contains(&own.kind) && tx.actor.is(own.employee_id)))
}

/// What somebody has of each policy, or of a session's fee.
type Having = BTreeMap<(Uuid, String, Option<Uuid>), i64>;

/// Grants, takes back and issues what was not declined, some at a time.
async fn enter(tx: &mut Tx<'_>, restatement: &Restatement) -> Result<()> {
    let snapshot = snapshots::find(tx, restatement.programme_id, &restatement.period, restatement.number).await?;
    let snapshot = snapshot.ok_or_else(|| Error::internal("a restatement without its snapshot"))?;
    let Some(policy_set_id) = snapshot.policy_set_id else { return Ok(()) };
    let reference = SnapshotRef {
        id: snapshot.id,
        programme_id: restatement.programme_id,
        policy_set_id,
        period: restatement.period,
        currency: restatement.currency.parse().map_err(Error::internal)?,
        caused_by: restatement.maker_id,
    };
    let found = ledger::had(tx, restatement.programme_id, &restatement.period).await?;
    let having = found
        .into_iter()
        .map(|own| ((own.employee_id, own.policy_code, own.session_id), own.computed_minor + own.by_hand_minor));
    let having: Having = having.collect();
    let mut after = None;
    loop {
        let chunk = queries::next_proposals(tx, restatement.id, &MONEY, after, PROPOSALS).await?;
        let Some(last) = chunk.last() else { return Ok(()) };
        after = Some(last.id);
        enter_chunk(tx, &reference, &having, chunk).await?;
    }
}

async fn enter_chunk(tx: &mut Tx<'_>, reference: &SnapshotRef, having: &Having, chunk: Vec<Proposal>) -> Result<()> {
    let people: Vec<Uuid> = chunk.iter().map(|own| own.employee_id).collect();
    let merged = merged_into(tx, &people).await?;
    let (mut grants, mut backs, mut issued, mut regated) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for own in chunk {
        let person = merged.get(&own.employee_id).copied().unwrap_or(own.employee_id);
        let own = Proposal { employee_id: person, ..own };
        if own.decline_reason.is_some() {
            continue;
        }
        check_stands(having, &own)?;
        match own.kind {
            ProposalKind::Grant => grants.push(grant(own)?),
            ProposalKind::TakeBack => backs.push(taken_back(own)?),
            ProposalKind::Certificate => issued.push(NewCertificate {
                employee_id: person,
                policy_code: own.policy_code,
                certificate_code: own.certificate_code.unwrap_or_default(),
            }),
            ProposalKind::Hold | ProposalKind::Release => regated.extend(own.session_id.map(|session_id| Regated {
                employee_id: person,
                policy_code: own.policy_code,
                session_id,
                gates: reasons(own.hold_reasons.as_ref()),
            })),
            _ => {}
        }
    }
    check_paid_once(tx, reference, &grants).await?;
    ledger::regate(tx, reference.programme_id, &reference.period.to_string(), regated).await?;
    ledger::grant(tx, reference, grants).await?;
    ledger::take_back(tx, reference, backs).await?;
    certificates::issue(tx, reference, issued).await?;
    Ok(())
}

/// Grants titles, gives precedences, opens notices, and lists tasks, of what was not declined. The new snapshot counts already: a notice that a later
/// period has passed is closed at once. What other periods have taken the ground from since it was computed is left out; what they add
/// nobody has seen, and the restatement is refused.
async fn enter_runs(tx: &mut Tx<'_>, restatement: &Restatement) -> Result<()> {
    let snapshot = snapshots::find(tx, restatement.programme_id, &restatement.period, restatement.number).await?;
    let snapshot = snapshot.ok_or_else(|| Error::internal("a restatement without its snapshot"))?;
    let terms = replay::terms(tx, &snapshot).await?;
    let cause = Cause { programme: restatement.programme_id, snapshot: snapshot.id, command: "accept_restatement" };
    let mut due = runs::as_things_stand(tx, restatement, &terms).await?;
    let mut after = None;
    loop {
        let chunk = queries::next_proposals(tx, restatement.id, &RUNS, after, PROPOSALS).await?;
        let Some(last) = chunk.last() else { break };
        after = Some(last.id);
        let people: Vec<Uuid> = chunk.iter().map(|own| own.employee_id).collect();
        let merged = merged_into(tx, &people).await?;
        let person = |own: &Proposal| merged.get(&own.employee_id).copied().unwrap_or(own.employee_id);
        let mut accepted: Vec<&Proposal> = Vec::new();
        for own in &chunk {
            let stands = runs::key(person(own), own)?.is_none_or(|key| due.remove(&key));
            accepted.extend((stands && own.decline_reason.is_none()).then_some(own));
        }
        let mut given = Vec::new();
        for own in accepted.iter().filter(|own| own.kind != ProposalKind::Task) {
            given.extend(runs::given(own)?.map(|due| (person(own), due)));
        }
        let missing: Vec<(Uuid, Due<'_>)> =
            given.iter().filter_map(|(person, due)| Some((*person, due.due()?))).collect();
        streaks::give(tx, cause, &missing).await?;
        let open = accepted.iter().filter(|own| own.kind == ProposalKind::Task);
        tasks::open(tx, restatement, &open.map(|own| (person(own), *own)).collect::<Vec<_>>()).await?;
    }
    check_listed(&due)?;
    streaks::pass(tx, cause, &terms.settings.grade_order).await
}

/// Whoever accepts has seen everything that the new grades give or take the ground from.
fn check_listed(unlisted: &BTreeSet<runs::PartKey>) -> Result<()> {
    if unlisted.is_empty() {
        return Ok(());
    }
    let people: BTreeSet<Uuid> = unlisted.iter().map(|(person, ..)| *person).collect();
    Err(Error::new(Code::RestatementOutdated).member("employee_ids", json!(people)))
}

/// The lecturer still has what the proposal was computed from.
fn check_stands(having: &Having, own: &Proposal) -> Result<()> {
    let key = (own.employee_id, own.policy_code.clone(), own.session_id);
    let is_money = own.certificate_code.is_none();
    if is_money && having.get(&key).copied().unwrap_or_default() != own.had_minor {
        return Err(Error::new(Code::RestatementOutdated).member("employee_ids", json!([own.employee_id])));
    }
    Ok(())
}

/// A session is paid once over all periods: none of them has paid something else for it since.
async fn check_paid_once(tx: &mut Tx<'_>, reference: &SnapshotRef, grants: &[Grant]) -> Result<()> {
    let parts: (Vec<Uuid>, Vec<Uuid>) =
        grants.iter().filter_map(|own| Some((own.employee_id, own.session_id?))).unzip();
    if parts.0.is_empty() {
        return Ok(());
    }
    let paid = granted_since(tx, (reference.programme_id, &reference.period), reference.id, parts).await?;
    if paid.is_empty() {
        return Ok(());
    }
    Err(Error::new(Code::RestatementOutdated).member("employee_ids", json!(paid)))
}

fn grant(own: Proposal) -> Result<Grant> {
    Ok(Grant {
        employee_id: own.employee_id,
        policy_code: own.policy_code,
        session_id: own.session_id,
        pay_item_code: own.pay_item_code,
        amount_minor: own.amount_minor,
        corrects: None,
        holds: Holds { over_budget: own.held, gates: reasons(own.hold_reasons.as_ref()) },
        reason_code: known(&own.reason_code).ok_or_else(|| Error::internal("a reason without words"))?,
        reason_params: own.reason_params,
    })
}

fn taken_back(own: Proposal) -> Result<TakenBack> {
    Ok(TakenBack {
        employee_id: own.employee_id,
        policy_code: own.policy_code,
        session_id: own.session_id,
        amount_minor: own.amount_minor.checked_neg().ok_or_else(|| Error::internal("an amount beyond 64 bits"))?,
        reason_code: known(&own.reason_code).ok_or_else(|| Error::internal("a reason without words"))?,
        reason_params: own.reason_params,
    })
}
