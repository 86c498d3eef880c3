//! A what-if is what a close under the draft would have been. The same lecturers give the same sessions in two programmes: one is closed
//! under other documents and tries the draft, the other is closed under the documents of the draft.

use std::collections::BTreeMap;

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::finished;
use crate::programmes::{person, tried_out, with};
use crate::support::{Client, Given, Random, TestServer, at, literal};

const LECTURERS: usize = 9;
const MARCH: &str = "2026-03";

/// Score, grade, rank and of how many, and the rewards by policy.
type Outcome = ([Value; 4], Vec<(String, Value)>);

/// The programme that tries, and the one that is closed under what is tried.
async fn taught(given: &Given<'_>, hr: &Client, dice: &mut Random, seed: u64) -> [Uuid; 2] {
    let groups = [given.group(&format!("tries-{seed}")).await, given.group(&format!("closed-{seed}")).await];
    let programmes = [
        given.programme(&format!("tries-{seed}"), groups[0]).await,
        given.programme(&format!("closed-{seed}"), groups[1]).await,
    ];
    let departments =
        [given.department(&format!("east-{seed}"), None).await, given.department(&format!("west-{seed}"), None).await];
    let mut values = Vec::new();
    for number in 0..LECTURERS {
        let lecturer = given.employee(&format!("E{seed}{number}")).await;
        given.lecturer(lecturer, Some(groups[0]), "2020-01-01").await;
        let member = [
            ("employee_id", literal(&lecturer.to_string())),
            ("group_id", literal(&groups[1].to_string())),
            ("valid_from", literal("2020-01-01")),
        ];
        given.row("lecturer_group_memberships", &member).await;
        given.membership(lecturer, dice.of(&departments), "2020-01-01").await;
        for day in 10..10 + dice.below(4) {
            for (programme, hour) in programmes.into_iter().zip([2, 5]) {
                let start = format!("2026-03-{day}T0{hour}:00:00Z");
                given.delivered_session(programme, lecturer, &start, 10).await;
            }
        }
        if dice.below(5) > 0 {
            // In steps, so that some are equal.
            let value = (20 * dice.below(6)).to_string();
            values.push(json!({"employee_id": lecturer, "key": "x", "value": value}));
        }
    }
    for programme in programmes {
        let path = format!("/v1/programmes/{programme}/periods/{MARCH}/external-values");
        let body = json!({"source": "lms", "values": values});
        hr.send(hr.request(Method::PUT, &path).json(&body)).await.expect(200);
    }
    programmes
}

/// A rule and policies that can be published.
fn documents(dice: &mut Random) -> [Value; 2] {
    let weight = dice.of(&[2_000, 4_000, 5_000, 7_000]);
    let missing = dice.of(&["exclude", "zero", "fail"]);
    let rule = json!({
        "components": [
            {"metric": "session_count", "weight_bp": weight, "curve": {"kind": "linear", "to": 1 + dice.below(4)}},
            {"metric": "external:x", "weight_bp": 10_000 - weight, "when_missing": missing,
             "curve": {"kind": "linear", "to": dice.of(&[50, 80, 100])}},
        ],
        "grades": [
            {"code": "excellent", "at_least": dice.of(&[70, 90])}, {"code": "pass", "at_least": dice.of(&[30, 60])},
            {"code": "fail", "at_least": 0}
        ],
        "gates": [{"metric": "session_count", "at_least": dice.below(3), "else_grade": "fail", "required": true}],
        "rank_scope": dice.of(&["programme", "department"]), "rank_style": dice.of(&["competition", "dense"]),
        "min_weight_present_bp": dice.of(&[0, 5_000]),
    });
    let contest = json!({
        "kind": "top_n", "code": "best", "priority": 2, "metric": dice.of(&["score", "external:x"]),
        "scope": dice.of(&["programme", "department"]), "ties": dice.of(&["split_pool", "share_all"]),
        "places_minor": [10_001, 5_000], "min_contenders": 1 + dice.below(3),
    });
    let bonus = json!({"kind": "grade_bonus", "code": "bonus", "priority": 1,
                       "amounts_minor": {"excellent": 50_000, "pass": 20_001}});
    let policies = json!({
        "policies": [bonus, contest], "budget_minor": dice.of(&[json!(null), json!(100_003)]),
        "over_budget": dice.of(&["scale", "hold"]), "person_cap_minor": dice.of(&[json!(null), json!(55_555)]),
    });
    [rule, policies]
}

