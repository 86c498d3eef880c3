//! Whether a rating counts is decided when it is taken: what is changed later moves nothing.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::feedback::{START, Scene};
use crate::support::TestServer;

#[tokio::test]
async fn a_promise_about_feedback_stands_once_somebody_relied_on_it() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let admin = server.client(&[Role::Admin]).await;
    let path = format!("/v1/programmes/{}", scene.programme);
    admin.patch(&path, "*", json!({"feedback_mode": "named"})).await.expect(200);
    admin.patch(&path, "*", json!({"feedback_mode": "confidential"})).await.expect(200);
    scene.rate(&scene.registered("A").await, json!({"rating": 9})).await.expect(200);
    // Who asks for nothing that could be done is not told whether somebody has rated.
    let idle = admin.patch(&path, "*", json!({"feedback_mode": "named", "board_size": 0})).await;
    assert_eq!((idle.problem(422), idle.faults()), ("invalid_values", vec![("/board_size", "out_of_range")]));
    for change in [json!({"feedback_mode": "named"}), json!({"time_zone": "UTC"})] {
        let refused = admin.patch(&path, "*", change).await;
        assert_eq!(refused.problem(409), "state_conflict");
        assert!(refused.body["detail"].as_str().unwrap().contains("it has feedback"), "{}", refused.text);
    }
}

#[tokio::test]
async fn what_shows_begins_live_feedback_and_what_is_held_back_waits_for_its_period() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let learner = scene.registered("A").await;
    let (admin, path) = (server.client(&[Role::Admin]).await, format!("/v1/programmes/{}", scene.programme));
    let from_april = json!({"live_feedback_from_on": "2026-04-01"});
    admin.patch(&path, "*", from_april.clone()).await.expect(200);
    let before = admin.get(&path).await;
    let refused = scene.rate(&learner, json!({"rating": 9})).await;
    assert_eq!(refused.problem(409), "feedback_not_live");
    assert!(refused.body["detail"].as_str().unwrap().contains("2026-04-01"), "{}", refused.text);
    let after = admin.get(&path).await;
    assert_eq!((after.etag(), &after.body), (before.etag(), &before.body));
    // A day of the session's month will do.
    admin.patch(&path, "*", json!({"live_feedback_from_on": "2026-03-31"})).await.expect(200);
    let before = admin.get(&path).await;
    scene.rate(&learner, json!({"rating": 9})).await.expect(200);
    let after = admin.get(&path).await;
    assert_eq!((after.etag(), &after.body), (before.etag(), &before.body));
    let postponed = admin.patch(&path, "*", from_april).await;
    assert_eq!(postponed.faults(), [("/live_feedback_from_on", "not_eligible")], "the month has begun");
    scene.given.sql.batch_execute("UPDATE programmes SET feedback_mode = 'named'").await.unwrap();
    scene.rate(&learner, json!({"rating": 8})).await.expect(200);
    let named = admin.get(&path).await;
    assert_eq!(named.body["live_feedback_from_on"], "2026-03-02");
    assert_ne!(named.etag(), before.etag());
}

#[tokio::test]
async fn attendance_decides_who_rates_and_moves_no_rating_that_was_taken() {
    let server = TestServer::start().await;
    let scene = Scene::named(&server).await;
    let (absent, absent_client) = scene.learner("absent").await;
    scene.row("session_audience", absent, &[]).await;
    scene.rate(&absent_client, json!({"rating": 2})).await.expect(200);
    let admin = server.client(&[Role::Admin]).await;
    assert_eq!(scene.feedback(&admin).await.expect(200)["n"], 1);

    let (present, present_client) = scene.learner("present").await;
    let attendance = format!("/v1/sessions/{}/attendance", scene.session);
    let door = async |records: Value| {
        admin.put(&attendance, "*", json!({"source": "door", "records": records})).await.expect(200);
    };
    door(json!([{"employee_id": present, "state": "present"}, {"employee_id": absent, "state": "absent"}])).await;
    scene.rate(&present_client, json!({"rating": 9})).await.expect(200);
    let late_registration = scene.registered("registered").await;
    for client in [&late_registration, &absent_client] {
        assert_eq!(scene.rate(client, json!({"rating": 9})).await.problem(422), "not_attendee");
    }
    // Whoever sends the list without one person, and with, reads the same sum: 2 and 9.
    let both = json!([{"scale": 10, "n": 2, "sum": "11"}]);
    assert_eq!(scene.feedback(&admin).await.expect(200)["ratings"], both);
    for records in [json!([]), json!([{"employee_id": absent, "state": "present"}]), json!([])] {
        door(records).await;
        assert_eq!(scene.feedback(&admin).await.expect(200)["ratings"], both);
    }
    assert_eq!(scene.rate(&present_client, json!({"rating": 9})).await.problem(422), "not_attendee", "nobody came");
}

