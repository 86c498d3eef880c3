//! Statements on sessions and their lecturers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{AsSelect, IntoBoxed, Select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Integer, Nullable, Numeric, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{CreditChange, NewSession, Outcome, PlanChange, Scope, Session, SessionLecturer, SessionState};
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;
use crate::programmes::Programme;
use crate::schema::{attendance_records, programme_groups, programmes, session_audience, session_lecturers, sessions};

type Sessions = IntoBoxed<'static, Select<sessions::table, AsSelect<Session, Pg>>, Pg>;

/// The tenant's sessions that are in `scope`.
fn within(tenant: Uuid, scope: &Scope) -> Sessions {
    let own = sessions::table.select(Session::as_select()).into_boxed().filter(sessions::tenant_id.eq(tenant));
    let Scope::Some { lecturers, departments, learner } = scope else { return own };
    let given = session_lecturers::table
        .filter(session_lecturers::tenant_id.eq(tenant))
        .filter(session_lecturers::employee_id.eq_any(lecturers.clone()))
        .select(session_lecturers::session_id);
    let credited = sessions::department_id.is_not_null();
    let credited = credited.and(sessions::department_id.assume_not_null().eq_any(departments.clone()));
    let reached = sessions::id.eq_any(given).or(credited);
    let Some(learner) = *learner else { return own.filter(reached) };
    let registered = session_audience::table
        .filter(session_audience::tenant_id.eq(tenant))
        .filter(session_audience::employee_id.eq(learner))
        .select(session_audience::session_id);
    let recorded = attendance_records::table
        .filter(attendance_records::tenant_id.eq(tenant))
        .filter(attendance_records::employee_id.eq(learner))
        .select(attendance_records::session_id);
    own.filter(reached.or(sessions::id.eq_any(registered)).or(sessions::id.eq_any(recorded)))
}

/// The session if it is in `scope`.
pub async fn find(tx: &mut Tx<'_>, id: Uuid, scope: &Scope) -> QueryResult<Option<Session>> {
    within(tx.tenant, scope).filter(sessions::id.eq(id)).first(tx.conn).await.optional()
}

