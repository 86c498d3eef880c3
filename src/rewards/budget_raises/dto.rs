//! Budget raises on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::BudgetRaiseState;
use crate::http::{ETag, Page};
use crate::kernel::money::Money;
use crate::kernel::period::Period;
use crate::kernel::text::Reason;
use crate::people::EmployeeRef;

/// A higher budget for a closed period.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"budget": {"amount_minor": 900_000_000, "currency": "CNY"}, "reason": "The board agreed."}))]
pub struct ProposeBudgetRaiseRequest {
    /// What the whole period may cost, in the programme's currency. It must be more than the budget in force.
    pub budget: Money,
    #[validate(nested)]
    pub reason: Reason,
}

/// A higher budget for a closed period (预算追加).
#[derive(Debug, Serialize, ToSchema)]
pub struct BudgetRaiseResponse {
    pub id: Uuid,
    pub programme_id: Uuid,
    pub period: Period,
    pub state: BudgetRaiseState,
    /// What the whole period may cost.
    pub budget: Money,
    pub reason: Reason,
    /// Who proposed it. For a machine client: the person responsible for it. Null: the client has no responsible person.
    pub maker: Option<EmployeeRef>,
    /// Who approved it; null: nobody yet.
    pub checker: Option<EmployeeRef>,
    /// Approved by its maker, in a company that allows self-approval.
    pub self_approved: bool,
    pub created_at: DateTime<Utc>,
    pub approved_at: Option<DateTime<Utc>>,
    pub etag: ETag,
}

/// A page of budget raises.
pub type BudgetRaisePage = Page<BudgetRaiseResponse>;
