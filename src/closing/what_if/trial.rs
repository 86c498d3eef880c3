//! The two computations of a period, and what they differ in: pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::dto::{CountOfGrade, PeriodReport, SumOfPolicy, Untried};
use crate::closing::computation::{Draft, GradePlace, Settled, Terms};
use crate::closing::late::LateResult;
use crate::closing::provisional::{ExpectedRun, RunOutcome};
use crate::closing::streaks::{Runs, by_policy, count_of};
use crate::kernel::money::{Currency, Money};
use crate::programmes::documents::metric::Metric;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::scoring::inputs::LecturerInputs;

/// The lecturers of a period who were scored so far, under the terms of the snapshot and under those that are tried.
#[derive(Debug)]
pub struct Trial {
    before: Draft,
    after: Draft,
    /// Whether both score alike, and only rewards may differ.
    same_cards: bool,
}

/// The terms of a snapshot with the documents that are tried in their place.
#[must_use]
pub fn terms_tried(frozen: &Terms, rule: Option<&ScoringRule>, policies: Option<&RewardPolicySet>) -> Terms {
    let mut terms = frozen.clone();
    if let Some(rule) = rule {
        let k = rule.feedback.min_k.unwrap_or_default();
        terms.settings.min_ratings = terms.settings.min_ratings.max(k);
        terms.rule = rule.clone();
    }
    if let Some(policies) = policies {
        terms.policies = policies.clone();
    }
    terms
}

impl Trial {
    #[must_use]
    pub fn new(before: Terms, after: Terms) -> Self {
        let same_cards = before.rule == after.rule && before.settings == after.settings;
        Self { before: Draft::new(Arc::new(before)), after: Draft::new(Arc::new(after)), same_cards }
    }

    /// With these lecturers.
    #[must_use]
    pub fn with(mut self, lecturers: &[LecturerInputs]) -> Self {
        for inputs in lecturers {
            let card = self.before.add(inputs);
            if self.same_cards {
                self.after.put(inputs, &card);
            } else {
                self.after.add(inputs);
            }
        }
        self
    }

    /// The results. Everybody must have been added.
    #[must_use]
    pub fn settle(self) -> Tried {
        let (before, after) = (self.before.settle(), self.after.settle());
        Tried { before, after, runs_before: Runs::new(), runs_after: Runs::new() }
    }
}

/// Both results of a period.
#[derive(Debug)]
pub struct Tried {
    pub before: Settled,
    pub after: Settled,
    /// The titles and notices that the period brings on either side.
    pub runs_before: Runs,
    pub runs_after: Runs,
}

/// One lecturer's results.
#[derive(Debug)]
pub struct Pair {
    pub employee_id: Uuid,
    pub before: LateResult,
    pub after: LateResult,
    pub runs_before: Vec<ExpectedRun>,
    pub runs_after: Vec<ExpectedRun>,
}

impl Pair {
    /// Whether anything differs.
    #[must_use]
    pub fn has_moved(&self) -> bool {
        self.before != self.after || self.has_moved_in_runs()
    }

    /// Whether titles, precedences or notices do, on whatever periods they rest.
    fn has_moved_in_runs(&self) -> bool {
        let given = |runs: &[ExpectedRun]| {
            let of = |run: &ExpectedRun| (run.policy.clone(), run.outcome, run.title.clone(), run.opportunity.clone());
            runs.iter().map(of).collect::<Vec<_>>()
        };
        given(&self.runs_before) != given(&self.runs_after)
    }
}

impl Tried {
    #[must_use]
    pub fn lecturer_count(&self) -> usize {
        self.before.lecturer_count()
    }

    fn currency(&self) -> Currency {
        self.before.terms.settings.currency
    }

    /// The lecturers in the order in which they were added, without the first ones.
    pub fn pairs(&self, skipped: usize) -> impl Iterator<Item = Pair> {
        let currency = self.currency();
        self.before.outcomes(skipped).zip(self.after.outcomes(skipped)).map(move |(before, after)| Pair {
            employee_id: before.own.employee_id,
            before: LateResult::new(&before, currency),
            after: LateResult::new(&after, currency),
            runs_before: self.runs_before.get(&before.own.employee_id).cloned().unwrap_or_default(),
            runs_after: self.runs_after.get(&before.own.employee_id).cloned().unwrap_or_default(),
        })
    }

