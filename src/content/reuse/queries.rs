//! Statements on reuse.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::queries::written_by;
use super::dto::ListReuseEventsQuery;
use super::model::{NewReuseEvent, ReuseEvent};
use crate::db::{insert_new, row_queries};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::text::{Reason, Source, SourceRef};
use crate::schema::{contents, reuse_events};

/// Inserts events, except those that their source has sent before. Returns the ids of those inserted.
pub async fn insert_missing(tx: &mut Tx<'_>, events: &[NewReuseEvent]) -> QueryResult<BTreeSet<Uuid>> {
    Ok(insert_new(tx.conn, events).await?.into_iter().collect())
}

/// The events with these ids in these sources.
pub async fn find_by_refs(tx: &mut Tx<'_>, sources: &[Source], refs: &[SourceRef]) -> QueryResult<Vec<ReuseEvent>> {
    reuse_events::table
        .filter(reuse_events::tenant_id.eq(tx.tenant))
        .filter(reuse_events::source.eq_any(sources))
        .filter(reuse_events::source_ref.eq_any(refs))
        .select(ReuseEvent::as_select())
        .load(tx.conn)
        .await
}

pub async fn find_all(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<ReuseEvent>> {
    let own = reuse_events::table.filter(reuse_events::tenant_id.eq(tx.tenant)).filter(reuse_events::id.eq_any(ids));
    own.select(ReuseEvent::as_select()).load(tx.conn).await
}

row_queries!(ReuseEvent, reuse_events, find_for_update = find(for_update));

pub async fn void(tx: &mut Tx<'_>, id: Uuid, by: Option<Uuid>, reason: Reason) -> QueryResult<ReuseEvent> {
    diesel::update(reuse_events::table.filter(reuse_events::tenant_id.eq(tx.tenant)).filter(reuse_events::id.eq(id)))
        .set((
            reuse_events::voided_at.eq(tx.now),
            reuse_events::voided_by_id.eq(by),
            reuse_events::void_reason.eq(reason),
        ))
        .returning(ReuseEvent::as_returning())
        .get_result(tx.conn)
        .await
}

/// The contents, of these, that a person may use: published ones, and withdrawn ones that `author` has written, or all withdrawn
/// ones if `everything` is true; with their programmes. Nobody may use drafts.
pub async fn usable_contents(
    tx: &mut Tx<'_>,
    ids: &[Uuid],
    everything: bool,
    author: Option<Uuid>,
) -> QueryResult<Vec<(Uuid, Uuid)>> {
    let written = written_by(tx.tenant, author.into_iter().collect());
    contents::table
        .filter(contents::tenant_id.eq(tx.tenant))
        .filter(contents::id.eq_any(ids))
        .filter(contents::published_at.is_not_null())
        .filter(
            contents::withdrawn_at
                .is_null()
                .or(everything.into_sql::<diesel::sql_types::Bool>())
                .or(contents::id.eq_any(written)),
        )
        .select((contents::id, contents::programme_id))
        .load(tx.conn)
        .await
}

row_queries!(
    ReuseEvent,
    reuse_events,
    /// If people are given, only theirs.
    list_page = list(
        by id; query: &ListReuseEventsQuery, people: Option<&[Uuid]>;
        employee_id in people, content_id = query.content_id, employee_id = query.employee_id, kind = query.kind
    ),
);
