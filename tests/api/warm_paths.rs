//! What is asked for all day is prepared once: on a connection that has done it before, it has no statement parsed or planned anew.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent;
use lectern::auth::Role;
use lectern::db::Watch;
use serde_json::json;

use crate::scores::rule;
use crate::sessions::{Company, company, with};
use crate::support::{Client, Options, TestServer, at};

/// What a connection has been given.
#[derive(Default)]
struct Given {
    kept: BTreeSet<String>,
    /// The statements that were not kept when they were given.
    parsed: Vec<String>,
}

/// Looks on at the statements of the pool's only connection.
fn watch(given: &Arc<Mutex<Given>>) -> Watch {
    let given = Arc::clone(given);
    Arc::new(move |event| {
        let mut given = given.lock().unwrap();
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                let query = query.to_string();
                // Without binds it is sent as text: it begins a transaction, or sets something.
                if let Some((text, _)) = query.rsplit_once(" -- binds: ")
                    && !given.kept.contains(text)
                {
                    given.parsed.push(text.to_owned());
                }
            }
            InstrumentationEvent::CacheQuery { sql, .. } => {
                given.kept.insert((*sql).to_owned());
            }
            _ => {}
        }
    })
}

/// A session is planned, delivered, attended and rated, and its lecturer looks.
async fn a_day(server: &TestServer, company: &Company, day: u32) {
    let plan = with(company.plan(company.lecturer), json!({"starts_at": format!("2026-03-{day:02}T06:00:00Z")}));
    server.clock.set(at(&format!("2026-03-{day:02}T05:00:00Z")));
    let admin = server.client(&[Role::Admin]).await;
    let planned = admin.post("/v1/sessions", plan).await;
    let path = format!("/v1/sessions/{}", planned.id());
    planned.expect(201);
    server.clock.set(at(&format!("2026-03-{day:02}T07:00:00Z")));
    let admin = server.client(&[Role::Admin]).await;
    let [lecturer, learner] = [company.lecturer, company.learner].map(|id| server.person_token(server.tenant, id));
    let delivered = json!({"started_at": format!("2026-03-{day:02}T06:05:00Z"), "delivered_minutes": 40});
    lecturer.post(&format!("{path}/deliver"), delivered).await.expect(200);
    let present = json!({"source": "door", "records": [{"employee_id": company.learner, "state": "present"}]});
    admin.put(&format!("{path}/attendance"), "*", present).await.expect(200);
    learner.put(&format!("{path}/my-feedback"), "*", json!({"rating": 9})).await.expect(200);
    looks(&lecturer, company).await;
}

async fn looks(lecturer: &Client, company: &Company) {
    let period = format!("/v1/programmes/{}/periods/2026-03", company.programme);
    lecturer.get("/v1/me").await.expect(200);
    lecturer.get(&format!("{period}/scorecards/{}", company.lecturer)).await.expect(200);
    lecturer.get(&format!("{period}/leaderboard")).await.expect(200);
}

#[tokio::test]
async fn warm_paths_have_nothing_parsed_anew() {
    let seen = Arc::new(Mutex::new(Given::default()));
    let server = TestServer::start_as(Options { pool: 1, watch: Some(watch(&seen)), ..Options::default() }).await;
    let given = server.given().await;
    let company = company(&given).await;
    given.published("scoring_rules", company.programme, 1, "2026-01", &rule()).await;
    a_day(&server, &company, 10).await;
    assert!(seen.lock().unwrap().kept.iter().any(|text| text.contains("INTO feedback")), "the watch sees what is kept");
    seen.lock().unwrap().parsed.clear();
    a_day(&server, &company, 11).await;
    let parsed = std::mem::take(&mut seen.lock().unwrap().parsed);
    assert!(parsed.is_empty(), "{} statements are parsed each time:\n{}", parsed.len(), parsed.join("\n"));
}
