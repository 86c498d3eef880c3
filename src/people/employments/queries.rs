//! Statements on employments and on what follows them, each for many people at once.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{DatesChange, Employment};
use crate::db::{Statement, collect_column, concat, insert_set, set_row, statement};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::last_day::LastDay;
use crate::kernel::message::Words;
use crate::people::employed_days;
use crate::schema::earlier_employments;

/// The employments of these people before the latest one, latest first.
pub async fn find_earlier(tx: &mut Tx<'_>, employees: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Vec<Employment>>> {
    use earlier_employments::dsl;
    let rows: Vec<(Uuid, Option<NaiveDate>, LastDay)> = dsl::earlier_employments
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::employee_id.eq_any(employees))
        .order((dsl::employee_id, dsl::valid_to.desc()))
        .select((dsl::employee_id, dsl::valid_from, dsl::valid_to))
        .load(tx.conn)
        .await?;
    let mut all: BTreeMap<Uuid, Vec<Employment>> = BTreeMap::new();
    for (employee, hired_on, left_on) in rows {
        all.entry(employee).or_default().push(Employment { hired_on, left_on: Some(left_on) });
    }
    Ok(all)
}

set_row! {
    into earlier_employments;
    struct NewEmployment {
        tenant_id: Uuid,
        id: Uuid,
        employee_id: Uuid,
        valid_from: Option<NaiveDate>,
        valid_to: LastDay,
        created_at: DateTime<Utc>,
    }
}

/// Replaces the employments of these people before the latest one.
pub async fn replace_earlier(tx: &mut Tx<'_>, sets: &BTreeMap<Uuid, Vec<Employment>>) -> QueryResult<()> {
    use earlier_employments::dsl;
    if sets.is_empty() {
        return Ok(());
    }
    let people: Vec<Uuid> = sets.keys().copied().collect();
    let own = dsl::earlier_employments.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::employee_id.eq_any(people));
    diesel::delete(own).execute(tx.conn).await?;
    let mut rows = Vec::new();
    for (employee_id, one) in sets.iter().flat_map(|(employee, set)| set.iter().map(move |one| (*employee, one))) {
        let Some(valid_to) = one.left_on else { continue };
        let (tenant_id, id, valid_from, created_at) = (tx.tenant, tx.id(), one.hired_on, tx.now);
        rows.push(NewEmployment { tenant_id, id, employee_id, valid_from, valid_to, created_at });
    }
    insert_set(tx.conn, &rows).await?;
    Ok(())
}

/// `:changes` as a table `u`: the first day after the employment, before and after the change. Nothing ended with the old day if
/// the person was hired again.
macro_rules! changes {
    () => {
        "unnest(:ids, :olds, :news) AS u (id, old_end, new_end)"
    };
}

fn with_changes<'q>(tx: &Tx<'_>, text: &'static str, changes: &[DatesChange]) -> Statement<'q> {
    let old = |change: &DatesChange| change.before.end().filter(|_| !change.before.precedes(&change.after));
    statement(text)
        .bind("tenant", tx.tenant)
        .bind("ids", collect_column(changes, |change| change.employee))
        .bind("olds", collect_column(changes, old))
        .bind("news", collect_column(changes, |change| change.after.end()))
}

/// The department ends with the employment. Moves planned for later days are deleted. If the employment lasts longer, so does the
/// department that ended with it.
pub async fn settle_memberships(tx: &mut Tx<'_>, changes: &[DatesChange]) -> QueryResult<()> {
    const DELETE: &str = concat!(
        "DELETE FROM department_memberships m USING ",
        changes!(),
        " WHERE m.tenant_id = :tenant AND m.employee_id = u.id AND m.valid_from >= u.new_end"
    );
    const END: &str = concat!(
        "UPDATE department_memberships m SET valid_to = u.new_end, updated_at = :now, version = m.version + 1 FROM ",
        changes!(),
        " WHERE m.tenant_id = :tenant AND m.employee_id = u.id
            AND CASE WHEN m.valid_to IS NULL OR m.valid_to > u.new_end THEN m.valid_from < u.new_end
                     ELSE m.valid_to = u.old_end AND u.new_end IS DISTINCT FROM u.old_end
                          AND NOT EXISTS (SELECT FROM department_memberships n
                                           WHERE n.tenant_id = :tenant AND n.employee_id = u.id AND n.valid_from >= u.old_end)
                END"
    );
    with_changes(tx, DELETE, changes).execute(tx.conn).await?;
    with_changes(tx, END, changes).bind("now", tx.now).execute(tx.conn).await?;
    Ok(())
}

/// An appointment that now ends, or ends on another day.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct EndedAppointment {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    /// The end before the change.
    #[diesel(sql_type = Nullable<Date>)]
    pub before: Option<NaiveDate>,
    #[diesel(sql_type = Date)]
    pub ended_on: NaiveDate,
}

