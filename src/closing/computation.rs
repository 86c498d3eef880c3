//! Everything that follows from the frozen inputs of a period: a pure function, used by the close and by every replay.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::canonical::{CanonicalWriter, LecturerResult, PeriodTerms, ProgrammeTerms, Sha256Writer};
use crate::kernel::money::Currency;
use crate::kernel::period::Period;
use crate::programmes::ProgrammeState;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::rewards::entitlement::Participant;
use crate::rewards::rules::{RewardDecision, RewardLine, evaluate};
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::rank::Standing;
use crate::scoring::rule::ScoringRule;
use crate::scoring::scorecard::Scorecard;
use crate::scoring::{appraise, standing_apart};

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
    /// None if there are no policies, or if the programme is a pilot.
    pub policies: Option<RewardPolicySet>,
}

/// One lecturer's results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LecturerOutcome {
    pub inputs: LecturerInputs,
    pub card: Scorecard,
    pub standing: Option<Standing>,
    pub lines: Vec<RewardLine>,
    pub decisions: Vec<RewardDecision>,
    /// The lecturer's sessions whose ratings may be shown apart.
    pub apart: Vec<Uuid>,
}

/// The results of a period, its lecturers ordered by employee number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computation {
    pub lecturers: Vec<LecturerOutcome>,
    /// In minor units of the programme's currency.
    pub granted_minor: i64,
    /// SHA-256 of the canonical form.
    pub digest: String,
}

impl Computation {
    #[must_use]
    pub fn rated_count(&self) -> usize {
        self.lecturers.iter().filter(|lecturer| lecturer.card.is_rated()).count()
    }
}

/// Computes scores, ranks, rewards and the digest. `inputs` must be the whole population, in any order.
///
/// # Errors
/// Only if a part cannot be written as JSON, which never happens for a valid part.
pub fn compute(terms: &Terms, inputs: Vec<LecturerInputs>) -> io::Result<Computation> {
    let (lecturers, granted_minor) = outcomes(terms, inputs);
    let digest = digest(terms, &lecturers)?;
    Ok(Computation { lecturers, granted_minor, digest })
}

/// The same without the digest: the lecturers ordered by employee number, and what is granted in minor units.
pub fn outcomes(terms: &Terms, mut inputs: Vec<LecturerInputs>) -> (Vec<LecturerOutcome>, i64) {
    inputs.sort_by(|a, b| (&a.employee_number, a.employee_id).cmp(&(&b.employee_number, b.employee_id)));
    let settings = &terms.settings;
    let results = appraise(&terms.rule, settings.min_ratings, &inputs);
    let participants: Vec<Participant<'_>> = inputs.iter().zip(&results).map(participant).collect();
    let none = RewardPolicySet::default();
    let policies = terms.policies.as_ref().unwrap_or(&none);
    let rewards = evaluate(policies, &settings.grade_order, &participants, &policies.limits());
    let apart = standing_apart(&inputs, settings.min_ratings);
    let mut lines = by_employee(rewards.lines, |line| line.employee_id);
    let mut decisions = by_employee(rewards.decisions, |decision| decision.employee_id);
    let lecturers = inputs
        .into_iter()
        .zip(results)
        .map(|(inputs, (card, standing))| LecturerOutcome {
            lines: lines.remove(&inputs.employee_id).unwrap_or_default(),
            decisions: decisions.remove(&inputs.employee_id).unwrap_or_default(),
            apart: inputs.sessions.iter().map(|own| own.session_id).filter(|id| apart.contains(id)).collect(),
            inputs,
            card,
            standing,
        })
        .collect();
    (lecturers, rewards.granted_minor)
}

fn participant<'a>((inputs, (card, _)): (&'a LecturerInputs, &'a (Scorecard, Option<Standing>))) -> Participant<'a> {
    Participant {
        employee_id: inputs.employee_id,
        employee_number: &inputs.employee_number,
        department_id: inputs.department_id(),
        card,
    }
}

fn by_employee<T>(all: Vec<T>, of: impl Fn(&T) -> Uuid) -> BTreeMap<Uuid, Vec<T>> {
    let mut own: BTreeMap<Uuid, Vec<T>> = BTreeMap::new();
    for one in all {
        own.entry(of(&one)).or_default().push(one);
    }
    own
}

fn digest(terms: &Terms, lecturers: &[LecturerOutcome]) -> io::Result<String> {
    let settings = &terms.settings;
    let none = RewardPolicySet::default();
    let policies = terms.policies.as_ref().unwrap_or(&none);
    let mut writer = CanonicalWriter::new(Sha256Writer::default());
    for lecturer in lecturers {
        writer.write_lecturer(&LecturerResult {
            inputs: &lecturer.inputs,
            card: &lecturer.card,
            standing: lecturer.standing,
            rewards: &lecturer.lines,
            decisions: &lecturer.decisions,
        })?;
    }
    let programme = ProgrammeTerms { currency: settings.currency, min_ratings: settings.min_ratings };
    let rule = terms.rule.without_ids();
    let (edition, period) = (settings.edition, settings.period);
    let period = PeriodTerms { edition, period, policies, programme, rule: &rule };
    Ok(writer.finish(&period)?.finish())
}
