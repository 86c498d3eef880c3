//! The sessions of two records that become one.

use diesel::QueryResult;
use uuid::Uuid;

use crate::db::statement;
use crate::error::Result;
use crate::journal::Tx;
use crate::sign_in::Merge;

/// Who reported, confirmed or recorded must be found among the lecturers again, or not.
const SESSIONS: &str = "
UPDATE sessions s
   SET delivery_reported_by_id = CASE s.delivery_reported_by_id WHEN :duplicate THEN :kept ELSE s.delivery_reported_by_id END,
       delivery_confirmed_by_id = CASE s.delivery_confirmed_by_id WHEN :duplicate THEN :kept ELSE s.delivery_confirmed_by_id END,
       attendance_recorded_by_id = CASE s.attendance_recorded_by_id WHEN :duplicate THEN :kept ELSE s.attendance_recorded_by_id END,
       updated_at = :now, version = s.version + 1
 WHERE s.tenant_id = :tenant
   AND (:duplicate IN (s.delivery_reported_by_id, s.delivery_confirmed_by_id, s.attendance_recorded_by_id)
        OR s.id IN (SELECT l.session_id FROM session_lecturers l WHERE l.tenant_id = :tenant AND l.employee_id = :duplicate))";

/// Only of a session that was cancelled can both be lecturers.
const GIVEN_BY_BOTH: &str = "
DELETE FROM session_lecturers d
 WHERE d.tenant_id = :tenant AND d.employee_id = :duplicate
   AND EXISTS (SELECT FROM session_lecturers k
                WHERE k.tenant_id = :tenant AND k.session_id = d.session_id AND k.employee_id = :kept)";
const GIVEN: &str =
    "UPDATE session_lecturers l SET employee_id = :kept WHERE l.tenant_id = :tenant AND l.employee_id = :duplicate";

const REGISTERED_TWICE: &str = "
DELETE FROM session_audience d
 WHERE d.tenant_id = :tenant AND d.employee_id = :duplicate
   AND EXISTS (SELECT FROM session_audience k
                WHERE k.tenant_id = :tenant AND k.session_id = d.session_id AND k.employee_id = :kept)";
const REGISTERED: &str =
    "UPDATE session_audience a SET employee_id = :kept WHERE a.tenant_id = :tenant AND a.employee_id = :duplicate";

/// Whoever was there under one of two numbers was there.
const PRESENT_AFTER_ALL: &str = "
UPDATE attendance_records k
   SET state = d.state, minutes = d.minutes, source = d.source, recorded_at = d.recorded_at, updated_at = :now
  FROM attendance_records d
 WHERE k.tenant_id = :tenant AND k.employee_id = :kept AND k.state = 'absent'
   AND d.tenant_id = :tenant AND d.session_id = k.session_id AND d.employee_id = :duplicate AND d.state = 'present'";
const RECORDED_TWICE: &str = "
DELETE FROM attendance_records d
 WHERE d.tenant_id = :tenant AND d.employee_id = :duplicate
   AND EXISTS (SELECT FROM attendance_records k
                WHERE k.tenant_id = :tenant AND k.session_id = d.session_id AND k.employee_id = :kept)";
const RECORDED: &str = "
UPDATE attendance_records a SET employee_id = :kept, updated_at = :now
 WHERE a.tenant_id = :tenant AND a.employee_id = :duplicate";

const ASKED: &str = "
UPDATE session_change_requests r
   SET asked_by_id = CASE r.asked_by_id WHEN :duplicate THEN :kept ELSE r.asked_by_id END,
       colleague_id = CASE r.colleague_id WHEN :duplicate THEN :kept ELSE r.colleague_id END,
       updated_at = :now, version = r.version + 1
 WHERE r.tenant_id = :tenant AND :duplicate IN (r.asked_by_id, r.colleague_id)";

pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<()> {
    let moved = moved(tx, merge).await?;
    tx.touch_sessions(&moved).await?;
    for text in [
        SESSIONS,
        GIVEN_BY_BOTH,
        GIVEN,
        REGISTERED_TWICE,
        REGISTERED,
        PRESENT_AFTER_ALL,
        RECORDED_TWICE,
        RECORDED,
        ASKED,
    ] {
        merge.write(tx, text).await?;
    }
    Ok(())
}

/// The sessions whose facts change: those that the other record gives, and those in which both are recorded.
async fn moved(tx: &mut Tx<'_>, merge: Merge) -> QueryResult<Vec<Uuid>> {
    statement(
        "SELECT l.session_id AS id FROM session_lecturers l WHERE l.tenant_id = :tenant AND l.employee_id = :duplicate
         UNION
         SELECT d.session_id
           FROM attendance_records d
           JOIN attendance_records k ON k.tenant_id = :tenant AND k.session_id = d.session_id AND k.employee_id = :kept
          WHERE d.tenant_id = :tenant AND d.employee_id = :duplicate",
    )
    .bind("tenant", tx.tenant)
    .bind("kept", merge.kept)
    .bind("duplicate", merge.duplicate)
    .load_ids(tx.conn)
    .await
}
