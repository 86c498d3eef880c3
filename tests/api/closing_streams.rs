//! A close of many lecturers: in chunks, with progress told, and whole or not at all.

use std::sync::Arc;

use futures_util::FutureExt as _;
use lectern::auth::{Actor, Role};
use lectern::closing::{ClosePeriod, close};
use lectern::db::Db;
use lectern::error::Result;
use lectern::journal::{Circumstances, snapshot_tx};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::closing::March;
use crate::support::{PATIENT, TestServer, literal, shared_runtime};

/// With these, nine lecturers are in the period.
const MORE: usize = 6;

/// Lecturers more, with one session or two; the last two have no number.
async fn with_more(server: &TestServer) -> March<'_> {
    let march = March::taught(server).await;
    for at in 0..MORE {
        let employee = match at {
            4.. => march.given.row("employees", &[("name", literal("Nobody"))]).await,
            _ => march.given.employee(&format!("E1{}", MORE - at)).await,
        };
        march.given.lecturer(employee, None, "2020-01-01").await;
        for day in 0..=(at % 2) {
            let start = format!("2026-03-{:02}T02:00:00Z", 20 + day);
            march.given.delivered_session(march.programme, employee, &start, 10 + i32::try_from(at).unwrap()).await;
        }
    }
    march
}

/// A close of March over a connection of its own.
struct Closing {
    db: Db,
    progress: watch::Receiver<(i64, Option<i64>)>,
    work: JoinHandle<Result<String>>,
}

impl Closing {
    async fn start(march: &March<'_>, chunk: usize) -> Self {
        let server = march.given.server;
        let command = ClosePeriod {
            programme: march.programme,
            period: "2026-03".parse().unwrap(),
            force: false,
            reason: None,
            with_earlier: false,
            answerable: None,
            chunk,
        };
        let (told, progress) = watch::channel((0, None));
        let (tenant, url, mut state) = (server.tenant, server.database.url.clone(), server.state.clone());
        let (given, taken) = oneshot::channel();
        let work = shared_runtime().spawn(async move {
            let db = Db::new(&url, 1, PATIENT).unwrap();
            given.send(db.clone()).ok().unwrap();
            state.db = db;
            let told = Arc::new(told);
            let closed = snapshot_tx(&state, tenant, Actor::system(), Circumstances::default(), move |tx| {
                async move { Ok(close(tx, &command, &told).await?.digest) }.boxed()
            });
            closed.await
        });
        Self { db: taken.await.ok().unwrap(), progress, work }
    }

    /// The digest, and how many statements it took.
    async fn ended(self) -> (String, u64) {
        let digest = self.work.await.unwrap().unwrap();
        (digest, self.db.statements())
    }
}

/// What is stored: the results, the rewards and the certificates.
async fn stored(march: &March<'_>) -> String {
    let sql = "
SELECT concat((SELECT string_agg(concat_ws(' ', l.employee_number, l.status, l.score, l.grade, l.rank, l.ranked_of,
                                           jsonb_array_length(l.inputs -> 'sessions'), jsonb_array_length(l.rewards)), E'\\n'
                                 ORDER BY l.employee_number, l.score, l.id) FROM snapshot_lecturers l),
              (SELECT string_agg(concat_ws(' ', e.employee_number, r.policy_code, r.amount_minor, r.reason_params), E'\\n'
                                 ORDER BY e.employee_number, r.policy_code)
                 FROM reward_entries r JOIN employees e ON e.id = r.employee_id),
              (SELECT string_agg(e.employee_number, ' ' ORDER BY e.employee_number)
                 FROM certificates c JOIN employees e ON e.id = c.employee_id))";
    march.given.sql.query_one(sql, &[]).await.unwrap().get(0)
}

/// A chunk is read by four statements (where nobody has answered items), and written by one: the ratings of all are added up before.
#[tokio::test]
async fn results_do_not_depend_on_the_chunks_and_statements_on_nothing_else() {
    let mut found = Vec::new();
    for (chunk, chunks) in [(1_000, 1), (4, 3), (1, 9)] {
        let server = TestServer::start().await;
        let march = with_more(&server).await;
        let (digest, statements) = Closing::start(&march, chunk).await.ended().await;
        found.push((digest, stored(&march).await, statements - 5 * chunks));
        let client = server.person(server.state.ids.next(), &[Role::Admin]).await;
        let replay = client.get(&march.path("snapshots/1/replay")).await.expect(200);
        assert_eq!(replay["matches"], true, "{replay}");
        let late = client.get(&march.path("late-facts")).await.expect(200);
        assert_eq!(late["items"], serde_json::json!([]));
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0], found[2]);
    assert!(found[0].1.contains("80000"), "{}", found[0].1);
}

#[tokio::test]
async fn a_close_tells_how_far_it_is_while_it_runs() {
    let server = TestServer::start().await;
    let march = with_more(&server).await;
    let holder = server.database.owner().await;
    holder.batch_execute("BEGIN; LOCK TABLE snapshots IN SHARE ROW EXCLUSIVE MODE").await.unwrap();
    let closing = Closing::start(&march, 2).await;
    server.database.until_blocked(&march.given.sql, 1).await;
    assert_eq!(*closing.progress.borrow(), (4, Some(9)), "all are read and none is written: half of the work");
    holder.batch_execute("COMMIT").await.unwrap();
    let progress = closing.progress.clone();
    closing.ended().await;
    assert_eq!(*progress.borrow(), (9, Some(9)));
}

/// Its connection is cut when all lecturers are written and the rewards are not.
#[tokio::test]
async fn a_close_that_is_cut_off_leaves_nothing_and_the_next_one_everything() {
    let server = TestServer::start().await;
    let march = with_more(&server).await;
    let holder = server.database.owner().await;
    holder.batch_execute("BEGIN; LOCK TABLE reward_entries IN SHARE ROW EXCLUSIVE MODE").await.unwrap();
    let closing = Closing::start(&march, 2).await;
    server.database.until_blocked(&march.given.sql, 1).await;
    assert_eq!(*closing.progress.borrow(), (9, Some(9)));
    server.database.cut(&march.given.sql, "wait_event_type = 'Lock'").await;
    closing.work.await.unwrap().unwrap_err();
    holder.batch_execute("COMMIT").await.unwrap();
    let count = "SELECT (SELECT count(*) FROM snapshots) + (SELECT count(*) FROM snapshot_lecturers) +
                        (SELECT count(*) FROM snapshot_standings) + (SELECT count(*) FROM periods WHERE state = 'closed')";
    assert_eq!(march.given.sql.query_one(count, &[]).await.unwrap().get::<_, i64>(0), 0);

    let (digest, _) = Closing::start(&march, 2).await.ended().await;
    let rows =
        "SELECT s.digest, s.number, (SELECT count(*) FROM snapshot_lecturers), (SELECT count(*) FROM reward_entries)
                  FROM snapshots s";
    let row = march.given.sql.query_one(rows, &[]).await.unwrap();
    assert_eq!((row.get::<_, String>(0), row.get::<_, i32>(1), row.get::<_, i64>(2)), (digest, 1, 9));
    assert!(row.get::<_, i64>(3) > 0);
}
