//! A level of past days, which sets the fee of sessions that were given, takes two persons; a first day is corrected only as long as
//! no money has left.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::March;
use crate::imports::order;
use crate::support::{Client, TestServer, literal};

/// A lecturer appointed in 2025, today is 2026-03-01, and two persons of HR.
struct Scene {
    employee: Uuid,
    path: String,
    maker: Client,
    checker: Client,
}

impl Scene {
    async fn new(server: &TestServer) -> Self {
        let given = server.given().await;
        let employee = given.employee("E-1").await;
        let path = format!("/v1/lecturers/{}", given.lecturer(employee, None, "2025-01-01").await);
        let maker = server.person(server.state.ids.next(), &[Role::Admin]).await;
        let checker = server.person(server.state.ids.next(), &[Role::Admin]).await;
        Self { employee, path, maker, checker }
    }

    async fn level(&self, client: &Client, level: &str, day: &str) -> Value {
        client.post(&format!("{}/levels", self.path), json!({"level": level, "starts_on": day})).await.expect(200)
    }

    async fn levels(&self) -> Value {
        self.maker.get(&self.path).await.expect(200)["levels"].clone()
    }

    async fn confirm(&self, client: &Client, waiting: &Value) -> crate::support::Answer {
        let id = waiting["waiting_changes"][0]["id"].as_str().unwrap();
        client.act(&format!("/v1/access-changes/{id}/confirm"), "*", None).await
    }
}

fn level(level: &str, starts_on: &str, ended_on: Option<&str>) -> Value {
    json!({"level": level, "starts_on": starts_on, "ended_on": ended_on})
}

#[tokio::test]
async fn a_level_from_a_past_day_waits_for_a_second_person_and_one_from_today_does_not() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let today = scene.level(&scene.maker, "junior", "2026-03-01").await;
    assert_eq!(
        (&today["levels"], &today["waiting_changes"]),
        (&json!([level("junior", "2026-03-01", None)]), &json!([]))
    );

    let waits = scene.level(&scene.maker, "senior", "2026-02-28").await;
    assert_eq!(waits["levels"], today["levels"], "the old level stands");
    assert_eq!(waits["waiting_changes"][0]["field"], "lecturer_level");
    assert_ne!(waits["etag"], today["etag"]);
    let same = scene.level(&scene.maker, "senior", "2026-02-28").await;
    assert_eq!(same["waiting_changes"], waits["waiting_changes"], "the same proposal again is one");
    assert_eq!(same["etag"], waits["etag"]);

    // Neither who proposed it, nor the lecturer.
    assert_eq!(scene.confirm(&scene.maker, &waits).await.problem(403), "self_approval");
    let lecturer = server.person(scene.employee, &[Role::Admin]).await;
    assert_eq!(scene.confirm(&lecturer, &waits).await.problem(403), "self_approval");
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(scene.confirm(&machine, &waits).await.problem(403), "person_required");
    let hris = server.client(&[Role::Hris]).await;
    assert_eq!(scene.confirm(&hris, &waits).await.problem(403), "forbidden");

    let confirmed = scene.confirm(&scene.checker, &waits).await.expect(200);
    assert_eq!((&confirmed["present"], &confirmed["proposed"]), (&json!([]), &json!(["senior 2026-02-28"])));
    assert_eq!(confirmed["employee"]["id"], json!(scene.employee));
    let expected = json!([level("junior", "2026-03-01", None), level("senior", "2026-02-28", Some("2026-02-28"))]);
    assert_eq!(scene.levels().await, expected);
    let read = scene.maker.get(&scene.path).await.expect(200);
    assert_eq!(read["waiting_changes"], json!([]));
}

#[tokio::test]
async fn the_old_level_withdraws_what_waits_and_two_days_wait_apart() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let first = scene.level(&scene.maker, "junior", "2025-01-01").await;
    scene.confirm(&scene.checker, &first).await.expect(200);
    scene.level(&scene.maker, "senior", "2025-06-01").await;
    let both = scene.level(&scene.maker, "expert", "2025-09-01").await;
    assert_eq!(both["waiting_changes"].as_array().unwrap().len(), 2);
    let withdrawn = scene.level(&scene.maker, "junior", "2025-06-01").await;
    let waiting = withdrawn["waiting_changes"].as_array().unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0]["id"], both["waiting_changes"][1]["id"]);
    let other = scene.level(&scene.maker, "master", "2025-09-01").await;
    assert_eq!(other["waiting_changes"].as_array().unwrap().len(), 1, "another level for the same day replaces it");
    scene.confirm(&scene.checker, &other).await.expect(200);
    let expected = json!([level("master", "2025-09-01", None), level("junior", "2025-01-01", Some("2025-08-31"))]);
    assert_eq!(scene.levels().await, expected);
    let withdrawn = "SELECT count(*) FROM access_changes WHERE state = 'withdrawn'";
    let withdrawn: i64 = server.given().await.sql.query_one(withdrawn, &[]).await.unwrap().get(0);
    assert_eq!(withdrawn, 2);
}

