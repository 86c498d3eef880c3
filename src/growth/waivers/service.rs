//! What becomes of waivers.

use serde_json::json;
use uuid::Uuid;

use super::dto::CreatePromotionWaiverRequest;
use super::model::{PromotionWaiver, Step, WaiverState};
use super::queries;
use crate::auth::Right;
use crate::auth::rights::{PromotionsApply, PromotionsRead};
use crate::db::{Constraint as _, Document};
use crate::error::{Code, Error, Result};
use crate::growth::criteria::PromotionCriterion;
use crate::growth::policies::{self, PromotionPolicy};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::listed;
use crate::kernel::phrases::Thing;
use crate::kernel::text::Reason;
use crate::people::{check_self_approval, existing_employees, visible};

/// Asks for a waiver of a criterion of the policy in force, for somebody for whom the caller may apply.
pub async fn create(
    tx: &mut Tx<'_>,
    request: CreatePromotionWaiverRequest,
    mut faults: Faults,
) -> Result<PromotionWaiver> {
    let employee = request.employee_id;
    if !visible::<PromotionsApply>(tx).await?.includes(employee) {
        faults.push(Fault::new("/employee_id", FaultCode::NotFound));
    } else if let Err(fault) = existing_employees(tx, &[employee]).await?.require("/employee_id", employee) {
        faults.push(fault);
    }
    let (policy, criterion) = faults.and(asked(tx, &request).await)?;
    let waiver = PromotionWaiver {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id: employee,
        policy_id: policy.id,
        target_code: policy.heading.target_code,
        place: request.criterion,
        criterion: Document(criterion),
        reason: request.reason,
        state: WaiverState::Requested,
        maker_id: tx.actor.answerable(),
        first_approver_id: None,
        first_approved_at: None,
        second_approver_id: None,
        approved_at: None,
        ended_by_id: None,
        ended_at: None,
        end_reason: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
        self_approved: false,
    };
    let made = queries::insert(tx, &waiver).await;
    let open = || Error::already_exists(Thing::OpenWaiver);
    let row = made.on_constraint("promotion_waivers_open_key", open)?;
    note(tx, "create_promotion_waiver", "promotion_waiver.requested", &row);
    Ok(row)
}

/// The policy in force, and the single criterion at the place in it.
async fn asked(
    tx: &mut Tx<'_>,
    request: &CreatePromotionWaiverRequest,
) -> Result<(PromotionPolicy, PromotionCriterion)> {
    let found = policies::in_force(tx, &request.target_code).await?;
    let policy = found.ok_or_else(|| Error::fault("/target_code", FaultCode::NotFound))?;
    let criterion = single_at(&policy.document, &request.criterion)?;
    Ok((policy, criterion))
}

fn single_at(policy: &PromotionCriterion, place: &str) -> Result<PromotionCriterion> {
    let singles = policy.singles("/criteria");
    let found = singles.iter().find(|(own, _)| own == place).map(|(_, single)| (*single).clone());
    let allowed = || listed(singles.iter().map(|(own, _)| own));
    let fault = || Fault::new("/criterion", FaultCode::NotAllowed).with("allowed", allowed());
    found.ok_or_else(|| Error::invalid(vec![fault()]))
}

/// A waiver that the caller may see.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<PromotionWaiver> {
    within::<PromotionsRead>(tx, id).await
}

async fn within<R: Right>(tx: &mut Tx<'_>, id: Uuid) -> Result<PromotionWaiver> {
    let seen = visible::<R>(tx).await?;
    Thing::PromotionWaiver.require(queries::find(tx, id).await?.filter(|row| seen.includes(row.employee_id)))
}

/// The waiver, locked and in the version that the caller saw.
async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<PromotionWaiver> {
    let found = queries::find_for_update(tx, id).await?;
    precondition.admit(Thing::PromotionWaiver, found, |row| row.version)
}

