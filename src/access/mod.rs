//! Who may call the API: machine clients with their secrets, roles granted to people, and the identity of the caller.
//!
//! A client's secret is 256 random bits, shown once and stored as a SHA-256 hash. A revoked client is kept, because the operation
//! log refers to it. A grant never changes: it is created and deleted. Clients and roles are looked up on every request, so a
//! revocation takes effect at once. What gives access is proposed, and a second person confirms it.

mod bindings;
mod changes;
mod clients;
mod company;
mod grants;
pub mod import_store;
mod me;
mod merge;
mod recovery;
mod roles;
pub mod routes;

pub use changes::{AccessChangeResponse, confirm as confirm_access_change, render as render_access_changes};
pub use merge::take_over;
pub use recovery::{Recovered, confirm_all, recover};

use crate::auth::Role;

/// The roles with these names. The database contains no other names.
fn roles_named(slugs: &[String]) -> Vec<Role> {
    Role::ALL.into_iter().filter(|role| slugs.iter().any(|slug| slug == role.slug())).collect()
}
