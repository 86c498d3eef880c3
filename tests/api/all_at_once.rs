//! An answer that refuses names everything that is wrong: values, what they refer to, and what they would do.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::imports::order;
use crate::payroll::{Company, key, lock, part};
use crate::sessions::{company, with};
use crate::support::{Answer, Client, TestServer, at};

#[track_caller]
fn refused(answer: &Answer, faults: &[(&str, &str)]) {
    assert_eq!(answer.problem(422), "invalid_values");
    assert_eq!(answer.faults(), faults, "{}", answer.text);
}

async fn first_id(client: &Client, path: &str) -> String {
    client.get(path).await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn of_people_and_departments() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = company(&given).await;
    let hr = server.client(&[Role::Admin]).await;
    let nobody = Uuid::new_v4();
    let appointment = first_id(&hr, &format!("/v1/lecturers?employee_id={}", company.lecturer)).await;
    let lecturer = format!("/v1/lecturers/{appointment}");
    let correct = json!({"appointed_on": "2019-05-01", "reason": " "});
    let correct = hr.post(&format!("{lecturer}/correct"), correct).await;
    refused(&correct, &[("/reason", "empty"), ("/appointed_on", "not_employed")]);
    let level = hr.post(&format!("{lecturer}/levels"), json!({"level": " ", "starts_on": "2019-05-01"})).await;
    refused(&level, &[("/level", "empty"), ("/starts_on", "out_of_range")]);

    let moved = json!({"department_id": nobody, "starts_on": "2019-05-01"});
    let moved = hr.post(&format!("/v1/employees/{}/memberships", company.learner), moved).await;
    refused(&moved, &[("/department_id", "not_found"), ("/starts_on", "not_employed")]);
    let group = first_id(&hr, "/v1/lecturer-groups").await;
    let organiser = json!({"employee_id": nobody, "starts_on": "2026-03-02", "ends_on": "2026-03-01"});
    let organiser = hr.post(&format!("/v1/lecturer-groups/{group}/organisers"), organiser).await;
    refused(&organiser, &[("/employee_id", "not_found"), ("/ends_on", "out_of_range")]);

    let merge = json!({"duplicate_id": nobody, "reason": " "});
    let merge = hr.post(&format!("/v1/employees/{}/merge", company.lecturer), merge).await;
    refused(&merge, &[("/reason", "empty"), ("/duplicate_id", "not_found")]);
    let learner = json!({"name": null, "employee_number": "L", "left_on": "2019-01-01"});
    let learner = hr.patch(&format!("/v1/employees/{}", company.learner), "*", learner).await;
    refused(&learner, &[("/name", "not_null"), ("/left_on", "ends_before_start"), ("/employee_number", "taken")]);

    let east = first_id(&hr, "/v1/departments?code=east").await;
    let patch = json!({"name": " ", "code": null, "parent_id": east, "manager_id": nobody});
    let patch = hr.patch(&format!("/v1/departments/{east}"), "*", patch).await;
    refused(
        &patch,
        &[("/name", "empty"), ("/code", "not_null"), ("/parent_id", "cycle"), ("/manager_id", "not_found")],
    );
    let new = json!({"code": "north", "name": " ", "parent_id": nobody, "manager_id": nobody});
    let new = hr.post("/v1/departments", new).await;
    refused(&new, &[("/name", "empty"), ("/parent_id", "not_found"), ("/manager_id", "not_found")]);
}

#[tokio::test]
async fn of_programmes_and_sessions() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = company(&given).await;
    let hr = server.client(&[Role::Admin]).await;
    let nobody = Uuid::new_v4();
    let path = format!("/v1/programmes/{}", company.programme);
    let patch = hr.patch(&path, "*", json!({"name": null, "board_size": 0, "group_ids": [nobody]})).await;
    refused(&patch, &[("/name", "not_null"), ("/board_size", "out_of_range"), ("/group_ids/0", "not_found")]);

    let path = hr.post("/v1/sessions", company.plan(company.lecturer)).await.header("location").to_owned();
    let patch = hr.patch(&path, "*", json!({"title": null, "topic": " ", "group_id": nobody})).await;
    refused(&patch, &[("/topic", "empty"), ("/title", "not_null"), ("/group_id", "not_found")]);
    let far = json!({"starts_at": "+262142-12-31T23:59:59Z", "scheduled_minutes": 0, "group_id": nobody});
    let far = hr.patch(&path, "*", far).await;
    refused(
        &far,
        &[("/scheduled_minutes", "out_of_range"), ("/starts_at", "out_of_range"), ("/group_id", "not_found")],
    );
    let asked =
        json!({"kind": "hand_over", "colleague_id": nobody, "starts_at": "2026-03-12T06:00:00Z", "reason": " "});
    let lecturer = server.person_token(server.tenant, company.lecturer);
    let asked = lecturer.post(&format!("{path}/change-requests"), asked).await;
    refused(&asked, &[("/reason", "empty"), ("/starts_at", "not_eligible"), ("/colleague_id", "not_found")]);

    server.clock.set(at("2026-03-10T06:30:00Z"));
    let hr = server.client(&[Role::Admin]).await;
    let report = json!({"started_at": "+262142-12-31T23:59:59Z", "delivered_minutes": 0});
    let report = hr.post(&format!("{path}/deliver"), report).await;
    refused(&report, &[("/delivered_minutes", "out_of_range"), ("/started_at", "out_of_range")]);
}

