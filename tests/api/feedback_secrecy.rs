//! Nobody is found out: whatever is called in whatever order, and whoever looks, any two shown states of ratings that are not given
//! under a name differ by at least k of them, the close apart.
//!
//! Every rating answers an item of its own, so the answers that a statement adds up say exactly whose ratings are in it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use lectern::auth::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::feedback_batches::Course;
use crate::feedback_form::item;
use crate::support::{TestServer, at};

const K: usize = 3;
const LEARNERS: usize = 6;
/// By position: who gives which session at the beginning.
const GIVEN: [&[usize]; 4] = [&[0], &[0], &[0, 1], &[1]];
const LECTURERS: usize = 3;

/// Something that one of the callers does.
#[derive(Debug, Clone)]
pub enum Step {
    /// A learner rates a session.
    Rate {
        learner: usize,
        session: usize,
        rating: i32,
    },
    /// HR sends an attendance list: a bit for each learner.
    Attendance {
        session: usize,
        present: u8,
    },
    /// HR replaces the audience: a bit for each learner.
    Audience {
        session: usize,
        registered: u8,
    },
    /// HR corrects who gave the session: a bit for each lecturer.
    Lecturers {
        session: usize,
        given_by: u8,
    },
    Miss {
        session: usize,
    },
    Cancel {
        session: usize,
    },
    /// Delivered, in March or in February.
    Deliver {
        session: usize,
        in_february: bool,
    },
    /// Two administrators enter the same paper forms: a bit for each learner.
    Paper {
        session: usize,
        learners: u8,
        rating: i32,
    },
    /// HR extends the window by hours.
    Extend {
        session: usize,
        hours: i64,
    },
    /// Time goes on.
    Wait {
        hours: i64,
    },
}

pub fn step(learners: usize) -> impl Strategy<Value = Step> {
    let session = 0..GIVEN.len();
    prop_oneof![
        16 => (0..learners, session.clone(), 0..=10).prop_map(|(learner, session, rating)| Step::Rate { learner, session, rating }),
        1 => (session.clone(), any::<u8>()).prop_map(|(session, present)| Step::Attendance { session, present }),
        1 => (session.clone(), any::<u8>()).prop_map(|(session, registered)| Step::Audience { session, registered }),
        1 => (session.clone(), 1..8_u8).prop_map(|(session, given_by)| Step::Lecturers { session, given_by }),
        1 => session.clone().prop_map(|session| Step::Miss { session }),
        1 => session.clone().prop_map(|session| Step::Cancel { session }),
        2 => (session.clone(), prop::bool::weighted(0.2)).prop_map(|(session, in_february)| Step::Deliver { session, in_february }),
        1 => (session.clone(), any::<u8>(), 0..=10).prop_map(|(session, learners, rating)| Step::Paper { session, learners, rating }),
        1 => (session, 12..48_i64).prop_map(|(session, hours)| Step::Extend { session, hours }),
        1 => (1..5_i64).prop_map(|hours| Step::Wait { hours }),
    ]
}

/// A rating that answers the item of its own.
fn feedback(session: usize, learner: usize, rating: i32) -> Value {
    let key = format!("s{session}x{learner}");
    json!({"rating": rating, "items": {key: rating + 1}, "text": format!("{learner} on {session}")})
}

/// What a part of an answer shows: the answer to each item.
pub type State = BTreeMap<String, i64>;

/// The callers, and every state that was ever shown.
pub struct Watch<'s> {
    pub course: Course<'s>,
    pub lecturers: Vec<Uuid>,
    pub sessions: Vec<Uuid>,
    pub shown: Vec<(String, State)>,
    now: DateTime<Utc>,
    pub steps: Vec<String>,
    /// By how many ratings two shown states differ at least.
    pub k: usize,
    /// Who enters paper forms.
    admins: [Uuid; 2],
}

impl<'s> Watch<'s> {
    pub async fn new(server: &'s TestServer) -> Self {
        Self::of(Course::new(server, LEARNERS).await, K).await
    }

    /// Of a course whose ratings are shown `k` at a time.
    pub async fn of(course: Course<'s>, k: usize) -> Self {
        let server = course.server;
        let (mut lecturers, mut sessions) = (Vec::new(), Vec::new());
        for number in 0..LECTURERS {
            lecturers.push(course.lecturer(&format!("L{number}")).await);
        }
        for given in GIVEN {
            let given: Vec<Uuid> = given.iter().map(|lecturer| lecturers[*lecturer]).collect();
            sessions.push(course.session(&given).await);
        }
        let pairs =
            (0..GIVEN.len()).flat_map(|session| (0..course.learners.len()).map(move |learner| (session, learner)));
        let items: Vec<Value> =
            pairs.map(|(session, learner)| item(&format!("s{session}x{learner}"), 11, false)).collect();
        course.asks(10, &items).await;
        let shown = vec![("nothing".to_owned(), State::new())];
        let admins = [server.state.ids.next(), server.state.ids.next()];
        for admin in admins {
            server.person(admin, &[Role::Admin]).await;
        }
        Self { course, lecturers, sessions, shown, now: at("2026-03-02T04:00:00Z"), steps: Vec::new(), k, admins }
    }

