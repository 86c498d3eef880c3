//! Content that lecturers write, its reuse by others ([`reuse`]), and how learners apply it ([`cases`]).
//!
//! A content is submitted for a session of the lecturer and thereby published. Its authors are the lecturers of the session. The
//! moment of the first version is the session's submission, whatever happens to the content later. Versions are added and never
//! changed. A withdrawn content takes no further versions; the session may then have another content.
//!
//! States of a content: `draft` (a template for which nobody has submitted yet) → `published → withdrawn`; of a case: `submitted
//! → confirmed | rejected`. HR voids a reuse or a case that was reported wrongly: it stays on record and counts no more.
//!
//! Who reads a content of others is decided by [`access`], for every read that shows content.
//!
//! Lock order: the session's row, then the content's.

mod access;
mod cases;
mod dto;
pub mod import_store;
mod merge;
mod model;
mod queries;
mod reuse;
pub mod routes;
mod service;
mod voiding;

pub use cases::CaseState;
pub use dto::SubmitContentRequest;
pub use merge::take_over;
pub use reuse::ReuseEventKind;
pub use service::submit;
