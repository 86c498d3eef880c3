//! Facts of a closed period: they are stored, the answer says that the period is closed, and the period lists what they would
//! change.

use std::collections::BTreeSet;

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::{March, finished};
use crate::imports::order;
use crate::support::{Client, TestServer, literal};

/// March is closed; HR's system goes on sending.
struct Closed<'s> {
    march: March<'s>,
    hris: Client,
    admin: Client,
    snapshot: Value,
}

impl<'s> Closed<'s> {
    async fn new(server: &'s TestServer) -> Self {
        let march = March::taught(server).await;
        let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
        let closed = march.closed_by(&admin).await;
        let hris = server.client(&[Role::Hris]).await;
        Self { march, hris, admin, snapshot: closed["snapshot_id"].clone() }
    }

    /// What the answer says of the closed March.
    fn told(&self) -> Value {
        json!([{
            "programme_id": self.march.programme, "period": "2026-03", "snapshot_id": self.snapshot, "snapshot_number": 1,
        }])
    }

    /// A session of the lecturer in March, by its place.
    async fn session(&self, lecturer: usize) -> Uuid {
        let sql = format!(
            "SELECT session_id::text FROM session_lecturers WHERE employee_id = '{}' ORDER BY session_id LIMIT 1",
            self.march.lecturers[lecturer]
        );
        self.march.given.sql.query_one(&sql, &[]).await.unwrap().get::<_, &str>(0).parse().unwrap()
    }

    async fn late(&self) -> Vec<Value> {
        let page = self.admin.get(&self.march.path("late-facts")).await.expect(200);
        page["items"].as_array().unwrap().clone()
    }

    async fn rated(&self, session: Uuid, learner: &str, rating: u32) {
        let learner = self.march.given.employee(learner).await;
        let columns = [
            ("session_id", literal(&session.to_string())),
            ("learner_id", literal(&learner.to_string())),
            ("rating", rating.to_string()),
            ("scale", "10".to_owned()),
            ("received_at", literal("2026-03-12T00:00:00Z")),
            ("source", literal("import")),
        ];
        self.march.given.row("feedback", &columns).await;
    }
}

fn field(name: &str, before: Option<&str>, after: Option<&str>) -> Value {
    json!({"name": name, "before": before, "after": after})
}

#[tokio::test]
async fn whatever_comes_for_a_closed_period_is_stored_and_the_answer_says_so() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let (hris, march) = (&closed.hris, &closed.march);
    let session = closed.session(0).await;
    let learner = march.given.employee("learner").await;

    let list = json!({"source": "door", "records": [{"employee_id": learner, "state": "present", "minutes": 60}]});
    let attended = hris.put(&format!("/v1/sessions/{session}/attendance"), "*", list).await.expect(200);
    assert_eq!((&attended["present"], &attended["period_closed"]), (&json!(1), &closed.told()));

    let columns = [
        ("programme_id", literal(&march.programme.to_string())),
        ("title", literal("A content")),
        ("published_at", literal("2026-03-02T00:00:00Z")),
    ];
    let content = march.given.row("contents", &columns).await;
    let author =
        [("content_id", literal(&content.to_string())), ("employee_id", literal(&march.lecturers[1].to_string()))];
    march.given.row("content_authors", &author).await;
    let event = |at: &str, reference: &str| {
        json!({"content_id": content, "employee_id": learner, "kind": "download", "occurred_at": at, "source": "wiki",
               "source_ref": reference})
    };
    let reused = hris.post("/v1/reuse-events", event("2026-03-14T02:00:00Z", "a")).await.expect(201);
    assert_eq!(reused["period_closed"], closed.told());
    let again = hris.post("/v1/reuse-events", event("2026-03-14T02:00:00Z", "a")).await.expect(200);
    assert_eq!(again["period_closed"], closed.told(), "sent again, it is as late as before");
    let now = hris.post("/v1/reuse-events", event("2026-04-05T02:00:00Z", "b")).await.expect(201);
    assert_eq!(now["period_closed"], json!([]), "April is open");
    let items =
        json!({"mode": "atomic", "items": [event("2026-03-20T02:00:00Z", "c"), event("2026-04-05T03:00:00Z", "d")]});
    let batch = hris.post("/v1/reuse-events/batch", items).await.expect(200);
    assert_eq!(batch["period_closed"], closed.told());

    let leave = json!({"employee_id": march.lecturers[2], "kind": "leave", "starts_on": "2026-03-30", "ends_on": "2026-04-02",
                       "source": "hris", "source_ref": "L1"});
    let away = hris.post("/v1/absences", leave.clone()).await;
    assert_eq!(away.expect(201)["period_closed"], closed.told());
    let mut moved = leave;
    moved["starts_on"] = json!("2026-04-01");
    let moved = hris.post("/v1/absences", moved).await;
    assert_eq!(moved.body["period_closed"], closed.told(), "the days that it left were March's");
    let path = format!("/v1/absences/{}", moved.id());
    assert_eq!(hris.delete(&path, "*").await.expect(200)["period_closed"], json!([]), "only April's days");

    let path = format!("/v1/programmes/{}/periods/2026-03/external-values", march.programme);
    let values =
        json!({"source": "lms", "values": [{"employee_id": march.lecturers[0], "key": "exam", "value": "70"}]});
    let sent = hris.send(hris.request(reqwest::Method::PUT, &path).json(&values)).await.expect(200);
    assert_eq!(sent["period_closed"], closed.told());

    let case = json!({"session_id": session, "learner_id": learner, "description": "It worked."});
    let reported = hris.post("/v1/application-cases", case).await.expect(201);
    assert_eq!(reported["period_closed"], closed.told());
}

