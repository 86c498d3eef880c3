//! Whom a caller may see.

use uuid::Uuid;

use super::company::today;
use super::directory::{departments_below, members_on, records_of_all};
use crate::auth::{Reach, Right};
use crate::error::Result;
use crate::journal::Tx;

/// The employees that a right covers, with the records that were merged into theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    Everyone,
    /// Only these, ordered by id.
    These(Vec<Uuid>),
}

impl Visible {
    /// Whether the right covers this employee.
    #[must_use]
    pub fn includes(&self, employee: Uuid) -> bool {
        match self {
            Self::Everyone => true,
            Self::These(ids) => ids.binary_search(&employee).is_ok(),
        }
    }

    /// The ids to filter by. None if no filter is needed.
    #[must_use]
    pub fn ids(&self) -> Option<&[Uuid]> {
        match self {
            Self::Everyone => None,
            Self::These(ids) => Some(ids),
        }
    }
}

/// The employees that the caller's right `R` reaches.
pub async fn visible<R: Right>(tx: &mut Tx<'_>) -> Result<Visible> {
    let reach = tx.actor.reach::<R>()?;
    within_reach(tx, &reach).await
}

/// The employees that `reach` covers: everyone; or the caller and those who are today in a managed department or one below it; or
/// only the caller.
pub async fn within_reach(tx: &mut Tx<'_>, reach: &Reach) -> Result<Visible> {
    match reach {
        Reach::All => Ok(Visible::Everyone),
        Reach::Own(id) => {
            let mut ids = vec![*id];
            if tx.actor.person() == Some(*id) {
                ids.extend(&tx.actor.merged);
            }
            ids.sort_unstable();
            Ok(Visible::These(ids))
        }
        Reach::Departments(managed) => {
            let departments = departments_below(tx, &managed.0).await?;
            let today = today(tx).await?;
            let mut ids = members_on(tx, &departments, today).await?;
            ids.extend(tx.actor.person());
            // Ordered, and each once.
            Ok(Visible::These(records_of_all(tx, &ids).await?))
        }
    }
}
