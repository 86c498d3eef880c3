//! Training opportunities over HTTP.

use uuid::Uuid;

use super::dto::{
    CancelTrainingOpportunityRequest, ListTrainingOpportunitiesQuery, PublishTrainingOpportunityRequest,
    SetOpportunityCapacityRequest, TrainingOpportunityPage, TrainingOpportunityResponse,
    UpdateTrainingOpportunityRequest, responses,
};
use super::model::TrainingOpportunity;
use super::standing::{OpportunityStandingPage, render_all};
use super::{queries, service};
use crate::auth::rights::{OpportunitiesRead, OpportunitiesWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{ApplicationsOpen, StateConflict};
use crate::error::{Result, only};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::journal::Tx;
use crate::kernel::phrases::Thing;
use crate::people::{is_employee, visible};

operations! {
    publish_training_opportunity, list_training_opportunities, get_training_opportunity, update_training_opportunity,
    set_opportunity_capacity, rank_training_opportunity, cancel_training_opportunity, list_opportunity_standings;
    super::applications::routes::routes,
}

async fn reply(tx: &mut Tx<'_>, row: TrainingOpportunity) -> Result<Reply> {
    Reply::ok(&only(responses(tx, vec![row]).await?)?)
}

/// Publish a training opportunity
///
/// A summit, a course or train-the-trainer outside of the company: how many can go, what a place costs, what a lecturer must meet (grades,
/// streaks, titles, scores: criteria as in a promotion policy), until when lecturers apply, by what the applications are ranked, and how
/// ties are decided. From now on lecturers apply. All faults are told at once: a title that the company does not have (`unknown_title`), a
/// deadline that is over or later than the first day (`out_of_range`).
#[utoipa::path(
    post, path = "/v1/training-opportunities", responses((status = 201, body = TrainingOpportunityResponse))
)]
async fn publish_training_opportunity(
    call: Call<OpportunitiesWrite>,
    body: Json<PublishTrainingOpportunityRequest>,
) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let row = service::publish(tx, request, faults).await?;
        let location = format!("/v1/training-opportunities/{}", row.id);
        Reply::created(location, &only(responses(tx, vec![row]).await?)?)
    })
}

/// List training opportunities
///
/// Newest first: all of the company.
#[utoipa::path(
    get, path = "/v1/training-opportunities", responses((status = 200, body = TrainingOpportunityPage))
)]
async fn list_training_opportunities(
    call: Call<OpportunitiesRead>,
    query: Paged<ListTrainingOpportunitiesQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let (rows, next) = queries::list_page(tx, &query, &paging).await?;
        Reply::page(responses(tx, rows).await?, next)
    })
}

/// Get a training opportunity
///
/// With how many have applied, wait and have a place. Only those who see the whole company see its budget.
#[utoipa::path(
    get, path = "/v1/training-opportunities/{id}", responses((status = 200, body = TrainingOpportunityResponse))
)]
async fn get_training_opportunity(call: Call<OpportunitiesRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let row = Thing::TrainingOpportunity.require(queries::find(tx, id).await?)?;
        reply(tx, row).await
    })
}

/// Update a training opportunity
///
/// A merge patch (RFC 7396) of its texts and days, and of the deadline while it is open. What it asks for, how it ranks and what a place
/// costs stay as they were published.
#[utoipa::path(
    patch, path = "/v1/training-opportunities/{id}", responses((status = 200, body = TrainingOpportunityResponse)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn update_training_opportunity(
    call: Call<OpportunitiesWrite>,
    Path(id): Path<Uuid>,
    body: Json<UpdateTrainingOpportunityRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let change = request.into_change(&mut faults);
        let row = service::update(tx, id, &precondition, change, faults).await?;
        reply(tx, row).await
    })
}

/// Set the places and the budget of a training opportunity
///
/// Not below what is taken or on offer. Places that are added are offered to those who wait at once.
#[utoipa::path(
    put, path = "/v1/training-opportunities/{id}/capacity",
    responses((status = 200, body = TrainingOpportunityResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn set_opportunity_capacity(
    call: Call<OpportunitiesWrite>,
    Path(id): Path<Uuid>,
    body: Json<SetOpportunityCapacityRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        let row = service::set_capacity(tx, id, &precondition, request, faults).await?;
        reply(tx, row).await
    })
}

/// Rank the applications for a training opportunity
///
/// After the deadline (409 `applications_open` before): by precedence, then by the mean of the latest scores, then as `ranking` says. The
/// first get an offer, as many as there are places and budget; the others wait. A place that is declined, withdrawn, revoked or not
/// answered in time is offered to the next. Whoever waits with a precedence that another place has cost meanwhile, or that was withdrawn, is
/// ranked anew before. Who is no longer a lecturer, is suspended or has left is passed over.
#[utoipa::path(
    post, path = "/v1/training-opportunities/{id}/rank", params(IfMatch),
    responses((status = 200, body = TrainingOpportunityResponse)),
    extensions(("x-refuses" = json!([ApplicationsOpen, StateConflict])))
)]
async fn rank_training_opportunity(call: Call<OpportunitiesWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let row = service::rank(tx, id, &precondition).await?;
        reply(tx, row).await
    })
}

/// Cancel a training opportunity
///
/// With a reason, before anybody has attended. All applications end. A precedence that a place on offer or accepted has cost can be used
/// again: what HR cancels costs nobody theirs. One that was spent on a place which its lecturer declined, withdrew from or did not answer in
/// time stays spent.
#[utoipa::path(
    post, path = "/v1/training-opportunities/{id}/cancel", params(IfMatch),
    responses((status = 200, body = TrainingOpportunityResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn cancel_training_opportunity(
    call: Call<OpportunitiesWrite>,
    Path(id): Path<Uuid>,
    body: Json<CancelTrainingOpportunityRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let row = service::cancel(tx, id, &precondition, request.reason).await?;
        reply(tx, row).await
    })
}

/// List what a lecturer may apply for
///
/// Newest first: the opportunities for which applications are taken now, and of each whether this person may apply, why not, and the
/// verdict on each of its criteria with the evidence and what is missing.
#[utoipa::path(
    get, path = "/v1/employees/{id}/training-opportunities", responses((status = 200, body = OpportunityStandingPage))
)]
async fn list_opportunity_standings(call: Call<OpportunitiesRead>, Path(id): Path<Uuid>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let is_seen = visible::<OpportunitiesRead>(tx).await?.includes(id) && is_employee(tx, id).await?;
        Thing::Employee.require(is_seen.then_some(()))?;
        let (rows, next) = queries::list_open(tx, &paging).await?;
        Reply::page(render_all(tx, rows, id).await?, next)
    })
}
