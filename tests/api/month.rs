//! The whole month over HTTP, as a company lives it: from departments and people to the payroll line and the promotion answer. Only
//! the tenant, its first administrator and its machine clients are there before, as `lectern tenant create` makes them. Every
//! number below was worked out by hand from the rule and the facts in it.

use std::ops::Deref;

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::closing::finished;
use crate::support::{Answer, Department, Person, Story, TestServer, published};

/// The company of the month.
struct Company<'s>(Story<'s>);

impl<'s> Deref for Company<'s> {
    type Target = Story<'s>;

    fn deref(&self) -> &Story<'s> {
        &self.0
    }
}

const DEPARTMENTS: [Department; 3] =
    [("HQ", None, false, None), ("SALES", Some("HQ"), true, None), ("EAST", Some("SALES"), false, None)];

const PEOPLE: [Person; 9] = [
    ("ADMIN", "赵敏", "HQ"),
    ("BOSS", "周总", "SALES"),
    ("AUDIT", "钱进", "HQ"),
    ("L1", "李雷", "EAST"),
    ("L2", "韩梅梅", "SALES"),
    ("L3", "王强", "SALES"),
    ("X1", "孙一", "SALES"),
    ("X2", "孙二", "SALES"),
    ("X3", "孙三", "EAST"),
];

