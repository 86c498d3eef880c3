//! What a layout must satisfy so that no money is lost or doubled in its file.

use super::dto::{LayoutAmounts, LayoutColumn, LayoutRows, LayoutSource, PayrollLayout};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::data;
use crate::kernel::phrases::Refusal;

/// What the lines of a sum have in common, and the sum itself.
const OF_SUMS: &[LayoutSource] = &[
    LayoutSource::LineIds,
    LayoutSource::BatchId,
    LayoutSource::EmployeeId,
    LayoutSource::EmployeeNumber,
    LayoutSource::EmployeeName,
    LayoutSource::ExternalId,
    LayoutSource::PayItemCode,
    LayoutSource::Amount,
    LayoutSource::AmountWithoutSign,
    LayoutSource::AmountMinor,
    LayoutSource::Currency,
    LayoutSource::PayPeriod,
    LayoutSource::PayPeriodStartsOn,
    LayoutSource::PayPeriodEndsOn,
    LayoutSource::IssuanceWay,
    LayoutSource::TaxMode,
    LayoutSource::TaxCategory,
    LayoutSource::FixedText,
];

/// What identifies a line, and what is paid: nothing else stands in its place.
const AS_IT_IS: &[LayoutSource] = &[
    LayoutSource::LineId,
    LayoutSource::LineIds,
    LayoutSource::Amount,
    LayoutSource::AmountWithoutSign,
    LayoutSource::AmountMinor,
];

/// The greatest bound of amounts in either direction, in major units.
const GREATEST_BOUND: i64 = 1_000_000_000_000;

/// All faults of a layout but those of its texts and of the sizes of its parts.
pub fn faults(layout: &PayrollLayout) -> Faults {
    let mut faults = Faults::default();
    check_bounds(layout, &mut faults);
    check_replacing(layout, &mut faults);
    let names: Vec<&str> = layout.columns.iter().map(|column| column.name.as_str()).collect();
    faults.check_distinct(&names, |i| format!("/columns/{i}/name"));
    for (i, column) in layout.columns.iter().enumerate() {
        let place = format!("/columns/{i}");
        if layout.rows == LayoutRows::Sums && !OF_SUMS.contains(&column.source) {
            faults.push(Fault::not_eligible(format!("{place}/source"), Refusal::DiffersInSum));
        }
        if layout.amounts == LayoutAmounts::All && column.source == LayoutSource::AmountWithoutSign {
            faults.push(Fault::not_eligible(format!("{place}/source"), Refusal::LosesSign));
        }
        check_members(&place, column, &mut faults);
        if !column.values.is_empty() && AS_IT_IS.contains(&column.source) {
            faults.push(Fault::not_eligible(format!("{place}/values"), Refusal::WrittenAsItIs));
        }
        let from: Vec<&str> = column.values.iter().map(|value| value.from.as_str()).collect();
        faults.check_distinct(&from, |value| format!("{place}/values/{value}/from"));
    }
    faults
}

fn check_bounds(layout: &PayrollLayout, faults: &mut Faults) {
    for (pointer, bound) in [("/min_amount", layout.min_amount), ("/max_amount", layout.max_amount)] {
        if let Some(bound) = bound {
            faults.check_range(pointer, bound, -GREATEST_BOUND, GREATEST_BOUND);
        }
    }
    if let (Some(min), Some(max)) = (layout.min_amount, layout.max_amount)
        && min > max
        && !faults.has("/min_amount")
    {
        faults.push(Fault::new("/min_amount", FaultCode::NeverReached).with("max", data(max)));
    }
}

/// Of two rows for one value of a payroll system that replaces values, the second would replace the first.
fn check_replacing(layout: &PayrollLayout, faults: &mut Faults) {
    if !layout.replaces {
        return;
    }
    if layout.rows != LayoutRows::Sums {
        faults.push(Fault::not_eligible("/rows", Refusal::LosesRow));
    }
    if !layout.columns.iter().any(|column| column.source == LayoutSource::PayItemCode) {
        faults.push(Fault::not_eligible("/columns", Refusal::LosesPayItem));
    }
    for (i, column) in layout.columns.iter().enumerate() {
        if column.source == LayoutSource::PayItemCode {
            let to: Vec<&str> = column.values.iter().map(|value| value.to.as_str()).collect();
            faults.check_distinct(&to, |value| format!("/columns/{i}/values/{value}/to"));
        }
    }
}

