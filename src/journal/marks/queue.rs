//! The marks that wait, as whoever follows them takes and deletes them, and those that are set aside.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Mark;
use super::texts::may_be_scored;
use crate::db::{concat, insert_set, set_row, statement};
use crate::journal::{Asking, Tx};
use crate::kernel::ids::Ids;

/// The mark `m` as it is stored.
const MARK: &str =
    "m.id, m.marked_at, m.programme_id, m.employee_id, m.session_id, m.department_id, m.first_day, m.end_day, m.of_feedback,
       num_nonnulls(m.employee_id, m.session_id, m.content_id, m.department_id) = 0 AS is_of_everybody";

/// Whom the marks in the relation that comes before name, as of now: the lecturers of a session, the authors of a content. People who
/// cannot have a result are left out. A mark that names nobody is there all the same, once. The offsets keep the planner from reading
/// all sessions and contents.
const RESOLVED: &str = concat!(
    "
SELECT m.id, m.marked_at, m.session_id, m.department_id, m.of_feedback, coalesce(m.programme_id, s.programme_id, c.programme_id) AS programme_id,
       CASE WHEN m.employee_id IS NULL THEN coalesce(s.employee_id, c.employee_id)
            WHEN m.programme_id IS NOT NULL OR ",
    may_be_scored!("m.employee_id"),
    " THEN m.employee_id END AS employee_id,
       coalesce(m.first_day, s.day) AS first_day, coalesce(m.end_day, s.day + 1) AS end_day,
       num_nonnulls(m.employee_id, m.session_id, m.content_id, m.department_id) = 0 AS is_of_everybody
  FROM taken m
  LEFT JOIN LATERAL (
    SELECT x.programme_id, l.employee_id, (coalesce(x.delivered_start, x.scheduled_start) AT TIME ZONE g.time_zone)::date AS day
      FROM sessions x
      JOIN programmes g ON g.tenant_id = :tenant AND g.id = x.programme_id
      JOIN session_lecturers l ON l.tenant_id = :tenant AND l.session_id = x.id
     WHERE x.tenant_id = :tenant AND x.id = m.session_id AND x.state IN ('delivered', 'missed') OFFSET 0) s ON true
  LEFT JOIN LATERAL (
    SELECT y.programme_id, a.employee_id
      FROM contents y
      JOIN content_authors a ON a.tenant_id = :tenant AND a.content_id = y.id
     WHERE y.tenant_id = :tenant AND y.id = m.content_id OFFSET 0) c ON true"
);

/// The oldest marks to follow, at most `limit`, each with whom it names; a mark of several people more than once. Marks of people of
/// whom something was set aside are [`doubtful`].
pub async fn oldest(asking: Asking<'_>, limit: i64) -> QueryResult<Vec<Mark>> {
    const OLDEST: &str = concat!(
        "WITH taken AS (
  SELECT w.* FROM live_marks w
   WHERE w.tenant_id = :tenant AND w.set_aside_at IS NULL
     AND NOT EXISTS (SELECT FROM live_marks a
                      WHERE a.tenant_id = :tenant AND a.set_aside_at IS NOT NULL AND a.employee_id = w.employee_id)
   ORDER BY w.marked_at LIMIT :limit)",
        RESOLVED
    );
    let mut conn = asking.conn;
    asking.complete(statement(OLDEST).bind("limit", limit)).load(&mut conn).await
}

/// All marks to follow, with whom they name.
pub async fn all_waiting(tx: &mut Tx<'_>) -> QueryResult<Vec<Mark>> {
    const WAITING: &str = concat!(
        "WITH taken AS (SELECT w.* FROM live_marks w WHERE w.tenant_id = :tenant AND w.set_aside_at IS NULL)",
        RESOLVED
    );
    tx.complete(statement(WAITING)).load(tx.conn).await
}

/// All marks to follow of somebody of whom something was set aside.
pub async fn doubtful(tx: &mut Tx<'_>) -> QueryResult<Vec<Mark>> {
    const DOUBTFUL: &str = concat!(
        "SELECT ",
        MARK,
        "
  FROM live_marks m
 WHERE m.tenant_id = :tenant AND m.set_aside_at IS NULL
   AND m.employee_id = (SELECT w.employee_id
                          FROM live_marks a
                          JOIN live_marks w ON w.tenant_id = :tenant AND w.set_aside_at IS NULL AND w.employee_id = a.employee_id
                         WHERE a.tenant_id = :tenant AND a.set_aside_at IS NOT NULL
                         ORDER BY w.marked_at LIMIT 1)"
    );
    tx.complete(statement(DOUBTFUL)).load(tx.conn).await
}

/// The people of whom something was set aside.
pub async fn doubtful_people(tx: &mut Tx<'_>) -> QueryResult<BTreeSet<Uuid>> {
    const PEOPLE: &str = "
SELECT DISTINCT m.employee_id AS id FROM live_marks m
 WHERE m.tenant_id = :tenant AND m.set_aside_at IS NOT NULL AND m.employee_id IS NOT NULL";
    Ok(tx.complete(statement(PEOPLE)).load_ids(tx.conn).await?.into_iter().collect())
}

set_row! {
    into live_marks;
    struct NewMark {
        tenant_id: Uuid,
        id: Uuid,
        marked_at: DateTime<Utc>,
        programme_id: Option<Uuid>,
        employee_id: Option<Uuid>,
        first_day: Option<NaiveDate>,
        end_day: Option<NaiveDate>,
        of_feedback: bool,
    }
}

