//! Improvement notices over HTTP.

use uuid::Uuid;

use super::dto::{
    AnswerImprovementNoticeRequest, CloseImprovementNoticeRequest, ImprovementNoticePage, ImprovementNoticeResponse,
    ListImprovementNoticesQuery, responses,
};
use super::model::ImprovementNotice;
use super::{queries, service};
use crate::auth::rights::{NoticesAnswer, PromotionsRead, PromotionsWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{PersonRequired, SelfApproval, StateConflict};
use crate::error::{Result, only};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::journal::Tx;
use crate::people::{records_of_one, visible};

operations! {
    list_improvement_notices, get_improvement_notice, acknowledge_improvement_notice, answer_improvement_notice,
    close_improvement_notice
}

async fn reply(tx: &mut Tx<'_>, row: ImprovementNotice) -> Result<Reply> {
    Reply::ok(&only(responses(tx, vec![row]).await?)?)
}

/// List improvement notices
///
/// Newest first: lecturers see their own, managers those of their people, HR all. `closed=false` finds those in force.
#[utoipa::path(get, path = "/v1/improvement-notices", responses((status = 200, body = ImprovementNoticePage)))]
async fn list_improvement_notices(call: Call<PromotionsRead>, query: Paged<ListImprovementNoticesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<PromotionsRead>(tx).await?;
        let records = records_of_one(tx, query.employee_id).await?;
        let (rows, next) = queries::list_page(tx, &query, seen.ids(), records.as_deref(), &paging).await?;
        Reply::page(responses(tx, rows).await?, next)
    })
}

/// Get an improvement notice
///
/// One of a person whom the caller may see, with the periods that it rests on and the lecturer's plan.
#[utoipa::path(
    get, path = "/v1/improvement-notices/{id}", responses((status = 200, body = ImprovementNoticeResponse))
)]
async fn get_improvement_notice(call: Call<PromotionsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let row = service::get(tx, id).await?;
        reply(tx, row).await
    })
}

/// Acknowledge an improvement notice
///
/// By the lecturer to whom it was sent.
#[utoipa::path(
    post, path = "/v1/improvement-notices/{id}/acknowledge", params(IfMatch),
    responses((status = 200, body = ImprovementNoticeResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn acknowledge_improvement_notice(call: Call<NoticesAnswer>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let row = service::acknowledge(tx, id, &precondition).await?;
        reply(tx, row).await
    })
}

/// Answer an improvement notice
///
/// With a plan, by the lecturer to whom it was sent. Whoever answers has acknowledged it too. Managers and HR read the plan; the first
/// better period closes the notice.
#[utoipa::path(
    post, path = "/v1/improvement-notices/{id}/answer", params(IfMatch),
    responses((status = 200, body = ImprovementNoticeResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn answer_improvement_notice(
    call: Call<NoticesAnswer>,
    Path(id): Path<Uuid>,
    body: Json<AnswerImprovementNoticeRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let row = service::answer(tx, id, &precondition, request.plan).await?;
        reply(tx, row).await
    })
}

/// Close an improvement notice
///
/// HR closes it with a reason before a better period does. Nobody closes one of their own, unless the company allows self-approval.
#[utoipa::path(
    post, path = "/v1/improvement-notices/{id}/close", params(IfMatch),
    responses((status = 200, body = ImprovementNoticeResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn close_improvement_notice(
    call: Call<PromotionsWrite>,
    Path(id): Path<Uuid>,
    body: Json<CloseImprovementNoticeRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let row = service::close(tx, id, &precondition, request.reason).await?;
        reply(tx, row).await
    })
}
