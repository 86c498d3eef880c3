//! Fetching the keys of an issuer.

use std::fmt;
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use reqwest::{Client, StatusCode, Url, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::issuer::{OutsideAlgorithm, OutsideIssuer};

/// Time limit for both requests together, from the name lookup to the last byte of the keys.
const TIME_LIMIT: Duration = Duration::from_secs(10);
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
const READ_LIMIT: Duration = Duration::from_secs(5);
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Fetches issuers' documents.
#[derive(Clone)]
pub(super) struct KeyFetcher {
    client: Client,
}

/// A public key of an issuer.
#[derive(Clone)]
pub(super) struct VerifyingKey {
    pub kid: String,
    pub key: DecodingKey,
    /// The algorithms that a key of its kind can verify.
    algorithms: &'static [OutsideAlgorithm],
    /// The only algorithm for which the issuer allows the key, if it says so.
    only: Option<KeyAlgorithm>,
}

/// Why the keys could not be fetched. It is logged, never shown to a caller.
#[derive(Debug)]
pub(super) enum FetchFault {
    Http(reqwest::Error),
    Status(StatusCode),
    TooLarge,
    NotJson(serde_json::Error),
    /// The discovery document names another issuer.
    OtherIssuer(String),
    /// The discovery document gives an address from which keys may not be fetched.
    BadAddress(String),
    TimedOut,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl KeyFetcher {
    /// # Errors
    /// If no TLS client can be created on this system.
    pub(super) fn new() -> reqwest::Result<Self> {
        let client = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .read_timeout(READ_LIMIT)
            // One fetch per hour gains nothing from a kept connection, and a kept connection belongs to the runtime that
            // opened it.
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self { client })
    }

    /// The keys of `issuer` that can verify tokens. Keys of other kinds are left out.
    pub(super) async fn fetch(&self, issuer: &OutsideIssuer) -> Result<Vec<VerifyingKey>, FetchFault> {
        tokio::time::timeout(TIME_LIMIT, self.fetch_unlimited(issuer)).await.unwrap_or(Err(FetchFault::TimedOut))
    }

    async fn fetch_unlimited(&self, issuer: &OutsideIssuer) -> Result<Vec<VerifyingKey>, FetchFault> {
        let address = match &issuer.jwks_uri {
            Some(address) => address.clone(),
            None => self.discover(issuer).await?,
        };
        let url = Url::parse(&address).ok().filter(|url| issuer.may_keep_keys_at(url));
        let set: KeySet = self.get(url.ok_or(FetchFault::BadAddress(address))?).await?;
        Ok(set.keys.into_iter().filter_map(VerifyingKey::from_jwk).collect())
    }

    async fn discover(&self, issuer: &OutsideIssuer) -> Result<String, FetchFault> {
        let address = issuer.discovery_url();
        let url = Url::parse(&address).map_err(|_| FetchFault::BadAddress(address))?;
        let discovery: Discovery = self.get(url).await?;
        if discovery.issuer == issuer.issuer {
            Ok(discovery.jwks_uri)
        } else {
            Err(FetchFault::OtherIssuer(discovery.issuer))
        }
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, FetchFault> {
        let mut response = self.client.get(url).header("accept", "application/json").send().await?;
        if response.status() != StatusCode::OK {
            return Err(FetchFault::Status(response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(FetchFault::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(FetchFault::NotJson)
    }
}

impl VerifyingKey {
    /// Reads a JWK (RFC 7517). None for a key that cannot verify any token here: one unusual key must not make the others
    /// unreadable.
    pub(super) fn from_jwk(jwk: Value) -> Option<Self> {
        use OutsideAlgorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
        let jwk: Jwk = serde_json::from_value(jwk).ok()?;
        let algorithms: &[OutsideAlgorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => &[RS256, RS384, RS512, PS256, PS384, PS512],
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => &[ES256],
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => &[ES384],
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[EdDSA],
            _ => return None,
        };
        let verifies = jwk.common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature)
            && jwk.common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
        if !verifies {
            return None;
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self { kid: jwk.common.key_id?, key, algorithms, only: jwk.common.key_algorithm })
    }

    /// Whether the key may verify tokens with `algorithm`.
    pub(super) fn is_for(&self, algorithm: OutsideAlgorithm) -> bool {
        let meant = jsonwebtoken::Algorithm::from(algorithm);
        self.algorithms.contains(&algorithm) && self.only.is_none_or(|only| only == meant.into())
    }
}

impl From<reqwest::Error> for FetchFault {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

impl fmt::Display for FetchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => {
                write!(f, "{error}")?;
                let mut cause = std::error::Error::source(error);
                while let Some(error) = cause {
                    write!(f, ": {error}")?;
                    cause = error.source();
                }
                Ok(())
            }
            Self::Status(status) => write!(f, "it answered {status}"),
            Self::TooLarge => f.write_str("its answer is larger than 1 MiB"),
            Self::NotJson(error) => write!(f, "its answer is not valid JSON: {error}"),
            Self::OtherIssuer(other) => write!(f, "its discovery document is that of {other:?}"),
            Self::BadAddress(address) => write!(f, "keys may not be fetched from {address:?}"),
            Self::TimedOut => write!(f, "it took longer than {} seconds", TIME_LIMIT.as_secs()),
        }
    }
}
