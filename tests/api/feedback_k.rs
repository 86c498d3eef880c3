//! How many ratings are shown together at least rises only with a rule version, from a period's border.

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::feedback_batches::Course;
use crate::programmes::{person, publish};
use crate::support::{Answer, TestServer, at, literal};

/// A rule of the period, drafted by one and published by another; with this k if one is given.
async fn published(server: &TestServer, programme: &str, period: &str, k: Option<u32>) -> Answer {
    let (maker, checker) = (person(server, &[Role::Admin]).await, person(server, &[Role::Admin]).await);
    let rules = format!("/v1/programmes/{programme}/scoring-rules");
    let rule = json!({
        "components": [{"metric": "feedback_rating", "weight_bp": 10000, "curve": {"kind": "linear", "to": 10}}],
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "fail", "at_least": 0}],
        "feedback": {"min_k": k},
    });
    let drafted = maker.post(&rules, json!({"starts_period": period, "rule": rule})).await;
    if drafted.status != 201 {
        return drafted;
    }
    publish(&checker, &format!("{rules}/{}", drafted.id()), drafted.etag()).await
}

async fn k(server: &TestServer, programme: &str, period: &str) -> Value {
    let client = person(server, &[]).await;
    let path = format!("/v1/programmes/{programme}/periods/{period}");
    client.get(&path).await.expect(200)["feedback_min_k"].clone()
}

#[tokio::test]
async fn k_rises_with_a_rule_from_its_first_period_on_and_never_falls() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 6).await;
    let programme = course.programme.to_string();
    let lecturer = course.lecturer("L1").await;
    let march = course.session(&[lecturer]).await;
    course.rate(march, &[(0, 8), (1, 8)]).await;
    assert_eq!(course.n(march).await, 0);
    let path = format!("/v1/programmes/{programme}");
    let alone = course.hr().await.patch(&path, "*", json!({"feedback_min_k": 5})).await;
    assert_eq!(alone.problem(409), "state_conflict", "nobody raises it alone");
    assert!(alone.body["detail"].as_str().unwrap().contains("a scoring rule (`feedback.min_k`) raises it"));

    let raised = published(&server, &programme, "2026-04", Some(5)).await.expect(200);
    assert_eq!(raised["rule"]["feedback"]["min_k"], 5);
    course.rate(march, &[(2, 8)]).await;
    assert_eq!(course.n(march).await, 3, "March runs with the former k");
    assert_eq!(k(&server, &programme, "2026-03").await, 3);
    assert_eq!(k(&server, &programme, "2026-04").await, 5);

    server.clock.set(at("2026-04-09T04:00:00Z"));
    let april = course.given.delivered_session(course.programme, lecturer, "2026-04-09T02:00:00Z", 10).await;
    for learner in &course.learners {
        let columns = [("session_id", literal(&april.to_string())), ("employee_id", literal(&learner.to_string()))];
        course.given.row("session_audience", &columns).await;
    }
    course.rate(april, &[(0, 9), (1, 9), (2, 9), (3, 9)]).await;
    assert_eq!(course.n(april).await, 0, "four wait for the fifth");
    let card = async || {
        let path = format!("/v1/programmes/{programme}/periods/2026-04/scorecards/{lecturer}");
        course.hr().await.get(&path).await.expect(200)["scorecard"]["card"]["metrics"]["feedback_rating"].clone()
    };
    assert_eq!(card().await["value"], Value::Null);
    course.rate(april, &[(4, 9)]).await;
    assert_eq!(course.n(april).await, 5);
    assert_eq!(card().await["n"], 5);

    let fewer = published(&server, &programme, "2026-05", Some(4)).await;
    assert_eq!((fewer.problem(422), fewer.faults()), ("rule_refused", vec![("/rule/feedback/min_k", "out_of_range")]));
    published(&server, &programme, "2026-05", None).await.expect(200);
    assert_eq!(k(&server, &programme, "2026-05").await, 5, "a rule that says nothing keeps it");
    published(&server, &programme, "2026-06", Some(8)).await.expect(200);
    assert_eq!(k(&server, &programme, "2026-07").await, 8);
    assert_eq!(k(&server, &programme, "2026-03").await, 3);
}

#[tokio::test]
async fn a_period_that_runs_keeps_its_k() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 3).await;
    let programme = course.programme.to_string();
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    course.given.sql.batch_execute("DELETE FROM scoring_rules").await.unwrap();
    // The first rule of a programme may start with the period that runs, but its k is that of the ratings given so far.
    let unrated = published(&server, &programme, "2026-02", Some(4)).await;
    unrated.expect(200);
    course.given.sql.batch_execute("DELETE FROM scoring_rules").await.unwrap();
    course.rate(session, &[(0, 8)]).await;
    let early = published(&server, &programme, "2026-03", Some(4)).await;
    assert_eq!(early.problem(409), "starts_too_early");
    assert!(early.text.contains("2026-04"), "{}", early.text);
    published(&server, &programme, "2026-03", Some(3)).await.expect(200);
    assert_eq!(k(&server, &programme, "2026-03").await, 3);
}

#[tokio::test]
async fn a_programme_whose_ratings_show_one_by_one_has_no_k() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let group = given.group("g").await;
    let programme = given.programme("named", group).await.to_string();
    let refused = published(&server, &programme, "2026-03", Some(5)).await;
    assert_eq!(
        (refused.problem(422), refused.faults()),
        ("rule_refused", vec![("/rule/feedback/min_k", "not_eligible")])
    );
    let small = published(&server, &programme, "2026-03", None).await.expect(200);
    assert_eq!(small["rule"]["feedback"]["min_k"], Value::Null);
    assert_eq!(k(&server, &programme, "2026-03").await, 1);
}
