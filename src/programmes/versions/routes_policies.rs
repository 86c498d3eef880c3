//! Reward policies over HTTP.

use uuid::Uuid;

use super::dto::{
    ListVersionsQuery, RewardPoliciesPage, RewardPoliciesRequest, RewardPoliciesResponse, policies_responses,
};
use super::model::PolicyVersion;
use super::service;
use crate::auth::rights::{ProgrammesRead, ProgrammesWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{
    AlreadyExists, PersonRequired, RuleRefused, SelfApproval, StartsTooEarly, StateConflict, WhatIfMissing,
    WhatIfOfAnotherDraft,
};
use crate::error::{Error, Result};
use crate::http::{Json, Paged, Path, Reply, RequiredIfMatch, operations};
use crate::journal::Tx;
use crate::kernel::language::Language;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::versioned;

operations! {
    create_reward_policy_set, list_reward_policy_sets, get_reward_policy_set, replace_reward_policy_set,
    delete_reward_policy_set, publish_reward_policy_set
}

async fn response(tx: &mut Tx<'_>, row: PolicyVersion, language: Language) -> Result<RewardPoliciesResponse> {
    let made = policies_responses(tx, vec![row], language).await?;
    made.into_iter().next().ok_or_else(|| Error::internal("no answer for a version"))
}

async fn reply(tx: &mut Tx<'_>, row: PolicyVersion, language: Language) -> Result<Reply> {
    Ok(Reply::ok(&response(tx, row, language).await?)?.language(language))
}

/// Draft reward policies
///
/// All policies of a programme are one versioned document. A document with faults is refused (422 `rule_refused`), and every
/// fault is listed. Grades that the scoring rule of that period does not define are faults too. What publication would refuse as
/// things are now, such as a pay item that is not defined yet, is returned in `warnings`.
#[utoipa::path(
    post, path = "/v1/programmes/{id}/reward-policies",
    responses((status = 201, body = RewardPoliciesResponse, headers(("Content-Language")))),
    extensions(("x-refuses" = json!([RuleRefused])))
)]
async fn create_reward_policy_set(
    call: Call<ProgrammesWrite>,
    Path(programme): Path<Uuid>,
    body: Json<RewardPoliciesRequest>,
) -> Answer {
    let language = call.context.language;
    answer!(call.write(body), |tx, request| {
        let row = versioned::create(tx, request.proposal(programme)).await?;
        let location = format!("/v1/programmes/{programme}/reward-policies/{}", row.id);
        Ok(Reply::created(location, &response(tx, row, language).await?)?.language(language))
    })
}

/// List versions of reward policies
///
/// Highest version number first. Drafts are visible only to people who maintain rules, and to auditors.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/reward-policies",
    responses((status = 200, body = RewardPoliciesPage, headers(("Content-Language"))))
)]
async fn list_reward_policy_sets(
    call: Call<ProgrammesRead>,
    Path(programme): Path<Uuid>,
    query: Paged<ListVersionsQuery>,
) -> Answer {
    let language = call.context.language;
    answer!(call.list(query), |tx, query, paging| {
        let (published, after) = (query.published(), paging.after()?);
        let rows = service::list::<RewardPolicySet>(tx, programme, published, after, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |row| row.number)?;
        Ok(Reply::page(policies_responses(tx, rows, language).await?, next)?.language(language))
    })
}

/// Get a version of reward policies
///
/// The document, with who proposed it and who published it.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/reward-policies/{version_id}",
    responses((status = 200, body = RewardPoliciesResponse, headers(("Content-Language"))))
)]
async fn get_reward_policy_set(call: Call<ProgrammesRead>, Path((programme, id)): Path<(Uuid, Uuid)>) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| {
        let row = versioned::get(tx, programme, id).await?;
        reply(tx, row, language).await
    })
}

/// Replace a draft of reward policies
///
/// Whoever replaces the draft becomes its maker. Refused (409) once it is published.
#[utoipa::path(
    put, path = "/v1/programmes/{id}/reward-policies/{version_id}",
    responses((status = 200, body = RewardPoliciesResponse, headers(("Content-Language")))),
    extensions(("x-refuses" = json!([StateConflict, RuleRefused])))
)]
async fn replace_reward_policy_set(
    call: Call<ProgrammesWrite>,
    Path((programme, id)): Path<(Uuid, Uuid)>,
    body: Json<RewardPoliciesRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    let language = call.context.language;
    answer!(call.write(body), |tx, request| {
        let row = versioned::replace(tx, id, &precondition, request.proposal(programme)).await?;
        reply(tx, row, language).await
    })
}

/// Delete a draft of reward policies
///
/// Refused (409) once it is published.
#[utoipa::path(
    delete, path = "/v1/programmes/{id}/reward-policies/{version_id}", responses((status = 204)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn delete_reward_policy_set(call: Call<ProgrammesWrite>, Path(path): Path<(Uuid, Uuid)>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        versioned::delete::<RewardPolicySet>(tx, path, &precondition).await?;
        Ok(Reply::no_content())
    })
}

/// Publish reward policies
///
/// By a person other than their maker, unless the company allows self-approval. Published policies never change. The period needs
/// a published scoring rule. The first version of a programme may start in the current period, a later version in the next period
/// at the earliest, and no version in a closed period. What nobody could win or payroll could not pay is refused (`rule_refused`): a
/// minimum that no value reaches, a pay item that is not defined. Where a period of the programme is closed, there must be a what-if of
/// this draft as it stands (`create_what_if`).
#[utoipa::path(
    post, path = "/v1/programmes/{id}/reward-policies/{version_id}/publish", params(RequiredIfMatch),
    responses((status = 200, body = RewardPoliciesResponse, headers(("Content-Language")))),
    extensions(("x-refuses" = json!([
        PersonRequired, SelfApproval, StateConflict, AlreadyExists, StartsTooEarly, RuleRefused, WhatIfMissing,
        WhatIfOfAnotherDraft
    ])))
)]
async fn publish_reward_policy_set(call: Call<ProgrammesWrite>, Path(path): Path<(Uuid, Uuid)>) -> Answer {
    let precondition = call.if_match()?;
    let language = call.context.language;
    answer!(call.act(), |tx| {
        let row = versioned::publish(tx, path, &precondition).await?;
        reply(tx, row, language).await
    })
}
