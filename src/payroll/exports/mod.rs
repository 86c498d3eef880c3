//! Batches as files: JSON lines, CSV and workbooks (XLSX), with all that a line has, or in a layout.

mod dto;
mod lines;
pub mod routes;

pub use dto::{ExportFormat, PayrollFile};
pub use lines::COLUMNS;
