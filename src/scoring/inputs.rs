//! The frozen inputs: the facts that the score of one lecturer in one period is based on.
//!
//! The close writes them to the snapshot, in one consistent cut. Scorecards, ranks, rewards, statements, replays and simulations
//! are computed from nothing else. They contain sums and counts, never a single rating, a text or a learner. Facts that never
//! count (cancelled and undecided sessions, feedback outside its window, content withdrawn before the period) are not in them.
//! What a rule decides (whether a session qualifies) is left to the rule.
//!
//! The order of the lists has no meaning. The ids are there to explain a score and to find what a correction changed; the
//! canonical form leaves them out.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::calendar::DayKind;
use crate::kernel::decimal::Decimal;
use crate::kernel::ratio::{Ratio, fraction};
use crate::kernel::words::words;
pub use crate::programmes::{SessionKind, SessionRole};

/// All facts of one lecturer in one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LecturerInputs {
    pub employee_id: Uuid,
    /// The number at the close. It breaks ties over odd minor units, by code point.
    pub employee_number: String,
    /// The department just before the end of the period, in which the lecturer is ranked. None: the board of those without a
    /// department.
    pub department: Option<DepartmentInputs>,
    /// Calendar days of the period.
    pub days: NonZeroU32,
    /// Whole days of leave, suspension or time outside the appointment, each counted once.
    pub exempt_days: u32,
    pub sessions: Vec<SessionInputs>,
    pub contents: Vec<ContentInputs>,
    /// The latest value that an outside system sent for the period, by key.
    pub external: BTreeMap<String, Decimal>,
}

/// The department in which the lecturer is ranked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepartmentInputs {
    pub department_id: Uuid,
    pub code: String,
}

/// One session of the lecturer that was delivered or missed in the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionInputs {
    pub session_id: Uuid,
    pub state: SessionOutcome,
    pub kind: SessionKind,
    /// Delivered minutes; 0 if missed.
    pub minutes: u32,
    /// People present other than the session's own lecturers: by the attendance records or, if there are none, by the reported
    /// head count. 0 if missed.
    pub attendees: u32,
    /// This lecturer's share of the session, above 0 and at most 1.
    pub credit: Decimal,
    /// Whether the first version of the content was submitted at or before the due moment; none if there is no due moment.
    pub on_time: Option<bool>,
    /// Application cases confirmed before the close.
    pub confirmed_cases: u32,
    /// One entry per scale of the ratings.
    pub ratings: Vec<RatingSum>,
    /// One entry per key and scale of the answers.
    pub items: Vec<ItemSum>,
    /// What only fees depend on, of a delivered session in a programme that pays fees. (Snapshots made before there were fees have
    /// none.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<FeeInputs>,
}

/// What of a delivered session fees depend on, and nothing else does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeInputs {
    /// The actual start, as the clocks of the programme's time zone showed it.
    pub start: DateTime<FixedOffset>,
    /// The kind of that local day.
    pub day_kind: DayKind,
    /// This lecturer's role.
    pub role: SessionRole,
    /// This lecturer's level on that local day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difficulty: Option<String>,
    pub is_first_run: bool,
    /// Minutes of the attendee who stayed longest, if any minutes are recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_attendance: Option<u32>,
    /// Codes of the certificates of competence that the lecturer held on that local day, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<String>,
    /// What fees have granted this lecturer for the session in other periods of the programme, where it counted before: a session is paid
    /// once.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub granted_before_minor: i64,
    /// The session's own ratings, where `ratings` holds those of other sessions too: while feedback is shown in batches, and where a
    /// session that counts no longer has left its ratings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_ratings: Option<Vec<RatingSum>>,
}

words! {
    /// Outcome of a session that counts.
    pub enum SessionOutcome {
        /// The session took place.
        Delivered = "delivered",
        /// The session should have taken place and did not.
        Missed = "missed",
    }
}

/// The ratings of one session on one scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatingSum {
    /// The best possible rating.
    pub scale: NonZeroU32,
    pub n: u32,
    pub sum: Decimal,
}

/// The answers to one item of a session's feedback form on one scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemSum {
    pub key: String,
    /// The best possible answer.
    pub scale: NonZeroU32,
    pub n: u32,
    pub sum: Decimal,
}

/// One content by the lecturer that is there: published before the end of the period, not withdrawn before its start, and not made
/// for a session that is cancelled. Whether it is current is left to the rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentInputs {
    pub content_id: Uuid,
    /// Whole local months from the month of its publication to the last month of the period; 0 if published in the last month.
    /// (Snapshots made before this was counted have no months: all their content was current.)
    #[serde(default)]
    pub months_old: u32,
    /// Distinct people, other than the authors, whose reuse in the period counts.
    pub reused_by: u32,
    /// Whether somebody whose reuse counts reused it before the period.
    #[serde(default)]
    pub reused_before: bool,
}

fn is_nothing(minor: &i64) -> bool {
    *minor == 0
}

impl SessionInputs {
    /// The ratings of this session and of no other.
    #[must_use]
    pub fn own_ratings(&self) -> &[RatingSum] {
        let apart = self.fee.as_ref().and_then(|fee| fee.own_ratings.as_ref());
        apart.unwrap_or(&self.ratings)
    }
}

impl ContentInputs {
    /// Whether it was published in the last `window` months of the period, or reused in the period.
    #[must_use]
    pub fn is_current(&self, window: u32) -> bool {
        self.months_old < window || self.reused_by > 0
    }

    /// Whether it was ever reused before the period's end.
    #[must_use]
    pub fn has_reuser(&self) -> bool {
        self.reused_by > 0 || self.reused_before
    }
}

/// The days of a period, as one lecturer has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    pub all: NonZeroU32,
    pub exempt: u32,
}

impl Days {
    /// (days − exempt days) / days: the share of the period in which the lecturer could teach, 0 to 1.
    #[must_use]
    pub fn availability(self) -> Ratio {
        fraction(self.all.get().saturating_sub(self.exempt), self.all)
    }
}

impl LecturerInputs {
    #[must_use]
    pub fn own_days(&self) -> Days {
        Days { all: self.days, exempt: self.exempt_days }
    }

    #[must_use]
    pub fn department_id(&self) -> Option<Uuid> {
        self.department.as_ref().map(|department| department.department_id)
    }

    /// The sessions that took place.
    pub fn delivered(&self) -> impl Iterator<Item = &SessionInputs> {
        self.sessions.iter().filter(|session| session.state == SessionOutcome::Delivered)
    }
}
