//! Rows of versions, and versions with their documents read.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::http::ETag;
use crate::kernel::period::Period;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::programmes::periods::PeriodColumn;

/// A version of either kind: the two tables have the same columns.
#[derive(Debug, Clone, Queryable)]
pub struct VersionRow {
    pub id: Uuid,
    pub programme_id: Uuid,
    pub version: i32,
    #[diesel(deserialize_as = PeriodColumn)]
    pub starts_period: Period,
    pub starts_on: NaiveDate,
    pub document: Value,
    pub maker_id: Option<Uuid>,
    pub checker_id: Option<Uuid>,
    pub self_approved: bool,
    pub published_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl VersionRow {
    /// Versions have no counter of their changes: the moment of the last one, in microseconds, serves for it.
    #[must_use]
    pub fn etag(&self) -> ETag {
        ETag(self.updated_at.timestamp_micros())
    }

    /// The moment of a change now: later than the one before it, whatever the clock says.
    #[must_use]
    pub fn next_update(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.max(self.updated_at + TimeDelta::microseconds(1))
    }
}

/// A version of the scoring rule of a programme.
#[derive(Debug, Clone)]
pub struct RuleVersion {
    pub id: Uuid,
    pub programme_id: Uuid,
    /// Its number in the programme, from 1.
    pub version: i32,
    /// The first period that it serves for.
    pub starts_period: Period,
    pub starts_on: NaiveDate,
    pub rule: ScoringRule,
    /// None: a draft.
    pub published_at: Option<DateTime<Utc>>,
}

/// A version of the reward policies of a programme.
#[derive(Debug, Clone)]
pub struct PolicyVersion {
    pub id: Uuid,
    pub programme_id: Uuid,
    /// Its number in the programme, from 1.
    pub version: i32,
    /// The first period that it serves for.
    pub starts_period: Period,
    pub starts_on: NaiveDate,
    pub policies: RewardPolicySet,
    /// None: a draft.
    pub published_at: Option<DateTime<Utc>>,
}

/// A document that was checked before it was kept.
pub fn read<D: DeserializeOwned>(document: Value) -> Result<D> {
    serde_json::from_value(document).map_err(Error::internal)
}

impl TryFrom<VersionRow> for RuleVersion {
    type Error = Error;

    fn try_from(row: VersionRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            programme_id: row.programme_id,
            version: row.version,
            starts_period: row.starts_period,
            starts_on: row.starts_on,
            rule: read(row.document)?,
            published_at: row.published_at,
        })
    }
}

impl TryFrom<VersionRow> for PolicyVersion {
    type Error = Error;

    fn try_from(row: VersionRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            programme_id: row.programme_id,
            version: row.version,
            starts_period: row.starts_period,
            starts_on: row.starts_on,
            policies: read(row.document)?,
            published_at: row.published_at,
        })
    }
}
