//! Balances on the wire.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::queries::Balance;
use crate::error::{Error, Result};
use crate::http::Page;
use crate::kernel::money::{Currency, Money};
use crate::kernel::period::Period;
use crate::people::{EmployeeRef, People};

/// What a person was granted, and where it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct RewardBalanceResponse {
    pub employee: EmployeeRef,
    /// By programme, policy and currency.
    #[schema(max_items = 100_000)]
    pub balances: Vec<PolicyBalance>,
}

/// What a person has of one policy. `granted` is the sum of the other five: each amount is in exactly one of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyBalance {
    pub programme_id: Uuid,
    /// Code of the policy. A correction belongs to the policy of what it corrects. Null: awarded by hand.
    #[schema(max_length = 64, examples("excellent-bonus"))]
    pub policy: Option<String>,
    /// Everything that was granted, corrections included.
    pub granted: Money,
    /// In no batch: not approved yet, held, or waiting for the next batch.
    pub unbatched: Money,
    /// Left out of a batch because the person's total was negative (结转).
    pub carried_forward: Money,
    /// In a batch that payroll has not paid yet.
    pub in_batch: Money,
    pub paid: Money,
    /// Rejected: it will not be paid.
    pub voided: Money,
}

/// A page of balances.
pub type RewardBalancePage = Page<RewardBalanceResponse>;

/// Filters of balances.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRewardBalancesQuery {
    /// Only those of this person.
    pub employee_id: Option<Uuid>,
    /// Only what this programme granted.
    pub programme_id: Option<Uuid>,
    /// Only what was earned in this period.
    pub period: Option<Period>,
}

impl RewardBalanceResponse {
    /// The balances of one person after the other, in the order of the rows.
    pub fn of(rows: Vec<Balance>, people: &People) -> Result<Vec<Self>> {
        let mut found: Vec<Self> = Vec::new();
        for row in rows {
            let person = row.employee_id;
            let balance = PolicyBalance::try_from(row)?;
            match found.last_mut().filter(|last| last.employee.id == person) {
                Some(last) => last.balances.push(balance),
                None => found.push(Self { employee: people.get(person)?, balances: vec![balance] }),
            }
        }
        Ok(found)
    }
}

impl TryFrom<Balance> for PolicyBalance {
    type Error = Error;

    fn try_from(row: Balance) -> Result<Self> {
        let currency: Currency = row.currency.parse().map_err(Error::internal)?;
        let money = |minor| Money::new(minor, currency);
        Ok(Self {
            programme_id: row.programme_id,
            policy: row.policy,
            granted: money(row.granted_minor),
            unbatched: money(row.unbatched_minor),
            carried_forward: money(row.carried_forward_minor),
            in_batch: money(row.in_batch_minor),
            paid: money(row.paid_minor),
            voided: money(row.voided_minor),
        })
    }
}
