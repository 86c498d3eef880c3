//! Complete statements: what counted and what did not, in sentences, and what lifts a lecturer.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Client, Given, TestServer, at, literal};

/// A lecturer with two sessions of whom much did not count, a better one in the same department, and one elsewhere with nothing.
pub struct Scene<'s> {
    given: Given<'s>,
    server: &'s TestServer,
    programme: Uuid,
    pub lecturers: [Uuid; 3],
    learner: Uuid,
    session: Uuid,
}

impl<'s> Scene<'s> {
    pub async fn new(server: &'s TestServer, rank_scope: &str) -> Self {
        let given = server.given().await;
        let group = given.group("knowledge").await;
        let programme = given.programme("programme", group).await;
        let departments = [given.department("sales", None).await, given.department("plant", None).await];
        let mut lecturers = Vec::new();
        for (number, department) in [("L1", 0), ("L2", 0), ("L3", 1)] {
            let id = given.employee(number).await;
            given.lecturer(id, Some(group), "2025-01-01").await;
            given.membership(id, departments[department], "2025-01-01").await;
            lecturers.push(id);
        }
        let lecturers = [lecturers[0], lecturers[1], lecturers[2]];
        let mut rule = rule();
        rule["rank_scope"] = rank_scope.into();
        given.published("scoring_rules", programme, 1, "2026-01", &rule).await;
        let session = given.delivered_session(programme, lecturers[0], "2026-03-02T02:00:00Z", 4).await;
        given.delivered_session(programme, lecturers[0], "2026-03-03T02:00:00Z", 4).await;
        for day in ["02", "03", "04"] {
            given.delivered_session(programme, lecturers[1], &format!("2026-03-{day}T06:00:00Z"), 4).await;
        }
        let learner = given.employee("learner").await;
        let scene = Self { given, server, programme, lecturers, learner, session };
        for (number, rating) in [9, 8, 10, 7].into_iter().enumerate() {
            let rater = scene.given.employee(&format!("rater-{number}")).await;
            scene.rating(rater, rating, true).await;
        }
        server.clock.set(at("2026-03-10T00:00:00Z"));
        scene
    }

    async fn rating(&self, learner: Uuid, rating: i32, counts: bool) {
        let columns = [
            ("session_id", literal(&self.session.to_string())),
            ("learner_id", literal(&learner.to_string())),
            ("rating", rating.to_string()),
            ("scale", "10".to_owned()),
            ("received_at", literal("2026-03-02T04:00:00Z")),
            ("source", literal("import")),
            ("counts", counts.to_string()),
        ];
        self.given.row("feedback", &columns).await;
    }

    /// A session of the first lecturer.
    pub async fn session(&self, title: &str, start: &str, state: &[(&str, String)]) -> Uuid {
        let mut columns = vec![
            ("programme_id", literal(&self.programme.to_string())),
            ("title", literal(title)),
            ("kind", literal("assigned")),
            ("mode", literal("on_site")),
            ("scheduled_start", literal(start)),
            ("scheduled_minutes", "60".to_owned()),
        ];
        columns.extend_from_slice(state);
        let id = self.given.row("sessions", &columns).await;
        let of = [("session_id", literal(&id.to_string())), ("employee_id", literal(&self.lecturers[0].to_string()))];
        self.given.row("session_lecturers", &of).await;
        id
    }

    /// A content of the first lecturer.
    pub async fn content(&self, title: &str, published_at: &str, session: Option<Uuid>) -> Uuid {
        let session = session.map_or_else(|| "NULL".to_owned(), |id| literal(&id.to_string()));
        let columns = [
            ("programme_id", literal(&self.programme.to_string())),
            ("title", literal(title)),
            ("published_at", literal(published_at)),
            ("session_id", session),
        ];
        let id = self.given.row("contents", &columns).await;
        let author =
            [("content_id", literal(&id.to_string())), ("employee_id", literal(&self.lecturers[0].to_string()))];
        self.given.row("content_authors", &author).await;
        id
    }

    async fn reuse(&self, content: Uuid, person: Uuid, kind: &str, day: u32) {
        let columns = [
            ("content_id", literal(&content.to_string())),
            ("employee_id", literal(&person.to_string())),
            ("kind", literal(kind)),
            ("occurred_at", literal(&format!("2026-03-{day:02}T04:00:00Z"))),
            ("received_at", literal(&format!("2026-03-{day:02}T04:00:00Z"))),
            ("source", literal("portal")),
        ];
        self.given.row("reuse_events", &columns).await;
    }

