//! Imports over HTTP: the demonstration company's own files, faults with their places, a repeat that stores nothing twice, and what
//! an import means for what is there already.

use lectern::auth::{Actor, Role};
use lectern::demo;
use lectern::imports::{Order, import};
use lectern::journal::Circumstances;
use lectern::kernel::period::Period;
use serde_json::{Value, json};

use crate::support::{Client, Given, TestServer, literal};

pub fn order(files: &[(&str, &str)]) -> Value {
    let files: Vec<Value> = files.iter().map(|(name, content)| json!({"name": name, "content": content})).collect();
    json!({"time_zone": "Asia/Shanghai", "files": files})
}

/// What an import may add rows to.
const EVERY_ROW: [&str; 14] = [
    "absences",
    "application_cases",
    "attendance_records",
    "content_authors",
    "content_versions",
    "contents",
    "departments",
    "employees",
    "feedback",
    "lecturer_levels",
    "lecturers",
    "reuse_events",
    "session_lecturers",
    "sessions",
];

#[tokio::test]
async fn the_files_of_the_demonstration_company_are_imported_whole_and_once() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = demo::generate("2026-02".parse::<Period>().unwrap()).unwrap();
    for own in &company.programmes {
        let first = given.group(&own.group_codes[0]).await;
        let programme = given.programme(&own.code, first).await;
        for code in &own.group_codes[1..] {
            let group = given.group(code).await;
            let of_programme =
                [("programme_id", literal(&programme.to_string())), ("group_id", literal(&group.to_string()))];
            given.row("programme_groups", &of_programme).await;
        }
    }
    let files: Vec<(String, String)> =
        company.files.iter().map(|(name, bytes)| (name.clone(), String::from_utf8(bytes.clone()).unwrap())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    // The files grant roles, which HRIS alone may not.
    let client = server.client(&[Role::Admin]).await;
    let watcher = server.client(&[Role::Hris]).await;
    let accepted = client.post_keyed("/v1/imports", "history-1", order(&files)).await;
    let job = watcher.ended(&accepted).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(job["result"]["fault_count"], 0);
    for (table, file) in [
        ("employees", "employees"),
        ("sessions", "sessions"),
        ("feedback", "ratings"),
        ("attendance_records", "attendance"),
    ] {
        let rows: i64 = given.sql.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0);
        assert_eq!(json!(rows), job["result"]["stored"][file], "{table}");
        assert!(rows > 500, "{table}: {rows}");
    }
    let uncredited = "SELECT count(*) FROM sessions WHERE department_id IS NULL";
    assert_eq!(given.sql.query_one(uncredited, &[]).await.unwrap().get::<_, i64>(0), 0);
    let kept: String = given.sql.query_one("SELECT request::text FROM jobs", &[]).await.unwrap().get(0);
    assert_eq!(kept, "{}", "the files are not kept");
    let again = client.post_keyed("/v1/imports", "history-1", order(&files)).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.id(), accepted.id());
    // Nor does the same file as another import.
    let count = async || -> Vec<i64> {
        let mut counts = Vec::new();
        for table in EVERY_ROW {
            let rows = given.sql.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap();
            counts.push(rows.get(0));
        }
        counts
    };
    let before = count().await;
    let repeated = watcher.ended(&client.post_keyed("/v1/imports", "history-2", order(&files)).await).await;
    assert_eq!(repeated["state"], "succeeded", "{repeated}");
    assert_eq!(count().await, before, "{EVERY_ROW:?}");
    for file in ["sessions", "attendance", "ratings", "contents", "submissions", "reuse", "cases"] {
        assert_eq!(repeated["result"]["stored"][file], Value::Null, "{file}");
    }
}

