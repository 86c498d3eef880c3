//! What a lecturer asks for about an assigned session, and who decides.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sessions::{Company, company, with};
use crate::support::{Answer, Client, Given, TestServer, at};

const PLANNED: &str = "2026-03-05T00:00:00Z";

/// A company whose session of 2026-03-10T06:00:00Z was assigned to the lecturer, in a group that the learner organises.
struct Case {
    server: TestServer,
    company: Company,
    path: String,
}

impl Case {
    async fn new() -> Self {
        let server = TestServer::start().await;
        server.clock.set(at(PLANNED));
        let (company, path) = {
            let given = server.given().await;
            let company = company(&given).await;
            let hr = server.client(&[Role::Hris]).await;
            let group = group(&given).await;
            let organiser = json!({"employee_id": company.learner, "starts_on": "2026-03-01", "ends_on": "2026-03-31"});
            hr.post(&format!("/v1/lecturer-groups/{group}/organisers"), organiser).await.expect(201);
            let plan = with(company.plan(company.lecturer), json!({"group_id": group}));
            let path = hr.post("/v1/sessions", plan).await.header("location").to_owned();
            (company, path)
        };
        Self { server, company, path }
    }

    fn person(&self, person: Uuid) -> Client {
        self.server.person_token(self.server.tenant, person)
    }

    fn lecturer(&self) -> Client {
        self.person(self.company.lecturer)
    }

    fn organiser(&self) -> Client {
        self.person(self.company.learner)
    }

    async fn asks(&self, request: Value) -> Answer {
        self.lecturer().post(&format!("{}/change-requests", self.path), request).await
    }

    /// The path of a new request.
    async fn asked(&self, request: Value) -> String {
        let asked = self.asks(request).await;
        let path = asked.header("location").to_owned();
        assert_eq!(asked.expect(201)["state"], "open");
        path
    }

    async fn session(&self) -> Value {
        self.server.client(&[Role::Hris]).await.get(&self.path).await.expect(200)
    }
}

async fn group(given: &Given<'_>) -> String {
    let row = given.sql.query_one("SELECT id::text FROM lecturer_groups WHERE code = 'sales'", &[]).await.unwrap();
    row.get(0)
}

fn cancel() -> Value {
    json!({"kind": "cancel", "reason": "当天须到客户现场"})
}

#[tokio::test]
async fn what_was_assigned_is_not_the_lecturer_s_to_change() {
    let case = Case::new().await;
    let (lecturer, path) = (case.lecturer(), case.path.as_str());
    case.server.clock.set(at("2026-03-10T05:50:00Z"));
    let late = case.lecturer();
    let answer = late.post(&format!("{path}/cancel"), json!({"reason": "Ten minutes before"})).await;
    assert_eq!(answer.problem(403), "consent_required");
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains("ask_session_change") && detail.contains(&format!("{path}/change-requests")), "{detail}");
    case.server.clock.set(at(PLANNED));
    let colleague = json!({"lecturers": [{"employee_id": case.company.colleague}]});
    assert_eq!(lecturer.put(&format!("{path}/lecturers"), "*", colleague).await.problem(403), "consent_required");
    for change in [
        json!({"kind": "voluntary"}),
        json!({"starts_at": "2026-04-19T06:00:00Z"}),
        json!({"scheduled_minutes": 5}),
        json!({"group_id": null}),
    ] {
        assert_eq!(lecturer.patch(path, "*", change.clone()).await.problem(403), "consent_required", "{change}");
    }
    // HR who gives it is its lecturer, and so is the machine that a lecturer answers for.
    let teaching = case.server.person(case.company.lecturer, &[Role::Admin]).await;
    let machine = crate::access::machine_made_by(&case.server, &teaching, &["hris"]).await;
    for client in [&teaching, &machine] {
        let refused = client.post(&format!("{path}/cancel"), json!({"reason": "Own"})).await;
        assert_eq!(refused.problem(403), "consent_required");
    }
    // What does not change the assignment is the lecturer's.
    let titled = json!({"title": "新客户维护", "place": "4F", "kind": "assigned", "starts_at": "2026-03-10T06:00:00Z"});
    lecturer.patch(path, "*", titled).await.expect(200);
}

