//! Pairs of a mentor and a newcomer, with their goals and notes.

mod dto;
mod model;
mod notes;
mod queries;
pub mod routes;
mod service;

pub use dto::{AskMentorshipRequest, EndMentorshipRequest};
pub use model::{MentorshipResult, MentorshipRole};
pub use notes::{CreateMentorshipNoteRequest, write as write_note};
pub use queries::mentors_of;
pub use service::{accept, ask, end};
