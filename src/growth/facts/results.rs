//! What closed periods say about people. For every closed period, only the snapshot that counts is read, whether or not an earlier one
//! contained the person.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Months, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Needs, Reading, Sought, Way};
use crate::db::{Document, Statement, concat, statement};
use crate::error::{Error, Result};
use crate::growth::rules::{ClosedPeriod, ClosedResult, Rating, Taught};
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;
use crate::kernel::period::{Cycle, Period};
use crate::programmes::documents::rule::ScoringRule;
use crate::schema::scoring_rules;
use crate::scoring::Score;
use crate::scoring::inputs::SessionOutcome;
use crate::scoring::metrics::is_enough;

/// A closed period, and where its results are.
#[derive(Debug)]
pub struct Closed {
    snapshot_id: Uuid,
    rule_id: Uuid,
    zone: Tz,
    of: Arc<ClosedPeriod>,
}

/// The closed periods that may count, latest first.
pub async fn closed(tx: &mut Tx<'_>, needs: Needs, on: NaiveDate) -> Result<Vec<Closed>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        snapshot_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        rule_id: Uuid,
        #[diesel(sql_type = Integer)]
        rule_version: i32,
        #[diesel(sql_type = SqlUuid)]
        programme_id: Uuid,
        #[diesel(sql_type = Text)]
        programme_code: String,
        #[diesel(sql_type = Text)]
        time_zone: String,
        #[diesel(sql_type = Text)]
        period: String,
    }
    const CLOSED: &str = "
SELECT s.id AS snapshot_id, s.rule_id, r.version AS rule_version, g.id AS programme_id, g.code AS programme_code, g.time_zone, p.period
  FROM periods p
  JOIN snapshots s ON s.tenant_id = :tenant AND s.id = p.snapshot_id
  JOIN scoring_rules r ON r.tenant_id = :tenant AND r.id = s.rule_id
  JOIN programmes g ON g.tenant_id = :tenant AND g.id = p.programme_id
 WHERE p.tenant_id = :tenant
 ORDER BY p.starts_on DESC, g.id";
    if needs.months == 0 && !needs.sessions {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = tx.complete(statement(CLOSED)).load(tx.conn).await?;
    let mut closed = Vec::new();
    for row in rows {
        let period: Period = row.period.parse().map_err(|_| Error::internal("a row with an invalid period"))?;
        let of = ClosedPeriod {
            programme_id: row.programme_id,
            programme_code: row.programme_code,
            period,
            first_day: period.first_day(),
            last_day: period.last_day(),
            rule_version: row.rule_version,
        };
        if may_count(&of, needs, on) {
            let zone = row.time_zone.parse().map_err(Error::internal)?;
            closed.push(Closed { snapshot_id: row.snapshot_id, rule_id: row.rule_id, zone, of: Arc::new(of) });
        }
    }
    Ok(closed)
}

/// Whether sessions of the period count, or one of its months is looked at.
fn may_count(of: &ClosedPeriod, needs: Needs, on: NaiveDate) -> bool {
    let this_month = Period::containing(on, Cycle::Month).map(Period::first_day);
    let span = this_month.and_then(|day| Some((day.checked_sub_months(Months::new(needs.months))?, day)));
    let is_looked_at = span.is_none_or(|(first, end)| of.last_day >= first && of.first_day < end);
    is_looked_at || (needs.sessions && of.first_day <= on)
}

/// The rules by which sessions qualify.
pub async fn rules(tx: &mut Tx<'_>, closed: &[Closed]) -> QueryResult<BTreeMap<Uuid, ScoringRule>> {
    let ids: Vec<Uuid> = closed.iter().map(|closed| closed.rule_id).collect();
    let rows: Vec<(Uuid, Document<ScoringRule>)> = scoring_rules::table
        .filter(scoring_rules::tenant_id.eq(tx.tenant))
        .filter(scoring_rules::id.eq_any(ids))
        .select((scoring_rules::id, scoring_rules::document))
        .load(tx.conn)
        .await?;
    Ok(rows.into_iter().map(|(id, document)| (id, document.0)).collect())
}

