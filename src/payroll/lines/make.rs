//! From the claims of a batch to its lines.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{Context, SHA256};
use serde_json::{Value, json};

use super::dto::PayrollLineResponse;
use super::model::{Line, Payable};
use super::queries;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::payroll::batches::Batch;
use crate::rewards::ledger::reason::words;

/// What the lines of a batch come to.
#[derive(Debug)]
pub struct Made {
    pub line_count: usize,
    pub people_count: usize,
    pub total_minor: i64,
    /// Over the canonical lines, in hexadecimal.
    pub sha256: String,
}

/// Writes the lines of a batch: by employee number, earned period, pay item and entry, texts by code point.
pub async fn make(tx: &mut Tx<'_>, batch: &Batch) -> Result<Made> {
    let mut payable = queries::find_payable(tx.conn, tx.tenant, batch.id, tx.now.date_naive()).await?;
    payable.sort_by(|a, b| {
        let key =
            |p: &'_ Payable| (p.employee_number.clone(), p.entry.earned_period.clone(), p.entry.pay_item_code.clone());
        key(a).cmp(&key(b)).then(a.entry.id.cmp(&b.entry.id))
    });
    let mut lines = Vec::with_capacity(payable.len());
    for (number, payable) in (1..).zip(payable) {
        lines.push(line(tx, batch, number, payable)?);
    }
    queries::insert(tx.conn, &lines).await?;
    totals(lines)
}

fn line(tx: &Tx<'_>, batch: &Batch, number: i32, payable: Payable) -> Result<Line> {
    let sources = sources(&payable);
    let entry = payable.entry;
    let period: Period = entry.earned_period.parse().map_err(Error::internal)?;
    let said = words(&entry.reason_code, &entry.reason_params, entry.reason_text.as_deref());
    Ok(Line {
        tenant_id: tx.tenant,
        id: tx.id(),
        batch_id: batch.id,
        number,
        entry_id: entry.id,
        employee_id: entry.employee_id,
        employee_number: payable.employee_number,
        employee_name: payable.employee_name,
        external_ids: payable.external_ids,
        pay_item_code: entry.pay_item_code,
        kind: entry.kind,
        amount_minor: entry.amount_minor,
        currency: entry.currency,
        earned_starts_on: period.first_day(),
        earned_ends_on: period.last_day(),
        pay_period: batch.pay_period.clone(),
        issuance_way: payable.issuance_way,
        tax_mode: payable.tax_mode,
        tax_category: payable.tax_category,
        cost_centre: payable.cost_centre,
        reason_code: entry.reason_code,
        reason_zh: said.zh,
        reason_en: said.en,
        sources,
        corrects_line_id: payable.corrects_line_id,
        previous_line_id: payable.previous_line_id,
        made_by_kind: entry.maker_kind,
        made_by_id: entry.maker_id,
        approved_by_id: payable.approved_by_id,
        created_at: tx.now,
    })
}

fn sources(payable: &Payable) -> Value {
    let entry = &payable.entry;
    let source = |kind: &str, id, rule_version| json!({ "type": kind, "id": id, "rule_version": rule_version });
    let mut sources = Vec::new();
    sources.extend(entry.snapshot_id.map(|id| source("snapshot", id, payable.rule_version)));
    sources.extend(entry.policy_set_id.map(|id| source("policy_set", id, payable.policy_version)));
    sources.extend(entry.session_id.map(|id| source("session", id, None)));
    if sources.is_empty() {
        sources.push(source("manual_award", entry.id, None));
    }
    Value::Array(sources)
}

fn totals(lines: Vec<Line>) -> Result<Made> {
    let people: BTreeSet<_> = lines.iter().map(|line| line.employee_id).collect();
    let people_count = people.len();
    let total: i128 = lines.iter().map(|line| i128::from(line.amount_minor)).sum();
    let line_count = lines.len();
    let mut sha = Context::new(&SHA256);
    for line in lines {
        sha.update(&PayrollLineResponse::try_from(line)?.canonical()?);
    }
    let sha256 = sha.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Made { line_count, people_count, total_minor: i64::try_from(total).map_err(Error::internal)?, sha256 })
}
