//! Ratings that are not given under a name are shown in batches of at least three.

use chrono::TimeDelta;
use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::finished;
use crate::feedback_form::asking;
use crate::support::{Answer, Client, Given, TestServer, at, literal};

/// A confidential programme with k = 3, and its lecturers and learners.
pub struct Course<'s> {
    pub given: Given<'s>,
    pub server: &'s TestServer,
    pub programme: Uuid,
    group: Uuid,
    pub learners: Vec<Uuid>,
}

impl<'s> Course<'s> {
    pub async fn new(server: &'s TestServer, learners: usize) -> Self {
        let given = server.given().await;
        let group = given.group("knowledge").await;
        let programme = given.programme("programme", group).await;
        let confidential = "UPDATE programmes
                               SET feedback_mode = 'confidential', feedback_min_k = 3, live_feedback_from_on = '2026-01-01'";
        given.sql.batch_execute(confidential).await.unwrap();
        given.published("scoring_rules", programme, 1, "2026-01", &rule()).await;
        let mut course = Self { given, server, programme, group, learners: Vec::new() };
        for number in 0..learners {
            course.learners.push(course.given.employee(&format!("X{number}")).await);
        }
        server.clock.set(at("2026-03-02T04:00:00Z"));
        course
    }

    /// The same, anonymous: so k is 5.
    pub async fn anonymous(server: &'s TestServer, learners: usize) -> Self {
        let course = Self::new(server, learners).await;
        course.given.sql.batch_execute("UPDATE programmes SET feedback_mode = 'anonymous'").await.unwrap();
        course
    }

    /// From now on the form has this scale and these items.
    pub async fn asks(&self, scale: i32, items: &[Value]) {
        let feedback = literal(&asking(scale, items)["feedback"].to_string());
        let change = format!(
            "UPDATE scoring_rules SET document = document || jsonb_build_object('feedback', {feedback}::jsonb)"
        );
        self.given.sql.batch_execute(&change).await.unwrap();
        self.given.changed().await;
    }

    pub async fn lecturer(&self, number: &str) -> Uuid {
        let id = self.given.employee(number).await;
        self.given.lecturer(id, Some(self.group), "2025-01-01").await;
        id
    }

    /// A session on 2 March for which every learner is registered.
    pub async fn session(&self, lecturers: &[Uuid]) -> Uuid {
        let session = self.given.delivered_session(self.programme, lecturers[0], "2026-03-02T02:00:00Z", 10).await;
        for other in &lecturers[1..] {
            let columns = [("session_id", id(session)), ("employee_id", id(*other)), ("credit", "0.5".to_owned())];
            self.given.row("session_lecturers", &columns).await;
        }
        for learner in &self.learners {
            self.given.row("session_audience", &[("session_id", id(session)), ("employee_id", id(*learner))]).await;
        }
        session
    }

    pub async fn tries_to_rate(&self, learner: usize, session: Uuid, feedback: &Value) -> Answer {
        let client = self.server.person_token(self.server.tenant, self.learners[learner]);
        let path = format!("/v1/sessions/{session}/my-feedback");
        client.send(client.request(Method::PUT, &path).json(feedback)).await
    }

    /// The learners give these ratings, the first one the first.
    pub async fn rate(&self, session: Uuid, ratings: &[(usize, i32)]) {
        for (learner, rating) in ratings {
            let feedback = json!({"rating": rating, "text": format!("says {learner}")});
            self.tries_to_rate(*learner, session, &feedback).await.expect(200);
        }
    }

    pub async fn hr(&self) -> Client {
        self.server.client(&[Role::Admin]).await
    }

    pub fn period(&self, rest: &str) -> String {
        format!("/v1/programmes/{}/periods/2026-03/{rest}", self.programme)
    }

    pub async fn statement(&self, lecturer: Uuid) -> Value {
        self.hr().await.get(&self.period(&format!("scorecards/{lecturer}"))).await.expect(200)
    }

