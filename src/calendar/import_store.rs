//! Days of the calendar that files bring: each is listed, or listed otherwise. Days that are in no file stay as they are.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};

use super::model::{DayKind, DayName, ListedDay, NewDay};
use super::queries;
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result};
use crate::journal::Tx;

/// A row of `calendar.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarRow {
    pub day: NaiveDate,
    pub kind: DayKind,
    pub name: Option<DayName>,
}

/// Stores the days that the calendar does not have as the rows say them. Only the `given` columns count. Returns how many.
pub async fn store_days(tx: &mut Tx<'_>, rows: &[CalendarRow], given: &[&str]) -> Result<usize> {
    let days: Vec<NaiveDate> = rows.iter().map(|row| row.day).collect();
    let stored = queries::listed_among(tx, &days).await?.into_iter().map(|listed| (listed.day, listed));
    let mut stored: BTreeMap<NaiveDate, ListedDay> = stored.collect();
    let has_names = given.contains(&"name");
    let mut changed = Vec::new();
    for row in rows {
        let present = stored.remove(&row.day);
        let is_known = present.as_ref().is_some_and(|own| own.kind == row.kind && (!has_names || own.name == row.name));
        if is_known {
            continue;
        }
        let name = if has_names { row.name.clone() } else { present.and_then(|own| own.name) };
        let (day, kind) = (row.day, row.kind);
        changed.push(NewDay { tenant_id: tx.tenant, id: tx.id(), day, kind, name, created_at: tx.now });
    }
    let days: Vec<NaiveDate> = changed.iter().map(|row| row.day).collect();
    queries::unlist(tx, &days).await?;
    let listed = queries::list(tx, &changed).await;
    // Somebody else has listed one of them at the same time.
    listed.on_constraint("calendar_days_day_key", || Error::new(Code::Busy))?;
    touch(tx, &days).await?;
    Ok(changed.len())
}

/// Fees of sessions on these days follow, year by year.
async fn touch(tx: &mut Tx<'_>, days: &[NaiveDate]) -> Result<()> {
    let mut years: BTreeMap<i32, (NaiveDate, NaiveDate)> = BTreeMap::new();
    for day in days {
        let (first, last) = years.entry(day.year()).or_insert((*day, *day));
        (*first, *last) = ((*first).min(*day), (*last).max(*day));
    }
    for (first, last) in years.into_values() {
        tx.touch_calendar(first, last).await?;
    }
    Ok(())
}
