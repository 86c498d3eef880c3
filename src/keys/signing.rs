//! The keys that sign Lectern's own access tokens: generated here, sealed for the table `signing_keys`, opened again at start.
//!
//! The newest key that is not retired signs. A retired key stays published until its last token has expired, so that a change
//! of keys never makes a token invalid. JWKs and their thumbprints come from the JWT library. Signing and verifying is done
//! directly with AWS-LC: the library would parse the key again for every token.

use std::fmt;

use aws_lc_rs::pkcs8::Document;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
};
use jsonwebtoken::jwk::{AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};

use super::held::Held;
use super::installation_key::InstallationKey;

/// The only JWS algorithm of Lectern's own tokens.
pub const ALGORITHM: &str = "ES256";

/// A stored signing key: a row of `signing_keys`.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// The thumbprint of the public key (RFC 7638, SHA-256, base64url).
    pub kid: String,
    /// [`ALGORITHM`].
    pub algorithm: String,
    /// The public key as it is published.
    pub public_jwk: Value,
    /// PKCS#8, sealed with the installation key; the kid is bound to it.
    pub private_key_sealed: Vec<u8>,
}

/// Why a signing key cannot be generated or used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigningKeyFault {
    /// The system provides no random bytes.
    NotGenerated,
    /// An algorithm other than [`ALGORITHM`].
    UnknownAlgorithm { kid: String },
    /// The public key is not a P-256 key, or its thumbprint is not the kid.
    BadPublicKey { kid: String },
    /// The private key was sealed by another installation, or is damaged.
    NotOpened { kid: String },
    /// The private key does not belong to the public key.
    HalvesDiffer { kid: String },
}

/// The key that signs, and every key that valid tokens may be signed with.
pub struct SigningKeys {
    pair: EcdsaKeyPair,
    /// The signing key comes first.
    published: Vec<PublicKey>,
}

/// The public key of a signing key.
pub(super) struct PublicKey {
    kid: String,
    jwk: Jwk,
    key: ParsedPublicKey,
    held: Held,
}

impl SealedKey {
    /// Generates a new key.
    ///
    /// # Errors
    /// [`SigningKeyFault::NotGenerated`].
    pub fn generate(installation: &InstallationKey) -> Result<Self, SigningKeyFault> {
        let (kid, public_jwk, private) = new_pair()?;
        let sealed = installation.seal(&aad(&kid), private.as_ref());
        let private_key_sealed = sealed.map_err(|_| SigningKeyFault::NotGenerated)?;
        Ok(Self { kid, algorithm: ALGORITHM.to_owned(), public_jwk, private_key_sealed })
    }

    fn open_private(&self, installation: &InstallationKey) -> Result<EcdsaKeyPair, SigningKeyFault> {
        let fault = || SigningKeyFault::NotOpened { kid: self.kid.clone() };
        let private = installation.open(&aad(&self.kid), &self.private_key_sealed).map_err(|_| fault())?;
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private).map_err(|_| fault())
    }

    fn open_public(&self) -> Result<PublicKey, SigningKeyFault> {
        if self.algorithm != ALGORITHM {
            return Err(SigningKeyFault::UnknownAlgorithm { kid: self.kid.clone() });
        }
        self.parse_public().ok_or_else(|| SigningKeyFault::BadPublicKey { kid: self.kid.clone() })
    }

    fn parse_public(&self) -> Option<PublicKey> {
        let stored: Jwk = serde_json::from_value(self.public_jwk.clone()).ok()?;
        if thumbprint(&stored)? != self.kid {
            return None;
        }
        let point = DecodingKey::from_jwk(&stored).ok()?;
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.try_get_as_bytes().ok()?).ok()?;
        Some(PublicKey { jwk: published(stored, &self.kid), kid: self.kid.clone(), key, held: Held::default() })
    }
}

/// Shows only the length of the sealed private key.
impl fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .field("public_jwk", &self.public_jwk)
            .field("private_key_sealed", &format_args!("[{} bytes]", self.private_key_sealed.len()))
            .finish()
    }
}

impl SigningKeys {
    /// Opens `signing`, which signs from now on, and the public keys of `others`, which stay published. `signing` may also be
    /// among the others.
    ///
    /// # Errors
    /// The fault of the first key that cannot be used.
    pub fn open(
        installation: &InstallationKey,
        signing: &SealedKey,
        others: &[SealedKey],
    ) -> Result<Self, SigningKeyFault> {
        let first = signing.open_public()?;
        let pair = signing.open_private(installation)?;
        if pair.public_key().as_ref() != first.key.as_ref() {
            return Err(SigningKeyFault::HalvesDiffer { kid: first.kid });
        }
        let mut published = vec![first];
        for other in others {
            if published.iter().all(|key| key.kid != other.kid) {
                published.push(other.open_public()?);
            }
        }
        Ok(Self { pair, published })
    }

    /// The kid of the key that signs.
    #[must_use]
    pub fn kid(&self) -> &str {
        // `open` is the only constructor and puts the signing key first.
        self.published.first().map_or("", |key| key.kid.as_str())
    }

