//! Reuse (复用): a person used a content. Events are facts and stay unchanged. What counts is decided when scores are computed:
//! authors never count, a person counts once per content and period, and views are only shown.
//!
//! An event with an id from its source is stored once, even if it is sent several times.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use model::ReuseEventKind;
