//! Scorecards on the wire, and what every result is based on.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::Page;
use crate::kernel::hex::Sha256;
use crate::kernel::period::Period;
use crate::kernel::scope::Scope;
use crate::kernel::text::{Name, OutsideCode};
use crate::people::EmployeeRef;
use crate::scoring::scorecard::Scorecard;

/// The department in which a lecturer is ranked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BoardDepartment {
    pub id: Uuid,
    /// Example: sales
    pub code: OutsideCode,
    /// Example: Sales
    pub name: Name,
}

/// The version of the scoring rule that a result was computed with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AppliedRule {
    pub id: Uuid,
    /// Number of the version in the programme.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub version: i32,
}

/// The snapshot that a final result is read from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AppliedSnapshot {
    pub id: Uuid,
    /// 1 for the close; higher numbers are accepted restatements.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub number: i32,
    /// SHA-256 of the canonical form of rule, inputs and results.
    pub digest: Sha256,
    pub closed_at: DateTime<Utc>,
}

/// One lecturer's result in a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScorecardResponse {
    pub programme_id: Uuid,
    pub period: Period,
    pub employee: EmployeeRef,
    /// Null if the lecturer has no department.
    pub department: Option<BoardDepartment>,
    /// True while the period is open: the result is of the facts so far, about a second behind them, and can change.
    pub provisional: bool,
    /// While provisional: the instant up to which all facts are in. Null before the first result of the period, and once it is closed.
    pub as_of: Option<DateTime<Utc>>,
    pub rule: AppliedRule,
    /// Null while provisional.
    pub snapshot: Option<AppliedSnapshot>,
    pub card: Scorecard,
    /// The lecturers among whom this one is ranked.
    pub rank_scope: Scope,
    /// Null if the lecturer is not rated.
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub rank: Option<u32>,
    /// Number of rated lecturers on the same board; null if the lecturer is not rated.
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub ranked_of: Option<u32>,
}

/// A page of scorecards.
pub type ScorecardPage = Page<ScorecardResponse>;

/// Scorecards as a table.
#[derive(ToSchema)]
#[schema(max_length = 2_000_000_000)]
pub struct ScorecardTable(#[expect(dead_code, reason = "names the schema")] String);
