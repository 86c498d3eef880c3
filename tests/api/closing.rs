//! Closing a period: what it waits for, what it writes, that it happens once, that it can be computed again.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::command_line::lectern;
use crate::support::{Answer, Client, Given, Options, TestServer, at, literal};

/// After the days to settle of March.
const APRIL: &str = "2026-04-07T01:00:00Z";

/// A programme in March with three lecturers: three sessions, two, and none.
pub struct March<'s> {
    pub given: Given<'s>,
    pub programme: Uuid,
    pub lecturers: [Uuid; 3],
}

impl<'s> March<'s> {
    pub async fn taught(server: &'s TestServer) -> Self {
        server.clock.set(at(APRIL));
        let given = server.given().await;
        let group = given.group("g").await;
        let programme = given.programme("p", group).await;
        given.published("scoring_rules", programme, 1, "2026-03", &rule()).await;
        given.published("reward_policy_sets", programme, 1, "2026-03", &policies()).await;
        let mut lecturers = [Uuid::nil(); 3];
        for (i, sessions) in [3, 2, 0].into_iter().enumerate() {
            lecturers[i] = given.employee(&format!("E{}", i + 1)).await;
            given.lecturer(lecturers[i], Some(group), "2020-01-01").await;
            for day in 0..sessions {
                let start = format!("2026-03-{:02}T02:00:00Z", 10 + day);
                given.delivered_session(programme, lecturers[i], &start, 10).await;
            }
        }
        Self { given, programme, lecturers }
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/v1/programmes/{}/periods/2026-03/{rest}", self.programme)
    }

    /// Closes March as this caller; answers the job's result.
    pub async fn closed_by(&self, client: &Client) -> Value {
        let ordered = client.post(&self.path("close"), json!({})).await;
        finished(client, &ordered).await
    }
}

pub fn rule() -> Value {
    json!({
        "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 3}}],
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}],
    })
}

/// 80000 and 30000 by grade, 10000 and 5000 by minutes, a certificate for most sessions.
pub fn policies() -> Value {
    json!({"policies": [
        {"kind": "grade_bonus", "code": "bonus", "priority": 1, "amounts_minor": {"excellent": 80000, "pass": 30000},
         "pay_item_code": "LR"},
        {"kind": "top_n", "code": "minutes", "priority": 2, "metric": "teaching_minutes", "places_minor": [10000, 5000],
         "pay_item_code": "LR"},
        {"kind": "highest", "code": "most", "priority": 3, "metric": "session_count", "certificate": "most-sessions"},
    ]})
}

/// The result of the job that an answer ordered, once it has succeeded.
pub async fn finished(client: &Client, ordered: &Answer) -> Value {
    let job = client.ended(ordered).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    job["result"].clone()
}

async fn admin(server: &TestServer) -> Client {
    server.person(server.state.ids.next(), &[Role::Admin]).await
}

#[tokio::test]
async fn a_close_freezes_scores_rewards_and_certificates() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let client = admin(&server).await;
    let result = march.closed_by(&client).await;
    assert_eq!(result["lecturer_count"], 3);
    assert_eq!(result["reward_total_minor"], 125_000);

    let snapshot = client.get(&march.path("snapshots/1")).await;
    assert_eq!(snapshot.body["digest"], result["digest"]);
    assert_eq!(snapshot.body["rule_version"], 1);
    assert_eq!(snapshot.body["reward_total"], json!({"amount_minor": 125_000, "currency": "CNY"}));
    assert_eq!((snapshot.body["rated_count"].as_i64(), snapshot.body["forced"].as_bool()), (Some(3), Some(false)));
    let list = client.get(&march.path("snapshots")).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);

    let sql = "SELECT l.employee_number, l.score::text, l.grade, l.rank FROM snapshot_lecturers l ORDER BY 1";
    let rows = march.given.sql.query(sql, &[]).await.unwrap();
    let found: Vec<(String, String, String, i32)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect();
    let row = |number: &str, score: &str, grade: &str, rank| (number.into(), score.into(), grade.into(), rank);
    assert_eq!(
        found,
        [row("E1", "100.00", "excellent", 1), row("E2", "66.67", "pass", 2), row("E3", "0.00", "fail", 3)]
    );

    let rewards = client.get("/v1/rewards").await.expect(200);
    let mut amounts: Vec<(&str, &str, i64)> = rewards["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            let number = r["employee"]["employee_number"].as_str().unwrap();
            (number, r["policy"].as_str().unwrap(), r["amount"]["amount_minor"].as_i64().unwrap())
        })
        .collect();
    amounts.sort_unstable();
    let expected =
        [("E1", "bonus", 80_000), ("E1", "minutes", 10_000), ("E2", "bonus", 30_000), ("E2", "minutes", 5_000)];
    assert_eq!(amounts, expected);
    let certificates = client.get("/v1/certificates").await.expect(200);
    assert_eq!(certificates["items"][0]["certificate_code"], "most-sessions");
    assert_eq!(certificates["items"].as_array().unwrap().len(), 1);
    let period: String = march.given.sql.query_one("SELECT state FROM periods", &[]).await.unwrap().get(0);
    assert_eq!(period, "closed");
}

