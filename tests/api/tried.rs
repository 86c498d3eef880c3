//! What people met who tried the service: answers that left something out, or did not say what to do.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::imports::order;
use crate::payroll::key;
use crate::sessions::{company, with};
use crate::support::{Answer, Client, TestServer, document};

fn detail(answer: &Answer) -> &str {
    answer.body["errors"][0]["detail"].as_str().unwrap()
}

async fn in_chinese(client: &Client, method: Method, path: &str, body: &Value) -> Answer {
    client.send(client.request(method, path).header("accept-language", "zh-CN").json(body)).await
}

#[tokio::test]
async fn faults_of_values_and_of_references_come_together() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = company(&given).await;
    let hr = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let nobody = Uuid::new_v4();
    let plan = with(
        company.plan(company.lecturer),
        json!({"title": "", "scheduled_minutes": 0, "programme_id": nobody, "lecturers": [{"employee_id": nobody}]}),
    );
    let refused = hr.post("/v1/sessions", plan).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(
        refused.faults(),
        [
            ("/scheduled_minutes", "out_of_range"),
            ("/title", "empty"),
            ("/programme_id", "not_found"),
            ("/lecturers/0/employee_id", "not_found"),
        ]
    );
    // A lecturer without a share keeps the places of those after it.
    let two = json!({"lecturers": [{"employee_id": company.lecturer}, {"employee_id": nobody, "credit": "0.5"}]});
    let faults = [("/lecturers/0/credit", "required"), ("/lecturers/1/employee_id", "not_found")];
    assert_eq!(hr.post("/v1/sessions", with(company.plan(company.lecturer), two.clone())).await.faults(), faults);
    let planned = hr.post("/v1/sessions", company.plan(company.lecturer)).await;
    let path = format!("{}/lecturers", planned.header("location"));
    assert_eq!(hr.put(&path, "*", two).await.faults(), faults);
    for change in [json!({"starts_at": "+262142-12-31T23:59:59Z"}), json!({"scheduled_minutes": -5})] {
        let plan = with(company.plan(company.lecturer), change.clone());
        assert_eq!(hr.post("/v1/sessions", plan.clone()).await.status, 422, "{change}");
        let many = hr.post("/v1/sessions/batch", json!({"mode": "per_item", "items": [plan]})).await;
        assert!([200, 422].contains(&many.status), "{change}: {}", many.text);
    }
    let check = json!({"employee_id": nobody, "target_code": "department-manager"});
    for path in ["/v1/promotion-checks", "/v1/promotion-applications"] {
        let refused = hr.post(path, check.clone()).await;
        assert_eq!(refused.problem(422), "invalid_values", "{path}");
        assert_eq!(refused.faults(), [("/employee_id", "not_found"), ("/target_code", "not_found")], "{path}");
        let wrong = hr.post(path, json!({"employee_id": nobody, "target_code": "经理"})).await;
        assert_eq!(wrong.faults(), [("/target_code", "bad_characters"), ("/employee_id", "not_found")], "{path}");
    }
}

#[tokio::test]
async fn whatever_is_new_is_refused_with_all_that_is_wrong() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = company(&given).await;
    let group: String = given.sql.query_one("SELECT id::text FROM lecturer_groups", &[]).await.unwrap().get(0);
    let hr = server.client(&[Role::Admin]).await;
    let nobody = Uuid::new_v4();
    let (first, far) = ("2026-03-05", "+10000-01-01");
    for (path, body, faults) in [
        (
            "/v1/absences".to_owned(),
            json!({"employee_id": nobody, "kind": "leave", "starts_on": first, "ends_on": far, "source": " "}),
            vec![("/ends_on", "out_of_range"), ("/source", "empty"), ("/employee_id", "not_found")],
        ),
        (
            "/v1/lecturers".to_owned(),
            json!({"employee_id": nobody, "appointed_on": first, "level": " "}),
            vec![("/level", "empty"), ("/employee_id", "not_found")],
        ),
        (
            format!("/v1/lecturer-groups/{group}/members"),
            json!({"employee_id": company.learner, "starts_on": "2019-03-05", "ended_on": far}),
            vec![("/ended_on", "out_of_range"), ("/starts_on", "not_employed")],
        ),
        (
            "/v1/application-cases".to_owned(),
            json!({"session_id": nobody, "learner_id": company.learner, "description": " "}),
            vec![("/description", "empty"), ("/session_id", "not_found")],
        ),
        (
            "/v1/reuse-events".to_owned(),
            json!({"content_id": nobody, "employee_id": nobody, "kind": "download", "source_ref": " "}),
            vec![("/source_ref", "empty"), ("/content_id", "not_found"), ("/employee_id", "not_found")],
        ),
        (
            "/v1/employees".to_owned(),
            json!({"name": " ", "employee_number": "L"}),
            vec![("/name", "empty"), ("/employee_number", "taken")],
        ),
    ] {
        let refused = hr.post(&path, body).await;
        assert_eq!(refused.problem(422), "invalid_values", "{path}");
        assert_eq!(refused.faults(), faults, "{path}: {}", refused.text);
    }
}