/// Each source has its own members, and no others.
fn check_members(place: &str, column: &LayoutColumn, faults: &mut Faults) {
    let members = [
        ("text", column.text.is_some(), LayoutSource::FixedText),
        ("system", column.system.is_some(), LayoutSource::ExternalId),
        ("kind", column.kind.is_some(), LayoutSource::ExternalId),
    ];
    for (member, is_given, source) in members {
        let pointer = format!("{place}/{member}");
        match (is_given, column.source == source) {
            (false, true) => faults.push(Fault::new(pointer, FaultCode::Required)),
            (true, false) => {
                let reason = Refusal::OfOtherSource.with("source", data(source.slug()));
                faults.push(Fault::not_eligible(pointer, reason));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(layout: serde_json::Value) -> Vec<(String, &'static str)> {
        let layout: PayrollLayout = serde_json::from_value(layout).unwrap();
        faults(&layout).into_vec().into_iter().map(|fault| (fault.pointer, fault.code.slug())).collect()
    }

    #[test]
    fn a_layout_tells_all_its_faults_at_once() {
        let column = |name: &str, source: &str| json!({"name": name, "source": source});
        let wrong = found(json!({"name": "x", "rows": "sums", "columns": [
            column("a", "fixed_text"), column("a", "external_id"), column("b", "line_id"), column("c", "amount_without_sign"),
            {"name": "d", "source": "currency", "text": "x", "system": "feishu",
             "values": [{"from": "CNY", "to": "1"}, {"from": "CNY", "to": "2"}]}
        ]}));
        let wrong: Vec<(&str, &str)> = wrong.iter().map(|(pointer, code)| (pointer.as_str(), *code)).collect();
        assert_eq!(
            wrong,
            [
                ("/columns/1/name", "duplicate"),
                ("/columns/0/text", "required"),
                ("/columns/1/system", "required"),
                ("/columns/1/kind", "required"),
                ("/columns/2/source", "not_eligible"),
                ("/columns/3/source", "not_eligible"),
                ("/columns/4/text", "not_eligible"),
                ("/columns/4/system", "not_eligible"),
                ("/columns/4/values/1/from", "duplicate"),
            ]
        );
    }

    #[test]
    fn no_amount_and_no_id_of_a_line_is_replaced() {
        let layout = |source: &str| {
            let column = json!({"name": "a", "source": source, "values": [{"from": "800.00", "to": "0.00"}]});
            found(json!({"name": "x", "amounts": "negative", "columns": [column]}))
        };
        for source in ["amount", "amount_without_sign", "amount_minor", "line_id", "line_ids"] {
            assert_eq!(layout(source), [("/columns/0/values".to_owned(), "not_eligible")], "{source}");
        }
        assert!(layout("pay_item_code").is_empty());
    }

    #[test]
    fn a_file_that_replaces_values_has_one_row_for_each() {
        let layout = |rows: &str, columns: serde_json::Value| {
            found(json!({"name": "x", "rows": rows, "replaces": true, "columns": columns}))
        };
        let item = |second: &str| {
            let values = json!([{"from": "a", "to": "1"}, {"from": "b", "to": second}]);
            json!([{"name": "item", "source": "pay_item_code", "values": values}])
        };
        assert!(layout("sums", item("2")).is_empty());
        let twice = layout("sums", item("1"));
        assert_eq!(twice, [("/columns/0/values/1/to".to_owned(), "duplicate")]);
        let neither = layout("lines", json!([{"name": "a", "source": "amount"}]));
        assert_eq!(neither, [("/rows".to_owned(), "not_eligible"), ("/columns".to_owned(), "not_eligible")]);
    }

    #[test]
    fn a_least_amount_is_not_above_the_greatest() {
        let layout = |min: i64, max: i64| {
            let columns = json!([{"name": "a", "source": "amount"}]);
            found(json!({"name": "x", "min_amount": min, "max_amount": max, "columns": columns}))
        };
        assert!(layout(-5, -5).is_empty());
        assert_eq!(layout(1, 0), [("/min_amount".to_owned(), "never_reached")]);
        let beyond = layout(-1_000_000_000_001, 1_000_000_000_001);
        assert_eq!(beyond, [("/min_amount".to_owned(), "out_of_range"), ("/max_amount".to_owned(), "out_of_range")]);
    }

    #[test]
    fn an_amount_may_lose_its_sign_where_all_have_the_same() {
        let layout = |amounts: &str| json!({"name": "x", "amounts": amounts, "columns": [{"name": "a", "source": "amount_without_sign"}]});
        assert!(found(layout("negative")).is_empty());
        assert!(found(layout("not_negative")).is_empty());
        assert_eq!(found(layout("all")).len(), 1);
    }
}
