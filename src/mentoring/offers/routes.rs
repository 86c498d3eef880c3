//! Offers over HTTP.

use uuid::Uuid;

use super::dto::{CreateMentorOfferRequest, ListMentorOffersQuery, MentorOfferPage, MentorOfferResponse};
use super::{queries, service};
use crate::auth::rights::{MentorshipsRead, MentorshipsWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{AlreadyExists, NotTheMentor, PersonRequired, StateConflict};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::people::{records_of_one, today};

operations! { create_mentor_offer, list_mentor_offers, get_mentor_offer, withdraw_mentor_offer }

/// Offer to mentor
///
/// By a lecturer whose latest closed grade in the programme is at least what its privileges say (`mentor_grade`), and who is not suspended.
/// It stands until it is withdrawn. Newcomers then ask, and each is accepted or declined.
#[utoipa::path(
    post, path = "/v1/mentor-offers", responses((status = 201, body = MentorOfferResponse)),
    extensions(("x-refuses" = json!([AlreadyExists, PersonRequired])))
)]
async fn create_mentor_offer(call: Call<MentorshipsWrite>, body: Json<CreateMentorOfferRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let offer = service::create(tx, request, faults).await?;
        Reply::created(format!("/v1/mentor-offers/{}", offer.id), &offer)
    })
}

/// List offers to mentor
///
/// Latest first, for everybody in the company: with `standing=true` those that stand. Those of people who have left are not listed.
#[utoipa::path(get, path = "/v1/mentor-offers", responses((status = 200, body = MentorOfferPage)))]
async fn list_mentor_offers(call: Call<MentorshipsRead>, query: Paged<ListMentorOffersQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let records = records_of_one(tx, query.employee_id).await?;
        let today = today(tx).await?;
        let gone = queries::gone(tx, today).await?;
        let (rows, next) = queries::list_page(tx, &query, records.as_deref(), &gone, &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get an offer to mentor
///
/// With how many more people the mentor takes now.
#[utoipa::path(get, path = "/v1/mentor-offers/{id}", responses((status = 200, body = MentorOfferResponse)))]
async fn get_mentor_offer(call: Call<MentorshipsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Withdraw an offer to mentor
///
/// By the mentor or HR. Pairs that there are go on; who asked and was not answered yet can only be declined.
#[utoipa::path(
    post, path = "/v1/mentor-offers/{id}/withdraw", params(IfMatch), responses((status = 200, body = MentorOfferResponse)),
    extensions(("x-refuses" = json!([NotTheMentor, StateConflict])))
)]
async fn withdraw_mentor_offer(call: Call<MentorshipsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&service::withdraw(tx, id, &precondition).await?))
}
