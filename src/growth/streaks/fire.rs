//! Firing: titles are granted, precedence for opportunities is given, notices are opened and closed, in the transaction of a close or of
//! the acceptance of a restatement.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::queries::{self, EarnedNotice, EarnedPrecedence, EarnedTitle};
use super::rules::{self, Due, Happening, Held, OpenNotice};
use crate::error::{Error, Result};
use crate::growth::notices::NoticeState;
use crate::journal::{Record, Tx};
use crate::kernel::period::Period;
use crate::people::merged_into;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::runs::{Given, RatedPeriod};
use crate::scoring::closed_grades;

/// How many lecturers are looked at at a time.
const CHUNK: usize = 1_000;

/// A period that is closed, or as it would be closed now.
#[derive(Debug, Clone, Copy)]
pub struct Close<'c> {
    pub programme: Uuid,
    pub period: Period,
    /// The policies in force for it.
    pub set: &'c RewardPolicySet,
    /// The company's grades, best first.
    pub grades: &'c [String],
}

/// What causes entries: a snapshot of a programme, by an operation.
#[derive(Debug, Clone, Copy)]
pub struct Cause {
    pub programme: Uuid,
    pub snapshot: Uuid,
    pub command: &'static str,
}

/// What happens to whom.
pub type Happenings<'p> = Vec<(Uuid, Vec<Happening<'p>>)>;

/// What happens to the lecturers who are rated in the period, each with the grade. Those to whom nothing happens are left out.
pub async fn happenings<'c>(tx: &mut Tx<'_>, close: Close<'c>, graded: &[(Uuid, &str)]) -> Result<Happenings<'c>> {
    let policies = close.set.runs();
    let mut notices = notices(tx, close.programme).await?;
    let may_move = |(person, grade): &&(Uuid, &str)| {
        notices.contains_key(person) || policies.iter().any(|policy| policy.extends(close.grades, grade))
    };
    let looked_at: Vec<(Uuid, &str)> = graded.iter().filter(may_move).copied().collect();
    let codes: Vec<&str> = policies.iter().filter_map(|policy| policy.given.title()).collect();
    let gives_precedence = policies.iter().any(|policy| matches!(policy.given, Given::Opportunity(_)));
    let mut found = Vec::new();
    for chunk in looked_at.chunks(CHUNK) {
        let people: Vec<Uuid> = chunk.iter().map(|(person, _)| *person).collect();
        let mut histories = closed_grades(tx, close.programme, &people).await?;
        let mut titles = titles(tx, &people, &codes).await?;
        let asked: &[Uuid] = if gives_precedence { &people } else { &[] };
        let mut precedences = precedences(tx, close.programme, asked).await?;
        for (person, grade) in chunk {
            let mut history = histories.remove(person).unwrap_or_default();
            put_grade(&mut history, close.period, Some(*grade));
            let mut held = Held {
                titles: titles.remove(person).unwrap_or_default(),
                notices: notices.remove(person).unwrap_or_default(),
                precedences: precedences.remove(person).unwrap_or_default(),
            };
            let own = rules::happenings(&policies, close.grades, &history, close.period, &mut held);
            if !own.is_empty() {
                found.push((*person, own));
            }
        }
    }
    Ok(found)
}

/// Grades that periods have instead of those that they were closed with, by record of a lecturer.
pub type Regraded = BTreeMap<Uuid, Vec<(Period, Option<String>)>>;