/// Inserts marks of people, to be followed later.
pub async fn insert(tx: &mut Tx<'_>, marks: &[Mark]) -> QueryResult<usize> {
    let row = |mark: &Mark| NewMark {
        tenant_id: tx.tenant,
        id: Ids::random(),
        marked_at: mark.marked_at,
        programme_id: mark.programme_id,
        employee_id: mark.employee_id,
        first_day: mark.first_day,
        end_day: mark.end_day,
        of_feedback: mark.of_feedback,
    };
    let rows: Vec<NewMark> = marks.iter().map(row).collect();
    insert_set(tx.conn, &rows).await
}

/// Inserts marks of the people of departments and of those below them, as of now, in the place of these marks of departments.
pub async fn expand(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<usize> {
    const EXPAND: &str = concat!(
        "WITH RECURSIVE below AS (
  SELECT w.marked_at, w.department_id AS id FROM live_marks w WHERE w.tenant_id = :tenant AND w.id = ANY (:ids)
   UNION
  SELECT b.marked_at, d.id FROM below b JOIN departments d ON d.tenant_id = :tenant AND d.parent_id = b.id)
INSERT INTO live_marks (tenant_id, id, marked_at, employee_id, first_day, end_day)
SELECT :tenant, gen_random_uuid(), p.marked_at, p.employee_id, p.valid_from, p.valid_to
  FROM (SELECT min(b.marked_at) AS marked_at, m.employee_id, m.valid_from, m.valid_to
          FROM below b
          JOIN department_memberships m ON m.tenant_id = :tenant AND m.department_id = b.id
         GROUP BY m.employee_id, m.valid_from, m.valid_to) p
 WHERE ",
        may_be_scored!("p.employee_id")
    );
    tx.complete(statement(EXPAND).bind("ids", ids)).execute(tx.conn).await
}

/// The marks that are followed.
pub async fn delete(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<usize> {
    const DELETE: &str = "DELETE FROM live_marks m WHERE m.tenant_id = :tenant AND m.id = ANY (:ids)";
    if ids.is_empty() { Ok(0) } else { tx.complete(statement(DELETE).bind("ids", ids)).execute(tx.conn).await }
}

/// A mark that cannot be followed: it is kept with the error and holds nobody else up.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct SetAside {
    #[diesel(embed)]
    pub mark: Mark,
    #[diesel(sql_type = Text)]
    pub error: String,
}

/// Keeps a mark that cannot be followed, in the place of those of the same that were set aside before.
pub async fn set_aside(tx: &mut Tx<'_>, mark: &Mark, error: &str) -> QueryResult<usize> {
    const ASIDE: &str = "
WITH replaced AS (
  DELETE FROM live_marks m
   WHERE m.tenant_id = :tenant AND m.set_aside_at IS NOT NULL AND m.programme_id IS NOT DISTINCT FROM :programme
     AND m.employee_id IS NOT DISTINCT FROM :employee AND m.first_day IS NOT DISTINCT FROM :first)
INSERT INTO live_marks (tenant_id, id, marked_at, programme_id, employee_id, first_day, end_day, of_feedback, set_aside_at, error)
VALUES (:tenant, :id, :marked_at, :programme, :employee, :first, :end, :of_feedback, :now, :error)";
    let aside = statement(ASIDE)
        .bind("id", mark.id)
        .bind("marked_at", mark.marked_at)
        .bind("programme", mark.programme_id)
        .bind("employee", mark.employee_id)
        .bind("first", mark.first_day)
        .bind("end", mark.end_day)
        .bind("of_feedback", mark.of_feedback)
        .bind("error", error);
    tx.complete(aside).execute(tx.conn).await
}

/// Everything that was set aside is to be followed again.
pub async fn try_again(tx: &mut Tx<'_>) -> QueryResult<usize> {
    const AGAIN: &str = "
UPDATE live_marks m SET set_aside_at = NULL, error = NULL WHERE m.tenant_id = :tenant AND m.set_aside_at IS NOT NULL";
    tx.complete(statement(AGAIN)).execute(tx.conn).await
}

/// The marks that are set aside, oldest first.
pub async fn all_set_aside(tx: &mut Tx<'_>) -> QueryResult<Vec<SetAside>> {
    const ALL: &str = concat!(
        "SELECT ",
        MARK,
        ", m.error
  FROM live_marks m WHERE m.tenant_id = :tenant AND m.set_aside_at IS NOT NULL
 ORDER BY m.marked_at, m.id"
    );
    tx.complete(statement(ALL)).load(tx.conn).await
}

/// Deletes the marks of these people that were set aside in the period of the programme that begins on this day: their results are
/// right again.
pub async fn delete_set_aside(
    tx: &mut Tx<'_>,
    programme: Uuid,
    first_day: NaiveDate,
    people: &[Uuid],
) -> QueryResult<usize> {
    const DELETE: &str = "
DELETE FROM live_marks m
 WHERE m.tenant_id = :tenant AND m.set_aside_at IS NOT NULL AND m.programme_id = :programme AND m.first_day = :first
   AND m.employee_id = ANY (:people)";
    let of = statement(DELETE).bind("programme", programme).bind("first", first_day).bind("people", people);
    tx.complete(of).execute(tx.conn).await
}

/// Deletes what was set aside of everybody of a programme: their results are computed anew.
pub async fn delete_set_aside_of_everybody(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<usize> {
    const DELETE: &str = "
DELETE FROM live_marks m
 WHERE m.tenant_id = :tenant AND m.set_aside_at IS NOT NULL AND m.programme_id = :programme AND m.employee_id IS NULL";
    tx.complete(statement(DELETE).bind("programme", programme)).execute(tx.conn).await
}
