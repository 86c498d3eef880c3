//! Questions that are asked together.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::{Connection, Statement};

/// Where questions of a tenant are asked, as of one instant. Those that are asked at once (with `join`) go to the database together,
/// and take one round trip.
#[derive(Clone, Copy)]
pub struct Asking<'c> {
    pub conn: &'c Connection,
    pub tenant: Uuid,
    pub now: DateTime<Utc>,
    /// Who asks, if it is a person. Whether they may is for the answer to say.
    pub person: Option<Uuid>,
}

impl Asking<'_> {
    /// Adds the values that are at hand to the statement if its text uses them: `:tenant` and `:now`.
    pub fn complete<'q>(&self, statement: Statement<'q>) -> Statement<'q> {
        statement.bind_if_asked("tenant", self.tenant).bind_if_asked("now", self.now)
    }
}
