//! The teaching fees that the company pays from its last month on, and its calendar, which moves them.

use chrono::{Datelike as _, NaiveDate, Weekday};
use serde_json::json;

use crate::calendar::DayKind;
use crate::calendar::import_store::CalendarRow;
use crate::kernel::text::Clean;
use crate::rewards::policy::{RewardPolicy, RewardPolicySet};

/// The code of the policy.
pub const TEACHING_FEE: &str = "teaching-fee";
/// The pay item.
pub const PAY_ITEM: &str = "TEACHING_FEE";
/// With fees, a month has a greater budget.
const BUDGET_MINOR: i64 = 10_000_000;

/// Policies with a fee besides: 60, 80 or 100 yuan for a class hour of 45 minutes by level; half as much again on rest days and twice as
/// much on holidays; less for a repeated session and for assistants. What was prepared too late is held.
pub fn with_fees(mut set: RewardPolicySet) -> Option<RewardPolicySet> {
    let fee = json!({
        "kind": "session_fee", "code": TEACHING_FEE, "priority": 6, "pay_item_code": PAY_ITEM,
        "unit_minutes": 45, "unit_decimals": 1,
        "rates_minor": {"junior": 6_000, "intermediate": 8_000, "senior": 10_000}, "default_rate_minor": 5_000,
        "roles": {"assistant": "0.5"},
        "factors": [
            {"by": "day_kind", "values": {"rest_day": "1.5", "holiday": "2"}},
            {"by": "run", "bands": [{"at_least": "2", "factor": "0.8"}]},
        ],
        "gates": {"submitted_on_time": true},
    });
    let fee: RewardPolicy = serde_json::from_value(fee).ok()?;
    set.policies.push(fee);
    Some(RewardPolicySet { budget_minor: Some(BUDGET_MINOR), ..set })
}

/// The calendar of each year from one day to the year after another.
pub fn calendar(first: NaiveDate, last: NaiveDate) -> Vec<CalendarRow> {
    (first.year()..=last.year() + 1).flat_map(days).collect()
}

/// The holidays with a fixed date; two days off after the long one in October, and a Sunday before and a Saturday after it that are worked
/// instead (调休).
fn days(year: i32) -> Vec<CalendarRow> {
    let is_off = |day: &NaiveDate| matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let days =
        |month: u32, from: u32, to: u32| (from..=to).filter_map(move |day| NaiveDate::from_ymd_opt(year, month, day));
    let listed = |kind: DayKind, name: &'static str| {
        move |day: NaiveDate| CalendarRow { day, kind, name: Some(Clean::trusted(name)) }
    };
    let sunday = days(9, 24, 30).filter(|day| day.weekday() == Weekday::Sun);
    let saturday = days(10, 8, 14).filter(|day| day.weekday() == Weekday::Sat);
    let moved = days(10, 4, 7).filter(|day| !is_off(day)).take(2);
    let new_year = days(1, 1, 1).map(listed(DayKind::Holiday, "元旦"));
    new_year
        .chain(days(5, 1, 1).map(listed(DayKind::Holiday, "劳动节")))
        .chain(days(10, 1, 3).map(listed(DayKind::Holiday, "国庆节")))
        .chain(moved.map(listed(DayKind::RestDay, "国庆节调休")))
        .chain(sunday.chain(saturday).map(listed(DayKind::Workday, "国庆节调休上班")))
        .collect()
}
