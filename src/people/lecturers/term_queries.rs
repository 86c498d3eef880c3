//! Statements on how long appointments last.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Date, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Lecturer, Renewal};
use crate::db::statement;
use crate::error::Result;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::{lecturer_levels, lecturer_renewals, lecturers};

/// Sets the end of the appointment, and its term. None: it goes on, or has no term.
pub async fn set_end(
    tx: &mut Tx<'_>,
    id: Uuid,
    end: Option<NaiveDate>,
    term: Option<NaiveDate>,
) -> QueryResult<Lecturer> {
    diesel::update(lecturers::table.filter(lecturers::tenant_id.eq(tx.tenant)).filter(lecturers::id.eq(id)))
        .set((
            lecturers::ended_on.eq(end),
            lecturers::term_to.eq(term),
            lecturers::updated_at.eq(tx.now),
            lecturers::version.eq(lecturers::version + 1),
        ))
        .returning(Lecturer::as_returning())
        .get_result(tx.conn)
        .await
}

/// Leaves no level from that day on: future levels are deleted, the current one ends.
pub async fn end_levels(tx: &mut Tx<'_>, lecturer: Uuid, on: NaiveDate) -> QueryResult<usize> {
    use lecturer_levels::dsl;
    let own = lecturer_levels::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::lecturer_id.eq(lecturer));
    diesel::delete(own.filter(dsl::valid_from.ge(on))).execute(tx.conn).await?;
    diesel::update(own.filter(dsl::valid_to.is_null().or(dsl::valid_to.assume_not_null().gt(on))))
        .set((dsl::valid_to.eq(on), dsl::updated_at.eq(tx.now), dsl::version.eq(dsl::version + 1)))
        .execute(tx.conn)
        .await
}

/// The level that ended with the appointment goes on until its new end, unless levels were kept for the days from the old one on.
pub async fn extend_levels(
    tx: &mut Tx<'_>,
    lecturer: Uuid,
    before: Option<NaiveDate>,
    end: Option<NaiveDate>,
) -> QueryResult<usize> {
    use lecturer_levels::dsl;
    let own = lecturer_levels::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::lecturer_id.eq(lecturer));
    if let Some(before) = before {
        let kept = own.filter(dsl::valid_from.ge(before));
        if diesel::select(diesel::dsl::exists(kept)).get_result(tx.conn).await? {
            return Ok(0);
        }
    }
    diesel::update(own.filter(dsl::valid_to.eq(before)))
        .set((dsl::valid_to.eq(end), dsl::updated_at.eq(tx.now), dsl::version.eq(dsl::version + 1)))
        .execute(tx.conn)
        .await
}

pub async fn insert_renewal(tx: &mut Tx<'_>, renewal: &Renewal) -> QueryResult<usize> {
    diesel::insert_into(lecturer_renewals::table).values(renewal).execute(tx.conn).await
}

/// Whose term ends between two days (the first days without it), with the first day after it.
#[derive(Debug, QueryableByName)]
pub struct Due {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Date)]
    pub term_to: NaiveDate,
}

/// The appointments whose term ends on a day of `first..=last` (the first days without it), soonest first: those that last until
/// then, and after which the person is not appointed again. If employees are given, only theirs; if a group is, only its members of
/// `today`.
pub async fn list_due(
    tx: &mut Tx<'_>,
    (first, last): (NaiveDate, NaiveDate),
    group: Option<Uuid>,
    today: NaiveDate,
    visible: Option<&[Uuid]>,
    paging: &Paging,
) -> Result<Listed<Due>> {
    const DUE: &str = "
SELECT l.id, l.term_to
  FROM lecturers l
 WHERE l.tenant_id = :tenant AND l.term_to BETWEEN :first AND :last AND l.ended_on = l.term_to
   AND (:after_day::date IS NULL OR (l.term_to, l.id) > (:after_day, :after_id))
   AND (:visible::uuid[] IS NULL OR l.employee_id = ANY (:visible))
   AND (:group::uuid IS NULL
        OR EXISTS (SELECT FROM lecturer_group_memberships m
                    WHERE m.tenant_id = :tenant AND m.employee_id = l.employee_id AND m.group_id = :group
                      AND m.valid_from <= :today AND (m.valid_to IS NULL OR m.valid_to > :today)))
   AND NOT EXISTS (SELECT FROM lecturers n
                    WHERE n.tenant_id = :tenant AND n.employee_id = l.employee_id AND n.appointed_on >= l.term_to)
 ORDER BY l.term_to, l.id
 LIMIT :fetch";
    let (after_day, after_id): (Option<NaiveDate>, Option<Uuid>) = paging.after::<(NaiveDate, Uuid)>()?.unzip();
    let due = statement(DUE)
        .bind("tenant", tx.tenant)
        .bind("first", first)
        .bind("last", last)
        .bind("after_day", after_day)
        .bind("after_id", after_id)
        .bind("visible", visible.map(<[Uuid]>::to_vec))
        .bind("group", group)
        .bind("today", today)
        .bind("fetch", paging.fetch());
    paging.cut(due.load(tx.conn).await?, |due: &Due| (due.term_to, due.id))
}