    async fn case(&self, learner: Uuid, state: &str) {
        let decided_at = if state == "submitted" { "NULL".to_owned() } else { literal("2026-03-05T00:00:00Z") };
        let columns = [
            ("session_id", literal(&self.session.to_string())),
            ("learner_id", literal(&learner.to_string())),
            ("description", literal("Used it")),
            ("state", literal(state)),
            ("submitted_at", literal("2026-03-04T00:00:00Z")),
            ("decided_at", decided_at),
        ];
        self.given.row("application_cases", &columns).await;
    }

    /// A fact of every kind that does not count, or only in part.
    async fn fill_with_what_does_not_count(&self) {
        let minutes = |minutes: u32, day: &str| {
            [
                ("state", literal("delivered")),
                ("delivered_start", literal(&format!("2026-03-{day}T02:00:00Z"))),
                ("delivered_minutes", minutes.to_string()),
                ("head_count", "3".to_owned()),
            ]
        };
        let state = |state: &str| [("state", literal(state))];
        self.session("Called off", "2026-03-04T02:00:00Z", &state("cancelled")).await;
        self.session("Forgotten", "2026-03-05T02:00:00Z", &state("planned")).await;
        self.session("To come", "2026-03-20T02:00:00Z", &state("planned")).await;
        self.session("Not held", "2026-03-06T02:00:00Z", &state("missed")).await;
        self.session("Too short", "2026-03-07T02:00:00Z", &minutes(29, "07")).await;
        self.session("Own report", "2026-03-08T02:00:00Z", &minutes(60, "08")).await;
        let content = self.content("Handbook", "2026-03-01T00:00:00Z", None).await;
        for (person, kind, day) in [
            (self.learner, "view", 2),
            (self.learner, "download", 3),
            (self.learner, "forward", 4),
            (self.lecturers[0], "download", 5),
        ] {
            self.reuse(content, person, kind, day).await;
        }
        self.content("Old slides", "2025-06-01T00:00:00Z", None).await;
        for (number, state) in ["confirmed", "rejected", "submitted"].into_iter().enumerate() {
            let learner = self.given.employee(&format!("case-{number}")).await;
            self.case(learner, state).await;
        }
        self.rating(self.learner, 1, false).await;
        let absence = [
            ("employee_id", literal(&self.lecturers[0].to_string())),
            ("kind", literal("leave")),
            ("starts_on", literal("2026-02-27")),
            ("ends_on", literal("2026-03-01")),
            ("source", literal("hris")),
        ];
        self.given.row("absences", &absence).await;
    }

    pub fn path(&self, position: usize) -> String {
        let id = self.lecturers[position];
        format!("/v1/programmes/{}/periods/2026-03/scorecards/{id}/statement", self.programme)
    }

    pub fn as_lecturer(&self, position: usize) -> Client {
        self.server.person_token(self.server.tenant, self.lecturers[position])
    }

    async fn in_chinese(&self, client: &Client, position: usize) -> Answer {
        client.send(client.request(Method::GET, &self.path(position)).header("accept-language", "zh-CN")).await
    }
}

/// Half sessions (3 are enough), half ratings with a prior; a required gate of one session.
fn rule() -> Value {
    json!({
        "components": [
            {"metric": "session_count", "weight_bp": 5000, "curve": {"kind": "linear", "to": 3}},
            {"metric": "feedback_rating", "weight_bp": 5000, "curve": {"kind": "linear", "to": 10}}
        ],
        "grades": [
            {"code": "excellent", "at_least": 90}, {"code": "good", "at_least": 75},
            {"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}
        ],
        "gates": [{"metric": "session_count", "at_least": 1, "else_grade": "fail", "required": true}],
        "feedback": {"prior_weight": 2, "prior_mean": 6},
        "min_session_minutes": 30,
        "appraisal_weight_bp": 1500
    })
}

fn sentences<'a>(statement: &'a Value, about: &str) -> Vec<&'a str> {
    let all = statement["sentences"].as_array().unwrap().iter();
    all.filter(|said| said["about"] == about).map(|said| said["text"].as_str().unwrap()).collect()
}

/// Kind, reason, effect and count of what did not count.
fn not_counted(statement: &Value) -> Vec<String> {
    let all = statement["not_counted"].as_array().unwrap().iter();
    let text = |fact: &Value, name: &str| fact[name].as_str().unwrap_or("-").to_owned();
    all.map(|fact| {
        let told = [text(fact, "kind"), text(fact, "reason"), text(fact, "effect")].join(" ");
        format!("{told} {}", fact["count"])
    })
    .collect()
}

