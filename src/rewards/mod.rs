//! Rewards: what the policies of a programme grant for the results of a period.
//!
//! A policy set is one document, versioned with the programme. The close evaluates it in order of priority, as a pure function of
//! the scorecards: first entitlements ([`entitlement`]; of sessions, [`fees`]), then the limits in a fixed order ([`rules`]): one policy of an exclusive
//! group per person, the cap per person, the budget. All amounts are whole minor units of the programme's currency, and no unit
//! is lost or invented in a division ([`division`]).
//!
//! What a closed period grants is then in the [`ledger`], or is issued as [`certificates`]; a [`statement`] tells a person what came of it in a year.

pub mod balances;
pub mod budget_raises;
pub mod certificates;
pub mod division;
pub mod entitlement;
pub mod fees;
pub mod ledger;
mod merge;
pub mod rules;
pub mod statement;

pub use merge::take_over;

pub use crate::programmes::documents::policy;

#[cfg(test)]
mod tests;
