//! A database that is away for a while.

use lectern::auth::Role;
use serde_json::json;

use crate::support::{Answer, Client, MOMENT, Options, TestServer, until};

fn assert_away(answer: &Answer) {
    assert_eq!(answer.problem(503), "unavailable");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
}

/// Waits until the service is ready with every connection of its pool, which it uses one after the other: that one was cut is
/// noticed soon, and at the latest when it is used.
async fn until_ready(client: &Client) {
    until("the service is ready", MOMENT, async || {
        for _ in 0..Options::default().pool {
            let answer = client.get("/health/ready").await;
            if answer.status != 200 {
                return Err(answer.text);
            }
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn while_the_database_is_away_callers_are_told_to_come_back_and_then_all_is_well() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    // Several connections that nobody uses when they are cut.
    let warm = futures_util::future::join_all((0..4).map(|_| client.get("/v1/jobs"))).await;
    assert!(warm.iter().all(|answer| answer.status == 200));
    server.database.shut_out(&server.database.outside().await).await;
    assert_away(&client.get("/health/ready").await);
    assert_away(&client.get("/v1/jobs").await);
    assert_away(&client.post("/v1/departments", json!({"code": "A", "name": "A"})).await);
    client.get("/health/live").await.expect(200);
    server.database.let_in().await;
    until_ready(&client).await;
    client.get("/v1/jobs").await.expect(200);
    client.post("/v1/departments", json!({"code": "A", "name": "A"})).await.expect(201);
}

/// The statement is cut in the middle: nobody knows what became of it, and nothing did.
#[tokio::test]
async fn a_write_that_is_cut_off_with_the_database_is_unavailable_and_leaves_nothing() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let owner = server.database.owner().await;
    let held = format!(
        "BEGIN; INSERT INTO departments (tenant_id, id, code, name, created_at, updated_at)
         VALUES ('{}', gen_random_uuid(), 'A', 'in the way', now(), now())",
        server.tenant
    );
    owner.batch_execute(&held).await.unwrap();
    let (watcher, outside) = (server.database.owner().await, server.database.outside().await);
    let cut = async {
        server.database.until_blocked(&watcher, 1).await;
        server.database.shut_out(&outside).await;
    };
    let written = client.post_keyed("/v1/departments", "key", json!({"code": "A", "name": "Mine"}));
    let (answer, ()) = futures_util::future::join(written, cut).await;
    assert_away(&answer);
    server.database.let_in().await;
    until_ready(&client).await;
    client.post_keyed("/v1/departments", "key", json!({"code": "A", "name": "Mine"})).await.expect(201);
}
