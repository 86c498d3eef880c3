//! One round of the projector: a transaction that brings some of a tenant's results up to date, and takes away what led to it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::model::{LivePeriod, LiveResult};
use super::store::{self, Shift};
use crate::db::allow_large_sets;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::journal::marks::{self, Mark};
use crate::kernel::period::{Period, local_midnight};
use crate::programmes::versions::first_rule_start;
use crate::programmes::{self, Programme, min_ratings, rule_in_force};
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::rule::ScoringRule;
use crate::scoring::rules::score;
use crate::scoring::sums::Sums;
use crate::scoring::{Moment, Reader};

/// So many open periods of a programme are live, the latest ones. It takes years without a close to have more.
const MOST_PERIODS: usize = 60;
/// So many lecturers are computed at once.
const AT_ONCE: usize = 500;

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Marks, oldest first. Marks of everybody, and days that begin, only lead to the other kind of work.
    Marks,
    /// Everybody of a period, in the order of ids; and what is left of a period that is closed.
    Everybody,
}

/// What a round leaves to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Left {
    /// Whether there may be more marks.
    pub marks: bool,
    /// Whether there is more of the other kind of work.
    pub everybody: bool,
}

/// Does at most `limit` of this work. None: somebody else has the tenant's turn.
pub async fn run(tx: &mut Tx<'_>, work: Work, limit: usize) -> Result<Option<Left>> {
    let Some(due_at) = store::take_turn(tx).await? else { return Ok(None) };
    let many = i64::try_from(limit).map_err(Error::internal)?;
    match work {
        Work::Marks => {
            if due_at <= tx.now {
                begin_days(tx, due_at).await?;
            }
            let marks = marks::oldest(tx, many).await?;
            follow(tx, &marks).await?;
            let everybody = store::all(tx).await?.iter().any(|live| live.anew_since.is_some());
            let everybody = everybody || !store::closed(tx).await?.is_empty();
            Ok(Some(Left { marks: marks.len() >= limit, everybody }))
        }
        Work::Everybody => {
            allow_large_sets(tx.conn).await?;
            let closed = store::closed(tx).await?;
            if let Some(live_period) = closed.first() {
                store::remove_some(tx, *live_period, many).await?;
                return Ok(Some(Left { marks: false, everybody: true }));
            }
            let (next, others) = next_renewed(tx).await?;
            let Some(live) = next else { return Ok(Some(Left::default())) };
            let done = renew_some(tx, live, many).await?;
            Ok(Some(Left { marks: false, everybody: others || !done }))
        }
    }
}

/// The live period in which everybody is to be computed anew next, the latest first, because it is the one that people look at; and
/// whether there are others.
async fn next_renewed(tx: &mut Tx<'_>) -> Result<(Option<LivePeriod>, bool)> {
    let mut renewed = store::all(tx).await?;
    renewed.retain(|live| live.anew_since.is_some());
    let next = renewed.pop();
    Ok((next, !renewed.is_empty()))
}

/// Sets aside what comes next and cannot be followed, one mark or one lecturer of everybody. A mark of several periods is split first,
/// so that only the period that fails is set aside.
pub async fn set_aside(tx: &mut Tx<'_>, work: Work, error: &str) -> Result<()> {
    let failed = || Error::internal(format!("projecting fails where nobody is named: {error}"));
    if store::take_turn(tx).await?.is_none() {
        return Ok(());
    }
    if work == Work::Everybody {
        let (next, _) = next_renewed(tx).await?;
        let mut live = next.ok_or_else(failed)?;
        let next = store::next_people(tx, live.id, live.anew_after.unwrap_or_default(), 1).await?;
        let person = next.first().copied().ok_or_else(failed)?;
        let mark = of_period(tx.id(), tx.now, &live, person);
        marks::set_aside(tx, &mark, error).await?;
        live.anew_after = Some(person);
        store::keep(tx, &live).await?;
        return Ok(());
    }
    let first = marks::oldest(tx, 1).await?.pop().ok_or_else(failed)?;
    let closed = store::closed(tx).await?;
    let mut concerned = store::all(tx).await?;
    concerned.retain(|live| live.is_concerned(&first) && !closed.contains(&live.id));
    let split = |live: &LivePeriod| first.employee_id.map(|person| of_period(tx.id(), first.marked_at, live, person));
    let parts: Vec<Mark> = concerned.iter().filter_map(split).collect();
    match parts.as_slice() {
        [] => marks::set_aside(tx, &first, error).await?,
        [only] if first.is_as(only) => marks::set_aside(tx, &first, error).await?,
        parts => {
            marks::insert(tx, parts).await?;
            marks::delete(tx, &[first.id]).await?
        }
    };
    Ok(())
}

