//! The rewards ledger: who sees what, who may approve, that an entry moves once.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::March;
use crate::support::{Answer, Client, TestServer, literal};

/// March, closed by a person.
struct Closed<'s> {
    march: March<'s>,
    closer: Client,
    /// Another person who may approve.
    checker: Client,
}

impl<'s> Closed<'s> {
    async fn new(server: &'s TestServer) -> Self {
        let march = March::taught(server).await;
        let closer = server.person(server.state.ids.next(), &[Role::Admin]).await;
        march.closed_by(&closer).await;
        let checker = server.person(server.state.ids.next(), &[Role::Admin]).await;
        Self { march, closer, checker }
    }

    /// One entry of the ledger.
    async fn entry(&self, query: &str) -> Value {
        self.checker.get(&format!("/v1/rewards?{query}")).await.expect(200)["items"][0].clone()
    }
}

/// A transition with its key and the `ETag` of the entry.
async fn act(client: &Client, entry: &Value, verb: &str, key: &str, body: Option<Value>) -> Answer {
    let request = client
        .request(Method::POST, &format!("/v1/rewards/{}/{verb}", entry["id"].as_str().unwrap()))
        .header("idempotency-key", key)
        .header("if-match", entry["etag"].as_str().unwrap());
    client
        .send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
}

/// A transition at this path.
async fn act_at(client: &Client, path: &str, etag: &str, key: &str) -> Answer {
    client.send(client.request(Method::POST, path).header("idempotency-key", key).header("if-match", etag)).await
}

#[tokio::test]
async fn the_ledger_is_listed_by_every_filter_and_shows_its_history() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let client = &closed.checker;
    let (programme, first) = (closed.march.programme, closed.march.lecturers[0]);
    for (query, count) in [
        (String::new(), 4),
        (format!("employee_id={first}"), 2),
        (format!("programme_id={programme}&period=2026-03"), 4),
        ("period=2026-04".to_owned(), 0),
        ("policy=bonus&state=granted".to_owned(), 2),
        ("state=approved".to_owned(), 0),
    ] {
        let page = client.get(&format!("/v1/rewards?{query}")).await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{query}");
    }
    let page = client.get("/v1/rewards?limit=3").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = client.get(&format!("/v1/rewards?limit=3&cursor={cursor}")).await.expect(200);
    assert_eq!((page["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (3, 1));

    let entry = closed.entry(&format!("policy=bonus&employee_id={first}")).await;
    let one = client.get(&format!("/v1/rewards/{}", entry["id"].as_str().unwrap())).await;
    assert_eq!(one.etag(), "\"1\"");
    assert_eq!(one.body["amount"], json!({"amount_minor": 80000, "currency": "CNY"}));
    assert_eq!(one.body["maker"]["kind"], "system");
    assert_eq!(one.body["reason"]["en"], "Bonus for the grade Excellent in 2026-03");
    assert_eq!(one.body["reason"]["zh"], "2026-03 考核等级“优秀”奖金");
    assert_eq!(one.body["history"][0]["event"], "granted");
    let second = closed.entry(&format!("policy=minutes&employee_id={}", closed.march.lecturers[1])).await;
    assert_eq!(second["reason"]["en"], "Award for place 2 by teaching minutes in 2026-03 (120)");
    assert_eq!(second["reason"]["zh"], "2026-03 按授课时长排名第 2 名奖金（120）");
}

#[tokio::test]
async fn approving_takes_another_person_the_version_read_and_a_key() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let entry = closed.entry("policy=bonus").await;
    assert_eq!(act(&closed.closer, &entry, "approve", "a", None).await.problem(403), "self_approval");
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(act(&machine, &entry, "approve", "a", None).await.problem(403), "person_required");
    let path = format!("/v1/rewards/{}/approve", entry["id"].as_str().unwrap());
    let unkeyed = closed.checker.send(closed.checker.request(Method::POST, &path)).await;
    assert_eq!(unkeyed.problem(400), "idempotency_key_required");
    let unmatched = closed.checker.request(Method::POST, &path).header("idempotency-key", "u");
    assert_eq!(closed.checker.send(unmatched).await.problem(428), "precondition_required");

    let approved = act(&closed.checker, &entry, "approve", "k", None).await;
    assert_eq!((approved.etag(), &approved.body["state"]), ("\"2\"", &json!("approved")));
    assert_eq!(approved.body["history"][1]["self_approved"], false);
    let again = act(&closed.checker, &entry, "approve", "k", None).await;
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &approved.text));
    assert_eq!(act(&closed.checker, &entry, "approve", "l", None).await.problem(412), "precondition_failed");
    assert_eq!(act(&closed.checker, &approved.body, "approve", "m", None).await.problem(409), "state_conflict");
}

