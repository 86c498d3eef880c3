//! What lecturers and HR do with notices.

use serde_json::json;
use uuid::Uuid;

use super::model::{ImprovementNotice, NoticeState, Step};
use super::queries;
use crate::auth::Right;
use crate::auth::rights::{NoticesAnswer, PromotionsRead};
use crate::error::Result;
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::phrases::Thing;
use crate::kernel::text::Description;
use crate::people::{check_self_approval, visible};

/// A notice that the caller may see.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<ImprovementNotice> {
    within::<PromotionsRead>(tx, id).await
}

async fn within<R: Right>(tx: &mut Tx<'_>, id: Uuid) -> Result<ImprovementNotice> {
    let seen = visible::<R>(tx).await?;
    let found = queries::find(tx, id).await?.filter(|row| seen.includes(row.employee_id));
    Thing::ImprovementNotice.require(found)
}

/// The notice, locked and in the version that the caller saw.
async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<ImprovementNotice> {
    let found = queries::find_for_update(tx, id).await?;
    precondition.admit(Thing::ImprovementNotice, found, |row| row.version)
}

/// `open → acknowledged`, by the lecturer.
pub async fn acknowledge(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<ImprovementNotice> {
    within::<NoticesAnswer>(tx, id).await?;
    let row = lock(tx, id, precondition).await?;
    Thing::ImprovementNotice.require_state(row.state, [NoticeState::Open])?;
    let step = Step { acknowledged_at: Some(tx.now), ..Step::to(NoticeState::Acknowledged) };
    let row = queries::update(tx, id, &step).await?;
    note(tx, "acknowledge_improvement_notice", "improvement_notice.acknowledged", &row);
    Ok(row)
}

/// `open | acknowledged → answered`, by the lecturer: whoever answers has seen it.
pub async fn answer(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    plan: Description,
) -> Result<ImprovementNotice> {
    within::<NoticesAnswer>(tx, id).await?;
    let row = lock(tx, id, precondition).await?;
    Thing::ImprovementNotice.require_state(row.state, [NoticeState::Open, NoticeState::Acknowledged])?;
    let step = Step {
        acknowledged_at: Some(row.acknowledged_at.unwrap_or(tx.now)),
        answered_at: Some(tx.now),
        plan: Some(plan),
        ..Step::to(NoticeState::Answered)
    };
    let row = queries::update(tx, id, &step).await?;
    note(tx, "answer_improvement_notice", "improvement_notice.answered", &row);
    Ok(row)
}

/// `open | acknowledged | answered → closed`, by a person of HR; not one's own, unless the company allows self-approval.
pub async fn close(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    reason: Description,
) -> Result<ImprovementNotice> {
    use NoticeState::{Acknowledged, Answered, Closed, Open};
    let person = tx.actor.require_person()?;
    let row = lock(tx, id, precondition).await?;
    Thing::ImprovementNotice.require_state(row.state, [Open, Acknowledged, Answered])?;
    let is_own = tx.actor.is(row.employee_id);
    check_self_approval(tx, is_own).await?;
    let (closed_at, closed_by_id) = (Some(tx.now), Some(person));
    let step = Step { closed_at, closed_by_id, closing_note: Some(reason), ..Step::to(Closed) };
    let row = queries::update(tx, id, &step).await?;
    note(tx, "close_improvement_notice", "improvement_notice.closed", &row);
    Ok(row)
}

fn note(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, row: &ImprovementNotice) {
    let details = json!({
        "id": row.id, "employee_id": row.employee_id, "programme_id": row.programme_id, "state": row.state,
    });
    tx.record(Record::told(command, topic, "improvement_notice", row.id).details(details));
}
