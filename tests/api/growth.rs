//! Promotion policies, checks with evidence, applications, titles and notices.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Client, Given, TestServer, at, literal};

const POLICIES: &str = "/v1/promotion-policies";
const CHECKS: &str = "/v1/promotion-checks";
const APPLICATIONS: &str = "/v1/promotion-applications";

fn policy() -> Value {
    json!({"target_code": "department-manager", "name": "部门经理", "criteria": {"kind": "all", "criteria": [
        {"kind": "tenure", "months": 6},
        {"kind": "grades", "periods": 2, "every": "excellent"},
    ]}})
}

pub async fn person(server: &TestServer, roles: &[Role]) -> Client {
    server.person(server.state.ids.next(), roles).await
}

pub async fn publish(client: &Client, drafted: &Answer) -> Answer {
    let path = format!("{POLICIES}/{}/publish", drafted.id());
    client.send(client.request(reqwest::Method::POST, &path).header("if-match", drafted.etag())).await
}

pub async fn published_policy(server: &TestServer) -> String {
    let (maker, checker) = (person(server, &[Role::Admin]).await, person(server, &[Role::Admin]).await);
    let drafted = maker.post(POLICIES, policy()).await;
    publish(&checker, &drafted).await.expect(200)["id"].as_str().unwrap().to_owned()
}

/// A month as a test states it: period, first day, last day, and score and grade if it was rated.
type Month<'m> = (&'m str, &'m str, &'m str, Option<(&'m str, &'m str)>);

/// Closed months of one programme with this lecturer's grades.
async fn closed_months(given: &Given<'_>, employee: Uuid, months: &[Month<'_>]) {
    let group = given.group("g").await;
    let programme = given.programme("p", group).await;
    let rule = json!({
        "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 2}}],
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "good", "at_least": 60}, {"code": "fail", "at_least": 0}],
    });
    let rule = given.published("scoring_rules", programme, 1, "2025-01", &rule).await;
    let card = json!({"metrics": {"session_count": {"value": "2.000000", "n": 2}}});
    for (period, starts_on, ends_on, rating) in months {
        let snapshot = given.closed_period(programme, rule, [period, starts_on, ends_on]).await;
        let (status, reason, score, grade) = match rating {
            Some((score, grade)) => (literal("rated"), "NULL".to_owned(), literal(score), literal(grade)),
            None => (literal("not_rated"), literal("exempt"), "NULL".to_owned(), "NULL".to_owned()),
        };
        given
            .row(
                "snapshot_lecturers",
                &[
                    ("snapshot_id", literal(&snapshot.to_string())),
                    ("employee_id", literal(&employee.to_string())),
                    ("inputs", literal("{}")),
                    ("card", literal(&card.to_string())),
                    ("status", status),
                    ("reason", reason),
                    ("score", score),
                    ("grade", grade),
                ],
            )
            .await;
    }
}

/// A lecturer since August 2025, excellent in December and February and not rated in January.
async fn candidate(server: &TestServer) -> Uuid {
    let given = server.given().await;
    let employee = given.employee("E-1").await;
    given.lecturer(employee, None, "2025-08-31").await;
    let months = [
        ("2025-12", "2025-12-01", "2026-01-01", Some(("95.00", "excellent"))),
        ("2026-01", "2026-01-01", "2026-02-01", None),
        ("2026-02", "2026-02-01", "2026-03-01", Some(("92.50", "excellent"))),
    ];
    closed_months(&given, employee, &months).await;
    employee
}

