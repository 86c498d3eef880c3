//! The migrations of the schema, embedded in the binary, and whether a database has them.

use diesel::migration::{Migration, MigrationSource as _};
use diesel_async::{
    AsyncConnection as _, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use crate::error::{Code, Error, Result};

const EMBEDDED: EmbeddedMigrations = embed_migrations!("migrations");

/// The schema as its owner sees it. Needs a multi-thread runtime.
#[derive(Debug, Clone, Copy)]
pub struct Migrations;

/// How the migrations of a database compare with those of this binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    Current,
    /// Migrations that the database lacks.
    Behind(Vec<String>),
    /// Migrations that this binary does not know.
    Ahead(Vec<String>),
}

/// Prevents two processes that start at the same time from migrating at the same time.
const ADVISORY_LOCK: i64 = 0x4c65_6374_6572_6e00;

impl Migrations {
    /// Brings the database up to date. Returns the names of the migrations it ran.
    pub async fn run(url: &str) -> Result<Vec<String>> {
        Self::with_lock(url, |harness| {
            Ok(harness.run_pending_migrations(EMBEDDED)?.iter().map(ToString::to_string).collect())
        })
        .await
    }

    /// Reverts the last `count` migrations. Returns their names.
    pub async fn revert(url: &str, count: usize) -> Result<Vec<String>> {
        Self::with_lock(url, move |harness| {
            (0..count).map(|_| Ok(harness.revert_last_migration(EMBEDDED)?.to_string())).collect()
        })
        .await
    }

    /// The number of migrations.
    pub fn count() -> usize {
        Self::names().len()
    }

    fn names() -> Vec<String> {
        let list: Vec<Box<dyn Migration<diesel::pg::Pg>>> = EMBEDDED.migrations().unwrap_or_default();
        let mut names: Vec<String> = list.iter().map(|migration| migration.name().version().to_string()).collect();
        names.sort();
        names
    }

    /// Compares the migrations of the database with those of this binary.
    pub async fn state(connection: &mut AsyncPgConnection) -> Result<SchemaState> {
        #[derive(diesel::QueryableByName)]
        struct Version {
            #[diesel(sql_type = diesel::sql_types::Text)]
            version: String,
        }
        let known = Self::names();
        let applied: Vec<Version> =
            diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version")
                .load(connection)
                .await
                .map_err(|error| Error::new(Code::Unavailable).caused_by(error))?;
        let missing: Vec<String> =
            known.iter().filter(|name| applied.iter().all(|row| row.version != **name)).cloned().collect();
        let foreign: Vec<String> =
            applied.into_iter().map(|row| row.version).filter(|version| !known.contains(version)).collect();
        Ok(match (missing.is_empty(), foreign.is_empty()) {
            (true, true) => SchemaState::Current,
            (false, _) => SchemaState::Behind(missing),
            (true, false) => SchemaState::Ahead(foreign),
        })
    }

    async fn with_lock<F>(url: &str, work: F) -> Result<Vec<String>>
    where
        F: FnOnce(&mut Harness) -> std::result::Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut connection =
            AsyncPgConnection::establish(url).await.map_err(|error| Error::new(Code::Unavailable).caused_by(error))?;
        connection
            .batch_execute(&format!("SET lock_timeout = '60s'; SELECT pg_advisory_lock({ADVISORY_LOCK})"))
            .await?;
        work(&mut AsyncMigrationHarness::new(connection)).map_err(Error::internal)
    }
}

type Harness = AsyncMigrationHarness<AsyncPgConnection>;
