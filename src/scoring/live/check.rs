//! Compares what is stored with a fresh computation.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::calendar::open_periods;
use super::model::{LivePeriod, LiveResult};
use super::store::{self, FRESH_COUNTS};
use super::terms::Terms;
use crate::db::{allow_large_sets, concat, statement};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::journal::marks::{self, Mark, SetAside};
use crate::kernel::period::Period;

/// So many lecturers are compared at once.
const AT_ONCE: i64 = 500;
/// So many differences are listed; the others are counted.
const LISTED: usize = 1_000;

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Periods and results that were compared.
    pub periods: usize,
    pub results: usize,
    /// The first ones.
    pub differences: Vec<Difference>,
    /// All of them.
    pub different: usize,
    pub set_aside: Vec<SetAside>,
}

/// Something that is stored otherwise than it is computed.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    pub programme_id: Uuid,
    pub period: Period,
    /// None: of the period as a whole.
    pub employee_id: Option<Uuid>,
    /// What differs, each with what is stored and what is computed.
    pub what: String,
}

/// Compares all live results of the tenant with a fresh computation, in one database snapshot. Whom a mark names is left out: there the
/// facts are newer than the result, or it cannot be computed.
pub async fn check(tx: &mut Tx<'_>) -> Result<Checked> {
    allow_large_sets(tx.conn).await?;
    let mut checked = Checked { set_aside: marks::all_set_aside(tx).await?, ..Checked::default() };
    let waiting = marks::all_waiting(tx).await?;
    let live = store::periods(tx).await?.open;
    let known: BTreeSet<(Uuid, Period)> = live.iter().map(|live| (live.programme_id, live.period)).collect();
    for programme_id in store::ruled_programmes(tx).await? {
        for (period, _) in open_periods(tx, programme_id).await? {
            if !known.contains(&(programme_id, period)) {
                checked.add(Difference {
                    programme_id,
                    period,
                    employee_id: None,
                    what: "nothing is stored".to_owned(),
                });
            }
        }
    }
    let aside: Vec<Mark> = checked.set_aside.iter().map(|aside| aside.mark.clone()).collect();
    let left_out: Vec<Mark> = waiting.into_iter().chain(aside).collect();
    for live in &live {
        compare(tx, live, &left_out, &mut checked).await?;
    }
    Ok(checked)
}

impl Checked {
    fn add(&mut self, difference: Difference) {
        self.different += 1;
        if self.differences.len() < LISTED {
            self.differences.push(difference);
        }
    }
}

async fn compare(tx: &mut Tx<'_>, live: &LivePeriod, left_out: &[Mark], checked: &mut Checked) -> Result<()> {
    let marked = || left_out.iter().filter(|mark| live.is_concerned(mark));
    let named: BTreeSet<Uuid> = marked().filter_map(|mark| mark.employee_id).collect();
    checked.periods += 1;
    if live.anew_since.is_none() && marked().all(|mark| !mark.is_of_everybody && mark.department_id.is_none()) {
        compare_results(tx, live, &named, checked).await?;
    }
    let miscounted = miscounted(tx, live).await?;
    if miscounted > 0 {
        let what = format!("{miscounted} counts of scores are not those of the stored results");
        let (programme_id, period) = (live.programme_id, live.period);
        checked.add(Difference { programme_id, period, employee_id: None, what });
    }
    Ok(())
}

