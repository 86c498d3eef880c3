//! When content is due as a session moves, and that nobody is planned in two places at once.

use std::sync::Arc;

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::imports::order;
use crate::sessions::{Company, company, with};
use crate::support::{Answer, Client, Given, TestServer, at};

fn content() -> Value {
    json!({"title": "老客户维护三步法", "outline": "1. 背景 2. 案例"})
}

/// Plans a session of 2026-03-10T06:00:00Z; its path.
async fn planned(client: &Client, company: &Company, members: Value) -> String {
    let planned = client.post("/v1/sessions", with(company.plan(company.lecturer), members)).await;
    let path = planned.header("location").to_owned();
    planned.expect(201);
    path
}

async fn moved(client: &Client, path: &str, starts_at: &str) -> Value {
    client.patch(path, "*", json!({"starts_at": starts_at})).await.expect(200)["due_at"].clone()
}

#[tokio::test]
async fn a_due_moment_follows_hr_and_never_into_the_past() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at("2026-03-05T00:00:00Z"));
    let hr = server.client(&[Role::Hris]).await;
    let path = planned(&hr, &company, json!({})).await;
    assert_eq!(moved(&hr, &path, "2026-03-12T06:00:00Z").await, "2026-03-11T06:00:00Z");
    assert_eq!(moved(&hr, &path, "2026-03-05T06:00:00Z").await, "2026-03-05T00:00:00Z", "not into the past");
    // Overdue: a later session has a later due moment, a session the same day leaves it overdue.
    server.clock.set(at("2026-03-05T03:00:00Z"));
    let hr = server.client(&[Role::Hris]).await;
    assert_eq!(moved(&hr, &path, "2026-03-05T07:00:00Z").await, "2026-03-05T00:00:00Z");
    assert_eq!(moved(&hr, &path, "2026-03-20T07:00:00Z").await, "2026-03-20T00:00:00Z");
    let past = hr.patch(&path, "*", json!({"due_at": "2026-03-05T02:59:59Z"})).await;
    assert_eq!((past.problem(422), past.faults()), ("invalid_values", vec![("/due_at", "not_eligible")]));
}

#[tokio::test]
async fn whoever_was_on_time_stays_so_when_hr_moves_the_session() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at("2026-03-09T06:00:00Z"));
    let hr = server.client(&[Role::Hris]).await;
    let lecturer = server.person_token(server.tenant, company.lecturer);
    let path = planned(&hr, &company, json!({})).await;
    lecturer.post(&format!("{path}/submit-content"), content()).await.expect(201);
    server.clock.set(at("2026-03-09T07:00:00Z"));
    let hr = server.client(&[Role::Hris]).await;
    assert_eq!(moved(&hr, &path, "2026-03-09T10:00:00Z").await, "2026-03-09T06:00:00Z");
    let earlier = hr.patch(&path, "*", json!({"due_at": "2026-03-09T05:00:00Z"})).await;
    assert_eq!((earlier.problem(422), earlier.faults()), ("invalid_values", vec![("/due_at", "not_eligible")]));
    assert_eq!(moved(&hr, &path, "2026-04-09T10:00:00Z").await, "2026-03-09T06:00:00Z", "met is met");
}

#[tokio::test]
async fn a_lecturer_s_own_move_gains_no_time() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at("2026-03-05T00:00:00Z"));
    let lecturer = server.person_token(server.tenant, company.lecturer);
    let own = planned(&lecturer, &company, json!({"kind": "voluntary"})).await;
    assert_eq!(moved(&lecturer, &own, "2026-04-19T06:00:00Z").await, "2026-03-09T06:00:00Z");
    // The machine of an administrator who gives the session is that administrator.
    let teaching = server.person(company.lecturer, &[Role::Admin]).await;
    let machine = crate::access::machine_made_by(&server, &teaching, &["hris"]).await;
    assert_eq!(moved(&machine, &own, "2026-04-20T06:00:00Z").await, "2026-03-09T06:00:00Z");
}

