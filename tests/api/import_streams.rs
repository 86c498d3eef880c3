//! Large imports, at the size of tests: what many rows have in common is told once, all rows or none are stored wherever the pieces
//! end, and everybody sees how far an import has come.

use lectern::auth::{Actor, Role};
use lectern::error::Result;
use lectern::imports::{Order, Outcome, import};
use lectern::journal::Circumstances;
use serde_json::{Value, json};

use crate::imports::{self, SESSIONS, order, succeeded};
use crate::support::{Given, MOMENT, TestServer, literal, until};

const RATINGS: &str = "session_code,employee_number,rating,received_at\n";

/// A programme, and the people whom the files name: E1 lectures.
async fn scene(server: &TestServer) -> Given<'_> {
    let given = server.given().await;
    let group = given.group("PK").await;
    given.programme("P", group).await;
    for number in ["E1", "E2", "E3", "E4", "E5", "E6"] {
        given.employee(number).await;
    }
    given
}

fn ratings(people: &[&str]) -> String {
    let rows: String = people.iter().map(|number| format!("S1,{number},7,2026-02-05 15:00\n")).collect();
    format!("{RATINGS}{rows}")
}

fn attendance(people: &[&str]) -> String {
    let rows: String = people.iter().map(|number| format!("S1,{number},present\n")).collect();
    format!("session_code,employee_number,state\n{rows}")
}

fn files<'a>(attendance: &'a str, ratings: &'a str) -> [(&'a str, &'a str); 3] {
    [("sessions.csv", SESSIONS), ("attendance.csv", attendance), ("ratings.csv", ratings)]
}

fn small(files: &[(&str, &str)]) -> Order {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    Order::new(files, "Asia/Shanghai".parse().unwrap())
}

/// Imports the files with so many rows in a piece.
async fn imported(server: &TestServer, files: &[(&str, &str)], rows_at_once: usize) -> Result<Outcome> {
    ordered(server, Order { rows_at_once, ..small(files) }).await
}

async fn ordered(server: &TestServer, order: Order) -> Result<Outcome> {
    import(&server.state, server.tenant, Actor::system(), Circumstances::default(), order, None).await
}

async fn count(given: &Given<'_>, table: &str) -> i64 {
    given.sql.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0)
}

/// Column, code, count and lines of each fault.
fn told(faults: &Value) -> Vec<(&str, &str, u64, Vec<u64>)> {
    let line = |line: &Value| line.as_u64().unwrap();
    let of = |fault: &'_ Value| -> (u64, Vec<u64>) {
        (line(&fault["count"]), fault["lines"].as_array().unwrap().iter().map(line).collect())
    };
    let faults = faults.as_array().unwrap().iter();
    faults
        .map(|fault| {
            let (count, lines) = of(fault);
            (fault["column"].as_str().unwrap(), fault["code"].as_str().unwrap(), count, lines)
        })
        .collect()
}

#[tokio::test]
async fn a_fault_of_ten_thousand_rows_is_told_once_with_its_count_and_first_lines() {
    let server = TestServer::start().await;
    scene(&server).await;
    let hris = server.client(&[Role::Hris]).await;
    let wrong: String = (0..10_000).map(|n| format!("S1,X{n},7,5 Feb {n}\n")).collect();
    let nobody = "S1,E9,7,2026-02-05 15:00\n".repeat(3);
    let ratings = format!("{RATINGS}S1,E2,99,2026-02-05 15:00\n{wrong}");
    let files = [("sessions.csv", SESSIONS), ("ratings.csv", &ratings)];
    let job = hris.ended(&hris.post("/v1/imports", order(&files)).await).await;
    assert_eq!(job["problem"]["code"], "import_refused", "{job}");
    let first = vec![3, 4, 5, 6, 7];
    let expected = [
        ("rating", "above_scale", 1, vec![2]),
        ("employee_number", "unknown_reference", 10_000, first.clone()),
        ("received_at", "bad_date_time", 10_000, first),
    ];
    assert_eq!(told(&job["problem"]["faults"]), expected);
    let detail = "The files have 20001 faults; nothing was imported. What many rows have in common is listed once, with its count and \
                  its first lines.";
    assert_eq!(job["problem"]["detail"], detail);
    // A few different values are told apart.
    let ratings = format!("{RATINGS}S1,E7,7,2026-02-05 15:00\n{nobody}S1,E8,7,2026-02-05 15:00\n");
    let files = [("sessions.csv", SESSIONS), ("ratings.csv", &ratings)];
    let job = hris.ended(&hris.post("/v1/imports", order(&files)).await).await;
    let unknown = |count, lines| ("employee_number", "unknown_reference", count, lines);
    let expected = [unknown(1, vec![2]), unknown(3, vec![3, 4, 5]), unknown(1, vec![6])];
    assert_eq!(told(&job["problem"]["faults"]), expected);
}

