//! Tasks for HR over HTTP.

use uuid::Uuid;

use super::dto::{DecideHrTaskRequest, HrTaskPage, HrTaskResponse, ListHrTasksQuery, responses};
use super::model::{HrTask, HrTaskState};
use super::{queries, service};
use crate::auth::rights::{AuditRead, PromotionsWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{PersonRequired, SelfApproval, StateConflict};
use crate::error::{Result, only};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::journal::Tx;
use crate::kernel::phrases::Thing;
use crate::people::records_of_one;

operations! { list_hr_tasks, get_hr_task, complete_hr_task, dismiss_hr_task }

async fn reply(tx: &mut Tx<'_>, task: HrTask) -> Result<Reply> {
    Reply::ok(&only(responses(tx, vec![task]).await?)?)
}

/// List tasks for HR
///
/// Newest first: certificates, titles, improvement notices and precedences from which an accepted restatement has taken the ground. They stay until
/// somebody does something about them; `state=open` lists what waits.
#[utoipa::path(get, path = "/v1/hr-tasks", responses((status = 200, body = HrTaskPage)))]
async fn list_hr_tasks(call: Call<AuditRead>, query: Paged<ListHrTasksQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let records = records_of_one(tx, query.employee_id).await?;
        let (rows, next) = queries::list_page(tx, &query, records.as_deref(), &paging).await?;
        Reply::page(responses(tx, rows).await?, next)
    })
}

/// Get a task for HR
///
/// What has lost its ground, by which restatement, and what became of it.
#[utoipa::path(get, path = "/v1/hr-tasks/{id}", responses((status = 200, body = HrTaskResponse)))]
async fn get_hr_task(call: Call<AuditRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let task = Thing::HrTask.require(queries::find(tx, id).await?)?;
        reply(tx, task).await
    })
}

/// Complete a task for HR
///
/// Says what was done about it: the title was withdrawn (`withdraw_title`), the notice closed (`close_improvement_notice`), the matter
/// settled in another way. Nobody decides about what is their own, unless the company allows self-approval.
#[utoipa::path(
    post, path = "/v1/hr-tasks/{id}/complete", params(IfMatch), responses((status = 200, body = HrTaskResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn complete_hr_task(
    call: Call<PromotionsWrite>,
    Path(id): Path<Uuid>,
    body: Json<DecideHrTaskRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let task = service::decide(tx, id, &precondition, HrTaskState::Done, request.reason).await?;
        reply(tx, task).await
    })
}

/// Dismiss a task for HR
///
/// Says why everything stays as it is. Nobody decides about what is their own, unless the company allows self-approval.
#[utoipa::path(
    post, path = "/v1/hr-tasks/{id}/dismiss", params(IfMatch), responses((status = 200, body = HrTaskResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn dismiss_hr_task(call: Call<PromotionsWrite>, Path(id): Path<Uuid>, body: Json<DecideHrTaskRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let task = service::decide(tx, id, &precondition, HrTaskState::Dismissed, request.reason).await?;
        reply(tx, task).await
    })
}
