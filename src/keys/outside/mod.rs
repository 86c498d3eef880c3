//! Persons' tokens from outside OIDC issuers (a company's Feishu, Entra, Keycloak …).
//!
//! - [`issuer`]: the configuration: which issuers, and which part of their tokens identifies an employee.
//! - `keys`: the keys currently known: when to fetch them, and who waits.
//! - `fetch`: fetching them.
//!
//! The token's `iss` selects a configured issuer before anything is verified. From then on, only that issuer's keys,
//! algorithms, audience and tenant count. So no issuer can ever speak for another issuer's tenant.

mod fetch;
pub mod issuer;
mod keys;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::crypto;
use serde::Deserialize;
use serde_json::{Number, Value};
use tokio::runtime::Handle;

use self::fetch::KeyFetcher;
use self::issuer::{EmployeeKey, IssuerFault, OutsideIssuer, validate_all};
use self::keys::IssuerKeys;
use super::fault::TokenFault;
use super::jws::{self, Token};

/// How much an issuer's clock and ours may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// Maximum length, in characters, of a value that identifies an employee: that of the columns it is looked up in.
const MAX_VALUE_CHARS: usize = 255;

/// Whom an outside issuer's token identifies. Whether there is such an employee must still be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideIdentity {
    /// The code of the tenant that the issuer is configured for.
    pub tenant: String,
    pub issuer: String,
    /// The account at the issuer (`sub`), 1 to 255 characters. It is never given to another account.
    pub subject: String,
    /// What `value` contains.
    pub key: EmployeeKey,
    /// The value of the configured claim, 1 to 255 characters, none of them a control character.
    pub value: String,
    pub expires_at: DateTime<Utc>,
}

/// The configured issuers and their keys: one instance for the whole process, shared by all its runtimes.
pub struct OutsideIssuers {
    by_name: HashMap<String, Issuer>,
}

struct Issuer {
    settings: Arc<OutsideIssuer>,
    keys: Arc<IssuerKeys>,
}

/// Why the issuers cannot be used.
#[derive(Debug)]
pub enum UnusableIssuers {
    /// Their configuration is wrong; all its faults.
    Misconfigured(Vec<IssuerFault>),
    /// No TLS client could be created, for example because this system has no root certificates.
    NoClient(reqwest::Error),
}

#[derive(Deserialize)]
struct StandardClaims {
    aud: Audience,
    exp: Number,
    nbf: Option<Number>,
    iat: Option<Number>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl OutsideIssuers {
    /// Keys are fetched on `fetches`, whichever runtime needs them. It must run as long as the service (the main runtime). So
    /// a fetch belongs to no request, and no connection is shared between runtimes that start and end. Nothing is fetched
    /// before the first token of an issuer arrives.
    ///
    /// # Errors
    /// See [`UnusableIssuers`].
    pub fn new(issuers: Vec<OutsideIssuer>, fetches: &Handle) -> Result<Self, UnusableIssuers> {
        let faults = validate_all(&issuers);
        if !faults.is_empty() {
            return Err(UnusableIssuers::Misconfigured(faults));
        }
        if issuers.is_empty() {
            return Ok(Self { by_name: HashMap::new() });
        }
        let fetcher = KeyFetcher::new().map_err(UnusableIssuers::NoClient)?;
        let issuer = |settings: OutsideIssuer| {
            let settings = Arc::new(settings);
            let keys = Arc::new(IssuerKeys::new(Arc::clone(&settings), fetcher.clone(), fetches.clone()));
            (settings.issuer.clone(), Issuer { settings, keys })
        };
        Ok(Self { by_name: issuers.into_iter().map(issuer).collect() })
    }

    /// Whether there is any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// By what the issuers of the tenant with this code identify employees.
    #[must_use]
    pub fn keys_of(&self, tenant: &str) -> Vec<EmployeeKey> {
        let own = self.by_name.values().filter(|issuer| issuer.settings.tenant == tenant);
        own.map(|issuer| issuer.settings.employee_key.clone()).collect()
    }

    /// Verifies a token and reads whom it identifies. It may wait for the issuer's keys, at most 10 seconds.
    ///
    /// # Errors
    /// The first fault found, in this order: issuer, header, key, signature, audience, time, the employee's claim.
    pub async fn verify(&self, token: &Token<'_>, now: DateTime<Utc>) -> Result<OutsideIdentity, TokenFault> {
        let issuer = self.by_name.get(token.issuer()?).ok_or(TokenFault::WrongIssuer)?;
        issuer.verify_signature(token, now).await?;
        issuer.identity(token, now)
    }
}

impl fmt::Debug for OutsideIssuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.by_name.keys()).finish()
    }
}