#[tokio::test]
async fn a_fault_in_the_last_piece_stores_nothing_of_the_others() {
    let server = TestServer::start().await;
    let given = scene(&server).await;
    let people = ["E2", "E3", "E4", "E5", "E6"];
    let (attended, sound) = (attendance(&people), ratings(&people));
    let stored = async || {
        let mut counts = Vec::new();
        for table in ["sessions", "attendance_records", "feedback"] {
            counts.push(count(&given, table).await);
        }
        counts
    };
    // The last row is faulty, or the database refuses it.
    let faulty = sound.replace("S1,E6,7", "S1,E6,77");
    assert!(imported(&server, &files(&attended, &faulty), 2).await.is_err());
    assert_eq!(stored().await, [0, 0, 0]);
    let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
                  CREATE TRIGGER refuse BEFORE INSERT ON feedback FOR EACH ROW WHEN (NEW.rating = 8) EXECUTE FUNCTION refuse()";
    given.sql.batch_execute(refuse).await.unwrap();
    let refused = sound.replace("S1,E6,7", "S1,E6,8");
    assert!(imported(&server, &files(&attended, &refused), 2).await.is_err());
    assert_eq!(stored().await, [0, 0, 0]);
    let outcome = imported(&server, &files(&attended, &sound), 2).await.unwrap();
    assert_eq!(json!(outcome)["stored"], json!({"sessions": 1, "attendance": 5, "ratings": 5}));
    assert_eq!(stored().await, [1, 5, 5]);
}

#[tokio::test]
async fn a_second_row_is_found_however_far_from_the_first() {
    let server = TestServer::start().await;
    let given = scene(&server).await;
    let people = ["E2", "E3", "E4", "E5", "E6", "E2", "E3"];
    let refused = imported(&server, &files(&attendance(&people), &ratings(&people)), 2).await.unwrap_err();
    let second = |code| [("employee_number", code, 1, vec![7]), ("employee_number", code, 1, vec![8])];
    let expected = [second("duplicate_key"), second("second_rating")].concat();
    assert_eq!(told(&refused.members["faults"]), expected);
    assert_eq!(count(&given, "sessions").await, 0);
}

/// Keys that are too many for memory are noted elsewhere: nothing else changes.
#[tokio::test]
async fn a_second_row_is_found_among_more_rows_than_are_held_in_memory() {
    let server = TestServer::start().await;
    let given = scene(&server).await;
    let people = ["E2", "E3", "E2", "E4", "E2", "E5", "E3"];
    let (attended, rated) = (attendance(&people[3..6]), ratings(&people));
    let files = files(&attended, &rated);
    let second = |first, line| (first, vec![line]);
    // The first of them is found while the keys are in memory, the others when all are noted.
    for keys_in_memory in [2, 3, 1000] {
        let order = Order { keys_in_memory, ..small(&files) };
        let refused = ordered(&server, order.clone()).await.unwrap_err();
        let mut found: Vec<(u64, Vec<u64>)> = Vec::new();
        for fault in refused.members["faults"].as_array().unwrap() {
            assert_eq!((&fault["code"], &fault["column"]), (&json!("second_rating"), &json!("employee_number")));
            let detail = fault["detail"].as_str().unwrap();
            let first: u64 = detail.split(' ').nth(1).unwrap().parse().unwrap();
            found.extend(fault["lines"].as_array().unwrap().iter().map(|line| (first, vec![line.as_u64().unwrap()])));
        }
        found.sort();
        assert_eq!(found, [second(2, 4), second(2, 6), second(3, 8)], "{keys_in_memory}");
        assert_eq!(count(&given, "sessions").await, 0);
    }
    let order = Order { keys_in_memory: 2, skip_faulty: true, ..small(&files) };
    let outcome = ordered(&server, order).await.unwrap();
    assert_eq!(
        (outcome.fault_count, json!(outcome.stored)),
        (3, json!({"sessions": 1, "attendance": 3, "ratings": 4}))
    );
    assert_eq!(count(&given, "feedback").await, 4);
}