#[tokio::test]
async fn who_answers_for_the_machine_that_proposed_a_level_does_not_confirm_it() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let machine = crate::access::machine_made_by(&server, &scene.maker, &["hris"]).await;
    let waits = scene.level(&machine, "senior", "2026-02-01").await;
    assert_eq!(scene.confirm(&scene.maker, &waits).await.problem(403), "self_approval");
    scene.confirm(&scene.checker, &waits).await.expect(200);
    assert_eq!(scene.levels().await, json!([level("senior", "2026-02-01", None)]));
}

#[tokio::test]
async fn an_appointment_stands_at_once_and_its_level_of_past_days_waits() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let other = server.given().await.employee("E-2").await;
    let body = json!({"employee_id": other, "appointed_on": "2025-08-01", "level": "senior"});
    let appointed = scene.maker.post("/v1/lecturers", body).await.expect(201);
    assert_eq!((&appointed["appointed_on"], &appointed["levels"]), (&json!("2025-08-01"), &json!([])));
    assert_eq!(scene.checker.confirm_waiting(&appointed).await.len(), 1);
    let third = server.given().await.employee("E-3").await;
    let body = json!({"employee_id": third, "appointed_on": "2026-03-01", "level": "junior"});
    let appointed = scene.maker.post("/v1/lecturers", body).await.expect(201);
    assert_eq!(appointed["levels"], json!([level("junior", "2026-03-01", None)]));
}

#[tokio::test]
async fn an_end_or_a_correction_that_moves_the_level_of_past_days_waits() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    // Without a level nothing waits.
    let correct = |day: &str| json!({"appointed_on": day, "reason": "聘书日期写错"});
    let path = format!("{}/correct", scene.path);
    let plain = scene.maker.post(&path, correct("2025-02-01")).await.expect(200);
    assert_eq!((&plain["appointed_on"], &plain["waiting_changes"]), (&json!("2025-02-01"), &json!([])));
    let first = scene.level(&scene.maker, "junior", "2025-02-01").await;
    scene.confirm(&scene.checker, &first).await.expect(200);

    let waits = scene.maker.post(&path, correct("2025-03-01")).await.expect(200);
    assert_eq!(
        (&waits["appointed_on"], &waits["waiting_changes"][0]["field"]),
        (&json!("2025-02-01"), &json!("appointment"))
    );
    assert_eq!(scene.confirm(&scene.maker, &waits).await.problem(403), "self_approval");
    let same = scene.maker.post(&path, correct("2025-02-01")).await.expect(200);
    assert_eq!(same["waiting_changes"], json!([]), "the day that stands withdraws it");
    let waits = scene.maker.post(&path, correct("2025-03-01")).await.expect(200);
    let confirmed = scene.confirm(&scene.checker, &waits).await.expect(200);
    assert_eq!((&confirmed["proposed"], &confirmed["reason"]), (&json!(["2025-03-01/.."]), &json!("聘书日期写错")));
    assert_eq!(scene.levels().await, json!([level("junior", "2025-03-01", None)]));

    let end = format!("{}/end", scene.path);
    let waits = scene.maker.post(&end, json!({"ended_on": "2026-02-10"})).await.expect(200);
    assert_eq!((&waits["ended_on"], &waits["waiting_changes"][0]["field"]), (&Value::Null, &json!("appointment")));
    scene.confirm(&scene.checker, &waits).await.expect(200);
    assert_eq!(scene.levels().await, json!([level("junior", "2025-03-01", Some("2026-02-10"))]));
}

