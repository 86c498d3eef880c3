//! Whose career file changed, and when: for systems that keep a copy.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::{Builder, Uuid};

use crate::db::{concat, statement};
use crate::error::Result;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::people::person_of;

#[derive(Debug, QueryableByName)]
pub struct Head {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    pub updated_at: DateTime<Utc>,
}

/// When something in the record of each person `p` last changed, under any of the person's records. What was deleted has left its
/// mark on the person. An accepted restatement gives everybody in the period a new result; its lines have those who are in it no more.
const UPDATED: &str = "
 CROSS JOIN LATERAL (SELECT array_agg(r.id) AS records, max(r.updated_at) AS updated_at FROM employees r
                      WHERE r.tenant_id = :tenant AND (r.id = p.id OR r.merged_into_id = p.id)) own
 CROSS JOIN LATERAL (
    SELECT max(changed.at) AS updated_at
      FROM (
        SELECT own.updated_at AS at
        UNION ALL
        SELECT l.updated_at FROM lecturers l WHERE l.tenant_id = :tenant AND l.employee_id = ANY (own.records)
        UNION ALL
        SELECT v.updated_at FROM lecturers l JOIN lecturer_levels v ON v.tenant_id = :tenant AND v.lecturer_id = l.id
         WHERE l.tenant_id = :tenant AND l.employee_id = ANY (own.records)
        UNION ALL
        SELECT a.updated_at FROM absences a
         WHERE a.tenant_id = :tenant AND a.employee_id = ANY (own.records) AND a.kind = 'suspension'
        UNION ALL
        SELECT greatest(t.updated_at, t.withdrawn_at) FROM titles t
         WHERE t.tenant_id = :tenant AND t.employee_id = ANY (own.records)
        UNION ALL
        SELECT greatest(c.updated_at, c.revoked_at) FROM certificates c
         WHERE c.tenant_id = :tenant AND c.employee_id = ANY (own.records)
        UNION ALL
        SELECT c.updated_at FROM competence_certificates c
         WHERE c.tenant_id = :tenant AND c.employee_id = ANY (own.records)
        UNION ALL
        SELECT a.updated_at FROM promotion_applications a
         WHERE a.tenant_id = :tenant AND a.employee_id = ANY (own.records)
        UNION ALL
        SELECT n.updated_at FROM improvement_notices n
         WHERE n.tenant_id = :tenant AND n.employee_id = ANY (own.records)
        UNION ALL
        SELECT m.updated_at FROM mentorships m
         WHERE m.tenant_id = :tenant AND m.mentor_id = ANY (own.records) AND m.state IN ('active', 'ended')
        UNION ALL
        SELECT m.updated_at FROM mentorships m
         WHERE m.tenant_id = :tenant AND m.mentee_id = ANY (own.records) AND m.state IN ('active', 'ended')
        UNION ALL
        SELECT greatest(a.updated_at, o.updated_at) FROM opportunity_applications a
          JOIN training_opportunities o ON o.tenant_id = :tenant AND o.id = a.opportunity_id
         WHERE a.tenant_id = :tenant AND a.employee_id = ANY (own.records) AND a.offered_at IS NOT NULL
        UNION ALL
        SELECT s.closed_at FROM snapshot_lecturers x JOIN snapshots s ON s.tenant_id = :tenant AND s.id = x.snapshot_id AND s.number = 1
         WHERE x.tenant_id = :tenant AND x.employee_id = ANY (own.records)
        UNION ALL
        SELECT t.decided_at FROM snapshot_lecturers x
          JOIN restatements t ON t.tenant_id = :tenant AND t.snapshot_id = x.snapshot_id AND t.state = 'accepted'
         WHERE x.tenant_id = :tenant AND x.employee_id = ANY (own.records)
        UNION ALL
        SELECT t.decided_at FROM restatement_lines x
          JOIN restatements t ON t.tenant_id = :tenant AND t.id = x.restatement_id AND t.state = 'accepted'
         WHERE x.tenant_id = :tenant AND x.employee_id = ANY (own.records)
        UNION ALL
        SELECT last.occurred_at FROM reward_entries e
         CROSS JOIN LATERAL (SELECT v.occurred_at FROM reward_entry_events v
                              WHERE v.tenant_id = :tenant AND v.entry_id = e.id ORDER BY v.seq DESC LIMIT 1) last
         WHERE e.tenant_id = :tenant AND e.employee_id = ANY (own.records)) changed) u";

/// When something in the record of this person last changed.
pub async fn updated_at(tx: &mut Tx<'_>, person: Uuid) -> Result<DateTime<Utc>> {
    const OF_ONE: &str = concat!(
        "SELECT p.id AS employee_id, u.updated_at FROM (SELECT e.id FROM employees e WHERE e.tenant_id = :tenant AND e.id = :person) p",
        UPDATED
    );
    let head: Head = tx.complete(statement(OF_ONE)).bind("person", person).get_result(tx.conn).await?;
    Ok(head.updated_at)
}

