//! The sessions that a caller's rights cover.

use uuid::Uuid;

use super::model::Scope;
use super::queries;
use super::rules::ReportedAs;
use crate::auth::Reach;
use crate::auth::rights::{SessionsRead, SessionsWrite};
use crate::error::Result;
use crate::journal::Tx;
use crate::people::{departments_below, within_reach};

impl Scope {
    /// The sessions that the caller may see: all; or those of managed people and departments; or those that the caller gives or
    /// attended.
    pub async fn to_read(tx: &mut Tx<'_>) -> Result<Self> {
        let reach = tx.actor.reach::<SessionsRead>()?;
        let learner = tx.actor.person();
        Self::of(tx, reach, learner).await
    }

    /// The sessions that the caller may change: all; or those of managed people and departments; or those that the caller gives.
    pub async fn to_write(tx: &mut Tx<'_>) -> Result<Self> {
        let reach = tx.actor.reach::<SessionsWrite>()?;
        Self::of(tx, reach, None).await
    }

    /// The sessions that a right with this reach covers: all; or those of managed people and departments; or those that the
    /// caller gives. For a learner also those for which they are registered or which they attended.
    pub async fn of(tx: &mut Tx<'_>, reach: Reach, learner: Option<Uuid>) -> Result<Self> {
        let departments = match &reach {
            Reach::All => return Ok(Self::All),
            Reach::Departments(managed) => departments_below(tx, &managed.0).await?,
            Reach::Own(_) => Vec::new(),
        };
        let lecturers = within_reach(tx, &reach).await?.ids().map(<[Uuid]>::to_vec).unwrap_or_default();
        Ok(Self::Some { lecturers, departments, learner })
    }

    /// Whether all of these lecturers are in reach.
    #[must_use]
    pub fn includes_lecturers(&self, given: impl IntoIterator<Item = Uuid>) -> bool {
        match self {
            Self::All => true,
            Self::Some { lecturers, .. } => {
                given.into_iter().all(|lecturer| lecturers.binary_search(&lecturer).is_ok())
            }
        }
    }
}

/// The role in which the caller reports about a session with these lecturers. A caller with a right only to their own sessions
/// reports as a lecturer. So does everyone, HR included, about a session that they give.
#[must_use]
pub fn reporting_as(reach: &Reach, caller: Option<Uuid>, lecturers: &[Uuid]) -> ReportedAs {
    let own = caller.is_some_and(|person| lecturers.contains(&person));
    match reach {
        Reach::All | Reach::Departments(_) if !own => ReportedAs::Supervisor,
        Reach::All | Reach::Departments(_) | Reach::Own(_) => ReportedAs::Lecturer,
    }
}

/// The person whose part in a session the caller may see. None: everyone's part, which managers, HR and the session's lecturers
/// may see. Learners see only their own.
pub async fn only_person(tx: &mut Tx<'_>, session: Uuid) -> Result<Option<Uuid>> {
    let Some(person) = tx.actor.person() else { return Ok(None) };
    let scope = match tx.actor.reach::<SessionsRead>()? {
        Reach::All => return Ok(None),
        reach => Scope::of(tx, reach, None).await?,
    };
    let is_more = queries::is_within(tx, session, &scope).await?;
    Ok((!is_more).then_some(person))
}
