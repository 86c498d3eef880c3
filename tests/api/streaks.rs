//! Titles for three excellent months and notices after two failed ones, month by month over HTTP.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::{finished, rule};
use crate::support::{Client, Given, Options, TestServer, at, literal};

pub const TITLES: &str = "/v1/titles";
pub const NOTICES: &str = "/v1/improvement-notices";

/// Three excellent months in a row: senior lecturer. Two failed ones: a notice.
pub fn policies() -> Value {
    json!({"policies": [
        {"kind": "streak", "code": "senior", "priority": 1, "grade_at_least": "excellent", "length": 3,
         "title": "senior-lecturer"},
        {"kind": "notice", "code": "improve", "priority": 2, "grade_at_most": "fail", "length": 2},
    ]})
}

/// A programme of 2026 whose lecturers are excellent with three sessions a month, pass with two, and fail with fewer.
pub struct Year<'s> {
    pub given: Given<'s>,
    pub programme: Uuid,
    group: Uuid,
    pub admin: Client,
}

impl<'s> Year<'s> {
    pub async fn new(server: &'s TestServer) -> Self {
        // After the days to settle of June.
        server.clock.set(at("2026-07-07T01:00:00Z"));
        let given = server.given().await;
        let group = given.group("g").await;
        let programme = given.programme("p", group).await;
        given.published("scoring_rules", programme, 1, "2026-01", &rule()).await;
        given.published("reward_policy_sets", programme, 1, "2026-01", &policies()).await;
        let admin = server.person(given.employee("HR1").await, &[Role::Admin]).await;
        Self { given, programme, group, admin }
    }

    pub async fn lecturer(&self, number: &str) -> Uuid {
        let lecturer = self.given.employee(number).await;
        self.given.lecturer(lecturer, Some(self.group), "2020-01-01").await;
        lecturer
    }

    /// The sessions of a month of 2026.
    pub async fn teaches(&self, lecturer: Uuid, month: u32, sessions: u32) {
        for day in 10..10 + sessions {
            let start = format!("2026-{month:02}-{day}T02:00:00Z");
            self.given.delivered_session(self.programme, lecturer, &start, 10).await;
        }
    }

    /// Away for the whole of February.
    async fn away_in_february(&self, lecturer: Uuid) {
        let columns = [
            ("employee_id", literal(&lecturer.to_string())),
            ("kind", literal("leave")),
            ("starts_on", literal("2026-02-01")),
            ("ends_on", literal("2026-02-28")),
            ("source", literal("hr")),
        ];
        self.given.row("absences", &columns).await;
    }

    pub fn path(&self, month: u32, rest: &str) -> String {
        format!("/v1/programmes/{}/periods/2026-{month:02}/{rest}", self.programme)
    }

    pub async fn close(&self, month: u32) {
        let ordered = self.admin.post(&self.path(month, "close"), json!({})).await;
        finished(&self.admin, &ordered).await;
    }

    pub async fn items(&self, path: &str) -> Vec<Value> {
        self.admin.get(path).await.expect(200)["items"].as_array().unwrap().clone()
    }
}

pub fn run(months: &[(&str, &str)]) -> Value {
    months.iter().map(|(period, grade)| json!({"period": period, "grade": grade})).collect()
}

