//! Rows of lecturer groups.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::kernel::text::{Code, Description, Name};
use crate::schema::{lecturer_group_memberships, lecturer_groups};

/// Lecturers of one subject.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = lecturer_groups)]
pub struct LecturerGroup {
    pub id: Uuid,
    pub code: Code,
    pub name: Name,
    pub description: Option<Description>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// A person's membership in a group.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = lecturer_group_memberships, treat_none_as_default_value = false)]
pub struct GroupMember {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub employee_id: Uuid,
    pub group_id: Uuid,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}
