//! Whom a caller may see.

use uuid::Uuid;

use super::company::today;
use super::directory::{departments_below, members_on};
use crate::auth::Reach;
use crate::error::Result;
use crate::journal::Tx;

/// The employees that a right reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    Everyone,
    /// These only, in the order of their ids.
    These(Vec<Uuid>),
}

impl Visible {
    /// Whether the right reaches this employee.
    #[must_use]
    pub fn includes(&self, employee: Uuid) -> bool {
        match self {
            Self::Everyone => true,
            Self::These(ids) => ids.binary_search(&employee).is_ok(),
        }
    }

    /// The ids to filter by; none where no filter is needed.
    #[must_use]
    pub fn ids(&self) -> Option<&[Uuid]> {
        match self {
            Self::Everyone => None,
            Self::These(ids) => Some(ids),
        }
    }
}

/// The employees that `reach` covers: everyone; who is today in a managed department or one below it, and the caller; or the
/// caller alone.
pub async fn visible(tx: &mut Tx<'_>, reach: &Reach) -> Result<Visible> {
    match reach {
        Reach::All => Ok(Visible::Everyone),
        Reach::Own(id) => Ok(Visible::These(vec![*id])),
        Reach::Departments(managed) => {
            let departments = departments_below(tx, &managed.0).await?;
            let today = today(tx).await?;
            let mut ids = members_on(tx, &departments, today).await?;
            ids.extend(tx.actor.person());
            ids.sort_unstable();
            ids.dedup();
            Ok(Visible::These(ids))
        }
    }
}