/// The session, locked. Whether the caller reaches it is asked with [`is_within`].
pub async fn find_for_update(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<Session>> {
    let own = sessions::table.filter(sessions::tenant_id.eq(tx.tenant)).filter(sessions::id.eq(id));
    own.select(Session::as_select()).for_update().first(tx.conn).await.optional()
}

/// Whether the session is in `scope`.
pub async fn is_within(tx: &mut Tx<'_>, id: Uuid, scope: &Scope) -> QueryResult<bool> {
    Ok(find(tx, id, scope).await?.is_some())
}

/// Which sessions a list has.
#[derive(Debug)]
pub struct Filter {
    pub scope: Scope,
    pub programme_id: Option<Uuid>,
    pub lecturer_id: Option<Uuid>,
    pub state: Option<SessionState>,
    pub is_undecided: Option<bool>,
    pub is_confirmed: Option<bool>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    pub updated_since: Option<DateTime<Utc>>,
}

/// In the order of their ids, after the session `after`.
pub async fn list_page(tx: &mut Tx<'_>, filter: Filter, after: Option<Uuid>, fetch: i64) -> QueryResult<Vec<Session>> {
    let mut page = within(tx.tenant, &filter.scope);
    if let Some(programme) = filter.programme_id {
        page = page.filter(sessions::programme_id.eq(programme));
    }
    if let Some(lecturer) = filter.lecturer_id {
        let given = session_lecturers::table
            .filter(session_lecturers::tenant_id.eq(tx.tenant))
            .filter(session_lecturers::employee_id.eq(lecturer))
            .select(session_lecturers::session_id);
        page = page.filter(sessions::id.eq_any(given));
    }
    if let Some(state) = filter.state {
        page = page.filter(sessions::state.eq(state.slug()));
    }
    let undecided = || sessions::state.eq(SessionState::Planned.slug()).and(sessions::scheduled_start.le(tx.now));
    page = match filter.is_undecided {
        Some(true) => page.filter(undecided()),
        Some(false) => page.filter(diesel::dsl::not(undecided())),
        None => page,
    };
    // Delivered ones are those with a start: said so, an index of the few that wait can serve.
    page = match filter.is_confirmed {
        Some(true) => page.filter(sessions::delivery_confirmed_at.is_not_null()),
        Some(false) => {
            page.filter(sessions::delivered_start.is_not_null()).filter(sessions::delivery_confirmed_at.is_null())
        }
        None => page,
    };
    if let Some(from) = filter.from {
        page = page.filter(sessions::scheduled_start.ge(from));
    }
    if let Some(to) = filter.to {
        page = page.filter(sessions::scheduled_start.lt(to));
    }
    if let Some(since) = filter.updated_since {
        page = page.filter(sessions::updated_at.ge(since));
    }
    if let Some(after) = after {
        page = page.filter(sessions::id.gt(after));
    }
    page.order(sessions::id).limit(fetch).load(tx.conn).await
}

pub async fn insert_all(tx: &mut Tx<'_>, rows: &[NewSession]) -> QueryResult<Vec<Session>> {
    diesel::insert_into(sessions::table).values(rows).returning(Session::as_returning()).get_results(tx.conn).await
}

pub async fn update_plan(tx: &mut Tx<'_>, id: Uuid, change: &PlanChange) -> QueryResult<Session> {
    diesel::update(sessions::table.filter(sessions::tenant_id.eq(tx.tenant)).filter(sessions::id.eq(id)))
        .set((change, sessions::updated_at.eq(tx.now), sessions::version.eq(sessions::version + 1)))
        .returning(Session::as_returning())
        .get_result(tx.conn)
        .await
}

pub async fn update_outcome(tx: &mut Tx<'_>, id: Uuid, outcome: &Outcome) -> QueryResult<Session> {
    diesel::update(sessions::table.filter(sessions::tenant_id.eq(tx.tenant)).filter(sessions::id.eq(id)))
        .set((outcome, sessions::updated_at.eq(tx.now), sessions::version.eq(sessions::version + 1)))
        .returning(Session::as_returning())
        .get_result(tx.conn)
        .await
}

pub async fn update_credit(tx: &mut Tx<'_>, id: Uuid, change: &CreditChange) -> QueryResult<Session> {
    diesel::update(sessions::table.filter(sessions::tenant_id.eq(tx.tenant)).filter(sessions::id.eq(id)))
        .set((change, sessions::updated_at.eq(tx.now), sessions::version.eq(sessions::version + 1)))
        .returning(Session::as_returning())
        .get_result(tx.conn)
        .await
}

/// The session is another version after what belongs to it has changed.
pub async fn touch(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Session> {
    diesel::update(sessions::table.filter(sessions::tenant_id.eq(tx.tenant)).filter(sessions::id.eq(id)))
        .set((sessions::updated_at.eq(tx.now), sessions::version.eq(sessions::version + 1)))
        .returning(Session::as_returning())
        .get_result(tx.conn)
        .await
}

/// Confirms the delivery of a delivered session, by the caller if it is a person.
pub async fn confirm_delivery(tx: &mut Tx<'_>, id: Uuid, by: Option<Uuid>) -> QueryResult<Session> {
    diesel::update(sessions::table.filter(sessions::tenant_id.eq(tx.tenant)).filter(sessions::id.eq(id)))
        .set((
            sessions::delivery_confirmed_at.eq(tx.now),
            sessions::delivery_confirmed_by_id.eq(by),
            sessions::updated_at.eq(tx.now),
            sessions::version.eq(sessions::version + 1),
        ))
        .returning(Session::as_returning())
        .get_result(tx.conn)
        .await
}

/// Records when the first version of a session's content was submitted; a later one changes nothing.
pub async fn record_submission(tx: &mut Tx<'_>, id: Uuid, submitted_at: DateTime<Utc>) -> QueryResult<usize> {
    let first = sessions::table
        .filter(sessions::tenant_id.eq(tx.tenant))
        .filter(sessions::id.eq(id))
        .filter(sessions::submitted_at.is_null());
    diesel::update(first)
        .set((
            sessions::submitted_at.eq(submitted_at),
            sessions::updated_at.eq(tx.now),
            sessions::version.eq(sessions::version + 1),
        ))
        .execute(tx.conn)
        .await
}

/// The lecturers of these sessions, those of one session by their credit, the greatest first.
pub async fn lecturers(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<SessionLecturer>> {
    session_lecturers::table
        .filter(session_lecturers::tenant_id.eq(tx.tenant))
        .filter(session_lecturers::session_id.eq_any(ids))
        .order((session_lecturers::session_id, session_lecturers::credit.desc(), session_lecturers::id))
        .select(SessionLecturer::as_select())
        .load(tx.conn)
        .await
}

/// Who gives the session, by their credit, the greatest first.
pub async fn lecturers_of(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Vec<Uuid>> {
    let found = lecturers(tx, &[session]).await?;
    Ok(found.into_iter().map(|lecturer| lecturer.employee_id).collect())
}

/// Stores (session, lecturer, credit).
pub async fn insert_lecturers(tx: &mut Tx<'_>, rows: &[(Uuid, Uuid, Decimal)]) -> QueryResult<usize> {
    let ids: Vec<Uuid> = rows.iter().map(|_| tx.id()).collect();
    let sessions: Vec<Uuid> = rows.iter().map(|row| row.0).collect();
    let employees: Vec<Uuid> = rows.iter().map(|row| row.1).collect();
    let credits: Vec<Decimal> = rows.iter().map(|row| row.2).collect();
    diesel::sql_query(
        "INSERT INTO session_lecturers (tenant_id, id, session_id, employee_id, credit, created_at)
         SELECT $1, u.id, u.session_id, u.employee_id, u.credit, $6
           FROM unnest($2, $3, $4, $5) AS u (id, session_id, employee_id, credit)",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(sessions)
    .bind::<Array<SqlUuid>, _>(employees)
    .bind::<Array<Numeric>, _>(credits)
    .bind::<Timestamptz, _>(tx.now)
    .execute(tx.conn)
    .await
}

pub async fn delete_lecturers(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<usize> {
    let of_session = session_lecturers::table
        .filter(session_lecturers::tenant_id.eq(tx.tenant))
        .filter(session_lecturers::session_id.eq(session));
    diesel::delete(of_session).execute(tx.conn).await
}

/// These programmes, by id.
pub async fn programmes(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Programme>> {
    let found: Vec<Programme> = programmes::table
        .filter(programmes::tenant_id.eq(tx.tenant))
        .filter(programmes::id.eq_any(ids))
        .select(Programme::as_select())
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().map(|programme| (programme.id, programme)).collect())
}

/// (programme, group) of these groups.
pub async fn programme_groups(tx: &mut Tx<'_>, groups: &[Uuid]) -> QueryResult<BTreeSet<(Uuid, Uuid)>> {
    let found: Vec<(Uuid, Uuid)> = programme_groups::table
        .filter(programme_groups::tenant_id.eq(tx.tenant))
        .filter(programme_groups::group_id.eq_any(groups))
        .select((programme_groups::programme_id, programme_groups::group_id))
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// The department of each of these employees on that day, in the same order.
pub async fn departments_on(tx: &mut Tx<'_>, asked: &[(Uuid, NaiveDate)]) -> QueryResult<Vec<Option<Uuid>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<SqlUuid>)]
        department_id: Option<Uuid>,
    }
    let employees: Vec<Uuid> = asked.iter().map(|(employee, _)| *employee).collect();
    let days: Vec<NaiveDate> = asked.iter().map(|(_, day)| *day).collect();
    let found: Vec<Row> = diesel::sql_query(
        "SELECT m.department_id
           FROM unnest($2, $3) WITH ORDINALITY AS asked (employee_id, day, place)
           LEFT JOIN department_memberships m
             ON m.tenant_id = $1 AND m.employee_id = asked.employee_id
            AND m.valid_from <= asked.day AND (m.valid_to IS NULL OR m.valid_to > asked.day)
          ORDER BY asked.place",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<Array<SqlUuid>, _>(employees)
    .bind::<Array<Date>, _>(days)
    .load(tx.conn)
    .await?;
    Ok(found.into_iter().map(|row| row.department_id).collect())
}

/// What decides whether somebody took part in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Participation {
    #[diesel(sql_type = Bool)]
    is_lecturer: bool,
    #[diesel(sql_type = Bool)]
    is_registered: bool,
    #[diesel(sql_type = Bool)]
    is_present: bool,
    #[diesel(sql_type = Bool)]
    has_records: bool,
}

impl Participation {
    /// Attendees take part; while a session has no attendance records, its registered audience does. Its lecturers never do.
    #[must_use]
    pub fn counts(self) -> bool {
        !self.is_lecturer && if self.has_records { self.is_present } else { self.is_registered }
    }
}

/// Whether the employee counts as a learner of the session: present by the attendance records or, while there are none,
/// registered; and none of its lecturers.
pub async fn may_take_part(tx: &mut Tx<'_>, session: Uuid, employee: Uuid) -> QueryResult<bool> {
    let found: Participation = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM session_lecturers l
                         WHERE l.tenant_id = $1 AND l.session_id = $2 AND l.employee_id = $3) AS is_lecturer,
                EXISTS (SELECT FROM session_audience a
                         WHERE a.tenant_id = $1 AND a.session_id = $2 AND a.employee_id = $3) AS is_registered,
                EXISTS (SELECT FROM attendance_records r
                         WHERE r.tenant_id = $1 AND r.session_id = $2 AND r.employee_id = $3
                           AND r.state = 'present') AS is_present,
                EXISTS (SELECT FROM attendance_records r WHERE r.tenant_id = $1 AND r.session_id = $2)
                OR EXISTS (SELECT FROM sessions s
                            WHERE s.tenant_id = $1 AND s.id = $2 AND s.attendance_recorded_at IS NOT NULL) AS has_records",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<SqlUuid, _>(session)
    .bind::<SqlUuid, _>(employee)
    .get_result(tx.conn)
    .await?;
    Ok(found.counts())
}

/// How many people, the lecturers left out, were present by the records.
pub async fn count_attendees(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<i32> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        attendees: i32,
    }
    let row: Row = diesel::sql_query(
        "SELECT count(*)::integer AS attendees
           FROM attendance_records r
           LEFT JOIN session_lecturers own
             ON own.tenant_id = $1 AND own.session_id = r.session_id AND own.employee_id = r.employee_id
          WHERE r.tenant_id = $1 AND r.session_id = $2 AND r.state = 'present' AND own.id IS NULL",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<SqlUuid, _>(session)
    .get_result(tx.conn)
    .await?;
    Ok(row.attendees)
}
