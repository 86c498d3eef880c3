//! Which facts count for whom: what the worked cases do not say, read back through the statement.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Given, TestServer, at, literal};

struct Scene<'s> {
    given: Given<'s>,
    server: &'s TestServer,
    group: Uuid,
    programme: Uuid,
}

impl<'s> Scene<'s> {
    /// A programme with a rule, on 20 March.
    async fn new(server: &'s TestServer) -> Self {
        let given = server.given().await;
        let group = given.group("knowledge").await;
        let programme = given.programme("programme", group).await;
        let rule = json!({
            "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 2}}],
            "grades": [{"code": "excellent", "at_least": 90}, {"code": "fail", "at_least": 0}]
        });
        given.published("scoring_rules", programme, 1, "2026-01", &rule).await;
        server.clock.set(at("2026-03-20T04:00:00Z"));
        Self { given, server, group, programme }
    }

    async fn lecturer(&self, number: &str) -> Uuid {
        let id = self.given.employee(number).await;
        self.given.lecturer(id, Some(self.group), "2025-01-01").await;
        id
    }

    /// HR, with a token of the present: a test moves the clock further than one lives.
    async fn hr(&self) -> Client {
        self.server.client(&[Role::Admin]).await
    }

    async fn statement(&self, lecturer: Uuid) -> Value {
        let path = format!("/v1/programmes/{}/periods/2026-03/scorecards/{lecturer}", self.programme);
        self.hr().await.get(&path).await.expect(200)
    }

    async fn numbers(&self) -> Vec<String> {
        self.numbers_in("2026-03").await
    }

    async fn numbers_in(&self, period: &str) -> Vec<String> {
        let path = format!("/v1/programmes/{}/periods/{period}/scorecards", self.programme);
        let page = self.hr().await.get(&path).await.expect(200);
        let items = page["items"].as_array().unwrap().iter();
        let mut numbers: Vec<String> =
            items.map(|item| item["employee"]["employee_number"].as_str().unwrap().to_owned()).collect();
        numbers.sort();
        numbers
    }

    async fn session(&self, lecturer: Uuid) -> Uuid {
        self.given.delivered_session(self.programme, lecturer, "2026-03-02T02:00:00Z", 7).await
    }

    async fn row(&self, table: &str, columns: &[(&str, &str)]) -> Uuid {
        let columns: Vec<(&str, String)> = columns.iter().map(|(name, value)| (*name, literal(value))).collect();
        self.given.row(table, &columns).await
    }

    async fn rating(&self, session: Uuid, learner: Uuid, received_at: &str, rating: &str, source: &str) {
        let (session, learner) = (session.to_string(), learner.to_string());
        let columns = [
            ("session_id", session.as_str()),
            ("learner_id", &learner),
            ("rating", rating),
            ("scale", "10"),
            ("received_at", received_at),
            ("source", source),
        ];
        self.row("feedback", &columns).await;
    }

    async fn attended(&self, session: Uuid, employee: Uuid, state: &str) {
        let columns = [
            ("session_id", session.to_string()),
            ("employee_id", employee.to_string()),
            ("state", state.to_owned()),
            ("source", "test".to_owned()),
        ];
        let columns: Vec<(&str, &str)> = columns.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.row("attendance_records", &columns).await;
    }

    async fn sql(&self, sql: &str) {
        self.given.sql.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        self.given.changed().await;
    }
}

fn metric<'v>(statement: &'v Value, name: &str) -> &'v Value {
    &statement["scorecard"]["card"]["metrics"][name]
}

