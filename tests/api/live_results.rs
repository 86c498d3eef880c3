//! Stored results of open periods: how they follow the facts, the calendar and the close.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use lectern::auth::{Actor, Role};
use lectern::journal::read_tx;
use lectern::scoring::live::{self, Checked, Projector};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::finished;
use crate::feedback_batches::Course;
use crate::support::{Client, Given, MOMENT, TestServer, at, shared_runtime, until};

/// Three lecturers in the department A, and a rule of sessions and of what an outside system knows.
pub struct Scene<'s> {
    pub given: Given<'s>,
    pub programme: Uuid,
    departments: [Uuid; 2],
    pub lecturers: [Uuid; 3],
}

impl<'s> Scene<'s> {
    pub async fn new(server: &'s TestServer) -> Self {
        let given = server.given().await;
        let group = given.group("g").await;
        let programme = given.programme("p", group).await;
        let departments = [given.department("A", None).await, given.department("B", None).await];
        let mut lecturers = Vec::new();
        for number in ["E1", "E2", "E3"] {
            let id = given.employee(number).await;
            given.lecturer(id, Some(group), "2025-01-01").await;
            given.membership(id, departments[0], "2025-01-01").await;
            lecturers.push(id);
        }
        let rule = json!({
            "components": [
                {"metric": "external:exam", "weight_bp": 8000, "curve": {"kind": "linear", "to": 100}},
                {"metric": "session_count", "weight_bp": 2000, "curve": {"kind": "linear", "to": 2}}
            ],
            "grades": [{"code": "excellent", "at_least": 90}, {"code": "fail", "at_least": 0}]
        });
        given.published("scoring_rules", programme, 1, "2026-03", &rule).await;
        server.clock.set(at("2026-03-10T04:00:00Z"));
        let lecturers = [lecturers[0], lecturers[1], lecturers[2]];
        Self { given, programme, departments, lecturers }
    }

    fn path(&self, period: &str, rest: &str) -> String {
        format!("/v1/programmes/{}/periods/{period}/{rest}", self.programme)
    }

    /// HR, with a token of now.
    pub async fn hr(&self) -> Client {
        self.given.server.client(&[Role::Admin]).await
    }

    /// A fact of March over HTTP.
    pub async fn examined(&self, lecturer: usize, value: &str) {
        let body = json!({"source": "lms", "values": [
            {"employee_id": self.lecturers[lecturer], "key": "exam", "value": value}
        ]});
        let hr = self.hr().await;
        let request = hr.request(Method::PUT, &self.path("2026-03", "external-values")).json(&body);
        hr.send(request).await.expect(200);
    }

    /// The scorecard in this period as this client reads it.
    pub async fn card(&self, client: &Client, lecturer: usize, period: &str) -> Value {
        let path = self.path(period, &format!("scorecards/{}", self.lecturers[lecturer]));
        client.get(&path).await.expect(200)["scorecard"].clone()
    }

    pub async fn count(&self, sql: &str) -> i64 {
        self.given.sql.query_one(sql, &[]).await.unwrap().get(0)
    }

    pub async fn drained(&self) {
        live::drain(&self.given.server.state).await.unwrap();
    }

    pub async fn checked(&self) -> Checked {
        self.given.server.checked().await
    }
}

impl TestServer {
    pub async fn checked(&self) -> Checked {
        read_tx(&self.state, self.tenant, Actor::system(), |tx| live::check(tx).boxed()).await.unwrap()
    }

    /// A projector of this service, as `lectern serve` has one.
    pub async fn projector(&self) -> Projector {
        let (state, metrics) = (self.state.clone(), self.metrics.clone());
        shared_runtime().spawn(async move { Projector::start(&state, metrics) }).await.unwrap()
    }
}

fn instant(value: &Value) -> DateTime<Utc> {
    at(value.as_str().unwrap())
}

