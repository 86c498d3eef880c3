//! Lectern's own access tokens (RFC 9068): issuing and verifying them.
//!
//! | claim | value |
//! |---|---|
//! | `iss`, `aud` | this installation |
//! | `sub` | a client: its client id; a person: the employee's id |
//! | `client_id` | the client that requested the token; in a person's development token, the tool that did |
//! | `tenant` | the tenant's id |
//! | `actor` | `client` or `person` |
//! | `scope` | scopes, separated by spaces; absent if there are none |
//! | `iat`, `exp`, `jti` | seconds, at most 15 minutes apart; the token's id |

#![expect(clippy::expect_used, reason = "texts and numbers are always JSON")]

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fault::TokenFault;
use super::jws::{self, Token};
use super::signing::{ALGORITHM, SigningKeys};

/// The maximum lifetime of a token.
pub const MAX_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// How much the clocks of two servers of one installation may differ. It applies to a token that seems to be issued in the
/// future, but not to an expired one: refusing that only makes the caller request a new one a little early.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

const TYPE: &str = "at+jwt";

/// For whom a token acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A machine client.
    Client,
    /// A person, with a development token.
    Person { employee_id: Uuid },
}

/// The content of a token to issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    pub issuer: String,
    pub audience: String,
    pub tenant_id: Uuid,
    pub actor: Actor,
    pub client_id: String,
    /// Scope tokens of RFC 6749: visible ASCII without `"` and `\`.
    pub scopes: Vec<String>,
    pub token_id: Uuid,
    /// Cut to whole seconds.
    pub issued_at: DateTime<Utc>,
    /// At most [`MAX_LIFETIME`]; cut to whole seconds.
    pub lifetime: Duration,
}

/// A verified token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    pub tenant_id: Uuid,
    pub actor: Actor,
    pub client_id: String,
    pub scopes: Vec<String>,
    pub token_id: Uuid,
    pub issued_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Why a token cannot be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotIssued {
    /// Less than a second, or more than [`MAX_LIFETIME`].
    BadLifetime,
    /// A scope that is empty or contains characters that are not allowed in scopes.
    BadScope,
    /// It would be so long that this service would refuse it.
    TooLong,
    /// The system provides no random bytes for the signature.
    NotSigned,
}

#[derive(Serialize, Deserialize)]
struct WireClaims {
    iss: String,
    aud: String,
    sub: String,
    client_id: String,
    tenant: Uuid,
    actor: WireActor,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    scope: String,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    exp: i64,
    jti: Uuid,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireActor {
    Client,
    Person,
}

#[derive(Serialize)]
struct WireHeader<'a> {
    typ: &'a str,
    alg: &'a str,
    kid: &'a str,
}

/// Issues a token, signed with the current signing key.
///
/// # Errors
/// See [`NotIssued`].
pub fn issue(keys: &SigningKeys, claims: Claims) -> Result<String, NotIssued> {
    if claims.lifetime > MAX_LIFETIME || claims.lifetime.as_secs() == 0 {
        return Err(NotIssued::BadLifetime);
    }
    if !claims.scopes.iter().all(|scope| is_scope_token(scope)) {
        return Err(NotIssued::BadScope);
    }
    let iat = claims.issued_at.timestamp();
    let (actor, sub) = match claims.actor {
        Actor::Client => (WireActor::Client, claims.client_id.clone()),
        Actor::Person { employee_id } => (WireActor::Person, employee_id.to_string()),
    };
    let wire = WireClaims {
        iss: claims.issuer,
        aud: claims.audience,
        sub,
        client_id: claims.client_id,
        tenant: claims.tenant_id,
        actor,
        scope: claims.scopes.join(" "),
        iat,
        nbf: None,
        exp: iat + claims.lifetime.as_secs().cast_signed(),
        jti: claims.token_id,
    };
    let signed = format!("{}.{}", encoded(&WireHeader { typ: TYPE, alg: ALGORITHM, kid: keys.kid() }), encoded(&wire));
    let signature = keys.sign(signed.as_bytes()).ok_or(NotIssued::NotSigned)?;
    let token = format!("{signed}.{}", jws::encode(&signature));
    if token.len() > jws::MAX_TOKEN_BYTES { Err(NotIssued::TooLong) } else { Ok(token) }
}

/// Verifies a token of this installation. `issuer` and `audience` must match; `now` decides about its time.
///
/// # Errors
/// The first fault found, in this order: header, key, signature, issuer, audience, time, claims.
pub fn verify(
    keys: &SigningKeys,
    issuer: &str,
    audience: &str,
    token: &Token<'_>,
    now: DateTime<Utc>,
) -> Result<AccessToken, TokenFault> {
    if token.header.alg != ALGORITHM {
        return Err(TokenFault::WrongAlgorithm);
    }
    if token.header.typ.as_deref() != Some(TYPE) {
        return Err(TokenFault::WrongType);
    }
    let key = token.header.kid.as_deref().and_then(|kid| keys.find(kid)).ok_or(TokenFault::UnknownKey)?;
    if !key.holds(token.signed, &token.signature) {
        return Err(TokenFault::BadSignature);
    }
    let claims: WireClaims = token.claims()?;
    if claims.iss != issuer {
        return Err(TokenFault::WrongIssuer);
    }
    if claims.aud != audience {
        return Err(TokenFault::WrongAudience);
    }
    let (issued_at, expires_at) = checked_time(&claims, now)?;
    Ok(AccessToken {
        tenant_id: claims.tenant,
        actor: actor_of(&claims)?,
        client_id: claims.client_id,
        scopes: claims.scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
        token_id: claims.jti,
        issued_at,
        expires_at,
    })
}

fn checked_time(claims: &WireClaims, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>), TokenFault> {
    let instant = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(TokenFault::Malformed);
    let (issued_at, expires_at) = (instant(claims.iat)?, instant(claims.exp)?);
    if now >= expires_at {
        return Err(TokenFault::Expired);
    }
    let valid_from = claims.nbf.map_or(Ok(issued_at), instant)?.max(issued_at);
    if valid_from > now + LEEWAY {
        return Err(TokenFault::NotYetValid);
    }
    // Even if a mistake elsewhere signed such a token, it must not be accepted.
    if expires_at.signed_duration_since(issued_at).to_std().unwrap_or_default() > MAX_LIFETIME {
        return Err(TokenFault::TooLongLived);
    }
    Ok((issued_at, expires_at))
}

fn actor_of(claims: &WireClaims) -> Result<Actor, TokenFault> {
    match claims.actor {
        WireActor::Client if claims.sub == claims.client_id => Ok(Actor::Client),
        WireActor::Client => Err(TokenFault::Malformed),
        WireActor::Person => {
            claims.sub.parse().map(|employee_id| Actor::Person { employee_id }).map_err(|_| TokenFault::Malformed)
        }
    }
}

fn is_scope_token(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

fn encoded<T: Serialize>(part: &T) -> String {
    jws::encode(&serde_json::to_vec(part).expect("texts and numbers are always JSON"))
}

impl fmt::Display for NotIssued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadLifetime => "a token must be valid for 1 second to 15 minutes",
            Self::BadScope => "a scope has characters that are not allowed in scopes",
            Self::TooLong => "the token would be longer than 8 KiB",
            Self::NotSigned => "the token could not be signed",
        })
    }
}

impl std::error::Error for NotIssued {}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