/// The results of some records: the places of the closed periods, each beside its result.
#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
    #[diesel(sql_type = Array<BigInt>)]
    places: Vec<i64>,
    /// Hundredths of a point.
    #[diesel(sql_type = Array<Nullable<Integer>>)]
    scores: Vec<Option<i32>>,
    /// None: not rated.
    #[diesel(sql_type = Array<Nullable<Text>>)]
    grades: Vec<Option<String>>,
}

/// A session of a record in a closed period. The day is not frozen: it is taken from the session as it is now.
#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Integer)]
    minutes: i32,
    #[diesel(sql_type = Integer)]
    attendees: i32,
    #[diesel(sql_type = Numeric)]
    credit: Decimal,
    /// The actual start, or the scheduled one.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    starts_at: Option<DateTime<Utc>>,
}

/// The rows of a snapshot, for the records from one to another. The argument is what is selected of each.
macro_rules! stretch {
    ($columns:literal) => {
        concat!(
            " FROM unnest(:snapshots) WITH ORDINALITY AS c (snapshot_id, place)
 CROSS JOIN LATERAL (SELECT ",
            $columns,
            " FROM snapshot_lecturers l
                      WHERE l.tenant_id = :tenant AND l.snapshot_id = c.snapshot_id
                        AND l.employee_id >= :first AND l.employee_id <= :last OFFSET 0) l"
        )
    };
}

/// The same for records that are given.
macro_rules! each {
    ($columns:literal) => {
        concat!(
            " FROM unnest(:snapshots) WITH ORDINALITY AS c (snapshot_id, place)
 CROSS JOIN unnest(:records) AS r (id)
 CROSS JOIN LATERAL (SELECT ",
            $columns,
            " FROM snapshot_lecturers l
                      WHERE l.tenant_id = :tenant AND l.snapshot_id = c.snapshot_id AND l.employee_id = r.id OFFSET 0) l"
        )
    };
}

/// All lists of a row are in the same order, because they are made of the same rows.
macro_rules! results {
    ($rows:ident) => {
        concat!(
            "SELECT l.employee_id, array_agg(c.place) AS places, array_agg(l.score) AS scores, array_agg(l.grade) AS grades",
            $rows!("l.employee_id, CASE WHEN :scored THEN 10000 - l.shortfall END AS score, l.grade"),
            " GROUP BY l.employee_id"
        )
    };
}

macro_rules! sessions {
    ($rows:ident) => {
        concat!(
            "SELECT l.employee_id, c.place, t.state, t.minutes, t.attendees, t.credit,
       CASE WHEN s.delivered_start IS NULL THEN s.scheduled_start ELSE s.delivered_start END AS starts_at",
            $rows!("l.employee_id, l.inputs"),
            "
 CROSS JOIN LATERAL jsonb_to_recordset(coalesce(l.inputs -> 'sessions', '[]'))
    AS t (session_id uuid, state text, minutes integer, attendees integer, credit numeric)
  LEFT JOIN LATERAL (SELECT s.scheduled_start, s.delivered_start FROM sessions s
                      WHERE s.tenant_id = :tenant AND s.id = t.session_id OFFSET 0) s ON true"
        )
    };
}

/// Which records are read.
#[derive(Clone, Copy)]
enum Records<'r> {
    Stretch(Uuid, Uuid),
    Each(&'r [Uuid]),
}

impl Records<'_> {
    fn bind<'q>(&'q self, texts: [&'static str; 2]) -> Statement<'q> {
        let [stretch, each] = texts;
        match self {
            Self::Stretch(first, last) => statement(stretch).bind("first", *first).bind("last", *last),
            Self::Each(records) => statement(each).bind("records", *records),
        }
    }
}

