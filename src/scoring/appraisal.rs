//! A whole population: all scorecards, and the ranks among them.

use super::inputs::LecturerInputs;
use super::rank::{Contender, Standing, rank};
use super::rule::ScoringRule;
use super::rules::score;
use super::scorecard::Scorecard;

/// The scorecard of each lecturer and, if rated, the standing, in the same order. `inputs` must be the whole population, because
/// a rank is among all of them. `min_ratings`: how many ratings a lecturer needs before there is a rating, whatever the rule says.
#[must_use]
pub fn appraise(rule: &ScoringRule, min_ratings: u32, inputs: &[LecturerInputs]) -> Vec<(Scorecard, Option<Standing>)> {
    let rule = &rule.needing_ratings(min_ratings);
    let cards: Vec<Scorecard> = inputs.iter().map(|own| score(rule, own)).collect();
    let contenders: Vec<Contender> = inputs
        .iter()
        .zip(&cards)
        .map(|(own, card)| Contender { department_id: own.department_id(), score: card.score })
        .collect();
    let standings = rank(&contenders, rule.rank_scope, rule.rank_style);
    cards.into_iter().zip(standings).collect()
}
