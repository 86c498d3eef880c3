//! Server-sent events: what is told, to whom, and when a stream ends.

use std::time::{Duration, Instant};

use lectern::auth::Role;
use lectern::auth::routes::issue;
use lectern::http::RateLimits;
use lectern::keys::TokenActor;
use lectern::scoring::live;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::boards::{Boards, SCORES};
use crate::closing::finished;
use crate::support::{Client, MOMENT, Options, Process, TestServer, at};

/// A stream as a client reads it.
struct Listening {
    response: Response,
    read: String,
}

#[derive(Debug, PartialEq)]
struct Event {
    id: String,
    data: Value,
}

impl Listening {
    async fn to(client: &Client, path: &str) -> Self {
        Self::since(client, path, "").await
    }

    /// Again, after the event with this id.
    async fn since(client: &Client, path: &str, id: &str) -> Self {
        let request = client.request(Method::GET, path).header("last-event-id", id).header("accept-encoding", "gzip");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { response, read: String::new() }
    }

    /// The next part, a comment too; none at the end.
    async fn part(&mut self) -> Option<String> {
        loop {
            if let Some((part, rest)) = self.read.split_once("\n\n") {
                let (part, rest) = (part.to_owned(), rest.to_owned());
                self.read = rest;
                return Some(part);
            }
            let chunk = tokio::time::timeout(MOMENT, self.response.chunk()).await.unwrap().unwrap()?;
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event; none at the end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let part = self.part().await?;
            if !part.starts_with(':') {
                let (id, data) = part.split_once("\ndata: ").unwrap();
                let id = id.strip_prefix("id: ").unwrap().to_owned();
                return Some(Event { id, data: serde_json::from_str(data).unwrap() });
            }
        }
    }
}

fn timeless(mut answer: Value) -> Value {
    answer["as_of"] = Value::Null;
    answer
}

#[tokio::test]
async fn a_listener_gets_the_state_now_and_then_what_changes() {
    let server = TestServer::start().await;
    let boards = Boards::new(&server, "competition").await;
    let own = boards.as_lecturer(6);
    let (place, board) = (boards.place_path(6, "").replace("/place", "/events"), boards.path("leaderboard/events"));
    live::drain(&server.state).await.unwrap();
    let mut of_place = Listening::to(&own, &place).await;
    let first = of_place.next().await.unwrap();
    let read = own.get(&boards.place_path(6, "?above=0&below=0")).await.expect(200);
    assert_eq!(timeless(first.data.clone()), timeless(read));
    let mut of_board = Listening::to(&own, &board).await;
    let shown = of_board.next().await.unwrap();
    let mut read = own.get(&boards.path("leaderboard")).await.expect(200);
    read["own"] = Value::Null;
    assert_eq!(timeless(shown.data), timeless(read));
    assert!(of_place.part().await.unwrap().starts_with(':'), "a sign of life");

    // Somebody else gets better: their own score stays, the rank does not.
    boards.send(&[(boards.lecturers[7], "75")]).await;
    live::drain(&server.state).await.unwrap();
    let second = of_place.next().await.unwrap();
    assert_eq!(second.data["place"], json!({"rank": 7, "ranked_of": 9, "score": "70.00", "grade": "pass"}));
    assert!(second.id.parse::<i64>().unwrap() > first.id.parse::<i64>().unwrap(), "{} then {}", first.id, second.id);
    let moved = of_board.next().await.unwrap();
    assert_eq!(moved.data["items"][5]["employee"]["employee_number"], "L07");

    // Who comes back with what is known gets nothing again; with anything else, the state now.
    let again = own.get(&format!("{place}?max_seconds=0")).await;
    assert_eq!(again.status, 200);
    assert!(again.text.starts_with(&format!("id: {}\ndata: {{", second.id)), "{}", again.text);
    let request = own.request(Method::GET, &format!("{place}?max_seconds=0"));
    let known = own.send(request.header("last-event-id", &second.id)).await;
    assert_eq!((known.status, known.text.as_str()), (200, ""));
    let mut old = Listening::since(&own, &place, &first.id).await;
    assert_eq!(old.next().await.unwrap().data["place"]["rank"], 7);
    for broken in ["Nine", "a b", "7".repeat(41).as_str()] {
        let request = own.request(Method::GET, &format!("{place}?max_seconds=0")).header("last-event-id", broken);
        assert_eq!(own.send(request).await.problem(400), "invalid_header", "{broken}");
    }
    let head = own.send(own.request(Method::HEAD, &place)).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
}