#[tokio::test]
async fn results_follow_the_facts_within_a_second() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let projector = server.projector().await;
    let reader = scene.hr().await.as_stored();
    let shows = async |score: Option<&str>| {
        until("the result is there", MOMENT, async || {
            let answer = reader.get(&scene.path("2026-03", &format!("scorecards/{}", scene.lecturers[0]))).await;
            let card = &answer.body["scorecard"]["card"];
            if answer.status == 200 && card["score"].as_str() == score { Ok(()) } else { Err(answer.text) }
        })
        .await;
    };
    shows(Some("0.00")).await;
    let mut times = Vec::new();
    for (value, score) in [("10", "8.00"), ("20", "16.00"), ("30", "24.00"), ("40", "32.00"), ("50", "40.00")] {
        scene.examined(0, value).await;
        let begun = Instant::now();
        shows(Some(score)).await;
        times.push(begun.elapsed());
    }
    times.sort();
    assert!(times[2] < Duration::from_secs(1), "{times:?}");
    let text = String::from_utf8(server.metrics.render(&server.state.db).unwrap()).unwrap();
    assert!(
        text.contains("lectern_projection_lag_seconds") && text.contains("lectern_projection_set_aside 0"),
        "{text}"
    );
    shared_runtime().spawn(projector.stop()).await.unwrap();
}

#[tokio::test]
async fn an_answer_says_up_to_when_all_facts_are_in_and_its_etag_does_not() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let (hr, stored) = (scene.hr().await, scene.hr().await.as_stored());
    let board = scene.path("2026-03", "leaderboard");
    let before = stored.get(&board).await.expect(200);
    assert_eq!((&before["as_of"], &before["items"], &before["ranked_of"]), (&Value::Null, &json!([]), &json!(0)));
    assert_eq!(stored.get(&scene.path("2026-03", "scorecards")).await.expect(200)["items"], json!([]));
    assert_eq!(hr.get(&board).await.expect(200)["ranked_of"], 3, "everybody is rated, with no session yet");
    let first = hr.get(&board).await;
    assert_eq!(instant(&first.body["as_of"]), at("2026-03-10T04:00:00Z"));

    server.clock.set(at("2026-03-10T04:02:00Z"));
    let later = hr.send(hr.request(Method::GET, &board).header("if-none-match", first.etag())).await;
    assert_eq!(later.status, 304, "nothing has moved: {}", later.text);
    scene.examined(0, "100").await;
    server.clock.set(at("2026-03-10T04:04:00Z"));
    // Tokens live for a quarter of an hour.
    let (hr, stored) = (scene.hr().await, scene.hr().await.as_stored());
    let waits = stored.get(&board).await;
    assert_eq!(instant(&waits.body["as_of"]), at("2026-03-10T04:02:00Z"), "a fact of then is not in yet");
    assert_eq!((waits.etag(), &waits.body["items"]), (first.etag(), &first.body["items"]));
    let follows = hr.get(&board).await;
    assert_eq!(instant(&follows.body["as_of"]), at("2026-03-10T04:04:00Z"));
    assert_eq!(follows.body["items"][0]["score"], "80.00");
    assert_ne!(follows.etag(), first.etag());
    let card = scene.card(&hr, 1, "2026-03").await;
    assert_eq!((&card["rank"], &card["ranked_of"], &card["as_of"]), (&json!(2), &json!(3), &follows.body["as_of"]));
}

