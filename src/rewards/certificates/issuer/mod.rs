//! The company as the issuer of its certificates: its address and name (`did:web`), its keys, and the lists of what it has revoked.

mod address;
mod dto;
mod keys;
pub mod routes;
mod status_list;
mod withdrawal;

pub use address::Address;
pub use dto::{CredentialUri, SignedCredential};
pub use keys::{sign, sign_lasting};

/// The context of everything that is a verifiable credential (VC Data Model 2.0).
pub const CREDENTIALS: &str = "https://www.w3.org/ns/credentials/v2";
/// The context of Open Badges 3.0.
pub const OPEN_BADGES: &str = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";
