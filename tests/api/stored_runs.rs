//! Every worked case about several periods again, through stored periods.

use futures_util::FutureExt as _;
use lectern::auth::Actor;
use lectern::error::Error;
use lectern::growth::streaks::{Close, fire};
use lectern::journal::{Circumstances, write_tx};
use lectern::rewards::policy::RewardPolicySet;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stored_vectors::vector_runs::{Assessed, RunCase, run_cases};
use crate::support::{Given, TestServer, literal};

/// Closed periods that are stored one after the other: what fires is stored as well, and is there when the next one is closed.
#[tokio::test]
async fn every_run_of_stored_periods_fires_when_it_should() {
    let mut server = TestServer::start().await;
    for (number, case) in run_cases().iter().enumerate() {
        server.tenant = server.tenant(&format!("run-{number}")).await;
        assert_eq!(case.happened(), case.expect, "{}", case.name);
        let mut expected: Vec<String> = case.expect.iter().map(Value::to_string).collect();
        expected.sort();
        assert_eq!(stored_run(&server, case).await, expected, "{}", case.name);
    }
}

/// What has been stored of a case, in its words.
async fn stored_run(server: &TestServer, case: &RunCase) -> Vec<String> {
    let given = server.given().await;
    let group = given.group("g").await;
    let programme = given.programme("p", group).await;
    let rule = given.published("scoring_rules", programme, 1, "2025-01", &crate::closing::rule()).await;
    let lecturer = given.employee("E1").await;
    for Assessed { period, grade } in &case.history {
        assert_eq!(period.cycle(), case.cycle);
        let days = [period.first_day(), period.last_day().succ_opt().unwrap()].map(|day| day.to_string());
        let snapshot = given.closed_period(programme, rule, [&period.to_string(), &days[0], &days[1]]).await;
        let (set, grades, grade, period) = (case.policies(), case.grades.clone(), grade.clone(), *period);
        if let Some(grade) = &grade {
            let columns = [
                ("snapshot_id", literal(&snapshot.to_string())),
                ("employee_id", literal(&lecturer.to_string())),
                ("inputs", literal("{}")),
                ("card", literal("{}")),
                ("status", literal("rated")),
                ("score", "50".to_owned()),
                ("grade", literal(grade)),
            ];
            given.row("snapshot_lecturers", &columns).await;
        }
        let closing = write_tx(&server.state, server.tenant, Actor::system(), Circumstances::default(), move |tx| {
            async move {
                let set: RewardPolicySet = serde_json::from_value(set).map_err(Error::internal)?;
                let graded: Vec<(Uuid, &str)> = grade.iter().map(|grade| (lecturer, grade.as_str())).collect();
                let close = Close { programme, period, set: &set, grades: &grades };
                fire(tx, close, (snapshot, "close_period"), &graded).await
            }
            .boxed()
        });
        closing.await.unwrap();
    }
    told_of_runs(&given).await
}

async fn told_of_runs(given: &Given<'_>) -> Vec<String> {
    const TITLES: &str = "SELECT earned_period, policy_code, code FROM titles WHERE tenant_id = $1::text::uuid";
    const PRECEDENCES: &str =
        "SELECT earned_period, policy_code, code FROM opportunity_precedences WHERE tenant_id = $1::text::uuid";
    const NOTICES: &str =
        "SELECT earned_period, policy_code, passed_period FROM improvement_notices WHERE tenant_id = $1::text::uuid";
    let tenant = given.server.tenant.to_string();
    let mut told = Vec::new();
    for row in given.sql.query(TITLES, &[&tenant]).await.unwrap() {
        let (period, policy, title): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        told.push(json!({"period": period, "policy": policy, "title": title}).to_string());
    }
    for row in given.sql.query(PRECEDENCES, &[&tenant]).await.unwrap() {
        let (period, policy, code): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        told.push(json!({"period": period, "policy": policy, "opportunity": code}).to_string());
    }
    for row in given.sql.query(NOTICES, &[&tenant]).await.unwrap() {
        let (period, policy, passed): (String, String, Option<String>) = (row.get(0), row.get(1), row.get(2));
        told.push(json!({"period": period, "policy": policy, "notice": true}).to_string());
        told.extend(
            passed.map(|period| json!({"period": period, "policy": policy, "notice_closed": true}).to_string()),
        );
    }
    told.sort();
    told
}
