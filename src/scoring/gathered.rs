//! The ratings of a whole period, added up in one go.

use diesel::QueryResult;
use uuid::Uuid;

use super::queries::{self, Cut, RatingRow};
use crate::journal::Tx;

/// The ratings of a period, in the order of its sessions.
#[derive(Debug)]
pub struct Gathered(Vec<RatingRow>);

impl Gathered {
    /// None of feedback that is stored or shown in another way than one by one.
    pub async fn read(tx: &mut Tx<'_>, cut: &Cut<'_>) -> QueryResult<Option<Self>> {
        if !cut.counts_each() {
            return Ok(None);
        }
        Ok(Some(Self(queries::ratings_of_period(tx, cut).await?)))
    }

    /// Those of these sessions.
    pub fn of(&self, sessions: &[Uuid]) -> Vec<RatingRow> {
        let mut found = Vec::new();
        for session in sessions {
            let first = self.0.partition_point(|row| row.of.session_id < *session);
            let own = self.0.iter().skip(first).take_while(|row| row.of.session_id == *session);
            found.extend(own.copied());
        }
        found
    }
}
