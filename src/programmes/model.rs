//! Rows of programmes.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::deserialize::Queryable;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};
use uuid::Uuid;

use super::form::{FeedbackItem, FeedbackItemsColumn};
use crate::db::text::text_column;
use crate::kernel::limits::{OverBudget, SpendingLimits};
use crate::kernel::message::in_chinese;
use crate::kernel::money::Currency;
use crate::kernel::period::{Cycle, Period};
use crate::kernel::scope::Scope;
use crate::kernel::text::{Code, Description, Name};
use crate::kernel::words::words;
use crate::schema::programmes;

words! {
    /// Where a programme stands.
    pub enum ProgrammeState {
        /// It scores and does not pay: a period that is closed now grants nothing. Every programme begins so.
        Pilot = "pilot",
        /// What is closed pays. `activate_programme` leads here, from `pilot`.
        Active = "active",
        /// It takes no new sessions; those it has are still scored, closed and paid. `end_programme` leads here, from `pilot` and
        /// `active`, and nothing leads away.
        Ended = "ended",
    }

    /// What may tie a rating to a person.
    #[derive(Default)]
    pub enum FeedbackMode {
        /// The lecturer sees who rated how. Not supported yet.
        Named = "named",
        /// Lectern knows who rated, so that nobody rates twice, and no answer tells.
        #[default]
        Confidential = "confidential",
        /// Nobody can know, Lectern neither. Not supported yet.
        Anonymous = "anonymous",
    }

    /// What a restatement does with money that was granted in excess.
    #[derive(Default)]
    pub enum TakeBack {
        /// What was promised stays; the excess is reported.
        #[default]
        None = "none",
        /// A negative line takes the excess back. Not supported yet.
        Adjust = "adjust",
    }

    /// A kind of reuse (复用) that a programme may count.
    pub enum ReuseKind {
        /// Somebody downloaded the content.
        Download = "download",
        /// Somebody forwarded it to others.
        Forward = "forward",
        /// Somebody other than its authors taught it.
        Taught = "taught",
    }
}

in_chinese!(ProgrammeState { Pilot = "试运行", Active = "生效中", Ended = "已结束" });

text_column!(ProgrammeState, FeedbackMode, TakeBack);

/// A currency as a column holds it.
pub struct CurrencyColumn(Currency);

/// Kinds of reuse as a column holds them.
pub struct ReuseKindsColumn(Vec<ReuseKind>);

/// A time zone as a column holds it.
pub struct ZoneColumn(Tz);

impl Queryable<Text, Pg> for CurrencyColumn {
    type Row = String;

    fn build(text: String) -> diesel::deserialize::Result<Self> {
        Ok(Self(text.parse()?))
    }
}

impl Queryable<Text, Pg> for ZoneColumn {
    type Row = String;

    fn build(text: String) -> diesel::deserialize::Result<Self> {
        Ok(Self(text.parse()?))
    }
}

impl Queryable<Array<Text>, Pg> for ReuseKindsColumn {
    type Row = Vec<String>;

    fn build(texts: Vec<String>) -> diesel::deserialize::Result<Self> {
        let kinds: Option<Vec<ReuseKind>> = texts.iter().map(|text| ReuseKind::of(text)).collect();
        Ok(Self(kinds.ok_or("a word that is no kind of reuse")?))
    }
}

impl From<ReuseKindsColumn> for Vec<ReuseKind> {
    fn from(column: ReuseKindsColumn) -> Self {
        column.0
    }
}

impl From<CurrencyColumn> for Currency {
    fn from(column: CurrencyColumn) -> Self {
        column.0
    }
}

impl From<ZoneColumn> for Tz {
    fn from(column: ZoneColumn) -> Self {
        column.0
    }
}

/// An incentive programme (激励方案).
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = programmes)]
pub struct Programme {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub code: Code,
    pub name: Name,
    pub description: Option<Description>,
    pub state: ProgrammeState,
    /// The zone whose local midnights bound its periods and days.
    #[diesel(deserialize_as = ZoneColumn)]
    pub time_zone: Tz,
    #[diesel(deserialize_as = CurrencyColumn)]
    pub currency: Currency,
    pub cycle: Cycle,
    pub rank_scope: Scope,
    /// Places that the board shows.
    pub board_size: i32,
    pub feedback_mode: FeedbackMode,
    pub feedback_window_minutes: i32,
    /// Best rating on its forms; ratings run from 0 to it.
    pub feedback_scale: i32,
    pub feedback_min_k: i32,
    pub budget_minor: Option<i64>,
    pub over_budget: OverBudget,
    pub person_cap_minor: Option<i64>,
    pub take_back: TakeBack,
    pub appraisal_weight_bp: i32,
    pub settle_days: i32,
    #[diesel(deserialize_as = ReuseKindsColumn)]
    pub reuse_kinds: Vec<ReuseKind>,
    pub case_max_age_days: Option<i32>,
    /// Its feedback form; without items any key is taken, on the scale of the rating.
    #[diesel(deserialize_as = FeedbackItemsColumn)]
    pub feedback_items: Vec<FeedbackItem>,
    /// Periods that begin on this local day or later pay; none does while it has never been active.
    pub pays_from_on: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl Programme {
    /// The state that a period counts as run in: a pilot's period stays one, whatever became of the programme since.
    #[must_use]
    pub fn state_in(&self, period: Period) -> ProgrammeState {
        let pays = self.pays_from_on.is_some_and(|from| period.first_day() >= from);
        if pays { self.state } else { ProgrammeState::Pilot }
    }

    /// What one period may cost.
    #[must_use]
    pub fn limits(&self) -> SpendingLimits {
        SpendingLimits {
            person_cap_minor: self.person_cap_minor,
            budget_minor: self.budget_minor,
            over_budget: self.over_budget,
        }
    }

    /// The period that the instant lies in; none only at the ends of the calendar.
    #[must_use]
    pub fn period_at(&self, instant: DateTime<Utc>) -> Option<Period> {
        Period::containing_instant(instant, self.time_zone, self.cycle)
    }
}
