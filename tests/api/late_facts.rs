//! Facts of a closed period: they are stored, the answer says that the period is closed, and the period lists what they would
//! change.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::March;
use crate::support::{Client, TestServer, literal};

/// March is closed; HR's system goes on sending.
pub struct Closed<'s> {
    pub march: March<'s>,
    pub hris: Client,
    pub admin: Client,
    snapshot: Value,
}

impl<'s> Closed<'s> {
    pub async fn new(server: &'s TestServer) -> Self {
        let march = March::taught(server).await;
        let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
        let closed = march.closed_by(&admin).await;
        let hris = server.client(&[Role::Hris]).await;
        Self { march, hris, admin, snapshot: closed["snapshot_id"].clone() }
    }

    /// What the answer says of the closed March.
    pub fn told(&self) -> Value {
        json!([{
            "programme_id": self.march.programme, "period": "2026-03", "snapshot_id": self.snapshot, "snapshot_number": 1,
        }])
    }

    /// A session of the lecturer in March, by its place.
    pub async fn session(&self, lecturer: usize) -> Uuid {
        let sql = format!(
            "SELECT session_id::text FROM session_lecturers WHERE employee_id = '{}' ORDER BY session_id LIMIT 1",
            self.march.lecturers[lecturer]
        );
        self.march.given.sql.query_one(&sql, &[]).await.unwrap().get::<_, &str>(0).parse().unwrap()
    }

    async fn late(&self) -> Vec<Value> {
        let page = self.admin.get(&self.march.path("late-facts")).await.expect(200);
        page["items"].as_array().unwrap().clone()
    }

    async fn rated(&self, session: Uuid, learner: &str, rating: u32) {
        let learner = self.march.given.employee(learner).await;
        let columns = [
            ("session_id", literal(&session.to_string())),
            ("learner_id", literal(&learner.to_string())),
            ("rating", rating.to_string()),
            ("scale", "10".to_owned()),
            ("received_at", literal("2026-03-12T00:00:00Z")),
            ("source", literal("import")),
        ];
        self.march.given.row("feedback", &columns).await;
    }
}

fn field(name: &str, before: Option<&str>, after: Option<&str>) -> Value {
    json!({"name": name, "before": before, "after": after})
}

#[tokio::test]
async fn whatever_comes_for_a_closed_period_is_stored_and_the_answer_says_so() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let (hris, march) = (&closed.hris, &closed.march);
    let session = closed.session(0).await;
    let learner = march.given.employee("learner").await;

    let list = json!({"source": "door", "records": [{"employee_id": learner, "state": "present", "minutes": 60}]});
    let attended = hris.put(&format!("/v1/sessions/{session}/attendance"), "*", list).await.expect(200);
    assert_eq!((&attended["present"], &attended["period_closed"]), (&json!(1), &closed.told()));

    let columns = [
        ("programme_id", literal(&march.programme.to_string())),
        ("title", literal("A content")),
        ("published_at", literal("2026-03-02T00:00:00Z")),
    ];
    let content = march.given.row("contents", &columns).await;
    let author =
        [("content_id", literal(&content.to_string())), ("employee_id", literal(&march.lecturers[1].to_string()))];
    march.given.row("content_authors", &author).await;
    let event = |at: &str, reference: &str| {
        json!({"content_id": content, "employee_id": learner, "kind": "download", "occurred_at": at, "source": "wiki",
               "source_ref": reference})
    };
    let reused = hris.post("/v1/reuse-events", event("2026-03-14T02:00:00Z", "a")).await.expect(201);
    assert_eq!(reused["period_closed"], closed.told());
    let again = hris.post("/v1/reuse-events", event("2026-03-14T02:00:00Z", "a")).await.expect(200);
    assert_eq!(again["period_closed"], closed.told(), "sent again, it is as late as before");
    let now = hris.post("/v1/reuse-events", event("2026-04-05T02:00:00Z", "b")).await.expect(201);
    assert_eq!(now["period_closed"], json!([]), "April is open");
    let items =
        json!({"mode": "atomic", "items": [event("2026-03-20T02:00:00Z", "c"), event("2026-04-05T03:00:00Z", "d")]});
    let batch = hris.post("/v1/reuse-events/batch", items).await.expect(200);
    assert_eq!(batch["period_closed"], closed.told());

    let leave = json!({"employee_id": march.lecturers[2], "kind": "leave", "starts_on": "2026-03-30", "ends_on": "2026-04-02",
                       "source": "hris", "source_ref": "L1"});
    let away = hris.post("/v1/absences", leave.clone()).await;
    assert_eq!(away.expect(201)["period_closed"], closed.told());
    let mut moved = leave;
    moved["starts_on"] = json!("2026-04-01");
    let moved = hris.post("/v1/absences", moved).await;
    assert_eq!(moved.body["period_closed"], closed.told(), "the days that it left were March's");
    let path = format!("/v1/absences/{}", moved.id());
    assert_eq!(hris.delete(&path, "*").await.expect(200)["period_closed"], json!([]), "only April's days");

    let path = format!("/v1/programmes/{}/periods/2026-03/external-values", march.programme);
    let values =
        json!({"source": "lms", "values": [{"employee_id": march.lecturers[0], "key": "exam", "value": "70"}]});
    let sent = hris.send(hris.request(reqwest::Method::PUT, &path).json(&values)).await.expect(200);
    assert_eq!(sent["period_closed"], closed.told());

    let case = json!({"session_id": session, "learner_id": learner, "description": "It worked."});
    let reported = hris.post("/v1/application-cases", case).await.expect(201);
    assert_eq!(reported["period_closed"], closed.told());
}

