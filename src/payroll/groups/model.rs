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
