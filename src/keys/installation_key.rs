//! The installation key: one secret in the configuration, from which the keys for everything that must be sealed or signed at
//! rest are derived.

#![expect(clippy::expect_used, reason = "what is expected here holds by the lengths of constants")]

use std::fmt;
use std::hint::black_box;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{self, HKDF_SHA256, Prk, Salt};
use aws_lc_rs::hmac;

/// Separates this use of the secret from every other one. Changing one of these makes everything sealed or signed unreadable.
const SALT: &[u8] = b"lectern installation key";
const SEALING: &[u8] = b"lectern/1 sealing AES-256-GCM";
const SIGNING: &[u8] = b"lectern/1 signing HMAC-SHA256";

/// First byte of the result of [`InstallationKey::seal`], so that another format can follow.
const SEALED_FORM: u8 = 1;

/// Seals what must stay secret at rest, and signs what callers send back (cursors).
///
/// Only the two derived keys are kept, in memory that AWS-LC clears when it is freed.
pub struct InstallationKey {
    sealing: RandomizedNonceKey,
    signing: hmac::Key,
}

/// Nothing could be sealed: no random bytes, or a text of absurd length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSealed;

/// The input was not sealed by this installation for this purpose: another key, another `aad`, or damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOpened;

impl InstallationKey {
    /// Derives the keys (HKDF-SHA256) from 32 bytes that must be random and secret.
    #[must_use]
    pub fn from_bytes(mut secret: [u8; 32]) -> Self {
        let root = Salt::new(HKDF_SHA256, SALT).extract(&secret);
        let mut sealing = derive(&root, SEALING);
        let mut signing = derive(&root, SIGNING);
        let key = Self {
            sealing: RandomizedNonceKey::new(&AES_256_GCM, &sealing).expect("AES-256 takes 32 bytes"),
            signing: hmac::Key::new(hmac::HMAC_SHA256, &signing),
        };
        for copy in [&mut secret, &mut sealing, &mut signing] {
            copy.fill(0);
            // Otherwise the compiler may remove the clearing, because nobody reads the bytes again.
            black_box(copy);
        }
        key
    }

    /// Seals `plaintext` (AES-256-GCM, random nonce). `aad` says what it is and whose; it is bound to the result but not
    /// contained in it.
    ///
    /// Returns a format byte, the nonce (12 bytes), the ciphertext and the tag (16 bytes).
    ///
    /// # Errors
    /// [`NotSealed`] if the system provides no random bytes.
    pub fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, NotSealed> {
        let mut text = plaintext.to_vec();
        let nonce = self.sealing.seal_in_place_append_tag(Aad::from(aad), &mut text).map_err(|_| NotSealed)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + text.len());
        sealed.push(SEALED_FORM);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// Opens a result of [`Self::seal`] with the same `aad`.
    ///
    /// # Errors
    /// [`NotOpened`], without the reason.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let sealed = sealed.strip_prefix(&[SEALED_FORM]).ok_or(NotOpened)?;
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or(NotOpened)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotOpened)?;
        let mut text = text.to_vec();
        let length = self.sealing.open_in_place(nonce, Aad::from(aad), &mut text).map_err(|_| NotOpened)?.len();
        text.truncate(length);
        Ok(text)
    }

    /// Signs `message` (HMAC-SHA256) for `purpose`. A signature for one purpose is not valid for another.
    #[must_use]
    pub fn sign(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        let tag = hmac::sign(&self.signing, &framed(purpose, message));
        tag.as_ref().try_into().expect("SHA-256 gives 32 bytes")
    }

    /// Whether `signature` is the result of [`Self::sign`] for the same purpose and message; in constant time.
    #[must_use]
    pub fn verify(&self, purpose: &str, message: &[u8], signature: &[u8]) -> bool {
        hmac::verify(&self.signing, &framed(purpose, message), signature).is_ok()
    }
}

impl fmt::Debug for InstallationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstallationKey([redacted])")
    }
}

impl fmt::Display for NotSealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("could not be sealed with the key of the installation")
    }
}

impl std::error::Error for NotSealed {}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("was not sealed with the key of this installation, or is damaged")
    }
}

impl std::error::Error for NotOpened {}

fn derive(root: &Prk, info: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    root.expand(&[info], Length32)
        .and_then(|bytes| bytes.fill(&mut key))
        .expect("HKDF-SHA256 gives up to 255 blocks of 32 bytes");
    key
}

struct Length32;

impl hkdf::KeyType for Length32 {
    fn len(&self) -> usize {
        32
    }
}

/// The length of the purpose comes first, so that no purpose and message read like another pair.
fn framed(purpose: &str, message: &[u8]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(8 + purpose.len() + message.len());
    framed.extend_from_slice(&(purpose.len() as u64).to_be_bytes());
    framed.extend_from_slice(purpose.as_bytes());
    framed.extend_from_slice(message);
    framed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first: u8) -> InstallationKey {
        InstallationKey::from_bytes(std::array::from_fn(|i| first + u8::try_from(i).unwrap()))
    }

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    }

    #[test]
    fn what_was_sealed_opens_again() {
        let sealed = key(0).seal(b"webhook:7", b"a secret").unwrap();
        assert_eq!(sealed.len(), 1 + 12 + 8 + 16);
        assert_eq!(key(0).open(b"webhook:7", &sealed), Ok(b"a secret".to_vec()));
    }

    #[test]
    fn the_same_text_is_never_sealed_alike() {
        assert_ne!(key(0).seal(b"x", b"a secret").unwrap(), key(0).seal(b"x", b"a secret").unwrap());
    }

    #[test]
    fn nothing_opens_with_another_key_purpose_or_a_changed_byte() {
        let sealed = key(0).seal(b"webhook:7", b"a secret").unwrap();
        assert_eq!(key(1).open(b"webhook:7", &sealed), Err(NotOpened));
        assert_eq!(key(0).open(b"webhook:8", &sealed), Err(NotOpened));
        for i in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[i] ^= 1;
            assert_eq!(key(0).open(b"webhook:7", &changed), Err(NotOpened), "byte {i}");
            assert_eq!(key(0).open(b"webhook:7", &sealed[..i]), Err(NotOpened), "cut to {i}");
        }
    }

    #[test]
    fn a_signature_holds_for_its_purpose_and_message_only() {
        let signature = key(0).sign("cursor", b"message");
        assert!(key(0).verify("cursor", b"message", &signature));
        assert!(!key(0).verify("cursor", b"massage", &signature));
        assert!(!key(0).verify("cursorm", b"essage", &signature));
        assert!(!key(1).verify("cursor", b"message", &signature));
        assert!(!key(0).verify("cursor", b"message", &signature[..31]));
        assert!(!key(0).verify("cursor", b"message", b""));
    }

    /// The derivation is a format: what an earlier release sealed and signed must stay readable. Both values were computed
    /// with another implementation of HKDF, HMAC and AES-GCM.
    #[test]
    fn the_derivation_stays_as_it_is() {
        assert_eq!(
            key(0).sign("cursor", b"message").to_vec(),
            bytes("0d83e387eb38b04a3ca4bb921327caa2d4176e6f34bb7839edab01f86ee4074f")
        );
        let sealed = bytes("016465666768696a6b6c6d6e6f9c54fd1e0c72683b79d5e9aa1db27367d263674cb7254c47");
        assert_eq!(key(0).open(b"webhook:7", &sealed), Ok(b"a secret".to_vec()));
    }

    #[test]
    fn it_shows_nothing() {
        assert_eq!(format!("{:?}", key(0)), "InstallationKey([redacted])");
    }
}