#[tokio::test]
async fn a_closed_period_lists_what_came_late_and_what_it_would_change() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let march = &closed.march;
    assert_eq!(closed.late().await, Vec::<Value>::new());

    // The third had taught once, which was never reported; the second session of the second was longer.
    let came = march.given.delivered_session(march.programme, march.lecturers[2], "2026-03-25T02:00:00Z", 7).await;
    let longer = closed.session(1).await;
    let sql = format!("UPDATE sessions SET delivered_minutes = 200 WHERE id = '{longer}'");
    march.given.sql.batch_execute(&sql).await.unwrap();

    let late = closed.late().await;
    let of = |number: &str| late.iter().find(|own| own["employee"]["employee_number"] == number).unwrap();
    let third = of("E3");
    assert_eq!(third["facts"].as_array().unwrap().len(), 1, "{third}");
    let fact = &third["facts"][0];
    assert_eq!((&fact["kind"], &fact["change"], &fact["id"]), (&json!("session"), &json!("came"), &json!(came)));
    assert!(fact["fields"].as_array().unwrap().contains(&field("minutes", None, Some("60"))), "{fact}");
    assert_eq!((&third["before"]["score"], &third["after"]["score"]), (&json!("0.00"), &json!("33.33")));
    assert_eq!((&third["before"]["grade"], &third["after"]["grade"]), (&json!("fail"), &json!("fail")));

    // 260 minutes are the most now: the first place's 10000 go to the second lecturer, the second's 5000 to the first.
    let second = of("E2");
    let change = json!({"kind": "session", "change": "changed", "id": longer, "key": null,
                        "fields": [field("minutes", Some("60"), Some("200"))]});
    assert_eq!(second["facts"], json!([change]));
    let rewards = |result: &Value| {
        let lines = result["rewards"].as_array().unwrap().iter();
        let word = |line: &Value| {
            let amount = line["amount"]["amount_minor"].as_i64().map(|amount| amount.to_string());
            format!(
                "{} {}",
                line["policy"].as_str().unwrap(),
                amount.unwrap_or_else(|| line["certificate"].to_string())
            )
        };
        lines.map(word).collect::<Vec<_>>()
    };
    assert_eq!(rewards(&second["before"]), ["bonus 30000", "minutes 5000"]);
    assert_eq!(rewards(&second["after"]), ["bonus 30000", "minutes 10000"]);
    assert_eq!(second["before"]["rank"], second["after"]["rank"]);

    // The first has no late fact; the others' change the rewards.
    let first = of("E1");
    assert_eq!(first["facts"], json!([]));
    assert_eq!(rewards(&first["before"]), ["bonus 80000", "minutes 10000", "most \"most-sessions\""]);
    assert_eq!(rewards(&first["after"]), ["bonus 80000", "minutes 5000", "most \"most-sessions\""]);

    // A lecturer sees their own entry, money included; the ledger is as it was.
    let own = server.person(march.lecturers[1], &[]).await.get(&march.path("late-facts")).await.expect(200);
    assert_eq!(own["items"], json!([second]));
    let granted: i64 =
        march.given.sql.query_one("SELECT sum(amount_minor)::bigint FROM reward_entries", &[]).await.unwrap().get(0);
    assert_eq!(granted, 125_000);
    let page = closed.admin.get(&march.path("late-facts?limit=2")).await.expect(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let next = page["next_cursor"].as_str().unwrap();
    let rest = closed.admin.get(&march.path(&format!("late-facts?limit=2&cursor={next}"))).await.expect(200);
    let paged: Vec<&Value> = [&page, &rest].into_iter().flat_map(|page| page["items"].as_array().unwrap()).collect();
    assert_eq!((paged, &rest["next_cursor"]), (late.iter().collect(), &Value::Null));
    let open = closed.admin.get(&march.path("late-facts").replace("2026-03", "2026-04")).await;
    assert_eq!(open.problem(409), "state_conflict");
}

