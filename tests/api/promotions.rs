//! Promotion of many: the article's rule just inside and just outside, one answer for one person, for some hundred and for the whole
//! company, signed answers, and waivers.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::certificates::verified;
use crate::growth::{person, publish};
use crate::people_merge::Two;
use crate::support::{Answer, Client, Given, Random, TestServer, at, literal};

const CHECKS: &str = "/v1/promotion-checks";
const WAIVERS: &str = "/v1/promotion-waivers";
const APPLICATIONS: &str = "/v1/promotion-applications";
const ELIGIBLE: &str = "/v1/promotion-targets/department-manager/eligible-lecturers";

/// The article's rule: half a year as a lecturer, and excellent in six months in a row.
fn article() -> Value {
    json!({"kind": "all", "criteria": [
        {"kind": "tenure", "months": 6},
        {"kind": "grades", "periods": 6, "every": "excellent"},
    ]})
}

/// The months that are closed on 1 March 2026: first day and first day of the next one.
const MONTHS: [(&str, &str, &str); 7] = [
    ("2025-08", "2025-08-01", "2025-09-01"),
    ("2025-09", "2025-09-01", "2025-10-01"),
    ("2025-10", "2025-10-01", "2025-11-01"),
    ("2025-11", "2025-11-01", "2025-12-01"),
    ("2025-12", "2025-12-01", "2026-01-01"),
    ("2026-01", "2026-01-01", "2026-02-01"),
    ("2026-02", "2026-02-01", "2026-03-01"),
];

/// A company with closed months, on 1 March 2026.
struct Company<'s> {
    server: &'s TestServer,
    given: Given<'s>,
    programme: Uuid,
    snapshots: Vec<Uuid>,
    admins: Vec<Client>,
}

impl<'s> Company<'s> {
    async fn new(server: &'s TestServer) -> Self {
        let given = server.given().await;
        let group = given.group("g").await;
        let programme = given.programme("p", group).await;
        let rule = json!({
            "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 2}}],
            "min_session_minutes": 30,
            "grades": [{"code": "excellent", "at_least": 90}, {"code": "good", "at_least": 60}, {"code": "fail", "at_least": 0}],
        });
        let rule = given.published("scoring_rules", programme, 1, "2025-01", &rule).await;
        let mut snapshots = Vec::new();
        for (period, first, next) in MONTHS {
            snapshots.push(given.closed_period(programme, rule, [period, first, next]).await);
        }
        let mut admins = Vec::new();
        for _ in 0..3 {
            admins.push(person(server, &[Role::Admin]).await);
        }
        Self { server, given, programme, snapshots, admins }
    }

    async fn policy(&self, target_code: &str, criteria: Value) -> String {
        let policy = json!({"target_code": target_code, "name": "晋升条件", "criteria": criteria});
        let drafted = self.admins[0].post("/v1/promotion-policies", policy).await;
        publish(&self.admins[1], &drafted).await.expect(200)["id"].as_str().unwrap().to_owned()
    }

    async fn lecturer(&self, number: &str, from: &str) -> Uuid {
        let employee = self.given.employee(number).await;
        self.given.lecturer(employee, None, from).await;
        employee
    }

    /// The result of one month: score and grade, if it was rated, and sessions in the form of frozen ones.
    async fn result(&self, employee: Uuid, month: usize, rating: Option<(&str, &str)>, sessions: &Value) {
        let (status, reason, score, grade) = match rating {
            Some((score, grade)) => (literal("rated"), "NULL".to_owned(), literal(score), literal(grade)),
            None => (literal("not_rated"), literal("exempt"), "NULL".to_owned(), "NULL".to_owned()),
        };
        let columns = [
            ("snapshot_id", literal(&self.snapshots[month].to_string())),
            ("employee_id", literal(&employee.to_string())),
            ("inputs", literal(&json!({"sessions": sessions}).to_string())),
            ("card", literal("{}")),
            ("status", status),
            ("reason", reason),
            ("score", score),
            ("grade", grade),
        ];
        self.given.row("snapshot_lecturers", &columns).await;
    }

