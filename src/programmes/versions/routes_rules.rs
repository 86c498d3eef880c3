//! Scoring rules over HTTP.

use uuid::Uuid;

use super::dto::{ListVersionsQuery, ScoringRulePage, ScoringRuleRequest, ScoringRuleResponse, rule_responses};
use super::model::RuleVersion;
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
use crate::programmes::documents::rule::ScoringRule;
use crate::versioned;

operations! {
    create_scoring_rule, list_scoring_rules, get_scoring_rule, replace_scoring_rule, delete_scoring_rule,
    publish_scoring_rule
}

async fn response(tx: &mut Tx<'_>, row: RuleVersion, language: Language) -> Result<ScoringRuleResponse> {
    let made = rule_responses(tx, vec![row], language).await?;
    made.into_iter().next().ok_or_else(|| Error::internal("no answer for a version"))
}

async fn reply(tx: &mut Tx<'_>, row: RuleVersion, language: Language) -> Result<Reply> {
    Ok(Reply::ok(&response(tx, row, language).await?)?.language(language))
}

/// Draft a scoring rule
///
/// A document with faults is refused (422 `rule_refused`), and every fault is listed. Questionable settings, and what publication
/// would refuse as things are now, are returned as `warnings`. Whose members are scored is in the rule as well (`groups`): a draft that names no groups takes those of the programme.
#[utoipa::path(
    post, path = "/v1/programmes/{id}/scoring-rules",
    responses((status = 201, body = ScoringRuleResponse, headers(("Content-Language")))),
    extensions(("x-refuses" = json!([RuleRefused])))
)]
async fn create_scoring_rule(
    call: Call<ProgrammesWrite>,
    Path(programme): Path<Uuid>,
    body: Json<ScoringRuleRequest>,
) -> Answer {
    let language = call.context.language;
    answer!(call.write(body), |tx, request| {
        let row = versioned::create(tx, request.proposal(programme)).await?;
        let location = format!("/v1/programmes/{programme}/scoring-rules/{}", row.id);
        Ok(Reply::created(location, &response(tx, row, language).await?)?.language(language))
    })
}

/// List scoring rules
///
/// Highest version number first. Drafts are visible only to people who maintain rules, and to auditors.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/scoring-rules",
    responses((status = 200, body = ScoringRulePage, headers(("Content-Language"))))
)]
async fn list_scoring_rules(
    call: Call<ProgrammesRead>,
    Path(programme): Path<Uuid>,
    query: Paged<ListVersionsQuery>,
) -> Answer {
    let language = call.context.language;
    answer!(call.list(query), |tx, query, paging| {
        let (published, after) = (query.published(), paging.after()?);
        let rows = service::list::<ScoringRule>(tx, programme, published, after, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |row| row.number)?;
        Ok(Reply::page(rule_responses(tx, rows, language).await?, next)?.language(language))
    })
}

/// Get a scoring rule
///
/// The document, with who proposed it and who published it.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/scoring-rules/{version_id}",
    responses((status = 200, body = ScoringRuleResponse, headers(("Content-Language"))))
)]
async fn get_scoring_rule(call: Call<ProgrammesRead>, Path((programme, id)): Path<(Uuid, Uuid)>) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| {
        let row = versioned::get(tx, programme, id).await?;
        reply(tx, row, language).await
    })
}

/// Replace a draft of a scoring rule
///
/// Whoever replaces the draft becomes its maker. Refused (409) once it is published.
#[utoipa::path(
    put, path = "/v1/programmes/{id}/scoring-rules/{version_id}",
    responses((status = 200, body = ScoringRuleResponse, headers(("Content-Language")))),
    extensions(("x-refuses" = json!([StateConflict, RuleRefused])))
)]
async fn replace_scoring_rule(
    call: Call<ProgrammesWrite>,
    Path((programme, id)): Path<(Uuid, Uuid)>,
    body: Json<ScoringRuleRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    let language = call.context.language;
    answer!(call.write(body), |tx, request| {
        let row = versioned::replace(tx, id, &precondition, request.proposal(programme)).await?;
        reply(tx, row, language).await
    })
}

/// Delete a draft of a scoring rule
///
/// Refused (409) once it is published.
#[utoipa::path(
    delete, path = "/v1/programmes/{id}/scoring-rules/{version_id}", responses((status = 204)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn delete_scoring_rule(call: Call<ProgrammesWrite>, Path(path): Path<(Uuid, Uuid)>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        versioned::delete::<ScoringRule>(tx, path, &precondition).await?;
        Ok(Reply::no_content())
    })
}

/// Publish a scoring rule
///
/// By a person other than its maker, unless the company allows self-approval. A published rule never changes. The first version
/// of a programme may start in the current period, a later version in the next period at the earliest, and no version in a closed
/// period. Gates and steps that no value reaches, and feedback items that are not on the form, are refused (`rule_refused`). So is a
/// rule that lacks a grade or an item of the form that published reward policies need while it serves (`policy_needs_grade`,
/// `policy_needs_item`). Where a period of the programme is closed, there must be a what-if of this draft as it stands
/// (`create_what_if`).
#[utoipa::path(
    post, path = "/v1/programmes/{id}/scoring-rules/{version_id}/publish", params(RequiredIfMatch),
    responses((status = 200, body = ScoringRuleResponse, headers(("Content-Language")))),
    extensions(("x-refuses" = json!([
        PersonRequired, SelfApproval, StateConflict, AlreadyExists, StartsTooEarly, RuleRefused, WhatIfMissing,
        WhatIfOfAnotherDraft
    ])))
)]
async fn publish_scoring_rule(call: Call<ProgrammesWrite>, Path(path): Path<(Uuid, Uuid)>) -> Answer {
    let precondition = call.if_match()?;
    let language = call.context.language;
    answer!(call.act(), |tx| {
        let row = versioned::publish(tx, path, &precondition).await?;
        reply(tx, row, language).await
    })
}
