//! Commands of `lectern` beside a database of the customer's own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::{TestDatabase, TestServer};

/// What `lectern` needs to know of a database that is not its private one.
fn environment(url: &str) -> [(&str, &str); 3] {
    let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    [("LECTERN_DATABASE_URL", url), ("LECTERN_MIGRATION_URL", url), ("LECTERN_SECRET_KEY", key)]
}

/// Runs `lectern` with a database that is not its private one.
pub fn lectern(url: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lectern")).args(arguments).env_clear().envs(environment(url)).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn only_serve_and_migrate_change_the_schema_of_somebodys_own_database() {
    let database = TestDatabase::empty().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("departments.csv"), "code,name\n").unwrap();
    let import = ["import", folder.path().to_str().unwrap(), "--tenant", "acme"];
    let owner = database.owner().await;
    for arguments in [&["token", "--tenant", "acme", "--employee", "1"][..], &import] {
        let output = lectern(&database.url, arguments);
        assert!(!output.status.success(), "{arguments:?}");
        let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
        assert_eq!(owner.query_one(tables, &[]).await.unwrap().get::<_, i64>(0), 0, "{arguments:?}");
    }
    let output = lectern(&database.url, &["migrate"]);
    assert!(output.status.success(), "{}", said(&output));
}

#[tokio::test]
async fn a_failed_command_says_why_in_its_own_words() {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("departments.csv"), "code,name\n,Nameless\n").unwrap();
    let import = ["import", folder.path().to_str().unwrap(), "--tenant", "demo"];
    let output = lectern(&server.database.url, &import);
    assert!(!output.status.success());
    assert!(
        !said(&output).contains("no cause given") && said(&output).contains("departments.csv"),
        "{}",
        said(&output)
    );
    let lockout = server.database.owner().await;
    lockout.batch_execute("BEGIN; LOCK TABLE tenants").await.unwrap();
    let output = lectern(&server.database.url, &["token", "--tenant", "demo", "--employee", "1"]);
    assert!(said(&output).contains("lock timeout"), "{}", said(&output));
}

#[test]
fn only_the_service_makes_a_private_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::write(folder.path().join("departments.csv"), "code,name\n").unwrap();
    for arguments in [
        &["token", "--tenant", "acme", "--employee", "1"][..],
        &["import", folder.path().to_str().unwrap(), "--tenant", "acme"],
        &["migrate"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lectern"));
        let output = command.args(arguments).env_clear().env("LECTERN_DATA_DIR", &data).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        for told in ["LECTERN_DATABASE_URL is not set", data.to_str().unwrap(), "`lectern serve` makes one"] {
            assert!(said(&output).contains(told), "{arguments:?}: {}", said(&output));
        }
        assert!(!data.exists(), "{arguments:?}");
    }
}

#[test]
fn the_private_server_is_removed_where_the_service_would_have_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("thesis.txt"), "mine").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lectern"));
    command.args(["postgres", "--remove"]).env_clear().current_dir(folder.path().parent().unwrap());
    let output = command.env("LECTERN_DATA_DIR", folder.path()).output().unwrap();
    assert!(!output.status.success());
    for told in [folder.path().to_str().unwrap(), "is not a data folder of Lectern"] {
        assert!(said(&output).contains(told), "{}", said(&output));
    }
    assert!(folder.path().join("thesis.txt").exists());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lectern"));
    command.arg("openapi").env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut first = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert_eq!(first, "{\n");
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", said(&output));
}

#[tokio::test]
async fn a_token_is_made_for_a_former_number_too() {
    let server = TestServer::start().await;
    let person = server.given().await.employee("OLD").await;
    let hris = server.client(&[lectern::auth::Role::Hris]).await;
    hris.patch(&format!("/v1/employees/{person}"), "*", serde_json::json!({"employee_number": "NEW"}))
        .await
        .expect(200);
    for (number, is_known) in [("NEW", true), ("OLD", true), ("NOBODY", false)] {
        let output = lectern(&server.database.url, &["token", "--tenant", "demo", "--employee", number]);
        assert_eq!(output.status.success(), is_known, "{number}: {}", said(&output));
        assert_eq!(said(&output).contains("there is no employee"), !is_known, "{number}: {}", said(&output));
    }
}

