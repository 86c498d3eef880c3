//! Teaching fees: what a close grants for each session, by the facts of its day.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::close_preview::computed;
use crate::closing::{March, finished};
use crate::imports::{imported, succeeded};
use crate::programmes::person;
use crate::support::{Answer, Client, TestServer, literal};

/// Sessions of the first lecturer on 10, 11 and 12 March, of the second on 10 and 11 March, an hour each. Seniors get 200.00, others
/// 100.00; on a holiday twice as much.
pub async fn taught<'s>(server: &'s TestServer, more: &Value) -> March<'s> {
    let march = March::taught(server).await;
    let mut fee = json!({
        "kind": "session_fee", "code": "fee", "priority": 1, "pay_item_code": "LR", "rates_minor": {"senior": 20_000},
        "default_rate_minor": 10_000, "roles": {"assistant": "0.5"}, "factors": [{"by": "day_kind", "values": {"holiday": 2}}],
    });
    fee.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let document = literal(&json!({ "policies": [fee] }).to_string());
    let sql = format!(
        "UPDATE reward_policy_sets SET document = {document};
         INSERT INTO lecturer_levels (tenant_id, id, lecturer_id, level, valid_from, created_at, updated_at)
         SELECT tenant_id, gen_random_uuid(), id, 'senior', '2026-03-01', now(), now() FROM lecturers WHERE employee_id = '{}'",
        march.lecturers[0]
    );
    march.given.sql.batch_execute(&sql).await.unwrap();
    march
}

/// Lists these days of March, and no others.
pub async fn listed(client: &Client, days: Value) -> Answer {
    client.send(client.request(Method::PUT, "/v1/calendar/2026-03").json(&json!({ "days": days }))).await
}

