//! Statements over as many rows as a company has: plans and limits that do not depend on luck.

use diesel::QueryResult;
use diesel_async::SimpleAsyncConnection as _;

use super::Connection;

/// How long one statement of a call may take that moves all the money of a company. The limit of other statements is for what a
/// caller waits for, and a set of some hundred thousand rows may pass it on a busy machine.
const LIMIT: &str = "SET LOCAL statement_timeout = '10min'";

/// Lets every statement of the rest of the transaction take as long as a large set needs.
pub async fn allow_large_sets(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute(LIMIT).await
}

/// From here on joins are planned for large sets, until [`join_usual_sets`].
///
/// Where the planner knows nothing yet about a company's rows it expects one. Then it joins row by row, by any index that begins
/// with the company, and reads all rows of the company for each of them: minutes where seconds are enough. A join by hash reads
/// each side once, whatever the planner expects.
pub async fn join_large_sets(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute("SET LOCAL enable_nestloop = off").await
}

/// Joins are planned as usual again: plans that the connection keeps are made for small sets.
pub async fn join_usual_sets(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute("SET LOCAL enable_nestloop = on").await
}
