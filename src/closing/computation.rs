//! Everything that follows from the inputs of a period: pure, and the same for the close, every replay and the comparison with late
//! facts.
//!
//! Ranks, rewards and which ratings may be shown apart depend on everybody. So lecturers are scored one by one ([`Draft`]), of each
//! only a row of what the others' results depend on is kept, and the rest follows when all are there ([`Settled`]).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::money::Currency;
use crate::kernel::period::Period;
use crate::programmes::ProgrammeState;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::rewards::entitlement::{Asked, Participant};
use crate::rewards::rules::{RewardDecision, RewardLine, evaluate};
use crate::scoring::RatedSessions;
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::rank::{Contender, Standing, rank};
use crate::scoring::rule::ScoringRule;
use crate::scoring::rules::score;
use crate::scoring::scorecard::Scorecard;

/// The programme's settings that a close freezes, so that a replay needs nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenSettings {
    /// The edition of the calculation that made the snapshot. Snapshots from before it was kept are of the first.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub edition: u32,
    pub period: Period,
    /// A pilot is scored but grants nothing.
    pub programme_state: ProgrammeState,
    pub time_zone: String,
    pub currency: Currency,
    /// The tenant's grades, best first.
    pub grade_order: Vec<String>,
    /// How many ratings a lecturer needs before there is a rating, whatever the rule says. Snapshots from before this was kept
    /// need one.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub min_ratings: u32,
    /// For a restatement: the budget to which two people have raised that of the policies since the close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised_budget_minor: Option<i64>,
}

fn one() -> u32 {
    1
}

/// Whether it is what holds where nothing is written.
#[must_use]
pub fn is_one(number: &u32) -> bool {
    *number == 1
}

/// Everything besides the inputs that a result depends on.
#[derive(Debug, Clone)]
pub struct Terms {
    pub settings: FrozenSettings,
    pub rule: ScoringRule,
    /// None are in force, or the programme is a pilot: a set without policies.
    pub policies: RewardPolicySet,
}

/// The lecturers scored so far.
#[derive(Debug)]
pub struct Draft {
    terms: Arc<Terms>,
    /// The rule, with the ratings that the settings ask for.
    rule: ScoringRule,
    asked: Asked,
    participants: Vec<Participant>,
    rated: RatedSessions,
}

impl Draft {
    #[must_use]
    pub fn new(terms: Arc<Terms>) -> Self {
        let rule = terms.rule.needing_ratings(terms.settings.min_ratings);
        let asked = Asked::by(&terms.policies, &rule, terms.settings.min_ratings);
        Self { terms, rule, asked, participants: Vec::new(), rated: RatedSessions::default() }
    }

    /// A lecturer's card.
    #[must_use]
    pub fn score(&self, inputs: &LecturerInputs) -> Scorecard {
        score(&self.rule, inputs)
    }

    /// Scores a lecturer.
    pub fn add(&mut self, inputs: &LecturerInputs) -> Scorecard {
        let card = self.score(inputs);
        self.put(inputs, &card);
        card
    }

    /// Adds a lecturer whose card is known already.
    pub fn put(&mut self, inputs: &LecturerInputs, card: &Scorecard) {
        self.participants.push(Participant::new(inputs, card, &self.asked));
        self.rated.add(inputs);
    }

    /// The results. Everybody must have been added.
    #[must_use]
    pub fn settle(self) -> Settled {
        let Self { terms, rule, participants, rated, .. } = self;
        let contender = |own: &Participant| Contender { department_id: own.department_id, score: own.score };
        let contenders: Vec<Contender> = participants.iter().map(contender).collect();
        let standings = rank(&contenders, rule.rank_scope, rule.rank_style);
        let policies = &terms.policies;
        let rewards = evaluate(policies, &terms.settings.grade_order, &participants, &policies.limits());
        Settled {
            standings,
            lines: by_employee(rewards.lines, |line| line.employee_id),
            decisions: by_employee(rewards.decisions, |decision| decision.employee_id),
            apart: rated.standing_apart(terms.settings.min_ratings),
            granted_minor: rewards.granted_minor,
            participants,
            terms,
        }
    }
}

