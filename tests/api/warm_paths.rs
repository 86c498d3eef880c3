//! What is asked for all day: its statements are prepared once, and their plans do well for a company with ten rows beside one with very
//! many.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use diesel::QueryableByName;
use diesel::connection::InstrumentationEvent;
use diesel::sql_types::{Array, Text};
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use futures_util::FutureExt as _;
use lectern::auth::{Actor, Role};
use lectern::db::Watch;
use lectern::journal::{Circumstances, Tx, write_tx};
use serde_json::json;
use uuid::Uuid;

use crate::scores::rule;
use crate::sessions::{Company, company, with};
use crate::support::{Client, Given, Options, TestServer, at};

/// What a connection has been given.
#[derive(Default)]
struct Seen {
    kept: BTreeSet<String>,
    /// What was not kept when it was given.
    parsed: Vec<String>,
}

/// Looks on at the statements of the pool's only connection.
fn watch(given: &Arc<Mutex<Seen>>) -> Watch {
    let given = Arc::clone(given);
    Arc::new(move |event| {
        let mut given = given.lock().unwrap();
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                let query = query.to_string();
                // Without binds it is sent as text: it begins a transaction, or sets something.
                if let Some((text, _)) = query.rsplit_once(" -- binds: ")
                    && !given.kept.contains(text)
                {
                    given.parsed.push(text.to_owned());
                }
            }
            InstrumentationEvent::CacheQuery { sql, .. } => {
                given.kept.insert((*sql).to_owned());
            }
            _ => {}
        }
    })
}

/// A session is planned, delivered, attended and rated, and its lecturer looks.
async fn a_day(server: &TestServer, company: &Company, day: u32) {
    let plan = with(company.plan(company.lecturer), json!({"starts_at": format!("2026-03-{day:02}T06:00:00Z")}));
    server.clock.set(at(&format!("2026-03-{day:02}T05:00:00Z")));
    let admin = server.client(&[Role::Admin]).await;
    let planned = admin.post("/v1/sessions", plan).await;
    let path = format!("/v1/sessions/{}", planned.id());
    planned.expect(201);
    server.clock.set(at(&format!("2026-03-{day:02}T07:00:00Z")));
    let admin = server.client(&[Role::Admin]).await;
    let [lecturer, learner] = [company.lecturer, company.learner].map(|id| server.person_token(server.tenant, id));
    let delivered = json!({"started_at": format!("2026-03-{day:02}T06:05:00Z"), "delivered_minutes": 40});
    lecturer.post(&format!("{path}/deliver"), delivered).await.expect(200);
    let present = json!({"source": "door", "records": [{"employee_id": company.learner, "state": "present"}]});
    admin.put(&format!("{path}/attendance"), "*", present).await.expect(200);
    learner.put(&format!("{path}/my-feedback"), "*", json!({"rating": 9})).await.expect(200);
    looks(&lecturer, company).await;
}

async fn looks(lecturer: &Client, company: &Company) {
    let period = format!("/v1/programmes/{}/periods/2026-03", company.programme);
    lecturer.get("/v1/me").await.expect(200);
    lecturer.get(&format!("{period}/scorecards/{}", company.lecturer)).await.expect(200);
    lecturer.get(&format!("{period}/scorecards/{}/place", company.lecturer)).await.expect(200);
    lecturer.get(&format!("{period}/leaderboard")).await.expect(200);
}

#[tokio::test]
async fn warm_paths_have_nothing_parsed_anew() {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let server = TestServer::start_as(Options { pool: 1, watch: Some(watch(&seen)), ..Options::default() }).await;
    let given = server.given().await;
    let company = company(&given).await;
    given.published("scoring_rules", company.programme, 1, "2026-01", &rule()).await;
    a_day(&server, &company, 10).await;
    assert!(seen.lock().unwrap().kept.iter().any(|text| text.contains("INTO feedback")), "the watch sees what is kept");
    seen.lock().unwrap().parsed.clear();
    a_day(&server, &company, 11).await;
    let seen = seen.lock().unwrap();
    // What was not needed on the first day is kept from now on.
    let parsed: Vec<&str> = seen.parsed.iter().map(String::as_str).filter(|text| !seen.kept.contains(*text)).collect();
    assert!(parsed.is_empty(), "{} statements are parsed each time:\n{}", parsed.len(), parsed.join("\n"));
}

/// A transaction of the pool's only connection.
#[derive(Default)]
struct Transaction {
    texts: Vec<String>,
    /// How often something was sent while nothing else was under way.
    round_trips: usize,
    under_way: usize,
}

