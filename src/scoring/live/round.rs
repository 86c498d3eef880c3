//! One round of the projector: a transaction that brings some of a tenant's results up to date, and takes away what led to it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join;
use uuid::Uuid;

use super::aside::{self, of_period};
use super::calendar::{self, begin_days, set_due};
use super::change::Change;
use super::model::{LivePeriod, LiveResult, StoredFacts};
use super::store::{self, Periods, Turn};
use super::terms::Terms;
use crate::db::{allow_large_sets, savepoint};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::journal::marks::{self, Mark};
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::titles::Titles;

/// So many lecturers are computed at once.
const AT_ONCE: usize = 500;
/// No statement of a round takes longer than this, in milliseconds: others wait.
const LONGEST: i32 = 10_000;
/// The same for somebody of whom something was set aside before.
const LONGEST_OF_DOUBTFUL: i32 = 1_000;

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Marks, oldest first. Marks of everybody, and days that begin, only lead to work on everybody.
    Marks,
    /// All marks of somebody of whom something was set aside before, alone: it may fail again.
    Doubtful,
    /// Everybody of a period, in the order of ids; and what is left of a period that is closed.
    Everybody,
}

/// What a round leaves to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Left {
    /// Whether there may be more marks.
    pub marks: bool,
    /// Whether there may be more of people of whom something was set aside.
    pub doubtful: bool,
    /// Whether there is more to do on everybody.
    pub everybody: bool,
}

impl Left {
    /// All that was to be done.
    pub fn all(work: Work) -> Self {
        Self { marks: work == Work::Marks, doubtful: work == Work::Doubtful, everybody: work == Work::Everybody }
    }
}

/// Does at most `limit` of this work. None: somebody else has the tenant's turn.
///
/// What is at fault and names a single lecturer is set aside. Where it names several, the round fails, and is tried with less.
pub async fn run(tx: &mut Tx<'_>, work: Work, limit: usize) -> Result<Option<Left>> {
    let longest = if work == Work::Doubtful { LONGEST_OF_DOUBTFUL } else { LONGEST };
    let Some(turn) = store::take_turn(tx, longest).await? else { return Ok(None) };
    let left = match work {
        Work::Marks => follow_oldest(tx, &turn, limit).await?,
        Work::Doubtful => follow_doubtful(tx).await?,
        Work::Everybody => renew_next(tx, limit).await?,
    };
    Ok(Some(left))
}

async fn follow_oldest(tx: &mut Tx<'_>, turn: &Turn, limit: usize) -> Result<Left> {
    if turn.due_at <= tx.now {
        begin_days(tx, turn.due_at).await?;
    }
    let asking = tx.asking();
    let (marks, periods) = try_join(marks::oldest(asking, size(limit)?), store::periods_of(asking)).await?;
    let ids: BTreeSet<Uuid> = marks.iter().map(|mark| mark.id).collect();
    let departments: BTreeSet<Uuid> =
        marks.iter().filter(|mark| mark.department_id.is_some()).map(|mark| mark.id).collect();
    if !departments.is_empty() {
        marks::expand(tx, &departments.iter().copied().collect::<Vec<_>>()).await?;
    }
    let marks = if turn.has_set_aside { without_doubtful(tx, marks).await? } else { marks };
    let periods = follow(tx, &marks, periods, ids.len() == 1 || is_of_one(&marks)).await?;
    marks::delete(tx, &ids.iter().copied().collect::<Vec<_>>()).await?;
    Ok(Left {
        marks: ids.len() >= limit || !departments.is_empty(),
        doubtful: turn.has_set_aside,
        everybody: periods.are_behind(),
    })
}

/// The marks without those of people of whom something was set aside, which are left to be followed apart.
async fn without_doubtful(tx: &mut Tx<'_>, marks: Vec<Mark>) -> Result<Vec<Mark>> {
    let doubtful = marks::doubtful_people(tx).await?;
    let is_doubtful = |mark: &Mark| mark.employee_id.is_some_and(|person| doubtful.contains(&person));
    let (left, marks): (Vec<Mark>, Vec<Mark>) = marks.into_iter().partition(is_doubtful);
    marks::insert(tx, &left).await?;
    Ok(marks)
}

async fn follow_doubtful(tx: &mut Tx<'_>) -> Result<Left> {
    let mut marks = marks::doubtful(tx).await?;
    // Whatever was set aside is not in what is stored.
    for mark in &mut marks {
        mark.of_feedback = false;
    }
    let periods = store::periods(tx).await?;
    follow(tx, &marks, periods, true).await?;
    marks::delete(tx, &marks.iter().map(|mark| mark.id).collect::<Vec<_>>()).await?;
    Ok(Left { doubtful: !marks.is_empty(), ..Left::default() })
}

