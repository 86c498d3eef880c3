//! What others do to a session while it is rated.

use futures_util::future::join;
use tokio_postgres::error::SqlState;

use super::{Class, put_on};
use crate::feedback::{START, Scene};
use crate::support::{Options, TestServer, literal};

impl Class<'_> {
    /// The session is given to the second learner while the first one rates it.
    async fn marks_whoever_gets_the_session_meanwhile(&self, rating: i32) {
        let database = &self.server.database;
        let (giver, watcher) = (database.owner().await, database.owner().await);
        let other = self.learners[1];
        let given =
            format!("BEGIN; SELECT FROM sessions FOR UPDATE; UPDATE session_lecturers SET employee_id = '{other}'");
        giver.batch_execute(&given).await.unwrap();
        let committed = async {
            database.until_blocked(&watcher, 1).await;
            giver.batch_execute("COMMIT").await.unwrap();
        };
        let (answer, ()) = join(self.rate(0, rating), committed).await;
        answer.expect(200);
        // A mark names the session, whosever it is by then.
        let marks = format!(
            "SELECT count(*) FROM live_marks m JOIN session_lecturers l ON l.session_id = m.session_id
              WHERE l.employee_id = '{other}'"
        );
        assert!(self.scene.sql(&marks).await >= 1);
    }
}

#[tokio::test]
async fn a_rating_marks_whoever_gets_its_session_meanwhile() {
    let server = TestServer::start().await;
    let class = Class::of(&server, 2).await;
    class.marks_whoever_gets_the_session_meanwhile(5).await;
}

#[tokio::test]
async fn a_rating_that_is_given_again_marks_whoever_gets_its_session_meanwhile() {
    let server = TestServer::start().await;
    let class = Class::of(&server, 2).await;
    class.rate(0, 5).await.expect(200);
    class.marks_whoever_gets_the_session_meanwhile(9).await;
}

#[tokio::test]
async fn a_rating_that_is_given_again_holds_its_session() {
    let server = TestServer::start().await;
    let mut class = Class::of(&server, 1).await;
    for mode in ["named", "confidential"] {
        class = class.in_mode(mode, 3).await;
        class.rate(0, 5).await.expect(200);
        let (lock, watcher) = (server.database.owner().await, server.database.owner().await);
        lock.batch_execute("BEGIN; SELECT FROM feedback FOR UPDATE").await.unwrap();
        let looks = async {
            server.database.until_blocked(&watcher, 1).await;
            let lost = watcher.batch_execute("SELECT FROM sessions FOR UPDATE NOWAIT").await.unwrap_err();
            assert_eq!(lost.code().map(SqlState::code), Some("55P03"), "{mode}: {lost}");
            lock.batch_execute("ROLLBACK").await.unwrap();
        };
        join(class.rate(0, 9), looks).await.0.expect(200);
    }
}

#[tokio::test]
async fn a_session_that_is_locked_holds_up_no_other_session_and_no_other_company() {
    // One turn, and one place aside.
    let server = TestServer::start_as(Options { pool: 4, ..Options::default() }).await;
    let class = Class::of(&server, 3).await;
    let Scene { given, programme, lecturer, session, .. } = &class.scene;
    let free = given.delivered_session(*programme, *lecturer, START, 10).await;
    let registered = ("employee_id", literal(&class.learners[1].to_string()));
    given.row("session_audience", &[("session_id", literal(&free.to_string())), registered]).await;
    let elsewhere = server.person_of(server.tenant("other").await, &[]).await;
    let (lock, watcher) = (server.database.owner().await, server.database.owner().await);
    lock.batch_execute(&format!("BEGIN; SELECT FROM sessions WHERE id = '{session}' FOR UPDATE")).await.unwrap();
    let meanwhile = async {
        server.database.until_blocked(&watcher, 1).await;
        let client = class.client(1);
        client.send(put_on(free, &client, 8)).await.expect(200);
        assert_eq!(class.send(&elsewhere, 9).await.problem(404), "not_found");
        // What is about the locked session waits for it, and then its turn comes.
        let later = async {
            class.until_waiting(1).await;
            lock.batch_execute("ROLLBACK").await.unwrap();
        };
        join(class.rate(2, 7), later).await.0.expect(200);
    };
    let (first, ()) = join(class.rate(0, 9), meanwhile).await;
    first.expect(200);
    assert_eq!(class.stored().await.into_values().collect::<Vec<_>>(), [9, 8, 7]);
}
