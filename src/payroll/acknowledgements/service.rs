//! Taking an acknowledgement.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::model::{Acknowledgement, KnownLine, NewAnswer, Outcome};
use super::queries;
use super::rules::{Said, Sent, check_amounts, check_shape, check_words, last_words};
use crate::error::{Code, Error, Result};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::data;
use crate::kernel::money::{Currency, Money};
use crate::kernel::phrases::{Counted, Refusal, Thing, TotalsOf, counted};
use crate::kernel::text::{Consumer, RunId};
use crate::payroll::batches::{self, Batch, BatchState};
use crate::rewards::ledger::{EventsBy, NewEvent, record};

/// An acknowledgement of a batch by the payroll system.
#[derive(Debug, Clone)]
pub struct Acknowledge {
    pub consumer: Consumer,
    pub run_id: RunId,
    pub is_final: bool,
    pub line_count: i32,
    pub total: Money,
    pub said: Vec<Said>,
    /// Where they stood in the request.
    pub sent: Sent,
    /// SHA-256 of what is reported in canonical form, however it was sent.
    pub digest: Vec<u8>,
}

/// An acknowledgement, and whether it was already stored.
#[derive(Debug)]
pub enum Taken {
    New(Acknowledgement),
    Known(Acknowledgement),
}

/// Stores an acknowledgement once per run, completely or not at all.
pub async fn acknowledge(
    tx: &mut Tx<'_>,
    id: Uuid,
    command: Acknowledge,
    precondition: &Precondition,
    faults: Faults,
) -> Result<Taken> {
    let batch = Thing::PayrollBatch.require(batches::find_for_update(tx, id).await?)?;
    let run = queries::find_run(tx, id, &command.consumer, &command.run_id).await?;
    match run {
        Some(known) if known.body_sha256 == command.digest && faults.is_empty() => return Ok(Taken::Known(known)),
        Some(_) => return Err(Error::new(Code::RunAlreadyAcknowledged).with("run_id", data(&command.run_id))),
        None => {}
    }
    precondition.check(batch.version)?;
    Thing::PayrollBatch.require_state(batch.state, [BatchState::Locked, BatchState::Acknowledged])?;
    let ids: Vec<Uuid> = command.said.iter().map(|line| line.line_id).collect();
    let known = queries::known_lines(tx, id, &ids).await?;
    let known: BTreeMap<Uuid, KnownLine> = known.into_iter().map(|line| (line.line_id, line)).collect();
    let last = last_words(queries::outcomes(tx, id).await?);
    let mut found = Faults::default();
    if let Some(first) = queries::consumer_of(tx, id).await?.filter(|first| *first != command.consumer) {
        found.push(Fault::new("/consumer", FaultCode::NotAllowed).with("allowed", data(first)));
    }
    if command.said.is_empty() && !command.is_final {
        // An acknowledgement without lines would only prevent the batch from being voided.
        found.push(Fault::new(command.sent.all(), FaultCode::Empty));
    }
    let currency: Currency = batch.currency.parse().map_err(Error::internal)?;
    check_shape(&command.said, &command.sent, &mut found);
    check_amounts(&command.said, &command.sent, (&known, currency), &mut found);
    check_words(&command.said, &command.sent, |line| known.contains_key(&line), &last, &mut found);
    faults.and(found.check())?;
    check_totals(&batch, &command, &known, currency)?;
    if command.is_final {
        check_complete(&batch, &command, &last)?;
    }
    write(tx, &batch, command, &known, &last).await.map(Taken::New)
}

/// A part carries its own totals, the final acknowledgement those of the batch.
fn check_totals(
    batch: &Batch,
    command: &Acknowledge,
    known: &BTreeMap<Uuid, KnownLine>,
    currency: Currency,
) -> Result<()> {
    let (line_count, minor) = match (command.is_final, batch.line_count, batch.total_minor) {
        (true, Some(lines), Some(minor)) => (lines, minor),
        (true, ..) => return Err(Error::internal("a locked batch without control totals")),
        (false, ..) => {
            let sum: i128 = known.values().map(|line| i128::from(line.amount_minor)).sum();
            (i32::try_from(known.len()).map_err(Error::internal)?, i64::try_from(sum).map_err(Error::internal)?)
        }
    };
    let total = Money::new(minor, currency);
    if (command.line_count, command.total) == (line_count, total) {
        return Ok(());
    }
    let words = |count: i32, total: Money| {
        let lines = counted(count, [Counted::OneLine, Counted::Lines]);
        Thing::Totals.with("lines", lines).with("amount", data(total))
    };
    let rule = if command.is_final { TotalsOf::Batch } else { TotalsOf::Lines };
    let member = |count: i32, total: Money| json!({ "line_count": count, "total": total });
    Err(Error::new(Code::ControlTotalsDiffer)
        .with("sent", words(command.line_count, command.total))
        .with("here", words(line_count, total))
        .with("rule", rule)
        .member("sent", member(command.line_count, command.total))
        .member("here", member(line_count, total)))
}

