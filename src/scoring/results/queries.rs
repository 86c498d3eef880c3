//! Statements that read results.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Outcome;
use crate::db::{Document, statement};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::text::{Name, OutsideCode, Title};
use crate::people::records_of_all;
use crate::programmes::documents::rule::ScoringRule;
use crate::schema::{contents, departments, snapshot_lecturers};
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::rank::Standing;
use crate::scoring::scorecard::Scorecard;
use crate::scoring::sums::Sums;

/// How a period stands: the snapshot that counts, or else the stored live results, and the rule of either.
#[derive(Debug, QueryableByName)]
pub struct Stand {
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

/// All that is none if the period is neither closed nor projected.
pub async fn stand(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> QueryResult<Stand> {
    let stand = statement(STAND).bind("programme", programme).bind("period", period.to_string());
    tx.complete(stand).get_result(tx.conn).await
}

const STAND: &str = "
SELECT s.id AS snapshot_id, s.number, s.digest, s.closed_at, l.id AS live_id, l.version AS live_version, l.computed_at,
       least(l.anew_since, (SELECT m.marked_at FROM live_marks m
                             WHERE m.tenant_id = :tenant AND m.set_aside_at IS NULL
                             ORDER BY m.marked_at LIMIT 1)) AS waiting_since,
       v.id AS rule_id, v.version AS rule_version, v.document AS rule
  FROM (SELECT) one
  LEFT JOIN LATERAL (SELECT o.id, o.number, o.digest, o.closed_at, o.rule_id
                       FROM periods p
                       JOIN snapshots o ON o.tenant_id = :tenant AND o.id = p.snapshot_id
                      WHERE p.tenant_id = :tenant AND p.programme_id = :programme AND p.period = :period
                      LIMIT 1) s ON true
  LEFT JOIN live_periods l ON l.tenant_id = :tenant AND l.programme_id = :programme AND l.period = :period
  LEFT JOIN LATERAL (SELECT r.id, r.version, r.document
                       FROM scoring_rules r
                      WHERE r.tenant_id = :tenant AND r.id = CASE WHEN s.rule_id IS NULL THEN l.rule_id ELSE s.rule_id END
                      LIMIT 1) v ON true";

/// One lecturer in a snapshot.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = snapshot_lecturers)]
pub struct FrozenRow {
    pub inputs: Document<LecturerInputs>,
    pub card: Document<Scorecard>,
    pub rank: Option<i32>,
    pub ranked_of: Option<i32>,
    pub apart: Document<BTreeSet<Uuid>>,
}

impl FrozenRow {
    fn read(self) -> Result<Outcome> {
        let standing = |(rank, ranked_of): (i32, i32)| -> Result<Standing> {
            let count = |stored: i32| u32::try_from(stored).map_err(Error::internal);
            Ok(Standing { rank: count(rank)?, ranked_of: count(ranked_of)? })
        };
        let standing = self.rank.zip(self.ranked_of).map(standing).transpose()?;
        let sums = Sums::frozen(&self.inputs.sessions, &self.apart)?;
        Ok(Outcome { inputs: self.inputs.0, card: self.card.0, standing, sums })
    }
}

/// The card of the person, whichever of the person's records it is of.
pub async fn frozen_one(tx: &mut Tx<'_>, snapshot: Uuid, employee: Uuid) -> Result<Option<Outcome>> {
    let records = records_of_all(tx, &[employee]).await?;
    let row: Option<FrozenRow> = snapshot_lecturers::table
        .filter(snapshot_lecturers::tenant_id.eq(tx.tenant))
        .filter(snapshot_lecturers::snapshot_id.eq(snapshot))
        .filter(snapshot_lecturers::employee_id.eq_any(records))
        .select(FrozenRow::as_select())
        .first(tx.conn)
        .await
        .optional()?;
    row.map(FrozenRow::read).transpose()
}

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

/// What a statement shows of a session besides what counts.
#[derive(Debug, Clone, QueryableByName)]
pub struct SessionTitle {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub title: Title,
    /// The actual start, or else the scheduled one.
    #[diesel(sql_type = Timestamptz)]
    pub starts_at: DateTime<Utc>,
    /// How many ratings of it came on paper forms.
    #[diesel(sql_type = BigInt)]
    pub paper_ratings: i64,
}

/// `until`: which ratings on paper are counted.
pub async fn session_titles(tx: &mut Tx<'_>, ids: &[Uuid], until: DateTime<Utc>) -> QueryResult<Vec<SessionTitle>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let titles = statement(
        "SELECT s.id, s.title, coalesce(s.delivered_start, s.scheduled_start) AS starts_at,
                (SELECT count(*) FROM feedback f
                  WHERE f.tenant_id = :tenant AND f.session_id = s.id AND f.source = 'paper' AND f.counts
                    AND f.received_at <= :until) AS paper_ratings
           FROM sessions s
          WHERE s.tenant_id = :tenant AND s.id = ANY (:ids)",
    );
    tx.complete(titles.bind("ids", ids).bind("until", until)).load(tx.conn).await
}

pub async fn content_titles(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Title)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    contents::table
        .filter(contents::tenant_id.eq(tx.tenant))
        .filter(contents::id.eq_any(ids))
        .select((contents::id, contents::title))
        .load(tx.conn)
        .await
}
