//! The operation log as a table. Each part is read as the caller, so whoever loses the right gets no more.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::{FutureExt as _, Stream};
use uuid::Uuid;

use super::dto::{AuditEntryResponse, ListAuditEntriesQuery};
use super::model::AuditEntry;
use super::queries;
use crate::call::Stay;
use crate::error::Result;
use crate::http::tables::{Cell, Column, in_parts};
use crate::journal::Tx;
use crate::people::employee_refs;

/// Number of rows of a part.
const PART: i64 = 1_000;

pub const COLUMNS: &[Column<AuditEntryResponse>] = &[
    Column::new("id", "Id", "ID", |entry| Cell::text(entry.id)),
    Column::new("occurred_at", "At", "时间", |entry| Cell::instant(entry.occurred_at)),
    Column::new("actor_kind", "By (kind)", "操作者类型", |entry| Cell::text(entry.actor.kind.slug())),
    Column::new("actor_id", "By (id)", "操作者 ID", |entry| Cell::text(entry.actor.id)),
    Column::new("actor_number", "By (employee number)", "操作者工号", |entry| {
        Cell::maybe(entry.actor.employee.as_ref().and_then(|person| person.employee_number.as_ref()))
    }),
    Column::new("actor_name", "By", "操作者", |entry| {
        Cell::maybe(entry.actor.employee.as_ref().map(|person| &person.name))
    }),
    Column::new("command", "Command", "操作", |entry| Cell::text(&entry.command)),
    Column::new("subject_type", "Subject", "对象", |entry| Cell::text(&entry.subject_type)),
    Column::new("subject_id", "Subject id", "对象 ID", |entry| Cell::maybe(entry.subject_id)),
    Column::new("fields", "Fields", "涉及字段", |entry| Cell::Text(entry.fields.join(" "))),
    Column::new("details", "Details", "详情", |entry| Cell::text(&entry.details)),
    Column::new("request_id", "Request id", "请求编号", |entry| Cell::maybe(entry.request_id.as_ref())),
];

/// The entries of the log, newest first.
pub fn parts(
    stay: Stay,
    filters: ListAuditEntriesQuery,
) -> impl Stream<Item = Result<Vec<AuditEntryResponse>>> + 'static {
    let filters = Arc::new(filters);
    in_parts(move |before: Option<(DateTime<Utc>, Uuid)>| {
        let (stay, filters) = (stay.clone(), Arc::clone(&filters));
        async move { stay.read(move |tx| async move { part(tx, &filters, before).await }.boxed()).await }
    })
}

type Part = (Vec<AuditEntryResponse>, Option<(DateTime<Utc>, Uuid)>);

async fn part(tx: &mut Tx<'_>, filters: &ListAuditEntriesQuery, before: Option<(DateTime<Utc>, Uuid)>) -> Result<Part> {
    let rows = queries::list_page(tx, filters, before, PART).await?;
    let last = rows.last().map(|entry| (entry.occurred_at, entry.id));
    Ok((responses(tx, rows).await?, last))
}

/// The entries with the people who acted.
pub async fn responses(tx: &mut Tx<'_>, rows: Vec<AuditEntry>) -> Result<Vec<AuditEntryResponse>> {
    let actors: Vec<Uuid> = rows.iter().map(|entry| entry.actor_id).collect();
    let people = employee_refs(tx, &actors).await?;
    let named = |entry: AuditEntry| {
        let person = people.find(entry.actor_id);
        AuditEntryResponse::new(entry, person)
    };
    Ok(rows.into_iter().map(named).collect())
}
