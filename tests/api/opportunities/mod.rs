//! Training opportunities: published with what they ask for, applied for by those who meet it, with the reasons for the others.

mod places;
mod precedence;
mod races;

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::streaks::Year;
use crate::support::{Answer, Client, TestServer, literal};

pub const OPPORTUNITIES: &str = "/v1/training-opportunities";
pub const APPLICATIONS: &str = "/v1/opportunity-applications";

/// Before the deadline of the opportunities, and after it.
pub const DEADLINE: &str = "2026-07-20T10:00:00Z";
pub const AFTER: &str = "2026-07-20T10:00:01Z";

/// A year of which the first three months are closed, with lecturers who taught so many sessions in each, and somebody of HR. The clock
/// moves on: every call has a token of its own.
pub struct Occasion<'s> {
    pub server: &'s TestServer,
    pub year: Year<'s>,
    pub hr: Uuid,
}

impl<'s> Occasion<'s> {
    pub async fn new(server: &'s TestServer) -> Self {
        let year = Year::new(server).await;
        let hr = year.given.employee("HR2").await;
        server.person(hr, &[Role::Admin]).await;
        Self { server, year, hr }
    }

    pub async fn lecturer(&self, number: &str, sessions: u32) -> Uuid {
        let lecturer = self.year.lecturer(number).await;
        for month in 1..=3 {
            self.year.teaches(lecturer, month, sessions).await;
        }
        lecturer
    }

    pub async fn close(&self) {
        for month in 1..=3 {
            self.year.close(month).await;
        }
    }

    /// With a token of the present.
    pub fn of(&self, person: Uuid) -> Client {
        self.server.person_token(self.server.tenant, person)
    }

    pub fn hr(&self) -> Client {
        self.of(self.hr)
    }

    /// The id of a summit that is published with these changes to the usual one.
    pub async fn published(&self, changes: Value) -> String {
        let published = self.hr().post(OPPORTUNITIES, summit(changes)).await;
        assert_eq!(published.status, 201, "{}", published.text);
        published.id()
    }

    pub async fn apply(&self, opportunity: &str, person: Uuid) -> Answer {
        self.of(person).act(&format!("{OPPORTUNITIES}/{opportunity}/applications"), "*", None).await
    }

    pub async fn rank(&self, opportunity: &str) -> Answer {
        self.hr().act(&format!("{OPPORTUNITIES}/{opportunity}/rank"), "*", None).await
    }

    pub async fn offer(&self, opportunity: &str, person: Uuid) -> Answer {
        let body = json!({"employee_id": person, "reason": "会后牵头内部转训"});
        self.hr().post(&format!("{OPPORTUNITIES}/{opportunity}/offers"), body).await
    }

    pub async fn opportunity(&self, id: &str) -> Value {
        self.hr().get(&format!("{OPPORTUNITIES}/{id}")).await.expect(200)
    }

    /// The latest application of a person, as HR sees it.
    pub async fn application(&self, opportunity: &str, person: Uuid) -> Value {
        let path = format!("{APPLICATIONS}?opportunity_id={opportunity}&employee_id={person}");
        self.hr().get(&path).await.expect(200)["items"][0].clone()
    }

    pub async fn states(&self, opportunity: &str, people: &[Uuid]) -> Vec<String> {
        let mut states = Vec::new();
        for person in people {
            let own = self.application(opportunity, *person).await;
            states.push(own["state"].as_str().unwrap_or("none").to_owned());
        }
        states
    }

    /// What the lecturer does with their own application.
    pub async fn does(&self, opportunity: &str, person: Uuid, what: &str, body: Option<Value>) -> Answer {
        let own = self.application(opportunity, person).await;
        let path = format!("{APPLICATIONS}/{}/{what}", own["id"].as_str().unwrap());
        self.of(person).act(&path, own["etag"].as_str().unwrap(), body).await
    }

