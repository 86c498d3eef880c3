//! An imported past: scored from the first rule's period on, closed in one job, counted for promotion, and not paid before its day.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::{finished, policies, rule};
use crate::growth::published_policy;
use crate::support::{Answer, Client, Given, TestServer, at};

/// Taught from December on, three sessions each month; the rules begin with December too, and March is the first month that pays.
struct Past<'s> {
    given: Given<'s>,
    programme: Uuid,
    lecturer: Uuid,
    admin: Client,
}

const MONTHS: [&str; 4] = ["2025-12", "2026-01", "2026-02", "2026-03"];

impl<'s> Past<'s> {
    async fn taught(server: &'s TestServer) -> Self {
        server.clock.set(at("2026-04-07T01:00:00Z"));
        let given = server.given().await;
        let group = given.group("g").await;
        let programme = given.programme("p", group).await;
        given.sql.batch_execute("UPDATE programmes SET pays_from_on = '2026-03-01'").await.unwrap();
        given.published("scoring_rules", programme, 1, "2025-12", &rule()).await;
        given.published("reward_policy_sets", programme, 1, "2025-12", &policies()).await;
        let lecturer = given.employee("E1").await;
        given.lecturer(lecturer, Some(group), "2020-01-01").await;
        for month in MONTHS {
            for day in 10..13 {
                given.delivered_session(programme, lecturer, &format!("{month}-{day}T02:00:00Z"), 10).await;
            }
        }
        let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
        Self { given, programme, lecturer, admin }
    }

    fn path(&self, month: &str, rest: &str) -> String {
        format!("/v1/programmes/{}/periods/{month}/{rest}", self.programme)
    }

    async fn close(&self) -> Answer {
        self.admin.post(&self.path("2026-03", "close"), json!({"with_earlier": true})).await
    }
}

#[tokio::test]
async fn an_imported_past_is_closed_in_one_job_counts_and_does_not_pay() {
    let server = TestServer::start().await;
    let past = Past::taught(&server).await;
    let alone = past.admin.post(&past.path("2026-03", "close"), json!({})).await;
    assert_eq!(alone.problem(409), "earlier_period_open");
    let result = finished(&past.admin, &past.close().await).await;
    assert_eq!(result["earlier_periods"], json!(["2025-12", "2026-01", "2026-02"]));
    for month in MONTHS {
        let statement = past.admin.get(&past.path(month, &format!("scorecards/{}", past.lecturer))).await.expect(200);
        let card = &statement["scorecard"];
        assert_eq!((&card["provisional"], &card["card"]["grade"]), (&json!(false), &json!("excellent")), "{month}");
    }
    let rewards = past.admin.get("/v1/rewards").await.expect(200);
    let periods: Vec<&Value> = rewards["items"].as_array().unwrap().iter().map(|own| &own["earned_period"]).collect();
    assert_eq!(periods, ["2026-03", "2026-03"], "a bonus and a first place, of the month that pays");
    let open = past.admin.get(&format!("/v1/programmes/{}/periods/2025-11", past.programme)).await.expect(200);
    assert_eq!(open["state"], "closing", "nothing before the first rule is closed");

    published_policy(&server).await;
    let asked = json!({"employee_id": past.lecturer, "target_code": "department-manager"});
    let answer = past.admin.post("/v1/promotion-checks", asked).await.expect(200);
    assert_eq!(answer["eligible"], true, "{answer}");
    server.clock.set(at("2026-04-07T01:05:00Z"));
    let again = finished(&past.admin, &past.close().await).await;
    assert_eq!((&again["already_closed"], &again["earlier_periods"]), (&json!(true), &json!([])));
}

#[tokio::test]
async fn one_month_that_is_undecided_holds_all_of_them() {
    let server = TestServer::start().await;
    let past = Past::taught(&server).await;
    let undecided = "UPDATE sessions SET state = 'planned', delivered_start = NULL, delivered_minutes = NULL, head_count = NULL, delivery_confirmed_at = NULL
                      WHERE id = (SELECT id FROM sessions WHERE scheduled_start >= '2026-01-01' ORDER BY scheduled_start LIMIT 1)";
    past.given.sql.batch_execute(undecided).await.unwrap();
    let refused = past.close().await;
    assert_eq!(refused.problem(409), "sessions_undecided");
    assert!(refused.body["detail"].as_str().unwrap().contains("2026-01"), "{}", refused.text);
    let closed = "SELECT count(*) FROM periods WHERE state = 'closed'";
    assert_eq!(past.given.sql.query_one(closed, &[]).await.unwrap().get::<_, i64>(0), 0);
    let forced = json!({"with_earlier": true, "force": true, "reason": "The list is lost."});
    let result = finished(&past.admin, &past.admin.post(&past.path("2026-03", "close"), forced).await).await;
    assert_eq!(result["earlier_periods"].as_array().unwrap().len(), 3);
    let forced = "SELECT count(*) FROM snapshots WHERE forced";
    assert_eq!(past.given.sql.query_one(forced, &[]).await.unwrap().get::<_, i64>(0), 1, "only what had to be");
}
