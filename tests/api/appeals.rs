//! Appeals: what a lecturer may dispute and until when, what HR answers, and that what was accepted goes into a restatement.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::{March, finished};
use crate::support::{Answer, Client, TestServer, at, literal};

/// March is closed. The second lecturer gave two sessions, and a third one that was marked as missed.
pub struct Closed<'s> {
    pub march: March<'s>,
    missed: Uuid,
    pub hr: Client,
    /// Another person of HR.
    pub other: Client,
}

impl<'s> Closed<'s> {
    pub async fn new(server: &'s TestServer) -> Self {
        let march = March::taught(server).await;
        let columns = [
            ("programme_id", literal(&march.programme.to_string())),
            ("title", literal("客户拜访技巧")),
            ("kind", literal("assigned")),
            ("mode", literal("on_site")),
            ("state", literal("missed")),
            ("scheduled_start", literal("2026-03-20T02:00:00Z")),
            ("scheduled_minutes", "60".to_owned()),
        ];
        let missed = march.given.row("sessions", &columns).await;
        let gives =
            [("session_id", literal(&missed.to_string())), ("employee_id", literal(&march.lecturers[1].to_string()))];
        march.given.row("session_lecturers", &gives).await;
        let [hr, other] = [admin(server).await, admin(server).await];
        march.closed_by(&hr).await;
        Self { march, missed, hr, other }
    }

    pub fn lecturer(&self, place: usize) -> Client {
        let server = self.march.given.server;
        server.person_token(server.tenant, self.march.lecturers[place])
    }

    fn path(&self, place: usize) -> String {
        self.march.path(&format!("scorecards/{}/appeals", self.march.lecturers[place]))
    }

    /// The second lecturer appeals against what became of the third session.
    pub async fn filed(&self) -> Value {
        let body = json!({"session_id": self.missed, "reason": "当天确已完成，有签到表"});
        self.lecturer(1).post(&self.path(1), body).await.expect(201)
    }

    async fn statement(&self, client: &Client) -> Value {
        client.get(&self.march.path(&format!("scorecards/{}", self.march.lecturers[1]))).await.expect(200)
    }
}

pub async fn admin(server: &TestServer) -> Client {
    server.person(server.state.ids.next(), &[Role::Admin]).await
}

pub async fn act(client: &Client, appeal: &Value, verb: &str, body: Option<Value>) -> Answer {
    let path = format!("/v1/appeals/{}/{verb}", appeal["id"].as_str().unwrap());
    client.act(&path, appeal["etag"].as_str().unwrap(), body).await
}

fn events(course: &Value) -> Vec<&str> {
    course.as_array().unwrap().iter().map(|step| step["event"].as_str().unwrap()).collect()
}

