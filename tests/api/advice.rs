//! The rule advisor: what closed periods say about the rule and the policies, and what comes of it.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::closing::{March, finished, rule};
use crate::programmes::person;
use crate::support::{Answer, Client, TestServer, WORK, at, until};

async fn findings(client: &Client, base: &str) -> Vec<Value> {
    client.get(&format!("{base}/advice?state=open")).await.expect(200)["items"].as_array().unwrap().clone()
}

/// A request without a body.
async fn act(client: &Client, path: &str) -> Answer {
    client.send(client.request(Method::POST, path)).await
}

/// The what-if of what a finding proposes, once it is done.
async fn drafted(client: &Client, base: &str, finding: &Value) -> Value {
    let ordered = act(client, &format!("{base}/advice/{}/draft", finding["id"].as_str().unwrap())).await;
    let (path, ordered) = (ordered.header("location").to_owned(), ordered.expect(202));
    let job = client.job_ended(&format!("/v1/jobs/{}", ordered["job_id"].as_str().unwrap())).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    client.get(&path).await.expect(200)
}

/// Four fifths reach two sessions: three are proposed, as a draft that shows the drop at once.
#[tokio::test]
async fn a_close_finds_a_target_that_most_reach_and_its_proposal_shows_the_drop() {
    let server = TestServer::start().await;
    server.clock.set(at("2026-04-07T01:00:00Z"));
    let given = server.given().await;
    let group = given.group("g").await;
    let programme = given.programme("p", group).await;
    let mut two = rule();
    two["components"][0]["curve"]["to"] = json!(2);
    given.published("scoring_rules", programme, 1, "2026-03", &two).await;
    for (number, sessions) in [("E1", 2), ("E2", 2), ("E3", 2), ("E4", 2), ("E5", 1)] {
        let lecturer = given.employee(number).await;
        given.lecturer(lecturer, Some(group), "2020-01-01").await;
        for day in 0..sessions {
            given.delivered_session(programme, lecturer, &format!("2026-03-{}T02:00:00Z", 10 + day), 10).await;
        }
    }
    let hr = person(&server, &[Role::Admin]).await;
    let base = format!("/v1/programmes/{programme}");
    let ordered = hr.post(&format!("{base}/periods/2026-03/close"), json!({})).await;
    finished(&hr, &ordered).await;
    let found = until("the close has been looked through", WORK, async || {
        let found = findings(&hr, &base).await;
        if found.is_empty() { Err("nothing was found yet".to_owned()) } else { Ok(found) }
    })
    .await;
    assert_eq!(found.len(), 1);
    let finding = &found[0];
    assert_eq!((&finding["code"], &finding["subject"]), (&json!("metric_easily_reached"), &json!("session_count")));
    assert_eq!(
        finding["text"],
        "80 % of the lecturers reach full points by number of sessions (at 2): the target is low; 3 is proposed"
    );
    assert_eq!(finding["evidence"][0]["period"], "2026-03");
    assert_eq!(finding["rule"]["components"][0]["curve"]["to"], "3");
    let path = format!("{base}/advice/{}", finding["id"].as_str().unwrap());
    let chinese = hr.send(hr.request(Method::GET, &path).header("accept-language", "zh-CN")).await.expect(200);
    assert_eq!(chinese["text"], "80% 的讲师在授课次数上得满分（目标 2），目标偏低，建议调整为 3");
    let report = drafted(&hr, &base, finding).await["reports"][0].clone();
    assert_eq!(report["moved_in_grade"], 4, "{report}");
    let grades = json!([
        {"grade": "excellent", "before": 4, "after": 0}, {"grade": "pass", "before": 0, "after": 4},
        {"grade": "fail", "before": 1, "after": 1}
    ]);
    assert_eq!(report["grades"], grades);
}

#[tokio::test]
async fn a_dismissed_finding_stays_quiet_and_what_is_found_no_longer_goes() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let hr = person(&server, &[Role::Admin]).await;
    let base = format!("/v1/programmes/{}", march.programme);
    march.closed_by(&hr).await;
    let settings = format!("{base}/advice-settings");
    let usual = hr.get(&settings).await.expect(200);
    assert_eq!((&usual["easily_reached_bp"], &usual["least_lecturers"]), (&json!(8000), &json!(5)));
    let set = async |body: Value| hr.send(hr.request(Method::PUT, &settings).json(&body)).await;
    assert_eq!(set(json!({"periods": 0, "least_contenders": 0})).await.faults().len(), 2);
    let few = set(json!({"least_lecturers": 3})).await.expect(200);
    assert_eq!(hr.get(&settings).await.expect(200), few);
    assert_eq!(few["periods"], 3);
    let reviewed = async || {
        let ordered = act(&hr, &format!("{base}/advice-reviews")).await;
        finished(&hr, &ordered).await;
        findings(&hr, &base).await
    };
    let found = reviewed().await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["code"], &found[0]["subject"]), (&json!("few_contenders"), &json!("minutes")));
    assert_eq!(found[0]["reward_policies"]["policies"][1]["min_contenders"], 3);
    // Two contenders are too few: nobody would win a place.
    let tried = drafted(&hr, &base, &found[0]).await;
    let cost = |side: &str| tried[side]["amount_minor"].as_i64().unwrap();
    assert_eq!((cost("cost_before"), cost("cost_after")), (125_000, 110_000));
    let path = format!("{base}/advice/{}", found[0]["id"].as_str().unwrap());
    let reason = json!({"reason": "Two are enough for us."});
    // A review that finds it again may change what somebody is looking at.
    let (seen, again) = (found[0]["etag"].as_str().unwrap(), reviewed().await);
    assert_ne!(again[0]["etag"], seen);
    let stale = hr.act(&format!("{path}/dismiss"), seen, Some(reason.clone())).await;
    assert_eq!(stale.problem(412), "precondition_failed");
    assert_eq!(hr.act(&format!("{path}/draft"), seen, None).await.problem(412), "precondition_failed");
    let dismissed = hr.post(&format!("{path}/dismiss"), reason.clone()).await.expect(200);
    assert_eq!((&dismissed["state"], &dismissed["dismiss_reason"]), (&json!("dismissed"), &reason["reason"]));
    assert_eq!(hr.post(&format!("{path}/dismiss"), reason).await.problem(409), "state_conflict");
    assert_eq!(dismissed["etag"], hr.get(&path).await.etag(), "the header says it, too");
    assert_eq!(act(&hr, &format!("{path}/draft")).await.problem(409), "state_conflict");
    assert!(reviewed().await.is_empty());
    assert_eq!(hr.get(&path).await.expect(200)["state"], "dismissed");
    // With another threshold something else is found; with the usual one it goes.
    set(json!({"least_lecturers": 3, "easily_reached_bp": 3000})).await.expect(200);
    assert_eq!(reviewed().await[0]["code"], "metric_easily_reached");
    set(json!({"least_lecturers": 3})).await.expect(200);
    assert!(reviewed().await.is_empty());
    let (learner, auditor) = (person(&server, &[]).await, person(&server, &[Role::Auditor]).await);
    assert_eq!(learner.get(&path).await.problem(404), "not_found");
    assert!(findings(&learner, &base).await.is_empty());
    assert_eq!(auditor.get(&path).await.expect(200)["state"], "dismissed");
}
