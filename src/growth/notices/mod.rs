//! Improvement notices (改进提醒). A run of poor periods opens one ([`super::streaks`]); one is open per person and programme.
//!
//! States: `open → acknowledged → answered → closed`. The lecturer acknowledges it and answers with a plan; the managers of the
//! department see it. The first better period closes it, at the close of that period; before that HR closes it, with a reason. Until
//! it is closed it stands in the way of a promotion that requires `no_open_notice`, whether or not it was answered.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use model::NoticeState;
