//! What a programme may spend on one period.

use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// What happens if the money of a period exceeds the programme's budget.
    #[derive(Default)]
    pub enum OverBudget {
        /// Every amount is multiplied by budget / total, so that the new total is exactly the budget.
        #[default]
        Scale = "scale",
        /// Everything is granted, but no money is payable until somebody raises the budget to the total.
        Hold = "hold",
    }
}

/// The programme's limits on the rewards of one period, in minor units of its currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendingLimits {
    /// The maximum amount that one person may receive; none: unlimited.
    pub person_cap_minor: Option<i64>,
    /// The maximum amount that all people together may receive; none: unlimited.
    pub budget_minor: Option<i64>,
    #[serde(default)]
    pub over_budget: OverBudget,
}
