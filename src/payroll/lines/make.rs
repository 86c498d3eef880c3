//! From claimed entries to lines and control totals, part by part: a batch may pay a whole company.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::counting::Counting;
use super::model::{Line, Material};
use super::queries;
use crate::db::{join_large_sets, join_usual_sets};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::message::Words;
use crate::kernel::period::Period;
use crate::kernel::text::OutsideCode;
use crate::names::{Names, names};
use crate::payroll::batches::{Batch, ControlTotals};
use crate::rewards::ledger::reason::Ground;

/// Creates the lines of a draft and returns its control totals. Refuses a draft without lines. Everybody
/// in it can be paid.
pub async fn make(tx: &mut Tx<'_>, batch: &Batch) -> Result<ControlTotals> {
    let names = names(tx).await?;
    let (mut counting, mut number) = (Counting::new(), 1);
    // A line may correct another one of the batch, so both must be inserted together: a person's lines, which follow each other,
    // are never in two parts.
    let mut waiting: Vec<Material> = Vec::new();
    join_large_sets(tx.conn).await?;
    queries::open_material(tx, batch.id).await?;
    loop {
        let fetched = queries::next_material(tx).await?;
        let is_end = fetched.is_empty();
        waiting.extend(fetched);
        let whole = if is_end { waiting.len() } else { whole_people(&waiting) };
        let rest = waiting.split_off(whole);
        let part = std::mem::replace(&mut waiting, rest);
        let lines = lines(tx, batch, &names, part, number).await?;
        number += i32::try_from(lines.len()).map_err(Error::internal)?;
        queries::insert(tx, &lines).await?;
        counting = counting.with(lines).await?;
        if is_end {
            break;
        }
    }
    queries::close_material(tx).await?;
    join_usual_sets(tx.conn).await?;
    counting.totals().await
}

/// The number of rows at the beginning that are all about people of whom no more rows follow.
fn whole_people(rows: &[Material]) -> usize {
    let last = rows.last().map(|last| last.employee_id);
    rows.iter().rposition(|row| Some(row.employee_id) != last).map_or(0, |at| at + 1)
}

/// The lines of some people, numbered from `first`.
async fn lines(tx: &mut Tx<'_>, batch: &Batch, names: &Names, part: Vec<Material>, first: i32) -> Result<Vec<Line>> {
    let wanted = part.iter().map(|entry| Ok((entry.employee_id, earned(entry)?.last_day())));
    let wanted: BTreeSet<(Uuid, NaiveDate)> = wanted.collect::<Result<_>>()?;
    let wanted: Vec<(Uuid, NaiveDate)> = wanted.into_iter().collect();
    let cost_centres = queries::cost_centres(tx, &wanted).await?;
    let ids: BTreeMap<Uuid, Uuid> = part.iter().map(|entry| (entry.entry_id, tx.id())).collect();
    let numbered = (first..).zip(part).map(|(number, entry)| {
        let reason = ground(&entry).words(names);
        line(tx, batch, (entry, reason), &ids, &cost_centres, number)
    });
    numbered.collect()
}

fn earned(entry: &Material) -> Result<Period> {
    entry.earned_period.parse().map_err(Error::internal)
}

fn ground(entry: &Material) -> Ground<'_> {
    Ground {
        code: &entry.reason_code,
        params: &entry.reason_params,
        text: entry.reason_text.as_deref(),
        policy: entry.policy_code.as_deref(),
    }
}

/// The line of an entry, which is granted for this reason.
fn line(
    tx: &Tx<'_>,
    batch: &Batch,
    (entry, reason): (Material, Words),
    ids: &BTreeMap<Uuid, Uuid>,
    cost_centres: &BTreeMap<(Uuid, NaiveDate), OutsideCode>,
    number: i32,
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
        number,
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
