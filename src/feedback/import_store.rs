//! Ratings as an import brings them, stored as one set. They count, unless the records that are there by then call the person
//! absent. Nothing else is checked, because old data has no attendance for many sessions, and its window was different.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::release::release;
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

/// Ratings. The attendance of the same import is stored before them. What is enough is released.
pub async fn store_ratings(tx: &mut Tx<'_>, rows: &[RatingRow], sessions: &Made) -> Result<usize> {
    let insert = "
INSERT INTO feedback (tenant_id, learner_id, :columns, source, counts)
SELECT :tenant, e.id, :fields, 'import', a.state IS DISTINCT FROM 'absent'
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
  LEFT JOIN attendance_records a ON a.tenant_id = :tenant AND a.session_id = r.session_id AND a.employee_id = e.id";
    let mut sessions_of = sessions.ids(rows, |row| &row.session_code)?;
    let rows = statement(insert)
        .rows(rows)
        .with("session_id", sessions_of.clone())
        .with("items", collect_column(rows, |row| json!(row.items)));
    let stored = tx.insert(rows).await?;
    sessions_of.sort_unstable();
    sessions_of.dedup();
    release(tx, &sessions_of).await?;
    Ok(stored)
}
