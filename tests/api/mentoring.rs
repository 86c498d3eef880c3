//! Mentors: who may offer, who may ask whom, what the two write, and what stands in their career files.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::March;
use crate::people_merge::Two;
use crate::support::{Answer, Client, TestServer, at, literal};

fn text(id: Uuid) -> String {
    literal(&id.to_string())
}

/// A closed March: the first lecturer is excellent, the second passed. And somebody new.
struct Company<'s> {
    server: &'s TestServer,
    march: March<'s>,
    admin: Client,
    newcomer: Uuid,
}

impl<'s> Company<'s> {
    async fn closed(server: &'s TestServer) -> Self {
        let march = March::taught(server).await;
        let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
        march.closed_by(&admin).await;
        let newcomer = march.given.employee("N").await;
        Self { server, march, admin, newcomer }
    }

    fn as_person(&self, person: Uuid) -> Client {
        self.server.person_token(self.server.tenant, person)
    }

    fn lecturer(&self, at: usize) -> Client {
        self.as_person(self.march.lecturers[at])
    }

    fn newcomer(&self) -> Client {
        self.as_person(self.newcomer)
    }

    async fn offered(&self, capacity: i32) -> Answer {
        let offer = json!({"programme_id": self.march.programme, "capacity": capacity, "topics": "课堂互动"});
        self.lecturer(0).post("/v1/mentor-offers", offer).await
    }

    async fn asks(&self, who: &Client, mentor: Uuid) -> Answer {
        let body = json!({"programme_id": self.march.programme, "mentor_id": mentor, "goals": "独立完成一次分享"});
        who.post("/v1/mentorships", body).await
    }

    /// The path of a pair of the first lecturer and the newcomer.
    async fn pair(&self) -> String {
        assert_eq!(self.offered(1).await.status, 201);
        let asked = self.asks(&self.newcomer(), self.march.lecturers[0]).await;
        let path = format!("/v1/mentorships/{}", asked.id());
        self.lecturer(0).act(&format!("{path}/accept"), asked.etag(), None).await.expect(200);
        path
    }

    async fn record(&self, person: Uuid) -> Value {
        self.admin.get(&format!("/v1/employees/{person}/lecturer-record")).await.expect(200)
    }

    async fn count(&self, sql: &str) -> i64 {
        self.march.given.sql.query_one(sql, &[]).await.unwrap().get(0)
    }
}

#[tokio::test]
async fn only_lecturers_with_the_grade_offer_and_each_once() {
    let server = TestServer::start().await;
    let company = Company::closed(&server).await;
    let programme = company.march.programme;
    let offer = |capacity: i32| json!({"programme_id": programme, "capacity": capacity});
    for (who, why) in
        [(company.lecturer(1), "passed"), (company.lecturer(2), "failed"), (company.newcomer(), "no lecturer")]
    {
        let refused = who.post("/v1/mentor-offers", offer(1)).await;
        assert_eq!(
            (refused.problem(422), refused.faults()),
            ("invalid_values", vec![("/programme_id", "not_eligible")]),
            "{why}"
        );
        assert!(refused.text.contains("Excellent"), "it says the grade that is needed: {}", refused.text);
    }
    let nowhere = json!({"programme_id": Uuid::nil(), "capacity": 1, "topics": ""});
    let refused = company.lecturer(0).post("/v1/mentor-offers", nowhere).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(refused.faults(), [("/topics", "empty"), ("/programme_id", "not_found")]);
    let many = company.lecturer(0).post("/v1/mentor-offers", offer(4)).await;
    assert_eq!((many.problem(422), many.faults()), ("invalid_values", vec![("/capacity", "out_of_range")]));
    let machine = server.client(&[Role::Admin]).await.post("/v1/mentor-offers", offer(1)).await;
    assert_eq!(machine.problem(403), "person_required");

    let made = company.offered(2).await;
    assert_eq!((made.status, &made.body["free_places"]), (201, &json!(2)), "{}", made.text);
    assert_eq!(company.offered(1).await.problem(409), "already_exists");
    let listed = company.newcomer().get("/v1/mentor-offers?standing=true").await.expect(200);
    assert_eq!(listed["items"][0]["employee"]["employee_number"], "E1", "everybody sees whom to ask");
    let path = format!("/v1/mentor-offers/{}", made.id());
    assert_eq!(company.lecturer(1).act(&format!("{path}/withdraw"), "*", None).await.problem(403), "not_the_mentor");
    company.lecturer(0).act(&format!("{path}/withdraw"), made.etag(), None).await.expect(200);
    assert_eq!(company.admin.act(&format!("{path}/withdraw"), "*", None).await.problem(409), "state_conflict");
    assert_eq!(company.offered(1).await.status, 201, "offered again");

    // A programme may ask for less.
    let lower = json!({"content_access": "everyone", "mentor_grade": "pass", "mentor_capacity": 1});
    company.admin.put(&format!("/v1/programmes/{programme}/privileges"), "*", lower).await.expect(200);
    assert_eq!(company.lecturer(1).post("/v1/mentor-offers", offer(1)).await.status, 201);
}