#[tokio::test]
async fn a_policy_is_drafted_by_one_and_published_by_another() {
    let server = TestServer::start().await;
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let drafted = maker.post(POLICIES, policy()).await;
    let path = format!("{POLICIES}/{}", drafted.id());
    assert_eq!(drafted.header("location"), path);
    let employee = server.given().await.employee("E-9").await;
    server.given().await.lecturer(employee, None, "2026-01-01").await;
    let lecturer = server.person(employee, &[]).await;
    assert_eq!(lecturer.get(&path).await.problem(404), "not_found");
    assert_eq!(lecturer.get(&format!("{POLICIES}?state=draft")).await.expect(200)["items"], json!([]));
    assert_eq!(publish(&maker, &drafted).await.problem(403), "self_approval");
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(publish(&machine, &drafted).await.problem(403), "person_required");
    let mut wider = policy();
    wider["name"] = json!("Manager");
    let replaced = maker.put(&path, drafted.etag(), wider).await;
    assert_eq!(publish(&checker, &drafted).await.problem(412), "precondition_failed");
    let published = publish(&checker, &replaced).await;
    assert_eq!(published.body["state"], "published");
    assert_eq!(lecturer.get(&path).await.expect(200)["name"], "Manager");
    assert_eq!(maker.delete(&path, published.etag()).await.problem(409), "state_conflict");
    let second = maker.post(POLICIES, policy()).await;
    assert_eq!(second.body["version"], 2);
    maker.delete(&format!("{POLICIES}/{}", second.id()), second.etag()).await.expect(204);
    assert_eq!(lecturer.post(POLICIES, policy()).await.problem(403), "forbidden");
    let own = crate::access::machine_made_by(&server, &maker, &["admin"]).await;
    let by_machine = own.post(POLICIES, policy()).await;
    assert_eq!(publish(&maker, &by_machine).await.problem(403), "self_approval");
    publish(&checker, &by_machine).await.expect(200);
}

#[tokio::test]
async fn every_fault_of_a_policy_is_named() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let body = json!({"target_code": "a b", "name": "", "criteria": {"kind": "any", "criteria": [
        {"kind": "grades", "periods": 6, "every": "superb", "programme_id": server.state.ids.next()},
        {"kind": "external", "key": "exam"},
        {"kind": "no_open_notice"},
    ]}});
    let refused = client.post(POLICIES, body).await;
    assert_eq!(refused.problem(422), "rule_refused");
    assert_eq!(
        refused.faults(),
        [
            ("/target_code", "bad_characters"),
            ("/name", "empty"),
            ("/criteria/criteria/0/every", "unknown_grade"),
            ("/criteria/criteria/1/key", "unknown_competence"),
            ("/criteria/criteria/0/programme_id", "not_found"),
        ]
    );
}

#[tokio::test]
async fn a_check_answers_with_the_evidence_month_by_month() {
    let server = TestServer::start().await;
    let employee = candidate(&server).await;
    let id = published_policy(&server).await;
    let hr = server.client(&[Role::Hris]).await;
    let answer =
        hr.post(CHECKS, json!({"employee_id": employee, "target_code": "department-manager"})).await.expect(200);
    assert_eq!((&answer["eligible"], &answer["policy_id"]), (&json!(true), &json!(id)));
    assert_eq!((&answer["asked_on"], &answer["policy_version"]), (&json!("2026-03-01"), &json!(1)));
    let results = &answer["result"]["criteria"];
    assert_eq!((&results[0]["met_on"], &results[0]["verdict"]), (&json!("2026-02-28"), &json!("met")));
    let months: Vec<(&str, &str)> = results[1]["months"]
        .as_array()
        .unwrap()
        .iter()
        .map(|month| (month["month"].as_str().unwrap(), month["state"].as_str().unwrap()))
        .collect();
    assert_eq!(months, [("2026-02", "rated"), ("2026-01", "not_rated"), ("2025-12", "rated")]);
    assert_eq!(results[1]["months"][0]["results"][0]["score"], "92.50");
    let early = json!({"employee_id": employee, "policy_id": id, "on": "2026-01-31"});
    let answer = hr.post(CHECKS, early).await.expect(200);
    assert_eq!(answer["eligible"], false);
    let results = &answer["result"]["criteria"];
    assert_eq!((&results[0]["verdict"], &results[1]["missing_months"]), (&json!("not_met"), &json!(1)));
}

/// At half past midnight in Shanghai it is the day before in Greenwich.
#[tokio::test]
async fn today_is_the_companys_local_day() {
    let server = TestServer::start().await;
    let employee = candidate(&server).await;
    published_policy(&server).await;
    server.clock.set(at("2026-02-27T16:30:00Z"));
    let hr = server.client(&[Role::Hris]).await;
    let body = json!({"employee_id": employee, "target_code": "department-manager"});
    for (zone, day, tenure) in [("Asia/Shanghai", "2026-02-28", "met"), ("Europe/London", "2026-02-27", "not_met")] {
        server.given().await.sql.execute("UPDATE tenants SET time_zone = $1", &[&zone]).await.unwrap();
        let answer = hr.post(CHECKS, body.clone()).await.expect(200);
        let verdict = &answer["result"]["criteria"][0]["verdict"];
        assert_eq!((&answer["asked_on"], verdict), (&json!(day), &json!(tenure)), "{zone}");
    }
}

