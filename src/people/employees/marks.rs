//! What people are known by: that a mark is one person's at a time.
//!
//! Whether a mark is taken is judged on what holds after the change, for all people of a request together. So two people may
//! exchange a mark in one batch.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::dto::ExternalId;
use super::external_ids;
use super::model::Employee;
use crate::db::statement;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::fault::Fault;
use crate::kernel::phrases::Thing;
use crate::kernel::text::{EmployeeNumber, MailAddress};
use crate::people::{employee_refs, today};
use crate::schema::employees;
use crate::sign_in::{AccessField, WaitingMark, waiting_marks, waiting_of_marks};

/// One mark. A mail address is one person's among the staff of each day: it may be given again when its holder has left.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Number(EmployeeNumber),
    Mail(MailAddress),
    External(ExternalId),
}

impl Mark {
    /// As a proposal that gives it has it.
    fn as_proposed(&self) -> Value {
        match self {
            Self::Number(number) => json!(number),
            Self::Mail(mail) => json!(mail),
            Self::External(id) => json!([id]),
        }
    }
}

/// A person as a request leaves them.
#[derive(Debug)]
pub struct Marked {
    id: Uuid,
    days: Days,
    /// Each with its place in the request.
    marks: Vec<(String, Mark)>,
    keeps_external_ids: bool,
    /// Whether the request says nothing of the mail address: one that waits for the person goes on waiting.
    keeps_mail: bool,
}

/// The first day of an employment and the day after its last one.
#[derive(Debug, Clone, Copy)]
struct Days(Option<NaiveDate>, Option<NaiveDate>);

impl Days {
    /// Whether both are employed on some day from `today` on.
    fn meet(self, other: Self, today: NaiveDate) -> bool {
        let ends = [self.1, other.1].into_iter().flatten();
        let starts = [self.0, other.0].into_iter().flatten();
        let first = starts.fold(today, NaiveDate::max);
        ends.min().is_none_or(|end| first < end)
    }
}

impl Marked {
    /// `external_ids` is the new set, if the request changes it.
    #[must_use]
    pub fn new(employee: &Employee, external_ids: Option<&[ExternalId]>) -> Self {
        let number =
            employee.employee_number.clone().map(|number| ("/employee_number".to_owned(), Mark::Number(number)));
        let mail = employee.email.clone().map(|mail| ("/email".to_owned(), Mark::Mail(mail)));
        let place = |(n, id): (usize, &ExternalId)| (format!("/external_ids/{n}"), Mark::External(id.clone()));
        let external = external_ids.unwrap_or_default().iter().enumerate().map(place);
        Self {
            id: employee.id,
            days: Days(employee.hired_on, employee.employment().end()),
            marks: number.into_iter().chain(mail).chain(external).collect(),
            keeps_external_ids: external_ids.is_none(),
            keeps_mail: false,
        }
    }

    /// Says whether the request leaves the mail address alone.
    #[must_use]
    pub fn leaving_mail(self, keeps_mail: bool) -> Self {
        Self { keeps_mail, ..self }
    }

    /// Whether a mark that is stored for the person stays theirs.
    fn keeps(&self, mark: &Mark) -> bool {
        let stays = self.keeps_external_ids && matches!(mark, Mark::External(_));
        stays || self.marks.iter().any(|(_, own)| own == mark)
    }

    /// Whether a mark that waits for the person goes on waiting.
    fn awaits(&self, mark: &Mark) -> bool {
        self.keeps(mark) || self.keeps_mail && matches!(mark, Mark::Mail(_))
    }
}

/// Who has a mark, and when they are employed.
type Owners = BTreeMap<Mark, Vec<(Uuid, Days)>>;

/// For whom a mark waits until a second person confirms it. To everybody else it is taken: otherwise it could never be confirmed.
type Awaited = BTreeMap<Mark, Vec<Uuid>>;