#[tokio::test]
async fn of_payroll_batches() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let nobody = Uuid::new_v4();
    company.approved(company.given.employee("E1").await, 100).await;
    let draft = company.draft().await;
    let path = format!("/v1/payroll-batches/{}", draft.id());
    let explained = json!({"employee_id": nobody, "reason": " "});
    let explained = company.hr.post(&format!("{path}/exclusions"), explained).await;
    refused(&explained, &[("/reason", "empty"), ("/employee_id", "not_found")]);

    lock(&company.machine, &draft.id(), draft.etag()).await.expect(200);
    let lines = company.lines(&draft.id()).await;
    let mut answer = part("R1", &[(&lines[0], "rejected"), (&lines[0], "accepted")]);
    answer["consumer"] = json!(" ");
    answer["lines"][0]["reason"] = json!(" ");
    answer["lines"][1]["line_id"] = json!(nobody);
    let answer = company.machine.post_keyed(&format!("{path}/acknowledgements"), &key(), answer).await;
    refused(&answer, &[("/consumer", "empty"), ("/lines/0/reason", "empty"), ("/lines/1/line_id", "not_found")]);
}

#[tokio::test]
async fn of_files_and_their_zone() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let files = json!([{"name": "", "content": "x"}, {"name": "people.csv", "content": "y"}]);
    let order = hris.post("/v1/imports", json!({"time_zone": "Asia/Peking", "files": files})).await;
    refused(&order, &[("/files/0/name", "empty"), ("/time_zone", "bad_format"), ("/files/1/name", "not_allowed")]);
}

#[tokio::test]
async fn a_null_for_what_always_has_a_value_says_so() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    let group = admin.post("/v1/lecturer-groups", json!({"code": "care", "name": "客户维护"})).await;
    let path = format!("/v1/lecturer-groups/{}", group.id());
    for (language, words) in [
        ("en", "cannot be removed (null): leave it out to keep it as it is"),
        ("zh-CN", "不能清除（null）；如不修改，请省略此项"),
    ] {
        let patch = admin.request(Method::PATCH, &path).header("if-match", "*").header("accept-language", language);
        let null = admin.send(patch.json(&json!({"name": null}))).await;
        refused(&null, &[("/name", "not_null")]);
        assert_eq!(null.body["errors"][0]["detail"], words);
    }
}

/// A company that has named its levels means these and no others.
#[tokio::test]
async fn a_level_that_the_company_does_not_have_is_refused() {
    let server = TestServer::start().await;
    let person = server.given().await.employee("E1").await;
    let admin = server.client(&[Role::Admin]).await;
    let appoint = |level: &str| json!({"employee_id": person, "appointed_on": "2026-03-01", "level": level});
    let level = |code: &str, zh: &str, en: &str| json!({"code": code, "name_zh": zh, "name_en": en});
    let levels = json!([level("junior", "初级", "Junior"), level("senior", "高级", "Senior")]);
    let etag = admin.get("/v1/display-names").await.etag().to_owned();
    admin.patch("/v1/display-names", &etag, json!({"levels": levels})).await.expect(200);
    let unknown = admin.post("/v1/lecturers", with(appoint("expert"), json!({"employee_id": Uuid::nil()}))).await;
    refused(&unknown, &[("/level", "unknown_level"), ("/employee_id", "not_found")]);
    let words = "there is no level expert; the levels of the company are: Junior (junior), Senior (senior)";
    assert_eq!(unknown.body["errors"][0]["detail"], words);
    let appointed = admin.post("/v1/lecturers", appoint("junior")).await;
    let path = format!("/v1/lecturers/{}/levels", appointed.id());
    let request = |level: &str| json!({"level": level, "starts_on": "2027-01-01"});
    let chinese = admin.request(Method::POST, &path).header("accept-language", "zh-CN").json(&request("Junior"));
    let chinese = admin.send(chinese).await;
    refused(&chinese, &[("/level", "unknown_level")]);
    assert_eq!(chinese.body["errors"][0]["detail"], "没有级别“Junior”；公司的级别有：初级（junior）、高级（senior）");
    admin.post(&path, request("senior")).await.expect(200);
    let file = "employee_number,appointed_on,level,group_codes\nE1,2026-03-01,Junior,g\n";
    let groups = ("lecturer_groups.csv", "code,name\ng,G\n");
    let ordered = admin.post("/v1/imports", order(&[groups, ("lecturers.csv", file)])).await;
    let fault = &admin.ended(&ordered).await["problem"]["faults"][0];
    assert_eq!((&fault["code"], &fault["column"]), (&json!("unknown_level"), &json!("level")));
    assert_eq!(fault["detail_zh"], "没有级别“Junior”；公司的级别有：junior、senior");
}
