//! Findings over the last closed periods. Pure.

use std::collections::BTreeMap;

use super::dto::{AdviceSettings, PeriodFigures};
use super::facts::{ComponentFacts, GateFacts, PeriodFacts};
use super::proposals::{self, Proposed, in_percent};
use super::words::FindingCode;
use crate::kernel::decimal::Decimal;
use crate::kernel::period::Period;
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

impl Finding {
    /// Without a proposal.
    fn new<const N: usize>(
        code: FindingCode,
        subject: String,
        params: [(&str, String); N],
        evidence: impl Iterator<Item = PeriodFigures>,
    ) -> Self {
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { code, subject, params, evidence: evidence.collect(), rule: None, policies: None }
    }

    /// With another rule, where there is one.
    fn proposing(mut self, proposed: Option<Proposed>) -> Self {
        if let Some(Proposed { rule, said }) = proposed {
            self.params.extend(said.into_iter().map(|(name, value)| (name.to_owned(), value)));
            self.rule = Some(rule);
        }
        self
    }
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
    in_percent(share_bp(part, whole))
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
        let (code, proposed) = self.code_of(component, &facts)?;
        let evidence = facts.iter().map(|(period, _, own)| {
            let numbers = [("lecturers", own.points.len()), ("reached", own.full)];
            PeriodFigures::of(period.period, numbers.map(|(name, number)| (name, number.to_string())))
        });
        let target = proposals::target(&component.curve).unwrap_or_default().to_string();
        let metric = component.metric.to_string();
        let params = [("metric", metric.clone()), ("share", percent(full, measured)), ("target", target)];
        Some(Finding::new(code, metric, params, evidence).proposing(proposed))
    }

    /// What the figures of a component say, and what is proposed instead.
    fn code_of(
        &self,
        component: &Component,
        facts: &[(&PeriodFacts, usize, &ComponentFacts)],
    ) -> Option<(FindingCode, Option<Proposed>)> {
        let (rule, metric) = (self.rule, &component.metric);
        let each = |least: &dyn Fn(u32) -> bool| {
            facts.iter().all(|(_, _, own)| !own.points.is_empty() && least(share_bp(own.full, own.points.len())))
        };
        if each(&|share| share >= self.settings.easily_reached_bp) {
            // Where the target is as high as it can be, it earns too much for what nearly everybody does.
            let proposed = proposals::raised(rule, metric).or_else(|| proposals::lighter(rule, metric));
            return Some((FindingCode::MetricEasilyReached, proposed));
        }
        let values = sorted(facts.iter().flat_map(|(_, _, own)| own.values.iter().copied()).collect());
        let between = |part: usize| quantile(&values, part).zip(quantile(&values, 10_000 - part));
        if each(&|share| share <= self.settings.hardly_reached_bp) {
            let proposed = between(2_000).and_then(|fifths| proposals::eased(rule, metric, fifths));
            return Some((FindingCode::MetricHardlyReached, proposed));
        }
        let spread = |own: &ComponentFacts| {
            let points = sorted(own.points.clone());
            quantile(&points, 9_000).zip(quantile(&points, 1_000)).map(|(high, low)| high - low)
        };
        let least = i128::from(self.settings.least_spread_points) * 10_000;
        if facts.iter().all(|(_, _, own)| spread(own).is_some_and(|spread| spread < least)) {
            let proposed = between(1_000).and_then(|middle| proposals::spread_out(rule, metric, middle));
            return Some((FindingCode::MetricWithoutSpread, proposed.or_else(|| proposals::without(rule, metric))));
        }
        let no_effect = facts.iter().all(|(period, place, _)| !period.has_effect(*place));
        no_effect.then(|| (FindingCode::WeightWithoutEffect, proposals::without(rule, metric)))
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
            let params = [
                ("metric", metric.to_string()),
                ("share", percent(low, all)),
                ("target", self.settings.item_low.to_string()),
            ];
            let finding = Finding::new(FindingCode::ItemLow, metric.to_string(), params, evidence);
            Some(finding.proposing(proposals::with_item(self.rule, &metric)))
        });
        found.collect()
    }

    /// A gate that nobody fails, or nearly everybody. One that only asks for a session is a guard and may never bite.
    fn gate(&self, place: usize) -> Option<Finding> {
        let gate = self.rule.gates.get(place)?;
        let is_guard = gate.metric == Metric::SessionCount && gate.at_least <= Decimal::from(1);
        let of_periods = self.periods.iter().map(|period| {
            let at = period.terms.rule.gates.iter().position(|own| own == gate)?;
            Some((period.period, period.lecturers, period.gates.get(at)?))
        });
        let seen: Vec<(Period, usize, &GateFacts)> = of_periods.collect::<Option<_>>()?;
        let shares: Vec<u32> = seen.iter().map(|(_, all, own)| share_bp(own.failed, *all)).collect();
        let (code, proposed) = if shares.iter().all(|share| *share == 0) && !is_guard {
            (FindingCode::GateNeverBites, proposals::without_gate(self.rule, place))
        } else if shares.iter().all(|share| *share >= self.settings.gate_always_bp) {
            let values = sorted(seen.iter().flat_map(|(_, _, own)| own.values.iter().copied()).collect());
            let half = quantile(&values, 5_000);
            (FindingCode::GateAlwaysBites, half.and_then(|half| proposals::eased_gate(self.rule, place, half)))
        } else {
            return None;
        };
        let (all, failed) = seen.iter().fold((0, 0), |(all, failed), own| (all + own.1, failed + own.2.failed));
        let evidence = seen.iter().map(|(period, all, own)| {
            PeriodFigures::of(*period, [("lecturers", all.to_string()), ("failed", own.failed.to_string())])
        });
        let params = [
            ("metric", gate.metric.to_string()),
            ("target", gate.at_least.to_string()),
            ("share", percent(failed, all)),
        ];
        let subject = format!("{} {}", gate.metric, gate.at_least);
        Some(Finding::new(code, subject, params, evidence).proposing(proposed))
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
            let least = self.settings.least_contenders;
            let code = contest.code.to_string();
            let params = [("policy", code.clone()), ("target", fewest.to_string()), ("proposed", least.to_string())];
            let finding = Finding::new(FindingCode::FewContenders, code, params, evidence);
            Some(Finding { policies: Some(proposals::with_contenders(policies, &contest.code, least)), ..finding })
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
        let params = [("target", budget.to_string()), ("proposed", proposed.to_string())];
        let finding = Finding::new(code, "budget".to_owned(), params, evidence);
        Some(Finding {
            policies: Some(RewardPolicySet { budget_minor: Some(proposed), ..policies.clone() }),
            ..finding
        })
    }
}