fn size(limit: usize) -> Result<i64> {
    i64::try_from(limit).map_err(Error::internal)
}

/// Brings the results of all whom these marks name up to date: `apart`, each undone alone where it fails. Returns the periods as they are
/// then.
async fn follow(tx: &mut Tx<'_>, marks: &[Mark], mut periods: Periods, apart: bool) -> Result<Periods> {
    if renew_marked(tx, marks).await? {
        periods = store::periods(tx).await?;
    }
    for live in &periods.open {
        let moved = moved(marks.iter().filter(|mark| live.is_concerned(mark)));
        if apart {
            for own in &moved {
                project_alone(tx, live, own).await?;
            }
        } else if !moved.is_empty() {
            let terms = Terms::of(tx, live).await?;
            project(tx, live.clone(), &terms, &moved).await?;
        }
    }
    Ok(periods)
}

/// Whether these marks name one lecturer and nobody else.
fn is_of_one(marks: &[Mark]) -> bool {
    let person = marks.first().and_then(|mark| mark.employee_id);
    person.is_some() && marks.iter().all(|mark| mark.employee_id == person)
}

/// Has everybody computed anew whom marks of everybody name. Returns whether there are any.
async fn renew_marked(tx: &mut Tx<'_>, marks: &[Mark]) -> Result<bool> {
    let mut renewed: Vec<&Mark> = Vec::new();
    for mark in marks.iter().filter(|mark| mark.is_of_everybody) {
        if !renewed.iter().any(|earlier| earlier.is_as(mark)) {
            calendar::renew(tx, mark).await?;
            renewed.push(mark);
        }
    }
    if !renewed.is_empty() {
        set_due(tx).await?;
    }
    Ok(!renewed.is_empty())
}

/// What has changed of a lecturer.
#[derive(Debug, Clone)]
enum Moved {
    /// Feedback on these sessions, and nothing else.
    Feedback(BTreeSet<Uuid>),
    Anything,
}

impl Moved {
    fn add(&mut self, mark: &Mark) {
        match (self, mark.session_id.filter(|_| mark.of_feedback)) {
            (Self::Anything, _) => {}
            (Self::Feedback(sessions), Some(session)) => {
                sessions.insert(session);
            }
            (anything, None) => *anything = Self::Anything,
        }
    }

    fn sessions(&self) -> Option<&BTreeSet<Uuid>> {
        match self {
            Self::Feedback(sessions) => Some(sessions),
            Self::Anything => None,
        }
    }
}

/// Whom these marks name, ordered by id.
fn moved<'m>(marks: impl Iterator<Item = &'m Mark>) -> Vec<(Uuid, Moved)> {
    let mut people: BTreeMap<Uuid, Moved> = BTreeMap::new();
    for mark in marks {
        let Some(person) = mark.employee_id else { continue };
        people.entry(person).or_insert_with(|| Moved::Feedback(BTreeSet::new())).add(mark);
    }
    people.into_iter().collect()
}

/// Brings the results of these people up to date. What has not changed is not written.
async fn project(tx: &mut Tx<'_>, mut live: LivePeriod, terms: &Terms, moved: &[(Uuid, Moved)]) -> Result<LivePeriod> {
    let next = live.version + 1;
    for moved in moved.chunks(AT_ONCE) {
        let mut change = Change::new(live.programme_id);
        let others = add_feedback(tx, &live, terms, moved, &mut change).await?;
        compute_anew(tx, &live, terms, &others, &mut change).await?;
        if !change.is_empty() {
            live.version = next;
            live.computed_at = live.computed_at.map(|_| tx.now);
            change.store(tx, &live).await?;
        }
    }
    Ok(live)
}

