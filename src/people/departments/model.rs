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

/// Changes to a department. None leaves a column unchanged.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = departments)]
pub struct DepartmentChange {
    pub code: Option<OutsideCode>,
    pub name: Option<Name>,
    pub parent_id: Option<Option<Uuid>>,
    pub is_ranking_unit: Option<bool>,
    pub manager_id: Option<Option<Uuid>>,
    pub cost_centre: Option<Option<OutsideCode>>,
}

impl DepartmentChange {
    /// Names of the fields that the change sets.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        [
            ("code", self.code.is_some()),
            ("name", self.name.is_some()),
            ("parent_id", self.parent_id.is_some()),
            ("is_ranking_unit", self.is_ranking_unit.is_some()),
            ("manager_id", self.manager_id.is_some()),
            ("cost_centre", self.cost_centre.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, set)| set.then_some(name))
        .collect()
    }
}
