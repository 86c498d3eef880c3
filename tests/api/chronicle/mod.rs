//! Two months of a training department over HTTP: assign, dodge, mend, close, leave, recycle, return, correct, close again. Only the
//! tenant, its first administrator and its machine clients are there before, as `lectern tenant create` makes them; everything
//! else goes through the public API. Every number was worked out by hand, and the comments say how.

mod april;
mod closing;
mod correcting;
mod march;
mod people;
mod setup;

use std::collections::BTreeMap;

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::finished;
use crate::support::{Answer, Client, TestServer, at};

/// The company, and what its people have made so far, by names.
pub struct Story<'s> {
    server: &'s TestServer,
    ids: BTreeMap<&'static str, String>,
    first_admin: Uuid,
}

impl<'s> Story<'s> {
    fn new(server: &'s TestServer) -> Self {
        Self { server, ids: BTreeMap::new(), first_admin: server.state.ids.next() }
    }

    /// Moves the clock. Callers get new tokens: no token lives that long.
    fn now(&self, instant: &str) {
        self.server.clock.set(at(instant));
    }

    fn id(&self, name: &str) -> &str {
        &self.ids[name]
    }

    /// Keeps the id of what was made, under a name of the story.
    fn keep(&mut self, name: &'static str, made: &Answer) {
        assert_eq!(made.status, 201, "{name}: {}", made.text);
        self.ids.insert(name, made.id());
    }

    /// Somebody of the company, with a token of now.
    fn person(&self, name: &str) -> Client {
        self.server.person_token(self.server.tenant, self.id(name).parse().unwrap())
    }

    async fn admin(&self) -> Client {
        self.server.person(self.first_admin, &[Role::Admin]).await
    }

    async fn hris(&self) -> Client {
        self.server.client(&[Role::Hris]).await
    }

    fn session(&self, name: &str) -> String {
        format!("/v1/sessions/{}", self.id(name))
    }

    fn period(&self, period: &str, rest: &str) -> String {
        format!("/v1/programmes/{}/periods/{period}/{rest}", self.id("programme"))
    }

    /// The statement of a lecturer's score, as HR reads it.
    async fn statement(&self, period: &str, lecturer: &str) -> Value {
        let path = self.period(period, &format!("scorecards/{}", self.id(lecturer)));
        self.admin().await.get(&path).await.expect(200)
    }

    /// Everything that was granted for a period, as (number, policy, amount).
    async fn granted(&self, client: &Client, period: &str) -> Vec<(String, String, i64)> {
        let page = client.get(&format!("/v1/rewards?period={period}&limit=200")).await.expect(200);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let line = |reward: &Value| {
            let amount = reward["amount"]["amount_minor"].as_i64().unwrap();
            (text(&reward["employee"]["employee_number"]), text(&reward["policy"]), amount)
        };
        let mut all: Vec<(String, String, i64)> = page["items"].as_array().unwrap().iter().map(line).collect();
        all.sort();
        all
    }

    /// HR's system sends who was there.
    async fn attended(&self, session: &str, learners: &[&str]) -> Value {
        let record = |learner: &&str| json!({"employee_id": self.id(learner), "state": "present", "minutes": 45});
        let records: Vec<Value> = learners.iter().map(record).collect();
        let list = json!({"source": "door", "records": records});
        self.hris().await.put(&format!("{}/attendance", self.session(session)), "*", list).await.expect(200)
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
        self.server.clock.set(at(start) + chrono::TimeDelta::minutes(90));
        let report = json!({"started_at": start, "delivered_minutes": minutes});
        let path = format!("{}/deliver", self.session(session));
        let delivered = self.person(by).post(&path, report).await.expect(200);
        assert_eq!(delivered["delivery"]["confirmed_at"], Value::Null, "a lecturer's own word");
        let learners: Vec<&str> = ratings.iter().map(|(learner, _)| *learner).collect();
        self.attended(session, &learners).await;
        self.rated(session, ratings).await;
    }

    async fn submits(&mut self, name: &'static str, session: &str, lecturer: &str) {
        let content = json!({"title": session, "outline": "1. 背景 2. 案例 3. 方法"});
        let path = format!("{}/submit-content", self.session(session));
        let submitted = self.person(lecturer).post(&path, content).await;
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
