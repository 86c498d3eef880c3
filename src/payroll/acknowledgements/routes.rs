//! Acknowledgements over HTTP.

use uuid::Uuid;

use super::dto::{
    CreatePayrollAcknowledgementRequest, ExportPayrollAcknowledgementTemplateQuery, PayrollAcknowledgementPage,
    PayrollAcknowledgementResponse, UploadPayrollAcknowledgementRequest,
};
use super::model::Acknowledgement;
use super::service::{Taken, acknowledge};
use super::shelf::FileShelf;
use super::{queries, template};
use crate::auth::rights::{PayrollAcknowledge, PayrollExport};
use crate::call::{Answer, Call, answer};
use crate::db::Share;
use crate::error::Code::{ControlTotalsDiffer, RunAlreadyAcknowledged, StateConflict};
use crate::error::{Error, Result};
use crate::http::tables::TableFormat;
use crate::http::{Json, Paged, Path, Query, Reply, RequiredIdempotencyKey, operations};
use crate::journal::Tx;
use crate::kernel::money::Currency;
use crate::kernel::phrases::Thing;
use crate::payroll::batches::{self, BatchState};
use crate::payroll::exports::PayrollFile;

operations! {
    create_payroll_acknowledgement, upload_payroll_acknowledgement, export_payroll_acknowledgement_template,
    list_payroll_acknowledgements, get_payroll_acknowledgement,
}

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
        let taken = acknowledge(tx, id, request.into_command()?, &precondition, faults).await?;
        reply(tx, taken).await
    })
}

/// Acknowledge a payroll batch with a file
///
/// For a payroll office whose system cannot call: a clerk fills in the template (`export_payroll_acknowledgement_template`), or adds its
/// columns to the exported file, and sends it as CSV. The same rules hold as for `create_payroll_acknowledgement`, and the result is the
/// same: the rows with a status are the lines. A run that has already sent the same lines, in whichever way, gets the same response
/// (200). The file is taken as a whole or not at all. What is wrong in it is told all at once, each with line and column:
/// `/content_base64/17/status` is the column `status` on line 17 of the file; line 1 is the header.
#[utoipa::path(
    post, path = "/v1/payroll-batches/{id}/acknowledgements/file",
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
async fn upload_payroll_acknowledgement(
    call: Call<PayrollAcknowledge>,
    Path(id): Path<Uuid>,
    body: Json<UploadPayrollAcknowledgementRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    let shelf = FileShelf::default();
    let file = shelf.clone();
    let work = call.write_files(body, shelf, move |tx, request, faults| {
        Box::pin(async move {
            // Beside the thread that serves requests.
            let read = tokio::task::spawn_blocking(move || request.into_command(&file.bytes(), faults)).await;
            let (command, faults) = read.map_err(Error::internal)??;
            let taken = acknowledge(tx, id, command, &precondition, faults).await?;
            reply(tx, taken).await
        })
    });
    work.await
}

/// Export the template of an acknowledgement
///
/// The lines of a locked batch as in the CSV export, followed by the columns `status`, `rejection_reason` and `external_reference` with
/// what was reported last. A clerk fills these in and sends the file with `upload_payroll_acknowledgement`, which knows the columns by their
/// codes and by their words in English and Chinese; what stays blank reports nothing.
#[utoipa::path(
    get, path = "/v1/payroll-batches/{id}/acknowledgement-template", params(ExportPayrollAcknowledgementTemplateQuery),
    responses((
        status = 200,
        content((PayrollFile = "text/csv", example = json!("id,status\r\n"))),
        headers(("Content-Disposition"), ("Content-Language"))
    )),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn export_payroll_acknowledgement_template(
    call: Call<PayrollExport>,
    Path(id): Path<Uuid>,
    Query(query): Query<ExportPayrollAcknowledgementTemplateQuery>,
) -> Answer {
    let (state, tenant, language) = (call.state.in_share(Share::LongReads), call.tenant(), call.context.language);
    let head = answer!(call.read(), |tx| {
        let batch = Thing::PayrollBatch.require(batches::find(tx, id).await?)?;
        Thing::PayrollBatch.require_state(batch.state, [BatchState::Locked, BatchState::Acknowledged])?;
        let name = format!("payroll-{}-{id}-acknowledgement.csv", batch.pay_period);
        Ok(Reply::table(&name, Vec::new()).language(language))
    })?;
    let lines = template::parts(state, tenant, id);
    let table = template::table(&format!("acknowledgement-{id}"), &query.form(), language);
    let body = table.body(TableFormat::Csv, lines).await?;
    Ok(head.set_body(body))
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

async fn reply(tx: &mut Tx<'_>, taken: Taken) -> Result<Reply> {
    match taken {
        Taken::New(row) => {
            let location = format!("/v1/payroll-batches/{}/acknowledgements/{}", row.batch_id, row.id);
            Reply::created(location, &respond(tx, row).await?)
        }
        Taken::Known(row) => Reply::ok(&respond(tx, row).await?),
    }
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
