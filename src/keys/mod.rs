//! Who calls: access tokens, the keys behind them, and the tokens of outside issuers.
//!
//! A request carries a bearer token (JWT). Its `iss` ([`Token::issuer`]) decides which of two verifiers checks it:
//!
//! - Lectern's own ([`token`]): RFC 9068 access tokens for machine clients and, during development, for persons. They are
//!   signed with ES256 by the newest key in the table `signing_keys` ([`signing`]) and are valid for at most 15 minutes.
//! - that of a configured OIDC issuer ([`outside`]): a person's token, linked to an employee by a configured claim. The
//!   tenant comes from the configuration, never from a claim.
//!
//! A token proves who calls, but says nothing about rights: roles are looked up for every request.
//!
//! The certificates of a company are signed by keys of its own ([`credential`]), apart from those of the tokens.
//!
//! Everything else that must be sealed or signed (private keys at rest, cursors) uses the [`installation_key`].
//!
//! Nothing here reads a clock: the time is always an argument. Claims are read only after the signature is verified, except
//! `iss`, which selects the issuer.

mod client_secret;
mod credential;
mod fault;
mod held;
mod installation_key;
mod jws;
mod outside;
mod signing;
mod token;

pub use client_secret::{client_secret_sha256, new_client_secret};
pub use credential::CredentialKey;
pub use fault::TokenFault;
pub use installation_key::InstallationKey;
pub use jws::Token;
pub use outside::issuer::{EmployeeKey, OutsideAlgorithm, OutsideIssuer, read_issuers};
pub use outside::{OutsideIdentity, OutsideIssuers};
pub use signing::{SealedKey, SigningKeyFault, SigningKeys};
pub use token::{AccessToken, Actor as TokenActor, Claims, MAX_LIFETIME, NotIssued, issue, verify};

#[cfg(test)]
mod test_tokens;
