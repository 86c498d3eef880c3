//! The issuer over HTTP.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use serde_json::json;
use uuid::Uuid;

use super::dto::{
    CredentialKeyPage, CredentialKeyResponse, DidDocument, IssuerProfile, RetiredCredentialKey, RotatedCredentialKey,
    SignedCredential, SuspectCredentialKeyRequest, VerificationMethod,
};
use super::withdrawal::{self, KeyRow};
use super::{Address, CREDENTIALS, OPEN_BADGES, keys, status_list};
use crate::auth::Actor;
use crate::auth::rights::ClientsWrite;
use crate::call::{Answer, Call, answer};
use crate::error::Code::{PersonRequired, SelfApproval, StateConflict};
use crate::error::{Result, only};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::journal::{Record, Tx, read_tx};
use crate::kernel::phrases::Thing;
use crate::people::employee_refs;
use crate::rewards::certificates::queries;
use crate::schema::tenants;
use crate::state::State;

operations! {
    get_issuer, get_did_document, get_status_list, list_credential_keys, rotate_credential_key, suspect_credential_key,
    withdraw_credential_key
}

/// The contexts of a DID document with keys as JWKs.
const DID: [&str; 2] = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"];

/// How long others may keep what is the same for everybody. A status list says the same of itself.
const KEPT_BRIEFLY: &str = "public, max-age=300";

/// The keys are asked for each time: a new one signs at once, and nobody may keep a document without it.
const NOT_KEPT: &str = "no-cache";

/// The company with this code, and its address.
async fn find(state: &State, company: &str) -> Result<(Uuid, Address)> {
    let tenant = Thing::Issuer.require(state.tenants.find(&state.db, company).await?)?;
    Ok((tenant, Address::new(&state.public_url, company)))
}

/// Get an issuer
///
/// A company as the issuer of its certificates: its identifier (`did:web`) and its name.
#[utoipa::path(
    get, path = "/issuers/{company}",
    params((
        "company" = String, Path, description = "The code of the company.", min_length = 1, max_length = 64,
        pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", example = "yunling"
    )),
    responses((status = 200, body = IssuerProfile)), security()
)]
async fn get_issuer(state: web::Data<State>, Path(company): Path<String>) -> Result<HttpResponse> {
    let (tenant, address) = find(&state, &company).await?;
    let name = read_tx(&state, tenant, Actor::system(), |tx| {
        async move {
            let own = tenants::table.filter(tenants::id.eq(tx.tenant));
            Ok(own.select(tenants::name).first::<String>(tx.conn).await?)
        }
        .boxed()
    });
    let profile = IssuerProfile {
        context: vec![CREDENTIALS, OPEN_BADGES],
        name: name.await?,
        id: address.did,
        kind: vec!["Profile"],
        url: address.url,
    };
    Ok(Reply::ok(&profile)?.header(CACHE_CONTROL, KEPT_BRIEFLY).into_response())
}

/// Get the keys of an issuer
///
/// The DID document to which the company's `did:web` resolves: the keys that verify its certificates and its signed results of promotion
/// checks. A retired key stays as long as anything is valid that it has signed. A withdrawn key is not there: what it has signed does not
/// verify, whoever signed it.
#[utoipa::path(
    get, path = "/issuers/{company}/did.json",
    params((
        "company" = String, Path, description = "The code of the company.", min_length = 1, max_length = 64,
        pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", example = "yunling"
    )),
    responses((status = 200, body = DidDocument)), security()
)]
async fn get_did_document(state: web::Data<State>, Path(company): Path<String>) -> Result<HttpResponse> {
    let (tenant, address) = find(&state, &company).await?;
    let published =
        read_tx(&state, tenant, Actor::system(), |tx| async move { Ok(keys::published(tx).await?) }.boxed()).await?;
    let method = |key: keys::PublicKey| VerificationMethod {
        id: address.key(&key.kid),
        kind: "JsonWebKey",
        controller: address.did.clone(),
        public_key_jwk: key.public_jwk,
    };
    let verification_method: Vec<VerificationMethod> = published.into_iter().map(method).collect();
    let document = DidDocument {
        context: DID.to_vec(),
        id: address.did.clone(),
        assertion_method: verification_method.iter().map(|method| method.id.clone()).collect(),
        verification_method,
    };
    Ok(Reply::ok(&document)?.header(CACHE_CONTROL, NOT_KEPT).into_response())
}