#[tokio::test]
async fn a_faulty_row_refuses_the_import_and_is_named() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Hris]).await;
    let employees = "employee_number,name,department_code,hired_on\nE1,Ann,RD,2020-01-01\nE2,,RD,soon\n";
    let files = [("departments.csv", "code,name\nRD,Research\n"), ("employees.csv", employees)];
    let job = client.ended(&client.post("/v1/imports", order(&files)).await).await;
    assert_eq!((job["state"].as_str(), job["problem"]["code"].as_str()), (Some("failed"), Some("import_refused")));
    let places: Vec<_> = job["problem"]["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| {
            (fault["file"].as_str().unwrap(), fault["line"].as_u64().unwrap(), fault["column"].as_str().unwrap())
        })
        .collect();
    assert_eq!(places, [("employees.csv", 3, "name"), ("employees.csv", 3, "hired_on")]);
    let sql = server.database.owner().await;
    assert_eq!(sql.query_one("SELECT count(*) FROM departments", &[]).await.unwrap().get::<_, i64>(0), 0);
    let mut skipping = order(&files);
    skipping["skip_faulty"] = json!(true);
    let job = client.ended(&client.post("/v1/imports", skipping).await).await;
    assert_eq!(job["result"]["stored"], json!({"departments": 1, "employees": 1}), "{job}");
    assert_eq!(job["result"]["fault_count"], 2);
}

#[tokio::test]
async fn a_wrong_order_is_refused_with_every_fault() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Hris]).await;
    let mut wrong = order(&[("salaries.csv", "a"), ("departments.csv", "a"), ("departments.csv", "b")]);
    wrong["time_zone"] = json!("Mars/Olympus");
    let refused = client.post("/v1/imports", wrong).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(
        refused.faults(),
        [("/time_zone", "bad_format"), ("/files/0/name", "not_allowed"), ("/files/2/name", "duplicate")]
    );
}

/// Imports the files and answers what they led to.
pub async fn imported(client: &Client, files: &[(&str, &str)]) -> Value {
    client.ended(&client.post("/v1/imports", order(files)).await).await
}

#[track_caller]
pub fn succeeded(job: &Value) {
    assert_eq!(job["state"], "succeeded", "{job}");
}

/// Line, column and code of every fault.
#[track_caller]
pub fn faults(job: &Value) -> Vec<(u64, &str, &str)> {
    assert_eq!(job["problem"]["code"], "import_refused", "{job}");
    let faults = job["problem"]["faults"].as_array().unwrap().iter();
    faults
        .map(|fault| {
            (fault["line"].as_u64().unwrap(), fault["column"].as_str().unwrap(), fault["code"].as_str().unwrap())
        })
        .collect()
}

/// The rows of a query, each as text.
pub async fn rows(given: &Given<'_>, query: &str) -> Vec<String> {
    let rows = given.sql.query(&format!("SELECT q::text FROM ({query}) AS q"), &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_column_that_a_file_lacks_stays_as_it_is_and_a_blank_one_clears() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let hris = server.client(&[Role::Hris]).await;
    let departments = "code,name,parent_code,is_ranking_unit,cost_centre,manager_number\nHQ,Head office,,,,\n\
                       RD,Research,HQ,true,4711,E1\n";
    let employees = "employee_number,name,email,hired_on,left_on\nE1,Ann,ann@example.com,2020-01-01,2026-03-01\n";
    let groups = "code,name,description\nPK,Knowledge,What we know\n";
    let whole = [("departments.csv", departments), ("employees.csv", employees), ("lecturer_groups.csv", groups)];
    succeeded(&imported(&hris, &whole).await);
    let query = "SELECT d.name, p.code, d.is_ranking_unit, d.cost_centre, m.name AS manager, m.email, m.hired_on, m.left_on,
                        (SELECT description FROM lecturer_groups)
                   FROM departments d LEFT JOIN departments p ON p.id = d.parent_id LEFT JOIN employees m ON m.employee_number = 'E1'
                  WHERE d.code = 'RD'";
    let short = [
        ("departments.csv", "code,name\nRD,R and D\n"),
        ("employees.csv", "employee_number,name\nE1,Anne\n"),
        ("lecturer_groups.csv", "code,name\nPK,Knowledge\n"),
    ];
    succeeded(&imported(&hris, &short).await);
    let kept = "(\"R and D\",HQ,t,4711,Anne,ann@example.com,2020-01-01,2026-03-02,\"What we know\")";
    assert_eq!(rows(&given, query).await, [kept]);
    assert_eq!(rows(&given, "SELECT code FROM departments WHERE manager_id IS NOT NULL").await, ["(RD)"]);
    let blank = [
        ("departments.csv", "code,name,parent_code,is_ranking_unit,cost_centre,manager_number\nRD,R and D,,,,\n"),
        ("employees.csv", "employee_number,name,email,left_on\nE1,Anne,,\n"),
        ("lecturer_groups.csv", "code,name,description\nPK,Knowledge,\n"),
    ];
    succeeded(&imported(&hris, &blank).await);
    assert_eq!(rows(&given, query).await, ["(\"R and D\",,f,,Anne,,2020-01-01,,)"]);
    assert_eq!(rows(&given, "SELECT code FROM departments WHERE manager_id IS NOT NULL").await, [""; 0]);
    // The day of hiring that the file does not say still stands.
    let early = [("employees.csv", "employee_number,name,left_on\nE1,Anne,2019-01-01\n")];
    assert_eq!(faults(&imported(&hris, &early).await), [(2, "left_on", "ends_before_start")]);
}

#[tokio::test]
async fn texts_are_checked_and_stored_as_those_of_requests_are() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let hris = server.client(&[Role::Hris]).await;
    let unclean = "employee_number,name\nE1,An\u{202e}n\nE\u{feff}2,Bob\n";
    let refused = imported(&hris, &[("employees.csv", unclean)]).await;
    assert_eq!(faults(&refused), [(2, "name", "bad_character"), (3, "employee_number", "bad_character")]);
    assert_eq!(rows(&given, "SELECT name FROM employees").await, [""; 0]);
    let composed = "employee_number,name,external:sap:pernr\nE1,\u{3000}Rene\u{301}\u{a0},E\u{301}1\n";
    succeeded(&imported(&hris, &[("employees.csv", composed)]).await);
    assert_eq!(rows(&given, "SELECT name FROM employees").await, ["(Ren\u{e9})"]);
    assert_eq!(rows(&given, "SELECT value FROM employee_external_ids").await, ["(\u{c9}1)"]);
}

