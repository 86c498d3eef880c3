//! Ratings on paper forms: two administrators enter the same ones.

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::feedback_batches::Course;
use crate::feedback_form::item;
use crate::support::TestServer;

#[tokio::test]
async fn paper_forms_count_when_two_administrators_have_entered_the_same() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 4).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    let (one, other) = (course.given.employee("HR1").await, course.given.employee("HR2").await);
    let (one, other) = (server.person(one, &[Role::Admin]).await, server.person(other, &[Role::Admin]).await);
    let path = format!("/v1/sessions/{session}/paper-feedback");
    let form =
        |learner: usize, rating: i32| json!({"learner_id": course.learners[learner], "feedback": {"rating": rating}});
    let forms = json!({"forms": [form(0, 9), form(1, 8), form(2, 7)]});

    course.tries_to_rate(0, session, &json!({"rating": 3})).await.expect(200);
    let waiting = json!({"session_id": session, "forms": 3, "state": "waiting", "period_closed": []});
    assert_eq!(one.post(&path, forms.clone()).await.expect(200), waiting);
    assert_eq!(one.post(&path, forms.clone()).await.expect(200), waiting, "nobody confirms their own entry");
    let differing = json!({"forms": [form(0, 9), form(1, 8), form(2, 10)]});
    assert_eq!(other.post(&path, differing).await.expect(200), waiting);
    let stored = "SELECT count(*) FROM feedback";
    assert_eq!(course.given.sql.query_one(stored, &[]).await.unwrap().get::<_, i64>(0), 1);

    // The same forms in another order: the learner who has rated is left out, and with that rating there are three.
    let again = json!({"forms": [form(2, 7), form(0, 9), form(1, 8)]});
    assert_eq!(other.post(&path, again).await.expect(200)["state"], "confirmed");
    let statement = course.statement(lecturer).await;
    assert_eq!(statement["sessions"][0]["ratings"], json!([{"scale": 10, "n": 3, "sum": "18"}]));
    assert_eq!(statement["paper_ratings"], 2);
    assert_eq!(one.post(&path, forms).await.expect(200)["state"], "confirmed");
    assert_eq!(course.given.sql.query_one(stored, &[]).await.unwrap().get::<_, i64>(0), 3);

    // The log says who entered forms, and neither whose they are nor what they say.
    let log = other.get("/v1/audit-entries?command=enter_paper_feedback").await.expect(200);
    let states: Vec<&Value> = log["items"].as_array().unwrap().iter().map(|entry| &entry["details"]).collect();
    assert!(states.contains(&&json!({"forms": 3, "state": "confirmed"})), "{log}");
    assert!(course.learners.iter().all(|learner| !log.to_string().contains(&learner.to_string())));
}

#[tokio::test]
async fn paper_forms_are_of_attendees_and_entered_by_administrators() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 1).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    let path = format!("/v1/sessions/{session}/paper-feedback");
    let person = course.given.employee("HR1").await;
    let forms = json!({"forms": [
        {"learner_id": course.learners[0], "feedback": {"rating": 11}},
        {"learner_id": lecturer, "feedback": {"rating": 10}},
        {"learner_id": server.state.ids.next(), "feedback": {"rating": 10}},
        {"learner_id": course.learners[0], "feedback": {"rating": 10}}
    ]});
    let hris = server.person(person, &[Role::Hris]).await;
    assert_eq!(hris.post(&path, forms.clone()).await.problem(403), "forbidden");
    assert_eq!(course.hr().await.post(&path, forms.clone()).await.problem(403), "person_required");
    let admin = server.person(person, &[Role::Admin]).await;
    let refused = admin.post(&path, forms).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(
        refused.faults(),
        [
            ("/forms/3/learner_id", "duplicate"),
            ("/forms/0/feedback/rating", "out_of_range"),
            ("/forms/1/learner_id", "not_eligible"),
            ("/forms/2/learner_id", "not_found")
        ]
    );
    course.act(session, "miss", json!({"reason": "Nobody was there"})).await.expect(200);
    let form = json!({"forms": [{"learner_id": course.learners[0], "feedback": {"rating": 1}}]});
    assert_eq!(admin.post(&path, form).await.problem(409), "not_delivered");
}

#[tokio::test]
async fn paper_forms_are_filled_in_on_the_form_of_the_session() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 2).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    course.asks(5, &[item("pace", 4, true)]).await;
    let (one, other) = (course.given.employee("HR1").await, course.given.employee("HR2").await);
    let (one, other) = (server.person(one, &[Role::Admin]).await, server.person(other, &[Role::Admin]).await);
    let path = format!("/v1/sessions/{session}/paper-feedback");
    let forms = |first: Value, second: Value| json!({"forms": [{"learner_id": course.learners[0], "feedback": first}, {"learner_id": course.learners[1], "feedback": second}]});
    let wrong = forms(json!({"rating": 6, "items": {"speed": 3}}), json!({"rating": 5}));
    let wrong = one.post(&path, wrong).await;
    assert_eq!(wrong.problem(422), "invalid_values");
    assert_eq!(
        wrong.faults(),
        [
            ("/forms/0/feedback/rating", "out_of_range"),
            ("/forms/0/feedback/items/speed", "unknown_field"),
            ("/forms/0/feedback/items/pace", "required"),
            ("/forms/1/feedback/items/pace", "required")
        ]
    );
    let sound = forms(json!({"rating": 5, "items": {"pace": 4}}), json!({"rating": 0, "items": {"pace": 1}}));
    assert_eq!(one.post(&path, sound.clone()).await.expect(200)["state"], "waiting");
    assert_eq!(other.post(&path, sound).await.expect(200)["state"], "confirmed");
    let stored = "SELECT count(*) FROM feedback f JOIN scoring_rules r ON r.id = f.rule_id WHERE f.scale = 5 AND f.source = 'paper'";
    assert_eq!(course.given.sql.query_one(stored, &[]).await.unwrap().get::<_, i64>(0), 2);
}
