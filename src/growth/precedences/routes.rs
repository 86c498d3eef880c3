//! Precedences over HTTP.

use uuid::Uuid;

use super::dto::{
    ListOpportunityPrecedencesQuery, OpportunityPrecedencePage, OpportunityPrecedenceResponse,
    WithdrawOpportunityPrecedenceRequest, responses,
};
use super::{queries, service};
use crate::auth::rights::{OpportunitiesRead, OpportunitiesWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{PersonRequired, SelfApproval, StateConflict};
use crate::error::only;
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::kernel::phrases::Thing;
use crate::people::{records_of_one, visible};

operations! { list_opportunity_precedences, get_opportunity_precedence, withdraw_opportunity_precedence }

/// List precedences for training opportunities
///
/// Newest first: lecturers see their own, managers those of their people, HR all. A reward policy of the kind `streak` with an
/// `opportunity` gives them at a close.
#[utoipa::path(
    get, path = "/v1/opportunity-precedences", responses((status = 200, body = OpportunityPrecedencePage))
)]
async fn list_opportunity_precedences(
    call: Call<OpportunitiesRead>,
    query: Paged<ListOpportunityPrecedencesQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<OpportunitiesRead>(tx).await?;
        let records = records_of_one(tx, query.employee_id).await?;
        let (rows, next) = queries::list_page(tx, &query, seen.ids(), records.as_deref(), &paging).await?;
        Reply::page(responses(tx, rows).await?, next)
    })
}

/// Get a precedence for training opportunities
///
/// One of a person whom the caller may see, with the periods that it rests on.
#[utoipa::path(
    get, path = "/v1/opportunity-precedences/{id}", responses((status = 200, body = OpportunityPrecedenceResponse))
)]
async fn get_opportunity_precedence(call: Call<OpportunitiesRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let seen = visible::<OpportunitiesRead>(tx).await?;
        let found = queries::find(tx, id).await?.filter(|row| seen.includes(row.employee_id));
        let row = Thing::OpportunityPrecedence.require(found)?;
        Reply::ok(&only(responses(tx, vec![row]).await?)?)
    })
}

/// Withdraw a precedence for training opportunities
///
/// With a reason, by a person, while it has not been used. Nothing else ends it: a restatement that takes its ground away becomes a task
/// for HR. Nobody withdraws one of their own, unless the company allows self-approval.
#[utoipa::path(
    post, path = "/v1/opportunity-precedences/{id}/withdraw", params(IfMatch),
    responses((status = 200, body = OpportunityPrecedenceResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn withdraw_opportunity_precedence(
    call: Call<OpportunitiesWrite>,
    Path(id): Path<Uuid>,
    body: Json<WithdrawOpportunityPrecedenceRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let row = service::withdraw(tx, id, &precondition, request.reason).await?;
        Reply::ok(&only(responses(tx, vec![row]).await?)?)
    })
}
