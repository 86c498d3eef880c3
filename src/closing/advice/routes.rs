//! Advice over HTTP.

use uuid::Uuid;

use super::dto::{AdviceFindingPage, AdviceFindingResponse, AdviceSettings, DismissAdviceRequest, ListAdviceQuery};
use super::service;
use crate::auth::rights::{ProgrammesRead, ProgrammesWrite};
use crate::call::{Answer, Call, answer};
use crate::closing::what_if::{self, WhatIfResponse};
use crate::error::Code::{RuleRefused, StateConflict};
use crate::http::{IF_MATCH, IfMatch, Json, Paged, Path, Reply, operations};
use crate::jobs::JobResponse;

operations! {
    list_advice, get_advice_finding, review_advice, dismiss_advice_finding, draft_advice_finding, get_advice_settings,
    put_advice_settings
}

/// List advice
///
/// What the last closed periods say about the rule and the policies of a programme, each with its figures and, where there is one, a
/// proposed document. Oldest first. Like drafts, visible only to people who maintain rules, and to auditors.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/advice",
    responses((status = 200, body = AdviceFindingPage, headers(("Content-Language"))))
)]
async fn list_advice(call: Call<ProgrammesRead>, Path(programme): Path<Uuid>, query: Paged<ListAdviceQuery>) -> Answer {
    let language = call.context.language;
    answer!(call.list(query), |tx, query, paging| {
        let (items, next) = service::list(tx, programme, query.state, &paging, language).await?;
        Ok(Reply::page(items, next)?.language(language))
    })
}

/// Get a finding
///
/// One finding with its evidence and what it proposes.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/advice/{finding_id}",
    responses((status = 200, body = AdviceFindingResponse, headers(("Content-Language"))))
)]
async fn get_advice_finding(call: Call<ProgrammesRead>, Path(of): Path<(Uuid, Uuid)>) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| Ok(Reply::ok(&service::get(tx, of, language).await?)?.language(language)))
}

/// Review the rule and the policies
///
/// Looks through the last closed periods now, as every close does: a metric that most reach, one that hardly anybody reaches, one that
/// no longer tells lecturers apart, a weight that makes no difference, an item of the form that is low for most, a gate that
/// never or always bites, a contest with too few contenders, a budget that is always or never used up. What is no longer found goes.
/// The work is a job.
#[utoipa::path(
    post, path = "/v1/programmes/{id}/advice-reviews", responses((status = 202, body = JobResponse))
)]
async fn review_advice(call: Call<ProgrammesWrite>, Path(programme): Path<Uuid>) -> Answer {
    answer!(call.act(), |tx| {
        let job = service::order_review(tx, programme).await?;
        Reply::accepted(format!("/v1/jobs/{}", job.id), &JobResponse::new(job))
    })
}

/// Dismiss a finding
///
/// It stays quiet from then on, at later closes too.
#[utoipa::path(
    post, path = "/v1/programmes/{id}/advice/{finding_id}/dismiss", params(IfMatch),
    responses((status = 200, body = AdviceFindingResponse, headers(("Content-Language")))),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn dismiss_advice_finding(
    call: Call<ProgrammesWrite>,
    Path(of): Path<(Uuid, Uuid)>,
    body: Json<DismissAdviceRequest>,
) -> Answer {
    let (precondition, language) = (call.if_match()?, call.context.language);
    answer!(call.write(body), |tx, request| {
        let found = service::dismiss(tx, of, &request.reason, &precondition, language).await?;
        Ok(Reply::ok(&found)?.language(language))
    })
}

/// Draft what a finding proposes
///
/// Makes a draft of the proposed rule or policies, starting with the next period, and tries it on the last closed periods: the answer is
/// the what-if. Refused (409) if the finding proposes nothing, or was dismissed.
#[utoipa::path(
    post, path = "/v1/programmes/{id}/advice/{finding_id}/draft", params(IfMatch),
    responses((status = 202, body = WhatIfResponse)),
    extensions(("x-refuses" = json!([StateConflict, RuleRefused])))
)]
async fn draft_advice_finding(call: Call<ProgrammesWrite>, Path(of): Path<(Uuid, Uuid)>) -> Answer {
    let ((programme, _), precondition) = (of, call.if_match()?);
    answer!(call.act(), |tx| {
        let row = service::draft(tx, of, &precondition).await?;
        let location = format!("/v1/programmes/{programme}/what-ifs/{}", row.id);
        Reply::accepted(location, &what_if::response(tx, row).await?)
    })
}

/// Get the thresholds of advice
///
/// By what thresholds the programme is advised; the usual ones if nobody has set any.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/advice-settings",
    responses((status = 200, body = AdviceSettings, headers(("ETag"))))
)]
async fn get_advice_settings(call: Call<ProgrammesRead>, Path(programme): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::projection(&service::settings(tx, programme).await?))
}

/// Set the thresholds of advice
///
/// What is left out gets its usual value. They hold from the next review on.
#[utoipa::path(
    put, path = "/v1/programmes/{id}/advice-settings",
    responses((status = 200, body = AdviceSettings, headers(("ETag")))),
    extensions(("x-without" = json!([IF_MATCH])))
)]
async fn put_advice_settings(
    call: Call<ProgrammesWrite>,
    Path(programme): Path<Uuid>,
    body: Json<AdviceSettings>,
) -> Answer {
    answer!(call.write(body), |tx, settings| {
        let set = service::set_settings(tx, programme, settings).await?;
        Reply::projection(&set)
    })
}
