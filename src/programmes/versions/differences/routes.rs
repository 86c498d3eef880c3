//! Differences over HTTP.

use uuid::Uuid;

use super::dto::{CompareVersionsQuery, VersionDifferencesResponse};
use super::service::differences;
use crate::auth::rights::ProgrammesRead;
use crate::call::{Answer, Call, answer};
use crate::http::{Path, Query, Reply, operations};
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;

operations! { compare_scoring_rule, compare_reward_policy_set }

/// Compare two scoring rules
///
/// What a version changes against the one that is in force until it starts, or against another one, in words (`Accept-Language`).
/// What only moved to another place of a list is no difference. Drafts are visible as elsewhere.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/scoring-rules/{version_id}/differences", params(CompareVersionsQuery),
    responses((status = 200, body = VersionDifferencesResponse, headers(("Content-Language"), ("ETag"))))
)]
async fn compare_scoring_rule(
    call: Call<ProgrammesRead>,
    Path(of): Path<(Uuid, Uuid)>,
    Query(query): Query<CompareVersionsQuery>,
) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| {
        let found = differences::<ScoringRule>(tx, of, query.with, language).await?;
        Ok(Reply::projection(&found)?.language(language))
    })
}

/// Compare two versions of reward policies
///
/// What a version changes against the one that is in force until it starts, or against another one, in words (`Accept-Language`).
/// Drafts are visible as elsewhere.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/reward-policies/{version_id}/differences", params(CompareVersionsQuery),
    responses((status = 200, body = VersionDifferencesResponse, headers(("Content-Language"), ("ETag"))))
)]
async fn compare_reward_policy_set(
    call: Call<ProgrammesRead>,
    Path(of): Path<(Uuid, Uuid)>,
    Query(query): Query<CompareVersionsQuery>,
) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| {
        let found = differences::<RewardPolicySet>(tx, of, query.with, language).await?;
        Ok(Reply::projection(&found)?.language(language))
    })
}
