//! Requests about programmes.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{FeedbackMode, ProgrammeState};
use super::settings::{FEEDBACK_MIN_K, Settings};
use crate::kernel::fault::{Fault, Faults};
use crate::kernel::money::Currency;
use crate::kernel::patch::Patch;
use crate::kernel::period::Cycle;
use crate::kernel::phrases::Form;
use crate::kernel::text::{Code, Description, Name};
use crate::kernel::wire;

/// A new programme. It starts as a pilot.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "sales", "name": "销售讲师激励方案", "time_zone": "Asia/Shanghai", "currency": "CNY", "cycle": "month",
    "group_ids": ["01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b"]
}))]
pub struct CreateProgrammeRequest {
    /// Short name in imports and links. Unique in the company.
    pub code: Code,
    pub name: Name,
    /// The purpose of the programme.
    pub description: Option<Description>,
    /// IANA time zone. Periods and days begin and end at local midnight in this zone.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_+/-]+$", examples("Asia/Shanghai"))]
    pub time_zone: String,
    /// Currency of all money in the programme.
    pub currency: Currency,
    pub cycle: Cycle,
    /// Number of places on the leaderboard.
    #[serde(default = "default_board_size")]
    #[schema(minimum = 1, maximum = 1000, default = default_board_size)]
    pub board_size: i32,
    /// Fixed as soon as there is feedback.
    #[serde(default)]
    #[schema(default = FeedbackMode::default)]
    pub feedback_mode: FeedbackMode,
    /// Outside the mode `named`: a lecturer's new ratings of a period are held back until there are this many, then released
    /// together; a lecturer with fewer in the period has no rating. Ratings that are left at the end join at the close. In the mode
    /// `anonymous` it is 5 at least, whatever is set here. Fixed as soon as there is feedback; from then on only a scoring rule
    /// raises it (`feedback.min_k`), from its first period on.
    #[serde(default = "default_feedback_min_k")]
    #[schema(minimum = 3, maximum = 50, default = default_feedback_min_k)]
    pub feedback_min_k: i32,
    /// By how many minutes a delivery may lie before its planned start, if it is not HR that records it.
    #[serde(default = "default_early_delivery_minutes")]
    #[schema(minimum = 0, maximum = 10_080, default = default_early_delivery_minutes)]
    pub early_delivery_minutes: i32,
    /// The first local day of live feedback. From its period on, files bring no ratings and no decided cases, because they would
    /// speak in the names of people who can do it themselves. Absent or null: today. In the mode `named`, the first rating that a
    /// learner gives moves it to the day of the session, if that is earlier. In the other modes nothing may show that somebody has
    /// rated, so learners rate no session of an earlier period.
    #[validate(custom(function = "wire::day"))]
    pub live_feedback_from_on: Option<NaiveDate>,
    /// For so many local days after the day of a close, or of a restatement that was accepted, lecturers may appeal (申诉).
    #[serde(default = "default_appeal_days")]
    #[schema(minimum = 1, maximum = 90, default = default_appeal_days)]
    pub appeal_days: i32,
    /// The lecturer groups for which its sessions may be planned, and those that a new draft of a scoring rule scores unless it
    /// names others. Which groups are scored is in the rule (`groups`): this list moves no score.
    #[serde(default)]
    #[schema(max_items = 200, default = json!([]))]
    pub group_ids: Vec<Uuid>,
}

fn default_board_size() -> i32 {
    10
}

fn default_feedback_min_k() -> i32 {
    FEEDBACK_MIN_K
}

fn default_early_delivery_minutes() -> i32 {
    120
}

fn default_appeal_days() -> i32 {
    7
}

impl CreateProgrammeRequest {
    /// The settings. All their faults are added to `faults`.
    pub fn parse(self, faults: &mut Faults) -> Settings {
        let settings = Settings {
            time_zone: zone(faults, &self.time_zone),
            code: self.code,
            name: self.name,
            description: self.description,
            currency: self.currency,
            cycle: self.cycle,
            board_size: self.board_size,
            feedback_mode: self.feedback_mode,
            feedback_min_k: self.feedback_min_k,
            early_delivery_minutes: self.early_delivery_minutes,
            live_feedback_from_on: self.live_feedback_from_on,
            appeal_days: self.appeal_days,
            group_ids: self.group_ids,
        };
        settings.check(faults);
        settings
    }
}