#[tokio::test]
async fn the_population_is_who_was_appointed_in_a_group_on_a_day_or_gave_a_session() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    scene.lecturer("present").await;
    // Appointment and group do not meet on a day of the period.
    for (number, appointed, ended, in_group, out_of_group) in [
        ("left before", "2025-01-01", "2026-03-01", "2025-01-01", "2027-01-01"),
        ("left on the 2nd", "2025-01-01", "2026-03-02", "2025-01-01", "2027-01-01"),
        ("comes after", "2026-04-01", "2027-01-01", "2025-01-01", "2027-01-01"),
        ("comes on the last day", "2026-03-31", "2027-01-01", "2025-01-01", "2027-01-01"),
        ("not at once", "2026-03-10", "2027-01-01", "2025-01-01", "2026-03-10"),
    ] {
        let id = scene.given.employee(number).await.to_string();
        scene.row("lecturers", &[("employee_id", &id), ("appointed_on", appointed), ("ended_on", ended)]).await;
        let group = scene.group.to_string();
        let membership =
            [("employee_id", id.as_str()), ("group_id", &group), ("valid_from", in_group), ("valid_to", out_of_group)];
        scene.row("lecturer_group_memberships", &membership).await;
    }
    let guest = scene.given.employee("guest").await;
    scene.session(guest).await;
    let planned_only = scene.given.employee("planned only").await;
    let session = scene.session(planned_only).await;
    scene
        .sql(&format!(
            "UPDATE sessions SET state = 'planned', delivered_start = NULL, delivered_minutes = NULL, head_count = NULL,
                    delivery_confirmed_at = NULL WHERE id = '{session}'"
        ))
        .await;
    assert_eq!(scene.numbers().await, ["comes on the last day", "guest", "left on the 2nd", "present"]);
    // Days outside the appointment are exempt; who was never appointed was away throughout.
    let guest = scene.statement(guest).await;
    assert_eq!(guest["scorecard"]["card"]["exempt_days"], 31);
    assert_eq!(guest["scorecard"]["card"]["reason"], "exempt");
    assert_eq!(guest["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn exempt_days_are_counted_once_each() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let id = scene.given.employee("L1").await;
    scene.given.lecturer(id, Some(scene.group), "2026-03-03").await;
    let own = id.to_string();
    // 1 and 2 before the appointment; 2 to 5 and 5 to 6 on leave; 30 March to 2 April suspended; a leave of another month.
    for (kind, from, to) in [
        ("leave", "2026-03-02", "2026-03-05"),
        ("suspension", "2026-03-05", "2026-03-06"),
        ("suspension", "2026-03-30", "2026-04-02"),
        ("leave", "2026-02-01", "2026-02-28"),
    ] {
        let columns =
            [("employee_id", own.as_str()), ("kind", kind), ("starts_on", from), ("ends_on", to), ("source", "test")];
        scene.row("absences", &columns).await;
    }
    let card = &scene.statement(id).await["scorecard"]["card"];
    assert_eq!((&card["days"], &card["exempt_days"]), (&json!(31), &json!(2 + 4 + 2)));
}

#[tokio::test]
async fn an_appointment_ends_with_the_employment() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let leaver = scene.lecturer("leaver").await;
    scene.lecturer("stays").await;
    scene.sql(&format!("UPDATE employees SET left_on = '2026-03-10' WHERE id = '{leaver}'")).await;
    scene.session(leaver).await;
    let card = &scene.statement(leaver).await["scorecard"]["card"];
    assert_eq!((&card["days"], &card["exempt_days"]), (&json!(31), &json!(22)), "9 of 31 days available");
    assert_eq!(scene.numbers().await, ["leaver", "stays"]);
    server.clock.set(at("2026-04-20T04:00:00Z"));
    assert_eq!(scene.numbers_in("2026-04").await, ["stays"]);
}

