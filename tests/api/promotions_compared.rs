//! Promotion of random lecturers: a single check, a check of all and the list of who is eligible come to the same answer.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::people_merge::Two;
use crate::promotions::{CHECKS, Company, MONTHS};
use crate::support::{Random, TestServer, literal};

fn text(id: Uuid) -> String {
    literal(&id.to_string())
}

/// A moment in February.
fn day(random: &mut Random) -> String {
    literal(&format!("2026-02-{:02}T20:00:00Z", 1 + random.below(28)))
}

/// Closed months of a lecturer, with sessions.
async fn random_months(company: &Company<'_>, random: &mut Random, employee: Uuid) {
    let given = &company.given;
    for (month, known) in MONTHS.iter().enumerate() {
        let rating =
            random.of(&[Some(("95.00", "excellent")), Some(("95.00", "excellent")), Some(("70.00", "good")), None]);
        if random.below(8) == 0 {
            continue;
        }
        let mut sessions = Vec::new();
        for _ in 0..random.below(3) {
            let start = format!("{}-{:02}T02:00:00Z", known.0, 1 + random.below(28));
            let session = given.delivered_session(company.programme, employee, &start, 10).await;
            let (state, minutes) = random.of(&[("delivered", 60), ("delivered", 20), ("missed", 0)]);
            sessions.push(
                json!({"session_id": session, "state": state, "kind": "assigned", "minutes": minutes, "attendees": 10,
                                 "credit": random.of(&["1", "0.5", "0.33333333"])}),
            );
        }
        company.result(employee, month, rating, &json!(sessions)).await;
    }
}

/// Suspensions, titles, notices and certificates.
async fn random_facts(company: &Company<'_>, random: &mut Random, employee: Uuid) {
    let given = &company.given;
    if random.below(3) == 0 {
        let columns = [
            ("employee_id", text(employee)),
            ("kind", literal("suspension")),
            ("starts_on", literal(&format!("2025-{:02}-10", 8 + random.below(5)))),
            ("ends_on", random.of(&["NULL".to_owned(), literal("2025-12-31")])),
            ("source", literal("hr")),
        ];
        given.row("absences", &columns).await;
    }
    if random.below(2) == 0 {
        let withdrawn = random.of(&["NULL".to_owned(), literal("2026-02-20T20:00:00Z")]);
        let reason = if withdrawn == "NULL" { "NULL".to_owned() } else { literal("x") };
        let columns = [
            ("employee_id", text(employee)),
            ("code", literal("senior-lecturer")),
            ("granted_at", literal("2026-01-05T20:00:00Z")),
            ("withdrawn_at", withdrawn),
            ("withdraw_reason", reason),
        ];
        given.row("titles", &columns).await;
    }
    if random.below(3) == 0 {
        let columns = [
            ("employee_id", text(employee)),
            ("programme_id", text(company.programme)),
            ("state", literal("open")),
            ("opened_at", day(random)),
        ];
        given.row("improvement_notices", &columns).await;
    }
    if random.below(2) == 0 {
        let columns = [
            ("employee_id", text(employee)),
            ("kind", literal("ttt")),
            ("issuer", literal("X")),
            ("valid_from", literal("2026-01-15")),
            ("valid_to", random.of(&["NULL".to_owned(), literal("2026-02-15")])),
        ];
        given.row("competence_certificates", &columns).await;
    }
}

