//! Handmade tokens, well-formed or not.

use serde_json::Value;

use super::jws::encode;

/// The three parts, signed by `sign`.
pub(super) fn compact(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let signature = sign(signed.as_bytes());
    format!("{signed}.{}", encode(&signature))
}

/// `document` with `member` set, or removed if `value` is null.
pub(super) fn with(mut document: Value, member: &str, value: Value) -> Value {
    let members = document.as_object_mut().expect("an object");
    if value.is_null() {
        members.remove(member);
    } else {
        members.insert(member.to_owned(), value);
    }
    document
}
