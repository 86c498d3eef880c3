//! Statements on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::scorecards::ScorecardResponse;
use crate::appeals::StatementAppeals;
use crate::feedback::FeedbackText;
use crate::kernel::decimal::Decimal;
use crate::kernel::money::Money;
use crate::programmes::documents::fee::HoldReason;
use crate::scoring::inputs::{ItemSum, RatingSum, SessionKind, SessionOutcome};

/// A statement (得分明细单): one lecturer's result with every fact that it is based on.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementResponse {
    pub scorecard: ScorecardResponse,
    /// The sessions delivered or missed in the period.
    #[schema(max_items = 10_000)]
    pub sessions: Vec<StatementSession>,
    /// Number and sum of the ratings that do not stand apart in any session, by scale. Outside the feedback mode `named`, ratings
    /// are released in batches of at least `feedback_min_k`; a batch of several sessions is shown here. After the close: the
    /// ratings of the sessions that have fewer, or whose own figures would show such a rest by the difference.
    #[schema(max_items = 100)]
    pub ratings_together: Vec<StatementRatings>,
    /// The answers to items of the same feedback.
    #[schema(max_items = 10_000)]
    pub items_together: Vec<StatementItem>,
    /// The texts of the same feedback in random order, at most 1000, for callers who may read feedback. Empty once the period is
    /// closed.
    #[schema(max_items = 1000)]
    pub texts_together: Vec<FeedbackText>,
    /// How many ratings of these sessions came on paper forms that two administrators entered, shown or not.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub paper_ratings: i64,
    /// The contents that were available in the period.
    #[schema(max_items = 10_000)]
    pub contents: Vec<StatementContent>,
    /// The values that outside systems sent.
    #[schema(max_items = 1000)]
    pub external_values: Vec<StatementExternalValue>,
    /// The lecturer's appeals; null while the period is not closed.
    pub appeals: Option<StatementAppeals>,
}

/// One session of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementSession {
    pub session_id: Uuid,
    #[schema(max_length = 200)]
    pub title: String,
    /// The actual start, or the scheduled start of a missed session.
    pub starts_at: Option<DateTime<Utc>>,
    pub outcome: SessionOutcome,
    pub kind: SessionKind,
    /// Whether it counts for `session_count` and `teaching_minutes`.
    pub qualifies: bool,
    #[schema(minimum = 0, maximum = 1440)]
    pub minutes: u32,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub attendees: u32,
    /// This lecturer's share of the session's credit.
    pub credit: Decimal,
    /// Whether the content was submitted in time; null if none was due.
    pub on_time: Option<bool>,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub confirmed_cases: u32,
    /// Number and sum of the ratings that stand apart, by scale. Others are in `ratings_together`.
    #[schema(max_items = 100)]
    pub ratings: Vec<StatementRatings>,
    #[schema(max_items = 10_000)]
    pub items: Vec<StatementItem>,
    /// What the teaching fees (课酬) grant for it: as granted at the close, or as things stand before it. Null for callers who read
    /// neither everybody's results nor their own.
    #[schema(max_items = 100)]
    pub fees: Option<Vec<StatementFee>>,
}

/// What a fee grants for a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatementFee {
    /// The policy's code.
    #[schema(min_length = 1, max_length = 64)]
    pub policy: String,
    pub amount: Money,
    /// Whether it is not payable yet: until the budget is raised, or as long as a gate of the fee holds it. What became of it after
    /// the close: `list_rewards`.
    pub held: bool,
    /// The gates of the fee that hold it, in their order.
    #[schema(max_items = 4)]
    pub held_reasons: Vec<HoldReason>,
}

/// The ratings of a session on one scale.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementRatings {
    #[schema(minimum = 1, maximum = 100)]
    pub scale: u32,
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub n: u32,
    pub sum: Decimal,
}

/// The answers to one item of a session on one scale.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementItem {
    #[schema(max_length = 64)]
    pub key: String,
    #[schema(minimum = 1, maximum = 100)]
    pub scale: u32,
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub n: u32,
    pub sum: Decimal,
}

impl From<RatingSum> for StatementRatings {
    fn from(RatingSum { scale, n, sum }: RatingSum) -> Self {
        Self { scale: scale.get(), n, sum }
    }
}

impl From<ItemSum> for StatementItem {
    fn from(ItemSum { key, scale, n, sum }: ItemSum) -> Self {
        Self { key, scale: scale.get(), n, sum }
    }
}

/// One content of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementContent {
    pub content_id: Uuid,
    #[schema(max_length = 200)]
    pub title: String,
    /// Local months from its publication to the last month of the period; 0 if published in the last month.
    #[schema(minimum = 0, maximum = 100_000)]
    pub months_old: u32,
    /// Number of people, other than the authors, who reused it in the period.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub reused_by: u32,
    /// Whether anybody, other than the authors, reused it before the period.
    pub reused_before: bool,
    /// Whether it counts in `reuse_rate`: published within the rule's window, or reused in the period.
    pub current: bool,
}

/// One value of an external metric.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementExternalValue {
    #[schema(max_length = 64)]
    pub key: String,
    pub value: Decimal,
}
