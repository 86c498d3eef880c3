//! What statements of open periods call sessions and contents: it is stored with the result, and follows what they are called now.

use serde_json::{Value, json};

use crate::feedback_batches::Course;
use crate::support::TestServer;

#[tokio::test]
async fn a_statement_calls_sessions_and_contents_what_they_are_called_now() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 3).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    let author = server.person_token(server.tenant, lecturer);
    let content = json!({"title": "First", "outline": "One", "body": "Text"});
    let submitted = author.post(&format!("/v1/sessions/{session}/submit-content"), content).await;
    let path = submitted.header("location").to_owned();
    submitted.expect(201);
    let called = course.hr().await.get(&format!("/v1/sessions/{session}")).await.expect(200)["title"].clone();
    let names = async || -> [Value; 3] {
        let statement = course.statement(lecturer).await;
        let (own, content) = (&statement["sessions"][0], &statement["contents"][0]);
        [own["title"].clone(), own["starts_at"].clone(), content["title"].clone()]
    };
    let with = |content: &str| [called.clone(), json!("2026-03-02T02:00:00Z"), json!(content)];
    assert_eq!(names().await, with("First"));
    author.post(&format!("{path}/versions"), json!({"title": "Second", "body": "More"})).await.expect(200);
    assert_eq!(names().await, with("Second"));
    assert_eq!(server.checked().await.different, 0);

    // As a release stored it that kept no titles, or not all: they are looked up.
    let lose = async |titles: &str| {
        let lost = format!("UPDATE live_results SET titles = {titles} WHERE inputs -> 'sessions' <> '[]'");
        course.given.sql.batch_execute(&lost).await.unwrap();
    };
    for lost in ["'{}'", "NULL"] {
        lose(lost).await;
        assert_eq!(names().await, with("Second"));
        assert_ne!(server.checked().await.different, 0);
    }
    // Ratings alone have a result without titles computed from all of its facts.
    course.rate(session, &[(0, 9), (1, 8), (2, 7)]).await;
    assert_eq!(course.rating(lecturer).await.0, 3);
    assert_eq!(server.checked().await.different, 0);
    assert_eq!(names().await, with("Second"));
}
