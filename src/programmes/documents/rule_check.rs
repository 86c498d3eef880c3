//! What a scoring rule must satisfy before it may be published, with all faults at once, and what deserves a warning.

use super::metric::Metric;
use super::rule::{Component, Curve, Gate, LinearCurve, ScoringRule, StepCurve, WHOLE_BP};
use crate::kernel::code_list::CodeList;
use crate::kernel::decimal::Decimal;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::{codes, data};
use crate::kernel::text::Code;
use crate::programmes::settings::{MAX_GROUPS, MAX_K, MIN_K};

const MAX_COMPONENTS: usize = 30;
const MAX_GRADES: usize = 20;
const MAX_GATES: usize = 30;
const MAX_STEPS: usize = 50;
const MAX_SESSION_MINUTES: u32 = 1_440;
const MAX_ATTENDEES: u32 = 100_000;
const MAX_RESPONSES: u32 = 10_000;
const MAX_CONTENT_WINDOW: u32 = 120;
const MAX_CASE_AGE_DAYS: u32 = 3_660;
const MAX_SETTLE_DAYS: u32 = 366;
const MAX_WINDOW_MINUTES: u32 = 525_600;
const MAX_POINTS_DECIMALS: u32 = 4;

impl ScoringRule {
    /// Everything that prevents publication. Empty for a valid rule.
    #[must_use]
    pub fn validate(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.check_length("/groups", self.scored_groups().len(), 0, MAX_GROUPS);
        faults.check_distinct(self.scored_groups(), |i| format!("/groups/{i}"));
        self.check_components(&mut faults);
        self.check_grades(&mut faults);
        self.check_gates(&mut faults);
        self.check_feedback(&mut faults);
        faults.check_range("/min_session_minutes", self.min_session_minutes, 0, MAX_SESSION_MINUTES);
        faults.check_range("/min_attendees", self.min_attendees, 0, MAX_ATTENDEES);
        faults.check_range("/min_weight_present_bp", self.min_weight_present_bp, 0, WHOLE_BP);
        faults.check_range("/content_window_months", self.content_window_months, 1, MAX_CONTENT_WINDOW);
        faults.check_range("/appraisal_weight_bp", self.appraisal_weight_bp, 0, WHOLE_BP);
        faults.check_distinct(&self.reuse_kinds, |i| format!("/reuse_kinds/{i}"));
        faults.check_range("/case_max_age_days", self.case_max_age_days.unwrap_or_default(), 0, MAX_CASE_AGE_DAYS);
        faults.check_range("/settle_days", self.settle_days, 0, MAX_SETTLE_DAYS);
        faults.into_vec()
    }

    /// Warnings for the maker of the rule. With plain `exclude`, a lecturer without a session whose one old content is reused
    /// gets 100 points, unless a minimum of present weight and a gate on the number of sessions prevent it.
    #[must_use]
    pub fn warnings(&self) -> Vec<Fault> {
        let mut warnings = Faults::default();
        if self.min_weight_present_bp == 0 {
            warnings.push(Fault::new("/min_weight_present_bp", FaultCode::NoMinWeightPresent));
        }
        if !self.gates.iter().any(asks_for_a_session) {
            warnings.push(Fault::new("/gates", FaultCode::NoSessionGate));
        }
        for (i, gate) in self.gates.iter().enumerate() {
            if self.grade_position(&gate.else_grade) == Some(0) {
                warnings.push(Fault::new(format!("/gates/{i}/else_grade"), FaultCode::GateWithoutEffect));
            }
        }
        warnings.into_vec()
    }

    fn check_components(&self, faults: &mut Faults) {
        faults.check_length("/components", self.components.len(), 1, MAX_COMPONENTS);
        for (i, component) in self.components.iter().enumerate() {
            check_component(faults, &format!("/components/{i}"), component);
        }
        let metrics: Vec<&Metric> = self.components.iter().map(|component| &component.metric).collect();
        faults.check_distinct(&metrics, |i| format!("/components/{i}/metric"));
        let sum: u64 = self.components.iter().map(|component| u64::from(component.weight_bp)).sum();
        if sum != u64::from(WHOLE_BP) {
            let fault = Fault::new("/components", FaultCode::WeightsSum);
            faults.push(fault.with("sum", sum).with("expected", WHOLE_BP));
        }
    }

    fn check_grades(&self, faults: &mut Faults) {
        faults.check_length("/grades", self.grades.len(), 1, MAX_GRADES);
        for (i, band) in self.grades.iter().enumerate() {
            faults.check_text(&format!("/grades/{i}/code"), band.code.faults());
            faults.check_range(&format!("/grades/{i}/at_least"), band.at_least, Decimal::ZERO, Decimal::from(100));
        }
        let codes: Vec<&str> = self.grades.iter().map(|band| band.code.as_str()).collect();
        faults.check_distinct(&codes, |i| format!("/grades/{i}/code"));
        let bounds: Vec<Decimal> = self.grades.iter().map(|band| band.at_least).collect();
        faults.check_distinct(&bounds, |i| format!("/grades/{i}/at_least"));
        if bounds.iter().min().is_some_and(|lowest| *lowest != Decimal::ZERO) {
            faults.push(Fault::new("/grades", FaultCode::LowestNotZero));
        }
    }

