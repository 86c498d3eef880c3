//! Complete statements as a page to print and as a table.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lectern::auth::Role;
use reqwest::Method;

use crate::complete_statements::Scene;
use crate::support::{Client, TestServer, literal};

#[tokio::test]
async fn a_statement_is_printed_from_a_page_that_loads_nothing() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server, "programme").await;
    let held = [
        ("state", literal("delivered")),
        ("delivered_start", literal("2026-03-07T02:00:00Z")),
        ("delivered_minutes", "29".to_owned()),
    ];
    scene.session("<img src=x onerror=alert(1)>", "2026-03-07T02:00:00Z", &held).await;
    let client = scene.as_lecturer(0);
    let path = format!("{}/page", scene.path(0));
    let page = client.send(client.request(Method::GET, &path).header("accept-language", "zh-CN")).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(page.header("content-language"), "zh-CN");
    let (_, styled) = page.text.split_once("<style>").unwrap();
    let (style, body) = styled.split_once("</style>").unwrap();
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, style.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    );
    assert_eq!(page.header("content-security-policy"), policy);
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(body.contains("<h1>得分明细单</h1><p>Person L1讲师，本月分享2次，"), "{body}");
    assert!(
        body.contains("<td>&lt;img src=x onerror=alert(1)&gt;</td><td><span>2026-03-07</span> 10:00</td>"),
        "{body}"
    );
    assert!(body.contains("<li>“&lt;img src=x onerror=alert(1)&gt;”时长 29 分钟"), "{body}");
    for loading in ["<img", "<script", "<link", "href=", "@import", "url("] {
        assert!(!page.text.contains(loading), "{loading}");
    }
    let anonymous = Client::anonymous(&server.base);
    assert_eq!(anonymous.get(&path).await.problem(401), "unauthenticated");
    assert_eq!(anonymous.get(&format!("{path}?access_token=x")).await.problem(400), "invalid_query");
}

#[tokio::test]
async fn a_statement_is_exported_as_a_table() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server, "programme").await;
    scene.content("=HYPERLINK(\"x\")", "2026-03-01T00:00:00Z", None).await;
    let hr = server.client(&[Role::Admin]).await;
    let table = hr.get(&format!("{}/export", scene.path(0))).await;
    assert_eq!((table.status, table.header("content-type")), (200, "text/csv; charset=utf-8"));
    let name = format!("attachment; filename=\"statement-2026-03-{}.csv\"", scene.lecturers[0]);
    assert_eq!(table.header("content-disposition"), name);
    let text = table.text.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let cell = |part: &str, code: &str, column: &str| {
        let at = columns.iter().position(|own| own == column).unwrap();
        let row = rows.iter().find(|row| row[0] == part && row[1] == code).unwrap_or_else(|| panic!("{part} {code}"));
        row[at].clone()
    };
    assert_eq!(cell("result", "score", "value"), "71.67");
    assert_eq!(cell("rank", "department", "value"), "2");
    assert_eq!(cell("metric", "feedback_rating", "raw_mean"), "8.500000");
    assert_eq!(cell("metric", "feedback_rating", "points"), "76.6667");
    assert_eq!(cell("gate", "session_count", "needed"), "1.000000");
    assert_eq!(cell("next_grade", "feedback_rating", "needed"), "8.332325");
    assert_eq!(cell("next_place", "feedback_rating", "needed"), "");
    let content = rows.iter().find(|row| row[0] == "content").unwrap();
    assert_eq!(content[2], "'=HYPERLINK(\"x\")");
    assert!(rows.iter().any(|row| row[0] == "sentence" && row[11] == "The score is 71.67, the grade Pass."));
}
