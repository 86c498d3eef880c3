//! Statements on application cases.

use diesel::dsl::{AsSelect, IntoBoxed, Select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListCasesQuery;
use super::model::{Case, CaseState, NewCase, Readers};
use crate::db::{load_page, narrow, row_queries};
use crate::error::Result;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::text::Reason;
use crate::schema::application_cases;
use crate::sessions::given_by;

type Cases = IntoBoxed<'static, Select<application_cases::table, AsSelect<Case, Pg>>, Pg>;

/// The tenant's cases that these readers may see.
fn visible(tenant: Uuid, readers: &Readers) -> Cases {
    let own =
        application_cases::table.select(Case::as_select()).into_boxed().filter(application_cases::tenant_id.eq(tenant));
    let Readers::Of { learners, lecturer } = readers else { return own };
    let mine = application_cases::learner_id.eq_any(learners.clone());
    let Some(lecturer) = *lecturer else { return own.filter(mine) };
    own.filter(mine.or(application_cases::session_id.eq_any(given_by(tenant, vec![lecturer]))))
}

pub async fn find(tx: &mut Tx<'_>, id: Uuid, readers: &Readers) -> QueryResult<Option<Case>> {
    visible(tx.tenant, readers).filter(application_cases::id.eq(id)).first(tx.conn).await.optional()
}

row_queries!(Case, application_cases, find_for_update = find(for_update), insert(NewCase));

pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListCasesQuery,
    readers: &Readers,
    paging: &Paging,
) -> Result<Listed<Case>> {
    let mut page = visible(tx.tenant, readers);
    narrow!(page; application_cases {
        session_id = query.session_id,
        learner_id = query.learner_id,
        state = query.state,
    });
    load_page!(tx, paging, page, Case => by application_cases::id)
}

pub async fn decide(
    tx: &mut Tx<'_>,
    id: Uuid,
    state: CaseState,
    decided_by: Uuid,
    note: Option<Reason>,
) -> QueryResult<Case> {
    let own = application_cases::table
        .filter(application_cases::tenant_id.eq(tx.tenant))
        .filter(application_cases::id.eq(id));
    diesel::update(own)
        .set((
            application_cases::state.eq(state.slug()),
            application_cases::decided_at.eq(tx.now),
            application_cases::decided_by_id.eq(decided_by),
            application_cases::decision_note.eq(note),
            application_cases::updated_at.eq(tx.now),
            application_cases::version.eq(application_cases::version + 1),
        ))
        .returning(Case::as_returning())
        .get_result(tx.conn)
        .await
}

pub async fn void(tx: &mut Tx<'_>, id: Uuid, by: Option<Uuid>, reason: Reason) -> QueryResult<Case> {
    let own = application_cases::table
        .filter(application_cases::tenant_id.eq(tx.tenant))
        .filter(application_cases::id.eq(id));
    diesel::update(own)
        .set((
            application_cases::voided_at.eq(tx.now),
            application_cases::voided_by_id.eq(by),
            application_cases::void_reason.eq(reason),
            application_cases::updated_at.eq(tx.now),
            application_cases::version.eq(application_cases::version + 1),
        ))
        .returning(Case::as_returning())
        .get_result(tx.conn)
        .await
}
