//! Restating a closed period: what is proposed, what accepting and declining it does, what stays decided, and that nothing is lost to
//! races.

mod at_once;
mod decisions;

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::{March, finished};
use crate::command_line::lectern;
use crate::growth::published_policy;
use crate::payroll::{key, lock, pay_item};
use crate::support::{Answer, Client, TestServer, at, literal};

/// March is closed. One administrator restates it, another decides.
struct Closed<'s> {
    march: March<'s>,
    maker: Client,
    checker: Client,
    hris: Client,
}

/// A session counts if somebody came; what is granted in excess is taken back.
const ATTENDED: &str = "UPDATE scoring_rules SET document = document || '{\"min_attendees\": 1}';
    UPDATE reward_policy_sets SET document = document || '{\"take_back\": \"adjust\"}'";

impl<'s> Closed<'s> {
    async fn new(server: &'s TestServer, terms: &str) -> Self {
        let march = March::taught(server).await;
        march.given.sql.batch_execute(terms).await.unwrap();
        let hris = server.client(&[Role::Hris]).await;
        let closed = Self { march, maker: admin(server).await, checker: admin(server).await, hris };
        closed.march.closed_by(&closed.maker).await;
        closed
    }

    /// The sessions of a lecturer, the earliest first.
    async fn sessions(&self, lecturer: usize) -> Vec<Uuid> {
        let sql = "SELECT s.id::text FROM session_lecturers l JOIN sessions s ON s.id = l.session_id
                    WHERE l.employee_id = $1::text::uuid ORDER BY s.delivered_start";
        let lecturer = self.march.lecturers[lecturer].to_string();
        let rows = self.march.given.sql.query(sql, &[&lecturer]).await.unwrap();
        rows.iter().map(|row| row.get::<_, String>(0).parse().unwrap()).collect()
    }

    /// Whether anybody came to a session.
    async fn came(&self, session: Uuid, learner: Uuid, state: &str) {
        let list = json!({"source": "door", "records": [{"employee_id": learner, "state": state}]});
        self.hris.put(&format!("/v1/sessions/{session}/attendance"), "*", list).await.expect(200);
    }

    /// A session that was forgotten.
    async fn forgotten(&self, lecturer: usize, day: u32) -> Uuid {
        let start = format!("2026-03-{day:02}T02:00:00Z");
        let march = &self.march;
        march.given.delivered_session(march.programme, march.lecturers[lecturer], &start, 10).await
    }

    async fn ordered(&self) -> Answer {
        self.maker.post(&self.march.path("restate"), json!({"reason": "补登分享"})).await
    }

    /// The result of the job.
    async fn restated(&self) -> Value {
        finished(&self.maker, &self.ordered().await).await
    }

    /// The path of the restatement that was proposed.
    async fn proposed(&self) -> String {
        let result = self.restated().await;
        format!("/v1/restatements/{}", result["restatement_id"].as_str().unwrap_or_else(|| panic!("{result}")))
    }

    async fn lines(&self, restatement: &str) -> Vec<Value> {
        let page = self.checker.get(&format!("{restatement}/lines?limit=200")).await.expect(200);
        page["items"].as_array().unwrap().clone()
    }

    /// Number of the lecturer, kind, policy and amount of each proposal.
    async fn proposals(&self, restatement: &str) -> Vec<(String, String, String, i64)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut all = Vec::new();
        for line in self.lines(restatement).await {
            for own in line["proposals"].as_array().unwrap() {
                let amount = own["amount"]["amount_minor"].as_i64().unwrap();
                all.push((
                    text(&line["employee"]["employee_number"]),
                    text(&own["kind"]),
                    text(&own["policy"]),
                    amount,
                ));
            }
        }
        all.sort();
        all
    }

    async fn accepted(&self, restatement: &str) -> Value {
        self.checker.act(&format!("{restatement}/accept"), "*", Some(json!({}))).await.expect(200)
    }

    /// What is in the ledger and not rejected, by lecturer and policy.
    async fn ledger(&self) -> Vec<(String, String, i64)> {
        let sql = "SELECT o.employee_number, coalesce(e.policy_code, c.policy_code), sum(e.amount_minor)::bigint
                     FROM reward_entries e JOIN employees o ON o.id = e.employee_id
                     LEFT JOIN reward_entries c ON c.id = e.corrects_id
                    WHERE (SELECT v.event FROM reward_entry_events v WHERE v.entry_id = e.id ORDER BY v.seq DESC LIMIT 1) <> 'rejected'
                    GROUP BY 1, 2 ORDER BY 1, 2";
        let rows = self.march.given.sql.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
    }

    async fn statement(&self, lecturer: usize) -> Value {
        let path = self.march.path(&format!("scorecards/{}", self.march.lecturers[lecturer]));
        self.checker.get(&path).await.expect(200)
    }

    async fn number(&self, sql: &str) -> i64 {
        self.march.given.sql.query_one(sql, &[]).await.unwrap().get(0)
    }
}

