//! JSON in the canonical form of RFC 8785: members ordered by their names in UTF-16, no space, one way to write each value.
//!
//! Lecturers and payroll lines are written by the hundred thousand, so what they have is written here in one pass: texts, whole
//! numbers, lists and objects. Other numbers are left to the library, which gives the same bytes for everything.

use std::cmp::Ordering;

use serde::Serialize;
use serde_json::{Result, Value};

/// The largest whole number that a JSON reader with double precision reads exactly.
const MAX_EXACT: u64 = (1 << 53) - 1;

/// The canonical form of what a value is as JSON.
pub fn to_vec(value: &impl Serialize) -> Result<Vec<u8>> {
    of(&serde_json::to_value(value)?)
}

/// The canonical form of a JSON value.
pub fn of(value: &Value) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(1024);
    if write(value, &mut bytes)? { Ok(bytes) } else { serde_json_canonicalizer::to_vec(value) }
}

/// The order of two names. Where all is ASCII, that of the bytes is the same.
fn by_utf16(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

/// Appends the value; false at a number that is not whole or not exact.
fn write(value: &Value, bytes: &mut Vec<u8>) -> Result<bool> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => serde_json::to_writer(&mut *bytes, value)?,
        Value::Number(number) => {
            if number.as_i64().is_none_or(|whole| whole.unsigned_abs() > MAX_EXACT) {
                return Ok(false);
            }
            serde_json::to_writer(&mut *bytes, value)?;
        }
        Value::Array(items) => {
            bytes.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    bytes.push(b',');
                }
                if !write(item, bytes)? {
                    return Ok(false);
                }
            }
            bytes.push(b']');
        }
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| by_utf16(a, b));
            bytes.push(b'{');
            for (at, (name, member)) in members.into_iter().enumerate() {
                if at > 0 {
                    bytes.push(b',');
                }
                serde_json::to_writer(&mut *bytes, name)?;
                bytes.push(b':');
                if !write(member, bytes)? {
                    return Ok(false);
                }
            }
            bytes.push(b'}');
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_what_the_library_writes() {
        let exact = (1_i64 << 53) - 1;
        for value in [
            json!(null),
            json!([true, false, [], {}]),
            json!({"b": 1, "a": {"d": -1, "c": 0}, "": "", "A": exact, "ä": -exact, "讲师": "王芳", "\u{10000}": 1, "\u{ffff}": 2}),
            json!({"\u{1}\n\"\\/": "\u{0}\u{8}\t\n\u{c}\r\u{1f}\u{7f}\u{2028}\"\\/é😀"}),
            json!({"z": [{"y": 2, "x": [3, {"w": null}]}], "half": 0.5}),
            json!([exact + 1, u64::MAX, i64::MIN, 1e21, -0.0]),
        ] {
            let expected = serde_json_canonicalizer::to_string(&value).unwrap();
            assert_eq!(String::from_utf8(of(&value).unwrap()).unwrap(), expected);
        }
    }

    #[test]
    fn members_are_in_the_order_of_their_names() {
        assert_eq!(to_vec(&json!({"b": [1, "x"], "a": null})).unwrap(), br#"{"a":null,"b":[1,"x"]}"#);
    }
}
