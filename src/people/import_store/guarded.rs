//! What an import leaves to a second person.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Dated, DepartmentRow, EmployeeRow, ExternalId, LevelSince};
use crate::db::{Statement, collect_column, statement};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::last_day::LastDay;
use crate::kernel::text::{EmployeeNumber, OutsideCode};
use crate::people::departments::{ParentMove, asked_manager, hold_parents, lock_tree, would_cycle};
use crate::people::employees::{self, Employee, EmployeeChange, Guarded};
use crate::people::lecturers::{
    AppointmentDays, LevelFrom, Of, asked_days, asked_level, end_moves_levels, levels, touch_all, with_levels,
};
use crate::people::today;
use crate::schema::{access_changes, employees as people, periods, role_grants};
use crate::sign_in::{AccessChangeState, Asked, hold};

/// Leaves in the rows only what is written at once; the rest is proposed. Refused if nobody could give access any more. A row says
/// the number of the person too, unless the file names them `otherwise`: so it withdraws another number that waits.
pub async fn hold_employees(
    tx: &mut Tx<'_>,
    rows: &mut [EmployeeRow],
    given: &[&'static str],
    otherwise: &BTreeSet<EmployeeNumber>,
) -> Result<()> {
    let present = with_access(tx, rows).await?;
    let ids: Vec<Uuid> = present.values().map(|one| one.id).collect();
    let mut sets = employees::find_external_ids(tx, &ids).await?;
    let mut changes = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        if let Some(present) = present.get(&row.employee_number) {
            let ids = sets.remove(&present.id).unwrap_or_default();
            let says_number = !otherwise.contains(&row.employee_number);
            let employee_number = says_number.then(|| present.employee_number.clone());
            changes.push((at, present, EmployeeChange { employee_number, ..change(present, row, given, ids) }));
        }
    }
    let after: Vec<Employee> = changes.iter().map(|(_, present, change)| change.apply(present)).collect();
    let ends: Vec<(&Employee, &Employee)> =
        changes.iter().zip(&after).map(|((_, present, _), after)| (*present, after)).collect();
    Error::refuse(employees::uncovered(tx, &ends).await?.into_values().collect())?;
    let mut guarded: Vec<Guarded<'_>> =
        changes.iter_mut().map(|(_, present, change)| Guarded { present, change }).collect();
    employees::hold_back(tx, &mut guarded).await?;
    for (at, present, change) in changes {
        if let Some(row) = rows.get_mut(at) {
            leave(row, present, &change);
        }
    }
    Ok(())
}

/// The stored people of the rows who hold a role, or about whom something waits.
async fn with_access(tx: &mut Tx<'_>, rows: &[EmployeeRow]) -> QueryResult<BTreeMap<EmployeeNumber, Employee>> {
    let numbers: Vec<&str> = rows.iter().map(|row| row.employee_number.as_str()).collect();
    let holders = role_grants::table.filter(role_grants::tenant_id.eq(tx.tenant)).select(role_grants::employee_id);
    let awaited = access_changes::table
        .filter(access_changes::tenant_id.eq(tx.tenant))
        .filter(access_changes::state.eq(AccessChangeState::Waiting))
        .select(access_changes::employee_id);
    let found: Vec<Employee> = people::table
        .filter(people::tenant_id.eq(tx.tenant))
        .filter(people::employee_number.eq_any(numbers))
        .filter(people::id.eq_any(holders).or(people::id.eq_any(awaited)))
        .select(Employee::as_select())
        .order(people::id)
        .for_update()
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().filter_map(|one| Some((one.employee_number.clone()?, one))).collect())
}

/// What the row changes. An import adds ids in other systems to those that the person has.
fn change(
    present: &Employee,
    row: &EmployeeRow,
    given: &[&'static str],
    mut ids: Vec<employees::ExternalId>,
) -> EmployeeChange {
    let is_given = |column: &str| given.contains(&column);
    let adds_ids = !row.external_ids.is_empty();
    for id in row.external_ids.iter().map(as_of_employee) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let change = EmployeeChange {
        email: is_given("email").then(|| row.email.clone()),
        hired_on: is_given("hired_on").then_some(row.hired_on),
        left_on: is_given("left_on").then_some(row.left_on),
        external_ids: adds_ids.then_some(Some(ids)),
        ..EmployeeChange::default()
    };
    change.completed(present)
}

pub(super) fn as_of_employee(id: &ExternalId) -> employees::ExternalId {
    employees::ExternalId { system: id.system.clone(), kind: id.kind.clone(), value: id.value.clone() }
}

/// Puts back into the row what stays as it is.
fn leave(row: &mut EmployeeRow, present: &Employee, change: &EmployeeChange) {
    let kept = change.apply(present);
    row.email = kept.email;
    row.hired_on = kept.hired_on;
    row.left_on = kept.left_on;
    let ids = change.external_ids.as_ref().and_then(Option::as_ref);
    row.external_ids.retain(|id| ids.is_some_and(|ids| ids.contains(&as_of_employee(id))));
}

/// A department with the one above it, before and after the import.
#[derive(QueryableByName)]
struct Placed {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Uuid>)]
    present: Option<Uuid>,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Uuid>)]
    proposed: Option<Uuid>,
}

