//! What a score means on a stored board: its place, and the ranks of those who follow each other.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Integer, Uuid as SqlUuid};
use uuid::Uuid;

use super::stored_board::Lecturer;
use crate::error::{Error, Result};
use crate::kernel::ratio::Ratio;
use crate::scoring::Score;
use crate::scoring::rank::Standing;
use crate::scoring::rule::RankStyle;

/// What a score means on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Place {
    #[diesel(sql_type = SqlUuid)]
    board_id: Uuid,
    #[diesel(sql_type = Integer)]
    pub shortfall: i32,
    /// How many have this score.
    #[diesel(sql_type = Integer)]
    lecturers: i32,
    #[diesel(embed)]
    ahead: Ahead,
}

/// Who is ahead of a score on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Ahead {
    /// How many have a better one.
    #[diesel(sql_type = Integer)]
    better: i32,
    /// How many different better scores there are.
    #[diesel(sql_type = Integer)]
    better_scores: i32,
    #[diesel(sql_type = Integer)]
    ranked_of: i32,
}

/// What some scores mean on a board.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(pub Vec<Place>);

impl Places {
    /// The place of a lecturer whose score was asked about, on the only board that was.
    pub fn of(&self, lecturer: &Lecturer) -> Option<&Place> {
        self.0.iter().find(|place| Some(place.shortfall) == lecturer.shortfall)
    }

    /// The place of the only score that was asked about.
    pub fn any(&self) -> Option<&Place> {
        self.0.as_slice().first()
    }

    /// The places by board and score.
    pub fn by_board(self) -> BTreeMap<(Uuid, i32), Place> {
        self.0.into_iter().map(|place| ((place.board_id, place.shortfall), place)).collect()
    }

    /// The number of lecturers on the board; none if nobody's score was asked about.
    pub fn ranked_of(&self) -> Result<Option<u32>> {
        self.any().map(|place| count(place.ahead.ranked_of)).transpose()
    }
}

impl Ahead {
    pub fn standing(&self, style: RankStyle) -> Result<Standing> {
        let ahead = match style {
            RankStyle::Competition => self.better,
            RankStyle::Dense => self.better_scores,
        };
        Ok(Standing { rank: count(ahead)? + 1, ranked_of: count(self.ranked_of)? })
    }
}

impl Place {
    pub fn standing(&self, style: RankStyle) -> Result<Standing> {
        self.ahead.standing(style)
    }

    /// How many have this score.
    pub fn lecturers(&self) -> Result<u32> {
        count(self.lecturers)
    }

    /// The best rank behind it.
    fn next_rank(&self, style: RankStyle) -> Result<u32> {
        let step = if style == RankStyle::Competition { self.lecturers()? } else { 1 };
        Ok(self.standing(style)?.rank + step)
    }

    /// How many have this score or a better one.
    pub fn up_to_here(&self) -> Result<u32> {
        count(self.ahead.better + self.lecturers)
    }
}

pub fn count(stored: i32) -> Result<u32> {
    u32::try_from(stored).map_err(Error::internal)
}

/// The score that is so many hundredths of a point short of 100.
pub fn score(shortfall: i32) -> Score {
    Score::round(&Ratio::new((10_000 - shortfall).into(), 100.into()))
}

/// The ranks of lecturers who follow each other on a board, best first. `first` is the place of the first of them; none: the list
/// begins with the best of the board.
pub fn ranks(lecturers: &[Lecturer], first: Option<&Place>, style: RankStyle) -> Result<Vec<u32>> {
    let mut rank = first.map_or(Ok(1), |place| place.standing(style).map(|standing| standing.rank))?;
    // How many have the score at hand. Of the first one some may come before the list, so they are not counted but known.
    let mut same = first.map_or(Ok(0), |place| count(place.lecturers))?;
    let mut score_at_hand = lecturers.first().and_then(|lecturer| lecturer.shortfall);
    let mut is_known = first.is_some();
    let next = |lecturer: &Lecturer| {
        if lecturer.shortfall != score_at_hand {
            rank += if style == RankStyle::Competition { same } else { 1 };
            (same, score_at_hand, is_known) = (0, lecturer.shortfall, false);
        }
        same += u32::from(!is_known);
        rank
    };
    Ok(lecturers.iter().map(next).collect())
}

/// The ranks of lecturers who follow each other on a board, best first, and begin with the first behind this place.
pub fn ranks_behind(lecturers: &[Lecturer], place: &Place, style: RankStyle) -> Result<Vec<u32>> {
    let first = place.next_rank(style)?;
    Ok(ranks(lecturers, None, style)?.into_iter().map(|rank| first + rank - 1).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::scope::Scope;
    use crate::scoring::rank::{Contender, rank};

    fn board(shortfalls: &[i32]) -> Vec<Lecturer> {
        let mut lecturers: Vec<Lecturer> = (1..)
            .zip(shortfalls)
            .map(|(number, shortfall)| Lecturer::new(Uuid::from_u128(number), None, Some(score(*shortfall)), None))
            .collect();
        lecturers.sort_by_key(Lecturer::position);
        lecturers
    }

    fn place(board: &[Lecturer], shortfall: i32) -> Place {
        let number = |counts: &dyn Fn(i32) -> bool| {
            let counted = board.iter().filter_map(|lecturer| lecturer.shortfall).filter(|own| counts(*own));
            i32::try_from(counted.count()).unwrap()
        };
        let mut better: Vec<i32> =
            board.iter().filter_map(|lecturer| lecturer.shortfall).filter(|own| *own < shortfall).collect();
        better.dedup();
        Place {
            board_id: Uuid::nil(),
            shortfall,
            lecturers: number(&|own| own == shortfall),
            ahead: Ahead {
                better: number(&|own| own < shortfall),
                better_scores: i32::try_from(better.len()).unwrap(),
                ranked_of: number(&|_| true),
            },
        }
    }

    #[test]
    fn a_score_is_what_it_is_short_of_a_hundred() {
        for (shortfall, text) in [(0, "100.00"), (1, "99.99"), (250, "97.50"), (10_000, "0.00")] {
            assert_eq!(score(shortfall).to_string(), text);
        }
    }

    proptest! {
        /// Whichever part of a board is looked at, its ranks are those of the whole.
        #[test]
        fn a_part_of_a_board_has_the_ranks_of_the_whole(
            scores in proptest::collection::vec(0..6_i32, 1..30), from: prop::sample::Index, dense: bool,
        ) {
            let style = if dense { RankStyle::Dense } else { RankStyle::Competition };
            let whole = board(&scores);
            let contenders: Vec<Contender> = whole
                .iter()
                .map(|own| Contender { department_id: None, score: own.shortfall.map(score) })
                .collect();
            let standings = rank(&contenders, Scope::Programme, style);
            let expected: Vec<u32> = standings.iter().map(|standing| standing.unwrap().rank).collect();
            prop_assert_eq!(&ranks(&whole, None, style).unwrap(), &expected);
            let from = from.index(whole.len());
            let first = place(&whole, whole[from].shortfall.unwrap());
            prop_assert_eq!(ranks(&whole[from..], Some(&first), style).unwrap(), &expected[from..]);
            prop_assert_eq!(first.standing(style).unwrap(), standings[from].unwrap());
            let behind = whole.iter().position(|own| own.shortfall > whole[from].shortfall).unwrap_or(whole.len());
            prop_assert_eq!(ranks_behind(&whole[behind..], &first, style).unwrap(), &expected[behind..]);
        }
    }
}
