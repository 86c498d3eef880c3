//! Shares of the appraisal on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::Closed;
use super::queries::ShareRow;
use crate::db::text::text_column;
use crate::http::Page;
use crate::kernel::decimal::Decimal;
use crate::kernel::wire;
use crate::kernel::words::words;
use crate::people::EmployeeRef;
use crate::scoring::Score;
use crate::scoring::scorecard::NotRatedReason;

/// What the overall appraisal takes over of one lecturer in one closed period.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppraisalShareResponse {
    pub employee: EmployeeRef,
    pub status: ShareStatus,
    /// Why the lecturer is not rated; null otherwise.
    pub reason: Option<NotRatedReason>,
    pub score: Option<Score>,
    #[schema(min_length = 1, max_length = 64)]
    pub grade: Option<String>,
    /// The weight of the score in the overall appraisal, by the period's rule.
    #[schema(minimum = 0, maximum = 10_000)]
    pub appraisal_weight_bp: u32,
    /// Score × weight, 2 decimals. Null if not rated or removed: then the appraisal takes nothing over.
    pub share: Option<Score>,
    /// The snapshot that it is from.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub snapshot_number: i32,
    /// Since when it is so: since the close, or since the last accepted restatement that moved it.
    pub updated_at: DateTime<Utc>,
}

/// A page of shares.
pub type AppraisalSharePage = Page<AppraisalShareResponse>;

words! {
    /// What there is to take over.
    pub enum ShareStatus {
        /// There is a score.
        Rated = "rated",
        /// There is no score, and `reason` says why.
        NotRated = "not_rated",
        /// A restatement took the lecturer out of the period: what was taken over before holds no more.
        Removed = "removed",
    }
}

text_column!(ShareStatus);

impl AppraisalShareResponse {
    pub(super) fn new(closed: &Closed, employee: EmployeeRef, row: ShareRow) -> Self {
        let number = |number: Decimal| Score::round(&number.to_ratio());
        Self {
            employee,
            status: row.status,
            reason: row.reason.as_deref().and_then(NotRatedReason::of),
            score: row.score.map(number),
            grade: row.grade,
            appraisal_weight_bp: closed.appraisal_weight_bp,
            share: row.share.map(number),
            snapshot_number: closed.snapshot_number,
            updated_at: row.updated_at,
        }
    }
}

/// Filters for shares.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAppraisalSharesQuery {
    /// Only those that changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}

/// Shares as a table.
#[derive(ToSchema)]
#[schema(max_length = 1_000_000_000)]
pub struct AppraisalShareTable(#[expect(dead_code, reason = "names the schema")] String);