    /// Excellent in these months, counted from August.
    async fn excellent(&self, employee: Uuid, months: impl IntoIterator<Item = usize>) {
        for month in months {
            self.result(employee, month, Some(("95.00", "excellent")), &json!([])).await;
        }
    }

    async fn check(&self, employee: Uuid) -> Value {
        let asked = json!({"employee_id": employee, "target_code": "department-manager"});
        self.admins[0].post(CHECKS, asked).await.expect(200)
    }

    /// The numbers of those on the list, page after page.
    async fn eligible(&self, client: &Client, query: &str) -> Vec<String> {
        let (mut numbers, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = client.get(&format!("{ELIGIBLE}?limit=2{query}{cursor}")).await.expect(200);
            assert!(page["items"].as_array().unwrap().len() <= 2);
            for item in page["items"].as_array().unwrap() {
                numbers.push(item["employee"]["employee_number"].as_str().unwrap().to_owned());
            }
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        numbers.sort();
        numbers
    }
}

/// Six lecturers at the border of the article's rule.
async fn at_the_border(company: &Company<'_>) -> Vec<Uuid> {
    let mut people = Vec::new();
    for (number, from) in [
        ("IN", "2025-09-01"),
        ("DAY-SHORT", "2025-09-02"),
        ("SUSPENDED", "2025-08-15"),
        ("GOOD-ONCE", "2025-01-01"),
        ("FIVE", "2025-01-01"),
        ("SEVENTH-BAD", "2025-01-01"),
    ] {
        people.push(company.lecturer(number, from).await);
    }
    for employee in &people[..4] {
        company.excellent(*employee, 1..6).await;
    }
    for employee in &people[..3] {
        company.excellent(*employee, [6]).await;
    }
    // 17 days: half a year is over on 4 March.
    let suspended = [
        ("employee_id", literal(&people[2].to_string())),
        ("kind", literal("suspension")),
        ("starts_on", literal("2025-10-01")),
        ("ends_on", literal("2025-10-17")),
        ("source", literal("hr")),
    ];
    company.given.row("absences", &suspended).await;
    company.result(people[3], 6, Some(("89.99", "good")), &json!([])).await;
    company.excellent(people[4], 2..7).await;
    company.result(people[5], 0, Some(("10.00", "fail")), &json!([])).await;
    company.excellent(people[5], 1..7).await;
    people
}

#[tokio::test]
async fn the_rule_of_the_article_has_people_just_inside_and_just_outside() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let people = at_the_border(&company).await;
    company.policy("department-manager", article()).await;
    let expected = [
        ("met", "met", 0),
        ("not_met", "met", 0),
        ("not_met", "met", 0),
        ("met", "not_met", 0),
        ("met", "not_met", 1),
        ("met", "met", 0),
    ];
    for (employee, (tenure, grades, missing)) in people.iter().zip(expected) {
        let result = &company.check(*employee).await["result"]["criteria"];
        let verdicts = (&result[0]["verdict"], &result[1]["verdict"], &result[1]["missing_months"]);
        assert_eq!(verdicts, (&json!(tenure), &json!(grades), &json!(missing)), "{employee}");
    }
    let admin = &company.admins[0];
    assert_eq!(company.eligible(admin, "").await, ["IN", "SEVENTH-BAD"]);
    // A day later nobody else is; on the 4th the suspended one is, too.
    assert_eq!(company.eligible(admin, "&on=2026-03-02").await, ["DAY-SHORT", "IN", "SEVENTH-BAD"]);
    assert_eq!(company.eligible(admin, "&on=2026-03-03").await, ["DAY-SHORT", "IN", "SEVENTH-BAD"]);
    let all = ["DAY-SHORT", "IN", "SEVENTH-BAD", "SUSPENDED"];
    assert_eq!(company.eligible(admin, "&on=2026-03-04").await, all);
    // In April there is no result of March, which is neutral.
    assert_eq!(company.eligible(admin, "&on=2026-04-01").await, all);
    assert_eq!(company.eligible(admin, "&on=2026-02-28").await, [] as [&str; 0], "February is not over");
}

