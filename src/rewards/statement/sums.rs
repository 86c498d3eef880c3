//! The sums of a statement: exact, in whole minor units.

use std::collections::BTreeMap;

use super::dto::{RewardStatementLine, RewardStatementSum};
use crate::error::{Error, Result};
use crate::kernel::money::{Currency, Money};

/// The sum of each pay item and currency, ordered by code and currency.
pub fn by_pay_item(lines: &[RewardStatementLine]) -> Result<Vec<RewardStatementSum>> {
    let mut sums: BTreeMap<(&str, Currency), RewardStatementSum> = BTreeMap::new();
    for line in lines {
        match sums.get_mut(&(line.pay_item_code.as_str(), line.amount.currency)) {
            Some(sum) => sum.amount = sum.amount.checked_add(line.amount).map_err(overflow)?,
            None => {
                let sum = RewardStatementSum {
                    pay_item_code: line.pay_item_code.clone(),
                    pay_item_name_zh: line.pay_item_name_zh.clone(),
                    pay_item_name_en: line.pay_item_name_en.clone(),
                    amount: line.amount,
                };
                sums.insert((line.pay_item_code.as_str(), line.amount.currency), sum);
            }
        }
    }
    Ok(sums.into_values().collect())
}

/// The sum of each currency, ordered by its code.
pub fn totals(lines: &[RewardStatementLine]) -> Result<Vec<Money>> {
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry(line.amount.currency).or_insert(Money::new(0, line.amount.currency));
        *sum = sum.checked_add(line.amount).map_err(overflow)?;
    }
    Ok(sums.into_values().collect())
}

fn overflow(error: impl std::fmt::Debug) -> Error {
    Error::internal(format!("a sum of rewards: {error:?}"))
}
