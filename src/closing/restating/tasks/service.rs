//! What becomes of tasks.

use serde_json::json;
use uuid::Uuid;

use super::model::{Decision, HrTask, HrTaskKind, HrTaskState, NewHrTask};
use super::queries;
use crate::closing::restating::model::{Proposal, Restatement};
use crate::error::Result;
use crate::http::Precondition;
use crate::journal::{Event, Record, Tx};
use crate::kernel::phrases::Thing;
use crate::kernel::text::Reason;
use crate::people::check_self_approval;

/// Lists what the accepted proposals have taken the ground from, each with its person.
pub async fn open(tx: &mut Tx<'_>, restatement: &Restatement, accepted: &[(Uuid, &Proposal)]) -> Result<()> {
    let mut rows = Vec::with_capacity(accepted.len());
    for (person, own) in accepted {
        let kind = match (own.title_id, own.notice_id, own.precedence_id) {
            (Some(_), ..) => HrTaskKind::Title,
            (None, Some(_), _) => HrTaskKind::Notice,
            (None, None, Some(_)) => HrTaskKind::Precedence,
            (None, None, None) => HrTaskKind::Certificate,
        };
        let id = tx.id();
        let payload = json!({
            "id": id, "kind": kind, "employee_id": person, "restatement_id": restatement.id,
            "programme_id": restatement.programme_id, "period": restatement.period,
        });
        tx.emit(Event::new("hr_task.opened", "hr_task", id, payload));
        rows.push(NewHrTask {
            tenant_id: tx.tenant,
            id,
            restatement_id: restatement.id,
            proposal_id: own.id,
            programme_id: restatement.programme_id,
            period: restatement.period.to_string(),
            employee_id: *person,
            kind,
            policy_code: own.policy_code.clone(),
            certificate_code: own.certificate_code.clone(),
            title_code: own.title_code.clone(),
            title_id: own.title_id,
            notice_id: own.notice_id,
            state: HrTaskState::Open,
            created_at: tx.now,
            updated_at: tx.now,
            opportunity_code: own.opportunity_code.clone(),
            precedence_id: own.precedence_id,
        });
    }
    queries::insert(tx, &rows).await?;
    Ok(())
}

/// `open → done | dismissed`, by a person; not about what is one's own, unless the company allows self-approval.
pub async fn decide(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    state: HrTaskState,
    reason: Reason,
) -> Result<HrTask> {
    let decided_by_id = tx.actor.require_person()?;
    let found = queries::find_for_update(tx, id).await?;
    let task = precondition.admit(Thing::HrTask, found, |row| row.version)?;
    Thing::HrTask.require_state(task.state, [HrTaskState::Open])?;
    let is_own = tx.actor.is(task.employee_id);
    check_self_approval(tx, is_own).await?;
    let decision = Decision { state, decided_at: tx.now, decided_by_id, reason };
    let task = queries::update(tx, id, &decision).await?;
    let (command, topic) = match state {
        HrTaskState::Done => ("complete_hr_task", "hr_task.done"),
        _ => ("dismiss_hr_task", "hr_task.dismissed"),
    };
    let details = json!({ "id": id, "employee_id": task.employee_id, "kind": task.kind, "state": task.state });
    let record = Record::told(command, topic, "hr_task", id).details(details);
    tx.record(record.notes(json!({ "reason": task.reason })));
    Ok(task)
}
