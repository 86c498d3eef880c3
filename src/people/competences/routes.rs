//! Certificates of competence over HTTP.

use uuid::Uuid;

use super::dto::{
    CompetenceCertificatePage, CompetenceCertificateResponse, CreateCompetenceCertificateRequest,
    ListCompetenceCertificatesQuery, UpdateCompetenceCertificateRequest,
};
use super::{queries, service};
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::{Answer, Call, answer};
use crate::http::{Json, Paged, Path, Reply, operations};
use crate::people::visible;

operations! {
    create_competence_certificate, list_competence_certificates, get_competence_certificate,
    update_competence_certificate, delete_competence_certificate
}

/// Record a certificate of competence
///
/// That a person is able to do something, such as train-the-trainer (TTT): who issued it, and from when to when it is valid. The kind is
/// one of the company's. Promotion policies may ask for one that is valid on the day (`external` with the kind as `key`).
#[utoipa::path(
    post, path = "/v1/competence-certificates", responses((status = 201, body = CompetenceCertificateResponse)),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn create_competence_certificate(
    call: Call<PeopleWrite>,
    body: Json<CreateCompetenceCertificateRequest>,
) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let certificate = service::create(tx, request, faults).await?;
        Reply::created(format!("/v1/competence-certificates/{}", certificate.id), &certificate)
    })
}

/// List certificates of competence
///
/// Ordered by creation, oldest first, those that are no longer valid included. `expires_by_on` lists what is to be renewed. Managers
/// see their own and those of the people who are today in the departments they manage or below. Lecturers and learners see only their
/// own.
#[utoipa::path(
    get, path = "/v1/competence-certificates", responses((status = 200, body = CompetenceCertificatePage))
)]
async fn list_competence_certificates(call: Call<PeopleRead>, query: Paged<ListCompetenceCertificatesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<PeopleRead>(tx).await?;
        let (rows, next) = queries::list_page(tx, &query, seen.ids(), &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get a certificate of competence
///
/// Of a person whom the caller may see.
#[utoipa::path(
    get, path = "/v1/competence-certificates/{id}", responses((status = 200, body = CompetenceCertificateResponse))
)]
async fn get_competence_certificate(call: Call<PeopleRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Update a certificate of competence
///
/// A merge patch (RFC 7396): a later last day when it was renewed, an earlier one when the issuer withdrew it. Person and kind stay.
#[utoipa::path(
    patch, path = "/v1/competence-certificates/{id}",
    responses((status = 200, body = CompetenceCertificateResponse)),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn update_competence_certificate(
    call: Call<PeopleWrite>,
    Path(id): Path<Uuid>,
    body: Json<UpdateCompetenceCertificateRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let change = request.into_change(&mut faults);
        Reply::ok(&service::update(tx, id, precondition, change, faults).await?)
    })
}

/// Delete a certificate of competence
///
/// For one that was recorded by mistake.
#[utoipa::path(
    delete, path = "/v1/competence-certificates/{id}",
    responses((status = 200, description = "The certificate as it was.", body = CompetenceCertificateResponse)),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn delete_competence_certificate(call: Call<PeopleWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&service::delete(tx, id, precondition).await?))
}
