//! Content of others that is earned: who reads it, what others see of it, and that a close and a restatement decide at once.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::{March, finished};
use crate::support::{Client, Given, TestServer, literal};

fn text(id: Uuid) -> String {
    literal(&id.to_string())
}

/// A taught March whose second lecturer, who will be graded `pass`, has shared the content of a session. One learner was there.
struct Shared<'s> {
    server: &'s TestServer,
    march: March<'s>,
    admin: Client,
    content: String,
    learner: Uuid,
    outsider: Uuid,
}

impl<'s> Shared<'s> {
    async fn new(server: &'s TestServer) -> Self {
        let march = March::taught(server).await;
        let given = &march.given;
        let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
        let author = march.lecturers[1];
        let of_author =
            format!("SELECT session_id::text FROM session_lecturers WHERE employee_id = '{author}' ORDER BY 1 LIMIT 1");
        let session: String = given.sql.query_one(&of_author, &[]).await.unwrap().get(0);
        let (learner, outsider) = (given.employee("X").await, given.employee("O").await);
        let present = [
            ("session_id", literal(&session)),
            ("employee_id", text(learner)),
            ("state", literal("present")),
            ("source", literal("door")),
        ];
        given.row("attendance_records", &present).await;
        let by = server.person_token(server.tenant, author);
        let body = json!({"title": "老客户维护三步法", "outline": "1. 背景 2. 案例", "body": "The text."});
        let content = by.post(&format!("/v1/sessions/{session}/submit-content"), body).await.id();
        Self { server, march, admin, content, learner, outsider }
    }

    fn given(&self) -> &Given<'s> {
        &self.march.given
    }

    fn as_person(&self, person: Uuid) -> Client {
        self.server.person_token(self.server.tenant, person)
    }

    fn lecturer(&self, at: usize) -> Client {
        self.as_person(self.march.lecturers[at])
    }

    fn privileges(&self) -> String {
        format!("/v1/programmes/{}/privileges", self.march.programme)
    }

    async fn earned(&self, grade: Option<&str>) {
        let wanted = json!({"content_access": "earned", "content_grade": grade});
        self.admin.put(&self.privileges(), "*", wanted).await.expect(200);
    }

    fn path(&self) -> String {
        format!("/v1/contents/{}", self.content)
    }

    /// Whether the caller reads it: in every read that shows content the same.
    async fn reads(&self, client: &Client) -> bool {
        let one = client.get(&self.path()).await.expect(200);
        let is_open = one["is_open"].as_bool().unwrap();
        let listed = client.get("/v1/contents").await.expect(200)["items"].clone();
        let same = listed.as_array().unwrap().iter().find(|item| item["id"] == one["id"]).unwrap();
        assert_eq!(*same, one, "the list shows what the content itself shows");
        assert_eq!((&one["title"], &one["state"]), (&json!("老客户维护三步法"), &json!("published")));
        assert_eq!(one["authors"][0]["employee_number"], "E2", "title and author are for everybody");
        assert_eq!((one["outline"].is_string(), one["latest_version"].is_object()), (is_open, is_open), "{one}");
        let (versions, body) = (format!("{}/versions", self.path()), format!("{}/versions/1/body", self.path()));
        if is_open {
            assert_eq!(client.get(&versions).await.expect(200)["items"].as_array().unwrap().len(), 1);
            assert_eq!(client.get(&body).await.expect(200)["body"], "The text.");
        } else {
            let refused = client.get(&versions).await;
            assert_eq!(refused.problem(403), "content_not_open");
            assert!(!refused.text.contains("The text."));
            assert_eq!(client.get(&body).await.problem(403), "content_not_open");
        }
        is_open
    }

    /// Somebody whom the first lecturer mentors in the programme.
    async fn mentee(&self) -> Uuid {
        let mentee = self.given().employee("M").await;
        let pair = [
            ("programme_id", text(self.march.programme)),
            ("mentor_id", text(self.march.lecturers[0])),
            ("mentee_id", text(mentee)),
            ("state", literal("active")),
            ("goals", literal("To teach")),
            ("answered_at", "now()".to_owned()),
        ];
        self.given().row("mentorships", &pair).await;
        mentee
    }
}

#[tokio::test]
async fn without_a_setting_content_is_open_to_everybody() {
    let server = TestServer::start().await;
    let shared = Shared::new(&server).await;
    let outsider = shared.as_person(shared.outsider);
    assert!(shared.reads(&outsider).await);
    let unset = outsider.get(&shared.privileges()).await;
    assert_eq!(unset.etag(), "\"0\"");
    let expected = json!({
        "programme_id": shared.march.programme, "content_access": "everyone", "content_grade": null, "mentor_grade": null,
        "mentor_capacity": 3, "etag": "\"0\""
    });
    assert_eq!(unset.expect(200), expected);
}

