//! Ratings as an import brings them, stored as one set. Attendance is not checked, because old data has none for many sessions.
//! As always, the ratings of people recorded as absent do not count.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use crate::db::{collect_column, row_set, statement};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::text::{Code, Comment, EmployeeNumber, OutsideCode};
use crate::sessions::import_store::Made;

row_set! {
    /// A row of `ratings`.
    pub struct RatingRow into feedback {
        /// 0 to the scale.
        pub rating: i32,
        pub scale: i32,
        pub received_at: DateTime<Utc>,
        pub comment: Option<Comment>,
    } by {
        pub session_code: OutsideCode,
        /// The learner.
        pub employee_number: EmployeeNumber,
    } beside {
        pub items: Vec<ItemAnswer>,
    }
}

/// The answer to one item of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemAnswer {
    pub key: Code,
    /// 0 to the scale.
    pub value: i32,
    pub scale: i32,
}

/// Ratings.
pub async fn store_ratings(tx: &mut Tx<'_>, rows: &[RatingRow], sessions: &Made) -> Result<usize> {
    let insert = "
INSERT INTO feedback (tenant_id, learner_id, :columns, source)
SELECT :tenant, e.id, :fields, 'import'
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number";
    let rows = statement(insert)
        .rows(rows)
        .with("session_id", sessions.ids(rows, |row| &row.session_code)?)
        .with("items", collect_column(rows, |row| json!(row.items)));
    Ok(tx.insert(rows).await?)
}