/// People who are or were lecturers, ordered by id: all of them, or those whose record changed at or after an instant. First who they
/// are, from what changed since then; then when each of the page did.
const PAGE: &str = concat!(
    "
WITH changed AS MATERIALIZED (
  SELECT DISTINCT ",
    person_of!("r"),
    " AS id
    FROM (
      SELECT e.id AS employee_id FROM employees e WHERE e.tenant_id = :tenant AND e.updated_at >= :since
      UNION ALL
      SELECT l.employee_id FROM lecturers l WHERE l.tenant_id = :tenant AND l.updated_at >= :since
      UNION ALL
      SELECT l.employee_id FROM lecturer_levels v JOIN lecturers l ON l.tenant_id = :tenant AND l.id = v.lecturer_id
       WHERE v.tenant_id = :tenant AND v.updated_at >= :since
      UNION ALL
      SELECT a.employee_id FROM absences a
       WHERE a.tenant_id = :tenant AND a.kind = 'suspension' AND a.updated_at >= :since
      UNION ALL
      SELECT t.employee_id FROM titles t WHERE t.tenant_id = :tenant AND greatest(t.updated_at, t.withdrawn_at) >= :since
      UNION ALL
      SELECT c.employee_id FROM certificates c WHERE c.tenant_id = :tenant AND greatest(c.updated_at, c.revoked_at) >= :since
      UNION ALL
      SELECT c.employee_id FROM competence_certificates c WHERE c.tenant_id = :tenant AND c.updated_at >= :since
      UNION ALL
      SELECT a.employee_id FROM promotion_applications a WHERE a.tenant_id = :tenant AND a.updated_at >= :since
      UNION ALL
      SELECT n.employee_id FROM improvement_notices n WHERE n.tenant_id = :tenant AND n.updated_at >= :since
      UNION ALL
      SELECT unnest(ARRAY[m.mentor_id, m.mentee_id]) FROM mentorships m
       WHERE m.tenant_id = :tenant AND m.state IN ('active', 'ended') AND m.updated_at >= :since
      UNION ALL
      SELECT a.employee_id FROM opportunity_applications a
        JOIN training_opportunities o ON o.tenant_id = :tenant AND o.id = a.opportunity_id
       WHERE a.tenant_id = :tenant AND a.offered_at IS NOT NULL AND greatest(a.updated_at, o.updated_at) >= :since
      UNION ALL
      SELECT x.employee_id FROM snapshots s JOIN snapshot_lecturers x ON x.tenant_id = :tenant AND x.snapshot_id = s.id
       WHERE s.tenant_id = :tenant AND s.number = 1 AND s.closed_at >= :since
      UNION ALL
      SELECT x.employee_id FROM restatements t JOIN snapshot_lecturers x ON x.tenant_id = :tenant AND x.snapshot_id = t.snapshot_id
       WHERE t.tenant_id = :tenant AND t.state = 'accepted' AND t.decided_at >= :since
      UNION ALL
      SELECT x.employee_id FROM restatements t JOIN restatement_lines x ON x.tenant_id = :tenant AND x.restatement_id = t.id
       WHERE t.tenant_id = :tenant AND t.state = 'accepted' AND t.decided_at >= :since
      UNION ALL
      SELECT e.employee_id FROM reward_entry_events v JOIN reward_entries e ON e.tenant_id = :tenant AND e.id = v.entry_id
       WHERE v.tenant_id = :tenant AND v.id >= :since_id AND v.occurred_at >= :since) c
    JOIN employees r ON r.tenant_id = :tenant AND r.id = c.employee_id
   WHERE :since IS NOT NULL),
page AS MATERIALIZED (
  SELECT DISTINCT l.employee_id AS id
    FROM lecturers l
   WHERE l.tenant_id = :tenant AND l.employee_id > :after AND (:people IS NULL OR l.employee_id = ANY (:people))
     AND (:since IS NULL OR EXISTS (SELECT FROM changed c WHERE c.id = l.employee_id))
   ORDER BY l.employee_id
   LIMIT :fetch)
SELECT p.id AS employee_id, u.updated_at FROM page p",
    UPDATED,
    " ORDER BY p.id"
);

/// A page of them. If people are given, only those.
pub async fn list_page(
    tx: &mut Tx<'_>,
    since: Option<DateTime<Utc>>,
    people: Option<&[Uuid]>,
    paging: &Paging,
) -> Result<Listed<Head>> {
    let asked = statement(PAGE)
        .bind("since", since)
        .bind("since_id", since.map(first_id))
        .bind("people", people.map(<[Uuid]>::to_vec))
        .bind("after", paging.after::<Uuid>()?.unwrap_or_default())
        .bind("fetch", paging.fetch());
    let heads = tx.complete(asked).load(tx.conn).await?;
    paging.cut(heads, |head: &Head| head.employee_id)
}

/// Less than every id that was made at the instant or after it. Ids begin with their time, so that events of long ago are not looked at.
fn first_id(since: DateTime<Utc>) -> Uuid {
    let earlier = since.checked_sub_signed(TimeDelta::seconds(1)).unwrap_or(since);
    let millis = u64::try_from(earlier.timestamp_millis()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::clock::Clock;
    use crate::kernel::ids::Ids;

    #[test]
    fn an_id_of_an_instant_is_less_than_those_made_then() {
        let now: DateTime<Utc> = "2026-03-20T02:00:00.123456Z".parse().unwrap();
        let ids = Ids::new(Clock::manual(now));
        assert!(first_id(now) < ids.next());
        assert!(first_id(now + TimeDelta::seconds(3)) > ids.next());
        assert_eq!(first_id("1900-01-01T00:00:00Z".parse().unwrap()).as_u128() >> 80, 0, "before all ids");
    }
}
