//! Nobody gives two sessions at once. A planned session reserves the time of its lecturers, and the database refuses a plan that
//! takes reserved time (`session_lecturers_plan_excl`). A session that is decided reserves nothing, and neither does what an import
//! brought: that is history. A delivery is a fact and is taken, even if it overlaps another one of the same lecturer; it is shown.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::json;
use uuid::Uuid;

use super::model::{PlanSession, Session};
use crate::db::{Constraint as _, collect_column, statement};
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::message::{data, local_time};
use crate::people::{lock_employees, shown};

/// The time that a plan takes from a lecturer.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// The place of the plan among those that are checked together.
    plan: i32,
    lecturer: Uuid,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Slot {
    /// The slots of one plan.
    pub fn of(plan: i32, lecturers: &[Uuid], from: DateTime<Utc>, minutes: i32) -> Vec<Self> {
        let until = from.checked_add_signed(Duration::minutes(minutes.max(0).into())).unwrap_or(from);
        lecturers.iter().map(|lecturer| Self { plan, lecturer: *lecturer, from, until }).collect()
    }

    /// Whether both take the same time from the same lecturer.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.lecturer == other.lecturer && self.from < other.until && other.from < self.until
    }
}

/// A planned session that takes time which a plan needs.
#[derive(Debug, QueryableByName)]
pub struct Clash {
    #[diesel(sql_type = Integer)]
    plan: i32,
    #[diesel(sql_type = SqlUuid)]
    session_id: Uuid,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Timestamptz)]
    starts_at: DateTime<Utc>,
    /// Of the programme.
    #[diesel(sql_type = Text)]
    time_zone: String,
    #[diesel(sql_type = Nullable<Text>)]
    employee_number: Option<String>,
    #[diesel(sql_type = Text)]
    name: String,
}

impl From<&Clash> for Error {
    fn from(clash: &Clash) -> Self {
        Self::new(Code::PlansOverlap)
            .with("lecturer", shown(&clash.name, clash.employee_number.as_deref()))
            .with("title", data(&clash.title))
            .with("starts_at", local_time(clash.starts_at, clash.time_zone.parse().unwrap_or(Tz::UTC)))
            .member("session_id", json!(clash.session_id))
    }
}

/// The first clash of each plan with a stored one, by the place of the plan. `except` is the session that is planned anew. The
/// lecturers are locked until the commit, so that nobody else plans for them in the meantime.
pub async fn clashes(tx: &mut Tx<'_>, slots: &[Slot], except: Option<Uuid>) -> Result<BTreeMap<i32, Clash>> {
    const FIND: &str = "
SELECT DISTINCT ON (r.plan) r.plan, l.session_id, s.title, l.reserved_from AS starts_at, p.time_zone, e.employee_number, e.name
  FROM :rows
  JOIN session_lecturers l ON l.tenant_id = :tenant AND l.employee_id = r.lecturer AND l.reserved_from IS NOT NULL
       AND tstzrange(l.reserved_from, l.reserved_until) && tstzrange(r.from_at, r.until_at)
  JOIN employees e ON e.tenant_id = :tenant AND e.id = l.employee_id
  JOIN sessions s ON s.tenant_id = :tenant AND s.id = l.session_id
  JOIN programmes p ON p.tenant_id = :tenant AND p.id = s.programme_id
 WHERE l.session_id <> :except
 ORDER BY r.plan, l.reserved_from, l.session_id";
    if slots.is_empty() {
        return Ok(BTreeMap::new());
    }
    let people: BTreeSet<Uuid> = slots.iter().map(|slot| slot.lecturer).collect();
    let people: Vec<Uuid> = people.into_iter().collect();
    statement(lock_employees!(":people")).bind("tenant", tx.tenant).bind("people", people).execute(tx.conn).await?;
    let found = statement(FIND)
        .by("plan", collect_column(slots, |slot| slot.plan))
        .by("lecturer", collect_column(slots, |slot| slot.lecturer))
        .by("from_at", collect_column(slots, |slot| slot.from))
        .by("until_at", collect_column(slots, |slot| slot.until))
        .bind("tenant", tx.tenant)
        .bind("except", except.unwrap_or_default());
    let found: Vec<Clash> = found.load(tx.conn).await?;
    Ok(found.into_iter().map(|clash| (clash.plan, clash)).collect())
}

