//! Texts in Chinese as a Chinese reader takes them: no English words, no codes where there are words, no stray blanks, local times.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::closing::March;
use crate::sessions::{company, with};
use crate::support::{Answer, Client, TestServer, at};

/// The answer in Chinese.
async fn asked(client: &Client, method: Method, path: &str, body: &Value) -> Answer {
    let request = client.request(method, path).header("accept-language", "zh-CN").header("if-match", "*");
    client.send(request.json(body)).await
}

fn detail(answer: &Answer) -> &str {
    answer.body["detail"].as_str().unwrap()
}

/// What the first fault says.
fn fault(answer: &Answer) -> &str {
    answer.body["errors"][0]["detail"].as_str().unwrap_or_else(|| panic!("{}", answer.text))
}

#[tokio::test]
async fn states_and_holders_are_said_without_stray_blanks() {
    let server = TestServer::start().await;
    let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let id = admin.post("/v1/api-clients", json!({"name": "HRIS", "roles": ["payroll"]})).await.id();
    let revoke = format!("/v1/api-clients/{id}/revoke");
    admin.send(admin.request(Method::POST, &revoke)).await.expect(200);
    let again = admin.request(Method::POST, &revoke).header("accept-language", "zh-CN");
    let again = admin.send(again).await;
    assert_eq!(again.problem(409), "state_conflict");
    assert_eq!(detail(&again), "系统客户端当前为“已吊销”，此操作要求为“生效中”。");
    let department = json!({"code": "SH", "name": "上海"});
    let holder = admin.post("/v1/departments", department.clone()).await.id();
    let taken = asked(&admin, Method::POST, "/v1/departments", &department).await;
    assert_eq!(fault(&taken), format!("已被部门 SH（ID {holder}）占用"));
}

#[tokio::test]
async fn what_is_sent_twice_and_lists_are_said_in_chinese() {
    let server = TestServer::start().await;
    let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let twice = admin.request(Method::POST, "/v1/departments").header("accept-language", "zh-CN");
    let twice =
        twice.header("content-type", "application/json").body(r#"{"code": "SH", "name": "上海", "code": "BJ"}"#);
    let twice = admin.send(twice).await;
    assert_eq!((twice.problem(422), twice.faults()), ("invalid_body", vec![("/code", "duplicate")]));
    assert_eq!(fault(&twice), "与前面的同名成员重复");
    let unknown =
        asked(&admin, Method::POST, "/v1/role-grants", &json!({"employee_id": server.tenant, "role": "owner"})).await;
    assert!(fault(&unknown).starts_with("只能是：admin、"), "{}", fault(&unknown));
    let method = asked(&admin, Method::PUT, "/v1/departments", &json!({})).await;
    assert_eq!(method.problem(405), "method_not_allowed");
    let allowed = method.header("allow").replace(", ", "、");
    assert_eq!(detail(&method), format!("该路径只支持 {allowed}。"));
}

#[tokio::test]
async fn sessions_are_told_of_in_chinese_words_and_local_times() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = company(&given).await;
    let hr = server.client(&[Role::Hris]).await;
    let path = hr.post("/v1/sessions", company.plan(company.lecturer)).await.header("location").to_owned();
    let second = with(company.plan(company.lecturer), json!({"starts_at": "2026-03-10T06:30:00Z"}));
    let overlapping = asked(&hr, Method::POST, "/v1/sessions", &second).await;
    let said = "Person L（L）在该时段已有另一场分享“老客户维护三步法”，于 2026-03-10 14:00（Asia/Shanghai）开始。";
    assert_eq!((overlapping.problem(409), detail(&overlapping)), ("plans_overlap", said));

    let lecturer = server.person_token(server.tenant, company.lecturer);
    let wrong = json!({"kind": "cancel", "reason": "病假", "starts_at": "2026-03-12T06:00:00Z"});
    let refused = asked(&lecturer, Method::POST, &format!("{path}/change-requests"), &wrong).await;
    assert_eq!(fault(&refused), "不符合条件：仅“改期”类申请才有此项");

    server.clock.set(at("2026-03-10T08:00:00Z"));
    let hr = server.client(&[Role::Hris]).await;
    let record = json!({"employee_id": company.learner, "state": "present"});
    let list = json!({"source": "door", "records": [record, record]});
    let repeated = asked(&hr, Method::PUT, &format!("{path}/attendance"), &list).await;
    assert_eq!(fault(&repeated), "与同一人在前面的记录重复");
}

