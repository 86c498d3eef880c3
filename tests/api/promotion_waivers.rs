//! Waivers: one asks with a reason, two others approve, and every answer says so.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::people_merge::Two;
use crate::promotions::{Company, ELIGIBLE, article, at_the_border, rows};
use crate::support::{Answer, Client, TestServer};

const WAIVERS: &str = "/v1/promotion-waivers";
const APPLICATIONS: &str = "/v1/promotion-applications";

async fn ask_for(company: &Company<'_>, employee: Uuid, place: &str) -> Answer {
    let body = json!({"employee_id": employee, "target_code": "department-manager", "criterion": place,
                      "reason": "入职前已有五年授课经验"});
    company.admins[0].post(WAIVERS, body).await
}

async fn step(client: &Client, waiver: &Answer, step: &str, body: Option<Value>) -> Answer {
    client.act(&format!("{WAIVERS}/{}/{step}", waiver.id()), "*", body).await
}

#[tokio::test]
async fn a_waiver_needs_a_reason_and_two_others_and_shows_in_the_answer() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let people = at_the_border(&company).await;
    company.policy("department-manager", article()).await;
    let [first, second, third] = company.admins.as_slice() else { panic!() };
    // One month was good, and not excellent.
    let lecturer = people[3];
    let asked = ask_for(&company, lecturer, "/criteria/criteria/1").await;
    assert_eq!((asked.status, &asked.body["state"]), (201, &json!("requested")), "{}", asked.text);
    assert_eq!(asked.body["criterion"]["kind"], "grades");
    assert_eq!(ask_for(&company, lecturer, "/criteria/criteria/1").await.problem(409), "already_exists");
    assert_eq!(company.check(lecturer).await["eligible"], false);

    assert_eq!(step(first, &asked, "approve", None).await.problem(403), "self_approval", "who asked");
    let own = server.person(lecturer, &[Role::Admin]).await;
    assert_eq!(step(&own, &asked, "approve", None).await.problem(403), "self_approval", "the lecturer");
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(step(&machine, &asked, "approve", None).await.problem(403), "person_required");
    let once = step(second, &asked, "approve", None).await.expect(200);
    assert_eq!((&once["state"], &once["approved_at"]), (&json!("approved_once"), &Value::Null));
    assert_eq!(company.check(lecturer).await["eligible"], false, "one is not enough");
    assert_eq!(company.eligible(first, "").await, ["IN", "SEVENTH-BAD"]);
    assert_eq!(step(second, &asked, "approve", None).await.problem(403), "second_person_required");
    let twice = step(third, &asked, "approve", None).await.expect(200);
    assert_eq!((&twice["state"], twice["approvers"].as_array().unwrap().len()), (&json!("approved"), 2));
    assert_eq!(step(third, &asked, "approve", None).await.problem(409), "state_conflict");

    let answer = company.check(lecturer).await;
    assert_eq!((&answer["eligible"], &answer["result"]["verdict"]), (&json!(true), &json!("waived")));
    let grades = &answer["result"]["criteria"][1];
    assert_eq!(
        (&grades["verdict"], &grades["months"][0]["reached"]),
        (&json!("waived"), &json!(false)),
        "the evidence stays"
    );
    let waiver = &answer["waivers"][0];
    assert_eq!((&waiver["id"], &waiver["place"]), (&json!(asked.id()), &json!("/criteria/criteria/1")));
    assert_eq!((&waiver["reason"], &waiver["approvers"]), (&asked.body["reason"], &twice["approvers"]));
    assert_eq!(company.eligible(first, "").await, ["GOOD-ONCE", "IN", "SEVENTH-BAD"]);
    assert_eq!(company.eligible(first, "&on=2026-02-28").await, [] as [&str; 0], "from the day of the approval on");
    let table = first.get(&format!("{ELIGIBLE}/export")).await;
    let id = asked.id();
    assert!(rows(&table).iter().any(|row| row[8..] == ["waived", id.as_str()]), "{}", table.text);
}

