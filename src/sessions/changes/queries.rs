//! Statements on requests.

use diesel::dsl::{AsSelect, IntoBoxed, Select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListSessionChangesQuery;
use super::model::{ChangeRequest, ChangeState, Ending, Seen};
use crate::db::{kept, narrow, row_queries};
use crate::journal::Tx;
use crate::kernel::text::Title;
use crate::schema::session_change_requests as requests;
use crate::schema::{session_change_requests, sessions};

type Requests = IntoBoxed<'static, Select<session_change_requests::table, AsSelect<ChangeRequest, Pg>>, Pg>;

row_queries!(ChangeRequest, session_change_requests, insert(ChangeRequest), find_for_update = find(for_update));

fn visible(tenant: Uuid, seen: &Seen) -> Requests {
    let all = requests::table.select(ChangeRequest::as_select()).into_boxed().filter(requests::tenant_id.eq(tenant));
    let Seen::Own { person, groups } = seen else { return all };
    let organised = sessions::table
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::group_id.is_not_null())
        .filter(sessions::group_id.assume_not_null().eq_any(groups.clone()))
        .select(sessions::id);
    all.filter(requests::asked_by_id.eq(*person).or(requests::session_id.eq_any(organised)))
}

/// The request, if it is among those seen.
pub async fn find(tx: &mut Tx<'_>, id: Uuid, seen: &Seen) -> QueryResult<Option<ChangeRequest>> {
    visible(tx.tenant, seen).filter(requests::id.eq(id)).first(tx.conn).await.optional()
}

/// Newest first, after the request `after`.
pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListSessionChangesQuery,
    seen: &Seen,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<ChangeRequest>> {
    let mut page = visible(tx.tenant, seen);
    narrow!(page; requests {
        session_id = query.session_id,
        asked_by_id = query.asked_by_id,
        state = query.state,
        kind = query.kind,
        id < after,
    });
    page = match query.is_late {
        Some(true) => page.filter(requests::created_at.gt(requests::late_after)),
        Some(false) => page.filter(requests::created_at.le(requests::late_after)),
        None => page,
    };
    page.order(requests::id.desc()).limit(fetch).load(tx.conn).await
}

pub async fn close(tx: &mut Tx<'_>, id: Uuid, ending: Ending) -> QueryResult<ChangeRequest> {
    let own = diesel::update(requests::table.filter(requests::tenant_id.eq(tx.tenant)).filter(requests::id.eq(id)));
    let closed = own.set((
        requests::state.eq(ending.state.slug()),
        requests::decided_at.eq(tx.now),
        requests::decided_by_id.eq(ending.by),
        requests::decision_note.eq(ending.note),
        requests::updated_at.eq(tx.now),
        requests::version.eq(requests::version + 1),
    ));
    kept(closed.returning(ChangeRequest::as_returning())).get_result(tx.conn).await
}

/// Lets the open requests about a session lapse, because it was decided.
pub async fn lapse(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<usize> {
    let open = requests::table
        .filter(requests::tenant_id.eq(tx.tenant))
        .filter(requests::session_id.eq(session))
        .filter(requests::state.eq(ChangeState::Open.slug()));
    let lapsed = diesel::update(open).set((
        requests::state.eq(ChangeState::Lapsed.slug()),
        requests::decided_at.eq(tx.now),
        requests::updated_at.eq(tx.now),
        requests::version.eq(requests::version + 1),
    ));
    kept(lapsed).execute(tx.conn).await
}

/// Title and planned start of these sessions.
pub async fn plans(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Title, chrono::DateTime<chrono::Utc>)>> {
    sessions::table
        .filter(sessions::tenant_id.eq(tx.tenant))
        .filter(sessions::id.eq_any(ids))
        .select((sessions::id, sessions::title, sessions::scheduled_start))
        .load(tx.conn)
        .await
}