#[tokio::test]
async fn a_close_that_is_too_early_says_the_local_time() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    server.clock.set(at("2026-03-20T00:00:00Z"));
    let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let refused = asked(&admin, Method::POST, &march.path("close"), &json!({})).await;
    assert_eq!(refused.problem(409), "period_not_over");
    let said = "考核周期 2026-03 自 2026-04-06 00:00（Asia/Shanghai）起可以关账。管理员可说明理由后强制关账。";
    assert_eq!(detail(&refused), said);
    let english = admin.post(&march.path("close"), json!({})).await;
    let said = "The period 2026-03 can be closed from 2026-04-06 00:00 (Asia/Shanghai) on.";
    assert!(detail(&english).starts_with(said), "{}", detail(&english));
}

#[tokio::test]
async fn the_report_of_an_import_is_read_by_who_keeps_the_sheets() {
    let server = TestServer::start().await;
    let given = server.given().await;
    company(&given).await;
    let hr = server.client(&[Role::Hris]).await;
    let sessions = "分享编号,激励方案,主题,类型,方式,状态,计划时间,计划时长,讲师,人数\n\
                    S-1,sharing,维护,必须,现场,已计划,2026-03-10 14:00,45,L,12\n";
    let cases = "分享编号,学员工号,案例描述,应用日期,状态,提交时间,处理时间,心得\n";
    let files = json!([{"name": "sessions.csv", "content": sessions}, {"name": "cases.csv", "content": cases},
                       {"name": "lecturers.csv", "content": "聘任日期\n2026-01-01\n"}]);
    let ordered = hr.post("/v1/imports", json!({"time_zone": "Asia/Shanghai", "files": files})).await;
    let job = hr.ended(&ordered).await;
    let faults = job["problem"]["faults"].as_array().unwrap_or_else(|| panic!("{job}"));
    let of = |code: &str| {
        let found = faults.iter().find(|fault| fault["code"] == code).unwrap_or_else(|| panic!("{code}: {job}"));
        (found["detail_zh"].as_str().unwrap(), found["detail"].as_str().unwrap())
    };
    assert_eq!(of("unknown_word"), ("“必须”不在可选值之内：指派、自愿", "必须 is not one of: assigned, voluntary"));
    assert_eq!(of("unexpected_value"), ("必须为空：分享未完成", "must be blank: the session was not delivered"));
    assert_eq!(of("missing_column"), ("缺少“工号”列", "the column employee_number is missing"));
    let (known, _) = of("unknown_column");
    assert!(known.starts_with("不是此文件的列；此文件的列有：分享编号、") && !known.contains('_'), "{known}");
}

#[tokio::test]
async fn every_chinese_tag_gets_chinese() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    for (tag, language) in [
        ("zh", "zh-CN"),
        ("zh-Hans", "zh-CN"),
        ("zh-CN", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("fr, zh;q=0.1", "zh-CN"),
        ("en-GB", "en"),
        ("fr", "en"),
    ] {
        let asked = admin.request(Method::GET, "/v1/nothing").header("accept-language", tag);
        let answer = admin.send(asked).await;
        assert_eq!(answer.header("content-language"), language, "{tag}");
        assert_eq!(answer.body["title"] == "地址不存在", language == "zh-CN", "{tag}: {}", answer.text);
    }
}

#[tokio::test]
async fn bounds_are_told_in_the_company_s_time_zone() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = company(&given).await;
    let hr = server.client(&[Role::Hris]).await;
    let path = hr.post("/v1/sessions", company.plan(company.lecturer)).await.header("location").to_owned();
    server.clock.set(at("2026-03-10T06:30:00Z"));
    let hr = server.client(&[Role::Hris]).await;
    let report = json!({"started_at": "2026-03-10T07:00:00Z", "delivered_minutes": 40});
    let early = asked(&hr, Method::POST, &format!("{path}/deliver"), &report).await;
    assert_eq!(
        (early.faults(), fault(&early)),
        (vec![("/started_at", "out_of_range")], "不得晚于 2026-03-10T14:30:00+08:00")
    );
}

#[tokio::test]
async fn who_has_a_mark_is_named() {
    let server = TestServer::start().await;
    let holder = server.given().await.employee("E1").await;
    let hr = server.client(&[Role::Hris]).await;
    let twin = json!({"name": "王芳", "employee_number": "E1"});
    let taken = asked(&hr, Method::POST, "/v1/employees", &twin).await;
    assert_eq!(fault(&taken), format!("已被 Person E1（E1，ID {holder}）占用"));
    let english = hr.post("/v1/employees", twin).await;
    assert_eq!(fault(&english), format!("is already taken by Person E1 (E1, id {holder})"));
}

#[tokio::test]
async fn the_files_of_an_import_are_named_in_chinese() {
    let server = TestServer::start().await;
    let hr = server.client(&[Role::Hris]).await;
    let files = json!([{"name": "people.csv", "content": "x"}]);
    let refused = asked(&hr, Method::POST, "/v1/imports", &json!({"time_zone": "Asia/Shanghai", "files": files})).await;
    assert!(fault(&refused).starts_with("只能是：部门.csv、员工.csv、讲师群.csv、"), "{}", fault(&refused));
}