#[tokio::test]
async fn a_close_waits_for_the_end_the_decisions_and_the_period_before() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    server.clock.set(at("2026-04-05T15:59:59Z"));
    let client = admin(&server).await;
    let early = client.post(&march.path("close"), json!({})).await;
    assert_eq!(early.problem(409), "period_not_over");
    assert!(early.text.contains("2026-04-06 00:00 (Asia/Shanghai)"), "{}", early.text);
    let unreasoned = client.post(&march.path("close"), json!({"force": true})).await;
    assert_eq!((unreasoned.problem(422), unreasoned.faults()), ("invalid_values", vec![("/reason", "required")]));

    server.clock.set(at("2026-05-10T00:00:00Z"));
    let client = admin(&server).await;
    let april = format!("/v1/programmes/{}/periods/2026-04/close", march.programme);
    let refused = client.post(&april, json!({})).await;
    assert_eq!(refused.problem(409), "earlier_period_open");
    let planned = [
        ("programme_id", literal(&march.programme.to_string())),
        ("title", literal("Undecided")),
        ("kind", literal("assigned")),
        ("mode", literal("on_site")),
        ("state", literal("planned")),
        ("scheduled_start", literal("2026-03-31T15:59:59Z")),
        ("scheduled_minutes", "60".to_owned()),
    ];
    march.given.row("sessions", &planned).await;
    let refused = client.post(&march.path("close"), json!({})).await;
    assert_eq!(refused.problem(409), "sessions_undecided");
    assert!(refused.text.contains("still has 1 session not marked"), "{}", refused.text);
    let quarter = format!("/v1/programmes/{}/periods/2026-Q1/close", march.programme);
    assert_eq!(client.post(&quarter, json!({})).await.problem(404), "not_found");
    let lecturer = server.person(march.lecturers[0], &[]).await;
    assert_eq!(lecturer.post(&march.path("close"), json!({})).await.problem(403), "forbidden");

    let body = json!({"force": true, "reason": "Decided on paper."});
    let result = finished(&client, &client.post(&march.path("close"), body).await).await;
    assert_eq!(result["number"], 1);
    let snapshot = client.get(&march.path("snapshots/1")).await.expect(200);
    assert_eq!((&snapshot["forced"], &snapshot["reason"]), (&json!(true), &json!("Decided on paper.")));
}

/// Both closes have made their cut when the row of the period is let go. In a pool of this size a company may have two jobs at once.
#[tokio::test]
async fn two_closes_at_once_give_one_snapshot() {
    let server = TestServer::start_as(Options { pool: 16, ..Options::default() }).await;
    let march = March::taught(&server).await;
    let client = admin(&server).await;
    let second_worker = server.another_worker().await;
    let programme = literal(&march.programme.to_string());
    let period = [
        ("programme_id", programme),
        ("period", literal("2026-03")),
        ("starts_on", literal("2026-03-01")),
        ("ends_on", literal("2026-04-01")),
        ("starts_at", literal("2026-02-28T16:00:00Z")),
        ("ends_at", literal("2026-03-31T16:00:00Z")),
        ("state", literal("open")),
    ];
    march.given.row("periods", &period).await;
    let holder = server.database.owner().await;
    holder.batch_execute("BEGIN; SELECT FROM periods FOR UPDATE").await.unwrap();
    let first = client.post(&march.path("close"), json!({})).await;
    let second = client.post(&march.path("close"), json!({})).await;
    server.database.until_blocked(&march.given.sql, 2).await;
    holder.batch_execute("COMMIT").await.unwrap();
    let (first, second) = (finished(&client, &first).await, finished(&client, &second).await);
    assert_eq!(first, second);
    let count = "SELECT (SELECT count(*) FROM snapshots), (SELECT count(*) FROM reward_entries), (SELECT sum(amount_minor)::bigint FROM reward_entries)";
    let row = march.given.sql.query_one(count, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1), row.get::<_, i64>(2)), (1, 4, 125_000));
    assert_eq!(march.closed_by(&client).await, first, "closing a third time answers the same");
    second_worker.stop().await;
}

#[tokio::test]
async fn a_close_that_a_crash_left_is_finished_by_the_next_run() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let client = admin(&server).await;
    let request = json!({"programme": march.programme, "period": "2026-03", "force": false, "reason": null});
    let job = march
        .given
        .job(&[
            ("kind", literal("close_period")),
            ("state", literal("running")),
            ("request", literal(&request.to_string())),
            ("run_after", literal("2026-04-07T00:00:00Z")),
            ("claimed_at", literal("2026-04-07T00:58:00Z")),
            ("claimed_by", literal("a worker that is gone")),
            ("attempts", "1".to_owned()),
            ("requested_by_kind", literal("system")),
            ("requested_by_id", literal(&Uuid::nil().to_string())),
        ])
        .await;
    let job = client.job_ended(&format!("/v1/jobs/{job}")).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(job["progress"], json!({"done": 3, "total": 3}));
    assert_eq!(job["result"]["reward_total_minor"], 125_000);
}