#[tokio::test]
async fn days_and_periods_begin_by_themselves_and_what_is_closed_is_no_longer_stored() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let hr = scene.hr().await;
    let moves = json!({"department_id": scene.departments[1], "starts_on": "2026-03-12"});
    hr.post(&format!("/v1/employees/{}/memberships", scene.lecturers[0]), moves).await.expect(200);
    scene.examined(0, "90").await;
    let department = async |now: &str| {
        server.clock.set(at(now));
        scene.card(&scene.hr().await, 0, "2026-03").await["department"]["code"].clone()
    };
    assert_eq!(department("2026-03-11T15:59:00Z").await, "A");
    assert_eq!(department("2026-03-11T16:00:00Z").await, "B", "midnight in Shanghai");

    server.clock.set(at("2026-03-31T15:59:00Z"));
    let hr = scene.hr().await;
    let april = scene.path("2026-04", "leaderboard");
    assert_eq!(hr.get(&april).await.expect(200)["as_of"], Value::Null, "it has not begun");
    server.clock.set(at("2026-03-31T16:00:00Z"));
    assert_eq!(hr.get(&april).await.expect(200)["ranked_of"], 3);
    assert_eq!(scene.card(&hr, 0, "2026-03").await["card"]["score"], "72.00", "March is over and still open");

    server.clock.set(at("2026-04-07T01:00:00Z"));
    let hr = server.person(server.state.ids.next(), &[Role::Admin]).await;
    finished(&hr, &hr.post(&scene.path("2026-03", "close"), json!({})).await).await;
    let card = scene.card(&hr, 0, "2026-03").await;
    assert_eq!((&card["provisional"], &card["as_of"]), (&json!(false), &Value::Null));
    let left =
        "SELECT count(*) FROM live_results r JOIN live_periods p ON p.id = r.live_period_id WHERE p.period = '2026-03'";
    assert_eq!(scene.count(left).await, 0);
    assert_eq!(scene.count("SELECT count(*) FROM live_periods").await, 1, "April");
    assert_eq!(scene.count("SELECT count(*) FROM live_marks").await, 0);
    assert_eq!(scene.checked().await.different, 0);
}

#[tokio::test]
async fn a_statement_agrees_with_its_card_at_any_moment_of_a_release() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 8).await;
    let lecturer = course.lecturer("L1").await;
    let (first, second) = (course.session(&[lecturer]).await, course.session(&[lecturer]).await);
    let (stored, path) = (course.hr().await.as_stored(), course.period(&format!("scorecards/{lecturer}")));
    // The ratings of the card, those that the statement shows, and the texts that go with those of several sessions.
    let shown = async || -> [u64; 3] {
        let statement = stored.get(&path).await.expect(200);
        let n =
            |ratings: &Value| -> u64 { ratings.as_array().unwrap().iter().filter_map(|own| own["n"].as_u64()).sum() };
        let apart: u64 = statement["sessions"].as_array().unwrap().iter().map(|own| n(&own["ratings"])).sum();
        let texts = u64::try_from(statement["texts_together"].as_array().unwrap().len()).unwrap();
        let card = &statement["scorecard"]["card"]["metrics"]["feedback_rating"]["n"];
        [card.as_u64().unwrap(), apart + n(&statement["ratings_together"]), texts]
    };
    let drained = async || live::drain(&server.state).await.unwrap();
    drained().await;
    course.rate(first, &[(0, 9), (1, 8)]).await;
    course.rate(second, &[(0, 4)]).await;
    assert_eq!(shown().await, [0, 0, 0], "released, and not followed yet");
    drained().await;
    assert_eq!(shown().await, [3, 3, 3]);
    course.rate(first, &[(2, 7), (3, 7), (4, 7)]).await;
    assert_eq!(shown().await, [3, 3, 3]);
    drained().await;
    assert_eq!(shown().await, [6, 6, 3], "a batch of one session stands apart");
    assert_eq!(server.checked().await.different, 0);

    let projector = server.projector().await;
    course.rate(first, &[(5, 1), (6, 1), (7, 1)]).await;
    until("the next batch is shown", MOMENT, async || {
        let [card, sums, texts] = shown().await;
        assert_eq!((card, texts), (sums, 3));
        if card == 9 { Ok(()) } else { Err(format!("{card} ratings")) }
    })
    .await;
    shared_runtime().spawn(projector.stop()).await.unwrap();

    // As a release stored it that kept no sums.
    course.given.sql.batch_execute("UPDATE live_results SET sums = NULL").await.unwrap();
    assert_eq!(shown().await, [9, 0, 0], "nothing is shown rather than too much");
    let differences = server.checked().await.differences;
    assert!(differences.iter().any(|one| one.what.contains("sums.together is")), "{differences:?}");
    let anew = lectern(&server, &["project", "--anew", "--check"]);
    assert!(anew.status.success(), "{}{}", said(&anew.stdout), said(&anew.stderr));
    assert_eq!(shown().await, [9, 9, 3]);
}