#[tokio::test]
async fn nobody_asks_the_wrong_person_or_twice() {
    let server = TestServer::start().await;
    let company = Company::closed(&server).await;
    let [excellent, passed, _] = company.march.lecturers;
    assert_eq!(company.offered(1).await.status, 201);
    let refused = async |who: &Client, mentor: Uuid| {
        let answer = company.asks(who, mentor).await;
        assert_eq!(answer.problem(422), "invalid_values", "{}", answer.text);
        answer.faults().into_iter().map(|(at, code)| format!("{at} {code}")).collect::<Vec<_>>()
    };
    assert_eq!(refused(&company.lecturer(0), excellent).await, ["/mentor_id not_eligible"], "a pair of one person");
    assert_eq!(refused(&company.newcomer(), passed).await, ["/mentor_id not_eligible"], "one without an offer");
    assert_eq!(refused(&company.newcomer(), Uuid::nil()).await, ["/mentor_id not_found"]);
    let bad = json!({"programme_id": Uuid::nil(), "mentor_id": excellent, "goals": ""});
    let bad = company.newcomer().post("/v1/mentorships", bad).await;
    assert_eq!(bad.faults(), [("/goals", "empty"), ("/programme_id", "not_found")]);
    assert_eq!(company.count("SELECT count(*) FROM mentorships").await, 0, "nothing changed");

    let asked = company.asks(&company.newcomer(), excellent).await;
    assert_eq!((asked.status, &asked.body["state"]), (201, &json!("asked")), "{}", asked.text);
    assert_eq!(company.asks(&company.newcomer(), excellent).await.problem(409), "already_exists", "a second live pair");
    let path = format!("/v1/mentorships/{}", asked.id());
    assert_eq!(company.newcomer().act(&format!("{path}/accept"), "*", None).await.problem(403), "not_the_mentor");
    let decline = json!({"reason": "近期外派"});
    assert_eq!(
        company.newcomer().act(&format!("{path}/decline"), "*", Some(decline.clone())).await.problem(403),
        "not_the_mentor"
    );
    assert_eq!(company.lecturer(0).act(&format!("{path}/withdraw"), "*", None).await.problem(403), "not_the_asker");
    assert_eq!(company.lecturer(2).act(&format!("{path}/accept"), "*", None).await.problem(404), "not_found");
    company.newcomer().act(&format!("{path}/withdraw"), asked.etag(), None).await.expect(200);
    assert_eq!(company.lecturer(0).act(&format!("{path}/accept"), "*", None).await.problem(409), "state_conflict");

    let again = company.asks(&company.newcomer(), excellent).await;
    let path = format!("/v1/mentorships/{}", again.id());
    let declined = company.lecturer(0).act(&format!("{path}/decline"), "*", Some(decline)).await.expect(200);
    assert_eq!((&declined["state"], &declined["decline_reason"]), (&json!("declined"), &json!("近期外派")));
    let seen = company.newcomer().get(&path).await.expect(200);
    assert_eq!(seen["decline_reason"], "近期外派", "who asked reads why");
    assert_eq!(company.record(company.newcomer).await["mentorships"], json!([]), "nothing came about");

    let offers = async || company.newcomer().get("/v1/mentor-offers?standing=true").await.expect(200)["items"].clone();
    assert_eq!(offers().await.as_array().unwrap().len(), 1);
    let gone = format!("UPDATE employees SET left_on = '2026-04-01' WHERE id = '{excellent}'");
    company.march.given.sql.batch_execute(&gone).await.unwrap();
    assert_eq!(refused(&company.newcomer(), excellent).await, ["/mentor_id not_employed"]);
    assert_eq!(offers().await, json!([]), "nobody can ask somebody who has left");
}

