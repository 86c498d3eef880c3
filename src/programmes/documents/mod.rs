//! The documents of a programme's versions: the scoring rule with the metrics to which it refers and its feedback form, and the
//! reward policies. Each document is one type for the wire, the database and the computation.

mod criterion;
pub mod fee;
mod fee_check;
pub mod form;
pub mod grades;
pub mod metric;
pub mod policy;
pub mod policy_check;
pub mod rule;
pub mod rule_check;
pub mod runs;
