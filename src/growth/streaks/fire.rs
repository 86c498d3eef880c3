//! Firing at a close: titles are granted, notices opened and closed, in the transaction of the close.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::queries::{self, EarnedNotice, EarnedTitle};
use super::rules::{self, Happening, Held, OpenNotice};
use crate::error::{Error, Result};
use crate::growth::notices::NoticeState;
use crate::journal::{Record, Tx};
use crate::kernel::period::Period;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::runs::{Given, RatedPeriod, RunPolicy};
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

/// What happens to whom.
pub type Happenings<'p> = Vec<(Uuid, Vec<Happening<'p>>)>;

/// What happens to the lecturers who are rated in the period, each with the grade. Those to whom nothing happens are left out.
pub async fn happenings<'c>(tx: &mut Tx<'_>, close: Close<'c>, graded: &[(Uuid, &str)]) -> Result<Happenings<'c>> {
    let policies = close.set.runs();
    let mut notices: BTreeMap<Uuid, Vec<OpenNotice>> = BTreeMap::new();
    for (person, notice) in queries::open_notices(tx, close.programme, None).await? {
        notices.entry(person).or_default().push(notice);
    }
    let may_move = |(person, grade): &&(Uuid, &str)| {
        notices.contains_key(person) || policies.iter().any(|policy| policy.extends(close.grades, grade))
    };
    let looked_at: Vec<(Uuid, &str)> = graded.iter().filter(may_move).copied().collect();
    let mut found = Vec::new();
    for chunk in looked_at.chunks(CHUNK) {
        let people: Vec<Uuid> = chunk.iter().map(|(person, _)| *person).collect();
        let mut histories = closed_grades(tx, close.programme, &people).await?;
        let mut titles = titles(tx, &people, &policies).await?;
        for (person, grade) in chunk {
            let mut history = histories.remove(person).unwrap_or_default();
            put(&mut history, close.period, grade);
            let mut held = Held {
                titles: titles.remove(person).unwrap_or_default(),
                notices: notices.remove(person).unwrap_or_default(),
            };
            let own = rules::happenings(&policies, close.grades, &history, close.period, &mut held);
            if !own.is_empty() {
                found.push((*person, own));
            }
        }
    }
    Ok(found)
}

/// Those of the titles that the policies give which these people hold.
async fn titles(
    tx: &mut Tx<'_>,
    people: &[Uuid],
    policies: &[RunPolicy<'_>],
) -> Result<BTreeMap<Uuid, BTreeSet<String>>> {
    let given = policies.iter().filter_map(|policy| match policy.given {
        Given::Title(title) => Some(title),
        Given::Opportunity(_) | Given::Notice(_) => None,
    });
    let codes: Vec<&str> = given.collect();
    let mut held: BTreeMap<Uuid, BTreeSet<String>> = BTreeMap::new();
    if !codes.is_empty() {
        for (person, code) in queries::held_titles(tx, people, &codes).await? {
            held.entry(person).or_default().insert(code);
        }
    }
    Ok(held)
}

/// Puts the grade of a period in its place.
fn put(history: &mut Vec<RatedPeriod>, period: Period, grade: &str) {
    history.retain(|own| own.period != period);
    let place = history.partition_point(|own| own.period < period);
    history.insert(place, RatedPeriod { period, grade: grade.to_owned() });
}

/// Grants the titles, opens the notices and closes those that the period has passed: what happens to the lecturers who are rated in it.
/// `command` is the operation that closes the period.
pub async fn fire(
    tx: &mut Tx<'_>,
    close: Close<'_>,
    (snapshot, command): (Uuid, &'static str),
    graded: &[(Uuid, &str)],
) -> Result<()> {
    let found = happenings(tx, close, graded).await?;
    let mut entries = Entries { close, snapshot, command, titles: Vec::new(), notices: Vec::new(), passed: Vec::new() };
    for (person, own) in found {
        for happening in own {
            entries.add(tx, person, happening)?;
        }
    }
    queries::pass(tx, &entries.passed, close.period).await?;
    queries::insert_titles(tx, &entries.titles).await?;
    queries::insert_notices(tx, &entries.notices).await?;
    Ok(())
}

/// What is written of one close.
struct Entries<'c> {
    close: Close<'c>,
    snapshot: Uuid,
    command: &'static str,
    titles: Vec<EarnedTitle>,
    notices: Vec<EarnedNotice>,
    passed: Vec<Uuid>,
}

impl Entries<'_> {
    fn add(&mut self, tx: &mut Tx<'_>, person: Uuid, happening: Happening<'_>) -> Result<()> {
        match happening {
            Happening::Passed(notice) => {
                self.passed.push(notice.id);
                let details = json!({ "id": notice.id, "employee_id": person, "policy_code": notice.policy });
                self.note(tx, ("improvement_notice.closed", "improvement_notice", notice.id), details);
            }
            Happening::Fired { policy, given: Given::Title(code), run } => {
                let row = self.title(tx, person, (policy, code), &run)?;
                let details = json!({ "id": row.id, "employee_id": person, "code": code, "policy_code": policy });
                self.note(tx, ("title.granted", "title", row.id), details);
                self.titles.push(row);
            }
            Happening::Fired { policy, given: Given::Notice(most), run } => {
                let row = self.notice(tx, person, (policy, most), &run)?;
                let details = json!({ "id": row.id, "employee_id": person, "policy_code": policy });
                self.note(tx, ("improvement_notice.opened", "improvement_notice", row.id), details);
                self.notices.push(row);
            }
            Happening::Fired { given: Given::Opportunity(_), .. } => {}
        }
        Ok(())
    }

    fn note(&self, tx: &mut Tx<'_>, (topic, subject, id): (&'static str, &'static str, Uuid), mut details: Value) {
        if let Value::Object(members) = &mut details {
            members.insert("programme_id".to_owned(), json!(self.close.programme));
            members.insert("period".to_owned(), json!(self.close.period));
        }
        tx.record(Record::told(self.command, topic, subject, id).details(details));
    }

    fn title(
        &self,
        tx: &Tx<'_>,
        person: Uuid,
        (policy, code): (&str, &str),
        run: &[RatedPeriod],
    ) -> Result<EarnedTitle> {
        Ok(EarnedTitle {
            tenant_id: tx.tenant,
            id: tx.id(),
            employee_id: person,
            programme_id: Some(self.close.programme),
            code: code.to_owned(),
            snapshot_id: Some(self.snapshot),
            policy_code: Some(policy.to_owned()),
            earned_period: Some(self.close.period.to_string()),
            run: Some(serde_json::to_value(run).map_err(Error::internal)?),
            granted_at: tx.now,
            created_at: tx.now,
            updated_at: tx.now,
        })
    }

    fn notice(
        &self,
        tx: &Tx<'_>,
        person: Uuid,
        (policy, most): (&str, &str),
        run: &[RatedPeriod],
    ) -> Result<EarnedNotice> {
        Ok(EarnedNotice {
            tenant_id: tx.tenant,
            id: tx.id(),
            employee_id: person,
            programme_id: self.close.programme,
            snapshot_id: Some(self.snapshot),
            policy_code: Some(policy.to_owned()),
            state: NoticeState::Open,
            opened_at: tx.now,
            earned_period: Some(self.close.period.to_string()),
            run: Some(serde_json::to_value(run).map_err(Error::internal)?),
            grade_at_most: Some(most.to_owned()),
            created_at: tx.now,
            updated_at: tx.now,
        })
    }
}
