//! How many requests a caller may make.

use lectern::auth::Role;
use lectern::http::{RateLimits, TrustedProxies};
use reqwest::Method;
use serde_json::json;

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

/// Junk and good credentials come from the same address: of one office, or of a proxy that is not told of.
#[tokio::test]
async fn junk_never_uses_up_the_quota_of_good_credentials() {
    let server = server(2, 1).await;
    let admin = server.client(&[Role::Admin]).await;
    let made = admin.post("/v1/api-clients", json!({"name": "HRIS", "roles": ["hris"]})).await.expect(201);
    let client = server.anonymous();
    let ask = |form: String| {
        let request = client.request(Method::POST, "/oauth/token").header("content-type", FORM).body(form);
        client.send(request)
    };
    let with = |id: &str, secret: &str| format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    assert_eq!(ask(with(id, "wrong")).await.problem(401), "invalid_client");
    for junk in ["", "grant_type=password", "%%%", &with("nobody", "x"), &with(id, "wrong")] {
        assert_refused(&ask(junk.to_owned()).await, "address");
    }
    let good = ask(with(id, secret)).await;
    assert_eq!((good.status, good.header("ratelimit-policy")), (200, "\"caller\";q=2;w=60"));
    // What the client does counts for the client, tokens included.
    let token = good.body["access_token"].as_str().unwrap().to_owned();
    server.with_token(token).get("/v1/departments").await.expect(200);
    assert_refused(&ask(with(id, secret)).await, "caller");
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn behind_trusted_proxies_each_caller_has_a_quota() {
    let proxies = ["127.0.0.0/8", "10.0.0.0/8"].map(|network| network.parse().unwrap());
    let server = TestServer::start_as(Options {
        rate_limits: RateLimits::per_minute(0, 1),
        proxies: TrustedProxies::new(proxies.to_vec()),
        ..Options::default()
    })
    .await;
    let client = server.anonymous();
    let get = |name: &'static str, value: &'static str| {
        client.send(client.request(Method::GET, "/health/live").header(name, value))
    };
    assert_eq!(get("x-forwarded-for", "203.0.113.9").await.status, 200);
    // What stands left of the last untrusted address is the caller's invention.
    assert_refused(&get("x-forwarded-for", "198.51.100.1, 203.0.113.9, 10.1.2.3").await, "address");
    assert_refused(&get("forwarded", "for=198.51.100.2;proto=https, for=\"203.0.113.9:4711\"").await, "address");
    assert_eq!(get("forwarded", "for=\"[2001:db8::1]\"").await.status, 200);
    assert_eq!(get("x-forwarded-for", "198.51.100.1").await.status, 200);
}

#[tokio::test]
async fn an_untrusted_caller_does_not_choose_an_address() {
    let server = server(0, 1).await;
    let client = server.anonymous();
    for (number, address) in ["198.51.100.1", "198.51.100.2"].into_iter().enumerate() {
        let request = client.request(Method::GET, "/health/live").header("x-forwarded-for", address);
        let answer = client.send(request).await;
        if number == 0 { assert_eq!(answer.status, 200) } else { assert_refused(&answer, "address") }
    }
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
