//! Scoring: from facts to a scorecard, a grade and a rank.
//!
//! A [`Reader`] reads the facts of a programme and period, some lecturers at a time. What follows is a pure function of these [`inputs`]
//! and the [`rule`] in force, so that a score can be computed live, at the close, in a simulation and in a replay, with the same
//! result. Arithmetic is exact. Numbers are rounded, half away from zero, at exactly four places. Each later step computes from
//! the rounded number before it, so that a person with the statement gets the same result:
//!
//! | number | decimals | type |
//! |---|---|---|
//! | a metric's value | 6 | [`MetricValue`] |
//! | a component's points | 4 | [`Points`] |
//! | the score | 2 | [`Score`] |
//! | the share of the appraisal | 2 | [`Score`] |
//!
//! (The fifth place is money, in the rewards.)

mod apart;
mod closed_grades;
mod external_values;
mod facts;
mod fees;
mod gathered;
pub mod inputs;
mod lifts;
pub mod live;
mod merge;
pub mod metrics;
mod moment;
mod population;
mod queries;
pub mod rank;
mod results;
pub mod routes;
pub mod rules;
pub mod scorecard;
mod sums;
mod titles;

pub use apart::RatedSessions;
pub use closed_grades::{Histories, closed_grades};
pub use facts::{CHUNK, Reader, load_inputs};
pub use fees::{add_fees, granted_since};
pub use merge::take_over;
pub use moment::Moment;
pub use population::{Member, in_order};
pub use results::complete::STYLE as PAPER_STYLE;
pub use results::events::{Feeds, Pace};

use crate::kernel::fixed::Fixed;
pub use crate::programmes::documents::{metric, rule};

/// The value of a metric, 6 decimals.
pub type MetricValue = Fixed<6>;
/// The points of one component, 0 to 100, 4 decimals.
pub type Points = Fixed<4>;
/// A score, or a share of the appraisal, 0 to 100, 2 decimals.
pub type Score = Fixed<2>;

#[cfg(test)]
mod tests;