/// `requested → approved_once → approved`: by two people, of whom neither is the lecturer, nor asked for it, unless the company allows
/// self-approval.
pub async fn approve(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<PromotionWaiver> {
    use WaiverState::{Approved, ApprovedOnce, Requested};
    let person = Some(tx.actor.require_person()?);
    let row = lock(tx, id, precondition).await?;
    Thing::PromotionWaiver.require_state(row.state, [Requested, ApprovedOnce])?;
    if tx.actor.is(row.employee_id) {
        return Err(Error::new(Code::SelfApproval));
    }
    let is_own = tx.actor.is(row.maker_id);
    let self_approved = check_self_approval(tx, is_own).await?.then_some(true);
    if tx.actor.is(row.first_approver_id) {
        return Err(Error::new(Code::SecondPersonRequired));
    }
    let now = Some(tx.now);
    let (step, topic) = if row.state == Requested {
        let step = Step { first_approver_id: person, first_approved_at: now, ..Step::to(ApprovedOnce) };
        (step, "promotion_waiver.approved_once")
    } else {
        (Step { second_approver_id: person, approved_at: now, ..Step::to(Approved) }, "promotion_waiver.approved")
    };
    let row = queries::update(tx, id, &Step { self_approved, ..step }).await?;
    note(tx, "approve_promotion_waiver", topic, &row);
    Ok(row)
}

/// `requested | approved_once → rejected`, by a person other than the lecturer.
pub async fn reject(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition, reason: Reason) -> Result<PromotionWaiver> {
    use WaiverState::{ApprovedOnce, Rejected, Requested};
    let row = lock(tx, id, precondition).await?;
    Thing::PromotionWaiver.require_state(row.state, [Requested, ApprovedOnce])?;
    end(tx, row, Rejected, reason).await
}

/// `approved → revoked`, by a person other than the lecturer.
pub async fn revoke(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition, reason: Reason) -> Result<PromotionWaiver> {
    let row = lock(tx, id, precondition).await?;
    Thing::PromotionWaiver.require_state(row.state, [WaiverState::Approved])?;
    end(tx, row, WaiverState::Revoked, reason).await
}

async fn end(tx: &mut Tx<'_>, row: PromotionWaiver, state: WaiverState, reason: Reason) -> Result<PromotionWaiver> {
    let person = tx.actor.require_person()?;
    if tx.actor.is(row.employee_id) {
        return Err(Error::new(Code::SelfApproval));
    }
    let (command, topic) = match state {
        WaiverState::Revoked => ("revoke_promotion_waiver", "promotion_waiver.revoked"),
        _ => ("reject_promotion_waiver", "promotion_waiver.rejected"),
    };
    let (ended_by_id, ended_at) = (Some(person), Some(tx.now));
    let step = Step { ended_by_id, ended_at, end_reason: Some(reason), ..Step::to(state) };
    let row = queries::update(tx, row.id, &step).await?;
    note(tx, command, topic, &row);
    Ok(row)
}

/// `requested | approved_once → withdrawn`, by anybody who may apply for the lecturer.
pub async fn withdraw(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<PromotionWaiver> {
    use WaiverState::{ApprovedOnce, Requested, Withdrawn};
    within::<PromotionsApply>(tx, id).await?;
    let row = lock(tx, id, precondition).await?;
    Thing::PromotionWaiver.require_state(row.state, [Requested, ApprovedOnce])?;
    let step = Step { ended_by_id: tx.actor.answerable(), ended_at: Some(tx.now), ..Step::to(Withdrawn) };
    let row = queries::update(tx, id, &step).await?;
    note(tx, "withdraw_promotion_waiver", "promotion_waiver.withdrawn", &row);
    Ok(row)
}

fn note(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, row: &PromotionWaiver) {
    let details = json!({
        "id": row.id, "employee_id": row.employee_id, "target_code": row.target_code, "place": row.place, "state": row.state,
        "self_approved": row.self_approved,
    });
    tx.record(Record::told(command, topic, "promotion_waiver", row.id).details(details));
}
