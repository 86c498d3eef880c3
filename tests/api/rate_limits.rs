//! How many requests a caller may make.

use lectern::auth::Role;
use lectern::http::RateLimits;
use reqwest::Method;

use crate::support::{Answer, Client, Options, TestServer};

/// With so many requests a minute of one caller, and of one address without a good token.
async fn server(caller: u32, address: u32) -> TestServer {
    TestServer::start_as(Options { rate_limits: RateLimits::per_minute(caller, address), ..Options::default() }).await
}

fn assert_refused(answer: &Answer, policy: &str) {
    assert_eq!(answer.problem(429), "too_many_requests");
    let wait: u32 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(answer.header("ratelimit"), format!("\"{policy}\";r=0;t=60"));
}

#[tokio::test]
async fn a_client_spends_its_own_quota_and_nobody_elses() {
    let server = server(2, 0).await;
    let client = server.client(&[Role::Admin]).await;
    for left in [1, 0] {
        let answer = client.get("/v1/jobs").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit-policy"), "\"caller\";q=2;w=60");
        assert!(answer.header("ratelimit").starts_with(&format!("\"caller\";r={left};t=")), "{:?}", answer.headers);
    }
    assert_refused(&client.get("/v1/jobs").await, "caller");
    server.client(&[Role::Admin]).await.get("/v1/jobs").await.expect(200);
}

#[tokio::test]
async fn a_person_is_counted_whatever_token_they_use() {
    let server = server(1, 0).await;
    let employee = server.state.ids.next();
    server.person(employee, &[Role::Admin]).await.get("/v1/jobs").await.expect(200);
    assert_refused(&server.person_token(server.tenant, employee).get("/v1/jobs").await, "caller");
}

#[tokio::test]
async fn an_address_has_a_quota_for_each_operation() {
    let server = server(0, 1).await;
    let client = server.anonymous();
    let first = client.get("/problems/not_found").await;
    assert_eq!((first.status, first.header("ratelimit")), (200, "\"address\";r=0;t=60"));
    // Another path of the same operation.
    assert_refused(&client.get("/problems/forbidden").await, "address");
    client.get("/health/live").await.expect(200);
    assert_eq!(client.get("/nowhere").await.problem(404), "no_such_route");
    assert_refused(&client.get("/nowhere/else").await, "address");
}

#[tokio::test]
async fn guessing_tokens_is_counted_by_address() {
    let server = server(0, 1).await;
    let guess = |token: &str| server.with_token(token.to_owned());
    assert_eq!(guess("a").get("/v1/jobs").await.problem(401), "unauthenticated");
    assert_refused(&guess("b").get("/v1/jobs").await, "address");
    // Who has a good token is not hindered by those who guess.
    server.client(&[Role::Admin]).await.get("/v1/jobs").await.expect(200);
}

#[tokio::test]
async fn asking_for_tokens_is_counted_by_address() {
    let server = server(0, 1).await;
    let client = server.anonymous();
    let form = "application/x-www-form-urlencoded";
    let ask = || {
        let request = client.request(Method::POST, "/oauth/token").header("content-type", form);
        request.body("grant_type=client_credentials")
    };
    assert_eq!(client.send(ask()).await.problem(401), "invalid_client");
    assert_refused(&client.send(ask()).await, "address");
}

#[tokio::test]
async fn without_a_limit_nothing_is_told_or_refused() {
    let server = server(0, 0).await;
    let client: Client = server.client(&[Role::Admin]).await;
    for _ in 0..20 {
        let answer = client.get("/v1/jobs").await;
        assert_eq!((answer.status, answer.header("ratelimit"), answer.header("ratelimit-policy")), (200, "", ""));
    }
}