#[tokio::test]
async fn three_excellent_months_make_a_senior_lecturer_and_a_month_away_is_neutral() {
    let server = TestServer::start().await;
    let year = Year::new(&server).await;
    let (steady, away) = (year.lecturer("E1").await, year.lecturer("E2").await);
    for month in 1..=4 {
        year.teaches(steady, month, 3).await;
        year.teaches(away, month, if month == 2 { 0 } else { 3 }).await;
    }
    year.away_in_february(away).await;
    for month in [1, 2] {
        year.close(month).await;
        assert_eq!(year.items(TITLES).await, [] as [Value; 0], "{month}");
    }
    year.close(3).await;
    let titles = year.items(TITLES).await;
    assert_eq!(titles.len(), 1, "{titles:?}");
    let title = &titles[0];
    assert_eq!((&title["employee"]["id"], &title["code"]), (&json!(steady), &json!("senior-lecturer")));
    assert_eq!((&title["name_zh"], &title["name_en"]), (&json!("高级讲师"), &json!("Senior lecturer")));
    assert_eq!((&title["policy_code"], &title["earned_period"]), (&json!("senior"), &json!("2026-03")));
    assert_eq!(title["programme_id"], json!(year.programme));
    let months = ["2026-01", "2026-02", "2026-03"].map(|month| (month, "excellent"));
    assert_eq!(title["run"], run(&months));
    let snapshot = year.admin.get(&year.path(3, "snapshots/1")).await.expect(200);
    assert_eq!(title["snapshot_id"], snapshot["id"]);

    year.close(4).await;
    let titles = year.items(&format!("{TITLES}?employee_id={away}&held=true")).await;
    let months = ["2026-01", "2026-03", "2026-04"].map(|month| (month, "excellent"));
    assert_eq!((titles.len(), &titles[0]["run"]), (1, &run(&months)));
    let told = "SELECT count(*) FROM outbox_events WHERE topic = 'title.granted'";
    assert_eq!(year.given.sql.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 2);
    let logged = "SELECT count(*) FROM audit_entries WHERE command = 'close_period' AND subject_type = 'title'";
    assert_eq!(year.given.sql.query_one(logged, &[]).await.unwrap().get::<_, i64>(0), 2);
    // The lecturer sees their own one, in the company's words.
    let own = server.person(steady, &[]).await;
    let named = json!({"titles": [{"code": "senior-lecturer", "name_zh": "金牌讲师", "name_en": "Gold lecturer"}]});
    year.admin.patch("/v1/display-names", "*", named).await.expect(200);
    let seen = own.get(&format!("{TITLES}/{}", title["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&seen["name_zh"], &seen["name_en"]), (&json!("金牌讲师"), &json!("Gold lecturer")));
    let others = format!("{TITLES}/{}", titles[0]["id"].as_str().unwrap());
    assert_eq!(own.get(&others).await.problem(404), "not_found");
}

#[tokio::test]
async fn a_title_ends_by_a_decision_with_a_reason_and_a_later_streak_grants_it_again() {
    let server = TestServer::start().await;
    let year = Year::new(&server).await;
    let steady = year.lecturer("E1").await;
    for month in 1..=6 {
        year.teaches(steady, month, 3).await;
    }
    for month in 1..=3 {
        year.close(month).await;
    }
    let title = year.items(TITLES).await[0].clone();
    let path = format!("{TITLES}/{}/withdraw", title["id"].as_str().unwrap());
    let unreasoned = year.admin.act(&path, "*", Some(json!({}))).await;
    assert_eq!((unreasoned.problem(422), unreasoned.faults()), ("invalid_body", vec![("/reason", "required")]));
    let machine = server.client(&[Role::Admin]).await;
    let reason = json!({"reason": "考核数据有误"});
    assert_eq!(machine.act(&path, "*", Some(reason.clone())).await.problem(403), "person_required");
    assert_eq!(year.admin.act(&path, "\"9\"", Some(reason.clone())).await.problem(412), "precondition_failed");
    let gone = year.admin.act(&path, title["etag"].as_str().unwrap(), Some(reason.clone())).await.expect(200);
    assert_eq!(
        (&gone["withdraw_reason"], &gone["withdrawn_by"]["employee_number"]),
        (&json!("考核数据有误"), &json!("HR1"))
    );
    assert!(gone["withdrawn_at"].is_string());
    assert_eq!(year.admin.act(&path, "*", Some(reason)).await.problem(409), "state_conflict");
    year.close(4).await;
    year.close(5).await;
    assert_eq!(year.items(&format!("{TITLES}?held=true")).await.len(), 0, "the run has begun anew");
    year.close(6).await;
    let titles = year.items(TITLES).await;
    let of = |title: &Value| (title["earned_period"].clone(), title["withdrawn_at"].is_null());
    assert_eq!(titles.iter().map(of).collect::<Vec<_>>(), [(json!("2026-06"), true), (json!("2026-03"), false)]);
}

#[tokio::test]
async fn two_failed_months_bring_a_notice_which_a_pass_closes() {
    let server = TestServer::start().await;
    let year = Year::new(&server).await;
    let lecturer = year.lecturer("E1").await;
    let department = year.given.department("D", None).await;
    year.given.membership(lecturer, department, "2020-01-01").await;
    let head = year.given.employee("H1").await;
    let columns = [
        ("employee_id", literal(&head.to_string())),
        ("role", literal("manager")),
        ("department_id", literal(&department.to_string())),
    ];
    year.given.row("role_grants", &columns).await;
    let (own, manager) = (server.person(lecturer, &[]).await, server.person(head, &[]).await);
    year.teaches(lecturer, 4, 2).await;
    year.close(1).await;
    assert_eq!(year.items(NOTICES).await.len(), 0);
    year.close(2).await;
    let notice = year.items(NOTICES).await[0].clone();
    assert_eq!((&notice["employee"]["id"], &notice["state"]), (&json!(lecturer), &json!("open")));
    assert_eq!((&notice["earned_period"], &notice["grade_at_most"]), (&json!("2026-02"), &json!("fail")));
    assert_eq!(notice["run"], run(&[("2026-01", "fail"), ("2026-02", "fail")]));
    let path = format!("{NOTICES}/{}", notice["id"].as_str().unwrap());
    assert_eq!(manager.get(&path).await.expect(200), notice, "the manager sees it");
    let stranger = year.given.employee("E2").await;
    year.given.lecturer(stranger, None, "2020-01-01").await;
    assert_eq!(server.person(stranger, &[]).await.get(&path).await.problem(404), "not_found");
    assert!(!eligible(&server, &year, &own, lecturer).await, "it stands in the way");

    let answer = json!({"plan": "请导师试听两次"});
    assert_eq!(manager.act(&format!("{path}/answer"), "*", Some(answer.clone())).await.problem(403), "forbidden");
    let seen = own.act(&format!("{path}/acknowledge"), notice["etag"].as_str().unwrap(), None).await.expect(200);
    assert_eq!((&seen["state"], seen["acknowledged_at"].is_string()), (&json!("acknowledged"), true));
    assert_eq!(own.act(&format!("{path}/acknowledge"), "*", None).await.problem(409), "state_conflict");
    let planned = own.act(&format!("{path}/answer"), "*", Some(answer)).await.expect(200);
    assert_eq!((&planned["state"], &planned["plan"]), (&json!("answered"), &json!("请导师试听两次")));
    assert_eq!(manager.get(&format!("{NOTICES}?closed=false")).await.expect(200)["items"], json!([planned]));

    year.close(3).await;
    assert_eq!(year.items(NOTICES).await.len(), 1, "one is open at a time");
    assert!(!eligible(&server, &year, &own, lecturer).await, "an answer does not close it");
    year.close(4).await;
    let closed = own.get(&path).await.expect(200);
    assert_eq!((&closed["state"], &closed["passed_period"]), (&json!("closed"), &json!("2026-04")));
    assert_eq!((&closed["closed_by"], &closed["plan"]), (&Value::Null, &planned["plan"]));
    assert!(eligible(&server, &year, &own, lecturer).await);
    let told = "SELECT topic FROM outbox_events WHERE subject_type = 'improvement_notice' ORDER BY id";
    let told: Vec<String> = year.given.sql.query(told, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    let topics = ["opened", "acknowledged", "answered", "closed"].map(|did| format!("improvement_notice.{did}"));
    assert_eq!(told, topics);
}

/// Whether a position that asks for no open notice is open to the lecturer.
async fn eligible(server: &TestServer, year: &Year<'_>, own: &Client, lecturer: Uuid) -> bool {
    let body = json!({"target_code": "mentor", "name": "导师", "criteria": {"kind": "no_open_notice"}});
    let checker = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let draft = year.admin.post("/v1/promotion-policies", body).await;
    checker.act(&format!("/v1/promotion-policies/{}/publish", draft.id()), draft.etag(), None).await.expect(200);
    let asked = json!({"employee_id": lecturer, "target_code": "mentor"});
    own.post("/v1/promotion-checks", asked).await.expect(200)["eligible"].as_bool().unwrap()
}

#[tokio::test]
async fn a_notice_is_closed_by_a_month_after_it_whatever_the_order_of_the_closes() {
    let server = TestServer::start().await;
    let year = Year::new(&server).await;
    let (in_april, in_march) = (year.lecturer("E1").await, year.lecturer("E2").await);
    for (lecturer, passed) in [(in_april, [1, 3]), (in_march, [1, 4])] {
        for month in passed {
            year.teaches(lecturer, month, 2).await;
        }
    }
    year.close(1).await;
    year.close(2).await;
    let forced = json!({"force": true, "reason": "三月名单待补"});
    let ordered = year.admin.post(&year.path(4, "close"), forced).await;
    finished(&year.admin, &ordered).await;
    let notices = year.items(NOTICES).await;
    assert_eq!((notices.len(), &notices[0]["employee"]["id"]), (1, &json!(in_april)));
    assert_eq!(notices[0]["run"], run(&[("2026-02", "fail"), ("2026-04", "fail")]));

    year.close(3).await;
    let of = async |lecturer: Uuid| year.items(&format!("{NOTICES}?employee_id={lecturer}")).await[0].clone();
    let own = of(in_april).await;
    assert_eq!((&own["state"], &own["earned_period"]), (&json!("open"), &json!("2026-04")), "March is before it");
    let own = of(in_march).await;
    assert_eq!((&own["state"], &own["earned_period"]), (&json!("closed"), &json!("2026-03")));
    assert_eq!(own["passed_period"], "2026-04", "April is closed and better");
}

#[tokio::test]
async fn hr_closes_a_notice_with_a_reason_and_nobody_the_own_one() {
    let server = TestServer::start().await;
    let year = Year::new(&server).await;
    let lecturer = year.lecturer("E1").await;
    year.close(1).await;
    year.close(2).await;
    let path = format!("{NOTICES}/{}/close", year.items(NOTICES).await[0]["id"].as_str().unwrap());
    let reason = json!({"reason": "已调岗"});
    let own = server.person(lecturer, &[Role::Admin]).await;
    assert_eq!(own.act(&path, "*", Some(reason.clone())).await.problem(403), "self_approval");
    let closed = year.admin.act(&path, "*", Some(reason.clone())).await.expect(200);
    assert_eq!((&closed["closing_note"], &closed["closed_by"]["employee_number"]), (&json!("已调岗"), &json!("HR1")));
    assert_eq!(year.admin.act(&path, "*", Some(reason)).await.problem(409), "state_conflict");
    // Two more failed months bring another one.
    year.close(3).await;
    assert_eq!(year.items(&format!("{NOTICES}?closed=false")).await.len(), 0);
    year.close(4).await;
    let open = year.items(&format!("{NOTICES}?closed=false")).await;
    assert_eq!((open.len(), &open[0]["earned_period"]), (1, &json!("2026-04")));
}

#[tokio::test]
async fn of_two_closes_at_once_one_grants() {
    let server = TestServer::start().await;
    let year = Year::new(&server).await;
    let (steady, poor) = (year.lecturer("E1").await, year.lecturer("E2").await);
    for month in 1..=3 {
        year.teaches(steady, month, 3).await;
    }
    year.teaches(poor, 1, 2).await;
    year.close(1).await;
    year.close(2).await;
    let other = server.another_worker().await;
    let path = year.path(3, "close");
    let (first, second) = tokio::join!(year.admin.post(&path, json!({})), year.admin.post(&path, json!({})));
    let (first, second) = tokio::join!(finished(&year.admin, &first), finished(&year.admin, &second));
    assert_eq!(first["snapshot_id"], second["snapshot_id"]);
    other.stop().await;
    assert_eq!((year.items(TITLES).await.len(), year.items(NOTICES).await.len()), (1, 1));
}

/// March has begun to close before February is closed.
#[tokio::test]
async fn two_months_that_are_closed_at_once_make_one_run() {
    // In this pool two jobs of a tenant run at once.
    let server = TestServer::start_as(Options { pool: 16, ..Options::default() }).await;
    let year = Year::new(&server).await;
    let steady = year.lecturer("E1").await;
    for month in 1..=3 {
        year.teaches(steady, month, 3).await;
    }
    year.close(1).await;
    let (owner, watcher) = (server.database.owner().await, server.database.owner().await);
    let other = server.another_worker().await;
    owner.batch_execute("BEGIN; SELECT FROM periods WHERE period = '2026-01' FOR UPDATE").await.unwrap();
    let february = year.admin.post(&year.path(2, "close"), json!({})).await;
    server.database.until_blocked(&watcher, 1).await;
    let force = json!({"force": true, "reason": "两个月一起关账"});
    let march = year.admin.post(&year.path(3, "close"), force).await;
    server.database.until_blocked(&watcher, 2).await;
    owner.batch_execute("ROLLBACK").await.unwrap();
    tokio::join!(finished(&year.admin, &february), finished(&year.admin, &march));
    other.stop().await;
    let titles = year.items(TITLES).await;
    assert_eq!(titles.len(), 1, "{titles:?}");
    let months = ["2026-01", "2026-02", "2026-03"].map(|month| (month, "excellent"));
    assert_eq!(titles[0]["run"], run(&months));
}

#[tokio::test]
async fn a_quarter_counts_three_months_and_months_without_money_count_as_well() {
    let server = TestServer::start().await;
    let year = Year::new(&server).await;
    let steady = year.lecturer("E1").await;
    for month in 1..=3 {
        year.teaches(steady, month, 3).await;
    }
    // It pays from April on: the months before are scored, count, and bring what costs nothing.
    year.given.sql.batch_execute("UPDATE programmes SET pays_from_on = '2026-04-01'").await.unwrap();
    for month in 1..=3 {
        year.close(month).await;
    }
    assert_eq!(year.items(TITLES).await[0]["earned_period"], "2026-03");

    let group = year.given.group("q").await;
    let quarterly = year.given.programme("q", group).await;
    let of_it = format!("UPDATE programmes SET cycle = 'quarter' WHERE id = '{quarterly}'");
    year.given.sql.batch_execute(&of_it).await.unwrap();
    year.given.published("scoring_rules", quarterly, 1, "2026-01", &rule()).await;
    year.given.published("reward_policy_sets", quarterly, 1, "2026-01", &policies()).await;
    let other = year.given.employee("E9").await;
    year.given.lecturer(other, Some(group), "2020-01-01").await;
    for month in 1..=3 {
        let start = format!("2026-{month:02}-20T02:00:00Z");
        year.given.delivered_session(quarterly, other, &start, 10).await;
    }
    let path = format!("/v1/programmes/{quarterly}/periods/2026-Q1/close");
    let ordered = year.admin.post(&path, json!({})).await;
    finished(&year.admin, &ordered).await;
    let titles = year.items(&format!("{TITLES}?programme_id={quarterly}")).await;
    assert_eq!((titles.len(), &titles[0]["run"]), (1, &run(&[("2026-Q1", "excellent")])));
}

#[tokio::test]
async fn a_policy_that_nothing_could_follow_from_is_refused() {
    let server = TestServer::start().await;
    let year = Year::new(&server).await;
    let path = format!("/v1/programmes/{}/reward-policies", year.programme);
    let of = |policies: Value| json!({"starts_period": "2026-08", "policies": policies});
    let refused = year.admin.post(&path, of(json!([
        {"kind": "streak", "code": "a", "priority": 1, "grade_at_least": "excellent", "length": 3, "opportunity": "a summit"},
        {"kind": "streak", "code": "b", "priority": 2, "grade_at_least": "superb", "length": 0, "title": "senior-lecturer"},
        {"kind": "notice", "code": "c", "priority": 3, "grade_at_most": "excellent", "length": 2},
    ])));
    let refused = refused.await;
    assert_eq!(refused.problem(422), "rule_refused");
    let faults = [
        ("/policies/0/opportunity", "bad_characters"),
        ("/policies/1/grade_at_least", "unknown_grade"),
        ("/policies/1/length", "out_of_range"),
        ("/policies/2/grade_at_most", "nothing_better"),
    ];
    assert_eq!(refused.faults(), faults);
    // The title is not one of the company's.
    let foreign = json!([{
        "kind": "streak", "code": "a", "priority": 1, "grade_at_least": "excellent", "length": 3, "title": "grand-master",
    }]);
    let draft = year.admin.post(&path, of(foreign)).await;
    let warned = draft.body["warnings"].as_array().unwrap().iter().map(|own| own["code"].clone());
    assert!(warned.into_iter().any(|code| code == "unknown_title"), "{}", draft.text);
    let checker = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let publish = format!("{path}/{}/publish", draft.id());
    let refused = checker.act(&publish, draft.etag(), None).await;
    assert_eq!(
        (refused.problem(422), refused.faults()),
        ("rule_refused", vec![("/policies/0/title", "unknown_title")])
    );
    let named = json!({"titles": [{"code": "grand-master", "name_zh": "首席讲师", "name_en": "Grand master"}]});
    year.admin.patch("/v1/display-names", "*", named).await.expect(200);
    checker.act(&publish, draft.etag(), None).await.expect(200);
}
