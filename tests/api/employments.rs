//! When people are employed, and what ends with an employment: by every door, on the last day, which is included.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Given, TestServer, at};

/// A company with two departments and a lecturer group.
struct Scene<'s> {
    server: &'s TestServer,
    given: Given<'s>,
    hris: Client,
    /// Who confirms what waits.
    admin: Client,
    group: Uuid,
    departments: [Uuid; 2],
}

impl<'s> Scene<'s> {
    async fn new(server: &'s TestServer) -> Self {
        let given = server.given().await;
        let departments = [given.department("A", None).await, given.department("B", None).await];
        let group = given.group("PK").await;
        let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
        Self { server, hris: server.client(&[Role::Hris]).await, admin, given, group, departments }
    }

    /// Hired in 2024, in department A, appointed in 2025 at level L1.
    async fn lecturer(&self, number: &str) -> (String, String) {
        let body = json!({"employee_number": number, "name": "王芳", "hired_on": "2024-01-01"});
        let person = self.hris.post("/v1/employees", body).await;
        assert_eq!(person.status, 201, "{}", person.text);
        let id = person.id();
        let into = json!({"department_id": self.departments[0], "starts_on": "2024-01-01"});
        self.hris.post(&format!("/v1/employees/{id}/memberships"), into).await.expect(200);
        let body = json!({"employee_id": id, "appointed_on": "2025-01-01", "level": "L1"});
        let appointed = self.hris.post("/v1/lecturers", body).await;
        assert_eq!(appointed.status, 201, "{}", appointed.text);
        self.admin.confirm_waiting(&appointed.body).await;
        (id, appointed.id())
    }

    async fn employee(&self, id: &str) -> Value {
        self.hris.get(&format!("/v1/employees/{id}")).await.expect(200)
    }

    async fn patch(&self, id: &str, body: Value) -> Value {
        self.hris.patch(&format!("/v1/employees/{id}"), "*", body).await.expect(200)
    }

    async fn appointment(&self, id: &str) -> Value {
        self.hris.get(&format!("/v1/lecturers/{id}")).await.expect(200)
    }

    async fn batch(&self, item: Value) -> Value {
        self.hris.post("/v1/employees/batch", json!({"mode": "per_item", "items": [item]})).await.expect(200)
    }

    async fn import(&self, file: &str, text: &str) -> Value {
        let order = json!({"time_zone": "Asia/Shanghai", "files": [{"name": file, "content": text}]});
        self.hris.ended(&self.hris.post("/v1/imports", order).await).await
    }
}

/// Department, first day and last day of each membership, latest first.
fn memberships(employee: &Value) -> Vec<(&str, &str, Option<&str>)> {
    let all = employee["memberships"].as_array().unwrap().iter();
    all.map(|one| {
        let code = one["department"]["code"].as_str().unwrap();
        (code, one["starts_on"].as_str().unwrap(), one["ended_on"].as_str())
    })
    .collect()
}

#[tokio::test]
async fn the_department_and_the_appointment_end_on_the_last_day_by_every_door() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    for door in ["patch", "batch", "file"] {
        let (id, appointment) = scene.lecturer(door).await;
        let planned = json!({"department_id": scene.departments[1], "starts_on": "2026-08-01"});
        scene.hris.post(&format!("/v1/employees/{id}/memberships"), planned).await.expect(200);
        let told = match door {
            "patch" => scene.patch(&id, json!({"left_on": "2026-03-31"})).await["ended_appointments"].clone(),
            "batch" => {
                let item = json!({"employee_number": door, "name": "王芳", "left_on": "2026-03-31"});
                let answer = scene.batch(item).await;
                assert_eq!(answer["items"][0]["outcome"], "updated");
                answer["items"][0]["ended_appointments"].clone()
            }
            _ => {
                let text = "employee_number,name,离职日期\nfile,王芳,2026-03-31\n";
                let job = scene.import("employees.csv", text).await;
                assert_eq!(job["state"], "succeeded");
                let again = scene.import("employees.csv", text).await;
                assert_eq!(again["result"]["ended_appointments"], json!([]), "the same again ends nothing");
                job["result"]["ended_appointments"].clone()
            }
        };
        let mut ended = json!([{"lecturer_id": appointment, "ended_on": "2026-03-31"}]);
        if door == "file" {
            ended[0]["employee_number"] = json!(door);
        }
        assert_eq!(told, ended, "whoever mistypes a last day is told what it ended");
        let read = scene.employee(&id).await;
        assert_eq!(read["left_on"], "2026-03-31", "{door}");
        assert_eq!(memberships(&read), [("A", "2024-01-01", Some("2026-03-31"))], "{door}");
        assert_eq!(read["employments"], json!([{"hired_on": "2024-01-01", "left_on": "2026-03-31"}]), "{door}");
        let read = scene.appointment(&appointment).await;
        assert_eq!((&read["ended_on"], &read["levels"][0]["ended_on"]), (&json!("2026-03-31"), &json!("2026-03-31")));

        // On the last day the person still has roles.
        for (now, status) in [("2026-03-31T15:59:59Z", 200), ("2026-03-31T16:00:00Z", 403)] {
            server.clock.set(at(now));
            let person = server.person_token(server.tenant, id.parse().unwrap());
            assert_eq!(person.get("/v1/programmes").await.status, status, "{door} {now}");
        }
        server.clock.set(at("2026-03-01T01:00:00Z"));
    }
}