#[tokio::test]
async fn twins_of_one_job_store_it_once() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let group = given.group("PK").await;
    given.programme("P", group).await;
    let (employees, sessions) = ("employee_number,name\nE1,Ann\n", SESSIONS);
    let files = [("employees.csv", employees), ("sessions.csv", sessions)];
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    let order = Order::new(files, "Asia/Shanghai".parse().unwrap());
    let id = Some(server.state.ids.next());
    let run = || import(&server.state, server.tenant, Actor::system(), Circumstances::default(), order.clone(), id);
    let (one, other) = tokio::join!(run(), run());
    let stored = json!({"employees": 1, "sessions": 1});
    for outcome in [one.unwrap(), other.unwrap(), run().await.unwrap()] {
        assert_eq!(json!(outcome)["stored"], stored);
    }
    // An earlier release kept the counts alone.
    let earlier =
        "UPDATE idempotency_keys SET response_body = '{\"employees\": 1, \"sessions\": 1}' WHERE key LIKE 'import-%'";
    assert_eq!(given.sql.execute(earlier, &[]).await.unwrap(), 1);
    assert_eq!(json!(run().await.unwrap())["stored"], stored);
    assert_eq!(rows(&given, "SELECT title FROM sessions").await, ["(Talk)"]);
    assert_eq!(rows(&given, "SELECT command FROM audit_entries").await, ["(create_import)"]);
}

pub const SESSIONS: &str = "session_code,programme_code,title,kind,mode,state,scheduled_start,scheduled_minutes,delivered_start,\
    delivered_minutes,lecturers\nS1,P,Talk,assigned,online,delivered,2026-02-05 14:00,45,2026-02-05 14:00,45,E1\n";

