//! Statements on lecturers and their levels.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListLecturersQuery;
use super::going_on::GoesOn;
use super::model::{Lecturer, LecturerLevel};
use crate::auth::records_of;
use crate::db::{collect_column, concat, containing, insert_set, load_page, narrow, row_queries, set_row, statement};
use crate::error::Result;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::text::{EmployeeNumber, Label, Name};
use crate::people::employees::holders;
use crate::people::person_of;
use crate::people::timeline::Stretch;
use crate::schema::{employees, lecturer_group_memberships, lecturer_levels, lecturers};

row_queries!(Lecturer, lecturers, insert(Lecturer), find, find_for_update = find(for_no_key_update), delete);

/// All appointments of these people.
pub async fn find_all(tx: &mut Tx<'_>, employees: &[Uuid]) -> QueryResult<Vec<Lecturer>> {
    lecturers::table
        .filter(lecturers::tenant_id.eq(tx.tenant))
        .filter(lecturers::employee_id.eq_any(employees))
        .order(lecturers::appointed_on)
        .select(Lecturer::as_select())
        .load(tx.conn)
        .await
}

/// These appointments, in any order.
pub async fn find_these(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<Lecturer>> {
    lecturers::table
        .filter(lecturers::tenant_id.eq(tx.tenant))
        .filter(lecturers::id.eq_any(ids))
        .select(Lecturer::as_select())
        .load(tx.conn)
        .await
}

/// Gives the appointment to another record, for these days.
pub async fn pass_on(tx: &mut Tx<'_>, id: Uuid, employee: Uuid, (from, to): Stretch) -> QueryResult<Lecturer> {
    diesel::update(lecturers::table.filter(lecturers::tenant_id.eq(tx.tenant)).filter(lecturers::id.eq(id)))
        .set((
            lecturers::employee_id.eq(employee),
            lecturers::appointed_on.eq(from),
            lecturers::ended_on.eq(to),
            lecturers::updated_at.eq(tx.now),
            lecturers::version.eq(lecturers::version + 1),
        ))
        .returning(Lecturer::as_returning())
        .get_result(tx.conn)
        .await
}

/// Those of these people who were lecturers and whose appointments are all over on the day: their positions, and their names with
/// their numbers. Who never was a lecturer, or becomes one later, is none of them.
pub async fn no_longer_appointed(tx: &mut Tx<'_>, asked: &[(Uuid, NaiveDate)]) -> QueryResult<Vec<Former>> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    statement(
        "SELECT asked.place, e.name, e.employee_number
           FROM unnest(:employees, :days) WITH ORDINALITY AS asked (employee_id, day, place)
           JOIN employees e ON e.tenant_id = :tenant AND e.id = asked.employee_id
          WHERE EXISTS (SELECT FROM lecturers l WHERE l.tenant_id = :tenant AND l.employee_id = e.id)
            AND NOT EXISTS (SELECT FROM lecturers l
                             WHERE l.tenant_id = :tenant AND l.employee_id = e.id AND (l.ended_on IS NULL OR l.ended_on > asked.day))
          ORDER BY asked.place",
    )
    .bind("tenant", tx.tenant)
    .bind("employees", collect_column(asked, |(employee, _)| *employee))
    .bind("days", collect_column(asked, |(_, day)| *day))
    .load(tx.conn)
    .await
}

/// Somebody whose appointments are over.
#[derive(QueryableByName)]
pub struct Former {
    /// The position of the question, from 1.
    #[diesel(sql_type = BigInt)]
    pub place: i64,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub employee_number: Option<String>,
}

/// The appointments that are valid on that day.
#[diesel::dsl::auto_type]
pub fn appointments_on(on: NaiveDate) -> _ {
    lecturers::appointed_on.le(on).and(lecturers::ended_on.is_null().or(lecturers::ended_on.assume_not_null().gt(on)))
}

/// If employees are given, only theirs.
pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListLecturersQuery,
    visible: Option<&[Uuid]>,
    today: NaiveDate,
    paging: &Paging,
) -> Result<Listed<Lecturer>> {
    use lecturer_group_memberships::dsl as member;
    let holder = holders(tx, query.employee_number.as_ref()).await?;
    let mut page =
        lecturers::table.filter(lecturers::tenant_id.eq(tx.tenant)).select(Lecturer::as_select()).into_boxed();
    let members = |group: Uuid| {
        member::lecturer_group_memberships
            .filter(member::tenant_id.eq(tx.tenant))
            .filter(member::group_id.eq(group))
            .filter(member::valid_from.le(today))
            .filter(member::valid_to.is_null().or(member::valid_to.assume_not_null().gt(today)))
            .select(member::employee_id)
    };
    let named = |name: &Name| {
        let own = employees::table.filter(employees::tenant_id.eq(tx.tenant));
        own.filter(employees::name.ilike(containing(name))).select(employees::id)
    };
    narrow!(page; lecturers {
        employee_id in query.group_id.map(members),
        employee_id = query.employee_id,
        employee_id in holder,
        employee_id in query.name.as_ref().map(named),
        updated_at >= query.updated_since,
        employee_id in visible,
    });
    load_page!(tx, paging, page, Lecturer => by lecturers::id)
}

