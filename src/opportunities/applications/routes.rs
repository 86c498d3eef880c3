//! Applications over HTTP.

use uuid::Uuid;

use super::dto::{
    DeclineOpportunityPlaceRequest, ListOpportunityApplicationsQuery, OfferOpportunityPlaceRequest,
    OpportunityApplicationPage, OpportunityApplicationResponse, RecordOpportunityAttendanceRequest,
    RevokeOpportunityApplicationRequest, responses,
};
use super::model::OpportunityApplication;
use super::{queries, service};
use crate::auth::rights::{OpportunitiesApply, OpportunitiesRead, OpportunitiesWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{
    AlreadyExists, ApplicationsClosed, BudgetExceeded, MayNotApply, NoSeatsLeft, OfferLapsed, SelfApproval,
    StateConflict,
};
use crate::error::{Result, only};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::journal::Tx;
use crate::people::{records_of_one, visible};

operations! {
    apply_for_training_opportunity, offer_opportunity_place, list_opportunity_applications, get_opportunity_application,
    accept_opportunity_place, decline_opportunity_place, withdraw_opportunity_application,
    revoke_opportunity_application, record_opportunity_attendance
}

async fn reply(tx: &mut Tx<'_>, row: OpportunityApplication) -> Result<Reply> {
    Reply::ok(&only(responses(tx, vec![row]).await?)?)
}

async fn created(tx: &mut Tx<'_>, row: OpportunityApplication) -> Result<Reply> {
    let location = format!("/v1/opportunity-applications/{}", row.id);
    Reply::created(location, &only(responses(tx, vec![row]).await?)?)
}

/// Apply for a training opportunity
///
/// By a lecturer, before the deadline (409 `applications_closed`). Whoever does not meet what it asks for is refused (422 `may_not_apply`)
/// with the reasons in the problem's members `obstacles` and `criteria_result`. The verdict stays with the application.
#[utoipa::path(
    post, path = "/v1/training-opportunities/{id}/applications",
    responses((status = 201, body = OpportunityApplicationResponse)),
    extensions(("x-refuses" = json!([AlreadyExists, ApplicationsClosed, MayNotApply, StateConflict])))
)]
async fn apply_for_training_opportunity(call: Call<OpportunitiesApply>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.act(), |tx| {
        let row = service::apply(tx, id).await?;
        created(tx, row).await
    })
}

/// Offer a place by hand
///
/// To a lecturer who applied or not, with a reason, until the end of the first day. A place that has become free goes to those who wait
/// first. Refused if all places are taken or on offer (`no_seats_left`), if the budget does not cover another one (`budget_exceeded`), and
/// for somebody who has left, is no lecturer or is suspended. Nobody offers a place to themselves, unless the company allows self-approval.
#[utoipa::path(
    post, path = "/v1/training-opportunities/{id}/offers",
    responses((status = 201, body = OpportunityApplicationResponse)),
    extensions(("x-refuses" = json!([AlreadyExists, BudgetExceeded, NoSeatsLeft, SelfApproval, StateConflict])))
)]
async fn offer_opportunity_place(
    call: Call<OpportunitiesWrite>,
    Path(id): Path<Uuid>,
    body: Json<OfferOpportunityPlaceRequest>,
) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let row = service::offer_by_hand(tx, id, request, faults).await?;
        created(tx, row).await
    })
}

/// List applications for training opportunities
///
/// Newest first: lecturers see their own, managers those of their people, HR all. Who waits, and at which rank: `state=waiting`.
#[utoipa::path(
    get, path = "/v1/opportunity-applications", responses((status = 200, body = OpportunityApplicationPage))
)]
async fn list_opportunity_applications(
    call: Call<OpportunitiesRead>,
    query: Paged<ListOpportunityApplicationsQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<OpportunitiesRead>(tx).await?;
        let records = records_of_one(tx, query.employee_id).await?;
        let (rows, next) = queries::list_page(tx, &query, seen.ids(), records.as_deref(), &paging).await?;
        Reply::page(responses(tx, rows).await?, next)
    })
}