#[tokio::test]
async fn a_second_reference_is_found_among_more_than_are_held_in_memory() {
    let server = TestServer::start().await;
    let given = scene(&server).await;
    let contents = "content_code,programme_code,session_code,title,published_at\nC1,P,S1,Talk,2026-02-05 14:00\n";
    let rows: String = ["R1", "R2", "R1", "R3", "R2"]
        .iter()
        .map(|reference| format!("C1,E2,download,2026-02-06 10:00,{reference}\n"))
        .collect();
    let reuse = format!("content_code,employee_number,kind,occurred_at,source_ref\n{rows}");
    let files = [("sessions.csv", SESSIONS), ("contents.csv", contents), ("reuse.csv", &reuse)];
    let order = Order { keys_in_memory: 2, ..small(&files) };
    let refused = ordered(&server, order.clone()).await.unwrap_err();
    let second = |line| ("source_ref", "duplicate_key", 1, vec![line]);
    assert_eq!(told(&refused.members["faults"]), [second(4), second(6)]);
    let outcome = ordered(&server, Order { skip_faulty: true, ..order }).await.unwrap();
    assert_eq!((outcome.stored["reuse"], count(&given, "reuse_events").await), (3, 3));
}

#[tokio::test]
async fn an_import_tells_how_far_it_has_come_while_it_runs() {
    let server = TestServer::start().await;
    let given = scene(&server).await;
    // Its ratings cannot be stored as long as somebody else holds the table.
    let holder = server.database.owner().await;
    holder.batch_execute("BEGIN; LOCK TABLE feedback IN SHARE MODE").await.unwrap();
    let hris = server.client(&[Role::Hris]).await;
    let people = ["E2", "E3", "E4"];
    let order = order(&files(&attendance(&people), &ratings(&people)));
    let ordered = hris.post("/v1/imports", order).await;
    let path = ordered.header("location").to_owned();
    // Seven rows were checked, and four of them stored.
    until("the progress of the import", MOMENT, async || {
        let job = hris.get(&path).await.expect(200);
        let told = (&job["state"], &job["progress"]);
        if told == (&json!("running"), &json!({"done": 11, "total": 14})) { Ok(()) } else { Err(job.to_string()) }
    })
    .await;
    assert_eq!(count(&given, "sessions").await, 0, "nobody sees what is not stored as a whole");
    holder.batch_execute("ROLLBACK").await.unwrap();
    let job = hris.ended(&ordered).await;
    assert_eq!((&job["state"], &job["progress"]), (&json!("succeeded"), &json!({"done": 14, "total": 14})), "{job}");
    assert_eq!(count(&given, "feedback").await, 3);
}

/// The number of parts of files that are stored.
async fn parts(given: &Given<'_>) -> i64 {
    count(given, "upload_parts").await
}

