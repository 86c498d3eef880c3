//! Lecturers: appointments with their levels.
//!
//! States: `appointed → ended`. A person may be appointed again later; that is another appointment. Invariants: the appointments
//! of a person do not overlap; the levels of an appointment lie within it and do not overlap; an appointment lies within an employment. A suspension is an absence, not a
//! state: its days are exempt and delay the tenure in a promotion check. Levels are changed under a lock on the appointment.
//! What moves the level of past days waits for a second person (`guarded`), unless it follows from an employment.

mod dto;
mod guarded;
mod merge;
mod model;
mod queries;
pub mod routes;
mod service;

pub use guarded::{AppointmentDays, LevelFrom, Of, asked_days, asked_level};
pub use merge::take_over;
pub use queries::appointments_on;
pub use service::{apply_confirmed, no_longer_appointed, touch};
