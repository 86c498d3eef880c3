//! What waits together is found among the sessions of a period, however many there are of other periods.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::feedback_batches::Course;
use crate::support::{MOMENT, Options, TestServer, literal};

/// A rating by the first learner that waits.
async fn waits(course: &Course<'_>, session: Uuid) {
    let columns = [
        ("session_id", literal(&session.to_string())),
        ("learner_id", literal(&course.learners[0].to_string())),
        ("rating", "8".to_owned()),
        ("scale", "10".to_owned()),
        ("received_at", literal("2026-03-02T03:30:00Z")),
        ("source", literal("import")),
        ("counts", "true".to_owned()),
    ];
    course.given.row("feedback", &columns).await;
}

/// March of the programme is that of Shanghai. The last session of it is as the release before this one stores it, without its start.
#[tokio::test]
async fn a_rating_releases_what_waits_of_its_period_up_to_both_ends() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 2).await;
    let lecturer = course.lecturer("L1").await;
    let rated = course.session(&[lecturer]).await;
    let mut given = Vec::new();
    for start in ["2026-02-28T16:00:00Z", "2026-03-31T15:59:00Z", "2026-02-28T15:59:00Z", "2026-03-31T16:00:00Z"] {
        let session = course.given.delivered_session(course.programme, lecturer, start, 10).await;
        waits(&course, session).await;
        given.push(session);
    }
    let dated = format!(
        "UPDATE session_lecturers l SET starts_at = s.delivered_start FROM sessions s
          WHERE s.id = l.session_id AND s.id NOT IN ('{}', '{}')",
        given[1], given[3]
    );
    course.given.sql.batch_execute(&dated).await.unwrap();
    course.rate(rated, &[(1, 9)]).await;
    let released = "SELECT session_id::text FROM feedback WHERE batch_id IS NOT NULL";
    let released = course.given.sql.query(released, &[]).await.unwrap();
    let released: BTreeSet<String> = released.iter().map(|row| row.get(0)).collect();
    assert_eq!(released, BTreeSet::from([rated, given[0], given[1]].map(|session| session.to_string())));
}

/// Two thousand sessions of six years. Each look at all of them would be as many rows of two tables.
#[tokio::test]
async fn a_rating_that_waits_reads_nothing_of_other_periods() {
    let mut server = TestServer::start_as(Options { pool: 1, ..Options::default() }).await;
    // What it reads would be counted too.
    server.take_worker().stop_within(MOMENT).await;
    let course = Course::new(&server, 2).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    let history = format!(
        "INSERT INTO sessions (tenant_id, id, programme_id, title, kind, mode, state, scheduled_start, scheduled_minutes, delivered_start,
                               delivered_minutes, created_at, updated_at)
         SELECT '{}', gen_random_uuid(), '{}', 'S', 'assigned', 'on_site', 'delivered', day, 60, day, 60, day, day
           FROM generate_series(timestamptz '2020-01-01T02:00:00Z', timestamptz '2025-12-31T02:00:00Z', interval '1 day') AS day;
         INSERT INTO session_lecturers (tenant_id, id, session_id, employee_id, credit, created_at, starts_at)
         SELECT s.tenant_id, gen_random_uuid(), s.id, '{lecturer}', 1, now(), s.delivered_start FROM sessions s
          WHERE s.delivered_start < '2026-01-01';
         ANALYZE",
        server.tenant, course.programme
    );
    course.given.sql.batch_execute(&history).await.unwrap();
    course.rate(session, &[(0, 9)]).await;
    let before = course.given.rows_read().await;
    course.rate(session, &[(1, 9)]).await;
    let read = course.given.rows_read().await - before;
    assert!(read < 1_000, "{read} rows were read");
}
