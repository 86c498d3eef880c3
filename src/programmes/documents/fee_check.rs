//! What a teaching fee must satisfy before it may be published.

use std::collections::BTreeMap;

use super::fee::{FactorBand, FactorBy, FeeFactor, SessionFee, TimeSlot, minute_of_day};
use super::policy::MAX_AMOUNT_MINOR;
use super::policy_check::PolicyCheck;
use crate::calendar::DayKind;
use crate::kernel::decimal::Decimal;
use crate::kernel::fault::{Fault, FaultCode, pointer_segment};
use crate::kernel::message::listed;
use crate::kernel::phrases::Form;
use crate::kernel::text::Label;
use crate::programmes::SessionRole;

const MAX_UNIT_MINUTES: u32 = 1_440;
const MAX_UNIT_DECIMALS: u32 = 6;
const MAX_FACTORS: usize = 20;
const MAX_ENTRIES: usize = 50;
const MAX_WEEKDAYS: usize = 7;
const MAX_FACTOR: u32 = 100;
const MAX_FACTOR_DECIMALS: u32 = 4;
const MAX_AT_LEAST: u32 = 1_000_000;

impl PolicyCheck<'_> {
    pub(super) fn session_fee(&mut self, policy: &SessionFee) {
        if policy.grade_at_least.is_some() {
            self.faults.push(Fault::new(self.at("grade_at_least"), FaultCode::GradeOfFee));
        }
        self.faults.check_range(&self.at("unit_minutes"), policy.unit_minutes, 1, MAX_UNIT_MINUTES);
        self.faults.check_range(&self.at("unit_decimals"), policy.unit_decimals.unwrap_or(0), 0, MAX_UNIT_DECIMALS);
        // With a rate for everybody, none need be listed.
        let least = usize::from(policy.default_rate_minor.is_none());
        self.amounts("rates_minor", &policy.rates_minor, least);
        let rate = policy.default_rate_minor.unwrap_or(0);
        self.faults.check_range(&self.at("default_rate_minor"), rate, 0, MAX_AMOUNT_MINOR);
        self.factors_of("roles", &policy.roles, Some(&SessionRole::ALL.map(SessionRole::slug)));
        self.faults.check_length(&self.at("factors"), policy.factors.len(), 0, MAX_FACTORS);
        for (i, table) in policy.factors.iter().enumerate() {
            self.table(&format!("factors/{i}"), table);
        }
        self.faults.check_length(&self.at("kinds"), policy.kinds.len(), 1, 2);
        let pointer = self.at("kinds");
        self.faults.check_distinct(&policy.kinds, |i| format!("{pointer}/{i}"));
        let least = policy.gates.min_session_rating.unwrap_or_default();
        self.faults.check_range(&self.at("gates/min_session_rating"), least, Decimal::ZERO, Decimal::from(10));
        if let Some(certificate) = &policy.gates.certificate {
            self.faults.check_text(&self.at("gates/certificate"), certificate.faults());
        }
    }

    /// A table has the entries that its attribute asks for, and no others.
    fn table(&mut self, member: &str, table: &FeeFactor) {
        let lists = [
            ("values", table.values.len(), matches!(table.by, FactorBy::Difficulty | FactorBy::DayKind)),
            (
                "bands",
                table.bands.len(),
                matches!(table.by, FactorBy::Run | FactorBy::Attendees | FactorBy::SessionRating),
            ),
            ("slots", table.slots.len(), matches!(table.by, FactorBy::TimeSlot)),
        ];
        for (list, length, is_asked) in lists {
            let pointer = self.at(&format!("{member}/{list}"));
            if is_asked {
                self.faults.check_length(&pointer, length, 1, MAX_ENTRIES);
            } else if length > 0 {
                self.faults.push(Fault::new(pointer, FaultCode::OtherTable));
            }
        }
        let known = (table.by == FactorBy::DayKind).then(|| DayKind::ALL.map(DayKind::slug));
        self.factors_of(&format!("{member}/values"), &table.values, known.as_ref().map(<[_; 3]>::as_slice));
        self.bands(&format!("{member}/bands"), table.by, &table.bands);
        for (i, slot) in table.slots.iter().enumerate() {
            self.slot(&format!("{member}/slots/{i}"), slot);
        }
    }

    fn bands(&mut self, member: &str, by: FactorBy, bands: &[FactorBand]) {
        let greatest = match by {
            FactorBy::Run => 2,
            FactorBy::SessionRating => 10,
            _ => MAX_AT_LEAST,
        };
        for (i, band) in bands.iter().enumerate() {
            let pointer = self.at(&format!("{member}/{i}/at_least"));
            self.faults.check_range(&pointer, band.at_least, Decimal::ZERO, Decimal::from(greatest));
            self.factor(&format!("{member}/{i}/factor"), band.factor);
        }
        let ends: Vec<Decimal> = bands.iter().map(|band| band.at_least).collect();
        let pointer = self.at(member);
        self.faults.check_distinct(&ends, |i| format!("{pointer}/{i}/at_least"));
    }

    fn slot(&mut self, member: &str, slot: &TimeSlot) {
        let weekdays = self.at(&format!("{member}/weekdays"));
        self.faults.check_length(&weekdays, slot.weekdays.len(), 1, MAX_WEEKDAYS);
        for (i, weekday) in slot.weekdays.iter().enumerate() {
            self.faults.check_range(&format!("{weekdays}/{i}"), *weekday, 1, 7);
        }
        self.faults.check_distinct(&slot.weekdays, |i| format!("{weekdays}/{i}"));
        let (from, to) = (self.time(member, "from", &slot.from), self.time(member, "to", &slot.to));
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            self.faults.push(Fault::new(self.at(&format!("{member}/to")), FaultCode::SlotWithoutTime));
        }
        self.factor(&format!("{member}/factor"), slot.factor);
    }

    /// The minute of a time of day.
    fn time(&mut self, member: &str, end: &str, text: &str) -> Option<u32> {
        let minute = minute_of_day(text);
        if minute.is_none() {
            self.faults.push(Fault::bad_format(self.at(&format!("{member}/{end}")), Form::ClockTime));
        }
        minute
    }

    /// Factors by name; `known`: the names that there are.
    fn factors_of(&mut self, member: &str, factors: &BTreeMap<String, Decimal>, known: Option<&[&'static str]>) {
        for (name, factor) in factors {
            let member = format!("{member}/{}", pointer_segment(name));
            let pointer = self.at(&member);
            match known {
                Some(known) if !known.contains(&name.as_str()) => {
                    let allowed = listed(known);
                    self.faults.push(Fault::new(&pointer, FaultCode::NotAllowed).with("allowed", allowed));
                }
                Some(_) => {}
                None => self.faults.check_text(&pointer, Label::faults_of(name)),
            }
            self.factor(&member, *factor);
        }
    }

    fn factor(&mut self, member: &str, factor: Decimal) {
        let pointer = self.at(member);
        self.faults.check_range(&pointer, factor, Decimal::ZERO, Decimal::from(MAX_FACTOR));
        if factor.decimals() > MAX_FACTOR_DECIMALS {
            self.faults.push(Fault::new(&pointer, FaultCode::TooManyDecimals).with("max", MAX_FACTOR_DECIMALS));
        }
    }
}
