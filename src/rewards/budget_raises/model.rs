//! Rows of budget raises.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::kernel::text::Reason;
use crate::kernel::words::words;
use crate::schema::budget_raises;

words! {
    /// State of a budget raise.
    pub enum BudgetRaiseState {
        /// It waits for another person.
        Proposed = "proposed",
        /// The budget is in force for the period. Reached by `approve_budget_raise`. Final.
        Approved = "approved",
    }
}

/// A higher budget for one closed period.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = budget_raises, treat_none_as_default_value = false)]
pub struct BudgetRaise {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub period_id: Uuid,
    pub budget_minor: i64,
    pub currency: String,
    pub reason: Reason,
    pub maker_id: Option<Uuid>,
    pub checker_id: Option<Uuid>,
    pub self_approved: bool,
    pub approved_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl BudgetRaise {
    #[must_use]
    pub fn state(&self) -> BudgetRaiseState {
        if self.approved_at.is_some() { BudgetRaiseState::Approved } else { BudgetRaiseState::Proposed }
    }

    /// It changes once, when it is approved.
    #[must_use]
    pub fn version(&self) -> i64 {
        1 + i64::from(self.approved_at.is_some())
    }
}