#[tokio::test]
async fn the_department_is_the_nearest_ranking_unit() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let company = scene.given.department("company", None).await;
    let sales = scene.given.department("sales", Some(company)).await;
    let team = scene.given.department("team", Some(sales)).await;
    let flat = scene.given.department("flat", None).await;
    scene.sql("UPDATE departments SET is_ranking_unit = false WHERE code IN ('team', 'flat')").await;
    let moved = scene.lecturer("moved").await;
    let (own, of_team) = (moved.to_string(), team.to_string());
    let before = [
        ("employee_id", own.as_str()),
        ("department_id", &of_team),
        ("valid_from", "2025-01-01"),
        ("valid_to", "2026-03-25"),
    ];
    scene.row("department_memberships", &before).await;
    scene.given.membership(moved, company, "2026-03-25").await;
    let unmarked = scene.lecturer("unmarked").await;
    scene.given.membership(unmarked, flat, "2025-01-01").await;
    let nowhere = scene.lecturer("nowhere").await;
    assert_eq!(scene.statement(moved).await["scorecard"]["department"]["code"], "sales");
    // Where no unit is marked, the department itself is one.
    assert_eq!(scene.statement(unmarked).await["scorecard"]["department"]["code"], "flat");
    assert_eq!(scene.statement(nowhere).await["scorecard"]["department"], Value::Null);
    // As it is now while the period runs, and as it was on its last day ever after.
    for now in ["2026-03-26T00:00:00Z", "2026-05-01T00:00:00Z"] {
        server.clock.set(at(now));
        assert_eq!(scene.statement(moved).await["scorecard"]["department"]["code"], "company");
    }
    scene
        .sql(&format!("UPDATE department_memberships SET valid_to = '2026-04-10' WHERE department_id = '{company}'"))
        .await;
    assert_eq!(scene.statement(moved).await["scorecard"]["department"]["code"], "company");
}

#[tokio::test]
async fn attendance_replaces_the_head_count_and_leaves_the_lecturers_out() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let lecturer = scene.lecturer("L1").await;
    let co_lecturer = scene.lecturer("L2").await;
    let session = scene.session(lecturer).await;
    let (of_session, of_co) = (session.to_string(), co_lecturer.to_string());
    scene.row("session_lecturers", &[("session_id", &of_session), ("employee_id", &of_co), ("credit", "0.25")]).await;
    assert_eq!(scene.statement(lecturer).await["sessions"][0]["attendees"], 7);
    scene.attended(session, lecturer, "present").await;
    assert_eq!(scene.statement(lecturer).await["sessions"][0]["attendees"], 0, "records that say nobody came mean 0");
    for (number, state) in [("A", "present"), ("B", "present"), ("C", "absent")] {
        scene.attended(session, scene.given.employee(number).await, state).await;
    }
    let own = scene.statement(lecturer).await;
    assert_eq!(own["sessions"][0]["attendees"], 2);
    let co = scene.statement(co_lecturer).await;
    assert_eq!((&co["sessions"][0]["attendees"], &co["sessions"][0]["credit"]), (&json!(2), &json!("0.25")));
    assert_eq!(metric(&co, "session_count"), &json!({"value": "0.250000", "n": 1}));
}

#[tokio::test]
async fn whether_a_rating_counts_was_decided_when_it_was_taken() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let lecturer = scene.lecturer("L1").await;
    let session = scene.session(lecturer).await;
    let mut people = Vec::new();
    for (number, rating, source) in [("A", "9", "live"), ("B", "8", "live"), ("C", "7", "import"), ("D", "1", "live")] {
        let id = scene.given.employee(number).await;
        scene.rating(session, id, "2026-03-03T03:00:00Z", rating, source).await;
        people.push(id);
    }
    scene.sql("UPDATE feedback SET counts = false WHERE rating = 1").await;
    let expected = json!([{"scale": 10, "n": 3, "sum": "24"}]);
    assert_eq!(scene.statement(lecturer).await["sessions"][0]["ratings"], expected);
    scene.attended(session, people[0], "present").await;
    scene.attended(session, people[1], "absent").await;
    scene.attended(session, people[2], "absent").await;
    scene.attended(session, people[3], "present").await;
    scene.sql("UPDATE scoring_rules SET document = jsonb_set(document, '{feedback}', '{\"window_minutes\": 1}')").await;
    assert_eq!(scene.statement(lecturer).await["sessions"][0]["ratings"], expected, "nothing moves");
}

