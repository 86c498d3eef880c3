//! Where the lecturers of a snapshot stand on its boards: the close stores it with the snapshot. A release that did not may still close
//! periods while it is replaced; what it leaves out follows from what it has stored.

use diesel::prelude::*;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::queries::insert_standings;
use crate::db::{allow_large_sets, statement};
use crate::error::Result;
use crate::journal::Tx;

/// A closed period whose boards have no places.
#[derive(Debug, QueryableByName)]
pub struct WithoutPlaces {
    #[diesel(sql_type = SqlUuid)]
    snapshot_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    #[diesel(sql_type = Text)]
    pub period: String,
}

/// The snapshots with rated lecturers whose places are not stored.
pub async fn without_places(tx: &mut Tx<'_>) -> Result<Vec<WithoutPlaces>> {
    const WITHOUT: &str = "
SELECT s.id AS snapshot_id, p.programme_id, p.period
  FROM snapshots s
  JOIN periods p ON p.tenant_id = :tenant AND p.id = s.period_id
 WHERE s.tenant_id = :tenant AND s.rated_count > 0
   AND NOT EXISTS (SELECT FROM snapshot_standings b WHERE b.tenant_id = :tenant AND b.snapshot_id = s.id)
 ORDER BY p.starts_on, s.number";
    Ok(tx.complete(statement(WITHOUT)).load(tx.conn).await?)
}

/// Stores the places that are not.
pub async fn fill_places(tx: &mut Tx<'_>) -> Result<()> {
    allow_large_sets(tx.conn).await?;
    for snapshot in without_places(tx).await? {
        insert_standings(tx, snapshot.snapshot_id, snapshot.programme_id).await?;
    }
    Ok(())
}
