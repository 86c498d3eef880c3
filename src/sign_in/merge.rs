//! Two records of one person, as they become one. Each feature moves what it owns; here who signs in goes over, and what waits about
//! the record that is given up ends.

use diesel::sql_types::{Jsonb, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::change::AccessChange;
use super::hold::withdraw_impossible;
use super::queries;
use crate::db::{Statement, statement};
use crate::error::Result;
use crate::journal::{Event, Tx};

/// Two records of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// The record that stays.
    pub kept: Uuid,
    /// The record that is given up. Its row stays, for what is history.
    pub duplicate: Uuid,
}

impl Merge {
    /// Executes a statement on what belongs to `:duplicate` and goes to `:kept`. Returns how many rows there were.
    pub async fn write(self, tx: &mut Tx<'_>, text: &'static str) -> QueryResult<usize> {
        let moves = statement(text).bind_if_asked("kept", self.kept).bind("duplicate", self.duplicate);
        tx.complete(moves).execute(tx.conn).await
    }

    /// Executes a statement that ends what belongs to `:duplicate`, and tells of each with its event.
    pub async fn end(
        self,
        tx: &mut Tx<'_>,
        (topic, subject): (&'static str, &'static str),
        ends: Statement<'_>,
    ) -> QueryResult<Vec<Ended>> {
        let ends = ends.bind_if_asked("kept", self.kept).bind("duplicate", self.duplicate);
        let ended: Vec<Ended> = tx.complete(ends).load(tx.conn).await?;
        for one in &ended {
            tx.emit(Event::new(topic, subject, one.id, one.told.clone()));
        }
        Ok(ended)
    }
}

/// What a merge has ended.
#[derive(Debug, QueryableByName)]
pub struct Ended {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// What its event says.
    #[diesel(sql_type = Jsonb)]
    pub told: Value,
}

impl Ended {
    #[must_use]
    pub fn ids(all: &[Self]) -> Vec<Uuid> {
        all.iter().map(|one| one.id).collect()
    }
}

/// The accounts go over, where the kept record has none of the same issuer. What waits about the other record is withdrawn and
/// returned: what it waited for has changed.
pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<Vec<AccessChange>> {
    const MOVE: &str = "
UPDATE sign_in_bindings b SET employee_id = :kept
 WHERE b.tenant_id = :tenant AND b.employee_id = :duplicate
   AND NOT EXISTS (SELECT FROM sign_in_bindings o
                    WHERE o.tenant_id = :tenant AND o.employee_id = :kept AND o.issuer = b.issuer)";
    const FORGET: &str = "DELETE FROM sign_in_bindings b WHERE b.tenant_id = :tenant AND b.employee_id = :duplicate";
    merge.write(tx, MOVE).await?;
    merge.write(tx, FORGET).await?;
    // Other merges of the record name it as their target.
    let mut waiting = queries::waiting_for(tx, merge.duplicate).await?;
    waiting.extend(queries::waiting(tx, vec![merge.duplicate.to_string()]).await?.into_values());
    for change in &waiting {
        withdraw_impossible(tx, change).await?;
    }
    Ok(waiting)
}
