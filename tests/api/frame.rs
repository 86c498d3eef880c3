//! What is true of every request, whatever it asks for.

use std::time::Duration;

use lectern::auth::Role;
use reqwest::Method;

use crate::support::TestServer;

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
async fn who_hangs_up_in_mid_transaction_leaves_the_pool_healthy() {
    let server = TestServer::start_with(Vec::new(), 2).await;
    let state = server.state.clone();
    for _ in 0..6 {
        let work = state.db.transaction(lectern::db::Access::Write, Some(server.tenant), |conn| {
            Box::pin(async move {
                diesel_async::RunQueryDsl::execute(diesel::sql_query("SELECT pg_sleep(0.2)"), conn).await?;
                Ok(())
            })
        });
        // The caller goes away while the statement runs.
        assert!(tokio::time::timeout(Duration::from_millis(50), work).await.is_err());
    }
    let client = server.client(&[Role::Admin]).await;
    client.get("/v1/jobs").await.expect(200);
    let owner = server.database.owner().await;
    let open = "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name = 'lectern' AND state = 'idle in transaction'";
    // What was under way when its caller left may still be on its way to its commit.
    let mut left = 1;
    for _ in 0..100 {
        left = owner.query_one(open, &[]).await.unwrap().get::<_, i64>(0);
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(left, 0);
}