    /// What HR does with the application of a person.
    pub async fn decides(&self, opportunity: &str, person: Uuid, what: &str, body: Value) -> Answer {
        let own = self.application(opportunity, person).await;
        let path = format!("{APPLICATIONS}/{}/{what}", own["id"].as_str().unwrap());
        self.hr().act(&path, own["etag"].as_str().unwrap(), Some(body)).await
    }
}

/// A summit of two places in August, for which lecturers apply until 20 July; with these changes.
pub fn summit(changes: Value) -> Value {
    let mut whole = json!({
        "code": "industry-summit", "kind": "summit", "title": "企业学习行业峰会", "provider": "企业培训协会",
        "starts_on": "2026-08-20", "ends_on": "2026-08-21", "apply_until_at": DEADLINE, "answer_days": 5, "seats": 2,
        "cost": {"amount_minor": 380_000, "currency": "CNY"}, "budget": {"amount_minor": 1_000_000, "currency": "CNY"},
        "criteria": null, "ranking": {"periods": 3, "ties": ["longer_tenure"]}, "certificate": null,
    });
    for (member, value) in changes.as_object().unwrap() {
        whole[member] = value.clone();
    }
    whole
}

#[tokio::test]
async fn lecturers_see_what_they_may_apply_for_and_why_not() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let (good, poor) = (occasion.lecturer("E1", 3).await, occasion.lecturer("E2", 2).await);
    occasion.close().await;
    let criteria = json!({"kind": "all", "criteria": [
        {"kind": "grades", "periods": 3, "every": "excellent"},
        {"kind": "title", "code": "senior-lecturer"},
        {"kind": "score_average", "periods": 3, "at_least": "80"},
    ]});
    let id = occasion.published(json!({"criteria": criteria})).await;
    let seen = async |person: Uuid| {
        let page = occasion.of(person).get(&format!("/v1/employees/{person}/training-opportunities")).await.expect(200);
        page["items"].as_array().unwrap().clone()
    };
    let own = &seen(good).await[0];
    assert_eq!(
        (&own["may_apply"], &own["obstacles"], &own["application_id"]),
        (&json!(true), &json!([]), &Value::Null)
    );
    assert_eq!((&own["opportunity"]["id"], &own["opportunity"]["budget"]), (&json!(id), &Value::Null), "HR sees it");
    let own = &seen(poor).await[0];
    assert_eq!((&own["may_apply"], &own["obstacles"]), (&json!(false), &json!(["criteria_not_met"])));
    let verdicts: Vec<&Value> =
        own["checked"]["criteria"].as_array().unwrap().iter().map(|one| &one["verdict"]).collect();
    assert_eq!(verdicts, ["not_met", "not_met", "not_met"]);
    assert_eq!(own["checked"]["criteria"][2]["average"], "66.67", "what is missing");
    let others = format!("/v1/employees/{good}/training-opportunities");
    assert_eq!(occasion.of(poor).get(&others).await.problem(404), "not_found");
    assert_eq!(occasion.hr().get(&others).await.status, 200);

    let refused = occasion.apply(&id, poor).await;
    assert_eq!((refused.problem(422), &refused.body["obstacles"]), ("may_not_apply", &json!(["criteria_not_met"])));
    assert_eq!(refused.body["criteria_result"]["verdict"], "not_met");
    let applied = occasion.apply(&id, good).await.expect(201);
    assert_eq!((&applied["state"], &applied["checked"]["verdict"]), (&json!("applied"), &json!("met")));
    assert_eq!(occasion.apply(&id, good).await.problem(409), "already_exists");
    let own = &seen(good).await[0];
    assert_eq!((&own["obstacles"], &own["application_id"]), (&json!(["already_applied"]), &applied["id"]));
    assert_eq!(occasion.opportunity(&id).await["applied_count"], 1);
    let mine = format!("{APPLICATIONS}/{}", applied["id"].as_str().unwrap());
    assert_eq!(occasion.of(poor).get(&mine).await.problem(404), "not_found");
    let (kind, told) = ("opportunity_application.submitted", "apply_for_training_opportunity");
    for sql in [
        format!("SELECT count(*) FROM outbox_events WHERE topic = '{kind}'"),
        format!("SELECT count(*) FROM audit_entries WHERE command = '{told}'"),
    ] {
        assert_eq!(occasion.year.given.sql.query_one(&sql, &[]).await.unwrap().get::<_, i64>(0), 1, "{sql}");
    }

    // Withdrawn, one can apply again; after the deadline, not.
    occasion.does(&id, good, "withdraw", None).await.expect(200);
    occasion.apply(&id, good).await.expect(201);
    server.clock.set(crate::support::at(AFTER));
    assert_eq!(seen(good).await.len(), 0);
    assert_eq!(occasion.apply(&id, poor).await.problem(409), "applications_closed");
}

