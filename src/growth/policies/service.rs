//! Drafting and publishing promotion policies.

use serde_json::json;
use uuid::Uuid;

use super::dto::PromotionPolicyRequest;
use super::queries::{self, NewPromotionPolicy, PromotionPolicy};
use crate::auth::Role;
use crate::auth::rights::PromotionsWrite;
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result};
use crate::growth::criteria::PromotionCriterion;
use crate::http::Precondition;
use crate::journal::{Audit, Event, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::people::{check_self_approval, grade_order};

/// The policy that checks for a position look at.
pub async fn in_force(tx: &mut Tx<'_>, target_code: &str) -> Result<Option<PromotionPolicy>> {
    Ok(queries::in_force(tx, target_code).await?)
}

/// Makes a draft with the next number for its position.
pub async fn create(tx: &mut Tx<'_>, request: PromotionPolicyRequest) -> Result<PromotionPolicy> {
    check(tx, Some(&request), &request.criteria).await?;
    let last = queries::last_number(tx, &request.target_code).await?;
    let draft = NewPromotionPolicy {
        tenant_id: tx.tenant,
        id: tx.id(),
        version: last.unwrap_or_default() + 1,
        document: serde_json::to_value(&request.criteria).map_err(Error::internal)?,
        target_code: request.target_code,
        name: request.name,
        maker_id: tx.actor.answerable(),
        created_at: tx.now,
        updated_at: tx.now,
    };
    let made = queries::insert(tx, draft).await;
    let policy = made.on_constraint("promotion_policies_version_key", || Error::new(Code::Busy))?;
    note(tx, "create_promotion_policy", &policy);
    Ok(policy)
}

/// Puts another document in the place of a draft's, for the same position. A document's column is never changed, so that the row
/// is made anew; whoever replaced it is its maker.
pub async fn replace(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    request: PromotionPolicyRequest,
) -> Result<PromotionPolicy> {
    let before = draft(tx, id, precondition).await?;
    check(tx, Some(&request), &request.criteria).await?;
    if request.target_code != before.target_code {
        let fault = Fault::new("/target_code", FaultCode::NotAllowed).with("allowed", before.target_code);
        return Err(Error::invalid(vec![fault]));
    }
    queries::delete_draft(tx, id).await?;
    let draft = NewPromotionPolicy {
        tenant_id: tx.tenant,
        id,
        version: before.version,
        document: serde_json::to_value(&request.criteria).map_err(Error::internal)?,
        target_code: request.target_code,
        name: request.name,
        maker_id: tx.actor.answerable(),
        created_at: before.created_at,
        updated_at: before.next_update(tx.now),
    };
    let policy = queries::insert(tx, draft).await?;
    note(tx, "replace_promotion_policy", &policy);
    Ok(policy)
}

pub async fn delete(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<()> {
    let policy = draft(tx, id, precondition).await?;
    queries::delete_draft(tx, id).await?;
    note(tx, "delete_promotion_policy", &policy);
    Ok(())
}

/// From then on checks use it, if no higher version is published. Needs another person than its maker.
pub async fn publish(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<PromotionPolicy> {
    let checker = tx.actor.require_person()?;
    let policy = draft(tx, id, precondition).await?;
    let by_maker = check_self_approval(tx, policy.maker_id == Some(checker)).await?;
    let criteria = policy.criteria()?;
    check(tx, None, &criteria).await?;
    let at = policy.next_update(tx.now);
    let policy = queries::publish(tx, id, checker, by_maker, at).await?;
    note(tx, "publish_promotion_policy", &policy);
    let payload = json!({"id": id, "target_code": policy.target_code, "version": policy.version});
    tx.emit(Event::new("promotion_policy.published", "promotion_policy", id, payload));
    Ok(policy)
}

/// One policy, if the caller may see it: drafts are seen by those who maintain them, and by auditors.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<PromotionPolicy> {
    let found = queries::find(tx, id).await?;
    let seen = found.filter(|policy| policy.published_at.is_some() || sees_drafts(tx));
    seen.ok_or_else(|| Error::not_found("promotion policy"))
}

pub fn sees_drafts(tx: &Tx<'_>) -> bool {
    tx.actor.reach::<PromotionsWrite>().is_ok() || tx.actor.roles.contains(&Role::Auditor)
}

/// The draft, locked, in the version that the caller saw.
async fn draft(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<PromotionPolicy> {
    let found = queries::find_for_update(tx, id).await?;
    let policy = found.ok_or_else(|| Error::not_found("promotion policy"))?;
    precondition.check(policy.etag().0)?;
    if policy.published_at.is_some() {
        return Err(Error::state("promotion policy", "published", "a draft"));
    }
    Ok(policy)
}

/// Refuses a document with every fault of it: its own, grades and programmes that the company does not have.
async fn check(tx: &mut Tx<'_>, request: Option<&PromotionPolicyRequest>, criteria: &PromotionCriterion) -> Result<()> {
    let mut faults = Faults::default();
    if let Some(request) = request {
        faults.check_code("/target_code", &request.target_code);
        faults.check_text("/name", &request.name, 200);
    }
    let grades = grade_order(tx).await?;
    for fault in criteria.validate("/criteria", &grades) {
        faults.push(fault);
    }
    let named = criteria.programmes("/criteria");
    let ids: Vec<Uuid> = named.iter().map(|(_, id)| *id).collect();
    let existing = queries::existing_programmes(tx, &ids).await?;
    for (pointer, _) in named.into_iter().filter(|(_, id)| !existing.contains(id)) {
        faults.push(Fault::new(pointer, FaultCode::NotFound));
    }
    let faults = faults.into_vec();
    if faults.is_empty() { Ok(()) } else { Err(Error::rule_refused(faults)) }
}

fn note(tx: &mut Tx<'_>, command: &'static str, policy: &PromotionPolicy) {
    let details = json!({"target_code": policy.target_code, "version": policy.version});
    tx.audit(Audit::new(command, "promotion_policy", policy.id).details(details));
}