#[tokio::test]
async fn a_file_brings_levels_as_history_until_a_period_is_closed_and_proposes_them_afterwards() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let (maker, checker) = (
        server.person(server.state.ids.next(), &[Role::Admin]).await,
        server.person(server.state.ids.next(), &[Role::Admin]).await,
    );
    let file = |rows: &str| format!("employee_number,appointed_on,ended_on,level,group_codes\n{rows}");
    let imported = async |rows: &str| {
        let ordered = maker.post("/v1/imports", order(&[("lecturers.csv", &file(rows))])).await;
        let job = maker.ended(&ordered).await;
        assert_eq!(job["state"], "succeeded", "{job}");
        job["result"].clone()
    };
    let read = async |lecturer: usize| {
        let path = format!("/v1/lecturers?employee_id={}", march.lecturers[lecturer]);
        maker.get(&path).await.expect(200)["items"][0].clone()
    };
    let history = imported("E1,2020-01-01,,junior,g\n").await;
    assert_eq!(history["waiting_changes"], json!([]));
    assert_eq!(read(0).await["levels"], json!([level("junior", "2020-01-01", None)]));

    march.closed_by(&maker).await;
    let result = imported("E2,2020-01-01,,senior,g\n").await;
    assert_eq!(result["waiting_changes"][0]["field"], "lecturer_level");
    assert_eq!(read(1).await["levels"], json!([]));
    checker.confirm_waiting(&result).await;
    assert_eq!(read(1).await["levels"], json!([level("senior", "2020-01-01", None)]));

    let result = imported("E1,2020-01-01,2026-03-20,junior,g\n").await;
    assert_eq!(result["waiting_changes"][0]["field"], "appointment");
    assert_eq!(read(0).await["ended_on"], Value::Null);
    checker.confirm_waiting(&result).await;
    let ended = read(0).await;
    assert_eq!(
        (&ended["ended_on"], &ended["levels"]),
        (&json!("2026-03-20"), &json!([level("junior", "2020-01-01", Some("2026-03-20"))]))
    );
    // The end taken back gives the past days their level again.
    let result = imported("E1,2020-01-01,2026-03-31,junior,g\n").await;
    let confirmed = checker.confirm_waiting(&result).await;
    assert_eq!(confirmed[0]["present"], json!(["2020-01-01/2026-03-20", "junior 2020-01-01"]));
    let later = read(0).await;
    assert_eq!((&later["ended_on"], &later["levels"][0]["ended_on"]), (&json!("2026-03-31"), &json!("2026-03-31")));
    let future = imported("E3,2020-01-01,2026-12-31,,g\n").await;
    assert_eq!(future["waiting_changes"], json!([]));
    assert_eq!(read(2).await["ended_on"], "2026-12-31");
}

/// What is closed in one programme does not end the history of another.
#[tokio::test]
async fn a_programme_that_has_closed_nothing_still_gets_its_history() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let hr = server.person(server.state.ids.next(), &[Role::Admin]).await;
    march.closed_by(&hr).await;
    let group = march.given.group("new").await;
    march.given.programme("new", group).await;
    for number in ["N1", "N2", "N3"] {
        march.given.employee(number).await;
    }
    let header = "employee_number,appointed_on,level,group_codes\n";
    let rows = "N1,2025-01-01,junior,new\nN2,2025-01-01,junior,g\nN3,2025-01-01,junior,new;g\n";
    let ordered = hr.post("/v1/imports", order(&[("lecturers.csv", &format!("{header}{rows}"))])).await;
    let job = hr.ended(&ordered).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let waiting: Vec<&str> =
        job["result"]["waiting_changes"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!(waiting, ["lecturer_level", "lecturer_level"]);
    for (number, levels) in [("N1", 1), ("N2", 0), ("N3", 0)] {
        let found = hr.get(&format!("/v1/lecturers?employee_number={number}")).await.expect(200);
        assert_eq!(found["items"][0]["levels"].as_array().unwrap().len(), levels, "{number}");
    }
}