#[tokio::test]
async fn the_list_is_exported_as_a_table() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let people = at_the_border(&company).await;
    let policy = company.policy("department-manager", article()).await;
    let admin = &company.admins[0];
    let table = admin.get(&format!("{ELIGIBLE}/export")).await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    let disposition = "attachment; filename=\"eligible-department-manager-2026-03-01.csv\"";
    assert_eq!(table.header("content-disposition"), disposition);
    let rows = rows(&table);
    assert_eq!(rows[0][..4], ["target_code", "policy_id", "policy_version", "asked_on"]);
    let [inside, other] = [people[0], people[5]].map(|id| id.to_string());
    let row = ["department-manager", &policy, "1", "2026-03-01", &inside, "IN", "IN", "2025-09-01", "met", ""];
    assert_eq!((rows.len(), &rows[1][..5], &rows[1][5]), (3, &row[..5], &row[5]));
    assert_eq!((&rows[1][7..], rows[2][4]), (&row[7..], other.as_str()));
    // Nobody, and no such position.
    let none = admin.get(&format!("{ELIGIBLE}/export?on=2020-01-01")).await;
    assert_eq!((none.status, self::rows(&none).len()), (200, 1));
    let book = admin.get(&format!("{ELIGIBLE}/export?format=xlsx")).await;
    assert_eq!(book.status, 200);
    for path in [ELIGIBLE.to_owned(), format!("{ELIGIBLE}/export")] {
        let missing = admin.get(&path.replace("department-manager", "king")).await;
        assert_eq!(missing.problem(404), "not_found");
    }
}

/// The cells of a table, the head included.
fn rows(table: &Answer) -> Vec<Vec<&str>> {
    let lines = table.text.trim_start_matches('\u{feff}').lines();
    lines.map(|line| line.split(',').collect()).collect()
}

#[tokio::test]
async fn everybody_sees_the_own_people_on_the_list() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let people = at_the_border(&company).await;
    company.policy("department-manager", article()).await;
    let own = server.person(people[0], &[]).await;
    assert_eq!(company.eligible(&own, "").await, ["IN"]);
    assert_eq!(rows(&own.get(&format!("{ELIGIBLE}/export")).await).len(), 2, "the head and one row");
    let other = server.person(people[3], &[]).await;
    assert_eq!(company.eligible(&other, "").await, [] as [&str; 0]);
    let unseen = json!({"employee_ids": [people[3], people[0], people[3]], "target_code": "department-manager"});
    let refused = other.post(&format!("{CHECKS}/batch"), unseen).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(refused.faults(), [("/employee_ids/2", "duplicate"), ("/employee_ids/1", "not_found")]);
    let both = json!({"employee_ids": [people[3], people[0]], "target_code": "department-manager"});
    let items = company.admins[0].post(&format!("{CHECKS}/batch"), both).await.expect(200)["items"].clone();
    assert_eq!((&items[0]["employee_id"], &items[1]["employee_id"]), (&json!(people[3]), &json!(people[0])));
    assert_eq!((&items[0]["eligible"], &items[1]["eligible"]), (&json!(false), &json!(true)));
    assert_eq!(items[1], company.check(people[0]).await);
}

