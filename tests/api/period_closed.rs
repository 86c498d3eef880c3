//! Which operations name the closed periods of the facts that they take, and that they do.

use std::collections::BTreeSet;

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::finished;
use crate::imports::order;
use crate::late_facts::Closed;
use crate::support::{TestServer, literal};

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
    (
        "a name moves nothing, and a snapshot has its order of grades",
        &["update_display_names", "update_lecturer_group"],
    ),
    ("what moves a score is in the versions", &["update_programme"]),
    ("a level moves no score", &["change_lecturer_level"]),
    ("the first version's moment decides", &["create_content_version"]),
    ("it takes effect now: in a period that is over the content was there", &["withdraw_content"]),
    (
        "it asks, and the answer of the second person tells",
        &[
            "ask_session_change",
            "merge_employees",
            "decline_session_change",
            "withdraw_session_change",
            "file_appeal",
            "ask_about_appeal",
            "answer_appeal",
            "decline_appeal",
            "withdraw_appeal",
        ],
    ),
    ("it decides who may rate, and each rating tells", &["extend_feedback", "replace_session_audience"]),
    (
        "what moves scores begins where nothing is closed",
        &[
            "update_programme",
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
    (
        "it tries documents or advises on them, and puts none in force",
        &["create_what_if", "dismiss_advice_finding", "draft_advice_finding", "put_advice_settings", "review_advice"],
    ),
    ("it makes the snapshot", &["close_period"]),
    ("it decides which snapshot counts", &["restate_period", "accept_restatement", "decline_restatement"]),
    (
        "money follows the snapshot and moves no score",
        &[
            "add_pay_group_members",
            "adjust_reward",
            "approve_budget_raise",
            "approve_reward",
            "approve_rewards",
            "ask_reward_release",
            "award_reward",
            "create_pay_group",
            "create_pay_item",
            "create_payroll_acknowledgement",
            "create_payroll_batch",
            "create_payroll_layout",
            "decline_reward_release",
            "delete_payroll_layout",
            "explain_payroll_exclusion",
            "lock_payroll_batch",
            "propose_budget_raise",
            "reconsider_reward",
            "reject_reward",
            "release_reward",
            "remove_pay_group_members",
            "replace_payroll_layout",
            "update_pay_group",
            "update_pay_item",
            "upload_payroll_acknowledgement",
            "void_payroll_batch",
        ],
    ),
    (
        "titles and promotions follow the scores",
        &[
            "acknowledge_improvement_notice",
            "answer_improvement_notice",
            "approve_promotion_application",
            "approve_promotion_waiver",
            "batch_promotion_checks",
            "close_improvement_notice",
            "complete_hr_task",
            "create_promotion_application",
            "create_promotion_check",
            "create_promotion_policy",
            "create_promotion_waiver",
            "delete_promotion_policy",
            "dismiss_hr_task",
            "grant_title",
            "publish_promotion_policy",
            "reject_promotion_application",
            "reject_promotion_waiver",
            "replace_promotion_policy",
            "revoke_promotion_waiver",
            "sign_promotion_check",
            "withdraw_promotion_application",
            "withdraw_promotion_waiver",
            "withdraw_title",
        ],
    ),
    (
        "a certificate follows the scores and moves none",
        &["revoke_certificate", "rotate_credential_key", "suspect_credential_key", "withdraw_credential_key"],
    ),
    (
        "mentors and what a good grade opens follow the scores",
        &[
            "accept_mentorship",
            "ask_mentorship",
            "create_mentor_offer",
            "create_mentorship_note",
            "decline_mentorship",
            "end_mentorship",
            "put_programme_privileges",
            "update_mentorship",
            "withdraw_mentor_offer",
            "withdraw_mentorship",
        ],
    ),
    (
        "training opportunities follow the scores",
        &[
            "accept_opportunity_place",
            "apply_for_training_opportunity",
            "cancel_training_opportunity",
            "decline_opportunity_place",
            "offer_opportunity_place",
            "publish_training_opportunity",
            "rank_training_opportunity",
            "revoke_opportunity_application",
            "set_opportunity_capacity",
            "update_training_opportunity",
            "withdraw_opportunity_application",
            "withdraw_opportunity_precedence",
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
    let correct = |day: &str| json!({"appointed_on": day, "reason": "A typing error"});
    let before = hris.post(&format!("{own}/correct"), correct("2020-02-01")).await.expect(200);
    assert_eq!(before["period_closed"], json!([]), "both days are long before March");
    closed.is_told("a first day", &hris.post(&format!("{own}/correct"), correct("2026-03-02")).await.expect(200));
    let ended = hris.post(&format!("{own}/end"), json!({"ended_on": "2026-03-30"})).await.expect(200);
    closed.is_told("the end of an appointment without levels", &ended);
    let again = json!({"employee_id": first, "appointed_on": "2026-03-31"});
    let again = hris.post("/v1/lecturers", again).await;
    let levels = format!("/v1/lecturers/{}/levels", again.id());
    closed.is_told("an appointment", &again.expect(201));
    let level = |day: &str| json!({"level": "senior", "starts_on": day});
    let waits = hris.post(&levels, level("2026-03-31")).await.expect(200);
    let change = format!("/v1/access-changes/{}/confirm", waits["waiting_changes"][0]["id"].as_str().unwrap());
    let confirmed = closed.admin.act(&change, "*", None).await.expect(200);
    assert_eq!(confirmed["period_closed"], json!([]), "a level moves no score, and late facts show none");
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
