//! What checks look at: the facts about any number of people, in a few statements for all of them. A single check, a check of some
//! hundred people and the list of everybody who is eligible read the same facts in the same way, so that the same rule
//! ([`super::rules`]) comes to the same answer.

mod needs;
mod results;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub use needs::Needs;
use results::Closed;

use super::criteria::PromotionCriterion;
use super::policies::PromotionPolicy;
use super::rules::Facts;
use super::waivers;
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::text::Code;
use crate::names::grade_order;
use crate::people::{AbsenceKind, appointments_on, competences_on, time_zone};
use crate::programmes::documents::rule::ScoringRule;
use crate::schema::{absences, employees, improvement_notices, lecturers, titles};

/// What is sought, and what of it is the same for everybody: so it is read once, however many people are checked. The closed results
/// that count are those of this moment, also if a period is closed or restated while a long list is read.
#[derive(Debug)]
pub struct Sought {
    on: NaiveDate,
    /// The position whose waivers count; none: none do.
    target_code: Option<Code>,
    zone: Tz,
    needs: Needs,
    grades: Arc<[String]>,
    closed: Vec<Closed>,
    /// The scoring rules by which sessions qualify, with their versions.
    rules: BTreeMap<Uuid, ScoringRule>,
}

/// How the results of people are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Each by its key.
    Each,
    /// As a stretch of keys: the people are all lecturers from the first to the last of them.
    Stretch,
}

impl Sought {
    /// What a policy asks for on a day. If the answer is shown, so are the scores that its criteria do not ask for.
    pub async fn new(tx: &mut Tx<'_>, policy: &PromotionPolicy, on: NaiveDate, is_shown: bool) -> Result<Self> {
        let target_code = Some(policy.heading.target_code.clone());
        Self::of(tx, &policy.document, target_code, on, is_shown).await
    }

    /// The same for criteria, with the waivers of a position or with none.
    pub async fn of(
        tx: &mut Tx<'_>,
        criteria: &PromotionCriterion,
        target_code: Option<Code>,
        on: NaiveDate,
        is_shown: bool,
    ) -> Result<Self> {
        let mut needs = Needs::of(criteria);
        needs.scores |= is_shown;
        let closed = results::closed(tx, needs, on).await?;
        let rules = if needs.sessions { results::rules(tx, &closed).await? } else { BTreeMap::new() };
        Ok(Self {
            on,
            target_code,
            zone: time_zone(tx).await?,
            needs,
            grades: grade_order(tx).await?.into(),
            closed,
            rules,
        })
    }

    /// The day that is asked for.
    #[must_use]
    pub fn on(&self) -> NaiveDate {
        self.on
    }

    /// Whether something that began and perhaps ended was there at the end of the day.
    fn stands(&self, began_at: DateTime<Utc>, ended_at: Option<DateTime<Utc>>) -> bool {
        let day = |instant: DateTime<Utc>| instant.with_timezone(&self.zone).date_naive();
        day(began_at) <= self.on && ended_at.is_none_or(|ended_at| day(ended_at) > self.on)
    }

    fn nothing(&self, appointed_on: Option<NaiveDate>) -> Facts {
        Facts {
            asked_on: self.on,
            grades: Arc::clone(&self.grades),
            appointed_on,
            suspensions: Vec::new(),
            results: Vec::new(),
            titles: Vec::new(),
            open_notices: Vec::new(),
            competences: Vec::new(),
            waivers: Vec::new(),
        }
    }
}

/// The facts of the people so far, and which records are theirs.
struct Reading {
    /// Their records, ordered: their own, and those that were merged into them.
    records: Vec<Uuid>,
    /// Whose the merged ones are.
    merged: BTreeMap<Uuid, Uuid>,
    facts: BTreeMap<Uuid, Facts>,
}

impl Reading {
    /// The facts of the person of a record.
    fn of(&mut self, record: Uuid) -> Option<&mut Facts> {
        let person = self.merged.get(&record).copied().unwrap_or(record);
        self.facts.get_mut(&person)
    }
}

/// The facts of these people, each with the day of the appointment that is valid on the day asked for.
pub async fn read(
    tx: &mut Tx<'_>,
    sought: &Sought,
    people: &BTreeMap<Uuid, Option<NaiveDate>>,
    way: Way,
) -> Result<BTreeMap<Uuid, Facts>> {
    let merged = merged(tx, people).await?;
    let mut records: Vec<Uuid> = people.keys().chain(merged.keys()).copied().collect();
    records.sort_unstable();
    let facts = people.iter().map(|(person, appointed_on)| (*person, sought.nothing(*appointed_on))).collect();
    let mut reading = Reading { records, merged, facts };
    results::read(tx, sought, &mut reading, way).await?;
    let needs = sought.needs;
    if needs.suspensions {
        read_suspensions(tx, &mut reading).await?;
    }
    if needs.titles {
        read_titles(tx, sought, &mut reading).await?;
    }
    if needs.notices {
        read_notices(tx, sought, &mut reading).await?;
    }
    if needs.competences {
        read_competences(tx, sought, &mut reading).await?;
    }
    let Some(target_code) = &sought.target_code else { return Ok(reading.facts) };
    for (record, waived, approved_at, ended_at) in waivers::approved(tx, target_code, &reading.records).await? {
        if let Some(facts) = reading.of(record).filter(|_| sought.stands(approved_at, ended_at)) {
            facts.waivers.push(waived);
        }
    }
    Ok(reading.facts)
}

