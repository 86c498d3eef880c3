//! Turns the stored facts into every lecturer's inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use futures_util::future::try_join5;
use uuid::Uuid;

use super::fees::{self, Fees};
use super::gathered::Gathered;
use super::inputs::{
    ContentInputs, DepartmentInputs, FeeInputs, ItemSum, LecturerInputs, RatingSum, SessionInputs, SessionKind,
    SessionOutcome,
};
use super::moment::Moment;
use super::population::{self, Member, PersonRow};
use super::queries::{self, ContentRow, Cut, ExternalRow, ItemRow, Of, RatingRow, SessionRow};
use super::rule::ScoringRule;
use super::sums::Sums;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;
use crate::kernel::period::Period;
use crate::programmes::{FeedbackMode, Programme, policies_in_force};

/// How many lecturers' facts are read at once: few enough for memory, enough to spread the cost of a statement.
pub const CHUNK: usize = 1_000;

/// The inputs of the population of a programme and period, ordered by employee id; which facts count is in the rule. If `only` is
/// given, only these lecturers; those not in the population are left out.
///
/// It reads a chunk of lecturers after the other. All statements must run in one transaction with one database snapshot. Whoever
/// does not need all inputs at once takes a [`Reader`].
pub async fn load_inputs(
    tx: &mut Tx<'_>,
    programme: &Programme,
    rule: &ScoringRule,
    period: &Period,
    moment: Moment,
    only: Option<&[Uuid]>,
) -> Result<Vec<LecturerInputs>> {
    let fees = policies_in_force(tx, programme.id, period).await?.is_some_and(|version| version.document.pays_fees());
    let reader = Reader::new(programme, rule, *period, moment)?.with_fees(fees);
    let population = reader.population(tx, only).await?;
    let mut inputs = Vec::with_capacity(population.len());
    for chunk in population.chunks(CHUNK) {
        inputs.append(&mut reader.inputs(tx, chunk).await?);
    }
    Ok(inputs)
}

/// Reads the facts of a programme and period from one point of view: first who is in the population, then their inputs, some
/// lecturers at a time.
#[derive(Debug)]
pub struct Reader<'a> {
    cut: Cut<'a>,
    period: Period,
    /// The ratings of the whole period, if they were gathered.
    ratings: Option<Gathered>,
}

impl<'a> Reader<'a> {
    pub fn new(programme: &Programme, rule: &'a ScoringRule, period: Period, moment: Moment) -> Result<Self> {
        Ok(Self { cut: cut(programme, rule, period, moment)?, period, ratings: None })
    }

    /// Reads what fees depend on as well, if the policies pay any.
    #[must_use]
    pub fn with_fees(mut self, pays_fees: bool) -> Self {
        self.cut.with_fees = pays_fees;
        self
    }

    /// Adds up the ratings of the whole period in one go, for whoever reads all of it: those of a session lie among those of all the
    /// others of its days, and finding them session by session takes several times as long. A row of each session stays in memory.
    /// Of feedback that is stored or shown in another way than one by one, nothing is gathered.
    pub async fn gather_ratings(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.ratings = Gathered::read(tx, &self.cut).await?;
        Ok(())
    }

    /// The population, or those in `only` who belong to it, ordered by employee id.
    pub async fn population(&self, tx: &mut Tx<'_>, only: Option<&[Uuid]>) -> Result<Vec<Member>> {
        Ok(population::members(tx, &self.cut, only).await?)
    }

    /// The inputs of some members of the population, ordered by employee id. It takes seven statements at the most, whatever their
    /// number; five of them go to the database together.
    pub async fn inputs(&self, tx: &mut Tx<'_>, members: &[Member]) -> Result<Vec<LecturerInputs>> {
        let (inputs, _) = self.read(tx, members).await?;
        Ok(inputs)
    }

    /// The same, each with its feedback as a statement shows it: none where each session is shown by itself. One more statement.
    pub async fn shown(&self, tx: &mut Tx<'_>, members: &[Member]) -> Result<Vec<(LecturerInputs, Option<Sums>)>> {
        let (inputs, feedback) = self.read(tx, members).await?;
        self.with_shown(tx, inputs, feedback).await
    }