impl Company<'_> {
    fn period(&self, rest: &str) -> String {
        self.0.period("2026-03", rest)
    }

    /// The rule is that of the article's manufacturer (50/30/20), with money for grades and for the best rated.
    async fn is_set_up(&mut self) {
        self.0.has_departments(&DEPARTMENTS).await;
        self.0.has_people(&PEOPLE).await;
        let wanted = json!({"ids": [
            {"external_id": {"system": "feishu", "kind": "open_id", "value": "ou_L1"}}, {"employee_number": "X3"}
        ]});
        let resolved = self.hris().await.post("/v1/employees/resolve", wanted).await.expect(200);
        assert_eq!(resolved["items"][0]["employee_id"], self.id("L1"));
        assert_eq!(resolved["items"][1]["employee_id"], self.id("X3"));
        self.0.has_lecturers(&[("A1", "L1", "junior"), ("A2", "L2", "junior"), ("A3", "L3", "junior")]).await;
        let roles = [("ADMIN", "admin", None), ("AUDIT", "auditor", None), ("BOSS", "manager", Some("SALES"))];
        self.0.has_roles(&roles).await;
        self.0.has_a_programme("ADMIN", json!({"feedback_mode": "named"}), rule(), policies()).await;
    }

    /// Plans a session; whoever submits in time does so at once.
    async fn plans(&mut self, name: &'static str, starts_at: &str, lecturers: &[(&str, &str)], submits: Option<&str>) {
        let hris = self.hris().await;
        let several = lecturers.len() > 1;
        let lecturers: Vec<Value> = lecturers
            .iter()
            .map(|(number, credit)| json!({"employee_id": self.id(number), "credit": several.then_some(credit)}))
            .collect();
        let plan = json!({
            "programme_id": self.id("programme"), "title": name, "kind": "assigned", "mode": "on_site",
            "starts_at": starts_at, "scheduled_minutes": 60, "lecturers": lecturers
        });
        let planned = hris.post("/v1/sessions", plan).await;
        self.0.keep(name, &planned);
        if let Some(lecturer) = submits {
            self.submitted(name, lecturer).await.expect(201);
        }
    }

    /// An hour and a half after the start: the lecturer reports it, the door says who was there, and they rate.
    async fn takes_place(&self, session: &str, by: &str, starts_at: &str, minutes: u32, ratings: &[(&str, Value)]) {
        self.is_reported(session, by, starts_at, minutes).await;
        let learners: Vec<&str> = ratings.iter().map(|(learner, _)| *learner).collect();
        self.attended(session, &learners).await;
        let path = self.session(session);
        let confirmed = self.hris().await.get(&path).await.expect(200);
        assert!(confirmed["delivery"]["confirmed_at"].is_string(), "attendance confirms what the lecturer reported");
        for (learner, feedback) in ratings {
            let learner = self.person(learner);
            let request = learner.request(Method::PUT, &format!("{path}/my-feedback")).json(feedback);
            learner.send(request).await.expect(200);
        }
    }

    /// Three sessions delivered, one to be missed, one cancelled; reuse, and a case from daily work.
    async fn lives_through_march(&mut self) {
        self.now("2026-03-02T01:00:00Z");
        self.plans("first", "2026-03-10T06:00:00Z", &[("L1", "1")], Some("L1")).await;
        self.plans("shared", "2026-03-17T06:00:00Z", &[("L1", "0.5"), ("L2", "0.5")], None).await;
        self.plans("missed", "2026-03-18T06:00:00Z", &[("L2", "1")], None).await;
        self.plans("second", "2026-03-24T06:00:00Z", &[("L2", "1")], Some("L2")).await;
        self.plans("last", "2026-03-25T06:00:00Z", &[("L1", "1")], Some("L1")).await;
        self.plans("off", "2026-03-26T06:00:00Z", &[("L3", "1")], None).await;

        let rated = |rating: i32, practicality: i32| json!({"rating": rating, "items": {"practicality": practicality}, "text": "很实用。"});
        let ratings = [("X1", rated(9, 8)), ("X2", rated(10, 10))];
        self.takes_place("first", "L1", "2026-03-10T06:00:00Z", 45, &ratings).await;
        self.refuses_bad_feedback().await;
        self.the_score_is_live().await;
        self.reuse_and_a_case().await;

        let eight = json!({"rating": 8});
        let ratings = [("X1", eight.clone()), ("X3", eight)];
        self.takes_place("shared", "L1", "2026-03-17T06:00:00Z", 60, &ratings).await;
        let shared = self.submitted("shared", "L1").await.id();
        let forward = json!({"content_id": shared, "kind": "forward"});
        self.person("X1").post("/v1/reuse-events", forward).await.expect(201);

        let nine = json!({"rating": 9});
        let ratings = [("X2", nine.clone()), ("X1", nine.clone())];
        self.takes_place("second", "L2", "2026-03-24T06:00:00Z", 40, &ratings).await;
        let ten = json!({"rating": 10});
        let ratings = [("X1", ten.clone()), ("X2", ten), ("X3", nine)];
        self.takes_place("last", "L1", "2026-03-25T06:00:00Z", 60, &ratings).await;
        let cancel = format!("/v1/sessions/{}/cancel", self.id("off"));
        self.hris().await.post(&cancel, json!({"reason": "展会冲突"})).await.expect(200);
    }

    async fn refuses_bad_feedback(&self) {
        let path = format!("/v1/sessions/{}/my-feedback", self.id("first"));
        // Nobody rates a session of their own, and for who was not there it is none of theirs.
        for (number, status, code) in [("L1", 422, "own_session"), ("X3", 404, "not_found")] {
            let client = self.person(number);
            let refused = client.send(client.request(Method::PUT, &path).json(&json!({"rating": 10}))).await;
            assert_eq!(refused.problem(status), code);
        }
    }

    /// The lecturer sees feedback, score and rank on the same day.
    async fn the_score_is_live(&self) {
        let lecturer = self.person("L1");
        let feedback = lecturer.get(&format!("/v1/sessions/{}/feedback", self.id("first"))).await.expect(200);
        assert_eq!((&feedback["rating"], &feedback["n"]), (&json!("9.500000"), &json!(2)));
        assert!(feedback["by_learner"].to_string().contains(self.id("X1")), "as the form announced: {feedback}");
        let statement = lecturer.get(&self.period(&format!("scorecards/{}", self.id("L1")))).await.expect(200);
        let scorecard = &statement["scorecard"];
        assert_eq!((&scorecard["provisional"], &scorecard["rank"]), (&json!(true), &json!(1)));
        // 95 x 50 % + 0 x 30 % + 100 x 20 %, and one session where two are required.
        assert_eq!((&scorecard["card"]["score"], &scorecard["card"]["grade"]), (&json!("67.50"), &json!("fail")));
        assert_eq!(self.person("X1").get(&self.period("scorecards")).await.problem(403), "forbidden");
    }

    /// Somebody downloads the first content, a colleague teaches it again, and its authors never count.
    async fn reuse_and_a_case(&self) {
        let page = self.hris().await.get(&format!("/v1/contents?session_id={}", self.id("first"))).await.expect(200);
        let content = &page["items"][0]["id"];
        for (number, kind) in
            [("X3", "download"), ("X3", "download"), ("L2", "taught"), ("L1", "download"), ("X2", "view")]
        {
            let reuse = json!({"content_id": content, "kind": kind});
            self.person(number).post("/v1/reuse-events", reuse).await.expect(201);
        }
        let case = json!({"session_id": self.id("first"), "description": "昨天用了，成功挽回了一个客户。"});
        let reported = self.person("X1").post("/v1/application-cases", case).await;
        let confirm = format!("/v1/application-cases/{}/confirm", reported.id());
        assert_eq!(self.person("L1").post(&confirm, json!({})).await.problem(403), "forbidden");
        assert_eq!(self.person("BOSS").post(&confirm, json!({})).await.expect(200)["state"], "confirmed");
    }

    async fn closes_march(&self) -> Value {
        self.now("2026-04-07T01:00:00Z");
        let admin = self.admin().await;
        assert_eq!(admin.post(&self.period("close"), json!({})).await.problem(409), "sessions_undecided");
        let undecided = admin.get("/v1/sessions?is_undecided=true").await.expect(200);
        assert_eq!(undecided["items"].as_array().unwrap().len(), 1);
        let miss = format!("/v1/sessions/{}/miss", self.id("missed"));
        self.hris().await.post(&miss, json!({})).await.expect(200);
        let closed = finished(&admin, &admin.post(&self.period("close"), json!({})).await).await;
        let again = finished(&admin, &admin.post(&self.period("close"), json!({})).await).await;
        assert_eq!(closed, again, "closing twice gives one snapshot");
        assert_eq!(again["already_closed"], false, "both were ordered at the same moment");
        closed
    }

    async fn statement(&self, lecturer: &str) -> Value {
        let path = self.period(&format!("scorecards/{}", self.id(lecturer)));
        self.person(lecturer).get(&path).await.expect(200)["scorecard"].clone()
    }
}

