//! Layouts (导出版式): what the file of a batch is like for a payroll system that takes files of its own form. A layout maps the lines of
//! a batch onto columns: which, in which order, under which names, with whose codes, how many rows a part has, and how amounts are
//! written. It is for one pay group or for all.
//!
//! A row is a line, or the sum of a person's lines of one pay item, for systems that take one value for each. Nothing is rounded: a batch
//! whose amounts have more decimals than the layout is not exported by it. Amounts of both signs are never written without it.
//!
//! Some systems replace what they have for a person, pay item and pay period: the file of a second batch would take away what the first
//! one pays. A layout says so (`replaces`), and a batch is then not exported if another one has such a value. The file does not add up
//! several batches instead: it would differ from the batch's control totals, change whenever another batch is locked or a line is
//! rejected, and still be wrong if the files were imported in another order. A layout also says which amounts its system takes.
//!
//! [`mod@presets`] are layouts for known systems, to begin with.

pub mod dto;
mod file;
mod model;
mod presets;
mod queries;
mod refusals;
pub mod routes;
mod rows;
mod rules;
mod service;

pub use file::LayoutFile;
pub use presets::presets;
pub use refusals::MAX_NAMED_ROWS;
pub use service::create;
