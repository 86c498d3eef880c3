//! Whose members a programme scores is in its rule versions, which two people make.

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::closing::March;
use crate::programmes::{person, publish, rule, with};
use crate::support::{Answer, Client, TestServer, at, literal};

/// Drafted by the one and published by the other.
async fn published(people: [&Client; 2], programme: &str, period: &str, rule: Value) -> Answer {
    let rules = format!("/v1/programmes/{programme}/scoring-rules");
    let drafted = people[0].post(&rules, json!({"starts_period": period, "rule": rule})).await;
    assert_eq!(drafted.status, 201, "{}", drafted.text);
    publish(people[1], &format!("{rules}/{}", drafted.id()), drafted.etag()).await
}

async fn scored(client: &Client, programme: &str, period: &str) -> Vec<String> {
    let page = client.get(&format!("/v1/programmes/{programme}/periods/{period}/scorecards")).await.expect(200);
    let items = page["items"].as_array().unwrap().iter();
    let mut numbers: Vec<String> =
        items.map(|item| item["employee"]["employee_number"].as_str().unwrap().to_owned()).collect();
    numbers.sort();
    numbers
}

#[tokio::test]
async fn a_change_of_the_programmes_groups_moves_no_score_of_a_period_with_a_rule() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let programme = march.programme.to_string();
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let everybody = ["E1", "E2", "E3"];
    assert_eq!(scored(&maker, &programme, "2026-04").await, everybody);

    // The third lecturer has no session, and is scored as a member of the group alone.
    let other = march.given.group("other").await;
    let newcomer = march.given.employee("E4").await;
    march.given.lecturer(newcomer, Some(other), "2020-01-01").await;
    let path = format!("/v1/programmes/{programme}");
    let patched = maker.patch(&path, "*", json!({"group_ids": [other]})).await.expect(200);
    assert_eq!(patched["group_ids"], json!([other]));
    assert_eq!(scored(&maker, &programme, "2026-04").await, everybody);
    assert_eq!(march.closed_by(&maker).await["lecturer_count"], 3);

    // From May on, two people score the other group.
    published([&maker, &checker], &programme, "2026-05", rule()).await.expect(200);
    let replayed = maker.get(&march.path("snapshots/1/replay")).await.expect(200);
    assert_eq!(replayed["matches"], true);
    assert_eq!(scored(&maker, &programme, "2026-04").await, everybody);
    server.clock.set(at("2026-05-10T00:00:00Z"));
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    assert_eq!(scored(&maker, &programme, "2026-05").await, ["E4"]);
    // And from June on nobody but those who give sessions.
    published([&maker, &checker], &programme, "2026-06", with(rule(), "groups", json!([]))).await.expect(200);
    server.clock.set(at("2026-06-10T00:00:00Z"));
    let maker = person(&server, &[Role::Admin]).await;
    assert!(scored(&maker, &programme, "2026-06").await.is_empty());
}

#[tokio::test]
async fn a_draft_names_its_groups_or_takes_those_of_the_programme() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let (first, second) = (given.group("g1").await, given.group("g2").await);
    let programme = given.programme("p", first).await;
    let client = person(&server, &[Role::Admin]).await;
    let rules = format!("/v1/programmes/{programme}/scoring-rules");
    let draft = async |rule: Value| client.post(&rules, json!({"starts_period": "2026-04", "rule": rule})).await;
    let silent = draft(rule()).await;
    assert_eq!(silent.body["rule"]["groups"], json!([first]), "{}", silent.text);
    let named = draft(with(rule(), "groups", json!([second, first]))).await.expect(201);
    assert_eq!(named["rule"]["groups"], json!([second, first]));
    // Replacing a draft without groups takes those of the programme of that moment.
    client.patch(&format!("/v1/programmes/{programme}"), "*", json!({"group_ids": [second]})).await.expect(200);
    let path = format!("{rules}/{}", silent.id());
    assert_eq!(client.get(&path).await.expect(200)["rule"]["groups"], json!([first]));
    let replaced = client.put(&path, silent.etag(), json!({"starts_period": "2026-04", "rule": rule()})).await;
    assert_eq!(replaced.expect(200)["rule"]["groups"], json!([second]));
    let unknown = server.state.ids.next();
    let refused = draft(with(rule(), "groups", json!([unknown, first, first]))).await;
    assert_eq!(refused.problem(422), "rule_refused");
    assert_eq!(refused.faults(), [("/rule/groups/2", "duplicate"), ("/rule/groups/0", "not_found")]);
}

#[tokio::test]
async fn a_group_passes_on_while_both_programmes_go_on() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let group = given.group("g").await;
    let (one, two) = (given.programme("one", group).await.to_string(), given.programme("two", group).await.to_string());
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let people = [&maker, &checker];
    published(people, &one, "2026-03", rule()).await.expect(200);
    let taken = published(people, &two, "2026-05", rule()).await;
    assert_eq!((taken.problem(422), taken.faults()), ("rule_refused", vec![("/rule/groups/0", "taken")]));
    assert!(taken.text.contains("is already taken by programme one (id "), "{}", taken.text);
    published(people, &one, "2026-05", with(rule(), "groups", json!([]))).await.expect(200);
    let early = published(people, &two, "2026-04", rule()).await;
    assert_eq!(early.problem(409), "starts_too_early");
    assert!(early.text.contains("2026-05"), "{}", early.text);
    published(people, &two, "2026-05", rule()).await.expect(200);
    let back = published(people, &one, "2026-06", rule()).await;
    assert_eq!((back.problem(422), back.faults()), ("rule_refused", vec![("/rule/groups/0", "taken")]));
}

#[tokio::test]
async fn a_group_that_a_rule_scores_is_not_deleted() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let group = given.group("g").await;
    let programme = given.programme("p", group).await;
    given.published("scoring_rules", programme, 1, "2026-01", &rule()).await;
    let client = person(&server, &[Role::Admin]).await;
    client.patch(&format!("/v1/programmes/{programme}"), "*", json!({"group_ids": []})).await.expect(200);
    let path = format!("/v1/lecturer-groups/{group}");
    assert_eq!(client.delete(&path, "*").await.problem(409), "state_conflict");
    let sql = format!(
        "UPDATE scoring_rules SET published_at = NULL, checker_id = NULL WHERE programme_id = {}",
        literal(&programme.to_string())
    );
    given.sql.batch_execute(&sql).await.unwrap();
    assert_eq!(client.delete(&path, "*").await.status, 204);
    // What the draft names is not there any more.
    let drafts = client.get(&format!("/v1/programmes/{programme}/scoring-rules")).await.expect(200);
    let draft = &drafts["items"][0];
    let path = format!("/v1/programmes/{programme}/scoring-rules/{}", draft["id"].as_str().unwrap());
    let refused = publish(&client, &path, "*").await;
    assert_eq!((refused.problem(422), refused.faults()), ("rule_refused", vec![("/rule/groups/0", "not_found")]));
}