/// Random facts of a lecturer: months, sessions, suspensions, titles, notices, certificates, waivers.
async fn random_facts(company: &Company<'_>, random: &mut Random, employee: Uuid, policies: &[(String, Vec<Value>)]) {
    let given = &company.given;
    let text = |id: Uuid| literal(&id.to_string());
    for month in 0..MONTHS.len() {
        let rating =
            random.of(&[Some(("95.00", "excellent")), Some(("95.00", "excellent")), Some(("70.00", "good")), None]);
        if random.below(8) == 0 {
            continue;
        }
        let mut sessions = Vec::new();
        for _ in 0..random.below(3) {
            let start = format!("{}-{:02}T02:00:00Z", MONTHS[month].0, 1 + random.below(28));
            let session = given.delivered_session(company.programme, employee, &start, 10).await;
            let (state, minutes) = random.of(&[("delivered", 60), ("delivered", 20), ("missed", 0)]);
            sessions.push(
                json!({"session_id": session, "state": state, "kind": "assigned", "minutes": minutes, "attendees": 10,
                                 "credit": random.of(&["1", "0.5", "0.33333333"])}),
            );
        }
        company.result(employee, month, rating, &json!(sessions)).await;
    }
    if random.below(3) == 0 {
        let columns = [
            ("employee_id", text(employee)),
            ("kind", literal("suspension")),
            ("starts_on", literal(&format!("2025-{:02}-10", 8 + random.below(5)))),
            ("ends_on", random.of(&["NULL".to_owned(), literal("2025-12-31")])),
            ("source", literal("hr")),
        ];
        given.row("absences", &columns).await;
    }
    let day = |random: &mut Random| literal(&format!("2026-02-{:02}T20:00:00Z", 1 + random.below(28)));
    if random.below(2) == 0 {
        let withdrawn = random.of(&["NULL".to_owned(), literal("2026-02-20T20:00:00Z")]);
        let reason = if withdrawn == "NULL" { "NULL".to_owned() } else { literal("x") };
        let columns = [
            ("employee_id", text(employee)),
            ("code", literal("senior-lecturer")),
            ("granted_at", literal("2026-01-05T20:00:00Z")),
            ("withdrawn_at", withdrawn),
            ("withdraw_reason", reason),
        ];
        given.row("titles", &columns).await;
    }
    if random.below(3) == 0 {
        let columns = [
            ("employee_id", text(employee)),
            ("programme_id", text(company.programme)),
            ("state", literal("open")),
            ("opened_at", day(random)),
        ];
        given.row("improvement_notices", &columns).await;
    }
    if random.below(2) == 0 {
        let columns = [
            ("employee_id", text(employee)),
            ("kind", literal("ttt")),
            ("issuer", literal("X")),
            ("valid_from", literal("2026-01-15")),
            ("valid_to", random.of(&["NULL".to_owned(), literal("2026-02-15")])),
        ];
        given.row("competence_certificates", &columns).await;
    }
    let (first, second) =
        (given.employee(&format!("A{employee}")).await, given.employee(&format!("B{employee}")).await);
    for (policy, singles) in policies {
        let at = random.below(singles.len());
        let approved = day(random);
        let (state, ended) =
            random.of(&[("approved", "NULL".to_owned()), ("revoked", literal("2026-02-25T20:00:00Z"))]);
        let reason = if state == "revoked" { literal("x") } else { "NULL".to_owned() };
        let columns = [
            ("employee_id", text(employee)),
            ("policy_id", literal(policy)),
            ("target_code", literal("department-manager")),
            ("place", literal(&format!("/criteria/criteria/{at}"))),
            ("criterion", literal(&singles[at].to_string())),
            ("reason", literal("x")),
            ("state", literal(state)),
            ("first_approver_id", text(first)),
            ("first_approved_at", approved.clone()),
            ("second_approver_id", text(second)),
            ("approved_at", approved),
            ("ended_at", ended),
            ("end_reason", reason),
        ];
        if random.below(4) == 0 {
            given.row("promotion_waivers", &columns).await;
        }
    }
}

