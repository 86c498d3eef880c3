//! Boards and places on the wire, and what is asked about them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::scorecards::{AppliedRule, AppliedSnapshot, BoardDepartment};
use crate::http::Page;
use crate::kernel::period::Period;
use crate::kernel::scope::Scope;
use crate::people::EmployeeRef;
use crate::scoring::Score;

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