#[tokio::test]
async fn a_first_day_is_not_corrected_once_money_of_the_days_between_has_left() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let client = server.person(server.state.ids.next(), &[Role::Admin]).await;
    march.closed_by(&client).await;
    let appointment = async |lecturer: usize| {
        let path = format!("/v1/lecturers?employee_id={}", march.lecturers[lecturer]);
        let page = client.get(&path).await.expect(200);
        format!("/v1/lecturers/{}/correct", page["items"][0]["id"].as_str().unwrap())
    };
    let correct = |day: &str| json!({"appointed_on": day, "reason": "A typing error"});
    let (first, second) = (appointment(0).await, appointment(1).await);
    client.post(&first, correct("2026-03-02")).await.expect(200);

    paid(&march, 0, "locked").await;
    paid(&march, 1, "void").await;
    let refused = client.post(&first, correct("2026-03-10")).await;
    assert_eq!(refused.problem(409), "money_has_left");
    assert!(refused.text.contains("2026-03-01") && refused.text.contains("2026-03-31"), "{}", refused.text);
    client.post(&first, correct("2026-02-01")).await.problem(409);
    client.post(&second, correct("2026-03-10")).await.expect(200);

    let (kept, duplicate) = (march.lecturers[1], march.lecturers[0]);
    let merged = format!(
        "UPDATE employees SET merged_into_id = '{kept}', employee_number = NULL, email = NULL WHERE id = '{duplicate}'"
    );
    march.given.sql.batch_execute(&merged).await.unwrap();
    let refused = client.post(&second, correct("2026-03-11")).await;
    assert_eq!(refused.problem(409), "money_has_left", "it left under another record of the person");
}

#[tokio::test]
async fn what_is_confirmed_is_what_the_proposal_shows() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let one = |waits: &Value, at: usize| json!({"waiting_changes": [waits["waiting_changes"][at]]});
    let correct = async |day: &str| {
        let body = json!({"appointed_on": day, "reason": "聘书日期写错"});
        scene.maker.post(&format!("{}/correct", scene.path), body).await.expect(200)
    };
    let first = scene.level(&scene.maker, "junior", "2025-01-01").await;
    scene.confirm(&scene.checker, &first).await.expect(200);
    correct("2025-12-01").await;
    let end = json!({"ended_on": "2026-01-31"});
    let both = scene.maker.post(&format!("{}/end", scene.path), end).await.expect(200);
    assert_eq!(both["waiting_changes"].as_array().unwrap().len(), 2);
    let ended = scene.confirm(&scene.checker, &one(&both, 1)).await.expect(200);
    assert_eq!(ended["proposed"], json!(["2025-01-01/2026-01-31"]));
    let refused = scene.confirm(&scene.checker, &one(&both, 0)).await;
    assert_eq!(refused.problem(409), "state_conflict", "it showed an appointment without an end");
    let read = scene.maker.get(&scene.path).await.expect(200);
    assert_eq!((&read["appointed_on"], &read["ended_on"]), (&json!("2025-01-01"), &json!("2026-01-31")));
    assert_eq!(read["waiting_changes"].as_array().unwrap().len(), 1, "it still waits");

    // A level that the correction would delete, and of which its proposal knows nothing.
    let again = correct("2025-12-01").await;
    assert_ne!(again["waiting_changes"][0]["id"], both["waiting_changes"][0]["id"]);
    let both = scene.level(&scene.maker, "senior", "2025-06-01").await;
    scene.confirm(&scene.checker, &one(&both, 1)).await.expect(200);
    assert_eq!(scene.confirm(&scene.checker, &one(&both, 0)).await.problem(409), "state_conflict");
    let levels =
        json!([level("senior", "2025-06-01", Some("2026-01-31")), level("junior", "2025-01-01", Some("2025-05-31"))]);
    assert_eq!(scene.levels().await, levels);
    let again = correct("2025-12-01").await;
    let confirmed = scene.confirm(&scene.checker, &again).await.expect(200);
    let present = json!(["2025-01-01/2026-01-31", "senior 2025-06-01", "junior 2025-01-01"]);
    assert_eq!(confirmed["present"], present, "with the levels that it would change");
    assert_eq!(confirmed["proposed"], json!(["2025-12-01/2026-01-31"]));
    assert_eq!(scene.levels().await, json!([level("senior", "2025-12-01", Some("2026-01-31"))]));
}

#[tokio::test]
async fn a_level_is_confirmed_only_in_place_of_the_one_that_the_proposal_shows() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let first = scene.level(&scene.maker, "junior", "2025-01-01").await;
    scene.confirm(&scene.checker, &first).await.expect(200);
    let later = scene.level(&scene.maker, "expert", "2025-09-01").await;
    let both = scene.level(&scene.maker, "senior", "2025-06-01").await;
    let earlier = json!({"waiting_changes": [both["waiting_changes"][1]]});
    scene.confirm(&scene.checker, &earlier).await.expect(200);
    assert_eq!(scene.confirm(&scene.checker, &later).await.problem(409), "state_conflict", "it showed junior");
    let again = scene.level(&scene.maker, "expert", "2025-09-01").await;
    assert_ne!(again["waiting_changes"][0]["id"], later["waiting_changes"][0]["id"], "sent again, it is a new one");
    let confirmed = scene.confirm(&scene.checker, &again).await.expect(200);
    assert_eq!(confirmed["present"], json!(["senior 2025-09-01"]));
}

