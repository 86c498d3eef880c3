//! What a document must satisfy in its programme and company, beyond its own validity.

use crate::kernel::code_list::CodeList;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::{codes, data};
use crate::kernel::period::{Cycle, Period};
use crate::kernel::phrases::{Form, Refusal};
use crate::programmes::FeedbackMode;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::programmes::settings::MAX_K;

/// A version must start with a period of the programme's cycle.
pub fn start(faults: &mut Faults, starts_period: &Period, cycle: Cycle) {
    if starts_period.cycle() != cycle {
        faults.push(Fault::bad_format("/starts_period", Form::from(cycle)));
    }
}

/// Checks a rule by itself, and its grades against those of the company (`grades`, best first).
pub fn rule(faults: &mut Faults, rule: &ScoringRule, grades: &[String]) {
    rule.validate().into_iter().for_each(|fault| faults.push(fault.under("/rule")));
    let place = |code: &str| grades.iter().position(|grade| grade == code);
    for (i, band) in rule.grades.iter().enumerate() {
        let pointer = format!("/rule/grades/{i}/code");
        let Some(own) = place(&band.code) else {
            faults.push(
                Fault::new(pointer, FaultCode::UnknownGrade)
                    .with("grade", data(&band.code))
                    .with("known", codes(CodeList::Grades, grades)),
            );
            continue;
        };
        let better = |other: &str| place(other).is_some_and(|other| other < own);
        if let Some(above) = rule.grades.iter().find(|other| other.at_least < band.at_least && better(&other.code)) {
            faults.push(
                Fault::new(pointer, FaultCode::GradeOrder).with("better", codes(CodeList::Grades, [&above.code])),
            );
        }
    }
}

/// Refuses fewer ratings that are shown together than before (`present`), and any number where each shows at once.
pub fn min_k(faults: &mut Faults, k: u32, present: u32, mode: FeedbackMode) {
    const POINTER: &str = "/rule/feedback/min_k";
    match mode {
        FeedbackMode::Named => faults.push(Fault::not_eligible(POINTER, Refusal::NamedFeedback)),
        FeedbackMode::Confidential | FeedbackMode::Anonymous => {
            faults.check_range(POINTER, k, present.min(MAX_K), MAX_K);
        }
    }
}

/// Checks policies by themselves, and their grades against those of the company (`grades`) and of the rule in force with them.
pub fn policies(faults: &mut Faults, policies: &RewardPolicySet, rule: Option<&ScoringRule>, grades: &[String]) {
    for fault in policies.validate(rule, Some(grades)) {
        faults.push(fault);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(document: serde_json::Value, grades: &[&str]) -> Vec<(String, FaultCode)> {
        let grades: Vec<String> = grades.iter().map(ToString::to_string).collect();
        let document: ScoringRule = serde_json::from_value(document).unwrap();
        let mut faults = Faults::default();
        rule(&mut faults, &document, &grades);
        faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn grades_are_the_companys_in_the_companys_order() {
        let document = json!({
            "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 3}}],
            "grades": [{"code": "good", "at_least": 90}, {"code": "excellent", "at_least": 60}, {"code": "poor", "at_least": 0}],
        });
        assert_eq!(
            found(document.clone(), &["excellent", "good", "fail"]),
            [
                ("/rule/grades/0/code".to_owned(), FaultCode::GradeOrder),
                ("/rule/grades/2/code".to_owned(), FaultCode::UnknownGrade)
            ]
        );
        assert_eq!(found(document, &["good", "excellent", "pass", "poor"]), []);
    }

    #[test]
    fn a_start_has_the_programmes_cycle() {
        for (period, cycle, wrong) in
            [("2026-03", Cycle::Month, false), ("2026-03", Cycle::Quarter, true), ("2026", Cycle::Quarter, true)]
        {
            let mut faults = Faults::default();
            start(&mut faults, &period.parse().unwrap(), cycle);
            assert_eq!(faults.into_vec().len(), usize::from(wrong), "{period}");
        }
    }
}
