//! Statements over as many rows as a company has: plans and limits that do not depend on luck.

use std::collections::BTreeMap;

use diesel::QueryResult;
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use futures_util::FutureExt as _;

use super::{Access, Connection, Db, statement};

/// Lets every statement of the rest of the transaction, and the work between them, take as long as a large set needs. The usual limit
/// is for what a caller waits for: jobs, and calls that move all the money of a company, may pass it on a busy machine.
pub async fn allow_large_sets(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute("SET LOCAL statement_timeout = '10min'; SET LOCAL idle_in_transaction_session_timeout = '10min'")
        .await
}

/// From here on joins are planned for large sets, until [`join_usual_sets`].
///
/// Where the planner knows nothing yet about a company's rows it expects one. Then it joins row by row, by any index that begins
/// with the company, and reads all rows of the company for each of them: minutes where seconds are enough. A join by hash reads
/// each side once, whatever the planner expects.
///
/// A statement that is given no rows, but finds those of a company, is planned anew as well ([`super::Statement::planned_anew`]). Settings
/// of the transaction are no way to that: what the database does by itself to check a reference would be planned again for each row.
pub async fn join_large_sets(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute("SET LOCAL enable_nestloop = off").await
}

/// Joins are planned as usual again: plans that the connection keeps are made for small sets.
pub async fn join_usual_sets(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute("SET LOCAL enable_nestloop = on").await
}

/// From here on each row of a set is looked up by the index that finds it alone. A table that is filled by the same transaction
/// looks empty to the planner, which would read all of it for each row, and a connection keeps such a plan: so the connection forgets
/// its plans first, those by which the database checks references included. Each is then made once, and not again for each row.
pub async fn look_up_each_row(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute(
        "DISCARD PLANS; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; \
         SET LOCAL plan_cache_mode = force_generic_plan",
    )
    .await
}

/// Joins are planned as usual again.
pub async fn look_up_as_usual(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute(
        "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on; \
         SET LOCAL plan_cache_mode = auto",
    )
    .await
}

/// From here on a chunk of a company's rows is found by index, and what is added up of them stays in memory. Reading whole tables may
/// look cheaper for one chunk, but it is done again for each of them.
pub async fn read_in_chunks(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute(
        "SET LOCAL enable_seqscan = off; SET LOCAL random_page_cost = 1; SET LOCAL work_mem = '64MB'; \
         SET LOCAL plan_cache_mode = auto",
    )
    .await
}

/// From here on all rows of a company, or of a period of it, are read by one statement: a plan is made for them, and what is added up
/// of them stays in memory.
pub async fn read_at_once(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute(
        "SET LOCAL enable_seqscan = on; SET LOCAL random_page_cost TO DEFAULT; SET LOCAL work_mem = '64MB'; \
         SET LOCAL plan_cache_mode = force_custom_plan",
    )
    .await
}

/// From here on a statement is planned once, without looking at its values: those of a large set would be copied into each plan.
pub async fn plan_once(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute("SET LOCAL plan_cache_mode = force_generic_plan").await
}

/// Statements are planned as usual again.
pub async fn plan_as_usual(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute("SET LOCAL plan_cache_mode = auto").await
}

/// After work that has written so many rows, the planner is told of them at once. With fewer, autovacuum is soon enough.
pub const MANY_ROWS: usize = 1_000;

/// Has the planner count the rows of these tables anew, in a transaction of its own. The work is done; if this fails it is only logged,
/// because autovacuum does the same a little later.
pub async fn refresh_statistics(db: &Db, tables: &[&'static str]) {
    refresh(db, "SELECT refresh_statistics(:tables)", tables).await;
}

/// How many rows a transaction has written to each table.
#[derive(Debug, Default)]
pub struct Written(BTreeMap<&'static str, usize>);

impl Written {
    pub fn add(&mut self, table: &'static str, rows: usize) {
        *self.0.entry(table).or_default() += rows;
    }

    /// Once they are committed: has the planner count the rows of those tables anew that have many more. A plan that was made for few
    /// would look through all of them for each row that refers to them.
    pub async fn refresh_statistics(self, db: &Db) {
        let grown = self.0.into_iter().filter(|(_, rows)| *rows >= MANY_ROWS);
        let grown: Vec<&'static str> = grown.map(|(table, _)| table).collect();
        if !grown.is_empty() {
            refresh_statistics(db, &grown).await;
        }
    }
}

/// The same, of those among the tables of which [`MANY_ROWS`] have changed since they were counted last. What was written within the
/// last seconds may not be known yet: whoever has written much refreshes it.
pub async fn refresh_old_statistics(db: &Db, tables: &[&'static str]) {
    const OLD: &str = "
SELECT refresh_statistics(ARRAY(
    SELECT s.relname::text FROM pg_stat_user_tables s
     WHERE s.schemaname = 'public' AND s.relname::text = ANY (:tables) AND s.n_mod_since_analyze >= :many))";
    refresh(db, OLD, tables).await;
}

async fn refresh(db: &Db, text: &'static str, tables: &[&'static str]) {
    let named = tables.to_vec();
    let refresh = db.transaction(Access::Write, None, move |conn| {
        async move {
            allow_large_sets(conn).await?;
            let many = i64::try_from(MANY_ROWS).unwrap_or(i64::MAX);
            Ok(statement(text).bind("tables", named).bind_if_asked("many", many).execute(conn).await?)
        }
        .boxed()
    });
    if let Err(error) = refresh.await {
        log::warn!("the statistics of {tables:?} were not refreshed: {error}");
    }
}
