//! Rows of feedback.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::rules::{Attendance, Held, Occasion};
use crate::db::{Document, set_row};
use crate::kernel::fault::Fault;
use crate::kernel::text::{Comment, Reason};
use crate::people::{not_employed, shown};
use crate::programmes::{FeedbackForm, FeedbackMode};
use crate::schema::{feedback, feedback_extensions};
use crate::sessions::Participation;

/// The facts about a session and its programme that decide how it is rated.
#[derive(Debug, QueryableByName)]
pub struct TermsRow {
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub delivered_start: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub delivered_minutes: Option<i32>,
    #[diesel(sql_type = Integer)]
    pub window_minutes: i32,
    /// The form of the rule that serves for the session. None: there is no rule.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub form: Option<Document<FeedbackForm>>,
    /// The rule version with the form.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub rule_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub mode: FeedbackMode,
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    #[diesel(sql_type = Text)]
    time_zone: String,
    /// In the mode `named`, the local day of the delivery, if live feedback begins with it: there is none yet, or only later.
    #[diesel(sql_type = Nullable<Date>)]
    pub begins_live_on: Option<NaiveDate>,
    /// In the other modes, the day of live feedback, if the session is of an earlier period.
    #[diesel(sql_type = Nullable<Date>)]
    live_only_from_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub extended_until: Option<DateTime<Utc>>,
}

impl TermsRow {
    /// The form that learners get for the session now.
    #[must_use]
    pub fn served(&self) -> ServedForm {
        let form = self.form.as_ref().map(|form| form.0.clone()).unwrap_or_default();
        ServedForm { form, rule_id: self.rule_id }
    }

    /// The programme's.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }
}

/// A session with what is asked about it.
#[derive(Debug)]
pub struct Terms {
    pub row: TermsRow,
    pub served: ServedForm,
}

impl From<TermsRow> for Terms {
    fn from(row: TermsRow) -> Self {
        Self { served: row.served(), row }
    }
}

/// What a session is to a person.
#[derive(Debug, Clone, QueryableByName)]
pub struct PartRow {
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub person_id: Uuid,
    #[diesel(embed)]
    pub part: Participation,
    /// The record of the person that has rated the session: their own, or one that was merged into it.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub rated_as: Option<Uuid>,
    /// Whether the person has rated the session anonymously.
    #[diesel(sql_type = Bool)]
    pub took_part: bool,
    /// The company's day of the delivery, if the person was not employed on it.
    #[diesel(sql_type = Nullable<Date>)]
    unemployed_on: Option<NaiveDate>,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    employee_number: Option<String>,
}

impl PartRow {
    #[must_use]
    pub fn has_rated(&self) -> bool {
        self.took_part || self.rated_as.is_some()
    }
}

/// What is known about a session and a person.
#[derive(Debug)]
pub struct Known {
    pub terms: Arc<Terms>,
    pub part: PartRow,
}

impl Known {
    #[must_use]
    pub fn occasion(&self) -> Occasion {
        let (terms, part) = (&self.terms.row, self.part.part);
        Occasion {
            delivered: terms.delivered_start.zip(terms.delivered_minutes),
            window_minutes: terms.window_minutes,
            extended_until: terms.extended_until,
            live_only_from_on: terms.live_only_from_on,
            is_own: part.is_lecturer,
            attendance: match (part.has_records, part.is_present, part.is_registered) {
                (true, Some(true), _) => Attendance::Present,
                (true, _, _) => Attendance::Absent,
                (false, _, true) => Attendance::Registered,
                (false, _, false) => Attendance::Unknown,
            },
            zone: terms.zone(),
        }
    }

    /// Whether the session concerns the person: as one of its lecturers, as a registered learner, with an attendance record, even as
    /// absent, or with a rating.
    #[must_use]
    pub fn concerns(&self) -> bool {
        let part = self.part.part;
        part.is_lecturer || part.is_registered || part.is_present.is_some() || self.part.has_rated()
    }

    /// The record that rates, or has rated: the rating is found under it.
    #[must_use]
    pub fn learner(&self) -> Uuid {
        self.part.rated_as.unwrap_or(self.part.person_id)
    }

    /// The fault of a person who was not employed on the day of the session.
    #[must_use]
    pub fn not_employed(&self) -> Option<Fault> {
        let day = self.part.unemployed_on?;
        Some(not_employed("", shown(&self.part.name, self.part.employee_number.as_deref()), day))
    }
}

/// A form that is given to learners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedForm {
    pub form: FeedbackForm,
    /// The rule version with the form. None: there is no rule, and the form is the usual one.
    pub rule_id: Option<Uuid>,
}

