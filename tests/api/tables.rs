//! Lists as files: what they have, for whom, and with which filters.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::scores::rule;
use crate::support::{Given, TestServer, at, literal};

/// Where the column with this name is.
fn column(table: &[Vec<String>], name: &str) -> usize {
    table[0].iter().position(|own| own == name).unwrap_or_else(|| panic!("no column {name} in {:?}", table[0]))
}

fn cells<'t>(table: &'t [Vec<String>], name: &str) -> Vec<&'t str> {
    let at = column(table, name);
    table.iter().skip(1).map(|row| &*row[at]).collect()
}

async fn entry(given: &Given<'_>, programme: Uuid, employee: Uuid, maker: Uuid, amount_minor: i64) -> Uuid {
    let columns = [
        ("employee_id", literal(&employee.to_string())),
        ("programme_id", literal(&programme.to_string())),
        ("earned_period", literal("2026-02")),
        ("pay_item_code", literal("lecturer-reward")),
        ("kind", literal("award")),
        ("amount_minor", amount_minor.to_string()),
        ("currency", literal("CNY")),
        ("reason_code", literal("manual")),
        ("reason_text", literal("=SUM(A1)")),
        ("maker_kind", literal("person")),
        ("maker_id", literal(&maker.to_string())),
    ];
    let entry = given.row("reward_entries", &columns).await;
    let columns = [
        ("entry_id", literal(&entry.to_string())),
        ("seq", "1".to_owned()),
        ("event", literal("granted")),
        ("maker_id", literal(&maker.to_string())),
        ("actor_kind", literal("person")),
        ("actor_id", literal(&maker.to_string())),
        ("occurred_at", literal(&given.server.clock.now().to_rfc3339())),
    ];
    given.row("reward_entry_events", &columns).await;
    entry
}

#[tokio::test]
async fn rewards_are_exported_as_they_are_listed() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let group = given.group("lecturers").await;
    let programme = given.programme("lecturers", group).await;
    let (maker, one, two) = (given.employee("MAKER").await, given.employee("0071").await, given.employee("E2").await);
    entry(&given, programme, one, maker, 80_050).await;
    entry(&given, programme, two, maker, 100).await;
    let hr = server.client(&[Role::Admin]).await;
    let table = hr.get("/v1/rewards/export").await;
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"rewards.csv\"");
    let table = table.csv();
    assert_eq!(cells(&table, "employee_number"), ["E2", "0071"], "newest first");
    assert_eq!(cells(&table, "amount"), ["1.00", "800.50"]);
    assert_eq!(cells(&table, "reason_zh"), ["'=SUM(A1)", "'=SUM(A1)"]);
    let listed = hr.get("/v1/rewards").await.expect(200);
    let ids: Vec<&str> = listed["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(cells(&table, "id"), ids);
    let book = hr.get(&format!("/v1/rewards/export?format=xlsx&headings=codes&employee_id={one}")).await.workbook();
    let told = ["'employee_number", "'amount", "'reason_zh"].map(|name| cells(&book, name));
    assert_eq!(told, [["'0071"], ["800.5"], ["'=SUM(A1)"]]);
    let request = hr.request(Method::GET, "/v1/rewards/export?format=xlsx&state=paid").header("accept-language", "zh");
    let nothing = hr.send(request).await;
    assert_eq!(nothing.header("content-language"), "zh-CN");
    assert_eq!(nothing.workbook().len(), 1, "the filters are those of the list");
    assert!(nothing.workbook()[0].contains(&"'工号".to_owned()));
    // Whoever sees only their own exports only their own.
    let lecturer = server.person(two, &[Role::Lecturer]).await;
    assert_eq!(cells(&lecturer.get("/v1/rewards/export").await.csv(), "employee_number"), ["E2"]);
    for query in ["format=xml", "headings=none", "limit=5", "stat=paid", "state=none"] {
        assert_eq!(hr.get(&format!("/v1/rewards/export?{query}")).await.problem(400), "invalid_query", "{query}");
    }
    let hris = server.client(&[Role::Payroll]).await;
    assert_eq!(hris.get("/v1/audit-entries/export").await.problem(403), "forbidden");
}

#[tokio::test]
async fn the_operation_log_is_exported_with_its_filters() {
    let server = TestServer::start().await;
    let hr = server.client(&[Role::Admin]).await;
    for number in 0..3 {
        hr.post("/v1/departments", json!({"code": format!("D{number}"), "name": "=部门"})).await.expect(201);
    }
    let path = "/v1/audit-entries/export?command=create_department";
    let table = hr.get(path).await.csv();
    assert_eq!(cells(&table, "command"), ["create_department"; 3]);
    assert_eq!(cells(&table, "actor_kind"), ["client"; 3]);
    let book = hr.get(&format!("{path}&format=xlsx&headings=codes")).await.workbook();
    assert_eq!(cells(&book, "'subject_id").len(), 3);
    let none = hr.get(&format!("{path}&occurred_to=2020-01-01T00:00:00Z")).await.csv();
    assert_eq!(none.len(), 1);
    let stranger = server.client_of(server.tenant("other").await, &[Role::Admin]).await;
    assert_eq!(stranger.get(path).await.csv().len(), 1);
    assert_eq!(hr.get("/v1/audit-entries/export?occurred_to=x").await.problem(400), "invalid_query");
}

#[tokio::test]
async fn scorecards_are_exported_with_the_metrics_of_the_rule() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let group = given.group("knowledge").await;
    let programme = given.programme("programme", group).await;
    given.published("scoring_rules", programme, 1, "2026-01", &rule()).await;
    let department = given.department("sales", None).await;
    let mut lecturers = Vec::new();
    for number in ["L1", "L2"] {
        let id = given.employee(number).await;
        given.lecturer(id, Some(group), "2025-01-01").await;
        given.membership(id, department, "2025-01-01").await;
        lecturers.push(id);
    }
    given.delivered_session(programme, lecturers[0], "2026-03-02T02:00:00Z", 4).await;
    server.clock.set(at("2026-03-10T00:00:00Z"));
    let hr = server.client(&[Role::Admin]).await;
    let path = format!("/v1/programmes/{programme}/periods/2026-03/scorecards");
    let listed = hr.get(&path).await.expect(200);
    let table = hr.get(&format!("{path}/export")).await.csv();
    assert_eq!(cells(&table, "employee_number"), ["L1", "L2"]);
    assert_eq!(cells(&table, "department_code"), ["sales", "sales"]);
    assert_eq!(cells(&table, "provisional"), ["true", "true"]);
    assert_eq!(cells(&table, "session_count"), ["1.000000", "0.000000"]);
    let scores: Vec<String> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["card"]["score"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(cells(&table, "score"), scores);
    let request = hr.request(Method::GET, &format!("{path}/export?format=xlsx")).header("accept-language", "zh-CN");
    let book = hr.send(request).await.workbook();
    assert!(book[0].iter().any(|name| name.ends_with("（得分）")), "{:?}", book[0]);
    assert_eq!(cells(&book, "'工号"), ["'L1", "'L2"]);
    // Lecturers have their own card, and so their own row.
    let own = server.person(lecturers[1], &[Role::Lecturer]).await;
    assert_eq!(cells(&own.get(&format!("{path}/export")).await.csv(), "employee_number"), ["L2"]);
    let wrong = format!("/v1/programmes/{programme}/periods/2026-Q1/scorecards/export");
    assert_eq!(hr.get(&wrong).await.problem(404), "not_found");
    let payroll = server.client(&[Role::Payroll]).await;
    assert_eq!(payroll.get(&format!("{path}/export")).await.problem(403), "forbidden");
}