#[tokio::test]
async fn an_acceptance_needs_what_the_offer_needed_and_a_free_place() {
    let server = TestServer::start().await;
    let company = Company::closed(&server).await;
    let given = &company.march.given;
    let excellent = company.march.lecturers[0];
    let (second, third) = (given.employee("N2").await, given.employee("N3").await);
    assert_eq!(company.offered(1).await.status, 201);
    let accept = async |asked: &Answer| {
        company.lecturer(0).act(&format!("/v1/mentorships/{}/accept", asked.id()), "*", None).await
    };
    let first = company.asks(&company.newcomer(), excellent).await;
    let waits = company.asks(&company.as_person(second), excellent).await;
    let leaves = company.asks(&company.as_person(third), excellent).await;
    given
        .sql
        .batch_execute(&format!("UPDATE employees SET left_on = '2026-04-01' WHERE id = '{third}'"))
        .await
        .unwrap();
    assert_eq!(accept(&leaves).await.problem(409), "state_conflict", "somebody who left");
    accept(&first).await.expect(200);
    let full = accept(&waits).await;
    assert_eq!(full.problem(409), "state_conflict");
    assert!(full.text.contains("fully taken (1 at a time)"), "{}", full.text);
    let late = given.employee("N4").await;
    assert_eq!(company.asks(&company.as_person(late), excellent).await.problem(409), "state_conflict");
    let offers = company.admin.get("/v1/mentor-offers").await.expect(200);
    assert_eq!(offers["items"][0]["free_places"], 0);

    let end = json!({"result": "not_achieved"});
    company.lecturer(0).act(&format!("/v1/mentorships/{}/end", first.id()), "*", Some(end)).await.expect(200);
    let higher = format!("UPDATE snapshot_lecturers SET grade = 'good' WHERE employee_id = '{excellent}'");
    given.sql.batch_execute(&format!("ALTER TABLE snapshot_lecturers DISABLE TRIGGER USER; {higher}")).await.unwrap();
    let fallen = accept(&waits).await;
    assert_eq!(fallen.problem(409), "state_conflict", "the grade is not enough any more");
    assert!(fallen.text.contains("Excellent"), "{}", fallen.text);
}

#[tokio::test]
async fn whoever_is_suspended_neither_offers_nor_takes_anybody_and_others_are_not_told_why() {
    let server = TestServer::start().await;
    let company = Company::closed(&server).await;
    let given = &company.march.given;
    let excellent = company.march.lecturers[0];
    let suspension = [
        ("employee_id", text(excellent)),
        ("kind", literal("suspension")),
        ("starts_on", literal("2026-04-01")),
        ("source", literal("hr")),
    ];
    given.row("absences", &suspension).await;
    let refused = company.offered(1).await;
    assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", vec![("/programme_id", "not_eligible")]));
    assert!(refused.text.contains("suspended"), "{}", refused.text);
    given.sql.batch_execute("DELETE FROM absences").await.unwrap();
    assert_eq!(company.offered(2).await.status, 201);
    let asked = company.asks(&company.newcomer(), excellent).await;
    assert_eq!(asked.status, 201, "{}", asked.text);

    given.row("absences", &suspension).await;
    let accepted = company.lecturer(0).act(&format!("/v1/mentorships/{}/accept", asked.id()), "*", None).await;
    assert_eq!(accepted.problem(409), "state_conflict");
    assert!(accepted.text.contains("suspended"), "the mentor is told why: {}", accepted.text);
    let late = company.as_person(given.employee("N2").await);
    let refused = async || {
        let refused = company.asks(&late, excellent).await;
        assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", vec![("/mentor_id", "not_eligible")]));
        refused.text
    };
    let while_suspended = refused().await;
    assert!(!while_suspended.contains("suspended"), "{while_suspended}");
    let lower = format!("UPDATE snapshot_lecturers SET grade = 'good' WHERE employee_id = '{excellent}'");
    let fallen = format!("DELETE FROM absences; ALTER TABLE snapshot_lecturers DISABLE TRIGGER USER; {lower}");
    given.sql.batch_execute(&fallen).await.unwrap();
    let with_lower_grade = refused().await;
    assert!(!with_lower_grade.contains("grade") && !with_lower_grade.contains("Excellent"), "{with_lower_grade}");
}

