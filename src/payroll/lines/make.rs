//! From claimed entries to lines and control totals.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{Context, SHA256};
use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::dto::PayrollLineResponse;
use super::model::{Line, Material};
use super::queries;
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::hex::hex;
use crate::kernel::message::Words;
use crate::kernel::period::Period;
use crate::kernel::text::OutsideCode;
use crate::names::names;
use crate::payroll::batches::{Batch, ControlTotals};
use crate::rewards::ledger::reason::words;

/// Creates the lines of a draft and returns its control totals. Refuses a draft without lines. Everybody
/// in it can be paid.
pub async fn make(tx: &mut Tx<'_>, batch: &Batch) -> Result<ControlTotals> {
    let material = queries::material(tx, batch.id).await?;
    if material.is_empty() {
        return Err(Error::new(Code::EmptyBatch));
    }
    let wanted = material.iter().map(|entry| Ok((entry.employee_id, earned(entry)?.last_day())));
    let wanted: BTreeSet<(Uuid, NaiveDate)> = wanted.collect::<Result<_>>()?;
    let wanted: Vec<(Uuid, NaiveDate)> = wanted.into_iter().collect();
    let cost_centres = queries::cost_centres(tx, &wanted).await?;
    let names = names(tx).await?;
    let ids: BTreeMap<Uuid, Uuid> = material.iter().map(|entry| (entry.entry_id, tx.id())).collect();
    let mut lines = Vec::with_capacity(material.len());
    for entry in material {
        let reason = words(&entry.reason_code, &entry.reason_params, entry.reason_text.as_deref(), &names);
        lines.push(line(tx, batch, (entry, reason), &ids, &cost_centres, lines.len())?);
    }
    queries::insert(tx, &lines).await?;
    totals(lines)
}

fn earned(entry: &Material) -> Result<Period> {
    entry.earned_period.parse().map_err(Error::internal)
}

/// The line of an entry, which is granted for this reason.
fn line(
    tx: &Tx<'_>,
    batch: &Batch,
    (entry, reason): (Material, Words),
    ids: &BTreeMap<Uuid, Uuid>,
    cost_centres: &BTreeMap<(Uuid, NaiveDate), OutsideCode>,
    before: usize,
) -> Result<Line> {
    let earned = earned(&entry)?;
    let sources = sources(&entry);
    let (Some(employee_number), Some(issuance_way)) = (entry.employee_number, entry.issuance_way) else {
        return Err(Error::internal("somebody in a batch who cannot be paid"));
    };
    let id = ids.get(&entry.entry_id).copied().ok_or_else(|| Error::internal("an entry without its line's id"))?;
    let in_this_batch = entry.corrects_id.and_then(|corrected| ids.get(&corrected).copied());
    Ok(Line {
        tenant_id: tx.tenant,
        id,
        batch_id: batch.id,
        number: i32::try_from(before + 1).map_err(Error::internal)?,
        entry_id: entry.entry_id,
        employee_id: entry.employee_id,
        employee_number,
        employee_name: entry.employee_name,
        external_ids: entry.external_ids,
        pay_item_code: entry.pay_item_code,
        kind: entry.kind,
        amount_minor: entry.amount_minor,
        currency: batch.currency.clone(),
        earned_starts_on: earned.first_day(),
        earned_ends_on: earned.last_day(),
        pay_period: batch.pay_period.clone(),
        issuance_way,
        tax_mode: entry.tax_mode,
        tax_category: entry.tax_category,
        cost_centre: cost_centres.get(&(entry.employee_id, earned.last_day())).cloned(),
        reason_code: entry.reason_code,
        reason_zh: reason.zh,
        reason_en: reason.en,
        sources,
        corrects_line_id: in_this_batch.or(entry.corrects_line_id),
        previous_line_id: entry.previous_line_id,
        made_by_kind: entry.maker_kind,
        made_by_id: entry.maker_id,
        approved_by_id: entry.approved_by_id.ok_or_else(|| Error::internal("a batched entry without an approval"))?,
        created_at: tx.now,
    })
}

/// What an entry is based on: itself and, for a computed one, the snapshot, the policies and the session.
fn sources(entry: &Material) -> Value {
    let source = |kind, id: Uuid, version: Option<i32>| json!({ "type": kind, "id": id, "rule_version": version });
    let found = [
        Some(source("reward", entry.entry_id, None)),
        entry.snapshot_id.map(|id| source("snapshot", id, entry.rule_version)),
        entry.policy_set_id.map(|id| source("reward_policies", id, entry.policy_version)),
        entry.session_id.map(|id| source("session", id, None)),
    ];
    Value::Array(found.into_iter().flatten().collect())
}

fn totals(lines: Vec<Line>) -> Result<ControlTotals> {
    let people: BTreeSet<Uuid> = lines.iter().map(|line| line.employee_id).collect();
    let line_count = i32::try_from(lines.len()).map_err(Error::internal)?;
    let people_count = i32::try_from(people.len()).map_err(Error::internal)?;
    let sum: i128 = lines.iter().map(|line| i128::from(line.amount_minor)).sum();
    let mut sha = Context::new(&SHA256);
    for line in lines {
        sha.update(&PayrollLineResponse::new(line)?.canonical()?);
    }
    let lines_sha256 = hex(sha.finish().as_ref());
    Ok(ControlTotals {
        line_count,
        people_count,
        total_minor: i64::try_from(sum).map_err(Error::internal)?,
        lines_sha256,
    })
}