    /// The same of these inputs, with the feedback of now on these sessions. Nothing else is read, unless feedback is shown in batches:
    /// then what is shown of a session depends on all the others.
    pub async fn shown_with(
        &self,
        tx: &mut Tx<'_>,
        mut inputs: Vec<LecturerInputs>,
        sessions: &BTreeSet<Uuid>,
    ) -> Result<Vec<(LecturerInputs, Option<Sums>)>> {
        let is_read = |session: &Uuid| self.cut.released_only || sessions.contains(session);
        let only: Vec<Uuid> = inputs.iter().map(|own| own.employee_id).collect();
        let held: Vec<Uuid> = held_by(&inputs).into_iter().filter(is_read).collect();
        let of = queries::Feedback { held: &held, only: &only };
        let feedback = Feedback::load(tx, &self.cut, self.ratings.as_ref(), of).await?;
        for own in &mut inputs {
            for session in own.sessions.iter_mut().filter(|session| is_read(&session.session_id)) {
                session.ratings = sums_of(&feedback.ratings, own.employee_id, session.session_id);
                session.items = sums_of(&feedback.items, own.employee_id, session.session_id);
                if let Some(fee) = &mut session.fee {
                    fee.own_ratings = own_ratings(&feedback, own.employee_id, session.session_id);
                }
            }
        }
        self.with_shown(tx, inputs, feedback).await
    }

    async fn with_shown(
        &self,
        tx: &mut Tx<'_>,
        inputs: Vec<LecturerInputs>,
        feedback: Feedback,
    ) -> Result<Vec<(LecturerInputs, Option<Sums>)>> {
        if !self.cut.released_only {
            return Ok(inputs.into_iter().map(|own| (own, None)).collect());
        }
        let mut sums = feedback.shown()?;
        let batches = if sums.is_empty() {
            Vec::new()
        } else {
            let only: Vec<Uuid> = inputs.iter().map(|own| own.employee_id).collect();
            queries::batches_together(tx, &self.cut, queries::Feedback { held: &held_by(&inputs), only: &only }).await?
        };
        for row in batches {
            sums.entry(row.employee_id).or_default().batches.push(row.batch_id);
        }
        let own = |inputs: LecturerInputs| {
            let sums = sums.remove(&inputs.employee_id).unwrap_or_default();
            (inputs, Some(sums))
        };
        Ok(inputs.into_iter().map(own).collect())
    }

    async fn read(&self, tx: &mut Tx<'_>, members: &[Member]) -> Result<(Vec<LecturerInputs>, Feedback)> {
        let only: Vec<Uuid> = members.iter().map(|member| member.employee_id).collect();
        let (cut, period, asking) = (&self.cut, self.period.to_string(), tx.asking());
        let (people, sessions, fees, contents, external) = try_join5(
            population::people(asking, cut, &only),
            queries::sessions(asking, cut, members),
            fees::rows(asking, cut, &period, members),
            queries::contents(asking, cut, &only),
            queries::external_values(asking, cut.programme, &period, &only),
        )
        .await?;
        let of = queries::Feedback { held: &held(&sessions), only: &only };
        let feedback = Feedback::load(tx, cut, self.ratings.as_ref(), of).await?;
        let fees = fees::by_part(fees, &cut.time_zone)?;
        let facts = Facts::of(&sessions, fees, &feedback, contents, external)?;
        Ok((facts.assemble(people, self.period)?, feedback))
    }
}

fn cut<'a>(programme: &Programme, rule: &'a ScoringRule, period: Period, moment: Moment) -> Result<Cut<'a>> {
    let zone = programme.time_zone;
    let beyond = || Error::internal("a period beyond the calendar");
    let interval = period.interval(zone).ok_or_else(beyond)?;
    Ok(Cut {
        programme: programme.id,
        groups: rule.scored_groups(),
        starts_at: interval.start,
        ends_at: interval.end,
        first_day: period.first_day(),
        day_after: period.last_day().succ_opt().ok_or_else(beyond)?,
        department_on: moment.department_on(period, zone),
        cases_until: moment.instant(),
        time_zone: zone.name().to_owned(),
        reuse_kinds: rule.reuse_kinds.iter().map(|kind| kind.slug()).collect(),
        case_max_age_days: rule.case_max_age_days.map(i32::try_from).transpose().map_err(Error::internal)?,
        confirmed_only: !matches!(moment, Moment::Provisional(_)),
        released_only: matches!(moment, Moment::Provisional(_)) && programme.feedback_mode != FeedbackMode::Named,
        batched_only: matches!(moment, Moment::Late(_)) && programme.feedback_mode != FeedbackMode::Named,
        is_anonymous: programme.feedback_mode == FeedbackMode::Anonymous,
        with_fees: false,
    })
}