#[tokio::test]
async fn a_close_is_told_and_the_results_are_final() {
    let server = TestServer::start().await;
    let boards = Boards::new(&server, "competition").await;
    // The token of a person lives as long as it takes: the clock is where the close finds it.
    server.clock.set(at("2026-04-07T01:00:00Z"));
    let own = boards.as_lecturer(0);
    live::drain(&server.state).await.unwrap();
    let mut of_place = Listening::to(&own, &boards.place_path(0, "").replace("/place", "/events")).await;
    assert_eq!(of_place.next().await.unwrap().data["provisional"], true);
    boards.close().await;
    let event = of_place.next().await.unwrap();
    assert_eq!(
        (event.id.as_str(), &event.data["provisional"], &event.data["as_of"]),
        ("closed-1", &json!(false), &Value::Null)
    );
    assert_eq!(event.data["snapshot"]["number"], 1);
}

/// A proposal is told to nobody; what was accepted is told to everybody who listens, in the order of the snapshots.
#[tokio::test]
async fn an_accepted_restatement_is_told_to_who_listens_to_a_board_or_a_place() {
    let server = TestServer::start().await;
    let boards = Boards::new(&server, "competition").await;
    boards.close().await;
    let own = boards.as_lecturer(6);
    let (place, board) = (boards.place_path(6, "").replace("/place", "/events"), boards.path("leaderboard/events"));
    let (mut of_place, mut of_board) = (Listening::to(&own, &place).await, Listening::to(&own, &board).await);
    let first = of_place.next().await.unwrap();
    assert_eq!((first.id.as_str(), &first.data["place"]["rank"]), ("closed-1", &json!(6)));
    assert_eq!(of_board.next().await.unwrap().id, "closed-1");

    boards.send(&[(boards.lecturers[7], "75")]).await;
    let admin = || server.person_of(server.tenant, &[Role::Admin]);
    let (maker, checker) = (admin().await, admin().await);
    let proposed = async || {
        let ordered = maker.post(&boards.path("restate"), json!({"reason": "Sent late."})).await;
        let restated = finished(&maker, &ordered).await;
        format!("/v1/restatements/{}", restated["restatement_id"].as_str().unwrap())
    };
    let declined = proposed().await;
    let why = Some(json!({"reason": "To be looked at again."}));
    checker.act(&format!("{declined}/decline"), "*", why).await.expect(200);
    let restatement = proposed().await;
    for path in [&place, &board] {
        let request = own.request(Method::GET, &format!("{path}?max_seconds=0")).header("last-event-id", "closed-1");
        let known = own.send(request).await;
        assert_eq!((known.status, known.text.as_str()), (200, ""), "nobody has accepted it");
    }

    checker.act(&format!("{restatement}/accept"), "*", Some(json!({}))).await.expect(200);
    let second = of_place.next().await.unwrap();
    assert_eq!((second.id.as_str(), &second.data["snapshot"]["number"]), ("closed-3", &json!(3)));
    assert_eq!(second.data["place"], json!({"rank": 7, "ranked_of": 9, "score": "70.00", "grade": "pass"}));
    assert_eq!((&second.data["provisional"], &second.data["as_of"]), (&json!(false), &Value::Null));
    let moved = of_board.next().await.unwrap();
    assert_eq!((moved.id.as_str(), &moved.data["snapshot"]["number"]), ("closed-3", &json!(3)));
    assert_eq!(moved.data["items"][5]["employee"]["employee_number"], "L07");
    let mut late = Listening::since(&own, &place, "closed-1").await;
    assert_eq!(late.next().await.unwrap(), second);
}