/// Proposes the moves of departments that a second person must confirm. Returns the departments that move at once, of those that
/// were in the tree `before`, and those that stay where they are. A new department has nobody in it whom somebody could gain; it is
/// in its place already.
pub async fn hold_moves(
    tx: &mut Tx<'_>,
    rows: &[DepartmentRow],
    before: &BTreeMap<Uuid, Option<Uuid>>,
) -> Result<(Vec<Uuid>, Vec<Uuid>)> {
    let placed = statement(
        "SELECT d.id, d.parent_id AS present, p.id AS proposed FROM :rows
           JOIN departments d ON d.tenant_id = :tenant AND d.code = r.code
           LEFT JOIN departments p ON p.tenant_id = :tenant AND p.code = r.parent_code",
    );
    let placed: Vec<Placed> = tx.complete(placed.rows(rows)).load(tx.conn).await?;
    let moves: Vec<ParentMove> = placed
        .iter()
        .filter(|one| before.contains_key(&one.id))
        .map(|one| (one.id, one.present, one.proposed))
        .collect();
    let waits = hold_parents(tx, &moves).await?;
    let kept = moves.iter().zip(waits).filter(|(_, waits)| *waits).map(|((id, ..), _)| *id);
    let mut kept: BTreeSet<Uuid> = kept.collect();
    let mut tree = lock_tree(tx).await?;
    for one in placed.iter().filter(|one| !kept.contains(&one.id)) {
        tree.insert(one.id, one.proposed);
    }
    // Without the moves that wait, others may be impossible. They stay too, and come with the next file.
    if !kept.is_empty() {
        for (id, present, proposed) in moves.iter().filter(|(_, present, proposed)| present != proposed) {
            if !kept.contains(id) && proposed.is_some_and(|parent| would_cycle(&tree, *id, parent)) {
                kept.insert(*id);
                tree.insert(*id, *present);
            }
        }
    }
    let moved = moves.iter().filter(|(id, present, proposed)| present != proposed && !kept.contains(id));
    Ok((moved.map(|(id, ..)| *id).collect(), kept.into_iter().collect()))
}

/// A department whose head a file sets, with the heads before and after.
#[derive(QueryableByName)]
struct Headed {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Text)]
    code: OutsideCode,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Uuid>)]
    present: Option<Uuid>,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Uuid>)]
    proposed: Option<Uuid>,
}

/// Proposes the heads of departments that a second person must confirm. Returns the codes of these departments; those in
/// `kept` stay unchanged anyway.
pub async fn hold_managers(tx: &mut Tx<'_>, rows: &[DepartmentRow], kept: &[OutsideCode]) -> Result<Vec<OutsideCode>> {
    let rows: Vec<&DepartmentRow> = rows.iter().filter(|row| !kept.contains(&row.code)).collect();
    let headed: Vec<Headed> = statement(
        "SELECT d.id, d.code, d.manager_id AS present, e.id AS proposed
           FROM unnest(:codes, :numbers) AS r (code, manager_number)
           JOIN departments d ON d.tenant_id = :tenant AND d.code = r.code
           LEFT JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.manager_number",
    )
    .bind("codes", collect_column(&rows, |row| row.code.clone()))
    .bind("numbers", collect_column(&rows, |row| row.manager_number.clone()))
    .bind("tenant", tx.tenant)
    .load(tx.conn)
    .await?;
    let asked: Vec<Asked> = headed.iter().map(|one| asked_manager(one.id, one.present, one.proposed)).collect();
    let fates = hold(tx, &asked).await?;
    let waits = headed.into_iter().zip(fates).filter(|(_, fate)| fate.waits);
    Ok(waits.map(|(one, _)| one.code).collect())
}

/// An appointment that a file names by its person and first day.
#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    employee_id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Text)]
    employee_number: EmployeeNumber,
    #[diesel(sql_type = diesel::sql_types::Date)]
    appointed_on: NaiveDate,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Date>)]
    ended_on: Option<NaiveDate>,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Date>)]
    term_to: Option<NaiveDate>,
    /// Whether files bring its history.
    #[diesel(sql_type = diesel::sql_types::Bool)]
    is_history: bool,
}

/// The appointments of the rows. Until a period of a programme for which the person gives sessions is closed, files bring their
/// history; somebody who gives none yet is in that of the company.
const NAMED: &str = "
SELECT l.id, l.employee_id, e.employee_number, l.appointed_on, l.ended_on, l.term_to,
       NOT EXISTS (SELECT FROM periods c
                    WHERE c.tenant_id = :tenant AND c.state = 'closed'
                      AND (own.programmes IS NULL OR c.programme_id = ANY (own.programmes))) AS is_history
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
  JOIN lecturers l ON l.tenant_id = :tenant AND l.employee_id = e.id AND l.appointed_on = r.valid_from
 CROSS JOIN LATERAL (
   SELECT array_agg(g.programme_id) AS programmes
     FROM (SELECT p.programme_id
             FROM lecturer_group_memberships m
             JOIN programme_groups p ON p.tenant_id = :tenant AND p.group_id = m.group_id
            WHERE m.tenant_id = :tenant AND m.employee_id = e.id
            UNION
           SELECT s.programme_id
             FROM session_lecturers t
             JOIN sessions s ON s.tenant_id = :tenant AND s.id = t.session_id
            WHERE t.tenant_id = :tenant AND t.employee_id = e.id) g) own";

