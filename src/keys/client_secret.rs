//! Secrets of machine clients: 256 random bits, shown once and stored as SHA-256. They cannot be guessed, so no slow hash is
//! needed.

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

/// A new secret, in base64url.
pub fn new_client_secret() -> Result<String> {
    let mut bits = [0; 32];
    rand::fill(&mut bits).map_err(|_| Error::internal("the system provides no random bytes"))?;
    Ok(URL_SAFE_NO_PAD.encode(bits))
}

/// The stored form of a secret.
#[must_use]
pub fn client_secret_sha256(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec()
}
