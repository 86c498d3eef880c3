//! `Fixed<SCALE>`: a number rounded to a fixed number of decimals. The type says to how many.

use std::fmt;
use std::str::FromStr;

use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use super::decimal::{Decimal, DecimalError, Digits};
use super::ratio::{Ratio, power_of_ten, round_half_up};

/// A number with exactly `SCALE` decimals. In JSON it is always a string: `"96.50"`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed<const SCALE: u32>(i128);

impl<const SCALE: u32> Fixed<SCALE> {
    pub const ZERO: Self = Self(0);

    /// Rounds half away from zero.
    ///
    /// A number with more than about 32 digits before the point is clamped to the end of the range. Facts and rules are
    /// bounded far below that, so no real value is ever clamped.
    #[must_use]
    pub fn round(exact: &Ratio) -> Self {
        let units: BigInt = round_half_up(exact, SCALE);
        let end = if units.sign() == Sign::Minus { i128::MIN } else { i128::MAX };
        Self(units.to_i128().unwrap_or(end))
    }

    /// The number with so many units of 10^-`SCALE`: `96.50` for 9650.
    #[must_use]
    pub fn of_units(units: i128) -> Self {
        Self(units)
    }

    /// The number of units of 10^-`SCALE`: 9650 for `96.50`.
    #[must_use]
    pub fn units(self) -> i128 {
        self.0
    }

    #[must_use]
    pub fn to_ratio(self) -> Ratio {
        Ratio::new(self.0.into(), power_of_ten(SCALE))
    }
}

impl<const SCALE: u32> TryFrom<Fixed<SCALE>> for Decimal {
    type Error = DecimalError;

    /// Fails if there are more than 16 digits before the point.
    fn try_from(fixed: Fixed<SCALE>) -> Result<Self, DecimalError> {
        fixed.to_string().parse()
    }
}

impl<const SCALE: u32> FromStr for Fixed<SCALE> {
    type Err = DecimalError;

    /// Reads a number with at most `SCALE` decimals. Reading never rounds.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        Digits::read(text)?.units(SCALE).map(Self)
    }
}

impl<const SCALE: u32> fmt::Display for Fixed<SCALE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let unit = 10_u128.saturating_pow(SCALE);
        let magnitude = self.0.unsigned_abs();
        if SCALE == 0 {
            return write!(f, "{sign}{magnitude}");
        }
        let width = usize::try_from(SCALE).unwrap_or_default();
        write!(f, "{sign}{}.{:0width$}", magnitude / unit, magnitude % unit)
    }
}

impl<const SCALE: u32> Serialize for Fixed<SCALE> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const SCALE: u32> Deserialize<'de> for Fixed<SCALE> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl<const SCALE: u32> utoipa::PartialSchema for Fixed<SCALE> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some(format!("A number with exactly {SCALE} decimals.")))
            .pattern(Some(format!(r"^-?[0-9]{{1,32}}\.[0-9]{{{SCALE}}}$")))
            .max_length(Some(40))
            .examples([serde_json::Value::from(Self::round(&Ratio::new(193.into(), 2.into())).to_string())])
            .into()
    }
}

impl<const SCALE: u32> utoipa::ToSchema for Fixed<SCALE> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Decimal{SCALE}").into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_sign_of_a_small_number_is_kept() {
        let small = Fixed::<2>::round(&Ratio::new((-1).into(), 200.into()));
        assert_eq!(small.to_string(), "-0.01");
        assert_eq!(Fixed::<2>::round(&Ratio::new((-1).into(), 201.into())).to_string(), "0.00");
        assert_eq!(Fixed::<0>::round(&Ratio::new(5.into(), 2.into())).to_string(), "3");
    }

    #[test]
    fn reading_never_rounds() {
        assert_eq!("75.01".parse::<Fixed<2>>().unwrap().units(), 7501);
        assert_eq!("75".parse::<Fixed<2>>().unwrap().to_string(), "75.00");
        assert_eq!("75.005".parse::<Fixed<2>>(), Err(DecimalError::TooFine));
        assert!(serde_json::from_str::<Fixed<2>>("75").is_err());
    }

    proptest! {
        #[test]
        fn text_and_number_agree(units in i128::MIN + 1..=i128::MAX) {
            let fixed = Fixed::<4>(units);
            prop_assert_eq!(fixed.to_string().parse::<Fixed<4>>().unwrap(), fixed);
            prop_assert_eq!(Fixed::<4>::round(&fixed.to_ratio()), fixed);
            prop_assert_eq!(fixed.to_string().rsplit_once('.').unwrap().1.len(), 4);
        }
    }
}
