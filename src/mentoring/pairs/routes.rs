//! Pairs over HTTP.

use actix_web::http::header::LOCATION;
use uuid::Uuid;

use super::dto::{
    AskMentorshipRequest, DeclineMentorshipRequest, EndMentorshipRequest, ListMentorshipsQuery, MentorshipPage,
    MentorshipResponse, UpdateMentorshipRequest,
};
use super::notes::{self, CreateMentorshipNoteRequest, MentorshipNotePage, MentorshipNoteResponse};
use super::{queries, service};
use crate::auth::rights::{MentorshipsRead, MentorshipsWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{AlreadyExists, NotOfThePair, NotTheAsker, NotTheMentor, PersonRequired, StateConflict};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::people::{records_of_one, visible};

operations! {
    ask_mentorship, list_mentorships, get_mentorship, update_mentorship, accept_mentorship, decline_mentorship,
    withdraw_mentorship, end_mentorship, create_mentorship_note, list_mentorship_notes
}

/// Ask for a mentor
///
/// The caller asks somebody whose offer stands, with goals. The mentor accepts or declines. A person has one mentorship in a programme
/// that was asked for or goes on. Refused (422) if the mentor has left, has no standing offer, is the caller, or cannot mentor at present,
/// which says nothing of the mentor's grade or a suspension; refused (409) if the mentor has as many people as the offer or the programme
/// allows.
#[utoipa::path(
    post, path = "/v1/mentorships", responses((status = 201, body = MentorshipResponse)),
    extensions(("x-refuses" = json!([AlreadyExists, PersonRequired, StateConflict])))
)]
async fn ask_mentorship(call: Call<MentorshipsWrite>, body: Json<AskMentorshipRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let asked = service::ask(tx, request, faults).await?;
        let location = format!("/v1/mentorships/{}", asked.id);
        Reply::created(location, &service::render(tx, asked).await?)
    })
}

/// List mentorships
///
/// Latest first: everybody sees those in which they are, managers also those of the people they manage, HR and auditors all. Goals are
/// for the two and HR.
#[utoipa::path(get, path = "/v1/mentorships", responses((status = 200, body = MentorshipPage)))]
async fn list_mentorships(call: Call<MentorshipsRead>, query: Paged<ListMentorshipsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<MentorshipsRead>(tx).await?;
        let mentor = records_of_one(tx, query.mentor_id).await?;
        let mentee = records_of_one(tx, query.mentee_id).await?;
        let records = [mentor.as_deref(), mentee.as_deref()];
        let (rows, next) = queries::list_page(tx, &query, seen.ids(), records, &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get a mentorship
///
/// One in which somebody is whom the caller may see. Its result stands in the career files of both.
#[utoipa::path(get, path = "/v1/mentorships/{id}", responses((status = 200, body = MentorshipResponse)))]
async fn get_mentorship(call: Call<MentorshipsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let pair = service::seen_by::<MentorshipsRead>(tx, id).await?;
        Reply::ok(&service::render(tx, pair).await?)
    })
}

/// Update a mentorship
///
/// A merge patch (RFC 7396): one of the two writes the goals anew, as long as it is not over.
#[utoipa::path(
    patch, path = "/v1/mentorships/{id}", responses((status = 200, body = MentorshipResponse)),
    extensions(("x-refuses" = json!([NotOfThePair, StateConflict])))
)]
async fn update_mentorship(
    call: Call<MentorshipsWrite>,
    Path(id): Path<Uuid>,
    body: Json<UpdateMentorshipRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let change = request.into_change(&mut faults);
        let pair = service::update(tx, id, &precondition, change, faults).await?;
        Reply::ok(&service::render(tx, pair).await?)
    })
}

/// Accept a mentorship
///
/// By the mentor: now both have consented. Refused (409) if the offer was withdrawn since, if the mentor's latest grade is not enough any
/// more, the mentor is suspended or no place is free, and if who asked has left the company.
#[utoipa::path(
    post, path = "/v1/mentorships/{id}/accept", params(IfMatch), responses((status = 200, body = MentorshipResponse)),
    extensions(("x-refuses" = json!([NotTheMentor, StateConflict])))
)]
async fn accept_mentorship(call: Call<MentorshipsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let pair = service::accept(tx, id, &precondition).await?;
        Reply::ok(&service::render(tx, pair).await?)
    })
}

/// Decline a mentorship
///
/// By the mentor. The reason is read by who asked and HR.
#[utoipa::path(
    post, path = "/v1/mentorships/{id}/decline", params(IfMatch), responses((status = 200, body = MentorshipResponse)),
    extensions(("x-refuses" = json!([NotTheMentor, StateConflict])))
)]
async fn decline_mentorship(
    call: Call<MentorshipsWrite>,
    Path(id): Path<Uuid>,
    body: Json<DeclineMentorshipRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let pair = service::decline(tx, id, &precondition, request.reason).await?;
        Reply::ok(&service::render(tx, pair).await?)
    })
}

/// Withdraw what was asked
///
/// By who asked, before the mentor has answered.
#[utoipa::path(
    post, path = "/v1/mentorships/{id}/withdraw", params(IfMatch),
    responses((status = 200, body = MentorshipResponse)),
    extensions(("x-refuses" = json!([NotTheAsker, StateConflict])))
)]
async fn withdraw_mentorship(call: Call<MentorshipsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let pair = service::withdraw(tx, id, &precondition).await?;
        Reply::ok(&service::render(tx, pair).await?)
    })
}

/// End a mentorship
///
/// With a result, which stands in the career files of both: by the mentor or HR. Whoever is mentored can break it off. Nothing is
/// changed afterwards.
#[utoipa::path(
    post, path = "/v1/mentorships/{id}/end", params(IfMatch), responses((status = 200, body = MentorshipResponse)),
    extensions(("x-refuses" = json!([PersonRequired, StateConflict])))
)]
async fn end_mentorship(
    call: Call<MentorshipsWrite>,
    Path(id): Path<Uuid>,
    body: Json<EndMentorshipRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        let pair = service::end(tx, id, &precondition, request, faults).await?;
        Reply::ok(&service::render(tx, pair).await?)
    })
}

/// Write a note about a mentorship
///
/// By one of the two, while it goes on. Only they and HR (the role `admin`) read it; the operation log and events do not have its text.
/// A note is never changed.
#[utoipa::path(
    post, path = "/v1/mentorships/{id}/notes", responses((status = 201, body = MentorshipNoteResponse)),
    extensions(
        ("x-refuses" = json!([NotOfThePair, PersonRequired, StateConflict])), ("x-without" = json!([LOCATION.as_str()]))
    )
)]
async fn create_mentorship_note(
    call: Call<MentorshipsWrite>,
    Path(id): Path<Uuid>,
    body: Json<CreateMentorshipNoteRequest>,
) -> Answer {
    answer!(call.write(body), |tx, request| {
        let note = notes::write(tx, id, request).await?;
        Ok(Reply { status: 201, ..Reply::ok(&note)? })
    })
}

/// List the notes about a mentorship
///
/// Oldest first. Only the two and HR (the role `admin`) read them; others who see the pair are refused (403).
#[utoipa::path(
    get, path = "/v1/mentorships/{id}/notes", responses((status = 200, body = MentorshipNotePage)),
    extensions(("x-refuses" = json!([NotOfThePair])))
)]
async fn list_mentorship_notes(call: Call<MentorshipsRead>, Path(id): Path<Uuid>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let (notes, next) = notes::list(tx, id, &paging).await?;
        Reply::page(notes, next)
    })
}
