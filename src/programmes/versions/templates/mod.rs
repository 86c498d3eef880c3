//! Templates: a scoring rule with reward policies from which a company starts. They are documents like any other, so a company
//! drafts them as they stand or changes what it likes.

mod dto;
pub mod routes;

use serde::Deserialize;

use super::{check, fulfilment};
use crate::error::{Error, Result};
use crate::kernel::fault::{Fault, Faults};
use crate::kernel::words::words;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;

words! {
    /// A template of a scoring rule with reward policies.
    pub enum TemplateCode {
        /// Two metrics and one bonus, to start with.
        Simple = "simple",
        /// Sessions, rating, reuse and timeliness, with an allowance for the three best rated.
        TechnologyCompany = "technology_company",
        /// Rating, reuse and timeliness, ranked in departments.
        Manufacturer = "manufacturer",
        /// Every session is paid by the class hour.
        TeachingFees = "teaching_fees",
    }
}

/// The documents of a template, with texts about them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    name_zh: String,
    name_en: String,
    about_zh: String,
    about_en: String,
    notes: Vec<dto::TemplateNote>,
    rule: ScoringRule,
    reward_policies: RewardPolicySet,
}

impl Template {
    fn of(code: TemplateCode) -> Result<Self> {
        let text = match code {
            TemplateCode::Simple => include_str!("simple.json"),
            TemplateCode::TechnologyCompany => include_str!("technology_company.json"),
            TemplateCode::Manufacturer => include_str!("manufacturer.json"),
            TemplateCode::TeachingFees => include_str!("teaching_fees.json"),
        };
        serde_json::from_str(text).map_err(Error::internal)
    }

    /// What a company with these grades, pay items and titles has still to fill in or to define: all faults that a publication would
    /// have.
    fn faults(&self, grades: &[String], pay_items: &[String], titles: &[String]) -> Vec<Fault> {
        let mut of_rule = Faults::default();
        check::rule(&mut of_rule, &self.rule, grades);
        fulfilment::rule(&mut of_rule, &self.rule);
        let mut of_policies = Faults::default();
        check::policies(&mut of_policies, &self.reward_policies, Some(&self.rule), grades);
        fulfilment::policies(&mut of_policies, &self.reward_policies, Some(&self.rule), grades, pay_items, titles);
        let of_policies = of_policies.into_vec().into_iter().map(|fault| fault.under("/reward_policies"));
        of_rule.into_vec().into_iter().chain(of_policies).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::fault::FaultCode;

    fn usual_grades() -> Vec<String> {
        ["excellent", "good", "pass", "fail"].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_template_is_valid_as_it_stands_once_its_codes_are_there() {
        for code in TemplateCode::ALL {
            let template = Template::of(code).unwrap();
            let titles = ["senior-lecturer".to_owned()];
            assert_eq!(template.faults(&usual_grades(), &["lecturer-reward".to_owned()], &titles), [], "{code:?}");
            assert_eq!(template.rule.warnings(), [], "{code:?}");
            // Nothing else is missing elsewhere.
            let elsewhere = template.faults(&["A".to_owned(), "B".to_owned()], &[], &[]);
            let is_code = |fault: &Fault| {
                use FaultCode::{GradeOrder, UnknownGrade, UnknownPayItem, UnknownTitle};
                matches!(fault.code, UnknownGrade | UnknownPayItem | UnknownTitle | GradeOrder)
            };
            assert!(!elsewhere.is_empty() && elsewhere.iter().all(is_code), "{code:?}: {elsewhere:?}");
        }
    }

    #[test]
    fn a_template_keeps_the_guards_and_says_no_winner_is_alone() {
        for code in TemplateCode::ALL {
            let template = Template::of(code).unwrap();
            assert_eq!(template.rule.min_weight_present_bp, 5_000, "{code:?}");
            let contests = serde_json::to_value(&template.reward_policies).unwrap();
            for policy in contests["policies"].as_array().unwrap() {
                let is_contest = policy["kind"] == "top_n" || policy["kind"] == "highest";
                assert!(!is_contest || policy["min_contenders"] == 3, "{code:?}: {policy}");
            }
            let whole = serde_json::json!({"rule": template.rule, "reward_policies": template.reward_policies});
            for note in &template.notes {
                assert!(whole.pointer(&note.pointer).is_some(), "{code:?}: {}", note.pointer);
            }
        }
    }
}
