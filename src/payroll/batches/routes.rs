//! Batches over HTTP.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    CreatePayrollBatchRequest, ExplainPayrollExclusionRequest, ListPayrollBatchesQuery, ListPayrollExclusionsQuery,
    PayrollBatchPage, PayrollBatchResponse, PayrollExclusionPage, PayrollExclusionResponse, VoidPayrollBatchRequest,
};
use super::model::{Batch, BatchState, Exclusion};
use super::{exclusions, queries, service};
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
        .service(list_payroll_exclusions)
        .service(explain_payroll_exclusion)
        .service(lock_payroll_batch)
        .service(void_payroll_batch);
}

/// Create a payroll batch
///
/// The draft of every approved and unbatched reward of a pay group and currency. There is one draft of them at a time: a second
/// is refused with `draft_batch_exists` and the first one's id as `batch_id`. People who cannot be paid, and people whose total
/// would be negative, stay out with all their rewards and are listed as exclusions; people in no pay group, where none is the
/// default, are listed in every draft. A person or the payroll system may do this.
#[utoipa::path(
    tag = "payroll",
    responses((
        status = 201, description = "The draft.", body = PayrollBatchResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/payroll-batches")]
pub async fn create_payroll_batch(
    call: Call<PayrollPrepare>,
    body: Json<CreatePayrollBatchRequest>,
) -> Result<HttpResponse> {
    call.keyed()?
        .write(body, |tx, request| {
            async move {
                let batch = service::create(tx, request.into_command()?).await?;
                let batch = respond(tx, batch).await?;
                Ok(Reply::created(format!("/v1/payroll-batches/{}", batch.id), &batch)?.etag(batch.etag))
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
    let paging = call.paging(query.limit, query.cursor.clone());
    call.read(move |tx| {
        async move {
            let filter = query.filter();
            let rows = queries::list_page(tx, filter, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |batch| batch.id)?;
            let items = respond_all(tx, page.items).await?;
            Ok(Reply::ok(&PayrollBatchPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a payroll batch
///
/// Its state and control totals.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The batch.")),
    responses((
        status = 200, description = "The batch.", body = PayrollBatchResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/payroll-batches/{id}")]
pub async fn get_payroll_batch(call: Call<PayrollExport>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let batch = service::get(tx, id).await?;
            reply(tx, batch).await
        }
        .boxed()
    })
    .await
}

/// List people left out of a payroll batch
///
/// Who stays out with all rewards, and why. Each must be explained before the batch is locked; a negative total that is carried
/// forward (结转) explains itself.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The batch."), ListPayrollExclusionsQuery),
    responses((status = 200, description = "A page of exclusions.", body = PayrollExclusionPage)),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/payroll-batches/{id}/exclusions")]
pub async fn list_payroll_exclusions(
    call: Call<PayrollExport>,
    id: Path<Uuid>,
    query: Query<ListPayrollExclusionsQuery>,
) -> Result<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let batch = service::get(tx, id).await?;
            let rows = exclusions::list_page(tx, id, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |exclusion| exclusion.employee_id)?;
            let items = respond_exclusions(tx, &batch, page.items).await?;
            Ok(Reply::ok(&PayrollExclusionPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Explain why a person is left out
///
/// Only a person may, and only while the batch is a draft. It does not pay anybody: whoever is to be paid in this very batch
/// needs the cause mended, the draft voided and made again.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The batch.")),
    responses((status = 200, description = "The exclusion with its explanation.", body = PayrollExclusionResponse)),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/payroll-batches/{id}/exclusions")]
pub async fn explain_payroll_exclusion(
    call: Call<PayrollPrepare>,
    id: Path<Uuid>,
    body: Json<ExplainPayrollExclusionRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.write(body, move |tx, request| {
        async move {
            let explained = service::explain(tx, id, request.employee_id, &request.reason).await?;
            let batch = service::get(tx, id).await?;
            let mut one = respond_exclusions(tx, &batch, vec![explained]).await?;
            Reply::ok(&one.pop().ok_or_else(|| Error::internal("an exclusion got lost"))?)
        }
        .boxed()
    })
    .await
}

/// Lock a payroll batch
///
/// Makes its lines and control totals, which never change again: payroll can pull them. A batch without a line is refused
/// (`empty_batch`), and one that leaves people out without an explanation (`unpayable_people`).
#[utoipa::path(
    tag = "payroll",
    params(
        ("id" = Uuid, Path, description = "The batch."),
        ("If-Match" = String, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses(
        (
            status = 200, description = "The locked batch.", body = PayrollBatchResponse,
            headers(("ETag" = String, description = "Its version."))
        ),
        (
            status = 422, description = "Nothing to pay, or people who cannot be paid.", body = crate::http::Problem,
            content_type = "application/problem+json"
        )
    ),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/payroll-batches/{id}/lock")]
pub async fn lock_payroll_batch(call: Call<PayrollPrepare>, id: Path<Uuid>) -> Result<HttpResponse> {
    let (id, call) = (id.into_inner(), call.keyed()?);
    let precondition = call.if_match()?;
    call.act(move |tx| {
        async move {
            let batch = service::lock(tx, id, &precondition).await?;
            reply(tx, batch).await
        }
        .boxed()
    })
    .await
}

/// Void a payroll batch
///
/// Undoes a draft, or a locked batch that nobody has acknowledged any of: its rewards go back to the pool. Its lines stay, as
/// what they are: void.
#[utoipa::path(
    tag = "payroll",
    params(
        ("id" = Uuid, Path, description = "The batch."),
        ("If-Match" = String, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "The void batch.", body = PayrollBatchResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
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
            let batch = service::void(tx, id, &request.reason, &precondition).await?;
            reply(tx, batch).await
        }
        .boxed()
    })
    .await
}

async fn reply(tx: &mut Tx<'_>, batch: Batch) -> Result<Reply> {
    let batch = respond(tx, batch).await?;
    Ok(Reply::ok(&batch)?.etag(batch.etag))
}

async fn respond(tx: &mut Tx<'_>, batch: Batch) -> Result<PayrollBatchResponse> {
    let mut one = respond_all(tx, vec![batch]).await?;
    one.pop().ok_or_else(|| Error::internal("a batch got lost"))
}

async fn respond_all(tx: &mut Tx<'_>, batches: Vec<Batch>) -> Result<Vec<PayrollBatchResponse>> {
    let drafts = batches.iter().filter(|batch| batch.state == BatchState::Draft);
    let drafts: Vec<Uuid> = drafts.map(|batch| batch.id).collect();
    let totals = if drafts.is_empty() {
        BTreeMap::new()
    } else {
        let found = queries::draft_totals(tx, &drafts).await?;
        found.into_iter().map(|totals| (totals.batch_id, totals)).collect()
    };
    batches.into_iter().map(|batch| PayrollBatchResponse::new(batch, &totals)).collect()
}

async fn respond_exclusions(
    tx: &mut Tx<'_>,
    batch: &Batch,
    exclusions: Vec<Exclusion>,
) -> Result<Vec<PayrollExclusionResponse>> {
    let currency = batch.currency.parse().map_err(Error::internal)?;
    let ids: Vec<Uuid> = exclusions.iter().map(|exclusion| exclusion.employee_id).collect();
    let people = employee_refs(tx, &ids).await?;
    let with_person = |exclusion: Exclusion| {
        let employee = people.get(exclusion.employee_id)?;
        Ok(PayrollExclusionResponse::new(exclusion, employee, currency))
    };
    exclusions.into_iter().map(with_person).collect()
}