/// Asks about everybody in each way on some days. Returns how often somebody passed.
async fn same_answers(company: &Company<'_>, people: &[(String, Uuid, &str)]) -> usize {
    let (hr, mut passed) = (&company.admins[0], 0);
    for on in ["2026-03-01", "2026-02-16", "2026-01-20", "2025-08-25"] {
        let ids: Vec<Uuid> = people.iter().map(|(_, id, _)| *id).collect();
        let asked = json!({"employee_ids": ids, "target_code": "department-manager", "on": on});
        let together = hr.post(&format!("{CHECKS}/batch"), asked).await.expect(200);
        let mut expected = Vec::new();
        for (i, (number, employee, from)) in people.iter().enumerate() {
            let asked = json!({"employee_id": employee, "target_code": "department-manager", "on": on});
            let single = hr.post(CHECKS, asked).await.expect(200);
            assert_eq!(single, together["items"][i], "{number} {on}");
            // The list has lecturers of that day.
            if single["eligible"] == json!(true) && *from <= on {
                expected.push(number.clone());
            }
        }
        expected.sort();
        assert_eq!(company.eligible(hr, &format!("&on={on}")).await, expected, "{on}");
        passed += expected.len();
    }
    passed
}

/// Of random lecturers, the list has exactly those whom a single check finds eligible, and a check of all says the same.
#[tokio::test]
async fn one_by_one_all_together_and_the_list_come_to_the_same_answer() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let mut random = Random(7);
    let first = vec![
        json!({"kind": "tenure", "months": 5}),
        json!({"kind": "grades", "periods": 3, "every": "excellent", "within_months": 5}),
        json!({"kind": "no_open_notice"}),
        json!({"kind": "sessions_total", "at_least": "1.5"}),
    ];
    let second = vec![
        json!({"kind": "title", "code": "senior-lecturer"}),
        json!({"kind": "score_average", "periods": 4, "at_least": "90", "programme_id": company.programme}),
        json!({"kind": "external", "key": "ttt"}),
    ];
    let mut policies = Vec::new();
    for (kind, singles) in [("all", &first), ("any", &second)] {
        let id = company.policy("department-manager", json!({"kind": kind, "criteria": singles})).await;
        policies.push((id, singles.clone()));
    }
    let mut people = Vec::new();
    for number in 0..30 {
        let from = random.of(&["2025-08-20", "2025-10-01", "2025-03-01"]);
        let number = format!("L{number:02}");
        let employee = company.lecturer(&number, from).await;
        random_facts(&company, &mut random, employee, &policies).await;
        people.push((number, employee, from));
    }
    // Somebody with two records: the results of one of them are read through the other.
    let two = Two::new(&server).await;
    let (kept, duplicate) = (company.lecturer("K", "2025-03-01").await, company.given.employee("D").await);
    company.excellent(duplicate, 2..6).await;
    two.merge(kept, duplicate).await;
    people.push(("K".to_owned(), kept, "2025-03-01"));
    let mut passed = same_answers(&company, &people).await;
    // The first version again, as the third.
    company.policy("department-manager", json!({"kind": "all", "criteria": first})).await;
    passed += same_answers(&company, &people).await;
    assert!((10..200).contains(&passed), "some pass and some do not: {passed}");
}

async fn ask_for(company: &Company<'_>, employee: Uuid, place: &str) -> Answer {
    let body = json!({"employee_id": employee, "target_code": "department-manager", "criterion": place,
                      "reason": "入职前已有五年授课经验"});
    company.admins[0].post(WAIVERS, body).await
}

async fn step(client: &Client, waiver: &Answer, step: &str, body: Option<Value>) -> Answer {
    client.act(&format!("{WAIVERS}/{}/{step}", waiver.id()), "*", body).await
}

