//! Lectern (讲台) runs a company's internal-lecturer incentive programme.
//!
//! The modules are in the order of their dependence: each uses only those above it. `tests/architecture.rs` checks this order.

// The modules are described here with plain comments: links in the documentation of a module would be resolved here.

// Value types without I/O: exact numbers, money, periods, time, ids and texts.
pub mod kernel;

// The closed catalogue of errors. Knows no HTTP and no SQL.
pub mod error;

// The tables as created by the migrations (generated).
pub mod schema;

// The pool, the only way to open a transaction, and the migrations.
pub mod db;

// Keys and tokens: sealing, signing, Lectern's own access tokens and those of outside issuers.
pub mod keys;

// The only reader of the environment.
pub mod config;

// What every part of the running service shares.
pub mod state;

// The HTTP edge: reading requests, writing responses, and problems for everything that fails.
pub mod http;

// Who calls, and what they may do: roles, and rights as types.
pub mod auth;

// What every write leaves in its transaction: audit entries, events, and the response for a retry.
pub mod journal;

// Who signs in as whom, and what waits for a second person before that or anybody's rights change.
pub mod sign_in;

// How one request is processed.
pub mod call;

// Long-running work with progress.
pub mod jobs;

// What a company calls its codes: grades, metrics, policies, levels, titles.
pub mod names;

// The organisation: departments, employees, lecturers, groups.
pub mod people;

// The company's workdays, rest days and holidays.
pub mod calendar;

// Machine clients, roles, and the caller's own identity.
pub mod access;

// The operation log, for reading.
pub mod audit;

// Documents in numbered versions: drafted by one person, published by another.
pub mod versioned;

// Incentive programmes with their rules, policies and periods.
pub mod programmes;

// Mentors: offers, pairs of a mentor and a newcomer, and what comes of them.
pub mod mentoring;

// Sessions from plan to delivery, with attendance.
pub mod sessions;

// Content, its reuse, application cases.
pub mod content;

// Ratings and comments by learners.
pub mod feedback;

// Appeals of lecturers against the results of closed periods.
pub mod appeals;

// From facts to a scorecard, a grade and a rank.
pub mod scoring;

// What the policies of a programme grant, and the rewards ledger.
pub mod rewards;

// Batches that payroll pulls and acknowledges.
pub mod payroll;

// Promotion: policies, checks with evidence, applications.
pub mod growth;

// Training outside of the company: published, applied for by result, places passed on.
pub mod opportunities;

// Closing a period: frozen inputs, results, their canonical form and digest.
pub mod closing;

// Two records of one person become one.
pub mod merging;

// The files that an HR department exports, read as rows or faults, and stored in the tables.
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