async fn admin(server: &TestServer) -> Client {
    server.person(server.state.ids.next(), &[Role::Admin]).await
}

fn proposal(number: &str, kind: &str, policy: &str, amount: i64) -> (String, String, String, i64) {
    (number.to_owned(), kind.to_owned(), policy.to_owned(), amount)
}

fn entry(number: &str, policy: &str, amount: i64) -> (String, String, i64) {
    (number.to_owned(), policy.to_owned(), amount)
}

/// Pays everything of March that is approved. Returns the lines.
async fn paid(closed: &Closed<'_>, group: &str, payroll: &Client, month: &str) -> (Value, Vec<Value>) {
    let whole = json!({"programme_id": closed.march.programme, "period": "2026-03"});
    closed.checker.post_keyed("/v1/rewards/approve-batch", &key(), whole).await.expect(200);
    let draft = json!({"pay_group_id": group, "currency": "CNY", "pay_period": month});
    let draft = payroll.post_keyed("/v1/payroll-batches", &key(), draft).await;
    let batch = lock(payroll, &draft.id(), draft.etag()).await.expect(200);
    let lines = payroll.get(&format!("/v1/payroll-batches/{}/lines?limit=200", draft.id())).await.expect(200);
    (batch["totals"]["total"]["amount_minor"].clone(), lines["items"].as_array().unwrap().clone())
}

