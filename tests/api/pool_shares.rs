//! Shares of the pool: what one kind of work, or one company, may not take from the others.

use futures_util::future::{join, join_all};
use lectern::auth::Role;
use serde_json::json;

use crate::support::{Options, TestServer};

/// A table that nobody can read stands for reads that take long: each holds its connection until the end.
#[tokio::test]
async fn long_reads_of_one_company_hold_up_nobody_else() {
    let server = TestServer::start().await;
    let large = server.client(&[Role::Admin]).await;
    let other = server.client_of(server.tenant("other").await, &[Role::Admin]).await;
    let (owner, watcher) = (server.database.owner().await, server.database.owner().await);
    owner.batch_execute("BEGIN; LOCK TABLE absences IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let reads = join_all((0..Options::default().pool * 3).map(|_| large.get("/v1/absences")));
    let meanwhile = async {
        server.database.until_blocked(&watcher, 1).await;
        for client in [&large, &other] {
            client.get("/v1/me").await.expect(200);
            client.post("/v1/departments", json!({"code": "A", "name": "A"})).await.expect(201);
        }
        other.get("/v1/departments").await.expect(200);
        let shares = server.state.db.shares();
        let (_, places, taken) = shares.iter().find(|(name, ..)| *name == "long_reads").unwrap();
        assert!((1..*places).contains(taken), "{taken} of {places} are taken by one company");
        owner.batch_execute("ROLLBACK").await.unwrap();
    };
    let (answers, ()) = join(reads, meanwhile).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
}

#[tokio::test]
async fn a_short_request_finds_a_connection_in_a_pool_of_two() {
    let server = TestServer::start_as(Options { pool: 2, ..Options::default() }).await;
    let client = server.client(&[Role::Admin]).await;
    let other = server.client_of(server.tenant("other").await, &[Role::Admin]).await;
    let (owner, watcher) = (server.database.owner().await, server.database.owner().await);
    owner.batch_execute("BEGIN; LOCK TABLE absences IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let reads = join_all([&client, &other, &client].map(|reader| reader.get("/v1/absences")));
    let meanwhile = async {
        server.database.until_blocked(&watcher, 1).await;
        for client in [&client, &other] {
            client.get("/v1/me").await.expect(200);
        }
        owner.batch_execute("ROLLBACK").await.unwrap();
    };
    let (answers, ()) = join(reads, meanwhile).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
}
