//! The closed periods that a fact belongs to.
//!
//! A fact is stored whenever it comes. What a close has frozen is changed only by a restatement, so the answer to whoever sends a
//! fact of a closed period says so, with the snapshot that does not have it. What a command writes decides which of the functions
//! here it calls; the answer gets what they find as its member [`PERIOD_CLOSED`].

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::tx::Tx;
use crate::db::{Statement, concat, statement};
use crate::kernel::period::Period;

/// The member of an answer that names them.
pub const PERIOD_CLOSED: &str = "period_closed";

/// A closed period that a stored fact belongs to, with its latest snapshot, which is without the fact. `late-facts` of the period
/// lists what it would change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema, QueryableByName)]
pub struct ClosedPeriod {
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    #[schema(value_type = Period)]
    #[diesel(sql_type = Text)]
    pub period: String,
    #[diesel(sql_type = SqlUuid)]
    pub snapshot_id: Uuid,
    /// 1 for the close, higher for each restatement.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    #[diesel(sql_type = Integer)]
    pub snapshot_number: i32,
}

/// What the answer to a fact has besides the fact.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosedPeriods {
    /// The closed periods that the fact belongs to. It is stored, and changes nothing there until a restatement takes it in.
    #[schema(max_items = 1000)]
    pub period_closed: BTreeSet<ClosedPeriod>,
}

/// The closed periods `p` with their latest snapshots `s`; a condition on them follows.
const CLOSED: &str = "
SELECT p.programme_id, p.period, s.id AS snapshot_id, s.number AS snapshot_number
  FROM periods p
  JOIN LATERAL (SELECT l.id, l.number FROM snapshots l
                 WHERE l.tenant_id = :tenant AND l.period_id = p.id ORDER BY l.number DESC LIMIT 1) s ON true
 WHERE p.tenant_id = :tenant AND p.state = 'closed' AND ";

/// The period in which the session counts as it stands. A command that may move it calls this before and after.
const OF_SESSIONS: &str = concat!(
    CLOSED,
    "EXISTS (SELECT FROM sessions f
              WHERE f.tenant_id = :tenant AND f.id = ANY (:ids) AND f.programme_id = p.programme_id
                AND coalesce(f.delivered_start, f.scheduled_start) >= p.starts_at
                AND coalesce(f.delivered_start, f.scheduled_start) < p.ends_at)"
);

/// A reuse counts in its period, and in later ones it makes a content one that somebody reused.
const OF_REUSE: &str = concat!(
    CLOSED,
    "EXISTS (SELECT FROM reuse_events f JOIN contents c ON c.tenant_id = :tenant AND c.id = f.content_id
              WHERE f.tenant_id = :tenant AND f.id = ANY (:ids) AND c.programme_id = p.programme_id AND f.occurred_at < p.ends_at)"
);

/// A content is there from its publication on.
const OF_CONTENTS: &str = concat!(
    CLOSED,
    "EXISTS (SELECT FROM contents f
              WHERE f.tenant_id = :tenant AND f.id = ANY (:ids) AND f.programme_id = p.programme_id AND f.published_at < p.ends_at)"
);

/// Days of somebody who is in the snapshot.
const OF_DAYS: &str = concat!(
    CLOSED,
    "(:last_day IS NULL OR p.starts_on <= :last_day) AND p.ends_on > :first_day
     AND EXISTS (SELECT FROM snapshot_lecturers f
                  WHERE f.tenant_id = :tenant AND f.snapshot_id = s.id AND f.employee_id = :employee)"
);

const OF_PERIOD: &str = concat!(CLOSED, "p.programme_id = :programme AND p.period = :period");

impl Tx<'_> {
    /// The facts of these sessions as they stand now.
    pub async fn touch_sessions(&mut self, ids: &[Uuid]) -> QueryResult<()> {
        self.touch(statement(OF_SESSIONS).bind("ids", ids)).await
    }

    pub async fn touch_reuse(&mut self, ids: &[Uuid]) -> QueryResult<()> {
        self.touch(statement(OF_REUSE).bind("ids", ids)).await
    }

    pub async fn touch_contents(&mut self, ids: &[Uuid]) -> QueryResult<()> {
        self.touch(statement(OF_CONTENTS).bind("ids", ids)).await
    }

    /// Days of a person: leave, employment, department. No last day: no end.
    pub async fn touch_days(&mut self, employee: Uuid, first: NaiveDate, last: Option<NaiveDate>) -> QueryResult<()> {
        self.touch(statement(OF_DAYS).bind("employee", employee).bind("first_day", first).bind("last_day", last)).await
    }

    pub async fn touch_period(&mut self, programme: Uuid, period: &Period) -> QueryResult<()> {
        self.touch(statement(OF_PERIOD).bind("programme", programme).bind("period", period.to_string())).await
    }

    async fn touch(&mut self, found: Statement<'_>) -> QueryResult<()> {
        let found: Vec<ClosedPeriod> = self.complete(found).load(self.conn).await?;
        self.closed.extend(found);
        Ok(())
    }

    /// The closed periods that what was stored belongs to.
    pub fn closed_periods(&self) -> &BTreeSet<ClosedPeriod> {
        &self.closed
    }
}
