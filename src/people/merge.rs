//! The person of two records that become one: marks, employments, departments, appointments, groups, absences, certificates of
//! competence.
//!
//! Dated facts of the record that is given up fill the days on which the kept one has none of their kind. So nothing that is known of
//! the kept record changes, and nothing of the other one is lost but what contradicts it.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::directory::merged_record;
use super::employees::{self, Employee};
use super::{employments, groups, lecturers, memberships};
use crate::db::{concat, statement};
use crate::error::{Error, Result};
use crate::journal::{Days, Tx};
use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::phrases::{Refusal, Thing};
use crate::people::Employment;
use crate::schema::employees as rows;
use crate::sign_in::{Ended, Merge};

/// The most ids in other systems that a person may have.
const MAX_EXTERNAL_IDS: usize = 20;

/// Locks both records against everything that would be written of them. Refuses those that are not two records of people: 404 for the
/// kept one, and a fault at `pointer` for the other. Returns what the kept one and the other are known by.
pub async fn lock_for_merge(tx: &mut Tx<'_>, merge: Merge, pointer: &str) -> Result<[Vec<String>; 2]> {
    let (kept, duplicate) = lock(tx, merge).await?;
    let kept = Thing::Employee.require(kept)?;
    if merge.kept == merge.duplicate {
        return Err(Fault::not_eligible(pointer, Refusal::SameRecord).into());
    }
    kept.refuse_merged("")?;
    let duplicate = duplicate.ok_or_else(|| Error::fault(pointer, FaultCode::NotFound))?;
    if let Some(into) = duplicate.merged_into_id {
        return Err(merged_record(pointer, into).into());
    }
    let ids = employees::find_external_ids(tx, &[kept.id, duplicate.id]).await?;
    if ids.values().map(Vec::len).sum::<usize>() > MAX_EXTERNAL_IDS {
        return Err(Fault::new(pointer, FaultCode::TooMany).with("max", MAX_EXTERNAL_IDS).into());
    }
    Ok([known_by(&kept), known_by(&duplicate)])
}

/// A merge moves numbers from one record to another, and a file knows people by their numbers. So neither runs while the other does:
/// the key of the lock, and its two ways.
const KEY: &str = "(hashtextextended('merges ' || :tenant::text, 0))";

/// Waits for the imports that run, and keeps others out until the commit. Before any record is locked.
pub async fn keep_imports_out(tx: &mut Tx<'_>) -> QueryResult<()> {
    const LOCK: &str = concat!("SELECT pg_advisory_xact_lock", KEY);
    statement(LOCK).bind("tenant", tx.tenant).execute(tx.conn).await?;
    Ok(())
}

/// Keeps merges out until the commit, for work that knows people by what was read before, when there had been `known` of them. Fails
/// if there are more by now.
pub async fn keep_merges_out(tx: &mut Tx<'_>, known: i64) -> Result<()> {
    const LOCK: &str = concat!("SELECT pg_advisory_xact_lock_shared", KEY);
    statement(LOCK).bind("tenant", tx.tenant).execute(tx.conn).await?;
    if count_merged(tx).await? == known { Ok(()) } else { Err(Error::internal("records were merged meanwhile")) }
}

/// How many records were merged into others so far.
pub async fn count_merged(tx: &mut Tx<'_>) -> QueryResult<i64> {
    let merged = rows::table.filter(rows::tenant_id.eq(tx.tenant)).filter(rows::merged_into_id.is_not_null());
    merged.count().get_result(tx.conn).await
}

/// Id, name, number and mail address.
fn known_by(record: &Employee) -> Vec<String> {
    let marks = [record.employee_number.as_deref(), record.email.as_deref()].into_iter().flatten().map(str::to_owned);
    [record.id.to_string(), record.name.to_string()].into_iter().chain(marks).collect()
}

async fn lock(tx: &mut Tx<'_>, merge: Merge) -> QueryResult<(Option<Employee>, Option<Employee>)> {
    let mut found = employees::find_for_merge(tx, &[merge.kept, merge.duplicate]).await?;
    let mut take = |id: Uuid| found.iter().position(|one| one.id == id).map(|at| found.swap_remove(at));
    Ok((take(merge.kept), take(merge.duplicate)))
}

/// The offices that end with a record: what lets somebody decide about others is not merged.
#[derive(Debug)]
pub struct EndedOffices {
    /// The departments whose head it was.
    pub headless: Vec<Uuid>,
    /// The groups of which it was an organiser.
    pub groups: Vec<Uuid>,
}