#[tokio::test]
async fn another_last_day_moves_the_department_and_an_appointment_does_not_come_back() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let (id, appointment) = scene.lecturer("E-1").await;
    scene.patch(&id, json!({"left_on": "2026-03-31"})).await;
    for last in ["2026-04-30", "2026-02-28", "2026-03-15"] {
        let read = scene.patch(&id, json!({"left_on": last})).await;
        assert_eq!(memberships(&read), [("A", "2024-01-01", Some(last))]);
        assert_eq!(scene.appointment(&appointment).await["ended_on"], last);
    }
    let read = scene.patch(&id, json!({"left_on": null})).await;
    assert_eq!(memberships(&read), [("A", "2024-01-01", None)]);
    assert_eq!(scene.appointment(&appointment).await["ended_on"], "2026-03-15");
}

#[tokio::test]
async fn who_is_hired_again_has_two_employments_and_the_appointment_stays_ended() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let both = json!([
        {"hired_on": "2026-05-01", "left_on": null},
        {"hired_on": "2024-01-01", "left_on": "2026-02-10"},
    ]);
    for door in ["patch", "batch", "file"] {
        let (id, appointment) = scene.lecturer(door).await;
        scene.patch(&id, json!({"left_on": "2026-02-10"})).await;
        match door {
            "patch" => drop(scene.patch(&id, json!({"hired_on": "2026-05-01"})).await),
            "batch" => {
                let item = json!({"employee_number": door, "name": "王芳", "hired_on": "2026-05-01", "left_on": null,
                                  "department": {"code": "A", "starts_on": "2024-01-01"}});
                assert_eq!(scene.batch(item.clone()).await["items"][0]["outcome"], "updated");
                assert_eq!(scene.batch(item).await["items"][0]["outcome"], "unchanged");
            }
            _ => {
                let text = "employee_number,name,hired_on,left_on,department_code\nfile,王芳,2026-05-01,,A\n";
                assert_eq!(scene.import("employees.csv", text).await["state"], "succeeded");
                assert_eq!(scene.import("employees.csv", text).await["state"], "succeeded");
            }
        }
        let read = scene.employee(&id).await;
        assert_eq!((&read["employments"], &read["hired_on"]), (&both, &json!("2026-05-01")), "{door}");
        assert_eq!(scene.appointment(&appointment).await["ended_on"], "2026-02-10", "{door}");
        let mut expected = vec![("A", "2024-01-01", Some("2026-02-10"))];
        if door != "patch" {
            expected.insert(0, ("A", "2026-05-01", None));
        }
        assert_eq!(memberships(&read), expected, "{door}");

        // Not yet hired again: no role. Facts of the gap are nobody's.
        for (now, status) in [
            ("2026-02-10T01:00:00Z", 200),
            ("2026-02-11T01:00:00Z", 403),
            ("2026-04-30T15:59:59Z", 403),
            ("2026-04-30T16:00:00Z", 200),
        ] {
            server.clock.set(at(now));
            let person = server.person_token(server.tenant, id.parse().unwrap());
            assert_eq!(person.get("/v1/programmes").await.status, status, "{door} {now}");
        }
        server.clock.set(at("2026-03-01T01:00:00Z"));
        // The latest employment is withdrawn: the one before it is the latest again.
        let read = scene.patch(&id, json!({"hired_on": "2024-01-01", "left_on": "2026-02-10"})).await;
        assert_eq!(read["employments"], json!([{"hired_on": "2024-01-01", "left_on": "2026-02-10"}]), "{door}");
    }
}

