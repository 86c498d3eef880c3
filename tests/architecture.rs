//! The order of the modules, as data: each uses only those before it; and each table is written by its owner alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "support/request_texts.rs"]
mod request_texts;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The modules in their order of dependence. Those that share a line may not use each other.
const ORDER: &[&[&str]] = &[
    &["kernel", "schema", "embedded"],
    &["error"],
    &["db", "keys"],
    &["config"],
    &["state"],
    &["http"],
    &["auth"],
    &["journal"],
    &["sign_in"],
    &["call"],
    &["jobs"],
    &["names"],
    &["people"],
    &["access", "audit", "calendar", "versioned"],
    &["programmes"],
    &["mentoring"],
    &["sessions"],
    &["content"],
    &["feedback"],
    &["appeals"],
    &["scoring"],
    &["rewards"],
    &["payroll"],
    &["growth"],
    &["opportunities"],
    &["closing"],
    &["merging"],
    &["imports"],
    &["demo"],
    &["app"],
    &["start"],
    &["cli"],
];

/// Who writes which tables. Reads may join any.
const OWNERS: &[(&str, &[&str])] = &[
    ("journal", &["audit_entries", "outbox_events", "idempotency_keys", "live_marks"]),
    ("start", &["signing_keys"]),
    ("jobs", &["jobs", "upload_parts", "waiting_jobs"]),
    ("rewards", &["reward_entries", "reward_entry_events", "certificates", "credential_keys", "budget_raises"]),
    (
        "payroll",
        &[
            "pay_items",
            "pay_groups",
            "pay_group_members",
            "payroll_batches",
            "payroll_claims",
            "payroll_exclusions",
            "payroll_layouts",
            "payroll_lines",
            "payroll_acknowledgements",
            "payroll_acknowledgement_lines",
        ],
    ),
    (
        "closing",
        &[
            "snapshots",
            "snapshot_lecturers",
            "snapshot_standings",
            "restatements",
            "restatement_lines",
            "restatement_proposals",
            "hr_tasks",
            "what_ifs",
            "what_if_periods",
            "what_if_lecturers",
            "advice_findings",
            "advice_settings",
            "provisional_periods",
            "provisional_rewards",
        ],
    ),
    (
        "feedback",
        &[
            "feedback",
            "feedback_batches",
            "feedback_batch_lecturers",
            "feedback_extensions",
            "feedback_papers",
            "anonymous_participants",
            "anonymous_counts",
            "anonymous_texts",
        ],
    ),
    ("scoring", &["external_metric_values", "live_periods", "live_results", "live_score_counts", "live_turns"]),
    ("names", &["display_names"]),
    ("calendar", &["calendar_days"]),
    (
        "programmes",
        &["programmes", "programme_groups", "programme_privileges", "scoring_rules", "reward_policy_sets", "periods"],
    ),
    ("mentoring", &["mentor_offers", "mentorships", "mentorship_notes"]),
    ("appeals", &["appeals", "appeal_events"]),
    (
        "growth",
        &[
            "promotion_policies",
            "promotion_applications",
            "promotion_waivers",
            "titles",
            "improvement_notices",
            "opportunity_precedences",
        ],
    ),
    ("opportunities", &["training_opportunities", "opportunity_applications"]),
    (
        "people",
        &[
            "departments",
            "employees",
            "earlier_employments",
            "employee_external_ids",
            "former_employee_numbers",
            "former_external_ids",
            "former_mail_addresses",
            "department_memberships",
            "lecturers",
            "lecturer_levels",
            "lecturer_renewals",
            "lecturer_groups",
            "lecturer_group_memberships",
            "lecturer_group_organisers",
            "absences",
            "competence_certificates",
        ],
    ),
    ("sign_in", &["sign_in_bindings", "access_changes"]),
    ("access", &["api_clients", "role_grants"]),
    (
        "sessions",
        &["sessions", "session_lecturers", "session_audience", "session_change_requests", "attendance_records"],
    ),
    ("content", &["contents", "content_authors", "content_versions", "reuse_events", "application_cases"]),
];

/// What the operator does as the owner of the schema, where no tenant and no service is yet: it makes the first rows of a company.
const OPERATOR: &str = "cli/tenant.rs";

#[derive(Debug)]
struct Source {
    module: String,
    path: PathBuf,
    code: String,
}