fn by_employee<T>(all: Vec<T>, of: impl Fn(&T) -> Uuid) -> BTreeMap<Uuid, Vec<T>> {
    let mut own: BTreeMap<Uuid, Vec<T>> = BTreeMap::new();
    for one in all {
        own.entry(of(&one)).or_default().push(one);
    }
    own
}

/// What follows for everybody.
#[derive(Debug)]
pub struct Settled {
    pub terms: Arc<Terms>,
    /// In the order in which they were added.
    participants: Vec<Participant>,
    standings: Vec<Option<Standing>>,
    lines: BTreeMap<Uuid, Vec<RewardLine>>,
    decisions: BTreeMap<Uuid, Vec<RewardDecision>>,
    apart: BTreeSet<Uuid>,
    /// In minor units of the programme's currency.
    pub granted_minor: i64,
}

/// A grade, in the order of the company, best first; that there is none comes last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GradePlace(bool, usize, pub Option<String>);

/// One lecturer's results, besides the card.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    pub own: &'a Participant,
    pub standing: Option<Standing>,
    pub lines: &'a [RewardLine],
    pub decisions: &'a [RewardDecision],
}

impl Settled {
    /// The results in the order in which the lecturers were added, without the first ones.
    pub fn outcomes(&self, skipped: usize) -> impl Iterator<Item = Outcome<'_>> {
        let standings = self.standings.iter().skip(skipped);
        self.participants.iter().skip(skipped).zip(standings).map(|(own, standing)| Outcome {
            own,
            standing: *standing,
            lines: self.lines.get(&own.employee_id).map(Vec::as_slice).unwrap_or_default(),
            decisions: self.decisions.get(&own.employee_id).map(Vec::as_slice).unwrap_or_default(),
        })
    }

    /// The rated lecturers with their grades.
    #[must_use]
    pub fn graded(&self) -> Vec<(Uuid, &str)> {
        let rated = self.participants.iter().filter(|own| own.is_rated);
        rated.filter_map(|own| Some((own.employee_id, own.grade.as_deref()?))).collect()
    }

    #[must_use]
    pub fn lecturer_count(&self) -> usize {
        self.participants.len()
    }

    #[must_use]
    pub fn rated_count(&self) -> usize {
        self.participants.iter().filter(|own| own.is_rated).count()
    }

    /// How many have each grade.
    #[must_use]
    pub fn by_grade(&self) -> BTreeMap<GradePlace, usize> {
        let order = &self.terms.settings.grade_order;
        let mut counts = BTreeMap::new();
        for own in &self.participants {
            let place = own.grade.as_ref().and_then(|grade| order.iter().position(|known| known == grade));
            let place = place.unwrap_or(order.len());
            *counts.entry(GradePlace(own.grade.is_none(), place, own.grade.clone())).or_default() += 1;
        }
        counts
    }

    /// What each policy grants, by its code: the sum in minor units, and to how many.
    #[must_use]
    pub fn by_policy(&self) -> BTreeMap<&str, (i64, usize)> {
        let mut sums: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
        for lines in self.lines.values() {
            let mut own: BTreeSet<&str> = BTreeSet::new();
            for line in lines {
                let (sum, count) = sums.entry(line.policy.as_str()).or_default();
                *sum += line.award.amount_minor();
                // A fee has a line for each session.
                *count += usize::from(own.insert(&line.policy));
            }
        }
        sums
    }

    /// Those of the sessions whose ratings may be shown apart.
    #[must_use]
    pub fn apart_of(&self, sessions: &[Uuid]) -> Vec<Uuid> {
        sessions.iter().filter(|session| self.apart.contains(*session)).copied().collect()
    }
}