/// A person's approval of a whole period leaves what pays the person to somebody else.
#[tokio::test]
async fn nobody_approves_what_they_are_paid() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let first = closed.march.lecturers[0];
    let paid = server.person(first, &[Role::Admin]).await;
    let own = closed.entry(&format!("policy=bonus&employee_id={first}")).await;
    assert_eq!(act(&paid, &own, "approve", "a", None).await.problem(403), "self_approval");
    let ids = paid.post_keyed("/v1/rewards/approve-batch", "b", json!({"ids": [own["id"]]})).await;
    assert_eq!(ids.problem(403), "self_approval");
    let period = json!({"programme_id": closed.march.programme, "period": "2026-03"});
    let approved = paid.post_keyed("/v1/rewards/approve-batch", "c", period.clone()).await.expect(200);
    assert_eq!((&approved["approved_count"], &approved["own_count"]), (&json!(2), &json!(2)));
    let rest = closed.checker.post_keyed("/v1/rewards/approve-batch", "d", period).await.expect(200);
    assert_eq!((&rest["approved_count"], &rest["own_count"]), (&json!(2), &json!(0)));
}

#[tokio::test]
async fn a_small_company_may_approve_its_own() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    closed.march.given.sql.batch_execute("UPDATE tenants SET self_approval = true").await.unwrap();
    let entry = closed.entry("policy=bonus").await;
    let approved = act(&closed.closer, &entry, "approve", "k", None).await.expect(200);
    assert_eq!(approved["history"][1]["self_approved"], true);
}

#[tokio::test]
async fn of_two_approvals_at_once_one_counts() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let other = server.person(server.state.ids.next(), &[Role::Admin]).await;
    for query in ["policy=bonus", "policy=minutes"] {
        let entry = closed.entry(query).await;
        let (one, two) = tokio::join!(
            act(&closed.checker, &entry, "approve", query, None),
            act(&other, &entry, "approve", query, None)
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{} {}", one.text, two.text);
    }
    let events = "SELECT count(*) FROM reward_entry_events WHERE event = 'approved'";
    assert_eq!(closed.march.given.sql.query_one(events, &[]).await.unwrap().get::<_, i64>(0), 2);
}

#[tokio::test]
async fn a_rejected_reward_stays_rejected() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let entry = closed.entry("policy=minutes").await;
    let empty = act(&closed.checker, &entry, "reject", "e", Some(json!({"reason": ""}))).await;
    assert_eq!((empty.problem(422), empty.faults()), ("invalid_values", vec![("/reason", "empty")]));
    let body = json!({"reason": "Counted twice."});
    let rejected = act(&closed.checker, &entry, "reject", "k", Some(body.clone())).await.expect(200);
    assert_eq!((&rejected["state"], &rejected["history"][1]["reason"]), (&json!("rejected"), &body["reason"]));
    assert_eq!(act(&closed.checker, &rejected, "approve", "a", None).await.problem(409), "state_conflict");
}

#[tokio::test]
async fn many_are_approved_at_once_all_or_none() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let path = "/v1/rewards/approve-batch";
    let bonus = closed.entry("policy=bonus").await["id"].clone();
    let wrong = json!({"ids": [bonus, Uuid::nil(), bonus]});
    let refused = closed.checker.post_keyed(path, "w", wrong).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(refused.faults(), [("/ids/1", "not_found"), ("/ids/2", "duplicate")]);
    let half = closed.checker.post_keyed(path, "h", json!({"period": "2026-03"})).await;
    assert_eq!(half.faults(), [("/programme_id", "required")]);
    let whole = json!({"programme_id": closed.march.programme, "period": "2026-03"});
    assert_eq!(closed.checker.post(path, whole.clone()).await.problem(400), "idempotency_key_required");
    assert_eq!(closed.closer.post_keyed(path, "s", whole.clone()).await.problem(403), "self_approval");

    let one = closed.checker.post_keyed(path, "1", json!({"ids": [bonus]})).await.expect(200);
    assert_eq!(one["approved_count"], 1);
    let rest = closed.checker.post_keyed(path, "2", whole.clone()).await.expect(200);
    assert_eq!(rest["approved_count"], 3);
    let sums: i64 = [&one, &rest].map(|answer| answer["totals"][0]["amount_minor"].as_i64().unwrap()).iter().sum();
    assert_eq!(sums, 125_000);
    let again = closed.checker.post_keyed(path, "3", whole).await.expect(200);
    assert_eq!((&again["approved_count"], &again["totals"]), (&json!(0), &json!([])));
}

