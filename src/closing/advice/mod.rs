//! The rule advisor (指标合理性分析): what the last closed periods say about the rule and the policies of a programme.
//!
//! Facts of each period are added up from the cards of its snapshot ([`facts`]); findings follow from them and from thresholds that are
//! settings ([`rules`]), both pure. A finding names its evidence and, where there is one, proposes a document, which can be
//! drafted and tried at once. It is looked for at every close and on demand. What is found no longer goes; what was dismissed with a
//! reason stays quiet.

mod dto;
mod facts;
mod job;
mod model;
mod proposals;
mod queries;
pub mod routes;
mod rules;
mod service;
mod words;

pub use job::{ADVICE_JOB, order_review, review, run_advice};

#[cfg(test)]
mod tests;