    /// (n, value) of the lecturer's rating.
    pub async fn rating(&self, lecturer: Uuid) -> (i64, Value) {
        let rating = &self.statement(lecturer).await["scorecard"]["card"]["metrics"]["feedback_rating"];
        (rating["n"].as_i64().unwrap(), rating["value"].clone())
    }

    pub async fn report(&self, session: Uuid) -> Value {
        self.hr().await.get(&format!("/v1/sessions/{session}/feedback")).await.expect(200)
    }

    pub async fn n(&self, session: Uuid) -> i64 {
        self.report(session).await["n"].as_i64().unwrap()
    }

    pub async fn act(&self, session: Uuid, what: &str, body: Value) -> Answer {
        self.hr().await.act(&format!("/v1/sessions/{session}/{what}"), "*", Some(body)).await
    }

    async fn delivered(&self, session: Uuid, started_at: &str) {
        self.act(
            session,
            "deliver",
            json!({"started_at": started_at, "delivered_minutes": 60, "reason": "It took place"}),
        )
        .await
        .expect(200);
    }

    pub async fn replace_lecturers(&self, session: Uuid, lecturers: &[Uuid]) -> Answer {
        let credit = if lecturers.len() == 1 { "1" } else { "0.5" };
        let shares: Vec<Value> = lecturers.iter().map(|id| json!({"employee_id": id, "credit": credit})).collect();
        self.hr().await.put(&format!("/v1/sessions/{session}/lecturers"), "*", json!({"lecturers": shares})).await
    }
}

/// Scores what learners say.
fn rule() -> Value {
    json!({
        "components": [{"metric": "feedback_rating", "weight_bp": 10000, "curve": {"kind": "linear", "to": 10}}],
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "fail", "at_least": 0}]
    })
}

fn id(id: Uuid) -> String {
    literal(&id.to_string())
}

#[tokio::test]
async fn ratings_are_held_back_until_there_are_three_and_nothing_moves_before() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 5).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    let own = server.person_token(server.tenant, lecturer);
    let paths = [
        format!("/v1/sessions/{session}/feedback"),
        format!("/v1/sessions/{session}"),
        course.period(&format!("scorecards/{lecturer}")),
        course.period("scorecards"),
        course.period("leaderboard"),
    ];
    let etags = async || {
        let mut etags = Vec::new();
        for path in &paths {
            etags.push(own.get(path).await.etag().to_owned());
        }
        etags
    };
    let nothing = etags().await;
    course.rate(session, &[(0, 9), (1, 3)]).await;
    assert_eq!(etags().await, nothing, "two are held back");
    assert_eq!((course.n(session).await, course.rating(lecturer).await), (0, (0, Value::Null)));
    course.rate(session, &[(2, 6)]).await;
    let three = etags().await;
    assert!(three.iter().zip(&nothing).filter(|(after, before)| after != before).count() == 4, "all but the session");
    let report = course.report(session).await;
    assert_eq!(
        (&report["n"], &report["rating"], report["texts"].as_array().unwrap().len()),
        (&json!(3), &json!("6.000000"), 3)
    );
    assert_eq!(course.rating(lecturer).await, (3, json!("6.000000")));
    let statement = course.statement(lecturer).await;
    assert_eq!(statement["sessions"][0]["ratings"], json!([{"scale": 10, "n": 3, "sum": "18"}]));
    assert_eq!(statement["ratings_together"], json!([]));
    course.rate(session, &[(3, 10), (4, 10)]).await;
    assert_eq!(etags().await, three, "two more are held back again");
}