/// Everybody's but those of the people in `without`.
async fn compare_results(
    tx: &mut Tx<'_>,
    live: &LivePeriod,
    without: &BTreeSet<Uuid>,
    checked: &mut Checked,
) -> Result<()> {
    let terms = Terms::of(tx, live).await?;
    let by_id = |results: Vec<LiveResult>| -> BTreeMap<Uuid, LiveResult> {
        results.into_iter().map(|result| (result.employee_id, result)).collect()
    };
    let mut after = Uuid::nil();
    loop {
        let people = store::next_people(tx, live.id, after, AT_ONCE).await?;
        let Some(last) = people.last() else { return Ok(()) };
        after = *last;
        let people: Vec<Uuid> = people.into_iter().filter(|person| !without.contains(person)).collect();
        let fresh = by_id(terms.compute(tx, live.period, &people).await?);
        let stored = by_id(store::stored(tx, live.id, &people).await?);
        checked.results += stored.len();
        for person in &people {
            let what = differences(stored.get(person), fresh.get(person))?;
            if !what.is_empty() {
                let (programme_id, period, what) = (live.programme_id, live.period, what.join(", "));
                checked.add(Difference { programme_id, period, employee_id: Some(*person), what });
            }
        }
    }
}

/// The members that differ, with both values.
fn differences(stored: Option<&LiveResult>, fresh: Option<&LiveResult>) -> Result<Vec<String>> {
    match (stored, fresh) {
        (None, None) => Ok(Vec::new()),
        (Some(_), None) => Ok(vec!["a result is stored of somebody who is not scored".to_owned()]),
        (None, Some(_)) => Ok(vec!["no result is stored".to_owned()]),
        (Some(stored), Some(fresh)) => {
            let mut found = members("inputs", &stored.inputs.0, &fresh.inputs.0)?;
            found.extend(members("card", &stored.card.0, &fresh.card.0)?);
            let sums = |own: &LiveResult| own.sums.as_ref().map(|sums| sums.0.clone()).unwrap_or_default();
            found.extend(members("sums", &sums(stored), &sums(fresh))?);
            if stored.sums.is_some() != fresh.sums.is_some() {
                found.push("whether feedback is shown in batches".to_owned());
            }
            let titles = |own: &LiveResult| own.titles.as_ref().map(|titles| titles.0.clone()).unwrap_or_default();
            found.extend(members("titles", &titles(stored), &titles(fresh))?);
            if stored.titles.is_some() != fresh.titles.is_some() {
                found.push("whether titles are kept".to_owned());
            }
            if found.is_empty() && stored != fresh {
                found.push("what boards are ordered by".to_owned());
            }
            Ok(found)
        }
    }
}

fn members(of: &str, stored: &impl Serialize, fresh: &impl Serialize) -> Result<Vec<String>> {
    let stored = serde_json::to_value(stored).map_err(Error::internal)?;
    let fresh = serde_json::to_value(fresh).map_err(Error::internal)?;
    let (Value::Object(stored), Value::Object(fresh)) = (stored, fresh) else { return Ok(Vec::new()) };
    let names: BTreeSet<&String> = stored.keys().chain(fresh.keys()).collect();
    let differing = names.into_iter().filter(|name| stored.get(*name) != fresh.get(*name));
    let said = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    Ok(differing
        .map(|name| format!("{of}.{name} is {} instead of {}", said(stored.get(name)), said(fresh.get(name))))
        .collect())
}

/// How many counts are not what the stored results add up to.
async fn miscounted(tx: &mut Tx<'_>, live: &LivePeriod) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    const MISCOUNTED: &str = concat!(
        "WITH ",
        FRESH_COUNTS,
        "
SELECT count(*) AS count
  FROM fresh f
  FULL JOIN (SELECT c.board_id, c.is_whole, c.shortfall, c.lecturers, c.scores
               FROM live_score_counts c
              WHERE c.tenant_id = :tenant AND c.live_period_id = :live_period AND c.lecturers > 0) c
    ON c.board_id = f.board_id AND c.is_whole = f.is_whole AND c.shortfall = f.shortfall
 WHERE f.lecturers IS DISTINCT FROM c.lecturers OR f.scores IS DISTINCT FROM c.scores"
    );
    let counted = statement(MISCOUNTED).bind("programme", live.programme_id).bind("live_period", live.id);
    let row: Count = tx.complete(counted).get_result(tx.conn).await?;
    Ok(row.count)
}