/// Facts by lecturer.
#[derive(Default)]
struct Facts {
    sessions: BTreeMap<Uuid, Vec<SessionInputs>>,
    contents: BTreeMap<Uuid, Vec<ContentInputs>>,
    external: BTreeMap<Uuid, BTreeMap<String, Decimal>>,
}

impl Facts {
    fn of(
        sessions: &[SessionRow],
        mut fees: Fees,
        feedback: &Feedback,
        contents: Vec<ContentRow>,
        external: Vec<ExternalRow>,
    ) -> Result<Self> {
        let mut facts = Self::default();
        for row in sessions {
            let fee = fees.remove(&(row.employee_id, row.session_id));
            facts.sessions.entry(row.employee_id).or_default().push(session(row, fee, feedback)?);
        }
        for row in contents {
            let content = ContentInputs {
                content_id: row.content_id,
                months_old: count(row.months_old)?,
                reused_by: count(row.reused_by)?,
                reused_before: row.reused_before,
            };
            facts.contents.entry(row.employee_id).or_default().push(content);
        }
        for row in external {
            facts.external.entry(row.employee_id).or_default().insert(row.key, row.value);
        }
        Ok(facts)
    }

    fn assemble(mut self, people: Vec<PersonRow>, period: Period) -> Result<Vec<LecturerInputs>> {
        let days = positive(period.days())?;
        people
            .into_iter()
            .map(|person| {
                let department = person.department_id.zip(person.department_code);
                Ok(LecturerInputs {
                    employee_id: person.employee_id,
                    employee_number: person.employee_number.unwrap_or_default(),
                    department: department.map(|(department_id, code)| DepartmentInputs { department_id, code }),
                    days,
                    exempt_days: count(person.exempt_days)?,
                    sessions: self.sessions.remove(&person.employee_id).unwrap_or_default(),
                    contents: self.contents.remove(&person.employee_id).unwrap_or_default(),
                    external: self.external.remove(&person.employee_id).unwrap_or_default(),
                })
            })
            .collect()
    }
}

/// Sums of feedback.
struct Feedback {
    ratings: BTreeMap<Of, Vec<RatingSum>>,
    items: BTreeMap<Of, Vec<ItemSum>>,
}

impl Feedback {
    /// The sums of each session are in the order of their scales and keys.
    async fn load(
        tx: &mut Tx<'_>,
        cut: &Cut<'_>,
        gathered: Option<&Gathered>,
        of: queries::Feedback<'_>,
    ) -> Result<Self> {
        let rows = match gathered {
            Some(gathered) => gathered.of(of.held),
            None => queries::ratings(tx, cut, of).await?,
        };
        let answered = answered(cut, of, &rows);
        let items = if answered.is_empty() {
            Vec::new()
        } else {
            queries::items(tx, cut, queries::Feedback { held: &answered, ..of }).await?
        };
        let mut ratings = collect(rows, |row| (row.of, rating_sum(row)))?;
        let mut items = collect(items, |row| (row.of, item_sum(row)))?;
        for sums in ratings.values_mut() {
            sums.sort_by_key(|sum: &RatingSum| sum.scale);
        }
        for sums in items.values_mut() {
            sums.sort_by(|a: &ItemSum, b| (&a.key, a.scale).cmp(&(&b.key, b.scale)));
        }
        Ok(Self { ratings, items })
    }

    /// What was released, by lecturer: by session where it stands apart, and the rest together.
    fn shown(self) -> Result<BTreeMap<Uuid, Sums>> {
        let mut shown: BTreeMap<Uuid, Sums> = BTreeMap::new();
        for (of, own) in self.ratings {
            let Some(employee) = of.employee_id else { continue };
            let sums = shown.entry(employee).or_default().of(of.session_id, of.is_apart);
            own.into_iter().try_for_each(|rating| sums.add_rating(rating))?;
        }
        for (of, own) in self.items {
            let Some(employee) = of.employee_id else { continue };
            let sums = shown.entry(employee).or_default().of(of.session_id, of.is_apart);
            own.into_iter().try_for_each(|item| sums.add_item(item))?;
        }
        Ok(shown)
    }
}

