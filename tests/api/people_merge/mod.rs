//! Two records of one person become one, by two persons.

mod facts;

use std::collections::BTreeSet;

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::machine_made_by;
use crate::closing::March;
use crate::support::{Answer, Client, Given, TestServer, literal};

fn path(id: Uuid) -> String {
    format!("/v1/employees/{id}")
}

fn text(id: Uuid) -> String {
    literal(&id.to_string())
}

async fn propose(by: &Client, kept: Uuid, duplicate: Uuid) -> Answer {
    let body = json!({"duplicate_id": duplicate, "reason": "Entered twice"});
    by.post(&format!("/v1/employees/{kept}/merge"), body).await
}

async fn confirm(by: &Client, waiting: &Answer) -> Answer {
    by.act(&format!("/v1/access-changes/{}/confirm", waiting.id()), "*", None).await
}

async fn items(by: &Client, path: &str) -> Vec<Value> {
    by.get(path).await.expect(200)["items"].as_array().unwrap().clone()
}

/// Two administrators, and the merge that one proposes and the other confirms.
pub struct Two {
    first: Client,
    second: Client,
}

impl Two {
    pub async fn new(server: &TestServer) -> Self {
        let first = server.person_of(server.tenant, &[Role::Admin]).await;
        let second = server.person_of(server.tenant, &[Role::Admin]).await;
        Self { first, second }
    }

    pub async fn merge(&self, kept: Uuid, duplicate: Uuid) -> Value {
        self.second.confirm(&propose(&self.first, kept, duplicate).await).await
    }

    pub async fn proposed(&self, kept: Uuid, duplicate: Uuid) -> Answer {
        propose(&self.first, kept, duplicate).await
    }
}

/// The lecturer E1 of the closed March turns out to be K1.
#[tokio::test]
async fn what_a_record_has_earned_is_read_through_the_one_that_takes_it_over() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let two = Two::new(&server).await;
    let closed = march.closed_by(&two.first).await;
    let (kept, duplicate) = (march.given.employee("K1").await, march.lecturers[0]);
    let board = two.first.get(&march.path("leaderboard")).await.expect(200);

    let merged = two.merge(kept, duplicate).await;
    assert_eq!((&merged["field"], &merged["state"]), (&json!("merge"), &json!("confirmed")));
    assert_eq!((&merged["employee"]["id"], &merged["reason"]), (&json!(kept), &json!("Entered twice")));
    assert_eq!(merged["present"], json!([duplicate, "Person E1", "E1"]));
    assert_eq!(merged["proposed"], json!([kept, "Person K1", "K1"]));
    assert_eq!(merged["period_closed"][0]["snapshot_id"], closed["snapshot_id"]);

    let rewards = items(&two.first, &format!("/v1/rewards?employee_id={kept}")).await;
    let mut amounts: Vec<i64> = rewards.iter().map(|one| one["amount"]["amount_minor"].as_i64().unwrap()).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [10_000, 80_000]);
    assert!(rewards.iter().all(|one| one["employee"]["id"] == json!(kept)), "{rewards:?}");
    let certificates = items(&two.first, &format!("/v1/certificates?employee_id={kept}")).await;
    assert_eq!(certificates[0]["certificate_code"], "most-sessions");
    let card = two.first.get(&march.path(&format!("scorecards/{kept}"))).await.expect(200);
    let card = &card["scorecard"];
    assert_eq!((&card["employee"]["id"], &card["card"]["score"]), (&json!(kept), &json!("100.00")));
    let now = two.first.get(&march.path("leaderboard")).await.expect(200);
    assert_eq!((&now["items"][0]["employee"]["id"], &now["ranked_of"]), (&json!(kept), &board["ranked_of"]));
    let replay = two.first.get(&march.path("snapshots/1/replay")).await.expect(200);
    assert_eq!(replay["differing_count"], 0, "{replay}");
    // Nothing else came late than the number by which the person is known now.
    let late = items(&two.first, &march.path("late-facts")).await;
    let fields = json!([{"name": "employee_number", "before": "E1", "after": "K1"}]);
    assert_eq!((late.len(), &late[0]["employee"]["id"], &late[0]["facts"][0]["fields"]), (1, &json!(kept), &fields));

    let own = server.person_token(server.tenant, kept);
    assert_eq!(items(&own, "/v1/rewards").await.len(), 2, "the lecturer sees them");
    assert_eq!(own.get("/v1/me").await.expect(200)["employee"]["id"], json!(kept));
    assert_eq!(own.get(&march.path(&format!("scorecards/{kept}"))).await.status, 200);
    let given_up = server.person_token(server.tenant, duplicate);
    assert_eq!(given_up.get("/v1/me").await.problem(401), "unauthenticated");

    let approver = server.person(kept, &[Role::Admin]).await;
    let approve = |by: &Client, key: &str| {
        let request = by.request(Method::POST, &format!("/v1/rewards/{}/approve", rewards[0]["id"].as_str().unwrap()));
        request.header("idempotency-key", key.to_owned()).header("if-match", rewards[0]["etag"].as_str().unwrap())
    };
    assert_eq!(approver.send(approve(&approver, "a")).await.problem(403), "self_approval", "their own money");
    two.second.send(approve(&two.second, "b")).await.expect(200);
}

