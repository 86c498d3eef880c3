//! Statements on absences.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListAbsencesQuery;
use super::model::{Absence, AbsenceKind};
use crate::db::{row_queries, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::last_day::LastDay;
use crate::schema::absences;

row_queries!(
    Absence,
    absences,
    insert(Absence),
    find,
    find_for_update = find(for_update),
    delete,
    /// If employees are given, only theirs.
    list_page = list(
        by id; query: &ListAbsencesQuery, visible: Option<&[Uuid]>;
        employee_id = query.employee_id, kind = query.kind, starts_on <= query.to_on,
        ends_on beyond query.from_on.map(|day| LastDay::before(day).day()), updated_at >= query.updated_since, employee_id in visible
    ),
);

/// The absence that has this id in another system.
pub async fn find_delivered_for_update(
    tx: &mut Tx<'_>,
    source: &str,
    source_ref: &str,
) -> QueryResult<Option<Absence>> {
    absences::table
        .filter(absences::tenant_id.eq(tx.tenant))
        .filter(absences::source.eq(source))
        .filter(absences::source_ref.eq(source_ref))
        .select(Absence::as_select())
        .for_update()
        .first(tx.conn)
        .await
        .optional()
}

/// Whether the person is suspended on one of these days: from the first to the day before the end.
pub async fn is_suspended(
    tx: &mut Tx<'_>,
    employee: Uuid,
    first: NaiveDate,
    end: Option<NaiveDate>,
) -> QueryResult<bool> {
    let own = absences::table
        .filter(absences::tenant_id.eq(tx.tenant))
        .filter(absences::employee_id.eq(employee))
        .filter(absences::kind.eq(AbsenceKind::Suspension))
        .filter(absences::ends_on.is_null().or(absences::ends_on.assume_not_null().ge(first)))
        .filter(absences::starts_on.lt(end.unwrap_or(NaiveDate::MAX)));
    diesel::select(diesel::dsl::exists(own)).get_result(tx.conn).await
}

/// Gives a suspension until further notice the last day of the employment in which it begins, if that has one.
pub async fn end_with_employment(tx: &mut Tx<'_>, absence: Absence) -> QueryResult<Absence> {
    const END: &str = "
UPDATE absences a SET ends_on = e.left_on - 1, ends_with_employment = true
  FROM employees e
 WHERE a.tenant_id = :tenant AND a.id = :id AND a.kind = 'suspension' AND a.ends_on IS NULL
   AND e.tenant_id = :tenant AND e.id = a.employee_id
   AND e.left_on > a.starts_on AND (e.hired_on IS NULL OR e.hired_on <= a.starts_on)";
    if absence.ends_on.is_some() {
        return Ok(absence);
    }
    let asked = statement(END).bind("id", absence.id);
    tx.complete(asked).execute(tx.conn).await?;
    Ok(find(tx, absence.id).await?.unwrap_or(absence))
}

/// Writes the new values.
pub async fn update(tx: &mut Tx<'_>, absence: &Absence) -> QueryResult<Absence> {
    let own = absences::table.filter(absences::tenant_id.eq(absence.tenant_id)).filter(absences::id.eq(absence.id));
    diesel::update(own)
        .set((
            absences::employee_id.eq(absence.employee_id),
            absences::kind.eq(absence.kind),
            absences::starts_on.eq(absence.starts_on),
            absences::ends_on.eq(absence.ends_on),
            absences::reason.eq(&absence.reason),
            absences::lifted_at.eq(absence.lifted_at),
            absences::lift_reason.eq(&absence.lift_reason),
            absences::ends_with_employment.eq(false),
            absences::updated_at.eq(tx.now),
            absences::version.eq(absences::version + 1),
        ))
        .returning(Absence::as_returning())
        .get_result(tx.conn)
        .await
}
