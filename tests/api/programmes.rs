//! Programmes.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Client, TestServer, literal};

pub fn programme() -> Value {
    json!({"code": "sales", "name": "Sales", "time_zone": "Asia/Shanghai", "currency": "CNY", "cycle": "month"})
}

pub fn with(mut document: Value, member: &str, value: Value) -> Value {
    document[member] = value;
    document
}

pub fn rule() -> Value {
    json!({
        "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 2}}],
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}],
        "gates": [{"metric": "session_count", "at_least": 1, "else_grade": "fail", "required": true}],
        "min_weight_present_bp": 5000,
    })
}

pub async fn person(server: &TestServer, roles: &[Role]) -> Client {
    server.person(server.state.ids.next(), roles).await
}

pub async fn make_programme(client: &Client) -> String {
    client.post("/v1/programmes", programme()).await.expect(201)["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_programme_starts_as_a_pilot_with_the_usual_terms() {
    let server = TestServer::start().await;
    let group = server.given().await.group("g1").await;
    let client = server.client(&[Role::Admin]).await;
    let body = with(programme(), "group_ids", json!([group]));
    let made = client.post("/v1/programmes", body).await;
    let (id, etag) = (made.id(), made.etag().to_owned());
    assert_eq!(made.header("location"), format!("/v1/programmes/{id}"));
    let made = made.expect(201);
    assert_eq!(made["state"], json!("pilot"));
    assert_eq!((&made["feedback_mode"], &made["group_ids"]), (&json!("confidential"), &json!([group])));
    let learner = person(&server, &[]).await;
    let read = learner.get(&format!("/v1/programmes/{id}")).await;
    assert_eq!(read.etag(), etag);
    assert_eq!(read.expect(200), made);
    let list = learner.get("/v1/programmes?state=pilot").await.expect(200);
    assert_eq!(list["items"], json!([made]));
    assert_eq!(learner.get("/v1/programmes?state=active").await.expect(200)["items"], json!([]));
    assert_eq!(learner.post("/v1/programmes", programme()).await.problem(403), "forbidden");
}

#[tokio::test]
async fn every_fault_of_a_programme_is_named() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let group = given.group("group").await;
    given.programme("other", group).await;
    let client = server.client(&[Role::Admin]).await;
    let body = json!({
        "code": "a b", "name": " ", "time_zone": "Asia/Beijing", "currency": "XQQ", "cycle": "month",
        "board_size": 0,
    });
    let refused = client.post("/v1/programmes", body).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(
        refused.faults(),
        [
            ("/time_zone", "bad_format"),
            ("/code", "bad_characters"),
            ("/name", "empty"),
            ("/currency", "bad_format"),
            ("/board_size", "out_of_range"),
        ]
    );
    let unknown = server.state.ids.next();
    let groups = client.post("/v1/programmes", with(programme(), "group_ids", json!([unknown, group]))).await;
    assert_eq!(groups.problem(422), "invalid_values");
    assert_eq!(groups.faults(), [("/group_ids/0", "not_found")], "two programmes may plan for a group");
    let code = client.post("/v1/programmes", with(programme(), "code", json!("other"))).await;
    assert_eq!(code.faults(), [("/code", "taken")]);
    let typo = client.post("/v1/programmes", with(programme(), "bugdet", json!(1))).await;
    assert_eq!(typo.problem(422), "invalid_body");
}

#[tokio::test]
async fn a_patch_changes_what_it_mentions_and_needs_the_etag() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let (first, second) = (given.group("g1").await, given.group("g2").await);
    let client = server.client(&[Role::Admin]).await;
    let body = with(with(programme(), "group_ids", json!([first])), "description", json!("old"));
    let made = client.post("/v1/programmes", body).await;
    let (path, etag) = (format!("/v1/programmes/{}", made.id()), made.etag().to_owned());
    let patch = json!({"description": null, "group_ids": [second], "currency": "USD", "board_size": 5});
    let changed = client.patch(&path, &etag, patch.clone()).await;
    let newer = changed.etag().to_owned();
    assert_ne!(newer, etag);
    let changed = changed.expect(200);
    assert_eq!((&changed["description"], &changed["name"]), (&Value::Null, &json!("Sales")));
    assert_eq!((&changed["group_ids"], &changed["board_size"]), (&json!([second]), &json!(5)));
    assert_eq!(client.patch(&path, &etag, patch).await.problem(412), "precondition_failed");
    let without = client.request(reqwest::Method::PATCH, &path).json(&json!({"name": "x"}));
    assert_eq!(client.send(without).await.problem(428), "precondition_required");
    let same = client.patch(&path, &newer, json!({"name": "Sales"})).await;
    assert_eq!((same.status, same.etag()), (200, newer.as_str()));
    let null = client.patch(&path, &newer, json!({"name": null})).await;
    assert_eq!(null.faults(), [("/name", "not_null")]);
    let fields = given.sql.query_one("SELECT fields FROM audit_entries WHERE command = 'update_programme'", &[]).await;
    let fields: Vec<String> = fields.unwrap().get(0);
    assert_eq!(fields, ["board_size", "currency", "description", "group_ids"]);
}

