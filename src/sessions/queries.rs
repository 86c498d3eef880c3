//! Statements on sessions and their lecturers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::dsl::{AsSelect, IntoBoxed, Select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{ListSessionsQuery, PlanChange};
use super::model::{
    CreditChange, NewSession, Outcome, Scope, Session, SessionLecturer, SessionRole, SessionState, Share,
};
use crate::db::{collect_column, insert_set, kept, load_page, narrow, row_queries, set_row, statement};
use crate::error::Result;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;
use crate::kernel::message::Words;
use crate::programmes::Programme;
use crate::schema::{attendance_records, programme_groups, programmes, session_audience, session_lecturers, sessions};

type Sessions = IntoBoxed<'static, Select<sessions::table, AsSelect<Session, Pg>>, Pg>;

/// The sessions that these lecturers give.
#[diesel::dsl::auto_type]
pub fn given_by(tenant: Uuid, lecturers: Vec<Uuid>) -> _ {
    session_lecturers::table
        .filter(session_lecturers::tenant_id.eq(tenant))
        .filter(session_lecturers::employee_id.eq_any(lecturers))
        .select(session_lecturers::session_id)
}

/// The tenant's sessions in `scope`.
fn within(tenant: Uuid, scope: &Scope) -> Sessions {
    let own = sessions::table.select(Session::as_select()).into_boxed().filter(sessions::tenant_id.eq(tenant));
    let Scope::Some { lecturers, departments, learner } = scope else { return own };
    let given = given_by(tenant, lecturers.clone());
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

/// The session, if it is in `scope`.
pub async fn find(tx: &mut Tx<'_>, id: Uuid, scope: &Scope) -> QueryResult<Option<Session>> {
    within(tx.tenant, scope).filter(sessions::id.eq(id)).first(tx.conn).await.optional()
}

row_queries!(
    Session,
    sessions,
    /// The session, locked. Use [`is_within`] to check that the caller's rights cover it.
    find_for_update = find(for_update),
    update_plan = update(PlanChange),
    update_outcome = replace(Outcome),
    update_credit = update(CreditChange),
    /// Increases the version of the session, because something that belongs to it has changed.
    touch,
);

/// Whether the session is in `scope`.
pub async fn is_within(tx: &mut Tx<'_>, id: Uuid, scope: &Scope) -> QueryResult<bool> {
    Ok(find(tx, id, scope).await?.is_some())
}

pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListSessionsQuery,
    scope: &Scope,
    paging: &Paging,
) -> Result<Listed<Session>> {
    let mut page = within(tx.tenant, scope);
    narrow!(page; sessions {
        programme_id = query.programme_id,
        id in query.lecturer_id.map(|lecturer| given_by(tx.tenant, vec![lecturer])),
        state = query.state,
        scheduled_start >= query.from,
        scheduled_start < query.to,
        updated_at >= query.updated_since,
    });
    let undecided = || sessions::state.eq(SessionState::Planned.slug()).and(sessions::scheduled_start.le(tx.now));
    page = match query.is_undecided {
        Some(true) => page.filter(undecided()),
        Some(false) => page.filter(diesel::dsl::not(undecided())),
        None => page,
    };
    // Delivered sessions are those with a start. Stated this way, the condition can use the index of the few sessions that wait.
    page = match query.is_confirmed {
        Some(true) => page.filter(sessions::delivery_confirmed_at.is_not_null()),
        Some(false) => {
            page.filter(sessions::delivered_start.is_not_null()).filter(sessions::delivery_confirmed_at.is_null())
        }
        None => page,
    };
    load_page!(tx, paging, page, Session => by sessions::id)
}

/// Inserts sessions. Returns them in the same order.
pub async fn insert_all(tx: &mut Tx<'_>, rows: &[NewSession]) -> QueryResult<Vec<Session>> {
    insert_set(tx.conn, rows).await?;
    let ids = collect_column(rows, |row| row.id);
    let own = sessions::table.filter(sessions::tenant_id.eq(tx.tenant)).filter(sessions::id.eq_any(&ids));
    let mut stored: Vec<Session> = own.select(Session::as_select()).load(tx.conn).await?;
    stored.sort_by_key(|session| ids.iter().position(|id| *id == session.id));
    Ok(stored)
}