#[tokio::test]
async fn a_delivery_long_before_its_plan_is_for_hr_to_record() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at("2026-03-10T05:00:00Z"));
    let admin = server.client(&[Role::Admin]).await;
    let lecturer = server.person_token(server.tenant, company.lecturer);
    let manager = server.person_token(server.tenant, company.manager);
    let path = planned(&lecturer, &company, json!({"kind": "voluntary", "starts_at": "2026-04-19T06:00:00Z"})).await;
    let deliver = format!("{path}/deliver");
    let report = json!({"started_at": "2026-03-10T03:00:00Z", "delivered_minutes": 40});
    for client in [&lecturer, &manager] {
        let refused = client.post(&deliver, report.clone()).await;
        assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", vec![("/started_at", "not_eligible")]));
    }
    admin.post(&deliver, report).await.expect(200);
    // By how much is the programme's to say.
    let near = planned(&lecturer, &company, json!({"kind": "voluntary", "starts_at": "2026-03-10T06:30:00Z"})).await;
    let report = |at: &str| json!({"started_at": at, "delivered_minutes": 40});
    let early = lecturer.post(&format!("{near}/deliver"), report("2026-03-10T04:29:59Z")).await;
    assert_eq!(early.faults(), [("/started_at", "not_eligible")]);
    let programme = lecturer.get(&near).await.expect(200)["programme_id"].as_str().unwrap().to_owned();
    let programme = format!("/v1/programmes/{programme}");
    assert_eq!(admin.get(&programme).await.expect(200)["early_delivery_minutes"], 120);
    admin.patch(&programme, "*", json!({"early_delivery_minutes": 121})).await.expect(200);
    lecturer.post(&format!("{near}/deliver"), report("2026-03-10T04:29:59Z")).await.expect(200);
    let beyond = admin.patch(&programme, "*", json!({"early_delivery_minutes": 10_081})).await;
    assert_eq!(beyond.faults(), [("/early_delivery_minutes", "out_of_range")]);
}

#[track_caller]
fn assert_overlaps(answer: &Answer, other: &str) {
    assert_eq!((answer.problem(409), &answer.body["session_id"]), ("plans_overlap", &json!(other)));
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("Person L (L) already has another session") && detail.contains("“老客户维护三步法”"),
        "{detail}"
    );
    assert!(detail.contains("2026-03-10 14:00 (Asia/Shanghai)"), "{detail}");
}

#[tokio::test]
async fn nobody_is_planned_in_two_places_at_once() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at("2026-03-05T00:00:00Z"));
    let hr = server.client(&[Role::Hris]).await;
    let first = hr.post("/v1/sessions", company.plan(company.lecturer)).await.id();
    let overlapping = json!({"starts_at": "2026-03-10T06:44:00Z"});
    assert_overlaps(&hr.post("/v1/sessions", with(company.plan(company.lecturer), overlapping)).await, &first);
    let together = [company.colleague, company.lecturer].map(|id| json!({"employee_id": id, "credit": "0.5"}));
    let together = with(company.plan(company.colleague), json!({"lecturers": together}));
    assert_overlaps(&hr.post("/v1/sessions", together).await, &first);
    // One after the other is none, nor is a colleague's.
    let next = planned(&hr, &company, json!({"starts_at": "2026-03-10T06:45:00Z"})).await;
    let of_colleague = hr.post("/v1/sessions", company.plan(company.colleague)).await.header("location").to_owned();
    // Nor by moving, lengthening or handing over.
    assert_overlaps(&hr.patch(&next, "*", json!({"starts_at": "2026-03-10T06:30:00Z"})).await, &first);
    let before = planned(&hr, &company, json!({"starts_at": "2026-03-10T05:15:00Z"})).await;
    assert_overlaps(&hr.patch(&before, "*", json!({"scheduled_minutes": 46})).await, &first);
    let alone = json!({"lecturers": [{"employee_id": company.lecturer}]});
    assert_overlaps(&hr.put(&format!("{of_colleague}/lecturers"), "*", alone).await, &first);
    // What is called off takes no time.
    hr.post(&format!("/v1/sessions/{first}/cancel"), json!({"reason": "客户改期"})).await.expect(200);
    hr.patch(&next, "*", json!({"starts_at": "2026-03-10T06:00:00Z"})).await.expect(200);
}

