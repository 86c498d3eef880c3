//! The point of view from which facts are read.

use chrono::{DateTime, NaiveDate, Utc};

use crate::kernel::period::Period;

/// The point of view from which the facts are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// For an open period: departments as they are now, deliveries as their lecturers report them, and of the feedback what was
    /// released.
    Provisional(DateTime<Utc>),
    /// For a close: departments on the period's last day, cases confirmed until this instant, all feedback that counts, and no
    /// delivery that only its lecturer has reported.
    Closing(DateTime<Utc>),
    /// For a comparison with a closed period: like a close, but of the feedback only what is in a batch, as all of it was at the
    /// close.
    Late(DateTime<Utc>),
}

impl Moment {
    pub(super) fn instant(self) -> DateTime<Utc> {
        match self {
            Self::Provisional(instant) | Self::Closing(instant) | Self::Late(instant) => instant,
        }
    }

    /// The day whose department decides the board. Once a period is over, this is its last day, closed or not.
    pub(super) fn department_on(self, period: Period, zone: chrono_tz::Tz) -> NaiveDate {
        match self {
            Self::Provisional(now) => now.with_timezone(&zone).date_naive().min(period.last_day()),
            Self::Closing(_) | Self::Late(_) => period.last_day(),
        }
    }
}