impl Issuer {
    async fn verify_signature(&self, token: &Token<'_>, now: DateTime<Utc>) -> Result<(), TokenFault> {
        let allowed = &self.settings.algorithms;
        let algorithm =
            *allowed.iter().find(|allowed| allowed.name() == token.header.alg).ok_or(TokenFault::WrongAlgorithm)?;
        if !token.header.typ.as_deref().is_none_or(is_access_or_id_token) {
            return Err(TokenFault::WrongType);
        }
        let kid = token.header.kid.as_deref().ok_or(TokenFault::UnknownKey)?;
        let known = self.keys.containing(kid, now).await?;
        let mut named = known.iter().filter(|key| key.kid == kid).peekable();
        if named.peek().is_none() {
            return Err(TokenFault::UnknownKey);
        }
        let key = named.find(|key| key.is_for(algorithm)).ok_or(TokenFault::WrongAlgorithm)?;
        match crypto::verify(token.signature_text, token.signed, &key.key, algorithm.into()) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(TokenFault::BadSignature),
        }
    }

    fn identity(&self, token: &Token<'_>, now: DateTime<Utc>) -> Result<OutsideIdentity, TokenFault> {
        let claims: StandardClaims = token.claims()?;
        if !claims.aud.names(&self.settings.audience) {
            return Err(TokenFault::WrongAudience);
        }
        let expires_at = checked_time(&claims, now)?;
        Ok(OutsideIdentity {
            tenant: self.settings.tenant.clone(),
            issuer: self.settings.issuer.clone(),
            subject: subject(token)?,
            key: self.settings.employee_key.clone(),
            value: self.employee_value(token)?,
            expires_at,
        })
    }

    fn employee_value(&self, token: &Token<'_>) -> Result<String, TokenFault> {
        let value = match token.claim(&self.settings.claim) {
            Some(Value::String(text)) => text.clone(),
            // Some directories give employee numbers as JSON numbers. One with a fraction or an exponent is not accepted.
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => number.to_string(),
            _ => return Err(TokenFault::NoEmployee),
        };
        let is_named = !value.trim().is_empty() && value.chars().count() <= MAX_VALUE_CHARS;
        if !is_named || value.chars().any(char::is_control) {
            return Err(TokenFault::NoEmployee);
        }
        // If people can enter any address in their account, an unverified one would let them act as anybody.
        let is_address = self.settings.employee_key == EmployeeKey::Email || self.settings.claim == "email";
        let is_verified = match token.claim("email_verified") {
            Some(Value::Null) | None => !self.settings.sends_email_verified,
            Some(said) => *said == Value::Bool(true) || said.as_str() == Some("true"),
        };
        if is_address && !is_verified {
            return Err(TokenFault::EmailNotVerified);
        }
        Ok(value)
    }
}

/// The account at the issuer, which every token of a person names (OpenID Connect Core 1.0, 2).
fn subject(token: &Token<'_>) -> Result<String, TokenFault> {
    let is_usable = |text: &&str| (1..=MAX_VALUE_CHARS).contains(&text.chars().count()) && !text.contains('\0');
    let named = token.claim("sub").and_then(Value::as_str).filter(is_usable);
    named.map(str::to_owned).ok_or(TokenFault::NoSubject)
}

/// Returns when the token expires.
fn checked_time(claims: &StandardClaims, now: DateTime<Utc>) -> Result<DateTime<Utc>, TokenFault> {
    let expires_at = jws::instant(&claims.exp)?;
    // The leeway is subtracted from `now`: added to a very late `exp` it could overflow.
    if now - LEEWAY >= expires_at {
        return Err(TokenFault::Expired);
    }
    for from in [&claims.nbf, &claims.iat].into_iter().flatten() {
        if jws::instant(from)? > now + LEEWAY {
            return Err(TokenFault::NotYetValid);
        }
    }
    Ok(expires_at)
}

/// Many issuers write `JWT` or nothing. Other types (logout tokens, proofs of possession …) are signed with the same keys and
/// say so.
fn is_access_or_id_token(typ: &str) -> bool {
    ["jwt", "at+jwt", "application/at+jwt"].iter().any(|accepted| typ.eq_ignore_ascii_case(accepted))
}

impl Audience {
    fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

impl fmt::Display for UnusableIssuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misconfigured(faults) => {
                f.write_str("the outside issuers are misconfigured:")?;
                faults.iter().try_for_each(|fault| write!(f, " {fault};"))
            }
            Self::NoClient(_) => f.write_str("no TLS client could be created to fetch the keys of outside issuers"),
        }
    }
}

impl std::error::Error for UnusableIssuers {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Misconfigured(_) => None,
            Self::NoClient(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests;