#[tokio::test]
async fn a_page_of_opportunities_is_judged_at_once() {
    let mut server = TestServer::start().await;
    // Its statements would be counted too.
    server.take_worker().stop().await;
    let worker = server.another_worker().await;
    let occasion = Occasion::new(&server).await;
    let lecturer = occasion.lecturer("E1", 2).await;
    occasion.close().await;
    worker.stop().await;
    let low = json!({"kind": "grades", "periods": 3, "every": "pass"});
    let high = json!({"kind": "score_average", "periods": 3, "at_least": "80"});
    let title = json!({"kind": "title", "code": "senior-lecturer"});
    let tenure = json!({"kind": "tenure", "months": 6});
    for criteria in [low.clone(), high.clone(), title, tenure, Value::Null] {
        occasion.published(json!({"criteria": criteria})).await;
    }
    let path = format!("/v1/employees/{lecturer}/training-opportunities");
    let costs = async || {
        let (client, mut least) = (occasion.of(lecturer), u64::MAX);
        for _ in 0..4 {
            let before = server.state.db.statements();
            client.get(&path).await.expect(200);
            least = least.min(server.state.db.statements() - before);
        }
        least
    };
    let verdicts = async || {
        let page = occasion.of(lecturer).get(&path).await.expect(200);
        let items = page["items"].as_array().unwrap();
        items.iter().map(|one| one["checked"]["verdict"].as_str().unwrap_or("none").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(verdicts().await, ["none", "met", "not_met", "not_met", "met"], "newest first");
    let few = costs().await;
    for criteria in [&low, &high, &low, &high, &low] {
        occasion.published(json!({"criteria": criteria})).await;
    }
    assert_eq!(verdicts().await[..5], ["met", "not_met", "met", "not_met", "met"]);
    assert_eq!(costs().await, few, "statements");
}

#[tokio::test]
async fn who_was_a_lecturer_before_or_has_a_place_taken_back_may_not_apply() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let (former, revoked) = (occasion.lecturer("E1", 0).await, occasion.lecturer("E2", 0).await);
    let ended = format!("UPDATE lecturers SET ended_on = '2026-06-01' WHERE employee_id = '{former}'");
    occasion.year.given.sql.batch_execute(&ended).await.unwrap();
    let id = occasion.published(json!({})).await;
    let refused = occasion.apply(&id, former).await;
    assert_eq!((refused.problem(422), &refused.body["obstacles"]), ("may_not_apply", &json!(["not_appointed"])));
    occasion.apply(&id, revoked).await.expect(201);
    let reason = json!({"reason": "正在停职复核"});
    let taken = occasion.decides(&id, revoked, "revoke", reason.clone()).await.expect(200);
    assert_eq!((&taken["state"], &taken["reason"]), (&json!("revoked"), &reason["reason"]));
    let refused = occasion.apply(&id, revoked).await;
    assert_eq!((refused.problem(422), &refused.body["obstacles"]), ("may_not_apply", &json!(["revoked"])));
    let learner = occasion.of(occasion.year.given.employee("L1").await);
    let path = format!("{OPPORTUNITIES}/{id}/applications");
    assert_eq!(learner.act(&path, "*", None).await.problem(403), "forbidden");
    let lecturer = occasion.of(revoked);
    assert_eq!(lecturer.post(OPPORTUNITIES, summit(json!({}))).await.problem(403), "forbidden");
}

#[tokio::test]
async fn whoever_is_suspended_neither_applies_nor_gets_a_place() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let (one, waits, offered) =
        (occasion.lecturer("E1", 0).await, occasion.lecturer("E2", 0).await, occasion.lecturer("E3", 0).await);
    let (id, another) = (occasion.published(json!({})).await, occasion.published(json!({})).await);
    occasion.apply(&id, waits).await.expect(201);
    occasion.offer(&another, offered).await.expect(201);
    for person in [one, waits, offered] {
        let suspension = [
            ("employee_id", literal(&person.to_string())),
            ("kind", literal("suspension")),
            ("starts_on", literal("2026-06-01")),
            ("source", literal("hr")),
        ];
        occasion.year.given.row("absences", &suspension).await;
    }
    let refused = occasion.apply(&id, one).await;
    assert_eq!((refused.problem(422), &refused.body["obstacles"]), ("may_not_apply", &json!(["suspended"])));
    let seen = occasion.of(one).get(&format!("/v1/employees/{one}/training-opportunities")).await.expect(200);
    assert_eq!(seen["items"][0]["obstacles"], json!(["suspended"]));
    let by_hand = occasion.offer(&id, one).await;
    assert_eq!((by_hand.problem(422), by_hand.faults()), ("invalid_values", vec![("/employee_id", "not_eligible")]));
    assert!(by_hand.text.contains("suspended"), "{}", by_hand.text);
    assert_eq!(occasion.does(&another, offered, "accept", None).await.problem(409), "state_conflict");
    let lifted = format!("DELETE FROM absences WHERE employee_id = '{offered}'");
    occasion.year.given.sql.batch_execute(&lifted).await.unwrap();
    occasion.does(&another, offered, "accept", None).await.expect(200);
    server.clock.set(crate::support::at(AFTER));
    occasion.rank(&id).await.expect(200);
    assert_eq!(occasion.states(&id, &[waits]).await, ["passed_over"]);
}

