//! Machine clients over HTTP.

use actix_web::{HttpResponse, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    ApiClientPage, ApiClientResponse, ApiClientSecretResponse, CreateApiClientRequest, ListApiClientsQuery,
};
use super::{queries, service};
use crate::auth::rights::ClientsWrite;
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Query, Reply};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_api_client)
        .service(list_api_clients)
        .service(get_api_client)
        .service(rotate_api_client_secret)
        .service(revoke_api_client);
}

/// Create a machine client
///
/// The secret is in this answer alone: it is kept as a hash only, and a retry gets the answer without it.
#[utoipa::path(
    tag = "access",
    responses((
        status = 201, description = "The client with its secret.", body = ApiClientSecretResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["clients:write"]))
)]
#[post("/v1/api-clients")]
pub async fn create_api_client(call: Call<ClientsWrite>, body: Json<CreateApiClientRequest>) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let client = service::create(tx, request).await?;
            let reply = Reply::created(format!("/v1/api-clients/{}", client.id), &client)?.etag(client.etag);
            reply.with_secret(&client.without_secret())
        }
        .boxed()
    })
    .await
}

/// List machine clients
///
/// In the order of their making, revoked ones included.
#[utoipa::path(
    tag = "access",
    params(ListApiClientsQuery),
    responses((status = 200, description = "A page of clients.", body = ApiClientPage)),
    security(("oauth2" = ["clients:write"]))
)]
#[get("/v1/api-clients")]
pub async fn list_api_clients(call: Call<ClientsWrite>, query: Query<ListApiClientsQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let rows = queries::list_page(tx, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |client| client.id)?.map(ApiClientResponse::from);
            let answer = ApiClientPage { items: page.items, next_cursor: page.next_cursor };
            Ok(Reply::ok(&answer)?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a machine client
///
/// Without its secret, which nobody can read.
#[utoipa::path(
    tag = "access",
    params(("id" = Uuid, Path, description = "The client.")),
    responses((
        status = 200, description = "The client.", body = ApiClientResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["clients:write"]))
)]
#[get("/v1/api-clients/{id}")]
pub async fn get_api_client(call: Call<ClientsWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let client = service::get(tx, id).await?;
            Ok(Reply::ok(&client)?.etag(client.etag))
        }
        .boxed()
    })
    .await
}

/// Rotate a machine client's secret
///
/// Another secret, in this answer alone. The old one gets no token from now on; tokens that are out live on for 15 minutes at most.
#[utoipa::path(
    tag = "access",
    params(
        ("id" = Uuid, Path, description = "The client."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "The client with its new secret.", body = ApiClientSecretResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["clients:write"]))
)]
#[post("/v1/api-clients/{id}/rotate-secret")]
pub async fn rotate_api_client_secret(call: Call<ClientsWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.act(move |tx| {
        async move {
            let client = service::rotate_secret(tx, id, precondition).await?;
            Reply::ok(&client)?.etag(client.etag).with_secret(&client.without_secret())
        }
        .boxed()
    })
    .await
}

/// Revoke a machine client
///
/// For good: it gets no token any more, and those that it holds are refused at once.
#[utoipa::path(
    tag = "access",
    params(
        ("id" = Uuid, Path, description = "The client."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "The client as it is now.", body = ApiClientResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["clients:write"]))
)]
#[post("/v1/api-clients/{id}/revoke")]
pub async fn revoke_api_client(call: Call<ClientsWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.act(move |tx| {
        async move {
            let client = service::revoke(tx, id, precondition).await?;
            Ok(Reply::ok(&client)?.etag(client.etag))
        }
        .boxed()
    })
    .await
}