#[tokio::test]
async fn each_kind_of_person_is_in_or_out() {
    let server = TestServer::start().await;
    let shared = Shared::new(&server).await;
    let given = shared.given();
    let group: String = given.sql.query_one("SELECT id::text FROM lecturer_groups", &[]).await.unwrap().get(0);
    let organiser = given.employee("G").await;
    let organises =
        [("group_id", literal(&group)), ("employee_id", text(organiser)), ("valid_from", literal("2026-01-01"))];
    given.row("lecturer_group_organisers", &organises).await;
    let (manager, department) = (given.employee("B").await, given.department("D", None).await);
    given.membership(shared.march.lecturers[1], department, "2020-01-01").await;
    let manages = [("employee_id", text(manager)), ("role", literal("manager")), ("department_id", text(department))];
    given.row("role_grants", &manages).await;
    let mentee = shared.mentee().await;
    shared.earned(None).await;

    let (excellent, author, failed) = (shared.lecturer(0), shared.lecturer(1), shared.lecturer(2));
    assert!(shared.reads(&author).await);
    assert!(shared.reads(&shared.as_person(shared.learner)).await, "who was at the session");
    assert!(shared.reads(&shared.as_person(organiser)).await);
    assert!(shared.reads(&server.client(&[Role::Hris]).await).await);
    assert!(shared.reads(&server.client(&[Role::Auditor]).await).await);
    assert!(shared.reads(&shared.admin).await);
    assert!(!shared.reads(&shared.as_person(shared.outsider)).await);
    assert!(!shared.reads(&shared.as_person(manager)).await, "managers earn it like others");
    assert!(!shared.reads(&excellent).await, "nothing is closed yet");
    assert!(!shared.reads(&shared.as_person(mentee)).await);

    shared.march.closed_by(&shared.admin).await;
    assert!(shared.reads(&excellent).await, "the close opens it");
    assert!(shared.reads(&shared.as_person(mentee)).await, "and to whom the lecturer mentors");
    assert!(!shared.reads(&failed).await);
    shared.earned(Some("pass")).await;
    assert!(!shared.reads(&failed).await);
    shared.earned(Some("fail")).await;
    assert!(shared.reads(&failed).await, "a lower threshold");
    let gone =
        format!("UPDATE lecturers SET ended_on = '2026-04-01' WHERE employee_id = '{}'", shared.march.lecturers[0]);
    given.sql.batch_execute(&gone).await.unwrap();
    assert!(!shared.reads(&excellent).await, "who is a lecturer no more");
    assert!(!shared.reads(&shared.as_person(mentee)).await);
}

#[tokio::test]
async fn a_restatement_takes_it_away_at_once_and_no_copy_stays_valid() {
    let server = TestServer::start().await;
    let shared = Shared::new(&server).await;
    let mentee = shared.mentee().await;
    shared.earned(None).await;
    let excellent = shared.lecturer(0);
    let withheld = excellent.get(&shared.path()).await.etag().to_owned();
    let known = async |etag: &str| {
        let asked = excellent.request(Method::GET, &shared.path()).header("if-none-match", etag);
        excellent.send(asked).await.status
    };
    assert_eq!(known(&withheld).await, 304);
    shared.march.closed_by(&shared.admin).await;
    assert_eq!(known(&withheld).await, 200, "what was withheld is open now");
    let open = excellent.get(&shared.path()).await.etag().to_owned();
    assert_eq!(known(&open).await, 304);

    // One of the three sessions turns out never to have been.
    let one = format!(
        "WITH gone AS (DELETE FROM session_lecturers WHERE id = (SELECT id FROM session_lecturers WHERE employee_id = '{}' LIMIT 1)
                       RETURNING session_id)
         SELECT session_id FROM gone",
        shared.march.lecturers[0]
    );
    shared.given().sql.batch_execute(&one).await.unwrap();
    let ordered = shared.admin.post(&shared.march.path("restate"), json!({"reason": "重复登记的分享"})).await;
    let restatement = finished(&shared.admin, &ordered).await["restatement_id"].as_str().unwrap().to_owned();
    assert!(shared.reads(&excellent).await, "it waits for a second person");
    let second = server.person(server.state.ids.next(), &[Role::Admin]).await;
    second.act(&format!("/v1/restatements/{restatement}/accept"), "*", Some(json!({}))).await.expect(200);
    assert!(!shared.reads(&excellent).await);
    assert!(!shared.reads(&shared.as_person(mentee)).await);
    assert_eq!(known(&open).await, 200, "what was open is withheld again");
}