/// Appointments end with the employment. Those that ended with it end on its new last day, if it still has one, or with their term.
pub async fn settle_appointments(tx: &mut Tx<'_>, changes: &[DatesChange]) -> QueryResult<Vec<EndedAppointment>> {
    const END: &str = concat!(
        "UPDATE lecturers l SET ended_on = least(u.new_end, l.term_to), updated_at = :now, version = l.version + 1 FROM ",
        changes!(),
        " JOIN lecturers o ON o.tenant_id = :tenant AND o.employee_id = u.id
          WHERE l.tenant_id = :tenant AND l.id = o.id AND l.appointed_on < u.new_end
            AND (l.ended_on IS NULL OR l.ended_on > u.new_end
                 OR l.ended_on = u.old_end AND u.new_end > u.old_end AND (l.term_to IS NULL OR l.term_to > u.old_end)
                    AND NOT EXISTS (SELECT FROM lecturers n
                                     WHERE n.tenant_id = :tenant AND n.employee_id = u.id AND n.appointed_on >= u.old_end))
        RETURNING l.id, l.employee_id, o.ended_on AS before, l.ended_on"
    );
    with_changes(tx, END, changes).bind("now", tx.now).load(tx.conn).await
}

/// A suspension whose last day is another one now, or that is gone.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct MovedSuspension {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    /// Inclusive. None: until further notice.
    #[diesel(sql_type = Nullable<Date>)]
    pub ends_on: Option<NaiveDate>,
}

/// `:changes` as a table `u`: the last day of the employment before and after the change, both inclusive, and the first day of the one
/// that follows it. Nothing ended with the old day if the person was hired again: then it is the old employment that ends.
fn with_last_days<'q>(tx: &Tx<'_>, text: &'static str, changes: &[DatesChange]) -> Statement<'q> {
    let last_day = |one: &Employment| one.left_on.map(LastDay::day);
    let is_followed = |change: &DatesChange| change.before.precedes(&change.after);
    let old = |change: &DatesChange| last_day(&change.before).filter(|_| !is_followed(change));
    let new = |change: &DatesChange| last_day(if is_followed(change) { &change.before } else { &change.after });
    let next = |change: &DatesChange| change.after.hired_on.filter(|_| is_followed(change));
    statement(text)
        .bind("tenant", tx.tenant)
        .bind("ids", collect_column(changes, |change| change.employee))
        .bind_if_asked("olds", collect_column(changes, old))
        .bind("news", collect_column(changes, new))
        .bind_if_asked("nexts", collect_column(changes, next))
}

/// Deletes suspensions until further notice that were to begin after an employment, once another one follows it.
pub async fn delete_suspensions(tx: &mut Tx<'_>, changes: &[DatesChange]) -> QueryResult<Vec<MovedSuspension>> {
    const DELETE: &str = "
DELETE FROM absences a
 USING unnest(:ids, :news, :nexts) AS u (id, last_day, next_day)
 WHERE a.tenant_id = :tenant AND a.employee_id = u.id AND a.kind = 'suspension' AND (a.ends_on IS NULL OR a.ends_with_employment)
   AND a.starts_on > u.last_day AND a.starts_on < u.next_day
RETURNING a.id, a.employee_id, a.ends_on";
    with_last_days(tx, DELETE, changes).load(tx.conn).await
}

/// Suspensions until further notice end with the employment. Those that ended with it end on its new last day, or on none. One that is
/// to begin later stays without an end: the last day may be a mistake.
pub async fn settle_suspensions(tx: &mut Tx<'_>, changes: &[DatesChange]) -> QueryResult<Vec<MovedSuspension>> {
    const END: &str = "
UPDATE absences a
   SET ends_on = CASE WHEN a.starts_on <= u.last_day THEN u.last_day END,
       ends_with_employment = coalesce(a.starts_on <= u.last_day, false), updated_at = :now, version = a.version + 1
  FROM unnest(:ids, :olds, :news) AS u (id, old_day, last_day)
 WHERE a.tenant_id = :tenant AND a.employee_id = u.id AND a.kind = 'suspension'
   AND (a.ends_on IS NULL AND a.starts_on <= u.last_day
        OR a.ends_with_employment AND a.ends_on = u.old_day AND a.ends_on IS DISTINCT FROM u.last_day)
RETURNING a.id, a.employee_id, a.ends_on";
    with_last_days(tx, END, changes).bind("now", tx.now).load(tx.conn).await
}

/// Those of these people who are not employed on the day: their positions, and their names with their numbers.
pub async fn unemployed(tx: &mut Tx<'_>, asked: &[(String, Uuid, NaiveDate)]) -> Result<Vec<(usize, Words)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        place: i64,
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Nullable<Text>)]
        employee_number: Option<String>,
    }
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = statement(concat!(
        "SELECT asked.place, e.name, e.employee_number
           FROM unnest(:employees, :days) WITH ORDINALITY AS asked (employee_id, day, place)
           JOIN employees e ON e.tenant_id = :tenant AND e.id = asked.employee_id
          WHERE NOT ",
        employed_days!("e"),
        " @> asked.day ORDER BY asked.place"
    ))
    .bind("tenant", tx.tenant)
    .bind("employees", collect_column(asked, |(_, employee, _)| *employee))
    .bind("days", collect_column(asked, |(.., day)| *day))
    .load(tx.conn)
    .await?;
    let named = |row: Row| {
        let place = usize::try_from(row.place - 1).map_err(Error::internal)?;
        Ok((place, shown(&row.name, row.employee_number.as_deref())))
    };
    rows.into_iter().map(named).collect()
}

/// A person as a fault names one.
pub fn shown(name: &str, number: Option<&str>) -> Words {
    match number {
        Some(number) => Words { zh: format!("{name}（{number}）"), en: format!("{name} ({number})") },
        None => Words::same(name),
    }
}
