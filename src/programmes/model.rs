//! Rows of programmes.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::deserialize::Queryable;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::message::in_chinese;
use crate::kernel::money::Currency;
use crate::kernel::period::{Cycle, Period};
use crate::kernel::text::{Code, Description, Name};
use crate::kernel::words::words;
use crate::schema::programmes;

words! {
    /// State of a programme.
    pub enum ProgrammeState {
        /// It scores but does not pay: a period closed in this state grants nothing. Every programme starts here.
        Pilot = "pilot",
        /// Closed periods pay. Reached by `activate_programme` from `pilot`.
        Active = "active",
        /// It takes no new sessions. Existing sessions are still scored, closed and paid. Reached by `end_programme` from `pilot`
        /// and `active`. Final.
        Ended = "ended",
    }

    /// Whether a rating can be traced to a person.
    #[derive(Default)]
    pub enum FeedbackMode {
        /// The lecturer sees who gave which rating, which the form announces before anything is typed. A rating counts and shows
        /// at once.
        Named = "named",
        /// Lectern knows who has rated, so that nobody rates twice, but no response shows it. Before the close of a period, at
        /// least `feedback_min_k` ratings are shown together; at the close the last few join.
        #[default]
        Confidential = "confidential",
        /// Who has rated is stored apart from what was said, which is counts and texts: not even a copy of the database ties them
        /// together. So the first rating stands and nobody can change it. Before the close of a
        /// period, at least five ratings are shown together; at the close the last few join.
        Anonymous = "anonymous",
    }

    /// What a restatement does about money that was granted in excess.
    #[derive(Default)]
    pub enum TakeBack {
        /// Granted money stays; the excess is only reported.
        #[default]
        None = "none",
        /// A negative entry takes the excess back.
        Adjust = "adjust",
    }

    /// A kind of reuse (复用) that a rule may count.
    pub enum ReuseKind {
        /// A person downloaded the content.
        Download = "download",
        /// A person forwarded the content to others.
        Forward = "forward",
        /// A person other than its authors taught the content.
        Taught = "taught",
    }

    /// Whether the session was assigned or volunteered.
    pub enum SessionKind {
        /// The company assigned it (指派): the lecturer is expected to give it.
        Assigned = "assigned",
        /// The lecturer volunteered for it (自愿). These sessions make up the metric `voluntary_share`.
        Voluntary = "voluntary",
    }

    /// What a lecturer does in a session. It is apart from the credit, by which co-lecturers share the session.
    #[derive(Default)]
    pub enum SessionRole {
        /// Leads it (主讲).
        #[default]
        Lead = "lead",
        /// Gives a part of it (联合讲师).
        Co = "co",
        /// Assists (助教).
        Assistant = "assistant",
    }
}

in_chinese!(ProgrammeState { Pilot = "试运行", Active = "生效中", Ended = "已结束" });

text_column!(ProgrammeState, FeedbackMode, SessionKind, SessionRole);

/// A currency as stored in a column.
pub struct CurrencyColumn(Currency);

/// A time zone as stored in a column.
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
    /// The time zone. Periods and days begin and end at local midnight in this zone.
    #[diesel(deserialize_as = ZoneColumn)]
    pub time_zone: Tz,
    #[diesel(deserialize_as = CurrencyColumn)]
    pub currency: Currency,
    pub cycle: Cycle,
    /// Number of places on the leaderboard.
    pub board_size: i32,
    pub feedback_mode: FeedbackMode,
    /// How many ratings are shown together at least, outside the mode `named`, until a rule raises it.
    pub feedback_min_k: i32,
    /// Periods that begin on or after this local day pay. None if the programme has never been active: then no period pays.
    pub pays_from_on: Option<NaiveDate>,
    /// The first local day after its last period. None: it goes on.
    pub periods_end_on: Option<NaiveDate>,
    /// By how many minutes a delivery may lie before its planned start without HR.
    pub early_delivery_minutes: i32,
    /// The first local day of live feedback. Files bring no ratings and no decided cases of its period and later ones.
    pub live_feedback_from_on: Option<NaiveDate>,
    /// For so many local days after the day of a close, or of a restatement that was accepted, lecturers may appeal.
    pub appeal_days: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl Programme {
    /// The state in which a period ran. A period that ran as a pilot stays one, even if the programme was activated since.
    #[must_use]
    pub fn state_in(&self, period: Period) -> ProgrammeState {
        let pays = self.pays_from_on.is_some_and(|from| period.first_day() >= from);
        if pays { self.state } else { ProgrammeState::Pilot }
    }

    /// The period that contains the instant. None only at the ends of the calendar.
    #[must_use]
    pub fn period_at(&self, instant: DateTime<Utc>) -> Option<Period> {
        Period::containing_instant(instant, self.time_zone, self.cycle)
    }
}
