//! Acknowledgements over HTTP.

use actix_web::{HttpResponse, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    AcknowledgePayrollBatchRequest, AcknowledgementPage, AcknowledgementResponse, ListAcknowledgementsQuery,
};
use super::{queries, service};
use crate::auth::rights::{PayrollAcknowledge, PayrollExport};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Json, Path, Query, Reply};
use crate::payroll::batches;

pub fn routes(config: &mut ServiceConfig) {
    config.service(acknowledge_payroll_batch).service(list_acknowledgements);
}

/// Acknowledge a payroll batch
///
/// Says what became of lines of a locked batch. Idempotent per consumer and run. Control totals that differ are refused with 409
/// and both sums, as `sent` and `here`; nothing is taken then. With `final` every line of the batch must have its answer, from
/// this run or an earlier one. A rejected line's reward goes into the next batch. `If-Match` is honoured.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The batch.")),
    responses((status = 200, description = "The answer as it was taken.", body = AcknowledgementResponse)),
    security(("oauth2" = ["payroll:acknowledge"]))
)]
#[post("/v1/payroll-batches/{id}/acknowledgements")]
pub async fn acknowledge_payroll_batch(
    call: Call<PayrollAcknowledge>,
    id: Path<Uuid>,
    body: Json<AcknowledgePayrollBatchRequest>,
) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match_optional()?);
    call.write(body, move |tx, request| {
        async move {
            let row = service::acknowledge(tx, id, request, &precondition).await?;
            Reply::ok(&AcknowledgementResponse::from(row))
        }
        .boxed()
    })
    .await
}

/// List acknowledgements
///
/// What payroll has said about a batch, oldest first.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The batch."), ListAcknowledgementsQuery),
    responses((status = 200, description = "A page of acknowledgements.", body = AcknowledgementPage)),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/payroll-batches/{id}/acknowledgements")]
pub async fn list_acknowledgements(
    call: Call<PayrollExport>,
    id: Path<Uuid>,
    query: Query<ListAcknowledgementsQuery>,
) -> Result<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let found = batches::queries::find(tx.conn, tx.tenant, id).await?;
            found.ok_or_else(|| Error::not_found("payroll batch"))?;
            let rows = queries::list_page(tx.conn, tx.tenant, id, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |row| row.id)?.map(AcknowledgementResponse::from);
            let next = page.next_target;
            Ok(Reply::ok(&AcknowledgementPage { items: page.items, next_cursor: page.next_cursor })?.next_page(next))
        }
        .boxed()
    })
    .await
}
