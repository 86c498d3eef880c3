//! What the career file says of mentoring: the pairs to which both consented, with their results.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::queries::Sought;
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::text::Description;
use crate::mentoring::{MentorshipResult, MentorshipRole};
use crate::people::{EmployeeRef, employee_refs};

/// A mentorship that both consented to.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordMentorship {
    pub id: Uuid,
    pub programme_id: Uuid,
    /// What the person was in it.
    pub role: MentorshipRole,
    /// The other one of the two.
    pub counterpart: EmployeeRef,
    /// When the mentor accepted.
    pub started_at: DateTime<Utc>,
    /// Null if it lasted on after the day of the record.
    pub ended_at: Option<DateTime<Utc>>,
    /// What came of it.
    pub result: Option<MentorshipResult>,
    /// The same in words.
    pub result_summary: Option<Description>,
}

#[derive(Debug, QueryableByName)]
struct MentorshipRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    programme_id: Uuid,
    #[diesel(sql_type = Text)]
    role: MentorshipRole,
    #[diesel(sql_type = SqlUuid)]
    counterpart_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    started_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ended_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    result: Option<MentorshipResult>,
    #[diesel(sql_type = Nullable<Text>)]
    result_summary: Option<Description>,
}

/// What was only asked for is none.
async fn load(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<MentorshipRow>> {
    const MENTORSHIPS: &str = "
SELECT m.id, m.programme_id, m.answered_at AS started_at,
       CASE WHEN m.mentor_id = ANY (:records) THEN 'mentor' ELSE 'mentee' END AS role,
       CASE WHEN m.mentor_id = ANY (:records) THEN m.mentee_id ELSE m.mentor_id END AS counterpart_id,
       CASE WHEN m.ended_at < :until THEN m.ended_at END AS ended_at,
       CASE WHEN m.ended_at < :until THEN m.result END AS result,
       CASE WHEN m.ended_at < :until THEN m.result_summary END AS result_summary
  FROM mentorships m
 WHERE m.tenant_id = :tenant AND (m.mentor_id = ANY (:records) OR m.mentee_id = ANY (:records))
   AND m.state IN ('active', 'ended') AND m.answered_at < :until
 ORDER BY m.answered_at DESC, m.id DESC";
    sought.statement(tx, MENTORSHIPS).load(tx.conn).await
}

/// What the career file says of mentoring, latest first.
pub async fn of_record(tx: &mut Tx<'_>, sought: &Sought) -> Result<Vec<RecordMentorship>> {
    let rows = load(tx, sought).await?;
    let others: Vec<Uuid> = rows.iter().map(|row| row.counterpart_id).collect();
    let people = employee_refs(tx, &others).await?;
    let whole = rows.into_iter().map(|row| {
        Ok(RecordMentorship {
            id: row.id,
            programme_id: row.programme_id,
            role: row.role,
            counterpart: people.get(row.counterpart_id)?,
            started_at: row.started_at,
            ended_at: row.ended_at,
            result: row.result,
            result_summary: row.result_summary,
        })
    });
    whole.collect()
}
