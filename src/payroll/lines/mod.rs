//! Lines of a locked batch, as payroll gets them: made once, one per entry, never changed.
//!
//! A line keeps the names and labels of the day of the lock. The digest of a batch is taken over its lines in canonical form
//! (RFC 8785), one a text line: the very bytes of the JSON lines export.

pub mod dto;
mod export;
mod make;
mod model;
mod queries;
pub mod routes;

pub use make::make;