/// The marks, the roles, what is written afterwards, and what is on record.
#[tokio::test]
async fn a_record_that_is_given_up_loses_its_marks_and_roles_and_says_where_it_went() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let two = Two::new(&server).await;
    let (kept, duplicate) = (given.employee("K1").await, given.employee("D1").await);
    let ids = json!([{"system": "feishu", "kind": "open_id", "value": "ou_1"}]);
    let marks = json!({"email": "d1@example.com", "external_ids": ids});
    two.first.patch(&path(duplicate), "*", marks).await.expect(200);
    server.person(duplicate, &[Role::Auditor]).await;
    let department = given.department("S", None).await;
    let group = given.group("g").await;
    let organises =
        [("group_id", text(group)), ("employee_id", text(duplicate)), ("valid_from", literal("2026-01-01"))];
    given.row("lecturer_group_organisers", &organises).await;
    let sql = format!(
        "UPDATE departments SET manager_id = '{duplicate}';
         CREATE TABLE role_grants_before AS SELECT id FROM role_grants WHERE employee_id = '{duplicate}'"
    );
    given.sql.batch_execute(&sql).await.unwrap();
    two.merge(kept, duplicate).await;

    let read = two.first.get(&path(kept)).await.expect(200);
    assert_eq!((&read["employee_number"], &read["former_employee_numbers"]), (&json!("K1"), &json!(["D1"])));
    assert_eq!((&read["email"], &read["external_ids"]), (&json!("d1@example.com"), &ids));
    assert_eq!((&read["merged_into_id"], &read["waiting_changes"]), (&Value::Null, &json!([])));
    let gone = two.first.get(&path(duplicate)).await.expect(200);
    assert_eq!((&gone["merged_into_id"], &gone["employee_number"]), (&json!(kept), &Value::Null));
    assert_eq!((&gone["email"], &gone["external_ids"]), (&Value::Null, &json!([])));
    assert_eq!(items(&two.first, &format!("/v1/role-grants?employee_id={duplicate}")).await, [] as [Value; 0]);
    assert_eq!(items(&two.first, &format!("/v1/role-grants?employee_id={kept}")).await, [] as [Value; 0]);
    let headless = two.first.get(&format!("/v1/departments/{department}")).await.expect(200);
    assert_eq!(headless["manager"], Value::Null, "a head is a role");

    let question = json!({"ids": [{"employee_number": "D1"}, {"email": "d1@example.com"}, {"external_id": ids[0]}]});
    let found = two.first.post("/v1/employees/resolve", question).await.expect(200);
    let found: Vec<&Value> = found["items"].as_array().unwrap().iter().map(|one| &one["employee_id"]).collect();
    assert_eq!(found, [&json!(kept); 3]);
    let file =
        json!({"name": "absences.csv", "content": "employee_number,starts_on,ends_on\nD1,2026-03-02,2026-03-03\n"});
    let order = json!({"time_zone": "Asia/Shanghai", "files": [file]});
    let job = two.first.ended(&two.first.post("/v1/imports", order).await).await;
    assert_eq!(job["result"]["former_numbers"], json!({"D1": "K1"}), "{job}");
    assert_eq!(items(&two.first, &format!("/v1/absences?employee_id={kept}")).await.len(), 1);

    let leave = json!({"employee_id": duplicate, "kind": "leave", "starts_on": "2026-03-30", "ends_on": "2026-04-02", "source": "x"});
    let refused = two.first.post("/v1/absences", leave).await;
    assert_eq!(refused.faults(), [("/employee_id", "merged_record")]);
    assert!(refused.text.contains(&kept.to_string()), "{}", refused.text);
    for (answer, pointer) in [
        (two.first.patch(&path(duplicate), "*", json!({"name": "Other"})).await, ""),
        (
            two.first.post("/v1/lecturers", json!({"employee_id": duplicate, "appointed_on": "2026-01-01"})).await,
            "/employee_id",
        ),
        (two.first.post("/v1/role-grants", json!({"employee_id": duplicate, "role": "auditor"})).await, "/employee_id"),
        (propose(&two.first, kept, duplicate).await, "/duplicate_id"),
        (propose(&two.first, duplicate, kept).await, ""),
    ] {
        assert_eq!(answer.faults(), [(pointer, "merged_record")], "{}", answer.text);
    }

    let log = items(&two.first, "/v1/audit-entries?command=merge_employees").await;
    let details = &log[0]["details"];
    assert_eq!((&details["duplicate_id"], &details["reason"]), (&json!(duplicate), &json!("Entered twice")));
    assert_eq!(details["departments_without_head"], json!([department]));
    assert_eq!(details["groups_without_organiser"], json!([group]));
    let role = json!([{"employee_id": duplicate, "role": "auditor", "department_id": null}]);
    assert_eq!(details["roles_ended"], role);
    let told = "SELECT topic || ' ' || subject_id FROM outbox_events
                 WHERE topic IN ('role_grant.deleted', 'department.updated', 'lecturer_group.organiser_ended') ORDER BY 1";
    let told: Vec<String> = given.sql.query(told, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    let grant = "SELECT id::text FROM role_grants_before";
    let grant: String = given.sql.query_one(grant, &[]).await.unwrap().get(0);
    let expected = [
        format!("department.updated {department}"),
        format!("lecturer_group.organiser_ended {group}"),
        format!("role_grant.deleted {grant}"),
    ];
    assert_eq!(told, expected);
    let about = items(&two.first, &format!("/v1/audit-entries?subject_id={kept}&command=update_employee")).await;
    assert_eq!(about[0]["subject_id"], json!(duplicate), "what was logged of it is read through the other");
    let sql = "SELECT payload ->> 'duplicate_id' FROM outbox_events WHERE topic = 'employee.merged'";
    let event: String = given.sql.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(event, duplicate.to_string());

    // What was merged before goes along, and an address beside that of the kept record is a former one.
    let third = given.employee("K2").await;
    two.first.patch(&path(third), "*", json!({"email": "k2@example.com"})).await.expect(200);
    two.merge(third, kept).await;
    assert_eq!(two.first.get(&path(duplicate)).await.expect(200)["merged_into_id"], json!(third));
    let former = two.first.get(&path(third)).await.expect(200)["former_employee_numbers"].clone();
    let former: BTreeSet<&str> = former.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert_eq!(former, BTreeSet::from(["D1", "K1"]));
    let read = two.first.get(&path(third)).await.expect(200);
    assert_eq!((&read["email"], &read["former_emails"]), (&json!("k2@example.com"), &json!(["d1@example.com"])));
}

