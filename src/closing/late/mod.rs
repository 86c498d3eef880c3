//! Late facts: what came or changed since a period was closed, and what it would change. Today's inputs minus the frozen ones.

mod changes;
mod comparison;
mod dto;
mod guard;
mod service;
mod sides;
mod walk;

pub use changes::{LateFact, late_facts};
pub use dto::{LateFactsPage, LateResult, LateReward};
pub use service::{count_moving, list, shown_from};
pub use sides::Sides;