#[tokio::test]
async fn a_delivery_that_is_corrected_takes_its_ratings_out_and_in_again() {
    let server = TestServer::start().await;
    let scene = Scene::named(&server).await;
    let learner = scene.registered("A").await;
    scene.rate(&learner, json!({"rating": 9})).await.expect(200);
    let admin = server.client(&[Role::Admin]).await;
    let path = format!("/v1/sessions/{}", scene.session);
    admin.act(&format!("{path}/miss"), "*", Some(json!({"reason": "Nobody was there"}))).await.expect(200);
    assert_eq!(scene.feedback(&admin).await.expect(200)["n"], 0);
    assert_eq!(scene.rate(&learner, json!({"rating": 9})).await.problem(409), "not_delivered");
    let body = json!({"started_at": START, "delivered_minutes": 50, "reason": "It took place after all"});
    admin.act(&format!("{path}/deliver"), "*", Some(body)).await.expect(200);
    assert_eq!(scene.feedback(&admin).await.expect(200)["n"], 1);
}

#[tokio::test]
async fn who_took_part_in_a_delivered_session_cannot_become_its_lecturer() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let (registered, client) = scene.registered_person("registered").await;
    scene.rate(&client, json!({"rating": 1})).await.expect(200);
    let (present, _) = scene.learner("present").await;
    scene.attended(present, "present").await;
    let (absent, _) = scene.learner("absent").await;
    scene.attended(absent, "absent").await;
    let admin = server.client(&[Role::Admin]).await;
    let path = format!("/v1/sessions/{}/lecturers", scene.session);
    let shares = |people: [Uuid; 2]| json!({"lecturers": people.map(|id| json!({"employee_id": id, "credit": "0.5"}))});
    for person in [registered, present] {
        let refused = admin.put(&path, "*", shares([scene.lecturer, person])).await;
        assert_eq!(refused.problem(422), "invalid_values");
        assert_eq!(refused.faults(), [("/lecturers/1/employee_id", "not_eligible")]);
    }
    admin.put(&path, "*", shares([scene.lecturer, absent])).await.expect(200);
}

#[tokio::test]
async fn an_administrator_extends_the_window_of_a_session_for_everybody() {
    let server = TestServer::start().await;
    let scene = Scene::named(&server).await;
    let (id, _) = scene.registered_person("A").await;
    let (other, _) = scene.registered_person("B").await;
    let learner = scene.later("2026-03-05T00:00:00Z", id);
    let other = scene.later("2026-03-05T00:00:00Z", other);
    let admin = server.client(&[Role::Admin]).await;
    let path = format!("/v1/sessions/{}/extend-feedback", scene.session);
    let body = json!({"extended_until": "2026-03-06T00:00:00Z", "reason": "No network"});
    assert_eq!(scene.rate(&other, json!({"rating": 1})).await.problem(409), "feedback_window_closed");
    assert_eq!(learner.post(&path, body.clone()).await.problem(403), "forbidden");
    let extension = admin.post_keyed(&path, "extend-1", body.clone()).await.expect(200);
    assert_eq!(extension["extended_until"], "2026-03-06T00:00:00Z");
    let replay = admin.post_keyed(&path, "extend-1", body).await;
    assert_eq!(replay.header("idempotent-replayed"), "true");
    for client in [&learner, &other] {
        let answer = scene.rate(client, json!({"rating": 6})).await.expect(200);
        assert_eq!(answer["window_ends_at"], "2026-03-06T00:00:00Z");
    }
    assert_eq!(scene.feedback(&admin).await.expect(200)["n"], 2, "they count although they came late");

    let for_one = json!({"learner_id": id, "extended_until": "2026-03-06T00:00:00Z", "reason": "x"});
    let refused = admin.post(&path, for_one).await;
    assert_eq!((refused.problem(422), refused.faults()), ("invalid_body", vec![("/learner_id", "unknown_field")]));
    let beyond = json!({"extended_until": "+12026-03-04T00:00:00Z", "reason": "x"});
    assert_eq!(admin.post(&path, beyond).await.faults(), [("/extended_until", "out_of_range")]);
    let past = json!({"extended_until": "2026-03-04T00:00:00Z", "reason": "x"});
    assert_eq!(admin.post(&path, past).await.faults(), [("/extended_until", "out_of_range")]);
}

#[tokio::test]
async fn what_was_taken_in_time_goes_on_counting() {
    let server = TestServer::start().await;
    let scene = Scene::named(&server).await;
    let learner = scene.registered("A").await;
    scene.rate(&learner, json!({"rating": 9})).await.expect(200);
    let rule = json!({
        "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 2}}],
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "fail", "at_least": 0}], "feedback": {"window_minutes": 1}
    });
    scene.given.published("scoring_rules", scene.programme, 1, "2026-03", &rule).await;
    let shorter = "UPDATE sessions SET delivered_start = '2026-03-02T01:30:00Z', delivered_minutes = 30";
    scene.given.sql.batch_execute(shorter).await.unwrap();
    let admin = server.client(&[Role::Admin]).await;
    assert_eq!(scene.feedback(&admin).await.expect(200)["n"], 1);
    let late = scene.registered("B").await;
    assert_eq!(scene.rate(&late, json!({"rating": 1})).await.problem(409), "feedback_window_closed");
}
