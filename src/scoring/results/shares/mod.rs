//! What HR's appraisal takes over (占整体考核的得分): the share of everybody in a closed period, as a list and as a table.
//!
//! Only what is closed is taken over: an open period has no shares yet. Of a period that was restated it is the snapshot that counts,
//! and `updated_at` says since when a result is what it is, so that whoever takes them over asks for what has changed since.

mod dto;
mod export;
mod queries;
pub mod routes;

use uuid::Uuid;

use self::dto::AppraisalShareResponse;
use self::queries::{Asked, ShareRow, Taken};
use super::Basis;
use crate::auth::rights::ScoresRead;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::people;
use crate::programmes::find_period;

/// A closed period whose shares are taken over.
#[derive(Debug, Clone, Copy)]
struct Closed {
    taken: Taken,
    appraisal_weight_bp: u32,
    snapshot_number: i32,
}

impl Closed {
    /// None while the period is open. 404 as for scorecards.
    async fn find(tx: &mut Tx<'_>, programme: Uuid, period: Period) -> Result<Option<Self>> {
        let basis = Basis::find(tx, programme, period).await?;
        let row = find_period(tx, programme, &period).await?;
        let (Some(frozen), Some(row)) = (&basis.snapshot, row) else { return Ok(None) };
        let closed_at =
            row.closed_at.ok_or_else(|| Error::internal("a closed period without the time of its close"))?;
        Ok(Some(Self {
            taken: Taken { snapshot: frozen.id, period: row.id, closed_at },
            appraisal_weight_bp: basis.rule.appraisal_weight_bp,
            snapshot_number: frozen.number,
        }))
    }

    /// Those of the people whom the caller may see, with the records that they are of, ordered by these.
    async fn shares(&self, tx: &mut Tx<'_>, asked: Asked) -> Result<Vec<(Uuid, AppraisalShareResponse)>> {
        let visible = people::visible::<ScoresRead>(tx).await?;
        let rows = queries::shares(tx, &self.taken, visible.ids(), asked).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.employee_id).collect();
        let people = people::employee_refs(tx, &ids).await?;
        let share = |row: ShareRow| {
            let (id, person) = (row.employee_id, people.get(row.employee_id)?);
            Ok((id, AppraisalShareResponse::new(self, person, row)))
        };
        rows.into_iter().map(share).collect()
    }
}
