//! In which closed periods of a programme lecturers were rated, by the snapshots that count.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::statement;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::people::{merged_into, records_of_all};
use crate::programmes::documents::runs::RatedPeriod;

/// Rated periods by lecturer, the earliest first.
pub type Histories = BTreeMap<Uuid, Vec<RatedPeriod>>;

/// Each snapshot finds the people by its key: what this costs depends on them and on the number of periods alone.
const GRADES: &str = "
SELECT l.employee_id, p.period, l.grade
  FROM periods p
 CROSS JOIN LATERAL (SELECT l.employee_id, l.grade FROM snapshot_lecturers l
                      WHERE l.tenant_id = :tenant AND l.snapshot_id = p.snapshot_id AND l.employee_id = ANY (:records)
                        AND l.grade IS NOT NULL OFFSET 0) l
 WHERE p.tenant_id = :tenant AND p.programme_id = :programme AND p.snapshot_id IS NOT NULL
 ORDER BY p.starts_on";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
    #[diesel(sql_type = Text)]
    period: String,
    #[diesel(sql_type = Text)]
    grade: String,
}

/// The closed periods of a programme in which these people were rated, with their grades. Where two records of one person were rated
/// in the same period, that of the record that was kept stands.
pub async fn closed_grades(tx: &mut Tx<'_>, programme: Uuid, people: &[Uuid]) -> Result<Histories> {
    let records = records_of_all(tx, people).await?;
    let merged = merged_into(tx, &records).await?;
    let asked = statement(GRADES).bind("programme", programme).bind("records", records);
    let rows: Vec<Row> = tx.complete(asked).load(tx.conn).await?;
    let mut histories = Histories::new();
    for Row { employee_id, period, grade } in rows {
        let period = period.parse().map_err(|_| Error::internal("a row with an invalid period"))?;
        let kept = merged.get(&employee_id).copied();
        let own = histories.entry(kept.unwrap_or(employee_id)).or_default();
        match own.last_mut().filter(|last| last.period == period) {
            Some(last) if kept.is_none() => last.grade = grade,
            Some(_) => {}
            None => own.push(RatedPeriod { period, grade }),
        }
    }
    Ok(histories)
}