/// Changes to a programme: a merge patch (RFC 7396).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "销售讲师激励方案 2026", "description": null, "board_size": 20}))]
pub struct UpdateProgrammeRequest {
    #[serde(default)]
    #[schema(value_type = Code, required = false)]
    pub code: Patch<Code>,
    #[serde(default)]
    #[schema(value_type = Name, required = false)]
    pub name: Patch<Name>,
    #[serde(default)]
    #[schema(value_type = Option<Description>)]
    pub description: Patch<Description>,
    /// Fixed as soon as a period has been closed or otherwise used.
    #[serde(default)]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_+/-]+$")]
    pub time_zone: Patch<String>,
    /// Fixed as soon as a period has been closed or otherwise used, or a scoring rule or reward policies exist.
    #[serde(default)]
    #[schema(value_type = Currency, required = false)]
    pub currency: Patch<Currency>,
    /// Fixed as soon as a period has been closed or otherwise used, or a scoring rule or reward policies exist.
    #[serde(default)]
    #[schema(value_type = Cycle, required = false)]
    pub cycle: Patch<Cycle>,
    #[serde(default)]
    #[schema(value_type = i32, required = false, minimum = 1, maximum = 1000)]
    pub board_size: Patch<i32>,
    /// Fixed as soon as there is feedback.
    #[serde(default)]
    #[schema(value_type = FeedbackMode, required = false)]
    pub feedback_mode: Patch<FeedbackMode>,
    /// Fixed as soon as there is feedback; a scoring rule can raise it (`feedback.min_k`).
    #[serde(default)]
    #[schema(value_type = i32, required = false, minimum = 3, maximum = 50)]
    pub feedback_min_k: Patch<i32>,
    #[serde(default)]
    #[schema(value_type = i32, required = false, minimum = 0, maximum = 10_080)]
    pub early_delivery_minutes: Patch<i32>,
    /// Once the day has come (outside the mode `named`: its period has begun), it can only be moved to an earlier one.
    #[serde(default)]
    #[schema(value_type = NaiveDate, required = false)]
    pub live_feedback_from_on: Patch<NaiveDate>,
    /// A close that has begun the days for appeals before keeps its deadline.
    #[serde(default)]
    #[schema(value_type = i32, required = false, minimum = 1, maximum = 90)]
    pub appeal_days: Patch<i32>,
    /// Replaces all groups. No score moves: a scoring rule keeps its own groups.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>, required = false, max_items = 200)]
    pub group_ids: Patch<Vec<Uuid>>,
}

impl UpdateProgrammeRequest {
    /// The settings after the patch. All their faults are added to `f`.
    pub fn apply(self, present: &Settings, f: &mut Faults) -> Settings {
        let mut after = present.clone();
        set(&mut after.code, self.code.into_value("/code", f));
        set(&mut after.name, self.name.into_value("/name", f));
        set(&mut after.description, self.description.into_change());
        if let Some(text) = self.time_zone.into_value("/time_zone", f) {
            after.time_zone = zone(f, &text);
        }
        set(&mut after.currency, self.currency.into_value("/currency", f));
        set(&mut after.cycle, self.cycle.into_value("/cycle", f));
        set(&mut after.board_size, self.board_size.into_value("/board_size", f));
        set(&mut after.feedback_mode, self.feedback_mode.into_value("/feedback_mode", f));
        set(&mut after.feedback_min_k, self.feedback_min_k.into_value("/feedback_min_k", f));
        let early = self.early_delivery_minutes.into_value("/early_delivery_minutes", f);
        set(&mut after.early_delivery_minutes, early);
        let live = self.live_feedback_from_on.into_value("/live_feedback_from_on", f);
        set(&mut after.live_feedback_from_on, live.map(Some));
        set(&mut after.appeal_days, self.appeal_days.into_value("/appeal_days", f));
        set(&mut after.group_ids, self.group_ids.into_value("/group_ids", f));
        after.check(f);
        after
    }
}

fn set<T>(member: &mut T, change: Option<T>) {
    if let Some(value) = change {
        *member = value;
    }
}

/// The time zone with this name. A wrong name is a fault, and UTC is used in its place.
fn zone(faults: &mut Faults, text: &str) -> Tz {
    text.parse().unwrap_or_else(|_| {
        faults.push(Fault::bad_format("/time_zone", Form::TimeZone));
        Tz::UTC
    })
}

/// From when on a programme pays.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pays_from_on": "2026-03-01"}))]
pub struct ActivateProgrammeRequest {
    /// Periods that begin on or after this local day pay. It must not be before the start of the current period. Absent or null:
    /// the start of the current period.
    #[validate(custom(function = "wire::day"))]
    pub pays_from_on: Option<NaiveDate>,
}

/// Filters for programmes.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListProgrammesQuery {
    /// Only those in this state.
    pub state: Option<ProgrammeState>,
}
