//! Raising the budget of one closed period (预算追加), so that what was held over it can be paid. One person proposes it and another
//! approves it; the version of the policies stays. The greatest approved budget is in force, so a raise never takes anything back.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;
