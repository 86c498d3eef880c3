//! Scorecards, statements and boards.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Client, Given, TestServer, at, literal};

/// Two departments, three lecturers with sessions in March, and a rule of sessions and ratings.
struct Scene<'s> {
    given: Given<'s>,
    server: &'s TestServer,
    programme: Uuid,
    rule: Uuid,
    departments: [Uuid; 2],
    /// 100, 75 and 75 points; the first and the second are in the first department.
    lecturers: [Uuid; 3],
}

impl<'s> Scene<'s> {
    async fn new(server: &'s TestServer) -> Self {
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
        let rule = given.published("scoring_rules", programme, 1, "2026-01", &rule()).await;
        let scene = Self { given, server, programme, rule, departments, lecturers };
        for (lecturer, ratings) in lecturers.into_iter().zip([[10, 10], [5, 5], [4, 6]]) {
            let session = scene.given.delivered_session(programme, lecturer, "2026-03-02T02:00:00Z", 4).await;
            for (learner, rating) in ratings.into_iter().enumerate() {
                let learner = scene.given.employee(&format!("{session}-{learner}")).await;
                scene.rating(session, learner, rating).await;
            }
        }
        server.clock.set(at("2026-03-10T00:00:00Z"));
        scene
    }

    async fn rating(&self, session: Uuid, learner: Uuid, rating: i32) {
        let columns = [
            ("session_id", literal(&session.to_string())),
            ("learner_id", literal(&learner.to_string())),
            ("rating", rating.to_string()),
            ("scale", "10".to_owned()),
            ("received_at", literal("2026-03-02T04:00:00Z")),
            ("source", literal("live")),
        ];
        self.given.row("feedback", &columns).await;
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/programmes/{}/periods/2026-03/{rest}", self.programme)
    }

    fn as_lecturer(&self, position: usize) -> Client {
        self.server.person_token(self.server.tenant, self.lecturers[position])
    }

    async fn statement(&self, client: &Client, position: usize) -> Answer {
        client.get(&self.path(&format!("scorecards/{}", self.lecturers[position]))).await
    }

    async fn manager(&self, department: Uuid) -> Client {
        let id = self.given.employee(&format!("M-{department}")).await;
        let columns = [
            ("employee_id", literal(&id.to_string())),
            ("role", literal("manager")),
            ("department_id", literal(&department.to_string())),
        ];
        self.given.row("role_grants", &columns).await;
        self.server.person_token(self.server.tenant, id)
    }
}

