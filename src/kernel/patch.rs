//! One member of a merge patch (RFC 7396), which distinguishes "not mentioned" from "null".

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use validator::{Validate, ValidateLength, ValidateRange, ValidationErrors};

use super::fault::{Fault, FaultCode, Faults};

/// What a merge patch says about one member. The field for it needs `#[serde(default)]`.
///
/// In the contract, a member that may be cleared is `#[schema(value_type = Option<T>)]`, any other member
/// `#[schema(value_type = T, required = false)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Not mentioned: the member stays as it is.
    #[default]
    Absent,
    /// Null: the member is cleared.
    Null,
    /// The member gets this value.
    Value(T),
}

impl<T> Patch<T> {
    /// Whether the member is mentioned.
    #[must_use]
    pub fn is_present(&self) -> bool {
        !matches!(self, Self::Absent)
    }

    /// The same patch, by reference.
    #[must_use]
    pub fn as_ref(&self) -> Patch<&T> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(value),
        }
    }

    /// The same patch for something made from the value.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(make(value)),
        }
    }

    /// The change of a member that may be cleared, as Diesel's changesets expect it: none leaves the column unchanged.
    #[must_use]
    pub fn into_change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    /// The change of a member that must have a value. Null is a fault at `pointer`.
    pub fn into_value(self, pointer: &str, faults: &mut Faults) -> Option<T> {
        match self {
            Self::Absent => None,
            Self::Value(value) => Some(value),
            Self::Null => {
                faults.push(Fault::new(pointer, FaultCode::NotNull));
                None
            }
        }
    }

    /// The member after the patch, given its present value.
    pub fn apply(self, present: Option<T>) -> Option<T> {
        match self {
            Self::Absent => present,
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

/// For the validator's messages; a patch is never part of a response.
impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Absent | Self::Null => serializer.serialize_none(),
        }
    }
}

impl<T: Validate> Validate for Patch<T> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        match self {
            Self::Value(value) => value.validate(),
            Self::Absent | Self::Null => Ok(()),
        }
    }
}

impl<T: ValidateLength<u64>> ValidateLength<u64> for Patch<T> {
    fn length(&self) -> Option<u64> {
        match self {
            Self::Value(value) => value.length(),
            Self::Absent | Self::Null => None,
        }
    }
}

impl<N, T: ValidateRange<N>> ValidateRange<N> for Patch<T> {
    fn greater_than(&self, max: N) -> Option<bool> {
        match self {
            Self::Value(value) => value.greater_than(max),
            Self::Absent | Self::Null => None,
        }
    }

    fn less_than(&self, min: N) -> Option<bool> {
        match self {
            Self::Value(value) => value.less_than(min),
            Self::Absent | Self::Null => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Request {
        #[serde(default)]
        #[validate(length(min = 1, max = 3))]
        name: Patch<String>,
        #[serde(default)]
        #[validate(range(min = 1, max = 9))]
        count: Patch<i32>,
    }

    fn read(body: &str) -> Request {
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn absent_and_null_differ() {
        assert_eq!(read("{}").name, Patch::Absent);
        assert_eq!(read(r#"{"name": null}"#).name, Patch::Null);
        assert_eq!(read(r#"{"name": "a"}"#).name, Patch::Value("a".to_owned()));
    }

    #[test]
    fn only_a_value_is_validated() {
        for (body, good) in [
            ("{}", true),
            (r#"{"name": null, "count": null}"#, true),
            (r#"{"name": "abc", "count": 9}"#, true),
            (r#"{"name": "abcd"}"#, false),
            (r#"{"name": ""}"#, false),
            (r#"{"count": 10}"#, false),
        ] {
            assert_eq!(read(body).validate().is_ok(), good, "{body}");
        }
    }

    #[test]
    fn null_is_refused_where_a_value_must_stand() {
        let mut faults = Faults::default();
        assert_eq!(Patch::Value(1).into_value("/a", &mut faults), Some(1));
        assert_eq!(Patch::<i32>::Absent.into_value("/b", &mut faults), None);
        assert_eq!(Patch::<i32>::Null.into_value("/c", &mut faults), None);
        let found: Vec<_> = faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect();
        assert_eq!(found, [("/c".to_owned(), FaultCode::NotNull)]);
    }

    #[test]
    fn a_patch_changes_what_it_mentions() {
        assert_eq!(Patch::Absent.apply(Some(1)), Some(1));
        assert_eq!(Patch::Null.apply(Some(1)), None);
        assert_eq!(Patch::Value(2).apply(Some(1)), Some(2));
        assert_eq!((Patch::<i32>::Absent.into_change(), Patch::<i32>::Null.into_change()), (None, Some(None)));
    }
}
