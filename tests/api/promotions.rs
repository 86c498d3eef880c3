//! Promotion of many: the article's rule just inside and just outside, who is eligible as a list and as a table, and signed results.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::certificates::verified;
use crate::growth::{person, publish};
use crate::support::{Answer, Client, Given, TestServer, at, literal};

pub const CHECKS: &str = "/v1/promotion-checks";
pub const ELIGIBLE: &str = "/v1/promotion-targets/department-manager/eligible-lecturers";

/// The article's rule: half a year as a lecturer, and excellent in six months in a row.
pub fn article() -> Value {
    json!({"kind": "all", "criteria": [
        {"kind": "tenure", "months": 6},
        {"kind": "grades", "periods": 6, "every": "excellent"},
    ]})
}

/// The months that are closed on 1 March 2026: first day and first day of the next one.
pub const MONTHS: [(&str, &str, &str); 7] = [
    ("2025-08", "2025-08-01", "2025-09-01"),
    ("2025-09", "2025-09-01", "2025-10-01"),
    ("2025-10", "2025-10-01", "2025-11-01"),
    ("2025-11", "2025-11-01", "2025-12-01"),
    ("2025-12", "2025-12-01", "2026-01-01"),
    ("2026-01", "2026-01-01", "2026-02-01"),
    ("2026-02", "2026-02-01", "2026-03-01"),
];

/// A company with closed months, on 1 March 2026.
pub struct Company<'s> {
    pub given: Given<'s>,
    pub programme: Uuid,
    snapshots: Vec<Uuid>,
    pub admins: Vec<Client>,
}

impl<'s> Company<'s> {
    pub async fn new(server: &'s TestServer) -> Self {
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
        Self { given, programme, snapshots, admins }
    }

    pub async fn policy(&self, target_code: &str, criteria: Value) -> String {
        let policy = json!({"target_code": target_code, "name": "晋升条件", "criteria": criteria});
        let drafted = self.admins[0].post("/v1/promotion-policies", policy).await;
        publish(&self.admins[1], &drafted).await.expect(200)["id"].as_str().unwrap().to_owned()
    }

    pub async fn lecturer(&self, number: &str, from: &str) -> Uuid {
        let employee = self.given.employee(number).await;
        self.given.lecturer(employee, None, from).await;
        employee
    }

    /// The result of one month: score and grade, if it was rated, and sessions in the form of frozen ones.
    pub async fn result(&self, employee: Uuid, month: usize, rating: Option<(&str, &str)>, sessions: &Value) {
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
    pub async fn excellent(&self, employee: Uuid, months: impl IntoIterator<Item = usize>) {
        for month in months {
            self.result(employee, month, Some(("95.00", "excellent")), &json!([])).await;
        }
    }

    pub async fn check(&self, employee: Uuid) -> Value {
        let asked = json!({"employee_id": employee, "target_code": "department-manager"});
        self.admins[0].post(CHECKS, asked).await.expect(200)
    }

    /// The numbers of those on the list, page after page.
    pub async fn eligible(&self, client: &Client, query: &str) -> Vec<String> {
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
pub async fn at_the_border(company: &Company<'_>) -> Vec<Uuid> {
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
pub fn rows(table: &Answer) -> Vec<Vec<&str>> {
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