#[tokio::test]
async fn a_wrong_attendance_is_mended_and_the_difference_is_paid_in_the_next_batch() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    march.given.sql.batch_execute(ATTENDED).await.unwrap();
    let (hris, payroll) = (server.client(&[Role::Hris]).await, server.client(&[Role::Payroll]).await);
    let closed = Closed { march, maker: admin(&server).await, checker: admin(&server).await, hris };
    closed.checker.post("/v1/pay-items", pay_item("LR")).await.expect(201);
    let group =
        closed.checker.post("/v1/pay-groups", json!({"code": "ALL", "name": "全公司", "is_default": true})).await.id();
    let learner = closed.march.given.employee("L1").await;
    let session = closed.sessions(0).await[0];
    closed.came(session, learner, "absent").await;
    closed.march.closed_by(&closed.maker).await;
    let (total, _) = paid(&closed, &group, &payroll, "2026-04").await;
    assert_eq!(total, 75_000, "two sessions each: 30000 and half of 15000");

    closed.came(session, learner, "present").await;
    let restatement = closed.proposed().await;
    let own = closed.checker.get(&restatement).await.expect(200);
    assert_eq!((&own["state"], &own["base_number"], &own["number"]), (&json!("proposed"), &json!(1), &json!(2)));
    let yuan = |amount: i64| json!({"amount_minor": amount, "currency": "CNY"});
    let totals = &own["totals"];
    assert_eq!((&totals["granted"], &totals["taken_back"]), (&yuan(52_500), &yuan(-2_500)), "{own}");
    assert_eq!((&totals["certificate_count"], &totals["task_count"]), (&json!(0), &json!(1)));
    let expected = [
        proposal("E1", "grant", "bonus", 50_000),
        proposal("E1", "grant", "minutes", 2_500),
        proposal("E2", "take_back", "minutes", -2_500),
        proposal("E2", "task", "most", 0),
    ];
    assert_eq!(closed.proposals(&restatement).await, expected);
    let lines = closed.lines(&restatement).await;
    let of = |number: &str| lines.iter().find(|line| line["employee"]["employee_number"] == number).unwrap();
    assert_eq!((&of("E1")["before"]["score"], &of("E1")["after"]["score"]), (&json!("66.67"), &json!("100.00")));
    let field = json!({"name": "attendees", "before": "0", "after": "1"});
    assert!(of("E1")["facts"][0]["fields"].as_array().unwrap().contains(&field), "{}", of("E1"));
    assert_eq!(of("E2")["facts"], json!([]), "only the facts of the first have changed");

    // Until somebody else has accepted it, nobody reads it.
    assert_eq!(closed.statement(0).await["scorecard"]["snapshot"]["number"], 1);
    assert_eq!(closed.checker.get(&closed.march.path("snapshots/2")).await.problem(404), "not_found");
    assert_eq!(closed.accepted(&restatement).await["state"], "accepted");
    let statement = closed.statement(0).await;
    assert_eq!(
        (&statement["scorecard"]["snapshot"]["number"], &statement["scorecard"]["card"]["score"]),
        (&json!(2), &json!("100.00"))
    );
    published_policy(&server).await;
    let asked = json!({"employee_id": closed.march.lecturers[0], "target_code": "department-manager"});
    let proof = closed.checker.post("/v1/promotion-checks", asked).await.expect(200);
    let month = &proof["result"]["criteria"][1]["months"][0];
    assert_eq!(month["results"][0]["score"], "100.00", "the proof reads the snapshot that counts: {proof}");
    let board = closed.checker.get(&closed.march.path("leaderboard")).await.expect(200);
    assert_eq!(board["items"][0]["score"], "100.00", "{board}");

    let (total, lines) = paid(&closed, &group, &payroll, "2026-05").await;
    assert_eq!(total, 52_500, "the difference to the cent; what the second owes is carried forward");
    let snapshot = closed.checker.get(&closed.march.path("snapshots/2")).await.expect(200);
    for line in &lines {
        let sources = line["sources"].as_array().unwrap();
        assert!(sources.iter().any(|source| source["id"] == snapshot["id"]), "{line}");
    }
    let sum: i64 = closed.ledger().await.iter().map(|(_, _, amount)| amount).sum();
    assert_eq!((sum, &snapshot["reward_total"]["amount_minor"]), (125_000, &json!(125_000)));
    for number in [1, 2] {
        let replay = closed.checker.get(&closed.march.path(&format!("snapshots/{number}/replay"))).await.expect(200);
        assert_eq!(replay["matches"], true, "{replay}");
    }
    let output = lectern(&server.database.url, &["replay", "--tenant", "demo", "--period", "2026-03"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        closed.restated().await,
        json!({"restatement_id": null, "lecturer_count": 0}),
        "nothing is left to propose"
    );
}

#[tokio::test]
async fn what_is_in_excess_stays_unless_the_policies_take_it_back() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server, "SELECT").await;
    closed.forgotten(1, 20).await;
    let restatement = closed.proposed().await;
    let expected = [
        proposal("E1", "keep", "minutes", 0),
        proposal("E2", "certificate", "most", 0),
        proposal("E2", "grant", "bonus", 50_000),
        proposal("E2", "grant", "minutes", 2_500),
    ];
    assert_eq!(closed.proposals(&restatement).await, expected);
    closed.accepted(&restatement).await;
    let own = closed.checker.get(&restatement).await.expect(200);
    assert_eq!(own["totals"]["kept"]["amount_minor"], 2_500);
    let expected = [
        entry("E1", "bonus", 80_000),
        entry("E1", "minutes", 10_000),
        entry("E2", "bonus", 80_000),
        entry("E2", "minutes", 7_500),
    ];
    assert_eq!(closed.ledger().await, expected);
    let reasons = "SELECT count(*) FROM reward_entries WHERE reason_code = 'restatement' AND kind = 'award'";
    assert_eq!(closed.number(reasons).await, 2);
    assert_eq!(closed.number("SELECT count(*) FROM certificates").await, 2);
    assert_eq!(closed.restated().await["restatement_id"], Value::Null);
}