/// Of a closed month, the sessions from the day of the appointment on.
#[tokio::test]
async fn sessions_count_from_the_appointment_on() {
    let server = TestServer::start().await;
    let march = crate::closing::March::taught(&server).await;
    let admin = person(&server, &[Role::Admin]).await;
    march.closed_by(&admin).await;
    // The sessions are at ten in the morning of the 10th, 11th and 12th.
    march.given.sql.batch_execute("UPDATE lecturers SET appointed_on = '2026-03-11'").await.unwrap();
    let body =
        json!({"target_code": "trainer", "name": "Trainer", "criteria": {"kind": "sessions_total", "at_least": 2}});
    let draft = admin.post(POLICIES, body).await.id();
    let asked = json!({"employee_id": march.lecturers[0], "policy_id": draft});
    let result = admin.post(CHECKS, asked).await.expect(200)["result"].clone();
    assert_eq!((&result["verdict"], &result["total"]), (&json!("met"), &json!("2.000000")));
    assert_eq!(result["periods"][0]["session_count"], "2.000000");
}

#[tokio::test]
async fn a_check_is_about_people_whom_the_caller_may_see() {
    let server = TestServer::start().await;
    let employee = candidate(&server).await;
    published_policy(&server).await;
    let own = server.person(employee, &[]).await;
    let body = json!({"employee_id": employee, "target_code": "department-manager"});
    assert_eq!(own.post(CHECKS, body.clone()).await.expect(200)["eligible"], true);
    let other = server.given().await.employee("E-2").await;
    server.given().await.lecturer(other, None, "2026-01-01").await;
    let other = server.person(other, &[]).await;
    let hidden = other.post(CHECKS, body.clone()).await;
    assert_eq!((hidden.problem(422), hidden.faults()), ("invalid_values", vec![("/employee_id", "not_found")]));
    assert_eq!(person(&server, &[]).await.post(CHECKS, body).await.problem(403), "forbidden");
    let hr = server.client(&[Role::Hris]).await;
    for (body, fault) in [
        (json!({"employee_id": employee}), ("/policy_id", "exactly_one")),
        (json!({"employee_id": employee, "target_code": "king"}), ("/target_code", "not_found")),
        (json!({"employee_id": employee, "policy_id": server.state.ids.next()}), ("/policy_id", "not_found")),
        (
            json!({"employee_id": server.state.ids.next(), "target_code": "department-manager"}),
            ("/employee_id", "not_found"),
        ),
    ] {
        assert_eq!(hr.post(CHECKS, body).await.faults(), [fault]);
    }
}