    /// With ratings of which some stand apart, some are shown together, and some are held back.
    pub async fn rated(server: &'s TestServer) -> Self {
        Self::new(server).await.begun([4, 2, 4, 3]).await
    }

    /// So many learners, from the first on, have rated each session.
    pub async fn begun(mut self, counts: [usize; 4]) -> Self {
        for (session, (count, rating)) in counts.into_iter().zip([9, 7, 5, 3]).enumerate() {
            for learner in 0..count {
                self.does(Step::Rate { learner, session, rating }).await;
            }
        }
        self.looks().await;
        self
    }

    /// Does what is allowed and looks at everything.
    pub async fn takes(&mut self, step: Step) {
        self.does(step).await;
        self.looks().await;
    }

    /// Does what is allowed.
    pub async fn does(&mut self, step: Step) {
        self.steps.push(format!("{step:?}"));
        let chosen = |bits: u8, all: &[Uuid]| -> Vec<Uuid> {
            all.iter().enumerate().filter(|(i, _)| bits & (1 << i) != 0).map(|(_, id)| *id).collect()
        };
        let course = &self.course;
        match step {
            Step::Rate { learner, session, rating } => {
                course.tries_to_rate(learner, self.sessions[session], &feedback(session, learner, rating)).await;
            }
            Step::Paper { session, learners, rating } => {
                let learners = (0..course.learners.len()).filter(|learner| learners & (1 << learner) != 0);
                let form = |learner: usize| json!({"learner_id": course.learners[learner], "feedback": feedback(session, learner, rating)});
                let forms: Vec<Value> = learners.map(form).collect();
                let path = format!("/v1/sessions/{}/paper-feedback", self.sessions[session]);
                for admin in self.admins {
                    let admin = course.server.person_token(course.server.tenant, admin);
                    admin.post(&path, json!({"forms": forms})).await;
                }
            }
            Step::Attendance { session, present } => {
                let present = chosen(present, &course.learners);
                let records: Vec<Value> =
                    present.iter().map(|id| json!({"employee_id": id, "state": "present"})).collect();
                let path = format!("/v1/sessions/{}/attendance", self.sessions[session]);
                course.hr().await.put(&path, "*", json!({"source": "door", "records": records})).await;
            }
            Step::Audience { session, registered } => {
                let path = format!("/v1/sessions/{}/audience", self.sessions[session]);
                let registered = chosen(registered, &course.learners);
                course.hr().await.put(&path, "*", json!({"employee_ids": registered})).await;
            }
            Step::Lecturers { session, given_by } => {
                let given_by = chosen(given_by, &self.lecturers);
                if given_by.len() < 3 {
                    course.replace_lecturers(self.sessions[session], &given_by).await;
                }
            }
            Step::Miss { session } => {
                course.act(self.sessions[session], "miss", json!({"reason": "Nobody was there"})).await;
            }
            Step::Cancel { session } => {
                course.act(self.sessions[session], "cancel", json!({"reason": "It did not count"})).await;
            }
            Step::Deliver { session, in_february } => {
                let started_at = if in_february { "2026-02-28T01:00:00Z" } else { "2026-03-02T02:00:00Z" };
                let body = json!({"started_at": started_at, "delivered_minutes": 60, "reason": "It took place"});
                course.act(self.sessions[session], "deliver", body).await;
            }
            Step::Extend { session, hours } => {
                let until = (self.now + TimeDelta::hours(hours)).to_rfc3339();
                let body = json!({"extended_until": until, "reason": "No network"});
                let path = format!("/v1/sessions/{}/extend-feedback", self.sessions[session]);
                course.hr().await.post(&path, body).await.expect(200);
            }
            Step::Wait { hours } => {
                self.now += TimeDelta::hours(hours);
                course.server.clock.set(self.now);
            }
        }
    }

    /// Reads what everybody together can see of the ratings, and compares each of it with all that was ever seen.
    pub async fn looks(&mut self) {
        let hr = self.course.hr().await;
        let mut seen = Vec::new();
        for period in ["2026-02", "2026-03"] {
            for (number, lecturer) in self.lecturers.iter().enumerate() {
                let path = format!("/v1/programmes/{}/periods/{period}/scorecards/{lecturer}", self.course.programme);
                let answer = hr.get(&path).await;
                if answer.status == 404 {
                    continue;
                }
                let statement = answer.expect(200);
                let together = state(&statement["items_together"]);
                let mut whole = together.clone();
                for session in statement["sessions"].as_array().unwrap() {
                    let apart = state(&session["items"]);
                    assert_eq!(n(&session["ratings"]), apart.len(), "{statement}");
                    whole.extend(apart.clone());
                    seen.push((format!("a session in the statement of L{number}"), apart));
                }
                let rating = &statement["scorecard"]["card"]["metrics"]["feedback_rating"];
                assert_eq!(rating["n"], json!(whole.len()), "{statement}");
                assert_eq!(n(&statement["ratings_together"]), together.len(), "{statement}");
                seen.push((format!("the rest of the statement of L{number}"), together));
                seen.push((format!("the statement of L{number} in {period}"), whole));
            }
        }
        for (number, session) in self.sessions.iter().enumerate() {
            let report = hr.get(&format!("/v1/sessions/{session}/feedback")).await.expect(200);
            let said = state(&report["items"]);
            assert_eq!(report["texts"].as_array().unwrap().len(), said.len(), "{report}");
            seen.push((format!("the report of session {number}"), said));
        }
        for (what, now) in seen {
            for (before, then) in &self.shown {
                let differ = difference(&now, then);
                let steps = self.steps.join("\n");
                assert!(
                    differ == 0 || differ >= self.k,
                    "{what}: {now:?}\ndiffers by {differ} from {before}: {then:?}\n{steps}"
                );
            }
            if !self.shown.iter().any(|(_, then)| *then == now) {
                self.shown.push((what, now));
            }
        }
    }
}

