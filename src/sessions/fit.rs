//! Who may give a session, or take part in it, on its day: people who are employed; lecturers whose appointments are not over.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::model::Session;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::fault::{Fault, Faults};
use crate::people::{no_longer_appointed, unemployed};
use crate::programmes::{self, Programme};

/// Those of these people who are not employed on the day, or no longer appointed, each with the fault without its place.
pub async fn unfit_on(tx: &mut Tx<'_>, asked: &[(Uuid, NaiveDate)]) -> Result<BTreeMap<(Uuid, NaiveDate), Fault>> {
    let asked: Vec<(String, Uuid, NaiveDate)> =
        asked.iter().enumerate().map(|(i, (person, day))| (i.to_string(), *person, *day)).collect();
    let faults = unfit(tx, &asked).await?;
    let found = faults.into_iter().filter_map(|fault| {
        let (_, person, day) = asked.get(fault.pointer.parse::<usize>().ok()?)?;
        Some(((*person, *day), Fault { pointer: String::new(), ..fault }))
    });
    Ok(found.collect())
}

/// The faults of lecturers on days on which they give no session: who is not employed, and who was appointed and is no longer.
async fn unfit(tx: &mut Tx<'_>, asked: &[(String, Uuid, NaiveDate)]) -> Result<Vec<Fault>> {
    let mut faults = unemployed(tx, asked).await?;
    let over = no_longer_appointed(tx, asked).await?;
    let new = over.into_iter().filter(|fault| faults.iter().all(|other| other.pointer != fault.pointer));
    let new: Vec<Fault> = new.collect();
    faults.extend(new);
    Ok(faults)
}

/// Refuses lecturers who are not employed, or no longer appointed, on the day of a plan that starts at this instant.
pub async fn check_fit(
    tx: &mut Tx<'_>,
    session: &Session,
    start: DateTime<Utc>,
    people: impl IntoIterator<Item = (String, Uuid)>,
    faults: &mut Faults,
) -> Result<()> {
    let asked = on_the_day(tx, session, start, people).await?;
    faults.extend(unfit(tx, &asked).await?);
    Ok(())
}

/// Refuses people who are not employed on the day of a session that starts at this instant.
pub async fn check_employed(
    tx: &mut Tx<'_>,
    session: &Session,
    start: DateTime<Utc>,
    people: impl IntoIterator<Item = (String, Uuid)>,
    faults: &mut Faults,
) -> Result<()> {
    let asked = on_the_day(tx, session, start, people).await?;
    faults.extend(unemployed(tx, &asked).await?);
    Ok(())
}

/// These people, each with the local day of a session that starts at this instant.
async fn on_the_day(
    tx: &mut Tx<'_>,
    session: &Session,
    start: DateTime<Utc>,
    people: impl IntoIterator<Item = (String, Uuid)>,
) -> Result<Vec<(String, Uuid, NaiveDate)>> {
    let day = local_day(&programme_of(tx, session).await?, start);
    Ok(people.into_iter().map(|(pointer, person)| (pointer, person, day)).collect())
}

/// The day of an instant in the programme's time zone.
pub fn local_day(programme: &Programme, instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&programme.time_zone).date_naive()
}

/// The programme of a stored session.
pub async fn programme_of(tx: &mut Tx<'_>, session: &Session) -> Result<Programme> {
    let found = programmes::find(tx, session.programme_id).await?;
    found.ok_or_else(|| Error::internal("a session without its programme"))
}
