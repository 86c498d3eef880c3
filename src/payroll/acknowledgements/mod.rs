//! What the payroll system reports about the lines of a batch.
//!
//! A line is accepted, then paid or rejected; paid and rejected are final. The entry of a rejected line becomes available
//! again, and its next line refers to the rejected one. An acknowledgement is identified by batch, consumer and run:
//! repeating it gets the same answer, and other content is refused. The final acknowledgement closes the batch once every
//! line has an outcome; later ones, final or not, may still turn accepted lines into paid or rejected ones.

//!
//! A clerk whose payroll system calls nobody fills in a file instead ([`template`], [`mod@file`]): it is read into the same list.

pub mod dto;
mod file;
mod model;
mod queries;
pub mod routes;
mod rules;
mod service;
mod shelf;
mod template;

pub use model::Outcome;