#[tokio::test]
async fn of_two_plans_at_the_same_moment_one_stands() {
    let server = TestServer::start().await;
    let company = Arc::new(company(&server.given().await).await);
    let hr = server.client(&[Role::Hris]).await;
    let plans = (0..6).map(|_| {
        let (hr, company) = (hr.clone(), Arc::clone(&company));
        tokio::spawn(async move { hr.post("/v1/sessions", company.plan(company.lecturer)).await })
    });
    let (mut planned, mut refused) = (0, 0);
    for plan in plans.collect::<Vec<_>>() {
        let answer = plan.await.unwrap();
        if answer.status == 201 {
            planned += 1;
        } else {
            assert_eq!(answer.problem(409), "plans_overlap");
            refused += 1;
        }
    }
    assert_eq!((planned, refused), (1, 5));
}

#[tokio::test]
async fn the_database_refuses_overlapping_plans_itself() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = company(&given).await;
    let hr = server.client(&[Role::Hris]).await;
    planned(&hr, &company, json!({})).await;
    planned(&hr, &company, json!({"starts_at": "2026-03-11T06:00:00Z"})).await;
    let shift =
        "UPDATE session_lecturers SET reserved_from = '2026-03-10T06:30:00Z', reserved_until = '2026-03-10T07:00:00Z'
                  WHERE reserved_from > '2026-03-11'";
    let refused = given.sql.batch_execute(shift).await.unwrap_err();
    let constraint = refused.as_db_error().and_then(|error| error.constraint().map(str::to_owned));
    assert_eq!(constraint.as_deref(), Some("session_lecturers_plan_excl"));
}

#[tokio::test]
async fn a_batch_overlaps_neither_what_is_planned_nor_itself() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let hr = server.client(&[Role::Hris]).await;
    let first = hr.post("/v1/sessions", company.plan(company.lecturer)).await.id();
    let free = with(company.plan(company.lecturer), json!({"starts_at": "2026-03-11T06:00:00Z"}));
    let items = json!([company.plan(company.lecturer), free, free, company.plan(company.colleague)]);
    let each = hr.post("/v1/sessions/batch", json!({"mode": "per_item", "items": items})).await.expect(200);
    let problem = |i: usize| each["items"][i]["problem"]["code"].clone();
    let problems: Vec<Value> = (0..4).map(problem).collect();
    assert_eq!(problems, [json!("plans_overlap"), Value::Null, json!("invalid_values"), Value::Null]);
    assert_eq!(each["items"][2]["problem"]["errors"][0]["code"], "overlaps");
    let atomic = json!({"mode": "atomic", "items": [company.plan(company.lecturer)]});
    assert_overlaps(&hr.post("/v1/sessions/batch", atomic).await, &first);
}

#[tokio::test]
async fn deliveries_that_overlap_are_taken_and_shown() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at("2026-03-10T09:00:00Z"));
    let hr = server.client(&[Role::Hris]).await;
    let first = planned(&hr, &company, json!({})).await;
    let second = planned(&hr, &company, json!({"starts_at": "2026-03-10T07:00:00Z"})).await;
    let deliver = async |path: &str, started_at: &str| -> Value {
        let report = json!({"started_at": started_at, "delivered_minutes": 40});
        hr.post(&format!("{path}/deliver"), report).await.expect(200)
    };
    let alone = deliver(&first, "2026-03-10T06:00:00Z").await;
    assert_eq!(alone["delivery"]["overlapping_session_ids"], json!([]));
    let flagged = deliver(&second, "2026-03-10T06:39:00Z").await;
    assert_eq!(flagged["delivery"]["overlapping_session_ids"], json!([alone["id"]]));
    let told = "SELECT payload::text FROM outbox_events WHERE topic = 'session.delivered' ORDER BY id DESC LIMIT 1";
    let told: String = server.given().await.sql.query_one(told, &[]).await.unwrap().get(0);
    assert!(told.contains(alone["id"].as_str().unwrap()), "{told}");
    let other = hr.get(&first).await.expect(200);
    assert_eq!(other["delivery"]["overlapping_session_ids"], json!([flagged["id"]]));
    deliver(&second, "2026-03-10T06:40:00Z").await;
    assert_eq!(hr.get(&first).await.expect(200)["delivery"]["overlapping_session_ids"], json!([]));
}

