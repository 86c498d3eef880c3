//! What is true of every request, whatever it asks for.

use lectern::auth::Role;
use lectern::http::{BodyLimits, RateLimits};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::{Options, TestServer, shared_runtime};

#[tokio::test]
async fn errors_of_the_framework_are_problems_too() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    assert_eq!(client.get("/nowhere").await.problem(404), "no_such_route");
    let wrong_method = client.send(client.request(Method::DELETE, "/v1/jobs")).await;
    assert_eq!(wrong_method.problem(405), "method_not_allowed");
    assert_eq!(wrong_method.header("allow"), "GET, HEAD");
    assert_eq!(client.get("/v1/jobs/not-an-id").await.problem(400), "invalid_path");
    assert_eq!(client.get("/v1/jobs?limt=5").await.problem(400), "invalid_query");
    assert_eq!(client.get("/v1/jobs?cursor=AAAA").await.problem(400), "invalid_cursor");
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let server = TestServer::start().await;
    let absent = server.anonymous().get("/v1/jobs").await;
    assert_eq!(absent.problem(401), "unauthenticated");
    assert_eq!(absent.header("www-authenticate"), "Bearer");
    let bad = server.with_token("nonsense".to_owned()).get("/v1/jobs").await;
    assert_eq!(bad.problem(401), "unauthenticated");
    assert_eq!(bad.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    let learner = server.person(server.state.ids.next(), &[]).await.get("/v1/jobs").await;
    assert_eq!(learner.problem(403), "forbidden");
    assert!(learner.header("www-authenticate").contains("scope=\"jobs:read\""));
}

#[tokio::test]
async fn every_answer_has_the_headers_of_the_frame() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let request =
        client.request(Method::GET, "/health/live").header("x-request-id", "mine-1").header("accept-language", "zh-CN");
    let answer = client.send(request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-request-id"), "mine-1");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
    let problem = client.send(client.request(Method::GET, "/v1/jobs").header("accept-language", "zh-CN")).await;
    assert_eq!(problem.header("content-language"), "zh-CN");
    assert_eq!(problem.body["title"], "未认证");
}

#[tokio::test]
async fn browsers_may_call_from_listed_origins_only() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    for (origin, allowed) in [("https://hr.example.com", "https://hr.example.com"), ("https://evil.example.com", "")] {
        let answer = client.send(client.request(Method::GET, "/health/live").header("origin", origin)).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origin}");
    }
}