#[tokio::test]
async fn an_empty_attendance_list_replaces_the_head_count_too() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let lecturer = scene.lecturer("L1").await;
    let session = scene.session(lecturer).await;
    assert_eq!(scene.statement(lecturer).await["sessions"][0]["attendees"], 7);
    let attendance = format!("/v1/sessions/{session}/attendance");
    let nobody = json!({"source": "door", "records": []});
    scene.hr().await.put(&attendance, "*", nobody).await.expect(200);
    assert_eq!(scene.statement(lecturer).await["sessions"][0]["attendees"], 0);
}

#[tokio::test]
async fn cases_count_once_confirmed_and_where_asked_while_fresh() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let lecturer = scene.lecturer("L1").await;
    let session = scene.session(lecturer).await;
    for (number, applied_on, decided_at) in [
        ("A", Some("2026-03-05"), Some("2026-03-19T00:00:00Z")),
        ("B", Some("2026-03-13"), Some("2026-03-19T00:00:00Z")),
        ("C", None, Some("2026-03-19T00:00:00Z")),
        ("D", Some("2026-03-05"), None),
    ] {
        let learner = scene.given.employee(number).await;
        let text = |value: Option<&str>| value.map_or_else(|| "NULL".to_owned(), literal);
        let columns = [
            ("session_id", literal(&session.to_string())),
            ("learner_id", literal(&learner.to_string())),
            ("description", literal("Used it")),
            ("applied_on", text(applied_on)),
            ("state", literal(if decided_at.is_some() { "confirmed" } else { "submitted" })),
            ("submitted_at", literal("2026-03-12T15:00:00Z")),
            ("decided_at", text(decided_at)),
        ];
        scene.given.row("application_cases", &columns).await;
    }
    let cases = async || scene.statement(lecturer).await["sessions"][0]["confirmed_cases"].clone();
    assert_eq!(cases().await, 3);
    scene.sql("UPDATE scoring_rules SET document = document || '{\"case_max_age_days\": 10}'").await;
    assert_eq!(cases().await, 2, "the one of the 13th came 11 days after the session; the undated one, 10 at the most");
    scene.sql("UPDATE scoring_rules SET document = document || '{\"case_max_age_days\": 3}'").await;
    assert_eq!(cases().await, 1);
}

/// Three contents a month, each reused in its own month: the rate stays at 100. It fell to 77 when only reuse of the period counted.
#[tokio::test]
async fn a_content_that_found_its_readers_keeps_them_and_one_of_a_cancelled_session_is_not_there() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let lecturer = scene.lecturer("L1").await;
    let (programme, author) = (scene.programme.to_string(), lecturer.to_string());
    let reader = scene.given.employee("reader").await.to_string();
    let content = async |published: &str, reused: Option<&str>, session: Option<Uuid>| {
        let mut columns =
            vec![("programme_id", literal(&programme)), ("title", literal("C")), ("published_at", literal(published))];
        columns.extend(session.map(|id| ("session_id", literal(&id.to_string()))));
        let id = scene.given.row("contents", &columns).await.to_string();
        scene.row("content_authors", &[("content_id", &id), ("employee_id", &author)]).await;
        if let Some(at) = reused {
            let event = [
                ("content_id", id.as_str()),
                ("employee_id", &reader),
                ("kind", "download"),
                ("occurred_at", at),
                ("source", "test"),
                ("received_at", at),
            ];
            scene.row("reuse_events", &event).await;
        }
    };
    for (month, days) in [("2025-12", 5..8), ("2026-01", 5..8), ("2026-02", 5..8), ("2026-03", 5..8)] {
        for day in days {
            content(&format!("{month}-0{day}T00:00:00Z"), Some(&format!("{month}-20T00:00:00Z")), None).await;
        }
    }
    let rate = async || metric(&scene.statement(lecturer).await, "reuse_rate").clone();
    assert_eq!(rate().await, json!({"value": "100.000000", "n": 9}), "those of December are out of the window");
    content("2025-11-30T00:00:00Z", None, None).await;
    assert_eq!(rate().await, json!({"value": "100.000000", "n": 9}), "nor does an old one count that nobody read");
    content("2026-02-10T00:00:00Z", None, None).await;
    assert_eq!(rate().await, json!({"value": "90.000000", "n": 10}));
    let session = scene.session(lecturer).await;
    content("2026-03-10T00:00:00Z", None, Some(session)).await;
    assert_eq!(rate().await, json!({"value": "81.818182", "n": 11}));
    scene
        .sql(&format!(
            "UPDATE sessions SET state = 'cancelled', delivered_start = NULL, delivered_minutes = NULL,
                        head_count = NULL, delivery_confirmed_at = NULL WHERE id = '{session}'"
        ))
        .await;
    assert_eq!(rate().await, json!({"value": "90.000000", "n": 10}), "a session called off leaves no content");
    let statement = scene.statement(lecturer).await;
    let contents = statement["contents"].as_array().unwrap();
    let current = contents.iter().filter(|own| own["current"] == true).count();
    assert_eq!((contents.len(), current), (14, 10));
    assert!(contents.iter().all(|own| own["months_old"].as_u64().unwrap() < 5));
}