fn rule() -> Value {
    json!({
        "rank_scope": "department", "appraisal_weight_bp": 1500,
        "components": [
            {"metric": "feedback_rating", "weight_bp": 5000, "curve": {"kind": "linear", "to": 10}},
            {"metric": "reuse_rate", "weight_bp": 3000, "curve": {"kind": "linear", "to": 100}},
            {"metric": "submission_timeliness", "weight_bp": 2000, "curve": {"kind": "linear", "to": 100}}
        ],
        "grades": [
            {"code": "excellent", "at_least": 90}, {"code": "good", "at_least": 75},
            {"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}
        ],
        "gates": [
            {"metric": "session_count", "at_least": 2, "else_grade": "fail", "required": true},
            {"metric": "feedback_rating", "at_least": 7, "else_grade": "fail"}
        ],
        "feedback": {"form": {"scale": 10, "items": [
            {"key": "practicality", "name_zh": "内容实用", "name_en": "Practical", "scale": 10, "required": false}
        ]}},
        "min_session_minutes": 30, "min_weight_present_bp": 5000
    })
}

fn policies() -> Value {
    json!([
        {"kind": "grade_bonus", "code": "bonus", "priority": 1, "pay_item_code": "LB",
         "amounts_minor": {"excellent": 80000, "good": 50000}},
        {"kind": "top_n", "code": "best-rated", "priority": 2, "pay_item_code": "TA", "metric": "feedback_rating",
         "places_minor": [100_000, 50_000], "min_n": 4},
        {"kind": "highest", "code": "most-reused", "priority": 3, "metric": "reuse_count",
         "certificate": "knowledge-contribution"}
    ])
}

#[tokio::test]
async fn a_month_runs_from_planned_sessions_to_the_payroll_line_and_the_promotion_answer() {
    let server = TestServer::start().await;
    let mut company = Company(Story::new(&server));
    company.is_set_up().await;
    company.lives_through_march().await;
    let closed = company.closes_march().await;
    scores_and_ranks_are_final(&company, &closed).await;
    rewards_are_approved_by_somebody_else(&company).await;
    payroll_pays_once(&company).await;
    promotion_is_answered_with_evidence(&company).await;
    the_auditor_reads_who_did_what(&company).await;
}

async fn scores_and_ranks_are_final(company: &Company<'_>, closed: &Value) {
    assert_eq!((&closed["lecturer_count"], &closed["rated_count"]), (&json!(3), &json!(2)));
    let first = company.statement("L1").await;
    assert_eq!((&first["provisional"], &first["snapshot"]["number"]), (&json!(false), &json!(1)));
    let metrics = &first["card"]["metrics"];
    assert_eq!(metrics["session_count"], json!({"value": "2.500000", "n": 3}));
    // 9 + 10, 8 + 8, 10 + 10 + 9 over seven ratings.
    assert_eq!(metrics["feedback_rating"], json!({"value": "9.142857", "n": 7}));
    assert_eq!(metrics["feedback_item:practicality"], json!({"value": "9.000000", "n": 2}));
    // Two of three contents were reused, by three pairs of person and content.
    assert_eq!(metrics["reuse_rate"], json!({"value": "66.666667", "n": 3}));
    assert_eq!(metrics["reuse_count"], json!({"value": "3.000000", "n": 3}));
    assert_eq!(metrics["submission_timeliness"], json!({"value": "66.666667", "n": 3}));
    assert_eq!(metrics["knowledge_conversion_rate"], json!({"value": "14.285714", "n": 7}));
    let points: Vec<&Value> = first["card"]["components"].as_array().unwrap().iter().map(|c| &c["points"]).collect();
    assert_eq!(points, ["91.4286", "66.6667", "66.6667"]);
    // 45.7143 + 20.00001 + 13.33334 = 79.04765; 15 % of 79.05 is 11.8575.
    assert_eq!((&first["card"]["score"], &first["card"]["grade"]), (&json!("79.05"), &json!("good")));
    assert_eq!(first["card"]["share_of_appraisal"], "11.86");
    // East is no ranking unit: its people are ranked in Sales.
    assert_eq!(
        (&first["department"]["code"], &first["rank"], &first["ranked_of"]),
        (&json!("SALES"), &json!(1), &json!(2))
    );

    let second = company.statement("L2").await;
    assert_eq!(second["card"]["metrics"]["session_count"], json!({"value": "1.500000", "n": 2}));
    assert_eq!(second["card"]["metrics"]["submission_timeliness"]["value"], "33.333333");
    // 42.5 + 15 + 6.66666, a pass but for the gate of two sessions.
    assert_eq!((&second["card"]["score"], &second["card"]["grade"]), (&json!("64.17"), &json!("fail")));
    assert_eq!((&second["card"]["gates"][0]["passed"], &second["rank"]), (&json!(false), &json!(2)));

    let third = company.statement("L3").await;
    assert_eq!(
        (&third["card"]["status"], &third["card"]["reason"]),
        (&json!("not_rated"), &json!("insufficient_data"))
    );
    assert_eq!((&third["card"]["score"], &third["rank"]), (&Value::Null, &Value::Null));

    let board = company.person("L2").get(&company.period("leaderboard")).await.expect(200);
    let order: Vec<&Value> =
        board["items"].as_array().unwrap().iter().map(|entry| &entry["employee"]["employee_number"]).collect();
    assert_eq!((order, &board["own"]["rank"]), (vec![&json!("L1"), &json!("L2")], &json!(2)));
    let replay = company.admin().await.get(&company.period("snapshots/1/replay")).await.expect(200);
    assert_eq!((&replay["matches"], &replay["replayed_digest"]), (&json!(true), &closed["digest"]));
}

async fn rewards_are_approved_by_somebody_else(company: &Company<'_>) {
    let (closer, checker) = (company.admin().await, company.person("ADMIN"));
    let line = |number: &str, policy: &str, amount| (number.to_owned(), policy.to_owned(), amount);
    let expected = [line("L1", "best-rated", 100_000), line("L1", "bonus", 50_000), line("L2", "best-rated", 50_000)];
    assert_eq!(company.granted(&closer, "2026-03").await, expected);
    let own = company.granted(&company.person("L2"), "2026-03").await;
    assert_eq!(own, expected[2..], "a lecturer sees their own rewards only");
    let certificates = checker.get("/v1/certificates").await.expect(200);
    assert_eq!(certificates["items"].as_array().unwrap().len(), 1);
    assert_eq!(certificates["items"][0]["employee"]["employee_number"], "L1");
    assert_eq!(certificates["items"][0]["certificate_code"], "knowledge-contribution");
    let all = json!({"programme_id": company.id("programme"), "period": "2026-03"});
    let refused = closer.post_keyed("/v1/rewards/approve-batch", "mine", all.clone()).await;
    assert_eq!(refused.problem(403), "self_approval");
    let approved = checker.post_keyed("/v1/rewards/approve-batch", "theirs", all).await.expect(200);
    assert_eq!(approved["approved_count"], 3);
}

async fn payroll_pays_once(company: &Company<'_>) {
    let admin = company.person("ADMIN");
    let group = json!({"code": "ALL", "name": "全公司", "is_default": true});
    let group = admin.post("/v1/pay-groups", group).await.id();
    let payroll = company.server.client(&[Role::Payroll]).await;
    let wanted = json!({"pay_group_id": group, "currency": "CNY", "pay_period": "2026-04"});
    let draft = payroll.post_keyed("/v1/payroll-batches", "april", wanted.clone()).await;
    let second = payroll.post_keyed("/v1/payroll-batches", "april-again", wanted).await;
    assert_eq!(second.problem(409), "draft_batch_exists");
    let path = format!("/v1/payroll-batches/{}", draft.id());
    let locked = payroll.act(&format!("{path}/lock"), draft.etag(), None).await;
    let etag = locked.etag().to_owned();
    let totals = locked.expect(200)["totals"].clone();
    assert_eq!((&totals["line_count"], &totals["people_count"]), (&json!(3), &json!(2)));
    assert_eq!(totals["total"], json!({"amount_minor": 200_000, "currency": "CNY"}));
    let mut lines = Vec::new();
    let mut next = Some(format!("{path}/lines?limit=2"));
    while let Some(page) = next.take() {
        let page = payroll.get(&page).await.expect(200);
        lines.extend(page["items"].as_array().unwrap().iter().cloned());
        next = page["next_cursor"].as_str().map(|cursor| format!("{path}/lines?limit=2&cursor={cursor}"));
    }
    assert_eq!(lines.iter().map(|line| line["amount_minor"].as_i64().unwrap()).sum::<i64>(), 200_000);
    assert!(lines.iter().all(|line| line["earned_ends_on"] == "2026-03-31" && line["pay_period"] == "2026-04"));
    let paid: Vec<Value> = lines
        .iter()
        .map(|line| json!({"line_id": line["id"], "status": "paid", "external_reference": "PAY-2026-04"}))
        .collect();
    let totals = json!({"line_count": 3, "total": totals["total"]});
    let run = json!({"consumer": "payroll", "run_id": "2026-04", "totals": totals, "lines": paid, "final": true});
    let acknowledgements = format!("{path}/acknowledgements");
    payroll.post_keyed(&acknowledgements, "run", run.clone()).await.expect(201);
    payroll.post_keyed(&acknowledgements, "run-again", run).await.expect(200);
    let void = admin.act(&format!("{path}/void"), "*", Some(json!({"reason": "Too late."}))).await;
    assert_eq!(void.problem(409), "state_conflict");
    assert_ne!(payroll.get(&path).await.etag(), etag, "it is acknowledged now");
    let page = company.person("L1").get("/v1/rewards").await.expect(200);
    assert!(page["items"].as_array().unwrap().iter().all(|reward| reward["state"] == "paid"), "{page}");
}

async fn promotion_is_answered_with_evidence(company: &Company<'_>) {
    let (maker, checker) = (company.admin().await, company.person("ADMIN"));
    let grades = |periods, every: &str| json!({"kind": "grades", "periods": periods, "every": every});
    let manager = json!({"target_code": "department-manager", "name": "部门经理", "criteria":
        {"kind": "all", "criteria": [{"kind": "tenure", "months": 6}, grades(6, "excellent")]}});
    published(&maker, &checker, "/v1/promotion-policies", manager).await;
    let mentor = json!({"target_code": "mentor", "name": "培训导师", "criteria": grades(1, "good")});
    published(&maker, &checker, "/v1/promotion-policies", mentor).await;
    let own = company.person("L1");
    let asked = |target: &str| json!({"employee_id": company.id("L1"), "target_code": target});
    let check = own.post("/v1/promotion-checks", asked("department-manager")).await.expect(200);
    assert_eq!(check["eligible"], false);
    let criteria = &check["result"]["criteria"];
    assert_eq!((&criteria[0]["verdict"], &criteria[0]["met_on"]), (&json!("met"), &json!("2026-02-01")));
    assert_eq!((&criteria[1]["verdict"], &criteria[1]["missing_months"]), (&json!("not_met"), &json!(5)));
    assert_eq!(criteria[1]["months"][0]["results"][0]["score"], "79.05");
    let refused = own.post("/v1/promotion-applications", asked("department-manager")).await;
    assert_eq!(refused.problem(422), "not_eligible");
    assert_eq!(refused.body["check"]["result"]["criteria"], *criteria, "with the whole evidence");
    let applied = own.post("/v1/promotion-applications", asked("mentor")).await;
    let approve = format!("/v1/promotion-applications/{}/approve", applied.id());
    assert_eq!(checker.post(&approve, json!({})).await.expect(200)["state"], "approved");
}

async fn the_auditor_reads_who_did_what(company: &Company<'_>) {
    let auditor = company.person("AUDIT");
    let closes = auditor.get("/v1/audit-entries?command=close_period").await.expect(200);
    assert_eq!(closes["items"][0]["actor"]["id"], company.first_admin.to_string());
    let approvals = auditor.get("/v1/audit-entries?command=approve_rewards").await.expect(200);
    assert_eq!(approvals["items"][0]["actor"]["id"], company.id("ADMIN"));
    let locks = auditor.get("/v1/audit-entries?command=lock_payroll_batch").await.expect(200);
    assert_eq!(locks["items"][0]["actor"]["kind"], "client");
    let page: Answer = auditor.get("/v1/audit-entries?limit=200").await;
    assert!(!page.text.contains("很实用"), "no rating and no text is in the log");
    assert_eq!(company.person("X1").get("/v1/audit-entries").await.problem(403), "forbidden");
}