#[tokio::test]
async fn a_leaver_who_is_exported_again_leaves_the_department_and_the_appointment() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let hris = server.client(&[Role::Hris]).await;
    let lecturers = "employee_number,appointed_on,ended_on,level,group_codes\nE1,2025-01-01,,L1,PK\n";
    let files = [
        ("departments.csv", "code,name\nRD,Research\nHR,People\n"),
        ("employees.csv", "employee_number,name,hired_on,left_on,department_code\nE1,Ann,2020-01-01,,RD\n"),
        ("lecturer_groups.csv", "code,name\nPK,Knowledge\n"),
        ("lecturers.csv", lecturers),
    ];
    succeeded(&imported(&hris, &files).await);
    succeeded(&imported(&hris, &files).await);
    let memberships = "SELECT d.code, m.valid_from, m.valid_to FROM department_memberships m
                         JOIN departments d ON d.id = m.department_id ORDER BY m.valid_from";
    assert_eq!(rows(&given, memberships).await, ["(RD,2020-01-01,)"], "the same again is nothing new");
    let moved = "employee_number,name,department_code,department_since\nE1,Ann,HR,2024-05-01\n";
    succeeded(&imported(&hris, &[("employees.csv", moved)]).await);
    let left = "employee_number,name,hired_on,left_on,department_code\nE1,Ann,2020-01-01,2026-02-10,HR\n";
    let ended = "employee_number,appointed_on,ended_on,group_codes\nE1,2025-01-01,2026-02-10,PK\n";
    succeeded(&imported(&hris, &[("employees.csv", left), ("lecturers.csv", ended)]).await);
    assert_eq!(rows(&given, memberships).await, ["(RD,2020-01-01,2024-05-01)", "(HR,2024-05-01,2026-02-11)"]);
    let lecturing = "SELECT l.ended_on, v.level, v.valid_to AS level_to, g.valid_to AS group_to
                       FROM lecturers l, lecturer_levels v, lecturer_group_memberships g";
    // The level is kept as it is: it would stand again if the days came back.
    assert_eq!(rows(&given, lecturing).await, ["(2026-02-11,L1,,2026-02-11)"]);
}

#[tokio::test]
async fn what_contradicts_the_company_is_named_and_nothing_is_stored() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let hris = server.client(&[Role::Hris]).await;
    let files = [
        ("departments.csv", "code,name,parent_code\nA,One,\nB,Two,A\n"),
        (
            "employees.csv",
            "employee_number,name,hired_on,department_code,feishu_open_id\nE1,Ann,2020-01-01,A,ou_1\nE2,Bob,,,\n",
        ),
        ("lecturer_groups.csv", "code,name\nPK,Knowledge\n"),
        ("lecturers.csv", "employee_number,appointed_on,group_codes\nE1,2025-01-01,PK\n"),
    ];
    succeeded(&imported(&hris, &files).await);
    let taken = "employee_number,name,feishu_open_id\nE2,Robert,ou_1\n";
    assert_eq!(faults(&imported(&hris, &[("employees.csv", taken)]).await), [(2, "feishu_open_id", "taken")]);
    let elsewhere = "employee_number,name,department_code,department_since\nE1,Ann,B,2020-01-01\n";
    let job = imported(&hris, &[("employees.csv", elsewhere)]).await;
    assert_eq!(faults(&job), [(2, "department_since", "overlaps_stored")]);
    let appointed = "employee_number,appointed_on,group_codes\nE1,2025-06-01,PK\n";
    let job = imported(&hris, &[("lecturers.csv", appointed)]).await;
    assert_eq!(faults(&job), [(2, "appointed_on", "overlaps_stored")]);
    let cycle = "code,name,parent_code\nA,Eins,B\n";
    assert_eq!(faults(&imported(&hris, &[("departments.csv", cycle)]).await), [(2, "parent_code", "cycle")]);
    assert_eq!(rows(&given, "SELECT name FROM employees ORDER BY employee_number").await, ["(Ann)", "(Bob)"]);
    assert_eq!(rows(&given, "SELECT name FROM departments ORDER BY code").await, ["(One)", "(Two)"]);
    // Where faulty rows are skipped, the sound ones beside them are stored.
    let both = "employee_number,name,feishu_open_id\nE2,Robert,ou_1\nE3,Cid,ou_3\n";
    let mut skipping = order(&[("employees.csv", both)]);
    skipping["skip_faulty"] = json!(true);
    let job = hris.ended(&hris.post("/v1/imports", skipping).await).await;
    assert_eq!(
        (&job["result"]["stored"], &job["result"]["fault_count"]),
        (&json!({"employees": 1}), &json!(1)),
        "{job}"
    );
    assert_eq!(rows(&given, "SELECT name FROM employees ORDER BY employee_number").await, ["(Ann)", "(Bob)", "(Cid)"]);
}