/// The slots of plans that are checked together.
#[must_use]
pub fn slots_of(plans: &[PlanSession]) -> Vec<Slot> {
    let slots = |(place, plan): (i32, &PlanSession)| {
        let lecturers: Vec<Uuid> = plan.lecturers.iter().map(|share| share.employee_id).collect();
        Slot::of(place, &lecturers, plan.starts_at, plan.scheduled_minutes)
    };
    (0..).zip(plans).flat_map(slots).collect()
}

/// The places of plans that overlap an earlier one of the same request, without those that are refused anyway.
#[must_use]
pub fn among_themselves(slots: &[Slot], refused: &BTreeSet<i32>) -> BTreeSet<i32> {
    let mut taken: Vec<&Slot> = Vec::new();
    let mut overlapping = BTreeSet::new();
    for slot in slots.iter().filter(|slot| !refused.contains(&slot.plan)) {
        if taken.iter().any(|earlier| earlier.plan != slot.plan && earlier.overlaps(slot)) {
            overlapping.insert(slot.plan);
            taken.retain(|earlier| earlier.plan != slot.plan);
        } else if !overlapping.contains(&slot.plan) {
            taken.push(slot);
        }
    }
    overlapping
}

/// Refuses (409) a plan of a stored session that needs reserved time of these lecturers.
pub async fn check(
    tx: &mut Tx<'_>,
    session: &Session,
    lecturers: &[Uuid],
    from: DateTime<Utc>,
    minutes: i32,
) -> Result<()> {
    let clashes = clashes(tx, &Slot::of(0, lecturers, from, minutes), Some(session.id)).await?;
    clashes.values().next().map_or(Ok(()), |clash| Err(clash.into()))
}

/// Reserves the lecturers' time for those of these sessions that are planned, and frees it for the others. From now on they are found
/// among the lecturers' sessions by their start.
pub async fn reserve(tx: &mut Tx<'_>, sessions: &[Uuid]) -> Result<()> {
    const RESERVE: &str = "
UPDATE session_lecturers l
   SET starts_at = coalesce(s.delivered_start, s.scheduled_start),
       reserved_from = CASE WHEN s.state = 'planned' THEN s.scheduled_start END,
       reserved_until = CASE WHEN s.state = 'planned' THEN s.scheduled_start + s.scheduled_minutes * interval '1 minute' END
  FROM sessions s
 WHERE l.tenant_id = :tenant AND l.session_id = ANY (:sessions) AND s.tenant_id = :tenant AND s.id = l.session_id";
    let reserve = statement(RESERVE).bind("tenant", tx.tenant).bind("sessions", sessions);
    let reserved = reserve.execute(tx.conn).await;
    // Whoever plans has locked the lecturers and found no clash, so only a writer without the lock can be met here.
    reserved.on_constraint("session_lecturers_plan_excl", || Error::new(Code::Busy))?;
    Ok(())
}

/// The most deliveries that one delivery names as overlapping.
const MAX_NAMED: usize = 20;

/// The deliveries that overlap each of these delivered sessions: of a lecturer of both, at the same time.
pub async fn of_deliveries(tx: &mut Tx<'_>, sessions: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Vec<Uuid>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        other: Uuid,
    }
    const FIND: &str = "
SELECT DISTINCT s.id, t.id AS other
  FROM sessions s
  JOIN session_lecturers l ON l.tenant_id = :tenant AND l.session_id = s.id
  JOIN session_lecturers m ON m.tenant_id = :tenant AND m.employee_id = l.employee_id AND m.session_id <> l.session_id
  JOIN sessions t ON t.tenant_id = :tenant AND t.id = m.session_id
       AND t.delivery_reported_at IS NOT NULL
       AND t.delivered_start < s.delivered_start + s.delivered_minutes * interval '1 minute'
       AND s.delivered_start < t.delivered_start + t.delivered_minutes * interval '1 minute'
 WHERE s.tenant_id = :tenant AND s.id = ANY (:sessions) AND s.delivered_start IS NOT NULL
   AND s.delivery_reported_at IS NOT NULL
 ORDER BY s.id, t.id";
    let mut overlaps: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    if sessions.is_empty() {
        return Ok(overlaps);
    }
    let rows: Vec<Row> = statement(FIND).bind("tenant", tx.tenant).bind("sessions", sessions).load(tx.conn).await?;
    for row in rows {
        let others = overlaps.entry(row.id).or_default();
        if others.len() < MAX_NAMED {
            others.push(row.other);
        }
    }
    Ok(overlaps)
}
