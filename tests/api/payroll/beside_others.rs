//! Payroll of a small company beside a large one.

use diesel_async::SimpleAsyncConnection as _;
use futures_util::FutureExt as _;
use lectern::auth::Actor;
use lectern::journal::{Circumstances, write_tx};

use super::{Company, lock, void};
use crate::support::{MOMENT, Options, TestServer};
use crate::warm_paths::large_rewards;

/// How many rows of all tables have been read so far, those of the only connection of the service included.
async fn rows_read(company: &Company<'_>) -> i64 {
    const FLUSH: &str = "SELECT pg_stat_force_next_flush()";
    let server = company.given.server;
    let told = write_tx(&server.state, server.tenant, Actor::system(), Circumstances::default(), |tx| {
        async move { Ok(tx.conn.batch_execute(FLUSH).await?) }.boxed()
    });
    told.await.unwrap();
    company.given.sql.batch_execute(FLUSH).await.unwrap();
    let read = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables";
    company.given.sql.query_one(read, &[]).await.unwrap().get(0)
}

/// Two pays of three people. Each table of the other company that is read as a whole once would be 20,000 rows.
#[tokio::test]
async fn the_payroll_of_a_small_company_reads_nothing_of_a_large_one() {
    let mut server = TestServer::start_as(Options { pool: 1, ..Options::default() }).await;
    // What it reads would be counted too.
    server.take_worker().stop_within(MOMENT).await;
    let company = Company::new(&server).await;
    large_rewards(&company.given, server.tenant("large").await).await;
    for number in ["E1", "E2", "E3"] {
        let employee = company.given.employee(number).await;
        company.approved(employee, 500).await;
    }
    let before = rows_read(&company).await;
    let draft = company.draft().await;
    let path = format!("/v1/payroll-batches/{}", draft.id());
    company.hr.get(&path).await.expect(200);
    company.hr.get(&format!("{path}/exclusions")).await.expect(200);
    let locked = lock(&company.machine, &draft.id(), draft.etag()).await.expect(200);
    assert_eq!(locked["totals"]["line_count"], 3);
    assert_eq!(company.lines(&draft.id()).await.len(), 3);
    void(&company.hr, &draft.id(), "*").await.expect(200);
    company.locked().await;
    let read = rows_read(&company).await - before;
    assert!(read < 10_000, "{read} rows were read");
}
