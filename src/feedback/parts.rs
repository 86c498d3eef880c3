//! What sessions are to people, and by which record they have rated.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::PartRow;
use crate::db::{collect_column, concat, statement};
use crate::journal::{Asking, Tx};
use crate::people::employed_days;
use crate::sessions::participation_of;

/// The records that were merged into that of the person `asked.person_id`.
const MERGED: &str = "SELECT m.id FROM employees m WHERE m.tenant_id = :tenant AND m.merged_into_id = asked.person_id";

/// The records `record` of the person `asked.person_id`: their own, and those that were merged into it. What is found by them is looked
/// up by its key (`OFFSET 0`), and not among all of its session.
const RECORDS: &str = concat!(" FROM (SELECT asked.person_id AS id UNION ALL ", MERGED, ") record CROSS JOIN LATERAL ");

/// The record of the person `asked.person_id` that has rated the session `asked.session_id`: their own, or one that was merged into
/// it. Of several it is that of the rating that counts.
const RATED_AS: &str = concat!(
    "(SELECT f.learner_id",
    RECORDS,
    "(SELECT * FROM feedback f
              WHERE f.tenant_id = :tenant AND f.session_id = asked.session_id AND f.learner_id = record.id OFFSET 0) f
       ORDER BY f.counts DESC, f.received_at LIMIT 1)"
);

/// Whether the person `asked.person_id` has rated the session `asked.session_id` anonymously, by whichever record.
const TOOK_PART: &str = concat!(
    "EXISTS (SELECT",
    RECORDS,
    "(SELECT FROM anonymous_participants p
                      WHERE p.tenant_id = :tenant AND p.session_id = asked.session_id AND p.learner_id = record.id OFFSET 0) p)"
);

/// What the sessions are to the people, up to whether they have rated.
const PARTICIPATION: &str =
    concat!("SELECT asked.session_id, asked.person_id, ", participation_of!("asked.person_id"), ", ");

/// The rest of it, for the pairs (session, person) that are there.
const ASKED: &str = concat!(
    " AS took_part, CASE WHEN NOT (daterange(e.hired_on, e.left_on) @> delivered.day OR ",
    employed_days!("e"),
    " @> delivered.day) THEN delivered.day END AS unemployed_on, e.name, e.employee_number
           FROM unnest(:sessions, :people) AS asked (session_id, person_id)
          CROSS JOIN LATERAL (SELECT * FROM sessions s WHERE s.tenant_id = :tenant AND s.id = asked.session_id OFFSET 0) s
          CROSS JOIN LATERAL (SELECT * FROM employees e WHERE e.tenant_id = :tenant AND e.id = asked.person_id OFFSET 0) e
           JOIN tenants t ON t.id = :tenant
          CROSS JOIN LATERAL (SELECT (s.delivered_start AT TIME ZONE t.time_zone)::date AS day) delivered"
);

/// What the sessions are to the people, for pairs (session, person) that are there.
pub async fn find_parts(asking: Asking<'_>, asked: &[(Uuid, Uuid)]) -> QueryResult<Vec<PartRow>> {
    const PARTS: &str = concat!(PARTICIPATION, RATED_AS, " AS rated_as, ", TOOK_PART, ASKED);
    load_parts(asking, PARTS, asked).await
}

/// The same for people who rate: whether they have rated is only asked where the record that has may be another one of theirs.
pub async fn find_parts_to_rate(asking: Asking<'_>, asked: &[(Uuid, Uuid)]) -> QueryResult<Vec<PartRow>> {
    const PARTS: &str = concat!(
        PARTICIPATION,
        "CASE WHEN EXISTS (",
        MERGED,
        " OFFSET 0) THEN ",
        RATED_AS,
        " END AS rated_as, false",
        ASKED
    );
    load_parts(asking, PARTS, asked).await
}

async fn load_parts(asking: Asking<'_>, text: &'static str, asked: &[(Uuid, Uuid)]) -> QueryResult<Vec<PartRow>> {
    let mut conn = asking.conn;
    statement(text)
        .bind("tenant", asking.tenant)
        .bind("sessions", collect_column(asked, |(session, _)| *session))
        .bind("people", collect_column(asked, |(_, person)| *person))
        .load(&mut conn)
        .await
}

/// For those of these people who have rated the session, the record that did.
pub async fn rated_as(tx: &mut Tx<'_>, session: Uuid, people: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Uuid>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        person: Uuid,
        #[diesel(sql_type = SqlUuid)]
        record: Uuid,
    }
    const RATED: &str = concat!(
        "SELECT found.person, found.record
           FROM (SELECT asked.person_id AS person, ",
        RATED_AS,
        " AS record
                   FROM (SELECT :session AS session_id, given.person_id FROM unnest(:people) AS given (person_id)) asked) found
          WHERE found.record IS NOT NULL"
    );
    let rated = statement(RATED).bind("tenant", tx.tenant).bind("session", session).bind("people", people);
    let rows: Vec<Row> = rated.load(tx.conn).await?;
    Ok(rows.into_iter().map(|row| (row.person, row.record)).collect())
}