/// The faults of each person: a mark that somebody else has after the request. None stands for somebody whom the request leaves as
/// they are; so does the request with people who are found to have faults.
pub async fn taken(tx: &mut Tx<'_>, mut people: Vec<Option<Marked>>) -> Result<Vec<Vec<Fault>>> {
    let today = today(tx).await?;
    let owners = stored_owners(tx, &people, today).await?;
    let asked = people.iter().flatten().flat_map(|person| &person.marks).map(|(_, mark)| mark.as_proposed());
    let awaited = awaited(waiting_of_marks(tx, &asked.collect::<Vec<_>>()).await?)?;
    let mut taken: Vec<Vec<(String, Uuid)>> = people.iter().map(|_| Vec::new()).collect();
    // Somebody who is refused keeps what they had, which may be what somebody before them asks for.
    loop {
        let mut is_settled = true;
        for (i, found) in taken.iter_mut().enumerate() {
            let clashes = clashes(&people, i, (&owners, &awaited), today);
            if clashes.is_empty() {
                continue;
            }
            found.extend(clashes);
            people.get_mut(i).and_then(Option::take);
            is_settled = false;
        }
        if is_settled {
            return named(tx, taken).await;
        }
    }
}

/// A fault for each of these marks, which says who has it.
async fn named(tx: &mut Tx<'_>, taken: Vec<Vec<(String, Uuid)>>) -> Result<Vec<Vec<Fault>>> {
    let owners: Vec<Uuid> = taken.iter().flatten().map(|(_, owner)| *owner).collect();
    if owners.is_empty() {
        return Ok(taken.iter().map(|_| Vec::new()).collect());
    }
    let people = employee_refs(tx, &owners).await?;
    // Somebody of the same request is not stored yet.
    let fault = |(pointer, owner): (String, Uuid)| match people.find(owner) {
        Some(person) => Fault::taken_by_person(pointer, &person.name, person.employee_number.as_deref(), owner),
        None => Fault::taken(pointer, Thing::Employee, owner),
    };
    Ok(taken.into_iter().map(|found| found.into_iter().map(fault).collect()).collect())
}

/// The addresses and ids that people are to get once a second person has confirmed them.
#[derive(Debug, Default)]
pub struct AwaitedMarks {
    pub mails: Vec<(MailAddress, Uuid)>,
    pub external_ids: Vec<(ExternalId, Uuid)>,
}

pub async fn awaited_marks(tx: &mut Tx<'_>) -> Result<AwaitedMarks> {
    let mut marks = AwaitedMarks::default();
    for (mark, people) in awaited(waiting_marks(tx).await?)? {
        match mark {
            Mark::Mail(mail) => marks.mails.extend(people.into_iter().map(|person| (mail.clone(), person))),
            Mark::External(id) => marks.external_ids.extend(people.into_iter().map(|person| (id.clone(), person))),
            Mark::Number(_) => {}
        }
    }
    Ok(marks)
}

/// The people to whom a number, or one of these, is to pass once a second person has confirmed it, by number.
pub async fn awaited_numbers(
    tx: &mut Tx<'_>,
    asked: Option<&[EmployeeNumber]>,
) -> Result<BTreeMap<EmployeeNumber, Uuid>> {
    let waiting = match asked {
        Some(numbers) => waiting_of_marks(tx, &numbers.iter().map(|number| json!(number)).collect::<Vec<_>>()).await?,
        None => waiting_marks(tx).await?,
    };
    let numbers = awaited(waiting)?.into_iter().filter_map(|(mark, people)| match mark {
        Mark::Number(number) => Some((number, people.into_iter().next()?)),
        Mark::Mail(_) | Mark::External(_) => None,
    });
    Ok(numbers.collect())
}

fn awaited(waiting: Vec<WaitingMark>) -> Result<Awaited> {
    let mut awaited = Awaited::new();
    for WaitingMark { employee_id: person, field, proposed } in waiting {
        let marks: Vec<Mark> = match field {
            AccessField::EmployeeNumber => of_value(proposed)?.map(Mark::Number).into_iter().collect(),
            AccessField::Email => of_value(proposed)?.map(Mark::Mail).into_iter().collect(),
            _ => of_value::<Vec<ExternalId>>(proposed)?.unwrap_or_default().into_iter().map(Mark::External).collect(),
        };
        for mark in marks {
            awaited.entry(mark).or_default().push(person);
        }
    }
    Ok(awaited)
}

/// A proposed value; none if there is to be none.
fn of_value<T: DeserializeOwned>(proposed: Value) -> Result<Option<T>> {
    serde_json::from_value(proposed).map_err(Error::internal)
}

