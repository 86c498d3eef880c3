//! The teaching fee (课酬) of a set of reward policies: what a session earns its lecturers.
//!
//! [`super::fee_check`] checks what a valid fee must satisfy; `rewards::fees` computes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use super::policy::{AmountMinor, default_pay_item, policy};
use crate::kernel::decimal::Decimal;
use crate::kernel::text::{Code, OutsideCode};
use crate::kernel::words::words;
use crate::programmes::SessionKind;

/// A class hour, unless a fee says otherwise.
pub const DEFAULT_UNIT_MINUTES: u32 = 60;

fn default_unit_minutes() -> u32 {
    DEFAULT_UNIT_MINUTES
}

fn default_kinds() -> Vec<SessionKind> {
    SessionKind::ALL.to_vec()
}

words! {
    /// Why a fee is held: a gate that its session fails.
    pub enum HoldReason {
        /// The mean of the session's ratings is below the minimum.
        SessionRating = "session_rating",
        /// The session was longer than the longest attendance that is recorded, or no minutes of attendance are.
        AttendanceHours = "attendance_hours",
        /// The lecturer did not hold the certificate of competence on the day of the session.
        Certificate = "certificate",
        /// The content was not submitted at or before its due moment.
        LateContent = "late_content",
    }
}

policy! {
    /// A teaching fee (课酬) for every qualifying session, and for each of its lecturers, rated or not: credit × units × rate × role ×
    /// every factor, rounded once, half up, to the minor unit.
    paid(
        "Of the policies in one group, a person keeps only the one with the largest sum: of a fee, that of all sessions. If absent: the policy is in no group.",
        "Refused: a fee is earned whatever the grade."
    )
    pub struct SessionFee {
        #[serde(default)]
        #[schema(default = FeeBase::default)]
        pub base: FeeBase,
        /// Minutes of one unit, such as a class hour (课时) of 45 minutes. Not used with the base `per_session`.
        #[serde(default = "default_unit_minutes")]
        #[schema(minimum = 1, maximum = 1440, default = default_unit_minutes)]
        pub unit_minutes: u32,
        /// The units of a session are rounded, half up, to so many decimals. If absent: they are exact.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(minimum = 0, maximum = 6)]
        pub unit_decimals: Option<u32>,
        /// Amount for one unit, or for one session, in minor units, by the lecturer's level on the local day of the session.
        #[schema(value_type = BTreeMap<String, AmountMinor>)]
        pub rates_minor: BTreeMap<String, i64>,
        /// The amount for a lecturer without a level, or with one that is not listed. If absent: such a lecturer earns nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
        pub default_rate_minor: Option<i64>,
        /// The factor of each role (`lead`, `co`, `assistant`). A role that is not listed has the factor 1. The credit, by which
        /// co-lecturers share a session, is apart from it.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        #[schema(default = json!({}))]
        pub roles: BTreeMap<String, Decimal>,
        /// Tables of factors. Each multiplies the fee.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schema(max_items = 20, default = json!([]))]
        pub factors: Vec<FeeFactor>,
        /// The kinds of sessions that earn the fee.
        #[serde(default = "default_kinds")]
        #[schema(min_items = 1, max_items = 2, default = default_kinds)]
        pub kinds: Vec<SessionKind>,
        #[serde(default, skip_serializing_if = "FeeGates::are_open")]
        #[schema(default = json!({}))]
        pub gates: FeeGates,
    }
}

/// A table of factors over one attribute of a session, as it is frozen at the close. Where the table has no entry for a session, the
/// factor is 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeeFactor {
    pub by: FactorBy,
    /// For `difficulty` and `day_kind`: the factor of each code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(default = json!({}))]
    pub values: BTreeMap<String, Decimal>,
    /// For `run`, `attendees` and `session_rating`: the factor of the highest band that is reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50, default = json!([]))]
    pub bands: Vec<FactorBand>,
    /// For `time_slot`: the factor of the first slot that holds the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50, default = json!([]))]
    pub slots: Vec<TimeSlot>,
}

