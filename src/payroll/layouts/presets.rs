//! Layouts for known payroll systems. They name what the systems take; what only the company knows (the ids of its items, the name of its
//! company there) stands as an example and is changed.
//!
//! Feishu (飞书人事): one-off payments, `POST /open-apis/compensation/v1/lump_sum_payment/batch_create`, at most 500 records a call. Each
//! record is a payment of its own, and its `unique_id` makes a repetition harmless: nothing is replaced. No bounds of amounts are documented.
//! 薪人薪事: `POST /v5/payroll/update`, at most 100 employees a call; a value replaces the one before, so a person has one for each item.
//! Bonus items take 0 to 1,000,000, adjustment items -1,000,000 to 1,000,000. It writes into the payroll that is open there.
//! Frappe HR: imports of the document type Additional Salary, whose amounts are not negative and have no upper bound. Without
//! `overwrite_salary_structure_amount` several for one component add up: nothing is replaced.

use crate::error::{Error, Result};

use super::dto::PayrollLayoutPreset;

const PRESETS: &str = include_str!("presets.json");

/// All of them, in a fixed order.
pub fn presets() -> Result<Vec<PayrollLayoutPreset>> {
    serde_json::from_str(PRESETS).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use validator::Validate as _;

    use super::*;
    use crate::payroll::layouts::rules;

    #[test]
    fn every_preset_can_be_used_as_it_is() {
        let presets = presets().unwrap();
        assert_eq!(presets.len(), 5);
        for preset in presets {
            assert!(preset.validate().is_ok(), "{}", preset.code);
            assert!(rules::faults(&preset.layout).is_empty(), "{}", preset.code);
        }
    }
}
