//! What a close would find, and what lecturers would get: provisional, computed in the background once a minute at most.

use lectern::auth::Role;
use lectern::closing::provisional::renew_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::March;
use crate::programmes::person;
use crate::support::{Client, Given, TestServer, at, literal};

/// Brings live results and provisional rewards up to date.
pub async fn computed(server: &TestServer) {
    lectern::scoring::live::drain(&server.state).await.unwrap();
    renew_all(&server.state).await.unwrap();
}

async fn preview(client: &Client, march: &March<'_>) -> Value {
    client.get(&march.path("close-preview")).await.expect(200)
}

fn codes(preview: &Value) -> Vec<&str> {
    preview["blocks"].as_array().unwrap().iter().map(|block| block["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_preview_grants_what_the_close_grants_and_stores_none_of_it() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let hr = person(&server, &[Role::Admin]).await;
    let before = preview(&hr, &march).await;
    assert_eq!((&before["blocks"], &before["provisional"]), (&json!([]), &Value::Null));
    computed(&server).await;
    let found = preview(&hr, &march).await;
    let provisional = &found["provisional"];
    assert_eq!(provisional["reserved"], json!({"amount_minor": 125_000, "currency": "CNY"}));
    let count = |name: &str| provisional[name].as_i64().unwrap();
    assert_eq!((count("lecturer_count"), count("rated_count")), (3, 3));
    let grades =
        json!([{"grade": "excellent", "count": 1}, {"grade": "pass", "count": 1}, {"grade": "fail", "count": 1}]);
    assert_eq!(provisional["grades"], grades);
    let sums: Vec<(&str, i64, i64)> = provisional["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| {
            let amount = own["amount"]["amount_minor"].as_i64().unwrap();
            (own["policy"].as_str().unwrap(), amount, own["granted"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(sums, [("bonus", 110_000, 2), ("minutes", 15_000, 2), ("most", 0, 1)]);
    let people = hr.get(&march.path("close-preview/lecturers?limit=2")).await.expect(200);
    assert_eq!(people["items"].as_array().unwrap().len(), 2);
    assert!(people["next_cursor"].is_string());
    let stored: i64 = march.given.sql.query_one("SELECT count(*) FROM reward_entries", &[]).await.unwrap().get(0);
    assert_eq!(stored, 0);
    // The close grants the same; then there is nothing to preview.
    assert_eq!(march.closed_by(&hr).await["reward_total_minor"], 125_000);
    assert_eq!(hr.get(&march.path("close-preview")).await.problem(409), "state_conflict");
    computed(&server).await;
    let left = "SELECT count(*) FROM provisional_periods WHERE period = '2026-03'";
    assert_eq!(march.given.sql.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn what_a_close_would_cost_stands_beside_the_budget() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let hr = person(&server, &[Role::Admin]).await;
    let scale =
        "UPDATE reward_policy_sets SET document = document || '{\"budget_minor\": 62500, \"over_budget\": \"scale\"}'";
    march.given.sql.batch_execute(scale).await.unwrap();
    computed(&server).await;
    let found = preview(&hr, &march).await["provisional"].clone();
    let yuan = json!({"amount_minor": 62_500, "currency": "CNY"});
    assert_eq!((&found["budget"], &found["reserved"], &found["over_budget"]), (&yuan, &yuan, &json!("scale")));
    let sums: Vec<&Value> =
        found["policies"].as_array().unwrap().iter().map(|own| &own["amount"]["amount_minor"]).collect();
    assert_eq!(sums, [&json!(55_000), &json!(7_500), &json!(0)]);
    assert_eq!(march.closed_by(&hr).await["reward_total_minor"], 62_500);
}

#[tokio::test]
async fn lecturers_see_what_they_would_get_and_what_it_depends_on() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let [first, second, _] = march.lecturers;
    let lecturer = server.person(first, &[Role::Lecturer]).await;
    let path = |of: Uuid| march.path(&format!("scorecards/{of}/provisional-rewards"));
    let early = lecturer.get(&path(first)).await.expect(200);
    assert_eq!((&early["as_of"], &early["result"], &early["provisional"]), (&Value::Null, &Value::Null, &json!(true)));
    computed(&server).await;
    let found = lecturer.get(&path(first)).await.expect(200);
    assert_eq!(found["as_of"], "2026-04-07T01:00:00Z");
    let result = &found["result"];
    assert_eq!((&result["score"], &result["rank"], &result["ranked_of"]), (&json!("100.00"), &json!(1), &json!(3)));
    let rewards: Vec<(&str, &Value, &Value)> = result["rewards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| (own["policy"].as_str().unwrap(), &own["amount"]["amount_minor"], &own["depends_on"]))
        .collect();
    assert_eq!(
        rewards,
        [
            ("bonus", &json!(80_000), &json!(["grade"])),
            ("minutes", &json!(10_000), &json!(["place"])),
            ("most", &Value::Null, &json!(["place"]))
        ]
    );
    assert_eq!(lecturer.get(&path(second)).await.problem(404), "not_found");
    let hr = person(&server, &[Role::Admin]).await;
    assert_eq!(hr.get(&path(second)).await.expect(200)["result"]["rewards"][0]["amount"]["amount_minor"], 30_000);
    assert_eq!(lecturer.get(&march.path("close-preview")).await.problem(403), "forbidden");
}

#[tokio::test]
async fn provisional_rewards_follow_the_facts_once_a_minute_at_most_and_never_by_a_read() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let hr = person(&server, &[Role::Admin]).await;
    computed(&server).await;
    for day in [20, 21, 22] {
        let start = format!("2026-03-{day}T02:00:00Z");
        march.given.delivered_session(march.programme, march.lecturers[2], &start, 10).await;
    }
    let stands = async |reserved: i64, as_of: &str| {
        let found = preview(&hr, &march).await;
        let provisional = &found["provisional"];
        assert_eq!(provisional["reserved"]["amount_minor"], reserved);
        assert_eq!(provisional["as_of"], as_of);
    };
    stands(125_000, "2026-04-07T01:00:00Z").await;
    server.clock.set(at("2026-04-07T01:00:59Z"));
    computed(&server).await;
    stands(125_000, "2026-04-07T01:00:00Z").await;
    server.clock.set(at("2026-04-07T01:01:00Z"));
    stands(125_000, "2026-04-07T01:00:00Z").await;
    computed(&server).await;
    // Two excellent ones, who share the first two places.
    stands(80_000 * 2 + 30_000 + 15_000, "2026-04-07T01:01:00Z").await;
    // Nothing has changed: it stays as it is.
    server.clock.set(at("2026-04-07T01:09:00Z"));
    computed(&server).await;
    stands(80_000 * 2 + 30_000 + 15_000, "2026-04-07T01:01:00Z").await;
}

async fn planned(given: &Given<'_>, programme: Uuid, lecturer: Uuid) -> Uuid {
    let start = literal("2026-03-25T02:00:00Z");
    let columns = [
        ("programme_id", literal(&programme.to_string())),
        ("title", literal("客户维护")),
        ("kind", literal("assigned")),
        ("mode", literal("on_site")),
        ("state", literal("planned")),
        ("scheduled_start", start),
        ("scheduled_minutes", "60".to_owned()),
    ];
    let id = given.row("sessions", &columns).await;
    let of = [("session_id", literal(&id.to_string())), ("employee_id", literal(&lecturer.to_string()))];
    given.row("session_lecturers", &of).await;
    id
}

#[tokio::test]
async fn what_blocks_is_named_with_titles_and_whom_to_ask() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let hr = person(&server, &[Role::Admin]).await;
    let undecided = planned(&march.given, march.programme, march.lecturers[0]).await;
    let unconfirmed =
        march.given.delivered_session(march.programme, march.lecturers[1], "2026-03-26T02:00:00Z", 3).await;
    let sql = format!("UPDATE sessions SET delivery_confirmed_at = NULL WHERE id = '{unconfirmed}'");
    march.given.sql.batch_execute(&sql).await.unwrap();
    let rated = march.given.delivered_session(march.programme, march.lecturers[2], "2026-03-27T02:00:00Z", 3).await;
    let granted_by = march.given.employee("HR").await;
    let extended = [
        ("session_id", literal(&rated.to_string())),
        ("extended_until", literal("2026-04-09T00:00:00Z")),
        ("reason", literal("Leave")),
        ("granted_by_id", literal(&granted_by.to_string())),
    ];
    march.given.row("feedback_extensions", &extended).await;
    let found = preview(&hr, &march).await;
    assert_eq!(codes(&found), ["sessions_undecided", "deliveries_unconfirmed", "feedback_windows_open"]);
    let blocks = found["blocks"].as_array().unwrap();
    let named = |block: &Value| {
        let session = &block["sessions"][0];
        (block["count"].clone(), block["ask"].clone(), session["id"].clone(), session["lecturers"][0]["id"].clone())
    };
    let [one, two, three] = march.lecturers;
    assert_eq!(named(&blocks[0]), (json!(1), json!("lecturers"), json!(undecided), json!(one)));
    assert_eq!(named(&blocks[1]), (json!(1), json!("hr"), json!(unconfirmed), json!(two)));
    assert_eq!(named(&blocks[2]), (json!(1), json!("nobody"), json!(rated), json!(three)));
    assert_eq!(blocks[0]["sessions"][0]["title"], "客户维护");
    assert_eq!(blocks[2]["sessions"][0]["feedback_until"], "2026-04-09T00:00:00Z");
    // The close says the same, one after the other.
    for (code, sql) in [
        (
            "sessions_undecided",
            format!(
                "DELETE FROM session_lecturers WHERE session_id = '{undecided}'; DELETE FROM sessions WHERE id = '{undecided}'"
            ),
        ),
        (
            "deliveries_unconfirmed",
            format!("UPDATE sessions SET delivery_confirmed_at = delivered_start WHERE id = '{unconfirmed}'"),
        ),
        ("feedback_windows_open", "DELETE FROM feedback_extensions".to_owned()),
    ] {
        assert_eq!(hr.post(&march.path("close"), json!({})).await.problem(409), code);
        march.given.sql.batch_execute(&sql).await.unwrap();
    }
    assert_eq!(preview(&hr, &march).await["blocks"], json!([]));
    // Before its end, and with an earlier period open.
    let april = format!("/v1/programmes/{}/periods/2026-04/close-preview", march.programme);
    let early = hr.get(&april).await.expect(200);
    assert_eq!(codes(&early), ["period_not_over", "earlier_period_open"]);
    assert_eq!(early["closable_at"], "2026-05-05T16:00:00Z");
    let quarter = format!("/v1/programmes/{}/periods/2026-Q1/close-preview", march.programme);
    assert_eq!(hr.get(&quarter).await.problem(404), "not_found");
}

#[tokio::test]
async fn who_is_just_below_a_gate_or_a_place_is_named() {
    let server = TestServer::start().await;
    server.clock.set(at("2026-04-07T01:00:00Z"));
    let given = server.given().await;
    let group = given.group("g").await;
    let programme = given.programme("p", group).await;
    let mut rule = crate::closing::rule();
    rule["gates"] = json!([{"metric": "session_count", "at_least": 3, "else_grade": "pass"}]);
    given.published("scoring_rules", programme, 1, "2026-03", &rule).await;
    let policies = json!({"policies": [{"kind": "top_n", "code": "first", "priority": 1, "metric": "score", "places_minor": [10_000]}]});
    given.published("reward_policy_sets", programme, 1, "2026-03", &policies).await;
    let mut lecturers = Vec::new();
    for (number, sessions) in [("E1", 3), ("E2", 2), ("E3", 1)] {
        let lecturer = given.employee(number).await;
        given.lecturer(lecturer, Some(group), "2020-01-01").await;
        for day in 0..sessions {
            given.delivered_session(programme, lecturer, &format!("2026-03-{}T02:00:00Z", 10 + day), 10).await;
        }
        lecturers.push(lecturer);
    }
    computed(&server).await;
    let hr = person(&server, &[Role::Admin]).await;
    let path = format!("/v1/programmes/{programme}/periods/2026-03/close-preview");
    let found = hr.get(&path).await.expect(200)["provisional"].clone();
    let gates = found["near_gates"].as_array().unwrap();
    assert_eq!(gates.len(), 1);
    assert_eq!((&gates[0]["employee"]["id"], &gates[0]["value"]), (&json!(lecturers[1]), &json!("2.000000")));
    assert_eq!((&gates[0]["at_least"], &gates[0]["else_grade"]), (&json!("3.000000"), &json!("pass")));
    let places = found["near_places"].as_array().unwrap();
    assert_eq!(places.len(), 1);
    assert_eq!((&places[0]["employee"]["id"], &places[0]["policy"]), (&json!(lecturers[1]), &json!("first")));
    assert_eq!((&places[0]["value"], &places[0]["last_paid"]), (&json!("66.670000"), &json!("100.000000")));
}
