//! Who a draft pays, judged anew from what is known now: an employee number that has come, a pay item that was defined, a number
//! that is gone. What was found last is stored as claims and exclusions; the lock stores what it finds.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};
use uuid::Uuid;

use super::candidates::{self, Draft};
use super::exclusions;
use super::model::{Batch, DraftTotals, Exclusion, ExclusionReason};
use super::rules::{Division, StaysOut};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::text::Reason;
use crate::payroll::groups::PayGroup;

/// The system's explanation of why a negative total is left out.
const CARRIED_FORWARD: &str = "The total is negative: carried forward to the next batch.（总额为负，结转至下一批次。）";

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
    let division = candidates::divide(tx, Draft { batch, group }).await?;
    let stored = exclusions::of_batch(tx, batch.id).await?;
    let known: BTreeMap<Uuid, Exclusion> = stored.into_iter().map(|row| (row.employee_id, row)).collect();
    let out = division.out.iter().map(|out| exclusion(batch, out, known.get(&out.employee_id)));
    let out: Vec<Exclusion> = out.collect();
    let taken = division.taken;
    let is_stored = out.iter().eq(known.values())
        && taken.claimed_count == taken.entry_count
        && division.out.iter().all(|out| out.claimed_count == 0);
    let totals = DraftTotals {
        version: if is_stored { batch.version } else { tag(batch.version, &division) },
        line_count: taken.entry_count,
        people_count: taken.people_count,
        total_minor: taken.total_minor,
    };
    Ok(Judgement { division, out, known, totals })
}

/// A person who is left out. What somebody said about it holds as long as the cause is the same.
fn exclusion(batch: &Batch, out: &StaysOut, known: Option<&Exclusion>) -> Exclusion {
    let entry_count = out.entry_count;
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

/// Names a draft that is no longer what is stored: another number for another judgement.
fn tag(version: i64, division: &Division) -> i64 {
    let mut digest = Context::new(&SHA256);
    digest.update(&version.to_be_bytes());
    digest.update(&division.mark.to_be_bytes());
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
