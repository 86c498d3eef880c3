//! Ratings as an import brings them, stored set by set. They count, unless the records that are there by then call the person
//! absent. Nothing else is checked, because old data has no attendance for many sessions, and its window was different.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::queries::lock_lecturers;
use super::release::release;
use crate::db::{collect_column, row_set, statement};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::text::{Code, Comment, EmployeeNumber, OutsideCode};
use crate::people::import_store::Holders;
use crate::sessions::import_store::Made;

row_set! {
    /// A row of `ratings`.
    pub struct RatingRow into feedback {
        /// 0 to the scale.
        pub rating: i32,
        pub scale: i32,
        pub received_at: DateTime<Utc>,
        pub comment: Option<Comment>,
    } beside {
        pub session_code: OutsideCode,
        /// The learner.
        pub employee_number: EmployeeNumber,
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

/// Ratings. The attendance of the same import is stored before them. `rated` gets the sessions, for [`release_ratings`].
pub async fn store_ratings(
    tx: &mut Tx<'_>,
    rows: &[RatingRow],
    sessions: &Made,
    people: &Holders,
    rated: &mut BTreeSet<Uuid>,
) -> Result<usize> {
    let insert = "
INSERT INTO feedback (tenant_id, :columns, source, counts)
SELECT :tenant, :fields, 'import', a.state IS DISTINCT FROM 'absent'
  FROM :rows
  LEFT JOIN attendance_records a ON a.tenant_id = :tenant AND a.session_id = r.session_id AND a.employee_id = r.learner_id";
    let of_sessions = sessions.ids(rows, |row| &row.session_code)?;
    rated.extend(&of_sessions);
    let new = statement(insert)
        .rows(rows)
        .with("session_id", of_sessions)
        .with("learner_id", people.ids(rows, |row| &row.employee_number)?)
        .with("items", collect_column(rows, |row| json!(row.items)));
    Ok(tx.insert(new).await?)
}

/// How many sessions are considered at once. Each brings all that waits of its lecturers in its period.
const RELEASED_AT_ONCE: usize = 1000;

/// Releases what is enough, once all ratings of the import are stored.
pub async fn release_ratings(tx: &mut Tx<'_>, rated: BTreeSet<Uuid>) -> Result<()> {
    let rated: Vec<Uuid> = rated.into_iter().collect();
    for sessions in rated.chunks(RELEASED_AT_ONCE) {
        let held_back = held_back(tx, sessions).await?;
        if !held_back.is_empty() {
            lock_lecturers(tx.asking(), &held_back).await?;
            release(tx, &held_back).await?;
        }
    }
    Ok(())
}

/// Those of the sessions whose ratings are released in batches.
async fn held_back(tx: &mut Tx<'_>, sessions: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    let held_back = "SELECT s.id FROM sessions s
                       JOIN programmes p ON p.tenant_id = :tenant AND p.id = s.programme_id AND p.feedback_mode <> 'named'
                      WHERE s.tenant_id = :tenant AND s.id = ANY (:sessions)";
    statement(held_back).bind("tenant", tx.tenant).bind("sessions", sessions).load_ids(tx.conn).await
}