/// What happens to the lecturers who are rated in a period, as if its policies had been in force from the first closed period on, and as
/// if some periods had other grades. Only what the lecturers have from elsewhere counts of what they have: titles by hand, or of other
/// programmes. `until`: the instant up to which.
pub async fn replayed<'c>(
    tx: &mut Tx<'_>,
    close: Close<'c>,
    (graded, regraded): (&[(Uuid, &str)], &Regraded),
    until: DateTime<Utc>,
) -> Result<Happenings<'c>> {
    let policies = close.set.runs();
    let may_move = |(_, grade): &&(Uuid, &str)| policies.iter().any(|policy| policy.extends(close.grades, grade));
    let looked_at: Vec<(Uuid, &str)> = graded.iter().filter(may_move).copied().collect();
    let codes: Vec<&str> = policies.iter().filter_map(|policy| policy.given.title()).collect();
    let mut found = Vec::new();
    for chunk in looked_at.chunks(CHUNK) {
        let records: Vec<Uuid> = chunk.iter().map(|(record, _)| *record).collect();
        let kept = merged_into(tx, &records).await?;
        let person = |record: &Uuid| kept.get(record).copied().unwrap_or(*record);
        let people: Vec<Uuid> = records.iter().map(person).collect();
        let mut histories = closed_grades(tx, close.programme, &people).await?;
        let mut titles: BTreeMap<Uuid, BTreeSet<String>> = BTreeMap::new();
        for (person, code) in queries::titles_from_elsewhere(tx, close.programme, (&people, &codes), until).await? {
            titles.entry(person).or_default().insert(code);
        }
        for (record, grade) in chunk {
            let mut history = histories.remove(&person(record)).unwrap_or_default();
            for (period, grade) in regraded.get(record).into_iter().flatten() {
                put_grade(&mut history, *period, grade.as_deref());
            }
            put_grade(&mut history, close.period, Some(*grade));
            let held = Held { titles: titles.remove(&person(record)).unwrap_or_default(), ..Held::default() };
            let own = rules::replayed(&policies, close.grades, &history, close.period, held);
            if !own.is_empty() {
                found.push((*record, own));
            }
        }
    }
    Ok(found)
}

/// The notices of a programme that are not closed, by person.
async fn notices(tx: &mut Tx<'_>, programme: Uuid) -> Result<BTreeMap<Uuid, Vec<OpenNotice>>> {
    let mut notices: BTreeMap<Uuid, Vec<OpenNotice>> = BTreeMap::new();
    for (person, notice) in queries::open_notices(tx, programme).await? {
        notices.entry(person).or_default().push(notice);
    }
    Ok(notices)
}

/// Those of these titles that these people hold.
async fn titles(tx: &mut Tx<'_>, people: &[Uuid], codes: &[&str]) -> Result<BTreeMap<Uuid, BTreeSet<String>>> {
    let mut held: BTreeMap<Uuid, BTreeSet<String>> = BTreeMap::new();
    if !codes.is_empty() {
        for (person, code) in queries::held_titles(tx, people, codes).await? {
            held.entry(person).or_default().insert(code);
        }
    }
    Ok(held)
}

/// The firings that gave these people precedence.
async fn precedences(
    tx: &mut Tx<'_>,
    programme: Uuid,
    people: &[Uuid],
) -> Result<BTreeMap<Uuid, BTreeSet<(String, usize)>>> {
    let mut held: BTreeMap<Uuid, BTreeSet<(String, usize)>> = BTreeMap::new();
    for (person, policy, number) in queries::held_precedences(tx, programme, people).await? {
        held.entry(person).or_default().insert((policy, usize::try_from(number).map_err(Error::internal)?));
    }
    Ok(held)
}

/// Puts the grade of a period in its place; without one the period is not among those that were rated.
pub fn put_grade(history: &mut Vec<RatedPeriod>, period: Period, grade: Option<&str>) {
    history.retain(|own| own.period != period);
    if let Some(grade) = grade {
        let place = history.partition_point(|own| own.period < period);
        history.insert(place, RatedPeriod { period, grade: grade.to_owned() });
    }
}

