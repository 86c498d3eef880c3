//! Requests and responses about periods.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{PeriodRow, PeriodState};
use crate::error::{Error, Result};
use crate::http::Page;
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::kernel::words::words;
use crate::programmes::{Programme, versions::Rules};

words! {
    /// Progress of a period.
    pub enum PeriodProgress {
        /// Not over yet. Its scores are provisional and change.
        Open = "open",
        /// Over, but not closed yet. Its scores are provisional until `close_period`.
        Closing = "closing",
        /// Frozen in a snapshot by `close_period`. Its scores are final, and only now it pays.
        Closed = "closed",
    }
}

/// A period (考核周期) of a programme: the half-open interval between two local midnights.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeriodResponse {
    pub programme_id: Uuid,
    pub period: Period,
    pub state: PeriodProgress,
    /// First local day of the period.
    pub starts_on: NaiveDate,
    /// Last local day of the period (included).
    pub ends_on: NaiveDate,
    pub starts_at: DateTime<Utc>,
    /// First instant after the period.
    pub ends_at: DateTime<Utc>,
    /// From this instant on, the period can be closed without force.
    pub closable_at: DateTime<Utc>,
    /// When it was first closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Lecturers may appeal (`file_appeal`) before this instant: `appeal_days` of the programme after the close, or after the latest
    /// restatement that was accepted. Null while the period is not closed.
    pub appeals_until_at: Option<DateTime<Utc>>,
    /// So many ratings of its sessions at least are shown together, and a lecturer with fewer has no rating: 1 in the mode `named`.
    #[schema(minimum = 1, maximum = 50)]
    pub feedback_min_k: u32,
}

impl PeriodResponse {
    /// The period of the programme at the time `now`, with its row if it has one.
    pub fn new(
        programme: &Programme,
        rules: &Rules,
        period: Period,
        row: Option<&PeriodRow>,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let interval = super::interval_of(programme, &period)?;
        let out_of_calendar = || Error::not_found(Thing::Period);
        let state = match row.map(|row| row.state) {
            Some(PeriodState::Closed) => PeriodProgress::Closed,
            _ if now < interval.end => PeriodProgress::Open,
            _ => PeriodProgress::Closing,
        };
        Ok(Self {
            programme_id: programme.id,
            period,
            state,
            starts_on: period.first_day(),
            ends_on: period.last_day(),
            starts_at: interval.start,
            ends_at: interval.end,
            closable_at: super::closable_at(programme, rules.settle_days(&period), &period)
                .ok_or_else(out_of_calendar)?,
            closed_at: row.and_then(|row| row.closed_at),
            appeals_until_at: row.and_then(|row| row.appeals_until_at),
            feedback_min_k: rules.min_ratings(programme, &period),
        })
    }
}

/// A page of periods.
pub type PeriodPage = Page<PeriodResponse>;