#[tokio::test]
async fn a_submission_publishes_and_a_rating_has_its_programmes_scale() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let group = given.group("PK").await;
    let programme = given.programme("P", group).await;
    let rule = json!({
        "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 2}}],
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "fail", "at_least": 0}], "feedback": {"form": {"scale": 5, "items": []}}
    });
    given.published("scoring_rules", programme, 1, "2026-01", &rule).await;
    let hris = server.client(&[Role::Hris]).await;
    let submissions = "session_code,submitted_at\nS1,2026-02-04 10:00\nS1,2026-02-03 10:00\n";
    let files = |ratings| {
        [
            ("employees.csv", "employee_number,name\nE1,Ann\nE2,Bob\n"),
            ("sessions.csv", SESSIONS),
            ("submissions.csv", submissions),
            ("ratings.csv", ratings),
        ]
    };
    let above = files("session_code,employee_number,rating,received_at\nS1,E2,6,2026-02-05 15:00\n");
    assert_eq!(faults(&imported(&hris, &above).await), [(2, "rating", "above_scale")]);
    let sound = files("session_code,employee_number,rating,received_at\nS1,E2,5,2026-02-05 15:00\n");
    succeeded(&imported(&hris, &sound).await);
    assert_eq!(rows(&given, "SELECT rating, scale FROM feedback").await, ["(5,5)"]);
    let published = "SELECT title, published_at AT TIME ZONE 'UTC' AS at FROM contents";
    assert_eq!(rows(&given, published).await, ["(Talk,\"2026-02-03 02:00:00\")"]);
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_made_changed_and_left_alone_and_names_new_people() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let hris = server.client(&[Role::Hris]).await;
    let departments = "code,name\nHQ,Head office\nRD,Research\n";
    let employees = "employee_number,name,department_code,hired_on\nE1,Ann,RD,2020-01-01\nE2,Bob,RD,2020-01-01\n";
    succeeded(&imported(&hris, &[("departments.csv", departments), ("employees.csv", employees)]).await);
    let departments = "code,name\nHQ,Head office\nRD,Research and development\n";
    let employees = "employee_number,name,department_code,hired_on\nE1,Ann,RD,2020-01-01\nE2,Bob,HQ,2020-01-01\n\
                     E3,王芳,HQ,2026-03-01 00:00:00\n";
    let mut dry = order(&[
        ("departments.csv", departments),
        ("employees.csv", &employees.replace("E2,Bob,HQ,2020-01-01", "E2,Robert,RD,2020-01-01")),
        ("absences.csv", "employee_number,starts_on,ends_on\nE1,2026-03-02,2026-03-03\n"),
    ]);
    dry["dry_run"] = json!(true);
    let before = rows(&given, "SELECT * FROM employees, departments ORDER BY 1, 2").await;
    let accepted = hris.post("/v1/imports", dry).await;
    let job = hris.ended(&accepted).await;
    let effect =
        |made: u32, changed: u32, left_alone: u32| json!({"made": made, "changed": changed, "left_alone": left_alone});
    let expected = json!({"departments": effect(0, 1, 1), "employees": effect(1, 1, 1), "absences": effect(1, 0, 0)});
    assert_eq!(job["result"]["effects"], expected, "{job}");
    assert_eq!(job["result"]["new_people"], json!([{"employee_number": "E3", "name": "王芳"}]));
    assert_eq!((&job["result"]["stored"], &job["result"]["dry_run"]), (&json!({}), &json!(true)));
    assert_eq!(rows(&given, "SELECT * FROM employees, departments ORDER BY 1, 2").await, before, "nothing is stored");
    let path = format!("/v1/jobs/{}", accepted.id());
    let seen = server.client(&[Role::Payroll]).await.get(&path).await.expect(200);
    assert_eq!(seen["result"]["effects"], expected);
    assert!(seen["result"].get("new_people").is_none() && seen["result"].get("faults").is_none(), "{seen}");
}

#[tokio::test]
async fn columns_without_a_name_are_taken_if_they_are_empty() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    succeeded(&imported(&hris, &[("lecturer_groups.csv", "code,name,,\nPK,Knowledge,,\nCC,Care,,,,\n")]).await);
    let refused = imported(&hris, &[("lecturer_groups.csv", "code,name,\nPK,Knowledge,new\n")]).await;
    assert_eq!(faults(&refused), [(2, "", "nameless_column")]);
}