#[tokio::test]
async fn later_closed_periods_that_would_move_are_listed_and_stay() {
    let server = TestServer::start().await;
    let mut closed = Closed::new(&server, "SELECT").await;
    server.clock.set(at("2026-05-07T01:00:00Z"));
    (closed.maker, closed.checker) = (admin(&server).await, admin(&server).await);
    let april = closed.march.path("close").replace("2026-03", "2026-04");
    finished(&closed.maker, &closed.maker.post(&april, json!({})).await).await;
    closed.forgotten(1, 20).await;
    let march = &closed.march;
    march.given.delivered_session(march.programme, march.lecturers[2], "2026-04-10T02:00:00Z", 10).await;
    let restatement = closed.proposed().await;
    let own = closed.checker.get(&restatement).await.expect(200);
    // In April, nobody had taught: with the third at the top, all ranks move.
    assert_eq!(own["later_periods"][0]["period"], "2026-04", "{own}");
    assert!(own["later_periods"][0]["lecturer_count"].as_i64().unwrap() >= 1);
    closed.accepted(&restatement).await;
    assert_eq!(closed.number("SELECT count(*) FROM snapshots").await, 3);
}

/// Where the lecturer does not see who rated, a restatement tells no fewer ratings apart than the close did.
#[tokio::test]
async fn few_ratings_of_a_session_that_goes_are_not_told_by_the_difference() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    march.given.sql.batch_execute("UPDATE programmes SET feedback_mode = 'confidential'").await.unwrap();
    let hris = server.client(&[Role::Hris]).await;
    let closed = Closed { march, maker: admin(&server).await, checker: admin(&server).await, hris };
    let sessions = closed.sessions(0).await;
    for (at, (session, count)) in sessions.iter().zip([3, 3, 2]).enumerate() {
        for i in 0..count {
            let learner = closed.march.given.employee(&format!("R{at}{i}")).await;
            let columns = [
                ("session_id", literal(&session.to_string())),
                ("learner_id", literal(&learner.to_string())),
                ("rating", (8 + i % 2).to_string()),
                ("scale", "10".to_owned()),
                ("received_at", literal("2026-03-13T00:00:00Z")),
                ("source", literal("import")),
            ];
            closed.march.given.row("feedback", &columns).await;
        }
    }
    closed.march.closed_by(&closed.maker).await;
    let apart = |statement: &Value| {
        let sessions = statement["sessions"].as_array().unwrap().iter();
        sessions.filter(|session| !session["ratings"].as_array().unwrap().is_empty()).count()
    };
    let together = |statement: &Value| {
        let sums = statement["ratings_together"].as_array().unwrap().iter();
        sums.map(|sum| sum["n"].as_i64().unwrap()).sum::<i64>()
    };
    let statement = closed.statement(0).await;
    assert_eq!(
        (apart(&statement), together(&statement)),
        (1, 5),
        "three apart; the rest would be two, so three join it"
    );

    let missed =
        "UPDATE sessions SET state = 'missed', delivered_start = NULL, delivered_minutes = NULL, head_count = NULL,
                  delivery_confirmed_at = NULL WHERE id = $1::text::uuid";
    closed.march.given.sql.execute(missed, &[&sessions[2].to_string()]).await.unwrap();
    for number in [2, 3] {
        let restatement = closed.proposed().await;
        closed.accepted(&restatement).await;
        let statement = closed.statement(0).await;
        assert_eq!(statement["scorecard"]["snapshot"]["number"], number);
        assert_eq!((apart(&statement), together(&statement)), (0, 8), "by the difference, two would show: {statement}");
        closed.forgotten(0, 24).await;
    }
}

/// A raise of the budget is in the snapshot that follows it.
#[tokio::test]
async fn a_restatement_uses_the_raised_budget() {
    let server = TestServer::start().await;
    let scale =
        "UPDATE reward_policy_sets SET document = document || '{\"budget_minor\": 62500, \"over_budget\": \"scale\"}'";
    let closed = Closed::new(&server, scale).await;
    assert_eq!(closed.number("SELECT sum(amount_minor)::bigint FROM reward_entries").await, 62_500);
    let raise = json!({"budget": {"amount_minor": 125_000, "currency": "CNY"}, "reason": "The board agreed."});
    let raises = closed.march.path("budget-raises");
    let raise = closed.maker.post(&raises, raise).await;
    closed.checker.act(&format!("{raises}/{}/approve", raise.id()), "*", None).await.expect(200);
    let restatement = closed.proposed().await;
    closed.accepted(&restatement).await;
    assert_eq!(closed.number("SELECT sum(amount_minor)::bigint FROM reward_entries").await, 125_000);
    let replay = closed.checker.get(&closed.march.path("snapshots/2/replay")).await.expect(200);
    assert_eq!(replay["matches"], true, "{replay}");
    assert_eq!(closed.restated().await["restatement_id"], Value::Null);
}
