//! Acknowledgements over HTTP.

use actix_web::{HttpResponse, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    CreatePayrollAcknowledgementRequest, ListPayrollAcknowledgementsQuery, PayrollAcknowledgementPage,
    PayrollAcknowledgementResponse,
};
use super::model::Acknowledgement;
use super::queries;
use super::service::{Taken, acknowledge};
use crate::auth::rights::{PayrollAcknowledge, PayrollExport};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Json, Path, Query, Reply};
use crate::journal::Tx;
use crate::kernel::money::Currency;
use crate::payroll::batches;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_payroll_acknowledgement)
        .service(list_payroll_acknowledgements)
        .service(get_payroll_acknowledgement);
}

/// Acknowledge a payroll batch
///
/// What became of its lines: accepted, rejected with a reason, or paid with a reference. An accepted line may be paid or
/// rejected later; paid and rejected are final. The reward of a rejected line goes back to the pool, and its next line names
/// this one as `previous_line_id`. The same run again gets the same answer (200), with other content
/// `run_already_acknowledged`. Totals that are not those here are refused with `control_totals_differ`, and both in `sent` and
/// `here`.
#[utoipa::path(
    tag = "payroll",
    params(
        ("id" = Uuid, Path, description = "The batch."),
        ("If-Match" = Option<String>, Header, description = "The batch's ETag that was read, if it must not have changed.")
    ),
    responses(
        (
            status = 201, description = "It was taken.", body = PayrollAcknowledgementResponse,
            headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
        ),
        (
            status = 200, description = "This run said the same before.", body = PayrollAcknowledgementResponse,
            headers(("ETag" = String, description = "Its version."))
        ),
        (
            status = 412, description = "The batch has changed since it was read.", body = crate::http::Problem,
            content_type = "application/problem+json"
        )
    ),
    security(("oauth2" = ["payroll:acknowledge"]))
)]
#[post("/v1/payroll-batches/{id}/acknowledgements")]
pub async fn create_payroll_acknowledgement(
    call: Call<PayrollAcknowledge>,
    id: Path<Uuid>,
    body: Json<CreatePayrollAcknowledgementRequest>,
) -> Result<HttpResponse> {
    let (id, call) = (id.into_inner(), call.keyed()?);
    let precondition = call.if_match_optional()?;
    call.write(body, move |tx, request| {
        async move {
            match acknowledge(tx, id, request.into_command()?, &precondition).await? {
                Taken::New(row) => {
                    let answer = respond(tx, row).await?;
                    let location = format!("/v1/payroll-batches/{id}/acknowledgements/{}", answer.id);
                    Ok(Reply::created(location, &answer)?.etag(answer.etag))
                }
                Taken::Known(row) => {
                    let answer = respond(tx, row).await?;
                    Ok(Reply::ok(&answer)?.etag(answer.etag))
                }
            }
        }
        .boxed()
    })
    .await
}

/// List acknowledgements of a payroll batch
///
/// In the order of their coming, without their lines.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The batch."), ListPayrollAcknowledgementsQuery),
    responses((status = 200, description = "A page of acknowledgements.", body = PayrollAcknowledgementPage)),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/payroll-batches/{id}/acknowledgements")]
pub async fn list_payroll_acknowledgements(
    call: Call<PayrollExport>,
    id: Path<Uuid>,
    query: Query<ListPayrollAcknowledgementsQuery>,
) -> Result<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let currency = currency(tx, id).await?;
            let rows = queries::list_page(tx, id, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |row| row.id)?;
            let page = page.map(|row| PayrollAcknowledgementResponse::new(row, currency, None));
            let next = page.next_target;
            let body = PayrollAcknowledgementPage { items: page.items, next_cursor: page.next_cursor };
            Ok(Reply::ok(&body)?.next_page(next))
        }
        .boxed()
    })
    .await
}

/// Get an acknowledgement of a payroll batch
///
/// What one payroll run said, line by line.
#[utoipa::path(
    tag = "payroll",
    params(
        ("id" = Uuid, Path, description = "The batch."),
        ("acknowledgement_id" = Uuid, Path, description = "The acknowledgement.")
    ),
    responses((
        status = 200, description = "The acknowledgement.", body = PayrollAcknowledgementResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/payroll-batches/{id}/acknowledgements/{acknowledgement_id}")]
pub async fn get_payroll_acknowledgement(call: Call<PayrollExport>, ids: Path<(Uuid, Uuid)>) -> Result<HttpResponse> {
    let (id, acknowledgement) = ids.into_inner();
    call.read(move |tx| {
        async move {
            let row = queries::find(tx, id, acknowledgement).await?;
            let answer = respond(tx, row.ok_or_else(|| Error::not_found("acknowledgement"))?).await?;
            Ok(Reply::ok(&answer)?.etag(answer.etag))
        }
        .boxed()
    })
    .await
}

async fn respond(tx: &mut Tx<'_>, row: Acknowledgement) -> Result<PayrollAcknowledgementResponse> {
    let currency = currency(tx, row.batch_id).await?;
    let answers = queries::answers_of(tx, &[row.id]).await?;
    Ok(PayrollAcknowledgementResponse::new(row, currency, Some(answers)))
}

async fn currency(tx: &mut Tx<'_>, batch: Uuid) -> Result<Currency> {
    let batch = batches::find(tx, batch).await?;
    batch.ok_or_else(|| Error::not_found("payroll batch"))?.currency.parse().map_err(Error::internal)
}
