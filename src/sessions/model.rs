//! Rows of sessions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Numeric, Text, Uuid as SqlUuid};
use uuid::Uuid;

use crate::db::set_row;
use crate::db::text::text_column;
use crate::kernel::decimal::Decimal;
use crate::kernel::message::in_chinese;
use crate::kernel::patch::Patch;
use crate::kernel::text::{Label, Place, Reason, Title};
use crate::kernel::words::words;
pub use crate::programmes::{SessionKind, SessionRole};
use crate::schema::sessions;

words! {
    /// How a session is held.
    pub enum SessionMode {
        /// In a room, with the people in it.
        OnSite = "on_site",
        /// Over the network.
        Online = "online",
    }

    /// State of a session.
    pub enum SessionState {
        /// In the future, or past and undecided as long as nobody has reported what happened. Every session starts here.
        Planned = "planned",
        /// It took place. Reached by `deliver_session` from `planned`, and from `missed` and `cancelled` to correct an
        /// error.
        Delivered = "delivered",
        /// It should have taken place and did not. Reached by `miss_session`, once the start has passed, from `planned`, and from
        /// `delivered` and `cancelled` to correct an error.
        Missed = "missed",
        /// Cancelled: it counts nowhere. Reached by `cancel_session` from every other state. Only HR can correct it.
        Cancelled = "cancelled",
    }
}

in_chinese!(SessionState { Planned = "已计划", Delivered = "已完成", Missed = "缺讲", Cancelled = "已取消" });

text_column!(SessionMode, SessionState);

/// A session.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Session {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub programme_id: Uuid,
    pub group_id: Option<Uuid>,
    pub title: Title,
    pub topic: Option<Title>,
    pub kind: SessionKind,
    pub mode: SessionMode,
    pub place: Option<Place>,
    pub state: SessionState,
    pub scheduled_start: DateTime<Utc>,
    pub scheduled_minutes: i32,
    pub due_at: Option<DateTime<Utc>>,
    pub submitted_at: Option<DateTime<Utc>>,
    pub delivered_start: Option<DateTime<Utc>>,
    pub delivered_minutes: Option<i32>,
    pub head_count: Option<i32>,
    pub department_id: Option<Uuid>,
    pub difficulty: Option<Label>,
    pub is_first_run: bool,
    pub delivery_reported_at: Option<DateTime<Utc>>,
    pub delivery_reported_by_id: Option<Uuid>,
    pub delivery_confirmed_at: Option<DateTime<Utc>>,
    pub delivery_confirmed_by_id: Option<Uuid>,
    pub state_reason: Option<Reason>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
    /// When the current attendance list was recorded.
    pub attendance_recorded_at: Option<DateTime<Utc>>,
    /// Who sent the list, or None if nobody is responsible for the client that sent it.
    pub attendance_recorded_by_id: Option<Uuid>,
}

set_row! {
    into sessions;
    /// A session to be inserted.
    #[derive(Debug, Clone)]
    pub struct NewSession {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub programme_id: Uuid,
        pub group_id: Option<Uuid>,
        pub title: Title,
        pub topic: Option<Title>,
        pub kind: &'static str,
        pub mode: &'static str,
        pub place: Option<Place>,
        pub state: &'static str,
        pub scheduled_start: DateTime<Utc>,
        pub scheduled_minutes: i32,
        pub due_at: Option<DateTime<Utc>>,
        pub department_id: Option<Uuid>,
        pub difficulty: Option<Label>,
        pub is_first_run: bool,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }
}

/// The outcome of a session after a decision. It has every column of the outcome, so that nothing of an earlier decision remains.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = sessions, treat_none_as_null = true)]
pub struct Outcome {
    pub state: &'static str,
    pub delivered_start: Option<DateTime<Utc>>,
    pub delivered_minutes: Option<i32>,
    pub head_count: Option<i32>,
    pub department_id: Option<Uuid>,
    pub delivery_reported_at: Option<DateTime<Utc>>,
    pub delivery_reported_by_id: Option<Uuid>,
    pub delivery_confirmed_at: Option<DateTime<Utc>>,
    pub delivery_confirmed_by_id: Option<Uuid>,
    pub state_reason: Option<Reason>,
}

/// Changes to a session when its lecturers have changed. None leaves a column unchanged.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = sessions)]
pub struct CreditChange {
    pub department_id: Option<Option<Uuid>>,
    pub delivery_confirmed_at: Option<Option<DateTime<Utc>>>,
    pub delivery_confirmed_by_id: Option<Option<Uuid>>,
}

/// One lecturer's share in a session.
#[derive(Debug, Clone, QueryableByName)]
pub struct SessionLecturer {
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Numeric)]
    pub credit: Decimal,
    #[diesel(sql_type = Text)]
    pub role: SessionRole,
    /// Whether the person is appointed as lecturer, or was, or is to be.
    #[diesel(sql_type = Bool)]
    pub is_appointed: bool,
}

/// A lecturer, their share of the credit, and their role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub employee_id: Uuid,
    /// Above 0 and at most 1. The shares of a session add up to 1.
    pub credit: Decimal,
    /// None: nothing is said of it. See [`super::rules::with_roles`].
    pub role: Option<SessionRole>,
}

impl From<SessionLecturer> for Share {
    fn from(lecturer: SessionLecturer) -> Self {
        Self { employee_id: lecturer.employee_id, credit: lecturer.credit, role: Some(lecturer.role) }
    }
}

/// A session to plan.
#[derive(Debug, Clone)]
pub struct PlanSession {
    pub programme_id: Uuid,
    pub group_id: Option<Uuid>,
    pub title: Title,
    pub topic: Option<Title>,
    pub kind: SessionKind,
    pub mode: SessionMode,
    pub place: Option<Place>,
    pub starts_at: DateTime<Utc>,
    pub scheduled_minutes: i32,
    /// Absent: the default from the rules. Null: no content is due.
    pub due_at: Patch<DateTime<Utc>>,
    /// At least one. The department of the leading lecturer is credited.
    pub lecturers: Vec<Share>,
    pub audience: Vec<Uuid>,
    pub difficulty: Option<Label>,
    pub is_first_run: bool,
}

/// The sessions that a right covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    All,
    /// Those of these lecturers, those credited to these departments, and those for which the learner is registered or which the
    /// learner attended.
    Some {
        lecturers: Vec<Uuid>,
        departments: Vec<Uuid>,
        learner: Option<Uuid>,
    },
}
