//! Pay items: how payroll is to treat the money that comes under a code. Lectern computes no tax: modes and categories are
//! labels that it hands on. A code is given once, because entries of the ledger name it.

pub mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use model::IssuanceWay;
pub use service::create;