impl Named {
    fn of(&self) -> Of {
        Of { employee: self.employee_id, appointment: self.id }
    }

    fn days(&self) -> AppointmentDays {
        AppointmentDays {
            appointed_on: self.appointed_on,
            ended_on: self.ended_on.map(LastDay::before),
            term_ends_on: self.term_to.map(LastDay::before),
        }
    }
}

/// Whether the company has closed no period yet. Then files bring everybody's history.
async fn nothing_is_closed(tx: &mut Tx<'_>) -> QueryResult<bool> {
    let closed = periods::table.filter(periods::tenant_id.eq(tx.tenant)).filter(periods::state.eq("closed"));
    let has_closed: bool = diesel::select(diesel::dsl::exists(closed)).get_result(tx.conn).await?;
    Ok(!has_closed)
}

/// Proposes other ends of appointments that move the level of past days. Returns the rows that are written at once.
pub async fn hold_ends(tx: &mut Tx<'_>, ended: &[Dated]) -> Result<Vec<Dated>> {
    if ended.is_empty() || nothing_is_closed(tx).await? {
        return Ok(ended.to_vec());
    }
    let today = today(tx).await?;
    let named = guarded_of(tx, statement(NAMED).rows(ended)).await?;
    let appointments: Vec<Uuid> = named.iter().map(|one| one.id).collect();
    let levels = levels(tx, &appointments).await?;
    let mut asked = Vec::with_capacity(named.len());
    for one in &named {
        let stands = one.days();
        let row = ended.iter().find(|row| is_of(&row.employee_number, row.valid_from, one));
        let ended_on = row.and_then(|row| row.valid_to).map(LastDay::before);
        let proposed = stands.ending(ended_on);
        let ends = (one.ended_on, row.and_then(|row| row.valid_to));
        let levels = levels.get(&one.id).map(Vec::as_slice).unwrap_or_default();
        let moves_levels = end_moves_levels(levels, ends, today);
        let end = asked_days(one.of(), "ended_on", stands, proposed, moves_levels)?;
        asked.push(with_levels(end, levels));
    }
    let held = held(tx, named, &asked).await?;
    let at_once = |row: &&Dated| !held.iter().any(|one| is_of(&row.employee_number, row.valid_from, one));
    Ok(ended.iter().filter(at_once).cloned().collect())
}

/// Proposes levels from past days on. Returns the rows that are written at once. The appointments are there, and have no level.
pub async fn hold_levels(tx: &mut Tx<'_>, levels: &[LevelSince]) -> Result<Vec<LevelSince>> {
    if levels.is_empty() || nothing_is_closed(tx).await? {
        return Ok(levels.to_vec());
    }
    let today = today(tx).await?;
    let named = guarded_of(tx, statement(NAMED).rows(levels)).await?;
    let mut asked = Vec::with_capacity(named.len());
    for one in &named {
        let row = levels.iter().find(|row| is_of(&row.employee_number, row.valid_from, one));
        let row = row.ok_or_else(|| Error::internal("an appointment without its row"))?;
        let proposed = LevelFrom { level: row.level.clone(), starts_on: row.valid_from };
        asked.push(asked_level(one.of(), None, proposed, today)?);
    }
    let held = held(tx, named, &asked).await?;
    let at_once = |row: &&LevelSince| !held.iter().any(|one| is_of(&row.employee_number, row.valid_from, one));
    Ok(levels.iter().filter(at_once).cloned().collect())
}

/// Those appointments of which files no longer bring the history.
async fn guarded_of(tx: &mut Tx<'_>, named: Statement<'_>) -> Result<Vec<Named>> {
    let mut named: Vec<Named> = tx.complete(named).load(tx.conn).await?;
    named.retain(|one| !one.is_history);
    Ok(named)
}

/// The appointments whose change waits. Those for which what waits has changed have a new version.
async fn held(tx: &mut Tx<'_>, named: Vec<Named>, asked: &[Asked]) -> Result<Vec<Named>> {
    let fates = hold(tx, asked).await?;
    let moved = named.iter().zip(&fates).filter(|(_, fate)| fate.is_new).map(|(one, _)| one.id).collect::<Vec<_>>();
    touch_all(tx, &moved).await?;
    Ok(named.into_iter().zip(fates).filter(|(_, fate)| fate.waits).map(|(one, _)| one).collect())
}

fn is_of(number: &EmployeeNumber, first_day: NaiveDate, named: &Named) -> bool {
    *number == named.employee_number && first_day == named.appointed_on
}
