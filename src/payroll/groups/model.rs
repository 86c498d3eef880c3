//! Rows of pay groups.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::set_row;
use crate::kernel::text::{Name, OutsideCode};
use crate::schema::pay_groups;

/// A pay group.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = pay_groups)]
pub struct PayGroup {
    pub id: Uuid,
    pub code: OutsideCode,
    pub name: Name,
    /// Whether a batch may have a negative total for a person.
    pub recoverable: bool,
    /// Whether people in no group belong to it.
    pub is_default: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// A pay group to insert.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = pay_groups)]
pub struct NewPayGroup {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub code: OutsideCode,
    pub name: Name,
    pub recoverable: bool,
    pub is_default: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Changes of a pay group. None leaves a column unchanged.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = pay_groups)]
pub struct PayGroupChange {
    pub code: Option<OutsideCode>,
    pub name: Option<Name>,
    pub recoverable: Option<bool>,
    pub is_default: Option<bool>,
}

impl PayGroupChange {
    /// Names of the members that are set.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        let all = [
            ("code", self.code.is_some()),
            ("name", self.name.is_some()),
            ("recoverable", self.recoverable.is_some()),
            ("is_default", self.is_default.is_some()),
        ];
        all.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect()
    }
}

set_row! {
    into pay_group_members;
    /// A person in a pay group.
    #[derive(Debug, Clone)]
    pub struct NewMember {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub employee_id: Uuid,
        pub pay_group_id: Uuid,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }
}
