//! Ranks on a board: by score, highest first. Equal scores share a rank; name, id or order never separates them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Score;
use super::rule::RankStyle;
use crate::kernel::scope::Scope;

/// One lecturer on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contender {
    pub department_id: Option<Uuid>,
    /// None if not rated; then on no board.
    pub score: Option<Score>,
}

/// A rank and the number of rated lecturers on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub rank: u32,
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub ranked_of: u32,
}

/// The standing of each contender, in the same order; none if not rated.
///
/// In scope `department`, every department has a board of its own, and all those without a department share one.
#[must_use]
pub fn rank(contenders: &[Contender], scope: Scope, style: RankStyle) -> Vec<Option<Standing>> {
    let mut boards: BTreeMap<Option<Uuid>, BTreeMap<Score, u32>> = BTreeMap::new();
    for contender in contenders {
        if let Some(score) = contender.score {
            *boards.entry(board_of(contender, scope)).or_default().entry(score).or_default() += 1;
        }
    }
    let standings: BTreeMap<Option<Uuid>, BTreeMap<Score, Standing>> =
        boards.iter().map(|(board, tally)| (*board, standings_of_scores(tally, style))).collect();
    let standing = |contender: &Contender| standings.get(&board_of(contender, scope))?.get(&contender.score?).copied();
    contenders.iter().map(standing).collect()
}

fn board_of(contender: &Contender, scope: Scope) -> Option<Uuid> {
    match scope {
        Scope::Programme => None,
        Scope::Department => contender.department_id,
    }
}

/// The standing for each score of one board, from the number of lecturers with that score.
fn standings_of_scores(tally: &BTreeMap<Score, u32>, style: RankStyle) -> BTreeMap<Score, Standing> {
    let ranked_of = tally.values().sum();
    let mut rank = 1;
    let best_first = tally.iter().rev();
    best_first
        .map(|(score, people)| {
            let standing = Standing { rank, ranked_of };
            rank += match style {
                RankStyle::Competition => *people,
                RankStyle::Dense => 1,
            };
            (*score, standing)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contender(department: Option<u128>, score: &str) -> Contender {
        Contender { department_id: department.map(Uuid::from_u128), score: score.parse().ok() }
    }

    fn ranks(contenders: &[Contender], scope: Scope, style: RankStyle) -> Vec<Option<(u32, u32)>> {
        rank(contenders, scope, style).into_iter().map(|standing| standing.map(|s| (s.rank, s.ranked_of))).collect()
    }

    #[test]
    fn equal_scores_share_a_rank() {
        let board = [
            contender(None, "70"),
            contender(None, "90"),
            contender(None, "80"),
            contender(None, "80.00"),
            contender(None, "-"),
        ];
        let competition = ranks(&board, Scope::Programme, RankStyle::Competition);
        assert_eq!(competition, [Some((4, 4)), Some((1, 4)), Some((2, 4)), Some((2, 4)), None]);
        let dense = ranks(&board, Scope::Programme, RankStyle::Dense);
        assert_eq!(dense, [Some((3, 4)), Some((1, 4)), Some((2, 4)), Some((2, 4)), None]);
    }

    #[test]
    fn each_department_has_its_board_and_so_have_those_without_one() {
        let board = [
            contender(Some(1), "50"),
            contender(Some(1), "60"),
            contender(None, "10"),
            contender(None, "20"),
            contender(Some(2), "1"),
        ];
        let found = ranks(&board, Scope::Department, RankStyle::Competition);
        assert_eq!(found, [Some((2, 2)), Some((1, 2)), Some((2, 2)), Some((1, 2)), Some((1, 1))]);
    }

    fn any_board() -> impl Strategy<Value = Vec<Contender>> {
        let score = proptest::option::weighted(0.8, 0..8_u32);
        let one = (proptest::option::of(0..3_u128), score).prop_map(|(department, score)| Contender {
            department_id: department.map(Uuid::from_u128),
            score: score.map(|s| s.to_string().parse().unwrap()),
        });
        proptest::collection::vec(one, 0..40)
    }

    proptest! {
        /// A competition rank is one more than the number of people with a better score on the board; a dense rank is one more
        /// than the number of better scores.
        #[test]
        fn a_rank_counts_who_is_better(board in any_board(), by_department: bool) {
            let scope = if by_department { Scope::Department } else { Scope::Programme };
            let competition = rank(&board, scope, RankStyle::Competition);
            let dense = rank(&board, scope, RankStyle::Dense);
            for (i, me) in board.iter().enumerate() {
                let Some(mine) = me.score else {
                    prop_assert_eq!((competition[i], dense[i]), (None, None));
                    continue;
                };
                let same_board = |other: &&Contender| !by_department || other.department_id == me.department_id;
                let scores: Vec<Score> = board.iter().filter(same_board).filter_map(|other| other.score).collect();
                let mut better: Vec<Score> = scores.iter().copied().filter(|score| *score > mine).collect();
                let ranked_of = u32::try_from(scores.len()).unwrap();
                let people = u32::try_from(better.len()).unwrap();
                prop_assert_eq!(competition[i], Some(Standing { rank: people + 1, ranked_of }));
                better.sort();
                better.dedup();
                let distinct = u32::try_from(better.len()).unwrap();
                prop_assert_eq!(dense[i], Some(Standing { rank: distinct + 1, ranked_of }));
            }
        }

        #[test]
        fn the_order_of_the_people_changes_nothing(board in any_board()) {
            let mut forwards = rank(&board, Scope::Department, RankStyle::Competition);
            let reversed: Vec<Contender> = board.iter().rev().copied().collect();
            let backwards = rank(&reversed, Scope::Department, RankStyle::Competition);
            forwards.reverse();
            prop_assert_eq!(forwards, backwards);
        }
    }
}
