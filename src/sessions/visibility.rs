//! Which sessions a caller reaches.

use uuid::Uuid;

use super::model::Scope;
use super::queries;
use super::rules::ReportedAs;
use crate::auth::Reach;
use crate::auth::rights::{SessionsRead, SessionsWrite};
use crate::error::Result;
use crate::journal::Tx;
use crate::people::{departments_below, visible};

impl Scope {
    /// What the caller may see: everything; the sessions of managed people and departments; the own ones, given or attended.
    pub async fn to_read(tx: &mut Tx<'_>) -> Result<Self> {
        let reach = tx.actor.reach::<SessionsRead>()?;
        let learner = tx.actor.person();
        Self::of(tx, reach, learner).await
    }

    /// What the caller may change: everything; the sessions of managed people and departments; those the caller gives.
    pub async fn to_write(tx: &mut Tx<'_>) -> Result<Self> {
        let reach = tx.actor.reach::<SessionsWrite>()?;
        Self::of(tx, reach, None).await
    }

    /// What a right of this reach covers: everything; the sessions of managed people and departments; those that the caller gives. For
    /// a learner, those too that they are registered for or attended.
    pub async fn of(tx: &mut Tx<'_>, reach: Reach, learner: Option<Uuid>) -> Result<Self> {
        let departments = match &reach {
            Reach::All => return Ok(Self::All),
            Reach::Departments(managed) => departments_below(tx, &managed.0).await?,
            Reach::Own(_) => Vec::new(),
        };
        let lecturers = visible(tx, &reach).await?.ids().map(<[Uuid]>::to_vec).unwrap_or_default();
        Ok(Self::Some { lecturers, departments, learner })
    }

    /// Whether each of these lecturers is in reach.
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

/// As whom the caller reports about the session of these lecturers: somebody with a right to their own sessions only reports as
/// a lecturer, and so does anybody, HR included, about a session that they give.
#[must_use]
pub fn reporting_as(reach: &Reach, caller: Option<Uuid>, lecturers: &[Uuid]) -> ReportedAs {
    let own = caller.is_some_and(|person| lecturers.contains(&person));
    match reach {
        Reach::All | Reach::Departments(_) if !own => ReportedAs::Supervisor,
        Reach::All | Reach::Departments(_) | Reach::Own(_) => ReportedAs::Lecturer,
    }
}

/// Whose part in a session the caller may see: none for everybody's, which managers, HR and its lecturers do; a learner sees the
/// own one.
pub async fn only_person(tx: &mut Tx<'_>, session: Uuid) -> Result<Option<Uuid>> {
    let Some(person) = tx.actor.person() else { return Ok(None) };
    let scope = match tx.actor.reach::<SessionsRead>()? {
        Reach::All => return Ok(None),
        reach => Scope::of(tx, reach, None).await?,
    };
    let is_more = queries::is_within(tx, session, &scope).await?;
    Ok((!is_more).then_some(person))
}
