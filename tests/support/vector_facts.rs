//! The worked cases: reading one.

#[path = "vector_inputs.rs"]
mod vector_inputs;

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use chrono::{DateTime, FixedOffset, NaiveDate};
use chrono_tz::Tz;
use lectern::calendar::DayKind;
use lectern::kernel::decimal::Decimal;
use lectern::kernel::limits::{OverBudget, SpendingLimits};
use lectern::kernel::period::Period;
use lectern::kernel::scope::Scope;
use lectern::programmes::{FeedbackMode, SessionRole};
use lectern::rewards::policy::RewardPolicy;
use lectern::scoring::inputs::SessionKind;
use lectern::scoring::rule::ScoringRule;
use serde::Deserialize;
use serde_json::Value;

type Moment = DateTime<FixedOffset>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    pub name: String,
    #[serde(default, rename = "about")]
    _about: String,
    pub rule: ScoringRule,
    pub lecturers: Vec<Lecturer>,
    #[serde(default)]
    pub sessions: Vec<Session>,
    #[serde(default)]
    pub feedback: Vec<Feedback>,
    #[serde(default)]
    pub contents: Vec<Content>,
    #[serde(default)]
    pub reuses: Vec<Reuse>,
    #[serde(default)]
    pub cases: Vec<Case>,
    #[serde(default)]
    pub external: Vec<External>,
    /// The days that the company's calendar lists.
    #[serde(default)]
    pub calendar: BTreeMap<NaiveDate, DayKind>,
    #[serde(default)]
    pub reward_policies: Vec<RewardPolicy>,
    pub programme: Programme,
    pub period: Period,
    pub expect: Expectation,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    #[serde(default = "named")]
    pub feedback_mode: FeedbackMode,
    /// In named mode, in which a case is read that states none, each rating shows.
    #[serde(default = "one_by_one")]
    pub feedback_min_k: u32,
    pub time_zone: Tz,
    pub currency: lectern::kernel::money::Currency,
    pub rank_scope: Scope,
    pub budget_minor: Option<i64>,
    pub person_cap_minor: Option<i64>,
    #[serde(default)]
    pub over_budget: OverBudget,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lecturer {
    pub key: String,
    pub employee_number: String,
    pub department: Option<String>,
    #[serde(default)]
    pub exempt_days: u32,
    #[serde(default)]
    pub levels: Vec<Level>,
    #[serde(default)]
    pub certificates: Vec<Competence>,
}

/// From this day on, until the next one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    pub level: String,
    pub from: NaiveDate,
}

/// A certificate of competence; `to` is its last day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Competence {
    pub code: String,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub id: String,
    pub lecturers: Vec<Credit>,
    pub kind: SessionKind,
    pub scheduled_start: Moment,
    pub due_at: Option<Moment>,
    pub state: String,
    #[serde(default)]
    pub attendees: u32,
    pub submitted_at: Option<Moment>,
    pub delivered_start: Option<Moment>,
    #[serde(default)]
    pub delivered_minutes: u32,
    pub difficulty: Option<String>,
    #[serde(default)]
    pub is_first_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    pub lecturer: String,
    #[serde(default = "whole_credit")]
    pub credit: Decimal,
    #[serde(default)]
    pub role: SessionRole,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    pub session: String,
    pub learner: String,
    pub rating: i64,
    pub scale: NonZeroU32,
    #[serde(default)]
    pub items: BTreeMap<String, i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    pub id: String,
    pub authors: Vec<String>,
    pub session: Option<String>,
    pub published_at: Moment,
    pub withdrawn_at: Option<Moment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reuse {
    pub content: String,
    pub person: String,
    pub at: Moment,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub session: String,
    pub person: String,
    #[allow(dead_code, reason = "only a case that is stored says when it was applied")]
    pub applied_on: chrono::NaiveDate,
    pub confirmed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct External {
    pub lecturer: String,
    pub metric: String,
    pub period: Period,
    pub value: Decimal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    pub scorecards: BTreeMap<String, Value>,
    pub rewards: Vec<Value>,
}

fn named() -> FeedbackMode {
    FeedbackMode::Named
}

fn one_by_one() -> u32 {
    1
}

fn whole_credit() -> Decimal {
    Decimal::from(1)
}

impl Programme {
    /// The fewest ratings of which a rating is made.
    pub fn min_ratings(&self) -> u32 {
        if self.feedback_mode == FeedbackMode::Named { 1 } else { self.feedback_min_k }
    }

    pub fn limits(&self) -> SpendingLimits {
        SpendingLimits {
            person_cap_minor: self.person_cap_minor,
            budget_minor: self.budget_minor,
            over_budget: self.over_budget,
        }
    }
}