/// Half sessions (1 is enough), half ratings; a required gate of one session.
pub fn rule() -> Value {
    json!({
        "components": [
            {"metric": "session_count", "weight_bp": 5000, "curve": {"kind": "linear", "to": 1}},
            {"metric": "feedback_rating", "weight_bp": 5000, "curve": {"kind": "linear", "to": 10}}
        ],
        "grades": [
            {"code": "excellent", "at_least": 90}, {"code": "good", "at_least": 75},
            {"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}
        ],
        "gates": [{"metric": "session_count", "at_least": 1, "else_grade": "fail", "required": true}],
        "min_session_minutes": 30,
        "min_weight_present_bp": 5000
    })
}

fn numbers(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["employee"]["employee_number"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_statement_shows_the_way_from_facts_to_rank() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let hr = server.client(&[Role::Admin]).await;
    let answer = scene.statement(&hr, 1).await;
    let etag = answer.etag().to_owned();
    let statement = answer.expect(200);
    let scorecard = &statement["scorecard"];
    assert_eq!(scorecard["provisional"], true);
    assert_eq!(scorecard["snapshot"], Value::Null);
    assert_eq!(scorecard["rule"], json!({"id": scene.rule, "version": 1}));
    assert_eq!(scorecard["employee"]["employee_number"], "L2");
    assert_eq!(scorecard["department"]["code"], "sales");
    assert_eq!((&scorecard["rank"], &scorecard["ranked_of"]), (&json!(2), &json!(3)));
    let card = &scorecard["card"];
    assert_eq!((&card["score"], &card["grade"], &card["status"]), (&json!("75.00"), &json!("good"), &json!("rated")));
    assert_eq!(card["metrics"]["feedback_rating"], json!({"value": "5.000000", "n": 2}));
    assert_eq!(card["components"][1]["points"], "50.0000");
    assert_eq!(card["components"][1]["weight_bp"], 5000);
    assert_eq!(card["gates"][0]["passed"], true);
    assert_eq!(card["share_of_appraisal"], "0.00");
    let session = &statement["sessions"][0];
    assert_eq!((&session["title"], &session["qualifies"]), (&json!("A session"), &json!(true)));
    assert_eq!(session["starts_at"], "2026-03-02T02:00:00Z");
    assert_eq!(session["ratings"], json!([{"scale": 10, "n": 2, "sum": "10"}]));

    let path = scene.path(&format!("scorecards/{}", scene.lecturers[1]));
    let again = hr.send(hr.request(Method::GET, &path).header("if-none-match", &etag)).await;
    assert_eq!(again.status, 304);
    let session = scene.given.delivered_session(scene.programme, scene.lecturers[1], "2026-03-03T02:00:00Z", 4).await;
    let learner = scene.given.employee("late").await;
    scene.rating(session, learner, 10).await;
    let moved = hr.send(hr.request(Method::GET, &path).header("if-none-match", &etag)).await.expect(200);
    assert_eq!(moved["scorecard"]["card"]["score"], "83.33");
}

#[tokio::test]
async fn scorecards_are_listed_in_pages_with_the_rank_among_all() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let hr = server.client(&[Role::Hris]).await;
    let first = hr.get(&scene.path("scorecards?limit=2")).await;
    assert!(first.header("link").contains("rel=\"next\""));
    let first = first.expect(200);
    assert_eq!(numbers(&first), ["L1", "L2"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = hr.get(&scene.path(&format!("scorecards?limit=2&cursor={cursor}"))).await.expect(200);
    assert_eq!(numbers(&second), ["L3"]);
    assert_eq!(second["next_cursor"], Value::Null);
    assert_eq!((&second["items"][0]["rank"], &second["items"][0]["ranked_of"]), (&json!(2), &json!(3)));
}

#[tokio::test]
async fn each_role_sees_its_own_part() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let own = scene.as_lecturer(1);
    let page = own.get(&scene.path("scorecards")).await.expect(200);
    assert_eq!(numbers(&page), ["L2"]);
    assert_eq!(page["items"][0]["rank"], 2, "among all, though only their own card is seen");
    scene.statement(&own, 1).await.expect(200);
    assert_eq!(scene.statement(&own, 0).await.problem(404), "not_found");

    let manager = scene.manager(scene.departments[1]).await;
    assert_eq!(numbers(&manager.get(&scene.path("scorecards")).await.expect(200)), ["L3"]);
    scene.statement(&manager, 2).await.expect(200);
    assert_eq!(scene.statement(&manager, 0).await.problem(404), "not_found");

    let learner = server.person(server.state.ids.next(), &[]).await;
    assert_eq!(learner.get(&scene.path("scorecards")).await.problem(403), "forbidden");
    assert_eq!(server.client(&[Role::Payroll]).await.get(&scene.path("scorecards")).await.problem(403), "forbidden");
    let elsewhere = server.tenant("other").await;
    let foreign = server.client_of(elsewhere, &[Role::Admin]).await;
    assert_eq!(foreign.get(&scene.path("scorecards")).await.problem(404), "not_found");
}

#[tokio::test]
async fn a_period_that_the_programme_does_not_have_is_not_found() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let hr = server.client(&[Role::Admin]).await;
    let base = format!("/v1/programmes/{}/periods", scene.programme);
    assert_eq!(hr.get(&format!("{base}/2026-Q1/scorecards")).await.problem(404), "not_found");
    assert_eq!(hr.get(&format!("{base}/2026-13/scorecards")).await.problem(400), "invalid_path");
    // No rule served then.
    assert_eq!(hr.get(&format!("{base}/2025-12/leaderboard")).await.problem(404), "not_found");
    let nowhere = format!("/v1/programmes/{}/periods/2026-03/leaderboard", server.state.ids.next());
    assert_eq!(hr.get(&nowhere).await.problem(404), "not_found");
    let nobody = scene.path(&format!("scorecards/{}", server.state.ids.next()));
    assert_eq!(hr.get(&nobody).await.problem(404), "not_found");
}

#[tokio::test]
async fn the_board_shows_the_top_and_ones_own_place() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let size = |places: i32| format!("UPDATE programmes SET board_size = {places}");
    scene.given.sql.batch_execute(&size(1)).await.unwrap();
    let answer = scene.as_lecturer(2).get(&scene.path("leaderboard")).await;
    assert!(!answer.etag().is_empty());
    let board = answer.expect(200);
    assert_eq!(board["scope"], "programme");
    assert_eq!(board["ranked_of"], 3);
    assert_eq!(numbers(&board), ["L1"]);
    assert_eq!(board["items"][0]["score"], "100.00");
    assert_eq!(board["items"][0]["department"]["code"], "sales");
    assert_eq!(board["own"], json!({"rank": 2, "ranked_of": 3, "score": "75.00", "grade": "good"}));

    scene.given.sql.batch_execute(&size(2)).await.unwrap();
    let hr = server.client(&[Role::Admin]).await;
    let board = hr.get(&scene.path("leaderboard")).await.expect(200);
    assert_eq!(numbers(&board), ["L1", "L2", "L3"], "who shares the last place is shown too");
    assert_eq!(board["items"][1]["rank"], board["items"][2]["rank"]);
    assert_eq!(board["own"], Value::Null);
}