/// By the command line as over HTTP: a file changes no mark of an administrator, and the operator ends a lock-out.
#[tokio::test]
async fn a_mark_in_a_file_waits_and_a_lock_out_is_ended() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let person = given.employee("A-1").await;
    server.person(person, &[lectern::auth::Role::Admin]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = "employee_number,name,email\nA-1,Person A-1,other@example.com\n";
    std::fs::write(folder.path().join("employees.csv"), file).unwrap();
    let issuers = r#"[{"issuer": "https://login.example.com", "tenant": "demo", "audience": "lectern",
                       "algorithms": ["RS256"], "claim": "email", "employee_key": "email"}]"#;
    let mut import = Command::new(env!("CARGO_BIN_EXE_lectern"));
    import.args(["import", folder.path().to_str().unwrap(), "--tenant", "demo"]).env_clear();
    let output = import.envs(environment(&server.database.url)).env("LECTERN_OIDC_ISSUERS", issuers).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 change waits"), "{output:?}");
    let mail = "SELECT email FROM employees WHERE employee_number = 'A-1'";
    assert_eq!(given.sql.query_one(mail, &[]).await.unwrap().get::<_, Option<String>>(0), None);
    given.employee("E-7").await;
    for (number, told) in [("A-1", "A-1 is an administrator"), ("E-7", "E-7 is now an administrator")] {
        let output = lectern(&server.database.url, &["access", "recover", "--tenant", "demo", "--employee", number]);
        assert!(output.status.success(), "{}", said(&output));
        assert!(String::from_utf8_lossy(&output.stdout).contains(told), "{output:?}");
    }
    let stored: Option<String> = given.sql.query_one(mail, &[]).await.unwrap().get(0);
    assert_eq!(stored.as_deref(), Some("other@example.com"));
    let logged = "SELECT count(*) FROM audit_entries WHERE command = 'recover_access' AND actor_kind = 'system'";
    assert_eq!(given.sql.query_one(logged, &[]).await.unwrap().get::<_, i64>(0), 2);
    let output = lectern(&server.database.url, &["access", "recover", "--tenant", "demo", "--employee", "nobody"]);
    assert!(said(&output).contains("there is no employee"), "{}", said(&output));
}

#[tokio::test]
async fn every_mistake_of_the_environment_is_named_before_anything_is_started() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lectern"));
    command.arg("serve").env_clear().env("LECTERN_DATA_DIR", folder.path().join("data"));
    command.env("LECTERN_DATABASE_URL", OsStr::from_bytes(b"postgres://\xff@db/lectern"));
    command.env("LECTERN_OIDC_ISSUERS", "[{}]").env("LECTERN_LOG", "lectern=loud").env("LECTERN_BNID", "x");
    let output = command.output().unwrap();
    assert!(!output.status.success());
    for name in
        ["LECTERN_DATABASE_URL is not text", "LECTERN_OIDC_ISSUERS: ", "LECTERN_LOG must", "LECTERN_BNID is not"]
    {
        assert!(said(&output).contains(name), "{name}: {}", said(&output));
    }
    assert!(!folder.path().join("data").exists(), "no private server was begun");
}

