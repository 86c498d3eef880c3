//! Statements of our own over a real connection: what is prepared, and sets of rows by name.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use lectern::auth::Actor;
use lectern::db::{insert_new, insert_set, set_row, statement};
use lectern::journal::{Circumstances, Tx, write_tx};
use lectern::schema::departments;
use uuid::Uuid;

use crate::support::TestServer;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// How many statements with this in their text the connection has prepared.
async fn prepared(tx: &mut Tx<'_>, part: &str) -> i64 {
    let count = "SELECT count(*) AS n FROM pg_prepared_statements WHERE position(:part IN statement) > 0
                    AND statement NOT LIKE '%pg_prepared_statements%'";
    statement(count).bind("part", part).get_result::<Number>(tx.conn).await.unwrap().n
}

// In another order than the table has, and without some of its columns.
set_row! {
    into departments unique by (tenant_id, code);
    struct NewDepartment<'a> {
        updated_at: DateTime<Utc>,
        cost_centre: Option<&'a str>,
        name: &'a str,
        code: &'a str,
        parent_id: Option<Uuid>,
        id: Uuid,
        tenant_id: Uuid,
        created_at: DateTime<Utc>,
    }
}

fn department<'a>(tx: &Tx<'_>, code: &'a str, cost_centre: Option<&'a str>) -> NewDepartment<'a> {
    NewDepartment {
        updated_at: tx.now,
        cost_centre,
        name: "研发",
        code,
        parent_id: None,
        id: tx.id(),
        tenant_id: tx.tenant,
        created_at: tx.now,
    }
}

async fn stored(tx: &mut Tx<'_>) -> Vec<(String, String, Option<String>, bool)> {
    let columns = (departments::code, departments::name, departments::cost_centre, departments::is_ranking_unit);
    departments::table.select(columns).order(departments::code).load(tx.conn).await.unwrap()
}

fn row(code: &str, cost_centre: Option<&str>) -> (String, String, Option<String>, bool) {
    (code.to_owned(), "研发".to_owned(), cost_centre.map(str::to_owned), false)
}

/// Does it in one transaction, so on one connection.
macro_rules! on_one_connection {
    ($work:path) => {
        let server = TestServer::start().await;
        let done = write_tx(&server.state, server.tenant, Actor::system(), Circumstances::default(), |tx| {
            async move { Ok($work(tx).await) }.boxed()
        });
        done.await.unwrap();
    };
}

#[tokio::test]
async fn a_statement_is_prepared_once() {
    async fn work(tx: &mut Tx<'_>) {
        let mut found = Vec::new();
        for n in [3_i64, 4] {
            let twice = statement("SELECT :n * 2 + :one AS n /* twice */").bind("n", n).bind("one", 1_i64);
            found.push(twice.get_result::<Number>(tx.conn).await.unwrap().n);
            assert_eq!(prepared(tx, "/* twice */").await, 1);
        }
        assert_eq!(found, [7, 9]);
    }
    on_one_connection!(work);
}

#[tokio::test]
async fn a_set_of_any_size_is_one_statement() {
    async fn work(tx: &mut Tx<'_>) {
        assert_eq!(insert_set::<NewDepartment<'_>>(tx.conn, &[]).await.unwrap(), 0);
        assert_eq!(prepared(tx, "INSERT INTO departments").await, 0);
        let rows = [department(tx, "A", Some("CC-1")), department(tx, "B", None)];
        assert_eq!(insert_set(tx.conn, &rows).await.unwrap(), 2);
        assert_eq!(insert_set(tx.conn, &[department(tx, "C", None)]).await.unwrap(), 1);
        assert_eq!(prepared(tx, "INSERT INTO departments").await, 1);
        assert_eq!(stored(tx).await, [row("A", Some("CC-1")), row("B", None), row("C", None)]);
    }
    on_one_connection!(work);
}

#[tokio::test]
async fn what_is_in_already_is_left_out() {
    async fn work(tx: &mut Tx<'_>) {
        assert_eq!(insert_new::<NewDepartment<'_>>(tx.conn, &[]).await.unwrap(), [] as [Uuid; 0]);
        let first = [department(tx, "A", Some("CC-1"))];
        assert_eq!(insert_new(tx.conn, &first).await.unwrap(), [first[0].id]);
        let rows = [department(tx, "A", Some("CC-2")), department(tx, "B", None)];
        assert_eq!(insert_new(tx.conn, &rows).await.unwrap(), [rows[1].id]);
        assert_eq!(stored(tx).await, [row("A", Some("CC-1")), row("B", None)]);
    }
    on_one_connection!(work);
}