/// From the appeal over a question to the corrected session, the restatement, and the money.
#[tokio::test]
async fn an_accepted_appeal_corrects_the_fact_and_goes_into_a_restatement() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let lecturer = closed.lecturer(1);
    let period = closed.hr.get(closed.march.path("").trim_end_matches('/')).await.expect(200);
    assert_eq!(period["appeals_until_at"], "2026-04-14T16:00:00Z", "seven local days after the day of the close");
    let appeal = closed.filed().await;
    assert_eq!((&appeal["state"], &appeal["session_title"]), (&json!("open"), &json!("客户拜访技巧")));
    assert_eq!((&appeal["snapshot_number"], &appeal["appeals_until_at"]), (&json!(1), &period["appeals_until_at"]));
    let waiting = closed.hr.get("/v1/appeals?is_undecided=true&period=2026-03").await.expect(200);
    assert_eq!(waiting["items"], json!([appeal]));

    let asked = act(&closed.hr, &appeal, "ask", Some(json!({"question": "签到表在哪里？"}))).await.expect(200);
    assert_eq!(asked["state"], "asked");
    let beside = format!("/v1/appeals/{}/statement", appeal["id"].as_str().unwrap());
    let beside = closed.hr.get(&beside).await.expect(200);
    assert_eq!(beside["scorecard"]["employee"]["id"], json!(closed.march.lecturers[1]));
    assert_eq!(
        (&beside["sessions"][2]["outcome"], &beside["appeals"]["filed"][0]["id"]),
        (&json!("missed"), &appeal["id"])
    );
    let answered = act(&lecturer, &asked, "answer", Some(json!({"answer": "在部门助理处"}))).await.expect(200);
    assert_eq!(answered["state"], "open");

    let delivery = json!({"started_at": "2026-03-20T02:05:00Z", "delivered_minutes": 60, "head_count": 8});
    let accept = json!({"note": "签到表已核对", "delivery": delivery});
    let accepted = act(&closed.hr, &answered, "accept", Some(accept)).await.expect(200);
    assert_eq!((&accepted["state"], &accepted["correction"]), (&json!("accepted"), &json!("fact")));
    assert_eq!(accepted["period_closed"][0]["period"], "2026-03");
    assert_eq!(events(&accepted["course"]), ["filed", "asked", "answered", "accepted"]);
    assert_eq!(accepted["course"][0]["message"], "当天确已完成，有签到表");
    let session = closed.hr.get(&format!("/v1/sessions/{}", closed.missed)).await.expect(200);
    assert_eq!((&session["state"], &session["delivery"]["delivered_minutes"]), (&json!("delivered"), &json!(60)));
    let before = closed.statement(&lecturer).await;
    assert_eq!(before["scorecard"]["card"]["score"], "66.67", "the closed card stays");
    assert_eq!(before["appeals"]["filed"][0]["state"], "accepted");
    assert_eq!(events(&before["appeals"]["filed"][0]["course"]), ["filed", "asked", "answered", "accepted"]);
    assert!(before["appeals"]["filed"][0]["course"][0]["message"].is_null(), "what was said is not on the statement");

    let told = closed.march.path(&format!("scorecards/{}/statement", closed.march.lecturers[1]));
    let told = lecturer.get(&told).await.expect(200);
    let sentence = json!({"about": "appeal", "text": "Appeal about “客户拜访技巧”: accepted."});
    assert!(told["sentences"].as_array().unwrap().contains(&sentence), "{}", told["sentences"]);

    let ordered = closed.hr.post(&closed.march.path("restate"), json!({"reason": "申诉成立"})).await;
    let restated = finished(&closed.hr, &ordered).await;
    let path = format!("/v1/restatements/{}/accept", restated["restatement_id"].as_str().unwrap());
    closed.other.act(&path, "*", Some(json!({}))).await.expect(200);
    let after = closed.statement(&lecturer).await;
    assert_eq!(after["scorecard"]["card"]["score"], "100.00");
    assert_eq!(after["appeals"]["until_at"], "2026-04-14T16:00:00Z");
    let settled = lecturer.get(&format!("/v1/appeals/{}", appeal["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&settled["snapshot_number"], &settled["restated_by_number"]), (&json!(1), &json!(2)));
    // The other snapshot may be disputed again.
    let again = json!({"session_id": closed.missed, "reason": "时长有误"});
    assert_eq!(lecturer.post(&closed.path(1), again).await.expect(201)["snapshot_number"], 2);
}

#[tokio::test]
async fn an_appeal_that_is_late_anothers_or_of_an_open_period_is_refused() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let lecturer = closed.lecturer(1);
    let body = json!({"metric": "session_count", "reason": "少计一次"});
    assert_eq!(lecturer.post(&closed.path(0), body.clone()).await.problem(403), "not_your_statement");
    let both = server.person(closed.march.lecturers[0], &[Role::Admin]).await;
    assert_eq!(both.post(&closed.path(1), body.clone()).await.problem(403), "not_your_statement", "HR included");
    assert_eq!(closed.hr.post(&closed.path(1), body.clone()).await.problem(403), "forbidden");
    let april = closed.path(1).replace("2026-03", "2026-04");
    assert_eq!(lecturer.post(&april, body.clone()).await.problem(409), "state_conflict");
    let quarter = closed.path(1).replace("2026-03", "2026-Q1");
    assert_eq!(lecturer.post(&quarter, body.clone()).await.problem(404), "not_found");
    let newcomer = closed.march.given.employee("E9").await;
    closed.march.given.lecturer(newcomer, None, "2026-04-01").await;
    let outside = closed.march.path(&format!("scorecards/{newcomer}/appeals"));
    let newcomer = server.person_token(server.tenant, newcomer);
    assert_eq!(newcomer.post(&outside, body.clone()).await.problem(404), "not_found", "there is no such card");

    server.clock.set(at("2026-04-14T15:59:59Z"));
    let in_time = closed.lecturer(1).post(&closed.path(1), body.clone()).await;
    assert_eq!(in_time.status, 201, "{}", in_time.text);
    server.clock.set(at("2026-04-14T16:00:00Z"));
    let late = closed.lecturer(0).post(&closed.path(0), body).await;
    assert_eq!(late.problem(409), "appeal_too_late");
    assert!(late.text.contains("2026-04-15 00:00 (Asia/Shanghai)"), "{}", late.text);
    let all = admin(&server).await.get("/v1/appeals").await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "nothing else was filed");
    // What was filed in time is answered whenever HR comes to it.
    let declined = json!({"reason": "签到记录显示无人参加"});
    act(&admin(&server).await, &in_time.body, "decline", Some(declined)).await.expect(200);
}

