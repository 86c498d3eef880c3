//! What a close leaves out, waits for and never does, with and without force; and that nothing moves under it.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::{March, finished, rule};
use crate::support::{Client, TestServer, at, document, literal, resolved};

async fn admin(server: &TestServer) -> Client {
    server.person(server.state.ids.next(), &[Role::Admin]).await
}

fn forced(reason: &str) -> Value {
    json!({"force": true, "reason": reason})
}

async fn sessions_counted(client: &Client, march: &March<'_>, lecturer: usize) -> Value {
    let path = march.path(&format!("scorecards/{}", march.lecturers[lecturer]));
    client.get(&path).await.expect(200)["scorecard"]["card"]["metrics"]["session_count"]["n"].clone()
}

/// The third lecturer reports a delivery, and nobody else says so.
async fn self_reported(server: &TestServer, march: &March<'_>) -> String {
    let planned = [
        ("programme_id", literal(&march.programme.to_string())),
        ("title", literal("Said by one")),
        ("kind", literal("assigned")),
        ("mode", literal("on_site")),
        ("state", literal("planned")),
        ("scheduled_start", literal("2026-03-20T02:00:00Z")),
        ("scheduled_minutes", "60".to_owned()),
    ];
    let session = march.given.row("sessions", &planned).await;
    let own =
        [("session_id", literal(&session.to_string())), ("employee_id", literal(&march.lecturers[2].to_string()))];
    march.given.row("session_lecturers", &own).await;
    let lecturer = server.person_token(server.tenant, march.lecturers[2]);
    let path = format!("/v1/sessions/{session}");
    let body = json!({"started_at": "2026-03-20T02:00:00Z", "delivered_minutes": 60, "head_count": 9});
    let deliver = lecturer.request(Method::POST, &format!("{path}/deliver")).header("if-match", "*").json(&body);
    lecturer.send(deliver).await.expect(200);
    path
}

#[tokio::test]
async fn a_delivery_earns_money_once_somebody_else_has_confirmed_it() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let client = admin(&server).await;
    let session = self_reported(&server, &march).await;
    assert_eq!(sessions_counted(&client, &march, 2).await, 1, "the provisional score counts it");
    let refused = client.post(&march.path("close"), json!({})).await;
    assert_eq!((refused.problem(409), &refused.body["count"]), ("deliveries_unconfirmed", &json!(1)));
    assert!(refused.text.contains("has 1 delivery reported only by the lecturer."), "{}", refused.text);
    let confirm = client.request(Method::POST, &format!("{session}/confirm-delivery")).header("if-match", "*");
    client.send(confirm).await.expect(200);
    march.closed_by(&client).await;
    assert_eq!(sessions_counted(&client, &march, 2).await, 1);
    let rewards = client.get(&format!("/v1/rewards?employee_id={}", march.lecturers[2])).await.expect(200);
    assert_eq!(rewards["items"].as_array().unwrap().len(), 0, "one session of three is no pass");
}

#[tokio::test]
async fn a_forced_close_leaves_out_what_is_unconfirmed() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let client = admin(&server).await;
    self_reported(&server, &march).await;
    // One of the first lecturer's three as well: two make a pass, three would be excellent.
    let sql =
        "UPDATE sessions SET delivery_confirmed_at = NULL WHERE id = (SELECT s.session_id FROM session_lecturers s
                 JOIN employees e ON e.id = s.employee_id WHERE e.employee_number = 'E1' LIMIT 1)";
    march.given.sql.batch_execute(sql).await.unwrap();
    let refused = client.post(&march.path("close"), json!({})).await;
    assert_eq!((refused.problem(409), &refused.body["count"]), ("deliveries_unconfirmed", &json!(2)));
    assert!(refused.text.contains("has 2 deliveries reported only by the lecturer."), "{}", refused.text);
    finished(&client, &client.post(&march.path("close"), forced("Salaries are due.")).await).await;
    for (lecturer, counted) in [(0, 2), (1, 2), (2, 0)] {
        assert_eq!(sessions_counted(&client, &march, lecturer).await, counted, "{lecturer}");
    }
    let bonus = client.get(&format!("/v1/rewards?policy=bonus&employee_id={}", march.lecturers[0])).await.expect(200);
    assert_eq!(bonus["items"][0]["amount"]["amount_minor"], 30_000);
    assert_eq!(client.get(&march.path("snapshots/1")).await.expect(200)["forced"], true);
    assert_eq!(client.get(&march.path("snapshots/1/replay")).await.expect(200)["matches"], true);
}

