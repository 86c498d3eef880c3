//! Two records of one person become one, by two persons.
//!
//! The kept record takes over the marks, the accounts and the facts of the other one (the duplicate), whose row stays for what is
//! history: closed cards, the ledger, payroll lines, the operation log and ratings keep its id and are read through the kept record
//! ([`crate::people::employee_refs`], [`crate::people::records_of_all`]). Roles are not merged.
//!
//! A merge is proposed, waits as an access change, and takes effect when a second person confirms it, in one transaction in which
//! each feature moves what it owns. What stands against it (`obstacles`) is looked for at the proposal, and anew at the confirmation
//! with both records locked. Every column that refers to an employee is decided: `tests/api/people_merge/facts.rs` lists them.

mod confirm;
mod dto;
mod obstacles;
pub mod routes;
mod service;
