//! Certificates over HTTP.

use uuid::Uuid;

use super::dto::{CertificatePage, CertificateResponse, ListCertificatesQuery, RevokeCertificateRequest};
use super::{queries, service};
use crate::auth::rights::{RewardsApprove, RewardsRead};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{PersonRequired, StateConflict};
use crate::error::Result;
use crate::http::{Json, Paged, Path, Reply, RequiredIfMatch, operations};
use crate::kernel::phrases::Thing;
use crate::people::{employee_refs, visible};

operations! {
    list_certificates, get_certificate, revoke_certificate;
    super::issuer::routes::routes, super::public::routes::routes,
}

/// List certificates
///
/// Newest first: those of the people whom the caller may see.
#[utoipa::path(get, path = "/v1/certificates", responses((status = 200, body = CertificatePage)))]
async fn list_certificates(call: Call<RewardsRead>, query: Paged<ListCertificatesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<RewardsRead>(tx).await?;
        let (rows, next) = queries::list_page(tx, &query, seen.ids(), &paging).await?;
        let people: Vec<Uuid> = rows.iter().map(|row| row.employee_id).collect();
        let employees = employee_refs(tx, &people).await?;
        let items = rows.into_iter().map(|row| CertificateResponse::new(row, &employees));
        Reply::page(items.collect::<Result<Vec<_>>>()?, next)
    })
}

/// Get a certificate
///
/// A certificate of a person whom the caller may see.
#[utoipa::path(get, path = "/v1/certificates/{id}", responses((status = 200, body = CertificateResponse)))]
async fn get_certificate(call: Call<RewardsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let seen = visible::<RewardsRead>(tx).await?;
        let found = queries::find(tx, id).await?;
        let row = Thing::Certificate.require(found.filter(|row| seen.includes(row.employee_id)))?;
        let employees = employee_refs(tx, &[row.employee_id]).await?;
        Reply::ok(&CertificateResponse::new(row, &employees)?)
    })
}

/// Revoke a certificate
///
/// For good, by a person, with a reason, which stays within the company. The certificate remains in the honour file. From then on its
/// public page says that it is revoked, and so does the status list by which others check the credential.
#[utoipa::path(
    post, path = "/v1/certificates/{id}/revoke", params(RequiredIfMatch),
    responses((status = 200, body = CertificateResponse)),
    extensions(("x-refuses" = json!([PersonRequired, StateConflict])))
)]
async fn revoke_certificate(
    call: Call<RewardsApprove>,
    Path(id): Path<Uuid>,
    body: Json<RevokeCertificateRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let row = service::revoke(tx, id, request.reason, &precondition).await?;
        let employees = employee_refs(tx, &[row.employee_id]).await?;
        Reply::ok(&CertificateResponse::new(row, &employees)?)
    })
}