words! {
    /// What a fee is a multiple of.
    #[derive(Default)]
    pub enum FeeBase {
        /// Of the minutes of the session, in units of `unit_minutes`.
        #[default]
        PerUnit = "per_unit",
        /// A flat sum for each session, however long it was.
        PerSession = "per_session",
    }

    /// The attribute of a session that a table is over.
    pub enum FactorBy {
        /// The session's difficulty. Table: `values`.
        Difficulty = "difficulty",
        /// The kind of the local day of the actual start by the company's calendar: `workday`, `rest_day` or `holiday`. Table: `values`.
        DayKind = "day_kind",
        /// 1 for the first run of a session, 2 for a repeated one. Table: `bands`.
        Run = "run",
        /// The number of people present other than the session's lecturers. Table: `bands`.
        Attendees = "attendees",
        /// The mean of the session's own ratings on a scale of 10, without a prior. With fewer ratings than may be shown together, the
        /// factor is 1. Table: `bands`.
        SessionRating = "session_rating",
        /// Local weekday and time of the actual start. Table: `slots`.
        TimeSlot = "time_slot",
    }
}

/// A band of a table: from this value on, the factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FactorBand {
    pub at_least: Decimal,
    /// 0 (it earns nothing) or more, with at most 4 decimals.
    pub factor: Decimal,
}

/// Hours of some weekdays: from `from` on, before `to`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeSlot {
    /// 1 is Monday, 7 is Sunday.
    #[schema(value_type = Vec<Weekday>, min_items = 1, max_items = 7)]
    pub weekdays: Vec<u32>,
    #[schema(min_length = 5, max_length = 5, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", examples("18:00"))]
    pub from: String,
    /// `24:00` is the end of the day.
    #[schema(min_length = 5, max_length = 5, pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", examples("22:00"))]
    pub to: String,
    /// 0 (it earns nothing) or more, with at most 4 decimals.
    pub factor: Decimal,
}

/// What holds a fee: it is granted, but not payable until the reason is gone or two people release it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeeGates {
    /// The lowest mean of the session's own ratings, on a scale of 10. With fewer ratings than may be shown together, nothing is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_session_rating: Option<Decimal>,
    /// Whether the delivered minutes must not be longer than the longest attendance that is recorded.
    #[serde(skip_serializing_if = "is_false")]
    pub attendance_hours: bool,
    /// Code of a certificate of competence that the lecturer must hold on the day of the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Code>,
    /// Whether the content must have been submitted at or before its due moment. A session without one passes.
    #[serde(skip_serializing_if = "is_false")]
    pub submitted_on_time: bool,
}

fn is_false(is: &bool) -> bool {
    !*is
}

impl FeeGates {
    /// Whether nothing is held.
    #[must_use]
    pub fn are_open(&self) -> bool {
        *self == Self::default()
    }
}

/// The contract's description of a weekday in a list. In Rust it is a plain number.
struct Weekday;

impl utoipa::PartialSchema for Weekday {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Integer))
            .description(Some("A weekday: 1 is Monday, 7 is Sunday."))
            .minimum(Some(1))
            .maximum(Some(7))
            .into()
    }
}

impl ToSchema for Weekday {}

/// The minutes since midnight of a time of day such as `18:30`. The end of the day is `24:00`.
#[must_use]
pub fn minute_of_day(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 24 * 60).then_some(minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_has_two_digits_twice() {
        for (text, minute) in [
            ("00:00", Some(0)),
            ("18:30", Some(1_110)),
            ("24:00", Some(1_440)),
            ("24:01", None),
            ("12:60", None),
            ("8:00", None),
            ("+8:00", None),
            ("1830", None),
            ("", None),
        ] {
            assert_eq!(minute_of_day(text), minute, "{text}");
        }
    }
}