#[tokio::test]
async fn a_department_has_its_board() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let [sales, plant] = scene.departments;
    let own = scene.as_lecturer(1);
    let board = own.get(&scene.path("leaderboard?scope=department")).await.expect(200);
    assert_eq!(board["department"]["code"], "sales");
    assert_eq!((numbers(&board), &board["own"]["rank"]), (vec!["L1", "L2"], &json!(2)));
    let others = scene.path(&format!("leaderboard?scope=department&department_id={plant}"));
    assert_eq!(own.get(&others).await.problem(404), "not_found");
    let manager = scene.manager(plant).await;
    assert_eq!(numbers(&manager.get(&others).await.expect(200)), ["L3"]);
    let of_sales = scene.path(&format!("leaderboard?scope=department&department_id={sales}"));
    assert_eq!(manager.get(&of_sales).await.problem(404), "not_found");
    let hr = server.client(&[Role::Admin]).await;
    assert_eq!(numbers(&hr.get(&of_sales).await.expect(200)), ["L1", "L2"]);
    assert_eq!(hr.get(&scene.path("leaderboard?scope=department")).await.problem(422), "board_not_named");
    assert_eq!(hr.get(&scene.path("leaderboard?scope=company")).await.problem(400), "invalid_query");
    // The rank of a card follows the rule's scope.
    let by_department = "UPDATE scoring_rules SET document = document || '{\"rank_scope\": \"department\"}'";
    scene.given.sql.batch_execute(by_department).await.unwrap();
    let card = scene.statement(&hr, 2).await.expect(200);
    assert_eq!((&card["scorecard"]["rank"], &card["scorecard"]["ranked_of"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn those_without_a_department_have_a_board_of_their_own() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let sql = format!("DELETE FROM department_memberships WHERE employee_id = '{}'", scene.lecturers[2]);
    scene.given.sql.batch_execute(&sql).await.unwrap();
    scene.given.changed().await;
    let hr = server.client(&[Role::Admin]).await;
    let path = scene.path("leaderboard?scope=department&without_department=true");
    let board = hr.get(&path).await.expect(200);
    assert_eq!((numbers(&board), &board["department"], &board["ranked_of"]), (vec!["L3"], &Value::Null, &json!(1)));
    assert_eq!(numbers(&scene.as_lecturer(2).get(&path).await.expect(200)), ["L3"]);
    assert_eq!(scene.as_lecturer(0).get(&path).await.problem(404), "not_found");
    let both = format!("{path}&department_id={}", scene.departments[0]);
    let refused = hr.get(&both).await;
    assert_eq!(refused.problem(400), "invalid_query");
    let said = "without_department is sent with department_id: send either department_id or without_department";
    assert!(refused.body["detail"].as_str().unwrap().contains(said), "{}", refused.text);
    let whole = scene.path(&format!("leaderboard/places?scope=programme&department_id={}", scene.departments[0]));
    let refused = hr.get(&whole).await;
    assert_eq!(refused.problem(400), "invalid_query");
    assert!(refused.body["detail"].as_str().unwrap().contains("department_id names a board"), "{}", refused.text);
}

/// A closed period is read from its snapshot, whatever the facts have become.
#[tokio::test]
async fn a_closed_period_shows_what_was_frozen() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let hr = server.client(&[Role::Admin]).await;
    let open = scene.statement(&hr, 0).await.expect(200);
    freeze(&scene, 1, "60.00", "pass").await;
    freeze(&scene, 2, "91.50", "excellent").await;
    let closed = scene.statement(&hr, 0).await.expect(200);
    assert_eq!(closed["scorecard"]["provisional"], false);
    assert_eq!(closed["scorecard"]["snapshot"]["number"], 2);
    assert_eq!(closed["scorecard"]["snapshot"]["digest"], "ab".repeat(32));
    assert_eq!(closed["scorecard"]["card"]["score"], "91.50");
    assert_eq!((&closed["scorecard"]["rank"], &closed["scorecard"]["ranked_of"]), (&json!(1), &json!(1)));
    assert_eq!(closed["scorecard"]["rule"], open["scorecard"]["rule"]);
    assert_eq!(closed["sessions"][0]["minutes"], 60);
    let page = hr.get(&scene.path("scorecards")).await.expect(200);
    assert_eq!(numbers(&page), ["L1"]);
    let board = scene.as_lecturer(0).get(&scene.path("leaderboard")).await.expect(200);
    assert_eq!((&board["provisional"], &board["ranked_of"]), (&json!(false), &json!(1)));
    assert_eq!(board["own"], json!({"rank": 1, "ranked_of": 1, "score": "91.50", "grade": "excellent"}));
    assert_eq!(scene.statement(&hr, 1).await.problem(404), "not_found");
    assert_eq!(scene.statement(&scene.as_lecturer(1), 0).await.problem(404), "not_found");
}

/// A snapshot of the first lecturer alone.
async fn freeze(scene: &Scene<'_>, number: i32, score: &str, grade: &str) {
    let sql = &scene.given.sql;
    let period = match sql.query_opt("SELECT id::text FROM periods", &[]).await.unwrap() {
        Some(row) => row.get::<_, String>(0),
        None => {
            let columns = [
                ("programme_id", literal(&scene.programme.to_string())),
                ("period", literal("2026-03")),
                ("starts_on", literal("2026-03-01")),
                ("ends_on", literal("2026-04-01")),
                ("starts_at", literal("2026-02-28T16:00:00Z")),
                ("ends_at", literal("2026-03-31T16:00:00Z")),
                ("state", literal("closed")),
                ("closed_at", literal("2026-04-06T00:00:00Z")),
            ];
            scene.given.row("periods", &columns).await.to_string()
        }
    };
    let columns = [
        ("period_id", literal(&period)),
        ("number", number.to_string()),
        ("rule_id", literal(&scene.rule.to_string())),
        ("settings", literal("{}")),
        ("digest", literal(&"ab".repeat(32))),
        ("lecturer_count", "1".to_owned()),
        ("rated_count", "1".to_owned()),
        ("reward_total_minor", "0".to_owned()),
        ("currency", literal("CNY")),
        ("closed_at", literal("2026-04-06T00:00:00Z")),
        ("closed_by_kind", literal("system")),
        ("closed_by_id", literal(&Uuid::nil().to_string())),
    ];
    let snapshot = scene.given.row("snapshots", &columns).await;
    scene.given.counts(snapshot).await;
    let inputs = json!({
        "employee_id": scene.lecturers[0], "employee_number": "L1", "days": 31, "exempt_days": 0,
        "department": {"department_id": scene.departments[0], "code": "sales"},
        "sessions": [{"session_id": Uuid::from_u128(7), "state": "delivered", "kind": "assigned", "minutes": 60, "attendees": 4,
                      "credit": "1", "on_time": null, "confirmed_cases": 0, "ratings": [], "items": []}],
        "contents": [], "external": {}
    });
    let card = json!({
        "status": "rated", "reason": null, "days": 31, "exempt_days": 0, "metrics": {}, "components": [],
        "counted_weight_bp": 10000, "score": score, "grade_by_score": grade, "grade": grade, "gates": [], "share_of_appraisal": "0.00"
    });
    let columns = [
        ("snapshot_id", literal(&snapshot.to_string())),
        ("employee_id", literal(&scene.lecturers[0].to_string())),
        ("employee_number", literal("L1")),
        ("department_id", literal(&scene.departments[0].to_string())),
        ("inputs", literal(&inputs.to_string())),
        ("card", literal(&card.to_string())),
        ("status", literal("rated")),
        ("score", score.to_owned()),
        ("grade", literal(grade)),
        ("rank", "1".to_owned()),
        ("ranked_of", "1".to_owned()),
    ];
    scene.given.row("snapshot_lecturers", &columns).await;
    let standings = format!(
        "INSERT INTO snapshot_standings (tenant_id, snapshot_id, board_id, shortfall, lecturers, better, better_scores)
         SELECT l.tenant_id, l.snapshot_id, b.id, l.shortfall, 1, 0, 0
           FROM snapshot_lecturers l, unnest(ARRAY[l.department_id, '{}'::uuid]) AS b (id)
          WHERE l.snapshot_id = '{snapshot}'",
        scene.programme
    );
    sql.batch_execute(&standings).await.unwrap();
}

#[tokio::test]
async fn the_external_value_received_last_is_in_force() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let hris = server.client(&[Role::Hris]).await;
    let path = scene.path("external-values");
    let put = async |client: &Client, values: Value| {
        client.send(client.request(Method::PUT, &path).json(&json!({"source": "lms", "values": values}))).await
    };
    let [one, two, _] = scene.lecturers;
    let sent = json!([{"employee_id": one, "key": "exam", "value": "80.0000005"}, {"employee_id": two, "key": "exam", "value": 70}]);
    assert_eq!(put(&hris, sent.clone()).await.expect(200), json!({"received": 2, "changed": 2, "period_closed": []}));
    assert_eq!(put(&hris, sent).await.expect(200), json!({"received": 2, "changed": 0, "period_closed": []}));
    server.clock.set(at("2026-03-10T00:00:01Z"));
    let changed = json!([{"employee_id": one, "key": "exam", "value": "92.5"}, {"employee_id": two, "key": "exam", "value": "70"}]);
    assert_eq!(put(&hris, changed).await.expect(200), json!({"received": 2, "changed": 1, "period_closed": []}));
    let statement = scene.statement(&hris, 0).await.expect(200);
    assert_eq!(statement["external_values"], json!([{"key": "exam", "value": "92.5"}]));
    assert_eq!(statement["scorecard"]["card"]["metrics"]["external:exam"], json!({"value": "92.500000", "n": 1}));

    let nobody = server.state.ids.next();
    let wrong = json!([
        {"employee_id": one, "key": "exam", "value": "1"}, {"employee_id": one, "key": "exam", "value": "2"},
        {"employee_id": nobody, "key": "a b", "value": "100000000000000"}
    ]);
    let refused = put(&hris, wrong).await;
    assert_eq!(refused.problem(422), "invalid_values");
    let mut faults = refused.faults();
    faults.sort_unstable();
    assert_eq!(
        faults,
        [
            ("/values/1", "duplicate"),
            ("/values/2/employee_id", "not_found"),
            ("/values/2/key", "bad_characters"),
            ("/values/2/value", "out_of_range")
        ]
    );
    assert_eq!(put(&scene.as_lecturer(0), json!([])).await.problem(403), "forbidden");
    assert_eq!(put(&hris, json!([])).await.faults(), [("/values", "empty")]);
    freeze(&scene, 1, "60.00", "pass").await;
    let late = put(&hris, json!([{"employee_id": one, "key": "exam", "value": "1"}])).await.expect(200);
    assert_eq!((&late["changed"], &late["period_closed"][0]["snapshot_number"]), (&json!(1), &json!(1)));
    let statement = scene.statement(&hris, 0).await.expect(200);
    assert_eq!(statement["external_values"], json!([]), "what is frozen stays: this snapshot froze none");
}
