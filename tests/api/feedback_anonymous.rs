//! Anonymous feedback: who took part and what was said are stored apart, the first answer stands, and what is shown is at least five
//! answers together.

use futures_util::future::join_all;
use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::finished;
use crate::feedback_batches::Course;
use crate::feedback_form::item;
use crate::imports::order;
use crate::programmes::{person, programme, rule, with};
use crate::support::{TestServer, at};

impl Course<'_> {
    async fn count(&self, sql: &str) -> i64 {
        self.given.sql.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// How often each value was given as a rating, of everything stored.
    async fn stored(&self) -> Vec<(i32, i64)> {
        let sql = "SELECT value, sum(times) FROM anonymous_counts WHERE key IS NULL GROUP BY value ORDER BY value";
        self.given.sql.query(sql, &[]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// Closes March by force.
    async fn closes(&self) {
        let hr = self.hr().await;
        let force = json!({"force": true, "reason": "February was not scored"});
        finished(&hr, &hr.post(&self.period("close"), force).await).await;
    }
}

fn texts(report: &Value) -> Vec<String> {
    let texts = report["texts"].as_array().unwrap().iter();
    let mut texts: Vec<String> = texts.map(|text| text["text"].as_str().unwrap().to_owned()).collect();
    texts.sort_unstable();
    texts
}

#[tokio::test]
async fn the_first_answer_stands_and_every_repeat_gets_the_same_one() {
    let server = TestServer::start().await;
    let course = Course::anonymous(&server, 2).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    course.asks(10, &[item("pace", 5, false)]).await;
    let path = format!("/v1/sessions/{session}/my-feedback");
    let own = server.person_token(server.tenant, course.learners[0]);
    let before = own.get(&path).await.expect(200);
    assert_eq!((&before["feedback_mode"], &before["rated"]), (&json!("anonymous"), &json!(false)));
    let said = json!({"rating": 9, "items": {"pace": 4}, "text": "Used it the same day."});
    let first = course.tries_to_rate(0, session, &said).await.expect(200);
    assert_eq!(first["rated"], true);
    for again in [json!({"rating": 1}), said.clone(), json!({"rating": 9, "text": "Another"})] {
        assert_eq!(course.tries_to_rate(0, session, &again).await.expect(200), first);
    }
    assert_eq!(own.get(&path).await.expect(200)["rated"], true);
    assert_eq!(course.stored().await, [(9, 1)]);
    let of_the_item = "SELECT times::bigint FROM anonymous_counts WHERE key = 'pace' AND value = 4 AND scale = 5 AND rule_id IS NOT NULL";
    assert_eq!(course.count(of_the_item).await, 1);
    assert_eq!(course.count("SELECT count(*) FROM anonymous_participants").await, 1);
    assert_eq!(course.count("SELECT count(*) FROM anonymous_texts WHERE comment = 'Used it the same day.'").await, 1);
    assert_eq!(course.count("SELECT count(*) FROM feedback").await, 0);
    let log = "SELECT count(*) FROM audit_entries
                WHERE command = 'put_my_feedback' AND actor_kind = 'system' AND subject_id IS NULL AND request_id IS NULL";
    assert_eq!(course.count(log).await, 1, "a repeat leaves nothing");

    // The form, the window and attendance decide as in the other modes, for who has rated and for who has not.
    let wrong = json!({"rating": 11, "items": {"pace": 6, "speed": 1}});
    for learner in [0, 1] {
        let refused = course.tries_to_rate(learner, session, &wrong).await;
        assert_eq!(refused.problem(422), "invalid_values");
        let places = [("/rating", "out_of_range"), ("/items/pace", "out_of_range"), ("/items/speed", "unknown_field")];
        assert_eq!(refused.faults(), places);
    }
    server.clock.set(at("2026-03-03T03:00:01Z"));
    for learner in [0, 1] {
        let late = course.tries_to_rate(learner, session, &json!({"rating": 9})).await;
        assert_eq!(late.problem(409), "feedback_window_closed");
    }
    let more = json!({"extended_until": "2026-03-05T00:00:00Z", "reason": "No network"});
    course.hr().await.post(&format!("/v1/sessions/{session}/extend-feedback"), more).await.expect(200);
    course.tries_to_rate(1, session, &json!({"rating": 3})).await.expect(200);
    assert_eq!(course.stored().await, [(3, 1), (9, 1)]);
    let attendance = format!("/v1/sessions/{session}/attendance");
    let absent = json!([{"employee_id": course.learners[1], "state": "absent"}]);
    course.hr().await.put(&attendance, "*", json!({"source": "door", "records": absent})).await.expect(200);
    for learner in [0, 1] {
        assert_eq!(course.tries_to_rate(learner, session, &json!({"rating": 9})).await.problem(422), "not_attendee");
    }
    assert_eq!(course.stored().await, [(3, 1), (9, 1)], "what was taken stays");
}

#[tokio::test]
async fn answers_are_shown_five_at_a_time_and_a_batch_stays_as_it_was_released() {
    let server = TestServer::start().await;
    let course = Course::anonymous(&server, 12).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    course.rate(session, &[(0, 9), (1, 3), (2, 6), (3, 7)]).await;
    assert_eq!((course.n(session).await, course.rating(lecturer).await), (0, (0, Value::Null)), "four are held back");
    course.rate(session, &[(4, 10)]).await;
    let five = course.report(session).await;
    assert_eq!((&five["n"], &five["rating"]), (&json!(5), &json!("7.000000")));
    assert_eq!(five["ratings"], json!([{"scale": 10, "n": 5, "sum": "35"}]));
    assert_eq!(texts(&five), (0..5).map(|learner| format!("says {learner}")).collect::<Vec<_>>());
    assert_eq!((&five["by_learner"], &five["invited"], &five["rated"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(course.rating(lecturer).await, (5, json!("7.000000")));
    let statement = course.statement(lecturer).await;
    assert_eq!(statement["sessions"][0]["ratings"], json!([{"scale": 10, "n": 5, "sum": "35"}]));
    assert_eq!(statement["ratings_together"], json!([]));

    course.rate(session, &[(5, 1), (6, 1), (7, 1), (8, 1)]).await;
    assert_eq!(course.report(session).await, five, "four more are held back again");
    course.rate(session, &[(9, 1)]).await;
    assert_eq!((course.n(session).await, course.rating(lecturer).await), (10, (10, json!("4.000000"))));
    course.rate(session, &[(10, 8)]).await;
    server.clock.set(at("2026-03-03T03:00:01Z"));
    let over = course.report(session).await;
    assert_eq!((&over["n"], &over["invited"], &over["rated"]), (&json!(10), &json!(12), &json!(11)));
    assert_eq!(course.count("SELECT count(*) FROM outbox_events WHERE topic = 'feedback.released'").await, 2);
}

#[tokio::test]
async fn what_windows_leave_is_added_up_and_the_rest_joins_at_the_close() {
    let server = TestServer::start().await;
    let course = Course::anonymous(&server, 8).await;
    let (many, few) = (course.lecturer("L1").await, course.lecturer("L2").await);
    course.asks(10, &[item("pace", 5, false)]).await;
    let (first, second, third) =
        (course.session(&[many]).await, course.session(&[many]).await, course.session(&[few]).await);
    course.rate(first, &[(0, 9), (1, 8), (2, 4)]).await;
    course.rate(second, &[(0, 4)]).await;
    course.rate(third, &[(0, 2), (1, 4)]).await;
    assert_eq!(course.rating(many).await.0, 0);
    course.rate(second, &[(1, 5)]).await;
    assert_eq!(course.rating(many).await, (5, json!("6.000000")), "three and two, added up");
    assert_eq!((course.n(first).await, course.n(second).await), (0, 0), "neither is shown alone");
    let statement = course.statement(many).await;
    assert_eq!(statement["ratings_together"], json!([{"scale": 10, "n": 5, "sum": "30"}]));
    assert_eq!(statement["texts_together"].as_array().unwrap().len(), 5);
    course.tries_to_rate(2, second, &json!({"rating": 10, "items": {"pace": 5}})).await.expect(200);
    server.clock.set(at("2026-04-07T01:00:00Z"));
    assert_eq!((course.rating(many).await.0, course.rating(few).await.0), (5, 0), "one and two are left");

    course.closes().await;
    let counted = "SELECT sum(times) FROM anonymous_counts WHERE key IS NULL";
    assert_eq!((course.count(counted).await, course.rating(many).await), (8, (6, json!("6.666667"))));
    let statement = course.statement(many).await;
    assert_eq!(
        statement["ratings_together"],
        json!([{"scale": 10, "n": 6, "sum": "40"}]),
        "the close counts everything"
    );
    assert_eq!(statement["items_together"], json!([{"key": "pace", "scale": 5, "n": 1, "sum": "5"}]));
    assert_eq!((course.n(first).await, course.n(second).await), (0, 0), "neither has five");
    assert_eq!(course.rating(few).await, (2, Value::Null), "fewer than five are no rating");
    assert_eq!(course.count("SELECT count(*) FROM anonymous_counts WHERE batch_id IS NULL").await, 0);
    let late = course.hr().await.get(&course.period("late-facts")).await.expect(200);
    assert_eq!(late["items"], json!([]), "the close has all of it");
}

#[tokio::test]
async fn what_comes_after_a_forced_close_is_late_and_changes_no_report() {
    let server = TestServer::start().await;
    let course = Course::anonymous(&server, 12).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    course.rate(session, &[(0, 9), (1, 9), (2, 9), (3, 9), (4, 9), (5, 3)]).await;
    assert_eq!(course.n(session).await, 5, "one is held back");
    course.closes().await;
    let closed = course.report(session).await;
    assert_eq!((&closed["n"], texts(&closed).len()), (&json!(6), 6));
    let late = async || {
        let page = course.hr().await.get(&course.period("late-facts")).await.expect(200);
        page["items"].as_array().unwrap().len()
    };
    let more = [(6, 1), (7, 1), (8, 1), (9, 1)];
    course.rate(session, &more).await;
    assert_eq!((course.report(session).await, late().await), (closed.clone(), 0), "four wait");
    course.rate(session, &[(10, 1)]).await;
    assert_eq!((course.report(session).await, late().await), (closed, 1));
}

#[tokio::test]
async fn what_becomes_of_a_session_takes_whole_batches_out_and_in() {
    let server = TestServer::start().await;
    let course = Course::anonymous(&server, 5).await;
    let (one, other) = (course.lecturer("L1").await, course.lecturer("L2").await);
    let sessions = [course.session(&[one]).await, course.session(&[one]).await, course.session(&[one]).await];
    course.rate(sessions[0], &[(0, 9), (1, 9), (2, 9), (3, 9), (4, 9)]).await;
    course.rate(sessions[1], &[(0, 6), (1, 6), (2, 6)]).await;
    course.rate(sessions[2], &[(0, 6), (1, 6)]).await;
    assert_eq!(course.rating(one).await.0, 10);
    let missed = json!({"reason": "Nobody was there"});
    course.act(sessions[1], "miss", missed.clone()).await.expect(200);
    assert_eq!(course.rating(one).await.0, 10, "three of five would go: the batch stays");
    course.act(sessions[2], "miss", missed.clone()).await.expect(200);
    assert_eq!(course.rating(one).await.0, 5);
    course.replace_lecturers(sessions[0], &[other]).await.expect(200);
    assert_eq!((course.rating(one).await.0, course.rating(other).await.0), (0, 5));
    course.act(sessions[0], "miss", missed).await.expect(200);
    assert_eq!((course.rating(other).await.0, course.n(sessions[0]).await), (0, 0));
}

#[tokio::test]
async fn many_at_once_on_the_sessions_of_one_lecturer_are_each_counted_once() {
    let server = TestServer::start().await;
    let course = Course::anonymous(&server, 6).await;
    let (one, other) = (course.lecturer("L1").await, course.lecturer("L2").await);
    let sessions = [course.session(&[one]).await, course.session(&[other]).await, course.session(&[one, other]).await];
    let mut requests = Vec::new();
    for session in sessions {
        for learner in 0..6 {
            // Each of them twice.
            for _ in 0..2 {
                let course = &course;
                requests.push(async move {
                    let said = json!({"rating": learner, "text": format!("{learner}")});
                    course.tries_to_rate(learner, session, &said).await.expect(200)
                });
            }
        }
    }
    join_all(requests).await;
    assert_eq!(course.count("SELECT count(*) FROM anonymous_participants").await, 18);
    assert_eq!(course.count("SELECT count(*) FROM anonymous_texts").await, 18);
    assert_eq!(course.stored().await.iter().map(|(_, times)| times).sum::<i64>(), 18);
    let small = "SELECT count(*) FROM (SELECT batch_id FROM anonymous_counts WHERE key IS NULL AND batch_id IS NOT NULL
                                         GROUP BY batch_id HAVING sum(times) < 5) b";
    assert_eq!(course.count(small).await, 0);
}

#[tokio::test]
async fn a_programme_is_anonymous_from_the_beginning_and_stays_so() {
    let server = TestServer::start().await;
    let admin = person(&server, &[Role::Admin]).await;
    let made = admin.post("/v1/programmes", with(programme(), "feedback_mode", json!("anonymous"))).await;
    let path = format!("/v1/programmes/{}", made.id());
    assert_eq!(made.expect(201)["feedback_mode"], "anonymous");
    let period = admin.get(&format!("{path}/periods/2026-03")).await.expect(200);
    assert_eq!(period["feedback_min_k"], 5, "never fewer");
    let fewer = json!({"starts_period": "2026-04", "rule": with(rule(), "feedback", json!({"min_k": 4}))});
    let fewer = admin.post(&format!("{path}/scoring-rules"), fewer).await;
    assert_eq!((fewer.problem(422), fewer.faults()), ("rule_refused", vec![("/rule/feedback/min_k", "out_of_range")]));
    admin.patch(&path, "*", json!({"feedback_mode": "confidential"})).await.expect(200);

    let course = Course::anonymous(&server, 1).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    let path = format!("/v1/programmes/{}", course.programme);
    let admin = course.hr().await;
    admin.patch(&path, "*", json!({"feedback_mode": "named"})).await.expect(200);
    admin.patch(&path, "*", json!({"feedback_mode": "anonymous"})).await.expect(200);
    course.rate(session, &[(0, 9)]).await;
    for mode in ["named", "confidential"] {
        let refused = admin.patch(&path, "*", json!({"feedback_mode": mode})).await;
        assert_eq!(refused.problem(409), "state_conflict");
    }
    let forms = json!({"forms": [{"learner_id": course.learners[0], "feedback": {"rating": 1}}]});
    let hr = course.given.employee("HR1").await;
    let hr = server.person(hr, &[Role::Admin]).await;
    let paper = hr.post(&format!("/v1/sessions/{session}/paper-feedback"), forms).await;
    assert_eq!(paper.problem(409), "anonymous_feedback", "a form says whose it is");
}

#[tokio::test]
async fn files_that_say_who_gave_which_rating_bring_none() {
    let server = TestServer::start().await;
    let course = Course::anonymous(&server, 1).await;
    course.lecturer("L1").await;
    let sessions = "session_code,programme_code,title,kind,mode,state,scheduled_start,scheduled_minutes,delivered_start,\
                    delivered_minutes,lecturers\n\
                    S1,programme,T,assigned,online,delivered,2025-12-02 08:00,60,2025-12-02 08:00,60,L1\n";
    let ratings = "session_code,employee_number,rating,received_at\nS1,X0,9,2025-12-02 10:00\n";
    let hris = server.client(&[Role::Hris]).await;
    let files = order(&[("sessions.csv", sessions), ("ratings.csv", ratings)]);
    let refused = hris.ended(&hris.post("/v1/imports", files).await).await;
    let fault = &refused["problem"]["faults"][0];
    assert_eq!((&fault["code"], &fault["file"]), (&json!("anonymous_feedback"), &json!("ratings.csv")), "{refused}");
    let alone = hris.ended(&hris.post("/v1/imports", order(&[("sessions.csv", sessions)])).await).await;
    assert_eq!(alone["state"], "succeeded", "{alone}");
}

/// Nothing says which answers were theirs, so both of two stay; a third is not taken.
#[tokio::test]
async fn two_records_of_one_person_keep_their_answers_and_give_no_other() {
    let server = TestServer::start().await;
    let course = Course::anonymous(&server, 6).await;
    let two = crate::people_merge::Two::new(&server).await;
    let lecturer = course.lecturer("L1").await;
    let (both, other) = (course.session(&[lecturer]).await, course.session(&[lecturer]).await);
    course.rate(both, &[(0, 9), (1, 1), (2, 8), (3, 8), (4, 8)]).await;
    course.rate(other, &[(0, 7)]).await;
    let shown = course.report(both).await;
    assert_eq!(shown["n"], 5);
    two.merge(course.learners[1], course.learners[0]).await;
    assert_eq!(course.report(both).await, shown);
    let kept = server.person_token(server.tenant, course.learners[1]);
    for session in [both, other] {
        let path = format!("/v1/sessions/{session}/my-feedback");
        assert_eq!(kept.get(&path).await.expect(200)["rated"], true);
        kept.send(kept.request(Method::PUT, &path).json(&json!({"rating": 10}))).await.expect(200);
    }
    assert_eq!(course.count("SELECT count(*) FROM anonymous_participants").await, 6);
    course.rate(other, &[(5, 7)]).await;
    let people: i64 = course.count("SELECT count(*) FROM anonymous_participants").await;
    assert_eq!((people, course.stored().await), (7, vec![(1, 1), (7, 2), (8, 3), (9, 1)]));
    let duplicate: Uuid = course.learners[0];
    assert_eq!(
        course.count(&format!("SELECT count(*) FROM anonymous_participants WHERE learner_id = '{duplicate}'")).await,
        2
    );
}
