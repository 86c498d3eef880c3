//! Reads the operation log: who did what and when, newest first. Nothing here writes to the log; `journal` does, in the
//! transaction of each command.

mod dto;
mod export;
mod model;
mod queries;
pub mod routes;
