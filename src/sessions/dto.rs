//! Requests about sessions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{PlanSession, SessionKind, SessionMode, SessionRole, SessionState, Share};
use super::rules;
use crate::db::merge_patch;
use crate::kernel::decimal::Decimal;
use crate::kernel::fault::Faults;
use crate::kernel::patch::Patch;
use crate::kernel::text::{Label, Place, Reason, Title};
use crate::kernel::wire;

/// A lecturer of a session and their share of its credit.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "0195a1b2-0000-7000-8000-000000000001", "credit": "1"}))]
pub struct SessionLecturerRequest {
    pub employee_id: Uuid,
    /// Share of the session in session count, minutes and fee. Above 0, with at most 8 decimals. A single lecturer has 1. Of
    /// several lecturers, each must have a share, and the shares must add up to 1.
    pub credit: Option<Decimal>,
    /// What the lecturer does in the session, which selects a factor of the fee. Only managers and HR may set it. If absent or null:
    /// as it was, or `lead`.
    pub role: Option<SessionRole>,
}

/// A session to plan.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "programme_id": "0195a1b2-0000-7000-8000-000000000010", "title": "老客户维护三步法", "kind": "assigned", "mode": "on_site",
    "place": "3F training room", "starts_at": "2026-03-12T06:00:00Z", "scheduled_minutes": 45,
    "lecturers": [{"employee_id": "0195a1b2-0000-7000-8000-000000000001"}]
}))]
pub struct CreateSessionRequest {
    /// The programme of the session.
    pub programme_id: Uuid,
    /// The lecturer group for which the session is planned. It must belong to the programme.
    pub group_id: Option<Uuid>,
    /// Title for people to read.
    #[validate(nested)]
    pub title: Title,
    /// Subject of the session.
    #[validate(nested)]
    pub topic: Option<Title>,
    /// Only managers and HR assign a session; a lecturer's own plan is voluntary.
    pub kind: SessionKind,
    pub mode: SessionMode,
    /// Room or link.
    #[validate(nested)]
    pub place: Option<Place>,
    /// Planned start.
    #[validate(custom(function = "wire::instant"))]
    pub starts_at: DateTime<Utc>,
    /// Planned length in minutes.
    #[validate(range(min = 1, max = 1440))]
    #[schema(minimum = 1, maximum = 1440, examples(45))]
    pub scheduled_minutes: i32,
    /// When the content of the session is due. Default: one day before the start. Null: no content is due. Only managers and HR
    /// may set it.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub due_at: Patch<DateTime<Utc>>,
    /// The lecturers. The department of the lecturer with the largest share is credited (of equal shares, the first in the list).
    /// A lecturer may only add co-lecturers with equal shares; their managers and HR may set other shares.
    #[validate(length(min = 1, max = 20), nested)]
    #[schema(min_items = 1, max_items = 20)]
    pub lecturers: Vec<SessionLecturerRequest>,
    /// Employees registered for the session. Once it has begun, only managers and HR may set them.
    #[serde(default)]
    #[validate(length(max = 2000))]
    #[schema(max_items = 2000, default = json!([]))]
    pub audience: Vec<Uuid>,
    /// Label of the difficulty, which selects a factor of the fee. Only managers and HR may set it.
    #[validate(nested)]
    pub difficulty: Option<Label>,
    /// Whether the session is given for the first time, which selects a factor of the fee. Only managers and HR may set it.
    #[serde(default)]
    #[schema(default = false)]
    pub is_first_run: bool,
}

impl CreateSessionRequest {
    /// The command. All faults in the values are added to `faults`.
    pub fn into_command(self, faults: &mut Faults) -> PlanSession {
        faults.check_distinct(&self.audience, |i| format!("/audience/{i}"));
        check_instant("/due_at", self.due_at, faults);
        PlanSession {
            programme_id: self.programme_id,
            group_id: self.group_id,
            title: self.title,
            topic: self.topic,
            kind: self.kind,
            mode: self.mode,
            place: self.place,
            starts_at: self.starts_at,
            scheduled_minutes: self.scheduled_minutes,
            due_at: self.due_at,
            lecturers: rules::with_roles(&[], shares(&self.lecturers, faults)),
            audience: self.audience,
            difficulty: self.difficulty,
            is_first_run: self.is_first_run,
        }
    }
}

fn shares(lecturers: &[SessionLecturerRequest], faults: &mut Faults) -> Vec<Share> {
    let given: Vec<_> = lecturers.iter().map(|lecturer| (lecturer.employee_id, lecturer.credit)).collect();
    let mut shares = rules::shares(&given, "/lecturers", faults);
    for (share, lecturer) in shares.iter_mut().zip(lecturers) {
        share.role = lecturer.role;
    }
    shares
}

