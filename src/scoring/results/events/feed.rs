//! The feed of one period: the latest event of everything that is listened to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use actix_web::http::header::ETAG;
use actix_web::web::Bytes;
use futures_util::FutureExt as _;
use serde::Serialize;
use tokio::sync::watch;
use uuid::Uuid;

use super::rights::Due;
use super::{Key, Pace};
use crate::auth::Actor;
use crate::auth::rights::ScoresRead;
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::journal::{Tx, read_tx};
use crate::kernel::phrases::Thing;
use crate::kernel::scope::Scope;
use crate::people;
use crate::scoring::results::dto::BoardQuery;
use crate::scoring::results::{Basis, Stamp, board};
use crate::state::State;

/// So many subjects are read at once.
const AT_ONCE: usize = 1000;

/// What is listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The place of a lecturer.
    Place(Uuid),
    /// A board: in scope `department` of this department, or of those without one.
    Board(Scope, Option<Uuid>),
}

/// What is told of a subject.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    pub stamp: Stamp,
    /// As it is sent.
    pub text: Bytes,
    /// Of what is told, apart from when.
    pub essence: String,
}

impl Event {
    fn new(stamp: Stamp, told: &impl Serialize) -> Result<Self> {
        let reply = Reply::projection(told)?;
        let essence = reply.get(&ETAG).unwrap_or_default().to_owned();
        let head = format!("id: {stamp}\ndata: ");
        let text = [head.as_bytes(), reply.body.as_slice(), b"\n\n".as_slice()].concat().into();
        Ok(Self { stamp, text, essence })
    }
}

/// The latest event of a subject; none before the feed has read it.
pub type Told = Option<Arc<Event>>;

pub struct Feed {
    pub(super) key: Key,
    /// How far the results are; none if they are to be read in any case.
    stamp: watch::Sender<Option<Stamp>>,
    subjects: Mutex<BTreeMap<Subject, watch::Sender<Told>>>,
    pub(super) due: Due,
}

impl Feed {
    pub fn new(key: Key) -> Self {
        Self { key, stamp: watch::channel(None).0, subjects: Mutex::default(), due: Due::default() }
    }

    fn subjects(&self) -> MutexGuard<'_, BTreeMap<Subject, watch::Sender<Told>>> {
        self.subjects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The events of a subject that come from now on.
    pub fn listen(&self, subject: Subject) -> watch::Receiver<Told> {
        self.subjects().entry(subject).or_insert_with(|| watch::channel(None).0).subscribe()
    }

    /// The results are as far as this.
    pub fn stamp(&self, stamp: Stamp) {
        self.stamp.send_if_modified(|known| known.replace(stamp) != Some(stamp));
    }

    /// What somebody listens to.
    fn listened(&self) -> Vec<Subject> {
        let mut subjects = self.subjects();
        subjects.retain(|_, told| told.receiver_count() > 0);
        subjects.keys().copied().collect()
    }

    /// Reads what is listened to, and tells what has changed. What cannot be read is found by halving: it ends its own streams, whose
    /// listeners are told why when they come back, and no others.
    async fn read(&self, state: &State) -> Result<()> {
        let mut parts: Vec<Vec<Subject>> = self.listened().chunks(AT_ONCE).map(<[Subject]>::to_vec).collect();
        while let Some(mut part) = parts.pop() {
            match self.events(state, part.clone()).await {
                Ok(events) => self.tell(events),
                Err(error) if error.code.passes() => return Err(error),
                Err(error) => {
                    // What is wrong with all of them is wrong without any.
                    self.events(state, Vec::new()).await?;
                    let rest = part.split_off(part.len() / 2);
                    if part.is_empty() {
                        self.end(&rest, &error);
                    } else {
                        parts.extend([part, rest]);
                    }
                }
            }
        }
        Ok(())
    }

    async fn events(&self, state: &State, subjects: Vec<Subject>) -> Result<Vec<(Subject, Event)>> {
        let key = self.key;
        let read = read_tx(state, key.tenant, Actor::system(), move |tx| {
            async move { events(tx, key, &subjects).await }.boxed()
        });
        read.await
    }