/// A page that may not read the headers of a refusal sees only "Failed to fetch".
#[tokio::test]
async fn a_page_may_read_every_answer_errors_included() {
    let bodies = BodyLimits { bytes: 1024, ..BodyLimits::default() };
    let rate_limits = RateLimits::per_minute(3, 0);
    let server = TestServer::start_as(Options { rate_limits, bodies, ..Options::default() }).await;
    let (admin, other) = (server.client(&[Role::Admin]).await, server.client(&[Role::Admin]).await);
    let learner = server.person(server.state.ids.next(), &[]).await;
    let anonymous = server.anonymous();
    let large = admin.request(Method::POST, "/v1/departments").json(&json!({"code": "A", "name": "A".repeat(2000)}));
    let twisted = admin.request(Method::POST, "/v1/departments").header("content-type", "text/plain").body("A");
    let cases = [
        (200, anonymous.request(Method::GET, "/health/live")),
        (400, other.request(Method::GET, "/v1/jobs?limt=5")),
        (401, anonymous.request(Method::GET, "/v1/jobs")),
        (401, server.with_token("nonsense".to_owned()).request(Method::GET, "/v1/jobs")),
        (401, anonymous.request(Method::POST, "/oauth/token").header("content-type", FORM).body(CREDENTIALS)),
        (403, learner.request(Method::GET, "/v1/jobs")),
        (404, anonymous.request(Method::GET, "/nowhere")),
        (404, other.request(Method::GET, &format!("/v1/jobs/{}", server.state.ids.next()))),
        (405, anonymous.request(Method::DELETE, "/v1/jobs")),
        (405, anonymous.request(Method::OPTIONS, "/v1/jobs")),
        (413, large),
        (415, twisted),
        (422, admin.request(Method::POST, "/v1/departments").json(&json!({"code": ""}))),
        (429, admin.request(Method::GET, "/v1/jobs")),
    ];
    for (status, request) in cases {
        let answer = anonymous.send(request.header("origin", "https://hr.example.com")).await;
        let place = format!("{status}: {}", answer.text);
        assert_eq!(answer.status, status, "{place}");
        assert_eq!(answer.header("access-control-allow-origin"), "https://hr.example.com", "{place}");
        for name in ["x-request-id", "retry-after", "www-authenticate", "etag"] {
            assert!(answer.header("access-control-expose-headers").contains(name), "{place}");
        }
        let varies: Vec<&str> = answer.headers.get_all("vary").iter().map(|line| line.to_str().unwrap()).collect();
        assert!(varies.contains(&"Origin"), "{place}: {varies:?}");
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
const CREDENTIALS: &str = "grant_type=client_credentials&client_id=a&client_secret=b";

#[tokio::test]
async fn a_page_is_told_what_it_may_send() {
    let server =
        TestServer::start_as(Options { rate_limits: RateLimits::per_minute(1, 1), ..Options::default() }).await;
    let client = server.anonymous();
    let ask = |origin: &'static str| {
        let request = client.request(Method::OPTIONS, "/v1/departments").header("origin", origin);
        client.send(request.header("access-control-request-method", "POST"))
    };
    for _ in 0..3 {
        let told = ask("https://hr.example.com").await;
        assert_eq!((told.status, told.header("access-control-allow-origin")), (204, "https://hr.example.com"));
        assert!(told.header("access-control-allow-methods").contains("PATCH"));
        for name in ["authorization", "if-match", "idempotency-key", "last-event-id"] {
            assert!(told.header("access-control-allow-headers").contains(name), "{name}");
        }
    }
    let stranger = ask("https://evil.example.com").await;
    assert_eq!(
        (stranger.header("access-control-allow-origin"), stranger.header("access-control-allow-methods")),
        ("", "")
    );
}

#[tokio::test]
async fn the_contract_and_its_pages_are_only_read() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    for path in ["/openapi.json", "/docs/", "/docs/index.html"] {
        for method in [Method::DELETE, Method::POST, Method::PUT] {
            let refused = client.send(client.request(method.clone(), path)).await;
            assert_eq!(refused.problem(405), "method_not_allowed", "{method} {path}");
            assert_eq!(refused.header("allow"), "GET, HEAD");
        }
        assert_eq!(client.send(client.request(Method::HEAD, path)).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_head_request_is_a_get_without_its_body() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let answer = client.send(client.request(Method::HEAD, "/health/live")).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
}

#[tokio::test]
async fn a_problem_code_leads_to_its_meaning() {
    let server = TestServer::start().await;
    let page = server.anonymous().get("/problems/not_found").await.expect(200);
    assert_eq!(page["status"], 404);
    assert_eq!(server.anonymous().get("/problems/no_such_code").await.problem(404), "not_found");
}

#[tokio::test]
async fn what_a_code_means_is_told_in_the_readers_language() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let asked = client.request(Method::GET, "/problems/not_found").header("accept-language", "zh-CN");
    let page = client.send(asked).await;
    assert_eq!((page.header("content-language"), &page.body["title"]), ("zh-CN", &"未找到".into()));
}

#[tokio::test]
async fn every_code_is_listed_with_its_meaning_in_the_readers_language() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let english = client.get("/problems").await;
    assert_eq!(english.header("content-language"), "en");
    let codes = english.body["items"].as_array().unwrap();
    assert_eq!(codes.len(), lectern::error::Code::ALL.len());
    let asked = client.request(Method::GET, "/problems").header("accept-language", "zh-CN");
    let chinese = client.send(asked).await;
    for (mine, theirs) in codes.iter().zip(chinese.body["items"].as_array().unwrap()) {
        assert_eq!((&mine["code"], &mine["status"]), (&theirs["code"], &theirs["status"]));
        assert_ne!(mine["title"], theirs["title"]);
        let page = client.get(&format!("/problems/{}", mine["code"].as_str().unwrap())).await;
        assert_eq!(&page.body, mine);
    }
    let faults = chinese.body["errors"].as_array().unwrap();
    let empty = serde_json::json!({"code": "empty", "detail": "不能为空"});
    assert!(faults.contains(&empty), "{faults:?}");
    let again = client.request(Method::GET, "/problems").header("if-none-match", english.etag());
    assert_eq!(client.send(again).await.status, 304);
}