#[tokio::test]
async fn goals_and_notes_are_of_the_pair_and_hr_alone() {
    let server = TestServer::start().await;
    let company = Company::closed(&server).await;
    let given = &company.march.given;
    let (manager, department) = (given.employee("B").await, given.department("D", None).await);
    given.membership(company.newcomer, department, "2020-01-01").await;
    let manages = [("employee_id", text(manager)), ("role", literal("manager")), ("department_id", text(department))];
    given.row("role_grants", &manages).await;
    let path = company.pair().await;
    let notes = format!("{path}/notes");
    let secret = "开场偏长，案例要更早出现";
    company.lecturer(0).post(&notes, json!({"note": secret})).await.expect(201);
    let own = company.newcomer().post(&notes, json!({"note": "下周再试"})).await.expect(201);
    assert_eq!(own["author"]["employee_number"], "N");
    assert_eq!(company.admin.post(&notes, json!({"note": "HR"})).await.problem(403), "not_of_the_pair");
    let goals = json!({"goals": "两个月内试讲两次"});
    company.newcomer().patch(&path, "*", goals.clone()).await.expect(200);
    assert_eq!(company.admin.patch(&path, "*", goals).await.problem(403), "not_of_the_pair");

    for reader in [company.lecturer(0), company.newcomer(), company.admin.clone()] {
        let listed = reader.get(&notes).await.expect(200);
        let read: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|one| &one["note"]).collect();
        assert_eq!(read, [&json!(secret), &json!("下周再试")]);
        assert_eq!(reader.get(&path).await.expect(200)["goals"], "两个月内试讲两次");
    }
    let others =
        [company.as_person(manager), server.client(&[Role::Auditor]).await, server.client(&[Role::Hris]).await];
    for other in others {
        let shown = other.get(&path).await.expect(200);
        assert_eq!(
            (&shown["state"], &shown["goals"]),
            (&json!("active"), &Value::Null),
            "that they are a pair is no secret"
        );
        let refused = other.get(&notes).await;
        assert_eq!(refused.problem(403), "not_of_the_pair");
        assert!(!refused.text.contains(secret));
    }
    assert_eq!(company.lecturer(2).get(&path).await.problem(404), "not_found");
    assert_eq!(company.lecturer(2).get(&notes).await.problem(404), "not_found");
    assert_eq!(company.lecturer(2).get("/v1/mentorships").await.expect(200)["items"], json!([]));

    let in_log = "SELECT count(*) FROM audit_entries WHERE details::text ~ '开场|试讲|独立完成|下周'";
    assert_eq!(company.count(in_log).await, 0);
    let in_events = "SELECT count(*) FROM outbox_events WHERE payload::text ~ '开场|试讲|独立完成|下周'";
    assert_eq!(company.count(in_events).await, 0);
    let told = "SELECT count(*) FROM outbox_events WHERE topic IN ('mentor_offer.created', 'mentorship.asked',
                  'mentorship.accepted', 'mentorship.note_written', 'mentorship.updated')";
    assert_eq!(company.count(told).await, 6);
}