#[tokio::test]
async fn a_replay_gives_the_same_digest_and_sees_what_was_changed() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let client = admin(&server).await;
    let closed = march.closed_by(&client).await;
    // Facts that come later change nothing that is frozen.
    march.given.delivered_session(march.programme, march.lecturers[2], "2026-03-20T02:00:00Z", 10).await;
    let replay = client.get(&march.path("snapshots/1/replay")).await.expect(200);
    assert_eq!(replay["matches"], true, "{replay}");
    assert_eq!(replay["replayed_digest"], closed["digest"]);

    let tamper = "ALTER TABLE snapshot_lecturers DISABLE TRIGGER snapshot_lecturers_append_only;
        UPDATE snapshot_lecturers SET card = jsonb_set(card, '{grade}', '\"excellent\"') WHERE employee_number = 'E3';
        ALTER TABLE snapshot_lecturers ENABLE TRIGGER snapshot_lecturers_append_only";
    march.given.sql.batch_execute(tamper).await.unwrap();
    let replay = client.get(&march.path("snapshots/1/replay")).await.expect(200);
    assert_eq!((&replay["matches"], &replay["differing_count"]), (&json!(false), &json!(1)));
    assert_eq!(replay["replayed_digest"], closed["digest"], "the inputs are what they were");
    assert_eq!(client.get(&march.path("snapshots/2/replay")).await.problem(404), "not_found");
}

/// `lectern replay` checks one period, or everything of a company; it fails where HTTP would say that something differs.
#[tokio::test]
async fn the_command_line_replays_what_is_closed() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let replay = |arguments: &[&str]| {
        let output = lectern(&server.database.url, &[&["replay", "--tenant", "demo"], arguments].concat());
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert_eq!(replay(&[]), (true, "0 snapshots replayed\n".to_owned()));
    march.closed_by(&admin(&server).await).await;
    for arguments in [&[][..], &["--period", "2026-03"]] {
        let (ended_well, told) = replay(arguments);
        assert!(ended_well && told.contains("2026-03 snapshot 1: matches\n1 snapshots replayed"), "{told}");
    }
    assert!(!replay(&["--period", "2026-02"]).0 && !replay(&["--programme", "none"]).0);
    let tamper = "ALTER TABLE snapshot_lecturers DISABLE TRIGGER snapshot_lecturers_append_only;
        UPDATE snapshot_lecturers SET inputs = jsonb_set(inputs, '{exempt_days}', '3') WHERE employee_number = 'E3';
        ALTER TABLE snapshot_lecturers ENABLE TRIGGER snapshot_lecturers_append_only";
    march.given.sql.batch_execute(tamper).await.unwrap();
    let (ended_well, told) = replay(&[]);
    assert!(!ended_well && told.contains("snapshot 1: DIFFERS: the digest differs"), "{told}");
}

#[tokio::test]
async fn what_was_run_as_a_pilot_scores_and_grants_nothing() {
    // A pilot; one that ended without ever being active; one that was activated when the month was over.
    for became in
        ["'pilot', pays_from_on = NULL", "'ended', pays_from_on = NULL", "'active', pays_from_on = '2026-03-02'"]
    {
        let server = TestServer::start().await;
        let march = March::taught(&server).await;
        march.given.sql.batch_execute(&format!("UPDATE programmes SET state = {became}")).await.unwrap();
        let client = admin(&server).await;
        let closed = march.closed_by(&client).await;
        assert_eq!((&closed["rated_count"], &closed["reward_total_minor"]), (&json!(3), &json!(0)), "{became}");
        assert_eq!(client.get("/v1/rewards").await.expect(200)["items"], json!([]), "{became}");
        assert_eq!(client.get("/v1/certificates").await.expect(200)["items"], json!([]), "{became}");
        assert_eq!(client.get(&march.path("snapshots/1/replay")).await.expect(200)["matches"], true, "{became}");
    }
}

#[tokio::test]
async fn over_budget_money_is_granted_and_held() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let budget =
        "UPDATE reward_policy_sets SET document = document || '{\"budget_minor\": 1000, \"over_budget\": \"hold\"}'";
    march.given.sql.batch_execute(budget).await.unwrap();
    let client = admin(&server).await;
    assert_eq!(march.closed_by(&client).await["reward_total_minor"], 125_000);
    let held = client.get("/v1/rewards?state=held").await.expect(200);
    assert_eq!(held["items"].as_array().unwrap().len(), 4);
    let checker = admin(&server).await;
    let id = held["items"][0]["id"].as_str().unwrap();
    let request = checker
        .request(Method::POST, &format!("/v1/rewards/{id}/approve"))
        .header("idempotency-key", "k")
        .header("if-match", held["items"][0]["etag"].as_str().unwrap());
    assert_eq!(checker.send(request).await.problem(409), "state_conflict");
    let body = json!({"programme_id": march.programme, "period": "2026-03"});
    let approved = checker.post_keyed("/v1/rewards/approve-batch", "b", body).await.expect(200);
    assert_eq!((&approved["approved_count"], &approved["held_count"]), (&json!(0), &json!(4)));
}