async fn closed(given: &Given<'_>, hr: &Client, programme: Uuid, [rule, policies]: &[Value; 2]) -> Value {
    given.published("scoring_rules", programme, 1, MARCH, rule).await;
    given.published("reward_policy_sets", programme, 1, MARCH, policies).await;
    let path = format!("/v1/programmes/{programme}/periods/{MARCH}/close");
    finished(hr, &hr.post(&path, json!({})).await).await
}

/// The what-if of these documents, with what it found for each lecturer.
async fn tried(hr: &Client, programme: Uuid, [rule, policies]: [Value; 2]) -> (Value, BTreeMap<String, Outcome>) {
    let base = format!("/v1/programmes/{programme}");
    let rule = hr.post(&format!("{base}/scoring-rules"), json!({"starts_period": "2026-05", "rule": rule})).await;
    let policies = with(policies, "starts_period", json!("2026-05"));
    let policies = hr.post(&format!("{base}/reward-policies"), policies).await;
    let asked = json!({"scoring_rule_id": rule.id(), "reward_policy_set_id": policies.id()});
    let done = tried_out(hr, &base, asked).await;
    let path = format!("{base}/what-ifs/{}/lecturers?limit=200", done["id"].as_str().unwrap());
    let mut found = BTreeMap::new();
    for own in hr.get(&path).await.expect(200)["items"].as_array().unwrap() {
        let after = &own["after"];
        let rewards = after["rewards"].as_array().unwrap().iter();
        let mut rewards: Vec<(String, Value)> = rewards.map(reward).collect();
        rewards.sort_by(|a, b| a.0.cmp(&b.0));
        let outcome = ["score", "grade", "rank", "ranked_of"].map(|member| after[member].clone());
        found.insert(number(own), (outcome, rewards));
    }
    (done["reports"][0].clone(), found)
}

/// What the close stored for each lecturer.
async fn stored(hr: &Client, programme: Uuid) -> BTreeMap<String, Outcome> {
    let cards = hr.get(&format!("/v1/programmes/{programme}/periods/{MARCH}/scorecards?limit=200")).await.expect(200);
    let mut found = BTreeMap::new();
    for own in cards["items"].as_array().unwrap() {
        let outcome = [&own["card"]["score"], &own["card"]["grade"], &own["rank"], &own["ranked_of"]];
        found.insert(number(own), (outcome.map(Value::clone), Vec::new()));
    }
    let rewards = hr.get(&format!("/v1/rewards?programme_id={programme}&limit=200")).await.expect(200);
    for own in rewards["items"].as_array().unwrap() {
        found.get_mut(&number(own)).unwrap().1.push(reward(own));
    }
    for (_, rewards) in found.values_mut() {
        rewards.sort_by(|a, b| a.0.cmp(&b.0));
    }
    found
}

fn number(of: &Value) -> String {
    of["employee"]["employee_number"].as_str().unwrap().to_owned()
}

fn reward(of: &Value) -> (String, Value) {
    (of["policy"].as_str().unwrap().to_owned(), of["amount"].clone())
}

#[tokio::test]
async fn a_what_if_finds_what_a_close_under_the_draft_would_store() {
    let server = TestServer::start().await;
    server.clock.set(at("2026-04-07T01:00:00Z"));
    let given = server.given().await;
    let hr = person(&server, &[Role::Admin]).await;
    for seed in 0..5 {
        let mut dice = Random(seed);
        let [tries, under] = taught(&given, &hr, &mut dice, seed).await;
        let (before, draft) = (documents(&mut dice), documents(&mut dice));
        closed(&given, &hr, tries, &before).await;
        let result = closed(&given, &hr, under, &draft).await;
        let (report, found) = tried(&hr, tries, draft).await;
        assert_eq!(found.len(), LECTURERS, "seed {seed}");
        assert_eq!(found, stored(&hr, under).await, "seed {seed}");
        let counts = (&report["cost_after"]["amount_minor"], &report["rated_after"], &report["lecturer_count"]);
        let stored = (&result["reward_total_minor"], &result["rated_count"], &result["lecturer_count"]);
        assert_eq!(counts, stored, "seed {seed}");
    }
}
