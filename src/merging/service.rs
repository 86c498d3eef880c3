//! Proposing and carrying out a merge.

use serde_json::{Value, json};
use uuid::Uuid;

use super::dto::MergeEmployeesRequest;
use super::obstacles;
use crate::access::{self, AccessChangeResponse};
use crate::error::{Code, Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::Faults;
use crate::sign_in::{self, AccessChange, AccessField, Asked, Ended, Merge};
use crate::{
    appeals, content, feedback, growth, mentoring, opportunities, payroll, people, rewards, scoring, sessions,
};

/// Proposes that the record `kept` takes over another one. The same proposal again is one.
pub async fn propose(
    tx: &mut Tx<'_>,
    kept: Uuid,
    request: MergeEmployeesRequest,
    faults: Faults,
) -> Result<AccessChange> {
    let merge = Merge { kept, duplicate: request.duplicate_id };
    let known_by = people::lock_for_merge(tx, merge, obstacles::POINTER).await;
    let [kept_marks, marks] = faults.and(known_by)?;
    refuse_obstacles(tx, merge).await?;
    let of = Asked::of(kept, AccessField::Merge, json!(marks), json!(kept_marks));
    let asked = Asked { target: merge.duplicate.to_string(), reason: Some(request.reason), ..of };
    let before = sign_in::waiting(tx, vec![asked.target.clone()]).await?.into_values();
    let before = before.filter(|change| change.field == AccessField::Merge).collect::<Vec<AccessChange>>();
    let waiting = sign_in::propose_one(tx, &asked).await?;
    if waiting.created_at == tx.now {
        people::touch_changed(tx, &waiting).await?;
    }
    // It takes the place of a merge into another record, for which it waits no more.
    for change in before.iter().filter(|change| change.employee_id != kept) {
        people::touch_changed(tx, change).await?;
    }
    Ok(waiting)
}

/// Confirms an access change, as `access` does, and carries it out if it is a merge.
pub async fn confirm(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<AccessChangeResponse> {
    if sign_in::find(tx, id).await?.is_some_and(|change| change.field == AccessField::Merge) {
        // Before any record is locked, as an import does.
        people::keep_imports_out(tx).await?;
    }
    let confirmed = access::confirm_access_change(tx, id, precondition).await?;
    if let Some(duplicate) = confirmed.duplicate() {
        carry_out(tx, Merge { kept: confirmed.employee_id, duplicate }, &confirmed).await?;
    }
    only(access::render_access_changes(tx, vec![confirmed]).await?)
}

/// Refuses with everything that stands against the merge. Both records are locked.
async fn refuse_obstacles(tx: &mut Tx<'_>, merge: Merge) -> Result<()> {
    let found = obstacles::find(tx, merge).await?;
    if found.is_empty() { Ok(()) } else { Err(Error::new(Code::MergeRefused).with_faults(found)) }
}

/// Moves everything, each feature what it owns. The facts come before the person: what is in closed periods is found by them.
async fn carry_out(tx: &mut Tx<'_>, merge: Merge, confirmed: &AccessChange) -> Result<()> {
    let reason = confirmed.reason.as_deref().ok_or_else(|| Error::internal("a merge without a reason"))?;
    people::lock_for_merge(tx, merge, obstacles::POINTER).await?;
    refuse_obstacles(tx, merge).await?;
    feedback::take_over(tx, merge).await?;
    sessions::take_over(tx, merge).await?;
    let voided = content::take_over(tx, merge, reason).await?;
    appeals::take_over(tx, merge).await?;
    scoring::take_over(tx, merge).await?;
    rewards::take_over(tx, merge).await?;
    payroll::take_over(tx, merge).await?;
    let mut withdrawn = growth::take_over(tx, merge).await?;
    let mentorships = mentoring::take_over(tx, merge).await?;
    withdrawn.extend(opportunities::take_over(tx, merge).await?);
    let roles = access::take_over(tx, merge).await?;
    for change in sign_in::take_over(tx, merge).await? {
        people::touch_changed(tx, &change).await?;
    }
    let offices = people::take_over(tx, merge).await?;
    // Who was no lecturer before may be one now.
    tx.mark_people(&[merge.kept, merge.duplicate]).await?;
    let roles: Vec<&Value> = roles.iter().map(|role| &role.told).collect();
    let details = json!({
        "duplicate_id": merge.duplicate,
        "roles_ended": roles,
        "departments_without_head": offices.headless,
        "groups_without_organiser": offices.groups,
        "cases_voided": Ended::ids(&voided),
        "applications_withdrawn": Ended::ids(&withdrawn),
        "mentorships_ended": Ended::ids(&mentorships),
    });
    let record = Record::told("merge_employees", "employee.merged", "employee", merge.kept).details(details);
    tx.record(record.notes(json!({"reason": reason, "access_change_id": confirmed.id})));
    Ok(())
}
