//! Creating, deciding and withdrawing applications.

use serde_json::json;
use uuid::Uuid;

use super::dto::CreatePromotionApplicationRequest;
use super::model::{ApplicationState, Decision, NewPromotionApplication, PromotionApplication};
use super::queries;
use crate::auth::Right;
use crate::auth::rights::{PromotionsApply, PromotionsRead};
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result};
use crate::growth::checks::{CheckedAnswer, Target, check};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::Faults;
use crate::kernel::phrases::Thing;
use crate::kernel::text::Reason;
use crate::people::{check_self_approval, today, unemployed, visible};

/// Submits an application if the policy is met today. Otherwise it is refused (422) with the whole result as `check`. Whoever is not
/// employed today cannot be promoted.
pub async fn create(
    tx: &mut Tx<'_>,
    request: CreatePromotionApplicationRequest,
    faults: Faults,
) -> Result<PromotionApplication> {
    let target = Target { policy_id: None, target_code: Some(request.target_code) };
    let on = today(tx).await?;
    let CheckedAnswer { policy, answer } =
        check::<PromotionsApply>(tx, request.employee_id, target, on, faults).await?;
    Error::refuse(unemployed(tx, &[("/employee_id".to_owned(), request.employee_id, on)]).await?)?;
    let eligible = answer.eligible;
    let document = serde_json::to_value(&answer).map_err(Error::internal)?;
    if !eligible {
        return Err(Error::new(Code::NotEligible).member("check", document));
    }
    let application = NewPromotionApplication {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id: request.employee_id,
        policy_id: policy.id,
        target_code: policy.heading.target_code,
        asked_on: answer.asked_on,
        answer: document,
        state: ApplicationState::Submitted.slug(),
        maker_id: tx.actor.answerable(),
        created_at: tx.now,
        updated_at: tx.now,
    };
    let made = queries::insert(tx, &application).await;
    let open = || Error::already_exists(Thing::OpenApplication);
    let row = made.on_constraint("promotion_applications_open_key", open)?;
    note(tx, "create_promotion_application", "promotion_application.submitted", &row);
    Ok(row)
}

/// An application that the caller may see.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<PromotionApplication> {
    find_within::<PromotionsRead>(tx, id).await
}

async fn find_within<R: Right>(tx: &mut Tx<'_>, id: Uuid) -> Result<PromotionApplication> {
    let seen = visible::<R>(tx).await?;
    Thing::PromotionApplication.require(queries::find(tx, id).await?.filter(|row| seen.includes(row.employee_id)))
}

/// `submitted → approved | rejected`, by a person who is neither the applicant nor the one who submitted the application.
pub async fn decide(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    state: ApplicationState,
    reason: Option<Reason>,
) -> Result<PromotionApplication> {
    let person = tx.actor.require_person()?;
    let row = submitted(tx, id, precondition).await?;
    if tx.actor.is(row.employee_id) {
        return Err(Error::new(Code::SelfApproval));
    }
    let is_own = tx.actor.is(row.maker_id);
    let self_approved = check_self_approval(tx, is_own).await?;
    let (command, topic) = match state {
        ApplicationState::Approved => ("approve_promotion_application", "promotion_application.approved"),
        _ => ("reject_promotion_application", "promotion_application.rejected"),
    };
    let decision = Decision { state, by: Some(person), self_approved, reason };
    let row = queries::decide(tx, id, decision).await?;
    note(tx, command, topic, &row);
    Ok(row)
}

/// `submitted → withdrawn`, by anybody who may apply for the person.
pub async fn withdraw(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<PromotionApplication> {
    find_within::<PromotionsApply>(tx, id).await?;
    submitted(tx, id, precondition).await?;
    let decision = Decision { state: ApplicationState::Withdrawn, by: None, self_approved: false, reason: None };
    let row = queries::decide(tx, id, decision).await?;
    note(tx, "withdraw_promotion_application", "promotion_application.withdrawn", &row);
    Ok(row)
}

/// The application, locked: undecided and in the version that the caller saw.
async fn submitted(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<PromotionApplication> {
    let found = queries::find_for_update(tx, id).await?;
    let row = precondition.admit(Thing::PromotionApplication, found, |row| row.version)?;
    Thing::PromotionApplication.require_state(row.state, [ApplicationState::Submitted])?;
    Ok(row)
}

fn note(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, row: &PromotionApplication) {
    let details = json!({
        "id": row.id, "employee_id": row.employee_id, "target_code": row.target_code, "state": row.state,
    });
    tx.record(Record::told(command, topic, "promotion_application", row.id).details(details));
}
