//! What one closed period says: figures added up over its lecturers. Pure.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use uuid::Uuid;

use crate::closing::computation::Terms;
use crate::kernel::fixed::Fixed;
use crate::kernel::period::Period;
use crate::kernel::scope::Scope;
use crate::programmes::documents::metric::Metric;
use crate::programmes::documents::policy::{Criterion, RewardPolicy, TopN};
use crate::programmes::documents::rule::ScoringRule;
use crate::scoring::Score;
use crate::scoring::inputs::Days;
use crate::scoring::rules::score_measured;
use crate::scoring::scorecard::Scorecard;

/// Points that are full, in units of 10^-4.
const FULL: i128 = 1_000_000;

/// The figures of a period.
#[derive(Debug)]
pub struct PeriodFacts {
    pub period: Period,
    pub terms: Terms,
    /// What the policies granted, in minor units.
    pub granted_minor: i64,
    /// Rated lecturers.
    pub lecturers: usize,
    /// By the place of the component in the rule.
    pub components: Vec<ComponentFacts>,
    /// By the place of the gate in the rule.
    pub gates: Vec<GateFacts>,
    /// Means of lecturers, in units of 10^-6, by the key of the item.
    pub items: BTreeMap<String, Vec<i128>>,
    /// By the code of the contest and its board: how many could win.
    pub contenders: BTreeMap<(String, Option<Uuid>), usize>,
    /// The rule without one of its components each, as long as nothing is known to depend on it.
    without: Vec<ScoringRule>,
    results: Vec<Vec<Compared>>,
    grade_moves: Vec<bool>,
}

/// Of a component: values in units of 10^-6, points in units of 10^-4. Missing ones are left out.
#[derive(Debug, Default)]
pub struct ComponentFacts {
    pub values: Vec<i128>,
    pub points: Vec<i128>,
    pub full: usize,
}

#[derive(Debug, Default)]
pub struct GateFacts {
    /// Values in units of 10^-6; missing ones are left out.
    pub values: Vec<i128>,
    pub failed: usize,
}

/// A score, with the whole rule and without a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Compared {
    board: Option<Uuid>,
    whole: Option<Score>,
    without: Option<Score>,
}

impl PeriodFacts {
    #[must_use]
    pub fn new(period: Period, terms: Terms, granted_minor: i64) -> Self {
        let rule = &terms.rule;
        let count = rule.components.len();
        let without = (0..count).map(|i| without_component(rule, i)).collect();
        Self {
            period,
            granted_minor,
            lecturers: 0,
            components: rule.components.iter().map(|_| ComponentFacts::default()).collect(),
            gates: rule.gates.iter().map(|_| GateFacts::default()).collect(),
            items: BTreeMap::new(),
            contenders: BTreeMap::new(),
            without,
            results: vec![Vec::new(); count],
            grade_moves: vec![false; count],
            terms,
        }
    }

    /// With a rated lecturer of this department.
    pub fn add(&mut self, department: Option<Uuid>, card: &Scorecard) {
        self.lecturers += 1;
        for (facts, own) in self.components.iter_mut().zip(&card.components) {
            facts.values.extend(own.value.map(Fixed::units));
            if let Some(points) = own.points.filter(|_| own.value.is_some()) {
                facts.points.push(points.units());
                facts.full += usize::from(points.units() >= FULL);
            }
        }
        for (facts, own) in self.gates.iter_mut().zip(&card.gates) {
            facts.values.extend(own.value.map(Fixed::units));
            facts.failed += usize::from(!own.passed);
        }
        for (metric, measured) in card.metrics.iter() {
            if let (Metric::FeedbackItem(key), Some(value)) = (metric, measured.value) {
                self.items.entry(key.clone()).or_default().push(value.units());
            }
        }
        self.add_contender(department, card);
        self.compare(department, card);
    }

    fn add_contender(&mut self, department: Option<Uuid>, card: &Scorecard) {
        for policy in &self.terms.policies.policies {
            let RewardPolicy::TopN(contest) = policy else { continue };
            let board = match contest.scope {
                Scope::Programme => None,
                Scope::Department => department,
            };
            let is_on_board = contest.scope == Scope::Programme || department.is_some();
            if is_on_board && can_win(contest, card) {
                *self.contenders.entry((contest.code.to_string(), board)).or_default() += 1;
            }
        }
    }

    /// Notes what each component alone makes of the score and the grade.
    fn compare(&mut self, department: Option<Uuid>, card: &Scorecard) {
        let Some(all) = NonZeroU32::new(card.days) else { return };
        let days = Days { all, exempt: card.exempt_days };
        let board = match self.terms.rule.rank_scope {
            Scope::Programme => None,
            Scope::Department => department,
        };
        for (i, rule) in self.without.iter().enumerate() {
            let other = score_measured(rule, card.metrics.clone(), days);
            if let Some(moves) = self.grade_moves.get_mut(i) {
                *moves |= other.grade != card.grade;
            }
            if let Some(results) = self.results.get_mut(i) {
                results.push(Compared { board, whole: card.score, without: other.score });
            }
        }
    }

    /// Whether leaving the component out would move anybody's grade or rank.
    #[must_use]
    pub fn has_effect(&self, component: usize) -> bool {
        let moves = self.grade_moves.get(component).copied().unwrap_or(true);
        let Some(results) = self.results.get(component).filter(|_| !moves) else { return true };
        let mut sorted = results.clone();
        sorted.sort();
        sorted.windows(2).any(|pair| match pair {
            [a, b] if a.board == b.board => a.whole.cmp(&b.whole) != a.without.cmp(&b.without),
            _ => false,
        })
    }
}

/// The rule without a component; what is left counts by its weights.
fn without_component(rule: &ScoringRule, component: usize) -> ScoringRule {
    let mut rule = rule.clone();
    rule.components.remove(component);
    rule.min_weight_present_bp = 0;
    rule
}

/// Whether a rated lecturer takes part in the contest: with a value above 0, and enough facts.
fn can_win(contest: &TopN, card: &Scorecard) -> bool {
    let least = contest.min_value.unwrap_or_default().to_ratio();
    match &contest.metric {
        Criterion::Score => card.score.is_some_and(|score| score > Score::ZERO && score.to_ratio() >= least),
        Criterion::Metric(metric) => {
            let measured = card.metrics.get(metric);
            let enough = measured.n >= contest.min_n.map_or(0, u64::from);
            enough && measured.value.is_some_and(|value| value.units() > 0 && value.to_ratio() >= least)
        }
    }
}