/// Increases the version.
pub async fn touch(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Lecturer> {
    diesel::update(lecturers::table.filter(lecturers::tenant_id.eq(tx.tenant)).filter(lecturers::id.eq(id)))
        .set((lecturers::updated_at.eq(tx.now), lecturers::version.eq(lecturers::version + 1)))
        .returning(Lecturer::as_returning())
        .get_result(tx.conn)
        .await
}

/// Increases the versions of these appointments.
pub async fn touch_all(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let touch = statement(
        "UPDATE lecturers l SET updated_at = :now, version = l.version + 1 WHERE l.tenant_id = :tenant AND l.id = ANY (:ids)",
    );
    tx.complete(touch.bind("ids", ids)).execute(tx.conn).await
}

/// Sets the first day of the appointment from `before` to `day`, and with it that of the level that began with it, or of the level on
/// the new day.
pub async fn correct(tx: &mut Tx<'_>, id: Uuid, before: NaiveDate, day: NaiveDate) -> QueryResult<Lecturer> {
    use lecturer_levels::dsl;
    let own = lecturer_levels::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::lecturer_id.eq(id));
    diesel::delete(own.filter(dsl::valid_to.le(day))).execute(tx.conn).await?;
    diesel::update(own.filter(dsl::valid_from.eq(before).or(dsl::valid_from.lt(day))))
        .set((dsl::valid_from.eq(day), dsl::updated_at.eq(tx.now), dsl::version.eq(dsl::version + 1)))
        .execute(tx.conn)
        .await?;
    diesel::update(lecturers::table.filter(lecturers::tenant_id.eq(tx.tenant)).filter(lecturers::id.eq(id)))
        .set((
            lecturers::appointed_on.eq(day),
            lecturers::updated_at.eq(tx.now),
            lecturers::version.eq(lecturers::version + 1),
        ))
        .returning(Lecturer::as_returning())
        .get_result(tx.conn)
        .await
}

/// A span of days in which the employee earned what payroll may have paid.
#[derive(Debug, QueryableByName)]
pub struct Paid {
    #[diesel(sql_type = Date)]
    pub earned_starts_on: NaiveDate,
    /// The last of the days.
    #[diesel(sql_type = Date)]
    pub earned_ends_on: NaiveDate,
    #[diesel(sql_type = SqlUuid)]
    pub batch_id: Uuid,
    #[diesel(sql_type = Text)]
    pub pay_period: String,
    #[diesel(sql_type = Text)]
    pub pay_group: String,
}

/// The first line of payroll for a period of the person, under any of their records, with days in `first..end`: in a batch that is
/// locked, so that it may have been pulled.
pub async fn first_paid(
    tx: &mut Tx<'_>,
    employee: Uuid,
    first: NaiveDate,
    end: NaiveDate,
) -> QueryResult<Option<Paid>> {
    const PAID: &str = concat!(
        "SELECT l.earned_starts_on, l.earned_ends_on, l.batch_id, b.pay_period, g.name AS pay_group
           FROM payroll_lines l
           JOIN payroll_batches b ON b.tenant_id = :tenant AND b.id = l.batch_id AND b.state IN ('locked', 'acknowledged')
           JOIN pay_groups g ON g.tenant_id = :tenant AND g.id = b.pay_group_id
          WHERE l.tenant_id = :tenant AND l.earned_starts_on < :end AND l.earned_ends_on >= :first AND l.employee_id IN ",
        records_of!(":employee"),
        " ORDER BY l.earned_starts_on, l.id LIMIT 1"
    );
    let paid =
        statement(PAID).bind("tenant", tx.tenant).bind("employee", employee).bind("first", first).bind("end", end);
    paid.get_result(tx.conn).await.optional()
}

/// Days of which money has left, from the first to the day after the last.
#[derive(Debug, QueryableByName)]
pub struct PaidDays {
    #[diesel(sql_type = Text)]
    pub employee_number: EmployeeNumber,
    #[diesel(sql_type = Date)]
    pub first: NaiveDate,
    #[diesel(sql_type = Date)]
    pub end: NaiveDate,
}

/// The days for which people (those with a number) have a line in a locked batch, under any of their records. Months that adjoin are
/// one.
pub async fn paid_days(tx: &mut Tx<'_>) -> QueryResult<Vec<PaidDays>> {
    const PAID_DAYS: &str = concat!(
        "SELECT e.employee_number, lower(days) AS first, upper(days) AS end
           FROM (SELECT ",
        person_of!("r"),
        " AS id,
                        range_agg(daterange(l.earned_starts_on, l.earned_ends_on, '[]')) AS paid
                   FROM payroll_batches b
                   JOIN payroll_lines l ON l.tenant_id = :tenant AND l.batch_id = b.id
                   JOIN employees r ON r.tenant_id = :tenant AND r.id = l.employee_id
                  WHERE b.tenant_id = :tenant AND b.state IN ('locked', 'acknowledged')
                  GROUP BY 1) p
           JOIN employees e ON e.tenant_id = :tenant AND e.id = p.id AND e.employee_number IS NOT NULL
          CROSS JOIN LATERAL unnest(p.paid) AS days"
    );
    statement(PAID_DAYS).bind("tenant", tx.tenant).load(tx.conn).await
}