#[tokio::test]
async fn an_opportunity_that_could_not_be_is_refused_with_every_fault() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let wrong = summit(json!({
        "starts_on": "2026-07-19", "ends_on": "2026-07-18", "code": "a b", "seats": 0,
        "cost": {"amount_minor": -1, "currency": "XXY"}, "budget": {"amount_minor": 5, "currency": "CNY"},
        "criteria": {"kind": "any", "criteria": [
            {"kind": "title", "code": "grand-master"}, {"kind": "grades", "periods": 3, "every": "superb"}
        ]},
        "ranking": {"periods": 13, "ties": ["longer_tenure", "longer_tenure"], "programme_id": Uuid::nil()},
        "certificate": {"kind": "cooking", "months": 12},
    }));
    let refused = occasion.hr().post(OPPORTUNITIES, wrong).await;
    assert_eq!(refused.problem(422), "invalid_values");
    let mut found = refused.faults();
    found.sort_unstable();
    let expected = [
        ("/apply_until_at", "out_of_range"),
        ("/budget/currency", "not_allowed"),
        ("/certificate/kind", "unknown_competence"),
        ("/code", "bad_characters"),
        ("/cost/amount_minor", "out_of_range"),
        ("/cost/currency", "bad_format"),
        ("/criteria/criteria/0/code", "unknown_title"),
        ("/criteria/criteria/1/every", "unknown_grade"),
        ("/ends_on", "ends_before_start"),
        ("/ranking/periods", "out_of_range"),
        ("/ranking/programme_id", "not_found"),
        ("/ranking/ties/1", "duplicate"),
        ("/seats", "out_of_range"),
    ];
    assert_eq!(found, expected);
    let past = occasion.hr().post(OPPORTUNITIES, summit(json!({"apply_until_at": "2026-07-01T00:00:00Z"}))).await;
    assert_eq!(past.faults(), [("/apply_until_at", "out_of_range")]);
    let poor = json!({"budget": {"amount_minor": 379_999, "currency": "CNY"}});
    let refused = occasion.hr().post(OPPORTUNITIES, summit(poor)).await;
    assert_eq!(refused.faults(), [("/budget/amount_minor", "out_of_range")], "nobody could go");
    assert_eq!(occasion.hr().get(OPPORTUNITIES).await.expect(200)["items"], json!([]), "nothing is stored");
}