#[tokio::test]
async fn an_appeal_is_about_one_thing_of_the_lecturers_own_and_once() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let lecturer = closed.lecturer(1);
    let file = async |body: Value| lecturer.post(&closed.path(1), body).await;
    let none = file(json!({"reason": ""})).await;
    assert_eq!(
        (none.problem(422), none.faults()),
        ("invalid_values", vec![("/reason", "empty"), ("/session_id", "exactly_one")])
    );
    let rewards = closed.hr.get(&format!("/v1/rewards?employee_id={}", closed.march.lecturers[0])).await.expect(200);
    let foreign = rewards["items"][0]["id"].clone();
    let two = file(json!({"reward_id": foreign, "metric": "external:unknown", "reason": "x"})).await;
    let mut faults = two.faults();
    faults.sort_unstable();
    assert_eq!(faults, [("/metric", "not_found"), ("/reward_id", "not_found"), ("/session_id", "exactly_one")]);
    let wrong = file(json!({"metric": "sessions", "reason": "x"})).await;
    assert_eq!(wrong.faults(), [("/metric", "bad_format")]);
    let sql = "SELECT session_id::text FROM session_lecturers WHERE employee_id = $1::text::uuid LIMIT 1";
    let row = closed.march.given.sql.query_one(sql, &[&closed.march.lecturers[0].to_string()]).await.unwrap();
    let theirs = file(json!({"session_id": row.get::<_, String>(0), "reason": "x"})).await;
    assert_eq!(theirs.faults(), [("/session_id", "not_found")]);
    let (march, own) = (&closed.march, closed.march.lecturers[1]);
    let later = march.given.delivered_session(march.programme, own, "2026-04-02T02:00:00Z", 10).await;
    let other = file(json!({"session_id": later, "reason": "x"})).await;
    assert_eq!(
        other.faults(),
        [("/session_id", "not_found")],
        "it belongs to another period, with a deadline of its own"
    );

    let own = closed.hr.get(&format!("/v1/rewards?employee_id={}", closed.march.lecturers[1])).await.expect(200);
    let reward = json!({"reward_id": own["items"][0]["id"], "reason": "金额有误"});
    let filed = file(reward.clone()).await.expect(201);
    assert_eq!((&filed["reward_id"], &filed["session_id"]), (&own["items"][0]["id"], &json!(null)));
    assert_eq!(file(reward.clone()).await.problem(409), "already_exists");
    let withdrawn = act(&lecturer, &filed, "withdraw", None).await.expect(200);
    assert_eq!((&withdrawn["state"], events(&withdrawn["course"])), (&json!("withdrawn"), vec!["filed", "withdrawn"]));
    let refused = act(&closed.hr, &withdrawn, "decline", Some(json!({"reason": "x"}))).await;
    assert_eq!(refused.problem(409), "state_conflict");
    file(reward).await.expect(201);
}

#[tokio::test]
async fn those_that_wait_although_the_time_is_over_are_found() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let appeal = closed.filed().await;
    let (waits, none) = (json!([appeal["id"]]), json!([]));
    let listed = async |hr: &Client, query: &str| {
        let page = hr.get(&format!("/v1/appeals?is_overdue={query}")).await.expect(200);
        page["items"].as_array().unwrap().iter().map(|own| own["id"].clone()).collect::<Value>()
    };
    assert_eq!((listed(&closed.hr, "true").await, listed(&closed.hr, "false").await), (none.clone(), waits.clone()));
    server.clock.set(at("2026-04-14T16:00:00Z"));
    let hr = admin(&server).await;
    assert_eq!((listed(&hr, "true").await, listed(&hr, "false").await), (waits.clone(), none.clone()));
    assert_eq!(listed(&hr, &format!("true&programme_id={}", Uuid::nil())).await, none);
    let reason = Some(json!({"reason": "签到记录显示无人参加"}));
    act(&hr, &appeal, "decline", reason).await.expect(200);
    assert_eq!((listed(&hr, "true").await, listed(&hr, "false").await), (none, waits));
}

