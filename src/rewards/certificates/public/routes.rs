//! The public side of certificates over HTTP.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use utoipa::openapi::path::Operation;
use utoipa::{IntoParams as _, ToSchema};

use super::dto::{CertificatePath, CertificateVerification, PublicCertificate, VerifyCertificateQuery};
use super::{Known, credential, drawing, page};
use crate::error::{Error, Result};
use crate::http::{Argument, Path, Query, Reply, RequestContext, operations};
use crate::kernel::language::Language;
use crate::kernel::phrases::Thing;
use crate::rewards::certificates::issuer::{Address, SignedCredential, sign};
use crate::rewards::certificates::{PublicCode, places};
use crate::state::State;

operations! {
    get_certificate_page, verify_certificate, get_certificate_credential, get_certificate_image, print_certificate
}

/// A page about a certificate.
#[derive(ToSchema)]
#[schema(max_length = 100_000)]
struct VerificationPage(#[expect(dead_code, reason = "names the schema")] String);

/// A certificate as a picture.
#[derive(ToSchema)]
#[schema(max_length = 1_000_000)]
struct CertificateImage(#[expect(dead_code, reason = "names the schema")] String);

/// A certificate as a page to print.
#[derive(ToSchema)]
#[schema(max_length = 1_000_000)]
struct PrintedCertificate(#[expect(dead_code, reason = "names the schema")] String);

/// A certificate that was asked for by its code, or that there is none.
struct Asked {
    known: Option<Known>,
    /// The address of its page.
    url: String,
    language: Language,
}

impl FromRequest for Asked {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let path = Path::<CertificatePath>::from_request(request, payload);
        let query = Query::<VerifyCertificateQuery>::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let (Path(CertificatePath { public_code }), Query(query)) = (path.await?, query.await?);
            Self::find(&request, &public_code, &query).await
        })
    }
}

impl Argument for Asked {
    fn describe(operation: &mut Operation) {
        let parameters = [CertificatePath::into_params(|| None), VerifyCertificateQuery::into_params(|| None)].concat();
        operation.parameters.get_or_insert_default().splice(..0, parameters.into_iter().map(Into::into));
    }
}

impl Asked {
    /// 404 only for what is not written like a code.
    async fn find(request: &HttpRequest, code: &PublicCode, query: &VerifyCertificateQuery) -> Result<Self> {
        let state = request.app_data::<web::Data<State>>().ok_or_else(|| Error::internal("no state"))?;
        Thing::Certificate.require(code.is_written_so().then_some(()))?;
        let known = Known::find(state, code).await?;
        let asked = request.headers().contains_key(ACCEPT_LANGUAGE).then(|| RequestContext::of(request).language);
        let language = query.language.or(asked).or(known.as_ref().map(Known::language));
        Ok(Self { known, url: url(state, code), language: language.unwrap_or_default() })
    }

    /// What is drawn. 404 if there is no such certificate.
    fn shown(&self) -> Result<PublicCertificate> {
        let known = Thing::Certificate.require(self.known.as_ref())?;
        Ok(PublicCertificate::new(known, &self.url, self.language))
    }

    fn verification(&self) -> CertificateVerification {
        CertificateVerification::new(self.known.as_ref(), &self.url, self.language)
    }
}

fn url(state: &State, code: &PublicCode) -> String {
    format!("{}/certificates/{code}", state.public_url)
}

/// Check a certificate, as a page
///
/// For people: whether the certificate with this code is valid, revoked or unknown, and what stands on it, and nothing more. In Chinese or
/// English. The page loads nothing, and asks search engines to leave it out.
#[utoipa::path(
    get, path = "/certificates/{public_code}",
    responses((
        status = 200, content((VerificationPage = "text/html", example = json!("<!DOCTYPE html>\n<html lang=\"en\"></html>\n"))),
        headers(("Content-Language"))
    )),
    security()
)]
async fn get_certificate_page(asked: Asked) -> Result<HttpResponse> {
    let page = page::html(&asked.verification(), asked.language);
    Ok(Reply::html(page, page::STYLE).language(asked.language).unindexed().into_response())
}

/// Check a certificate
///
/// The same for programs. An unknown code is an answer like the others: `status` says it.
#[utoipa::path(
    get, path = "/certificates/{public_code}/verification",
    responses((status = 200, body = CertificateVerification, headers(("Content-Language")))), security()
)]
async fn verify_certificate(asked: Asked) -> Result<HttpResponse> {
    Ok(Reply::ok(&asked.verification())?.language(asked.language).unindexed().into_response())
}

/// Get the credential of a certificate
///
/// The certificate as an Open Badges 3.0 credential: a JWT (ES256) that other systems verify by themselves. Its `issuer` is a `did:web`,
/// its `kid` names the key in that DID document, and `credentialStatus` says where a revocation shows. It is signed anew each time; after a
/// revocation with the end that the certificate has by it (`validUntil`, `exp`).
#[utoipa::path(
    get, path = "/certificates/{public_code}/credential",
    params(CertificatePath),
    responses((
        status = 200, content((SignedCredential = "application/vc+jwt", example = json!("eyJhbGciOiJFUzI1NiJ9.e30.AQID")))
    )),
    security()
)]
async fn get_certificate_credential(
    state: web::Data<State>,
    Path(path): Path<CertificatePath>,
) -> Result<HttpResponse> {
    let code = &path.public_code;
    let known = Thing::Certificate.require(Known::find(&state, code).await?)?;
    let signed = signed(&state, &known, &url(&state, code)).await?;
    Ok(Reply::credential(signed).unindexed().into_response())
}

async fn signed(state: &State, known: &Known, url: &str) -> Result<String> {
    let address = Address::new(&state.public_url, &known.row.company_code);
    let place = places::of(state, known.tenant, known.row.id, known.row.status_index).await?;
    sign(state, known.tenant, &address, &credential::claims(known, &address, url, place)).await
}

/// Get a certificate as a picture
///
/// As it is framed: an SVG on a sheet of A4 across, with a square to scan that leads to the page which checks it, and with the credential
/// in it (an Open Badges 3.0 baked badge). A revoked one is stamped, and has no credential in it.
#[utoipa::path(
    get, path = "/certificates/{public_code}/image",
    responses((
        status = 200,
        content((CertificateImage = "image/svg+xml", example = json!("<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>\n"))),
        headers(("Content-Language"))
    )),
    security()
)]
async fn get_certificate_image(state: web::Data<State>, asked: Asked) -> Result<HttpResponse> {
    let shown = asked.shown()?;
    let credential = match &asked.known {
        Some(known) if known.row.revoked_at.is_none() => Some(signed(&state, known, &asked.url).await?),
        _ => None,
    };
    let image = drawing::svg(&shown, &asked.url, credential.as_deref())?;
    Ok(Reply::svg(image).language(asked.language).unindexed().into_response())
}

/// Get a certificate to print
///
/// The picture as a page of HTML for a sheet of A4 across. It loads nothing.
#[utoipa::path(
    get, path = "/certificates/{public_code}/print",
    responses((
        status = 200,
        content((PrintedCertificate = "text/html", example = json!("<!DOCTYPE html>\n<html lang=\"en\"></html>\n"))),
        headers(("Content-Language"))
    )),
    security()
)]
async fn print_certificate(asked: Asked) -> Result<HttpResponse> {
    let sheet = page::sheet(&asked.shown()?, &asked.url)?;
    Ok(Reply::html(sheet, page::SHEET).language(asked.language).unindexed().into_response())
}
