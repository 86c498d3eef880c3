//! Merging records over HTTP.

use uuid::Uuid;

use super::dto::MergeEmployeesRequest;
use super::service;
use crate::access::{AccessChangeResponse, render_access_changes};
use crate::auth::rights::PeopleWrite;
use crate::call::{Answer, Call, answer};
use crate::error::Code::MergeRefused;
use crate::error::only;
use crate::http::{Json, Path, Reply, operations};

pub use super::confirm::routes as confirmation;

operations! { merge_employees }

/// Merge two records of one person
///
/// Proposes that this record takes over the other one, the duplicate. It waits until a second person confirms it, who is none of the
/// two; nothing changes before. Then numbers, mail, ids in other systems and accounts of the duplicate are this record's, or former
/// ones where it has its own, and so are sessions, attendance, cases, absences, departments, appointments, groups and all other facts:
/// of dated facts on the same days those of this record stand, and of two ratings or cases of one session the first counts. Closed
/// cards, rewards and the operation log keep the duplicate's id and are shown with this record. The duplicate's roles end. It is
/// refused (409) with all reasons where both have a card of one closed period, one checked what the other made, one gives a session
/// that the other gives or takes part in, both are to give sessions at the same time, or the last one who can give access would go.
#[utoipa::path(
    post, path = "/v1/employees/{id}/merge",
    responses((status = 202, description = "The access change that waits.", body = AccessChangeResponse)),
    extensions(("x-refuses" = json!([MergeRefused])))
)]
async fn merge_employees(call: Call<PeopleWrite>, Path(id): Path<Uuid>, body: Json<MergeEmployeesRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let waiting = service::propose(tx, id, request, faults).await?;
        let location = format!("/v1/access-changes/{}", waiting.id);
        Reply::accepted(location, &only(render_access_changes(tx, vec![waiting]).await?)?)
    })
}