#[tokio::test]
async fn a_merge_takes_two_persons_and_neither_is_one_of_the_two() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let two = Two::new(&server).await;
    let (kept, duplicate) = (given.employee("K1").await, given.employee("D1").await);
    let same = propose(&two.first, kept, kept).await;
    assert_eq!((same.faults(), same.status), (vec![("/duplicate_id", "not_eligible")], 422));
    assert_eq!(propose(&two.first, kept, Uuid::nil()).await.faults(), [("/duplicate_id", "not_found")]);
    assert_eq!(propose(&two.first, Uuid::nil(), kept).await.problem(404), "not_found");
    let lecturer = server.person(given.employee("L1").await, &[]).await;
    assert_eq!(propose(&lecturer, kept, duplicate).await.problem(403), "forbidden");

    let before = two.first.get(&path(kept)).await;
    let body = json!({"duplicate_id": duplicate, "reason": "Entered twice"});
    let merge = format!("/v1/employees/{kept}/merge");
    let waiting = two.first.post_keyed(&merge, "once", body.clone()).await;
    assert_eq!(waiting.header("location"), format!("/v1/access-changes/{}", waiting.id()));
    assert_eq!(two.first.post_keyed(&merge, "once", body.clone()).await.body, waiting.body);
    assert_eq!(two.second.post(&merge, body).await.id(), waiting.id(), "the same proposal is one");
    let read = two.first.get(&path(kept)).await;
    assert_ne!(read.etag(), before.etag());
    assert_eq!(read.body["waiting_changes"][0]["field"], "merge");
    assert_eq!(two.first.get(&path(duplicate)).await.expect(200)["merged_into_id"], Value::Null, "nothing happens yet");

    assert_eq!(confirm(&two.first, &waiting).await.problem(403), "self_approval", "who proposed it");
    for concerned in [kept, duplicate] {
        let person = server.person(concerned, &[Role::Admin]).await;
        assert_eq!(confirm(&person, &waiting).await.problem(403), "self_approval", "who is concerned");
    }
    let stale = two.second.act(&format!("/v1/access-changes/{}/confirm", waiting.id()), "\"9\"", None).await;
    assert_eq!(stale.problem(412), "precondition_failed");
    let withdrawn = two.second.act(&format!("/v1/access-changes/{}/withdraw", waiting.id()), "*", None).await;
    assert_eq!(withdrawn.expect(200)["state"], "withdrawn");
    assert_eq!(confirm(&two.second, &waiting).await.problem(409), "state_conflict");

    let machine = machine_made_by(&server, &two.first, &["hris"]).await;
    let waiting = propose(&machine, kept, duplicate).await;
    assert_eq!(confirm(&two.first, &waiting).await.problem(403), "self_approval", "who answers for the machine");
    assert_eq!(confirm(&machine, &waiting).await.problem(403), "forbidden");
    assert_eq!(confirm(&two.second, &waiting).await.expect(200)["self_approved"], false);
}

