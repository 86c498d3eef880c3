//! Reading the operation log: who did what when, newest first. Nothing here writes; `journal` does, in the transaction of each
//! command.

mod dto;
mod queries;
pub mod routes;
