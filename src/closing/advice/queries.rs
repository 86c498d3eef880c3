//! Statements on advice.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{AdviceSettings, FindingState};
use super::model::{Finding, FrozenCard, NewSettings};
use crate::db::{Document, load_page, narrow, row_queries};
use crate::error::Result;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::text::Reason;
use crate::schema::{advice_findings, advice_settings, snapshot_lecturers};

row_queries!(Finding, advice_findings, find, find_for_update = find(for_update), insert(Finding));

/// A page of the findings of a programme, oldest first.
pub async fn list_page(
    tx: &mut Tx<'_>,
    programme: Uuid,
    state: Option<FindingState>,
    paging: &Paging,
) -> Result<Listed<Finding>> {
    let own = advice_findings::table.filter(advice_findings::tenant_id.eq(tx.tenant));
    let own = own.filter(advice_findings::programme_id.eq(programme));
    let mut page = own.select(Finding::as_select()).into_boxed();
    narrow!(page; advice_findings { state = state });
    load_page!(tx, paging, page, Finding => by advice_findings::id)
}

/// All findings of a programme.
pub async fn all(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Vec<Finding>> {
    let own = advice_findings::table.filter(advice_findings::tenant_id.eq(tx.tenant));
    own.filter(advice_findings::programme_id.eq(programme)).select(Finding::as_select()).load(tx.conn).await
}

/// It is found again, with these figures.
pub async fn renew(tx: &mut Tx<'_>, id: Uuid, found: &Finding) -> QueryResult<usize> {
    let own = advice_findings::table.filter(advice_findings::tenant_id.eq(tx.tenant));
    diesel::update(own.filter(advice_findings::id.eq(id)))
        .set((
            advice_findings::params.eq(&found.params),
            advice_findings::evidence.eq(&found.evidence),
            advice_findings::rule.eq(&found.rule),
            advice_findings::policies.eq(&found.policies),
            advice_findings::found_at.eq(found.found_at),
            advice_findings::version.eq(advice_findings::version + 1),
        ))
        .execute(tx.conn)
        .await
}

/// They are no longer found.
pub async fn delete(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<usize> {
    let own = advice_findings::table.filter(advice_findings::tenant_id.eq(tx.tenant));
    diesel::delete(own.filter(advice_findings::id.eq_any(ids))).execute(tx.conn).await
}

pub async fn dismiss(tx: &mut Tx<'_>, id: Uuid, by: Option<Uuid>, reason: &Reason) -> QueryResult<Finding> {
    let own = advice_findings::table.filter(advice_findings::tenant_id.eq(tx.tenant));
    diesel::update(own.filter(advice_findings::id.eq(id)))
        .set((
            advice_findings::state.eq(FindingState::Dismissed),
            advice_findings::dismissed_by_id.eq(by),
            advice_findings::dismissed_at.eq(Some(tx.now)),
            advice_findings::dismiss_reason.eq(Some(reason)),
            advice_findings::version.eq(advice_findings::version + 1),
        ))
        .returning(Finding::as_returning())
        .get_result(tx.conn)
        .await
}

/// The thresholds of a programme; none while nobody has set any.
pub async fn settings(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Option<AdviceSettings>> {
    let own = advice_settings::table.filter(advice_settings::tenant_id.eq(tx.tenant));
    let own = own.filter(advice_settings::programme_id.eq(programme)).select(advice_settings::settings);
    let found: Option<Document<AdviceSettings>> = own.first(tx.conn).await.optional()?;
    Ok(found.map(|found| found.0))
}

pub async fn set_settings(tx: &mut Tx<'_>, programme: Uuid, settings: AdviceSettings) -> QueryResult<usize> {
    let row = NewSettings {
        tenant_id: tx.tenant,
        id: tx.id(),
        programme_id: programme,
        settings: Document(settings),
        updated_at: tx.now,
    };
    diesel::insert_into(advice_settings::table)
        .values(&row)
        .on_conflict((advice_settings::tenant_id, advice_settings::programme_id))
        .do_update()
        .set((advice_settings::settings.eq(&row.settings), advice_settings::updated_at.eq(row.updated_at)))
        .execute(tx.conn)
        .await
}

/// The cards of the next rated lecturers of a snapshot, ordered by id.
pub async fn cards(tx: &mut Tx<'_>, snapshot: Uuid, after: Uuid, limit: i64) -> QueryResult<Vec<FrozenCard>> {
    snapshot_lecturers::table
        .filter(snapshot_lecturers::tenant_id.eq(tx.tenant))
        .filter(snapshot_lecturers::snapshot_id.eq(snapshot))
        .filter(snapshot_lecturers::employee_id.gt(after))
        .filter(snapshot_lecturers::score.is_not_null())
        .order(snapshot_lecturers::employee_id)
        .limit(limit)
        .select(FrozenCard::as_select())
        .load(tx.conn)
        .await
}
