//! Pay items: how payroll treats the money granted under a code. Lectern computes no tax: modes and categories are labels
//! that it passes on. A code never changes, because entries of the ledger refer to it.

pub mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use model::IssuanceWay;
pub use service::create;