#[tokio::test]
async fn neither_an_end_nor_a_level_moves_days_of_which_money_has_left() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let client = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let checker = server.person(server.state.ids.next(), &[Role::Admin]).await;
    march.closed_by(&client).await;
    let page = client.get(&format!("/v1/lecturers?employee_id={}", march.lecturers[0])).await.expect(200);
    let path = format!("/v1/lecturers/{}", page["items"][0]["id"].as_str().unwrap());
    let (levels, end) = (format!("{path}/levels"), format!("{path}/end"));
    let level = |day: &str| json!({"level": "senior", "starts_on": day});
    let waits = client.post(&levels, level("2026-03-10")).await.expect(200);
    let change = format!("/v1/access-changes/{}/confirm", waits["waiting_changes"][0]["id"].as_str().unwrap());

    paid(&march, 0, "locked").await;
    assert_eq!(checker.act(&change, "*", None).await.problem(409), "money_has_left");
    assert_eq!(client.post(&levels, level("2026-03-11")).await.problem(409), "money_has_left");
    assert_eq!(client.post(&levels, level("2026-02-01")).await.problem(409), "money_has_left", "it lasts into March");
    assert_eq!(client.post(&end, json!({"ended_on": "2026-03-20"})).await.problem(409), "money_has_left");
    let stands = client.get(&path).await.expect(200);
    assert_eq!((&stands["ended_on"], &stands["levels"]), (&Value::Null, &json!([])));
    // By a file neither, when it is read: be it that it moves a level of past days or not, and in a dry run too.
    let text = "employee_number,appointed_on,ended_on,group_codes\nE1,2020-01-01,2026-03-20,g\n";
    for dry_run in [false, true] {
        let mut order = order(&[("lecturers.csv", text)]);
        order["dry_run"] = json!(dry_run);
        let job = client.ended(&client.post("/v1/imports", order).await).await;
        let fault = &job["problem"]["faults"][0];
        assert_eq!((&fault["column"], &fault["code"]), (&json!("ended_on"), &json!("money_has_left")), "{job}");
    }
    client.post(&levels, level("2026-12-01")).await.expect(200);
    client.post(&end, json!({"ended_on": "2026-12-31"})).await.expect(200);
}

/// HR ends the employment too early and corrects it, alone: no past day has another level than before.
#[tokio::test]
async fn one_person_changes_no_level_of_past_days_through_the_employment() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    for (name, day) in [("junior", "2025-01-01"), ("senior", "2025-07-01")] {
        let waits = scene.level(&scene.maker, name, day).await;
        scene.confirm(&scene.checker, &waits).await.expect(200);
    }
    let both = |ended_on: Option<&str>| {
        json!([level("senior", "2025-07-01", ended_on), level("junior", "2025-01-01", Some("2025-06-30"))])
    };
    assert_eq!(scene.levels().await, both(None));
    let person = format!("/v1/employees/{}", scene.employee);
    let leaves = async |day: &str| scene.maker.patch(&person, "*", json!({"left_on": day})).await.expect(200);
    leaves("2025-06-15").await;
    assert_eq!(scene.levels().await, json!([level("junior", "2025-01-01", Some("2025-06-15"))]));
    // The days that come back have the level that they had.
    for day in ["2025-09-30", "2026-12-31"] {
        leaves(day).await;
        assert_eq!(scene.levels().await, both(Some(day)));
    }
    // Nor does a level that two persons put on a day before the end reach over the days that come back.
    leaves("2025-06-15").await;
    let waits = scene.level(&scene.maker, "expert", "2025-06-01").await;
    scene.confirm(&scene.checker, &waits).await.expect(200);
    leaves("2026-12-31").await;
    let expected = json!([
        level("senior", "2025-07-01", Some("2026-12-31")),
        level("expert", "2025-06-01", Some("2025-06-30")),
        level("junior", "2025-01-01", Some("2025-05-31")),
    ]);
    assert_eq!(scene.levels().await, expected);
    assert_eq!(scene.maker.get(&scene.path).await.expect(200)["waiting_changes"], json!([]));
}