#[tokio::test]
async fn a_closed_period_lists_what_came_late_and_what_it_would_change() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let march = &closed.march;
    assert_eq!(closed.late().await, Vec::<Value>::new());

    // The third had taught once, which was never reported; the second session of the second was longer.
    let came = march.given.delivered_session(march.programme, march.lecturers[2], "2026-03-25T02:00:00Z", 7).await;
    let longer = closed.session(1).await;
    let sql = format!("UPDATE sessions SET delivered_minutes = 200 WHERE id = '{longer}'");
    march.given.sql.batch_execute(&sql).await.unwrap();

    let late = closed.late().await;
    let of = |number: &str| late.iter().find(|own| own["employee"]["employee_number"] == number).unwrap();
    let third = of("E3");
    assert_eq!(third["facts"].as_array().unwrap().len(), 1, "{third}");
    let fact = &third["facts"][0];
    assert_eq!((&fact["kind"], &fact["change"], &fact["id"]), (&json!("session"), &json!("came"), &json!(came)));
    assert!(fact["fields"].as_array().unwrap().contains(&field("minutes", None, Some("60"))), "{fact}");
    assert_eq!((&third["before"]["score"], &third["after"]["score"]), (&json!("0.00"), &json!("33.33")));
    assert_eq!((&third["before"]["grade"], &third["after"]["grade"]), (&json!("fail"), &json!("fail")));

    // 260 minutes are the most now: the first place's 10000 go to the second lecturer, the second's 5000 to the first.
    let second = of("E2");
    let change = json!({"kind": "session", "change": "changed", "id": longer, "key": null,
                        "fields": [field("minutes", Some("60"), Some("200"))]});
    assert_eq!(second["facts"], json!([change]));
    let rewards = |result: &Value| {
        let lines = result["rewards"].as_array().unwrap().iter();
        let word = |line: &Value| {
            let amount = line["amount"]["amount_minor"].as_i64().map(|amount| amount.to_string());
            format!(
                "{} {}",
                line["policy"].as_str().unwrap(),
                amount.unwrap_or_else(|| line["certificate"].to_string())
            )
        };
        lines.map(word).collect::<Vec<_>>()
    };
    assert_eq!(rewards(&second["before"]), ["bonus 30000", "minutes 5000"]);
    assert_eq!(rewards(&second["after"]), ["bonus 30000", "minutes 10000"]);
    assert_eq!(second["before"]["rank"], second["after"]["rank"]);

    // The first has no late fact; the others' change the rewards.
    let first = of("E1");
    assert_eq!(first["facts"], json!([]));
    assert_eq!(rewards(&first["before"]), ["bonus 80000", "minutes 10000", "most \"most-sessions\""]);
    assert_eq!(rewards(&first["after"]), ["bonus 80000", "minutes 5000", "most \"most-sessions\""]);

    // A lecturer sees the own entry, money included; the ledger is as it was.
    let own = server.person(march.lecturers[1], &[]).await.get(&march.path("late-facts")).await.expect(200);
    assert_eq!(own["items"], json!([second]));
    let granted: i64 =
        march.given.sql.query_one("SELECT sum(amount_minor)::bigint FROM reward_entries", &[]).await.unwrap().get(0);
    assert_eq!(granted, 125_000);
    let page = closed.admin.get(&march.path("late-facts?limit=2")).await.expect(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let open = closed.admin.get(&march.path("late-facts").replace("2026-03", "2026-04")).await;
    assert_eq!(open.problem(409), "state_conflict");
}

