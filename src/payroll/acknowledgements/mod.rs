//! What the payroll system says about the lines of a batch.
//!
//! A line is accepted, then paid or rejected; paid and rejected are final. A rejected line's entry goes back to the pool, and its
//! next line names the rejected one. An answer is known by batch, consumer and run: the same again is the same answer, another
//! content is refused. The final answer closes the batch once every line has one; later answers may still turn accepted lines
//! into paid or rejected ones.

pub mod dto;
mod model;
mod queries;
pub mod routes;
mod rules;
mod service;
