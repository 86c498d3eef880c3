//! `Decimal`: an exact decimal number, as in a document or a fact.
//!
//! In JSON it is a string or an integer, never a float: `"8.2"` and `8` are accepted, `8.2` is refused. It is written as a
//! string without trailing zeros, so that equal numbers have equal bytes, however they were sent.

use std::fmt;
use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use rust_decimal::Decimal as Inner;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};

use super::ratio::{Ratio, power_of_ten};

/// Maximum number of digits before the point. With [`MAX_DECIMALS`] they make the 28 digits that the inner type holds
/// exactly.
pub const MAX_INTEGER_DIGITS: usize = 16;
/// Maximum number of digits after the point.
pub const MAX_DECIMALS: usize = 12;
/// The pattern of a decimal on the wire.
pub const PATTERN: &str = r"^-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,12})?$";

/// An exact decimal of at most 16 digits before and 12 after the point.
///
/// Equality, order and hash are those of the number: `8.20` equals `8.2`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Numeric)]
pub struct Decimal(Inner);

/// Why a text or number is not a [`Decimal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalError {
    /// Not of the form `-12.5` (no sign `+`, no exponent, no leading zeros, digits on both sides of the point).
    Malformed,
    /// More than [`MAX_INTEGER_DIGITS`] digits before the point.
    TooLarge,
    /// More than [`MAX_DECIMALS`] digits after the point.
    TooFine,
}

impl Decimal {
    pub const ZERO: Self = Self(Inner::ZERO);

    /// The number of digits after the point, without trailing zeros.
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.0.scale()
    }

    #[must_use]
    pub fn is_negative(self) -> bool {
        self < Self::ZERO
    }

    /// The same number as an exact ratio.
    #[must_use]
    pub fn to_ratio(self) -> Ratio {
        Ratio::new(self.0.mantissa().into(), power_of_ten(self.0.scale()))
    }

    /// The number with at least `decimals` digits after the point: `8.2` with 4 is `8.2000`. It pads and never rounds.
    #[must_use]
    pub fn to_padded_string(self, decimals: u32) -> String {
        let mut padded = self.0;
        if padded.scale() < decimals {
            padded.rescale(decimals);
        }
        padded.to_string()
    }

    /// The carrier type, for a `numeric` column.
    #[must_use]
    pub fn to_inner(self) -> Inner {
        self.0
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let digits = Digits::read(text)?;
        if digits.integer.len() > MAX_INTEGER_DIGITS {
            return Err(DecimalError::TooLarge);
        }
        if digits.fraction.len() > MAX_DECIMALS {
            return Err(DecimalError::TooFine);
        }
        let scale = u32::try_from(digits.fraction.len()).map_err(|_| DecimalError::TooFine)?;
        let inner = Inner::try_from_i128_with_scale(digits.units(scale)?, scale).map_err(|_| DecimalError::TooLarge)?;
        Ok(Self(inner.normalize()))
    }
}

/// The parts of a number in decimal notation: an optional `-`, digits without leading zeros, optionally a point and digits.
pub(super) struct Digits<'a> {
    negative: bool,
    integer: &'a str,
    fraction: &'a str,
}

impl<'a> Digits<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, DecimalError> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (integer, fraction) = match unsigned.split_once('.') {
            Some((_, "")) => return Err(DecimalError::Malformed),
            Some((integer, fraction)) => (integer, fraction),
            None => (unsigned, ""),
        };
        let all_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        let leading_zero = integer.len() > 1 && integer.starts_with('0');
        if integer.is_empty() || leading_zero || !all_digits(integer) || !all_digits(fraction) {
            return Err(DecimalError::Malformed);
        }
        Ok(Self { negative, integer, fraction })
    }

    /// The number in units of 10^-`scale`. Fails if it has more decimals or does not fit.
    pub(super) fn units(&self, scale: u32) -> Result<i128, DecimalError> {
        let width = usize::try_from(scale).map_err(|_| DecimalError::TooFine)?;
        if self.fraction.len() > width {
            return Err(DecimalError::TooFine);
        }
        let magnitude: i128 =
            format!("{}{:0<width$}", self.integer, self.fraction).parse().map_err(|_| DecimalError::TooLarge)?;
        Ok(if self.negative { -magnitude } else { magnitude })
    }
}

impl TryFrom<Inner> for Decimal {
    type Error = DecimalError;

