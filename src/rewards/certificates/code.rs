//! The public code of a certificate: it finds the company and the certificate, and nobody can guess it.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::error::{Error, Result};

/// The greatest length of a public code, in characters.
pub const MAX_CHARS: usize = 86;

/// The length of the tenant's id in it, in characters.
const TENANT_CHARS: usize = 22;

/// The part that is stored with the certificate: 128 random bits.
pub fn random() -> Result<String> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the system provides no random bytes"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The whole code: the tenant's id, which row security asks for before anything is found, and the random part.
#[must_use]
pub fn public(tenant: Uuid, random: &str) -> String {
    format!("{}{random}", URL_SAFE_NO_PAD.encode(tenant.as_bytes()))
}

/// The parts of a code. None if it cannot be one.
#[must_use]
pub fn parts(code: &str) -> Option<(Uuid, &str)> {
    let (tenant, random) = code.split_at_checked(TENANT_CHARS)?;
    let tenant = URL_SAFE_NO_PAD.decode(tenant).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok())?;
    (!random.is_empty() && is_written_so(code)).then_some((Uuid::from_bytes(tenant), random))
}

/// Whether a text is written like a code. What is not is no link of ours that somebody cut or mistyped.
#[must_use]
pub fn is_written_so(text: &str) -> bool {
    let is_ours = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=MAX_CHARS).contains(&text.len()) && text.bytes().all(is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_tells_the_company_and_holds_128_random_bits() {
        let tenant = Uuid::from_u128(0x0198_0f6e_5c1e_7d3a_9b1f_0c2d_3e4f_5a6b);
        let [one, other] = [0, 1].map(|_| random().unwrap());
        assert_ne!(one, other);
        assert_eq!(URL_SAFE_NO_PAD.decode(&one).unwrap().len(), 16);
        let code = public(tenant, &one);
        assert_eq!((code.len(), parts(&code)), (44, Some((tenant, one.as_str()))));
    }

    #[test]
    fn what_is_no_code_has_no_parts() {
        let tenant = public(Uuid::nil(), "");
        for text in ["", "a", tenant.as_str(), &format!("{tenant}a.b"), &format!("{}é", &tenant[..21]), &"=".repeat(44)]
        {
            assert_eq!(parts(text), None, "{text}");
        }
        assert!(is_written_so("a-_9") && !is_written_so("a b") && !is_written_so(&"a".repeat(MAX_CHARS + 1)));
    }
}
