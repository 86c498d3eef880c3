//! What a set of reward policies must satisfy before it may be published. All faults are reported at once.

use std::collections::BTreeMap;

use super::policy::{
    Criterion, GradeBonus, Highest, MAX_AMOUNT_MINOR, Notice, RewardPolicy, RewardPolicySet, Streak, TopN,
};
use super::rule::ScoringRule;
use super::rule_check::check_metric;
use crate::kernel::code_list::CodeList;
use crate::kernel::fault::{Fault, FaultCode, Faults, pointer_segment};
use crate::kernel::message::{codes, data};
use crate::kernel::text::{Code, Line, OutsideCode};

/// A grade or level, as used in policies.
type PolicyLabel = Line<64>;

const MAX_POLICIES: usize = 50;
const MAX_PRIORITY: u32 = 1_000;
const MAX_PLACES: usize = 100;
const MAX_AMOUNTS: usize = 50;
const MAX_TIE_BREAKERS: usize = 10;
const MAX_MIN_N: u32 = 1_000_000;
const MAX_CONTENDERS: u32 = 1_000_000;
const MAX_RUN: u32 = 120;

impl RewardPolicySet {
    /// Everything that prevents publication. Empty for a valid set. If a rule is given, amounts for grades that it never gives
    /// are refused too. If the company's grades are given, a least grade that is not one of them is refused too.
    #[must_use]
    pub fn validate(&self, rule: Option<&ScoringRule>, grades: Option<&[String]>) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.check_length("/policies", self.policies.len(), 0, MAX_POLICIES);
        for (pointer, limit) in [("/budget_minor", self.budget_minor), ("/person_cap_minor", self.person_cap_minor)] {
            faults.check_range(pointer, limit.unwrap_or_default(), 0, MAX_AMOUNT_MINOR);
        }
        for (i, policy) in self.policies.iter().enumerate() {
            let mut check = PolicyCheck { faults: &mut faults, pointer: format!("/policies/{i}"), rule, grades };
            check.terms(policy);
            check.kind(policy);
        }
        let codes: Vec<&str> = self.policies.iter().map(|policy| policy.terms().code).collect();
        faults.check_distinct(&codes, |i| format!("/policies/{i}/code"));
        let priorities: Vec<u32> = self.policies.iter().map(|policy| policy.terms().priority).collect();
        faults.check_distinct(&priorities, |i| format!("/policies/{i}/priority"));
        faults.into_vec()
    }
}

/// Checks one policy, located at `pointer`.
pub(super) struct PolicyCheck<'a> {
    pub(super) faults: &'a mut Faults,
    pointer: String,
    rule: Option<&'a ScoringRule>,
    grades: Option<&'a [String]>,
}