#[tokio::test]
async fn who_asks_is_one_of_the_two_where_the_company_allows_self_approval() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let people = at_the_border(&company).await;
    company.policy("department-manager", article()).await;
    let [first, second, _] = company.admins.as_slice() else { panic!() };
    let lecturer = people[3];
    given_self_approval(&company).await;
    let asked = ask_for(&company, lecturer, "/criteria/criteria/1").await;
    assert_eq!((asked.status, &asked.body["self_approved"]), (201, &json!(false)), "{}", asked.text);
    let own = server.person(lecturer, &[Role::Admin]).await;
    assert_eq!(step(&own, &asked, "approve", None).await.problem(403), "self_approval", "never the lecturer");
    let once = step(first, &asked, "approve", None).await.expect(200);
    assert_eq!((&once["state"], &once["self_approved"]), (&json!("approved_once"), &json!(true)));
    assert_eq!(step(first, &asked, "approve", None).await.problem(403), "second_person_required", "two people");
    assert_eq!(company.check(lecturer).await["eligible"], false);
    let twice = step(second, &asked, "approve", None).await.expect(200);
    assert_eq!((&twice["state"], &twice["self_approved"]), (&json!("approved"), &json!(true)));
    assert_eq!(twice["approvers"][0], twice["maker"]);
    assert_eq!(company.check(lecturer).await["eligible"], true);
    let log = first.get("/v1/audit-entries?command=approve_promotion_waiver").await.expect(200);
    let told = log["items"].as_array().unwrap().iter().map(|one| one["details"]["self_approved"].clone());
    assert_eq!(told.collect::<Vec<_>>(), [json!(true), json!(true)]);

    let others = ask_for(&company, people[4], "/criteria/criteria/1").await;
    step(second, &others, "approve", None).await.expect(200);
    let own = step(first, &others, "approve", None).await.expect(200);
    assert_eq!((&own["state"], &own["self_approved"]), (&json!("approved"), &json!(true)), "also as the second");
}

#[tokio::test]
async fn what_was_filed_with_a_waiver_keeps_its_answer() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let people = at_the_border(&company).await;
    company.policy("department-manager", article()).await;
    let [first, second, third] = company.admins.as_slice() else { panic!() };
    let lecturer = people[3];
    let asked = ask_for(&company, lecturer, "/criteria/criteria/1").await;
    for admin in [second, third] {
        step(admin, &asked, "approve", None).await.expect(200);
    }
    let answer = company.check(lecturer).await;
    let body = json!({"employee_id": lecturer, "target_code": "department-manager"});
    let applied = first.post(APPLICATIONS, body.clone()).await;
    assert_eq!(applied.body["check"], answer, "{}", applied.text);
    assert_eq!(step(second, &asked, "reject", Some(json!({"reason": "x"}))).await.problem(409), "state_conflict");
    let revoked = step(second, &asked, "revoke", Some(json!({"reason": "授课证明不属实"}))).await.expect(200);
    assert_eq!((&revoked["state"], &revoked["end_reason"]), (&json!("revoked"), &json!("授课证明不属实")));
    assert_eq!(company.check(lecturer).await["eligible"], false);
    assert_eq!(first.get(&format!("{APPLICATIONS}/{}", applied.id())).await.expect(200)["check"], answer);
    let log = first.get("/v1/audit-entries?command=approve_promotion_waiver").await.expect(200);
    assert_eq!(log["items"].as_array().unwrap().len(), 2);
    let topics = "SELECT string_agg(topic, ' ' ORDER BY id) FROM outbox_events WHERE topic LIKE 'promotion_waiver.%'";
    let topics: String = company.given.sql.query_one(topics, &[]).await.unwrap().get(0);
    let told = ["requested", "approved_once", "approved", "revoked"].map(|topic| format!("promotion_waiver.{topic}"));
    assert_eq!(topics, told.join(" "));
}

async fn given_self_approval(company: &Company<'_>) {
    company.given.sql.batch_execute("UPDATE tenants SET self_approval = true").await.unwrap();
}

