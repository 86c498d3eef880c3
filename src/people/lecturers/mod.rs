//! Lecturers: appointments with their terms and levels.
//!
//! States: `appointed → ended`. An appointment with a term ends with it by itself; it is renewed by a named act (`terms`). A person may be appointed again later; that is another appointment. Invariants: the appointments
//! of a person do not overlap; the levels of an appointment do not overlap, and only those on days of the appointment count; an
//! appointment lies within an employment. A suspension is an absence, not a state: its days are exempt and delay the tenure in a
//! promotion check. Levels are changed under a lock on the appointment. What moves the level of past days waits for a second person
//! (`guarded`). An employment that ends takes days from an appointment and changes no level, and one that lasts longer gives them back
//! with the levels that they had; where they had none, the last level goes on from today (`going_on`).

mod dto;
mod going_on;
mod guarded;
mod merge;
mod model;
mod queries;
pub mod routes;
mod service;
mod term_queries;
mod terms;

pub use going_on::{GoesOn, go_on};
pub use guarded::{AppointmentDays, LevelFrom, Of, asked_days, asked_level, end_moves_levels, with_levels};
pub use merge::take_over;
pub use queries::{PaidDays, appointments_on, levels, paid_days, touch_all};
pub use service::{apply_confirmed, lock, lock_changed, no_longer_appointed, out_of_range, touch};
pub use terms::renew;