#[tokio::test]
async fn a_waiver_needs_a_reason_and_two_others_and_shows_in_the_answer() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let people = at_the_border(&company).await;
    company.policy("department-manager", article()).await;
    let [first, second, third] = company.admins.as_slice() else { panic!() };
    // One month was good, and not excellent.
    let lecturer = people[3];
    let asked = ask_for(&company, lecturer, "/criteria/criteria/1").await;
    assert_eq!((asked.status, &asked.body["state"]), (201, &json!("requested")), "{}", asked.text);
    assert_eq!(asked.body["criterion"]["kind"], "grades");
    assert_eq!(ask_for(&company, lecturer, "/criteria/criteria/1").await.problem(409), "already_exists");
    assert_eq!(company.check(lecturer).await["eligible"], false);

    assert_eq!(step(first, &asked, "approve", None).await.problem(403), "self_approval", "who asked");
    given_self_approval(&company).await;
    assert_eq!(step(first, &asked, "approve", None).await.problem(403), "self_approval", "three people all the same");
    let own = server.person(lecturer, &[Role::Admin]).await;
    assert_eq!(step(&own, &asked, "approve", None).await.problem(403), "self_approval", "the lecturer");
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(step(&machine, &asked, "approve", None).await.problem(403), "person_required");
    let once = step(second, &asked, "approve", None).await.expect(200);
    assert_eq!((&once["state"], &once["approved_at"]), (&json!("approved_once"), &Value::Null));
    assert_eq!(company.check(lecturer).await["eligible"], false, "one is not enough");
    assert_eq!(company.eligible(first, "").await, ["IN", "SEVENTH-BAD"]);
    assert_eq!(step(second, &asked, "approve", None).await.problem(403), "second_person_required");
    let twice = step(third, &asked, "approve", None).await.expect(200);
    assert_eq!((&twice["state"], twice["approvers"].as_array().unwrap().len()), (&json!("approved"), 2));
    assert_eq!(step(third, &asked, "approve", None).await.problem(409), "state_conflict");

    let answer = company.check(lecturer).await;
    assert_eq!((&answer["eligible"], &answer["result"]["verdict"]), (&json!(true), &json!("waived")));
    let grades = &answer["result"]["criteria"][1];
    assert_eq!(
        (&grades["verdict"], &grades["months"][0]["reached"]),
        (&json!("waived"), &json!(false)),
        "the evidence stays"
    );
    let waiver = &answer["waivers"][0];
    assert_eq!((&waiver["id"], &waiver["place"]), (&json!(asked.id()), &json!("/criteria/criteria/1")));
    assert_eq!((&waiver["reason"], &waiver["approvers"]), (&asked.body["reason"], &twice["approvers"]));
    assert_eq!(company.eligible(first, "").await, ["GOOD-ONCE", "IN", "SEVENTH-BAD"]);
    assert_eq!(company.eligible(first, "&on=2026-02-28").await, [] as [&str; 0], "from the day of the approval on");
    let table = first.get(&format!("{ELIGIBLE}/export")).await;
    let id = asked.id();
    assert!(rows(&table).iter().any(|row| row[8..] == ["waived", id.as_str()]), "{}", table.text);

    // What was filed with it keeps the answer.
    let body = json!({"employee_id": lecturer, "target_code": "department-manager"});
    let applied = first.post(APPLICATIONS, body.clone()).await;
    assert_eq!(applied.body["check"], answer, "{}", applied.text);
    assert_eq!(step(second, &asked, "reject", Some(json!({"reason": "x"}))).await.problem(409), "state_conflict");
    let revoked = step(second, &asked, "revoke", Some(json!({"reason": "授课证明不属实"}))).await.expect(200);
    assert_eq!((&revoked["state"], &revoked["end_reason"]), (&json!("revoked"), &json!("授课证明不属实")));
    assert_eq!(company.check(lecturer).await["eligible"], false);
    assert_eq!(first.get(&format!("{APPLICATIONS}/{}", applied.id())).await.expect(200)["check"], answer);
    let log = first.get("/v1/audit-entries?command=approve_promotion_waiver").await.expect(200);
    assert_eq!(log["items"].as_array().unwrap().len(), 2);
    let topics = "SELECT string_agg(topic, ' ' ORDER BY id) FROM outbox_events WHERE topic LIKE 'promotion_waiver.%'";
    let topics: String = company.given.sql.query_one(topics, &[]).await.unwrap().get(0);
    let told = ["requested", "approved_once", "approved", "revoked"].map(|topic| format!("promotion_waiver.{topic}"));
    assert_eq!(topics, told.join(" "));
}