/// The levels of these appointments, latest first.
pub async fn levels(tx: &mut Tx<'_>, lecturers: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Vec<LecturerLevel>>> {
    use lecturer_levels::dsl;
    let rows: Vec<LecturerLevel> = dsl::lecturer_levels
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::lecturer_id.eq_any(lecturers))
        .order((dsl::lecturer_id, dsl::valid_from.desc()))
        .select(LecturerLevel::as_select())
        .load(tx.conn)
        .await?;
    let mut levels: BTreeMap<Uuid, Vec<LecturerLevel>> = BTreeMap::new();
    for row in rows {
        levels.entry(row.lecturer_id).or_default().push(row);
    }
    Ok(levels)
}

pub async fn insert_level(tx: &mut Tx<'_>, level: &LecturerLevel) -> QueryResult<usize> {
    diesel::insert_into(lecturer_levels::table).values(level).execute(tx.conn).await
}

pub async fn delete_level(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
    let own =
        lecturer_levels::table.filter(lecturer_levels::tenant_id.eq(tx.tenant)).filter(lecturer_levels::id.eq(id));
    diesel::delete(own).execute(tx.conn).await
}

pub async fn end_level(tx: &mut Tx<'_>, id: Uuid, end: Option<NaiveDate>) -> QueryResult<usize> {
    use lecturer_levels::dsl;
    diesel::update(lecturer_levels::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::id.eq(id)))
        .set((dsl::valid_to.eq(end), dsl::updated_at.eq(tx.now), dsl::version.eq(dsl::version + 1)))
        .execute(tx.conn)
        .await
}

/// The level that ended with an appointment which now ends later.
#[derive(Debug, QueryableByName)]
pub struct LastLevel {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub lecturer_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Text)]
    pub level: Label,
    /// The first day without the level.
    #[diesel(sql_type = Date)]
    pub from: NaiveDate,
    /// The new end of the appointment.
    #[diesel(sql_type = Date)]
    pub end: NaiveDate,
}

/// The levels that ended with these appointments. None of an appointment that keeps levels for the days after its old end.
pub async fn last_levels(tx: &mut Tx<'_>, appointments: &[GoesOn]) -> QueryResult<Vec<LastLevel>> {
    statement(
        "SELECT v.id, u.lecturer_id, u.employee_id, v.level, u.old_end AS from, u.new_end AS end
           FROM unnest(:lecturers, :employees, :olds, :news) AS u (lecturer_id, employee_id, old_end, new_end)
           JOIN lecturer_levels v ON v.tenant_id = :tenant AND v.lecturer_id = u.lecturer_id AND v.valid_to = u.old_end
          WHERE NOT EXISTS (SELECT FROM lecturer_levels n
                             WHERE n.tenant_id = :tenant AND n.lecturer_id = u.lecturer_id AND n.valid_from >= u.old_end)
          ORDER BY v.id",
    )
    .bind("tenant", tx.tenant)
    .bind("lecturers", collect_column(appointments, |one| one.appointment))
    .bind("employees", collect_column(appointments, |one| one.employee))
    .bind("olds", collect_column(appointments, |one| one.from))
    .bind("news", collect_column(appointments, |one| one.end))
    .load(tx.conn)
    .await
}

/// Lets these levels last until the new ends of their appointments.
pub async fn extend_all(tx: &mut Tx<'_>, levels: &[LastLevel]) -> QueryResult<usize> {
    if levels.is_empty() {
        return Ok(0);
    }
    let extend = statement(
        "UPDATE lecturer_levels v SET valid_to = u.new_end, updated_at = :now, version = v.version + 1
           FROM unnest(:ids, :news) AS u (id, new_end)
          WHERE v.tenant_id = :tenant AND v.id = u.id",
    )
    .bind("ids", collect_column(levels, |one| one.id))
    .bind("news", collect_column(levels, |one| one.end));
    tx.complete(extend).execute(tx.conn).await
}

set_row! {
    into lecturer_levels;
    struct FurtherLevel {
        tenant_id: Uuid,
        id: Uuid,
        lecturer_id: Uuid,
        level: Label,
        valid_from: NaiveDate,
        valid_to: Option<NaiveDate>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

/// Gives these appointments their last level from `day` to their new end, if there are such days.
pub async fn go_on_from(tx: &mut Tx<'_>, levels: &[LastLevel], day: NaiveDate) -> QueryResult<usize> {
    let mut rows = Vec::new();
    for one in levels.iter().filter(|one| day < one.end) {
        rows.push(FurtherLevel {
            tenant_id: tx.tenant,
            id: tx.id(),
            lecturer_id: one.lecturer_id,
            level: one.level.clone(),
            valid_from: day,
            valid_to: Some(one.end),
            created_at: tx.now,
            updated_at: tx.now,
        });
    }
    insert_set(tx.conn, &rows).await
}