    /// What the period comes to, in sum.
    #[must_use]
    pub fn report(&self, snapshot_number: i32) -> PeriodReport {
        let (before, after) = (&self.before, &self.after);
        let money = |amount_minor: i64| Money::new(amount_minor, self.currency());
        let mut report = PeriodReport {
            period: before.terms.settings.period,
            snapshot_number,
            lecturer_count: self.lecturer_count(),
            rated_before: before.rated_count(),
            rated_after: after.rated_count(),
            moved_in_score: 0,
            moved_in_grade: 0,
            moved_in_rank: 0,
            moved_in_rewards: 0,
            moved_in_runs: 0,
            titles_before: count_of(&self.runs_before, RunOutcome::Title),
            titles_after: count_of(&self.runs_after, RunOutcome::Title),
            precedences_before: count_of(&self.runs_before, RunOutcome::Precedence),
            precedences_after: count_of(&self.runs_after, RunOutcome::Precedence),
            notices_before: count_of(&self.runs_before, RunOutcome::Notice),
            notices_after: count_of(&self.runs_after, RunOutcome::Notice),
            grades: self.grades(),
            cost_before: money(before.granted_minor),
            cost_after: money(after.granted_minor),
            budget_before: before.terms.policies.budget_minor.map(money),
            budget_after: after.terms.policies.budget_minor.map(money),
            policies: self.policies(),
            untried: untried(&before.terms.rule, &after.terms.rule),
        };
        for pair in self.pairs(0) {
            report.moved_in_score += usize::from(pair.before.score != pair.after.score);
            report.moved_in_grade += usize::from(pair.before.grade != pair.after.grade);
            report.moved_in_rank += usize::from(pair.before.rank != pair.after.rank);
            report.moved_in_rewards += usize::from(pair.before.rewards != pair.after.rewards);
            report.moved_in_runs += usize::from(pair.has_moved_in_runs());
        }
        report
    }

    /// How many have each grade, best first; those without one come last.
    fn grades(&self) -> Vec<CountOfGrade> {
        let (before, after) = (self.before.by_grade(), self.after.by_grade());
        let both: BTreeSet<&GradePlace> = before.keys().chain(after.keys()).collect();
        let count = |of: &BTreeMap<GradePlace, usize>, grade: &GradePlace| of.get(grade).copied().unwrap_or_default();
        let counted = both.into_iter().map(|grade| CountOfGrade {
            grade: grade.2.clone(),
            before: count(&before, grade),
            after: count(&after, grade),
        });
        counted.collect()
    }

    /// What each policy grants, by its code.
    fn policies(&self) -> Vec<SumOfPolicy> {
        let (mut before, mut after) = (self.before.by_policy(), self.after.by_policy());
        // Titles and notices cost nothing.
        before.extend(by_policy(&self.runs_before).into_iter().map(|(policy, granted)| (policy, (0, granted))));
        after.extend(by_policy(&self.runs_after).into_iter().map(|(policy, granted)| (policy, (0, granted))));
        let both: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        let currency = self.currency();
        let summed = both.into_iter().map(|policy| {
            let (was, granted_before) = before.get(policy).copied().unwrap_or_default();
            let (is, granted_after) = after.get(policy).copied().unwrap_or_default();
            SumOfPolicy {
                policy: policy.to_owned(),
                amount_before: Money::new(was, currency),
                amount_after: Money::new(is, currency),
                granted_before,
                granted_after,
            }
        });
        summed.collect()
    }
}

/// Settings in which the rule that is tried differs from that of the snapshot and which the frozen inputs cannot show: they were frozen
/// by the settings of that time.
fn untried(frozen: &ScoringRule, tried: &ScoringRule) -> Vec<Untried> {
    let groups = |rule: &ScoringRule| rule.scored_groups().iter().copied().collect::<BTreeSet<Uuid>>();
    let kinds = |rule: &ScoringRule| rule.reuse_kinds.iter().copied().collect::<BTreeSet<_>>();
    let of_components = tried.components.iter().map(|component| &component.metric);
    let mut asked = of_components.chain(tried.gates.iter().map(|gate| &gate.metric));
    let is_new = |metric: &Metric| match metric {
        Metric::FeedbackItem(key) => frozen.feedback.form.item(key).is_none(),
        _ => false,
    };
    let found = [
        (groups(frozen) != groups(tried), Untried::Groups),
        (kinds(frozen) != kinds(tried), Untried::ReuseKinds),
        (frozen.case_max_age_days != tried.case_max_age_days, Untried::CaseAge),
        (frozen.feedback.window_minutes != tried.feedback.window_minutes, Untried::Window),
        (asked.any(is_new), Untried::Items),
    ];
    found.into_iter().filter(|(differs, _)| *differs).map(|(_, setting)| setting).collect()
}
