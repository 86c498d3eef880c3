//! Problems tell in one read what to send instead: all faults at once, in both languages.

use lectern::auth::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::closing::March;
use crate::imports::order;
use crate::support::{Answer, Client, TestServer};

const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

/// The same request in both languages.
async fn both(client: &Client, request: impl Fn() -> RequestBuilder) -> [Answer; 2] {
    let ask = |language: &str| client.send(request().header("accept-language", language));
    [ask(LANGUAGES[0]).await, ask(LANGUAGES[1]).await]
}

async fn get(client: &Client, path: &str) -> [Answer; 2] {
    both(client, || client.request(Method::GET, path)).await
}

async fn post(client: &Client, path: &str, body: &Value) -> [Answer; 2] {
    both(client, || client.request(Method::POST, path).json(body)).await
}

fn details(answers: &[Answer; 2]) -> [&str; 2] {
    [0, 1].map(|i: usize| answers[i].body["detail"].as_str().unwrap())
}

/// Pointer, code and text of every fault.
fn faults(answer: &Answer) -> Vec<(&str, &str, &str)> {
    let errors = answer.body["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| {
            (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap(), error["detail"].as_str().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn a_query_names_the_parameter_and_its_form() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let day = get(&hris, "/v1/sessions?updated_since=2026-11-27").await;
    assert_eq!((day[0].problem(400), day[1].problem(400)), ("invalid_query", "invalid_query"));
    assert_eq!(
        details(&day),
        [
            "The query has an unknown, repeated or invalid parameter: updated_since must be an instant with its offset from UTC, such as \
         2026-03-31T09:00:00+08:00 or 2026-03-31T01:00:00Z.",
            "查询中有未知、重复或错误的参数：updated_since 格式应为：带时区偏移的时间，例如 2026-03-31T09:00:00+08:00 或 2026-03-31T01:00:00Z。",
        ]
    );
    let plus = get(&hris, "/v1/sessions?updated_since=2026-11-27T00:00:00+08:00").await;
    let [english, chinese] = details(&plus);
    assert!(english.ends_with("; a + must be written as %2B in a query."), "{english}");
    assert!(chinese.ends_with("；查询中的 + 须写作 %2B。"), "{chinese}");
    let escaped = hris.get("/v1/sessions?updated_since=2026-11-27T00:00:00%2B08:00").await;
    escaped.expect(200);
    let several = get(&hris, "/v1/sessions?limt=5&state=planed&limit=x&state=held").await;
    assert_eq!(
        details(&several),
        [
            "The query has an unknown, repeated or invalid parameter: state is given more than once; limt is not a known name: did you \
         mean limit?; state must be one of: planned, delivered, missed, cancelled; limit must be a whole number.",
            "查询中有未知、重复或错误的参数：state 重复出现；limt 名称未知，是否应为 limit？；state 只能是：planned、delivered、missed、\
         cancelled；limit 格式应为：整数。",
        ]
    );
}

#[tokio::test]
async fn a_body_names_every_fault_of_its_structure_and_what_is_taken_there() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let body = json!({
        "employeeNumber": "YL0003", "name": 5, "hired_on": "2026/11/01", "left_on": "2026-02-30", "external_ids": {},
    });
    let [english, chinese] = post(&hris, "/v1/employees", &body).await;
    assert_eq!((english.problem(422), chinese.problem(422)), ("invalid_body", "invalid_body"));
    let mut told = faults(&english);
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("/employeeNumber", "unknown_field", "is not a known name: did you mean employee_number?"),
            ("/external_ids", "wrong_type", "has the wrong type: it must be a list ([…])"),
            ("/hired_on", "bad_format", "must be a day such as 2026-03-31"),
            ("/left_on", "bad_format", "must be a day such as 2026-03-31"),
            ("/name", "wrong_type", "has the wrong type: it must be a text"),
        ]
    );
    let mut told = faults(&chinese);
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("/employeeNumber", "unknown_field", "名称未知，是否应为 employee_number？"),
            ("/external_ids", "wrong_type", "类型不正确，应为：列表（[…]）"),
            ("/hired_on", "bad_format", "格式应为：日期，例如 2026-03-31"),
            ("/left_on", "bad_format", "格式应为：日期，例如 2026-03-31"),
            ("/name", "wrong_type", "类型不正确，应为：文字"),
        ]
    );
    let missing = hris.post("/v1/employees", json!({})).await;
    assert_eq!((missing.problem(422), missing.faults()), ("invalid_body", vec![("/name", "required")]));
    let list = hris.post("/v1/employees", json!(["Ann"])).await;
    assert_eq!((list.problem(422), list.faults()), ("invalid_body", vec![("", "wrong_type")]));
}

#[tokio::test]
async fn an_instant_in_a_body_needs_its_offset() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let body = json!({"programme_id": "P-1", "title": "x", "starts_at": "2026-12-01 09:00", "minutes": "60"});
    let [english, chinese] = post(&hris, "/v1/sessions", &body).await;
    let of = |answer: &Answer, place: &str| {
        let found = faults(answer)
            .into_iter()
            .find(|(pointer, ..)| *pointer == place)
            .map(|(_, code, text)| format!("{code}: {text}"));
        found.unwrap_or_else(|| panic!("{place}: {}", answer.body))
    };
    let instant = "2026-03-31T09:00:00+08:00";
    assert_eq!(
        of(&english, "/starts_at"),
        format!("bad_format: must be an instant with its offset from UTC, such as {instant} or 2026-03-31T01:00:00Z")
    );
    assert_eq!(
        of(&chinese, "/starts_at"),
        format!("bad_format: 格式应为：带时区偏移的时间，例如 {instant} 或 2026-03-31T01:00:00Z")
    );
    assert_eq!(of(&english, "/programme_id"), "bad_format: must be an id (a UUID)");
    assert_eq!(of(&chinese, "/programme_id"), "bad_format: 格式应为：ID（UUID）");
}

