//! Sessions (分享): planned, then delivered, missed or cancelled; with their lecturers, registered audience and attendance.
//!
//! States: `planned → delivered | missed | cancelled`. What was decided can be corrected, also in a closed period: the frozen
//! inputs of its snapshot stay, and a restatement sees the difference. Only `cancelled` is for good. A planned session whose
//! start has passed is undecided.
//!
//! Facts only: late, qualifying, counted are derived from them elsewhere. The credits of a session sum to 1. A delivery that
//! only a lecturer of the session reported waits for attendance or HR before it counts for money; a report by anyone else is
//! confirmed as it is made. No lecturer of a session is that second word, whoever they are besides: not by an attendance list of
//! their own, nor by becoming a lecturer of what they have confirmed (then it waits again); and nobody credits themselves with what
//! is decided. A machine's word is that of the person who answers for it.
//!
//! Plans are made by lecturers for themselves, by managers for their people, by HR for all; the due moment is set by managers and
//! HR. A lecturer may name co-lecturers at equal shares, and leaves none out again: whoever is named carries no more of the
//! session than who names. Any other share is set by who manages everybody whose share changes, or by HR. The audience says who may
//! rate, so a lecturer sets it before the session only.
//!
//! Lock order: the session's row, then its lecturers, audience and attendance.
//!
//! Others may ask for a session ([`find`], [`lecturers_of`], [`may_take_part`]), whether the caller reaches it ([`Scope`],
//! [`is_within`]), for the rules in SQL on who took part ([`HAS_RECORDS`], [`ATTENDEES`], [`PARTICIPATION`]), and may record that
//! content was submitted ([`record_submission`]).

mod attendance;
mod audience;
mod batch;
mod dto;
pub mod import_store;
mod model;
mod participation;
mod queries;
mod responses;
pub mod routes;
mod rules;
mod service;
mod transitions;
mod visibility;

pub use attendance::AttendanceState;
pub use model::{Scope, Session, SessionKind, SessionMode, SessionState};
pub(crate) use participation::is_lecturer;
pub use participation::{ATTENDEES, HAS_RECORDS, PARTICIPATION, Participation, may_take_part};
pub use queries::{find, find_for_update, given_by, is_within, lecturers_of, record_submission};