#[tokio::test]
async fn a_stream_ends_with_the_token_the_right_the_service_and_when_it_was_asked_to() {
    let server = TestServer::start().await;
    let boards = Boards::new(&server, "competition").await;
    let board = boards.path("leaderboard/events");
    live::drain(&server.state).await.unwrap();
    let ended = async |listening: &mut Listening| while listening.part().await.is_some() {};

    let hr = server.person_of(server.tenant, &[Role::Admin]).await;
    let mut revoked = Listening::to(&hr, &board).await;
    revoked.next().await.unwrap();
    boards.given.sql.batch_execute("DELETE FROM role_grants").await.unwrap();
    ended(&mut revoked).await;
    assert_eq!(hr.get(&board).await.problem(403), "forbidden");

    let own = boards.as_lecturer(1);
    let mut for_a_second = Listening::to(&own, &format!("{board}?max_seconds=1")).await;
    ended(&mut for_a_second).await;
    let mut expired = Listening::to(&own, &board).await;
    expired.next().await.unwrap();
    server.clock.set(at("2026-03-20T01:15:00Z"));
    ended(&mut expired).await;

    let own = boards.as_lecturer(1);
    let mut stopped = Listening::to(&own, &board).await;
    stopped.next().await.unwrap();
    assert_eq!(server.feeds.listeners(), 1);
    server.feeds.stop();
    ended(&mut stopped).await;
    assert_eq!(own.get(&board).await.problem(503), "unavailable");
}