    fn check_gates(&self, faults: &mut Faults) {
        faults.check_length("/gates", self.gates.len(), 0, MAX_GATES);
        for (i, gate) in self.gates.iter().enumerate() {
            check_metric(faults, &format!("/gates/{i}/metric"), &gate.metric);
            if self.grade_position(&gate.else_grade).is_none() {
                let fault = Fault::new(format!("/gates/{i}/else_grade"), FaultCode::UnknownGrade);
                let known: Vec<&str> = self.grades.iter().map(|band| band.code.as_str()).collect();
                faults.push(fault.with("grade", data(&gate.else_grade)).with("known", codes(CodeList::Grades, known)));
            }
        }
    }

    fn check_feedback(&self, faults: &mut Faults) {
        let terms = &self.feedback;
        faults.check_range("/feedback/min_responses", terms.min_responses, 1, MAX_RESPONSES);
        if let Some(k) = terms.min_k {
            faults.check_range("/feedback/min_k", k, MIN_K, MAX_K);
        }
        faults.check_range("/feedback/prior_weight", terms.prior_weight, Decimal::ZERO, Decimal::from(MAX_RESPONSES));
        faults.check_range("/feedback/window_minutes", terms.window_minutes, 1, MAX_WINDOW_MINUTES);
        terms.form.check(faults, "/feedback/form");
        match terms.prior_mean {
            Some(mean) => faults.check_range("/feedback/prior_mean", mean, Decimal::ZERO, Decimal::from(10)),
            None if terms.prior_weight > Decimal::ZERO => {
                faults.push(Fault::new("/feedback/prior_mean", FaultCode::PriorMeanMissing));
            }
            None => {}
        }
    }
}

/// Whether the gate keeps a lecturer without a session from a good grade. `required` adds nothing here, because the number of
/// sessions is never missing.
fn asks_for_a_session(gate: &Gate) -> bool {
    gate.metric == Metric::SessionCount && gate.at_least >= Decimal::from(1)
}

fn check_component(faults: &mut Faults, pointer: &str, component: &Component) {
    check_metric(faults, &format!("{pointer}/metric"), &component.metric);
    faults.check_range(&format!("{pointer}/weight_bp"), component.weight_bp, 1, WHOLE_BP);
    match &component.curve {
        Curve::Linear(LinearCurve { from, to }) => {
            if from == to {
                faults.push(Fault::new(format!("{pointer}/curve/to"), FaultCode::EqualEnds));
            }
        }
        Curve::Steps(StepCurve { steps }) => {
            faults.check_length(&format!("{pointer}/curve/steps"), steps.len(), 1, MAX_STEPS);
            let thresholds: Vec<Decimal> = steps.iter().map(|step| step.at_least).collect();
            faults.check_distinct(&thresholds, |i| format!("{pointer}/curve/steps/{i}/at_least"));
            for (i, step) in steps.iter().enumerate() {
                check_points(faults, &format!("{pointer}/curve/steps/{i}/points"), step.points);
            }
        }
    }
}

fn check_points(faults: &mut Faults, pointer: &str, points: Decimal) {
    faults.check_range(pointer, points, Decimal::ZERO, Decimal::from(100));
    if points.decimals() > MAX_POINTS_DECIMALS {
        faults.push(Fault::new(pointer, FaultCode::TooManyDecimals).with("max", MAX_POINTS_DECIMALS));
    }
}