    fn tell(&self, events: Vec<(Subject, Event)>) {
        let subjects = self.subjects();
        for (subject, event) in events {
            if let Some(told) = subjects.get(&subject) {
                told.send_if_modified(|last| {
                    let is_new = last.as_ref().is_none_or(|last| last.essence != event.essence);
                    if is_new {
                        *last = Some(Arc::new(event));
                    }
                    is_new
                });
            }
        }
    }

    /// Ends the streams of what cannot be read.
    fn end(&self, unread: &[Subject], error: &Error) {
        if error.code.status() >= 500 {
            log::warn!("results that are listened to were not read: {}", error.chain());
        }
        let mut subjects = self.subjects();
        for subject in unread {
            subjects.remove(subject);
        }
    }
}

/// Reads again whenever the results have changed, as long as somebody listens.
pub async fn follow(feed: Weak<Feed>, state: State, pace: Pace) {
    let Some(mut stamps) = feed.upgrade().map(|feed| feed.stamp.subscribe()) else { return };
    while stamps.changed().await.is_ok() {
        let is_known = stamps.borrow_and_update().is_some();
        let Some(feed) = feed.upgrade().filter(|_| is_known) else { continue };
        if let Err(error) = feed.read(&state).await {
            // A period that the programme does not have is the listener's fault, and answered there.
            if error.code.status() >= 500 {
                log::warn!("results that are listened to were not read: {}", error.chain());
            }
            // The next look finds that they are to be read.
            feed.stamp.send_replace(None);
        }
        drop(feed);
        tokio::time::sleep(pace.gather).await;
    }
}

/// The events of these subjects as the results are now. Subjects that have no result are left out.
pub async fn events(tx: &mut Tx<'_>, key: Key, subjects: &[Subject]) -> Result<Vec<(Subject, Event)>> {
    let basis = Basis::find(tx, key.programme, key.period).await?;
    let stamp = basis.stamp();
    let mut events = Vec::new();
    let people: Vec<Uuid> = subjects.iter().filter_map(Subject::person).collect();
    for (asking, place) in board::places(tx, &basis, &people).await? {
        for person in asking {
            events.push((Subject::Place(person), Event::new(stamp, &place)?));
        }
    }
    for subject in subjects {
        if let Subject::Board(scope, department) = *subject {
            let board = board::board_of(&basis, scope, department);
            events.push((*subject, Event::new(stamp, &board::shown(tx, &basis, &board, None).await?)?));
        }
    }
    Ok(events)
}

/// Refuses a caller who may not see the subject.
pub async fn check(tx: &mut Tx<'_>, basis: &Basis, subject: Subject) -> Result<()> {
    match subject {
        Subject::Place(person) => {
            let seen = people::visible::<ScoresRead>(tx).await?;
            Thing::Scorecard.require(seen.includes(person).then_some(()))
        }
        Subject::Board(Scope::Programme, _) => board::refuse_whole_board(tx, basis, Scope::Programme),
        Subject::Board(scope, department_id) => {
            let without_department = department_id.is_none();
            let query = BoardQuery { scope: Some(scope), department_id, without_department };
            board::find(tx, basis, &query).await.map(drop)
        }
    }
}

/// The lecturer's place, if the caller may see it.
pub async fn place(tx: &mut Tx<'_>, key: Key, person: Uuid) -> Result<Subject> {
    let basis = Basis::find(tx, key.programme, key.period).await?;
    let subject = Subject::Place(person);
    check(tx, &basis, subject).await?;
    Ok(subject)
}

/// The board that the query names, if the caller may see it.
pub async fn board(tx: &mut Tx<'_>, key: Key, query: &BoardQuery) -> Result<Subject> {
    let basis = Basis::find(tx, key.programme, key.period).await?;
    let (board, _) = board::find(tx, &basis, query).await?;
    Ok(Subject::Board(board.scope, board.department))
}

impl Subject {
    fn person(&self) -> Option<Uuid> {
        match self {
            Self::Place(person) => Some(*person),
            Self::Board(..) => None,
        }
    }
}