/// Lecturer, day of the session and amount of each reward.
pub async fn fees(march: &March<'_>) -> Vec<(String, i32, i64)> {
    let sql = "SELECT o.employee_number, extract(day FROM s.delivered_start)::integer, e.amount_minor
                 FROM reward_entries e
                 JOIN employees o ON o.id = e.employee_id
                 JOIN sessions s ON s.id = e.session_id
                ORDER BY 1, 2";
    let rows = march.given.sql.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

fn fee(number: &str, day: i32, amount: i64) -> (String, i32, i64) {
    (number.to_owned(), day, amount)
}

#[tokio::test]
async fn a_close_grants_a_fee_for_each_session() {
    let server = TestServer::start().await;
    let march = taught(&server, &json!({})).await;
    let hr = person(&server, &[Role::Admin]).await;
    let holiday = json!([{"day": "2026-03-11", "kind": "holiday", "name": "植树节"}]);
    listed(&hr, holiday).await.expect(200);
    march
        .given
        .sql
        .batch_execute(
            "UPDATE session_lecturers SET role = 'assistant' WHERE session_id IN
        (SELECT id FROM sessions WHERE delivered_start::date = '2026-03-12')",
        )
        .await
        .unwrap();
    let result = march.closed_by(&hr).await;
    assert_eq!(result["reward_total_minor"], 100_000);
    let granted = [
        fee("E1", 10, 20_000),
        fee("E1", 11, 40_000),
        fee("E1", 12, 10_000),
        fee("E2", 10, 10_000),
        fee("E2", 11, 20_000),
    ];
    assert_eq!(fees(&march).await, granted);
    let rewards = hr.get("/v1/rewards").await.expect(200);
    let rewards = rewards["items"].as_array().unwrap();
    assert!(rewards.iter().all(|reward| reward["session_id"].is_string() && reward["policy"] == "fee"));
    // What was frozen gives the same again, and nothing has changed since.
    let none = hr.get(&march.path("late-facts")).await.expect(200);
    assert_eq!(none["items"], json!([]));
    // A day that becomes another one is a late fact of those who taught on it.
    let told = listed(&hr, json!([])).await.expect(200);
    assert_eq!(told["period_closed"][0]["period"], "2026-03");
    let late = hr.get(&march.path("late-facts")).await.expect(200);
    let late = late["items"].as_array().unwrap();
    assert_eq!(late.len(), 2);
    let field = json!({"name": "day_kind", "before": "holiday", "after": "workday"});
    assert!(late.iter().all(|own| own["facts"][0]["fields"] == json!([field])), "{late:?}");
}

#[tokio::test]
async fn days_of_the_calendar_come_from_a_file_too() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let file = "\u{feff}日期,类型,名称\n2026-02-14,调休上班,春节调休上班\n2026/2/17,法定节假日,春节\n";
    let first = imported(&hris, &[("日历.csv", file)]).await;
    succeeded(&first);
    assert_eq!(first["result"]["stored"], json!({"calendar": 2}));
    // Days that are not in a file stay, and so do names without their column.
    let second = "day,kind\n2026-02-17,rest_day\n2026-02-18,holiday\n";
    succeeded(&imported(&hris, &[("calendar.csv", second)]).await);
    let expected = json!([
        {"day": "2026-02-14", "kind": "workday", "name": "春节调休上班"},
        {"day": "2026-02-17", "kind": "rest_day", "name": "春节"},
        {"day": "2026-02-18", "kind": "holiday", "name": null},
    ]);
    assert_eq!(hris.get("/v1/calendar/2026-02").await.expect(200)["days"], expected);
    let again = imported(&hris, &[("calendar.csv", second)]).await;
    assert_eq!(again["result"]["stored"], json!({}), "the same file stores nothing twice");
    let mut tried = crate::imports::order(&[(
        "calendar.csv",
        "day,kind\n2026-02-17,holiday\n2026-02-18,holiday\n2026-05-01,holiday\n",
    )]);
    tried["dry_run"] = json!(true);
    let tried = hris.ended(&hris.post("/v1/imports", tried).await).await;
    assert_eq!(tried["result"]["effects"], json!({"calendar": {"made": 1, "changed": 1, "left_alone": 1}}));
    let refused = imported(&hris, &[("calendar.csv", "day,kind\n2026-02-19,workday\n2026-02-19,holiday\n")]).await;
    assert_eq!(refused["state"], "failed", "{refused}");
    assert_eq!(hris.get("/v1/calendar/2026-02").await.expect(200)["days"], expected);
}

#[tokio::test]
async fn the_calendar_of_a_period_is_replaced_as_a_whole() {
    let server = TestServer::start().await;
    let (hr, learner) = (person(&server, &[Role::Hris]).await, person(&server, &[Role::Learner]).await);
    let holiday = json!({"day": "2026-03-11", "kind": "holiday", "name": "植树节"});
    let worked = json!({"day": "2026-03-14", "kind": "workday", "name": null});
    listed(&hr, json!([worked, holiday])).await.expect(200);
    let found = learner.get("/v1/calendar/2026").await.expect(200);
    assert_eq!(found["days"], json!([holiday, worked]), "in their order");
    let refused = listed(&hr, json!([worked, {"day": "2026-04-01", "kind": "holiday"}, worked])).await;
    assert_eq!((refused.problem(422), refused.faults().len()), ("invalid_values", 2));
    assert_eq!(refused.faults(), [("/days/1/day", "out_of_range"), ("/days/2/day", "duplicate")]);
    assert_eq!(listed(&learner, json!([])).await.problem(403), "forbidden");
    listed(&hr, json!([])).await.expect(200);
    assert_eq!(learner.get("/v1/calendar/2026-Q1").await.expect(200)["days"], json!([]));
}

/// The fee of a lecturer for the session of a day.
pub async fn of_day(client: &Client, number: &str, day: &str) -> Value {
    let rewards = client.get("/v1/rewards?limit=200").await.expect(200);
    let is_it = |reward: &&Value| {
        let said = reward["reason"]["en"].as_str().unwrap();
        reward["employee"]["employee_number"] == number && said.contains(day)
    };
    rewards["items"].as_array().unwrap().iter().find(is_it).unwrap().clone()
}