#[tokio::test]
async fn who_is_not_yet_hired_has_no_role() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let body = json!({"employee_number": "E-1", "name": "王芳", "hired_on": "2026-03-02"});
    let id = scene.hris.post("/v1/employees", body).await.id();
    for (now, status) in [("2026-03-01T15:59:59Z", 403), ("2026-03-01T16:00:00Z", 200)] {
        server.clock.set(at(now));
        let person = server.person_token(server.tenant, id.parse().unwrap());
        assert_eq!(person.get("/v1/programmes").await.status, status, "{now}");
    }
}

#[tokio::test]
async fn a_start_outside_the_employment_is_refused_by_every_door_and_names_the_person() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let (id, _) = scene.lecturer("E-1").await;
    scene.patch(&id, json!({"left_on": "2026-03-31"})).await;
    let into = json!({"department_id": scene.departments[1], "starts_on": "2026-04-01"});
    let moved = scene.hris.post(&format!("/v1/employees/{id}/memberships"), into).await;
    let appointed = scene.hris.post("/v1/lecturers", json!({"employee_id": id, "appointed_on": "2026-04-01"})).await;
    let members = format!("/v1/lecturer-groups/{}/members", scene.group);
    let joined = scene.hris.post(&members, json!({"employee_id": id, "starts_on": "2026-04-01"})).await;
    for (refused, pointer) in [(moved, "/starts_on"), (appointed, "/appointed_on"), (joined, "/starts_on")] {
        assert_eq!(refused.faults(), [(pointer, "not_employed")]);
        let detail = refused.body["errors"][0]["detail"].as_str().unwrap();
        assert_eq!(detail, "王芳 (E-1) is not employed on 2026-04-01");
    }
    let item =
        json!({"employee_number": "E-1", "name": "王芳", "department": {"code": "B", "starts_on": "2026-04-01"}});
    let fault = &scene.batch(item).await["items"][0]["problem"]["errors"][0];
    assert_eq!((&fault["pointer"], &fault["code"]), (&json!("/items/0/department/starts_on"), &json!("not_employed")));
    let text = "employee_number,name,department_code,department_since\nE-1,王芳,B,2026-04-01\n";
    let fault = &scene.import("employees.csv", text).await["problem"]["faults"][0];
    assert_eq!((&fault["column"], &fault["code"]), (&json!("department_since"), &json!("not_employed")));
    let text = "employee_number,appointed_on,group_codes\nE-1,2026-04-01,PK\n";
    let fault = &scene.import("lecturers.csv", text).await["problem"]["faults"][0];
    assert_eq!((&fault["column"], &fault["code"]), (&json!("appointed_on"), &json!("not_employed")));
    // On the last day it is possible.
    let into = json!({"department_id": scene.departments[1], "starts_on": "2026-03-31"});
    let read = scene.hris.post(&format!("/v1/employees/{id}/memberships"), into).await.expect(200);
    assert_eq!(memberships(&read)[0], ("B", "2026-03-31", Some("2026-03-31")));
}

#[tokio::test]
async fn a_nightly_batch_converges() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let (id, _) = scene.lecturer("E-1").await;
    let item = |code: &str, day: &str| json!({"employee_number": "E-1", "name": "王芳", "department": {"code": code, "starts_on": day}});
    let planned = scene.batch(item("B", "2026-08-01")).await;
    assert_eq!(
        (&planned["items"][0]["outcome"], &planned["items"][0]["withdrawn_moves"]),
        (&json!("updated"), &json!([]))
    );
    let again = scene.batch(item("B", "2026-08-01")).await;
    assert_eq!(again["items"][0]["outcome"], "unchanged");
    // HR has withdrawn the move: the batch knows only the department of today.
    let withdrawn = scene.batch(item("A", "2024-01-01")).await;
    assert_eq!(withdrawn["items"][0]["outcome"], "updated");
    let told = &withdrawn["items"][0]["withdrawn_moves"][0];
    assert_eq!((&told["department"]["code"], &told["starts_on"]), (&json!("B"), &json!("2026-08-01")));
    assert_eq!(memberships(&scene.employee(&id).await), [("A", "2024-01-01", None)]);
    assert_eq!(scene.batch(item("A", "2024-01-01")).await["items"][0]["outcome"], "unchanged");
}

