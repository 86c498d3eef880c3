//! Machine clients over HTTP.

use uuid::Uuid;

use super::dto::{ApiClientPage, ApiClientResponse, ApiClientSecretResponse, CreateApiClientRequest};
use super::{queries, service};
use crate::auth::rights::ClientsWrite;
use crate::call::{Answer, Call, answer};
use crate::error::Code::StateConflict;
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};

operations! { create_api_client, list_api_clients, get_api_client, rotate_api_client_secret, revoke_api_client }

/// Create a machine client
///
/// The secret is only in this response: Lectern stores only its hash, and a repeated request gets the response without it. The client
/// stops when the employment of the person who creates it ends, until somebody else takes it over by rotating the secret.
#[utoipa::path(post, path = "/v1/api-clients", responses((status = 201, body = ApiClientSecretResponse)))]
async fn create_api_client(call: Call<ClientsWrite>, body: Json<CreateApiClientRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let client = service::create(tx, request).await?;
        Reply::created(format!("/v1/api-clients/{}", client.id), &client)?.with_secret(&client.without_secret())
    })
}

/// List machine clients
///
/// Ordered by creation, oldest first, including revoked ones.
#[utoipa::path(get, path = "/v1/api-clients", responses((status = 200, body = ApiClientPage)))]
async fn list_api_clients(call: Call<ClientsWrite>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let (rows, next) = queries::list_page(tx, &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get a machine client
///
/// Without its secret, which cannot be read again.
#[utoipa::path(
    get, path = "/v1/api-clients/{id}", params(("id" = Uuid, Path, description = "The client.")),
    responses((status = 200, body = ApiClientResponse))
)]
async fn get_api_client(call: Call<ClientsWrite>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Rotate a machine client's secret
///
/// The new secret is only in this response. The old secret gets no more tokens, and tokens issued before are refused at once.
#[utoipa::path(
    post, path = "/v1/api-clients/{id}/rotate-secret",
    params(("id" = Uuid, Path, description = "The client."), IfMatch),
    responses((status = 200, body = ApiClientSecretResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn rotate_api_client_secret(call: Call<ClientsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let client = service::rotate_secret(tx, id, precondition).await?;
        Reply::ok(&client)?.with_secret(&client.without_secret())
    })
}

/// Revoke a machine client
///
/// Revoked for good: it gets no more tokens, and the tokens that it has are refused at once.
#[utoipa::path(
    post, path = "/v1/api-clients/{id}/revoke", params(("id" = Uuid, Path, description = "The client."), IfMatch),
    responses((status = 200, body = ApiClientResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn revoke_api_client(call: Call<ClientsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&service::revoke(tx, id, precondition).await?))
}
