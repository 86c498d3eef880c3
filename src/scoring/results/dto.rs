//! Results on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::feedback::FeedbackText;
use crate::http::Page;
use crate::kernel::decimal::Decimal;
use crate::kernel::period::Period;
use crate::kernel::scope::Scope;
use crate::kernel::text::{Name, OutsideCode};
use crate::people::EmployeeRef;
use crate::scoring::Score;
use crate::scoring::inputs::{ItemSum, RatingSum, SessionKind, SessionOutcome};
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
    /// 1 for the close. Higher numbers are for restatements, which no operation makes yet.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub number: i32,
    /// SHA-256 of the canonical form of rule, inputs and results.
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    pub digest: String,
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

/// A leaderboard (光荣榜): the best lecturers of a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeaderboardResponse {
    pub programme_id: Uuid,
    pub period: Period,
    pub scope: Scope,
    /// The department of the board, in scope `department`; null for the board of those without a department.
    pub department: Option<BoardDepartment>,
    pub provisional: bool,
    /// While provisional: the instant up to which all facts are in. Null before the first result of the period, and once it is closed.
    pub as_of: Option<DateTime<Utc>>,
    pub rule: AppliedRule,
    /// Null while provisional.
    pub snapshot: Option<AppliedSnapshot>,
    /// Number of places shown. Of the lecturers who share the last place, up to 100 more are shown.
    #[schema(minimum = 1, maximum = 1000)]
    pub places: i32,
    /// Number of rated lecturers on this board.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub ranked_of: u32,
    #[schema(max_items = 1100)]
    pub items: Vec<BoardEntry>,
    /// How many more share the last place and are not shown.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub more_sharing_last_place: u32,
    /// The caller's own place, whether it is shown or not; null if the caller is not rated on this board.
    pub own: Option<OwnPlace>,
}

/// One place on a board.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardEntry {
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub rank: u32,
    pub employee: EmployeeRef,
    pub department: Option<BoardDepartment>,
    pub score: Score,
    #[schema(max_length = 64)]
    pub grade: Option<String>,
}

/// The caller's place on a board.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnPlace {
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub rank: u32,
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub ranked_of: u32,
    pub score: Score,
    #[schema(max_length = 64)]
    pub grade: Option<String>,
}

/// A place on a page of a board.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardPlaceResponse {
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub rank: u32,
    /// Null if the caller may not see this person.
    pub employee: Option<EmployeeRef>,
    pub department: Option<BoardDepartment>,
    pub score: Score,
    #[schema(max_length = 64)]
    pub grade: Option<String>,
}

/// A page of a board.
pub type BoardPlacePage = Page<BoardPlaceResponse>;

/// A lecturer's place on a board, and the scores around it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceResponse {
    pub programme_id: Uuid,
    pub period: Period,
    pub employee: EmployeeRef,
    pub scope: Scope,
    /// The department of the board, in scope `department`; null for the board of those without a department.
    pub department: Option<BoardDepartment>,
    pub provisional: bool,
    /// While provisional: the instant up to which all facts are in. Null before the first result of the period, and once it is closed.
    pub as_of: Option<DateTime<Utc>>,
    pub rule: AppliedRule,
    /// Null while provisional.
    pub snapshot: Option<AppliedSnapshot>,
    /// Null if the lecturer is not rated.
    pub place: Option<OwnPlace>,
    /// How many lecturers have this score and so share the place, this one included: 1 if nobody else has. Null if the lecturer is
    /// not rated.
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub shared_by: Option<u32>,
    /// The nearest better scores, best first. Empty in events.
    #[schema(max_items = 50)]
    pub above: Vec<Neighbour>,
    /// The nearest lower scores, best first. Empty in events.
    #[schema(max_items = 50)]
    pub below: Vec<Neighbour>,
}

/// A score near one's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct Neighbour {
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub rank: u32,
    pub score: Score,
    #[schema(max_length = 64)]
    pub grade: Option<String>,
    /// Whose it is; null if the caller may not see this person. Lecturers see nobody's name.
    pub employee: Option<EmployeeRef>,
}

/// Declares a query that selects a board, with what else it asks.
macro_rules! board_query {
    ($(#[$doc:meta])* $name:ident { $($more:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize, Validate, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            /// Who is ranked together. If absent, the programme's rank scope.
            pub scope: Option<Scope>,
            /// The department of the board, in scope `department` alone. If absent, the board on which the caller is ranked; others must
            /// choose.
            pub department_id: Option<Uuid>,
            /// The board of those without a department, in scope `department` alone. Send either this or `department_id`.
            #[serde(default)]
            #[param(default = false)]
            pub without_department: bool,
            $($more)*
        }

        impl $name {
            pub fn board(&self) -> BoardQuery {
                let Self { scope, department_id, without_department, .. } = *self;
                BoardQuery { scope, department_id, without_department }
            }
        }
    };
}

/// A board.
#[derive(Debug, Clone, Copy)]
pub struct BoardQuery {
    pub scope: Option<Scope>,
    pub department_id: Option<Uuid>,
    pub without_department: bool,
}

board_query! {
    /// Selects a board.
    GetLeaderboardQuery {}
}

board_query! {
    /// Selects a board, and where its pages begin.
    ListBoardPlacesQuery {
        /// The first page begins with those who have this rank, or the next one that somebody has.
        #[validate(range(min = 1, max = 10_000_000))]
        #[param(minimum = 1, maximum = 10_000_000)]
        pub from_rank: Option<u32>,
    }
}

/// Selects the board on which a lecturer's place is asked, and how many scores around it.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GetPlaceQuery {
    /// Who is ranked together: the programme, or the lecturer's department. If absent, the programme's rank scope.
    pub scope: Option<Scope>,
    /// How many better scores to show: 50 at most.
    #[serde(default = "some_around")]
    #[validate(range(min = 0, max = 50))]
    #[param(minimum = 0, maximum = 50, default = 5)]
    pub above: u32,
    /// How many lower scores to show: 50 at most.
    #[serde(default = "some_around")]
    #[validate(range(min = 0, max = 50))]
    #[param(minimum = 0, maximum = 50, default = 5)]
    pub below: u32,
}

fn some_around() -> u32 {
    5
}

/// One of the server-sent events of a stream. Its `id` is the version of what is told; its `data` is what the same GET without
/// `/events` answers, as JSON.
#[derive(ToSchema)]
pub struct EventStream(#[expect(dead_code, reason = "names the schema")] serde_json::Value);

/// How long to listen to a place.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamPlaceQuery {
    /// The stream ends after so many seconds, 900 at most; with 0, after the state now. If absent, when the token expires.
    #[validate(range(min = 0, max = 900))]
    #[param(minimum = 0, maximum = 900)]
    pub max_seconds: Option<u32>,
}

board_query! {
    /// Which board to listen to, and how long.
    StreamLeaderboardQuery {
        /// The stream ends after so many seconds, 900 at most; with 0, after the state now. If absent, when the token expires.
        #[validate(range(min = 0, max = 900))]
        #[param(minimum = 0, maximum = 900)]
        pub max_seconds: Option<u32>,
    }
}