#[tokio::test]
async fn the_calendar_is_fixed_once_something_rests_on_it() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let id = make_programme(&client).await;
    let path = format!("/v1/programmes/{id}");
    client
        .post(&format!("{path}/scoring-rules"), json!({"starts_period": "2026-03", "rule": rule()}))
        .await
        .expect(201);
    let zone = client.patch(&path, "*", json!({"time_zone": "Asia/Urumqi"})).await;
    assert_eq!(zone.expect(200)["time_zone"], "Asia/Urumqi");
    for patch in [json!({"currency": "USD"}), json!({"cycle": "quarter"})] {
        assert_eq!(client.patch(&path, "*", patch).await.problem(409), "state_conflict");
    }
    // What is wrong besides is told at once.
    let several =
        client.patch(&path, "*", json!({"currency": "USD", "board_size": 0, "group_ids": [Uuid::nil()]})).await;
    assert_eq!(several.problem(409), "state_conflict");
    let mut faults = several.faults();
    faults.sort_unstable();
    assert_eq!(faults, [("/board_size", "out_of_range"), ("/group_ids/0", "not_found")]);
    let columns = [
        ("programme_id", literal(&id)),
        ("period", literal("2026-02")),
        ("starts_on", literal("2026-02-01")),
        ("ends_on", literal("2026-03-01")),
        ("starts_at", literal("2026-01-31T16:00:00Z")),
        ("ends_at", literal("2026-02-28T16:00:00Z")),
        ("state", literal("open")),
    ];
    server.given().await.row("periods", &columns).await;
    assert_eq!(client.patch(&path, "*", json!({"time_zone": "Asia/Shanghai"})).await.problem(409), "state_conflict");
    client.patch(&path, "*", json!({"board_size": 1})).await.expect(200);
}

#[tokio::test]
async fn a_programme_goes_from_pilot_over_active_to_ended() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let made = client.post("/v1/programmes", programme()).await;
    let path = format!("/v1/programmes/{}", made.id());
    let post = |verb: &str, etag: &str| {
        client.send(client.request(reqwest::Method::POST, &format!("{path}/{verb}")).header("if-match", etag))
    };
    assert_eq!(client.post(&format!("{path}/activate"), json!({})).await.problem(428), "precondition_required");
    let activate = format!("{path}/activate");
    let past = client.act(&activate, made.etag(), Some(json!({"pays_from_on": "2026-02-28"}))).await;
    assert_eq!((past.problem(422), past.faults()), ("invalid_values", vec![("/pays_from_on", "out_of_range")]));
    // Without a rule nothing can be promised.
    let unruled = client.act(&activate, made.etag(), Some(json!({}))).await;
    assert_eq!(unruled.problem(409), "state_conflict");
    assert!(unruled.body["detail"].as_str().unwrap().contains("without a published rule"), "{}", unruled.text);
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let rules = format!("{path}/scoring-rules");
    let drafted = maker.post(&rules, json!({"starts_period": "2026-03", "rule": rule()})).await;
    publish(&checker, &format!("{rules}/{}", drafted.id()), drafted.etag()).await.expect(200);
    // The month under way, in Shanghai.
    let active = client.act(&activate, made.etag(), Some(json!({}))).await;
    let etag = active.etag().to_owned();
    let active = active.expect(200);
    assert_eq!((&active["state"], &active["pays_from_on"]), (&json!("active"), &json!("2026-03-01")));
    assert_eq!(client.act(&activate, &etag, Some(json!({}))).await.problem(409), "state_conflict");
    assert_eq!(post("end", made.etag()).await.problem(412), "precondition_failed");
    assert_eq!(post("end", &etag).await.expect(200)["state"], "ended");
    assert_eq!(post("end", "*").await.problem(409), "state_conflict");
}

#[tokio::test]
async fn a_retry_with_its_key_makes_one_programme() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let first = client.post_keyed("/v1/programmes", "k1", programme()).await;
    let again = client.post_keyed("/v1/programmes", "k1", programme()).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!((first.status, &first.body), (201, &again.body));
    assert_eq!(client.get("/v1/programmes").await.expect(200)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_programme_of_another_tenant_is_not_there() {
    let server = TestServer::start().await;
    let id = make_programme(&server.client(&[Role::Admin]).await).await;
    let other = server.tenant("other").await;
    let stranger = server.client_of(other, &[Role::Admin]).await;
    for path in ["", "/scoring-rules", "/reward-policies", "/periods", "/periods/2026-03"] {
        assert_eq!(stranger.get(&format!("/v1/programmes/{id}{path}")).await.problem(404), "not_found", "{path}");
    }
    assert_eq!(
        stranger.patch(&format!("/v1/programmes/{id}"), "*", json!({"name": "x"})).await.problem(404),
        "not_found"
    );
}

/// Publishes a draft. Where a period is closed, it is tried on closed periods first.
pub async fn publish(client: &Client, path: &str, etag: &str) -> Answer {
    let answer = publish_as_it_is(client, path, etag).await;
    if answer.status != 409 || answer.body["code"] != "what_if_missing" {
        return answer;
    }
    let (base, id) = path.rsplit_once('/').unwrap();
    let (base, kind) = base.rsplit_once('/').unwrap();
    let member = if kind == "scoring-rules" { "scoring_rule_id" } else { "reward_policy_set_id" };
    tried_out(client, base, json!({ member: id })).await;
    publish_as_it_is(client, path, etag).await
}

pub async fn publish_as_it_is(client: &Client, path: &str, etag: &str) -> Answer {
    client.send(client.request(reqwest::Method::POST, &format!("{path}/publish")).header("if-match", etag)).await
}

/// A what-if of a programme, once it is done.
pub async fn tried_out(client: &Client, programme: &str, asked: Value) -> Value {
    let ordered = client.post(&format!("{programme}/what-ifs"), asked).await.expect(202);
    let job = client.job_ended(&format!("/v1/jobs/{}", ordered["job_id"].as_str().unwrap())).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    client.get(&format!("{programme}/what-ifs/{}", ordered["id"].as_str().unwrap())).await.expect(200)
}
