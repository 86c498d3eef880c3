//! Acknowledgements over HTTP.

use uuid::Uuid;

use super::dto::{CreatePayrollAcknowledgementRequest, PayrollAcknowledgementPage, PayrollAcknowledgementResponse};
use super::model::Acknowledgement;
use super::queries;
use super::service::{Taken, acknowledge};
use crate::auth::rights::{PayrollAcknowledge, PayrollExport};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{ControlTotalsDiffer, RunAlreadyAcknowledged, StateConflict};
use crate::error::{Error, Result};
use crate::http::{Json, Paged, Path, Reply, RequiredIdempotencyKey, operations};
use crate::journal::Tx;
use crate::kernel::money::Currency;
use crate::kernel::phrases::Thing;
use crate::payroll::batches;

operations! { create_payroll_acknowledgement, list_payroll_acknowledgements, get_payroll_acknowledgement }

/// Acknowledge a payroll batch
///
/// Payroll reports the result of each line: accepted, rejected with a reason, or paid with a reference. An accepted line may be
/// paid or rejected later, after the final acknowledgement too; paid and rejected are final. The reward of a rejected line becomes available for the next batch, and
/// its next line names this one as `previous_line_id`. Sending the same run again gets the same response (200); with other
/// content it is refused (`run_already_acknowledged`). Totals that differ from Lectern's are refused (`control_totals_differ`),
/// with both totals in `sent` and `here`.
#[utoipa::path(
    post, path = "/v1/payroll-batches/{id}/acknowledgements",
    params(
        (
            "If-Match" = Option<String>, Header,
            description = "The ETag of the batch as it was read, to refuse the request if the batch has changed since."
        ),
        RequiredIdempotencyKey
    ),
    responses(
        (status = 201, body = PayrollAcknowledgementResponse),
        (status = 200, description = "The acknowledgement that this run already sent.", body = PayrollAcknowledgementResponse)
    ),
    extensions(("x-refuses" = json!([StateConflict, ControlTotalsDiffer, RunAlreadyAcknowledged])))
)]
async fn create_payroll_acknowledgement(
    call: Call<PayrollAcknowledge>,
    Path(id): Path<Uuid>,
    body: Json<CreatePayrollAcknowledgementRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        match acknowledge(tx, id, request.into_command()?, &precondition, faults).await? {
            Taken::New(row) => {
                let answer = respond(tx, row).await?;
                let location = format!("/v1/payroll-batches/{id}/acknowledgements/{}", answer.id);
                Reply::created(location, &answer)
            }
            Taken::Known(row) => {
                let answer = respond(tx, row).await?;
                Reply::ok(&answer)
            }
        }
    })
}

/// List acknowledgements of a payroll batch
///
/// In the order in which they arrived, without their lines.
#[utoipa::path(
    get, path = "/v1/payroll-batches/{id}/acknowledgements",
    responses((status = 200, body = PayrollAcknowledgementPage))
)]
async fn list_payroll_acknowledgements(call: Call<PayrollExport>, Path(id): Path<Uuid>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let currency = currency(tx, id).await?;
        let (rows, next) = queries::list_page(tx, id, &paging).await?;
        Reply::page(rows.into_iter().map(|row| PayrollAcknowledgementResponse::new(row, currency, None)), next)
    })
}

/// Get an acknowledgement of a payroll batch
///
/// What one payroll run reported, line by line.
#[utoipa::path(
    get, path = "/v1/payroll-batches/{id}/acknowledgements/{acknowledgement_id}",
    responses((status = 200, body = PayrollAcknowledgementResponse))
)]
async fn get_payroll_acknowledgement(
    call: Call<PayrollExport>,
    Path((id, acknowledgement)): Path<(Uuid, Uuid)>,
) -> Answer {
    answer!(call.read(), |tx| {
        let row = Thing::Acknowledgement.require(queries::find(tx, id, acknowledgement).await?)?;
        Reply::ok(&respond(tx, row).await?)
    })
}

async fn respond(tx: &mut Tx<'_>, row: Acknowledgement) -> Result<PayrollAcknowledgementResponse> {
    let currency = currency(tx, row.batch_id).await?;
    let answers = queries::answers_of(tx, &[row.id]).await?;
    Ok(PayrollAcknowledgementResponse::new(row, currency, Some(answers)))
}

async fn currency(tx: &mut Tx<'_>, batch: Uuid) -> Result<Currency> {
    let batch = Thing::PayrollBatch.require(batches::find(tx, batch).await?)?;
    batch.currency.parse().map_err(Error::internal)
}
