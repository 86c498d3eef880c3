//! What goes wrong while many rate at once.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::{join, join_all};
use lectern::auth::routes::issue;
use lectern::kernel::clock::Clock;
use lectern::keys::TokenActor;
use reqwest::RequestBuilder;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::Class;
use crate::support::{Client, Process, TestServer, WORK, open_more_files, until};

/// What a learner gives.
fn rating(learner: usize) -> i32 {
    i32::try_from(learner % 11).unwrap()
}

/// Told to come back, the learner does, until the rating is taken.
async fn insists(class: &Class<'_>, taken: &AtomicUsize, learner: usize, key: &str) {
    let client = class.client(learner);
    until("the rating is taken", WORK, async || {
        let request = class.put(&client, rating(learner)).header("idempotency-key", key);
        let answer = request.send().await.map_err(|error| error.to_string())?;
        if answer.status() == 200 { Ok(()) } else { Err(answer.text().await.unwrap()) }
    })
    .await;
    taken.fetch_add(1, Ordering::Relaxed);
}

/// Of ten learners one sends everything twice with one key, and one twice with two.
async fn insists_as_usual(class: &Class<'_>, taken: &AtomicUsize, learner: usize) {
    let again = match learner % 10 {
        1 => "key",
        2 => "other",
        _ => return insists(class, taken, learner, "key").await,
    };
    join(insists(class, taken, learner, "key"), insists(class, taken, learner, again)).await;
}

/// Of ten learners another one hangs up.
#[tokio::test]
async fn a_thousand_ratings_with_twins_hang_ups_and_cut_connections_are_each_there_once() {
    const LEARNERS: usize = 1000;
    open_more_files();
    let server = TestServer::start().await;
    let class = Class::of(&server, LEARNERS).await;
    let taken = AtomicUsize::new(0);
    let hang_ups: Vec<JoinHandle<_>> = (0..LEARNERS)
        .step_by(10)
        .map(|learner| tokio::spawn(class.put(&class.client(learner), rating(learner)).send()))
        .collect();
    let owner = server.database.owner().await;
    let trouble = async {
        for count in [50, 150, 300, 500, 700] {
            until("some ratings are taken", WORK, async || match taken.load(Ordering::Relaxed) {
                found if found >= count => Ok(()),
                found => Err(found.to_string()),
            })
            .await;
            hang_ups.iter().take(count / 10).for_each(JoinHandle::abort);
            server.database.cut(&owner, "xact_start IS NOT NULL").await;
        }
        hang_ups.iter().for_each(JoinHandle::abort);
    };
    let insisting = (0..LEARNERS).filter(|learner| learner % 10 != 0);
    let insisting = join_all(insisting.map(|learner| insists_as_usual(&class, &taken, learner)));
    join(insisting, trouble).await;
    class.until_waiting(0).await;
    server.database.until_idle(&owner).await;
    let stored = class.stored().await;
    for (learner, id) in class.learners.iter().enumerate() {
        match stored.get(id) {
            Some(found) => assert_eq!(*found, rating(learner)),
            None => assert_eq!(learner % 10, 0, "only who has hung up may not be there"),
        }
    }
    class.each_was_told_once(stored.len()).await;
}

/// Sends a rating to the process. Whether it is acknowledged.
async fn acknowledged(request: RequestBuilder) -> bool {
    let Ok(answer) = request.send().await else { return false };
    let status = answer.status();
    let Ok(answered) = answer.json::<Value>().await else { return false };
    assert_eq!(status, 200, "{answered}");
    true
}

#[tokio::test]
async fn what_a_killed_process_has_acknowledged_is_there_and_a_retry_doubles_nothing() {
    const LEARNERS: usize = 400;
    let server = TestServer::start().await;
    let class = Class::of(&server, LEARNERS).await;
    server.clock.set(Clock::system().now());
    let today = "UPDATE sessions SET scheduled_start = now() - interval '2 hours', delivered_start = now() - interval '2 hours'";
    class.scene.given.sql.batch_execute(today).await.unwrap();
    let process = Process::serve(&server);
    let (issuer, client) = (process.issuer(&server).await, Client::anonymous(&process.base));
    let process = Mutex::new(Some(process));
    let told = Mutex::new(BTreeSet::new());
    let rates = async |learner: usize| {
        let actor = TokenActor::Person { employee_id: class.learners[learner] };
        let token = issue(&issuer, server.tenant, actor, "test".to_owned(), Vec::new()).unwrap();
        if acknowledged(class.put(&client.with_token(token), 7)).await {
            let mut told = told.lock().unwrap();
            told.insert(class.learners[learner]);
            if told.len() > LEARNERS / 4 {
                drop(process.lock().unwrap().take());
            }
        }
    };
    join_all((0..LEARNERS).map(rates)).await;
    let told = told.into_inner().unwrap();
    assert!(process.into_inner().unwrap().is_none(), "it was killed: {} were acknowledged", told.len());
    // What it had begun is undone as soon as the database notices.
    let owner = server.database.owner().await;
    server.database.until_idle(&owner).await;
    let stored = class.stored().await;
    assert!(told.iter().all(|learner| stored.get(learner) == Some(&7)));
    class.each_was_told_once(stored.len()).await;
    for answer in join_all((0..LEARNERS).map(|learner| class.rate(learner, 7))).await {
        answer.expect(200);
    }
    assert_eq!(class.stored().await.len(), LEARNERS);
    class.each_was_told_once(LEARNERS).await;
}