#[tokio::test]
async fn who_is_eligible_applies_and_another_decides() {
    let server = TestServer::start().await;
    let employee = candidate(&server).await;
    published_policy(&server).await;
    let own = server.person(employee, &[Role::Admin]).await;
    let body = json!({"employee_id": employee, "target_code": "department-manager"});
    let first = own.post_keyed(APPLICATIONS, "a1", body.clone()).await;
    let again = own.post_keyed(APPLICATIONS, "a1", body.clone()).await;
    assert_eq!((first.status, first.id()), (201, again.id()));
    assert_eq!(own.post(APPLICATIONS, body.clone()).await.problem(409), "already_exists");
    let path = format!("{APPLICATIONS}/{}", first.id());
    assert_eq!(own.get(&path).await.expect(200)["check"]["eligible"], true);
    assert_eq!(own.post(&format!("{path}/approve"), json!({})).await.problem(403), "self_approval");
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(machine.post(&format!("{path}/approve"), json!({})).await.problem(403), "person_required");
    let admin = person(&server, &[Role::Admin]).await;
    assert_eq!(admin.post(&format!("{path}/reject"), json!({})).await.problem(422), "invalid_body");
    let approved = admin.post(&format!("{path}/approve"), json!({"reason": "well done"})).await.expect(200);
    assert_eq!((&approved["state"], &approved["decision_reason"]), (&json!("approved"), &json!("well done")));
    assert!(approved["decided_by"]["id"].is_string() && approved["decided_at"].is_string());
    assert_eq!(admin.post(&format!("{path}/reject"), json!({"reason": "x"})).await.problem(409), "state_conflict");
    let submitted = admin.get(&format!("{APPLICATIONS}?state=submitted")).await.expect(200);
    assert_eq!(submitted["items"], json!([]));
    // Handed in by an administrator, decided by another one.
    let second = admin.post(APPLICATIONS, body).await;
    let path = format!("{APPLICATIONS}/{}", second.id());
    assert_eq!(admin.post(&format!("{path}/approve"), json!({})).await.problem(403), "self_approval");
    let body = json!({"employee_id": employee, "target_code": "department-manager"});
    let stale = own.request(reqwest::Method::POST, &format!("{path}/withdraw")).header("if-match", "\"9\"");
    assert_eq!(own.send(stale).await.problem(412), "precondition_failed");
    let withdraw = own.request(reqwest::Method::POST, &format!("{path}/withdraw"));
    assert_eq!(own.send(withdraw).await.expect(200)["state"], "withdrawn");
    // By the administrator's machine: still the administrator's.
    let machine = crate::access::machine_made_by(&server, &admin, &["admin"]).await;
    let third = machine.post(APPLICATIONS, body).await;
    assert!(third.body["maker"]["id"].is_string(), "{}", third.text);
    let path = format!("{APPLICATIONS}/{}/approve", third.id());
    assert_eq!(admin.post(&path, json!({})).await.problem(403), "self_approval");
    // Whoever answers for the machine from now on did not hand it in.
    let given = server.given().await;
    let other = given.employee("E-777").await;
    let rotated = format!("UPDATE api_clients SET responsible_id = '{other}'");
    given.sql.execute(&rotated, &[]).await.unwrap();
    assert_eq!(admin.post(&path, json!({})).await.problem(403), "self_approval");
    given.sql.execute("UPDATE tenants SET self_approval = true", &[]).await.unwrap();
    let approved = admin.post(&path, json!({})).await.expect(200);
    assert_eq!((&approved["state"], &approved["self_approved"]), (&json!("approved"), &json!(true)));
}

