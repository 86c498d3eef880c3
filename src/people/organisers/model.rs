//! Rows of organisers.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::schema::lecturer_group_organisers;

/// An organiser of a group.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = lecturer_group_organisers, treat_none_as_default_value = false)]
pub struct GroupOrganiser {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub group_id: Uuid,
    pub employee_id: Uuid,
    pub valid_from: NaiveDate,
    /// The day after the last one.
    pub valid_to: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}