impl PolicyCheck<'_> {
    fn terms(&mut self, policy: &RewardPolicy) {
        let terms = policy.terms();
        self.faults.check_text(&self.at("code"), <Code>::faults_of(terms.code));
        self.faults.check_range(&self.at("priority"), terms.priority, 1, MAX_PRIORITY);
        if let Some(group) = terms.exclusive_group {
            self.faults.check_text(&self.at("exclusive_group"), <Code>::faults_of(group));
        }
        if let Some(grade) = terms.grade_at_least {
            let known = self.grades.map(<[String]>::to_vec);
            self.grade(&self.at("grade_at_least"), grade, known.as_deref());
        }
        if let Some(pay_item) = terms.pay_item_code {
            self.faults.check_text(&self.at("pay_item_code"), OutsideCode::faults_of(pay_item));
        }
    }

    fn kind(&mut self, policy: &RewardPolicy) {
        match policy {
            RewardPolicy::GradeBonus(policy) => self.grade_bonus(policy),
            RewardPolicy::TopN(policy) => self.top_n(policy),
            RewardPolicy::Highest(policy) => self.highest(policy),
            RewardPolicy::SessionFee(policy) => self.session_fee(policy),
            RewardPolicy::Streak(policy) => self.streak(policy),
            RewardPolicy::Notice(policy) => self.notice(policy),
        }
    }

    fn grade_bonus(&mut self, policy: &GradeBonus) {
        self.amounts("amounts_minor", &policy.amounts_minor, 1);
        let known: Option<Vec<String>> =
            self.rule.map(|rule| rule.grades.iter().map(|band| band.code.to_string()).collect());
        for grade in policy.amounts_minor.keys() {
            let pointer = self.at(&format!("amounts_minor/{}", pointer_segment(grade)));
            self.grade(&pointer, grade, known.as_deref());
        }
    }

    fn top_n(&mut self, policy: &TopN) {
        self.criterion("metric", &policy.metric);
        self.faults.check_length(&self.at("places_minor"), policy.places_minor.len(), 1, MAX_PLACES);
        for (i, amount) in policy.places_minor.iter().enumerate() {
            self.faults.check_range(&self.at(&format!("places_minor/{i}")), *amount, 0, MAX_AMOUNT_MINOR);
        }
        match policy.min_n {
            Some(_) if policy.metric == Criterion::Score => {
                self.faults.push(Fault::new(self.at("min_n"), FaultCode::MinNWithScore));
            }
            Some(min_n) => self.faults.check_range(&self.at("min_n"), min_n, 1, MAX_MIN_N),
            None => {}
        }
        self.contenders(policy.min_contenders);
        self.faults.check_length(&self.at("tie_breakers"), policy.tie_breakers.len(), 0, MAX_TIE_BREAKERS);
        for (i, criterion) in policy.tie_breakers.iter().enumerate() {
            self.criterion(&format!("tie_breakers/{i}"), criterion);
        }
        let pointer = self.at("tie_breakers");
        self.faults.check_distinct(&policy.tie_breakers, |i| format!("{pointer}/{i}"));
    }

    fn highest(&mut self, policy: &Highest) {
        check_metric(self.faults, &self.at("metric"), &policy.metric);
        self.faults.check_text(&self.at("certificate"), policy.certificate.faults());
        self.contenders(policy.min_contenders);
        if policy.exclusive_group.is_some() {
            self.faults.push(Fault::new(self.at("exclusive_group"), FaultCode::CertificateInGroup));
        }
    }

    fn contenders(&mut self, least: Option<u32>) {
        self.faults.check_range(&self.at("min_contenders"), least.unwrap_or(1), 1, MAX_CONTENDERS);
    }

    fn streak(&mut self, policy: &Streak) {
        self.faults.check_range(&self.at("length"), policy.length, 1, MAX_RUN);
        if policy.title.is_some() == policy.opportunity.is_some() {
            self.faults.push(Fault::exactly_one(self.at("title"), &["title", "opportunity"]));
        }
        for (member, code) in [("title", &policy.title), ("opportunity", &policy.opportunity)] {
            if let Some(code) = code {
                self.faults.check_text(&self.at(member), <Code>::faults_of(code));
            }
        }
        if policy.exclusive_group.is_some() {
            self.faults.push(Fault::new(self.at("exclusive_group"), FaultCode::CertificateInGroup));
        }
    }

    fn notice(&mut self, policy: &Notice) {
        self.faults.check_range(&self.at("length"), policy.length, 1, MAX_RUN);
        let known = self.grades.map(<[String]>::to_vec);
        self.grade(&self.at("grade_at_most"), &policy.grade_at_most, known.as_deref());
        if known.and_then(|known| known.into_iter().next()).is_some_and(|best| best == policy.grade_at_most) {
            self.faults.push(Fault::new(self.at("grade_at_most"), FaultCode::NothingBetter));
        }
    }

    /// Amounts by name, `least` of them at the least.
    pub(super) fn amounts(&mut self, member: &str, amounts: &BTreeMap<String, i64>, least: usize) {
        self.faults.check_length(&self.at(member), amounts.len(), least, MAX_AMOUNTS);
        for (name, amount) in amounts {
            let pointer = self.at(&format!("{member}/{}", pointer_segment(name)));
            self.faults.check_text(&pointer, PolicyLabel::faults_of(name));
            self.faults.check_range(&pointer, *amount, 0, MAX_AMOUNT_MINOR);
        }
    }

    fn criterion(&mut self, member: &str, criterion: &Criterion) {
        if let Criterion::Metric(metric) = criterion {
            check_metric(self.faults, &self.at(member), metric);
        }
    }

    /// Refuses a grade that is not in `known`, if that is given.
    fn grade(&mut self, pointer: &str, grade: &str, known: Option<&[String]>) {
        if let Some(known) = known.filter(|known| known.iter().all(|own| own != grade)) {
            let fault = Fault::new(pointer, FaultCode::UnknownGrade);
            self.faults.push(fault.with("grade", data(grade)).with("known", codes(CodeList::Grades, known)));
        }
    }

    pub(super) fn at(&self, member: &str) -> String {
        format!("{}/{member}", self.pointer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use FaultCode::{
        BadCharacters, BadFormat, CertificateInGroup, Duplicate, Empty, ExactlyOne, GradeOfFee, MinNWithScore,
        NotAllowed, NothingBetter, OtherTable, OutOfRange, SlotWithoutTime, TooManyDecimals, UnknownGrade,
    };

    fn set(policies: Value) -> RewardPolicySet {
        serde_json::from_value(json!({ "policies": policies })).unwrap()
    }

    fn rule() -> ScoringRule {
        serde_json::from_value(json!({
            "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 3}}],
            "grades": [{"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}],
        }))
        .unwrap()
    }

    fn grades() -> Vec<String> {
        ["excellent", "good", "pass", "fail"].map(str::to_owned).to_vec()
    }

    /// An amount for a grade that the rule never gives is never paid. A least grade is also met by every better grade.
    #[test]
    fn a_least_grade_is_the_companys_and_an_amounts_grade_the_rules() {
        let set = set(json!([
            {"kind": "grade_bonus", "code": "b", "priority": 1, "amounts_minor": {"good": 1}, "grade_at_least": "good"},
        ]));
        assert_eq!(
            found(&set.validate(Some(&rule()), Some(&grades()))),
            [("/policies/0/amounts_minor/good", UnknownGrade)]
        );
    }

    fn found(faults: &[Fault]) -> Vec<(&str, FaultCode)> {
        faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect()
    }

    #[test]
    fn a_valid_set_survives_writing_and_has_no_faults() {
        let document = json!([
            {"kind": "grade_bonus", "code": "b", "priority": 1, "amounts_minor": {"pass": 100}},
            {"kind": "top_n", "code": "t", "priority": 2, "metric": "score", "scope": "department", "places_minor": [3, 2],
             "min_value": "0.5", "min_contenders": 3, "ties": "share_all", "tie_breakers": ["feedback_rating"]},
            {"kind": "highest", "code": "h", "priority": 3, "metric": "reuse_count", "scope": "programme", "certificate": "c"},
            {"kind": "streak", "code": "s", "priority": 4, "grade_at_least": "excellent", "length": 3, "title": "senior"},
            {"kind": "notice", "code": "n", "priority": 5, "grade_at_most": "fail", "length": 2},
        ]);
        let set = set(document.clone());
        assert_eq!(set.validate(Some(&rule()), Some(&grades())), []);
        assert_eq!(serde_json::to_value(&set).unwrap()["policies"], document);
    }

    #[test]
    fn unknown_members_and_kinds_are_refused() {
        for policy in [
            json!({"kind": "grade_bonus", "code": "b", "priority": 1, "amounts_minor": {}, "surprise": 1}),
            json!({"kind": "lottery", "code": "b", "priority": 1}),
            json!({"kind": "top_n", "code": "b", "priority": 1, "metric": "score", "places_minor": [1.5]}),
        ] {
            assert!(serde_json::from_value::<RewardPolicy>(policy.clone()).is_err(), "{policy}");
        }
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let set = set(json!([
            {"kind": "grade_bonus", "code": "b", "priority": 1, "amounts_minor": {"a/b": -1}, "grade_at_least": "none"},
            {"kind": "top_n", "code": "b", "priority": 1, "metric": "score", "min_n": 2, "places_minor": [],
             "tie_breakers": ["score", "external:", "score"]},
            {"kind": "highest", "code": "h", "priority": 0, "metric": "reuse_count", "certificate": "a b",
             "min_contenders": 0, "exclusive_group": "g"},
            {"kind": "session_fee", "code": "f", "priority": 4, "rates_minor": {}},
            {"kind": "streak", "code": "s", "priority": 5, "grade_at_least": "pass", "length": 3},
            {"kind": "streak", "code": "o", "priority": 6, "grade_at_least": "pass", "length": 121, "opportunity": "summit",
             "exclusive_group": "g"},
            {"kind": "notice", "code": "n", "priority": 7, "grade_at_most": "excellent", "length": 0},
            {"kind": "notice", "code": "m", "priority": 8, "grade_at_most": "poor", "length": 2},
        ]));
        assert_eq!(
            found(&set.validate(Some(&rule()), Some(&grades()))),
            [
                ("/policies/0/grade_at_least", UnknownGrade),
                ("/policies/0/amounts_minor/a~1b", OutOfRange),
                ("/policies/0/amounts_minor/a~1b", UnknownGrade),
                ("/policies/1/places_minor", Empty),
                ("/policies/1/min_n", MinNWithScore),
                ("/policies/1/tie_breakers/1", Empty),
                ("/policies/1/tie_breakers/2", Duplicate),
                ("/policies/2/priority", OutOfRange),
                ("/policies/2/certificate", BadCharacters),
                ("/policies/2/min_contenders", OutOfRange),
                ("/policies/2/exclusive_group", CertificateInGroup),
                ("/policies/3/rates_minor", Empty),
                ("/policies/4/title", ExactlyOne),
                ("/policies/5/length", OutOfRange),
                ("/policies/5/exclusive_group", CertificateInGroup),
                ("/policies/6/length", OutOfRange),
                ("/policies/6/grade_at_most", NothingBetter),
                ("/policies/7/grade_at_most", UnknownGrade),
                ("/policies/1/code", Duplicate),
                ("/policies/1/priority", Duplicate),
            ]
        );
        assert!(set.validate(None, None).iter().all(|fault| fault.code != UnknownGrade));
    }

    #[test]
    fn a_fee_has_rates_and_factors_not_below_zero_in_the_table_of_its_attribute() {
        let band = |at_least: i64, factor: Value| json!({"at_least": at_least, "factor": factor});
        let slot = |from: &str, to: &str| json!({"weekdays": [1, 8, 1], "from": from, "to": to, "factor": 1});
        let set = set(json!([{
            "kind": "session_fee", "code": "f", "priority": 1, "grade_at_least": "pass", "unit_minutes": 0, "unit_decimals": 7,
            "rates_minor": {"senior": -1}, "default_rate_minor": -1, "roles": {"guest": 1, "co": "0.12345"},
            "factors": [
                {"by": "difficulty", "values": {"hard": 0, "easy": -1}},
                {"by": "day_kind", "values": {"sunday": 2}, "bands": [band(1, json!(1))]},
                {"by": "run", "bands": [band(1, json!(101)), band(1, json!(1)), band(3, json!(1))]},
                {"by": "attendees"},
                {"by": "time_slot", "slots": [slot("18:00", "18:00"), slot("9:00", "24:01")]},
            ],
            "kinds": [], "gates": {"min_session_rating": 11, "certificate": "a b"},
        }]));
        let at = |pointer: &str, code| (format!("/policies/0/{pointer}"), code);
        let found: Vec<(String, FaultCode)> =
            set.validate(Some(&rule()), Some(&grades())).into_iter().map(|fault| (fault.pointer, fault.code)).collect();
        assert_eq!(
            found,
            [
                at("grade_at_least", GradeOfFee),
                at("unit_minutes", OutOfRange),
                at("unit_decimals", OutOfRange),
                at("rates_minor/senior", OutOfRange),
                at("default_rate_minor", OutOfRange),
                at("roles/co", TooManyDecimals),
                at("roles/guest", NotAllowed),
                at("factors/0/values/easy", OutOfRange),
                at("factors/1/bands", OtherTable),
                at("factors/1/values/sunday", NotAllowed),
                at("factors/2/bands/0/factor", OutOfRange),
                at("factors/2/bands/2/at_least", OutOfRange),
                at("factors/2/bands/1/at_least", Duplicate),
                at("factors/3/bands", Empty),
                at("factors/4/slots/0/weekdays/1", OutOfRange),
                at("factors/4/slots/0/weekdays/2", Duplicate),
                at("factors/4/slots/0/to", SlotWithoutTime),
                at("factors/4/slots/1/weekdays/1", OutOfRange),
                at("factors/4/slots/1/weekdays/2", Duplicate),
                at("factors/4/slots/1/from", BadFormat),
                at("factors/4/slots/1/to", BadFormat),
                at("kinds", Empty),
                at("gates/min_session_rating", OutOfRange),
                at("gates/certificate", BadCharacters),
            ]
        );
    }

    /// What is left out has its usual value, and what is written is read again as it was.
    #[test]
    fn a_fee_survives_writing() {
        let fee = set(
            json!([{"kind": "session_fee", "code": "f", "priority": 1, "rates_minor": {}, "default_rate_minor": 100}]),
        );
        assert_eq!(fee.validate(None, None), []);
        let written = serde_json::to_value(&fee).unwrap();
        assert_eq!(
            written["policies"],
            json!([{"kind": "session_fee", "code": "f", "priority": 1, "base": "per_unit", "unit_minutes": 60, "rates_minor": {},
                    "default_rate_minor": 100, "kinds": ["assigned", "voluntary"]}])
        );
        assert_eq!(serde_json::from_value::<RewardPolicySet>(written).unwrap(), fee);
    }
}
