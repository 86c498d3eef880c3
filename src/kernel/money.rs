//! Money: whole minor units of a currency. Nothing here is rounded.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use super::decimal::Decimal;

/// An ISO 4217 currency code such as `CNY`. Whether the code is assigned is not checked here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A text that is not three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotACurrency;

/// An amount in minor units (fen, cents) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Money {
    /// At most 2^53 - 1 in either direction, so that every JSON reader reads it exactly.
    #[schema(minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64, examples(80000))]
    #[serde(deserialize_with = "exact")]
    pub amount_minor: i64,
    pub currency: Currency,
}

/// The greatest whole number that every JSON reader reads exactly: 2^53 - 1.
pub const MAX_EXACT: i64 = 9_007_199_254_740_991;

fn exact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let amount = i64::deserialize(deserializer)?;
    if amount.unsigned_abs() > MAX_EXACT.unsigned_abs() {
        return Err(de::Error::custom(format_args!("must be between -{MAX_EXACT} and {MAX_EXACT}")));
    }
    Ok(amount)
}

/// Why two amounts cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyError {
    DifferentCurrencies,
    /// The result does not fit into 64 bits.
    Overflow,
}

impl Money {
    #[must_use]
    pub fn new(amount_minor: i64, currency: Currency) -> Self {
        Self { amount_minor, currency }
    }

    /// # Errors
    /// If the currencies differ or the sum does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// # Errors
    /// If the currencies differ or the difference does not fit.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// # Errors
    /// If the negated amount does not fit.
    pub fn checked_neg(self) -> Result<Self, MoneyError> {
        self.amount_minor.checked_neg().map(|minor| Self::new(minor, self.currency)).ok_or(MoneyError::Overflow)
    }

    /// The amount in major units as a decimal string: 100050 with exponent 2 is `1000.50`, with exponent 0 `100050`.
    #[must_use]
    pub fn to_major_string(self, exponent: u32) -> String {
        let sign = if self.amount_minor < 0 { "-" } else { "" };
        let digits = self.amount_minor.unsigned_abs().to_string();
        let decimals = usize::try_from(exponent).unwrap_or_default();
        let padded = format!("{digits:0>width$}", width = decimals + 1);
        match padded.split_at_checked(padded.len() - decimals) {
            Some((major, minor)) if !minor.is_empty() => format!("{sign}{major}.{minor}"),
            _ => format!("{sign}{padded}"),
        }
    }

    /// The amount in major units as a number.
    #[must_use]
    pub fn in_major_units(self) -> Option<Decimal> {
        self.to_major().parse().ok()
    }

    /// The amount in major units, with the decimals of its currency: `800.00`.
    #[must_use]
    pub fn to_major(self) -> String {
        self.to_major_string(self.exponent())
    }

    /// How many decimals people write; 0 if the currency is not known.
    fn exponent(self) -> u32 {
        self.currency.exponent().unwrap_or_default()
    }

    fn combine(self, other: Self, operation: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::DifferentCurrencies);
        }
        operation(self.amount_minor, other.amount_minor)
            .map(|minor| Self::new(minor, self.currency))
            .ok_or(MoneyError::Overflow)
    }
}

impl Currency {
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Always valid text: three ASCII capital letters by construction.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The number of decimals of amounts in major units; none if the currency has no minor units.
    #[must_use]
    pub fn exponent(&self) -> Option<u32> {
        iso_currency::Currency::from_code(self.as_str())?.exponent().map(u32::from)
    }
}

impl FromStr for Currency {
    type Err = NotACurrency;

    fn from_str(text: &str) -> Result<Self, NotACurrency> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| NotACurrency)?;
        if code.iter().all(u8::is_ascii_uppercase) { Ok(Self(code)) } else { Err(NotACurrency) }
    }
}

/// In major units, as people write it: `3300.00 CNY`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_major(), self.currency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for NotACurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a currency code of three capital letters")
    }
}

impl std::error::Error for NotACurrency {}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DifferentCurrencies => "amounts of different currencies",
            Self::Overflow => "an amount beyond 64 bits",
        })
    }
}

impl std::error::Error for MoneyError {}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl utoipa::PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("ISO 4217 currency code."))
            .pattern(Some("^[A-Z]{3}$"))
            .min_length(Some(3))
            .max_length(Some(3))
            .examples([serde_json::Value::from("CNY")])
            .into()
    }
}

impl utoipa::ToSchema for Currency {}

#[cfg(test)]
mod tests {
    use super::*;

    fn yuan(amount_minor: i64) -> Money {
        Money::new(amount_minor, "CNY".parse().unwrap())
    }

    #[test]
    fn major_units_follow_the_exponent() {
        let cases = [
            (100_050, 2, "1000.50"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (0, 2, "0.00"),
            (1234, 0, "1234"),
            (1234, 3, "1.234"),
        ];
        for (minor, exponent, expected) in cases {
            assert_eq!(yuan(minor).to_major_string(exponent), expected);
        }
        assert_eq!(yuan(i64::MIN).to_major_string(2), "-92233720368547758.08");
    }

    #[test]
    fn arithmetic_is_checked() {
        assert_eq!(yuan(2).checked_add(yuan(3)), Ok(yuan(5)));
        assert_eq!(yuan(2).checked_sub(yuan(3)), Ok(yuan(-1)));
        assert_eq!(yuan(i64::MAX).checked_add(yuan(1)), Err(MoneyError::Overflow));
        assert_eq!(yuan(i64::MIN).checked_neg(), Err(MoneyError::Overflow));
        let yen = Money::new(1, "JPY".parse().unwrap());
        assert_eq!(yuan(1).checked_add(yen), Err(MoneyError::DifferentCurrencies));
    }

    #[test]
    fn an_amount_is_one_that_every_reader_has_exactly() {
        let read =
            |minor: i64| serde_json::from_value::<Money>(serde_json::json!({"amount_minor": minor, "currency": "CNY"}));
        assert_eq!(read(MAX_EXACT).unwrap(), yuan(MAX_EXACT));
        assert_eq!(read(-MAX_EXACT).unwrap(), yuan(-MAX_EXACT));
        assert!(read(MAX_EXACT + 1).is_err() && read(i64::MIN).is_err());
    }

    #[test]
    fn a_currency_is_three_capitals() {
        for text in ["", "CN", "cny", "CNYX", "C1Y", "元"] {
            assert_eq!(text.parse::<Currency>(), Err(NotACurrency), "{text}");
        }
        assert_eq!(serde_json::to_string(&yuan(7)).unwrap(), r#"{"amount_minor":7,"currency":"CNY"}"#);
    }
}
