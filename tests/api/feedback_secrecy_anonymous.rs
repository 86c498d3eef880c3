//! The same of anonymous ratings: any two shown states differ by at least five of them, the close apart.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::feedback_batches::Course;
use crate::feedback_secrecy::{Watch, catalogue, step};
use crate::support::TestServer;

const K: usize = 5;
/// An item for each of them and each session: a form has thirty at most.
const LEARNERS: usize = 7;

/// Before anything was rated.
pub async fn unrated(server: &TestServer) -> Watch<'_> {
    Watch::of(Course::anonymous(server, LEARNERS).await, K).await
}

/// With ratings of which some stand apart, some are shown together, and some are held back.
pub async fn rated(server: &TestServer) -> Watch<'_> {
    unrated(server).await.begun([6, 4, 6, 5]).await
}

#[tokio::test]
async fn random_sequences_of_calls_on_anonymous_ratings_show_no_state_that_differs_by_fewer_than_k() {
    let mut runner = TestRunner::deterministic();
    let sequences = prop::collection::vec(prop::collection::vec(step(LEARNERS), 30), 2);
    let mut shown = 0;
    for sequence in sequences.new_tree(&mut runner).unwrap().current() {
        let server = TestServer::start().await;
        let mut watch = rated(&server).await;
        for step in sequence {
            watch.takes(step).await;
        }
        shown += watch.shown.len() - 1;
    }
    assert!(shown > 5, "only {shown} states were shown");
}

#[tokio::test]
async fn the_catalogue_of_attacks_shows_nobody_whose_rating_is_anonymous() {
    for (attack, steps) in catalogue(LEARNERS) {
        let server = TestServer::start().await;
        let mut watch = rated(&server).await;
        assert!(watch.shown.len() > 1, "something is shown before");
        watch.steps = vec![attack.to_owned()];
        for step in steps {
            watch.takes(step).await;
        }
    }
}