#[tokio::test]
async fn a_batch_of_several_sessions_shows_none_of_them_apart() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 4).await;
    let lecturer = course.lecturer("L1").await;
    let (first, second) = (course.session(&[lecturer]).await, course.session(&[lecturer]).await);
    course.rate(first, &[(0, 9), (1, 8)]).await;
    course.rate(second, &[(0, 4)]).await;
    assert_eq!(course.rating(lecturer).await, (3, json!("7.000000")), "released together");
    assert_eq!((course.n(first).await, course.n(second).await), (0, 0));
    let statement = course.statement(lecturer).await;
    assert_eq!(statement["ratings_together"], json!([{"scale": 10, "n": 3, "sum": "21"}]));
    for session in statement["sessions"].as_array().unwrap() {
        assert_eq!(session["ratings"], json!([]));
    }
    assert_eq!(statement["texts_together"].as_array().unwrap().len(), 3);
    let hris = server.client(&[Role::Hris]).await;
    let without = hris.get(&course.period(&format!("scorecards/{lecturer}"))).await.expect(200);
    assert_eq!(without["texts_together"], json!([]), "whoever may not read feedback");
    // Three more of one session stand apart, and leave three together.
    course.rate(second, &[(1, 10), (2, 10), (3, 10)]).await;
    assert_eq!((course.n(second).await, course.rating(lecturer).await.0), (3, 6));
    let statement = course.statement(lecturer).await;
    assert_eq!(statement["ratings_together"], json!([{"scale": 10, "n": 3, "sum": "21"}]));
}

#[tokio::test]
async fn a_changed_rating_is_shown_anew_when_three_of_its_batch_have_changed() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 4).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    course.rate(session, &[(0, 1), (0, 9), (1, 8), (2, 7)]).await;
    assert_eq!(course.rating(lecturer).await, (3, json!("8.000000")), "the last one counts, once");
    course.rate(session, &[(0, 3), (1, 2)]).await;
    assert_eq!(course.rating(lecturer).await, (3, json!("8.000000")));
    // Taken back, a change is none.
    course.rate(session, &[(1, 8), (2, 1)]).await;
    assert_eq!(course.rating(lecturer).await, (3, json!("8.000000")));
    course.rate(session, &[(1, 2)]).await;
    assert_eq!((course.rating(lecturer).await, course.n(session).await), ((3, json!("2.000000")), 3));
    // Once only: what is changed now joins at the close.
    course.rate(session, &[(0, 10), (1, 10), (2, 10)]).await;
    assert_eq!(course.rating(lecturer).await, (3, json!("2.000000")));
}

#[tokio::test]
async fn what_becomes_of_a_session_takes_whole_batches_out_and_in() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 3).await;
    let lecturer = course.lecturer("L1").await;
    let sessions =
        [course.session(&[lecturer]).await, course.session(&[lecturer]).await, course.session(&[lecturer]).await];
    course.rate(sessions[0], &[(0, 9), (1, 9), (2, 9)]).await;
    course.rate(sessions[1], &[(0, 6), (1, 6)]).await;
    course.rate(sessions[2], &[(0, 3)]).await;
    assert_eq!(course.rating(lecturer).await.0, 6);
    course.act(sessions[0], "miss", json!({"reason": "Nobody was there"})).await.expect(200);
    assert_eq!((course.rating(lecturer).await, course.n(sessions[0]).await), ((3, json!("5.000000")), 0));
    course.delivered(sessions[0], "2026-03-02T02:00:00Z").await;
    assert_eq!((course.rating(lecturer).await.0, course.n(sessions[0]).await), (6, 3));
    // Two of three ratings go: the batch stays until the third goes too.
    course.act(sessions[1], "miss", json!({"reason": "Nobody was there"})).await.expect(200);
    assert_eq!(course.rating(lecturer).await.0, 6);
    course.act(sessions[2], "miss", json!({"reason": "Nobody was there"})).await.expect(200);
    assert_eq!(course.rating(lecturer).await.0, 3);
    // A session that took place in another month takes its batch with it.
    course.delivered(sessions[0], "2026-02-27T02:00:00Z").await;
    assert_eq!(course.rating(lecturer).await.0, 0);
    let february = format!("/v1/programmes/{}/periods/2026-02/scorecards/{lecturer}", course.programme);
    let card = course.hr().await.get(&february).await.expect(200);
    assert_eq!(card["scorecard"]["card"]["metrics"]["feedback_rating"]["n"], 3);
}

