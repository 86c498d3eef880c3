//! Sessions (分享): planned, then delivered, missed or cancelled; with their lecturers, registered audience and attendance.
//!
//! States: `planned → delivered | missed | cancelled`. A decision can be corrected, even in a closed period: the frozen inputs of
//! its snapshot stay unchanged, and a restatement sees the difference. A correction needs a reason, and
//! only HR can bring a cancelled session back. Ratings are kept whatever a session becomes. A planned session whose start has passed
//! is undecided.
//!
//! Only facts are stored: whether a session is late, qualifies or counts is derived from them elsewhere. The credits of a session
//! add up to 1. A delivery that only a lecturer of the session has reported waits for confirmation by attendance or HR before it
//! counts for money. A report by anyone else is confirmed at once. A lecturer of the session can never give this confirmation,
//! whatever other roles they have: not with their own attendance list, and not by becoming a lecturer of a session that they have
//! confirmed (then it waits again). Nobody can add themselves as a lecturer to a session that is decided. What a machine client
//! reports counts as reported by the person responsible for it.
//!
//! Lecturers plan their own sessions, managers those of their people, and HR all sessions. Managers and HR set the due moment. A
//! lecturer may add co-lecturers with equal shares but not remove any, so that nobody whom a lecturer adds carries more of the
//! session than that lecturer. Other shares are set by HR, or by a manager of everyone whose share changes. The audience decides
//! who may rate, so a lecturer may set it only before the session.
//!
//! What was assigned is not the lecturer's own to change: only with consent can it be cancelled, moved, handed over or become
//! voluntary (see `changes`).
//!
//! Lock order: the session's row, then its requests, lecturers, audience and attendance, then the people whose time is reserved.
//!
//! Other features may ask for a session ([`find`], [`lecturers_of`], [`may_take_part`]), whether the caller's rights cover it
//! ([`Scope`], [`is_within`]) and for the SQL rules on who took part ([`HAS_RECORDS`], [`ATTENDEES`], [`ATTENDEE_COUNT`],
//! `participation_of!`). They may also record that content was submitted ([`record_submission`]), and correct a delivery ([`deliver`]).

mod attendance;
mod audience;
mod batch;
mod changes;
mod dto;
mod due;
mod fit;
pub mod import_store;
mod known;
mod merge;
mod model;
mod overlaps;
mod participation;
mod queries;
mod responses;
pub mod routes;
mod rules;
mod service;
mod terms;
mod transitions;
mod visibility;

pub use attendance::AttendanceState;
pub use dto::DeliverSessionRequest;
pub use merge::take_over;
pub use model::{Scope, Session, SessionKind, SessionMode, SessionRole, SessionState};
pub use participation::{ATTENDEE_COUNT, ATTENDEES, HAS_RECORDS, Participation, may_take_part};
pub(crate) use participation::{among_lecturers, participation_of};
pub use queries::{find, find_for_update, given_by, is_within, lecturers_of, record_submission, told};
pub use transitions::deliver;
