//! Reward policies over HTTP.

use actix_web::{HttpResponse, delete, get, post, put};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    ListVersionsQuery, RewardPoliciesPage, RewardPoliciesRequest, RewardPoliciesResponse, policies_responses,
};
use super::model::PolicyVersion;
use super::service;
use crate::auth::rights::{ProgrammesRead, ProgrammesWrite};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{ETag, Json, Path, Problem, Query, Reply};
use crate::journal::Tx;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::versioned;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_reward_policy_set)
        .service(list_reward_policy_sets)
        .service(get_reward_policy_set)
        .service(replace_reward_policy_set)
        .service(delete_reward_policy_set)
        .service(publish_reward_policy_set);
}

async fn response(tx: &mut Tx<'_>, row: PolicyVersion) -> Result<(RewardPoliciesResponse, ETag)> {
    let etag = row.etag();
    let made = policies_responses(tx, vec![row]).await?;
    let response = made.into_iter().next().ok_or_else(|| Error::internal("no answer for a version"))?;
    Ok((response, etag))
}

async fn reply(tx: &mut Tx<'_>, row: PolicyVersion) -> Result<Reply> {
    let (response, etag) = response(tx, row).await?;
    Ok(Reply::ok(&response)?.etag(etag))
}

/// Draft reward policies
///
/// All policies of a programme are one versioned document. Refused (422 `rule_refused`) with every fault of it,
/// grades that the scoring rule of that period does not define included.
#[utoipa::path(
    tag = "programmes",
    params(("id" = Uuid, Path, description = "The programme.")),
    responses((status = 201, description = "The draft.", body = RewardPoliciesResponse)),
    security(("oauth2" = ["programmes:write"]))
)]
#[post("/v1/programmes/{id}/reward-policies")]
pub async fn create_reward_policy_set(
    call: Call<ProgrammesWrite>,
    id: Path<Uuid>,
    body: Json<RewardPoliciesRequest>,
) -> Result<HttpResponse> {
    let programme = id.into_inner();
    call.write(body, move |tx, request| {
        async move {
            let row = versioned::create(tx, request.proposal(programme)).await?;
            let location = format!("/v1/programmes/{programme}/reward-policies/{}", row.id);
            let (response, etag) = response(tx, row).await?;
            Ok(Reply::created(location, &response)?.etag(etag))
        }
        .boxed()
    })
    .await
}

/// List versions of reward policies
///
/// Latest number first. Drafts are seen by those who maintain rules, and by auditors.
#[utoipa::path(
    tag = "programmes",
    params(("id" = Uuid, Path, description = "The programme."), ListVersionsQuery),
    responses((status = 200, description = "A page of versions.", body = RewardPoliciesPage)),
    security(("oauth2" = ["programmes:read"]))
)]
#[get("/v1/programmes/{id}/reward-policies")]
pub async fn list_reward_policy_sets(
    call: Call<ProgrammesRead>,
    id: Path<Uuid>,
    query: Query<ListVersionsQuery>,
) -> Result<HttpResponse> {
    let programme = id.into_inner();
    let query = query.into_inner();
    let published = query.published();
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let after = paging.after()?;
            let rows = service::list::<RewardPolicySet>(tx, programme, published, after, paging.fetch()).await?;
            let page = paging.finish(rows, |row| row.number)?;
            let items = policies_responses(tx, page.items).await?;
            let body = RewardPoliciesPage { items, next_cursor: page.next_cursor };
            Ok(Reply::ok(&body)?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a version of reward policies
///
/// The document with who proposed and who published it.
#[utoipa::path(
    tag = "programmes",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("version_id" = Uuid, Path, description = "The version.")
    ),
    responses((status = 200, description = "The version.", body = RewardPoliciesResponse)),
    security(("oauth2" = ["programmes:read"]))
)]
#[get("/v1/programmes/{id}/reward-policies/{version_id}")]
pub async fn get_reward_policy_set(call: Call<ProgrammesRead>, path: Path<(Uuid, Uuid)>) -> Result<HttpResponse> {
    let (programme, id) = path.into_inner();
    call.read(move |tx| {
        async move {
            let row = versioned::get(tx, programme, id).await?;
            reply(tx, row).await
        }
        .boxed()
    })
    .await
}

/// Replace a draft of reward policies
///
/// Whoever replaces it becomes its maker. 409 once it is published.
#[utoipa::path(
    tag = "programmes",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("version_id" = Uuid, Path, description = "The version.")
    ),
    responses((status = 200, description = "The draft.", body = RewardPoliciesResponse)),
    security(("oauth2" = ["programmes:write"]))
)]
#[put("/v1/programmes/{id}/reward-policies/{version_id}")]
pub async fn replace_reward_policy_set(
    call: Call<ProgrammesWrite>,
    path: Path<(Uuid, Uuid)>,
    body: Json<RewardPoliciesRequest>,
) -> Result<HttpResponse> {
    let precondition = call.if_match()?;
    let (programme, id) = path.into_inner();
    call.write(body, move |tx, request| {
        async move {
            let row = versioned::replace(tx, id, &precondition, request.proposal(programme)).await?;
            reply(tx, row).await
        }
        .boxed()
    })
    .await
}

/// Delete a draft of reward policies
///
/// 409 once it is published.
#[utoipa::path(
    tag = "programmes",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("version_id" = Uuid, Path, description = "The version.")
    ),
    responses((status = 204, description = "The draft is gone.")),
    security(("oauth2" = ["programmes:write"]))
)]
#[delete("/v1/programmes/{id}/reward-policies/{version_id}")]
pub async fn delete_reward_policy_set(call: Call<ProgrammesWrite>, path: Path<(Uuid, Uuid)>) -> Result<HttpResponse> {
    let (path, precondition) = (path.into_inner(), call.if_match()?);
    call.act(move |tx| {
        async move {
            versioned::delete::<RewardPolicySet>(tx, path, &precondition).await?;
            Ok(Reply::no_content())
        }
        .boxed()
    })
    .await
}

/// Publish reward policies
///
/// By another person than their maker, unless the company allows self-approval. They never change from then on. The
/// period needs a published scoring rule. A programme's first version may start in the current period, a later one in
/// the next one at the earliest, and none in a closed one.
#[utoipa::path(
    tag = "programmes",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("version_id" = Uuid, Path, description = "The version."),
        ("If-Match" = String, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses(
        (status = 200, description = "The published version.", body = RewardPoliciesResponse),
        (status = 422, description = "Refused by what it stands in by now.", body = Problem,
            content_type = "application/problem+json")
    ),
    security(("oauth2" = ["programmes:write"]))
)]
#[post("/v1/programmes/{id}/reward-policies/{version_id}/publish")]
pub async fn publish_reward_policy_set(call: Call<ProgrammesWrite>, path: Path<(Uuid, Uuid)>) -> Result<HttpResponse> {
    let precondition = call.if_match()?;
    let path = path.into_inner();
    call.act(move |tx| {
        async move {
            let row = versioned::publish(tx, path, &precondition).await?;
            reply(tx, row).await
        }
        .boxed()
    })
    .await
}