#[tokio::test]
async fn a_statement_says_in_both_languages_how_the_result_came_about() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server, "programme").await;
    let own = scene.as_lecturer(0);
    let answer = scene.in_chinese(&own, 0).await;
    assert_eq!(answer.header("content-language"), "zh-CN");
    let etag = answer.etag().to_owned();
    let chinese = answer.expect(200);
    assert_eq!(chinese["summary"], "Person L1讲师，本月分享2次，学员评分7.67分，内容被复用0次，排名部门第2，方案第2");
    let english = own.get(&scene.path(0)).await;
    assert_ne!(english.etag(), etag);
    let english = english.expect(200);
    assert_eq!(
        english["summary"],
        "Person L1, this month: 2 sessions, rated 7.67 by learners, content reused 0 times, rank 2 in the department and 2 in the programme"
    );
    let card = own.get(scene.path(0).trim_end_matches("/statement")).await.expect(200);
    assert_eq!(english["statement"]["scorecard"]["card"], card["scorecard"]["card"]);
    assert_eq!(english["statement"]["sessions"], card["sessions"]);

    let rating = english["metrics"].as_array().unwrap().iter().find(|own| own["metric"] == "feedback_rating").unwrap();
    assert_eq!(
        *rating,
        json!({"metric": "feedback_rating", "name": "feedback rating", "value": "7.666667", "n": 4, "raw_mean": "8.500000",
               "contribution": "38.333350"})
    );
    assert_eq!(sentences(&english, "status"), ["Provisional: of the facts so far."]);
    assert_eq!(
        sentences(&english, "component"),
        [
            "Number of sessions: 2 (of 2 facts); on the curve (0 is worth 0 and 3 is worth 100) that is 66.6667 points, and with a \
             weight of 50 % it adds 33.33335 to the score.",
            "Feedback rating: 7.666667 (of 4 ratings, whose plain mean is 8.5); on the curve (0 is worth 0 and 10 is worth 100) that is \
             76.6667 points, and with a weight of 50 % it adds 38.33335 to the score.",
        ]
    );
    assert_eq!(
        sentences(&chinese, "component")[1],
        "学员评分：7.666667（依据 4 份评价，原始均值 8.5）；按曲线（0 得 0 分，10 得 100 分）得 76.6667 分，权重 50%，对总分贡献 38.33335 分。"
    );
    assert_eq!(sentences(&english, "gate"), ["Minimum met: number of sessions is 2, and 1 is asked for."]);
    assert_eq!(sentences(&english, "grade"), ["The score is 71.67, the grade Pass."]);
    assert_eq!(sentences(&chinese, "grade"), ["得分 71.67，等级为“合格”。"]);
    assert_eq!(sentences(&chinese, "rank"), ["部门第 2 名（共 2 人）。", "方案第 2 名（共 3 人）。"]);
    assert_eq!(sentences(&chinese, "appraisal"), ["计入整体考核 10.75 分（权重 15%）。"]);
}

#[tokio::test]
async fn what_lifts_is_told_for_the_next_grade_and_the_next_place() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server, "programme").await;
    let hr = server.client(&[Role::Admin]).await;
    let statement = hr.get(&scene.path(0)).await.expect(200);
    let lift = |metric: &str, name: &str, value: &str, [needed, change]: [Value; 2]| json!({"metric": metric, "name": name, "value": value, "needed": needed, "change": change});
    assert_eq!(
        statement["next_grade"],
        json!({
            "grade": "good", "name": "Good", "score": "75.00", "lacking": "3.33", "capped_by": [],
            "lifts": [
                lift("session_count", "number of sessions", "2.000000", [json!("3.000000"), json!("1.000000")]),
                lift("feedback_rating", "feedback rating", "7.666667", [json!("8.332325"), json!("0.665658")]),
            ]
        })
    );
    assert_eq!(
        statement["next_place"],
        json!({
            "scope": "programme", "rank": 1, "score": "100.00", "lacking": "28.33",
            "lifts": [
                lift("session_count", "number of sessions", "2.000000", [Value::Null, Value::Null]),
                lift("feedback_rating", "feedback rating", "7.666667", [Value::Null, Value::Null]),
            ]
        })
    );
    assert_eq!(
        sentences(&statement, "next_grade"),
        [
            "The next grade, Good, takes a score of 75, 3.33 more: number of sessions alone would do it at 3; feedback rating alone would do \
             it at 8.332325."
        ]
    );
    // The best one has nothing above, and one who is capped hears what is in the way.
    let best = hr.get(&scene.path(1)).await.expect(200);
    assert_eq!((&best["next_grade"], &best["next_place"]), (&Value::Null, &Value::Null));
    let none = hr.get(&scene.path(2)).await.expect(200);
    assert_eq!(none["next_grade"]["capped_by"], json!(["session_count"]));
    assert_eq!(none["next_grade"]["lifts"][0]["needed"], "2.000000");
    assert_eq!(none["next_grade"]["lifts"][1]["needed"], Value::Null);
    assert_eq!(sentences(&none, "grade"), ["The score is 0, the grade Fail."]);
    assert_eq!(
        sentences(&none, "gate"),
        ["Minimum not met: number of sessions is 0, and 1 is asked for; the grade is Fail at best."]
    );
}