async fn given_self_approval(company: &Company<'_>) {
    company.given.sql.batch_execute("UPDATE tenants SET self_approval = true").await.unwrap();
}

#[tokio::test]
async fn a_waiver_is_for_one_criterion_as_it_stood() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let people = at_the_border(&company).await;
    company.policy("department-manager", article()).await;
    let [first, second, third] = company.admins.as_slice() else { panic!() };
    let lecturer = people[3];
    for (place, fault) in [("/criteria", "not_allowed"), ("/criteria/criteria/2", "not_allowed"), ("", "empty")] {
        let refused = ask_for(&company, lecturer, place).await;
        assert_eq!(
            (refused.problem(422), refused.faults()),
            ("invalid_values", vec![("/criterion", fault)]),
            "{place}"
        );
    }
    let unknown =
        json!({"employee_id": server.state.ids.next(), "target_code": "king", "criterion": "/criteria", "reason": "x"});
    let refused = first.post(WAIVERS, unknown).await;
    assert_eq!(refused.faults(), [("/employee_id", "not_found"), ("/target_code", "not_found")]);
    let waived = ask_for(&company, lecturer, "/criteria/criteria/1").await;
    for admin in [second, third] {
        step(admin, &waived, "approve", None).await.expect(200);
    }
    assert_eq!(company.check(lecturer).await["eligible"], true);
    // Another name of the policy and another place of the criterion are no other criterion.
    let [tenure, grades] = [0, 1].map(|i| article()["criteria"][i].clone());
    company.policy("department-manager", json!({"kind": "all", "criteria": [grades, tenure]})).await;
    let moved = company.check(lecturer).await;
    assert_eq!((&moved["eligible"], &moved["waivers"][0]["place"]), (&json!(true), &json!("/criteria/criteria/0")));
    // A stricter one is.
    let stricter = json!({"kind": "grades", "periods": 6, "every": "excellent", "within_months": 8});
    company.policy("department-manager", json!({"kind": "all", "criteria": [tenure, stricter]})).await;
    assert_eq!(company.check(lecturer).await["eligible"], false);
    let refused = ask_for(&company, people[4], "/criteria/criteria/1").await;
    step(second, &refused, "approve", None).await.expect(200);
    let rejected = step(third, &refused, "reject", Some(json!({"reason": "月份不足"}))).await.expect(200);
    assert_eq!((&rejected["state"], &rejected["end_reason"]), (&json!("rejected"), &json!("月份不足")));
    let again = ask_for(&company, people[4], "/criteria/criteria/1").await;
    assert_eq!(step(first, &again, "withdraw", None).await.expect(200)["state"], "withdrawn");
    let own = server.person(people[4], &[]).await;
    let list = own.get(&format!("{WAIVERS}?target_code=department-manager")).await.expect(200);
    let states: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, [&json!("withdrawn"), &json!("rejected")], "the own ones only");
    assert_eq!(own.get(&format!("{WAIVERS}/{}", waived.id())).await.problem(404), "not_found");
    assert_eq!(step(&own, &again, "approve", None).await.problem(403), "forbidden");
}

