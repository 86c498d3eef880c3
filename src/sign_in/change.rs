//! A change that waits, or waited, for a second person.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::{Actor, ActorKind};
use crate::db::text::text_column;
use crate::kernel::text::Reason;
use crate::kernel::words::words;
use crate::schema::access_changes;

words! {
    /// What an access change changes.
    pub enum AccessField {
        /// The number in the HR system.
        EmployeeNumber = "employee_number",
        /// The mail address.
        Email = "email",
        /// The ids of one kind in one other system.
        ExternalId = "external_id",
        /// The first and last day of the employment.
        Employment = "employment",
        /// The head of a department.
        DepartmentManager = "department_manager",
        /// The department above a department, by which the person gains access to it and those below.
        DepartmentParent = "department_parent",
        /// A role of the person.
        Role = "role",
        /// The account with which the person signs in.
        SignIn = "sign_in",
        /// Another record of the same person, which becomes one with the person's.
        Merge = "merge",
        /// The level of the person's appointment as a lecturer, from a past day on.
        LecturerLevel = "lecturer_level",
        /// The first or last day of the person's appointment as a lecturer, where it moves the level of past days.
        Appointment = "appointment",
    }

    /// Whether an access change waits, or how it ended.
    pub enum AccessChangeState {
        /// It waits for a second person. The old value stands.
        Waiting = "waiting",
        /// A second person confirmed it. The new value stands since.
        Confirmed = "confirmed",
        /// It was withdrawn, or another value was sent. It never took effect.
        Withdrawn = "withdrawn",
    }
}

text_column!(AccessField, AccessChangeState);

impl AccessField {
    /// Whether it is of the employee's own record, shown with the employee.
    #[must_use]
    pub fn is_of_employee(self) -> bool {
        let is_elsewhere =
            matches!(self, Self::Role | Self::SignIn) || self.is_of_department() || self.is_of_lecturer();
        !is_elsewhere
    }

    /// Whether it is of a department, shown with the department.
    #[must_use]
    pub fn is_of_department(self) -> bool {
        matches!(self, Self::DepartmentManager | Self::DepartmentParent)
    }

    /// Whether it moves the level of past days, and with it the fee of sessions that were given. It gives no access.
    #[must_use]
    pub fn is_of_lecturer(self) -> bool {
        matches!(self, Self::LecturerLevel | Self::Appointment)
    }
}

/// A change that waits, or waited, for a second person.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = access_changes)]
pub struct AccessChange {
    pub id: Uuid,
    /// The person whose access it is.
    pub employee_id: Uuid,
    pub field: AccessField,
    /// Whose field it is, or which of several. One change of a target waits at a time.
    pub target: String,
    pub present: Value,
    pub proposed: Value,
    pub state: AccessChangeState,
    pub proposed_kind: ActorKind,
    pub proposed_id: Uuid,
    pub answerable_id: Option<Uuid>,
    pub decided_kind: Option<ActorKind>,
    pub decided_id: Option<Uuid>,
    pub decided_at: Option<DateTime<Utc>>,
    pub self_approved: bool,
    /// Why it was proposed, where that is asked.
    pub reason: Option<Reason>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl AccessChange {
    /// Whether it is the caller's own: proposed by them or by a machine client for which they answer, or about them.
    #[must_use]
    pub fn is_own(&self, actor: &Actor) -> bool {
        actor.is(self.answerable_id) || actor.is(self.employee_id) || actor.is(self.duplicate())
    }

    /// The record that a merge gives up.
    #[must_use]
    pub fn duplicate(&self) -> Option<Uuid> {
        if self.field == AccessField::Merge { self.target.parse().ok() } else { None }
    }
}

/// A change to insert.
#[derive(Debug, Insertable)]
#[diesel(table_name = access_changes, treat_none_as_default_value = false)]
pub struct NewAccessChange {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub employee_id: Uuid,
    pub field: AccessField,
    pub target: String,
    pub present: Value,
    pub proposed: Value,
    pub state: AccessChangeState,
    pub proposed_kind: ActorKind,
    pub proposed_id: Uuid,
    pub answerable_id: Option<Uuid>,
    pub reason: Option<Reason>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A change that waits for a second person, as other responses name it. The old value stands until it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaitingChange {
    /// Id of the access change.
    pub id: Uuid,
    /// The person whose access it is.
    pub employee_id: Uuid,
    pub field: AccessField,
    /// When it was proposed.
    pub proposed_at: DateTime<Utc>,
}

impl From<&AccessChange> for WaitingChange {
    fn from(change: &AccessChange) -> Self {
        Self { id: change.id, employee_id: change.employee_id, field: change.field, proposed_at: change.created_at }
    }
}