/// What somebody does with a reward as it is now.
pub async fn act(client: &Client, reward: &Value, verb: &str) -> Answer {
    let path = format!("/v1/rewards/{}", reward["id"].as_str().unwrap());
    let reason = (verb != "approve").then(|| json!({"reason": "证书补办中，经核实准予发放"}));
    client.act(&format!("{path}/{verb}"), "*", reason).await
}

fn events(reward: &Value) -> Vec<&str> {
    reward["history"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect()
}

/// March is closed with all its fees held, because nobody has the certificate; and three more administrators.
pub async fn held(server: &TestServer, more: Value) -> (March<'_>, [Client; 3]) {
    let march = taught(server, &json!({"gates": {"certificate": "ttt"}})).await;
    let document = literal(&more.to_string());
    march
        .given
        .sql
        .batch_execute(&format!("UPDATE reward_policy_sets SET document = document || {document}"))
        .await
        .unwrap();
    let hr = person(server, &[Role::Admin]).await;
    march.closed_by(&hr).await;
    let admins = [
        person(server, &[Role::Admin]).await,
        person(server, &[Role::Admin]).await,
        person(server, &[Role::Admin]).await,
    ];
    (march, admins)
}

#[tokio::test]
async fn two_people_release_what_a_gate_holds_and_no_approval_does() {
    let server = TestServer::start().await;
    let (march, [asker, decider, _]) = held(&server, json!({})).await;
    let first = of_day(&asker, "E1", "2026-03-10").await;
    let hold = json!({"cause": "gate", "reasons": ["certificate"], "release_asked": false});
    assert_eq!((&first["state"], &first["hold"]), (&json!("held"), &hold));
    assert_eq!(act(&decider, &first, "approve").await.problem(409), "state_conflict");
    let ids = decider.post_keyed("/v1/rewards/approve-batch", "a", json!({"ids": [first["id"]]})).await;
    assert_eq!(ids.faults(), [("/ids/0", "not_eligible")]);
    let whole = json!({"programme_id": march.programme, "period": "2026-03"});
    let none = decider.post_keyed("/v1/rewards/approve-batch", "b", whole).await.expect(200);
    assert_eq!((&none["approved_count"], &none["gated_count"], &none["held_count"]), (&json!(0), &json!(5), &json!(0)));
    assert_eq!(act(&decider, &first, "release").await.problem(409), "state_conflict", "nobody has asked");
    let asked = act(&asker, &first, "release-request").await.expect(200);
    assert_eq!((&asked["state"], &asked["hold"]["release_asked"]), (&json!("held"), &json!(true)));
    assert_eq!(act(&asker, &first, "release").await.problem(403), "self_approval");
    let declined = act(&decider, &first, "decline-release").await.expect(200);
    assert_eq!((&declined["state"], &declined["hold"]), (&json!("held"), &hold));
    act(&asker, &first, "release-request").await.expect(200);
    let released = act(&decider, &first, "release").await.expect(200);
    assert_eq!((&released["state"], &released["hold"]), (&json!("granted"), &Value::Null));
    let approved = act(&decider, &first, "approve").await.expect(200);
    let told = ["granted", "held", "release_asked", "release_declined", "release_asked", "released", "approved"];
    assert_eq!(events(&approved), told);
    assert_eq!(approved["history"][1]["hold_reasons"], json!(["certificate"]));
    // It can be refused for good as well, and is held again when it is taken up.
    let second = of_day(&asker, "E1", "2026-03-11").await;
    act(&decider, &second, "reject").await.expect(200);
    let again = act(&decider, &second, "reconsider").await.expect(200);
    assert_eq!((&again["state"], &again["hold"]), (&json!("held"), &hold));
}

#[tokio::test]
async fn what_is_over_budget_as_well_stays_held_when_its_gates_let_it_go() {
    let server = TestServer::start().await;
    let (_, [asker, decider, _]) = held(&server, json!({"budget_minor": 1, "over_budget": "hold"})).await;
    let first = of_day(&asker, "E1", "2026-03-10").await;
    assert_eq!(first["hold"]["cause"], "gate");
    act(&asker, &first, "release-request").await.expect(200);
    let released = act(&decider, &first, "release").await.expect(200);
    assert_eq!((&released["state"], &released["hold"]["cause"]), (&json!("held"), &json!("budget")));
    assert_eq!(events(&released), ["granted", "held", "held", "release_asked", "released", "held"]);
    let refused = act(&decider, &first, "approve").await;
    assert_eq!(refused.problem(409), "state_conflict");
    assert!(refused.text.contains("needed_budget"), "{}", refused.text);
}

#[tokio::test]
async fn who_supplies_what_was_missing_releases_nothing_and_a_restatement_does() {
    let server = TestServer::start().await;
    let (march, [asker, supplier, decider]) = held(&server, json!({})).await;
    let first = of_day(&asker, "E1", "2026-03-10").await;
    let certificate =
        json!({"employee_id": march.lecturers[0], "kind": "ttt", "issuer": "学院", "starts_on": "2026-03-11"});
    supplier.post("/v1/competence-certificates", certificate).await.expect(201);
    assert_eq!(
        of_day(&asker, "E1", "2026-03-11").await["state"],
        "held",
        "a fact that comes late changes nothing by itself"
    );
    act(&asker, &first, "release-request").await.expect(200);
    assert_eq!(act(&supplier, &first, "release").await.problem(403), "self_approval");
    act(&decider, &first, "release").await.expect(200);
    let ordered = asker.post(&march.path("restate"), json!({"reason": "补登证书"})).await;
    let result = finished(&asker, &ordered).await;
    let path = format!("/v1/restatements/{}", result["restatement_id"].as_str().unwrap());
    let lines = asker.get(&format!("{path}/lines")).await.expect(200);
    let kinds: Vec<&str> =
        lines["items"][0]["proposals"].as_array().unwrap().iter().map(|own| own["kind"].as_str().unwrap()).collect();
    assert_eq!(
        (lines["items"].as_array().unwrap().len(), kinds),
        (1, vec!["release", "release"]),
        "the first stays released"
    );
    let accepted = decider.act(&format!("{path}/accept"), "*", Some(json!({}))).await.expect(200);
    assert_eq!(accepted["totals"]["release_count"], 2);
    for (number, day, state) in [
        ("E1", "2026-03-10", "granted"),
        ("E1", "2026-03-11", "granted"),
        ("E1", "2026-03-12", "granted"),
        ("E2", "2026-03-10", "held"),
    ] {
        assert_eq!(of_day(&asker, number, day).await["state"], state, "{number} {day}");
    }
    let again = finished(&asker, &asker.post(&march.path("restate"), json!({"reason": "复核"})).await).await;
    assert_eq!(again["restatement_id"], Value::Null, "nothing is left to propose");
}

#[tokio::test]
async fn a_restatement_compares_each_session() {
    let server = TestServer::start().await;
    let march = taught(&server, &json!({})).await;
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    march.closed_by(&maker).await;
    // The fee of one session is rejected; of another one the minutes are corrected.
    let rejected = of_day(&maker, "E1", "2026-03-12").await;
    act(&checker, &rejected, "reject").await.expect(200);
    let longer = "UPDATE sessions SET delivered_minutes = 90 WHERE id IN (SELECT session_id FROM reward_entries WHERE amount_minor = 20000)
                     AND delivered_start::date = '2026-03-11'";
    march.given.sql.batch_execute(longer).await.unwrap();
    let result = finished(&maker, &maker.post(&march.path("restate"), json!({"reason": "更正时长"})).await).await;
    let path = format!("/v1/restatements/{}", result["restatement_id"].as_str().unwrap());
    let lines = maker.get(&format!("{path}/lines")).await.expect(200);
    let proposals = lines["items"][0]["proposals"].as_array().unwrap();
    assert_eq!(proposals.len(), 1, "{proposals:?}");
    let amount = |name: &str| proposals[0][name]["amount_minor"].as_i64().unwrap();
    assert_eq!(
        (proposals[0]["kind"].as_str().unwrap(), amount("had"), amount("due"), amount("amount")),
        ("grant", 20_000, 30_000, 10_000)
    );
    checker.act(&format!("{path}/accept"), "*", Some(json!({}))).await.expect(200);
    assert_eq!(
        fees(&march).await.iter().filter(|own| own.1 == 11 && own.0 == "E1").map(|own| own.2).sum::<i64>(),
        30_000
    );
}

/// A session whose start was corrected into another period is paid there less what was granted before.
#[tokio::test]
async fn a_session_is_paid_once_over_all_periods() {
    let server = TestServer::start().await;
    let march = taught(&server, &json!({})).await;
    let hr = person(&server, &[Role::Admin]).await;
    march.closed_by(&hr).await;
    let moved = "UPDATE sessions SET delivered_start = delivered_start + interval '1 month', scheduled_start = scheduled_start + interval '1 month'
                  WHERE delivered_start::date IN ('2026-03-11', '2026-03-12')";
    march.given.sql.batch_execute(moved).await.unwrap();
    let path = "/v1/calendar/2026-04";
    let holiday = json!({"days": [{"day": "2026-04-11", "kind": "holiday"}]});
    hr.send(hr.request(Method::PUT, path).json(&holiday)).await.expect(200);
    server.clock.set(crate::support::at("2026-05-07T01:00:00Z"));
    let hr = person(&server, &[Role::Admin]).await;
    let ordered = hr.post(&march.path("close").replace("2026-03", "2026-04"), json!({})).await;
    let result = finished(&hr, &ordered).await;
    // Twice as much on the 11th, less what March granted; nothing more for the 12th.
    assert_eq!(result["reward_total_minor"], 30_000);
    let april = hr.get("/v1/rewards?period=2026-04").await.expect(200);
    let mut amounts: Vec<i64> =
        april["items"].as_array().unwrap().iter().map(|own| own["amount"]["amount_minor"].as_i64().unwrap()).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [10_000, 20_000]);
}