#[tokio::test]
async fn a_voluntary_session_is_the_lecturer_s_own() {
    let case = Case::new().await;
    let lecturer = case.lecturer();
    let own = json!({"kind": "voluntary", "starts_at": "2026-03-11T06:00:00Z"});
    let own = lecturer.post("/v1/sessions", with(case.company.plan(case.company.lecturer), own)).await;
    let path = own.header("location").to_owned();
    let asked = lecturer.post(&format!("{path}/change-requests"), cancel()).await;
    assert_eq!(asked.problem(403), "no_need_to_ask");
    lecturer.patch(&path, "*", json!({"starts_at": "2026-03-12T06:00:00Z"})).await.expect(200);
    lecturer.post(&format!("{path}/cancel"), json!({"reason": "自行取消"})).await.expect(200);
}

#[tokio::test]
async fn an_organiser_consents_and_the_reason_stays_among_them() {
    let case = Case::new().await;
    let request = case.asked(cancel()).await;
    assert_eq!(case.session().await["state"], "planned", "until somebody decides, it stands");
    let manager = case.person(case.company.manager);
    let hr = case.server.client(&[Role::Hris]).await;
    for (client, sees) in [(&case.lecturer(), true), (&case.organiser(), true), (&hr, true), (&manager, false)] {
        let one = client.get(&request).await;
        let list = client.get("/v1/session-change-requests?state=open").await.expect(200);
        if sees {
            assert_eq!(one.expect(200)["reason"], "当天须到客户现场");
            assert_eq!(list["items"][0]["asked_by"]["employee_number"], "L");
        } else {
            assert_eq!((one.problem(404), &list["items"]), ("not_found", &json!([])));
        }
    }
    let auditor = case.server.client(&[Role::Auditor]).await;
    assert_eq!(auditor.get(&request).await.problem(403), "forbidden");
    assert_eq!(case.asks(cancel()).await.problem(409), "already_exists");
    let etag = case.organiser().get(&request).await.etag().to_owned();
    let approve = case.organiser().act(&format!("{request}/approve"), &etag, Some(json!({"note": "下月补讲"}))).await;
    let approved = approve.expect(200);
    assert_eq!((&approved["state"], &approved["decided_by"]["employee_number"]), (&json!("approved"), &json!("X")));
    let session = case.session().await;
    assert_eq!((&session["state"], &session["reason"]), (&json!("cancelled"), &Value::Null));
    let log = auditor.get("/v1/audit-entries").await.expect(200).to_string();
    assert!(log.contains("approve_session_change") && !log.contains("客户现场"), "the log has no reason");
    let again = case.organiser().post(&format!("{request}/decline"), json!({"note": "No"})).await;
    assert_eq!(again.problem(409), "state_conflict");
}