/// Requests that run have twenty seconds; streams do not wait for that.
#[tokio::test]
async fn a_process_that_stops_ends_its_streams_at_once() {
    let server = TestServer::start().await;
    let boards = Boards::new(&server, "competition").await;
    live::drain(&server.state).await.unwrap();
    let process = Process::serve(&server);
    let issuer = process.issuer(&server).await;
    let actor = TokenActor::Person { employee_id: boards.lecturers[0] };
    let token = issue(&issuer, server.tenant, actor, "test".to_owned(), Vec::new()).unwrap();
    let client = Client::anonymous(&process.base).with_token(token);
    let mut listening = Listening::to(&client, &boards.path("leaderboard/events")).await;
    listening.next().await.unwrap();
    let begun = Instant::now();
    process.ask_to_stop();
    while listening.part().await.is_some() {}
    assert!(process.ended_well());
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn who_may_not_read_a_board_or_a_card_may_not_listen_to_it() {
    let server = TestServer::start().await;
    let boards = Boards::new(&server, "competition").await;
    let own = boards.as_lecturer(5);
    let of_another = boards.place_path(0, "").replace("/place", "/events");
    assert_eq!(own.get(&of_another).await.problem(404), "not_found");
    let of = |department: Uuid| boards.path(&format!("leaderboard/events?scope=department&department_id={department}"));
    assert_eq!(own.get(&of(boards.departments[1])).await.problem(404), "not_found");
    let manager = boards.manager().await;
    live::drain(&server.state).await.unwrap();
    let mut of_plant = Listening::to(&manager, &of(boards.departments[1])).await;
    assert_eq!(of_plant.next().await.unwrap().data["department"]["code"], "plant");
    let hr = boards.hr().await;
    assert_eq!(hr.get(&boards.path("leaderboard/events?scope=department")).await.problem(422), "board_not_named");
    assert_eq!(hr.get(&boards.path("leaderboard/events?max_seconds=901")).await.problem(400), "invalid_query");
    let nowhere = format!("/v1/programmes/{}/periods/2026-03/leaderboard/events", server.state.ids.next());
    assert_eq!(hr.get(&nowhere).await.problem(404), "not_found");
    assert_eq!(server.anonymous().get(&boards.path("leaderboard/events")).await.problem(401), "unauthenticated");
    let learner = server.person(server.state.ids.next(), &[]).await;
    assert_eq!(learner.get(&boards.path("leaderboard/events")).await.problem(403), "forbidden");
}

#[tokio::test]
async fn what_cannot_be_read_ends_its_own_streams_and_no_others() {
    let server = TestServer::start().await;
    let boards = Boards::new(&server, "competition").await;
    let hr = boards.hr().await;
    live::drain(&server.state).await.unwrap();
    let plant = format!("leaderboard/events?scope=department&department_id={}", boards.departments[1]);
    let mut of_plant = Listening::to(&hr, &boards.path(&plant)).await;
    let mut of_all = Listening::to(&hr, &boards.path("leaderboard/events")).await;
    let mut of_place = Listening::to(&hr, &boards.place_path(8, "").replace("/place", "/events")).await;
    for listening in [&mut of_plant, &mut of_all, &mut of_place] {
        listening.next().await.unwrap();
    }
    // So many that nobody can count them.
    let broken = format!(
        "UPDATE live_score_counts SET lecturers = 2147483647 WHERE board_id = '{}' AND is_whole",
        boards.departments[1]
    );
    boards.given.sql.batch_execute(&broken).await.unwrap();
    for (score, rank) in [("75", 6), ("85", 5)] {
        boards.send(&[(boards.lecturers[8], score)]).await;
        live::drain(&server.state).await.unwrap();
        assert_eq!(of_place.next().await.unwrap().data["place"]["rank"], rank);
        assert_eq!(of_all.next().await.unwrap().data["ranked_of"], 10);
    }
    while of_plant.part().await.is_some() {}
    assert_eq!(hr.get(&boards.path(&plant)).await.problem(500), "internal");
}

#[tokio::test]
async fn a_record_that_was_kept_and_one_that_was_merged_into_it_are_both_listened_to() {
    let server = TestServer::start().await;
    let boards = Boards::new(&server, "competition").await;
    let hr = boards.hr().await;
    live::drain(&server.state).await.unwrap();
    let path = |place: usize| boards.place_path(place, "").replace("/place", "/events");
    let (mut of_kept, mut of_merged) = (Listening::to(&hr, &path(5)).await, Listening::to(&hr, &path(8)).await);
    of_kept.next().await.unwrap();
    assert_eq!(of_merged.next().await.unwrap().data["place"], Value::Null);
    let merged = format!(
        "UPDATE employees SET employee_number = NULL, merged_into_id = '{}' WHERE id = '{}'",
        boards.lecturers[5], boards.lecturers[8]
    );
    boards.given.sql.batch_execute(&merged).await.unwrap();
    boards.given.sql.batch_execute("DELETE FROM live_results WHERE card ->> 'score' IS NULL").await.unwrap();
    boards.send(&[(boards.lecturers[5], "85")]).await;
    live::drain(&server.state).await.unwrap();
    for listening in [&mut of_kept, &mut of_merged] {
        let told = listening.next().await.unwrap().data;
        assert_eq!((&told["place"]["rank"], &told["employee"]["id"]), (&json!(5), &json!(boards.lecturers[5])));
    }
}

#[tokio::test]
async fn connecting_counts_as_a_request() {
    let rate_limits = RateLimits::per_minute(2, 0);
    let server = TestServer::start_as(Options { rate_limits, ..Options::default() }).await;
    let boards = Boards::new(&server, "competition").await;
    let own = boards.as_lecturer(SCORES.len() - 1);
    let path = boards.path("leaderboard/events?max_seconds=0");
    for _ in 0..2 {
        assert_eq!(own.get(&path).await.status, 200);
    }
    assert_eq!(own.get(&path).await.problem(429), "too_many_requests");
}
