//! Documents in numbered versions, such as the scoring rule of a programme. One person drafts a version and another publishes it;
//! from then on it never changes.
//!
//! States: `draft → published`. A draft can be replaced (whoever replaces it becomes its maker) or deleted; its number may then
//! be used again. Drafts are visible to the people who maintain the documents and to auditors.
//!
//! A kind of document is a [`Versioned`] type. Its feature owns the table and therefore defines its statements, with
//! [`version_queries`].
//!
//! Lock order: first what the version belongs to ([`Heading::lock`]), then its row.

mod document;
mod service;
mod statements;

pub use document::{Approval, Commands, Draft, Heading, Proposal, Version, Versioned, refuse};
pub use service::{create, delete, get, list, people_of, publish, replace, sees_drafts};
pub(crate) use statements::{version_columns, version_queries};
