//! Who a draft pays, judged anew from what is known now: an employee number that has come, a pay item that was defined, a number
//! that is gone. What was found last is stored as claims and exclusions; the lock stores what it finds.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{Context, SHA256};
use uuid::Uuid;

use super::model::{Batch, DraftTotals, Exclusion, ExclusionReason};
use super::rules::{Division, StaysOut, divide};
use super::{exclusions, queries};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::text::Reason;
use crate::payroll::groups::PayGroup;

/// The system's explanation of why a negative total is left out.
const CARRIED_FORWARD: &str = "The total is negative: carried forward to the next batch. (总额为负，结转至下一批次。)";

/// A draft as it is now.
#[derive(Debug)]
pub struct Judgement {
    pub division: Division,
    /// Who is left out, ordered by person, each with what explains it.
    pub out: Vec<Exclusion>,
    /// Who was left out when it was last stored.
    pub known: BTreeMap<Uuid, Exclusion>,
    pub totals: DraftTotals,
}

impl Judgement {
    /// People who are left out and nobody has said why.
    pub fn unexplained(&self) -> impl Iterator<Item = &Exclusion> {
        self.out.iter().filter(|out| out.explanation.is_none())
    }
}

/// Judges a draft.
pub async fn judge(tx: &mut Tx<'_>, batch: &Batch, group: &PayGroup) -> Result<Judgement> {
    let found = queries::candidates(tx, (&batch.currency, batch.cut_off_at), group, Some(batch.id)).await?;
    let division = divide(found, group.recoverable);
    let stored = exclusions::of_batch(tx, batch.id).await?;
    let known: BTreeMap<Uuid, Exclusion> = stored.into_iter().map(|row| (row.employee_id, row)).collect();
    let out = division.out.iter().map(|out| exclusion(batch, out, known.get(&out.employee_id)));
    let out: Vec<Exclusion> = out.collect();
    let is_stored = out.iter().eq(known.values())
        && division.taken.iter().all(|entry| entry.is_claimed)
        && division.out.iter().flat_map(|out| &out.entries).all(|entry| !entry.is_claimed);
    let version = if is_stored { batch.version } else { tag(batch.version, &division) };
    let totals = totals(version, &division)?;
    Ok(Judgement { division, out, known, totals })
}

/// A person who is left out. What somebody said about it holds as long as the cause is the same.
pub fn exclusion(batch: &Batch, out: &StaysOut, known: Option<&Exclusion>) -> Exclusion {
    let entry_count = i32::try_from(out.entries.len()).unwrap_or(i32::MAX);
    let same = known.filter(|known| (known.reason_code, &known.detail) == (out.reason, &out.detail));
    let by_system = out.reason == ExclusionReason::NegativeTotal;
    let fresh = || Exclusion {
        employee_id: out.employee_id,
        reason_code: out.reason,
        detail: out.detail.clone(),
        entry_count,
        total_minor: out.total_minor,
        explanation: by_system.then(|| Reason::trusted(CARRIED_FORWARD)),
        explained_at: by_system.then_some(batch.updated_at),
        explained_by_id: None,
    };
    same.map_or_else(fresh, |known| Exclusion { entry_count, total_minor: out.total_minor, ..known.clone() })
}

fn totals(version: i64, division: &Division) -> Result<DraftTotals> {
    let people: BTreeSet<Uuid> = division.taken.iter().map(|entry| entry.employee_id).collect();
    let sum: i128 = division.taken.iter().map(|entry| i128::from(entry.amount_minor)).sum();
    Ok(DraftTotals {
        version,
        line_count: i32::try_from(division.taken.len()).map_err(Error::internal)?,
        people_count: i32::try_from(people.len()).map_err(Error::internal)?,
        total_minor: i64::try_from(sum).map_err(Error::internal)?,
    })
}

/// Names a draft that is no longer what is stored: another number for another judgement.
fn tag(version: i64, division: &Division) -> i64 {
    let mut digest = Context::new(&SHA256);
    digest.update(&version.to_be_bytes());
    for entry in &division.taken {
        digest.update(entry.entry_id.as_bytes());
    }
    for out in &division.out {
        digest.update(out.employee_id.as_bytes());
        digest.update(out.reason.slug().as_bytes());
        digest.update(out.detail.as_deref().unwrap_or_default().as_bytes());
        digest.update(&out.total_minor.to_be_bytes());
    }
    let digest = digest.finish();
    let first = digest.as_ref().iter().take(8).fold(0_i64, |number, byte| (number << 8) | i64::from(*byte));
    first & i64::MAX
}
