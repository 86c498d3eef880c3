//! Releasing what was held over budget, once the budget of its period has been raised to the total of the snapshot.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::model::{EntryNow, EntryState, HoldCause};
use super::queries::{self, Budget};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::message::{Phrase, data};
use crate::kernel::money::Money;
use crate::kernel::phrases::{Condition, Thing};

/// The budgets of the snapshots of held entries.
#[derive(Debug, Default)]
pub struct Budgets(BTreeMap<Uuid, Budget>);

impl Budgets {
    /// The budgets that these entries wait for.
    pub async fn of(tx: &mut Tx<'_>, entries: &[EntryNow]) -> Result<Self> {
        let held = entries.iter().filter(|now| now.state == EntryState::Held);
        let mut snapshots: Vec<Uuid> = held.filter_map(|now| now.waits_for_id).collect();
        snapshots.sort_unstable();
        snapshots.dedup();
        if snapshots.is_empty() {
            return Ok(Self::default());
        }
        let found = queries::budgets(tx, &snapshots).await?;
        Ok(Self(found.into_iter().map(|budget| (budget.snapshot_id, budget)).collect()))
    }

    /// Whether the entry is held over budget, by nothing else, and the budget now allows everything that was granted with it.
    #[must_use]
    pub fn release(&self, now: &EntryNow) -> bool {
        now.hold == Some(HoldCause::Budget) && self.allow(now)
    }

    /// Whether the budget now allows everything that was granted with the entry.
    #[must_use]
    pub fn allow(&self, now: &EntryNow) -> bool {
        self.behind(now).is_some_and(Budget::is_enough)
    }

    /// The budget that would release an entry that stays held.
    pub fn needed(&self, now: &EntryNow) -> Result<Option<Money>> {
        let held = now.hold == Some(HoldCause::Budget);
        let short = self.behind(now).filter(|budget| held && !budget.is_enough());
        short
            .map(|budget| Ok(Money::new(budget.granted_minor, budget.currency.parse().map_err(Error::internal)?)))
            .transpose()
    }

    fn behind(&self, now: &EntryNow) -> Option<&Budget> {
        self.0.get(&now.waits_for_id?)
    }
}

impl Budget {
    fn is_enough(&self) -> bool {
        self.budget_minor.is_none_or(|budget| budget >= self.granted_minor)
    }
}

/// The refusal to approve an entry that is neither granted nor released.
pub fn not_approvable(now: &EntryNow, needed: Option<Money>) -> Error {
    match needed {
        None => Error::state(Thing::Reward, now.state, EntryState::Granted),
        Some(budget) => Error::state(Thing::Reward, now.state, with_budget(Condition::GrantedOrBudget, budget))
            .member("needed_budget", json!(budget)),
    }
}

/// A refusal's phrase that says which budget would do.
pub fn with_budget(phrase: impl Into<Phrase>, budget: Money) -> Phrase {
    phrase.into().with("amount", data(budget))
}
