//! Taking an answer of payroll.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::json;
use uuid::Uuid;

use super::dto::{AcknowledgeLineRequest, AcknowledgePayrollBatchRequest, AcknowledgedTotals, LineStatus};
use super::queries::{self, AcknowledgedLine, Acknowledgement, AnsweredLine};
use crate::error::{Code, Error, Result};
use crate::http::Precondition;
use crate::journal::{Audit, Event, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::payroll::batches::{Batch, BatchState, hold, queries as batches};
use crate::rewards::ledger::{EventsBy, NewEvent, record};

/// Takes an answer about a locked batch; the same run again is answered as the first time.
pub async fn acknowledge(
    tx: &mut Tx<'_>,
    batch_id: Uuid,
    request: AcknowledgePayrollBatchRequest,
    precondition: &Precondition,
) -> Result<Acknowledgement> {
    request.check()?;
    let body_sha256 = fingerprint(&request)?;
    // The lock comes first: a twin that is being taken is waited for, and then found.
    let batch = hold(tx, batch_id, &Precondition::none()).await?;
    let earlier = queries::find_run(tx.conn, tx.tenant, batch_id, &request.consumer, &request.run_id).await?;
    if let Some(earlier) = earlier {
        let same = earlier.body_sha256 == body_sha256;
        let reused = || Error::new(Code::RunAlreadyAcknowledged).with("run_id", &request.run_id);
        return if same { Ok(earlier) } else { Err(reused()) };
    }
    precondition.check(batch.version)?;
    if !matches!(batch.state(), BatchState::Locked | BatchState::Acknowledged) {
        return Err(Error::state("payroll batch", &batch.state, "locked or acknowledged"));
    }
    let ids: Vec<Uuid> = request.lines.iter().map(|line| line.line_id).collect();
    let lines = queries::find_lines(tx.conn, tx.tenant, batch_id, &ids).await?;
    let lines: BTreeMap<Uuid, AnsweredLine> = lines.into_iter().map(|line| (line.line_id, line)).collect();
    check_lines(&request.lines, &lines)?;
    if !request.is_final {
        check_totals(request.totals, sum_of(&request.lines, &lines)?)?;
    }
    let row = insert(tx, &batch, &request, body_sha256).await?;
    change_entries(tx, &batch, &request.lines, &lines).await?;
    finish(tx, &batch, &request).await?;
    let details = json!({ "lines": request.lines.len(), "final": request.is_final });
    tx.audit(Audit::new("acknowledge_payroll_batch", "payroll_batch", batch_id).details(details.clone()));
    tx.emit(Event::new("payroll_batch.acknowledged", "payroll_batch", batch_id, details));
    Ok(row)
}

/// SHA-256 of the request in canonical form: blanks and the order of members make no other answer.
fn fingerprint(request: &AcknowledgePayrollBatchRequest) -> Result<Vec<u8>> {
    let canonical = serde_json_canonicalizer::to_vec(request).map_err(Error::internal)?;
    Ok(digest(&SHA256, &canonical).as_ref().to_vec())
}

/// Refuses lines of other batches and steps that a line cannot take; every fault at once.
fn check_lines(requests: &[AcknowledgeLineRequest], lines: &BTreeMap<Uuid, AnsweredLine>) -> Result<()> {
    let mut faults = Faults::default();
    for (i, request) in requests.iter().enumerate() {
        let Some(line) = lines.get(&request.line_id) else {
            faults.push(Fault::new(format!("/lines/{i}/line_id"), FaultCode::NotFound));
            continue;
        };
        let possible = match (line.outcome.as_deref(), request.status) {
            (None | Some("accepted"), _) => true,
            (Some(said), status) => said == status.slug(),
        };
        if !possible {
            let words = format!("the line is {} already", line.outcome.as_deref().unwrap_or_default());
            faults.push(Fault::new(format!("/lines/{i}/status"), FaultCode::NotEligible).with("reason", words));
        }
    }
    faults.check()
}

fn sum_of(requests: &[AcknowledgeLineRequest], lines: &BTreeMap<Uuid, AnsweredLine>) -> Result<AcknowledgedTotals> {
    let amounts = requests.iter().filter_map(|request| lines.get(&request.line_id));
    let total: i128 = amounts.map(|line| i128::from(line.amount_minor)).sum();
    Ok(AcknowledgedTotals {
        line_count: i64::try_from(requests.len()).map_err(Error::internal)?,
        total_minor: i64::try_from(total).map_err(Error::internal)?,
    })
}

fn check_totals(sent: AcknowledgedTotals, here: AcknowledgedTotals) -> Result<()> {
    if sent == here {
        return Ok(());
    }
    let words = |totals: AcknowledgedTotals| format!("{} lines, {}", totals.line_count, totals.total_minor);
    let refused = Error::new(Code::ControlTotalsDiffer).with("sent", words(sent)).with("here", words(here));
    Err(refused.member("sent", json!(sent)).member("here", json!(here)))
}

async fn insert(
    tx: &mut Tx<'_>,
    batch: &Batch,
    request: &AcknowledgePayrollBatchRequest,
    body_sha256: Vec<u8>,
) -> Result<Acknowledgement> {
    let row = Acknowledgement {
        tenant_id: tx.tenant,
        id: tx.id(),
        batch_id: batch.id,
        consumer: request.consumer.clone(),
        external_run_id: request.run_id.clone(),
        is_final: request.is_final,
        line_count: i32::try_from(request.totals.line_count).map_err(Error::internal)?,
        total_minor: request.totals.total_minor,
        body_sha256,
        received_at: tx.now,
    };
    let lines: Vec<AcknowledgedLine> = request
        .lines
        .iter()
        .map(|line| AcknowledgedLine {
            tenant_id: tx.tenant,
            id: tx.id(),
            acknowledgement_id: row.id,
            line_id: line.line_id,
            outcome: line.status.slug().to_owned(),
            reason: line.reason.clone(),
            external_reference: line.external_reference.clone(),
        })
        .collect();
    queries::insert(tx.conn, &row, &lines).await?;
    Ok(row)
}

/// Moves the entries on; those of rejected lines give up their claim.
async fn change_entries(
    tx: &mut Tx<'_>,
    batch: &Batch,
    requests: &[AcknowledgeLineRequest],
    lines: &BTreeMap<Uuid, AnsweredLine>,
) -> Result<()> {
    let mut events = Vec::new();
    let mut rejected = Vec::new();
    for request in requests {
        let Some(line) = lines.get(&request.line_id) else { continue };
        if line.outcome.as_deref() == Some(request.status.slug()) {
            continue;
        }
        if request.status == LineStatus::Rejected {
            rejected.push(line.entry_id);
        }
        events.push(NewEvent {
            batch_id: Some(batch.id),
            line_id: Some(line.line_id),
            reason: request.reason.clone(),
            ..NewEvent::after(line.seq, line.entry_id, line.maker_id, request.status.slug())
        });
    }
    batches::delete_claims(tx.conn, tx.tenant, batch.id, &rejected).await?;
    record(tx, EventsBy::Actor, events).await
}

/// Closes the batch with the final answer, which must leave no line without one.
async fn finish(tx: &mut Tx<'_>, batch: &Batch, request: &AcknowledgePayrollBatchRequest) -> Result<()> {
    if !request.is_final {
        batches::touch(tx.conn, tx.tenant, batch.id, tx.now).await?;
        return Ok(());
    }
    let here = AcknowledgedTotals {
        line_count: batch.line_count.unwrap_or_default().into(),
        total_minor: batch.total_minor.unwrap_or_default(),
    };
    check_totals(request.totals, here)?;
    let answered = queries::answered(tx.conn, tx.tenant, batch.id).await?;
    check_totals(AcknowledgedTotals { line_count: answered.line_count, total_minor: answered.total_minor }, here)?;
    if batch.state() == BatchState::Acknowledged {
        batches::touch(tx.conn, tx.tenant, batch.id, tx.now).await?;
    } else {
        batches::mark_acknowledged(tx.conn, tx.tenant, batch.id, tx.now).await?;
    }
    Ok(())
}