/// Confirms the delivery of a delivered session, by the caller if that is a person.
pub async fn confirm_delivery(tx: &mut Tx<'_>, id: Uuid, by: Option<Uuid>) -> QueryResult<Session> {
    let own = diesel::update(sessions::table.filter(sessions::tenant_id.eq(tx.tenant)).filter(sessions::id.eq(id)));
    let confirmed = own.set((
        sessions::delivery_confirmed_at.eq(tx.now),
        sessions::delivery_confirmed_by_id.eq(by),
        sessions::updated_at.eq(tx.now),
        sessions::version.eq(sessions::version + 1),
    ));
    kept(confirmed.returning(Session::as_returning())).get_result(tx.conn).await
}

/// Records when the first version of a session's content was submitted. Later versions change nothing.
pub async fn record_submission(tx: &mut Tx<'_>, id: Uuid, submitted_at: DateTime<Utc>) -> QueryResult<usize> {
    let first = sessions::table
        .filter(sessions::tenant_id.eq(tx.tenant))
        .filter(sessions::id.eq(id))
        .filter(sessions::submitted_at.is_null());
    let submitted = diesel::update(first).set((
        sessions::submitted_at.eq(submitted_at),
        sessions::updated_at.eq(tx.now),
        sessions::version.eq(sessions::version + 1),
    ));
    kept(submitted).execute(tx.conn).await
}

/// The lecturers of these sessions, ordered by credit within a session, largest first.
pub async fn lecturers(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<SessionLecturer>> {
    const LECTURERS: &str = "
SELECT l.session_id, l.employee_id, l.credit, l.role,
       EXISTS (SELECT FROM lecturers a WHERE a.tenant_id = :tenant AND a.employee_id = l.employee_id) AS is_appointed
  FROM session_lecturers l
 WHERE l.tenant_id = :tenant AND l.session_id = ANY (:sessions)
 ORDER BY l.session_id, l.credit DESC, l.id";
    statement(LECTURERS).bind("tenant", tx.tenant).bind("sessions", ids).load(tx.conn).await
}

/// The lecturers of the session, ordered by credit, largest first.
pub async fn lecturers_of(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Vec<Uuid>> {
    let found = lecturers(tx, &[session]).await?;
    Ok(found.into_iter().map(|lecturer| lecturer.employee_id).collect())
}

set_row! {
    into session_lecturers;
    struct NewShare {
        tenant_id: Uuid,
        id: Uuid,
        session_id: Uuid,
        employee_id: Uuid,
        credit: Decimal,
        role: SessionRole,
        created_at: DateTime<Utc>,
    }
}

/// Inserts the lecturers of sessions.
pub async fn insert_lecturers(tx: &mut Tx<'_>, shares: &[(Uuid, Share)]) -> QueryResult<usize> {
    let row = |&(session_id, share): &(Uuid, Share)| NewShare {
        tenant_id: tx.tenant,
        id: tx.id(),
        session_id,
        employee_id: share.employee_id,
        credit: share.credit,
        role: share.role.unwrap_or_default(),
        created_at: tx.now,
    };
    let rows: Vec<NewShare> = shares.iter().map(row).collect();
    insert_set(tx.conn, &rows).await
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

/// The pairs (programme, group) of these groups.
pub async fn programme_groups(tx: &mut Tx<'_>, groups: &[Uuid]) -> QueryResult<BTreeSet<(Uuid, Uuid)>> {
    let found: Vec<(Uuid, Uuid)> = programme_groups::table
        .filter(programme_groups::tenant_id.eq(tx.tenant))
        .filter(programme_groups::group_id.eq_any(groups))
        .select((programme_groups::programme_id, programme_groups::group_id))
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// Sessions as a text tells them: title, planned start by the clocks of the programme, id.
pub async fn told(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Words>> {
    let of_programme = programmes::tenant_id.eq(sessions::tenant_id).and(programmes::id.eq(sessions::programme_id));
    let rows: Vec<(Uuid, String, DateTime<Utc>, String)> = sessions::table
        .inner_join(programmes::table.on(of_programme))
        .filter(sessions::tenant_id.eq(tx.tenant))
        .filter(sessions::id.eq_any(ids))
        .select((sessions::id, sessions::title, sessions::scheduled_start, programmes::time_zone))
        .load(tx.conn)
        .await?;
    let words = |(id, title, start, zone): (Uuid, String, DateTime<Utc>, String)| {
        let start = start.with_timezone(&zone.parse::<Tz>().unwrap_or(Tz::UTC)).format("%Y-%m-%d %H:%M").to_string();
        let words = Words {
            zh: format!("“{title}”（{start}，ID {id}）"), en: format!("“{title}” ({start}, id {id})")
        };
        (id, words)
    };
    Ok(rows.into_iter().map(words).collect())
}
