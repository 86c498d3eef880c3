//! Which texts are taken, and as what they are kept.

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::sessions::{company, with};
use crate::support::TestServer;

/// Woman, joiner, woman, joiner, girl; and a heart that is to be red.
const EMOJI: &str = "家庭日 👩\u{200d}👩\u{200d}👧 ❤\u{fe0f}";

#[tokio::test]
async fn an_unclean_text_is_refused_with_what_is_wrong_with_it() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    for (name, code, words) in [
        ("王\u{202e}芳", "bad_format", "must be text without invisible format characters"),
        ("王\u{200b}芳", "bad_format", "must be text without invisible format characters"),
        ("\u{3164}", "bad_format", "must be text with at least one visible character"),
        ("王\n芳", "bad_format", "must be one line of text without control characters"),
        ("王芳\u{3000}", "bad_format", "must be text without white space at its start and end"),
        ("王\u{200d}芳", "bad_format", "must be text with zero-width joiners between emoji only"),
        ("\u{fe0f}王芳", "bad_format", "must be text with variation selectors after visible characters only"),
        ("\u{3000} ", "empty", "must not be empty"),
        (&"王".repeat(201), "too_long", "must have at most 200 characters"),
    ] {
        let refused = hris.post("/v1/employees", json!({"name": name})).await;
        assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", vec![("/name", code)]), "{name:?}");
        let detail = refused.body["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.starts_with(words), "{name:?}: {detail}");
    }
    let chinese = hris.request(reqwest::Method::POST, "/v1/employees").header("accept-language", "zh-CN");
    let refused = hris.send(chinese.json(&json!({"name": "\u{3164}"}))).await;
    assert_eq!(refused.body["errors"][0]["detail"], "格式应为：至少含一个可见字符的文字");
}

#[tokio::test]
async fn every_unclean_text_of_a_body_is_named_at_once() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let body = json!({
        "employee_number": "E-1\u{fe0f}", "name": "\u{202e}fang", "email": "fang@exa\u{ad}mple.com", "hired_on": "0001-01-01",
        "external_ids": [{"system": "wecom", "kind": "userid", "value": "a"}, {"system": "wecom", "kind": " ", "value": "👩\u{200d}👧"}]
    });
    let refused = hris.post("/v1/employees", body).await;
    assert_eq!(refused.problem(422), "invalid_values");
    let expected = [
        ("/email", "bad_format"),
        ("/employee_number", "bad_format"),
        ("/external_ids/1/kind", "empty"),
        ("/external_ids/1/value", "bad_format"),
        ("/hired_on", "out_of_range"),
        ("/name", "bad_format"),
    ];
    assert_eq!(refused.faults(), expected);
    // Of one text, too, all that is wrong with it.
    let long = hris.post("/v1/employees", json!({"name": "\u{7}".repeat(201)})).await;
    assert_eq!(long.faults(), [("/name", "too_long"), ("/name", "bad_format")]);
    let query = hris.get("/v1/employees?employee_number=E%E2%80%8B1").await;
    assert_eq!(query.problem(400), "invalid_query");
}

#[tokio::test]
async fn a_text_is_kept_in_nfc() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let decomposed = json!({"employee_number": "E\u{308}", "name": "Zoe\u{308} Mu\u{308}ller"});
    let made = hris.post("/v1/employees", decomposed.clone()).await.expect(201);
    assert_eq!((&made["employee_number"], &made["name"]), (&json!("Ë"), &json!("Zoë Müller")));
    assert_eq!(hris.post("/v1/employees", decomposed).await.faults(), [("/employee_number", "taken")]);
    for number in ["%C3%8B", "E%CC%88"] {
        let found = hris.get(&format!("/v1/employees?employee_number={number}")).await.expect(200);
        assert_eq!(found["items"][0]["id"], made["id"], "{number}");
    }
    // As long as a name may be, counted in the form that is kept.
    let long = hris.post("/v1/employees", json!({"name": "e\u{308}".repeat(200)})).await.expect(201);
    assert_eq!(long["name"], "ë".repeat(200));
}

#[tokio::test]
async fn emoji_are_kept_in_what_people_read_and_refused_in_marks() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let admin = server.client(&[Role::Admin]).await;
    let plan = |members: Value| with(company.plan(company.lecturer), members);
    let made = admin.post("/v1/sessions", plan(json!({"title": EMOJI, "topic": "葛\u{e0100}城"}))).await.expect(201);
    assert_eq!((&made["title"], &made["topic"]), (&json!(EMOJI), &json!("葛\u{e0100}城")));
    let refused = admin.post("/v1/sessions", plan(json!({"title": "老客户\u{200b}维护"}))).await;
    assert_eq!(refused.faults(), [("/title", "bad_format")]);
    let department = json!({"code": "SH\u{fe0f}", "name": EMOJI});
    assert_eq!(admin.post("/v1/departments", department).await.faults(), [("/code", "bad_format")]);
    let path = format!("/v1/sessions/{}/cancel", made["id"].as_str().unwrap());
    for reason in ["客户改期\u{3000}", "客户\n改期", "客户\u{2066}改期"] {
        assert_eq!(
            admin.post(&path, json!({"reason": reason})).await.faults(),
            [("/reason", "bad_format")],
            "{reason:?}"
        );
    }
    let cancelled = admin.post(&path, json!({"reason": "客户改期"})).await.expect(200);
    assert_eq!(cancelled["reason"], "客户改期");
}

#[tokio::test]
async fn several_lines_have_one_kind_of_line_break() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    let made = json!({"code": "sales", "name": "Sales", "description": "One:\r\n\ttwo\rthree\n"});
    let made = admin.post("/v1/lecturer-groups", made).await.expect(201);
    assert_eq!(made["description"], "One:\n\ttwo\nthree\n");
    for (description, code) in [("\u{1b}[31mred", "bad_format"), ("a\u{2028}b", "bad_format"), (" \n ", "empty")] {
        let group = json!({"code": "other", "name": "Other", "description": description});
        let refused = admin.post("/v1/lecturer-groups", group).await;
        assert_eq!(refused.faults(), [("/description", code)], "{description:?}");
    }
}