#[tokio::test]
async fn nobody_closes_a_period_that_has_not_begun() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    server.clock.set(at("2026-02-28T15:59:59Z"));
    let client = admin(&server).await;
    let refused = client.post(&march.path("close"), forced("To be done with it.")).await;
    assert_eq!(refused.problem(409), "period_not_begun");
    assert!(refused.text.contains("2026-03-01 00:00 (Asia/Shanghai)"), "{}", refused.text);
    server.clock.set(at("2026-03-25T00:00:00Z"));
    let client = admin(&server).await;
    let blank = client.post(&march.path("close"), forced(" \n ")).await;
    assert_eq!((blank.problem(422), blank.faults()), ("invalid_values", vec![("/reason", "empty")]));
    finished(&client, &client.post(&march.path("close"), forced("The programme moves.")).await).await;
    assert_eq!(client.get(&march.path("snapshots/1")).await.expect(200)["forced"], true);
}

#[tokio::test]
async fn a_close_that_had_nothing_to_waive_was_not_forced() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let client = admin(&server).await;
    finished(&client, &client.post(&march.path("close"), forced("To be sure.")).await).await;
    let snapshot = client.get(&march.path("snapshots/1")).await.expect(200);
    assert_eq!((&snapshot["forced"], &snapshot["reason"]), (&json!(false), &json!("To be sure.")));
}

/// Somebody moves the programme to New York in the same moment: the period has the borders of one zone or the other, and the
/// programme the same.
#[tokio::test]
async fn a_programme_does_not_change_under_a_close() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let client = admin(&server).await;
    let holder = server.database.owner().await;
    holder.batch_execute("BEGIN; UPDATE programmes SET time_zone = 'America/New_York'").await.unwrap();
    let close = tokio::spawn({
        let (client, path) = (client.clone(), march.path("close"));
        async move { client.post(&path, json!({})).await }
    });
    server.database.until_blocked(&march.given.sql, 1).await;
    holder.batch_execute("COMMIT").await.unwrap();
    finished(&client, &close.await.unwrap()).await;
    let sql = "SELECT to_char(starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM periods";
    let starts: String = march.given.sql.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(starts, "2026-03-01 05:00");
}

/// The maker of a machine client answers for what it closes.
#[tokio::test]
async fn who_closed_by_a_machine_may_not_approve() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let (owner, other) = (admin(&server).await, admin(&server).await);
    let machine = crate::access::machine_made_by(&server, &owner, &["admin"]).await;
    march.closed_by(&machine).await;
    let body = json!({"programme_id": march.programme, "period": "2026-03"});
    let path = "/v1/rewards/approve-batch";
    assert_eq!(owner.post_keyed(path, "a", body.clone()).await.problem(403), "self_approval");
    assert_eq!(other.post_keyed(path, "b", body).await.expect(200)["approved_count"], 4);
}

/// A rule's grades may have 64 characters, and a company's as well.
#[tokio::test]
async fn a_grade_with_a_long_code_is_frozen() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let long = "x".repeat(64);
    let sql = &march.given.sql;
    sql.execute("UPDATE tenants SET grade_codes = ARRAY[$1, 'pass', 'fail']", &[&long]).await.unwrap();
    let rename = "ALTER TABLE scoring_rules DISABLE TRIGGER USER; UPDATE scoring_rules SET document = jsonb_set(document, '{grades,0,code}', ";
    sql.batch_execute(&format!("{rename} '\"{long}\"')")).await.unwrap();
    let client = admin(&server).await;
    march.closed_by(&client).await;
    let grades = sql.query("SELECT grade FROM snapshot_lecturers ORDER BY employee_number", &[]).await.unwrap();
    assert_eq!(grades[0].get::<_, String>(0), long);
    let longer = sql.execute("UPDATE tenants SET grade_codes = ARRAY[$1, 'fail']", &[&"x".repeat(65)]).await;
    let refused = longer.unwrap_err();
    assert_eq!(refused.as_db_error().unwrap().constraint(), Some("tenants_grade_codes_length_check"));
}

