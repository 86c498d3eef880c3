//! The order of the modules, as data: each uses only those before it; and each table is written by its owner alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

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
    &["call"],
    &["jobs"],
    &["people"],
    &["access", "audit"],
    &["programmes"],
    &["sessions"],
    &["content"],
    &["feedback"],
    &["scoring"],
    &["rewards"],
    &["payroll"],
    &["growth"],
    &["closing"],
    &["imports"],
    &["demo"],
    &["app"],
    &["start"],
    &["cli"],
];

/// Who writes which tables. Reads may join any.
const OWNERS: &[(&str, &[&str])] = &[
    ("journal", &["audit_entries", "outbox_events", "idempotency_keys"]),
    ("start", &["signing_keys"]),
    ("jobs", &["jobs"]),
    ("rewards", &["reward_entries", "reward_entry_events", "certificates"]),
    (
        "payroll",
        &[
            "pay_items",
            "pay_groups",
            "pay_group_members",
            "payroll_batches",
            "payroll_claims",
            "payroll_exclusions",
            "payroll_lines",
            "payroll_acknowledgements",
            "payroll_acknowledgement_lines",
        ],
    ),
    ("closing", &["snapshots", "snapshot_lecturers"]),
    ("feedback", &["feedback", "feedback_extensions"]),
    ("scoring", &["external_metric_values"]),
    ("programmes", &["programmes", "programme_groups", "scoring_rules", "reward_policy_sets", "periods"]),
    ("growth", &["promotion_policies", "promotion_applications", "titles", "improvement_notices"]),
    (
        "people",
        &[
            "departments",
            "employees",
            "employee_external_ids",
            "department_memberships",
            "lecturers",
            "lecturer_levels",
            "lecturer_groups",
            "lecturer_group_memberships",
            "absences",
        ],
    ),
    ("access", &["api_clients", "role_grants"]),
    ("sessions", &["sessions", "session_lecturers", "session_audience", "attendance_records"]),
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

/// Tables that a file writes, by Diesel or in SQL text.
fn written(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for marker in ["insert_into(", "diesel::update(", "diesel::delete("] {
        for (at, _) in code.match_indices(marker) {
            let argument = code[at + marker.len()..].trim_start();
            let path = argument.split(['.', ',', ')', '(', ';']).next().unwrap_or_default();
            let table = path.trim_end_matches("::table").rsplit("::").next().unwrap_or_default();
            found.push(table.trim().to_owned());
        }
    }
    for marker in ["INSERT INTO ", "UPDATE ", "DELETE FROM "] {
        found.extend(code.match_indices(marker).map(|(at, _)| identifier(&code[at + marker.len()..])));
    }
    let schema = fs::read_to_string("src/schema.rs").unwrap();
    found.retain(|name| schema.contains(&format!("    {name} (")));
    found
}

#[test]
fn the_search_for_arrows_and_writes_sees_them() {
    assert_eq!(used("use crate::people::x; use crate::{db::Db, error};"), ["people", "db", "error"]);
    assert_eq!(written("diesel::insert_into(jobs::table).values(x)"), ["jobs"]);
    assert_eq!(written("\"INSERT INTO employees (a) VALUES (1)\""), ["employees"]);
}