/// When the time is over, only another snapshot that counts can be disputed again.
#[tokio::test]
async fn an_accepted_restatement_opens_the_appeals_anew() {
    let server = TestServer::start().await;
    let mut closed = Closed::new(&server).await;
    server.clock.set(at("2026-04-20T01:00:00Z"));
    (closed.hr, closed.other) = (admin(&server).await, admin(&server).await);
    let body = json!({"metric": "session_count", "reason": "少计一次"});
    assert_eq!(closed.lecturer(1).post(&closed.path(1), body.clone()).await.problem(409), "appeal_too_late");
    let delivery = json!({"started_at": "2026-03-20T02:05:00Z", "delivered_minutes": 60, "reason": "签到表已找到"});
    closed.hr.post(&format!("/v1/sessions/{}/deliver", closed.missed), delivery).await.expect(200);
    let ordered = closed.hr.post(&closed.march.path("restate"), json!({"reason": "补登分享"})).await;
    let restated = finished(&closed.hr, &ordered).await;
    assert_eq!(closed.lecturer(1).post(&closed.path(1), body.clone()).await.problem(409), "appeal_too_late");
    let path = format!("/v1/restatements/{}/accept", restated["restatement_id"].as_str().unwrap());
    closed.other.act(&path, "*", Some(json!({}))).await.expect(200);
    let appeal = closed.lecturer(1).post(&closed.path(1), body).await.expect(201);
    assert_eq!((&appeal["snapshot_number"], &appeal["appeals_until_at"]), (&json!(2), &json!("2026-04-27T16:00:00Z")));
}

#[tokio::test]
async fn an_acceptance_names_its_correction() {
    let server = TestServer::start().await;
    server.clock.set(at("2026-04-06T01:00:00Z"));
    let item = json!({"code": "LR", "name_zh": "奖励", "name_en": "Reward", "issuance_way": "with_salary"});
    admin(&server).await.post("/v1/pay-items", item).await.expect(201);
    let closed = Closed::new(&server).await;
    let (lecturer, hr) = (closed.lecturer(1), &closed.hr);
    let of_metric = json!({"metric": "reuse_count", "reason": "转发未计入"});
    let metric = lecturer.post(&closed.path(1), of_metric).await.expect(201);
    let entry = |log: Value| log["items"][0]["id"].clone();
    let older = entry(hr.get("/v1/audit-entries?command=create_pay_item").await.expect(200));
    let accept = async |appeal: &Value, more: Value| {
        let mut body = more;
        body["note"] = json!("已核对");
        act(hr, appeal, "accept", Some(body)).await
    };
    assert_eq!(accept(&metric, json!({})).await.faults(), [("/delivery", "exactly_one")]);
    assert_eq!(
        accept(&metric, json!({"audit_entry_id": Uuid::nil()})).await.faults(),
        [("/audit_entry_id", "not_found")]
    );
    let refused = accept(&metric, json!({"audit_entry_id": older})).await;
    assert_eq!((refused.faults(), refused.text.contains("older")), (vec![("/audit_entry_id", "not_eligible")], true));
    let delivery = json!({"started_at": "2026-03-20T02:00:00Z", "delivered_minutes": 60});
    assert_eq!(accept(&metric, json!({"delivery": delivery})).await.faults(), [("/delivery", "not_eligible")]);
    let renamed = json!({"name": "Person E2b"});
    hr.patch(&format!("/v1/employees/{}", closed.march.lecturers[1]), "*", renamed).await.expect(200);
    let log = entry(hr.get("/v1/audit-entries?command=update_employee").await.expect(200));
    let accepted = accept(&metric, json!({"audit_entry_id": log})).await.expect(200);
    assert_eq!((&accepted["correction"], &accepted["correcting_audit_entry_id"]), (&json!("log"), &log));
    assert_eq!(accepted["period_closed"], json!([]), "it changed no fact itself");

    // The future is refused where the request has it.
    let session = closed.filed().await;
    let future = json!({"delivery": {"started_at": "2026-05-01T02:00:00Z", "delivered_minutes": 60}});
    assert_eq!(accept(&session, future).await.faults(), [("/delivery/started_at", "out_of_range")]);

    let rewards = hr.get(&format!("/v1/rewards?employee_id={}", closed.march.lecturers[1])).await.expect(200);
    let reward = rewards["items"][0]["id"].clone();
    let line = lecturer.post(&closed.path(1), json!({"reward_id": reward, "reason": "金额有误"})).await.expect(201);
    let computed = accept(&line, json!({"reward_id": reward})).await;
    assert_eq!(computed.faults(), [("/reward_id", "not_eligible")], "only what was entered by hand settles it");
    let unknown = accept(&line, json!({"reward_id": Uuid::nil()})).await;
    assert_eq!(unknown.faults(), [("/reward_id", "not_found")]);
    let more = json!({"amount": {"amount_minor": 1000, "currency": "CNY"}, "reason": "补发差额"});
    let path = format!("/v1/rewards/{}/adjustments", reward.as_str().unwrap());
    let rejected = closed.other.post_keyed(&path, "r", more.clone()).await.expect(201);
    let reject = format!("/v1/rewards/{}/reject", rejected["id"].as_str().unwrap());
    hr.act(&reject, "*", Some(json!({"reason": "金额有误"}))).await.expect(200);
    let refused = accept(&line, json!({"reward_id": rejected["id"]})).await;
    assert_eq!(refused.faults(), [("/reward_id", "not_eligible")], "what is not paid settles nothing");
    let adjusted = closed.other.post_keyed(&path, "a", more).await.expect(201);
    let settled = accept(&line, json!({"reward_id": adjusted["id"]})).await.expect(200);
    assert_eq!((&settled["correction"], &settled["correcting_reward_id"]), (&json!("reward"), &adjusted["id"]));
}

