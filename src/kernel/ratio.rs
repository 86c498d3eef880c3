//! Exact ratios of integers, and the only place where a ratio is rounded.
//!
//! A 28-digit decimal is not exact enough for scoring: 3 × (20/30) must be 2, not 1.999…. So every intermediate number is a
//! ratio of two big integers, and only the numbers shown in a statement are rounded.

use std::num::NonZeroU32;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

/// An exact ratio, always in lowest terms with a positive denominator.
pub type Ratio = BigRational;

/// The integer `n` as a ratio.
#[must_use]
pub fn whole(n: impl Into<BigInt>) -> Ratio {
    Ratio::from_integer(n.into())
}

/// `part / whole`. The type of the divisor excludes a division by zero.
#[must_use]
pub fn fraction(part: impl Into<BigInt>, whole: NonZeroU32) -> Ratio {
    Ratio::new(part.into(), whole.get().into())
}

/// `dividend / divisor`, or `None` if the divisor is zero.
#[must_use]
pub fn divide(dividend: &Ratio, divisor: &Ratio) -> Option<Ratio> {
    (!divisor.is_zero()).then(|| dividend / divisor)
}

/// `value` in units of 10^-`decimals`, rounded half away from zero.
#[must_use]
pub fn round_half_up(value: &Ratio, decimals: u32) -> BigInt {
    div_half_up(&(value.numer() * power_of_ten(decimals)), value.denom())
}

/// 10^`exponent`.
#[must_use]
pub fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

/// `numerator / denominator` (positive) rounded to the nearest integer, a half away from zero.
fn div_half_up(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let magnitude: BigInt = (numerator.abs() * 2 + denominator) / (denominator * 2);
    if numerator.is_negative() { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ratio(numerator: i64, denominator: i64) -> Ratio {
        Ratio::new(numerator.into(), denominator.into())
    }

    #[test]
    fn a_third_of_three_is_one() {
        assert_eq!(whole(3) * ratio(20, 30), whole(2));
    }

    #[test]
    fn a_half_goes_away_from_zero() {
        let cases = [(5, 10, 1), (-5, 10, -1), (15, 10, 2), (25, 10, 3), (-25, 10, -3), (49, 100, 0), (-49, 100, 0)];
        for (numerator, denominator, expected) in cases {
            assert_eq!(
                round_half_up(&ratio(numerator, denominator), 0),
                BigInt::from(expected),
                "{numerator}/{denominator}"
            );
        }
        assert_eq!(round_half_up(&ratio(833_333_335, 10_000_000), 6), BigInt::from(83_333_334));
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        assert_eq!(divide(&whole(1), &whole(0)), None);
        assert_eq!(divide(&whole(1), &whole(4)), Some(ratio(1, 4)));
    }

    proptest! {
        /// Rounding moves a number by at most half a unit, and by exactly half a unit only away from zero.
        #[test]
        fn rounding_is_nearest_and_symmetric(n in -1_000_000_i64..1_000_000, d in 1_i64..10_000, decimals in 0_u32..8) {
            let exact = ratio(n, d);
            let rounded = Ratio::new(round_half_up(&exact, decimals), power_of_ten(decimals));
            let half_unit = Ratio::new(1.into(), power_of_ten(decimals) * 2);
            let moved = (&rounded - &exact).abs();
            prop_assert!(moved <= half_unit);
            if moved == half_unit {
                prop_assert!(rounded.abs() > exact.abs());
            }
            prop_assert_eq!(round_half_up(&-exact, decimals), -round_half_up(&ratio(n, d), decimals));
        }
    }
}