#[tokio::test]
async fn an_approval_of_a_whole_period_names_what_it_does_not_find() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = company(&given).await;
    let checker = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let refused = async |body: Value| checker.post_keyed("/v1/rewards/approve-batch", &key(), body).await;
    let nobody = Uuid::new_v4();
    for (body, faults) in [
        (json!({"programme_id": nobody}), vec![("/programme_id", "not_found"), ("/period", "required")]),
        (json!({"programme_id": nobody, "period": "2026-03"}), vec![("/programme_id", "not_found")]),
        (json!({"period": "2026-03"}), vec![("/programme_id", "required")]),
        (json!({}), vec![("/ids", "exactly_one")]),
    ] {
        assert_eq!(refused(body.clone()).await.faults(), faults, "{body}");
    }
    let open = refused(json!({"programme_id": company.programme, "period": "2026-03"})).await;
    assert_eq!(open.problem(409), "state_conflict");
    assert_eq!(open.body["detail"], "The period is open; for this, it must be closed.");
    let quarter = refused(json!({"programme_id": company.programme, "period": "2026-Q3"})).await;
    assert_eq!(quarter.faults(), [("/period", "bad_format")]);
    assert_eq!(detail(&quarter), "must be a month such as 2026-03");
}

#[tokio::test]
async fn a_last_day_before_the_first_names_both() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let person = given.employee("E1").await;
    let admin = server.client(&[Role::Admin]).await;
    let absence = json!({
        "employee_id": person, "kind": "leave", "starts_on": "2026-03-05", "ends_on": "2026-03-04", "source": "leave",
    });
    let refused = admin.post("/v1/absences", absence.clone()).await;
    assert_eq!(refused.faults(), [("/ends_on", "ends_before_start")]);
    assert_eq!(detail(&refused), "must not be before starts_on (2026-03-05)");
    let chinese = in_chinese(&admin, Method::POST, "/v1/absences", &absence).await;
    assert_eq!(detail(&chinese), "不得早于 starts_on（2026-03-05）");
    let hired = json!({"name": "Ann", "hired_on": "2026-03-05", "left_on": "2026-03-04"});
    assert_eq!(detail(&admin.post("/v1/employees", hired).await), "must not be before hired_on (2026-03-05)");
}

#[tokio::test]
async fn what_is_no_text_where_a_word_is_taken_is_still_json() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    for kind in [json!(5), json!(["leave"]), json!(true)] {
        let absence = json!({"employee_id": Uuid::nil(), "kind": kind, "starts_on": "2026-03-05", "ends_on": 6});
        let refused = hris.post("/v1/absences", absence).await;
        assert_eq!(refused.problem(422), "invalid_body", "{kind}");
        let mut faults = refused.faults();
        faults.sort_unstable();
        assert_eq!(faults, [("/ends_on", "wrong_type"), ("/kind", "wrong_type")], "{kind}");
    }
}

#[tokio::test]
async fn the_problem_of_a_job_is_read_in_both_languages() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let employees = "employee_number,name,hired_on\nE1,Ann,2020-01-01\nE2,,soon\nE3,Bob,never\n";
    let ordered = hris.post("/v1/imports", order(&[("employees.csv", employees)])).await;
    let path = ordered.header("location").to_owned();
    let english = hris.ended(&ordered).await;
    let chinese = hris.send(hris.request(Method::GET, &path).header("accept-language", "zh-CN")).await;
    assert_eq!(chinese.header("content-language"), "zh-CN");
    let chinese = chinese.expect(200);
    let told = |job: &Value| {
        let problem = &job["problem"];
        assert_eq!((&problem["code"], &problem["zh-CN"]), (&json!("import_refused"), &Value::Null));
        assert_eq!(problem["faults"].as_array().unwrap().len(), 3);
        format!("{}: {}", problem["title"].as_str().unwrap(), problem["detail"].as_str().unwrap())
    };
    assert_eq!(
        told(&english),
        "Import refused: The files have 3 faults in 2 rows; nothing was imported. File, line and column are listed."
    );
    assert_eq!(told(&chinese), "导入被拒绝: 文件中有 2 行共 3 处错误，未导入任何内容。已列出文件、行号和列名。");
    for fault in chinese["problem"]["faults"].as_array().unwrap() {
        assert_eq!(fault["detail"], fault["detail_zh"]);
    }
    assert_ne!(english["problem"]["faults"][0]["detail"], english["problem"]["faults"][0]["detail_zh"]);
    let list = hris.send(hris.request(Method::GET, "/v1/jobs").header("accept-language", "zh-CN")).await.expect(200);
    assert_eq!(list["items"][0]["problem"], chinese["problem"]);
}

#[tokio::test]
async fn a_file_of_departments_finds_a_head_by_a_former_number() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let person = given.employee("OLD-1").await;
    let hris = server.client(&[Role::Hris]).await;
    let renamed = hris.patch(&format!("/v1/employees/{person}"), "*", json!({"employee_number": "NEW-1"})).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    let files = [("departments.csv", "code,name,manager_number\nRD,研发,OLD-1\n")];
    let job = hris.ended(&hris.post("/v1/imports", order(&files)).await).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(job["result"]["former_numbers"], json!({"OLD-1": "NEW-1"}));
    let head = "SELECT manager_id::text FROM departments WHERE code = 'RD'";
    let head: Option<String> = given.sql.query_one(head, &[]).await.unwrap().get(0);
    assert_eq!(head, Some(person.to_string()));
}

#[test]
fn a_body_of_which_no_member_is_required_need_not_be_sent() {
    let required = |path: &str| &document()["paths"][path]["post"]["requestBody"]["required"];
    assert_eq!(required("/v1/session-change-requests/{id}/approve"), &json!(false));
    assert_eq!(required("/v1/session-change-requests/{id}/decline"), &json!(true));
}