/// The mark of one lecturer in one period.
fn of_period(id: Uuid, marked_at: DateTime<Utc>, live: &LivePeriod, person: Uuid) -> Mark {
    Mark {
        id,
        marked_at,
        programme_id: Some(live.programme_id),
        employee_id: Some(person),
        first_day: Some(live.starts_on),
        end_day: Some(live.ends_on),
        of_feedback: false,
    }
}

/// Brings the results of all whom these marks name up to date, and deletes the marks.
async fn follow(tx: &mut Tx<'_>, marks: &[Mark]) -> Result<()> {
    let mut of_everybody: Vec<&Mark> = Vec::new();
    for mark in marks.iter().filter(|mark| mark.employee_id.is_none()) {
        if !of_everybody.iter().any(|earlier| earlier.is_as(mark)) {
            renew(tx, mark).await?;
            of_everybody.push(mark);
        }
    }
    if !of_everybody.is_empty() {
        set_due(tx).await?;
    }
    let of_people: Vec<&Mark> = marks.iter().filter(|mark| mark.employee_id.is_some()).collect();
    if !of_people.is_empty() {
        let closed = store::closed(tx).await?;
        let mut programmes = BTreeMap::new();
        for live in store::all(tx).await?.into_iter().filter(|live| !closed.contains(&live.id)) {
            let moved = moved(of_people.iter().filter(|mark| live.is_concerned(mark)));
            if !moved.is_empty() {
                let terms = Terms::of(tx, &live, &mut programmes).await?;
                project(tx, live, &terms, &moved).await?;
            }
        }
    }
    marks::delete(tx, &marks.iter().map(|mark| mark.id).collect::<Vec<_>>()).await?;
    Ok(())
}

/// What has changed of a lecturer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moved {
    /// Feedback, and nothing else.
    Feedback,
    Anything,
}

/// Whom these marks name, ordered by id.
fn moved<'m>(marks: impl Iterator<Item = &'m &'m Mark>) -> Vec<(Uuid, Moved)> {
    let mut people: BTreeMap<Uuid, Moved> = BTreeMap::new();
    for mark in marks {
        let Some(person) = mark.employee_id else { continue };
        let what = if mark.of_feedback { Moved::Feedback } else { Moved::Anything };
        let most = people.entry(person).or_insert(what);
        *most = what.max(*most);
    }
    people.into_iter().collect()
}

/// Has everybody whom the mark names computed anew, in periods that are live or are so from now on.
async fn renew(tx: &mut Tx<'_>, mark: &Mark) -> Result<()> {
    let programmes = match mark.programme_id {
        Some(programme) => vec![programme],
        None => store::ruled_programmes(tx).await?,
    };
    for programme in programmes {
        for (period, rule) in open_periods(tx, programme).await? {
            if mark.concerns(programme, period.first_day(), day_after(period)) {
                store::renew(tx, programme, period, rule, mark.marked_at).await?;
            }
        }
    }
    Ok(())
}

/// Local days have begun, one at least since the last time: periods begin with them, and people change department.
async fn begin_days(tx: &mut Tx<'_>, due_at: DateTime<Utc>) -> Result<()> {
    let live: BTreeSet<(Uuid, Period)> =
        store::all(tx).await?.into_iter().map(|live| (live.programme_id, live.period)).collect();
    for programme in store::ruled_programmes(tx).await? {
        for (period, rule) in open_periods(tx, programme).await? {
            if !live.contains(&(programme, period)) {
                store::renew(tx, programme, period, rule, tx.now).await?;
            }
        }
    }
    // A day more at both ends: it is not the same day everywhere.
    let (first, last) = (due_at.date_naive() - Days::new(1), tx.now.date_naive() + Days::new(1));
    tx.mark_days_begun(first, last).await?;
    set_due(tx).await
}

