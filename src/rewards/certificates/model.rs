//! Rows of certificates.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::set_row;
use crate::kernel::text::Reason;
use crate::schema::certificates;

set_row! {
    into certificates unique by (tenant_id, employee_id, programme_id, policy_code, earned_period);
    /// A certificate that a person holds.
    #[derive(Debug, Clone, Queryable, Selectable)]
    #[diesel(table_name = certificates)]
    pub struct Certificate {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub employee_id: Uuid,
        pub programme_id: Uuid,
        pub snapshot_id: Option<Uuid>,
        pub policy_code: Option<String>,
        pub earned_period: String,
        pub certificate_code: String,
        pub public_code: String,
        pub issued_at: DateTime<Utc>,
        pub revoked_at: Option<DateTime<Utc>>,
        pub revoke_reason: Option<Reason>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub version: i64,
        /// The bit that says whether it is revoked, in the company's status lists. None: an older service issued it.
        pub status_index: Option<i32>,
    }
}