/// Who approved a waiver cannot turn out to be the lecturer, nor who asked for it, nor the other who approved it.
#[tokio::test]
async fn a_waiver_goes_over_to_the_record_that_stays() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let people = at_the_border(&company).await;
    company.policy("department-manager", article()).await;
    let [_, second, third] = company.admins.as_slice() else { panic!() };
    let duplicate = people[3];
    let waiver = ask_for(&company, duplicate, "/criteria/criteria/1").await;
    for admin in [second, third] {
        step(admin, &waiver, "approve", None).await.expect(200);
    }
    let ids = "SELECT maker_id::text, first_approver_id::text, second_approver_id::text FROM promotion_waivers";
    let row = company.given.sql.query_one(ids, &[]).await.unwrap();
    let [asker, one, other] = [0, 1, 2].map(|at| row.get::<_, String>(at).parse::<Uuid>().unwrap());
    let two = Two::new(&server).await;
    for (kept, given_up) in [(one, other), (asker, one), (duplicate, other)] {
        let refused = two.proposed(kept, given_up).await;
        assert!(refused.faults().contains(&("/duplicate_id", "checked_by_other")), "{}", refused.text);
    }
    let kept = company.given.employee("K").await;
    two.merge(kept, duplicate).await;
    let answer = company.check(kept).await;
    assert_eq!((&answer["eligible"], &answer["waivers"][0]["id"]), (&json!(true), &json!(waiver.id())));
    let list = second.get(&format!("{WAIVERS}?employee_id={kept}")).await.expect(200);
    assert_eq!(list["items"][0]["employee"]["id"], json!(kept));
}

#[tokio::test]
async fn a_signed_result_is_verified_by_the_published_key_and_by_nothing_else() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let people = at_the_border(&company).await;
    company.policy("department-manager", article()).await;
    let hris = server.client(&[Role::Hris]).await;
    let keys = async || server.anonymous().get("/issuers/demo/did.json").await.expect(200);
    let asked = json!({"employee_id": people[0], "target_code": "department-manager"});
    let signed = hris.post(&format!("{CHECKS}/sign"), asked.clone()).await.expect(200);
    let jwt = signed["jwt"].as_str().unwrap();
    let claims = verified(&keys().await, jwt).unwrap();
    assert_eq!(claims, signed["claims"]);
    assert_eq!(claims["promotion_check"], company.check(people[0]).await);
    assert_eq!((&claims["iss"], &claims["sub"]), (&keys().await["id"], &json!(format!("urn:uuid:{}", people[0]))));
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(server.clock.now().timestamp()), &Value::Null));
    assert_eq!(claims["employee"]["employee_number"], "IN");
    let jti = claims["jti"].as_str().unwrap().trim_start_matches("urn:uuid:");
    let log = company.admins[0].get("/v1/audit-entries?command=sign_promotion_check").await.expect(200);
    assert_eq!(
        (&log["items"][0]["details"]["id"], &log["items"][0]["details"]["eligible"]),
        (&json!(jti), &json!(true))
    );

    // Somebody else's name under the same signature.
    let [header, body, signature]: [&str; 3] = jwt.split('.').collect::<Vec<_>>().try_into().unwrap();
    let other = [header, &forged(body), signature].join(".");
    assert_eq!(verified(&keys().await, &other), Err("bad signature"));

    // A key that has signed a result stays, even if no certificate needs it.
    let admin = company.admins[0].request(Method::POST, "/v1/credential-keys/rotate");
    company.admins[0].send(admin).await.expect(200);
    server.clock.set(at("2036-03-01T02:00:00Z"));
    assert_eq!(verified(&keys().await, jwt).unwrap(), claims, "ten years later");
    let hris = server.client(&[Role::Hris]).await;
    let again = hris.post(&format!("{CHECKS}/sign"), asked).await.expect(200);
    assert_ne!(again["claims"]["jti"], claims["jti"]);
    assert!(verified(&keys().await, again["jwt"].as_str().unwrap()).is_ok());
    let not_seen = server.person(people[1], &[]).await;
    let asked = json!({"employee_id": people[0], "target_code": "department-manager"});
    assert_eq!(not_seen.post(&format!("{CHECKS}/sign"), asked).await.faults(), [("/employee_id", "not_found")]);
}

/// The claims of another person.
fn forged(claims: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    URL_SAFE_NO_PAD.encode(text.replace("\"IN\"", "\"IM\""))
}
