//! Certificates of competence (培训师认证, TTT): what a person has shown to be able to do, with an issuer and an end. Their kinds are codes
//! of the company (`names`).
//!
//! A fee may be paid, and a promotion granted, only to people with one that is valid on the day: [`competences_on`]. So its days are
//! facts of the periods in which they lie.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use queries::{Competence, competences_on};
pub use service::{create, take_back};
