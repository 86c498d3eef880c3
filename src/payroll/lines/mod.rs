//! Lines of a locked batch, as payroll gets them: created once, one per entry, never changed. Lists add what payroll has reported
//! about them.
//!
//! A line keeps the names and labels at the time of the lock. The digest of a batch is computed over its lines in canonical
//! form (RFC 8785), one per text line: exactly the bytes of the JSON lines export.

mod counting;
pub mod dto;
mod make;
mod model;
mod queries;
pub mod routes;

pub use dto::PayrollLineResponse;
pub use make::make;
pub use queries::{list_page, reported};
