//! Lectern (讲台) runs a company's internal-lecturer incentive programme.
//!
//! The modules stand in their order of dependence; each uses only those above it. `tests/architecture.rs` holds that order.

/// Value types without I/O: exact numbers, money, periods.
pub mod kernel;

/// What the HTTP edge adds to the contract.
pub mod http;

/// From frozen facts to a scorecard, a grade and a rank.
pub mod scoring;

/// What the policies of a programme grant on the results of a period.
pub mod rewards;

/// Closing a period: the canonical form of its inputs and results, and its digest.
pub mod closing;

/// The files that an HR department exports, as rows or faults.
pub mod imports;

/// The demonstration company, as the files of an import.
pub mod demo;