#[tokio::test]
async fn a_list_of_languages_or_tags_that_cannot_be_read_is_refused() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    for (name, value) in [("accept-language", "zh,".repeat(500)), ("if-none-match", "7".to_owned())] {
        let asked = client.request(Method::GET, "/problems").header(name, value);
        assert_eq!(client.send(asked).await.problem(400), "invalid_header");
    }
}

#[tokio::test]
async fn methods_that_callers_make_up_are_counted_under_one_name() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    for method in ["BREW1", "BREW2"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        assert_eq!(client.send(client.request(method, "/v1/jobs")).await.status, 405);
    }
    client.get("/health/live").await.expect(200);
    let text = String::from_utf8(server.metrics.render(&server.state.db).unwrap()).unwrap();
    assert!(!text.contains("BREW"), "{text}");
    let other = "lectern_http_requests_total{method=\"other\",route=\"/v1/jobs\",status=\"405\"} 2";
    let known = "lectern_http_requests_total{method=\"GET\",route=\"/health/live\",status=\"200\"} 1";
    assert!(text.contains(other) && text.contains(known), "{text}");
}

#[tokio::test]
async fn metrics_have_an_address_of_their_own() {
    let server = TestServer::start().await;
    server.anonymous().get("/health/live").await.expect(200);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    let serving = lectern::http::serve_metrics(listener, server.metrics.clone(), server.state.db.clone()).unwrap();
    let handle = serving.handle();
    shared_runtime().spawn(serving);
    let answer = reqwest::Client::builder().no_proxy().build().unwrap().get(&url).send().await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let text = answer.text().await.unwrap();
    let pool = Options::default().pool;
    let shared = format!("lectern_db_share_places{{share=\"requests\"}} {pool}\n");
    for line in [&shared, "lectern_db_connections ", "lectern_db_connections_idle ", "route=\"/health/live\""] {
        assert!(text.contains(line), "{text}");
    }
    handle.stop(false).await;
    assert_eq!(server.anonymous().get("/metrics").await.problem(404), "no_such_route");
}

#[tokio::test]
async fn the_documentation_is_found_without_its_last_slash() {
    let server = TestServer::start().await;
    let answer = server.anonymous().get("/docs").await;
    assert_eq!((answer.status, answer.header("location")), (307, "/docs/"));
    assert_eq!(server.anonymous().get("/docs/").await.status, 200);
}

#[tokio::test]
async fn a_query_is_refused_where_none_is_declared() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let nobody = server.state.ids.next();
    for path in [format!("/v1/jobs/{nobody}?x=1"), "/health/live?x=1".to_owned()] {
        assert_eq!(client.get(&path).await.problem(400), "invalid_query", "{path}");
    }
    let body = json!({"code": "A", "name": "A"});
    assert_eq!(client.post("/v1/departments?dry_run=true", body.clone()).await.problem(400), "invalid_query");
    let made = client.post("/v1/departments?", body).await;
    let path = format!("/v1/departments/{}", made.id());
    assert_eq!(client.delete(&format!("{path}?force=1"), made.etag()).await.problem(400), "invalid_query");
    assert_eq!(client.get(&path).await.status, 200);
}