#[tokio::test]
async fn what_a_merge_makes_impossible_is_withdrawn_by_nobody() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let two = Two::new(&server).await;
    let (kept, duplicate) = (given.employee("K1").await, given.employee("D1").await);
    let opposite = propose(&two.first, duplicate, kept).await;
    // What waits for another record, and for an appointment that goes over, ends too: they have new versions.
    let other = given.employee("K2").await;
    propose(&two.first, other, duplicate).await.expect(202);
    let appointment = format!("/v1/lecturers/{}", given.lecturer(duplicate, None, "2025-01-01").await);
    let level = json!({"level": "senior", "starts_on": "2025-06-01"});
    two.first.post(&format!("{appointment}/levels"), level).await.expect(200);
    let shown = async || [two.first.get(&path(other)).await, two.first.get(&appointment).await];
    let before = shown().await;
    let merged = two.merge(kept, duplicate).await;
    for (before, after) in before.iter().zip(shown().await) {
        assert_eq!(before.body["waiting_changes"].as_array().unwrap().len(), 1);
        assert_eq!(after.body["waiting_changes"], json!([]));
        assert_ne!(before.etag(), after.etag());
    }
    assert_eq!(merged["decided_by"]["kind"], "person");
    let ended = two.first.get(&format!("/v1/access-changes/{}", opposite.id())).await.expect(200);
    assert_eq!(ended["state"], "withdrawn");
    assert_eq!(ended["decided_by"], json!({"kind": "system", "id": Uuid::nil()}));
    let log = items(&two.first, "/v1/audit-entries?command=withdraw_access_change").await;
    assert_eq!(log[0]["actor"]["kind"], "system", "{log:?}");
}

#[tokio::test]
async fn everything_that_stands_against_it_is_named_at_once_and_looked_for_again() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let given = &march.given;
    let machine = server.client(&[Role::Admin]).await;
    march.closed_by(&machine).await;
    let [first, second, third] = march.lecturers;
    let of = |lecturer: Uuid| {
        format!("(SELECT l.session_id FROM session_lecturers l WHERE l.employee_id = '{lecturer}' LIMIT 1)")
    };
    let checked = format!("UPDATE sessions SET delivery_confirmed_by_id = '{second}' WHERE id = {}", of(first));
    given.sql.batch_execute(&checked).await.unwrap();
    attended(given, &of(first), second).await;
    for lecturer in [first, second] {
        let plan = json!({"programme_id": march.programme, "title": "A plan", "kind": "assigned", "mode": "on_site",
            "starts_at": "2026-05-04T02:00:00Z", "scheduled_minutes": 60,
            "lecturers": [{"employee_id": lecturer, "credit": "1"}]});
        machine.post("/v1/sessions", plan).await.expect(201);
    }
    server.person(second, &[Role::Admin]).await;
    let refused = propose(&machine, first, second).await;
    assert_eq!(refused.problem(409), "merge_refused");
    let codes: Vec<(&str, &str)> =
        ["closed_in_both", "checked_by_other", "in_one_session", "planned_at_once", "last_access_holder"]
            .map(|code| ("/duplicate_id", code))
            .to_vec();
    assert_eq!(refused.faults(), codes, "{}", refused.text);
    assert!(refused.text.contains("2026-03"), "{}", refused.text);
    assert!(refused.text.contains("at the same time: “A plan” (2026-05-04 10:00, id "), "{}", refused.text);

    // Between the proposal and the confirmation, the person of the one comes to a session of the other.
    let two = Two::new(&server).await;
    let newcomer = given.employee("N1").await;
    let waiting = propose(&two.first, newcomer, third).await;
    let plan = given.delivered_session(march.programme, newcomer, "2026-04-02T02:00:00Z", 10).await;
    attended(given, &text(plan), third).await;
    let refused = confirm(&two.second, &waiting).await;
    assert_eq!((refused.problem(409), refused.faults()), ("merge_refused", vec![("/duplicate_id", "in_one_session")]));
    let still = two.first.get(&format!("/v1/access-changes/{}", waiting.id())).await.expect(200);
    assert_eq!(still["state"], "waiting");
}