#[tokio::test]
async fn every_fact_that_did_not_count_is_named_with_its_reason() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server, "programme").await;
    scene.fill_with_what_does_not_count().await;
    let statement = scene.in_chinese(&scene.as_lecturer(0), 0).await.expect(200);
    assert_eq!(
        not_counted(&statement),
        [
            "session missed in_part 1",
            "session too_short in_part 1",
            "session unconfirmed so_far 1",
            "session cancelled not_counted 1",
            "session undecided not_counted 1",
            "application_case rejected not_counted 1",
            "application_case undecided not_counted 1",
            "rating not_admissible not_counted 1",
            "content not_current not_counted 1",
            "reuse by_author not_counted 1",
            "reuse other_kind not_counted 1",
            "reuse repeated not_counted 1",
        ]
    );
    assert_eq!(sentences(&statement, "not_counted").len(), 12);
    assert_eq!(
        sentences(&statement, "not_counted")[1],
        "“Too short”时长 29 分钟，要求至少 30 分钟：不计入授课次数和授课时长。"
    );
    assert_eq!(sentences(&statement, "not_counted")[3], "“Called off”已取消，不计入任何指标。");
    assert_eq!(statement["absences"], json!([{"starts_on": "2026-03-01", "ends_on": "2026-03-01"}]));
    assert_eq!(
        sentences(&statement, "absence"),
        ["本周期 31 天中有 1 天不参与考核，对授课次数和时长的要求按比例减少。"]
    );
    let text = statement.to_string();
    assert!(!text.contains("case-0") && !text.contains("learner"), "nobody who rated, reused or reported is named");
}

/// Where lecturers are ranked in their departments, nobody but HR hears of the rank in the programme.
#[tokio::test]
async fn a_statement_shows_the_ranks_that_the_caller_may_see() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server, "department").await;
    let scopes = |statement: &Value| -> Vec<String> {
        let all = statement["standings"].as_array().unwrap().iter();
        all.map(|own| own["scope"].as_str().unwrap().to_owned()).collect()
    };
    let own = scene.in_chinese(&scene.as_lecturer(0), 0).await.expect(200);
    assert_eq!(scopes(&own), ["department"]);
    assert_eq!(own["summary"], "Person L1讲师，本月分享2次，学员评分7.67分，内容被复用0次，排名部门第2");
    let hr = scene.in_chinese(&server.client(&[Role::Admin]).await, 0).await.expect(200);
    assert_eq!(scopes(&hr), ["department", "programme"]);
    assert_eq!(hr["next_place"]["scope"], "department");
    assert_eq!(scene.as_lecturer(1).get(&scene.path(0)).await.problem(404), "not_found");
    assert_eq!(server.client(&[Role::Payroll]).await.get(&scene.path(0)).await.problem(403), "forbidden");
}

/// Outside the mode `named` it is said that ratings wait until they can be shown together, whether or not some do.
#[tokio::test]
async fn a_statement_does_not_tell_whether_ratings_wait() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server, "programme").await;
    let mode = format!("UPDATE programmes SET feedback_mode = 'confidential' WHERE id = '{}'", scene.programme);
    scene.given.sql.batch_execute(&mode).await.unwrap();
    scene.given.changed().await;
    let held = |statement: &Value| {
        not_counted(statement).into_iter().filter(|fact| fact.starts_with("rating")).collect::<Vec<_>>()
    };
    for position in [0, 1] {
        let statement = scene.as_lecturer(position).get(&scene.path(position)).await.expect(200);
        assert_eq!(held(&statement), ["rating held_back not_counted null"], "{position}");
    }
    let own = scene.as_lecturer(0).get(&scene.path(0)).await.expect(200);
    let rating = own["metrics"].as_array().unwrap().iter().find(|own| own["metric"] == "feedback_rating").unwrap();
    assert_eq!((&rating["value"], &rating["raw_mean"]), (&Value::Null, &Value::Null));
}
