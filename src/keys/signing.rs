//! The keys that sign Lectern's own access tokens: made here, sealed for the table `signing_keys`, opened again at start.
//!
//! The newest key that is not retired signs; a retired one stays published until its last token has expired, so that
//! keys change without a token being refused. AWS-LC is called directly and not through a JWT library: a private key is
//! parsed once and not for every token.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
};
use serde_json::{Value, json};

use super::installation_key::InstallationKey;
use super::jws;

/// The one JWS algorithm of Lectern's own tokens.
pub const ALGORITHM: &str = "ES256";

/// A signing key as it is stored: a row of `signing_keys`.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// The thumbprint of the public half (RFC 7638, SHA-256, base64url).
    pub kid: String,
    /// [`ALGORITHM`].
    pub algorithm: String,
    /// The public half as it is published.
    pub public_jwk: Value,
    /// PKCS#8, sealed with the key of the installation; the kid is bound to it.
    pub private_key_sealed: Vec<u8>,
}

/// Why a signing key cannot be made or used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigningKeyFault {
    /// The system gives no randomness.
    NotGenerated,
    /// Another algorithm than [`ALGORITHM`].
    UnknownAlgorithm { kid: String },
    /// The public half is no P-256 key, or its thumbprint is not the kid.
    BadPublicKey { kid: String },
    /// The private half was sealed by another installation, or is damaged.
    NotOpened { kid: String },
    /// The private half is not the one of the public half.
    HalvesDiffer { kid: String },
}

/// The key that signs, and every key that tokens may still be signed with.
pub struct SigningKeys {
    pair: EcdsaKeyPair,
    /// The one that signs stands first.
    published: Vec<PublicKey>,
}

/// The public half of a signing key.
pub(super) struct PublicKey {
    kid: String,
    jwk: Value,
    key: ParsedPublicKey,
}

impl SealedKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`SigningKeyFault::NotGenerated`].
    pub fn generate(installation: &InstallationKey) -> Result<Self, SigningKeyFault> {
        let pair =
            EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| SigningKeyFault::NotGenerated)?;
        let private = pair.to_pkcs8v1().map_err(|_| SigningKeyFault::NotGenerated)?;
        let (x, y) = coordinates(&pair).ok_or(SigningKeyFault::NotGenerated)?;
        let kid = thumbprint(&x, &y);
        let private_key_sealed =
            installation.seal(&aad(&kid), private.as_ref()).map_err(|_| SigningKeyFault::NotGenerated)?;
        Ok(Self { algorithm: ALGORITHM.to_owned(), public_jwk: public_jwk(&kid, &x, &y), kid, private_key_sealed })
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
        let member = |name: &str| self.public_jwk.get(name)?.as_str();
        let (x, y) = (member("x")?, member("y")?);
        if thumbprint(x, y) != self.kid {
            return None;
        }
        let mut point = vec![UNCOMPRESSED];
        point.extend(jws::decode(x).ok()?);
        point.extend(jws::decode(y).ok()?);
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()?;
        // Built anew and not as stored: the published set shows public members only, whatever the row may hold.
        Some(PublicKey { kid: self.kid.clone(), jwk: public_jwk(&self.kid, x, y), key })
    }
}

/// How the sealed half shows: its length.
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
    /// Opens `signing`, which signs from now on, and the public halves of `others`, which stay published. `signing` may
    /// stand among the others too.
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
        if coordinates(&pair).map(|(x, y)| thumbprint(&x, &y)).as_ref() != Some(&first.kid) {
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

    /// The JWK set (RFC 7517) for `/.well-known/jwks.json`: public halves only, the one that signs first.
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.published.iter().map(|key| &key.jwk).collect::<Vec<_>>() })
    }

    pub(super) fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.published.iter().find(|key| key.kid == kid)
    }

    /// An ES256 signature: r and s, 32 bytes each; `None` when the system gives no randomness.
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
        self.key.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Display for SigningKeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGenerated => f.write_str("no signing key could be generated"),
            Self::UnknownAlgorithm { kid } => write!(f, "signing key {kid} is not of algorithm {ALGORITHM}"),
            Self::BadPublicKey { kid } => write!(f, "the public half of signing key {kid} is not a key of that name"),
            Self::NotOpened { kid } => {
                write!(f, "signing key {kid} was not sealed with the key of this installation, or is damaged")
            }
            Self::HalvesDiffer { kid } => write!(f, "the halves of signing key {kid} do not belong together"),
        }
    }
}

impl std::error::Error for SigningKeyFault {}

/// First byte of a point given with both coordinates (SEC 1).
const UNCOMPRESSED: u8 = 4;

/// Sets the private keys of tokens apart from everything else that the installation seals.
fn aad(kid: &str) -> Vec<u8> {
    [b"signing_keys:", kid.as_bytes()].concat()
}

/// The public point, base64url.
fn coordinates(pair: &EcdsaKeyPair) -> Option<(String, String)> {
    let point = pair.public_key().as_ref().strip_prefix(&[UNCOMPRESSED])?;
    let (x, y) = point.split_at_checked(32)?;
    (y.len() == 32).then(|| (jws::encode(x), jws::encode(y)))
}

/// RFC 7638: the required members in the order of their names, without spaces.
fn thumbprint(x: &str, y: &str) -> String {
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    jws::encode(digest(&SHA256, members.as_bytes()).as_ref())
}

fn public_jwk(kid: &str, x: &str, y: &str) -> Value {
    json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": ALGORITHM, "kid": kid })
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::jwk::{Jwk, ThumbprintHash};

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