async fn attended(given: &Given<'_>, session: &str, person: Uuid) {
    let columns = [
        ("session_id", session.to_owned()),
        ("employee_id", text(person)),
        ("state", literal("present")),
        ("source", literal("door")),
    ];
    given.row("attendance_records", &columns).await;
}

/// The merge commits while a rating of the record that it gives up waits for it: the rating is the person's.
#[tokio::test]
async fn a_rating_that_meets_a_merge_is_stored_under_the_record_that_stays() {
    let server = TestServer::start().await;
    let scene = crate::feedback::Scene::new(&server).await;
    let (duplicate, learner) = scene.registered_person("D1").await;
    let kept = scene.given.employee("K1").await;
    let owner = server.database.owner().await;
    let lock = format!("BEGIN; SELECT FROM employees WHERE id = '{duplicate}' FOR UPDATE");
    scene.given.sql.batch_execute(&lock).await.unwrap();
    let rate = scene.rate(&learner, json!({"rating": 8}));
    let merge = async {
        server.database.until_blocked(&owner, 1).await;
        let merged = format!(
            "UPDATE session_audience SET employee_id = '{kept}' WHERE employee_id = '{duplicate}';
             UPDATE employees SET merged_into_id = '{kept}', employee_number = NULL WHERE id = '{duplicate}'; COMMIT"
        );
        scene.given.sql.batch_execute(&merged).await.unwrap();
    };
    let (rated, ()) = futures_util::future::join(rate, merge).await;
    rated.expect(200);
    let by = "SELECT learner_id::text FROM feedback";
    assert_eq!(owner.query_one(by, &[]).await.unwrap().get::<_, String>(0), kept.to_string());
}

/// Who proposes a merge locks the records and then what waits about them. So does who confirms it: while it waits for the records,
/// it holds nothing that the other one needs.
#[tokio::test]
async fn confirming_a_merge_and_proposing_it_anew_lock_in_one_order() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let two = Two::new(&server).await;
    let (kept, duplicate) = (given.employee("K1").await, given.employee("D1").await);
    let waiting = propose(&two.first, kept, duplicate).await;
    let owner = server.database.owner().await;
    let lock = format!("BEGIN; SELECT FROM employees WHERE id = '{kept}' FOR UPDATE");
    given.sql.batch_execute(&lock).await.unwrap();
    let proposer = async {
        server.database.until_blocked(&owner, 1).await;
        let change = format!("SELECT FROM access_changes WHERE id = '{}' FOR UPDATE NOWAIT; COMMIT", waiting.id());
        given.sql.batch_execute(&change).await.unwrap();
    };
    let (confirmed, ()) = futures_util::future::join(confirm(&two.second, &waiting), proposer).await;
    assert_eq!(confirmed.expect(200)["state"], "confirmed");
}

/// Files know people by their numbers, which a merge moves: it waits for the import that runs, and says so.
#[tokio::test]
async fn a_merge_waits_for_an_import() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let two = Two::new(&server).await;
    let (kept, duplicate) = (given.employee("K1").await, given.employee("D1").await);
    given.department("S", None).await;
    let waiting = propose(&two.first, kept, duplicate).await;
    given.sql.batch_execute("BEGIN; SELECT FROM departments FOR UPDATE").await.unwrap();
    let files = [
        ("departments.csv", "code,name\nS,S\n"),
        ("absences.csv", "employee_number,starts_on,ends_on\nD1,2026-03-02,2026-03-03\n"),
    ];
    let ordered = two.first.post("/v1/imports", crate::imports::order(&files)).await;
    let owner = server.database.owner().await;
    server.database.until_blocked(&owner, 1).await;
    assert_eq!(confirm(&two.second, &waiting).await.problem(409), "busy");
    given.sql.batch_execute("COMMIT").await.unwrap();
    assert_eq!(two.first.ended(&ordered).await["state"], "succeeded");
    two.second.confirm(&waiting).await;
    let absences = items(&two.first, &format!("/v1/absences?employee_id={kept}")).await;
    assert_eq!(absences.len(), 1, "what the file brought has gone over");
}
