//! A whole population: all scorecards, and the ranks among them.

use super::inputs::LecturerInputs;
use super::rank::{Contender, Standing, rank};
use super::rule::ScoringRule;
use super::rules::score;
use super::scorecard::Scorecard;
use crate::kernel::scope::Scope;
use crate::programmes::Programme;

/// The programme's settings that a result depends on, besides the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppraisalTerms {
    /// Who is ranked together.
    pub rank_scope: Scope,
    /// Weight of the score in the overall appraisal, in basis points.
    pub appraisal_weight_bp: u32,
    /// How many ratings a lecturer needs before there is a rating, whatever the rule says.
    pub min_ratings: u32,
}

impl From<&Programme> for AppraisalTerms {
    fn from(programme: &Programme) -> Self {
        Self {
            rank_scope: programme.rank_scope,
            appraisal_weight_bp: u32::try_from(programme.appraisal_weight_bp).unwrap_or_default(),
            min_ratings: programme.min_ratings(),
        }
    }
}

/// The scorecard of each lecturer and, if rated, the standing, in the same order. `inputs` must be the whole population, because
/// a rank is among all of them.
#[must_use]
pub fn appraise(
    rule: &ScoringRule,
    terms: &AppraisalTerms,
    inputs: &[LecturerInputs],
) -> Vec<(Scorecard, Option<Standing>)> {
    let rule = &rule.needing_ratings(terms.min_ratings);
    let cards: Vec<Scorecard> = inputs.iter().map(|own| score(rule, own, terms.appraisal_weight_bp)).collect();
    let contenders: Vec<Contender> = inputs
        .iter()
        .zip(&cards)
        .map(|(own, card)| Contender { department_id: own.department_id(), score: card.score })
        .collect();
    let standings = rank(&contenders, terms.rank_scope, rule.rank_style);
    cards.into_iter().zip(standings).collect()
}
