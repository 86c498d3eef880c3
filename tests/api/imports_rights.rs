//! What a file does not do for whoever sends it: give roles, confirm their own sessions, speak in the names of others.

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::imports::{SESSIONS, faults, imported, order, rows, succeeded};
use crate::support::TestServer;

#[tokio::test]
async fn roles_are_given_only_by_who_may_give_them_and_are_told() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let files = [("员工.csv", "\u{feff}工号,姓名,*系统角色\nE1,Ann,hris;auditor\nE2,Bob,\n")];
    let hris = server.client(&[Role::Hris]).await;
    let refused = hris.post("/v1/imports", order(&files)).await;
    assert_eq!(refused.problem(403), "forbidden");
    assert!(refused.text.contains("clients:write"), "{}", refused.text);
    assert_eq!(rows(&given, "SELECT id FROM jobs").await, [""; 0]);
    let admin = server.client(&[Role::Admin]).await;
    let first = imported(&admin, &files).await;
    succeeded(&first);
    let again = imported(&admin, &files).await;
    succeeded(&again);
    let waiting = first["result"]["waiting_changes"].as_array().unwrap();
    assert_eq!(waiting.len(), 2, "{waiting:?}");
    assert_eq!(&again["result"]["waiting_changes"], &json!(waiting), "the same proposal again is one");
    assert_eq!(rows(&given, "SELECT id FROM role_grants").await, [""; 0], "they wait");
    let second = server.person(server.state.ids.next(), &[Role::Admin]).await;
    for change in waiting {
        let path = format!("/v1/access-changes/{}/confirm", change["id"].as_str().unwrap());
        assert_eq!(second.act(&path, "*", None).await.expect(200)["employee"]["employee_number"], "E1");
    }
    let third = imported(&admin, &files).await;
    assert_eq!(third["result"]["waiting_changes"], json!([]), "what is there already is not proposed again");
    let events = "SELECT payload->>'role' FROM outbox_events WHERE topic = 'role_grant.created' ORDER BY 1";
    assert_eq!(rows(&given, events).await, ["(auditor)", "(hris)"]);
}

/// What HR exports as delivered is confirmed by that, but nobody confirms what they gave themselves.
#[tokio::test]
async fn an_import_is_no_second_word_on_the_importer_s_own_sessions() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let group = given.group("PK").await;
    given.programme("P", group).await;
    let own = given.employee("E1").await;
    given.employee("E2").await;
    let importer = server.person(own, &[Role::Hris]).await;
    let of_another = "S2,P,Talk,assigned,online,delivered,2026-02-06 14:00,45,2026-02-06 14:00,45,E2\n";
    succeeded(&imported(&importer, &[("sessions.csv", &format!("{SESSIONS}{of_another}"))]).await);
    let confirmed = "SELECT e.employee_number, s.delivery_confirmed_at IS NOT NULL AS confirmed FROM sessions s
                       JOIN session_lecturers l ON l.session_id = s.id JOIN employees e ON e.id = l.employee_id
                      ORDER BY e.employee_number";
    assert_eq!(rows(&given, confirmed).await, ["(E1,f)", "(E2,t)"]);
}

/// The list that came with the import is the importer's word as well.
#[tokio::test]
async fn imported_attendance_does_not_confirm_what_its_importer_reports() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let group = given.group("PK").await;
    given.programme("P", group).await;
    let own = given.employee("E1").await;
    given.employee("E2").await;
    let importer = server.person(own, &[Role::Hris]).await;
    let present = "session_code,employee_number,state\nS1,E2,present\n";
    succeeded(&imported(&importer, &[("sessions.csv", SESSIONS), ("attendance.csv", present)]).await);
    let page = importer.get("/v1/sessions").await.expect(200);
    let session = page["items"][0].clone();
    let path = format!("/v1/sessions/{}/deliver", session["id"].as_str().unwrap());
    let (started_at, minutes) = (&session["delivery"]["started_at"], &session["delivery"]["delivered_minutes"]);
    let body = json!({"started_at": started_at, "delivered_minutes": minutes});
    let said = importer.post(&path, body).await.expect(200);
    assert_eq!(said["delivery"]["confirmed_at"], Value::Null);
}

#[tokio::test]
async fn files_bring_no_ratings_and_decisions_of_a_period_of_live_feedback() {
    let server = TestServer::start().await;
    let given = server.given().await;
    server.clock.set(crate::support::at("2026-03-10T00:00:00Z"));
    let admin = server.client(&[Role::Admin]).await;
    let programme = json!({
        "code": "P", "name": "P", "time_zone": "Asia/Shanghai", "currency": "CNY", "cycle": "month"
    });
    let made = admin.post("/v1/programmes", programme).await;
    assert_eq!(made.body["live_feedback_from_on"], "2026-03-10", "today, if nobody says otherwise");
    let path = format!("/v1/programmes/{}", made.id());
    let hris = server.client(&[Role::Hris]).await;
    let sessions = |month: &str| SESSIONS.replace("2026-02", month);
    let employees = "employee_number,name\nE1,Ann\nE2,Bob\nE3,Boss\n";
    let ratings = "session_code,employee_number,rating,received_at\nS1,E2,10,2026-03-06 15:00\n";
    let cases = "session_code,employee_number,description,submitted_at,decided_at,decided_by_number\n\
        S1,E2,Used it,2026-03-06 15:00,2026-03-06 16:00,E3\n";
    let order = |sessions: String| {
        let files =
            [("employees.csv", employees), ("sessions.csv", &sessions), ("ratings.csv", ratings), ("cases.csv", cases)];
        order(&files)
    };
    let forged = hris.ended(&hris.post("/v1/imports", order(sessions("2026-03"))).await).await;
    assert_eq!(faults(&forged), [(2, "state", "live_feedback"), (2, "session_code", "live_feedback")]);
    assert_eq!(rows(&given, "SELECT rating FROM feedback").await, [""; 0]);
    // Nobody opens the month to files again, and what was before it stays open to them.
    let moved = admin.patch(&path, "*", json!({"live_feedback_from_on": "2026-04-01"})).await;
    assert_eq!(moved.faults(), [("/live_feedback_from_on", "not_eligible")]);
    let history = hris.ended(&hris.post("/v1/imports", order(sessions("2026-02"))).await).await;
    assert_eq!(history["state"], "succeeded", "{history}");
    assert_eq!(rows(&given, "SELECT rating FROM feedback").await, ["(10)"]);
    admin.patch(&path, "*", json!({"live_feedback_from_on": "2026-02-01"})).await.expect(200);
}

#[tokio::test]
async fn what_is_in_the_files_is_told_only_to_who_may_import() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let accepted =
        hris.post("/v1/imports", order(&[("employees.csv", "employee_number,name,hired_on\nE1,Ann,4711\n")])).await;
    assert_eq!(faults(&hris.ended(&accepted).await), [(2, "hired_on", "bad_date")]);
    let path = format!("/v1/jobs/{}", accepted.id());
    let payroll = server.client(&[Role::Payroll]).await;
    for text in [payroll.get(&path).await.text, payroll.get("/v1/jobs").await.text] {
        assert!(text.contains("import_refused") && !text.contains("4711") && !text.contains("faults\""), "{text}");
    }
}
