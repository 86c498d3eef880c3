//! What becomes of the facts of a record that is given up.

use std::collections::BTreeMap;

use lectern::keys::{EmployeeKey, OutsideIssuer};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Two, attended, items, path, text};
use crate::closing::finished;
use crate::feedback_batches::Course;
use crate::outside_issuers::outside_issuer::{IssuerKey, TestIssuer};
use crate::support::{Client, Given, Options, TestServer, at, literal};

#[tokio::test]
async fn of_two_ratings_of_a_session_the_first_counts_and_no_shown_sum_tells_the_other() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 6).await;
    let two = Two::new(&server).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    let rate = async |learner: usize, rating: i32| {
        course.tries_to_rate(learner, session, &json!({"rating": rating})).await.expect(200);
    };
    let shown = async || {
        let rating = &course.statement(lecturer).await["scorecard"]["card"]["metrics"]["feedback_rating"];
        (rating["n"].as_i64().unwrap(), rating["value"].clone())
    };
    for (learner, rating) in [(0, 9), (1, 1), (2, 8), (3, 8)] {
        rate(learner, rating).await;
    }
    assert_eq!(shown().await, (3, json!("6.000000")), "three are released, one is held back");
    two.merge(course.learners[1], course.learners[0]).await;
    assert_eq!(shown().await, (3, json!("6.000000")), "a batch stays whole");
    let own = server.person_token(server.tenant, course.learners[1]);
    let mine = format!("/v1/sessions/{session}/my-feedback");
    assert_eq!(own.get(&mine).await.expect(200)["rated"], true);
    let people: i64 =
        count(&course.given, &format!("SELECT count(*) FROM session_audience WHERE session_id = '{session}'")).await;
    assert_eq!(people, 5, "registered once");
    for learner in [4, 5] {
        rate(learner, 8).await;
    }
    assert_eq!(shown().await.0, 6);
    // The person changes what counts: still one rating, and the other one stays out.
    own.send(own.request(Method::PUT, &mine).json(&json!({"rating": 10}))).await.expect(200);
    assert_eq!(shown().await.0, 6);
    server.clock.set(at("2026-04-07T01:00:00Z"));
    let force = json!({"force": true, "reason": "February is open"});
    let hr = course.hr().await;
    finished(&hr, &hr.post(&course.period("close"), force).await).await;
    // 10, 8, 8, 8, 8 without the 1.
    assert_eq!(shown().await, (5, json!("8.400000")));
}

async fn count(given: &Given<'_>, sql: &str) -> i64 {
    given.sql.query_one(sql, &[]).await.unwrap().get(0)
}

async fn employed_one_after_the_other(given: &Given<'_>, kept: Uuid, duplicate: Uuid) {
    let sql = format!(
        "UPDATE employees SET hired_on = '2026-01-01' WHERE id = '{kept}';
         UPDATE employees SET hired_on = '2020-01-01', left_on = '2026-01-01' WHERE id = '{duplicate}'"
    );
    given.sql.batch_execute(&sql).await.unwrap();
}

async fn has_both_notices(client: &Client, kept: Uuid) {
    let notices = items(client, &format!("/v1/improvement-notices?employee_id={kept}")).await;
    assert_eq!(notices.len(), 2, "one open notice of each");
    assert!(notices.iter().all(|one| one["employee"]["id"] == json!(kept)), "{notices:?}");
}

