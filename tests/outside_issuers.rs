//! The keys of outside issuers: when they are fetched, by whom, and what happens when they cannot be.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "support/outside_issuer.rs"]
#[allow(dead_code, reason = "the tests over HTTP use the rest")]
mod outside_issuer;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures_util::future::{join, join_all};
use lectern::keys::{EmployeeKey, OutsideIdentity, OutsideIssuer, OutsideIssuers, Token, TokenFault};
use outside_issuer::{IssuerKey, Mood, TestIssuer};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::timeout;

/// How long a test waits, at the most, for what must come: much longer than it takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const START: i64 = 1_800_000_000;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// What one test works with: an issuer, its first key, and the service's view of it.
struct Scene {
    issuer: TestIssuer,
    key: IssuerKey,
    service: OutsideIssuers,
}

impl Scene {
    fn new() -> Self {
        Self::with(|settings| settings)
    }

    fn with(change: impl FnOnce(OutsideIssuer) -> OutsideIssuer) -> Self {
        let key = IssuerKey::generate("first");
        let issuer = TestIssuer::start(&[&key]);
        let service = OutsideIssuers::new(vec![change(issuer.settings())], &Handle::current()).unwrap();
        Self { issuer, key, service }
    }

    /// Verifies a fresh token of `key`, `seconds` after the start.
    async fn verify(&self, key: &IssuerKey, seconds: i64) -> Result<OutsideIdentity, TokenFault> {
        self.verify_token(&self.issuer.token(key, START + seconds), seconds).await
    }

    async fn verify_token(&self, token: &str, seconds: i64) -> Result<OutsideIdentity, TokenFault> {
        self.service.verify(&Token::parse(token)?, at(START + seconds)).await
    }

    async fn fault(&self, key: &IssuerKey, seconds: i64) -> TokenFault {
        self.verify(key, seconds).await.expect_err("a fault")
    }
}

#[tokio::test]
async fn keys_are_discovered_once_and_kept_for_an_hour() {
    let scene = Scene::new();
    let identity = scene.verify(&scene.key, 0).await.unwrap();
    assert_eq!(
        identity,
        OutsideIdentity {
            tenant: "acme".into(),
            subject: "10042".into(),
            issuer: scene.issuer.url.clone(),
            key: EmployeeKey::EmployeeNumber,
            value: "10042".into(),
            expires_at: at(START + DAY),
        }
    );
    for seconds in [1, MINUTE, HOUR - 1] {
        scene.verify(&scene.key, seconds).await.unwrap();
    }
    assert_eq!((scene.issuer.discoveries(), scene.issuer.key_fetches()), (1, 1));
    scene.verify(&scene.key, HOUR).await.unwrap();
    assert_eq!((scene.issuer.discoveries(), scene.issuer.key_fetches()), (2, 2));
}

#[tokio::test]
async fn nothing_is_fetched_for_a_token_that_is_refused_anyway() {
    let scene = Scene::new();
    let stranger = TestIssuer::start(&[]);
    let token = stranger.token(&scene.key, START);
    assert_eq!(scene.verify_token(&token, 0).await, Err(TokenFault::WrongIssuer));
    assert_eq!(scene.verify_token("a.b.c", 0).await, Err(TokenFault::Malformed));
    assert_eq!((scene.issuer.discoveries(), stranger.discoveries()), (0, 0));
}

#[tokio::test]
async fn a_configured_address_needs_no_discovery() {
    let scene = Scene::with(|settings| {
        let jwks_uri = Some(format!("{}/keys", settings.issuer));
        OutsideIssuer { jwks_uri, ..settings }
    });
    scene.verify(&scene.key, 0).await.unwrap();
    assert_eq!((scene.issuer.discoveries(), scene.issuer.key_fetches()), (0, 1));
}

