//! Findings over the last closed periods. Pure.

use std::collections::BTreeMap;

use super::dto::{AdviceSettings, PeriodFigures};
use super::facts::{ComponentFacts, PeriodFacts};
use super::proposals;
use super::words::FindingCode;
use crate::kernel::decimal::Decimal;
use crate::programmes::documents::metric::Metric;
use crate::programmes::documents::policy::{RewardPolicy, RewardPolicySet};
use crate::programmes::documents::rule::{Component, ScoringRule, WHOLE_BP};

/// Something found, with its evidence and what is proposed instead.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub code: FindingCode,
    /// What it is about: a metric, an item, a gate, a policy, or `budget`.
    pub subject: String,
    /// The figures in its words.
    pub params: BTreeMap<String, String>,
    pub evidence: Vec<PeriodFigures>,
    pub rule: Option<ScoringRule>,
    pub policies: Option<RewardPolicySet>,
}

/// Everything that is found. `rule` and `policies` are those to come; what they no longer have is not looked for. Periods with fewer
/// rated lecturers than the settings ask for say nothing.
pub fn find(
    settings: &AdviceSettings,
    rule: &ScoringRule,
    policies: Option<&RewardPolicySet>,
    periods: &[PeriodFacts],
) -> Vec<Finding> {
    let counts = |period: &&PeriodFacts| u32::try_from(period.lecturers).is_ok_and(|n| n >= settings.least_lecturers);
    let periods: Vec<&PeriodFacts> = periods.iter().filter(counts).collect();
    if periods.is_empty() {
        return Vec::new();
    }
    let look = Look { settings, rule, periods };
    let mut found: Vec<Finding> = rule.components.iter().filter_map(|own| look.component(own)).collect();
    found.extend(look.items());
    found.extend((0..rule.gates.len()).filter_map(|i| look.gate(i)));
    if let Some(policies) = policies {
        found.extend(look.contests(policies));
        found.extend(look.budget(policies));
    }
    found
}

struct Look<'a> {
    settings: &'a AdviceSettings,
    rule: &'a ScoringRule,
    periods: Vec<&'a PeriodFacts>,
}