#[tokio::test]
async fn only_kinds_of_reuse_that_the_programme_counts_are_counted() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let lecturer = scene.lecturer("L1").await;
    let content = |published: &'static str, withdrawn: &'static str| {
        let programme = literal(&scene.programme.to_string());
        let withdrawn = if withdrawn.is_empty() { "NULL".to_owned() } else { literal(withdrawn) };
        [
            ("programme_id", programme),
            ("title", literal("C")),
            ("published_at", literal(published)),
            ("withdrawn_at", withdrawn),
        ]
    };
    let mut ids = Vec::new();
    for (published, withdrawn) in [
        ("2026-03-31T15:59:59Z", ""),
        ("2026-03-31T16:00:00Z", ""),
        ("2026-01-01T00:00:00Z", "2026-02-28T15:59:59Z"),
        ("2026-01-01T00:00:00Z", "2026-02-28T16:00:00Z"),
    ] {
        let id = scene.given.row("contents", &content(published, withdrawn)).await;
        let (of_content, author) = (id.to_string(), lecturer.to_string());
        scene.row("content_authors", &[("content_id", &of_content), ("employee_id", &author)]).await;
        ids.push(id);
    }
    let reader = scene.given.employee("reader").await;
    for (person, kind, at) in [
        (reader, "forward", "2026-03-05T00:00:00Z"),
        (reader, "download", "2026-03-06T00:00:00Z"),
        (reader, "view", "2026-03-06T00:00:00Z"),
        (lecturer, "download", "2026-03-06T00:00:00Z"),
        (scene.given.employee("viewer").await, "view", "2026-03-06T00:00:00Z"),
        (scene.given.employee("early").await, "download", "2026-02-28T15:59:59Z"),
    ] {
        let columns = [
            ("content_id", literal(&ids[0].to_string())),
            ("employee_id", literal(&person.to_string())),
            ("kind", literal(kind)),
            ("occurred_at", literal(at)),
            ("source", literal("test")),
            ("received_at", literal(at)),
        ];
        scene.given.row("reuse_events", &columns).await;
    }
    let statement = scene.statement(lecturer).await;
    let shown: Vec<(String, u64)> = statement["contents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["content_id"].as_str().unwrap().to_owned(), c["reused_by"].as_u64().unwrap()))
        .collect();
    assert_eq!(shown, [(ids[0].to_string(), 1), (ids[3].to_string(), 0)]);
    scene.sql("UPDATE scoring_rules SET document = document || '{\"reuse_kinds\": [\"taught\"]}'").await;
    assert_eq!(metric(&scene.statement(lecturer).await, "reuse_count"), &json!({"value": "0.000000", "n": 0}));
}
