//! Taking feedback. Learners rate a session together, so their requests share commits ([`SharedCommits`]): what is known about all of
//! them is read at once, each is judged by itself, and what is taken is stored at once.
//!
//! Within its window feedback may be given again, and the last one counts; in the mode `anonymous` the first one stands. The answer is
//! the same whatever was given before, so that nobody who can act for a learner finds out what that was. So it needs no
//! `Idempotency-Key`, and no answer is kept for one, which would tell who rated what when.

mod queries;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::FutureExt as _;
use futures_util::future::{join, join5};
use uuid::Uuid;

use self::queries::{Earlier, NewFeedback, Place};
use super::anonymous::{self, Answer};
use super::dto::PutMyFeedbackRequest;
use super::model::{Given, Known, WaitingRow};
use super::queries::{lock_lecturers, put_into_batches, store_batches, waiting};
use super::release::{Releases, release};
use super::service::{TermsOf, answer, known_to_rate, terms_of, visible};
use crate::call::{Part, SharedCommits, SharedLimits};
use crate::error::{Code, Error, Result};
use crate::http::{Metrics, Reply};
use crate::journal::{ClosedPeriod, Event, PERIOD_CLOSED, Record, Touched, Tx};
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::people::hold_employees;
use crate::programmes::{FeedbackMode, begin_live_feedback};
use crate::state::State;

/// The shared commits of `put_my_feedback`.
pub type Ratings = SharedCommits<PutMyFeedbackRequest>;

impl Ratings {
    #[must_use]
    pub fn of(state: State, limits: SharedLimits, metrics: &Metrics) -> Self {
        Self::new(state, |tx, parts| put_my_feedback(tx, parts).boxed(), limits, metrics.commits("put_my_feedback"))
    }
}

/// Feedback that may be given: by whose request, about what, and what it gives until when.
struct Taken<'p> {
    part: &'p Part<PutMyFeedbackRequest>,
    known: Known,
    given: Given,
    until: DateTime<Utc>,
}

/// Stores the callers' feedback on sessions. Each request is taken or refused by itself.
async fn put_my_feedback(tx: &mut Tx<'_>, parts: &[Part<PutMyFeedbackRequest>]) -> Result<Vec<Result<Reply>>> {
    let terms = terms_of(tx, parts.iter().map(Part::subject).collect()).await?;
    let (mut fates, mut taken) = (Vec::with_capacity(parts.len()), Vec::with_capacity(parts.len()));
    for (part, known) in parts.iter().zip(known_about(tx, parts, &terms).await?) {
        part.take_over(tx);
        let known = Thing::Session.require(visible(tx, known).await?);
        match known.and_then(|known| Taken::of(part, known, tx.now)) {
            Ok(one) => {
                fates.push(Ok(part.subject()));
                taken.push(one);
            }
            Err(refused) => fates.push(Err(refused)),
        }
    }
    store(tx, &taken).await?;
    let replies = replies(tx, &taken)?;
    let lost = || Error::internal("a rating without an answer");
    let reply = |session: Uuid| replies.get(&session).cloned().ok_or_else(lost);
    Ok(fates.into_iter().map(|fate| fate.and_then(reply)).collect())
}

/// What is known about the sessions and who rates them: until the commit, none of these records is merged into another one.
///
/// Who rates anonymously is not locked. The lock would stay on the record of just this person, as a trace of the answer: all who took
/// part are locked with it, later, because their rows are stored anew. So an answer may come under a record that is being merged; it
/// is found through the kept one.
async fn known_about(
    tx: &mut Tx<'_>,
    parts: &[Part<PutMyFeedbackRequest>],
    terms: &TermsOf,
) -> Result<Vec<Option<Known>>> {
    let is_anonymous =
        |session: Uuid| terms.get(&session).is_some_and(|terms| terms.row.mode == FeedbackMode::Anonymous);
    let lasting: Vec<Uuid> = parts.iter().filter(|part| !is_anonymous(part.subject())).map(Part::person).collect();
    let asked: Vec<(Uuid, Uuid)> = parts.iter().map(|part| (part.subject(), part.person())).collect();
    let asking = tx.asking();
    let (lasting, known) = join(hold_employees(asking, &lasting), known_to_rate(asking, terms, &asked)).await;
    let lasting = lasting?;
    let surviving: Vec<(Uuid, Uuid)> =
        asked.iter().map(|(session, person)| (*session, lasting.surviving(*person))).collect();
    if surviving == asked { known } else { known_to_rate(tx.asking(), terms, &surviving).await }
}

impl<'p> Taken<'p> {
    /// The feedback, if it may be given now.
    fn of(part: &'p Part<PutMyFeedbackRequest>, known: Known, now: DateTime<Utc>) -> Result<Self> {
        let given = part.request().on_form(&known.terms.served)?;
        let until = known.occasion().admit(now)?;
        Error::refuse(known.not_employed().into_iter().collect())?;
        Ok(Self { part, known, given, until })
    }

    fn session(&self) -> Uuid {
        self.known.terms.row.session_id
    }

