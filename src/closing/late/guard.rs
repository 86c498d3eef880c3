//! What of late ratings may be shown: where the lecturer does not see who rated, only at least k at once.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use uuid::Uuid;

use crate::scoring::inputs::{LecturerInputs, RatingSum, SessionInputs, SessionOutcome};

/// Ratings that came and that went since the snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Moved {
    came: u32,
    went: u32,
}

/// Today's inputs as they may be shown: with the ratings of the snapshot, if fewer than `k` came or went, or if only their values
/// changed. A session that went takes its ratings along only if it stands `apart`; otherwise, the next one that goes would show the
/// few of its own by the difference.
#[must_use]
pub fn shown(frozen: Option<&LecturerInputs>, today: LecturerInputs, apart: &BTreeSet<Uuid>, k: u32) -> LecturerInputs {
    if k <= 1 {
        return today;
    }
    let today = with_rest_of(frozen, today, apart);
    let moved = moved(frozen, &today);
    let enough = |count: u32| count == 0 || count >= k;
    let shows = moved != Moved::default() && enough(moved.came) && enough(moved.went);
    if shows { today } else { with_ratings_of(frozen, today) }
}

fn with_rest_of(frozen: Option<&LecturerInputs>, mut today: LecturerInputs, apart: &BTreeSet<Uuid>) -> LecturerInputs {
    let there: BTreeSet<Uuid> = today.delivered().map(|session| session.session_id).collect();
    let gone = frozen.into_iter().flat_map(LecturerInputs::delivered);
    for before in gone.filter(|own| !there.contains(&own.session_id) && !apart.contains(&own.session_id)) {
        add_ratings_of(before, &mut today);
    }
    today
}

fn moved(frozen: Option<&LecturerInputs>, today: &LecturerInputs) -> Moved {
    let (before, now) = (frozen.map(by_scale).unwrap_or_default(), by_scale(today));
    Moved { came: beyond(&now, &before), went: beyond(&before, &now) }
}

/// The number of ratings of all sessions, by scale. With which session a rating is counted makes no difference.
fn by_scale(inputs: &LecturerInputs) -> BTreeMap<NonZeroU32, u32> {
    let mut counts = BTreeMap::new();
    for sum in inputs.delivered().flat_map(|session| &session.ratings) {
        *counts.entry(sum.scale).or_default() += sum.n;
    }
    counts
}

fn beyond(counts: &BTreeMap<NonZeroU32, u32>, others: &BTreeMap<NonZeroU32, u32>) -> u32 {
    counts.iter().map(|(scale, n)| n.saturating_sub(others.get(scale).copied().unwrap_or_default())).sum()
}

fn with_ratings_of(frozen: Option<&LecturerInputs>, mut today: LecturerInputs) -> LecturerInputs {
    for session in &mut today.sessions {
        session.ratings.clear();
        session.items.clear();
        if let Some(fee) = &mut session.fee {
            fee.own_ratings = None;
        }
    }
    for before in frozen.into_iter().flat_map(LecturerInputs::delivered) {
        add_ratings_of(before, &mut today);
    }
    today
}