/// Time alone moves something next when a local day begins in one of the programmes.
async fn set_due(tx: &mut Tx<'_>) -> Result<()> {
    let mut due_at = tx.now + TimeDelta::days(1);
    for id in store::ruled_programmes(tx).await? {
        let Some(programme) = programmes::find(tx, id).await? else { continue };
        let tomorrow = tx.now.with_timezone(&programme.time_zone).date_naive() + Days::new(1);
        if let Some(midnight) = local_midnight(tomorrow, programme.time_zone) {
            due_at = due_at.min(midnight);
        }
    }
    // Where clocks go back over midnight, that may be a moment that has passed.
    store::set_due(tx, due_at.max(tx.now + TimeDelta::minutes(1))).await?;
    Ok(())
}

fn day_after(period: Period) -> NaiveDate {
    period.last_day() + Days::new(1)
}

/// The periods of a programme that have begun, are not closed and have a rule, with the rule that serves.
pub async fn open_periods(tx: &mut Tx<'_>, programme: Uuid) -> Result<Vec<(Period, Uuid)>> {
    let (Some(programme), Some(first)) =
        (programmes::find(tx, programme).await?, first_rule_start(tx, programme).await?)
    else {
        return Ok(Vec::new());
    };
    let closed = store::closed_starts(tx, programme.id, first).await?;
    let is_over = |period: Period| programme.periods_end_on.is_some_and(|end| period.first_day() >= end);
    let back = std::iter::successors(programme.period_at(tx.now), |period| period.previous());
    let open: Vec<Period> = back
        .take_while(|period| period.first_day() >= first)
        .filter(|period| !closed.contains(&period.first_day()) && !is_over(*period))
        .take(MOST_PERIODS)
        .collect();
    let mut found = Vec::with_capacity(open.len());
    for period in open {
        if let Some(rule) = rule_in_force(tx, programme.id, &period).await? {
            found.push((period, rule.id));
        }
    }
    Ok(found)
}

/// What the results of a live period are computed with.
pub struct Terms {
    programme: Programme,
    rule: ScoringRule,
}

impl Terms {
    /// `known`: programmes that were read before.
    pub async fn of(tx: &mut Tx<'_>, live: &LivePeriod, known: &mut BTreeMap<Uuid, Programme>) -> Result<Self> {
        let programme = match known.get(&live.programme_id) {
            Some(programme) => programme.clone(),
            None => {
                let found = programmes::find(tx, live.programme_id).await?;
                let found = found.ok_or_else(|| Error::internal("a live period of no programme"))?;
                known.entry(found.id).or_insert(found).clone()
            }
        };
        let version = rule_in_force(tx, programme.id, &live.period).await?;
        let version = version.ok_or_else(|| Error::internal("a live period without a rule"))?;
        let k = min_ratings(tx, &programme, &live.period).await?;
        Ok(Self { rule: version.document.needing_ratings(k), programme })
    }

    /// The results of these people, ordered by id; nothing of those who are not scored in the period.
    pub async fn compute(&self, tx: &mut Tx<'_>, period: Period, people: &[Uuid]) -> Result<Vec<LiveResult>> {
        let reader = Reader::new(&self.programme, &self.rule, period, Moment::Provisional(tx.now))?;
        let members = reader.population(tx, Some(people)).await?;
        self.score(reader.shown(tx, &members).await?).await
    }

    /// The results with these inputs, but with the feedback of now.
    async fn compute_with(
        &self,
        tx: &mut Tx<'_>,
        period: Period,
        inputs: Vec<LecturerInputs>,
    ) -> Result<Vec<LiveResult>> {
        let reader = Reader::new(&self.programme, &self.rule, period, Moment::Provisional(tx.now))?;
        self.score(reader.shown_with(tx, inputs).await?).await
    }