#[tokio::test]
async fn what_is_no_json_tells_the_line() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    for (body, english, chinese) in [
        ("{\"name\": \"a\",\n", "it ends too early, in line 2", "在第 2 行过早结束"),
        ("{\"a\":", "it ends too early, in line 1", "在第 1 行过早结束"),
        ("{\"name\": \"a\"} x", "something follows after its end, in line 1", "在第 1 行结束后还有多余内容"),
        ("{\"name\" \"a\"}", "there is a mistake in line 1, column 9, such as", "第 1 行第 9 列有误"),
    ] {
        let request = || {
            let request = hris.request(Method::POST, "/v1/employees").header("content-type", "application/json");
            request.body(body.to_owned())
        };
        let refused = both(&hris, request).await;
        assert_eq!(refused[0].problem(400), "malformed_json", "{body}");
        let [en, zh] = details(&refused);
        assert!(en.contains(english) && zh.contains(chinese), "{en} {zh}");
    }
}

#[tokio::test]
async fn a_path_names_its_wrong_part_and_how_to_find_an_employee() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let refused = get(&hris, "/v1/employees/YL0003").await;
    assert_eq!(refused[0].problem(400), "invalid_path");
    assert_eq!(
        details(&refused),
        [
            "A part of the path is invalid: id must be an employee's id (a UUID); POST /v1/employees/resolve turns employee numbers and \
         other marks into ids.",
            "路径的一部分无效：id 格式应为：员工 ID（UUID）；工号等其他标识可用 POST /v1/employees/resolve 换成 ID。",
        ]
    );
    let several = get(&hris, "/v1/programmes/autumn/periods/March").await;
    assert_eq!(
        details(&several),
        [
            "A part of the path is invalid: id must be an id (a UUID); period must be a period such as 2026-03, 2026-Q1 or 2026.",
            "路径的一部分无效：id 格式应为：ID（UUID）；period 格式应为：考核周期，例如 2026-03、2026-Q1 或 2026。",
        ]
    );
}

#[tokio::test]
async fn a_period_of_another_cycle_tells_the_programmes_cycle() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let admin = server.client(&[Role::Admin]).await;
    let refused = get(&admin, &format!("/v1/programmes/{}/periods/2026-Q3", march.programme)).await;
    assert_eq!(refused[0].problem(404), "not_found");
    assert_eq!(
        details(&refused),
        [
            "There is no such period (a period of this programme is a month such as 2026-03), or you may not see it.",
            "该对象（考核周期；该方案的考核周期应为月份，例如 2026-03）不存在，或您无权查看。",
        ]
    );
}

#[tokio::test]
async fn a_token_without_bearer_is_told_the_header() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    for header in ["eyJhbGciOiJFZERTQSJ9.e30.x", "Token eyJhbGciOiJFZERTQSJ9.e30.x"] {
        let refused = both(&client, || client.request(Method::GET, "/v1/jobs").header("authorization", header)).await;
        assert_eq!((refused[0].problem(401), refused[0].header("www-authenticate")), ("unauthenticated", "Bearer"));
        assert_eq!(
            details(&refused),
            [
                "The request needs a valid access token: the Authorization header must be the word Bearer, a space and the token.",
                "请求需要有效的访问令牌：Authorization 请求头应为 Bearer、空格和令牌。",
            ]
        );
    }
}

#[tokio::test]
async fn a_taken_code_names_its_holder() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    let group = json!({"code": "sales", "name": "Sales"});
    let holder = admin.post("/v1/lecturer-groups", group.clone()).await.id();
    let refused = post(&admin, "/v1/lecturer-groups", &group).await;
    assert_eq!((refused[0].problem(409), refused[0].faults()), ("already_exists", vec![("/code", "taken")]));
    let [english, chinese] = details(&refused);
    assert_eq!(english, format!("This already exists: lecturer group sales (id {holder})."));
    assert_eq!(chinese, format!("已存在：讲师群 sales（ID {holder}）。"));
    for (path, body, member) in [
        ("/v1/departments", json!({"code": "SH", "name": "上海"}), "/code"),
        ("/v1/employees", json!({"employee_number": "YL0003", "name": "王芳"}), "/employee_number"),
    ] {
        let holder = admin.post(path, body.clone()).await.id();
        let [english, chinese] = post(&admin, path, &body).await;
        assert_eq!(english.faults(), [(member, "taken")], "{path}");
        let [en, zh] = [&english, &chinese].map(|answer| answer.body["errors"][0]["detail"].as_str().unwrap());
        assert!(en.starts_with("is already taken by ") && en.contains(&holder), "{en}");
        assert!(zh.starts_with("已被") && zh.contains(&holder), "{zh}");
    }
}

#[tokio::test]
async fn words_in_chinese_hold_no_english() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    let file = "session_code,employee_number,rating,received_at\nS-1,YL0003,9,2026-03-05 15:00\n";
    let ordered = admin.post("/v1/imports", order(&[("ratings.csv", file)])).await;
    let ended = admin.ended(&ordered).await;
    let said = ended.to_string();
    for words in ["此次导入的分享.csv中没有分享“S-1”", "there is no session S-1 in sessions.csv of this import"]
    {
        assert!(said.contains(words), "{said}");
    }
}