/// The first page has compared the whole period; the next ones do not compare it again.
#[tokio::test]
async fn the_pages_of_one_walk_show_one_comparison() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let march = &closed.march;
    let came = march.given.delivered_session(march.programme, march.lecturers[2], "2026-03-25T02:00:00Z", 7).await;
    let longer = closed.session(1).await;
    let set = async |session: Uuid, minutes: u32| {
        let sql = format!("UPDATE sessions SET delivered_minutes = {minutes} WHERE id = '{session}'");
        march.given.sql.batch_execute(&sql).await.unwrap();
    };
    set(longer, 200).await;
    let before = closed.late().await;
    assert_eq!(before.len(), 3);
    let mut page = closed.admin.get(&march.path("late-facts?limit=1")).await.expect(200);
    let mut walked = page["items"].as_array().unwrap().clone();
    set(came, 90).await;
    while let Some(next) = page["next_cursor"].as_str() {
        page = closed.admin.get(&march.path(&format!("late-facts?limit=1&cursor={next}"))).await.expect(200);
        walked.extend(page["items"].as_array().unwrap().clone());
    }
    assert_eq!(walked, before);
    assert_ne!(closed.late().await, before, "whoever begins anew sees what has come since");
}

#[tokio::test]
async fn late_ratings_show_in_batches_of_k() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let session = closed.session(0).await;
    let given = &closed.march.given;
    given.sql.batch_execute("UPDATE programmes SET feedback_mode = 'confidential'").await.unwrap();
    let k: i32 = given.sql.query_one("SELECT feedback_min_k FROM programmes", &[]).await.unwrap().get(0);
    for i in 0..k {
        closed.rated(session, &format!("learner {i}"), 9).await;
    }
    assert_eq!(closed.late().await, Vec::<Value>::new(), "they wait for their release");
    let batch = [("programme_id", literal(&closed.march.programme.to_string())), ("starts_on", literal("2026-03-01"))];
    let batch = given.row("feedback_batches", &batch).await;
    let joins = format!(
        "UPDATE feedback SET batch_id = '{batch}' WHERE learner_id IN (SELECT id FROM employees WHERE employee_number"
    );
    given.sql.batch_execute(&format!("{joins} <> 'learner 0')")).await.unwrap();
    assert_eq!(closed.late().await, Vec::<Value>::new(), "fewer than {k} are never shown");
    given.sql.batch_execute(&format!("{joins} = 'learner 0')")).await.unwrap();
    let late = closed.late().await;
    let fields = [field("n", None, Some(&k.to_string())), field("value", None, Some("9.000000"))];
    let facts = json!([{"kind": "ratings", "change": "came", "id": null, "key": null, "fields": fields}]);
    assert_eq!((late.len(), &late[0]["facts"]), (1, &facts));
}
