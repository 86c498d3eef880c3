//! What of a person's facts a policy asks for.

use crate::growth::criteria::PromotionCriterion;

/// What a policy does not ask for is not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// How many months before the month of the check closed results count in; 0: none.
    pub months: u32,
    pub scores: bool,
    pub sessions: bool,
    pub suspensions: bool,
    pub titles: bool,
    pub notices: bool,
    pub competences: bool,
}

impl Needs {
    #[must_use]
    pub fn of(policy: &PromotionCriterion) -> Self {
        let mut needs = Self::default();
        for (_, single) in policy.singles("") {
            needs.add(single);
        }
        needs
    }

    fn add(&mut self, criterion: &PromotionCriterion) {
        match criterion {
            PromotionCriterion::All(_) | PromotionCriterion::Any(_) => {}
            PromotionCriterion::Tenure(_) => self.suspensions = true,
            PromotionCriterion::Grades(asked) => self.months = self.months.max(asked.within_months),
            PromotionCriterion::ScoreAverage(asked) => {
                self.months = self.months.max(asked.within_months);
                self.scores = true;
            }
            PromotionCriterion::SessionsTotal(_) => self.sessions = true,
            PromotionCriterion::Title(_) => self.titles = true,
            PromotionCriterion::NoOpenNotice(_) => self.notices = true,
            PromotionCriterion::External(_) => self.competences = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_asked_for_is_needed() {
        let of = |policy| Needs::of(&serde_json::from_value(policy).unwrap());
        let tenure = json!({"kind": "tenure", "months": 6});
        assert_eq!(of(tenure.clone()), Needs { suspensions: true, ..Needs::default() });
        let grades = json!({"kind": "grades", "periods": 6, "every": "excellent"});
        let average = json!({"kind": "score_average", "periods": 3, "at_least": 80, "within_months": 24});
        let any = json!({"kind": "any", "criteria": [grades, average]});
        let both = of(json!({"kind": "all", "criteria": [tenure, any]}));
        assert_eq!(both, Needs { suspensions: true, months: 24, scores: true, ..Needs::default() });
    }
}
