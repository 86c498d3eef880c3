//! Programmes (激励方案): what is scored together, with one rule, one calendar and one budget.
//!
//! States: `pilot → active → ended`. When a programme is activated, a day is set from which its periods pay. The settings on
//! which closed periods depend (time zone, cycle, currency) are fixed as soon as a period has a row. A programme has scoring
//! rules and reward policies as numbered [`versions`], and [`periods`]; what a good grade opens is set apart from them ([`privileges`]).
//!
//! Lock order: the programme, then its versions or periods.

pub mod documents;
mod dto;
mod model;
pub mod periods;
pub mod privileges;
mod queries;
mod responses;
pub mod routes;
pub mod service;
mod settings;
pub mod versions;

pub use documents::form::FeedbackForm;
pub use dto::CreateProgrammeRequest;
pub use model::{FeedbackMode, Programme, ProgrammeState, ReuseKind, SessionKind, SessionRole, TakeBack};
pub use periods::{
    PeriodRow, PeriodState, closable_at, ensure_period, find_period, find_period_for_update, find_periods,
    latest_closed, mark_closed,
};
pub use queries::{begin_live_feedback, find, find_for_share, find_for_update, touch};
pub use versions::{
    FEEDBACK_K, FEEDBACK_TERMS, Forms, PolicyVersion, RuleVersion, feedback_forms, latest_policies, latest_rule,
    min_ratings, policies_in_force, programme_with_rule, rule_in_force,
};