/// Get a status list
///
/// Which of the company's certificates are revoked: a signed `BitstringStatusListCredential` (W3C Bitstring Status List 1.0), valid for
/// a day. A credential says which bit of which list is its own (`credentialStatus`). The places are random, and most of them are
/// nobody's.
#[utoipa::path(
    get, path = "/issuers/{company}/status-lists/{number}",
    params(
        (
            "company" = String, Path, description = "The code of the company.", min_length = 1, max_length = 64,
            pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", example = "yunling"
        ),
        ("number" = i32, Path, description = "The number of the list, from 0.", minimum = 0, maximum = 16382, example = 0)
    ),
    responses((
        status = 200, content((SignedCredential = "application/vc+jwt", example = json!("eyJhbGciOiJFUzI1NiJ9.e30.AQID")))
    )),
    security()
)]
async fn get_status_list(
    state: web::Data<State>,
    Path((company, number)): Path<(String, i32)>,
) -> Result<HttpResponse> {
    let (tenant, address) = find(&state, &company).await?;
    let places = Thing::StatusList.require(status_list::places(number))?;
    let found = read_tx(&state, tenant, Actor::system(), move |tx| {
        async move {
            let is_there = number == 0 || queries::has_places(tx, places.clone()).await?;
            Ok(if is_there { Some((queries::revoked_places(tx, places).await?, tx.now)) } else { None })
        }
        .boxed()
    });
    let (revoked, now) = Thing::StatusList.require(found.await?)?;
    let claims = status_list::claims(&address, number, &revoked, now)?;
    let signed = keys::sign(&state, tenant, &address, &claims).await?;
    Ok(Reply::credential(signed).header(CACHE_CONTROL, KEPT_BRIEFLY).into_response())
}

async fn replies(tx: &mut Tx<'_>, keys: Vec<KeyRow>) -> Result<Vec<CredentialKeyResponse>> {
    let named: Vec<Uuid> = keys.iter().flat_map(|key| [key.suspected_by_id, key.withdrawn_by_id]).flatten().collect();
    let people = employee_refs(tx, &named).await?;
    keys.into_iter().map(|key| CredentialKeyResponse::new(key, &people)).collect()
}

/// List the keys of certificates
///
/// Newest first: the one that signs, and those that have signed before.
#[utoipa::path(get, path = "/v1/credential-keys", responses((status = 200, body = CredentialKeyPage)))]
async fn list_credential_keys(call: Call<ClientsWrite>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let (keys, next) = withdrawal::list_page(tx, &paging).await?;
        Reply::page(replies(tx, keys).await?, next)
    })
}

/// Say that others may have a key of certificates
///
/// The first of two steps to withdraw a key. From now on it signs nothing: the next signature makes a new key. It stays published until
/// another person withdraws it (`withdraw_credential_key`), so nothing becomes invalid by the word of one.
#[utoipa::path(
    post, path = "/v1/credential-keys/{id}/suspect", params(IfMatch),
    responses((status = 200, body = CredentialKeyResponse)),
    extensions(("x-refuses" = json!([PersonRequired, StateConflict])))
)]
async fn suspect_credential_key(
    call: Call<ClientsWrite>,
    Path(id): Path<Uuid>,
    body: Json<SuspectCredentialKeyRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let key = withdrawal::suspect(tx, id, request.reason, &precondition).await?;
        Reply::ok(&only(replies(tx, vec![key]).await?)?)
    })
}

/// Withdraw a key of certificates
///
/// The second step, by a person other than who suspects the key, unless the company allows self-approval. The key disappears from the
/// company's DID document, for good: what it has signed no longer verifies, whether the company signed it or a thief. Open Badges 3.0
/// revokes credentials, not keys, so this is what an issuer does whose key was stolen: it takes the verification method out of its DID
/// document and issues the credentials anew. Here that needs no other call. Nothing signed is stored, so every credential, picture and
/// status list is signed by another key when it is fetched next; revocations stay. The certificates themselves stay valid, and the page
/// that checks one tells when its credential must be fetched again (`credential_renewed_on`), as must everybody who keeps a copy: the
/// event is `credential_key.withdrawn`.
#[utoipa::path(
    post, path = "/v1/credential-keys/{id}/withdraw", params(IfMatch),
    responses((status = 200, body = CredentialKeyResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn withdraw_credential_key(call: Call<ClientsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let key = withdrawal::withdraw(tx, id, &precondition).await?;
        Reply::ok(&only(replies(tx, vec![key]).await?)?)
    })
}

/// Rotate the key of certificates
///
/// The key that signs the company's certificates is retired: the next signature makes a new one. It stays published as long as anything
/// is valid that it has signed, so nothing becomes invalid. Without being asked, a key is rotated after a year. A key that others may have
/// is suspected and withdrawn instead (`suspect_credential_key`).
#[utoipa::path(
    post, path = "/v1/credential-keys/rotate", responses((status = 200, body = RotatedCredentialKey))
)]
async fn rotate_credential_key(call: Call<ClientsWrite>) -> Answer {
    answer!(call.act(), |tx| {
        let retired = keys::retire(tx).await?;
        let kid = retired.as_ref().map(|key| key.kid.clone());
        let record = Record::logged("rotate_credential_key", "credential_key", None::<Uuid>);
        tx.record(record.details(json!({"retired_kid": kid})));
        let retired_at = tx.now;
        let retired = retired.map(|key| RetiredCredentialKey { kid: key.kid, created_at: key.created_at, retired_at });
        Reply::ok(&RotatedCredentialKey { retired })
    })
}
