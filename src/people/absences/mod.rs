//! Absences: whole days on which a person is excused. A day counts once, even if several rows cover it.
//!
//! A suspension (停职) has a reason, may last until further notice, and is lifted by a named act.
//!
//! Another system identifies an absence by its own id. If it sends the absence again, the row is updated and no row is added.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;
mod suspensions;

pub use model::AbsenceKind;
pub use queries::is_suspended;
pub use service::reads_reasons;
pub use suspensions::suspend;
