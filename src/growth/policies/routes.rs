//! Promotion policies over HTTP.

use uuid::Uuid;

use super::dto::{
    ListPromotionPoliciesQuery, PromotionPolicyPage, PromotionPolicyRequest, PromotionPolicyResponse,
    PromotionPolicyState, responses,
};
use super::model::PromotionPolicy;
use crate::auth::rights::{PromotionsRead, PromotionsWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{PersonRequired, RuleRefused, SelfApproval, StateConflict};
use crate::error::{Error, Result};
use crate::growth::criteria::PromotionCriterion;
use crate::http::{Json, Paged, Path, Reply, RequiredIfMatch, operations};
use crate::journal::Tx;
use crate::versioned;

operations! {
    create_promotion_policy, list_promotion_policies, get_promotion_policy, replace_promotion_policy,
    delete_promotion_policy, publish_promotion_policy
}

async fn response(tx: &mut Tx<'_>, policy: PromotionPolicy) -> Result<PromotionPolicyResponse> {
    let made = responses(tx, vec![policy]).await?;
    made.into_iter().next().ok_or_else(|| Error::internal("no answer for a policy"))
}

async fn reply(tx: &mut Tx<'_>, policy: PromotionPolicy) -> Result<Reply> {
    Reply::ok(&response(tx, policy).await?)
}

/// Draft a promotion policy
///
/// A policy with faults is refused (422 `rule_refused`), and every fault is listed.
#[utoipa::path(
    post, path = "/v1/promotion-policies", responses((status = 201, body = PromotionPolicyResponse)),
    extensions(("x-refuses" = json!([RuleRefused])))
)]
async fn create_promotion_policy(call: Call<PromotionsWrite>, body: Json<PromotionPolicyRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let policy = versioned::create(tx, request.proposal()).await?;
        let location = format!("/v1/promotion-policies/{}", policy.id);
        Reply::created(location, &response(tx, policy).await?)
    })
}

/// List promotion policies
///
/// Newest first. Drafts are visible only to people who maintain promotion policies, and to auditors.
#[utoipa::path(get, path = "/v1/promotion-policies", responses((status = 200, body = PromotionPolicyPage)))]
async fn list_promotion_policies(call: Call<PromotionsRead>, query: Paged<ListPromotionPoliciesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let published = query.state.map(|state| state == PromotionPolicyState::Published);
        let after = paging.after()?;
        let rows: Vec<PromotionPolicy> =
            versioned::list(tx, &query.target_code, published, after, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |policy| policy.id)?;
        Reply::page(responses(tx, rows).await?, next)
    })
}

/// Get a promotion policy
///
/// What a position requires, with who proposed the policy and who published it.
#[utoipa::path(get, path = "/v1/promotion-policies/{id}", responses((status = 200, body = PromotionPolicyResponse)))]
async fn get_promotion_policy(call: Call<PromotionsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let policy = versioned::get(tx, (), id).await?;
        reply(tx, policy).await
    })
}

/// Replace a draft of a promotion policy
///
/// The position must stay the same. Whoever replaces the draft becomes its maker. Refused (409) once it is published.
#[utoipa::path(
    put, path = "/v1/promotion-policies/{id}", responses((status = 200, body = PromotionPolicyResponse)),
    extensions(("x-refuses" = json!([StateConflict, RuleRefused])))
)]
async fn replace_promotion_policy(
    call: Call<PromotionsWrite>,
    Path(id): Path<Uuid>,
    body: Json<PromotionPolicyRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let policy = versioned::replace(tx, id, &precondition, request.proposal()).await?;
        reply(tx, policy).await
    })
}

/// Delete a draft of a promotion policy
///
/// Refused (409) once it is published.
#[utoipa::path(
    delete, path = "/v1/promotion-policies/{id}", responses((status = 204)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn delete_promotion_policy(call: Call<PromotionsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        versioned::delete::<PromotionCriterion>(tx, ((), id), &precondition).await?;
        Ok(Reply::no_content())
    })
}

/// Publish a promotion policy
///
/// By a person other than its maker, unless the company allows self-approval. Checks use it from then on, unless a higher version
/// is published.
#[utoipa::path(
    post, path = "/v1/promotion-policies/{id}/publish", params(RequiredIfMatch),
    responses((status = 200, body = PromotionPolicyResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict, RuleRefused])))
)]
async fn publish_promotion_policy(call: Call<PromotionsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let policy = versioned::publish(tx, ((), id), &precondition).await?;
        reply(tx, policy).await
    })
}