#[tokio::test]
async fn nobody_decides_what_concerns_themselves() {
    let case = Case::new().await;
    let hr = case.server.person(Uuid::new_v4(), &[Role::Admin]).await;
    let group = group(&case.server.given().await).await;
    let own = json!({"employee_id": case.company.lecturer, "starts_on": "2026-03-01"});
    let organisers = format!("/v1/lecturer-groups/{group}/organisers");
    hr.post(&organisers, own).await.expect(201);
    let hand_over = json!({"kind": "hand_over", "colleague_id": case.company.colleague, "reason": "出差"});
    let request = case.asked(hand_over).await;
    let approve = format!("{request}/approve");
    let teaching = case.server.person(case.company.lecturer, &[Role::Admin]).await;
    let taking_over = case.server.person(case.company.colleague, &[Role::Admin]).await;
    for client in [&case.lecturer(), &teaching, &taking_over] {
        assert_eq!(client.post(&approve, json!({})).await.problem(403), "self_approval");
    }
    let machine = case.server.client(&[Role::Hris]).await;
    assert_eq!(machine.post(&approve, json!({})).await.problem(403), "person_required");
    assert_eq!(case.person(case.company.stranger).post(&approve, json!({})).await.problem(404), "not_found");
    // An organiser whose time is over decides nothing.
    let id = hr.get(&organisers).await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let ended = hr.post(&format!("{organisers}/{id}/end"), json!({"ends_on": "2026-03-04"})).await.expect(200);
    assert_eq!(ended["ends_on"], "2026-03-04");
    assert_eq!(case.organiser().post(&approve, json!({})).await.problem(404), "not_found");
    hr.post(&approve, json!({})).await.expect(200);
    let session = case.session().await;
    assert_eq!(session["lecturers"][0]["employee"]["employee_number"], "M");
    assert_eq!(session["lecturers"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn late_asking_and_its_answer_are_on_record() {
    let case = Case::new().await;
    let move_it = json!({"kind": "move", "starts_at": "2026-03-17T06:00:00Z", "reason": "客户改期"});
    let in_time = case.asks(move_it.clone()).await.expect(201);
    assert_eq!((&in_time["is_late"], &in_time["late_after"]), (&json!(false), &json!("2026-03-09T06:00:00Z")));
    let path = format!("/v1/session-change-requests/{}", in_time["id"].as_str().unwrap());
    let of_another = case.organiser().act(&format!("{path}/withdraw"), "*", None).await;
    assert_eq!(of_another.problem(403), "not_the_asker");
    let withdrawn = case.lecturer().act(&format!("{path}/withdraw"), "*", None).await.expect(200);
    assert_eq!((&withdrawn["state"], &withdrawn["decided_by"]), (&json!("withdrawn"), &Value::Null));
    case.server.clock.set(at("2026-03-09T06:00:01Z"));
    let request = case.asked(move_it).await;
    let declined =
        case.organiser().post(&format!("{request}/decline"), json!({"note": "已通知学员"})).await.expect(200);
    assert_eq!((&declined["is_late"], &declined["note"]), (&json!(true), &json!("已通知学员")));
    assert_eq!(case.session().await["starts_at"], "2026-03-10T06:00:00Z", "it stands");
    let late = case.organiser().get("/v1/session-change-requests?is_late=true&state=declined").await.expect(200);
    assert_eq!(late["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn consent_moves_the_session_as_hr_would() {
    let case = Case::new().await;
    let other = json!({"starts_at": "2026-03-17T06:00:00Z"});
    let hr = case.server.client(&[Role::Hris]).await;
    let other = hr.post("/v1/sessions", with(case.company.plan(case.company.lecturer), other)).await.expect(201);
    let onto = json!({"kind": "move", "starts_at": "2026-03-17T06:30:00Z", "reason": "客户改期"});
    let request = case.asked(onto).await;
    let refused = case.organiser().post(&format!("{request}/approve"), json!({})).await;
    assert_eq!((refused.problem(409), &refused.body["session_id"]), ("plans_overlap", &other["id"]));
    case.organiser().post(&format!("{request}/decline"), json!({"note": "时间冲突"})).await.expect(200);
    let beside =
        json!({"kind": "move", "starts_at": "2026-03-18T06:00:00Z", "scheduled_minutes": 60, "reason": "改期"});
    let request = case.asked(beside).await;
    case.organiser().post(&format!("{request}/approve"), json!({})).await.expect(200);
    let session = case.session().await;
    assert_eq!(
        (&session["starts_at"], &session["due_at"]),
        (&json!("2026-03-18T06:00:00Z"), &json!("2026-03-17T06:00:00Z"))
    );
    assert_eq!(session["scheduled_minutes"], 60);
    let request = case.asked(json!({"kind": "change_kind", "reason": "改为自愿分享"})).await;
    case.organiser().post(&format!("{request}/approve"), json!({})).await.expect(200);
    assert_eq!(case.session().await["kind"], "voluntary");
}

#[tokio::test]
async fn a_request_lapses_with_the_decision_and_is_checked_when_asked() {
    let case = Case::new().await;
    let wrong = json!({"kind": "hand_over", "starts_at": "2026-03-18T06:00:00Z", "reason": "x"});
    let wrong = case.asks(wrong).await;
    assert_eq!(wrong.problem(422), "invalid_values");
    assert_eq!(wrong.faults(), [("/starts_at", "not_eligible"), ("/colleague_id", "required")]);
    for (request, fault) in [
        (json!({"kind": "hand_over", "colleague_id": Uuid::new_v4(), "reason": "x"}), ("/colleague_id", "not_found")),
        (
            json!({"kind": "hand_over", "colleague_id": case.company.lecturer, "reason": "x"}),
            ("/colleague_id", "not_eligible"),
        ),
        (json!({"kind": "move", "starts_at": "2026-03-04T06:00:00Z", "reason": "x"}), ("/starts_at", "out_of_range")),
        (json!({"kind": "cancel", "reason": " "}), ("/reason", "empty")),
    ] {
        assert_eq!(case.asks(request).await.faults(), [fault]);
    }
    let past = case.asks(json!({"kind": "move", "starts_at": "2026-03-04T06:00:00Z", "reason": "x"})).await;
    assert_eq!(past.body["errors"][0]["detail"], "must not be before 2026-03-05T08:00:01+08:00");
    // Who may change it directly is told so; to others it is not there.
    let managed = case.person(case.company.manager).post(&format!("{}/change-requests", case.path), cancel()).await;
    let hr = case.server.client(&[Role::Hris]).await.post(&format!("{}/change-requests", case.path), cancel()).await;
    for answer in [managed, hr] {
        assert_eq!(answer.problem(403), "no_need_to_ask");
        assert!(answer.body["detail"].as_str().unwrap().contains("cancel_session"), "{}", answer.text);
    }
    let stranger = case.person(case.company.stranger).post(&format!("{}/change-requests", case.path), cancel()).await;
    assert_eq!(stranger.problem(404), "not_found");
    let request = case.asked(cancel()).await;
    let hr = case.server.client(&[Role::Hris]).await;
    hr.post(&format!("{}/cancel", case.path), json!({"reason": "课程取消"})).await.expect(200);
    assert_eq!(case.lecturer().get(&request).await.expect(200)["state"], "lapsed");
    assert_eq!(case.asks(cancel()).await.problem(409), "state_conflict");
}

#[tokio::test]
async fn who_has_nothing_to_say_consents_without_a_body() {
    let case = Case::new().await;
    let request = case.asked(cancel()).await;
    let silent = case.organiser().act(&format!("{request}/decline"), "*", None).await;
    assert_eq!(silent.problem(415), "unsupported_media_type", "a refusal says why");
    let approved = case.organiser().act(&format!("{request}/approve"), "*", None).await;
    assert_eq!(approved.expect(200)["state"], "approved");
    assert_eq!(case.session().await["state"], "cancelled");
}

#[tokio::test]
async fn an_organiser_is_appointed_by_hr_for_a_time() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = company(&given).await;
    let group = group(&given).await;
    let hr = server.client(&[Role::Hris]).await;
    let path = format!("/v1/lecturer-groups/{group}/organisers");
    let appointment = json!({"employee_id": company.learner, "starts_on": "2026-01-01", "ends_on": "2026-06-30"});
    let learner = server.person_token(server.tenant, company.learner);
    assert_eq!(learner.post(&path, appointment.clone()).await.problem(403), "forbidden");
    let appointed = hr.post(&path, appointment.clone()).await.expect(201);
    assert_eq!((&appointed["starts_on"], &appointed["ends_on"]), (&json!("2026-01-01"), &json!("2026-06-30")));
    assert_eq!(hr.post(&path, appointment).await.faults(), [("/starts_on", "overlaps")]);
    let on = async |day: &str| -> usize {
        let page = learner.get(&format!("{path}?on={day}")).await.expect(200);
        page["items"].as_array().unwrap().len()
    };
    assert_eq!((on("2025-12-31").await, on("2026-06-30").await, on("2026-07-01").await), (0, 1, 0));
    let backwards = json!({"employee_id": company.lecturer, "starts_on": "2026-02-01", "ends_on": "2026-01-31"});
    assert_eq!(hr.post(&path, backwards).await.faults(), [("/ends_on", "out_of_range")]);
    let unknown = json!({"employee_id": Uuid::new_v4(), "starts_on": "2026-02-01"});
    assert_eq!(hr.post(&path, unknown).await.faults(), [("/employee_id", "not_found")]);
}