/// Adds the closed results of the people, latest first.
pub(super) async fn read(tx: &mut Tx<'_>, sought: &Sought, reading: &mut Reading, way: Way) -> Result<()> {
    if sought.closed.is_empty() {
        return Ok(());
    }
    let stretch = reading.facts.keys().next().copied().zip(reading.facts.keys().next_back().copied());
    match stretch.filter(|_| way == Way::Stretch) {
        None => {
            let records = reading.records.clone();
            add(tx, sought, reading, Records::Each(&records)).await?;
        }
        Some((first, last)) => {
            add(tx, sought, reading, Records::Stretch(first, last)).await?;
            // Those of merged records lie elsewhere, or in the stretch too: there they are read already.
            let elsewhere = |record: &&Uuid| **record < first || **record > last;
            let merged: Vec<Uuid> = reading.merged.keys().filter(elsewhere).copied().collect();
            if !merged.is_empty() {
                add(tx, sought, reading, Records::Each(&merged)).await?;
            }
        }
    }
    if !reading.merged.is_empty() {
        for facts in reading.facts.values_mut() {
            facts.results.sort_by_key(|result| (std::cmp::Reverse(result.of.first_day), result.of.programme_id));
        }
    }
    Ok(())
}

async fn add(tx: &mut Tx<'_>, sought: &Sought, reading: &mut Reading, records: Records<'_>) -> Result<()> {
    let snapshots: Vec<Uuid> = sought.closed.iter().map(|closed| closed.snapshot_id).collect();
    let mut taught =
        if sought.needs.sessions { taught(tx, sought, &snapshots, records).await? } else { HashMap::new() };
    let asked = records.bind([results!(stretch), results!(each)]);
    let asked = asked.bind("snapshots", &snapshots).bind("scored", sought.needs.scores);
    let found: Vec<Found> = tx.complete(asked).load(tx.conn).await?;
    for Found { employee_id, places, scores, grades } in found {
        let Some(facts) = reading.of(employee_id) else { continue };
        let mut own: Vec<(i64, Option<Rating>)> = Vec::with_capacity(places.len());
        for ((place, score), grade) in places.into_iter().zip(scores).zip(grades) {
            let score = score.map(|units| Score::of_units(units.into()));
            own.push((place, grade.map(|grade| Rating { score, grade })));
        }
        own.sort_unstable_by_key(|(place, _)| *place);
        for (place, rating) in own {
            let sessions = taught.remove(&(employee_id, place)).unwrap_or_default();
            facts.results.push(ClosedResult { of: Arc::clone(&at(sought, place)?.of), rating, sessions });
        }
    }
    Ok(())
}

/// The closed period at a place, from 1.
fn at(sought: &Sought, place: i64) -> Result<&Closed> {
    let found = usize::try_from(place - 1).ok().and_then(|place| sought.closed.get(place));
    found.ok_or_else(|| Error::internal("a result of no closed period"))
}

/// The qualifying sessions of these records in each closed period.
async fn taught(
    tx: &mut Tx<'_>,
    sought: &Sought,
    snapshots: &[Uuid],
    records: Records<'_>,
) -> Result<HashMap<(Uuid, i64), Vec<Taught>>> {
    let asked = records.bind([sessions!(stretch), sessions!(each)]).bind("snapshots", snapshots);
    let held: Vec<Held> = tx.complete(asked).load(tx.conn).await?;
    let mut taught: HashMap<(Uuid, i64), Vec<Taught>> = HashMap::new();
    for one in held {
        let closed = at(sought, one.place)?;
        let rule = sought.rules.get(&closed.rule_id).ok_or_else(|| Error::internal("a snapshot without its rule"))?;
        let state =
            SessionOutcome::of(&one.state).ok_or_else(|| Error::internal("a frozen session without an outcome"))?;
        let [minutes, attendees] = [one.minutes, one.attendees].map(|number| u32::try_from(number).unwrap_or_default());
        if is_enough(rule, state, minutes, attendees) {
            let start = one.starts_at.ok_or_else(|| Error::internal("a frozen session no longer exists"))?;
            let on = start.with_timezone(&closed.zone).date_naive();
            taught.entry((one.employee_id, one.place)).or_default().push(Taught { on, credit: one.credit });
        }
    }
    Ok(taught)
}