#[tokio::test]
async fn who_is_not_eligible_is_refused_with_the_whole_answer() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let employee = given.employee("E-3").await;
    given.lecturer(employee, None, "2026-01-15").await;
    published_policy(&server).await;
    let own = server.person(employee, &[]).await;
    let body = json!({"employee_id": employee, "target_code": "department-manager"});
    let refused = own.post(APPLICATIONS, body).await;
    assert_eq!(refused.problem(422), "not_eligible");
    let check = &refused.body["check"];
    assert_eq!((&check["eligible"], &check["result"]["verdict"]), (&json!(false), &json!("not_met")));
    assert_eq!(check["result"]["criteria"][0]["met_on"], "2026-07-15");
    assert_eq!(check["result"]["criteria"][1]["missing_months"], 2);
    assert_eq!(own.get(APPLICATIONS).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn nobody_applies_for_who_has_left() {
    let server = TestServer::start().await;
    let employee = candidate(&server).await;
    published_policy(&server).await;
    let person_id = literal(&employee.to_string());
    let left = format!(
        "UPDATE lecturers SET ended_on = '2026-01-31' WHERE employee_id = {person_id};
         UPDATE employees SET left_on = '2026-01-31' WHERE id = {person_id}"
    );
    server.given().await.sql.batch_execute(&left).await.unwrap();
    let hr = person(&server, &[Role::Admin]).await;
    let refused = hr.post(APPLICATIONS, json!({"employee_id": employee, "target_code": "department-manager"})).await;
    assert_eq!(refused.faults(), [("/employee_id", "not_employed")]);
    assert_eq!(hr.get(APPLICATIONS).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn applications_are_seen_by_whom_they_concern() {
    let server = TestServer::start().await;
    let employee = candidate(&server).await;
    published_policy(&server).await;
    let given = server.given().await;
    let department = given.department("sales", None).await;
    given.membership(employee, department, "2025-01-01").await;
    let own = server.person(employee, &[]).await;
    let made = own.post(APPLICATIONS, json!({"employee_id": employee, "target_code": "department-manager"})).await;
    let path = format!("{APPLICATIONS}/{}", made.id());
    let stranger = given.employee("E-4").await;
    given.lecturer(stranger, None, "2026-01-01").await;
    let stranger = server.person(stranger, &[]).await;
    assert_eq!(stranger.get(&path).await.problem(404), "not_found");
    assert_eq!(stranger.get(APPLICATIONS).await.expect(200)["items"], json!([]));
    let withdraw = stranger.request(reqwest::Method::POST, &format!("{path}/withdraw"));
    assert_eq!(stranger.send(withdraw).await.problem(404), "not_found");
    let head = given.employee("E-5").await;
    let columns = [
        ("employee_id", literal(&head.to_string())),
        ("role", literal("manager")),
        ("department_id", literal(&department.to_string())),
    ];
    given.row("role_grants", &columns).await;
    let manager = server.person(head, &[]).await;
    assert_eq!(manager.get(&path).await.expect(200)["employee"]["employee_number"], "E-1");
    assert_eq!(manager.get(APPLICATIONS).await.expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(manager.post(&format!("{path}/approve"), json!({})).await.problem(403), "forbidden");
}

#[tokio::test]
async fn a_title_is_held_once_and_an_open_notice_stands_in_the_way() {
    let server = TestServer::start().await;
    let employee = candidate(&server).await;
    let admin = person(&server, &[Role::Admin]).await;
    let body = json!({"employee_id": employee, "code": "senior-lecturer"});
    let title = admin.post("/v1/titles", body.clone()).await.expect(201);
    assert_eq!((&title["code"], &title["programme_id"]), (&json!("senior-lecturer"), &Value::Null));
    assert_eq!(admin.post("/v1/titles", body).await.problem(409), "already_exists");
    let wrong = admin.post("/v1/titles", json!({"employee_id": server.state.ids.next(), "code": ""})).await;
    assert_eq!(wrong.faults(), [("/code", "empty"), ("/employee_id", "not_found")]);
    let unknown = admin.post("/v1/titles", json!({"employee_id": employee, "code": "grand-master"})).await;
    assert_eq!((unknown.problem(422), unknown.faults()), ("invalid_values", vec![("/code", "unknown_title")]));
    let holder = server.person(employee, &[Role::Admin]).await;
    let to_oneself = json!({"employee_id": employee, "code": "senior-lecturer"});
    assert_eq!(holder.post("/v1/titles", to_oneself).await.problem(403), "self_approval");
    let own = server.person(employee, &[]).await;
    assert_eq!(own.get("/v1/titles?held=true").await.expect(200)["items"], json!([title]));
    assert_eq!(own.get("/v1/titles?held=false").await.expect(200)["items"], json!([]));
    let given = server.given().await;
    let programme: String = given.sql.query_one("SELECT id::text FROM programmes", &[]).await.unwrap().get(0);
    let columns = [
        ("employee_id", literal(&employee.to_string())),
        ("programme_id", literal(&programme)),
        ("state", literal("open")),
        ("opened_at", literal(&at("2026-02-01T00:00:00Z").to_rfc3339())),
    ];
    let notice = given.row("improvement_notices", &columns).await;
    let wanted = json!({"target_code": "mentor", "name": "导师", "criteria": {"kind": "no_open_notice"}});
    let drafted = admin.post(POLICIES, wanted).await;
    let checker = person(&server, &[Role::Admin]).await;
    let id = publish(&checker, &drafted).await.expect(200)["id"].clone();
    let notices = own.get("/v1/improvement-notices?state=open").await.expect(200);
    assert_eq!(notices["items"][0]["id"], json!(notice));
    let check = own.post(CHECKS, json!({"employee_id": employee, "policy_id": id})).await.expect(200);
    assert_eq!(check["eligible"], false);
    assert_eq!(check["result"]["open_notice_ids"], json!([notice]));
}
