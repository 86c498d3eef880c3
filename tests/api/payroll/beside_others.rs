//! Payroll of a small company beside a large one.

use super::{Company, lock, void};
use crate::support::{MOMENT, Options, TestServer};
use crate::warm_paths::large_rewards;

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
    let before = company.given.rows_read().await;
    let draft = company.draft().await;
    let path = format!("/v1/payroll-batches/{}", draft.id());
    company.hr.get(&path).await.expect(200);
    company.hr.get(&format!("{path}/exclusions")).await.expect(200);
    let locked = lock(&company.machine, &draft.id(), draft.etag()).await.expect(200);
    assert_eq!(locked["totals"]["line_count"], 3);
    assert_eq!(company.lines(&draft.id()).await.len(), 3);
    void(&company.hr, &draft.id(), "*").await.expect(200);
    company.locked().await;
    let read = company.given.rows_read().await - before;
    assert!(read < 10_000, "{read} rows were read");
}