#[tokio::test]
async fn late_ratings_show_in_batches_of_k() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let session = closed.session(0).await;
    let given = &closed.march.given;
    given.sql.batch_execute("UPDATE programmes SET feedback_mode = 'confidential'").await.unwrap();
    let k: i32 = given.sql.query_one("SELECT feedback_min_k FROM programmes", &[]).await.unwrap().get(0);
    for i in 0..k {
        closed.rated(session, &format!("learner {i}"), 9).await;
    }
    assert_eq!(closed.late().await, Vec::<Value>::new(), "they wait for their release");
    let batch = [("programme_id", literal(&closed.march.programme.to_string())), ("starts_on", literal("2026-03-01"))];
    let batch = given.row("feedback_batches", &batch).await;
    let joins = format!(
        "UPDATE feedback SET batch_id = '{batch}' WHERE learner_id IN (SELECT id FROM employees WHERE employee_number"
    );
    given.sql.batch_execute(&format!("{joins} <> 'learner 0')")).await.unwrap();
    assert_eq!(closed.late().await, Vec::<Value>::new(), "fewer than {k} are never shown");
    given.sql.batch_execute(&format!("{joins} = 'learner 0')")).await.unwrap();
    let late = closed.late().await;
    let fields = [field("n", None, Some(&k.to_string())), field("value", None, Some("9.000000"))];
    let facts = json!([{"kind": "ratings", "change": "came", "id": null, "key": null, "fields": fields}]);
    assert_eq!((late.len(), &late[0]["facts"]), (1, &facts));
}

/// Operations that change something and name no closed periods, because what they change moves no score of a period that may be
/// closed.
const SILENT: &[(&str, &[&str])] = &[
    (
        "it decides who may do what, not what happened",
        &[
            "create_api_client",
            "create_role_grant",
            "delete_role_grant",
            "reset_sign_in_binding",
            "revoke_api_client",
            "rotate_api_client_secret",
            "withdraw_access_change",
            "appoint_group_organiser",
            "end_group_organiser",
        ],
    ),
    ("the result of its job tells", &["create_import"]),
    (
        "nobody is in it yet, or any more",
        &[
            "create_department",
            "create_employee",
            "create_lecturer_group",
            "delete_department",
            "delete_lecturer_group",
        ],
    ),
    ("a name moves nothing", &["update_lecturer_group"]),
    ("the first version's moment decides", &["create_content_version"]),
    ("it takes effect now: in a period that is over the content was there", &["withdraw_content"]),
    ("it asks, and the approval tells", &["ask_session_change", "decline_session_change", "withdraw_session_change"]),
    ("it decides who may rate, and each rating tells", &["extend_feedback", "replace_session_audience"]),
    (
        "documents and states of a programme begin where nothing is closed",
        &[
            "activate_programme",
            "create_programme",
            "end_programme",
            "create_scoring_rule",
            "replace_scoring_rule",
            "delete_scoring_rule",
            "publish_scoring_rule",
            "create_reward_policy_set",
            "replace_reward_policy_set",
            "delete_reward_policy_set",
            "publish_reward_policy_set",
        ],
    ),
    ("it makes the snapshot", &["close_period"]),
    (
        "money follows the snapshot and moves no score",
        &[
            "add_pay_group_members",
            "approve_budget_raise",
            "approve_reward",
            "approve_rewards",
            "create_pay_group",
            "create_pay_item",
            "create_payroll_acknowledgement",
            "create_payroll_batch",
            "explain_payroll_exclusion",
            "lock_payroll_batch",
            "propose_budget_raise",
            "reconsider_reward",
            "reject_reward",
            "remove_pay_group_members",
            "update_pay_group",
            "update_pay_item",
            "void_payroll_batch",
        ],
    ),
    (
        "titles and promotions follow the scores",
        &[
            "approve_promotion_application",
            "create_promotion_application",
            "create_promotion_check",
            "create_promotion_policy",
            "delete_promotion_policy",
            "grant_title",
            "publish_promotion_policy",
            "reject_promotion_application",
            "replace_promotion_policy",
            "withdraw_promotion_application",
        ],
    ),
    ("it changes nothing", &["create_token", "resolve_employees"]),
];

