//! Who calls: access tokens, the keys behind them, and the tokens of outside issuers.
//!
//! A request carries a bearer token (JWT). Its `iss` ([`Token::issuer`]) says which of two doors it goes through:
//!
//! - Lectern's own ([`token`]): RFC 9068 access tokens for machine clients and, while developing, for persons. They are
//!   signed with ES256 by the newest key of table `signing_keys` ([`signing`]) and live 15 minutes at most.
//! - a configured OIDC issuer's ([`outside`]): a person's token, tied to an employee by a configured claim. The tenant
//!   comes from the configuration, never from a claim.
//!
//! A token proves who calls and nothing about rights: roles are looked up on every request.
//!
//! Whatever must be sealed or signed without being a token (private keys at rest, cursors) goes through the
//! [`installation_key`].
//!
//! Nothing here reads a clock: the time is an argument everywhere. Claims are read only after the signature holds, with
//! one exception, the `iss` that picks the issuer.

mod client_secret;
mod fault;
mod installation_key;
mod jws;
mod outside;
mod signing;
mod token;

pub use client_secret::{client_secret_sha256, new_client_secret};
pub use fault::TokenFault;
pub use installation_key::InstallationKey;
pub use jws::Token;
pub use outside::issuer::{EmployeeKey, OutsideAlgorithm, OutsideIssuer, read_issuers};
pub use outside::{OutsideIdentity, OutsideIssuers};
pub use signing::{SealedKey, SigningKeyFault, SigningKeys};
pub use token::{AccessToken, Actor as TokenActor, Claims, MAX_LIFETIME, NotIssued, issue, verify};

#[cfg(test)]
mod test_tokens;
