//! Secrets of machine clients: 256 random bits, shown once and kept as SHA-256. There is nothing to guess, so no slow hash.

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

/// A new secret, in base64url.
pub fn new_client_secret() -> Result<String> {
    let mut bits = [0; 32];
    rand::fill(&mut bits).map_err(|_| Error::internal("the system gives no randomness"))?;
    Ok(URL_SAFE_NO_PAD.encode(bits))
}

/// What is kept of a secret.
#[must_use]
pub fn client_secret_sha256(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec()
}