/// What these people have of a programme, and of these titles.
pub async fn held(tx: &mut Tx<'_>, programme: Uuid, people: &[Uuid], codes: &[&str]) -> Result<BTreeMap<Uuid, Held>> {
    let (mut notices, mut titles) = (notices(tx, programme).await?, titles(tx, people, codes).await?);
    let mut precedences = precedences(tx, programme, people).await?;
    let own = |person: &Uuid| {
        let held = Held {
            titles: titles.remove(person).unwrap_or_default(),
            notices: notices.remove(person).unwrap_or_default(),
            precedences: precedences.remove(person).unwrap_or_default(),
        };
        (*person, held)
    };
    Ok(people.iter().map(own).collect())
}

/// Grants the titles, gives the precedences, opens the notices and closes those that the period has passed: what happens to the lecturers
/// who are rated in it.
pub async fn fire(
    tx: &mut Tx<'_>,
    close: Close<'_>,
    (snapshot, command): (Uuid, &'static str),
    graded: &[(Uuid, &str)],
) -> Result<()> {
    let found = happenings(tx, close, graded).await?;
    let mut entries = Entries::of(Cause { programme: close.programme, snapshot, command });
    for (person, own) in found {
        for happening in own {
            match happening {
                Happening::Passed(notice) => entries.pass(tx, person, notice, close.period),
                Happening::Fired(due) => entries.give(tx, person, &due)?,
            }
        }
    }
    entries.write(tx).await
}

/// Gives what was found missing, but for what the people have by now.
pub async fn give(tx: &mut Tx<'_>, cause: Cause, missing: &[(Uuid, Due<'_>)]) -> Result<()> {
    let codes: Vec<&str> = missing.iter().filter_map(|(_, due)| due.given.title()).collect();
    let people: BTreeSet<Uuid> = missing.iter().map(|(person, _)| *person).collect();
    let people: Vec<Uuid> = people.into_iter().collect();
    let mut held = held(tx, cause.programme, &people, &codes).await?;
    let mut entries = Entries::of(cause);
    for (person, due) in missing {
        if held.entry(*person).or_default().takes(due) {
            entries.give(tx, *person, due)?;
        }
    }
    entries.write(tx).await
}

/// Closes the notices of a programme that a later period has passed by now.
pub async fn pass(tx: &mut Tx<'_>, cause: Cause, grades: &[String]) -> Result<()> {
    let open: Vec<(Uuid, OpenNotice)> = queries::open_notices(tx, cause.programme).await?;
    let mut entries = Entries::of(cause);
    for chunk in open.chunks(CHUNK) {
        let people: Vec<Uuid> = chunk.iter().map(|(person, _)| *person).collect();
        let histories = closed_grades(tx, cause.programme, &people).await?;
        for (person, notice) in chunk {
            let history = histories.get(person).map(Vec::as_slice).unwrap_or_default();
            if let Some(period) = notice.passed_with(grades, history) {
                entries.pass(tx, *person, notice.clone(), period);
            }
        }
    }
    entries.write(tx).await
}

/// What is written.
struct Entries {
    cause: Cause,
    titles: Vec<EarnedTitle>,
    notices: Vec<EarnedNotice>,
    precedences: Vec<EarnedPrecedence>,
    /// Notices, each with the period that closes it.
    passed: Vec<(Uuid, Period)>,
}

impl Entries {
    fn of(cause: Cause) -> Self {
        Self { cause, titles: Vec::new(), notices: Vec::new(), precedences: Vec::new(), passed: Vec::new() }
    }

    async fn write(self, tx: &mut Tx<'_>) -> Result<()> {
        queries::pass(tx, &self.passed).await?;
        queries::insert_titles(tx, &self.titles).await?;
        queries::insert_notices(tx, &self.notices).await?;
        queries::insert_precedences(tx, &self.precedences).await?;
        Ok(())
    }

    fn pass(&mut self, tx: &mut Tx<'_>, person: Uuid, notice: OpenNotice, period: Period) {
        self.passed.push((notice.id, period));
        let details = json!({ "employee_id": person, "policy_code": notice.policy, "period": period });
        self.note(tx, ("improvement_notice.closed", "improvement_notice", notice.id), details);
    }