#[tokio::test]
async fn files_are_stored_in_parts_while_they_arrive_and_deleted_with_the_job() {
    let mut server = TestServer::start().await;
    let worker = server.take_worker();
    worker.stop().await;
    let given = server.given().await;
    let hris = server.client(&[Role::Hris]).await;
    // Longer than two parts.
    let blank = format!("{}\n", " ".repeat(60)).repeat(40_000);
    let employees = format!("employee_number,name\nE1,王芳\n{blank}E2,𠮷田\n");
    let groups = "code,name\nPK,专业知识\n";
    let files = [("employees.csv", employees.as_str()), ("lecturer_groups.csv", groups)];
    let ordered = hris.post_keyed("/v1/imports", "large", order(&files)).await;
    assert_eq!(parts(&given).await, 4, "three of the large file and one of the other");
    let request: String = given.sql.query_one("SELECT request::text FROM jobs", &[]).await.unwrap().get(0);
    assert!(request.len() < 1000, "{request}");
    let again = hris.post_keyed("/v1/imports", "large", order(&files)).await;
    assert_eq!((again.header("idempotent-replayed"), parts(&given).await), ("true", 4), "the second copy is not kept");
    let worker = server.another_worker().await;
    let job = hris.ended(&ordered).await;
    assert_eq!(job["result"]["stored"], json!({"employees": 2, "lecturer_groups": 1}), "{job}");
    let names =
        "SELECT string_agg(name, ',' ORDER BY employee_number) FROM employees WHERE employee_number IN ('E1', 'E2')";
    let names: String = given.sql.query_one(names, &[]).await.unwrap().get(0);
    assert_eq!((names.as_str(), parts(&given).await), ("王芳,𠮷田", 0));
    worker.stop().await;
}

#[tokio::test]
async fn a_request_that_comes_to_nothing_leaves_no_part() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let hris = server.client(&[Role::Hris]).await;
    let mut wrong = order(&[("employees.csv", "employee_number,name\nE1,Ann\n"), ("lecturer_groups.csv", "")]);
    wrong["time_zone"] = json!("Mars/Olympus");
    let refused = hris.post("/v1/imports", wrong).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(refused.faults(), [("/files/1/content", "empty"), ("/time_zone", "bad_format")]);
    let texts =
        ["{\"files\": [{\"content\": \"a\\u0000b\"", "{\"files\": [{\"content\": \"a\\x\"}]}", "{\"content\": \"a"];
    for text in texts {
        let request = hris.request(reqwest::Method::POST, "/v1/imports").header("content-type", "application/json");
        assert_eq!(hris.send(request.body(text)).await.problem(400), "malformed_json", "{text}");
    }
    let nul = order(&[("employees.csv", "employee_number,name\nE1,A\0nn\n")]);
    assert_eq!(hris.post("/v1/imports", nul).await.faults(), [("/files/0/content", "nul_character")]);
    assert_eq!(parts(&given).await, 0);
}

/// Whoever may not give roles cannot hide the column that does.
#[tokio::test]
async fn a_column_of_roles_is_found_however_late_the_header_comes() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let hris = server.client(&[Role::Hris]).await;
    let late = format!("{}工号,姓名,系统角色\nE1,Ann,hris\n", "\n".repeat(1_100_000));
    let refused = hris.post("/v1/imports", order(&[("员工.csv", &late)])).await;
    assert_eq!(refused.problem(403), "forbidden");
    assert_eq!((count(&given, "jobs").await, parts(&given).await), (0, 0));
}

/// What the service could not delete because it was gone itself.
#[tokio::test]
async fn parts_that_no_job_needs_are_swept_away() {
    let mut server = TestServer::start().await;
    server.take_worker().stop().await;
    let given = server.given().await;
    let hris = server.client(&[Role::Hris]).await;
    hris.post("/v1/imports", order(&[("employees.csv", "employee_number,name\nE1,Ann\n")])).await.expect(202);
    let part = |age: &str| {
        let created_at = format!("{}::timestamptz - interval '{age}'", literal(&server.clock.now().to_rfc3339()));
        let job = literal(&server.state.ids.next().to_string());
        [
            ("job_id", job),
            ("file", "0".to_owned()),
            ("part", "0".to_owned()),
            ("content", "'a'".to_owned()),
            ("created_at", created_at),
        ]
    };
    given.row("upload_parts", &part("3 hours")).await;
    given.row("upload_parts", &part("1 minute")).await;
    // A waiting job needs its parts, however old they are.
    let old =
        "UPDATE upload_parts p SET created_at = p.created_at - interval '1 day' FROM jobs j WHERE j.id = p.job_id";
    assert_eq!(given.sql.execute(old, &[]).await.unwrap(), 1);
    let hold = given.sql.execute("UPDATE jobs SET run_after = run_after + interval '1 day'", &[]).await.unwrap();
    assert_eq!((hold, parts(&given).await), (1, 3));
    let worker = server.another_worker().await;
    until("the sweep", MOMENT, async || match parts(&given).await {
        2 => Ok(()),
        left => Err(left.to_string()),
    })
    .await;
    worker.stop().await;
    assert_eq!(parts(&given).await, 2, "that of the job, and that of a request that may go on");
}