/// The sessions whose answers to items are to be read. Where feedback is shown in batches, what is shown depends on all sessions of the
/// lecturers.
fn answered(cut: &Cut<'_>, of: queries::Feedback<'_>, ratings: &[RatingRow]) -> Vec<Uuid> {
    let answered: BTreeSet<Uuid> = ratings.iter().filter(|row| row.has_items).map(|row| row.of.session_id).collect();
    if cut.released_only && !answered.is_empty() { of.held.to_vec() } else { answered.into_iter().collect() }
}

/// The sessions that took place, each once.
fn held(sessions: &[SessionRow]) -> Vec<Uuid> {
    let held: BTreeSet<Uuid> = sessions.iter().filter(|row| row.delivered).map(|row| row.session_id).collect();
    held.into_iter().collect()
}

/// The same of these lecturers.
fn held_by(inputs: &[LecturerInputs]) -> Vec<Uuid> {
    let sessions = inputs.iter().flat_map(LecturerInputs::delivered).map(|session| session.session_id);
    sessions.collect::<BTreeSet<_>>().into_iter().collect()
}

fn collect<R, S>(rows: Vec<R>, read: impl Fn(R) -> (Of, Result<S>)) -> Result<BTreeMap<Of, Vec<S>>> {
    let mut sums: BTreeMap<Of, Vec<S>> = BTreeMap::new();
    for row in rows {
        let (of, sum) = read(row);
        sums.entry(of).or_default().push(sum?);
    }
    Ok(sums)
}

/// The sums that a lecturer has with a session: those of the session, which every co-lecturer gets in full, and those that only
/// this lecturer has. What belongs to several sessions is with one of them, which makes no difference to any metric.
fn sums_of<S: Clone>(sums: &BTreeMap<Of, Vec<S>>, employee: Uuid, session_id: Uuid) -> Vec<S> {
    let of = |employee_id, is_apart| sums.get(&Of { employee_id, session_id, is_apart });
    let all = [of(None, true), of(Some(employee), true), of(Some(employee), false)];
    all.into_iter().flatten().flatten().cloned().collect()
}

/// The session's own ratings, if the lecturer has some that belong to several sessions with it.
fn own_ratings(feedback: &Feedback, employee: Uuid, session_id: Uuid) -> Option<Vec<RatingSum>> {
    let of = |employee_id, is_apart| feedback.ratings.get(&Of { employee_id, session_id, is_apart });
    of(Some(employee), false)?;
    Some([of(None, true), of(Some(employee), true)].into_iter().flatten().flatten().cloned().collect())
}

fn session(row: &SessionRow, fee: Option<FeeInputs>, feedback: &Feedback) -> Result<SessionInputs> {
    let own = || own_ratings(feedback, row.employee_id, row.session_id);
    Ok(SessionInputs {
        session_id: row.session_id,
        state: if row.delivered { SessionOutcome::Delivered } else { SessionOutcome::Missed },
        kind: if row.voluntary { SessionKind::Voluntary } else { SessionKind::Assigned },
        minutes: count(row.minutes)?,
        attendees: count(row.attendees)?,
        credit: row.credit,
        on_time: row.on_time,
        confirmed_cases: count(row.confirmed_cases)?,
        ratings: sums_of(&feedback.ratings, row.employee_id, row.session_id),
        items: sums_of(&feedback.items, row.employee_id, row.session_id),
        fee: fee.map(|fee| FeeInputs { own_ratings: own(), ..fee }),
    })
}

fn rating_sum(row: RatingRow) -> Result<RatingSum> {
    Ok(RatingSum { scale: scale(row.scale)?, n: count(row.n)?, sum: sum(row.sum)? })
}

fn item_sum(row: ItemRow) -> Result<ItemSum> {
    Ok(ItemSum { key: row.key, scale: scale(row.scale)?, n: count(row.n)?, sum: sum(row.sum)? })
}

fn scale(stored: i32) -> Result<NonZeroU32> {
    positive(count(stored)?)
}

fn positive(number: u32) -> Result<NonZeroU32> {
    NonZeroU32::new(number).ok_or_else(|| Error::internal("0 where at least 1 is stored"))
}

fn count(stored: impl TryInto<u32>) -> Result<u32> {
    stored.try_into().map_err(|_| Error::internal("a count beyond its range"))
}

fn sum(stored: i64) -> Result<Decimal> {
    Decimal::try_from(stored).map_err(Error::internal)
}