#[tokio::test]
async fn a_compressed_answer_has_a_weak_tag_that_still_names_the_version() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let made = client.post("/v1/departments", json!({"code": "A", "name": "A"})).await;
    let path = format!("/v1/departments/{}", made.id());
    let zipped =
        |request: reqwest::RequestBuilder| async { request.header("accept-encoding", "gzip").send().await.unwrap() };
    let read = zipped(client.request(Method::GET, &path)).await;
    let header = |name: &str| read.headers()[name].to_str().unwrap().to_owned();
    assert_eq!((header("content-encoding"), header("etag")), ("gzip".to_owned(), "W/\"1\"".to_owned()));
    assert_eq!(client.get(&path).await.etag(), "\"1\"");
    let tag = header("etag");
    assert_eq!(read.bytes().await.unwrap()[..2], [0x1f, 0x8b]);
    let unchanged = zipped(client.request(Method::GET, &path).header("if-none-match", &tag)).await;
    assert_eq!(unchanged.status(), 304);
    let renamed = client.patch(&path, &tag, json!({"name": "B"})).await;
    assert_eq!((renamed.status, renamed.etag()), (200, "\"2\""));
    assert_eq!(client.patch(&path, &tag, json!({"name": "C"})).await.problem(412), "precondition_failed");
}

/// A caller goes away while its statement waits for a lock, again and again, more often than there are connections.
#[tokio::test]
async fn who_hangs_up_in_mid_transaction_leaves_the_work_whole_and_the_pool_healthy() {
    let server = TestServer::start_as(Options { pool: 2, ..Options::default() }).await;
    let client = server.client(&[Role::Admin]).await;
    let (owner, holder) = (server.database.owner().await, server.database.owner().await);
    for round in 0..3 {
        let code = format!("D{round}");
        let insert = format!(
            "BEGIN; INSERT INTO departments (tenant_id, id, code, name, created_at, updated_at)
             VALUES ('{}', gen_random_uuid(), '{code}', 'in the way', now(), now())",
            server.tenant
        );
        holder.batch_execute(&insert).await.unwrap();
        let connection = hung_post(&server, &client, json!({"code": code, "name": "Mine"})).await;
        server.database.until_blocked(&owner, 1).await;
        hang_up(connection);
        // The only worker answers this after it has seen the end of that.
        server.anonymous().get("/health/live").await.expect(200);
        holder.batch_execute("ROLLBACK").await.unwrap();
        server.database.until_idle(&owner).await;
    }
    let named = "SELECT code FROM departments WHERE name = 'Mine' ORDER BY code";
    let codes: Vec<String> = owner.query(named, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(codes, ["D0", "D1", "D2"], "what was begun is done, once");
    let audited = "SELECT count(*) FROM audit_entries WHERE command = 'create_department'";
    assert_eq!(owner.query_one(audited, &[]).await.unwrap().get::<_, i64>(0), 3);
    let both = futures_util::future::join(client.get("/v1/jobs"), client.get("/v1/departments")).await;
    assert_eq!((both.0.status, both.1.status), (200, 200));
}

/// Goes away without waiting for an answer; a connection that is merely closed counts as one that goes on listening.
fn hang_up(connection: TcpStream) {
    connection.set_zero_linger().unwrap();
    drop(connection);
}

/// A connection that has sent a whole request for a new department.
async fn hung_post(server: &TestServer, client: &crate::support::Client, body: Value) -> TcpStream {
    let request = client.request(Method::POST, "/v1/departments").build().unwrap();
    let token = request.headers()["authorization"].to_str().unwrap().to_owned();
    let body = body.to_string();
    let head = format!(
        "POST /v1/departments HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = TcpStream::connect(server.base.trim_start_matches("http://")).await.unwrap();
    connection.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    connection
}
