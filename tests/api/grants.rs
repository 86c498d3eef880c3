//! The service's role may do what some statement of the code does, and no more.

use std::fs;
use std::path::Path;

use crate::support::TestServer;

/// Every source file but the schema.
fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|kind| kind == "rs")
            && path.file_name().is_some_and(|name| name != "schema.rs")
        {
            into.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// Whether the text has these words, the last of them whole.
fn says(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, found)| {
        !text[at + found.len()..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_')
    })
}

/// Whether the file imports the table for Diesel.
fn imports(text: &str, table: &str) -> bool {
    text.match_indices("schema::").any(|(at, _)| {
        let import = text[at..].split(';').next().unwrap_or_default();
        [format!("::{table}"), format!(" {table}"), format!("{{{table}")].iter().any(|named| says(import, named))
    })
}

/// What in a file shows that a statement needs the right. Locking a row needs the right to change it.
fn needs(text: &str, table: &str, right: &str) -> bool {
    let has = |any: &[&str]| any.iter().any(|words| text.contains(words));
    let is_versioned = has(&["version_queries!", "start_queries!"]) && says(text, &format!(" {table}"));
    let in_macro = says(text, &format!("into {table}"))
        || says(text, &format!("    {table}"))
        || says(text, &format!(", {table}"));
    let known = imports(text, table) || in_macro;
    is_versioned
        || match right {
            "INSERT" => {
                let creates = has(&["row_queries!"]) && has(&["create("]);
                let inserts = creates || has(&["insert_into(", "set_row!", "insert("]);
                says(text, &format!("INSERT INTO {table}")) || known && inserts
            }
            "UPDATE" => {
                let locks =
                    ["for_update", "for_no_key_update", "for_share", "FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE"];
                let writes = ["diesel::update(", "do_update()", "row_queries!"];
                let upserts = says(text, &format!("INSERT INTO {table}")) && has(&["DO UPDATE"]);
                let locked = says(text, &format!("FROM {table}")) && has(&locks);
                says(text, &format!("UPDATE {table}"))
                    || upserts
                    || locked
                    || known && (has(&writes) || has(&locks) || has(&["DO UPDATE"]))
            }
            "DELETE" => {
                says(text, &format!("DELETE FROM {table}")) || known && has(&["diesel::delete(", "delete,", "delete)"])
            }
            other => panic!("{other} is granted on {table}"),
        }
}

#[tokio::test]
async fn there_is_no_right_that_no_statement_needs() {
    let server = TestServer::start().await;
    let owner = server.database.owner().await;
    let sql = "SELECT DISTINCT table_name::text, privilege_type::text
                 FROM (SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'lectern_service'
                       UNION ALL
                       SELECT table_name, privilege_type FROM information_schema.role_column_grants
                        WHERE grantee = 'lectern_service') AS granted
                WHERE privilege_type <> 'SELECT' ORDER BY 1, 2";
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let rows = owner.query(sql, &[]).await.unwrap();
    assert!(rows.len() > 50, "{}", rows.len());
    let granted: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let idle: Vec<&(String, String)> =
        granted.iter().filter(|(table, right)| !files.iter().any(|text| needs(text, table, right))).collect();
    assert!(idle.is_empty(), "no statement needs {idle:?}");
}

/// Not even by a statement of the service: these are what others rely on.
#[tokio::test]
async fn what_must_not_change_cannot() {
    let server = TestServer::start().await;
    let service = server.database.service().await;
    service.batch_execute(&format!("SET app.tenant_id = '{}'", server.tenant)).await.unwrap();
    for refused in [
        "UPDATE feedback SET learner_id = learner_id",
        "UPDATE feedback SET session_id = session_id",
        "DELETE FROM feedback",
        "UPDATE reward_entries SET amount_minor = 1",
        "UPDATE payroll_lines SET amount_minor = 1",
        "UPDATE audit_entries SET command = 'x'",
        "DELETE FROM outbox_events",
        "UPDATE snapshots SET digest = ''",
        "UPDATE tenants SET self_approval = true",
    ] {
        let error = service.execute(refused, &[]).await.unwrap_err();
        assert_eq!(error.code().map(tokio_postgres::error::SqlState::code), Some("42501"), "{refused}: {error}");
    }
    service.execute("UPDATE feedback SET rating = rating, comment = comment", &[]).await.unwrap();
}
