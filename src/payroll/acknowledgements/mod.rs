//! What payroll says about the lines of a locked batch: accepted, rejected or paid, in one answer or in many.
//!
//! An answer is idempotent per (batch, consumer, run): the same again is answered alike, another one under the same name is
//! refused. Control totals guard against half a transmission: a partial answer carries those of the lines in it, the final one
//! the batch's, and every line must have been answered by then. A rejected line's entry goes back to the pool.
//!
//! A line goes `open → accepted → paid`, or from `open` or `accepted` to `rejected`; saying the same again changes nothing.

pub mod dto;
mod queries;
pub mod routes;
mod service;
