//! Documents in numbered versions, such as the scoring rule of a programme: drafted by one, published by another, and never changed
//! from then on.
//!
//! States: `draft → published`. A draft may be replaced, by which its maker becomes another, or deleted; its number may then be given
//! again. Who maintains the documents sees the drafts, and auditors do.
//!
//! A kind of document is a [`Versioned`] type. Its feature owns the table, and so writes its statements, by [`version_queries`].
//!
//! Lock order: what the version belongs to ([`Heading::lock`]), then its row.

mod document;
mod service;
mod statements;

pub use document::{Approval, Commands, Draft, Heading, Proposal, Version, Versioned, refuse};
pub use service::{create, delete, get, list, people_of, publish, replace};
pub(crate) use statements::{version_columns, version_queries};
