//! Reading the operation log.

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::support::{TestServer, at};

fn commands(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["command"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_log_is_read_newest_first_and_by_its_filters() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    let made = admin.post("/v1/departments", json!({"code": "A", "name": "A"})).await;
    server.clock.set(at("2026-03-01T01:05:00Z"));
    let path = format!("/v1/departments/{}", made.id());
    admin.patch(&path, "*", json!({"name": "B", "cost_centre": "C"})).await.expect(200);
    let boss = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let group = boss.post("/v1/lecturer-groups", json!({"code": "g", "name": "G"})).await;
    assert_eq!(admin.post("/v1/departments", json!({"code": "A", "name": "Refused"})).await.status, 409);

    let auditor = server.client(&[Role::Auditor]).await;
    let page = auditor.get("/v1/audit-entries").await.expect(200);
    assert_eq!(commands(&page), ["create_lecturer_group", "update_department", "create_department"]);
    let update = &page["items"][1];
    assert_eq!(update["fields"], json!(["name", "cost_centre"]));
    assert_eq!((&update["subject_type"], &update["subject_id"]), (&json!("department"), &json!(made.id())));
    assert_eq!((&update["occurred_at"], &update["actor"]["kind"]), (&json!("2026-03-01T01:05:00Z"), &json!("client")));
    assert!(!page.to_string().contains("\"B\""), "the log names fields, not values");
    let person = &page["items"][0]["actor"];
    assert_eq!((&person["kind"], &person["employee"]["name"]), (&json!("person"), &json!("Test person")));

    let actor = person["id"].as_str().unwrap();
    for (query, expected) in [
        (format!("actor_id={actor}"), vec!["create_lecturer_group"]),
        (format!("subject_id={}", made.id()), vec!["update_department", "create_department"]),
        ("subject_type=lecturer_group".to_owned(), vec!["create_lecturer_group"]),
        ("command=create_department".to_owned(), vec!["create_department"]),
        ("occurred_from=2026-03-01T01:05:00Z".to_owned(), vec!["create_lecturer_group", "update_department"]),
        ("occurred_to=2026-03-01T01:05:00Z".to_owned(), vec!["create_department"]),
        (format!("subject_id={}&command=create_department", group.id()), vec![]),
    ] {
        assert_eq!(
            commands(&auditor.get(&format!("/v1/audit-entries?{query}")).await.expect(200)),
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn the_log_is_paged_without_gaps_or_repeats() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    for n in 0..7 {
        admin.post("/v1/departments", json!({"code": format!("D{n}"), "name": "D"})).await.expect(201);
    }
    let mut seen = Vec::new();
    let mut path = "/v1/audit-entries?limit=3".to_owned();
    loop {
        let page = admin.get(&path).await.expect(200);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["details"]["code"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/audit-entries?limit=3&cursor={cursor}");
    }
    assert_eq!(seen, ["D6", "D5", "D4", "D3", "D2", "D1", "D0"]);
    assert_eq!(admin.get("/v1/audit-entries?command=a%00b").await.problem(400), "invalid_query");
    for role in [Role::Hris, Role::Payroll, Role::Manager, Role::Lecturer, Role::Learner] {
        let other = server.client(&[role]).await;
        assert_eq!(other.get("/v1/audit-entries").await.problem(403), "forbidden", "{role:?}");
    }
    let elsewhere = server.tenant("elsewhere").await;
    let stranger = server.client_of(elsewhere, &[Role::Auditor]).await;
    assert_eq!(stranger.get("/v1/audit-entries").await.expect(200)["items"], json!([]));
}