    /// The JWK set (RFC 7517) for `/.well-known/jwks.json`: only public keys, the signing key first.
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.published.iter().map(|key| &key.jwk).collect::<Vec<_>>() })
    }

    pub(super) fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.published.iter().find(|key| key.kid == kid)
    }

    /// An ES256 signature: r and s, 32 bytes each; `None` if the system provides no random bytes.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.pair.sign(&SystemRandom::new(), message).ok().map(|signature| signature.as_ref().to_vec())
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kids: Vec<&str> = self.published.iter().map(|key| key.kid.as_str()).collect();
        f.debug_struct("SigningKeys").field("kids", &kids).finish_non_exhaustive()
    }
}

impl PublicKey {
    pub(super) fn holds(&self, message: &[u8], signature: &[u8]) -> bool {
        self.held.holds(message, signature, || self.key.verify_sig(message, signature).is_ok())
    }
}

impl fmt::Display for SigningKeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGenerated => f.write_str("no signing key could be generated"),
            Self::UnknownAlgorithm { kid } => write!(f, "signing key {kid} is not of algorithm {ALGORITHM}"),
            Self::BadPublicKey { kid } => write!(f, "the public key of signing key {kid} does not match its kid"),
            Self::NotOpened { kid } => {
                write!(f, "signing key {kid} was not sealed with the key of this installation, or is damaged")
            }
            Self::HalvesDiffer { kid } => write!(f, "the halves of signing key {kid} do not match"),
        }
    }
}

impl std::error::Error for SigningKeyFault {}

/// Separates the private keys of tokens from everything else that the installation seals.
fn aad(kid: &str) -> Vec<u8> {
    [b"signing_keys:", kid.as_bytes()].concat()
}

/// A new key pair: the kid, the published form of the public key, and the private key (PKCS#8).
pub(super) fn new_pair() -> Result<(String, Value, Document), SigningKeyFault> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| SigningKeyFault::NotGenerated)?;
    let private = pair.to_pkcs8v1().map_err(|_| SigningKeyFault::NotGenerated)?;
    let (kid, public_jwk) = public_half(private.as_ref()).ok_or(SigningKeyFault::NotGenerated)?;
    Ok((kid, public_jwk, private))
}

/// The kid and the published form of the public key of a private key (PKCS#8).
pub(super) fn public_half(private: &[u8]) -> Option<(String, Value)> {
    let jwk = Jwk::from_encoding_key(&EncodingKey::from_ec_der(private), Algorithm::ES256).ok()?;
    let kid = thumbprint(&jwk)?;
    let public_jwk = serde_json::to_value(published(jwk, &kid)).ok()?;
    Some((kid, public_jwk))
}

/// RFC 7638. None for anything but a P-256 key.
fn thumbprint(jwk: &Jwk) -> Option<String> {
    match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            jwk.thumbprint(ThumbprintHash::SHA256).ok()
        }
        _ => None,
    }
}