/// Moves what belongs to the person, and gives the other record up. The caller holds the locks and has found nothing against it.
pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<EndedOffices> {
    const ABSENCES: &str = "
UPDATE absences a SET employee_id = :kept, updated_at = :now, version = a.version + 1
 WHERE a.tenant_id = :tenant AND a.employee_id = :duplicate";
    let missing = || Error::internal("a record of a merge is gone");
    let (kept, duplicate) = lock(tx, merge).await?;
    let (kept, duplicate) = (kept.ok_or_else(missing)?, duplicate.ok_or_else(missing)?);
    const COMPETENCES: &str = "
UPDATE competence_certificates c SET employee_id = :kept, updated_at = :now, version = c.version + 1
 WHERE c.tenant_id = :tenant AND c.employee_id = :duplicate";
    tx.touch_days(&[Days::all(kept.id), Days::all(duplicate.id)]).await?;
    let latest = take_over_employments(tx, &kept, &duplicate).await?;
    memberships::take_over(tx, merge).await?;
    lecturers::take_over(tx, merge).await?;
    groups::take_over(tx, merge).await?;
    merge.write(tx, ABSENCES).await?;
    merge.write(tx, COMPETENCES).await?;
    let offices = end_offices(tx, merge).await?;
    employees::give_up(tx, merge, &kept, &duplicate, latest).await?;
    Ok(offices)
}

/// Employed on every day on which one of the records was. Returns the latest employment.
async fn take_over_employments(tx: &mut Tx<'_>, kept: &Employee, duplicate: &Employee) -> Result<Employment> {
    let mut earlier = employments::find_earlier(tx, &[kept.id, duplicate.id]).await?;
    let mut all = |one: &Employee| {
        let before = earlier.remove(&one.id).unwrap_or_default();
        std::iter::once(one.employment()).chain(before).collect::<Vec<Employment>>()
    };
    let mut united = employments::united(&all(kept), &all(duplicate)).into_iter();
    let latest = united.next().ok_or_else(|| Error::internal("a person without any employment"))?;
    let sets = BTreeMap::from([(kept.id, united.collect()), (duplicate.id, Vec::new())]);
    employments::replace_earlier(tx, &sets).await?;
    Ok(latest)
}

async fn end_offices(tx: &mut Tx<'_>, merge: Merge) -> Result<EndedOffices> {
    const STILL_TO_COME: &str = "
DELETE FROM lecturer_group_organisers o USING tenants t
 WHERE o.tenant_id = :tenant AND o.employee_id = :duplicate AND t.id = o.tenant_id
   AND o.valid_from >= (:now AT TIME ZONE t.time_zone)::date
RETURNING o.group_id AS id, jsonb_build_object(
  'organiser_id', o.id, 'employee_id', o.employee_id, 'starts_on', o.valid_from, 'ends_on', NULL,
  'fields', jsonb_build_array('organisers')) AS told";
    const ORGANISED: &str = "
UPDATE lecturer_group_organisers o
   SET valid_to = (:now AT TIME ZONE t.time_zone)::date, updated_at = :now, version = o.version + 1
  FROM tenants t
 WHERE o.tenant_id = :tenant AND o.employee_id = :duplicate AND t.id = o.tenant_id
   AND (o.valid_to IS NULL OR o.valid_to > (:now AT TIME ZONE t.time_zone)::date)
RETURNING o.group_id AS id, jsonb_build_object(
  'organiser_id', o.id, 'employee_id', o.employee_id, 'starts_on', o.valid_from, 'ends_on', o.valid_to - 1,
  'fields', jsonb_build_array('organisers')) AS told";
    const HEADLESS: &str = "
UPDATE departments d SET manager_id = NULL, updated_at = :now, version = d.version + 1
 WHERE d.tenant_id = :tenant AND d.manager_id = :duplicate
RETURNING d.id, jsonb_build_object('parent_id', d.parent_id, 'fields', jsonb_build_array('manager_id')) AS told";
    let of = ("lecturer_group.organiser_ended", "lecturer_group");
    let mut organised = merge.end(tx, of, statement(STILL_TO_COME)).await?;
    organised.extend(merge.end(tx, of, statement(ORGANISED)).await?);
    let headless = merge.end(tx, ("department.updated", "department"), statement(HEADLESS)).await?;
    Ok(EndedOffices { headless: Ended::ids(&headless), groups: Ended::ids(&organised) })
}