/// Looks on at the transactions of the pool's only connection.
fn watch_transactions(seen: &Arc<Mutex<Vec<Transaction>>>) -> Watch {
    let seen = Arc::clone(seen);
    Arc::new(move |event| {
        let mut seen = seen.lock().unwrap();
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                let text = query.to_string();
                if text.starts_with("BEGIN") {
                    seen.push(Transaction::default());
                }
                let Some(own) = seen.last_mut() else { return };
                own.texts.push(text);
                own.round_trips += usize::from(own.under_way == 0);
                own.under_way += 1;
            }
            InstrumentationEvent::FinishQuery { .. } => {
                if let Some(own) = seen.last_mut() {
                    own.under_way = own.under_way.saturating_sub(1);
                }
            }
            _ => {}
        }
    })
}

/// What a read asks that no other does; how many statements it takes, the begin and the end of its transaction included, and how many
/// round trips they are. Nobody waits for the last one.
const READS: [(&str, usize, usize); 4] = [
    ("r.sums, r.titles", 6, 2),
    ("r.shortfall = last.shortfall", 8, 3),
    ("ORDER BY r.shortfall DESC", 9, 4),
    ("p.employee_number, p.name", 4, 2),
];

#[tokio::test]
async fn what_is_asked_for_all_day_takes_few_round_trips() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watch = Some(watch_transactions(&seen));
    let server = TestServer::start_as(Options { pool: 1, watch, ..Options::default() }).await;
    let given = server.given().await;
    let company = company(&given).await;
    given.published("scoring_rules", company.programme, 1, "2026-01", &rule()).await;
    a_day(&server, &company, 10).await;
    let lecturer = server.person_token(server.tenant, company.lecturer);
    // Before that, statements are prepared.
    looks(&lecturer, &company).await;
    seen.lock().unwrap().clear();
    looks(&lecturer.as_stored(), &company).await;
    let seen = seen.lock().unwrap();
    let asks = |own: &&Transaction, what: &str| own.texts.iter().any(|text| text.contains(what));
    for (what, statements, round_trips) in READS {
        let own = seen.iter().find(|own| asks(own, what));
        let own = own.unwrap_or_else(|| panic!("nobody asks {what}"));
        assert!(own.texts.len() <= statements, "{} statements:\n{}", own.texts.len(), own.texts.join("\n"));
        assert!(own.round_trips <= round_trips, "{} round trips:\n{}", own.round_trips, own.texts.join("\n"));
    }
}

/// The tables that have as many rows as a company has people, sessions and ratings.
const LARGE: [&str; 9] = [
    "attendance_records",
    "employees",
    "feedback",
    "lecturer_group_memberships",
    "lecturers",
    "reward_entries",
    "reward_entry_events",
    "session_lecturers",
    "sessions",
];