/// A public key with the members that say what it is for, and no others, so that nothing else in a row is shown.
fn published(jwk: Jwk, kid: &str) -> Jwk {
    let common = CommonParameters {
        public_key_use: Some(PublicKeyUse::Signature),
        key_algorithm: Some(Algorithm::ES256.into()),
        key_id: Some(kid.to_owned()),
        ..CommonParameters::default()
    };
    Jwk { common, ..jwk }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn installation(byte: u8) -> InstallationKey {
        InstallationKey::from_bytes([byte; 32])
    }

    fn sealed() -> SealedKey {
        SealedKey::generate(&installation(1)).unwrap()
    }

    #[test]
    fn a_generated_key_signs_after_it_was_stored() {
        let key = sealed();
        let keys = SigningKeys::open(&installation(1), &key, &[]).unwrap();
        assert_eq!(keys.kid(), key.kid);
        let signature = keys.sign(b"message").unwrap();
        assert_eq!(signature.len(), 64);
        assert!(keys.find(&key.kid).unwrap().holds(b"message", &signature));
        assert!(!keys.find(&key.kid).unwrap().holds(b"massage", &signature));
    }

    #[test]
    fn the_kid_is_the_thumbprint_that_others_compute() {
        let key = sealed();
        let jwk: Jwk = serde_json::from_value(key.public_jwk.clone()).unwrap();
        assert_eq!(jwk.thumbprint(ThumbprintHash::SHA256).unwrap(), key.kid);
        assert_eq!(jwk.common.key_id.as_deref(), Some(key.kid.as_str()));
    }

    /// A row stored before the library computed kids. It was made with another implementation of ECDSA, HKDF, AES-GCM and
    /// SHA-256.
    #[test]
    fn a_stored_key_keeps_its_kid() {
        let kid = "QyuLlITTz9ckFRzh4swXZ7joVFTCY3KMkSQm1zxSXU8";
        let (x, y) = ("Ohx0thmz3F-N8t4PG-HKVGRXz2jEJIFrmzXWQVFapcc", "wgm0ZhZTmi1v8TdGrNB2r9il4Ht8Lfgp1V_NwQ1KgPY");
        let private_key_sealed = "AW5vbmNlLW9mLTEyYv6P_5gFIbKruA0a6sMNvaJIylgW8rp51MGN6ig1WbFDI3YxaXP8nJqXFRYnwYsBBS9Cb6rOC\
                                  dT5_J7jVQ4iLTCdf8iMbUSEJUO3AKg81FY0XwSkA4ucc5tnhAlwoCtii4WhnOfBBnSdibtDb-1vG7dJ8JrZgzTpaG9\
                                  3DP0KnNPDhZH8nvl0bBV00X0OejOjhSxHSHXzC6cIHZU";
        let public_jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": kid});
        let stored = SealedKey {
            kid: kid.to_owned(),
            algorithm: "ES256".to_owned(),
            public_jwk: public_jwk.clone(),
            private_key_sealed: URL_SAFE_NO_PAD.decode(private_key_sealed).unwrap(),
        };
        let keys = SigningKeys::open(&installation(1), &stored, &[]).unwrap();
        assert_eq!((keys.kid(), keys.jwks()), (kid, json!({"keys": [public_jwk]})));
        let private = installation(1).open(&aad(kid), &stored.private_key_sealed).unwrap();
        assert_eq!(public_half(&private), Some((kid.to_owned(), public_jwk)));
        assert!(keys.find(kid).unwrap().holds(b"message", &keys.sign(b"message").unwrap()));
    }

    #[test]
    fn the_published_set_has_every_key_once_and_nothing_private() {
        let (new, mut old) = (sealed(), sealed());
        old.public_jwk["d"] = json!("private");
        let keys = SigningKeys::open(&installation(1), &new, &[old.clone(), new.clone()]).unwrap();
        old.public_jwk.as_object_mut().unwrap().remove("d");
        assert_eq!(keys.jwks(), json!({ "keys": [new.public_jwk, old.public_jwk] }));
    }

    #[test]
    fn the_private_half_of_a_published_key_is_not_needed() {
        let old = SealedKey::generate(&installation(2)).unwrap();
        let keys = SigningKeys::open(&installation(1), &sealed(), std::slice::from_ref(&old)).unwrap();
        assert!(keys.find(&old.kid).is_some());
        assert!(keys.find("another").is_none());
    }

    #[test]
    fn a_key_of_another_installation_does_not_sign() {
        let key = sealed();
        let fault = SigningKeys::open(&installation(2), &key, &[]).unwrap_err();
        assert_eq!(fault, SigningKeyFault::NotOpened { kid: key.kid });
    }

    #[test]
    fn halves_under_each_others_name_are_refused() {
        let (one, two) = (sealed(), sealed());
        let mixed = SealedKey { private_key_sealed: two.private_key_sealed.clone(), ..one.clone() };
        let fault = SigningKeys::open(&installation(1), &mixed, &[]).unwrap_err();
        assert_eq!(fault, SigningKeyFault::NotOpened { kid: one.kid.clone() });

        let private = installation(1).open(&aad(&two.kid), &two.private_key_sealed).unwrap();
        let resealed = SealedKey { private_key_sealed: installation(1).seal(&aad(&one.kid), &private).unwrap(), ..one };
        let fault = SigningKeys::open(&installation(1), &resealed, &[]).unwrap_err();
        assert_eq!(fault, SigningKeyFault::HalvesDiffer { kid: resealed.kid });
    }

    #[test]
    fn a_public_half_that_is_not_what_its_kid_says_is_refused() {
        let good = sealed();
        let bad_key = SigningKeyFault::BadPublicKey { kid: good.kid.clone() };
        for (member, value) in
            [("x", json!("AAAA")), ("x", json!(7)), ("y", good.public_jwk["x"].clone()), ("y", Value::Null)]
        {
            let mut bad = good.clone();
            bad.public_jwk[member] = value;
            assert_eq!(SigningKeys::open(&installation(1), &bad, &[]).unwrap_err(), bad_key);
        }
        let another_s = SealedKey { public_jwk: sealed().public_jwk, ..good.clone() };
        assert_eq!(SigningKeys::open(&installation(1), &sealed(), &[another_s]).unwrap_err(), bad_key);
        let other = SealedKey { algorithm: "EdDSA".into(), ..good.clone() };
        assert_eq!(
            SigningKeys::open(&installation(1), &sealed(), std::slice::from_ref(&other)).unwrap_err(),
            SigningKeyFault::UnknownAlgorithm { kid: good.kid }
        );
    }

    #[test]
    fn nothing_secret_shows() {
        let key = sealed();
        let keys = SigningKeys::open(&installation(1), &key, &[]).unwrap();
        assert!(format!("{key:?}").contains(&format!("[{} bytes]", key.private_key_sealed.len())));
        assert_eq!(format!("{keys:?}"), format!("SigningKeys {{ kids: [{:?}], .. }}", key.kid));
    }
}