#[tokio::test]
async fn a_corrected_lecturer_gets_whole_batches() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 4).await;
    let (one, other) = (course.lecturer("L1").await, course.lecturer("L2").await);
    let (first, second) = (course.session(&[one]).await, course.session(&[one]).await);
    course.rate(first, &[(0, 9), (1, 9), (2, 9), (3, 5)]).await;
    course.rate(second, &[(0, 5), (1, 5)]).await;
    assert_eq!((course.rating(one).await.0, course.rating(other).await.0), (6, 0));
    // Of the batch of both sessions, one rating would go: it stays where it is.
    course.replace_lecturers(first, &[other]).await.expect(200);
    assert_eq!((course.rating(one).await.0, course.rating(other).await.0), (3, 3));
    course.replace_lecturers(second, &[other]).await.expect(200);
    assert_eq!((course.rating(one).await.0, course.rating(other).await.0), (0, 6));
}

#[tokio::test]
async fn the_cards_of_co_lecturers_differ_by_whole_batches() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 4).await;
    let (one, other) = (course.lecturer("L1").await, course.lecturer("L2").await);
    let (alone, both) = (course.session(&[one]).await, course.session(&[one, other]).await);
    course.rate(alone, &[(0, 2)]).await;
    course.rate(both, &[(0, 9), (1, 9)]).await;
    // Three for one of them; but with two of the other, the difference would be the rating of the first session.
    assert_eq!((course.rating(one).await.0, course.rating(other).await.0), (0, 0));
    course.rate(both, &[(2, 9)]).await;
    assert_eq!((course.rating(one).await.0, course.rating(other).await.0), (3, 3));
    course.rate(alone, &[(1, 2)]).await;
    assert_eq!((course.rating(one).await.0, course.rating(other).await.0), (3, 3));
    course.rate(alone, &[(2, 2)]).await;
    assert_eq!((course.rating(one).await.0, course.rating(other).await.0), (6, 3));
}

#[tokio::test]
async fn how_many_were_invited_and_rated_is_told_when_the_window_is_over() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 3).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    course.rate(session, &[(0, 9)]).await;
    let turnout = async || {
        let report = course.report(session).await;
        (report["invited"].clone(), report["rated"].clone(), report["n"].clone())
    };
    assert_eq!(turnout().await, (Value::Null, Value::Null, json!(0)));
    server.clock.set(at("2026-03-03T03:00:01Z"));
    assert_eq!(turnout().await, (json!(3), json!(1), json!(0)));
    let more = json!({"extended_until": "2026-03-05T00:00:00Z", "reason": "No network"});
    course.hr().await.post(&format!("/v1/sessions/{session}/extend-feedback"), more).await.expect(200);
    assert_eq!(turnout().await, (Value::Null, Value::Null, json!(0)));
}