/// Refuses a metric with an invalid key.
pub fn check_metric(faults: &mut Faults, pointer: &str, metric: &Metric) {
    if let Some(key) = metric.key() {
        faults.check_text(pointer, <Code>::faults_of(key));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use FaultCode::{
        BadCharacters, Duplicate, Empty, EqualEnds, LowestNotZero, OutOfRange, PriorMeanMissing, TooManyDecimals,
        UnknownGrade, WeightsSum,
    };

    use super::*;

    fn valid() -> Value {
        json!({
            "components": [
                {"metric": "session_count", "weight_bp": 6000, "curve": {"kind": "linear", "to": 3}},
                {"metric": "feedback_rating", "weight_bp": 4000,
                 "curve": {"kind": "steps", "steps": [{"at_least": 9, "points": 100}, {"at_least": 7, "points": "60.5"}]}},
            ],
            "grades": [{"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}],
            "gates": [{"metric": "session_count", "at_least": 1, "else_grade": "fail", "required": true}],
            "min_weight_present_bp": 5000,
        })
    }

    fn rule(document: Value) -> ScoringRule {
        serde_json::from_value(document).unwrap()
    }

    fn found(faults: &[Fault]) -> Vec<(&str, FaultCode)> {
        faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect()
    }

    #[test]
    fn a_valid_rule_has_no_faults_and_no_warnings() {
        let rule = rule(valid());
        assert_eq!(rule.validate(), []);
        assert_eq!(rule.warnings(), []);
        let written = serde_json::to_value(&rule).unwrap();
        assert_eq!(serde_json::from_value::<ScoringRule>(written.clone()).unwrap(), rule);
        assert_eq!(written["components"][0]["curve"], json!({"kind": "linear", "from": "0", "to": "3"}));
    }

    #[test]
    fn unknown_members_are_refused_at_every_level() {
        for pointer in
            ["", "/components/0", "/components/0/curve", "/components/1/curve/steps/0", "/grades/0", "/gates/0"]
        {
            let mut document = valid();
            document.pointer_mut(pointer).unwrap()["surprise"] = json!(1);
            assert!(serde_json::from_value::<ScoringRule>(document).is_err(), "{pointer}");
        }
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let faulty = rule(json!({
            "components": [
                {"metric": "session_count", "weight_bp": 5000, "curve": {"kind": "linear", "from": "3.0", "to": 3}},
                {"metric": "session_count", "weight_bp": 4000, "curve": {"kind": "steps", "steps": []}},
                {"metric": "external:a b", "weight_bp": 0, "curve": {"kind": "steps", "steps": [
                    {"at_least": 1, "points": "100.5"}, {"at_least": "1.0", "points": "0.00001"}]}},
            ],
            "grades": [{"code": "", "at_least": 60}, {"code": "x", "at_least": "60.00"}, {"code": "x", "at_least": 10}],
            "gates": [{"metric": "feedback_item:", "at_least": 1, "else_grade": "none"}],
            "feedback": {"min_responses": 0, "prior_weight": 5, "window_minutes": 0, "form": {"scale": 101, "items": [
                {"key": "pace", "name_zh": "节奏", "name_en": "Pace", "scale": 1, "required": true},
                {"key": "not a key", "name_zh": " ", "name_en": "", "scale": 101, "required": false},
                {"key": "pace", "name_zh": "节奏", "name_en": "Pace", "scale": 5, "required": false}]}},
            "min_weight_present_bp": 10001,
            "content_window_months": 0, "appraisal_weight_bp": 10001, "reuse_kinds": ["taught", "taught"],
            "case_max_age_days": 3661, "settle_days": 367,
        }));
        assert_eq!(
            found(&faulty.validate()),
            [
                ("/components/0/curve/to", EqualEnds),
                ("/components/1/curve/steps", Empty),
                ("/components/2/metric", BadCharacters),
                ("/components/2/weight_bp", OutOfRange),
                ("/components/2/curve/steps/1/at_least", Duplicate),
                ("/components/2/curve/steps/0/points", OutOfRange),
                ("/components/2/curve/steps/1/points", TooManyDecimals),
                ("/components/1/metric", Duplicate),
                ("/components", WeightsSum),
                ("/grades/0/code", Empty),
                ("/grades/2/code", Duplicate),
                ("/grades/1/at_least", Duplicate),
                ("/grades", LowestNotZero),
                ("/gates/0/metric", Empty),
                ("/gates/0/else_grade", UnknownGrade),
                ("/feedback/min_responses", OutOfRange),
                ("/feedback/window_minutes", OutOfRange),
                ("/feedback/form/scale", OutOfRange),
                ("/feedback/form/items/0/scale", OutOfRange),
                ("/feedback/form/items/1/key", BadCharacters),
                ("/feedback/form/items/1/name_zh", Empty),
                ("/feedback/form/items/1/name_en", Empty),
                ("/feedback/form/items/1/scale", OutOfRange),
                ("/feedback/form/items/2/key", Duplicate),
                ("/feedback/prior_mean", PriorMeanMissing),
                ("/min_weight_present_bp", OutOfRange),
                ("/content_window_months", OutOfRange),
                ("/appraisal_weight_bp", OutOfRange),
                ("/reuse_kinds/1", Duplicate),
                ("/case_max_age_days", OutOfRange),
                ("/settle_days", OutOfRange),
            ]
        );
        let sum = faulty.validate().into_iter().find(|fault| fault.code == WeightsSum).unwrap();
        assert_eq!((&sum.params["sum"], &sum.params["expected"]), (&data(9000), &data(10_000)));
    }

    #[test]
    fn a_rule_without_guards_is_warned_about() {
        let mut document = valid();
        document["min_weight_present_bp"] = json!(0);
        document["gates"] = json!([{"metric": "session_count", "at_least": "0.5", "else_grade": "pass"}]);
        assert_eq!(
            found(&rule(document).warnings()),
            [
                ("/min_weight_present_bp", FaultCode::NoMinWeightPresent),
                ("/gates", FaultCode::NoSessionGate),
                ("/gates/0/else_grade", FaultCode::GateWithoutEffect),
            ]
        );
    }
}