/// A least grade that the rule gives to nobody is met by the better ones that it gives.
#[tokio::test]
async fn a_least_grade_is_met_by_every_better_one_of_the_company() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let policies = json!({"policies": [{"kind": "top_n", "code": "good-ones", "priority": 1, "metric": "score",
        "grade_at_least": "good", "places_minor": [100, 50]}]});
    let sql = format!("UPDATE reward_policy_sets SET document = {}", literal(&policies.to_string()));
    march.given.sql.batch_execute(&sql).await.unwrap();
    let client = admin(&server).await;
    assert_eq!(march.closed_by(&client).await["reward_total_minor"], 100, "excellent is better than good, pass is not");
}

/// March 2026 has 31 days less an hour in New York.
#[tokio::test]
async fn a_month_with_a_changed_hour_is_closed_at_its_local_midnights() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    march.given.sql.batch_execute("UPDATE programmes SET time_zone = 'America/New_York'").await.unwrap();
    // The last second of February, the first of March, the last of March (in summer time), the first of April.
    for (start, lecturer) in [
        ("2026-03-01T04:59:59Z", 2),
        ("2026-03-01T05:00:00Z", 2),
        ("2026-04-01T03:59:59Z", 2),
        ("2026-04-01T04:00:00Z", 2),
    ] {
        march.given.delivered_session(march.programme, march.lecturers[lecturer], start, 5).await;
    }
    server.clock.set(at("2026-04-06T03:59:59Z"));
    let client = admin(&server).await;
    assert_eq!(client.post(&march.path("close"), json!({})).await.problem(409), "period_not_over");
    server.clock.set(at("2026-04-06T04:00:00Z"));
    let client = admin(&server).await;
    march.closed_by(&client).await;
    assert_eq!(sessions_counted(&client, &march, 2).await, 2);
    let period = client.get(&format!("/v1/programmes/{}/periods/2026-03", march.programme)).await.expect(200);
    assert_eq!(
        (&period["starts_at"], &period["ends_at"]),
        (&json!("2026-03-01T05:00:00Z"), &json!("2026-04-01T04:00:00Z"))
    );
}

#[tokio::test]
async fn a_quarter_is_closed_as_one_period() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let sql = "UPDATE programmes SET cycle = 'quarter'; DELETE FROM reward_policy_sets; DELETE FROM scoring_rules";
    march.given.sql.batch_execute(sql).await.unwrap();
    let columns = [
        ("programme_id", literal(&march.programme.to_string())),
        ("version", "1".to_owned()),
        ("starts_period", literal("2026-Q1")),
        ("starts_on", literal("2026-01-01")),
        ("document", literal(&rule().to_string())),
        ("checker_id", literal(&march.lecturers[0].to_string())),
        ("published_at", literal("2026-01-01T00:00:00Z")),
    ];
    march.given.row("scoring_rules", &columns).await;
    march.given.delivered_session(march.programme, march.lecturers[2], "2025-12-31T16:00:00Z", 5).await;
    march.given.delivered_session(march.programme, march.lecturers[2], "2026-03-31T16:00:00Z", 5).await;
    let client = admin(&server).await;
    let path = format!("/v1/programmes/{}/periods/2026-Q1", march.programme);
    let result = finished(&client, &client.post(&format!("{path}/close"), json!({})).await).await;
    assert_eq!((&result["lecturer_count"], &result["rated_count"]), (&json!(3), &json!(3)));
    let card = |lecturer: Uuid| format!("{path}/scorecards/{lecturer}");
    let own = client.get(&card(march.lecturers[2])).await.expect(200);
    assert_eq!(own["scorecard"]["card"]["days"], 90);
    assert_eq!(own["sessions"].as_array().unwrap().len(), 1);
    let snapshot = client.get(&format!("{path}/snapshots/1/replay")).await.expect(200);
    assert_eq!(snapshot["matches"], true);
}

/// Whoever pastes the example of the documentation shuts no running month.
#[tokio::test]
async fn the_example_of_a_close_forces_nothing() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    server.clock.set(at("2026-03-20T01:00:00Z"));
    let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let body = &resolved(&document()["components"]["schemas"]["ClosePeriodRequest"])["example"];
    assert!(body.is_object(), "{body}");
    assert_eq!(admin.post(&march.path("close"), body.clone()).await.problem(409), "period_not_over");
}