    fn try_from(inner: Inner) -> Result<Self, DecimalError> {
        inner.normalize().to_string().parse()
    }
}

impl TryFrom<i64> for Decimal {
    type Error = DecimalError;

    fn try_from(number: i64) -> Result<Self, DecimalError> {
        number.to_string().parse()
    }
}

impl From<i32> for Decimal {
    fn from(number: i32) -> Self {
        Self(Inner::from(number))
    }
}

impl From<u32> for Decimal {
    fn from(number: u32) -> Self {
        Self(Inner::from(number))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("not a decimal number such as -12.5"),
            Self::TooLarge => write!(f, "more than {MAX_INTEGER_DIGITS} digits before the point"),
            Self::TooFine => write!(f, "more than {MAX_DECIMALS} digits after the point"),
        }
    }
}

impl std::error::Error for DecimalError {}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DecimalVisitor)
    }
}

struct DecimalVisitor;

impl Visitor<'_> for DecimalVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal number as a string or an integer")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Decimal, E> {
        Decimal::try_from(number).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Decimal, E> {
        number.to_string().parse().map_err(E::custom)
    }
}

impl utoipa::PartialSchema for Decimal {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("An exact decimal number."))
            .pattern(Some(PATTERN))
            .max_length(Some(MAX_INTEGER_DIGITS + MAX_DECIMALS + 2))
            .examples([serde_json::Value::from("8.2")])
            .into()
    }
}

impl utoipa::ToSchema for Decimal {}

/// The largest integer that fits.
const MAX_INTEGER: i64 = 9_999_999_999_999_999;

/// What a request may write for a decimal: its text, or an integer.
#[must_use]
pub fn input_schema(text: Ref) -> RefOr<Schema> {
    let integer = ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::Integer))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(-MAX_INTEGER))
        .maximum(Some(MAX_INTEGER));
    OneOfBuilder::new()
        .description(Some("An exact decimal number, as a string or as an integer. A JSON float is refused."))
        .item(text)
        .item(integer)
        .into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn strings_and_integers_are_read_and_floats_refused() {
        for (json, expected) in
            [("8", "8"), ("\"8\"", "8"), ("\"8.20\"", "8.2"), ("-3", "-3"), ("\"-0\"", "0"), ("\"0.000\"", "0")]
        {
            let read: Decimal = serde_json::from_str(json).unwrap();
            assert_eq!(read.to_string(), expected, "{json}");
        }
        for json in [
            "8.2", "1e2", "8.0", "null", "true", "[1]", "\"\"", "\"+1\"", "\"1e3\"", "\".5\"", "\"1.\"", "\"01\"",
            "\"-\"", "\" 1\"", "\"١\"",
        ] {
            assert!(serde_json::from_str::<Decimal>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn the_bounds_are_exact() {
        let widest = "9999999999999999.999999999999";
        assert_eq!(widest.parse::<Decimal>().unwrap().to_string(), widest);
        assert_eq!("10000000000000000".parse::<Decimal>(), Err(DecimalError::TooLarge));
        assert_eq!("0.0000000000001".parse::<Decimal>(), Err(DecimalError::TooFine));
        assert!(Decimal::try_from(i64::MIN).is_err());
    }

    #[test]
    fn padding_keeps_the_number() {
        let number: Decimal = "8.2".parse().unwrap();
        assert_eq!(number.to_padded_string(4), "8.2000");
        assert_eq!(number.to_padded_string(0), "8.2");
        assert_eq!(Decimal::from(7).to_padded_string(2), "7.00");
    }

    proptest! {
        #[test]
        fn a_number_survives_json_and_equals_its_ratio(mantissa in -9_999_999_999_999_999_i64..=9_999_999_999_999_999, decimals in 0_u32..=12) {
            let inner = Inner::from_i128_with_scale(i128::from(mantissa), decimals);
            let decimal = Decimal::try_from(inner).unwrap();
            let json = serde_json::to_string(&decimal).unwrap();
            prop_assert_eq!(serde_json::from_str::<Decimal>(&json).unwrap(), decimal);
            prop_assert_eq!(decimal.to_ratio() * Ratio::from_integer(power_of_ten(decimals)), Ratio::from_integer(mantissa.into()));
            prop_assert_eq!(decimal.to_padded_string(12).parse::<Decimal>().unwrap(), decimal);
        }
    }
}
