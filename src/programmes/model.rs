//! Rows of programmes.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::deserialize::Queryable;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::form::{FeedbackItem, FeedbackItemsColumn};
use crate::db::text::text_column;
use crate::kernel::limits::{OverBudget, SpendingLimits};
use crate::kernel::money::Currency;
use crate::kernel::period::{Cycle, Period};
use crate::kernel::scope::Scope;
use crate::schema::programmes;

/// Where a programme stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProgrammeState {
    /// It scores and does not pay.
    Pilot,
    Active,
    /// It takes no new sessions.
    Ended,
}

/// What may tie a rating to a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackMode {
    /// The lecturer sees who.
    Named,
    /// Lectern knows, and no answer tells.
    #[default]
    Confidential,
    /// Nobody can know.
    Anonymous,
}

/// What a restatement does with money that was granted in excess.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TakeBack {
    /// What was promised stays.
    #[default]
    None,
    /// A negative line.
    Adjust,
}

/// A kind of reuse that a programme may count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReuseKind {
    Download,
    Forward,
    /// Taught by somebody else.
    Taught,
}

impl ProgrammeState {
    pub const ALL: [Self; 3] = [Self::Pilot, Self::Active, Self::Ended];

    /// Its name in data.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Pilot => "pilot",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }
}

impl FeedbackMode {
    pub const ALL: [Self; 3] = [Self::Named, Self::Confidential, Self::Anonymous];

    /// Its name in data.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Confidential => "confidential",
            Self::Anonymous => "anonymous",
        }
    }
}

impl TakeBack {
    pub const ALL: [Self; 2] = [Self::None, Self::Adjust];

    /// Its name in data.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Adjust => "adjust",
        }
    }
}

impl ReuseKind {
    pub const ALL: [Self; 3] = [Self::Download, Self::Forward, Self::Taught];

    /// Its name in data.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Forward => "forward",
            Self::Taught => "taught",
        }
    }
}

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
        let kind = |text: &String| ReuseKind::ALL.into_iter().find(|kind| kind.slug() == text);
        let kinds: Option<Vec<ReuseKind>> = texts.iter().map(kind).collect();
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
    pub code: String,
    pub name: String,
    pub description: Option<String>,
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
