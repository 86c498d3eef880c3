//! Bytes as text.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

/// A SHA-256 hash, as [`hex`] writes it. What callers send is checked ([`is_sound`](Self::is_sound)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sha256(String);

impl Sha256 {
    const DIGITS: usize = 64;

    #[must_use]
    pub fn is_sound(&self) -> bool {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        self.0.len() == Self::DIGITS && self.0.bytes().all(is_digit)
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Of what was checked or computed.
impl From<String> for Sha256 {
    fn from(digits: String) -> Self {
        Self(digits)
    }
}

impl From<Sha256> for String {
    fn from(hash: Sha256) -> Self {
        hash.0
    }
}

impl utoipa::PartialSchema for Sha256 {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("A SHA-256 hash, in lower-case hexadecimal."))
            .pattern(Some("^[0-9a-f]{64}$"))
            .min_length(Some(Self::DIGITS))
            .max_length(Some(Self::DIGITS))
            .examples(["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
            .into()
    }
}

impl utoipa::ToSchema for Sha256 {}

/// The bytes as lower-case hexadecimal digits, two for each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_two_digits() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }

    #[test]
    fn a_hash_has_as_many_digits_as_it_has() {
        for (digits, is_sound) in
            [("a0".repeat(32), true), ("a0".repeat(31), false), ("A0".repeat(32), false), ("g0".repeat(32), false)]
        {
            assert_eq!(Sha256::from(digits).is_sound(), is_sound);
        }
    }
}