    fn give(&mut self, tx: &mut Tx<'_>, person: Uuid, due: &Due<'_>) -> Result<()> {
        let id = tx.id();
        let details = json!({ "employee_id": person, "policy_code": due.policy, "period": due.period });
        match due.given {
            Given::Title(code) => {
                let row = self.title(tx, (id, person), code, due)?;
                self.titles.push(row);
                self.note(tx, ("title.granted", "title", id), with(details, "code", json!(code)));
            }
            Given::Notice(most) => {
                let row = self.notice(tx, (id, person), most, due)?;
                self.notices.push(row);
                self.note(tx, ("improvement_notice.opened", "improvement_notice", id), details);
            }
            Given::Opportunity(code) => {
                let row = self.precedence(tx, (id, person), code, due)?;
                self.precedences.push(row);
                let details = with(details, "code", json!(code));
                self.note(tx, ("opportunity_precedence.granted", "opportunity_precedence", id), details);
            }
        }
        Ok(())
    }

    fn note(&self, tx: &mut Tx<'_>, (topic, subject, id): (&'static str, &'static str, Uuid), details: Value) {
        let details = with(with(details, "id", json!(id)), "programme_id", json!(self.cause.programme));
        tx.record(Record::told(self.cause.command, topic, subject, id).details(details));
    }

    fn title(&self, tx: &Tx<'_>, (id, person): (Uuid, Uuid), code: &str, due: &Due<'_>) -> Result<EarnedTitle> {
        Ok(EarnedTitle {
            tenant_id: tx.tenant,
            id,
            employee_id: person,
            programme_id: Some(self.cause.programme),
            code: code.to_owned(),
            snapshot_id: Some(self.cause.snapshot),
            policy_code: Some(due.policy.to_owned()),
            earned_period: Some(due.period.to_string()),
            firing_number: Some(i32::try_from(due.number).map_err(Error::internal)?),
            run: Some(serde_json::to_value(&due.run).map_err(Error::internal)?),
            granted_at: tx.now,
            created_at: tx.now,
            updated_at: tx.now,
        })
    }

    fn precedence(
        &self,
        tx: &Tx<'_>,
        (id, person): (Uuid, Uuid),
        code: &str,
        due: &Due<'_>,
    ) -> Result<EarnedPrecedence> {
        Ok(EarnedPrecedence {
            tenant_id: tx.tenant,
            id,
            employee_id: person,
            programme_id: self.cause.programme,
            code: code.to_owned(),
            snapshot_id: self.cause.snapshot,
            policy_code: due.policy.to_owned(),
            earned_period: due.period.to_string(),
            firing_number: i32::try_from(due.number).map_err(Error::internal)?,
            run: serde_json::to_value(&due.run).map_err(Error::internal)?,
            granted_at: tx.now,
            created_at: tx.now,
            updated_at: tx.now,
        })
    }

    fn notice(&self, tx: &Tx<'_>, (id, person): (Uuid, Uuid), most: &str, due: &Due<'_>) -> Result<EarnedNotice> {
        Ok(EarnedNotice {
            tenant_id: tx.tenant,
            id,
            employee_id: person,
            programme_id: self.cause.programme,
            snapshot_id: Some(self.cause.snapshot),
            policy_code: Some(due.policy.to_owned()),
            state: NoticeState::Open,
            opened_at: tx.now,
            earned_period: Some(due.period.to_string()),
            firing_number: Some(i32::try_from(due.number).map_err(Error::internal)?),
            run: Some(serde_json::to_value(&due.run).map_err(Error::internal)?),
            grade_at_most: Some(most.to_owned()),
            created_at: tx.now,
            updated_at: tx.now,
        })
    }
}

/// The object with one more member.
fn with(mut object: Value, name: &str, value: Value) -> Value {
    if let Value::Object(members) = &mut object {
        members.insert(name.to_owned(), value);
    }
    object
}