/// What ids of rows are made of, and the numbers of 20,000 rows.
fn numbered(id: Uuid) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION pg_temp.id(kind integer, n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
             SELECT ('0198' || lpad(to_hex(kind), 4, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
         DROP TABLE IF EXISTS pg_temp.t;
         CREATE TEMP TABLE t AS SELECT '{id}'::uuid AS id, n FROM generate_series(1, 20000) n;"
    )
}

/// Another company's people and approved rewards: so many rows that no plan should read all of a table.
pub async fn large_rewards(given: &Given<'_>, id: Uuid) {
    const FILL: &str = "
INSERT INTO employees (tenant_id, id, employee_number, name, created_at, updated_at)
SELECT id, pg_temp.id(1, n), 'B' || n, 'B', now(), now() FROM t;
INSERT INTO programmes (tenant_id, id, code, name, state, time_zone, currency, cycle, feedback_mode, pays_from_on,
                        created_at, updated_at)
SELECT id, pg_temp.id(4, n), 'P', 'P', 'active', 'Asia/Shanghai', 'CNY', 'month', 'named', '2020-01-01', now(), now() FROM t WHERE n = 1;
INSERT INTO reward_entries (tenant_id, id, employee_id, programme_id, earned_period, pay_item_code, kind, amount_minor, currency,
                            reason_code, maker_kind, maker_id, created_at)
SELECT id, pg_temp.id(10, n), pg_temp.id(1, n), pg_temp.id(4, 1), '2026-02', 'lecturer-reward', 'award', n, 'CNY', 'manual',
       'person', pg_temp.id(1, 1), now() FROM t;
ANALYZE reward_entries;
INSERT INTO reward_entry_events (tenant_id, id, entry_id, seq, event, maker_id, actor_kind, actor_id, occurred_at)
SELECT id, pg_temp.id(10 + seq, n), pg_temp.id(10, n), seq, event, pg_temp.id(1, 1), 'person', pg_temp.id(1, seq), now()
  FROM t, (VALUES (1, 'granted'), (2, 'approved')) AS e (seq, event);
ANALYZE";
    given.sql.batch_execute(&(numbered(id) + FILL)).await.unwrap();
}

/// All that a large company has.
async fn a_large_company(given: &Given<'_>, id: Uuid) {
    const FILL: &str = "
INSERT INTO lecturer_groups (tenant_id, id, code, name, created_at, updated_at)
SELECT id, pg_temp.id(2, n), 'G', 'G', now(), now() FROM t WHERE n = 1;
INSERT INTO lecturer_group_memberships (tenant_id, id, employee_id, group_id, valid_from, created_at, updated_at)
SELECT id, pg_temp.id(3, n), pg_temp.id(1, n), pg_temp.id(2, 1), '2020-01-01', now(), now() FROM t;
INSERT INTO lecturers (tenant_id, id, employee_id, appointed_on, created_at, updated_at)
SELECT id, pg_temp.id(9, n), pg_temp.id(1, n), '2020-01-01', now(), now() FROM t;
INSERT INTO sessions (tenant_id, id, programme_id, title, kind, mode, state, scheduled_start, scheduled_minutes, delivered_start,
                      delivered_minutes, created_at, updated_at)
SELECT id, pg_temp.id(5, n), pg_temp.id(4, 1), 'S', 'assigned', 'on_site', 'delivered', '2026-03-02T02:00:00Z', 60,
       '2026-03-02T02:00:00Z', 60, now(), now() FROM t;
INSERT INTO session_lecturers (tenant_id, id, session_id, employee_id, credit, created_at)
SELECT id, pg_temp.id(6, n), pg_temp.id(5, n), pg_temp.id(1, n), 1, now() FROM t;
INSERT INTO attendance_records (tenant_id, id, session_id, employee_id, state, source, recorded_at, created_at, updated_at)
SELECT id, pg_temp.id(7, n), pg_temp.id(5, n), pg_temp.id(1, n % 20000 + 1), 'present', 'door', now(), now(), now() FROM t;
INSERT INTO feedback (tenant_id, id, session_id, learner_id, rating, scale, items, received_at, source, counts)
SELECT id, pg_temp.id(8, n), pg_temp.id(5, n), pg_temp.id(1, n % 20000 + 1), 8, 10, '[]', now(), 'live', true FROM t;
ANALYZE";
    large_rewards(given, id).await;
    given.sql.batch_execute(&(numbered(id) + FILL)).await.unwrap();
}

/// A statement that the connection keeps.
#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    statement: String,
    #[diesel(sql_type = Array<Text>)]
    types: Vec<String>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

/// The statements that the pool's only connection keeps, each with the plan that looks at no values.
async fn kept_plans(tx: &mut Tx<'_>) -> Vec<String> {
    tx.conn.batch_execute("SET LOCAL plan_cache_mode = force_generic_plan").await.unwrap();
    let kept = "SELECT name, statement, parameter_types::text[] AS types FROM pg_prepared_statements
                 WHERE NOT from_sql AND statement NOT LIKE '%pg_prepared_statements%'";
    let kept: Vec<Kept> = diesel::sql_query(kept).load(tx.conn).await.unwrap();
    let mut plans = Vec::new();
    for Kept { name, statement, types } in kept {
        let values: Vec<String> = types.iter().map(|one| format!("NULL::{one}")).collect();
        let values = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
        let plan: Vec<Line> = diesel::sql_query(format!("EXPLAIN EXECUTE {name}{values}")).load(tx.conn).await.unwrap();
        let plan: Vec<String> = plan.into_iter().map(|line| line.line).collect();
        plans.push(format!("{statement}\n{}", plan.join("\n")));
    }
    plans
}

/// A plan that a connection keeps is made without looking at the values: by chance for the large company as for the small one.
#[tokio::test]
async fn kept_plans_read_no_table_of_a_large_company_as_a_whole() {
    let server = TestServer::start_as(Options { pool: 1, ..Options::default() }).await;
    let given = server.given().await;
    let company = company(&given).await;
    given.published("scoring_rules", company.programme, 1, "2026-01", &rule()).await;
    a_large_company(&given, server.tenant("large").await).await;
    a_day(&server, &company, 10).await;
    let plans = write_tx(&server.state, server.tenant, Actor::system(), Circumstances::default(), |tx| {
        async move { Ok(kept_plans(tx).await) }.boxed()
    });
    let plans = plans.await.unwrap();
    assert!(plans.len() > 50, "{} statements", plans.len());
    let reads_all = |plan: &str| LARGE.iter().any(|table| plan.contains(&format!("Seq Scan on {table} ")));
    // Whom a day that begins moves is looked for among all people, once a day.
    let is_daily = |plan: &str| plan.contains("e.hired_on BETWEEN");
    // What guards people's spans against overlaps is not for finding them.
    let is_guard = |plan: &str| plan.contains("_employee_excl ") || plan.contains("_lecturer_excl ");
    let by_guards: Vec<&String> = plans.iter().filter(|plan| is_guard(plan)).collect();
    assert!(
        by_guards.is_empty(),
        "{} plans search the index of an exclusion constraint:\n{by_guards:#?}",
        by_guards.len()
    );
    let whole: Vec<&String> = plans.iter().filter(|plan| reads_all(plan) && !is_daily(plan)).collect();
    assert!(whole.is_empty(), "{} plans read a large table as a whole:\n{whole:#?}", whole.len());
}
