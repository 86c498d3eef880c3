//! `kernel::Decimal` in `numeric` columns, exactly.

use diesel::data_types::PgNumeric;
use diesel::deserialize::{self, FromSql};
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Numeric;

use crate::kernel::decimal::Decimal;

/// Postgres stores a number in groups of four decimal digits.
const GROUP: i128 = 10_000;

impl ToSql<Numeric, Pg> for Decimal {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let numeric = to_numeric(self.to_inner())?;
        <PgNumeric as ToSql<Numeric, Pg>>::to_sql(&numeric, &mut out.reborrow())
    }
}

impl FromSql<Numeric, Pg> for Decimal {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        from_numeric(&PgNumeric::from_sql(bytes)?)
    }
}

fn to_numeric(number: rust_decimal::Decimal) -> Result<PgNumeric, Box<dyn std::error::Error + Send + Sync>> {
    let scale = number.scale();
    let after = scale.div_ceil(4);
    let mut rest = number.mantissa().abs() * 10_i128.pow(after * 4 - scale);
    let mut digits = Vec::new();
    while rest > 0 {
        digits.push(i16::try_from(rest % GROUP)?);
        rest /= GROUP;
    }
    let weight = i16::try_from(digits.len())? - i16::try_from(after)? - 1;
    digits.reverse();
    let scale = u16::try_from(scale)?;
    Ok(if number.mantissa() < 0 {
        PgNumeric::Negative { weight, scale, digits }
    } else {
        PgNumeric::Positive { weight, scale, digits }
    })
}

fn from_numeric(numeric: &PgNumeric) -> deserialize::Result<Decimal> {
    let (negative, weight, digits) = match numeric {
        PgNumeric::Positive { weight, digits, .. } => (false, *weight, digits),
        PgNumeric::Negative { weight, digits, .. } => (true, *weight, digits),
        PgNumeric::NaN => return Err("NaN is not a decimal".into()),
    };
    let group = |at: i32| usize::try_from(at).ok().and_then(|at| digits.get(at)).copied().unwrap_or_default();
    let weight = i32::from(weight);
    let integer: String = (0..=weight).map(|at| format!("{:04}", group(at))).collect();
    let last = i32::try_from(digits.len())?.max(weight + 1);
    let fraction: String = (weight + 1..last).map(|at| format!("{:04}", group(at))).collect();
    let leading = if weight < 0 { "" } else { integer.trim_start_matches('0') };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if negative { "-" } else { "" };
    let text = format!("{sign}{}{point}{fraction}", if leading.is_empty() { "0" } else { leading });
    text.parse().map_err(|error| format!("{text} is not a decimal: {error:?}").into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round_trip(text: &str) -> Decimal {
        let decimal: Decimal = text.parse().unwrap();
        from_numeric(&to_numeric(decimal.to_inner()).unwrap()).unwrap()
    }

    #[test]
    fn numbers_come_back_as_they_went() {
        for text in [
            "0",
            "1",
            "-1",
            "9999",
            "10000",
            "0.5",
            "-0.0001",
            "0.00001",
            "8.2",
            "9999999999999999.999999999999",
            "10000.0001",
        ] {
            assert_eq!(round_trip(text), text.parse().unwrap(), "{text}");
        }
    }

    #[test]
    fn groups_stand_where_postgres_expects_them() {
        let numeric = to_numeric("12345.678".parse::<Decimal>().unwrap().to_inner()).unwrap();
        assert_eq!(numeric, PgNumeric::Positive { weight: 1, scale: 3, digits: vec![1, 2345, 6780] });
        let small = to_numeric("0.00012".parse::<Decimal>().unwrap().to_inner()).unwrap();
        assert_eq!(small, PgNumeric::Positive { weight: -1, scale: 5, digits: vec![1, 2000] });
        let tiny = PgNumeric::Positive { weight: -2, scale: 8, digits: vec![5] };
        assert_eq!(from_numeric(&tiny).unwrap(), "0.00000005".parse().unwrap());
    }

    proptest! {
        #[test]
        fn every_number_comes_back(integer in 0_u64..10_000_000_000_000_000, fraction in 0_u64..1_000_000_000_000, negative: bool) {
            let text = format!("{}{integer}.{fraction:012}", if negative { "-" } else { "" });
            prop_assert_eq!(round_trip(&text), text.parse().unwrap());
        }
    }
}