    /// Session and learner.
    fn pair(&self) -> (Uuid, Uuid) {
        (self.session(), self.known.learner())
    }

    fn mode(&self) -> FeedbackMode {
        self.known.terms.row.mode
    }

    /// Whether it is released in a batch.
    fn is_held_back(&self) -> bool {
        self.mode() != FeedbackMode::Named
    }

    fn row(&self) -> NewFeedback {
        let Given { rule_id, rating, scale, items, comment } = self.given.clone();
        NewFeedback {
            session_id: self.session(),
            learner_id: self.known.learner(),
            rule_id,
            rating,
            scale,
            items,
            comment,
            admissible_until: Some(self.until),
        }
    }

    fn answer(&self) -> Answer {
        Answer { session: self.session(), learner: self.known.part.person_id, given: self.given.clone() }
    }
}

/// The sessions of this feedback, each once, in order.
fn sessions_of<'t, 'p: 't>(taken: impl IntoIterator<Item = &'t Taken<'p>>) -> Vec<Uuid> {
    let sessions: BTreeSet<Uuid> = taken.into_iter().map(Taken::session).collect();
    sessions.into_iter().collect()
}

/// Stores feedback, with what follows from it.
async fn store(tx: &mut Tx<'_>, taken: &[Taken<'_>]) -> Result<()> {
    if taken.is_empty() {
        return Ok(());
    }
    let (nameless, own): (Vec<&Taken<'_>>, Vec<&Taken<'_>>) =
        taken.iter().partition(|one| one.mode() == FeedbackMode::Anonymous);
    let held_back = sessions_of(taken.iter().filter(|one| one.is_held_back()));
    anonymous::lock(tx, &sessions_of(nameless.iter().copied())).await?;
    let mut follows = Follows::default();
    store_own(tx, &own, &held_back, &mut follows).await?;
    let answers = nameless.iter().map(|one| one.answer()).collect();
    let answered = anonymous::take(tx, answers).await?;
    for (one, _) in nameless.into_iter().zip(answered).filter(|(_, is_new)| *is_new) {
        follows.add(tx, one, None);
    }
    follows.write(tx).await
}

/// Stores what is not anonymous. What completes a batch is stored in it at once, so it must be known first what waits: `held_back` are the
/// sessions whose feedback is released in batches, the anonymous ones included, because all their lecturers are locked together.
///
/// What is sent together is worked off in that order. What is touched is not found before its session is held: a rating waits for whoever
/// gives its session to other lecturers or another day, and then has those marked.
async fn store_own(tx: &mut Tx<'_>, own: &[&Taken<'_>], held_back: &[Uuid], follows: &mut Follows) -> Result<()> {
    let rows: Vec<NewFeedback> = own.iter().map(|one| one.row()).collect();
    let mut shown = sessions_of(own.iter().copied().filter(|one| !one.is_held_back()));
    let mut to_hold = sessions_of(own.iter().copied());
    let mut before = Before::default();
    if !held_back.is_empty() {
        before = Before::find(tx, own, &rows, &to_hold, held_back).await?;
        to_hold.clear();
    }
    let mut places: Vec<Place> = tx.ids(rows.len()).into_iter().map(|id| Place { id, batch_id: None }).collect();
    let released = before.released_with(tx.tenant, own, &places);
    let mut members: BTreeMap<Uuid, Uuid> = released.ratings().into_iter().collect();
    for place in &mut places {
        place.batch_id = members.remove(&place.id);
    }
    let members: Vec<(Uuid, Uuid)> = members.into_iter().collect();
    shown.extend(&released.sessions);
    let asking = tx.asking();
    let (holds, batched, stored, joined, touched) = join5(
        queries::hold_sessions(asking, &to_hold),
        store_batches(asking, &released.batches, &released.lecturers),
        queries::upsert(asking, &rows, &places),
        put_into_batches(asking, &members),
        Touched::by_feedback(asking, &shown),
    )
    .await;
    holds?;
    batched?;
    let stored = stored?;
    joined?;
    tx.touched(touched?);
    // Of other programmes of the lecturers: what waits of them may have become enough by another cause than an answer.
    anonymous::release(tx, &released.answers()).await?;
    for (one, place) in own.iter().zip(&places) {
        let earlier = before.earlier.get(&one.pair());
        let stored = stored.get(&one.pair());
        if one.is_held_back() && earlier.is_none() && stored != Some(&place.id) {
            // Somebody has stored it in another way meanwhile: its batch would lack it.
            return Err(Error::new(Code::Busy));
        }
        if stored.is_some() {
            follows.add(tx, one, earlier.and_then(|earlier| earlier.batch_id));
        }
    }
    follows.events = released.events;
    Ok(())
}

/// What was there of feedback that is released in batches, before more of it is stored.
#[derive(Default)]
struct Before {
    /// What the same learners gave on the same sessions.
    earlier: BTreeMap<(Uuid, Uuid), Earlier>,
    /// What waits of the lecturers of these sessions.
    waiting: Vec<WaitingRow>,
}