#[tokio::test]
async fn dated_facts_fill_the_days_that_are_free_and_what_is_there_twice_is_there_once() {
    let server = TestServer::start().await;
    server.clock.set(at("2026-03-20T02:00:00Z"));
    let given = server.given().await;
    let two = Two::new(&server).await;
    let (kept, duplicate) = (given.employee("K1").await, given.employee("D1").await);
    employed_one_after_the_other(&given, kept, duplicate).await;
    let (a, b) = (given.department("A", None).await, given.department("B", None).await);
    given.membership(kept, a, "2026-01-01").await;
    given.membership(duplicate, b, "2025-01-01").await;
    let group = given.group("g").await;
    given.lecturer(kept, Some(group), "2026-01-01").await;
    let first = given.lecturer(duplicate, Some(group), "2025-01-01").await;
    let level = [("lecturer_id", text(first)), ("level", literal("junior")), ("valid_from", literal("2025-01-01"))];
    given.row("lecturer_levels", &level).await;
    let programme = given.programme("p", group).await;
    let other = given.employee("L1").await;
    let session = given.delivered_session(programme, other, "2026-03-02T02:00:00Z", 10).await;
    attended(&given, &text(session), duplicate).await;
    let absent = [
        ("session_id", text(session)),
        ("employee_id", text(kept)),
        ("state", literal("absent")),
        ("source", literal("door")),
    ];
    given.row("attendance_records", &absent).await;
    for (learner, state) in [(kept, "submitted"), (duplicate, "confirmed")] {
        let decided = if state == "confirmed" { literal("2026-03-05T00:00:00Z") } else { "NULL".to_owned() };
        let columns = [
            ("session_id", text(session)),
            ("learner_id", text(learner)),
            ("description", literal("It worked")),
            ("state", literal(state)),
            ("submitted_at", literal("2026-03-04T00:00:00Z")),
            ("decided_at", decided),
        ];
        given.row("application_cases", &columns).await;
    }
    for (learner, rating, day) in [(kept, 2, "2026-03-04"), (duplicate, 9, "2026-03-03")] {
        let columns = [
            ("session_id", text(session)),
            ("learner_id", text(learner)),
            ("rating", rating.to_string()),
            ("scale", "10".to_owned()),
            ("received_at", literal(&format!("{day}T00:00:00Z"))),
            ("source", literal("import")),
        ];
        given.row("feedback", &columns).await;
    }
    for (person, opened) in [(kept, "2026-02-01"), (duplicate, "2026-03-01")] {
        let opened = literal(&format!("{opened}T00:00:00Z"));
        let columns = [
            ("employee_id", text(person)),
            ("programme_id", text(programme)),
            ("state", literal("open")),
            ("opened_at", opened),
        ];
        given.row("improvement_notices", &columns).await;
    }
    let taught = given.delivered_session(programme, duplicate, "2026-03-03T02:00:00Z", 10).await;
    two.merge(kept, duplicate).await;

    let read = two.first.get(&path(kept)).await.expect(200);
    let employments = json!([
        {"hired_on": "2026-01-01", "left_on": null}, {"hired_on": "2020-01-01", "left_on": "2025-12-31"}
    ]);
    assert_eq!(read["employments"], employments);
    let days = |rows: &[Value], from: &str| {
        let mut days: Vec<(Value, Value)> =
            rows.iter().map(|row| (row[from].clone(), row["ended_on"].clone())).collect();
        days.sort_by_key(|(from, _)| from.to_string());
        days
    };
    let expected = [(json!("2025-01-01"), json!("2025-12-31")), (json!("2026-01-01"), Value::Null)];
    assert_eq!(days(read["memberships"].as_array().unwrap(), "starts_on"), expected);
    let appointments = items(&two.first, &format!("/v1/lecturers?employee_id={kept}")).await;
    assert_eq!(days(&appointments, "appointed_on"), expected);
    let earlier = appointments.iter().find(|one| one["id"] == json!(first)).unwrap();
    assert_eq!(earlier["levels"][0]["level"], "junior");
    assert_eq!(earlier["levels"][0]["ended_on"], "2025-12-31");
    let members = items(&two.first, &format!("/v1/lecturer-groups/{group}/members")).await;
    assert!(members.iter().all(|one| one["employee"]["id"] == json!(kept)), "{members:?}");

    let present =
        format!("SELECT count(*) FROM attendance_records WHERE session_id = '{session}' AND state = 'present'");
    assert_eq!(count(&given, &present).await, 1, "who was there under one of two numbers was there");
    let rating = format!("SELECT sum(rating) FROM feedback WHERE session_id = '{session}' AND counts");
    assert_eq!(count(&given, &rating).await, 9, "the first one, under whichever number");
    let cases = items(&two.first, &format!("/v1/application-cases?learner_id={kept}")).await;
    let standing: Vec<&Value> =
        cases.iter().filter(|case| case["voided"].is_null()).map(|case| &case["state"]).collect();
    assert_eq!(standing, [&json!("confirmed")], "{cases:?}");
    let voided: Vec<&Value> = cases.iter().filter(|case| !case["voided"].is_null()).map(|case| &case["id"]).collect();
    let log = items(&two.first, "/v1/audit-entries?command=merge_employees").await;
    assert_eq!(log[0]["details"]["cases_voided"], json!(voided));
    let told = "SELECT subject_id::text FROM outbox_events WHERE topic = 'case.voided'";
    assert_eq!(json!(given.sql.query_one(told, &[]).await.unwrap().get::<_, String>(0)), *voided[0]);
    has_both_notices(&two.first, kept).await;
    let session = two.first.get(&format!("/v1/sessions/{taught}")).await.expect(200);
    assert_eq!(session["lecturers"][0]["employee"]["id"], json!(kept));
    assert_eq!(items(&two.first, &format!("/v1/lecturers?employee_id={duplicate}")).await, [] as [Value; 0]);
}

