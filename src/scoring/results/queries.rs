//! Statements that read results.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::db::{Document, narrow};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::people::records_of_all;
use crate::programmes::documents::rule::ScoringRule;
use crate::schema::{contents, departments, feedback, periods, scoring_rules, sessions, snapshot_lecturers, snapshots};
use crate::scoring::rank::Standing;

use super::Outcome;
use crate::kernel::text::{Name, OutsideCode, Title};

/// The snapshot of a closed period, without its lecturers.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = snapshots)]
pub struct SnapshotRow {
    pub id: Uuid,
    pub number: i32,
    pub rule_id: Uuid,
    pub digest: String,
    pub closed_at: DateTime<Utc>,
}

/// The latest snapshot of a period; none while it is open.
pub async fn latest_snapshot(tx: &mut Tx<'_>, programme: Uuid, period: &str) -> QueryResult<Option<SnapshotRow>> {
    snapshots::table
        .inner_join(
            periods::table.on(periods::tenant_id.eq(snapshots::tenant_id).and(periods::id.eq(snapshots::period_id))),
        )
        .filter(snapshots::tenant_id.eq(tx.tenant))
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::period.eq(period))
        .order(snapshots::number.desc())
        .select(SnapshotRow::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// A rule version that a snapshot refers to.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = scoring_rules)]
pub struct RuleRow {
    pub version: i32,
    pub document: Document<ScoringRule>,
}

pub async fn rule(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<RuleRow> {
    let own = scoring_rules::table.filter(scoring_rules::tenant_id.eq(tx.tenant)).filter(scoring_rules::id.eq(id));
    own.select(RuleRow::as_select()).first(tx.conn).await
}

/// One lecturer in a snapshot.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = snapshot_lecturers)]
pub struct FrozenRow {
    pub inputs: Value,
    pub card: Value,
    pub rank: Option<i32>,
    pub ranked_of: Option<i32>,
    pub apart: Value,
}

impl FrozenRow {
    fn read(self) -> Result<Outcome> {
        let standing = |(rank, ranked_of): (i32, i32)| -> Result<Standing> {
            let count = |stored: i32| u32::try_from(stored).map_err(Error::internal);
            Ok(Standing { rank: count(rank)?, ranked_of: count(ranked_of)? })
        };
        Ok(Outcome {
            inputs: serde_json::from_value(self.inputs).map_err(Error::internal)?,
            card: serde_json::from_value(self.card).map_err(Error::internal)?,
            standing: self.rank.zip(self.ranked_of).map(standing).transpose()?,
            apart: serde_json::from_value(self.apart).map_err(Error::internal)?,
        })
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

/// Ordered by employee id. If people are given, only these.
pub async fn frozen_page(
    tx: &mut Tx<'_>,
    snapshot: Uuid,
    visible: Option<&[Uuid]>,
    after: Option<Uuid>,
    fetch: i64,
) -> Result<Vec<Outcome>> {
    let mut page = snapshot_lecturers::table
        .filter(snapshot_lecturers::tenant_id.eq(tx.tenant))
        .filter(snapshot_lecturers::snapshot_id.eq(snapshot))
        .select(FrozenRow::as_select())
        .into_boxed();
    narrow!(page; snapshot_lecturers { employee_id in visible, employee_id > after });
    let rows: Vec<FrozenRow> = page.order(snapshot_lecturers::employee_id).limit(fetch).load(tx.conn).await?;
    rows.into_iter().map(FrozenRow::read).collect()
}

/// Code and name of departments.
pub async fn departments(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, OutsideCode, Name)>> {
    departments::table
        .filter(departments::tenant_id.eq(tx.tenant))
        .filter(departments::id.eq_any(ids))
        .select((departments::id, departments::code, departments::name))
        .load(tx.conn)
        .await
}

/// Title and start of sessions: the actual start, or else the scheduled one.
pub async fn session_titles(
    tx: &mut Tx<'_>,
    ids: &[Uuid],
) -> QueryResult<Vec<(Uuid, Title, DateTime<Utc>, Option<DateTime<Utc>>)>> {
    sessions::table
        .filter(sessions::tenant_id.eq(tx.tenant))
        .filter(sessions::id.eq_any(ids))
        .select((sessions::id, sessions::title, sessions::scheduled_start, sessions::delivered_start))
        .load(tx.conn)
        .await
}

pub async fn content_titles(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Title)>> {
    contents::table
        .filter(contents::tenant_id.eq(tx.tenant))
        .filter(contents::id.eq_any(ids))
        .select((contents::id, contents::title))
        .load(tx.conn)
        .await
}

/// How many ratings of these sessions came on paper forms, until `closed_at` if that is given.
pub async fn paper_ratings(tx: &mut Tx<'_>, ids: &[Uuid], closed_at: Option<DateTime<Utc>>) -> QueryResult<i64> {
    let own = feedback::table
        .filter(feedback::tenant_id.eq(tx.tenant))
        .filter(feedback::session_id.eq_any(ids))
        .filter(feedback::source.eq("paper"))
        .filter(feedback::counts)
        .filter(feedback::received_at.le(closed_at.unwrap_or(tx.now)));
    own.count().get_result(tx.conn).await
}