/// The way out of `held`: the budget is raised, and whoever approves lets the money go on to payroll.
#[tokio::test]
async fn held_money_is_let_go_once_the_budget_allows_all_of_it() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let budget =
        "UPDATE reward_policy_sets SET document = document || '{\"budget_minor\": 1000, \"over_budget\": \"hold\"}'";
    march.given.sql.batch_execute(budget).await.unwrap();
    let closer = server.person(server.state.ids.next(), &[Role::Admin]).await;
    march.closed_by(&closer).await;
    let checker = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let held = checker.get("/v1/rewards?state=held").await.expect(200)["items"][0].clone();
    let needed = json!({"amount_minor": 125_000, "currency": "CNY"});
    let raises = march.path("budget-raises");
    let propose = async |minor: i64| {
        let body = json!({"budget": {"amount_minor": minor, "currency": "CNY"}, "reason": "The board agreed."});
        closer.post(&raises, body).await
    };
    let approved_by = async |client: &Client, raise: &Answer| {
        let path = format!("{raises}/{}/approve", raise.id());
        act_at(client, &path, raise.etag(), &raise.id().clone()).await
    };
    assert_eq!(propose(1000).await.faults(), [("/budget/amount_minor", "out_of_range")], "no more than it was");
    let few = propose(124_999).await;
    assert_eq!((&few.body["state"], &few.body["budget"]["amount_minor"]), (&json!("proposed"), &json!(124_999)));
    assert_eq!(approved_by(&closer, &few).await.problem(403), "self_approval");
    assert_eq!(approved_by(&checker, &few).await.expect(200)["state"], "approved");
    let refused = act(&checker, &held, "approve", "a", None).await;
    assert_eq!((refused.problem(409), &refused.body["needed_budget"]), ("state_conflict", &needed));
    let many = checker.post_keyed("/v1/rewards/approve-batch", "b", json!({"ids": [held["id"]]})).await;
    assert_eq!((many.problem(422), many.faults()), ("invalid_values", vec![("/ids/0", "not_eligible")]));
    assert!(many.text.contains("1250.00 CNY"), "{}", many.text);
    let whole = json!({"programme_id": march.programme, "period": "2026-03"});
    let none = checker.post_keyed("/v1/rewards/approve-batch", "c", whole.clone()).await.expect(200);
    assert_eq!((&none["held_count"], &none["needed_budget"]), (&json!(4), &needed));

    let enough = propose(125_000).await;
    let refused = act(&checker, &held, "approve", "a2", None).await;
    assert_eq!(refused.problem(409), "state_conflict", "one person's word raises nothing");
    approved_by(&checker, &enough).await.expect(200);
    let again = approved_by(&checker, &enough).await;
    assert_eq!(again.status, 200, "a retry is answered as the first time");
    let list = closer.get(&raises).await.expect(200);
    let states: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|raise| &raise["state"]).collect();
    assert_eq!(states, ["approved", "approved"]);
    assert_eq!(act(&closer, &held, "approve", "d", None).await.problem(403), "self_approval");
    let one = act(&checker, &held, "approve", "e", None).await.expect(200);
    let events: Vec<&str> =
        one["history"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["granted", "held", "released", "approved"]);
    let rest = checker.post_keyed("/v1/rewards/approve-batch", "f", whole).await.expect(200);
    assert_eq!((&rest["approved_count"], &rest["held_count"]), (&json!(3), &json!(0)));
    assert_eq!(rest["needed_budget"], json!(null));
    let item =
        json!({"code": "LR", "name_zh": "讲师奖励", "name_en": "Lecturer reward", "issuance_way": "with_salary"});
    checker.post("/v1/pay-items", item).await.expect(201);
    let group = checker.post("/v1/pay-groups", json!({"code": "SH", "name": "上海", "is_default": true})).await.id();
    let draft = json!({"pay_group_id": group, "currency": "CNY", "pay_period": "2026-04"});
    let batch = checker.post_keyed("/v1/payroll-batches", "g", draft).await.expect(201);
    assert_eq!((&batch["totals"]["line_count"], &batch["totals"]["total"]), (&json!(4), &needed));
}

#[tokio::test]
async fn an_approval_of_many_says_in_the_log_of_which() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let bonus = closed.entry("policy=bonus").await["id"].clone();
    let path = "/v1/rewards/approve-batch";
    closed.checker.post_keyed(path, "1", json!({"ids": [bonus]})).await.expect(200);
    let whole = json!({"programme_id": closed.march.programme, "period": "2026-03"});
    closed.checker.post_keyed(path, "2", whole).await.expect(200);
    let sql = "SELECT details::text FROM audit_entries WHERE command = 'approve_rewards' ORDER BY id";
    let rows = closed.march.given.sql.query(sql, &[]).await.unwrap();
    let [ids, period]: [Value; 2] = [0, 1].map(|row: usize| serde_json::from_str(rows[row].get::<_, &str>(0)).unwrap());
    assert_eq!((&ids["ids"], &ids["count"]), (&json!([bonus]), &json!(1)));
    assert_eq!((&period["programme_id"], &period["period"]), (&json!(closed.march.programme), &json!("2026-03")));
    assert_eq!(period["count"], 3);
}