#[tokio::test]
async fn the_result_stands_in_both_career_files() {
    let server = TestServer::start().await;
    let company = Company::closed(&server).await;
    let [excellent, ..] = company.march.lecturers;
    company.march.given.lecturer(company.newcomer, None, "2026-04-01").await;
    let path = company.pair().await;
    let going_on = company.record(company.newcomer).await;
    assert_eq!(
        (&going_on["mentorships"][0]["role"], &going_on["mentorships"][0]["result"]),
        (&json!("mentee"), &Value::Null)
    );
    server.clock.set(at("2026-07-01T02:00:00Z"));
    let end = |result: &str| json!({"result": result, "summary": "独立完成两次分享"});
    let own = company.newcomer().act(&format!("{path}/end"), "*", Some(end("achieved"))).await;
    assert_eq!((own.problem(422), own.faults()), ("invalid_values", vec![("/result", "not_eligible")]));
    let mentor = company.lecturer(0);
    let ended = mentor.act(&format!("{path}/end"), "*", Some(end("achieved"))).await.expect(200);
    assert_eq!((&ended["state"], &ended["ended_by"]["employee_number"]), (&json!("ended"), &json!("E1")));
    assert_eq!(mentor.act(&format!("{path}/end"), "*", Some(end("achieved"))).await.problem(409), "state_conflict");
    let late = mentor.post(&format!("{path}/notes"), json!({"note": "Too late"})).await;
    assert_eq!(late.problem(409), "state_conflict");

    let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let read = async |person: Uuid, query: &str| {
        let path = format!("/v1/employees/{person}/lecturer-record{query}");
        admin.get(&path).await.expect(200)["mentorships"].clone()
    };
    for (person, role, other) in [(excellent, "mentor", "N"), (company.newcomer, "mentee", "E1")] {
        let own = &read(person, "").await[0];
        assert_eq!((&own["role"], &own["counterpart"]["employee_number"]), (&json!(role), &json!(other)));
        assert_eq!((&own["result"], &own["result_summary"]), (&json!("achieved"), &json!("独立完成两次分享")));
        assert_eq!(own["ended_at"], "2026-07-01T02:00:00Z");
        let before = read(person, "?as_of=2026-06-30").await;
        assert_eq!((&before[0]["result"], &before[0]["ended_at"]), (&Value::Null, &Value::Null), "it lasted then");
        assert_eq!(read(person, "?as_of=2026-04-01").await, json!([]));
    }
    let changed = admin.get("/v1/lecturer-records?updated_since=2026-07-01T00:00:00Z").await.expect(200);
    let mut whose: Vec<&str> = changed["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["employee"]["employee_number"].as_str())
        .collect();
    whose.sort_unstable();
    assert_eq!(whose, ["E1", "N"]);
    let page = admin.get(&format!("/v1/employees/{excellent}/lecturer-record/page")).await;
    assert!(page.text.contains("独立完成两次分享"), "{}", page.text);
}

#[tokio::test]
async fn whoever_is_mentored_breaks_it_off_and_hr_ends_it() {
    let server = TestServer::start().await;
    let company = Company::closed(&server).await;
    let path = company.pair().await;
    let broken = json!({"result": "broken_off"});
    let ended = company.newcomer().act(&format!("{path}/end"), "*", Some(broken.clone())).await.expect(200);
    assert_eq!((&ended["result"], &ended["result_summary"]), (&json!("broken_off"), &Value::Null));
    let again = company.asks(&company.newcomer(), company.march.lecturers[0]).await;
    let path = format!("/v1/mentorships/{}", again.id());
    company.lecturer(0).act(&format!("{path}/accept"), "*", None).await.expect(200);
    assert_eq!(
        company.lecturer(1).act(&format!("{path}/end"), "*", Some(broken.clone())).await.problem(404),
        "not_found"
    );
    let by_hr = company.admin.act(&format!("{path}/end"), "*", Some(broken)).await.expect(200);
    assert_eq!(by_hr["state"], "ended");
}

#[tokio::test]
async fn two_records_of_one_person_keep_one_offer_and_one_live_pair() {
    let server = TestServer::start().await;
    let company = Company::closed(&server).await;
    let given = &company.march.given;
    let two = Two::new(&server).await;
    let path = company.pair().await;
    // A pair of both cannot become one person's.
    let both = json!({"duplicate_id": company.march.lecturers[0], "reason": "Entered twice"});
    let refused = company.admin.post(&format!("/v1/employees/{}/merge", company.newcomer), both).await;
    assert_eq!((refused.problem(409), refused.faults()), ("merge_refused", vec![("/duplicate_id", "mentor_of_other")]));

    let duplicate = given.employee("N2").await;
    let asked = [
        ("programme_id", text(company.march.programme)),
        ("mentor_id", text(company.march.lecturers[1])),
        ("mentee_id", text(duplicate)),
        ("state", literal("asked")),
        ("goals", literal("Once more")),
    ];
    let asked = given.row("mentorships", &asked).await;
    two.merge(company.newcomer, duplicate).await;
    let own = company.admin.get(&format!("/v1/mentorships?mentee_id={}", company.newcomer)).await.expect(200);
    let states: Vec<(&Value, &Value)> =
        own["items"].as_array().unwrap().iter().map(|one| (&one["id"], &one["state"])).collect();
    let active = path.rsplit('/').next().unwrap();
    assert_eq!(states.len(), 2, "{own}");
    assert!(states.contains(&(&json!(asked), &json!("withdrawn"))), "{own}");
    assert!(states.contains(&(&json!(active), &json!("active"))), "{own}");
    let by_former_id = company.admin.get(&format!("/v1/mentorships?mentee_id={duplicate}")).await.expect(200);
    assert_eq!(by_former_id["items"], own["items"]);
    let (mentor, other) = (company.march.lecturers[0], given.employee("K").await);
    two.merge(other, mentor).await;
    for id in [other, mentor] {
        let offers = company.admin.get(&format!("/v1/mentor-offers?employee_id={id}")).await.expect(200);
        assert_eq!(offers["items"][0]["employee"]["id"], json!(other), "{offers}");
        let pairs = company.admin.get(&format!("/v1/mentorships?mentor_id={id}&state=active")).await.expect(200);
        assert_eq!(pairs["items"][0]["id"], json!(active), "{pairs}");
    }
}
