//! Who may call: machine clients with their secrets, roles given to people, and who the caller is.
//!
//! A client's secret is 256 random bits, shown once and kept as SHA-256. A revoked client stays, because the log names it. A grant
//! never changes: it is given and taken back. Roles are looked up at every call, so both work at once.

mod clients;
mod company;
mod grants;
pub mod import_store;
mod me;
mod roles;
pub mod routes;

use crate::auth::Role;

/// The roles of these names; the database holds no other.
fn roles_named(slugs: &[String]) -> Vec<Role> {
    Role::ALL.into_iter().filter(|role| slugs.iter().any(|slug| slug == role.slug())).collect()
}
