//! Payroll batches over HTTP.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::dto::{
    CreatePayrollBatchRequest, ExplainPayrollExclusionRequest, ListPayrollBatchesQuery, PayrollBatchPage,
    PayrollBatchResponse, PayrollExclusionPage, PayrollExclusionResponse, VoidPayrollBatchRequest,
};
use super::model::{Batch, BatchState, Exclusion};
use super::{exclusions, queries, service};
use crate::auth::rights::{PayrollExport, PayrollPrepare};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{DraftBatchExists, EmptyBatch, PersonRequired, StateConflict, UnpayablePeople};
use crate::error::{Error, Result, only};
use crate::http::{Json, Paged, Path, Reply, RequiredIdempotencyKey, RequiredIfMatch, operations};
use crate::journal::Tx;
use crate::people::employee_refs;

operations! {
    create_payroll_batch, list_payroll_batches, get_payroll_batch, list_payroll_exclusions, explain_payroll_exclusion,
    lock_payroll_batch, void_payroll_batch
}

/// Create a payroll batch
///
/// Creates a draft of all approved rewards of a pay group and currency that are in no batch. There is only one draft for them at
/// a time: a second one is refused (`draft_batch_exists`), with the id of the first one as `batch_id`. People who cannot be paid,
/// and people whose total would be negative, stay out with all their rewards and are listed as exclusions. If no pay group is the
/// default, people without a pay group are listed in every draft. A person or the payroll system may create a batch.
#[utoipa::path(
    post, path = "/v1/payroll-batches", params(RequiredIdempotencyKey),
    responses((status = 201, body = PayrollBatchResponse)), extensions(("x-refuses" = json!([DraftBatchExists])))
)]
async fn create_payroll_batch(call: Call<PayrollPrepare>, body: Json<CreatePayrollBatchRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let command = request.into_command(&mut faults);
        let (batch, totals) = service::create(tx, command, faults).await?;
        let totals = BTreeMap::from([(batch.id, totals)]);
        let batch = PayrollBatchResponse::new(batch, &totals)?;
        Reply::created(format!("/v1/payroll-batches/{}", batch.id), &batch)
    })
}

/// List payroll batches
///
/// Newest first.
#[utoipa::path(get, path = "/v1/payroll-batches", responses((status = 200, body = PayrollBatchPage)))]
async fn list_payroll_batches(call: Call<PayrollExport>, query: Paged<ListPayrollBatchesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let (rows, next) = queries::list_page(tx, &query, &paging).await?;
        Reply::page(respond_all(tx, rows).await?, next)
    })
}

/// Get a payroll batch
///
/// Its state and control totals. A draft shows what locking it now would pay.
#[utoipa::path(get, path = "/v1/payroll-batches/{id}", responses((status = 200, body = PayrollBatchResponse)))]
async fn get_payroll_batch(call: Call<PayrollExport>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let batch = service::get(tx, id).await?;
        reply(tx, batch).await
    })
}

/// List people left out of a payroll batch
///
/// The people who stay out with all their rewards, and why. Each exclusion must be explained before the batch is locked, except a
/// negative total that is carried forward (结转). In a draft they are judged anew: who can be paid by now is in the batch.
#[utoipa::path(
    get, path = "/v1/payroll-batches/{id}/exclusions", responses((status = 200, body = PayrollExclusionPage))
)]
async fn list_payroll_exclusions(call: Call<PayrollExport>, Path(id): Path<Uuid>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let batch = service::get(tx, id).await?;
        let rows = match batch.state {
            BatchState::Draft => service::judged_page(tx, &batch, paging.after()?, paging.fetch()).await?,
            _ => exclusions::list_page(tx, id, paging.after()?, paging.fetch()).await?,
        };
        let (rows, next) = paging.cut(rows, |exclusion| exclusion.employee_id)?;
        Reply::page(respond_exclusions(tx, &batch, rows).await?, next)
    })
}

/// Explain why a person is left out
///
/// Only a person may do this, and only while the batch is a draft. It does not put the person into the batch: once the cause is
/// gone, they are in it by themselves. The explanation holds as long as the cause is the same.
#[utoipa::path(
    post, path = "/v1/payroll-batches/{id}/exclusions", responses((status = 200, body = PayrollExclusionResponse)),
    extensions(("x-refuses" = json!([PersonRequired, StateConflict])))
)]
async fn explain_payroll_exclusion(
    call: Call<PayrollPrepare>,
    Path(id): Path<Uuid>,
    body: Json<ExplainPayrollExclusionRequest>,
) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let explained = service::explain(tx, id, request.employee_id, request.reason, faults).await?;
        let batch = service::get(tx, id).await?;
        Reply::ok(&only(respond_exclusions(tx, &batch, vec![explained]).await?)?)
    })
}

/// Lock a payroll batch
///
/// Creates the lines and control totals. They never change again, and payroll can pull them. The people of the draft are judged
/// anew, so `If-Match` may name the draft as it was created or as it was last read. A batch without lines is refused
/// (`empty_batch`), and so is a batch with unexplained exclusions (`unpayable_people`, with each person and the cause).
#[utoipa::path(
    post, path = "/v1/payroll-batches/{id}/lock", params(RequiredIfMatch, RequiredIdempotencyKey),
    responses((status = 200, body = PayrollBatchResponse)),
    extensions(("x-refuses" = json!([StateConflict, EmptyBatch, UnpayablePeople])))
)]
async fn lock_payroll_batch(call: Call<PayrollPrepare>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let batch = service::lock(tx, id, &precondition).await?;
        reply(tx, batch).await
    })
}

/// Void a payroll batch
///
/// Undoes a draft, or a locked batch of which no line has been acknowledged. Its rewards become available for the next batch. Its
/// lines are kept, but are void.
#[utoipa::path(
    post, path = "/v1/payroll-batches/{id}/void", params(RequiredIfMatch, RequiredIdempotencyKey),
    responses((status = 200, body = PayrollBatchResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn void_payroll_batch(
    call: Call<PayrollPrepare>,
    Path(id): Path<Uuid>,
    body: Json<VoidPayrollBatchRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let batch = service::void(tx, id, &request.reason, &precondition).await?;
        reply(tx, batch).await
    })
}

async fn reply(tx: &mut Tx<'_>, batch: Batch) -> Result<Reply> {
    Reply::ok(&respond(tx, batch).await?)
}

async fn respond(tx: &mut Tx<'_>, batch: Batch) -> Result<PayrollBatchResponse> {
    only(respond_all(tx, vec![batch]).await?)
}

async fn respond_all(tx: &mut Tx<'_>, batches: Vec<Batch>) -> Result<Vec<PayrollBatchResponse>> {
    let mut totals = BTreeMap::new();
    // At most one for each pay group and currency.
    for batch in &batches {
        if batch.state == BatchState::Draft {
            totals.insert(batch.id, service::judged(tx, batch).await?.totals);
        }
    }
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