#[tokio::test]
async fn texts_days_and_the_deadline_change_while_it_is_open() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let id = occasion.published(json!({})).await;
    let path = format!("{OPPORTUNITIES}/{id}");
    let before = occasion.hr().get(&path).await;
    let later = json!({"title": "峰会", "place": "上海", "apply_until_at": "2026-07-25T00:00:00Z"});
    let changed = occasion.hr().patch(&path, before.etag(), later.clone()).await.expect(200);
    for member in ["title", "place", "apply_until_at"] {
        assert_eq!(changed[member], later[member]);
    }
    assert_eq!(occasion.hr().patch(&path, before.etag(), later).await.problem(412), "precondition_failed");
    let wrong = json!({"starts_on": "2026-09-01", "apply_until_at": "2026-07-01T00:00:00Z", "answer_days": 91});
    let mut refused = occasion.hr().patch(&path, "*", wrong).await;
    refused.body["errors"].as_array_mut().unwrap().sort_by_key(|one| one["pointer"].to_string());
    let expected =
        [("/answer_days", "out_of_range"), ("/apply_until_at", "out_of_range"), ("/ends_on", "ends_before_start")];
    assert_eq!(refused.faults(), expected);
    let cancel = json!({"reason": "主办方取消"});
    let gone = occasion.hr().act(&format!("{path}/cancel"), "*", Some(cancel.clone())).await.expect(200);
    assert_eq!((&gone["state"], &gone["cancel_reason"]), (&json!("cancelled"), &cancel["reason"]));
    assert_eq!(occasion.hr().patch(&path, "*", json!({"title": "x"})).await.problem(409), "state_conflict");
    assert_eq!(occasion.rank(&id).await.problem(409), "state_conflict");
    let listed = occasion.hr().get(&format!("{OPPORTUNITIES}?state=cancelled&code=industry-summit")).await.expect(200);
    assert_eq!(listed["items"][0]["id"], json!(id));
}

#[tokio::test]
async fn a_grade_that_an_open_opportunity_asks_for_stays_in_the_list() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let criteria = json!({"kind": "all", "criteria": [{"kind": "grades", "periods": 3, "every": "good"}]});
    let id = occasion.published(json!({"criteria": criteria})).await;
    let fewer = json!({"grades": [
        {"code": "excellent", "name_zh": "优秀", "name_en": "Excellent"},
        {"code": "pass", "name_zh": "合格", "name_en": "Pass"},
        {"code": "fail", "name_zh": "不合格", "name_en": "Fail"},
    ]});
    let refused = occasion.hr().patch("/v1/display-names", "*", fewer.clone()).await;
    assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", vec![("/grades", "grade_in_use")]));
    let cancel = json!({"reason": "主办方取消"});
    occasion.hr().act(&format!("{OPPORTUNITIES}/{id}/cancel"), "*", Some(cancel)).await.expect(200);
    occasion.hr().patch("/v1/display-names", "*", fewer).await.expect(200);
}

/// The employment of a person has ended.
pub async fn left(occasion: &Occasion<'_>, person: Uuid) {
    let person = literal(&person.to_string());
    let sql = format!(
        "UPDATE lecturers SET ended_on = '2026-07-02' WHERE employee_id = {person};
         UPDATE employees SET left_on = '2026-07-02' WHERE id = {person}"
    );
    occasion.year.given.sql.batch_execute(&sql).await.unwrap();
}