fn check_instant(pointer: &str, instant: Patch<DateTime<Utc>>, faults: &mut Faults) {
    if let Patch::Value(instant) = instant {
        faults.extend(wire::instant_fault(pointer, instant));
    }
}

merge_patch! {
    into sessions as PlanChange, with department_id: Option<Uuid>, checked by check_instants;
    /// Changes to a plan. Absent members stay unchanged.
    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(example = json!({"starts_at": "2026-03-13T06:00:00Z", "place": null}))]
    pub struct UpdateSessionRequest {
        /// The lecturer group. Null: none.
        pub group_id: Option<Uuid>,
        /// Title for people to read.
        #[validate(nested)]
        pub title: Title,
        /// Subject of the session. Null: not stated.
        #[validate(nested)]
        pub topic: Option<Title>,
        pub kind: SessionKind,
        pub mode: SessionMode,
        /// Room or link. Null: unknown.
        #[validate(nested)]
        pub place: Option<Place>,
        /// Planned start. A due moment that was not met moves by the same distance, unless a lecturer moves the session or the
        /// request sets it.
        pub starts_at (column_name = scheduled_start): DateTime<Utc>,
        /// Planned length in minutes.
        #[validate(range(min = 1, max = 1440))]
        #[schema(minimum = 1, maximum = 1440)]
        pub scheduled_minutes: i32,
        /// When the content of the session is due. Null: no content is due. Only managers and HR may set it.
        pub due_at: Option<DateTime<Utc>>,
        /// Label of the difficulty. Null: none.
        #[validate(nested)]
        pub difficulty: Option<Label>,
        /// Whether the session is given for the first time.
        pub is_first_run: bool,
    }
}

impl UpdateSessionRequest {
    fn check_instants(&self, faults: &mut Faults) {
        check_instant("/due_at", self.due_at, faults);
        check_instant("/starts_at", self.starts_at, faults);
    }
}

/// The lecturers of a session, as a whole set.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"lecturers": [
    {"employee_id": "0195a1b2-0000-7000-8000-000000000001", "credit": "0.6"},
    {"employee_id": "0195a1b2-0000-7000-8000-000000000002", "credit": "0.4"}
]}))]
pub struct ReplaceLecturersRequest {
    /// The lecturers. The department of the lecturer with the largest share is credited (of equal shares, the first in the list).
    #[validate(length(min = 1, max = 20), nested)]
    #[schema(min_items = 1, max_items = 20)]
    pub lecturers: Vec<SessionLecturerRequest>,
}

impl ReplaceLecturersRequest {
    /// The shares. All faults in the values are added to `faults`.
    pub fn into_shares(self, faults: &mut Faults) -> Vec<Share> {
        shares(&self.lecturers, faults)
    }
}

/// A report that a session was delivered.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"started_at": "2026-03-12T06:05:00Z", "delivered_minutes": 40, "head_count": 12}))]
pub struct DeliverSessionRequest {
    /// Actual start. It must not be in the future.
    #[validate(custom(function = "wire::instant"))]
    pub started_at: DateTime<Utc>,
    /// Actual length in minutes.
    #[validate(range(min = 1, max = 1440))]
    #[schema(minimum = 1, maximum = 1440, examples(40))]
    pub delivered_minutes: i32,
    /// Number of attendees, without the lecturers. It is used only as long as there are no attendance records.
    #[validate(range(min = 0, max = 100_000))]
    #[schema(minimum = 0, maximum = 100_000, examples(12))]
    pub head_count: Option<i32>,
    /// Why a session that was marked as missed or cancelled was delivered after all. Required then; only the operation log shows it.
    #[validate(nested)]
    pub reason: Option<Reason>,
}

/// A report that a session was missed.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Lecturer did not appear"}))]
pub struct MissSessionRequest {
    /// Why. Required if the session was marked as delivered or cancelled before.
    #[validate(nested)]
    pub reason: Option<Reason>,
}

/// A cancellation of a session.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The customer visit has moved"}))]
pub struct CancelSessionRequest {
    #[validate(nested)]
    pub reason: Reason,
}

/// Filters for sessions.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSessionsQuery {
    /// Only those of this programme.
    pub programme_id: Option<Uuid>,
    /// Only those that this employee gives, alone or with others.
    pub lecturer_id: Option<Uuid>,
    /// Only those in this state.
    pub state: Option<SessionState>,
    /// True: only undecided ones, which are past and still planned. False: all others.
    pub is_undecided: Option<bool>,
    /// True: only those with a confirmed delivery. False: only delivered ones whose delivery is not confirmed yet.
    pub is_confirmed: Option<bool>,
    /// Only those planned to start at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub from: Option<DateTime<Utc>>,
    /// Only those planned to start before this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub to: Option<DateTime<Utc>>,
    /// Only those that changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}