/// What a person gives, on the form of a rule version. It keeps the scales of that form.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = feedback)]
pub struct Given {
    pub rule_id: Option<Uuid>,
    pub rating: i32,
    pub scale: i32,
    pub items: Value,
    pub comment: Option<Comment>,
}

/// The answer to one item, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemAnswer {
    pub key: String,
    pub value: i32,
    pub scale: i32,
}

/// A longer feedback window for a session.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = feedback_extensions)]
pub struct Extension {
    pub session_id: Uuid,
    pub extended_until: DateTime<Utc>,
    pub reason: Reason,
}

/// The ratings of a session on one scale.
#[derive(Debug, QueryableByName)]
pub struct RatingTotal {
    #[diesel(sql_type = Integer)]
    pub scale: i32,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
    #[diesel(sql_type = BigInt)]
    pub sum: i64,
}

/// The answers to one item of a session on one scale.
#[derive(Debug, QueryableByName)]
pub struct ItemTotal {
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = Integer)]
    pub scale: i32,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
    #[diesel(sql_type = BigInt)]
    pub sum: i64,
}

/// A text, without who wrote it and when.
#[derive(Debug, QueryableByName)]
pub struct TextRow {
    #[diesel(sql_type = Text)]
    pub comment: Comment,
}

/// The feedback on a session that counts and is held back, with what it may be released with.
#[derive(Debug, QueryableByName)]
pub struct WaitingRow {
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    /// First local day of the period.
    #[diesel(sql_type = Date)]
    pub starts_on: NaiveDate,
    /// The lecturers of the session, ordered by id.
    #[diesel(sql_type = Array<SqlUuid>)]
    pub lecturers: Vec<Uuid>,
    #[diesel(sql_type = Integer)]
    pub min_k: i32,
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
    #[diesel(sql_type = Array<SqlUuid>)]
    pub ratings: Vec<Uuid>,
    /// How many anonymous answers. None: there are none.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub answers: Option<i64>,
}

impl WaitingRow {
    /// All of it.
    pub fn held(&self) -> impl Iterator<Item = Held> {
        let session = self.session_id;
        let held = move |feedback: Option<Uuid>, n: i64| Held { session, feedback, n };
        let ratings = self.ratings.iter().map(move |rating| held(Some(*rating), 1));
        ratings.chain(self.answers.map(|n| held(None, n)))
    }

    /// Whether both may be released together.
    #[must_use]
    pub fn is_with(&self, other: &Self) -> bool {
        let key = |row: &Self| (row.programme_id, row.starts_on, row.lecturers.clone());
        key(self) == key(other)
    }
}

set_row! {
    into feedback_batches;
    /// Feedback that is released together.
    pub struct NewBatch {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub programme_id: Uuid,
        pub starts_on: NaiveDate,
        pub session_id: Option<Uuid>,
        pub is_rest: bool,
    }
}

set_row! {
    into feedback_batch_lecturers;
    /// One of the lecturers as whose feedback a batch is released.
    pub struct NewBatchLecturer {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub batch_id: Uuid,
        pub lecturer_id: Uuid,
    }
}

/// What decides how much of a session's feedback is shown.
#[derive(Debug, QueryableByName)]
pub struct StandingRow {
    #[diesel(sql_type = Text)]
    pub mode: FeedbackMode,
    /// Last instant at which feedback is taken. None if the session was not delivered.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub window_ends_at: Option<DateTime<Utc>>,
    /// The people who may rate the session.
    #[diesel(sql_type = BigInt)]
    pub invited: i64,
    /// The people whose rating counts.
    #[diesel(sql_type = BigInt)]
    pub rated: i64,
    /// When the period of the session was closed. None if it is open.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub closed_at: Option<DateTime<Utc>>,
    /// Whether the close lets the session stand apart.
    #[diesel(sql_type = Nullable<Bool>)]
    pub stands_apart: Option<bool>,
}

/// How much of a session's feedback is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All that counts.
    Everything,
    /// What the close of this moment has frozen.
    Frozen(DateTime<Utc>),
    /// The batches that were released of this session alone.
    Released,
    Nothing,
}

impl StandingRow {
    /// How many were invited and how many of them rated, once the window is over. Before that, each new rating would be seen.
    #[must_use]
    pub fn turnout(&self, now: DateTime<Utc>) -> Option<(i64, i64)> {
        self.window_ends_at.is_some_and(|end| end < now).then_some((self.invited, self.rated))
    }

    #[must_use]
    pub fn extent(&self) -> Extent {
        match (self.mode, self.closed_at) {
            (FeedbackMode::Named, _) => Extent::Everything,
            (_, None) => Extent::Released,
            // As the lecturer's card has it, whether or not the window was open at the close: what comes or changes later is late.
            (_, Some(closed_at)) if self.stands_apart == Some(true) => Extent::Frozen(closed_at),
            _ => Extent::Nothing,
        }
    }
}