/// Get an application for a training opportunity
///
/// One of a person whom the caller may see, with the verdict on the criteria when it was made, its rank and the offer.
#[utoipa::path(
    get, path = "/v1/opportunity-applications/{id}", responses((status = 200, body = OpportunityApplicationResponse))
)]
async fn get_opportunity_application(call: Call<OpportunitiesRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let row = service::get(tx, id).await?;
        reply(tx, row).await
    })
}

/// Accept a place
///
/// By the lecturer to whom it is offered, before `respond_by_at` (409 `offer_lapsed`, also once the place is passed on), and not while
/// suspended (409 `state_conflict`).
#[utoipa::path(
    post, path = "/v1/opportunity-applications/{id}/accept", params(IfMatch),
    responses((status = 200, body = OpportunityApplicationResponse)),
    extensions(("x-refuses" = json!([OfferLapsed, StateConflict])))
)]
async fn accept_opportunity_place(call: Call<OpportunitiesApply>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let row = service::accept::<OpportunitiesApply>(tx, id, &precondition).await?;
        reply(tx, row).await
    })
}

/// Decline a place
///
/// By the lecturer to whom it is offered, before `respond_by_at` (409 `offer_lapsed`). It is offered to the next in rank at once. A
/// precedence that it has cost stays spent.
#[utoipa::path(
    post, path = "/v1/opportunity-applications/{id}/decline", params(IfMatch),
    responses((status = 200, body = OpportunityApplicationResponse)),
    extensions(("x-refuses" = json!([OfferLapsed, StateConflict])))
)]
async fn decline_opportunity_place(
    call: Call<OpportunitiesApply>,
    Path(id): Path<Uuid>,
    body: Json<DeclineOpportunityPlaceRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let row = service::decline::<OpportunitiesApply>(tx, id, &precondition, request.reason).await?;
        reply(tx, row).await
    })
}

/// Withdraw an application for a training opportunity
///
/// By the lecturer, until the end of the first day, also after accepting a place: it is offered to the next in rank at once. A
/// precedence that the place has cost stays spent.
#[utoipa::path(
    post, path = "/v1/opportunity-applications/{id}/withdraw", params(IfMatch),
    responses((status = 200, body = OpportunityApplicationResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn withdraw_opportunity_application(call: Call<OpportunitiesApply>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let row = service::withdraw::<OpportunitiesApply>(tx, id, &precondition).await?;
        reply(tx, row).await
    })
}

/// Revoke an application for a training opportunity
///
/// HR takes it, or the place, back with a reason: for example of somebody who has left. The place is offered to the next in rank at once,
/// and a precedence that it has cost can be used again. The person cannot apply for this opportunity again.
#[utoipa::path(
    post, path = "/v1/opportunity-applications/{id}/revoke", params(IfMatch),
    responses((status = 200, body = OpportunityApplicationResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn revoke_opportunity_application(
    call: Call<OpportunitiesWrite>,
    Path(id): Path<Uuid>,
    body: Json<RevokeOpportunityApplicationRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let row = service::revoke::<OpportunitiesWrite>(tx, id, &precondition, request.reason).await?;
        reply(tx, row).await
    })
}

/// Record who attended a training opportunity
///
/// HR says whether somebody who accepted a place came, from the first day on. Whoever attended gets the certificate of competence that the
/// opportunity brings, valid from its last day on. A place that was not used stays paid for. What was recorded by mistake is
/// corrected, either way, with a reason that stands in the operation log (422 `required` without). A certificate that the mistake brought is
/// deleted with it. Nobody records their own attendance, unless the company allows self-approval.
#[utoipa::path(
    post, path = "/v1/opportunity-applications/{id}/attendance", params(IfMatch),
    responses((status = 200, body = OpportunityApplicationResponse)),
    extensions(
        ("x-refuses" = json!([SelfApproval, StateConflict])),
        ("x-tells-closed-periods" = json!(true))
    )
)]
async fn record_opportunity_attendance(
    call: Call<OpportunitiesWrite>,
    Path(id): Path<Uuid>,
    body: Json<RecordOpportunityAttendanceRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let row = service::record_attendance::<OpportunitiesWrite>(tx, id, &precondition, request).await?;
        reply(tx, row).await
    })
}