/// The results of those of whom only feedback has changed: what else is stored of them is right. Returns the others.
async fn add_feedback(
    tx: &mut Tx<'_>,
    live: &LivePeriod,
    terms: &Terms,
    moved: &[(Uuid, Moved)],
    change: &mut Change,
) -> Result<Vec<Uuid>> {
    let of_feedback: Vec<Uuid> =
        moved.iter().filter(|(_, what)| what.sessions().is_some()).map(|(person, _)| *person).collect();
    let stored = store::facts(tx, live.id, &of_feedback).await?;
    let known = |own: &StoredFacts| Some((own.inputs.0.clone(), own.titles.as_ref()?.0.clone()));
    let inputs: Vec<(LecturerInputs, Titles)> = stored.iter().filter_map(known).collect();
    let mut before: BTreeMap<Uuid, StoredFacts> =
        stored.into_iter().filter(|own| own.titles.is_some()).map(|own| (own.employee_id, own)).collect();
    let others = moved.iter().map(|(person, _)| *person).filter(|person| !before.contains_key(person)).collect();
    if inputs.is_empty() {
        return Ok(others);
    }
    let sessions = moved.iter().filter_map(|(_, what)| what.sessions()).flatten().copied().collect();
    for result in terms.compute_with(tx, live.period, inputs, &sessions).await? {
        let Some(own) = before.remove(&result.employee_id) else { continue };
        if (&own.inputs, &own.sums) != (&result.inputs, &result.sums) {
            change.put(Some((own.board_id, own.shortfall)), result);
        }
    }
    Ok(others)
}

/// The results of these people from all their facts.
async fn compute_anew(
    tx: &mut Tx<'_>,
    live: &LivePeriod,
    terms: &Terms,
    people: &[Uuid],
    change: &mut Change,
) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let stored = store::stored(tx, live.id, people).await?;
    let mut before: BTreeMap<Uuid, LiveResult> = stored.into_iter().map(|own| (own.employee_id, own)).collect();
    for result in terms.compute(tx, live.period, people).await? {
        let own = before.remove(&result.employee_id);
        if own.as_ref() != Some(&result) {
            change.put(own.as_ref().map(LiveResult::stands), result);
        }
    }
    for gone in before.values() {
        change.take(gone);
    }
    Ok(())
}

/// Brings the result of one lecturer up to date. If that fails, it is set aside; none then.
async fn project_alone(tx: &mut Tx<'_>, live: &LivePeriod, own: &(Uuid, Moved)) -> Result<Option<LivePeriod>> {
    let person = own.0;
    savepoint(tx.conn).await?;
    marks::delete_set_aside(tx, live.programme_id, live.starts_on, &[person]).await?;
    let projected = match Terms::of(tx, live).await {
        Ok(terms) => project(tx, live.clone(), &terms, std::slice::from_ref(own)).await,
        Err(error) => Err(error),
    };
    let mark = of_period(tx.now, live, Some(person));
    aside::unless_done(tx, projected, &mark).await
}

/// The next of a period in which everybody is to be computed anew, the latest period first, because it is the one that people look at;
/// before that, what is left of periods that are closed.
async fn renew_next(tx: &mut Tx<'_>, limit: usize) -> Result<Left> {
    let mut periods = store::periods(tx).await?;
    if let Some(closed) = periods.closed.first() {
        store::remove_some(tx, *closed, size(limit)?).await?;
        return Ok(Left::all(Work::Everybody));
    }
    periods.open.retain(|live| live.anew_since.is_some());
    let Some(live) = periods.open.pop() else { return Ok(Left::default()) };
    let is_done = renew_some(tx, live, limit).await?;
    Ok(Left { everybody: !is_done || !periods.open.is_empty(), ..Left::default() })
}

/// Computes the next of a period in which everybody is to be computed anew. Returns whether those were the last.
async fn renew_some(tx: &mut Tx<'_>, live: LivePeriod, limit: usize) -> Result<bool> {
    savepoint(tx.conn).await?;
    let terms = Terms::of(tx, &live).await;
    let whole = of_period(tx.now, &live, None);
    let Some(terms) = aside::unless_done(tx, terms, &whole).await? else {
        store::keep(tx, &LivePeriod { anew_since: None, anew_after: None, ..live }).await?;
        return Ok(true);
    };
    let people = store::next_people(tx, live.id, live.anew_after.unwrap_or_default(), size(limit)?).await?;
    let anew: Vec<(Uuid, Moved)> = people.iter().map(|person| (*person, Moved::Anything)).collect();
    let mut live = match anew.as_slice() {
        [own] => project_alone(tx, &live, own).await?.unwrap_or(live),
        anew => {
            marks::delete_set_aside(tx, live.programme_id, live.starts_on, &people).await?;
            project(tx, live, &terms, anew).await?
        }
    };
    let is_done = people.len() < limit;
    if is_done {
        allow_large_sets(tx.conn).await?;
        store::recount(tx, &live).await?;
        (live.anew_since, live.anew_after) = (None, None);
        live.computed_at = Some(tx.now);
    } else {
        live.anew_after = people.last().copied().or(live.anew_after);
    }
    store::keep(tx, &live).await?;
    Ok(is_done)
}