#[test]
fn every_operation_that_changes_something_names_closed_periods_or_has_a_reason_not_to() {
    let document: Value = serde_json::from_str(&lectern::app::document_json().unwrap()).unwrap();
    let silent: BTreeSet<&str> = SILENT.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let writes = ["post", "put", "patch", "delete"];
        for (method, operation) in
            item.as_object().unwrap().iter().filter(|(method, _)| writes.contains(&method.as_str()))
        {
            let name = operation["operationId"].as_str().unwrap();
            let successes =
                operation["responses"].as_object().unwrap().iter().filter(|(status, _)| status.starts_with('2'));
            let tells = successes.map(|(_, response)| {
                let reference = response["content"]["application/json"]["schema"]["$ref"].as_str().unwrap_or_default();
                let schema = document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
                schema["required"].as_array().is_some_and(|names| names.contains(&json!("period_closed")))
            });
            let tells: BTreeSet<bool> = tells.collect();
            assert_eq!(tells.len(), 1, "{method} {path} tells with one status and not with another");
            assert_eq!(tells.contains(&true), !silent.contains(name), "{name}: {method} {path}");
            found.insert(name.to_owned());
        }
    }
    let gone: Vec<&&str> = silent.iter().filter(|name| !found.contains(**name)).collect();
    assert_eq!(gone, Vec::<&&str>::new(), "the list names operations that are none");
}

impl Closed<'_> {
    /// Fails unless the answer names March.
    #[track_caller]
    fn is_told(&self, what: &str, answer: &Value) {
        assert_eq!(answer["period_closed"], self.told(), "{what}: {answer}");
    }

    async fn appointment(&self, lecturer: usize) -> String {
        let path = format!("/v1/lecturers?employee_id={}", self.march.lecturers[lecturer]);
        let page = self.admin.get(&path).await.expect(200);
        format!("/v1/lecturers/{}", page["items"][0]["id"].as_str().unwrap())
    }
}

