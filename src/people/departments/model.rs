//! Rows of departments.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::kernel::text::{Name, OutsideCode};
use crate::schema::departments;

/// A unit of the organisation.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = departments, treat_none_as_default_value = false)]
pub struct Department {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub code: OutsideCode,
    pub name: Name,
    pub parent_id: Option<Uuid>,
    pub is_ranking_unit: bool,
    pub manager_id: Option<Uuid>,
    pub cost_centre: Option<OutsideCode>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}