#[tokio::test]
async fn everybody_sees_the_own_rewards_a_manager_the_departments_and_payroll_all() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let given = &closed.march.given;
    let [first, second, _] = closed.march.lecturers;
    let lecturer = server.person_token(server.tenant, first);
    let own = lecturer.get("/v1/rewards").await.expect(200);
    assert_eq!(own["items"].as_array().unwrap().len(), 2);
    assert_eq!(lecturer.get("/v1/certificates").await.expect(200)["items"].as_array().unwrap().len(), 1);
    let foreign = closed.entry(&format!("employee_id={second}")).await["id"].as_str().unwrap().to_owned();
    assert_eq!(lecturer.get(&format!("/v1/rewards/{foreign}")).await.problem(404), "not_found");
    let entry = json!({"id": foreign, "etag": "\"1\""});
    assert_eq!(act(&lecturer, &entry, "approve", "k", None).await.problem(403), "forbidden");

    let department = given.department("d", None).await;
    given.membership(second, department, "2020-01-01").await;
    let manager = server.state.ids.next();
    let manager_client = server.person(manager, &[Role::Manager]).await;
    let sql = format!("UPDATE departments SET manager_id = {}", literal(&manager.to_string()));
    given.sql.batch_execute(&sql).await.unwrap();
    let seen = manager_client.get("/v1/rewards").await.expect(200);
    assert_eq!(seen["items"].as_array().unwrap().len(), 2);
    assert!(seen["items"].as_array().unwrap().iter().all(|r| r["employee"]["id"] == json!(second)));
    let certificate = closed.checker.get("/v1/certificates").await.expect(200)["items"][0].clone();
    let path = format!("/v1/certificates/{}", certificate["id"].as_str().unwrap());
    assert_eq!(manager_client.get(&path).await.problem(404), "not_found");
    assert_eq!(lecturer.get(&path).await.expect(200)["public_code"], certificate["public_code"]);

    let payroll = server.client(&[Role::Payroll]).await;
    assert_eq!(payroll.get("/v1/rewards").await.expect(200)["items"].as_array().unwrap().len(), 4);
    let learner = server.person(server.state.ids.next(), &[]).await;
    assert_eq!(learner.get("/v1/rewards").await.problem(403), "forbidden");
    let stranger = server.client_of(server.tenant("other").await, &[Role::Admin]).await;
    assert_eq!(stranger.get("/v1/rewards").await.expect(200)["items"], json!([]));
    assert_eq!(stranger.get(&format!("/v1/rewards/{foreign}")).await.problem(404), "not_found");
}

#[tokio::test]
async fn a_rejected_reward_is_reconsidered_by_two() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let third = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let entry = closed.entry("policy=minutes").await;
    let reason = json!({"reason": "经核对，确已授课"});
    let early = act(&closed.checker, &entry, "reconsider", "e", Some(reason.clone())).await;
    assert_eq!(early.problem(409), "state_conflict");
    let rejected =
        act(&closed.checker, &entry, "reject", "r", Some(json!({"reason": "Counted twice."}))).await.expect(200);
    let owner = entry["employee"]["id"].as_str().unwrap().parse().unwrap();
    let paid = server.person(owner, &[Role::Admin]).await;
    assert_eq!(act(&paid, &rejected, "reconsider", "o", Some(reason.clone())).await.problem(403), "self_approval");
    let again = act(&closed.checker, &rejected, "reconsider", "a", Some(reason.clone())).await.expect(200);
    assert_eq!((&again["state"], &again["history"][2]["reason"]), (&json!("granted"), &reason["reason"]));
    assert_eq!(again["history"][2]["event"], "reconsidered");
    assert_eq!(act(&closed.checker, &again, "approve", "s", None).await.problem(403), "self_approval");
    assert_eq!(act(&third, &again, "approve", "t", None).await.expect(200)["state"], "approved");
}

#[tokio::test]
async fn what_was_held_is_held_again_when_it_is_reconsidered() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let budget =
        "UPDATE reward_policy_sets SET document = document || '{\"budget_minor\": 1000, \"over_budget\": \"hold\"}'";
    march.given.sql.batch_execute(budget).await.unwrap();
    march.closed_by(&server.person(server.state.ids.next(), &[Role::Admin]).await).await;
    let checker = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let held = checker.get("/v1/rewards?state=held").await.expect(200)["items"][0].clone();
    let rejected = act(&checker, &held, "reject", "r", Some(json!({"reason": "No"}))).await.expect(200);
    let again = act(&checker, &rejected, "reconsider", "a", Some(json!({"reason": "Yes"}))).await.expect(200);
    assert_eq!(again["state"], "held");
}