#[tokio::test]
async fn days_of_people_in_a_closed_period_are_told_and_others_are_not() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let (hris, march) = (&closed.hris, &closed.march);
    let [first, _, third] = march.lecturers;

    let path = format!("/v1/employees/{third}");
    let named = hris.patch(&path, "*", json!({"name": "Somebody else"})).await.expect(200);
    assert_eq!(named["period_closed"], json!([]));
    let left = hris.patch(&path, "*", json!({"left_on": "2026-03-20"})).await.expect(200);
    closed.is_told("an earlier last day", &left);
    let stays = hris.patch(&path, "*", json!({"left_on": null})).await.expect(200);
    closed.is_told("no last day", &stays);
    let later = hris.patch(&path, "*", json!({"left_on": "2026-04-30"})).await.expect(200);
    assert_eq!(later["period_closed"], json!([]), "April is open");
    let number = hris.patch(&path, "*", json!({"employee_number": "E33"})).await.expect(200);
    closed.is_told("another number", &number);
    let item = json!({"employee_number": "E2", "name": "Person E2", "left_on": "2026-03-30"});
    let batch = hris.post("/v1/employees/batch", json!({"items": [item.clone()]})).await.expect(200);
    closed.is_told("a batch", &batch);
    let batch = hris.post("/v1/employees/batch", json!({"items": [item]})).await.expect(200);
    assert_eq!(batch["period_closed"], json!([]), "it changes nothing");

    let (one, other) = (march.given.department("A", None).await, march.given.department("B", None).await);
    march.given.membership(first, one, "2020-01-01").await;
    let moves = format!("/v1/employees/{first}/memberships");
    let into = |day: &str| json!({"department_id": other, "starts_on": day});
    let moved = hris.post(&moves, into("2026-04-03")).await.expect(200);
    assert_eq!(moved["period_closed"], json!([]));
    let moved = hris.post(&moves, into("2026-03-30")).await.expect(200);
    closed.is_told("a move", &moved);
    let of = |id: Uuid, all: &Value| {
        let mut all = all["memberships"].as_array().unwrap().iter();
        all.find(|one| one["department"]["id"] == json!(id)).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let gone = hris.delete(&format!("{moves}/{}", of(other, &moved)), "*").await.expect(200);
    closed.is_told("a move that never was", &gone);
    let unit = hris.patch(&format!("/v1/departments/{one}"), "*", json!({"is_ranking_unit": false})).await.expect(200);
    closed.is_told("another board", &unit);
    let unit =
        hris.patch(&format!("/v1/departments/{other}"), "*", json!({"is_ranking_unit": false})).await.expect(200);
    assert_eq!(unit["period_closed"], json!([]), "nobody was in it");

    let own = closed.appointment(0).await;
    let level = |day: &str| json!({"level": "senior", "starts_on": day});
    let april = hris.post(&format!("{own}/levels"), level("2026-04-01")).await.expect(200);
    assert_eq!(april["period_closed"], json!([]));
    closed.is_told("a level", &hris.post(&format!("{own}/levels"), level("2026-03-02")).await.expect(200));
    let correct = |day: &str| json!({"appointed_on": day, "reason": "A typing error"});
    let before = hris.post(&format!("{own}/correct"), correct("2020-02-01")).await.expect(200);
    assert_eq!(before["period_closed"], json!([]), "both days are long before March");
    closed.is_told("a first day", &hris.post(&format!("{own}/correct"), correct("2026-03-02")).await.expect(200));
    let ended = hris.post(&format!("{own}/end"), json!({"ended_on": "2026-03-30"})).await.expect(200);
    closed.is_told("the end of an appointment", &ended);
    let again = json!({"employee_id": first, "appointed_on": "2026-03-31"});
    closed.is_told("an appointment", &hris.post("/v1/lecturers", again).await.expect(201));
    let newcomer = march.given.employee("E9").await;
    let new = json!({"employee_id": newcomer, "appointed_on": "2026-03-01"});
    let new = hris.post("/v1/lecturers", new).await.expect(201);
    assert_eq!(new["period_closed"], json!([]), "in no group of the programme");
    let groups = march.given.sql.query_one("SELECT group_id::text FROM programme_groups", &[]).await.unwrap();
    let group: String = groups.get(0);
    let members = format!("/v1/lecturer-groups/{group}/members");
    let added = hris.post(&members, json!({"employee_id": newcomer, "starts_on": "2026-03-15"})).await;
    let path = format!("{members}/{}", added.id());
    closed.is_told("a member", &added.expect(201));
    let ended = hris.post(&format!("{path}/end"), json!({"ended_on": "2026-04-10"})).await.expect(200);
    assert_eq!(ended["period_closed"], json!([]));
    closed.is_told("a member who never was", &hris.delete(&path, "*").await.expect(200));
}

