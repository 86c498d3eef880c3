//! Rows of the results of open periods.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::Document;
use crate::journal::marks::Mark;
use crate::kernel::decimal::Decimal;
use crate::kernel::period::Period;
use crate::programmes::periods::PeriodColumn;
use crate::schema::{live_periods, live_results};
use crate::scoring::Score;
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::scorecard::Scorecard;
use crate::scoring::sums::Sums;
use crate::scoring::titles::Titles;

/// A period that has begun, is not closed and has a rule: its results are stored while it is open.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = live_periods)]
pub struct LivePeriod {
    pub id: Uuid,
    pub programme_id: Uuid,
    #[diesel(deserialize_as = PeriodColumn)]
    pub period: Period,
    pub starts_on: NaiveDate,
    /// First local day after the period.
    pub ends_on: NaiveDate,
    /// The rule that the results are computed with.
    pub rule_id: Uuid,
    /// Grows with every change of the results.
    pub version: i64,
    /// When results were last computed; none until all have been, once.
    pub computed_at: Option<DateTime<Utc>>,
    /// Since when everybody is to be computed anew.
    pub anew_since: Option<DateTime<Utc>>,
    /// Employees up to this id have been.
    pub anew_after: Option<Uuid>,
}

/// The stored result of one lecturer, with the facts that it is based on.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = live_results)]
pub struct LiveResult {
    pub employee_id: Uuid,
    /// The board in scope `department`: see [`board_of_department`].
    pub board_id: Uuid,
    /// None: not rated.
    pub score: Option<Decimal>,
    pub grade: Option<String>,
    pub inputs: Document<LecturerInputs>,
    pub card: Document<Scorecard>,
    /// The feedback as a statement shows it, where it is shown in batches. None: each session is shown by itself.
    pub sums: Option<Document<Sums>>,
    /// What the sessions and contents are called. None: stored by a release that did not keep it.
    pub titles: Option<Document<Titles>>,
}

/// What a stored result is based on and where it stands, without the card.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = live_results)]
pub struct StoredFacts {
    pub employee_id: Uuid,
    pub board_id: Uuid,
    pub shortfall: Option<i32>,
    pub inputs: Document<LecturerInputs>,
    pub sums: Option<Document<Sums>>,
    pub titles: Option<Document<Titles>>,
}

/// The board in scope `department` on which a result stands, and its score as a shortfall.
pub type Stood = (Uuid, Option<i32>);

impl LiveResult {
    pub(super) fn stands(&self) -> Stood {
        (self.board_id, self.card.score.and_then(shortfall))
    }
}

/// The hundredths of a point that a score is short of 100: what boards are ordered by.
#[must_use]
pub fn shortfall(score: Score) -> Option<i32> {
    i32::try_from(10_000 - score.units()).ok()
}

/// The board of a department, or of those without one.
#[must_use]
pub fn board_of_department(department: Option<Uuid>) -> Uuid {
    department.unwrap_or_default()
}

impl LivePeriod {
    /// Whether the mark is of this period.
    #[must_use]
    pub fn is_concerned(&self, mark: &Mark) -> bool {
        mark.concerns(self.programme_id, self.starts_on, self.ends_on)
    }
}