/// The days on which these people were appointed as lecturers, by the appointments that are valid on that day. Those who are no
/// lecturers have none.
pub async fn appointed(
    tx: &mut Tx<'_>,
    people: &[Uuid],
    on: NaiveDate,
) -> QueryResult<BTreeMap<Uuid, Option<NaiveDate>>> {
    let found: Vec<(Uuid, NaiveDate)> = lecturers::table
        .filter(lecturers::tenant_id.eq(tx.tenant))
        .filter(lecturers::employee_id.eq_any(people))
        .filter(appointments_on(on))
        .select((lecturers::employee_id, lecturers::appointed_on))
        .load(tx.conn)
        .await?;
    let mut appointed: BTreeMap<Uuid, Option<NaiveDate>> = people.iter().map(|person| (*person, None)).collect();
    appointed.extend(found.into_iter().map(|(person, day)| (person, Some(day))));
    Ok(appointed)
}

/// The records that were merged into theirs. They are few, so those of all people from the first to the last are read.
async fn merged(tx: &mut Tx<'_>, people: &BTreeMap<Uuid, Option<NaiveDate>>) -> QueryResult<BTreeMap<Uuid, Uuid>> {
    let (Some(first), Some(last)) = (people.keys().next(), people.keys().next_back()) else {
        return Ok(BTreeMap::new());
    };
    let found: Vec<(Uuid, Uuid)> = employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::merged_into_id.ge(first))
        .filter(employees::merged_into_id.le(last))
        .select((employees::id, employees::merged_into_id.assume_not_null()))
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().filter(|(_, person)| people.contains_key(person)).collect())
}

/// Suspensions, each from its first to its last day. Those until further notice last until the end of the calendar.
async fn read_suspensions(tx: &mut Tx<'_>, reading: &mut Reading) -> QueryResult<()> {
    let found: Vec<(Uuid, NaiveDate, Option<NaiveDate>)> = absences::table
        .filter(absences::tenant_id.eq(tx.tenant))
        .filter(absences::employee_id.eq_any(&reading.records))
        .filter(absences::kind.eq(AbsenceKind::Suspension))
        .order((absences::starts_on, absences::id))
        .select((absences::employee_id, absences::starts_on, absences::ends_on))
        .load(tx.conn)
        .await?;
    for (record, first, last) in found {
        if let Some(facts) = reading.of(record) {
            facts.suspensions.push((first, last.unwrap_or(NaiveDate::MAX)));
        }
    }
    Ok(())
}

async fn read_titles(tx: &mut Tx<'_>, sought: &Sought, reading: &mut Reading) -> QueryResult<()> {
    type Row = (Uuid, String, DateTime<Utc>, Option<DateTime<Utc>>);
    let found: Vec<Row> = titles::table
        .filter(titles::tenant_id.eq(tx.tenant))
        .filter(titles::employee_id.eq_any(&reading.records))
        .order((titles::granted_at, titles::id))
        .select((titles::employee_id, titles::code, titles::granted_at, titles::withdrawn_at))
        .load(tx.conn)
        .await?;
    for (record, code, granted_at, withdrawn_at) in found {
        if let Some(facts) = reading.of(record).filter(|_| sought.stands(granted_at, withdrawn_at)) {
            facts.titles.push((code, granted_at));
        }
    }
    Ok(())
}

async fn read_notices(tx: &mut Tx<'_>, sought: &Sought, reading: &mut Reading) -> QueryResult<()> {
    type Row = (Uuid, Uuid, DateTime<Utc>, Option<DateTime<Utc>>);
    let found: Vec<Row> = improvement_notices::table
        .filter(improvement_notices::tenant_id.eq(tx.tenant))
        .filter(improvement_notices::employee_id.eq_any(&reading.records))
        .order(improvement_notices::id)
        .select((
            improvement_notices::employee_id,
            improvement_notices::id,
            improvement_notices::opened_at,
            improvement_notices::closed_at,
        ))
        .load(tx.conn)
        .await?;
    for (record, id, opened_at, closed_at) in found {
        if let Some(facts) = reading.of(record).filter(|_| sought.stands(opened_at, closed_at)) {
            facts.open_notices.push(id);
        }
    }
    Ok(())
}

async fn read_competences(tx: &mut Tx<'_>, sought: &Sought, reading: &mut Reading) -> QueryResult<()> {
    let asked: Vec<(Uuid, NaiveDate)> = reading.records.iter().map(|record| (*record, sought.on)).collect();
    for competence in competences_on(tx, &asked).await? {
        let place = usize::try_from(competence.place - 1).unwrap_or(usize::MAX);
        let Some((record, _)) = asked.get(place) else { continue };
        if let Some(facts) = reading.of(*record) {
            facts.competences.push(competence);
        }
    }
    Ok(())
}
