//! Statements that read results.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{Document, concat, statement};
use crate::journal::{Asking, Tx};
use crate::kernel::period::{Cycle, Period};
use crate::kernel::text::{Name, OutsideCode};
use crate::programmes::FeedbackMode;
use crate::programmes::documents::rule::ScoringRule;
use crate::schema::departments;

/// How a period stands: what results depend on of its programme; the snapshot that counts, or else the stored live results; and the
/// rule of either.
#[derive(Debug, QueryableByName)]
pub struct Stand {
    #[diesel(sql_type = Text)]
    pub cycle: Cycle,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    #[diesel(sql_type = Integer)]
    pub board_size: i32,
    #[diesel(sql_type = Text)]
    pub feedback_mode: FeedbackMode,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub snapshot_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub number: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    pub digest: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub closed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub live_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub live_version: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub computed_at: Option<DateTime<Utc>>,
    /// Since when facts wait to get into the live results.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub waiting_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub rule_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub rule_version: Option<i32>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub rule: Option<Document<ScoringRule>>,
}

/// None if there is no such programme. Snapshot, live results and rule are none if the period is neither closed nor projected.
pub async fn stand(mut asking: Asking<'_>, programme: Uuid, period: Period) -> QueryResult<Option<Stand>> {
    let stand = statement(STAND).bind("programme", programme).bind("period", period.to_string());
    asking.complete(stand).get_result(&mut asking.conn).await.optional()
}

const STAND: &str = concat!("SELECT ", STANDS, OF_PERIOD, OF_PROGRAMME);

/// How a period stands.
pub const STANDS: &str = "
       p.cycle, p.time_zone, p.board_size, p.feedback_mode,
       s.id AS snapshot_id, s.number, s.digest, s.closed_at, l.id AS live_id, l.version AS live_version, l.computed_at,
       least(l.anew_since, (SELECT m.marked_at FROM live_marks m
                             WHERE m.tenant_id = :tenant AND m.set_aside_at IS NULL
                             ORDER BY m.marked_at LIMIT 1)) AS waiting_since,
       v.id AS rule_id, v.version AS rule_version, v.document AS rule";

/// The programme `p`, the row `o` of the period with the snapshot `s` that counts, its live results `l`, and the rule `v`.
pub const OF_PERIOD: &str = "
  FROM programmes p
  LEFT JOIN periods o ON o.tenant_id = :tenant AND o.programme_id = :programme AND o.period = :period
  LEFT JOIN snapshots s ON s.tenant_id = :tenant AND s.id = o.snapshot_id
  LEFT JOIN live_periods l ON l.tenant_id = :tenant AND l.programme_id = :programme AND l.period = :period
  LEFT JOIN scoring_rules v ON v.tenant_id = :tenant AND v.id = CASE WHEN s.rule_id IS NULL THEN l.rule_id ELSE s.rule_id END";

pub const OF_PROGRAMME: &str = "
 WHERE p.tenant_id = :tenant AND p.id = :programme";

/// Code and name of departments.
pub async fn departments(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, OutsideCode, Name)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    departments::table
        .filter(departments::tenant_id.eq(tx.tenant))
        .filter(departments::id.eq_any(ids))
        .select((departments::id, departments::code, departments::name))
        .load(tx.conn)
        .await
}
