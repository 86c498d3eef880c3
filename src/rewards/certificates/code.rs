//! The public code of a certificate: it finds the company and the certificate, and nobody can guess it.

use std::fmt;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use uuid::Uuid;

use crate::error::{Error, Result};

/// A public code. One that somebody sends may be anything: a link is cut or mistyped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicCode(String);

impl PublicCode {
    const MAX_CHARS: usize = 86;

    /// The length of the tenant's id in it, in characters.
    const TENANT_CHARS: usize = 22;

    /// The whole code: the tenant's id, which row security asks for before anything is found, and the random part.
    #[must_use]
    pub fn new(tenant: Uuid, random: &str) -> Self {
        Self(format!("{}{random}", URL_SAFE_NO_PAD.encode(tenant.as_bytes())))
    }

    /// The tenant and the random part. None if it cannot be a code.
    #[must_use]
    pub fn parts(&self) -> Option<(Uuid, &str)> {
        let (tenant, random) = self.0.split_at_checked(Self::TENANT_CHARS)?;
        let tenant = URL_SAFE_NO_PAD.decode(tenant).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok())?;
        (!random.is_empty() && self.is_written_so()).then_some((Uuid::from_bytes(tenant), random))
    }

    /// Whether it is written like a code. What is not is no link of ours that somebody cut or mistyped.
    #[must_use]
    pub fn is_written_so(&self) -> bool {
        let is_ours = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        (1..=Self::MAX_CHARS).contains(&self.0.len()) && self.0.bytes().all(is_ours)
    }
}

impl fmt::Display for PublicCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl utoipa::PartialSchema for PublicCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("The public code of a certificate. It holds 128 random bits."))
            .pattern(Some("^[A-Za-z0-9_-]+$"))
            .min_length(Some(1))
            .max_length(Some(Self::MAX_CHARS))
            .examples(["AZgPblwefTqbHwwtPk9aa3kzVh1rT0qLwPzS5uXyB2cD"])
            .into()
    }
}

impl utoipa::ToSchema for PublicCode {}

/// The part that is stored with the certificate: 128 random bits.
pub fn random() -> Result<String> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the system provides no random bytes"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &str) -> PublicCode {
        PublicCode(text.to_owned())
    }

    #[test]
    fn a_code_tells_the_company_and_holds_128_random_bits() {
        let tenant = Uuid::from_u128(0x0198_0f6e_5c1e_7d3a_9b1f_0c2d_3e4f_5a6b);
        let [one, other] = [0, 1].map(|_| random().unwrap());
        assert_ne!(one, other);
        assert_eq!(URL_SAFE_NO_PAD.decode(&one).unwrap().len(), 16);
        let code = PublicCode::new(tenant, &one);
        assert_eq!((code.to_string().len(), code.parts()), (44, Some((tenant, one.as_str()))));
    }

    #[test]
    fn what_is_no_code_has_no_parts() {
        let tenant = PublicCode::new(Uuid::nil(), "").to_string();
        for text in ["", "a", tenant.as_str(), &format!("{tenant}a.b"), &format!("{}é", &tenant[..21]), &"=".repeat(44)]
        {
            assert_eq!(sent(text).parts(), None, "{text}");
        }
        let too_long = "a".repeat(PublicCode::MAX_CHARS + 1);
        assert!(sent("a-_9").is_written_so() && !sent("a b").is_written_so() && !sent(&too_long).is_written_so());
    }
}
