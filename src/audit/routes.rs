//! The operation log over HTTP.

use uuid::Uuid;

use super::dto::{AuditEntryPage, AuditEntryResponse, ListAuditEntriesQuery};
use super::model::AuditEntry;
use super::queries;
use crate::auth::rights::AuditRead;
use crate::call::{Answer, Call, answer};
use crate::http::{Paged, Reply, operations};
use crate::people::employee_refs;

operations! { list_audit_entries }

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
        let actors: Vec<Uuid> = rows.iter().map(|entry| entry.actor_id).collect();
        let people = employee_refs(tx, &actors).await?;
        let named = |entry: AuditEntry| {
            let person = people.find(entry.actor_id);
            AuditEntryResponse::new(entry, person)
        };
        Reply::page(rows.into_iter().map(named), next)
    })
}
