//! Access changes over HTTP. What is confirmed may reach into every feature, so that is for `merging`.

use uuid::Uuid;

use super::dto::{AccessChangePage, AccessChangeResponse};
use super::service;
use crate::auth::rights::ClientsWrite;
use crate::call::{Answer, Call, answer};
use crate::error::Code::StateConflict;
use crate::http::{IfMatch, Paged, Path, Reply, operations};
use crate::people::holders;
use crate::sign_in::{self, ListAccessChangesQuery};

operations! { list_access_changes, get_access_change, withdraw_access_change }

/// List access changes
///
/// What waits for a second person, and what waited: changes of marks by which somebody with a role signs in, of a department's head,
/// and whatever gives or restores access; and changes of a lecturer's level on past days. Newest first.
#[utoipa::path(get, path = "/v1/access-changes", responses((status = 200, body = AccessChangePage)))]
async fn list_access_changes(call: Call<ClientsWrite>, query: Paged<ListAccessChangesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let holder = holders(tx, query.employee_number.as_ref()).await?;
        let rows = sign_in::list_page(tx, &query, holder.as_deref(), paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |change| change.id)?;
        Reply::page(service::render(tx, rows).await?, next)
    })
}

/// Get an access change
///
/// What it changes, who proposed it, and how it ended.
#[utoipa::path(get, path = "/v1/access-changes/{id}", responses((status = 200, body = AccessChangeResponse)))]
async fn get_access_change(call: Call<ClientsWrite>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Withdraw an access change
///
/// The old value stays. Sending the old value again withdraws a change too.
#[utoipa::path(
    post, path = "/v1/access-changes/{id}/withdraw", params(IfMatch),
    responses((status = 200, body = AccessChangeResponse)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn withdraw_access_change(call: Call<ClientsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&service::withdraw(tx, id, &precondition).await?))
}
