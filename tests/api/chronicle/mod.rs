//! Two months of a training department over HTTP: assign, dodge, mend, close, leave, recycle, return, correct, close again. Only the
//! tenant, its first administrator and its machine clients are there before, as `lectern tenant create` makes them; everything
//! else goes through the public API. Every number was worked out by hand, and the comments say how.

mod april;
mod closing;
mod correcting;
mod march;
mod people;
mod setup;

use reqwest::Method;
use serde_json::{Value, json};

use crate::closing::finished;
use crate::support::{Answer, Client, Story, TestServer};

impl Story<'_> {
    /// The statement of a lecturer's score, as HR reads it.
    async fn statement(&self, period: &str, lecturer: &str) -> Value {
        let path = self.period(period, &format!("scorecards/{}", self.id(lecturer)));
        self.admin().await.get(&path).await.expect(200)
    }

    async fn tries_to_rate(&self, session: &str, learner: &str, rating: i64) -> Answer {
        let client = self.person(learner);
        let path = format!("{}/my-feedback", self.session(session));
        client.send(client.request(Method::PUT, &path).json(&json!({"rating": rating, "text": "很实用。"}))).await
    }

    async fn rated(&self, session: &str, ratings: &[(&str, i64)]) {
        for (learner, rating) in ratings {
            self.tries_to_rate(session, learner, *rating).await.expect(200);
        }
    }

    /// An hour and a half after the start the lecturer reports it, HR's system says who was there, and they rate.
    async fn takes_place(&self, session: &str, by: &str, start: &str, minutes: u32, ratings: &[(&str, i64)]) {
        self.is_reported(session, by, start, minutes).await;
        let learners: Vec<&str> = ratings.iter().map(|(learner, _)| *learner).collect();
        self.attended(session, &learners).await;
        self.rated(session, ratings).await;
    }

    async fn submits(&mut self, name: &'static str, session: &str, lecturer: &str) {
        let submitted = self.submitted(session, lecturer).await;
        self.keep(name, &submitted);
    }

    async fn reuses(&self, learner: &str, content: &str, kind: &str) {
        let event = json!({"content_id": self.id(content), "kind": kind});
        self.person(learner).post("/v1/reuse-events", event).await.expect(201);
    }

    /// A learner reports a case, and the manager decides.
    async fn case(&self, learner: &str, session: &str, decision: &str) {
        let case = json!({"session_id": self.id(session), "description": "昨天用了，成功挽回了一个客户。"});
        let reported = self.person(learner).post("/v1/application-cases", case).await.id();
        let path = format!("/v1/application-cases/{reported}/{decision}");
        self.person("BOSS").post(&path, json!({})).await.expect(200);
    }

    /// Closes a period, and again, which is the same snapshot.
    async fn closes(&self, closer: &Client, period: &str) -> Value {
        let path = self.period(period, "close");
        let closed = finished(closer, &closer.post(&path, json!({})).await).await;
        let again = finished(closer, &closer.post(&path, json!({})).await).await;
        assert_eq!(closed, again);
        closed
    }
}

/// What a scorecard says, in the order in which it is derived.
fn derived(statement: &Value) -> (Vec<(&str, &str)>, &str, &str) {
    let card = &statement["scorecard"]["card"];
    let components = card["components"].as_array().unwrap().iter();
    let points = components.map(|one| (one["metric"].as_str().unwrap(), one["points"].as_str().unwrap()));
    (points.collect(), card["score"].as_str().unwrap(), card["grade"].as_str().unwrap())
}

/// Value and number of facts of a metric.
fn metric(statement: &Value, metric: &str) -> (Value, Value) {
    let found = &statement["scorecard"]["card"]["metrics"][metric];
    (found["value"].clone(), found["n"].clone())
}

#[tokio::test]
async fn two_months_of_a_training_department() {
    let server = TestServer::start().await;
    let mut story = Story::new(&server);
    story.is_set_up().await;
    story.lives_through_march().await;
    story.closes_march().await;
    story.begins_april().await;
    story.somebody_leaves_and_is_paid().await;
    story.a_number_passes_and_the_leaver_returns().await;
    story.march_is_corrected().await;
    story.ends_april().await;
    story.closes_april().await;
    story.the_log_tells_who_did_what().await;
}