#[tokio::test]
async fn the_command_fills_the_places_of_boards_that_an_older_release_has_closed() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    scene.examined(0, "90").await;
    server.clock.set(at("2026-04-07T01:00:00Z"));
    let hr = server.person(server.state.ids.next(), &[Role::Admin]).await;
    finished(&hr, &hr.post(&scene.path("2026-03", "close"), json!({})).await).await;
    let (board, own) = (scene.path("2026-03", "leaderboard"), scene.path("2026-03", "scorecards"));
    let before = (hr.get(&board).await.expect(200), hr.get(&own).await.expect(200));
    assert_eq!(before.0["ranked_of"], 3);
    let lost = "SET session_replication_role = replica; DELETE FROM snapshot_standings; RESET session_replication_role";
    scene.given.sql.batch_execute(lost).await.unwrap();
    let wrong = lectern(&server, &["project", "--check"]);
    assert!(!wrong.status.success());
    assert!(said(&wrong.stdout).contains("p 2026-03: the places on its closed boards are not stored"), "{wrong:?}");
    let filled = lectern(&server, &["project", "--anew", "--check"]);
    assert!(filled.status.success(), "{}{}", said(&filled.stdout), said(&filled.stderr));
    assert_eq!((hr.get(&board).await.expect(200), hr.get(&own).await.expect(200)), before);
}

#[tokio::test]
async fn ones_own_board_is_empty_before_the_first_results() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let by_department = "UPDATE scoring_rules SET document = document || '{\"rank_scope\": \"department\"}'";
    scene.given.sql.batch_execute(by_department).await.unwrap();
    let own = server.person_token(server.tenant, scene.lecturers[0]);
    let path = scene.path("2026-03", "leaderboard");
    let board = own.as_stored().get(&path).await.expect(200);
    assert_eq!((&board["as_of"], &board["department"]), (&Value::Null, &Value::Null));
    assert_eq!((&board["items"], &board["ranked_of"], &board["own"]), (&json!([]), &json!(0), &Value::Null));
    let board = own.get(&path).await.expect(200);
    assert_eq!((&board["department"]["code"], &board["ranked_of"]), (&json!("A"), &json!(3)));
    assert_eq!(scene.hr().await.get(&path).await.problem(422), "board_not_named", "HR is on none");
}

pub fn lectern(server: &TestServer, arguments: &[&str]) -> Output {
    let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    let environment = [("LECTERN_DATABASE_URL", server.database.url.as_str()), ("LECTERN_SECRET_KEY", key)];
    let mut command = Command::new(env!("CARGO_BIN_EXE_lectern"));
    command.args(arguments).env_clear().envs(environment).output().unwrap()
}

pub fn said(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

#[tokio::test]
async fn the_command_brings_results_up_to_date_and_says_which_are_not_as_they_should_be() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    scene.examined(0, "100").await;
    let right = lectern(&server, &["project", "--check"]);
    assert!(right.status.success(), "{}{}", said(&right.stdout), said(&right.stderr));
    assert!(said(&right.stdout).contains("open periods compared"), "{}", said(&right.stdout));
    assert_eq!(scene.count("SELECT count(*) FROM live_marks").await, 0);
    let results = scene.count("SELECT count(*) FROM live_results").await;
    assert!(results >= 3, "{results}");

    let spoil = format!(
        "UPDATE live_results SET card = jsonb_set(card, '{{score}}', '\"81.00\"'), score = 81 WHERE employee_id = '{}'",
        scene.lecturers[0]
    );
    scene.given.sql.batch_execute(&spoil).await.unwrap();
    let wrong = lectern(&server, &["project", "--tenant", "demo", "--check"]);
    assert!(!wrong.status.success());
    let told = said(&wrong.stdout);
    for words in ["p 2026-03: E1: card.score is \"81.00\" instead of \"80.00\"", "counts of scores are not those"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let anew = lectern(&server, &["project", "--anew"]);
    assert!(anew.status.success(), "{}", said(&anew.stderr));
    let mended = lectern(&server, &["project", "--check"]);
    assert!(mended.status.success(), "{}", said(&mended.stdout));
    assert!(!lectern(&server, &["project", "--tenant", "nobody"]).status.success());
}