#[tokio::test]
async fn the_close_counts_what_was_held_back_and_still_shows_no_rest() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 5).await;
    let (many, few) = (course.lecturer("L1").await, course.lecturer("L2").await);
    let enough = course.lecturer("L3").await;
    let apart = course.session(&[enough]).await;
    course.rate(apart, &[(0, 9), (1, 9), (2, 9), (3, 5)]).await;
    let (first, second) = (course.session(&[many]).await, course.session(&[many]).await);
    let third = course.session(&[few]).await;
    course.rate(first, &[(0, 10), (1, 10), (2, 10), (3, 10)]).await;
    course.rate(second, &[(0, 4)]).await;
    course.rate(third, &[(0, 8), (1, 8)]).await;
    assert_eq!((course.rating(many).await.0, course.n(first).await), (3, 3));
    server.clock.set(at("2026-04-06T00:00:00Z") + TimeDelta::days(1));
    let person = course.given.employee("HR").await;
    let hr = server.person(person, &[Role::Admin]).await;
    let force = json!({"force": true, "reason": "February was not scored"});
    finished(&hr, &hr.post(&course.period("close"), force).await).await;
    assert_eq!(course.rating(many).await, (5, json!("8.800000")), "all that counts");
    let statement = course.statement(many).await;
    assert_eq!(statement["scorecard"]["provisional"], false);
    // Four would leave one: the first session does not stand apart.
    assert_eq!(statement["ratings_together"], json!([{"scale": 10, "n": 5, "sum": "44"}]));
    assert!(statement["sessions"].as_array().unwrap().iter().all(|session| session["ratings"] == json!([])));
    assert_eq!((course.n(first).await, course.n(second).await), (0, 0));
    // Nothing is left of the third lecturer's: the session stands apart, with the rating that was held back.
    let statement = course.statement(enough).await;
    assert_eq!(statement["sessions"][0]["ratings"], json!([{"scale": 10, "n": 4, "sum": "32"}]));
    assert_eq!((course.n(apart).await, course.report(apart).await["texts"].as_array().unwrap().len()), (4, 4));
    // What comes or changes in a longer window is late: the report stays as the close has frozen it, like the card.
    let before = (course.report(apart).await["ratings"].clone(), texts(&course.report(apart).await));
    let more = json!({"extended_until": "2026-04-09T00:00:00Z", "reason": "No network"});
    course.hr().await.post(&format!("/v1/sessions/{apart}/extend-feedback"), more).await.expect(200);
    assert_eq!(course.n(apart).await, 4);
    course.rate(apart, &[(0, 1), (4, 1)]).await;
    assert_eq!((course.n(apart).await, course.rating(enough).await.0), (4, 4));
    assert_eq!((course.report(apart).await["ratings"].clone(), texts(&course.report(apart).await)), before);
    // Fewer than three in the period: no rating, though the rule asks for one.
    assert_eq!(course.rating(few).await, (2, Value::Null));
}

/// The texts of a report, in alphabetical order.
fn texts(report: &Value) -> Vec<String> {
    let mut texts: Vec<String> =
        report["texts"].as_array().unwrap().iter().map(|said| said["text"].as_str().unwrap().to_owned()).collect();
    texts.sort_unstable();
    texts
}

#[tokio::test]
async fn after_a_forced_close_of_a_running_month_report_and_card_agree() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 6).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    course.rate(session, &[(0, 9), (1, 9), (2, 9), (3, 5)]).await;
    assert_eq!((course.rating(lecturer).await.0, course.n(session).await), (3, 3), "one is held back");
    let person = course.given.employee("HR").await;
    let hr = server.person(person, &[Role::Admin]).await;
    let force = json!({"force": true, "reason": "The programme stops today"});
    finished(&hr, &hr.post(&course.period("close"), force).await).await;
    let agreed = json!([{"scale": 10, "n": 4, "sum": "32"}]);
    let agree = async || {
        let statement = course.statement(lecturer).await;
        assert_eq!(statement["sessions"][0]["ratings"], agreed);
        let report = course.report(session).await;
        assert_eq!((report["n"].as_i64(), texts(&report)), (Some(4), (0..4).map(|n| format!("says {n}")).collect()));
        report
    };
    let closed = agree().await;
    // The window is still open. A rating that changes and one that comes show nothing of themselves.
    course.rate(session, &[(4, 1)]).await;
    let changed = json!({"rating": 2, "text": "another opinion"});
    course.tries_to_rate(3, session, &changed).await.expect(200);
    assert_eq!(agree().await["ratings"], closed["ratings"]);
}