/// A share in basis points, rounded down.
fn share_bp(part: usize, whole: usize) -> u32 {
    let bp = wide(part).saturating_mul(u64::from(WHOLE_BP)).checked_div(wide(whole)).unwrap_or_default();
    u32::try_from(bp).unwrap_or(WHOLE_BP)
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// A share in per cent, as people write it.
fn percent(part: usize, whole: usize) -> String {
    let bp = share_bp(part, whole);
    format!("{}.{:02}", bp / 100, bp % 100).trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The value at so many basis points from below of values in order.
fn quantile(sorted: &[i128], bp: usize) -> Option<i128> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get(last * bp / 10_000).copied()
}

fn sorted(mut values: Vec<i128>) -> Vec<i128> {
    values.sort_unstable();
    values
}

impl Look<'_> {
    /// The figures of a component in every period; none if a period was closed under another curve of it.
    fn facts_of(&self, component: &Component) -> Option<Vec<(&PeriodFacts, usize, &ComponentFacts)>> {
        let mut found = Vec::with_capacity(self.periods.len());
        for period in &self.periods {
            let place = period.terms.rule.components.iter().position(|own| own == component)?;
            found.push((*period, place, period.components.get(place)?));
        }
        Some(found)
    }

    /// What is found of a component: one thing at most, the plainest first.
    fn component(&self, component: &Component) -> Option<Finding> {
        let facts = self.facts_of(component)?;
        let measured: usize = facts.iter().map(|(_, _, own)| own.points.len()).sum();
        let full: usize = facts.iter().map(|(_, _, own)| own.full).sum();
        if measured == 0 {
            return None;
        }
        let evidence = facts.iter().map(|(period, _, own)| {
            let numbers = [("lecturers", own.points.len()), ("reached", own.full)];
            PeriodFigures::of(period.period, numbers.map(|(name, number)| (name, number.to_string())))
        });
        let finding = |code: FindingCode, rule: Option<ScoringRule>, target: Option<String>| {
            let mut params = BTreeMap::from([
                ("metric".to_owned(), component.metric.to_string()),
                ("share".to_owned(), percent(full, measured)),
            ]);
            params.extend(target.map(|target| ("target".to_owned(), target)));
            let proposed = rule.as_ref().and_then(|rule| proposals::target_in(rule, &component.metric));
            params.extend(proposed.map(|proposed| ("proposed".to_owned(), proposed.to_string())));
            let subject = component.metric.to_string();
            Finding { code, subject, params, evidence: evidence.clone().collect(), rule, policies: None }
        };
        let target = proposals::target(&component.curve).map(|target| target.to_string());
        let each = |least: &dyn Fn(u32) -> bool| {
            facts.iter().all(|(_, _, own)| !own.points.is_empty() && least(share_bp(own.full, own.points.len())))
        };
        if each(&|share| share >= self.settings.easily_reached_bp) {
            let proposed = proposals::raised(self.rule, &component.metric);
            return Some(finding(FindingCode::MetricEasilyReached, proposed, target));
        }
        let values = sorted(facts.iter().flat_map(|(_, _, own)| own.values.iter().copied()).collect());
        if each(&|share| share <= self.settings.hardly_reached_bp) {
            // What the best fifth reach.
            let proposed = quantile(&values, 8_000).and_then(|at| proposals::lowered(self.rule, &component.metric, at));
            return Some(finding(FindingCode::MetricHardlyReached, proposed, target));
        }
        let spread = |own: &ComponentFacts| {
            let points = sorted(own.points.clone());
            quantile(&points, 9_000).zip(quantile(&points, 1_000)).map(|(high, low)| high - low)
        };
        let least = i128::from(self.settings.least_spread_points) * 10_000;
        if facts.iter().all(|(_, _, own)| spread(own).is_some_and(|spread| spread < least)) {
            return Some(finding(FindingCode::MetricWithoutSpread, None, None));
        }
        let no_effect = facts.iter().all(|(period, place, _)| !period.has_effect(*place));
        no_effect.then(|| finding(FindingCode::WeightWithoutEffect, None, None))
    }

    /// Items of the form that are low for most lecturers, and that do not count yet.
    fn items(&self) -> Vec<Finding> {
        let form = &self.rule.feedback.form;
        let least = i128::from(self.settings.item_low) * 1_000_000;
        let found = form.items.iter().filter_map(|item| {
            let metric = Metric::FeedbackItem(item.key.to_string());
            let counts_already = self.rule.components.iter().any(|own| own.metric == metric);
            let of = |period: &&PeriodFacts| {
                let means = period.items.get(item.key.as_str()).cloned().unwrap_or_default();
                let low = means.iter().filter(|mean| **mean < least).count();
                (period.period, low, means.len())
            };
            let seen: Vec<_> = self.periods.iter().map(of).collect();
            let is_low =
                |(_, low, all): &(_, usize, usize)| *all > 0 && share_bp(*low, *all) >= self.settings.item_low_share_bp;
            if counts_already || !seen.iter().all(is_low) {
                return None;
            }
            let (low, all) = seen.iter().fold((0, 0), |(low, all), own| (low + own.1, all + own.2));
            let evidence = seen.iter().map(|(period, low, all)| {
                PeriodFigures::of(*period, [("lecturers", all.to_string()), ("low", low.to_string())])
            });
            Some(Finding {
                code: FindingCode::ItemLow,
                subject: metric.to_string(),
                params: BTreeMap::from([
                    ("metric".to_owned(), metric.to_string()),
                    ("share".to_owned(), percent(low, all)),
                    ("target".to_owned(), self.settings.item_low.to_string()),
                ]),
                evidence: evidence.collect(),
                rule: proposals::with_item(self.rule, &metric),
                policies: None,
            })
        });
        found.collect()
    }

    /// A gate that nobody fails, or nearly everybody. One that only asks for a session is a guard and may never bite.
    fn gate(&self, place: usize) -> Option<Finding> {
        let gate = self.rule.gates.get(place)?;
        let is_guard = gate.metric == Metric::SessionCount && gate.at_least <= Decimal::from(1);
        let of = |period: &&PeriodFacts| {
            let place = period.terms.rule.gates.iter().position(|own| own == gate)?;
            Some((period.period, period.lecturers, period.gates.get(place)?.failed))
        };
        let seen: Vec<_> = self.periods.iter().map(of).collect::<Option<_>>()?;
        let shares: Vec<u32> = seen.iter().map(|(_, all, failed)| share_bp(*failed, *all)).collect();
        let code = if shares.iter().all(|share| *share == 0) && !is_guard {
            FindingCode::GateNeverBites
        } else if shares.iter().all(|share| *share >= self.settings.gate_always_bp) {
            FindingCode::GateAlwaysBites
        } else {
            return None;
        };
        let (all, failed) = seen.iter().fold((0, 0), |(all, failed), own| (all + own.1, failed + own.2));
        let evidence = seen.iter().map(|(period, all, failed)| {
            PeriodFigures::of(*period, [("lecturers", all.to_string()), ("failed", failed.to_string())])
        });
        Some(Finding {
            code,
            subject: format!("{} {}", gate.metric, gate.at_least),
            params: BTreeMap::from([
                ("metric".to_owned(), gate.metric.to_string()),
                ("target".to_owned(), gate.at_least.to_string()),
                ("share".to_owned(), percent(failed, all)),
            ]),
            evidence: evidence.collect(),
            rule: (code == FindingCode::GateNeverBites).then(|| proposals::without_gate(self.rule, place)),
            policies: None,
        })
    }

    /// Contests in which a place could be won among fewer contenders than the settings ask for.
    fn contests(&self, policies: &RewardPolicySet) -> Vec<Finding> {
        let found = policies.policies.iter().filter_map(|policy| {
            let RewardPolicy::TopN(contest) = policy else { return None };
            let asked = contest.min_contenders.unwrap_or(1);
            if asked >= self.settings.least_contenders {
                return None;
            }
            let fewest = |period: &&PeriodFacts| {
                let own = period.contenders.iter().filter(|((code, _), _)| *code == *contest.code);
                let fewest = own.map(|(_, count)| *count).filter(|count| wide(*count) >= u64::from(asked)).min()?;
                (wide(fewest) < u64::from(self.settings.least_contenders)).then_some((period.period, fewest))
            };
            let seen: Vec<_> = self.periods.iter().filter_map(fewest).collect();
            let fewest = seen.iter().map(|(_, fewest)| *fewest).min()?;
            let evidence =
                seen.iter().map(|(period, fewest)| PeriodFigures::of(*period, [("contenders", fewest.to_string())]));
            Some(Finding {
                code: FindingCode::FewContenders,
                subject: contest.code.to_string(),
                params: BTreeMap::from([
                    ("policy".to_owned(), contest.code.to_string()),
                    ("target".to_owned(), fewest.to_string()),
                    ("proposed".to_owned(), self.settings.least_contenders.to_string()),
                ]),
                evidence: evidence.collect(),
                rule: None,
                policies: Some(proposals::with_contenders(policies, &contest.code, self.settings.least_contenders)),
            })
        });
        found.collect()
    }

    /// A budget that every period used up, or none nearly.
    fn budget(&self, policies: &RewardPolicySet) -> Option<Finding> {
        let budget = policies.budget_minor.filter(|budget| *budget > 0)?;
        let same = self.periods.iter().all(|period| period.terms.policies.budget_minor == Some(budget));
        let greatest = self.periods.iter().map(|period| period.granted_minor).max().filter(|_| same)?;
        let limit = i128::from(budget) * i128::from(self.settings.budget_unused_bp);
        let code = if self.periods.iter().all(|period| period.granted_minor >= budget) {
            FindingCode::BudgetAlwaysUsed
        } else if i128::from(greatest) * i128::from(WHOLE_BP) < limit {
            FindingCode::BudgetNeverUsed
        } else {
            return None;
        };
        let evidence = self.periods.iter().map(|period| {
            let figures = [("granted_minor", period.granted_minor.to_string()), ("budget_minor", budget.to_string())];
            PeriodFigures::of(period.period, figures)
        });
        let proposed = proposals::budget(budget, greatest, code);
        Some(Finding {
            code,
            subject: "budget".to_owned(),
            params: BTreeMap::from([
                ("target".to_owned(), budget.to_string()),
                ("proposed".to_owned(), proposed.to_string()),
            ]),
            evidence: evidence.collect(),
            rule: None,
            policies: Some(RewardPolicySet { budget_minor: Some(proposed), ..policies.clone() }),
        })
    }
}