/// Waivers of criteria of each policy, of which some were revoked.
async fn random_waivers(company: &Company<'_>, random: &mut Random, employee: Uuid, policies: &[(String, Vec<Value>)]) {
    let given = &company.given;
    let (first, second) =
        (given.employee(&format!("A{employee}")).await, given.employee(&format!("B{employee}")).await);
    for (policy, singles) in policies {
        let at = random.below(singles.len());
        let approved = day(random);
        let (state, ended) =
            random.of(&[("approved", "NULL".to_owned()), ("revoked", literal("2026-02-25T20:00:00Z"))]);
        let reason = if state == "revoked" { literal("x") } else { "NULL".to_owned() };
        let columns = [
            ("employee_id", text(employee)),
            ("policy_id", literal(policy)),
            ("target_code", literal("department-manager")),
            ("place", literal(&format!("/criteria/criteria/{at}"))),
            ("criterion", literal(&singles[at].to_string())),
            ("reason", literal("x")),
            ("state", literal(state)),
            ("first_approver_id", text(first)),
            ("first_approved_at", approved.clone()),
            ("second_approver_id", text(second)),
            ("approved_at", approved),
            ("ended_at", ended),
            ("end_reason", reason),
        ];
        if random.below(4) == 0 {
            given.row("promotion_waivers", &columns).await;
        }
    }
}

/// Asks about everybody in each way on some days. Returns how often somebody passed.
async fn same_answers(company: &Company<'_>, people: &[(String, Uuid, &str)]) -> usize {
    let (hr, mut passed) = (&company.admins[0], 0);
    for on in ["2026-03-01", "2026-02-16", "2026-01-20", "2025-08-25"] {
        let ids: Vec<Uuid> = people.iter().map(|(_, id, _)| *id).collect();
        let asked = json!({"employee_ids": ids, "target_code": "department-manager", "on": on});
        let together = hr.post(&format!("{CHECKS}/batch"), asked).await.expect(200);
        let mut expected = Vec::new();
        for (i, (number, employee, from)) in people.iter().enumerate() {
            let asked = json!({"employee_id": employee, "target_code": "department-manager", "on": on});
            let single = hr.post(CHECKS, asked).await.expect(200);
            assert_eq!(single, together["items"][i], "{number} {on}");
            // The list has lecturers of that day.
            if single["eligible"] == json!(true) && *from <= on {
                expected.push(number.clone());
            }
        }
        expected.sort();
        assert_eq!(company.eligible(hr, &format!("&on={on}")).await, expected, "{on}");
        passed += expected.len();
    }
    passed
}

/// Of random lecturers, the list has exactly those whom a single check finds eligible, and a check of all says the same.
#[tokio::test]
async fn one_by_one_all_together_and_the_list_come_to_the_same_answer() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let mut random = Random(7);
    let first = vec![
        json!({"kind": "tenure", "months": 5}),
        json!({"kind": "grades", "periods": 3, "every": "excellent", "within_months": 5}),
        json!({"kind": "no_open_notice"}),
        json!({"kind": "sessions_total", "at_least": "1.5"}),
    ];
    let second = vec![
        json!({"kind": "title", "code": "senior-lecturer"}),
        json!({"kind": "score_average", "periods": 4, "at_least": "90", "programme_id": company.programme}),
        json!({"kind": "external", "key": "ttt"}),
    ];
    let mut policies = Vec::new();
    for (kind, singles) in [("all", &first), ("any", &second)] {
        let id = company.policy("department-manager", json!({"kind": kind, "criteria": singles})).await;
        policies.push((id, singles.clone()));
    }
    let mut people = Vec::new();
    for number in 0..30 {
        let from = random.of(&["2025-08-20", "2025-10-01", "2025-03-01"]);
        let number = format!("L{number:02}");
        let employee = company.lecturer(&number, from).await;
        random_months(&company, &mut random, employee).await;
        random_facts(&company, &mut random, employee).await;
        random_waivers(&company, &mut random, employee, &policies).await;
        people.push((number, employee, from));
    }
    // Somebody with two records: the results of one of them are read through the other.
    let two = Two::new(&server).await;
    let (kept, duplicate) = (company.lecturer("K", "2025-03-01").await, company.given.employee("D").await);
    company.excellent(duplicate, 2..6).await;
    two.merge(kept, duplicate).await;
    people.push(("K".to_owned(), kept, "2025-03-01"));
    let mut passed = same_answers(&company, &people).await;
    // The first version again, as the third.
    company.policy("department-manager", json!({"kind": "all", "criteria": first})).await;
    passed += same_answers(&company, &people).await;
    assert!((10..200).contains(&passed), "some pass and some do not: {passed}");
}