#[tokio::test]
async fn a_membership_is_deleted_and_equal_ones_that_adjoin_are_one() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let (id, _) = scene.lecturer("E-1").await;
    let path = format!("/v1/employees/{id}/memberships");
    for (department, day) in [(1, "2026-08-01"), (0, "2026-10-01")] {
        let into = json!({"department_id": scene.departments[department], "starts_on": day});
        scene.hris.post(&path, into).await.expect(200);
    }
    let read = scene.employee(&id).await;
    let planned = read["memberships"][1]["id"].as_str().unwrap();
    let gone = format!("{path}/{planned}");
    let stale = scene.hris.delete(&gone, "\"1\"").await;
    assert_eq!(stale.problem(412), "precondition_failed");
    let left = scene.hris.delete(&gone, read["etag"].as_str().unwrap()).await.expect(200);
    assert_eq!(memberships(&left), [("A", "2024-01-01", None)]);
    assert_eq!(memberships(&scene.employee(&id).await), [("A", "2024-01-01", None)]);
    assert_eq!(scene.hris.delete(&gone, "*").await.problem(404), "not_found");
    // A move back on the day of the move.
    for department in [1, 0] {
        let into = json!({"department_id": scene.departments[department], "starts_on": "2026-08-01"});
        scene.hris.post(&path, into).await.expect(200);
    }
    assert_eq!(memberships(&scene.employee(&id).await), [("A", "2024-01-01", None)]);
}

#[tokio::test]
async fn the_first_day_of_an_appointment_is_corrected_with_a_reason() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let (_, appointment) = scene.lecturer("E-1").await;
    let path = format!("/v1/lecturers/{appointment}/correct");
    let correct = |day: &str| json!({"appointed_on": day, "reason": "聘书日期写错"});
    for day in ["2024-06-01", "2025-03-01"] {
        let waits = scene.hris.post(&path, correct(day)).await.expect(200);
        scene.admin.confirm_waiting(&waits).await;
        let read = scene.appointment(&appointment).await;
        assert_eq!((&read["appointed_on"], &read["levels"][0]["starts_on"]), (&json!(day), &json!(day)));
    }
    let before_hiring = scene.hris.post(&path, correct("2023-12-31")).await;
    assert_eq!(before_hiring.faults(), [("/appointed_on", "not_employed")]);
    let silent = scene.hris.post(&path, json!({"appointed_on": "2025-03-01", "reason": ""})).await;
    assert_eq!(silent.faults(), [("/reason", "empty")]);
    let sql = "SELECT details->>'reason' FROM audit_entries WHERE command = 'correct_lecturer' LIMIT 1";
    let reason: String = scene.given.sql.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(reason, "聘书日期写错");
    assert_eq!(scene.server.tenant, server.tenant);
}