#[tokio::test]
async fn a_second_interrupt_ends_what_the_first_one_let_go_on() {
    let server = TestServer::start().await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_lectern"));
    command.arg("serve").env_clear().envs(environment(&server.database.url)).env("LECTERN_BIND", "127.0.0.1:0");
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("serves at http://")).unwrap();
    let address = line.split("http://").nth(1).unwrap().split(' ').next().unwrap();
    // A request whose body does not come is waited for.
    let mut held = TcpStream::connect(address).unwrap();
    let form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\nexpect: 100-continue";
    held.write_all(format!("POST /oauth/token HTTP/1.1\r\nhost: x\r\n{form}\r\n\r\n").as_bytes()).unwrap();
    let mut asked_for = [0; 12];
    held.read_exact(&mut asked_for).unwrap();
    assert_eq!(&asked_for, b"HTTP/1.1 100", "the request is under way");
    let started = Instant::now();
    let pid = nix::unistd::Pid::from_raw(process.id().cast_signed());
    let interrupt = || nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    interrupt();
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(log.any(|line| line.contains("stopping: ")));
    interrupt();
    assert!(log.any(|line| line.contains("stopping at once")));
    assert!(process.wait().unwrap().success());
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[tokio::test]
async fn files_as_a_chinese_spreadsheet_saves_them_are_imported_in_the_company_s_zone() {
    let server = TestServer::start().await;
    let owner = server.database.owner().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let import = ["import", folder.path().to_str().unwrap(), "--tenant", "demo"];
    let run = |more: &[&str]| lectern(&server.database.url, &[&import, more].concat());
    let printed = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    // 王芳 in GB18030.
    file("employees.csv", b"employee_number,name\nE-77,\xcd\xf5\xb7\xbc\n");
    let dry = run(&["--dry-run"]);
    assert!(dry.status.success(), "{}", said(&dry));
    assert!(printed(&dry).contains("1 to make") && printed(&dry).contains("new: E-77 王芳"), "{}", printed(&dry));
    let chinese = printed(&run(&["--dry-run", "--language", "zh-CN"]));
    assert!(chinese.starts_with("员工 ") && chinese.contains("新增 1，更改 0，不变 0"), "{chinese}");
    assert!(chinese.contains("新人员：E-77 王芳"), "{chinese}");
    let known = "SELECT count(*) FROM employees WHERE employee_number = 'E-77' AND name = '王芳'";
    assert_eq!(owner.query_one(known, &[]).await.unwrap().get::<_, i64>(0), 0);
    assert!(run(&[]).status.success());
    assert_eq!(owner.query_one(known, &[]).await.unwrap().get::<_, i64>(0), 1);
    let again = printed(&run(&["--dry-run"]));
    assert!(again.contains("1 left alone") && !again.contains("new:"), "{again}");
    // Another encoding is one fault, whatever it makes of the rows.
    file("employees.csv", b"employee_number,name\nE-78,Ren\xe9\nE-79,Ren\xe9\n");
    let refused = run(&[]);
    assert!(!refused.status.success());
    assert_eq!(said(&refused).matches("GB18030").count(), 1, "{}", said(&refused));
    let chinese = run(&["--language", "zh-CN"]);
    assert!(said(&chinese).contains("既不是 UTF-8 也不是 GB18030 编码"), "{}", said(&chinese));
    assert!(said(&chinese).contains("文件中有一处错误，未导入任何内容。"), "{}", said(&chinese));
    assert!(said(&refused).contains("employees.csv:2:"), "{}", said(&refused));
    // A time that the clocks of the company skip.
    std::fs::remove_file(folder.path().join("employees.csv")).unwrap();
    owner.execute("UPDATE tenants SET time_zone = 'Europe/Berlin' WHERE code = 'demo'", &[]).await.unwrap();
    file(
        "sessions.csv",
        b"session_code,programme_code,title,kind,mode,state,scheduled_start,scheduled_minutes,lecturers\n\
          S1,P,T,assigned,on_site,planned,2026-03-29 02:30,45,E-77\n",
    );
    let refused = run(&["--dry-run"]);
    assert!(said(&refused).contains("Europe/Berlin"), "{}", said(&refused));
}

#[test]
fn the_columns_of_last_days_say_which_day_they_mean() {
    let output = Command::new(env!("CARGO_BIN_EXE_lectern")).arg("columns").env_clear().output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for name in ["离职日期", "结束日期"] {
        let columns: Vec<&str> = text.split("; ").filter(|column| column.contains(name)).collect();
        assert!(!columns.is_empty() && columns.iter().all(|column| column.contains("最后一天，含当天")), "{columns:?}");
    }
}

/// Nobody without a token fills the log.
#[tokio::test]
async fn what_is_not_http_leaves_no_line_in_the_log() {
    let server = TestServer::start().await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_lectern"));
    command.arg("serve").env_clear().envs(environment(&server.database.url)).env("LECTERN_BIND", "127.0.0.1:0");
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("serves at http://")).unwrap();
    let address = line.split("http://").nth(1).unwrap().split(' ').next().unwrap();
    for junk in
        [&b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"[..], b"GET nowhere\r\n\r\n", b"GET / HTTP/1.1\r\nno header\r\n\r\n"]
    {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(junk).unwrap();
        let mut answer = Vec::new();
        // The service may answer 400 or just close.
        drop(stream.read_to_end(&mut answer));
    }
    let pid = nix::unistd::Pid::from_raw(process.id().cast_signed());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let mut log = String::new();
    process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(process.wait().unwrap().success(), "{log}");
    assert!(log.contains("stopping: ") && !log.contains("ERROR") && !log.contains("actix_http"), "{log}");
}