/// Every file of the crate with its module, comments and test modules left out.
fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    assert!(files.len() > 30, "the crate is here");
    files.into_iter().filter_map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(path: PathBuf) -> Option<Source> {
    let within = path.strip_prefix("src").unwrap();
    let first = within.components().next().unwrap().as_os_str().to_str().unwrap();
    let module = first.trim_end_matches(".rs").to_owned();
    if module == "lib" || module == "main" || path.ends_with("tests.rs") {
        return None;
    }
    let text = fs::read_to_string(&path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    Some(Source { module, path, code: code.join("\n") })
}

fn rank(module: &str) -> Option<usize> {
    ORDER.iter().position(|line| line.contains(&module))
}

/// Modules that a file names as `crate::module`, grouped imports included.
fn used(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split('}').next().unwrap_or_default();
            found.extend(group.split(',').map(|part| identifier(part.trim())));
        } else {
            found.push(identifier(rest));
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

#[test]
fn every_module_has_its_place() {
    let unknown: Vec<String> =
        sources().into_iter().map(|source| source.module).filter(|module| rank(module).is_none()).collect();
    assert!(unknown.is_empty(), "not in the order: {unknown:?}");
}

#[test]
fn no_arrow_points_to_the_right() {
    let mut wrong = Vec::new();
    for source in sources() {
        let own = rank(&source.module);
        for other in used(&source.code) {
            if other != source.module && rank(&other).is_some() && rank(&other) >= own {
                wrong.push(format!("{} uses {other}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_table_is_written_by_its_owner_alone() {
    let owners: BTreeMap<&str, &str> =
        OWNERS.iter().flat_map(|(module, tables)| tables.iter().map(|table| (*table, *module))).collect();
    let mut writers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources().into_iter().filter(|source| !source.path.ends_with(OPERATOR)) {
        for table in written(&source.code) {
            let modules = writers.entry(table).or_default();
            if !modules.contains(&source.module) {
                modules.push(source.module.clone());
            }
        }
    }
    let mut wrong = Vec::new();
    for (table, modules) in &writers {
        match owners.get(table.as_str()) {
            Some(owner) if modules.iter().all(|module| module == owner) => {}
            Some(owner) => wrong.push(format!("{table} belongs to {owner} and is written by {modules:?}")),
            None => wrong.push(format!("{table} has no owner in the list; it is written by {modules:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(writers.len() >= OWNERS.len(), "the search finds writes: {writers:?}");
}

/// Tables that a file writes, by Diesel or in SQL text. What Diesel writes and cannot be traced to a table is named as it stands.
fn written(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for marker in ["insert_into(", "diesel::update(", "diesel::delete("] {
        found.extend(code.match_indices(marker).map(|(at, _)| target(&code[..at], &code[at + marker.len()..])));
    }
    let words: Vec<&str> = code.split_whitespace().collect();
    let sql = words.join(" ");
    for marker in ["INSERT INTO ", "UPDATE ", "DELETE FROM ", "set_row! { into "] {
        let written = sql.match_indices(marker).map(|(at, _)| {
            let rest = sql[at + marker.len()..].trim_start_matches("ONLY ").trim_start_matches("public.");
            identifier(rest)
        });
        found.extend(written.filter(|name| is_table(name)));
    }
    // A macro that is called with the name of its table writes that one, and where it is made (and calls itself) it writes none.
    let calls = code.split("_queries!(").skip(1).filter(|call| !call.starts_with('@'));
    let calls: Vec<&str> = calls.filter_map(|call| call.split([',', ')']).nth(1)).collect();
    if !calls.is_empty() || code.contains("_queries {") {
        found.retain(|name| name != "table");
        let named = calls.iter().map(|table| table.trim()).filter(|table| !table.starts_with('$'));
        found.extend(named.map(str::to_owned));
    }
    found
}

/// The table that an expression begins with, through the variables that were made of it before.
fn target(before: &str, expression: &str) -> String {
    let path = expression.trim_start().split(['.', ',', ')', '(', ';', '\n']).next().unwrap_or_default().trim();
    let name = path.trim_end_matches("::table").rsplit("::").next().unwrap_or_default();
    if is_table(name) {
        return name.to_owned();
    }
    if let Some(at) = before.find(&format!(" as {name}")) {
        let table = before[..at].rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
        return table.unwrap_or_default().to_owned();
    }
    let made = [format!("let {name} ="), format!("let mut {name} =")];
    match made.iter().filter_map(|made| Some(before.rfind(made)? + made.len())).max() {
        Some(at) => target(&before[..at], &before[at..]),
        None => name.to_owned(),
    }
}

fn is_table(name: &str) -> bool {
    static SCHEMA: OnceLock<String> = OnceLock::new();
    SCHEMA.get_or_init(|| fs::read_to_string("src/schema.rs").unwrap()).contains(&format!("    {name} ("))
}

#[test]
fn the_search_for_arrows_and_writes_sees_them() {
    assert_eq!(used("use crate::people::x; use crate::{db::Db, error};"), ["people", "db", "error"]);
    assert_eq!(written("diesel::insert_into(jobs::table).values(x)"), ["jobs"]);
    assert_eq!(written("\"INSERT INTO employees (a) VALUES (1)\""), ["employees"]);
    assert_eq!(written("set_row! {\n    into jobs unique by (id);\n    struct Row {}\n}"), ["jobs"]);
    assert_eq!(written("const A: &str = \"\nDELETE FROM\n  employees e\";"), ["employees"]);
    assert_eq!(
        written("let own = jobs::table.filter(a);\nlet old = own.filter(b);\ndiesel::update(old).set(c)"),
        ["jobs"]
    );
    assert_eq!(written("use crate::schema::jobs as rows; diesel::insert_into(rows::table).values(x)"), ["jobs"]);
    assert_eq!(
        written("macro_rules! a_queries { ($t:ident) => { diesel::insert_into(table) } }"),
        Vec::<String>::new()
    );
    assert_eq!(written("a_queries!(Row, jobs); b_queries!($row, $table);"), ["jobs"]);
    assert_eq!(written("a_queries!(\n    Row,\n    jobs,\n    find,\n    update(Change),\n);"), ["jobs"]);
    assert_eq!(
        written("macro_rules! a_queries { (@x $t:ident) => { diesel::delete(table) } } a_queries!(@x $($t)+, a);"),
        Vec::<String>::new()
    );
    assert_eq!(written("fn f(rows: X) { diesel::delete(rows).execute(c) }"), ["rows"]);
}