/// With the final acknowledgement, every line must have an outcome.
fn check_complete(batch: &Batch, command: &Acknowledge, last: &BTreeMap<Uuid, Outcome>) -> Result<()> {
    let new = command.said.iter().filter(|line| !last.contains_key(&line.line_id)).count();
    let all = usize::try_from(batch.line_count.unwrap_or_default()).unwrap_or_default();
    match all.saturating_sub(last.len() + new) {
        0 => Ok(()),
        silent => {
            let silent = i64::try_from(silent).map_err(Error::internal)?;
            let lines = counted(silent, [Counted::OneLineIs, Counted::LinesAre]);
            let reason = Refusal::LinesUnanswered.with("lines", lines);
            Err(Fault::not_eligible("/final", reason).into())
        }
    }
}

async fn write(
    tx: &mut Tx<'_>,
    batch: &Batch,
    command: Acknowledge,
    known: &BTreeMap<Uuid, KnownLine>,
    last: &BTreeMap<Uuid, Outcome>,
) -> Result<Acknowledgement> {
    let row = Acknowledgement {
        tenant_id: tx.tenant,
        id: tx.id(),
        batch_id: batch.id,
        consumer: command.consumer,
        external_run_id: command.run_id,
        is_final: command.is_final,
        line_count: command.line_count,
        total_minor: command.total.amount_minor,
        body_sha256: command.digest,
        received_at: tx.now,
    };
    queries::insert(tx, &row).await?;
    let answers = command.said.iter().map(|said| NewAnswer {
        tenant_id: tx.tenant,
        id: tx.id(),
        acknowledgement_id: row.id,
        line_id: said.line_id,
        outcome: said.outcome.slug(),
        reason: said.reason.clone(),
        external_reference: said.external_reference.clone(),
    });
    let answers: Vec<NewAnswer> = answers.collect();
    queries::insert_answers(tx, &answers).await?;
    let news: Vec<(&Said, &KnownLine)> = command
        .said
        .iter()
        .filter(|said| last.get(&said.line_id) != Some(&said.outcome))
        .filter_map(|said| known.get(&said.line_id).map(|line| (said, line)))
        .collect();
    let rejected = news.iter().filter(|(said, _)| said.outcome == Outcome::Rejected);
    let rejected: Vec<Uuid> = rejected.map(|(_, line)| line.entry_id).collect();
    batches::release_claims(tx, batch.id, &rejected).await?;
    let events = news.iter().map(|(said, line)| NewEvent {
        batch_id: Some(batch.id),
        line_id: Some(line.line_id),
        reason: said.reason.clone(),
        ..NewEvent::after(line.seq, line.entry_id, line.maker_id, said.outcome.into())
    });
    record(tx, EventsBy::Actor, events.collect()).await?;
    if row.is_final && batch.state == BatchState::Locked {
        batches::mark_acknowledged(tx, batch.id).await?;
    }
    journal(tx, &row, &news);
    Ok(row)
}

fn journal(tx: &mut Tx<'_>, row: &Acknowledgement, news: &[(&Said, &KnownLine)]) {
    let count = |outcome| news.iter().filter(|(said, _)| said.outcome == outcome).count();
    let details = json!({
        "acknowledgement_id": row.id, "consumer": row.consumer, "run_id": row.external_run_id, "final": row.is_final,
        "accepted": count(Outcome::Accepted), "rejected": count(Outcome::Rejected), "paid": count(Outcome::Paid),
    });
    let (command, topic) = ("acknowledge_payroll_batch", "payroll_batch.acknowledged");
    tx.record(Record::told(command, topic, "payroll_batch", row.batch_id).details(details));
}
