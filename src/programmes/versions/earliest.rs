//! With which period a version can start at the earliest, and what a draft is told about that.

use chrono::NaiveDate;

use super::model::Start;
use super::queries::Serving;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::message::data;
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::programmes::periods::latest_closed;
use crate::programmes::{Programme, queries as programmes};
use crate::versioned::Version;

/// The periods with which a version can still start.
#[derive(Debug)]
pub struct Starts {
    /// None: with any.
    pub earliest: Option<Period>,
    /// The first days of the published versions.
    taken: Vec<NaiveDate>,
}

impl Starts {
    /// The earliest is the period after the current one, because a period has one version from its start to its end. The first
    /// version of a programme may start with any period, so that imported history is scored. But no version starts with a closed
    /// period, or before one.
    pub async fn of<D: Serving>(tx: &mut Tx<'_>, programme: &Programme) -> Result<Self> {
        let out_of_calendar = || Error::not_found(Thing::Period);
        let current = programme.period_at(tx.now).ok_or_else(out_of_calendar)?;
        let taken = D::starts(tx, programme.id).await?;
        let by_clock = if taken.is_empty() { None } else { Some(current.next().ok_or_else(out_of_calendar)?) };
        let closed = latest_closed(tx, programme.id).await?;
        let after_closed = closed.and_then(|row| row.period.next());
        Ok(Self { earliest: by_clock.max(after_closed), taken })
    }

    /// The earliest period, if the version would start before it.
    #[must_use]
    pub fn earliest_after(&self, starts_period: Period) -> Option<Period> {
        self.earliest.filter(|earliest| starts_period < *earliest)
    }

    /// What its start would say against the publication of a draft.
    fn warning(&self, start: &Start) -> Option<Fault> {
        const POINTER: &str = "/starts_period";
        if let Some(earliest) = self.earliest_after(start.starts_period) {
            return Some(Fault::new(POINTER, FaultCode::StartsTooEarly).with("earliest", data(earliest)));
        }
        let is_taken = self.taken.contains(&start.starts_period.first_day());
        is_taken.then(|| Fault::new(POINTER, FaultCode::PeriodTaken))
    }
}

/// What their starts would say against the publication of these versions of one programme, in the same order. Published ones get no
/// warning.
pub async fn warnings<D: Serving>(tx: &mut Tx<'_>, versions: &[Version<D>]) -> Result<Vec<Option<Fault>>> {
    let is_draft = |version: &Version<D>| version.published_at.is_none();
    let Some(draft) = versions.iter().find(|version| is_draft(version)) else { return Ok(vec![None; versions.len()]) };
    let programme = programmes::find(tx, draft.heading.programme_id).await?;
    let programme = programme.ok_or_else(|| Error::internal("a version without its programme"))?;
    let starts = Starts::of::<D>(tx, &programme).await?;
    let warning = |version: &Version<D>| starts.warning(&version.heading).filter(|_| is_draft(version));
    Ok(versions.iter().map(warning).collect())
}
