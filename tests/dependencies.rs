//! What the service is built from: licences that bind nobody who uses it, no crate that is banned, one registry, nothing that
//! nobody uses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Licences under which a crate may be used; none of them is a copyleft.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that may not come in, and why.
const BANNED: &[(&str, &str)] = &[
    ("actix-governor", "GPL; governor itself is used"),
    ("background-jobs", "AGPL; jobs are queued in Postgres, in the transaction that asks for them"),
    ("evalexpr", "AGPL"),
    ("xapi-rs", "GPL"),
    ("pq-sys", "libpq would have to be installed; diesel-async speaks the protocol itself"),
    ("openssl-sys", "TLS is rustls, so that nothing of the system's has to be installed"),
];

/// Dependencies that the source need not name, and what for they are there: they turn on a feature of another crate.
const BY_FEATURE: &[(&str, &str)] = &[];

/// What comes from a registry, and not from a repository or a folder.
const REGISTRY: &str = "registry+";

/// The packages that the lock file chooses for this platform.
fn packages() -> Vec<Value> {
    let run = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let version = run(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = run(&["metadata", "--locked", "--format-version", "1", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap().clone();
    assert!(packages.len() > 100, "{}", packages.len());
    packages
}

/// Whether an SPDX expression can be met by licences of the list alone. A slash is an old way to write OR.
fn is_free(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let (either, both) = (split_outside(&expression, " OR "), split_outside(&expression, " AND "));
    if either.len() > 1 {
        return either.iter().any(|part| is_free(part));
    }
    if both.len() > 1 {
        return both.iter().all(|part| is_free(part));
    }
    let one = expression.trim();
    match one.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => is_free(inner),
        None => LICENCES.contains(&one),
    }
}

/// The parts between separators that stand outside of every parenthesis.
fn split_outside<'e>(expression: &'e str, separator: &str) -> Vec<&'e str> {
    let depth = |until: usize| {
        let count = |sign: char| expression[..until].matches(sign).count();
        count('(') - count(')')
    };
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in expression.match_indices(separator).filter(|(at, _)| depth(*at) == 0) {
        parts.push(&expression[start..at]);
        start = at + separator.len();
    }
    parts.push(&expression[start..]);
    parts
}

#[test]
fn every_crate_is_free_known_and_from_the_registry() {
    let mut wrong = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or("none is named");
        if !is_free(licence) {
            wrong.push(format!("{name}: the licence {licence}"));
        }
        if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            wrong.push(format!("{name} is banned: {why}"));
        }
        if name != "lectern" && !package["source"].as_str().is_some_and(|source| source.starts_with(REGISTRY)) {
            wrong.push(format!("{name} comes from {}", package["source"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn expressions_of_licences_are_understood() {
    for free in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-2.0 OR MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(is_free(free), "{free}");
    }
    for bound in ["GPL-3.0-only", "MIT AND GPL-2.0", "(MIT OR Apache-2.0) AND MPL-2.0", "none is named"] {
        assert!(!is_free(bound), "{bound}");
    }
}

/// The lines of every Rust file below a folder, comments left out.
fn source(folder: &Path) -> String {
    let mut lines = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            lines += &source(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            for line in fs::read_to_string(&path).unwrap().lines().filter(|line| !line.trim_start().starts_with("//")) {
                lines += line;
                lines.push('\n');
            }
        }
    }
    lines
}

/// Whether a source names a crate: `name::…`, or `use name` alone.
fn names(source: &str, name: &str) -> bool {
    source.match_indices(name).any(|(at, _)| {
        let is_within_a_word = source[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let rest = &source[at + name.len()..];
        let is_used_alone = source[..at].ends_with("use ") && rest.starts_with([';', ' ']);
        !is_within_a_word && (rest.starts_with("::") || is_used_alone)
    })
}

#[test]
fn every_dependency_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let service = source(&root.join("src"));
    let all = service.clone() + &source(&root.join("tests"));
    let packages = packages();
    let lectern = packages.iter().find(|package| package["name"] == "lectern").unwrap();
    let mut wrong = Vec::new();
    for dependency in lectern["dependencies"].as_array().unwrap() {
        let name = dependency["rename"].as_str().or(dependency["name"].as_str()).unwrap();
        let is_named = names(if dependency["kind"] == "dev" { &all } else { &service }, &name.replace('-', "_"));
        let is_excepted = BY_FEATURE.iter().any(|(excepted, _)| *excepted == name);
        if is_named == is_excepted {
            wrong
                .push(format!("{name} is {}", if is_named { "named, and needs no exception" } else { "used nowhere" }));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_crate_is_named_by_its_path() {
    for source in ["use log::info;", "log::info!()", "use log;", "::log::info!()", "use log as logging;"] {
        assert!(names(source, "log"), "{source}");
    }
    for source in ["catalog::get()", "let log = 1;", "use crate::log_level;", "log_level::set()", "self.log()"] {
        assert!(!names(source, "log"), "{source}");
    }
}
