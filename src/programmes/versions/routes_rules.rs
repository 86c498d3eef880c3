//! Scoring rules over HTTP.

use actix_web::{HttpResponse, delete, get, post, put};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{ListVersionsQuery, ScoringRulePage, ScoringRuleRequest, ScoringRuleResponse, rule_responses};
use super::model::RuleVersion;
use super::service;
use crate::auth::rights::{ProgrammesRead, ProgrammesWrite};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{ETag, Json, Path, Problem, Query, Reply};
use crate::journal::Tx;
use crate::kernel::language::Language;
use crate::programmes::documents::rule::ScoringRule;
use crate::versioned;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_scoring_rule)
        .service(list_scoring_rules)
        .service(get_scoring_rule)
        .service(replace_scoring_rule)
        .service(delete_scoring_rule)
        .service(publish_scoring_rule);
}

async fn response(tx: &mut Tx<'_>, row: RuleVersion, language: Language) -> Result<(ScoringRuleResponse, ETag)> {
    let etag = row.etag();
    let made = rule_responses(tx, vec![row], language).await?;
    let response = made.into_iter().next().ok_or_else(|| Error::internal("no answer for a version"))?;
    Ok((response, etag))
}

async fn reply(tx: &mut Tx<'_>, row: RuleVersion, language: Language) -> Result<Reply> {
    let (response, etag) = response(tx, row, language).await?;
    Ok(Reply::ok(&response)?.etag(etag).language(language))
}

/// Draft a scoring rule
///
/// Refused (422 `rule_refused`) with every fault of the document; what is questionable is answered as `warnings`.
#[utoipa::path(
    tag = "programmes",
    params(("id" = Uuid, Path, description = "The programme.")),
    responses((status = 201, description = "The draft.", body = ScoringRuleResponse)),
    security(("oauth2" = ["programmes:write"]))
)]
#[post("/v1/programmes/{id}/scoring-rules")]
pub async fn create_scoring_rule(
    call: Call<ProgrammesWrite>,
    id: Path<Uuid>,
    body: Json<ScoringRuleRequest>,
) -> Result<HttpResponse> {
    let (programme, language) = (id.into_inner(), call.context.language);
    call.write(body, move |tx, request| {
        async move {
            let row = versioned::create(tx, request.proposal(programme)).await?;
            let location = format!("/v1/programmes/{programme}/scoring-rules/{}", row.id);
            let (response, etag) = response(tx, row, language).await?;
            Ok(Reply::created(location, &response)?.etag(etag).language(language))
        }
        .boxed()
    })
    .await
}

/// List scoring rules
///
/// Latest number first. Drafts are seen by those who maintain rules, and by auditors.
#[utoipa::path(
    tag = "programmes",
    params(("id" = Uuid, Path, description = "The programme."), ListVersionsQuery),
    responses((status = 200, description = "A page of versions.", body = ScoringRulePage)),
    security(("oauth2" = ["programmes:read"]))
)]
#[get("/v1/programmes/{id}/scoring-rules")]
pub async fn list_scoring_rules(
    call: Call<ProgrammesRead>,
    id: Path<Uuid>,
    query: Query<ListVersionsQuery>,
) -> Result<HttpResponse> {
    let (programme, language) = (id.into_inner(), call.context.language);
    let query = query.into_inner();
    let published = query.published();
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let after = paging.after()?;
            let rows = service::list::<ScoringRule>(tx, programme, published, after, paging.fetch()).await?;
            let page = paging.finish(rows, |row| row.number)?;
            let items = rule_responses(tx, page.items, language).await?;
            let body = ScoringRulePage { items, next_cursor: page.next_cursor };
            Ok(Reply::ok(&body)?.language(language).next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a scoring rule
///
/// The document with who proposed and who published it.
#[utoipa::path(
    tag = "programmes",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("version_id" = Uuid, Path, description = "The version.")
    ),
    responses((status = 200, description = "The version.", body = ScoringRuleResponse)),
    security(("oauth2" = ["programmes:read"]))
)]
#[get("/v1/programmes/{id}/scoring-rules/{version_id}")]
pub async fn get_scoring_rule(call: Call<ProgrammesRead>, path: Path<(Uuid, Uuid)>) -> Result<HttpResponse> {
    let ((programme, id), language) = (path.into_inner(), call.context.language);
    call.read(move |tx| {
        async move {
            let row = versioned::get(tx, programme, id).await?;
            reply(tx, row, language).await
        }
        .boxed()
    })
    .await
}

/// Replace a draft of a scoring rule
///
/// Whoever replaces it becomes its maker. 409 once it is published.
#[utoipa::path(
    tag = "programmes",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("version_id" = Uuid, Path, description = "The version.")
    ),
    responses((status = 200, description = "The draft.", body = ScoringRuleResponse)),
    security(("oauth2" = ["programmes:write"]))
)]
#[put("/v1/programmes/{id}/scoring-rules/{version_id}")]
pub async fn replace_scoring_rule(
    call: Call<ProgrammesWrite>,
    path: Path<(Uuid, Uuid)>,
    body: Json<ScoringRuleRequest>,
) -> Result<HttpResponse> {
    let precondition = call.if_match()?;
    let ((programme, id), language) = (path.into_inner(), call.context.language);
    call.write(body, move |tx, request| {
        async move {
            let row = versioned::replace(tx, id, &precondition, request.proposal(programme)).await?;
            reply(tx, row, language).await
        }
        .boxed()
    })
    .await
}

/// Delete a draft of a scoring rule
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
#[delete("/v1/programmes/{id}/scoring-rules/{version_id}")]
pub async fn delete_scoring_rule(call: Call<ProgrammesWrite>, path: Path<(Uuid, Uuid)>) -> Result<HttpResponse> {
    let (path, precondition) = (path.into_inner(), call.if_match()?);
    call.act(move |tx| {
        async move {
            versioned::delete::<ScoringRule>(tx, path, &precondition).await?;
            Ok(Reply::no_content())
        }
        .boxed()
    })
    .await
}

/// Publish a scoring rule
///
/// By another person than its maker, unless the company allows self-approval. It never changes from then on. A
/// programme's first version may start in the current period, a later one in the next one at the earliest, and none
/// in a closed one.
#[utoipa::path(
    tag = "programmes",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("version_id" = Uuid, Path, description = "The version."),
        ("If-Match" = String, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses(
        (status = 200, description = "The published version.", body = ScoringRuleResponse),
        (status = 422, description = "Refused by what it stands in by now.", body = Problem,
            content_type = "application/problem+json")
    ),
    security(("oauth2" = ["programmes:write"]))
)]
#[post("/v1/programmes/{id}/scoring-rules/{version_id}/publish")]
pub async fn publish_scoring_rule(call: Call<ProgrammesWrite>, path: Path<(Uuid, Uuid)>) -> Result<HttpResponse> {
    let precondition = call.if_match()?;
    let (path, language) = (path.into_inner(), call.context.language);
    call.act(move |tx| {
        async move {
            let row = versioned::publish(tx, path, &precondition).await?;
            reply(tx, row, language).await
        }
        .boxed()
    })
    .await
}