/// The account of the one signs in the other, and the number that was given up signs in nobody.
#[tokio::test]
async fn an_account_goes_over_and_a_former_number_lets_nobody_in() {
    let key = IssuerKey::generate("first");
    let issuer = TestIssuer::start(&[&key]);
    let settings = OutsideIssuer {
        tenant: "demo".into(),
        claim: "mark".into(),
        employee_key: EmployeeKey::EmployeeNumber,
        ..issuer.settings()
    };
    let server = TestServer::start_as(Options { issuers: vec![settings], ..Options::default() }).await;
    let account = |subject: &str, mark: &str| {
        let claims = json!({"sub": subject, "mark": mark});
        server.with_token(issuer.token_of(&key, server.clock.now().timestamp(), &claims))
    };
    let given = server.given().await;
    let two = Two::new(&server).await;
    let (kept, duplicate) = (given.employee("K1").await, given.employee("D1").await);
    let who = async |client: &Client| client.get("/v1/me").await.expect(200)["employee"]["id"].clone();
    assert_eq!(who(&account("one", "D1")).await, json!(duplicate));
    two.merge(kept, duplicate).await;
    assert_eq!(who(&account("one", "D1")).await, json!(kept));
    assert_eq!(account("two", "D1").get("/v1/me").await.problem(401), "unauthenticated");
    assert_eq!(account("two", "K1").get("/v1/me").await.problem(401), "unauthenticated", "the account is bound");
}

