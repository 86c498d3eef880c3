//! Batches over HTTP.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    CreatePayrollBatchRequest, ExplainExclusionRequest, ListPayrollBatchesQuery, PayrollBatchPage,
    PayrollBatchResponse, PayrollExclusionResponse, VoidPayrollBatchRequest,
};
use super::model::{Batch, ClaimTotals};
use super::{queries, service};
use crate::auth::rights::{PayrollExport, PayrollPrepare};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Json, Path, Query, Reply};
use crate::journal::Tx;
use crate::people::employee_refs;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_payroll_batch)
        .service(list_payroll_batches)
        .service(get_payroll_batch)
        .service(lock_payroll_batch)
        .service(void_payroll_batch)
        .service(explain_payroll_exclusion);
}

/// The batch with what it comes to and who stays out.
async fn render(tx: &mut Tx<'_>, row: Batch) -> Result<PayrollBatchResponse> {
    let claimed = queries::claim_totals(tx.conn, tx.tenant, &[row.id]).await?;
    let out = queries::list_exclusions(tx.conn, tx.tenant, row.id).await?;
    let people: Vec<Uuid> = out.iter().map(|out| out.employee_id).collect();
    let employees = employee_refs(tx.conn, tx.tenant, &people).await?;
    let mut response = PayrollBatchResponse::new(row, claimed.first())?;
    let currency = response.currency;
    let exclusions = out.into_iter().map(|out| PayrollExclusionResponse::new(out, currency, &employees));
    response.exclusions = Some(exclusions.collect::<Result<_>>()?);
    Ok(response)
}

async fn reply(tx: &mut Tx<'_>, row: Batch) -> Result<Reply> {
    let response = render(tx, row).await?;
    Ok(Reply::ok(&response)?.etag(response.etag))
}

/// Create a payroll batch
///
/// Drafts a batch of every approved reward of the pay group's people that is in no batch. There is one draft per pay group and
/// currency: a second one answers 409 with the first one's id as `batch_id`. People who cannot be paid are listed.
#[utoipa::path(
    tag = "payroll",
    responses((status = 201, description = "The draft.", body = PayrollBatchResponse)),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/payroll-batches")]
pub async fn create_payroll_batch(
    call: Call<PayrollPrepare>,
    body: Json<CreatePayrollBatchRequest>,
) -> Result<HttpResponse> {
    call.keyed()?
        .write(body, move |tx, request| {
            async move {
                let row = service::draft(tx, request.into()).await?;
                let location = format!("/v1/payroll-batches/{}", row.id);
                let response = render(tx, row).await?;
                Ok(Reply::created(location, &response)?.etag(response.etag))
            }
            .boxed()
        })
        .await
}

/// List payroll batches
///
/// Newest first.
#[utoipa::path(
    tag = "payroll",
    params(ListPayrollBatchesQuery),
    responses((status = 200, description = "A page of batches.", body = PayrollBatchPage)),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/payroll-batches")]
pub async fn list_payroll_batches(
    call: Call<PayrollExport>,
    query: Query<ListPayrollBatchesQuery>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    let (state, group) = (query.state, query.pay_group_id);
    call.read(move |tx| {
        async move {
            let rows = queries::list_page(tx.conn, tx.tenant, state, group, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |row| row.id)?;
            let ids: Vec<Uuid> = page.items.iter().map(|row| row.id).collect();
            let claimed = queries::claim_totals(tx.conn, tx.tenant, &ids).await?;
            let claimed: BTreeMap<Uuid, ClaimTotals> = claimed.into_iter().map(|row| (row.batch_id, row)).collect();
            let items = page.items.into_iter().map(|row| {
                let own = claimed.get(&row.id);
                PayrollBatchResponse::new(row, own)
            });
            let items = items.collect::<Result<_>>()?;
            Ok(Reply::ok(&PayrollBatchPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a payroll batch
///
/// With its control totals and the people who stay out of it.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The batch.")),
    responses((status = 200, description = "The batch.", body = PayrollBatchResponse)),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/payroll-batches/{id}")]
pub async fn get_payroll_batch(call: Call<PayrollExport>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let found = queries::find(tx.conn, tx.tenant, id).await?;
            reply(tx, found.ok_or_else(|| Error::not_found("payroll batch"))?).await
        }
        .boxed()
    })
    .await
}

/// Lock a payroll batch
///
/// Makes its lines and control totals, for good. Refused while it is empty, and while somebody who cannot be paid stays out
/// without an explanation.
#[utoipa::path(
    tag = "payroll",
    params(
        ("id" = Uuid, Path, description = "The batch."),
        ("If-Match" = String, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses(
        (status = 200, description = "The locked batch.", body = PayrollBatchResponse),
        (status = 422, description = "The batch is empty, or there are people who cannot be paid.", body = crate::http::Problem, content_type = "application/problem+json")
    ),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/payroll-batches/{id}/lock")]
pub async fn lock_payroll_batch(call: Call<PayrollPrepare>, id: Path<Uuid>) -> Result<HttpResponse> {
    let (id, call) = (id.into_inner(), call.keyed()?);
    let precondition = call.if_match()?;
    call.act(move |tx| {
        async move {
            let row = service::lock(tx, id, &precondition).await?;
            reply(tx, row).await
        }
        .boxed()
    })
    .await
}

/// Void a payroll batch
///
/// Undoes a batch that payroll has said nothing about: its entries go back to the pool.
#[utoipa::path(
    tag = "payroll",
    params(
        ("id" = Uuid, Path, description = "The batch."),
        ("If-Match" = String, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((status = 200, description = "The void batch.", body = PayrollBatchResponse)),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/payroll-batches/{id}/void")]
pub async fn void_payroll_batch(
    call: Call<PayrollPrepare>,
    id: Path<Uuid>,
    body: Json<VoidPayrollBatchRequest>,
) -> Result<HttpResponse> {
    let (id, call) = (id.into_inner(), call.keyed()?);
    let precondition = call.if_match()?;
    call.write(body, move |tx, request| {
        async move {
            let row = service::void(tx, id, request.reason, &precondition).await?;
            reply(tx, row).await
        }
        .boxed()
    })
    .await
}

/// Explain who stays out of a payroll batch
///
/// A person says what is being done about somebody who cannot be paid. Naming somebody who is in the draft takes all of that
/// person's entries out of it. `If-Match` is honoured.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The batch.")),
    responses((status = 200, description = "The batch.", body = PayrollBatchResponse)),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/payroll-batches/{id}/exclusions")]
pub async fn explain_payroll_exclusion(
    call: Call<PayrollPrepare>,
    id: Path<Uuid>,
    body: Json<ExplainExclusionRequest>,
) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match_optional()?);
    call.write(body, move |tx, request| {
        async move {
            let row = service::explain(tx, id, request.employee_id, request.explanation, &precondition).await?;
            reply(tx, row).await
        }
        .boxed()
    })
    .await
}
