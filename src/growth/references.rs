//! What criteria refer to: grades, titles, kinds of certificates and programmes, which must be the company's.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::criteria::PromotionCriterion;
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::names::{grade_order, unknown_competence, unknown_title};
use crate::schema::programmes;

/// All faults of criteria at `pointer`: of their form, and of what they refer to.
pub async fn criteria_faults(tx: &mut Tx<'_>, criteria: &PromotionCriterion, pointer: &str) -> Result<Faults> {
    let grades = grade_order(tx).await?;
    let mut faults = Faults::from(criteria.validate(pointer, &grades));
    for (place, kind) in criteria.competences(pointer) {
        if !faults.has(&place) {
            faults.extend(unknown_competence(tx, &place, kind).await?);
        }
    }
    for (place, code) in criteria.titles(pointer) {
        if !faults.has(&place) {
            faults.extend(unknown_title(tx, &place, code).await?);
        }
    }
    faults.extend(unknown_programmes(tx, criteria.programmes(pointer)).await?);
    Ok(faults)
}

/// A fault for each of these programmes, with its place, that does not exist.
pub async fn unknown_programmes(tx: &mut Tx<'_>, named: Vec<(String, Uuid)>) -> QueryResult<Vec<Fault>> {
    let ids: Vec<Uuid> = named.iter().map(|(_, id)| *id).collect();
    let existing: Vec<Uuid> = programmes::table
        .filter(programmes::tenant_id.eq(tx.tenant))
        .filter(programmes::id.eq_any(ids))
        .select(programmes::id)
        .load(tx.conn)
        .await?;
    let unknown = named.into_iter().filter(|(_, id)| !existing.contains(id));
    Ok(unknown.map(|(place, _)| Fault::new(place, FaultCode::NotFound)).collect())
}