/// What the rule rests on is found for a page at once.
#[tokio::test]
async fn a_longer_list_needs_no_more_statements() {
    let server = TestServer::start().await;
    let shared = Shared::new(&server).await;
    shared.mentee().await;
    shared.earned(None).await;
    shared.march.closed_by(&shared.admin).await;
    let outsider = shared.as_person(shared.outsider);
    // Others may ask something meanwhile: the fewest of several tries.
    let needed = async || {
        let mut least = u64::MAX;
        for _ in 0..5 {
            let before = server.state.db.statements();
            outsider.get("/v1/contents?limit=200").await.expect(200);
            least = least.min(server.state.db.statements() - before);
        }
        least
    };
    let of_one = needed().await;
    for _ in 0..20 {
        let another = [
            ("programme_id", text(shared.march.programme)),
            ("title", literal("Another")),
            ("published_at", literal("2026-03-01T00:00:00Z")),
        ];
        let another = shared.given().row("contents", &another).await;
        let author = [("content_id", text(another)), ("employee_id", text(shared.march.lecturers[1]))];
        shared.given().row("content_authors", &author).await;
    }
    assert_eq!(needed().await, of_one);
}

#[tokio::test]
async fn nobody_reuses_what_is_not_open_and_hr_s_systems_still_report() {
    let server = TestServer::start().await;
    let shared = Shared::new(&server).await;
    shared.earned(None).await;
    let event = json!({"content_id": shared.content, "kind": "download"});
    let outsider = shared.as_person(shared.outsider);
    let refused = outsider.post("/v1/reuse-events", event.clone()).await;
    assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", vec![("/content_id", "not_eligible")]));
    let batch = json!({"mode": "per_item", "items": [event.clone()]});
    let answer = outsider.post("/v1/reuse-events/batch", batch).await.expect(200);
    assert_eq!(answer["items"][0]["problem"]["errors"][0]["code"], "not_eligible");
    shared.as_person(shared.learner).post("/v1/reuse-events", event.clone()).await.expect(201);
    let mut reported = event;
    reported["employee_id"] = json!(shared.outsider);
    server.client(&[Role::Hris]).await.post("/v1/reuse-events", reported).await.expect(201);
}

#[tokio::test]
async fn privileges_are_set_by_who_sees_what_stands_and_with_grades_of_the_company() {
    let server = TestServer::start().await;
    let shared = Shared::new(&server).await;
    let wanted =
        json!({"content_access": "earned", "content_grade": "superb", "mentor_grade": "none", "mentor_capacity": 21});
    let refused = shared.admin.put(&shared.privileges(), "\"0\"", wanted).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(
        refused.faults(),
        [("/mentor_capacity", "out_of_range"), ("/content_grade", "unknown_grade"), ("/mentor_grade", "unknown_grade")]
    );
    let good =
        json!({"content_access": "earned", "content_grade": "good", "mentor_grade": "excellent", "mentor_capacity": 2});
    let stale = shared.admin.put(&shared.privileges(), "\"1\"", good.clone()).await;
    assert_eq!(stale.problem(412), "precondition_failed");
    let set = shared.admin.put(&shared.privileges(), "\"0\"", good.clone()).await;
    assert_eq!((set.status, set.etag()), (200, "\"1\""), "{}", set.text);
    let again = shared.admin.put(&shared.privileges(), "\"1\"", good).await;
    assert_eq!(again.etag(), "\"1\"", "nothing changed");
    let told = "SELECT payload::text FROM outbox_events WHERE topic = 'programme.privileges_set'";
    let told: String = shared.given().sql.query_one(told, &[]).await.unwrap().get(0);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&told["content_access"], &told["fields"][0]),
        (&json!("earned"), &json!("content_access")),
        "told once: {told}"
    );
    // A grade that opens something stays in the company's list.
    let fewer = json!({"grades": [{"code": "excellent", "name_zh": "优秀", "name_en": "Excellent"},
                                  {"code": "pass", "name_zh": "合格", "name_en": "Pass"},
                                  {"code": "fail", "name_zh": "不合格", "name_en": "Fail"}]});
    let refused = shared.admin.patch("/v1/display-names", "*", fewer).await;
    assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", vec![("/grades", "grade_in_use")]));
    let learner = shared.as_person(shared.learner);
    let denied = learner.put(&shared.privileges(), "*", json!({"content_access": "everyone"})).await;
    assert_eq!(denied.problem(403), "forbidden");
}
