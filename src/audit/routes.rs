//! The operation log over HTTP.

use std::future::ready;

use futures_util::FutureExt as _;

use super::dto::{AuditEntryPage, AuditEntryTable, ListAuditEntriesQuery};
use super::{export, queries};
use crate::auth::rights::AuditRead;
use crate::call::{Answer, Call, answer};
use crate::http::tables::{Table, TableForm, TableWorkbook, Tabled};
use crate::http::{Paged, Reply, operations};

operations! { list_audit_entries, export_audit_entries }

/// List the operation log
///
/// Every command that changed something, newest first. A whole batch or import has one entry. An entry names the changed fields,
/// but never contains a rating or a text. That somebody rated a session appears only after the end of the day (UTC), with the day
/// but without the session and the request.
#[utoipa::path(get, path = "/v1/audit-entries", responses((status = 200, body = AuditEntryPage)))]
async fn list_audit_entries(call: Call<AuditRead>, query: Paged<ListAuditEntriesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let rows = queries::list_page(tx, &query, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |entry| (entry.occurred_at, entry.id))?;
        Reply::page(export::responses(tx, rows).await?, next)
    })
}

/// Export the operation log
///
/// The same list as a table, in CSV or as a workbook, with the same filters, newest first.
#[utoipa::path(
    get, path = "/v1/audit-entries/export", params(TableForm),
    responses((
        status = 200,
        content(
            (AuditEntryTable = "text/csv", example = json!("id,occurred_at,actor_kind\r\n")),
            (TableWorkbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        ),
        headers(("Content-Disposition"), ("Content-Language"))
    ))
)]
async fn export_audit_entries(call: Call<AuditRead>, query: Tabled<ListAuditEntriesQuery>) -> Answer {
    let Tabled { filters, form } = query;
    let table = Table::of("operation-log", export::COLUMNS, &form, call.context.language);
    let ((), stay) = call.stay_long(|_tx| ready(Ok(())).boxed()).await?;
    table.answer(form.format(), export::parts(stay, filters)).await
}