impl Before {
    /// Finds it, once these sessions are held and the lecturers of what is held back are locked.
    async fn find(
        tx: &mut Tx<'_>,
        own: &[&Taken<'_>],
        rows: &[NewFeedback],
        sessions: &[Uuid],
        held_back: &[Uuid],
    ) -> Result<Self> {
        let given: Vec<&NewFeedback> =
            rows.iter().zip(own).filter(|(_, one)| one.is_held_back()).map(|(row, _)| row).collect();
        let rated = sessions_of(own.iter().copied().filter(|one| one.is_held_back()));
        let asking = tx.asking();
        let (holds, locked, earlier, waiting, kept) = join5(
            queries::hold_sessions(asking, sessions),
            lock_lecturers(asking, held_back),
            queries::earlier(asking, &given),
            waiting(asking, &rated, &rated),
            Touched::by_held_back(asking, held_back),
        )
        .await;
        holds?;
        locked?;
        let before = Self { earlier: earlier?, waiting: waiting? };
        tx.touched(kept?);
        Ok(before)
    }

    /// What can be released once this is stored at these places. What did not count, and is given again, waits from now on.
    fn released_with(&mut self, tenant: Uuid, own: &[&Taken<'_>], places: &[Place]) -> Releases {
        let mut joining: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        for (one, place) in own.iter().zip(places).filter(|(one, _)| one.is_held_back()) {
            let joins = match self.earlier.get(&one.pair()) {
                None => Some(place.id),
                Some(earlier) if !earlier.counts && earlier.batch_id.is_none() => Some(earlier.id),
                Some(_) => None,
            };
            joining.entry(one.session()).or_default().extend(joins);
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        for row in &mut waiting {
            row.ratings.extend(joining.remove(&row.session_id).unwrap_or_default());
        }
        Releases::of(tenant, waiting)
    }
}

/// What follows from feedback that is new or has changed.
#[derive(Default)]
struct Follows {
    /// The programmes whose live feedback begins, with the day.
    begins: BTreeMap<Uuid, NaiveDate>,
    /// Sessions with new anonymous answers.
    answered: BTreeSet<Uuid>,
    /// Batches in which released feedback has changed, each with a session of it.
    changed: BTreeMap<Uuid, Uuid>,
    /// Of what is released.
    events: Vec<Event>,
}

impl Follows {
    /// `replaced`: the batch in which what was replaced has been released.
    fn add(&mut self, tx: &mut Tx<'_>, one: &Taken<'_>, replaced: Option<Uuid>) {
        record(tx, one);
        let terms = &one.known.terms.row;
        if let Some(day) = terms.begins_live_on {
            let first = self.begins.entry(terms.programme_id).or_insert(day);
            *first = day.min(*first);
        }
        match (terms.mode, replaced) {
            (FeedbackMode::Anonymous, _) => {
                self.answered.insert(one.session());
            }
            (FeedbackMode::Confidential, Some(batch)) => {
                self.changed.insert(batch, one.session());
            }
            _ => {}
        }
    }

    async fn write(self, tx: &mut Tx<'_>) -> Result<()> {
        for (programme, day) in self.begins {
            begin_live_feedback(tx, programme, day).await?;
        }
        // Once k of a batch have been changed, they are shown as they are now. A batch is revised once; what is changed later joins
        // at the close.
        let shown = queries::show_changes(tx, &self.changed).await?;
        tx.touch_feedback(&shown).await?;
        let answered: Vec<Uuid> = self.answered.into_iter().collect();
        let released = release(tx, &answered).await?;
        self.events.into_iter().chain(released).for_each(|event| tx.emit(event));
        Ok(())
    }
}

/// Records that a rating was taken. Outside the mode `named`, the operation log shows the day and nothing else: not by whom, not
/// of which session, not when. Anyone can watch the number of ratings; together with it, each of these would show who gave which.
/// Events tell of what is released.
fn record(tx: &mut Tx<'_>, one: &Taken<'_>) {
    one.part.take_over(tx);
    tx.record(match one.mode() {
        FeedbackMode::Named => Record::told("put_my_feedback", "feedback.received", "session", one.session()),
        _ => Record::logged("put_my_feedback", "session", None).day_only().nameless(),
    });
}

/// The answer to everybody who has rated a session.
fn replies(tx: &Tx<'_>, taken: &[Taken<'_>]) -> Result<BTreeMap<Uuid, Reply>> {
    let mut replies = BTreeMap::new();
    for one in taken {
        let Entry::Vacant(place) = replies.entry(one.session()) else { continue };
        let closed: Vec<&ClosedPeriod> = tx.closed_periods().iter().filter(|period| has(period, &one.known)).collect();
        place.insert(Reply::ok(&answer(&one.known, true))?.with_member(PERIOD_CLOSED, &closed)?);
    }
    Ok(replies)
}

/// Whether the session was delivered in the closed period.
fn has(closed: &ClosedPeriod, known: &Known) -> bool {
    let terms = &known.terms.row;
    let interval = closed.period.parse::<Period>().ok().and_then(|period| period.interval(terms.zone()));
    closed.programme_id == terms.programme_id
        && interval.zip(terms.delivered_start).is_some_and(|(interval, start)| interval.contains(start))
}
