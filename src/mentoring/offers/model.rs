//! Rows of offers.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use uuid::Uuid;

use crate::kernel::text::Description;
use crate::schema::mentor_offers;

/// That a lecturer offers to mentor others.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = mentor_offers, treat_none_as_default_value = false)]
pub struct MentorOffer {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub programme_id: Uuid,
    pub employee_id: Uuid,
    pub capacity: i32,
    pub topics: Option<Description>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// What is written when an offer is withdrawn.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = mentor_offers)]
pub struct Withdrawal {
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// How many people a mentor has by an offer, and may have at a time by the offer and by its programme, which may have been changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Places {
    #[diesel(sql_type = SqlUuid)]
    pub offer_id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub taken: i64,
    #[diesel(sql_type = BigInt)]
    pub offered: i64,
    #[diesel(sql_type = BigInt)]
    pub allowed: i64,
}

impl Places {
    /// How many people the mentor may have at a time.
    #[must_use]
    pub fn most(self) -> i64 {
        self.offered.min(self.allowed)
    }
}
