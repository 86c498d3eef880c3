//! What is not for a lecturer of a session to say: that it was assigned, and what moves its fee.

use super::dto::PlanChange;
use super::model::{PlanSession, Session, SessionKind};
use crate::kernel::fault::{Fault, Faults};
use crate::kernel::phrases::Refusal;

/// What a plan or a change of one says.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    is_assigned: bool,
    sets_difficulty: bool,
    sets_first_run: bool,
}

impl Terms {
    /// Of a new plan.
    #[must_use]
    pub fn planned(plan: &PlanSession) -> Self {
        Self {
            is_assigned: plan.kind == SessionKind::Assigned,
            sets_difficulty: plan.difficulty.is_some(),
            sets_first_run: plan.is_first_run,
        }
    }

    /// Of a change. What stays as it is, nobody sets.
    #[must_use]
    pub fn changed(session: &Session, change: &PlanChange) -> Self {
        let kind = change.kind.filter(|kind| *kind != session.kind);
        Self {
            is_assigned: kind == Some(SessionKind::Assigned),
            sets_difficulty: change.difficulty.as_ref().is_some_and(|difficulty| *difficulty != session.difficulty),
            sets_first_run: change.is_first_run.is_some_and(|first_run| first_run != session.is_first_run),
        }
    }

    /// Adds a fault for each of them.
    pub fn check(self, faults: &mut Faults) {
        for (pointer, is_set, refusal) in [
            ("/kind", self.is_assigned, Refusal::AssignedByOthers),
            ("/difficulty", self.sets_difficulty, Refusal::FeeIsSet),
            ("/is_first_run", self.sets_first_run, Refusal::FeeIsSet),
        ] {
            if is_set {
                faults.push(Fault::not_eligible(pointer, refusal));
            }
        }
    }
}