#[tokio::test]
async fn nobody_assigns_themselves_a_session_or_sets_what_moves_the_own_fee() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let lecturer = server.person_token(server.tenant, company.lecturer);
    let teaching = server.person(company.lecturer, &[Role::Admin]).await;
    let terms = json!({"kind": "assigned", "difficulty": "hard", "is_first_run": true});
    let faults = [("/kind", "not_eligible"), ("/difficulty", "not_eligible"), ("/is_first_run", "not_eligible")];
    for client in [&lecturer, &teaching] {
        let refused = client.post("/v1/sessions", with(company.plan(company.lecturer), terms.clone())).await;
        assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", faults.to_vec()));
    }
    let own = planned(&lecturer, &company, json!({"kind": "voluntary"})).await;
    assert_eq!(lecturer.patch(&own, "*", terms.clone()).await.faults(), faults);
    let unchanged = json!({"kind": "voluntary", "difficulty": null, "is_first_run": false, "place": "3F"});
    lecturer.patch(&own, "*", unchanged).await.expect(200);
    let hr = server.client(&[Role::Hris]).await;
    assert_eq!(hr.patch(&own, "*", terms).await.expect(200)["difficulty"], "hard");
}

/// History is as it was: files may bring two sessions of one lecturer at one time, once.
#[tokio::test]
async fn what_files_bring_may_overlap_and_is_stored_once() {
    let server = TestServer::start().await;
    let given = server.given().await;
    company(&given).await;
    let hris = server.client(&[Role::Hris]).await;
    let sessions = "session_code,programme_code,title,kind,mode,state,scheduled_start,scheduled_minutes,delivered_start,\
                    delivered_minutes,lecturers\n\
                    S1,sharing,T,assigned,online,delivered,2026-02-05 14:00,45,2026-02-05 14:00,45,L\n\
                    S2,sharing,T,assigned,online,delivered,2026-02-05 14:30,45,2026-02-05 14:30,45,L\n\
                    S3,sharing,T,assigned,online,planned,2026-03-10 14:00,45,,,L\n\
                    S4,sharing,T,assigned,online,planned,2026-03-10 14:30,45,,,L\n";
    for _ in 0..2 {
        let job = hris.ended(&hris.post("/v1/imports", order(&[("sessions.csv", sessions)])).await).await;
        assert_eq!(job["state"], "succeeded", "{job}");
        let page = hris.get("/v1/sessions").await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), 4);
    }
    assert_eq!(starts(&given).await, ["02-05 06:00", "02-05 06:30", "03-10 06:00", "03-10 06:30"]);
}

/// The starts by which the sessions of lecturers are found, in UTC.
async fn starts(given: &Given<'_>) -> Vec<String> {
    let starts =
        "SELECT to_char(starts_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI') FROM session_lecturers ORDER BY starts_at";
    given.sql.query(starts, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn the_sessions_of_a_lecturer_are_found_by_their_start_wherever_they_move() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = company(&given).await;
    server.clock.set(at("2026-03-05T00:00:00Z"));
    let hr = server.client(&[Role::Hris]).await;
    let path = planned(&hr, &company, json!({})).await;
    assert_eq!(starts(&given).await, ["03-10 06:00"]);
    moved(&hr, &path, "2026-03-05T06:00:00Z").await;
    assert_eq!(starts(&given).await, ["03-05 06:00"]);
    let shares = json!({"lecturers": [{"employee_id": company.colleague, "credit": "1"}]});
    hr.put(&format!("{path}/lecturers"), "*", shares).await.expect(200);
    assert_eq!(starts(&given).await, ["03-05 06:00"]);
    server.clock.set(at("2026-03-05T08:00:00Z"));
    let hr = server.client(&[Role::Hris]).await;
    let delivered = json!({"started_at": "2026-03-05T06:10:00Z", "delivered_minutes": 40});
    hr.post(&format!("{path}/deliver"), delivered).await.expect(200);
    assert_eq!(starts(&given).await, ["03-05 06:10"], "the actual one");
}
