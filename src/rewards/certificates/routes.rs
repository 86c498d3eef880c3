//! Certificates over HTTP.

use actix_web::{HttpResponse, get};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{CertificatePage, CertificateResponse, ListCertificatesQuery};
use super::queries;
use crate::auth::rights::RewardsRead;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{ETag, Path, Query, Reply};
use crate::people::{employee_refs, visible};

pub fn routes(config: &mut ServiceConfig) {
    config.service(list_certificates).service(get_certificate);
}

/// List certificates
///
/// Newest first, of the people whom the caller may see.
#[utoipa::path(
    tag = "rewards",
    params(ListCertificatesQuery),
    responses((status = 200, description = "A page of certificates.", body = CertificatePage)),
    security(("oauth2" = ["rewards:read"]))
)]
#[get("/v1/certificates")]
pub async fn list_certificates(call: Call<RewardsRead>, query: Query<ListCertificatesQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor.clone());
    call.read(move |tx| {
        async move {
            let reach = tx.actor.reach::<RewardsRead>()?;
            let filter = query.filter(visible(tx, &reach).await?.ids().map(<[Uuid]>::to_vec));
            let rows = queries::list_page(tx, &filter, paging.after()?, paging.fetch()).await?;
            let people: Vec<Uuid> = rows.iter().map(|row| row.employee_id).collect();
            let employees = employee_refs(tx, &people).await?;
            let page = paging.finish(rows, |row| row.id)?;
            let items = page.items.into_iter().map(|row| CertificateResponse::new(row, &employees));
            let items = items.collect::<Result<_>>()?;
            Ok(Reply::ok(&CertificatePage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a certificate
///
/// One certificate of somebody whom the caller may see.
#[utoipa::path(
    tag = "rewards",
    params(("id" = Uuid, Path, description = "The certificate.")),
    responses((status = 200, description = "The certificate.", body = CertificateResponse)),
    security(("oauth2" = ["rewards:read"]))
)]
#[get("/v1/certificates/{id}")]
pub async fn get_certificate(call: Call<RewardsRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let reach = tx.actor.reach::<RewardsRead>()?;
            let seen = visible(tx, &reach).await?;
            let found = queries::find(tx, id).await?;
            let row = found.filter(|row| seen.includes(row.employee_id));
            let row = row.ok_or_else(|| Error::not_found("certificate"))?;
            let etag = ETag(row.version);
            let employees = employee_refs(tx, &[row.employee_id]).await?;
            Ok(Reply::ok(&CertificateResponse::new(row, &employees)?)?.etag(etag))
        }
        .boxed()
    })
    .await
}