/// Every column that refers to an employee, and what a merge does with it. A new one must be decided: it goes over to the kept record,
/// ends, or keeps the record and is read through the kept one (by `employee_refs`, `records_of`, `Actor::is`).
const DECIDED: &[(&str, &str)] = &[
    ("absences", "employee_id moves"),
    ("access_changes", "answerable_id stays, employee_id ends"),
    ("advice_findings", "dismissed_by_id stays"),
    ("anonymous_participants", "learner_id stays"),
    ("api_clients", "responsible_id moves"),
    ("appeal_events", "actor_id stays"),
    ("appeals", "decided_by_id stays, employee_id moves"),
    ("application_cases", "decided_by_id stays, learner_id moves, maker_id stays, voided_by_id stays"),
    ("attendance_records", "employee_id moves"),
    ("budget_raises", "checker_id stays, maker_id stays"),
    ("certificates", "employee_id moves"),
    ("competence_certificates", "employee_id moves"),
    ("content_authors", "employee_id moves"),
    ("content_versions", "submitted_by_id stays"),
    ("credential_keys", "suspected_by_id stays, withdrawn_by_id stays"),
    ("department_memberships", "employee_id moves"),
    ("departments", "manager_id ends"),
    ("earlier_employments", "employee_id moves"),
    ("employee_external_ids", "employee_id moves"),
    ("employees", "merged_into_id moves"),
    ("external_metric_values", "employee_id moves"),
    ("feedback", "learner_id stays"),
    ("feedback_batch_lecturers", "lecturer_id moves"),
    ("feedback_extensions", "granted_by_id stays"),
    ("feedback_papers", "confirmed_by_id stays, entered_by_id stays"),
    ("former_employee_numbers", "employee_id moves"),
    ("former_external_ids", "employee_id moves"),
    ("former_mail_addresses", "employee_id moves"),
    ("hr_tasks", "decided_by_id stays, employee_id stays"),
    ("improvement_notices", "closed_by_id stays, employee_id moves"),
    ("lecturer_group_memberships", "employee_id moves"),
    ("lecturer_group_organisers", "employee_id ends"),
    ("lecturers", "employee_id moves"),
    ("live_results", "employee_id ends"),
    ("mentor_offers", "employee_id moves"),
    ("mentorship_notes", "author_id stays"),
    ("mentorships", "ended_by_id stays, mentee_id moves, mentor_id moves"),
    ("opportunity_applications", "employee_id moves"),
    ("opportunity_precedences", "employee_id moves, withdrawn_by_id stays"),
    ("pay_group_members", "employee_id moves"),
    ("payroll_exclusions", "employee_id moves, explained_by_id stays"),
    ("payroll_lines", "approved_by_id stays, employee_id stays"),
    (
        "promotion_applications",
        "decided_by_id stays, employee_id moves, maker_id stays, waiver_first_approver_id stays, waiver_second_approver_id stays",
    ),
    ("promotion_policies", "checker_id stays, maker_id stays"),
    (
        "promotion_waivers",
        "employee_id moves, ended_by_id stays, first_approver_id stays, maker_id stays, second_approver_id stays",
    ),
    ("provisional_rewards", "employee_id ends"),
    ("restatement_lines", "employee_id stays"),
    ("restatement_proposals", "employee_id stays"),
    ("restatements", "checker_id stays, maker_id stays"),
    ("reuse_events", "employee_id moves, voided_by_id stays"),
    ("reward_entries", "caused_by_id stays, employee_id stays"),
    ("reward_policy_sets", "checker_id stays, maker_id stays"),
    ("role_grants", "employee_id ends"),
    ("scoring_rules", "checker_id stays, maker_id stays"),
    ("session_audience", "employee_id moves"),
    ("session_change_requests", "asked_by_id moves, colleague_id moves, decided_by_id stays"),
    ("session_lecturers", "employee_id moves"),
    ("sessions", "attendance_recorded_by_id moves, delivery_confirmed_by_id moves, delivery_reported_by_id moves"),
    ("sign_in_bindings", "employee_id moves"),
    ("snapshot_lecturers", "employee_id stays"),
    ("titles", "employee_id moves, withdrawn_by_id stays"),
    ("what_if_lecturers", "employee_id stays"),
];

#[tokio::test]
async fn every_reference_to_an_employee_is_decided() {
    let server = TestServer::start().await;
    let sql = "SELECT c.conrelid::regclass::text, a.attname::text
                 FROM pg_constraint c
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) AND a.attname <> 'tenant_id'
                WHERE c.contype = 'f' AND c.confrelid = 'employees'::regclass ORDER BY 1, 2";
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in server.database.owner().await.query(sql, &[]).await.unwrap() {
        found.entry(row.get(0)).or_default().push(row.get(1));
    }
    let decided = DECIDED.iter().map(|(table, columns)| {
        let names = columns.split(", ").map(|column| column.split(' ').next().unwrap().to_owned());
        ((*table).to_owned(), names.collect::<Vec<String>>())
    });
    assert_eq!(found, decided.collect::<BTreeMap<_, _>>());
}