pub fn state(items: &Value) -> State {
    let item = |item: &Value| (item["key"].as_str().unwrap().to_owned(), number(&item["sum"]));
    items.as_array().unwrap().iter().map(item).collect()
}

fn number(sum: &Value) -> i64 {
    sum.as_i64().unwrap_or_else(|| sum.as_str().unwrap().parse().unwrap())
}

fn n(ratings: &Value) -> usize {
    ratings.as_array().unwrap().iter().map(|total| usize::try_from(total["n"].as_u64().unwrap()).unwrap()).sum()
}

/// The number of ratings that are in one of the states only, or differ in both.
fn difference(a: &State, b: &State) -> usize {
    let differing = a.iter().filter(|(key, value)| b.get(*key) != Some(*value)).count();
    differing + b.keys().filter(|key| !a.contains_key(*key)).count()
}

#[tokio::test]
async fn random_sequences_of_calls_show_no_state_that_differs_by_fewer_than_k() {
    let mut runner = TestRunner::deterministic();
    let sequences = prop::collection::vec(prop::collection::vec(step(LEARNERS), 40), 3);
    let mut shown = 0;
    for sequence in sequences.new_tree(&mut runner).unwrap().current() {
        let server = TestServer::start().await;
        let mut watch = Watch::new(&server).await;
        for step in sequence {
            watch.takes(step).await;
        }
        shown += watch.shown.len() - 1;
    }
    assert!(shown > 5, "only {shown} states were shown");
}

/// Pairs of looks, with what an attacker does in between, with so many learners. The last one has rated nothing.
pub fn catalogue(learners: usize) -> [(&'static str, Vec<Step>); 9] {
    let (all, last) = (!(u8::MAX << learners), learners - 1);
    [
        (
            "the list without one person, and again with",
            vec![Step::Attendance { session: 0, present: all & !1 }, Step::Attendance { session: 0, present: all }],
        ),
        ("nobody came", vec![Step::Attendance { session: 0, present: 0 }]),
        ("the registration of one is taken back", vec![Step::Audience { session: 1, registered: all & !2 }]),
        (
            "one more lecturer, and only that one",
            vec![
                Step::Lecturers { session: 0, given_by: 0b101 },
                Step::Lecturers { session: 0, given_by: 0b100 },
                Step::Lecturers { session: 0, given_by: 0b001 },
            ],
        ),
        (
            "a session away and back",
            vec![
                Step::Miss { session: 1 },
                Step::Deliver { session: 1, in_february: false },
                Step::Deliver { session: 1, in_february: true },
                Step::Deliver { session: 1, in_february: false },
            ],
        ),
        (
            "a longer window, in which one rates",
            vec![
                Step::Wait { hours: 8 },
                Step::Wait { hours: 8 },
                Step::Wait { hours: 8 },
                Step::Extend { session: 0, hours: 4 },
                Step::Rate { learner: last, session: 0, rating: 1 },
            ],
        ),
        (
            "a paper form of one, and of another",
            vec![
                Step::Paper { session: 1, learners: 0b100, rating: 1 },
                Step::Paper { session: 1, learners: 0b1000, rating: 2 },
            ],
        ),
        (
            "one changes the rating, and back",
            vec![Step::Rate { learner: 0, session: 0, rating: 1 }, Step::Rate { learner: 0, session: 0, rating: 9 }],
        ),
        (
            "one at a time, and the session apart goes",
            vec![
                Step::Rate { learner: 3, session: 0, rating: 2 },
                Step::Rate { learner: 3, session: 1, rating: 2 },
                Step::Miss { session: 0 },
                Step::Miss { session: 2 },
            ],
        ),
    ]
}

#[tokio::test]
async fn the_catalogue_of_attacks_shows_nobody() {
    for (attack, steps) in catalogue(LEARNERS) {
        let server = TestServer::start().await;
        let mut watch = Watch::rated(&server).await;
        watch.steps = vec![attack.to_owned()];
        for step in steps {
            watch.takes(step).await;
        }
    }
}