#[tokio::test]
async fn a_statement_shows_the_fees_of_each_session_before_and_after_the_close() {
    let server = TestServer::start().await;
    let march = taught(&server, &json!({"gates": {"certificate": "ttt"}})).await;
    let hr = person(&server, &[Role::Admin]).await;
    let own = server.person(march.lecturers[0], &[Role::Lecturer]).await;
    let fee = json!([{
        "policy": "fee", "amount": {"amount_minor": 20_000, "currency": "CNY"}, "held": true, "held_reasons": ["certificate"]
    }]);
    let path = march.path(&format!("scorecards/{}", march.lecturers[0]));
    computed(&server).await;
    for client in [&hr, &own] {
        let found = client.get(&path).await.expect(200);
        assert!(found["scorecard"]["provisional"].as_bool().unwrap());
        assert_eq!(found["sessions"].as_array().unwrap().iter().filter(|session| session["fees"] == fee).count(), 3);
    }
    march.closed_by(&hr).await;
    let found = own.get(&path).await.expect(200);
    assert_eq!(found["sessions"].as_array().unwrap().iter().filter(|session| session["fees"] == fee).count(), 3);
    let complete = own.get(&format!("{path}/statement")).await.expect(200);
    assert_eq!(complete["statement"]["sessions"], found["sessions"]);
    let said = complete["sentences"].as_array().unwrap().iter().filter(|said| said["about"] == "fee");
    let texts: Vec<&str> = said.map(|said| said["text"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(texts.iter().all(|text| text.contains("200.00 CNY")), "{texts:?}");
}