#[tokio::test]
async fn a_new_key_is_picked_up_when_a_token_names_it() {
    let scene = Scene::new();
    let second = IssuerKey::generate("second");
    scene.verify(&scene.key, 0).await.unwrap();
    scene.issuer.publish(&[&second, &scene.key]);
    scene.verify(&second, MINUTE).await.unwrap();
    scene.verify(&scene.key, MINUTE).await.unwrap();
    assert_eq!(scene.issuer.key_fetches(), 2);
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_after_an_hour_at_most() {
    let scene = Scene::new();
    let second = IssuerKey::generate("second");
    scene.verify(&scene.key, 0).await.unwrap();
    scene.issuer.publish(&[&second]);
    scene.verify(&scene.key, HOUR - 1).await.unwrap();
    assert_eq!(scene.fault(&scene.key, HOUR).await, TokenFault::UnknownKey);
    scene.verify(&second, HOUR).await.unwrap();
}

#[tokio::test]
async fn a_key_of_the_same_name_is_not_the_same_key() {
    let scene = Scene::new();
    scene.verify(&scene.key, 0).await.unwrap();
    let forged = IssuerKey::generate("first");
    assert_eq!(scene.fault(&forged, HOUR / 2).await, TokenFault::BadSignature);
    assert_eq!(scene.issuer.key_fetches(), 1);
}

#[tokio::test]
async fn unknown_keys_cause_one_fetch_a_minute() {
    let scene = Scene::new();
    let unknown = IssuerKey::generate("unknown");
    assert_eq!(scene.fault(&unknown, 0).await, TokenFault::UnknownKey);
    for (seconds, fetches) in [(1, 1), (59, 1), (60, 2), (61, 2), (119, 2), (120, 3)] {
        assert_eq!(scene.fault(&unknown, seconds).await, TokenFault::UnknownKey);
        assert_eq!(scene.issuer.key_fetches(), fetches, "after {seconds} s");
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_stop_refreshing() {
    let scene = Scene::new();
    scene.verify(&scene.key, 10 * HOUR).await.unwrap();
    scene.verify(&scene.key, 0).await.unwrap();
    assert_eq!(scene.issuer.key_fetches(), 2);
}

#[tokio::test]
async fn many_requests_at_once_cause_one_fetch() {
    let scene = Scene::new();
    scene.issuer.keep_silent();
    // All of them are polled, and so wait, before the issuer answers.
    let waiting = join_all((0..100).map(|_| scene.verify(&scene.key, 0)));
    let (outcomes, ()) = join(waiting, async { scene.issuer.answer() }).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!((scene.issuer.discoveries(), scene.issuer.key_fetches()), (1, 1));

    scene.issuer.keep_silent();
    let second = IssuerKey::generate("second");
    scene.issuer.publish(&[&second]);
    let waiting = join_all((0..100).map(|_| scene.verify(&second, MINUTE)));
    let (outcomes, ()) = join(waiting, async { scene.issuer.answer() }).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(scene.issuer.key_fetches(), 2);
}

/// The service's shape: a main runtime for the fetches, and workers that have a single-threaded runtime each.
fn main_runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn worker_runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn workers_on_runtimes_of_their_own_share_one_fetch() {
    let main = main_runtime();
    let scene = Arc::new(main.block_on(async { Scene::new() }));
    scene.issuer.keep_silent();
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let scene = Arc::clone(&scene);
            thread::spawn(move || {
                let requests = join_all((0..8).map(|_| scene.verify(&scene.key, 0)));
                worker_runtime().block_on(requests).into_iter().all(|outcome| outcome.is_ok())
            })
        })
        .collect();
    let begun = Instant::now();
    while scene.issuer.key_fetches() == 0 {
        assert!(begun.elapsed() < PATIENCE, "no worker has fetched the keys");
        thread::sleep(Duration::from_millis(1));
    }
    scene.issuer.answer();
    assert!(workers.into_iter().all(|worker| worker.join().unwrap()));
    assert_eq!(scene.issuer.key_fetches(), 1);
}

#[test]
fn a_fetch_outlives_the_request_and_the_runtime_that_wanted_it() {
    let main = main_runtime();
    let scene = main.block_on(async { Scene::new() });
    scene.issuer.keep_silent();
    let worker = worker_runtime();
    let given_up = worker.block_on(async { timeout(Duration::from_millis(20), scene.verify(&scene.key, 0)).await });
    assert!(given_up.is_err());
    drop(worker);
    scene.issuer.answer();
    for _ in 0..2 {
        worker_runtime().block_on(scene.verify(&scene.key, 1)).unwrap();
    }
    assert_eq!((scene.issuer.discoveries(), scene.issuer.key_fetches()), (1, 1));
}

#[tokio::test]
async fn while_fetches_fail_the_old_keys_stay_good_for_a_day() {
    let scene = Scene::new();
    let unknown = IssuerKey::generate("unknown");
    scene.verify(&scene.key, 0).await.unwrap();
    scene.issuer.be(Mood::Status(503));
    for seconds in [HOUR, HOUR + 1, 12 * HOUR, DAY - 1] {
        scene.verify(&scene.key, seconds).await.unwrap();
        assert_eq!(scene.fault(&unknown, seconds).await, TokenFault::KeysUnavailable);
    }
    assert_eq!(scene.fault(&scene.key, DAY + MINUTE).await, TokenFault::KeysUnavailable);
    scene.issuer.be(Mood::Well);
    scene.verify(&scene.key, DAY + 2 * MINUTE).await.unwrap();
    assert_eq!(scene.fault(&unknown, DAY + 2 * MINUTE).await, TokenFault::UnknownKey);
}

#[tokio::test]
async fn nobody_with_a_known_key_waits_for_an_issuer_that_failed_before() {
    let scene = Scene::new();
    let second = IssuerKey::generate("second");
    scene.verify(&scene.key, 0).await.unwrap();
    scene.issuer.be(Mood::Status(503));
    scene.verify(&scene.key, HOUR).await.unwrap();

    scene.issuer.be(Mood::Well);
    scene.issuer.publish(&[&second]);
    scene.issuer.keep_silent();
    let without_answer = scene.verify(&scene.key, HOUR + MINUTE);
    timeout(Duration::from_secs(2), without_answer).await.expect("it does not wait").unwrap();
    scene.issuer.answer();
    // It waits for the fetch that the one before began.
    scene.verify(&second, HOUR + MINUTE + 1).await.unwrap();
    assert_eq!(scene.fault(&scene.key, HOUR + MINUTE + 2).await, TokenFault::UnknownKey);
    assert_eq!(scene.issuer.key_fetches(), 3);
}

#[tokio::test]
async fn without_any_keys_the_next_try_comes_after_ten_seconds() {
    let scene = Scene::new();
    scene.issuer.be(Mood::Status(500));
    assert_eq!(scene.fault(&scene.key, 0).await, TokenFault::KeysUnavailable);
    scene.issuer.be(Mood::Well);
    assert_eq!(scene.fault(&scene.key, 9).await, TokenFault::KeysUnavailable);
    assert_eq!(scene.issuer.key_fetches(), 1);
    scene.verify(&scene.key, 10).await.unwrap();
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let scene = Scene::new();
    scene.issuer.be(Mood::Moved);
    assert_eq!(scene.fault(&scene.key, 0).await, TokenFault::KeysUnavailable);
    assert_eq!((scene.issuer.discoveries(), scene.issuer.key_fetches()), (1, 0));

    let scene = Scene::with(|settings| {
        let jwks_uri = Some(format!("{}/keys", settings.issuer));
        OutsideIssuer { jwks_uri, ..settings }
    });
    scene.issuer.be(Mood::Moved);
    assert_eq!(scene.fault(&scene.key, 0).await, TokenFault::KeysUnavailable);
    assert_eq!((scene.issuer.key_fetches(), scene.issuer.moved_fetches()), (1, 0));
}

#[tokio::test]
async fn an_answer_may_have_one_mebibyte_and_no_byte_more() {
    const MEBIBYTE: usize = 1024 * 1024;
    for chunked in [false, true] {
        let scene = Scene::new();
        scene.issuer.be(Mood::Padded { bytes: MEBIBYTE + 1, chunked });
        assert_eq!(scene.fault(&scene.key, 0).await, TokenFault::KeysUnavailable, "chunked: {chunked}");
        scene.issuer.be(Mood::Padded { bytes: MEBIBYTE, chunked });
        scene.verify(&scene.key, MINUTE).await.unwrap();
    }
}

#[tokio::test]
async fn answers_that_are_not_the_issuer_s_keys_are_refused() {
    let moods = [
        (Mood::Status(404), 1),
        (Mood::Status(203), 1),
        (Mood::NotJson, 1),
        (Mood::Impostor, 0),
        (Mood::KeysElsewhere, 0),
    ];
    for (mood, key_fetches) in moods {
        let scene = Scene::new();
        scene.issuer.be(mood.clone());
        assert_eq!(scene.fault(&scene.key, 0).await, TokenFault::KeysUnavailable, "{mood:?}");
        assert_eq!(scene.issuer.key_fetches(), key_fetches, "{mood:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_never_answers_is_given_up() {
    let scene = Scene::new();
    scene.issuer.keep_silent();
    let outcome = timeout(PATIENCE, scene.verify(&scene.key, 0)).await.expect("it is given up");
    assert_eq!(outcome, Err(TokenFault::KeysUnavailable));
}