/// What the planner was told of tables that were empty then, it does not believe for the length of an import.
#[tokio::test]
async fn a_table_that_an_import_fills_is_not_read_as_a_whole_for_each_row() {
    let server = TestServer::start().await;
    let given = scene(&server).await;
    given.sql.batch_execute("ANALYZE attendance_records, feedback, sessions, employees").await.unwrap();
    let people: Vec<String> = (0..3_000).map(|n| format!("L{n}")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let rows: String = people.iter().map(|number| format!("{number},Learner\n")).collect();
    let employees = format!("employee_number,name\n{rows}");
    let (attended, rated) = (attendance(&people), ratings(&people));
    let [sessions, attended, rated] = files(&attended, &rated);
    let outcome = imported(&server, &[("employees.csv", &employees), sessions, attended, rated], 500).await.unwrap();
    assert_eq!(outcome.stored["ratings"], 3_000);
    let read = "SELECT n_tup_ins, seq_tup_read FROM pg_stat_user_tables WHERE relname = 'attendance_records'";
    let read = until("the counts of the rows", MOMENT, async || {
        let row = given.sql.query_one(read, &[]).await.unwrap();
        let (stored, read): (i64, i64) = (row.get(0), row.get(1));
        if stored == 3_000 { Ok(read) } else { Err(stored.to_string()) }
    })
    .await;
    assert!(read < 100_000, "{read} rows of attendance were read one after the other");
}

#[tokio::test]
async fn more_faulty_rows_than_can_be_named_are_not_skipped() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let nameless: String = (0..1001).map(|i| format!("E{i},\n")).collect();
    let employees = format!("employee_number,name\nA1,Ann\n{nameless}");
    let mut skipping = order(&[("employees.csv", &employees)]);
    skipping["skip_faulty"] = json!(true);
    let job = hris.ended(&hris.post("/v1/imports", skipping).await).await;
    assert_eq!((job["state"].as_str(), job["problem"]["code"].as_str()), (Some("failed"), Some("import_too_faulty")));
    let fault = &job["problem"]["faults"][0];
    assert_eq!((&fault["count"], fault["lines"].as_array().map(Vec::len)), (&json!(1001), Some(1000)));
    let sql = server.database.owner().await;
    assert_eq!(sql.query_one("SELECT count(*) FROM employees", &[]).await.unwrap().get::<_, i64>(0), 0);
}

/// After a large import the planner is not left with what it knew before, until somebody counts rows by chance.
#[tokio::test]
async fn a_large_import_tells_the_planner_of_its_rows() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let known = "SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND tablename = 'employees'";
    let known = async || given.sql.query_one(known, &[]).await.unwrap().get::<_, i64>(0);
    let client = server.client(&[Role::Hris]).await;
    succeeded(&imports::imported(&client, &[("employees.csv", "employee_number,name\nE-few,王芳\n")]).await);
    assert_eq!(known().await, 0, "a few rows are no reason to count all");
    let many: String = (0..2_000).map(|n| format!("E{n},讲师 {n}\n")).collect();
    succeeded(&imports::imported(&client, &[("employees.csv", &format!("employee_number,name\n{many}"))]).await);
    assert!(known().await > 0);
    let counted = "SELECT count(*) FROM pg_class WHERE relname IN ('sessions', 'feedback') AND reltuples >= 0";
    assert_eq!(given.sql.query_one(counted, &[]).await.unwrap().get::<_, i64>(0), 0, "not those that are empty");
    // By what the owner lends it, and not otherwise: a table of another's is skipped with a warning.
    let service = server.database.service().await;
    service
        .batch_execute("ANALYZE departments; SELECT refresh_statistics('{pg_authid, no_such_table}')")
        .await
        .unwrap();
    let departments = "SELECT reltuples::bigint FROM pg_class WHERE relname = 'departments'";
    assert_eq!(given.sql.query_one(departments, &[]).await.unwrap().get::<_, i64>(0), -1);
}