#[tokio::test]
async fn late_facts_move_by_sessions_that_stand_apart() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 4).await;
    let lecturer = course.lecturer("L1").await;
    let sessions =
        [course.session(&[lecturer]).await, course.session(&[lecturer]).await, course.session(&[lecturer]).await];
    course.rate(sessions[0], &[(0, 10), (1, 10), (2, 10), (3, 10)]).await;
    course.rate(sessions[1], &[(0, 2)]).await;
    course.rate(sessions[2], &[(0, 8), (1, 8), (2, 8)]).await;
    server.clock.set(at("2026-04-07T00:00:00Z"));
    let person = course.given.employee("HR").await;
    let hr = server.person(person, &[Role::Admin]).await;
    let force = json!({"force": true, "reason": "February was not scored"});
    finished(&hr, &hr.post(&course.period("close"), force).await).await;
    let late = async || {
        let page = hr.get(&course.period("late-facts")).await.expect(200);
        let facts = page["items"].as_array().unwrap().iter().flat_map(|own| own["facts"].as_array().unwrap().clone());
        let ratings = facts.filter(|fact| fact["kind"] == "ratings" && fact["key"] == Value::Null);
        ratings.map(|fact| fact["fields"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(late().await, Vec::<Value>::new());
    course.act(sessions[0], "miss", json!({"reason": "Nobody was there"})).await.expect(200);
    let without_the_first = late().await;
    assert_eq!(without_the_first[0][0], json!({"name": "n", "before": "8", "after": "4"}));
    // The one rating of the second session would be the difference.
    course.act(sessions[1], "miss", json!({"reason": "Nobody was there"})).await.expect(200);
    assert_eq!(late().await, without_the_first);
}

#[tokio::test]
async fn what_did_not_count_and_is_given_again_completes_a_batch() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 3).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    course.rate(session, &[(0, 9), (1, 8)]).await;
    course.given.sql.batch_execute("UPDATE feedback SET counts = false WHERE rating = 9").await.unwrap();
    course.rate(session, &[(2, 7)]).await;
    assert_eq!(course.rating(lecturer).await.0, 0, "two wait");
    course.rate(session, &[(0, 9)]).await;
    assert_eq!(course.rating(lecturer).await.0, 3);
    let released = "SELECT count(*) FROM feedback WHERE counts AND batch_id IS NOT NULL AND shown IS NULL";
    assert_eq!(course.given.sql.query_one(released, &[]).await.unwrap().get::<_, i64>(0), 3);
}

/// Sessions that are given to another lecturer may be enough together, without an answer that would release them.
#[tokio::test]
async fn anonymous_answers_are_released_whole_with_a_rating_of_another_programme() {
    let server = TestServer::start().await;
    let mut course = Course::anonymous(&server, 3).await;
    let (one, other) = (course.lecturer("L1").await, course.lecturer("L2").await);
    let (alone, both) = (course.session(&[one]).await, course.session(&[one, other]).await);
    for session in [alone, both] {
        course.rate(session, &[(0, 8), (1, 9), (2, 10)]).await;
    }
    course.replace_lecturers(both, &[one]).await.expect(200);
    course.programme = course.given.programme("confidential", course.group).await;
    let confidential = format!(
        "UPDATE programmes SET feedback_mode = 'confidential', feedback_min_k = 3, live_feedback_from_on = '2026-01-01'
          WHERE id = '{}'",
        course.programme
    );
    course.given.sql.batch_execute(&confidential).await.unwrap();
    course.given.published("scoring_rules", course.programme, 1, "2026-01", &rule()).await;
    let session = course.session(&[one]).await;
    course.rate(session, &[(0, 7)]).await;
    let count = async |sql: &str| course.given.sql.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
    assert_eq!(count("SELECT count(*) FROM anonymous_counts WHERE batch_id IS NULL").await, 0);
    course.rate(session, &[(1, 7)]).await;
    assert_eq!(count("SELECT count(*) FROM feedback_batches").await, 1, "and once");
    assert_eq!(count("SELECT count(*) FROM feedback WHERE batch_id IS NOT NULL").await, 0, "two wait");
}