    async fn score(&self, inputs: Vec<(LecturerInputs, Option<Sums>)>) -> Result<Vec<LiveResult>> {
        let rule = self.rule.clone();
        let compute = move || {
            let results = inputs.into_iter().map(|(own, sums)| {
                let card = score(&rule, &own);
                store::result(own, card, sums)
            });
            results.collect::<Result<Vec<LiveResult>>>()
        };
        // The runtime also serves everybody else's transactions.
        tokio::task::spawn_blocking(compute).await.map_err(Error::internal)?
    }
}

/// Brings the results of these people up to date. What has not changed is not written.
async fn project(tx: &mut Tx<'_>, mut live: LivePeriod, terms: &Terms, moved: &[(Uuid, Moved)]) -> Result<LivePeriod> {
    let next = live.version + 1;
    for moved in moved.chunks(AT_ONCE) {
        let people: Vec<Uuid> = moved.iter().map(|(person, _)| *person).collect();
        let stored = store::stored(tx, live.id, &people).await?;
        let mut before: BTreeMap<Uuid, LiveResult> = stored.into_iter().map(|own| (own.employee_id, own)).collect();
        let fresh = fresh(tx, &live, terms, moved, &before).await?;
        let (mut changed, mut shift) = (Vec::new(), Shift::default());
        for result in fresh {
            let known = before.remove(&result.employee_id);
            if known.as_ref() == Some(&result) {
                continue;
            }
            if let Some(known) = &known {
                shift.add(live.programme_id, known, -1);
            }
            shift.add(live.programme_id, &result, 1);
            changed.push(result);
        }
        for gone in before.values() {
            shift.add(live.programme_id, gone, -1);
        }
        let gone: Vec<Uuid> = before.into_keys().collect();
        if !(changed.is_empty() && gone.is_empty()) {
            live.version = next;
            store::put(tx, live.id, &changed, next).await?;
            store::delete(tx, live.id, &gone).await?;
            shift.store(tx, live.id).await?;
        }
        marks::delete_set_aside(tx, live.programme_id, live.starts_on, &people).await?;
    }
    if live.version == next && live.computed_at.is_some() {
        live.computed_at = Some(tx.now);
    }
    store::keep(tx, &live).await?;
    Ok(live)
}

/// The results of these people as they are now, given those that are stored.
async fn fresh(
    tx: &mut Tx<'_>,
    live: &LivePeriod,
    terms: &Terms,
    moved: &[(Uuid, Moved)],
    stored: &BTreeMap<Uuid, LiveResult>,
) -> Result<Vec<LiveResult>> {
    let (mut people, mut inputs) = (Vec::new(), Vec::new());
    for (person, what) in moved {
        match stored.get(person).filter(|_| *what == Moved::Feedback) {
            Some(result) => inputs.push(result.inputs.0.clone()),
            None => people.push(*person),
        }
    }
    let mut fresh = if people.is_empty() { Vec::new() } else { terms.compute(tx, live.period, &people).await? };
    if !inputs.is_empty() {
        fresh.append(&mut terms.compute_with(tx, live.period, inputs).await?);
    }
    Ok(fresh)
}

/// Computes the next of a period in which everybody is to be computed anew. Returns whether those were the last.
async fn renew_some(tx: &mut Tx<'_>, live: LivePeriod, limit: i64) -> Result<bool> {
    let after = live.anew_after.unwrap_or_default();
    let people = store::next_people(tx, live.id, after, limit).await?;
    let terms = Terms::of(tx, &live, &mut BTreeMap::new()).await?;
    let anew: Vec<(Uuid, Moved)> = people.iter().map(|person| (*person, Moved::Anything)).collect();
    let mut live = project(tx, live, &terms, &anew).await?;
    let is_done = i64::try_from(people.len()).unwrap_or(i64::MAX) < limit;
    if is_done {
        store::recount(tx, &live).await?;
        (live.anew_since, live.anew_after) = (None, None);
        live.computed_at = Some(tx.now);
    } else {
        live.anew_after = people.last().copied().or(live.anew_after);
    }
    store::keep(tx, &live).await?;
    Ok(is_done)
}