/// Somebody is appointed until the known last day of the employment. When that turns out to be a later one, the level goes on from
/// today, and on the past days between when a second person has confirmed it.
#[tokio::test]
async fn a_level_that_ended_with_the_employment_goes_on_from_today() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let body = json!({"employee_number": "E-9", "name": "王芳", "hired_on": "2024-01-01", "left_on": "2026-01-31"});
    let person = scene.maker.post("/v1/employees", body).await.id();
    let body = json!({"employee_id": person, "appointed_on": "2025-01-01", "level": "junior"});
    let appointed = scene.maker.post("/v1/lecturers", body).await;
    scene.checker.confirm_waiting(&appointed.body).await;
    let path = format!("/v1/lecturers/{}", appointed.id());
    let until = |day: &str| json!([level("junior", "2025-01-01", Some(day))]);
    assert_eq!(scene.maker.get(&path).await.expect(200)["levels"], until("2026-01-31"));

    let stays = json!({"left_on": "2026-12-31"});
    scene.maker.patch(&format!("/v1/employees/{person}"), "*", stays).await.expect(200);
    let read = scene.maker.get(&path).await.expect(200);
    let gap =
        json!([level("junior", "2026-03-01", Some("2026-12-31")), level("junior", "2025-01-01", Some("2026-01-31"))]);
    assert_eq!((&read["ended_on"], &read["levels"]), (&json!("2026-12-31"), &gap));
    assert_eq!(read["waiting_changes"][0]["field"], "lecturer_level");
    assert_eq!(scene.confirm(&scene.maker, &read).await.problem(403), "self_approval");
    scene.confirm(&scene.checker, &read).await.expect(200);
    assert_eq!(scene.maker.get(&path).await.expect(200)["levels"], until("2026-12-31"));
    // An end to come moves no past day.
    let stays = json!({"left_on": "2027-06-30"});
    scene.maker.patch(&format!("/v1/employees/{person}"), "*", stays).await.expect(200);
    let read = scene.maker.get(&path).await.expect(200);
    assert_eq!((&read["levels"], &read["waiting_changes"]), (&until("2027-06-30"), &json!([])));
}

/// A line of the lecturer for March in a batch in this state.
async fn paid(march: &March<'_>, lecturer: usize, state: &str) {
    let sql =
        format!("SELECT id::text FROM reward_entries WHERE employee_id = '{}' LIMIT 1", march.lecturers[lecturer]);
    let entry: String = march.given.sql.query_one(&sql, &[]).await.unwrap().get(0);
    let group = march.given.row("pay_groups", &[("code", literal(state)), ("name", literal(state))]).await;
    let at = literal("2026-04-07T01:00:00Z");
    let nobody = literal(&Uuid::nil().to_string());
    let mut batch = vec![
        ("pay_group_id", literal(&group.to_string())),
        ("currency", literal("CNY")),
        ("state", literal(state)),
        ("pay_period", literal("2026-04")),
        ("cut_off_at", at.clone()),
        ("created_by_kind", literal("system")),
        ("created_by_id", nobody.clone()),
        ("line_count", "1".to_owned()),
        ("people_count", "1".to_owned()),
        ("total_minor", "1".to_owned()),
        ("lines_sha256", literal(&"0".repeat(64))),
        ("locked_at", at.clone()),
        ("locked_by_kind", literal("system")),
        ("locked_by_id", nobody.clone()),
    ];
    if state == "void" {
        batch.extend([("voided_at", at.clone()), ("void_reason", literal("wrong"))]);
    }
    let batch = march.given.row("payroll_batches", &batch).await;
    let line = [
        ("batch_id", literal(&batch.to_string())),
        ("number", "1".to_owned()),
        ("entry_id", literal(&entry)),
        ("employee_id", literal(&march.lecturers[lecturer].to_string())),
        ("employee_number", literal("E")),
        ("employee_name", literal("E")),
        ("pay_item_code", literal("LR")),
        ("kind", literal("award")),
        ("amount_minor", "1".to_owned()),
        ("currency", literal("CNY")),
        ("earned_starts_on", literal("2026-03-01")),
        ("earned_ends_on", literal("2026-03-31")),
        ("pay_period", literal("2026-04")),
        ("issuance_way", literal("with_salary")),
        ("reason_code", literal("grade_bonus")),
        ("reason_zh", literal("奖励")),
        ("reason_en", literal("reward")),
        ("made_by_kind", literal("system")),
        ("made_by_id", nobody),
        ("approved_by_id", literal(&march.lecturers[2].to_string())),
    ];
    march.given.row("payroll_lines", &line).await;
}
