//! Reuse (复用): somebody used a content. Events are facts and stay: that authors never count, that a person counts once a content
//! and period, that views are only shown, is derived where scores are made.
//!
//! An event that its source has numbered is stored once, however often it is sent.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use model::ReuseEventKind;
