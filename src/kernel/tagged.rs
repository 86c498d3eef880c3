//! Where the parser finds a fault in a document, also inside of a value that is told apart by its member `kind`.
//!
//! Serde reads such a value as a whole before it knows what it is, and then no longer knows at which member it is. So it is read here
//! in two steps, and what is wrong in the second one says at which place inside of the value.

use std::fmt;

use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::fault::pointer_segment;

/// The member by which values are told apart.
const KIND: &str = "kind";

/// Stands between a place inside of a value and what is wrong there, in the words of an error.
const INSIDE: char = '\u{1f}';

/// Lets an enum be read whose variants are told apart by the member `kind`. Its other members are those of the variant's structure.
macro_rules! read_by_kind {
    ($union:ident { $($kind:literal => $variant:ident),+ $(,)? }) => {
        impl<'de> ::serde::Deserialize<'de> for $union {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let (kind, members) = $crate::kernel::tagged::read(deserializer)?;
                match kind.as_str() {
                    $($kind => $crate::kernel::tagged::variant(members).map(Self::$variant),)+
                    _ => Err($crate::kernel::tagged::unknown(&kind, &[$($kind),+])),
                }
            }
        }
    };
}

pub(crate) use read_by_kind;

/// The kind of a value, and its other members.
pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(String, Map<String, Value>), D::Error> {
    let mut members = match Unrepeated::deserialize(deserializer)?.0 {
        Value::Object(members) => members,
        other => return Err(D::Error::invalid_type(unexpected(&other), &"an object")),
    };
    match members.remove(KIND) {
        Some(Value::String(kind)) => Ok((kind, members)),
        Some(other) => {
            let words: serde_json::Error = Error::invalid_type(unexpected(&other), &"a string");
            Err(at_kind(&words.to_string()))
        }
        None => Err(D::Error::missing_field(KIND)),
    }
}

/// The structure with these members.
pub fn variant<T: DeserializeOwned, E: Error>(members: Map<String, Value>) -> Result<T, E> {
    serde_path_to_error::deserialize(Value::Object(members)).map_err(|error| {
        let (place, words) = located(&error);
        E::custom(format_args!("{place}{INSIDE}{words}"))
    })
}

/// The error of a kind that is none of these: the words `unknown kind`, and all of them.
#[must_use]
pub fn unknown<E: Error>(kind: &str, kinds: &'static [&'static str]) -> E {
    let words: serde_json::Error = Error::unknown_variant(kind, kinds);
    at_kind(&words.to_string().replacen("variant", "kind", 1))
}

fn at_kind<E: Error>(words: &str) -> E {
    E::custom(format_args!("/{KIND}{INSIDE}{words}"))
}

fn unexpected(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(value) => Unexpected::Bool(*value),
        Value::Number(_) => Unexpected::Other("number"),
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    }
}

/// The place of a parser's fault, as a JSON pointer, and its words.
#[must_use]
pub fn located<E: fmt::Display>(error: &serde_path_to_error::Error<E>) -> (String, String) {
    let message = error.inner().to_string();
    let words = message.rsplit_once(" at line ").map_or(message.as_str(), |(words, _)| words);
    let (inside, words) = words.split_once(INSIDE).unwrap_or(("", words));
    (pointer(error.path()) + inside, words.to_owned())
}

/// A place as a JSON pointer.
#[must_use]
pub fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", pointer_segment(key)),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}

/// A value none of whose objects has two members of one name.
struct Unrepeated(Value);

impl<'de> Deserialize<'de> for Unrepeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

/// Takes no numbers with a point: no document has any.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unrepeated(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
            }
            let Unrepeated(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    enum Figure {
        Line(Line),
        Group(Group),
    }

    read_by_kind!(Figure { "line" => Line, "group" => Group });

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        points: Vec<Point>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Point {
        at: i32,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Group {
        parts: Vec<Figure>,
    }

    fn read(text: &str) -> Result<Figure, (String, String)> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| located(&error))
    }

    #[test]
    fn a_value_is_what_its_kind_says() {
        let line = |at: i32| Figure::Line(Line { points: vec![Point { at }] });
        assert_eq!(read(r#"{"points": [{"at": 7}], "kind": "line"}"#), Ok(line(7)));
        let group = r#"{"kind": "group", "parts": [{"kind": "line", "points": [{"at": -7}]}]}"#;
        assert_eq!(read(group), Ok(Figure::Group(Group { parts: vec![line(-7)] })));
    }

    #[test]
    fn what_is_wrong_inside_of_a_value_is_told_at_its_place() {
        for (text, place, words) in [
            (r#"{"kind": "line", "points": [{"at": 1}, {"at": "2"}]}"#, "/points/1/at", "invalid type"),
            (r#"{"kind": "line", "points": [{"at": 1, "x/y": 2}]}"#, "/points/0/x~1y", "unknown field `x/y`"),
            (r#"{"kind": "line", "points": [{}]}"#, "/points/0", "missing field `at`"),
            (
                r#"{"kind": "group", "parts": [{"kind": "line", "points": [{"at": 1}, {"at": true}]}]}"#,
                "/parts/0/points/1/at",
                "invalid type",
            ),
            (
                r#"{"kind": "group", "parts": [{"kind": "dot"}]}"#,
                "/parts/0/kind",
                "unknown kind `dot`, expected `line` or `group`",
            ),
            (r#"{"kind": 7, "points": []}"#, "/kind", "invalid type"),
            (r#"{"points": []}"#, "", "missing field `kind`"),
            (r#"[{"kind": "line"}]"#, "", "invalid type: sequence, expected an object"),
            (r#"{"kind": "line", "points": [{"at": 1, "at": 2}]}"#, "/points/0", "duplicate field `at`"),
            (r#"{"kind": "line", "kind": "line", "points": []}"#, "", "duplicate field `kind`"),
        ] {
            let (found, said) = read(text).unwrap_err();
            assert_eq!(found, place, "{text}");
            assert!(said.starts_with(words), "{text}: {said}");
        }
    }
}