/// The ratings stay with their session; those of a session that no longer counts go to another that took place, since every metric
/// adds them up over all of them.
fn add_ratings_of(before: &SessionInputs, today: &mut LecturerInputs) {
    let took_place = |session: &&mut SessionInputs| session.state == SessionOutcome::Delivered;
    let (mut own, mut others): (Vec<_>, Vec<_>) =
        today.sessions.iter_mut().filter(took_place).partition(|session| session.session_id == before.session_id);
    let is_own = !own.is_empty();
    let Some(session) = own.pop().or_else(|| others.pop()) else { return };
    let came: &[RatingSum] = if is_own { before.own_ratings() } else { &[] };
    let kept = [session.own_ratings(), came].concat();
    session.ratings.extend(before.ratings.iter().cloned());
    session.items.extend(before.items.iter().cloned());
    // A fee depends on the session's own ratings alone.
    if let Some(fee) = &mut session.fee {
        fee.own_ratings = (kept != session.ratings).then_some(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::inputs::SessionKind;

    fn session(id: u128, n: u32, sum: i32) -> SessionInputs {
        SessionInputs {
            session_id: Uuid::from_u128(id),
            state: SessionOutcome::Delivered,
            kind: SessionKind::Assigned,
            minutes: 45,
            attendees: 10,
            credit: 1.into(),
            on_time: None,
            confirmed_cases: 0,
            ratings: vec![RatingSum { scale: NonZeroU32::new(10).unwrap(), n, sum: sum.into() }],
            items: Vec::new(),
            fee: None,
        }
    }

    fn inputs(sessions: Vec<SessionInputs>) -> LecturerInputs {
        LecturerInputs {
            employee_id: Uuid::nil(),
            employee_number: String::new(),
            department: None,
            days: NonZeroU32::new(31).unwrap(),
            exempt_days: 0,
            sessions,
            contents: Vec::new(),
            external: BTreeMap::new(),
        }
    }

    /// Sessions that stand apart.
    fn apart(ids: &[u128]) -> BTreeSet<Uuid> {
        ids.iter().map(|id| Uuid::from_u128(*id)).collect()
    }

    fn ratings(inputs: &LecturerInputs) -> (u32, String) {
        let all = inputs.sessions.iter().flat_map(|session| &session.ratings);
        let sum: crate::kernel::ratio::Ratio = all.clone().map(|own| own.sum.to_ratio()).sum();
        (all.map(|own| own.n).sum(), sum.to_string())
    }

    #[test]
    fn ratings_show_from_k_on_and_one_by_one_in_named_mode() {
        let frozen = inputs(vec![session(1, 5, 40)]);
        for (now, k, shown_n) in [
            (vec![session(1, 7, 60)], 3, 5),
            (vec![session(1, 8, 70)], 3, 8),
            (vec![session(1, 6, 50)], 1, 6),
            (vec![session(1, 3, 20)], 3, 5),
            (vec![session(1, 2, 20)], 3, 2),
            (vec![session(1, 5, 50)], 3, 5),
            // Three came to another session, and two went with the first: one more.
            (vec![session(1, 3, 20), session(2, 3, 30)], 3, 5),
            (vec![session(1, 5, 40), session(2, 2, 20)], 3, 5),
        ] {
            let what = format!("{now:?}");
            assert_eq!(ratings(&shown(Some(&frozen), inputs(now), &apart(&[1]), k)).0, shown_n, "{what}");
        }
        assert_eq!(ratings(&shown(Some(&frozen), inputs(vec![session(1, 5, 50)]), &apart(&[1]), 3)).1, "40");
        assert_eq!(
            ratings(&shown(None, inputs(vec![session(1, 2, 20)]), &apart(&[]), 3)).0,
            0,
            "nothing was shown of whom is new"
        );
    }

    #[test]
    fn a_session_that_went_leaves_its_few_ratings() {
        let frozen = inputs(vec![session(1, 2, 20), session(2, 5, 25)]);
        let shown = |now, of: &[u128]| ratings(&shown(Some(&frozen), inputs(now), &apart(of), 3));
        assert_eq!(shown(vec![session(2, 5, 25)], &[]), (7, "45".to_owned()));
        assert_eq!(shown(vec![session(1, 2, 20)], &[]), (7, "45".to_owned()));
    }

    #[test]
    fn sessions_that_go_one_after_the_other_do_not_show_the_few_ratings_of_one() {
        let frozen = inputs(vec![session(1, 4, 40), session(2, 1, 2), session(3, 3, 24)]);
        let shown = |now| ratings(&shown(Some(&frozen), inputs(now), &apart(&[1]), 3));
        assert_eq!(shown(vec![session(2, 1, 2), session(3, 3, 24)]), (4, "26".to_owned()));
        assert_eq!(shown(vec![session(3, 3, 24)]), (4, "26".to_owned()), "the one rating of the second stays");
    }
}