/// What was entered before the results were frozen is no answer to them.
#[tokio::test]
async fn what_was_entered_before_the_close_settles_no_appeal() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let [hr, other] = [admin(&server).await, admin(&server).await];
    let item = json!({"code": "LR", "name_zh": "奖励", "name_en": "Reward", "issuance_way": "with_salary"});
    hr.post("/v1/pay-items", item).await.expect(201);
    let award = json!({"employee_id": march.lecturers[0], "programme_id": march.programme, "period": "2026-03",
                       "pay_item_code": "LR", "amount": {"amount_minor": 1000, "currency": "CNY"}, "reason": "代课"});
    let award = other.post_keyed("/v1/rewards", "a", award).await.expect(201);
    server.clock.set(at("2026-04-07T01:01:00Z"));
    march.closed_by(&hr).await;
    let path = march.path(&format!("scorecards/{}/appeals", march.lecturers[0]));
    let lecturer = server.person_token(server.tenant, march.lecturers[0]);
    let appeal = lecturer.post(&path, json!({"metric": "session_count", "reason": "少计一次"})).await.expect(201);
    let accepting = json!({"reward_id": award["id"], "note": "已核对"});
    assert_eq!(act(&hr, &appeal, "accept", Some(accepting)).await.faults(), [("/reward_id", "not_eligible")]);
}

#[tokio::test]
async fn the_programme_says_for_how_many_days() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let hr = admin(&server).await;
    let path = format!("/v1/programmes/{}", march.programme);
    let programme = hr.get(&path).await;
    assert_eq!(programme.body["appeal_days"], 7);
    let never = hr.patch(&path, "*", json!({"appeal_days": 0})).await;
    assert_eq!(never.faults(), [("/appeal_days", "out_of_range")]);
    hr.patch(&path, "*", json!({"appeal_days": 2})).await.expect(200);
    march.closed_by(&hr).await;
    let period = format!("{path}/periods/2026-03");
    assert_eq!(hr.get(&period).await.expect(200)["appeals_until_at"], "2026-04-09T16:00:00Z");
    hr.patch(&path, "*", json!({"appeal_days": 1})).await.expect(200);
    assert_eq!(hr.get(&period).await.expect(200)["appeals_until_at"], "2026-04-09T16:00:00Z", "a deadline stays");
    assert_eq!(hr.get(&format!("{path}/periods/2026-04")).await.expect(200)["appeals_until_at"], json!(null));
}
