//! Promotion policies over HTTP.

use actix_web::{HttpResponse, delete, get, post, put};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    ListPromotionPoliciesQuery, PromotionPolicyPage, PromotionPolicyRequest, PromotionPolicyResponse,
    PromotionPolicyState, responses,
};
use super::model::PromotionPolicy;
use crate::auth::rights::{PromotionsRead, PromotionsWrite};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::growth::criteria::PromotionCriterion;
use crate::http::{ETag, Json, Path, Problem, Query, Reply};
use crate::journal::Tx;
use crate::versioned;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_promotion_policy)
        .service(list_promotion_policies)
        .service(get_promotion_policy)
        .service(replace_promotion_policy)
        .service(delete_promotion_policy)
        .service(publish_promotion_policy);
}

async fn response(tx: &mut Tx<'_>, policy: PromotionPolicy) -> Result<(PromotionPolicyResponse, ETag)> {
    let etag = policy.etag();
    let made = responses(tx, vec![policy]).await?;
    Ok((made.into_iter().next().ok_or_else(|| Error::internal("no answer for a policy"))?, etag))
}

async fn reply(tx: &mut Tx<'_>, policy: PromotionPolicy) -> Result<Reply> {
    let (response, etag) = response(tx, policy).await?;
    Ok(Reply::ok(&response)?.etag(etag))
}

/// Draft a promotion policy
///
/// Refused (422 `rule_refused`) with every fault of it; kinds of criteria that are not evaluated yet are refused as well.
#[utoipa::path(
    tag = "growth",
    responses((status = 201, description = "The draft.", body = PromotionPolicyResponse)),
    security(("oauth2" = ["promotions:write"]))
)]
#[post("/v1/promotion-policies")]
pub async fn create_promotion_policy(
    call: Call<PromotionsWrite>,
    body: Json<PromotionPolicyRequest>,
) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let policy = versioned::create(tx, request.proposal()).await?;
            let location = format!("/v1/promotion-policies/{}", policy.id);
            let (response, etag) = response(tx, policy).await?;
            Ok(Reply::created(location, &response)?.etag(etag))
        }
        .boxed()
    })
    .await
}

/// List promotion policies
///
/// Newest first. Drafts are seen by those who maintain them, and by auditors.
#[utoipa::path(
    tag = "growth",
    params(ListPromotionPoliciesQuery),
    responses((status = 200, description = "A page of policies.", body = PromotionPolicyPage)),
    security(("oauth2" = ["promotions:read"]))
)]
#[get("/v1/promotion-policies")]
pub async fn list_promotion_policies(
    call: Call<PromotionsRead>,
    query: Query<ListPromotionPoliciesQuery>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let published = query.state.map(|state| state == PromotionPolicyState::Published);
            let after = paging.after()?;
            let rows: Vec<PromotionPolicy> =
                versioned::list(tx, &query.target_code, published, after, paging.fetch()).await?;
            let page = paging.finish(rows, |policy| policy.id)?;
            let items = responses(tx, page.items).await?;
            Ok(Reply::ok(&PromotionPolicyPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a promotion policy
///
/// What a position asks for, with who proposed and who published it.
#[utoipa::path(
    tag = "growth",
    params(("id" = Uuid, Path, description = "The policy.")),
    responses((status = 200, description = "The policy.", body = PromotionPolicyResponse)),
    security(("oauth2" = ["promotions:read"]))
)]
#[get("/v1/promotion-policies/{id}")]
pub async fn get_promotion_policy(call: Call<PromotionsRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let policy = versioned::get(tx, (), id).await?;
            reply(tx, policy).await
        }
        .boxed()
    })
    .await
}

/// Replace a draft of a promotion policy
///
/// For the same position. Whoever replaces it becomes its maker. 409 once it is published.
#[utoipa::path(
    tag = "growth",
    params(("id" = Uuid, Path, description = "The policy.")),
    responses((status = 200, description = "The draft.", body = PromotionPolicyResponse)),
    security(("oauth2" = ["promotions:write"]))
)]
#[put("/v1/promotion-policies/{id}")]
pub async fn replace_promotion_policy(
    call: Call<PromotionsWrite>,
    id: Path<Uuid>,
    body: Json<PromotionPolicyRequest>,
) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match()?);
    call.write(body, move |tx, request| {
        async move {
            let policy = versioned::replace(tx, id, &precondition, request.proposal()).await?;
            reply(tx, policy).await
        }
        .boxed()
    })
    .await
}

/// Delete a draft of a promotion policy
///
/// 409 once it is published.
#[utoipa::path(
    tag = "growth",
    params(("id" = Uuid, Path, description = "The policy.")),
    responses((status = 204, description = "The draft is gone.")),
    security(("oauth2" = ["promotions:write"]))
)]
#[delete("/v1/promotion-policies/{id}")]
pub async fn delete_promotion_policy(call: Call<PromotionsWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match()?);
    call.act(move |tx| {
        async move {
            versioned::delete::<PromotionCriterion>(tx, ((), id), &precondition).await?;
            Ok(Reply::no_content())
        }
        .boxed()
    })
    .await
}

/// Publish a promotion policy
///
/// By another person than its maker, unless the company allows self-approval. Checks use it from then on, if no higher version
/// is published.
#[utoipa::path(
    tag = "growth",
    params(
        ("id" = Uuid, Path, description = "The policy."),
        ("If-Match" = String, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses(
        (status = 200, description = "The published policy.", body = PromotionPolicyResponse),
        (status = 422, description = "Refused by what it stands in by now.", body = Problem,
            content_type = "application/problem+json")
    ),
    security(("oauth2" = ["promotions:write"]))
)]
#[post("/v1/promotion-policies/{id}/publish")]
pub async fn publish_promotion_policy(call: Call<PromotionsWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match()?);
    call.act(move |tx| {
        async move {
            let policy = versioned::publish(tx, ((), id), &precondition).await?;
            reply(tx, policy).await
        }
        .boxed()
    })
    .await
}
