//! What lecturers write, what others do with it ([`reuse`]), and what learners make of it ([`cases`]).
//!
//! A content is submitted for a session of the lecturer and published with that; its authors are the session's lecturers. The
//! moment of the first version is the session's submission, whatever happens to the content later. Versions are added, never
//! changed. A withdrawn content takes no version more; the session may have another one.
//!
//! States of a content: `draft` (a template that nobody has submitted for) → `published → withdrawn`; of a case:
//! `submitted → confirmed | rejected`.
//!
//! Lock order: the session's row, then the content's.

mod cases;
mod dto;
pub mod import_store;
mod model;
mod queries;
mod reuse;
pub mod routes;
mod service;

pub use cases::CaseState;
pub use reuse::ReuseEventKind;