#[tokio::test]
async fn facts_of_people_who_are_not_employed_on_the_day_are_refused() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let programme = scene.given.programme("P", scene.group).await;
    let admin = server.client(&[Role::Admin]).await;
    let (speaker, _) = scene.lecturer("E-1").await;
    let (leaver, _) = scene.lecturer("E-2").await;
    scene.patch(&leaver, json!({"left_on": "2026-03-04"})).await;
    let plan = |lecturer: &str, start: &str| {
        json!({"programme_id": programme, "title": "T", "kind": "assigned", "mode": "online", "starts_at": start,
               "scheduled_minutes": 45, "lecturers": [{"employee_id": lecturer}]})
    };
    let named = |refused: &crate::support::Answer, pointer: &str| {
        assert_eq!(refused.faults(), [(pointer, "not_employed")], "{}", refused.text);
        assert!(refused.body["errors"][0]["detail"].as_str().unwrap().starts_with("王芳 (E-2)"), "{}", refused.text);
    };
    named(&admin.post("/v1/sessions", plan(&leaver, "2026-03-05T02:00:00Z")).await, "/lecturers/0/employee_id");
    let last = admin.post("/v1/sessions", plan(&leaver, "2026-03-04T02:00:00Z")).await;
    assert_eq!(last.status, 201, "{}", last.text);
    let path = format!("/v1/sessions/{}", last.id());
    named(&admin.patch(&path, "*", json!({"starts_at": "2026-03-05T02:00:00Z"})).await, "/starts_at");
    let made = admin.post("/v1/sessions", plan(&speaker, "2026-03-05T02:00:00Z")).await;
    let path = format!("/v1/sessions/{}", made.id());
    let shares =
        json!({"lecturers": [{"employee_id": speaker, "credit": "0.5"}, {"employee_id": leaver, "credit": "0.5"}]});
    named(&admin.put(&format!("{path}/lecturers"), "*", shares).await, "/lecturers/1/employee_id");
    server.clock.set(at("2026-03-05T04:00:00Z"));
    let admin = server.client(&[Role::Admin]).await;
    let delivered = json!({"started_at": "2026-03-05T02:00:00Z", "delivered_minutes": 45});
    admin.act(&format!("{path}/deliver"), "*", Some(delivered)).await.expect(200);
    let list = json!({"source": "hris", "records": [{"employee_id": speaker, "state": "present"}, {"employee_id": leaver, "state": "present"}]});
    let refused = admin.put(&format!("{path}/attendance"), "*", list).await;
    named(&refused, "/records/1/employee_id");

    // Files are told the same.
    let sessions = "session_code,programme_code,title,kind,mode,state,scheduled_start,scheduled_minutes,delivered_start,\
                    delivered_minutes,lecturers\n\
                    S1,P,T,assigned,online,delivered,2026-02-05 14:00,45,2026-02-05 14:00,45,E-1\n\
                    S2,P,T,assigned,online,planned,2026-03-06 14:00,45,,,E-2\n";
    let attendance = "session_code,employee_number,state\nS1,E-3,present\n";
    let ratings = "session_code,employee_number,rating,received_at\nS1,E-3,8,2026-02-05 16:00\n";
    let employees = "employee_number,name,hired_on\nE-3,李四,2026-03-01\n";
    let files: Vec<Value> = [
        ("employees.csv", employees),
        ("sessions.csv", sessions),
        ("attendance.csv", attendance),
        ("ratings.csv", ratings),
    ]
    .iter()
    .map(|(name, content)| json!({"name": name, "content": content}))
    .collect();
    let hris = server.client(&[Role::Hris]).await;
    let order = json!({"time_zone": "Asia/Shanghai", "files": files});
    let job = hris.ended(&hris.post("/v1/imports", order).await).await;
    let faults = job["problem"]["faults"].as_array().unwrap_or_else(|| panic!("{job}"));
    let found: Vec<_> = faults.iter().map(|fault| (fault["file"].as_str().unwrap(), &fault["code"])).collect();
    let code = json!("not_employed");
    assert_eq!(found, [("sessions.csv", &code), ("attendance.csv", &code), ("ratings.csv", &code)]);
}

#[tokio::test]
async fn a_lecturer_whose_appointment_has_ended_plans_no_sessions() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let programme = scene.given.programme("P", scene.group).await;
    let (id, appointment) = scene.lecturer("E-1").await;
    let plan = |start: &str| {
        json!({"programme_id": programme, "title": "T", "kind": "voluntary", "mode": "online", "starts_at": start,
               "scheduled_minutes": 45, "lecturers": [{"employee_id": id}]})
    };
    let ended = json!({"ended_on": "2026-03-10"});
    scene.hris.post(&format!("/v1/lecturers/{appointment}/end"), ended).await.expect(200);
    let lecturer = server.person_token(server.tenant, id.parse().unwrap());
    assert_eq!(lecturer.post("/v1/sessions", plan("2026-03-10T02:00:00Z")).await.status, 201);
    let late = plan("2026-03-11T02:00:00Z");
    let refused = lecturer.post("/v1/sessions", late.clone()).await;
    assert_eq!(refused.faults(), [("/starts_at", "not_eligible")]);

    // Nor does anybody plan one for them, hand one over to them or move one to such a day.
    let share = [("/lecturers/0/employee_id", "not_eligible")];
    let refused = scene.hris.post("/v1/sessions", late.clone()).await;
    assert_eq!(refused.faults(), share);
    assert!(refused.text.contains("no longer appointed as a lecturer on 2026-03-11"), "{}", refused.text);
    let batch = json!({"mode": "per_item", "items": [late]});
    let batch = scene.hris.post("/v1/sessions/batch", batch).await.expect(200);
    assert_eq!(batch["items"][0]["problem"]["errors"][0]["code"], "not_eligible", "{batch}");
    let (other, _) = scene.lecturer("E-2").await;
    let mut theirs = plan("2026-03-12T02:00:00Z");
    theirs["kind"] = json!("assigned");
    theirs["lecturers"] = json!([{"employee_id": other}]);
    let session = scene.hris.post("/v1/sessions", theirs).await.header("location").to_owned();
    let ask = json!({"kind": "hand_over", "colleague_id": id, "reason": "Ill"});
    let asker = server.person_token(server.tenant, other.parse().unwrap());
    let asked = asker.post(&format!("{session}/change-requests"), ask).await;
    assert_eq!(asked.faults(), [("/colleague_id", "not_eligible")]);
    let shares = json!({"lecturers": [{"employee_id": id}]});
    assert_eq!(scene.hris.put(&format!("{session}/lecturers"), "*", shares).await.faults(), share);
    let own = scene.hris.post("/v1/sessions", plan("2026-03-09T02:00:00Z")).await.header("location").to_owned();
    let moved = scene.hris.patch(&own, "*", json!({"starts_at": "2026-03-13T02:00:00Z"})).await;
    assert_eq!(moved.faults(), [("/starts_at", "not_eligible")]);
    let file = "session_code,programme_code,title,kind,mode,state,scheduled_start,scheduled_minutes,lecturers\n\
                S1,P,T,assigned,online,planned,2026-03-14 10:00,45,E-1\n";
    let job = scene.import("sessions.csv", file).await;
    let fault = &job["problem"]["faults"][0];
    assert_eq!((&fault["column"], &fault["code"]), (&json!("lecturers"), &json!("no_longer_appointed")), "{job}");

    // Somebody who never was a lecturer may give one: a guest, or somebody who is appointed later.
    let guest = scene.given.employee("G-1").await;
    let mut theirs = plan("2026-03-12T02:00:00Z");
    theirs["lecturers"] = json!([{"employee_id": guest}]);
    let planned = scene.hris.post("/v1/sessions", theirs).await.expect(201);
    assert_eq!(planned["lecturers"][0]["is_appointed"], false, "the answer says so");
}

