//! Runs of good and of poor periods (连续达标、连续不合格): when a policy fires. Pure.
//!
//! A run consists of the closed periods of a programme in which a lecturer was rated, in their order. One in which the lecturer was not
//! rated is not among them: it neither breaks nor extends a run. When a run is long enough its policy fires and counts anew from 0; what
//! is more than that is dropped. So a policy fires at most once a period. It fires whether or not anything can be granted for it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::grades::grade_reaches;
use super::policy::{RewardPolicy, RewardPolicySet};
use crate::kernel::period::Period;

/// A closed period in which a lecturer was rated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RatedPeriod {
    pub period: Period,
    #[schema(min_length = 1, max_length = 64)]
    pub grade: String,
}

/// What a policy gives for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given<'p> {
    /// The title with this code.
    Title(&'p str),
    /// An opportunity with this code.
    Opportunity(&'p str),
    /// An improvement notice, which closes with the first rated period better than this grade.
    Notice(&'p str),
}

impl<'p> Given<'p> {
    /// The code of the title.
    #[must_use]
    pub fn title(self) -> Option<&'p str> {
        match self {
            Self::Title(title) => Some(title),
            Self::Opportunity(_) | Self::Notice(_) => None,
        }
    }
}

/// A policy that counts periods in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunPolicy<'p> {
    pub code: &'p str,
    /// In months for what is good; in periods for a notice.
    pub length: u32,
    pub given: Given<'p>,
    /// The grade that a period of the run must have: this one or a better one; for a notice this one or a worse one.
    grade: &'p str,
}

/// A policy has counted to its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// The period with which it did.
    pub period: Period,
    /// The periods of the run, earliest first.
    pub run: Vec<RatedPeriod>,
}

/// How a policy stands after some periods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Earliest first.
    pub firings: Vec<Firing>,
    /// The periods since it last fired or was broken.
    pub run: Vec<RatedPeriod>,
    /// Their length, in the unit of the policy.
    pub count: u32,
}

impl RewardPolicy {
    /// The policy as one that counts periods in a row; none if it does not.
    #[must_use]
    pub fn run(&self) -> Option<RunPolicy<'_>> {
        match self {
            Self::Streak(own) => {
                let opportunity = own.opportunity.as_deref().map(Given::Opportunity);
                let given = own.title.as_deref().map(Given::Title).or(opportunity)?;
                Some(RunPolicy { code: own.code.as_str(), length: own.length, given, grade: &own.grade_at_least })
            }
            Self::Notice(own) => {
                let given = Given::Notice(&own.grade_at_most);
                Some(RunPolicy { code: own.code.as_str(), length: own.length, given, grade: &own.grade_at_most })
            }
            _ => None,
        }
    }
}

impl RewardPolicySet {
    /// The policies that count periods in a row, in the order of priority.
    #[must_use]
    pub fn runs(&self) -> Vec<RunPolicy<'_>> {
        self.by_priority().into_iter().filter_map(RewardPolicy::run).collect()
    }
}

impl<'p> RunPolicy<'p> {
    /// The grade that a period of the run must have: this one or a better one; for a notice this one or a worse one.
    #[must_use]
    pub fn grade(&self) -> &'p str {
        self.grade
    }

    /// Whether a period with this grade extends a run. `grades` are the company's, best first.
    #[must_use]
    pub fn extends(&self, grades: &[String], grade: &str) -> bool {
        match self.given {
            Given::Notice(most) => grade_reaches(grades, most, grade),
            Given::Title(_) | Given::Opportunity(_) => grade_reaches(grades, grade, self.grade),
        }
    }

    /// What a period adds to the length of a run.
    fn worth(&self, period: Period) -> u32 {
        match self.given {
            Given::Notice(_) => 1,
            Given::Title(_) | Given::Opportunity(_) => u32::from(period.cycle().months()),
        }
    }

    /// How the policy stands after these periods, earliest first.
    #[must_use]
    pub fn count<'h>(&self, grades: &[String], history: impl IntoIterator<Item = &'h RatedPeriod>) -> Counted {
        let mut counted = Counted::default();
        for own in history {
            if !self.extends(grades, &own.grade) {
                counted.start_anew();
                continue;
            }
            counted.run.push(own.clone());
            counted.count = counted.count.saturating_add(self.worth(own.period));
            if counted.count >= self.length {
                let run = counted.start_anew();
                counted.firings.push(Firing { period: own.period, run });
            }
        }
        counted
    }
}

impl Counted {
    /// Returns the run that has ended.
    fn start_anew(&mut self) -> Vec<RatedPeriod> {
        self.count = 0;
        std::mem::take(&mut self.run)
    }
}

/// Whether a rated period closes a notice that was opened for grades up to this one.
#[must_use]
pub fn passes(grades: &[String], grade: &str, most: &str) -> bool {
    grade != most && grade_reaches(grades, grade, most)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn grades() -> Vec<String> {
        ["excellent", "good", "fail"].map(str::to_owned).to_vec()
    }

    fn history(periods: &[(&str, &str)]) -> Vec<RatedPeriod> {
        let rated = |(period, grade): &(&str, &str)| RatedPeriod {
            period: period.parse().unwrap(),
            grade: (*grade).to_owned(),
        };
        periods.iter().map(rated).collect()
    }

    fn policy(document: serde_json::Value) -> RewardPolicy {
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn a_run_that_has_not_fired_is_told_with_its_periods() {
        let title =
            json!({"kind": "streak", "code": "s", "priority": 1, "grade_at_least": "good", "length": 4, "title": "t"});
        let title = policy(title);
        let past = history(&[("2026-01", "good"), ("2026-02", "fail"), ("2026-03", "excellent"), ("2026-05", "good")]);
        let counted = title.run().unwrap().count(&grades(), &past);
        assert_eq!((counted.count, counted.run.as_slice(), counted.firings.len()), (2, &past[2..], 0));
        let months = history(&[("2026-Q1", "good"), ("2026-Q2", "good"), ("2026-Q3", "good")]);
        let counted = title.run().unwrap().count(&grades(), &months);
        assert_eq!((counted.count, counted.firings.len()), (3, 1));
        assert_eq!((counted.firings[0].period, counted.firings[0].run.as_slice()), (months[1].period, &months[..2]));
    }

    #[test]
    fn a_notice_counts_periods_and_an_unknown_grade_breaks_a_run() {
        let notice =
            policy(json!({"kind": "notice", "code": "n", "priority": 1, "grade_at_most": "good", "length": 2}));
        let past = history(&[("2026-Q1", "good"), ("2026-Q2", "odd"), ("2026-Q3", "fail"), ("2026-Q4", "good")]);
        let counted = notice.run().unwrap().count(&grades(), &past);
        assert_eq!((counted.firings.len(), counted.firings[0].run.as_slice()), (1, &past[2..]));
        for (grade, closes) in [("excellent", true), ("good", false), ("fail", false), ("odd", false)] {
            assert_eq!(passes(&grades(), grade, "good"), closes, "{grade}");
        }
    }
}
