//! Lectern (讲台) runs a company's internal-lecturer incentive programme.
//!
//! The modules stand in their order of dependence; each uses only those above it. `tests/architecture.rs` holds that order.

// What is said of a module here is no documentation: links in the module's own would then be looked for here.

// Value types without I/O: exact numbers, money, periods, time and ids.
pub mod kernel;

// The closed catalogue of what can go wrong; knows no HTTP and no SQL.
pub mod error;

// The tables, as the migrations made them (generated).
pub mod schema;

// The pool, the one way to open a transaction, migrations.
pub mod db;

// Keys and tokens: sealing, signing, Lectern's own access tokens, those of outside issuers.
pub mod keys;

// The only reader of the environment.
pub mod config;

// What every part of the running service shares.
pub mod state;

// The HTTP edge: how a request is read, how an answer looks, problems for everything that goes wrong.
pub mod http;

// Who calls, and what they may: roles, and rights as types.
pub mod auth;

// What every write leaves behind in its transaction: audit, outbox, the answer for a retry.
pub mod journal;

// One request's way through the frame.
pub mod call;

// Long work with progress.
pub mod jobs;

// The organisation: departments, employees, lecturers, groups.
pub mod people;

// Machine clients, roles, and who one is.
pub mod access;

// The operation log, for reading.
pub mod audit;

// Documents in numbered versions: drafted by one, published by another.
pub mod versioned;

// Incentive programmes with their rules, policies and periods.
pub mod programmes;

// Sessions from plan to delivery, with attendance.
pub mod sessions;

// Content, its reuse, application cases.
pub mod content;

// What learners say of sessions.
pub mod feedback;

// From facts to a scorecard, a grade and a rank.
pub mod scoring;

// What the policies of a programme grant, and the ledger that keeps it.
pub mod rewards;

// Batches that payroll pulls and acknowledges.
pub mod payroll;

// Promotion: policies, checks with evidence, applications.
pub mod growth;

// Closing a period: frozen inputs, results, their canonical form and digest.
pub mod closing;

// The files that an HR department exports, as rows or faults, and their way into the tables.
pub mod imports;

// The demonstration company, as the files of an import.
pub mod demo;

// Assembles the service: routes, middleware, the document.
pub mod app;

// The private Postgres of `make run` and `make test`; knows nothing of the rest.
pub mod embedded;

// From the configuration to a running state.
pub mod start;

// The commands of `lectern`.
pub mod cli;
