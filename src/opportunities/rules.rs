//! Who comes before whom, and whether there is room: pure.

use std::cmp::Ordering;

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use super::model::TieBreaker;
use super::queries::Counts;
use crate::kernel::period::local_midnight;
use crate::scoring::Score;

/// An application as it is ranked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub application: Uuid,
    /// The precedence that the lecturer has for the code of the opportunity.
    pub precedence: Option<Uuid>,
    /// The mean of the latest scores.
    pub score: Option<Score>,
    pub appointed_on: NaiveDate,
    pub applied_at: DateTime<Utc>,
    pub employee_number: Option<String>,
}

/// Puts the candidates in the order of their ranks: those with precedence first, then by score, highest first; who has none comes last.
/// Equal ones by the tie-breakers, then by the earlier application, then by employee number, compared by code point.
pub fn rank(candidates: &mut [Candidate], ties: &[TieBreaker]) {
    candidates.sort_by(|one, other| {
        let by_precedence = other.precedence.is_some().cmp(&one.precedence.is_some());
        let by_score = other.score.cmp(&one.score);
        let by_result = by_precedence.then(by_score);
        let by_ties = ties.iter().fold(by_result, |order, tie| order.then_with(|| broken(*tie, one, other)));
        by_ties
            .then_with(|| broken(TieBreaker::EarlierApplication, one, other))
            .then_with(|| one.employee_number.cmp(&other.employee_number))
            .then_with(|| one.application.cmp(&other.application))
    });
}

fn broken(tie: TieBreaker, one: &Candidate, other: &Candidate) -> Ordering {
    match tie {
        TieBreaker::LongerTenure => one.appointed_on.cmp(&other.appointed_on),
        TieBreaker::EarlierApplication => one.applied_at.cmp(&other.applied_at),
    }
}

/// Why no further place can be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoom {
    /// All places are taken or on offer.
    Seats,
    /// What is left of the budget, less than a place costs.
    Budget { left_minor: i64 },
}

/// Whether a further place can be offered.
pub fn room(seats: i32, budget_minor: Option<i64>, cost_minor: i64, counts: Counts) -> Result<(), NoRoom> {
    if counts.taken >= i64::from(seats) {
        return Err(NoRoom::Seats);
    }
    let left = budget_minor.map(|limit| limit.saturating_sub(counts.committed_minor));
    match left {
        Some(left_minor) if left_minor < cost_minor => Err(NoRoom::Budget { left_minor }),
        _ => Ok(()),
    }
}

/// The end of the first day of an opportunity: until then places can be offered, accepted and given back.
#[must_use]
pub fn last_moment(starts_on: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    starts_on.succ_opt().and_then(|next| local_midnight(next, zone))
}

/// Until when an offer of now stands: for some days, at most until the end of the first day. None if that is over.
#[must_use]
pub fn respond_by(now: DateTime<Utc>, days: i32, starts_on: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let last = last_moment(starts_on, zone).filter(|last| *last > now)?;
    let days = u64::try_from(days).unwrap_or_default();
    Some(now.checked_add_days(Days::new(days)).map_or(last, |end| end.min(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn candidate(number: u128, score: Option<&str>) -> Candidate {
        Candidate {
            application: Uuid::from_u128(number),
            precedence: None,
            score: score.map(|score| score.parse().unwrap()),
            appointed_on: "2024-01-01".parse().unwrap(),
            applied_at: at("2026-03-01T00:00:00Z"),
            employee_number: Some(format!("E{number}")),
        }
    }

    fn ranked(mut candidates: Vec<Candidate>, ties: &[TieBreaker]) -> Vec<u128> {
        rank(&mut candidates, ties);
        candidates.into_iter().map(|one| one.application.as_u128()).collect()
    }

    #[test]
    fn precedence_comes_before_the_score_and_who_has_none_is_last() {
        let ahead = Candidate { precedence: Some(Uuid::nil()), ..candidate(4, Some("60.00")) };
        let unrated = candidate(1, None);
        let all = vec![unrated, candidate(2, Some("80.00")), candidate(3, Some("90.50")), ahead];
        assert_eq!(ranked(all, &[]), [4, 3, 2, 1]);
    }

    #[test]
    fn equal_scores_are_decided_by_the_declared_rule_and_last_by_the_number() {
        let later = Candidate { applied_at: at("2026-03-02T00:00:00Z"), ..candidate(1, Some("80.00")) };
        let newer = Candidate { appointed_on: "2025-06-01".parse().unwrap(), ..candidate(2, Some("80.00")) };
        let all = || vec![candidate(10, Some("80.00")), newer.clone(), later.clone()];
        assert_eq!(ranked(all(), &[]), [10, 2, 1], "the later application is last; E10 is before E2 by code point");
        assert_eq!(ranked(all(), &[TieBreaker::LongerTenure]), [10, 1, 2]);
        let ties = [TieBreaker::EarlierApplication, TieBreaker::LongerTenure];
        assert_eq!(ranked(all(), &ties), [10, 2, 1]);
    }

    #[test]
    fn there_is_room_as_long_as_there_are_places_and_money() {
        let counts = |taken: i64| Counts { taken, committed_minor: taken * 300, ..Counts::default() };
        assert_eq!(room(2, None, 300, counts(1)), Ok(()));
        assert_eq!(room(2, None, 300, counts(2)), Err(NoRoom::Seats));
        assert_eq!(room(5, Some(900), 300, counts(2)), Ok(()), "the last of it");
        assert_eq!(room(5, Some(899), 300, counts(2)), Err(NoRoom::Budget { left_minor: 299 }));
        assert_eq!(room(5, Some(0), 0, counts(0)), Ok(()), "it costs nothing");
    }

    #[test]
    fn an_offer_stands_for_some_days_at_most_until_the_end_of_the_first_day() {
        let (day, zone) = ("2026-03-10".parse().unwrap(), chrono_tz::Asia::Shanghai);
        let until = |now: &str| respond_by(at(now), 5, day, zone);
        assert_eq!(until("2026-03-01T00:00:00Z"), Some(at("2026-03-06T00:00:00Z")));
        assert_eq!(until("2026-03-09T00:00:00Z"), Some(at("2026-03-10T16:00:00Z")));
        assert_eq!(until("2026-03-10T16:00:00Z"), None);
    }
}