#[tokio::test]
async fn the_department_of_a_leaver_stays_the_one_of_the_period() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let programme = scene.given.programme("P", scene.group).await;
    let rule = json!({
        "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 2}}],
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "fail", "at_least": 0}]
    });
    scene.given.published("scoring_rules", programme, 1, "2026-01", &rule).await;
    let (id, _) = scene.lecturer("E-1").await;
    let body = json!({"employee_id": id, "starts_on": "2025-01-01"});
    let joined = scene.hris.post(&format!("/v1/lecturer-groups/{}/members", scene.group), body).await;
    assert_eq!(joined.status, 201, "{}", joined.text);
    scene.patch(&id, json!({"left_on": "2026-03-10"})).await;
    let path = format!("/v1/programmes/{programme}/periods/2026-03/scorecards/{id}");
    for now in ["2026-03-10T04:00:00Z", "2026-03-20T04:00:00Z", "2026-04-02T04:00:00Z"] {
        server.clock.set(at(now));
        let card = server.client(&[Role::Admin]).await.get(&path).await.expect(200);
        assert_eq!(card["scorecard"]["department"]["code"], "A", "{now}");
        assert_eq!(card["scorecard"]["card"]["exempt_days"], 21, "{now}");
    }

    // Hired again within the period: the days of both employments count, those of the appointment only in the first.
    server.clock.set(at("2026-03-01T01:00:00Z"));
    scene.patch(&id, json!({"hired_on": "2026-03-21"})).await;
    let again = json!({"employee_id": id, "appointed_on": "2026-03-21"});
    assert_eq!(scene.hris.post("/v1/lecturers", again).await.status, 201);
    server.clock.set(at("2026-04-02T04:00:00Z"));
    let card = server.client(&[Role::Admin]).await.get(&path).await.expect(200);
    assert_eq!(card["scorecard"]["card"]["exempt_days"], 10);
}

#[tokio::test]
async fn the_board_of_the_programme_is_for_those_who_are_ranked_in_it() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let programme = scene.given.programme("P", scene.group).await;
    let rule = json!({
        "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 2}}],
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "fail", "at_least": 0}]
    });
    scene.given.published("scoring_rules", programme, 1, "2026-01", &rule).await;
    let (id, _) = scene.lecturer("E-1").await;
    let body = json!({"employee_id": id, "starts_on": "2025-01-01"});
    assert_eq!(scene.hris.post(&format!("/v1/lecturer-groups/{}/members", scene.group), body).await.status, 201);
    let path = format!("/v1/programmes/{programme}/periods/2026-03/leaderboard?scope=programme");
    let lecturer = server.person_token(server.tenant, id.parse().unwrap());
    lecturer.get(&path).await.expect(200);
    scene
        .given
        .sql
        .batch_execute("UPDATE scoring_rules SET document = document || '{\"rank_scope\": \"department\"}'")
        .await
        .unwrap();
    assert_eq!(lecturer.get(&path).await.problem(404), "not_found");
    server.client(&[Role::Admin]).await.get(&path).await.expect(200);
}