#[tokio::test]
async fn what_happened_in_a_closed_period_is_told_by_every_door() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let (hris, march) = (&closed.hris, &closed.march);
    let [first, ..] = march.lecturers;
    let session = closed.session(0).await;
    let reason = json!({"reason": "It did not take place"});
    closed.is_told("missed", &hris.post(&format!("/v1/sessions/{session}/miss"), reason).await.expect(200));
    let again = json!({"started_at": "2026-03-10T02:00:00Z", "delivered_minutes": 60, "reason": "It did"});
    closed.is_told("delivered", &hris.post(&format!("/v1/sessions/{session}/deliver"), again).await.expect(200));

    let learner = march.given.employee("learner").await;
    let list = json!({"source": "door", "records": [{"employee_id": learner, "state": "present", "minutes": 60}]});
    hris.put(&format!("/v1/sessions/{session}/attendance"), "*", list).await.expect(200);
    let forms = json!({"forms": [{"learner_id": learner, "feedback": {"rating": 9}}]});
    for number in ["HR1", "HR2"] {
        let person = march.given.employee(number).await;
        let admin = server.person(person, &[Role::Admin]).await;
        let entered = admin.post(&format!("/v1/sessions/{session}/paper-feedback"), forms.clone()).await.expect(200);
        closed.is_told("a paper form", &entered);
    }

    let planned = [
        ("programme_id", literal(&march.programme.to_string())),
        ("title", literal("Undecided")),
        ("kind", literal("assigned")),
        ("mode", literal("on_site")),
        ("state", literal("planned")),
        ("scheduled_start", literal("2026-03-20T02:00:00Z")),
        ("scheduled_minutes", "60".to_owned()),
    ];
    let planned = march.given.row("sessions", &planned).await;
    let gives = [("session_id", literal(&planned.to_string())), ("employee_id", literal(&first.to_string()))];
    march.given.row("session_lecturers", &gives).await;
    let ask = json!({"kind": "move", "starts_at": "2026-04-20T02:00:00Z", "reason": "I was ill"});
    let lecturer = server.person(first, &[]).await;
    let asked = lecturer.post(&format!("/v1/sessions/{planned}/change-requests"), ask).await;
    let approve = format!("/v1/session-change-requests/{}/approve", asked.id());
    closed.is_told("a move by consent", &closed.admin.post(&approve, json!({})).await.expect(200));

    let other = march.given.group("g2").await;
    let programme = format!("/v1/programmes/{}", march.programme);
    let groups = closed.admin.get(&programme).await.expect(200)["group_ids"].clone();
    let wider = json!({"group_ids": [groups[0], other]});
    closed.is_told("the groups", &closed.admin.patch(&programme, "*", wider).await.expect(200));
}

#[tokio::test]
async fn an_import_tells_the_closed_periods_of_its_rows_and_a_dry_run_too() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let hris = &closed.hris;
    let sessions = "session_code,programme_code,title,kind,mode,state,scheduled_start,scheduled_minutes,delivered_start,\
                    delivered_minutes,lecturers\n\
                    S1,p,Late,assigned,online,delivered,2026-03-25 10:00,60,2026-03-25 10:00,60,E3\n";
    for (what, files) in [
        (
            "an absence",
            vec![(
                "absences.csv",
                "employee_number,kind,starts_on,ends_on,source_ref\nE3,leave,2026-03-03,2026-03-04,A1\n",
            )],
        ),
        ("a last day", vec![("employees.csv", "employee_number,name,left_on\nE2,Person E2,2026-03-29\n")]),
        (
            "the end of an appointment",
            vec![("lecturers.csv", "employee_number,appointed_on,ended_on,group_codes\nE1,2020-01-01,2026-03-28,g\n")],
        ),
        ("a session", vec![("sessions.csv", sessions)]),
    ] {
        let mut dry = order(&files);
        dry["dry_run"] = json!(true);
        let tried = hris.post("/v1/imports", dry).await;
        closed.is_told(what, &finished(hris, &tried).await);
        let stored = hris.post("/v1/imports", order(&files)).await;
        closed.is_told(what, &finished(hris, &stored).await);
        let again = hris.post("/v1/imports", order(&files)).await;
        assert_eq!(finished(hris, &again).await["period_closed"], json!([]), "{what}: it changes nothing more");
    }
}