/// The places of the marks of person `i` that others have, and who has them: those to whom they are stored and who keep them, those
/// for whom they wait, and earlier people.
fn clashes(
    people: &[Option<Marked>],
    i: usize,
    (owners, awaited): (&Owners, &Awaited),
    today: NaiveDate,
) -> Vec<(String, Uuid)> {
    let Some(Some(person)) = people.get(i) else { return Vec::new() };
    let changed = |id: Uuid| people.iter().flatten().find(|other| other.id == id);
    let meets = |mark: &Mark, days: Days| !matches!(mark, Mark::Mail(_)) || person.days.meet(days, today);
    let clash = |mark: &Mark| {
        let stored = owners.get(mark).map(Vec::as_slice).unwrap_or_default();
        if stored.iter().any(|(id, _)| *id == person.id) {
            return None;
        }
        let is_kept = |(id, days): &&(Uuid, Days)| match changed(*id) {
            Some(other) => other.keeps(mark) && meets(mark, other.days),
            None => meets(mark, *days),
        };
        let has_it = |other: &&Marked| {
            other.id != person.id && other.marks.iter().any(|(_, own)| own == mark) && meets(mark, other.days)
        };
        let waits = |id: &&Uuid| **id != person.id && changed(**id).is_none_or(|other| other.awaits(mark));
        let kept = stored.iter().find(is_kept).map(|(id, _)| *id);
        let kept = kept.or_else(|| awaited.get(mark)?.iter().find(waits).copied());
        kept.or_else(|| people.iter().take(i).flatten().find(has_it).map(|other| other.id))
    };
    person.marks.iter().filter_map(|(pointer, mark)| Some((pointer.clone(), clash(mark)?))).collect()
}

async fn stored_owners(tx: &mut Tx<'_>, people: &[Option<Marked>], today: NaiveDate) -> Result<Owners> {
    let (mut numbers, mut mails, mut external) = (Vec::new(), Vec::new(), Vec::new());
    for (_, mark) in people.iter().flatten().flat_map(|person| &person.marks) {
        match mark {
            Mark::Number(number) => numbers.push(number.clone()),
            Mark::Mail(mail) => mails.push(mail.clone()),
            Mark::External(id) => external.push(id.clone()),
        }
    }
    let mut owners = Owners::new();
    let by_number: Vec<(EmployeeNumber, Uuid)> = employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::employee_number.eq_any(&numbers))
        .select((employees::employee_number.assume_not_null(), employees::id))
        .load(tx.conn)
        .await?;
    for (number, id) in by_number {
        owners.entry(Mark::Number(number)).or_default().push((id, Days(None, None)));
    }
    for (mail, id, days) in holders_of_mails(tx, &mails, today).await? {
        owners.entry(Mark::Mail(mail)).or_default().push((id, days));
    }
    for (id, owner) in external_ids::owners(tx, &external).await? {
        owners.entry(Mark::External(id)).or_default().push((owner, Days(None, None)));
    }
    Ok(owners)
}

/// The staff with these addresses, without those who have left. No constraint can tell who has, so the addresses are locked until
/// the commit against being given to somebody else at the same time.
async fn holders_of_mails(
    tx: &mut Tx<'_>,
    mails: &[MailAddress],
    today: NaiveDate,
) -> Result<Vec<(MailAddress, Uuid, Days)>> {
    if mails.is_empty() {
        return Ok(Vec::new());
    }
    statement(
        "SELECT pg_advisory_xact_lock(hashtextextended(asked.key, 0))
           FROM (SELECT DISTINCT :tenant::text || mail AS key FROM unnest(:mails) mail ORDER BY 1) asked",
    )
    .bind("tenant", tx.tenant)
    .bind("mails", mails.iter().map(|mail| mail.as_str().to_owned()).collect::<Vec<_>>())
    .execute(tx.conn)
    .await?;
    let rows: Vec<(MailAddress, Uuid, Option<NaiveDate>, Option<NaiveDate>)> = employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::email.eq_any(mails))
        .filter(employees::left_on.is_null().or(employees::left_on.assume_not_null().gt(today)))
        .select((employees::email.assume_not_null(), employees::id, employees::hired_on, employees::left_on))
        .load(tx.conn)
        .await?;
    Ok(rows.into_iter().map(|(mail, id, hired_on, left_on)| (mail, id, Days(hired_on, left_on))).collect())
}
