//! The outer form of a token: three parts of base64url (RFC 7515, compact), with JSON in the first two.
//!
//! It is parsed once here, for all issuers. The JWT library's own parsing would refuse an unknown `alg` as malformed, and
//! would read keys in the header.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};

use super::fault::TokenFault;

/// The maximum length of a token, in bytes.
pub(super) const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// The relevant members of a token's header. Keys in it (`jwk`, `jku`, `x5c` …) are not even read.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub alg: String,
    pub typ: Option<String>,
    pub kid: Option<String>,
    /// Whether `crit` is present, whatever its value.
    #[serde(default, rename = "crit", deserialize_with = "is_there")]
    pub has_crit: bool,
}

/// A parsed token; nothing in it is verified.
pub struct Token<'a> {
    pub(super) header: Header,
    claims: Value,
    /// The signed bytes.
    pub(super) signed: &'a [u8],
    pub(super) signature: Vec<u8>,
    /// The signature as written in the token.
    pub(super) signature_text: &'a str,
}

impl<'a> Token<'a> {
    /// Parses a token and refuses what no issuer's token may contain.
    ///
    /// # Errors
    /// The token is too long or malformed, or its header has `crit`.
    pub fn parse(token: &'a str) -> Result<Self, TokenFault> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenFault::TooLong);
        }
        let (signed, signature_text) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenFault::Malformed)?;
        let header: Header = read(&decode(header)?)?;
        if header.has_crit {
            return Err(TokenFault::CriticalHeader);
        }
        let UniqueNames(claims) = read(&decode(claims)?)?;
        let signature = decode(signature_text)?;
        Ok(Self { header, claims: Value::Object(claims), signed: signed.as_bytes(), signature, signature_text })
    }

    /// The issuer that the token claims, unverified: use it only to select who verifies the token.
    ///
    /// # Errors
    /// If there is none.
    pub fn issuer(&self) -> Result<&str, TokenFault> {
        self.claim("iss").and_then(Value::as_str).ok_or(TokenFault::Malformed)
    }

    /// The claims. Do not trust them before the signature is verified.
    pub(super) fn claims<T: DeserializeOwned>(&self) -> Result<T, TokenFault> {
        T::deserialize(&self.claims).map_err(|_| TokenFault::Malformed)
    }

    /// A claim, if present. Do not trust it before the signature is verified.
    pub(super) fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }
}

/// A token is secret as long as it is valid.
impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("header", &self.header).finish_non_exhaustive()
    }
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, TokenFault> {
    serde_json::from_slice(json).map_err(|_| TokenFault::Malformed)
}

/// An object without repeated names (RFC 7519, 4). Otherwise one reader could take the first value and another the last.
struct UniqueNames(Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = UniqueNames;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<UniqueNames, A::Error> {
                let mut unique = Map::new();
                while let Some((name, value)) = members.next_entry()? {
                    if unique.insert(name, value).is_some() {
                        return Err(A::Error::custom("a name appears twice"));
                    }
                }
                Ok(UniqueNames(unique))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// A NumericDate (RFC 7519) in whole seconds; a fraction is cut off.
pub(super) fn instant(seconds: &Number) -> Result<DateTime<Utc>, TokenFault> {
    let text = seconds.to_string();
    let whole = text.split_once('.').map_or(text.as_str(), |(whole, _)| whole);
    let whole = whole.parse().map_err(|_| TokenFault::Malformed)?;
    DateTime::from_timestamp(whole, 0).ok_or(TokenFault::Malformed)
}

pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn decode(text: &str) -> Result<Vec<u8>, TokenFault> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenFault::Malformed)
}

fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::test_tokens::compact;

    fn fault(token: &str) -> TokenFault {
        Token::parse(token).expect_err("a fault")
    }

    #[test]
    fn a_token_comes_apart() {
        let token = compact(&json!({"alg": "ES256", "kid": "k"}), &json!({"iss": "https://a"}), |_| vec![1, 2, 3]);
        let parts = Token::parse(&token).unwrap();
        assert_eq!(
            (parts.header.alg.as_str(), parts.header.kid.as_deref(), parts.header.typ.as_deref()),
            ("ES256", Some("k"), None)
        );
        assert_eq!((&parts.signature, parts.signature_text), (&vec![1, 2, 3], "AQID"));
        assert_eq!(parts.signed, token.trim_end_matches(".AQID").as_bytes());
        assert_eq!(parts.issuer(), Ok("https://a"));
    }

    #[test]
    fn what_is_no_token_is_malformed() {
        let header = encode(br#"{"alg":"ES256"}"#);
        let padded = format!("{header}=.e30.AQID");
        for token in [
            "",
            ".",
            "..",
            "a.b",
            "a.b.c",
            "a.b.c.d",
            &format!("{header}.e30"),
            &format!("{header}.e30.AQID.x"),
            &padded,
        ] {
            assert_eq!(fault(token), TokenFault::Malformed, "{token}");
        }
        for header in
            ["[]", "{}", r#"{"alg":1}"#, r#"{"alg":"ES256","alg":"none"}"#, r#"{"alg":"ES256","kid":7}"#, "\u{feff}{}"]
        {
            assert_eq!(fault(&format!("{}.e30.AQID", encode(header.as_bytes()))), TokenFault::Malformed, "{header}");
        }
        for claims in ["[]", "7", r#"{"sub":"a","sub":"b"}"#, r#"{"iss":"a"} "b""#] {
            assert_eq!(
                fault(&format!("{header}.{}.AQID", encode(claims.as_bytes()))),
                TokenFault::Malformed,
                "{claims}"
            );
        }
    }

    #[test]
    fn a_token_without_an_issuer_is_malformed() {
        for claims in [json!({}), json!({"iss": 7}), json!({"iss": null})] {
            let token = compact(&json!({"alg": "ES256"}), &claims, |_| vec![1]);
            assert_eq!(Token::parse(&token).unwrap().issuer(), Err(TokenFault::Malformed), "{claims}");
        }
    }

    #[test]
    fn crit_is_refused_whatever_it_asks_for() {
        for crit in [json!(["b64"]), json!([]), json!(null), json!("exp")] {
            let token = compact(&json!({"alg": "ES256", "crit": crit}), &json!({}), |_| vec![1]);
            assert_eq!(fault(&token), TokenFault::CriticalHeader, "{token}");
        }
    }

    #[test]
    fn a_token_of_8_kib_is_looked_at_and_no_longer_one() {
        let token = compact(&json!({"alg": "ES256"}), &json!({}), |_| vec![1]);
        let filler = "A".repeat(MAX_TOKEN_BYTES - token.len());
        assert_ne!(Token::parse(&format!("{token}{filler}")).err(), Some(TokenFault::TooLong));
        assert_eq!(fault(&format!("{token}{filler}A")), TokenFault::TooLong);
    }

    #[test]
    fn instants_are_whole_seconds() {
        let number = |text: &str| serde_json::from_str::<Number>(text).unwrap();
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        assert_eq!(instant(&number("1800000000")), Ok(at));
        assert_eq!(instant(&number("1800000000.75")), Ok(at));
        for text in ["1e300", "9223372036854775807", "18446744073709551615"] {
            assert_eq!(instant(&number(text)), Err(TokenFault::Malformed), "{text}");
        }
    }
}