#[tokio::test]
async fn a_waiver_is_for_one_criterion_as_it_stood() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let people = at_the_border(&company).await;
    company.policy("department-manager", article()).await;
    let [first, second, third] = company.admins.as_slice() else { panic!() };
    let lecturer = people[3];
    for (place, fault) in [("/criteria", "not_allowed"), ("/criteria/criteria/2", "not_allowed"), ("", "empty")] {
        let refused = ask_for(&company, lecturer, place).await;
        assert_eq!(
            (refused.problem(422), refused.faults()),
            ("invalid_values", vec![("/criterion", fault)]),
            "{place}"
        );
    }
    let unknown =
        json!({"employee_id": server.state.ids.next(), "target_code": "king", "criterion": "/criteria", "reason": "x"});
    let refused = first.post(WAIVERS, unknown).await;
    assert_eq!(refused.faults(), [("/employee_id", "not_found"), ("/target_code", "not_found")]);
    let waived = ask_for(&company, lecturer, "/criteria/criteria/1").await;
    for admin in [second, third] {
        step(admin, &waived, "approve", None).await.expect(200);
    }
    assert_eq!(company.check(lecturer).await["eligible"], true);
    // Another name of the policy and another place of the criterion are no other criterion.
    let [tenure, grades] = [0, 1].map(|i| article()["criteria"][i].clone());
    company.policy("department-manager", json!({"kind": "all", "criteria": [grades, tenure]})).await;
    let moved = company.check(lecturer).await;
    assert_eq!((&moved["eligible"], &moved["waivers"][0]["place"]), (&json!(true), &json!("/criteria/criteria/0")));
    // A stricter one is.
    let stricter = json!({"kind": "grades", "periods": 6, "every": "excellent", "within_months": 8});
    company.policy("department-manager", json!({"kind": "all", "criteria": [tenure, stricter]})).await;
    assert_eq!(company.check(lecturer).await["eligible"], false);
    let refused = ask_for(&company, people[4], "/criteria/criteria/1").await;
    step(second, &refused, "approve", None).await.expect(200);
    let rejected = step(third, &refused, "reject", Some(json!({"reason": "月份不足"}))).await.expect(200);
    assert_eq!((&rejected["state"], &rejected["end_reason"]), (&json!("rejected"), &json!("月份不足")));
    let again = ask_for(&company, people[4], "/criteria/criteria/1").await;
    assert_eq!(step(first, &again, "withdraw", None).await.expect(200)["state"], "withdrawn");
    let own = server.person(people[4], &[]).await;
    let list = own.get(&format!("{WAIVERS}?target_code=department-manager")).await.expect(200);
    let states: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, [&json!("withdrawn"), &json!("rejected")], "their own ones only");
    assert_eq!(own.get(&format!("{WAIVERS}/{}", waived.id())).await.problem(404), "not_found");
    assert_eq!(step(&own, &again, "approve", None).await.problem(403), "forbidden");
}

/// Who approved a waiver cannot turn out to be the lecturer, nor who asked for it, nor the other who approved it.
#[tokio::test]
async fn a_waiver_goes_over_to_the_record_that_stays() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let people = at_the_border(&company).await;
    company.policy("department-manager", article()).await;
    let [_, second, third] = company.admins.as_slice() else { panic!() };
    let duplicate = people[3];
    let waiver = ask_for(&company, duplicate, "/criteria/criteria/1").await;
    for admin in [second, third] {
        step(admin, &waiver, "approve", None).await.expect(200);
    }
    let ids = "SELECT maker_id::text, first_approver_id::text, second_approver_id::text FROM promotion_waivers";
    let row = company.given.sql.query_one(ids, &[]).await.unwrap();
    let [asker, one, other] = [0, 1, 2].map(|at| row.get::<_, String>(at).parse::<Uuid>().unwrap());
    let two = Two::new(&server).await;
    for (kept, given_up) in [(one, other), (asker, one), (duplicate, other)] {
        let refused = two.proposed(kept, given_up).await;
        assert!(refused.faults().contains(&("/duplicate_id", "checked_by_other")), "{}", refused.text);
    }
    let kept = company.given.employee("K").await;
    two.merge(kept, duplicate).await;
    let answer = company.check(kept).await;
    assert_eq!((&answer["eligible"], &answer["waivers"][0]["id"]), (&json!(true), &json!(waiver.id())));
    let list = second.get(&format!("{WAIVERS}?employee_id={kept}")).await.expect(200);
    assert_eq!(list["items"][0]["employee"]["id"], json!(kept));
}
