//! Pay items: how payroll is to treat the money of a reward. Lectern computes no tax; these are labels.

pub mod dto;
mod queries;
pub mod routes;

pub use queries::PayItem;
