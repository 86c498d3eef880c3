//! Whether a person may rate a session, and what is released together.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::error::{Code, Error};
use crate::kernel::message::{data, local_time};

/// The facts about a person and a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occasion {
    /// Actual start and minutes, if the session was delivered.
    pub delivered: Option<(DateTime<Utc>, i32)>,
    /// Minutes after the end during which feedback counts.
    pub window_minutes: i32,
    /// The end of the longer window granted for the session.
    pub extended_until: Option<DateTime<Utc>>,
    /// The day of live feedback, if the session is of an earlier period, of which files bring the ratings. A rating cannot move this
    /// day where it is held back: everybody would see that somebody has rated.
    pub live_only_from_on: Option<NaiveDate>,
    /// Whether the person is one of the lecturers.
    pub is_own: bool,
    pub attendance: Attendance,
    /// The programme's.
    pub zone: Tz,
}

/// What the records say about a person's attendance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// Recorded as present.
    Present,
    /// The person is recorded as absent, or only others are recorded.
    Absent,
    /// There are no records yet, and the person is registered.
    Registered,
    /// There are no records yet, and the person is not registered.
    Unknown,
}

/// Why a rating is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    OwnSession,
    NotDelivered,
    NotAttendee,
    /// Ratings are taken from the period with this day on.
    NotLive(NaiveDate),
    /// It ended then; clocks are read in this zone.
    WindowClosed(DateTime<Utc>, Tz),
}

impl Occasion {
    /// Last instant at which feedback is taken. None if the session was not delivered.
    #[must_use]
    pub fn window_ends_at(&self) -> Option<DateTime<Utc>> {
        let (start, minutes) = self.delivered?;
        let end = start + TimeDelta::minutes(i64::from(minutes) + i64::from(self.window_minutes));
        Some(self.extended_until.map_or(end, |extended| extended.max(end)))
    }

    /// Whether the person may rate the session at `now`. Returns the end of the window.
    pub fn admit(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
        if self.is_own {
            return Err(Refusal::OwnSession);
        }
        let ends_at = self.window_ends_at().ok_or(Refusal::NotDelivered)?;
        if matches!(self.attendance, Attendance::Absent | Attendance::Unknown) {
            return Err(Refusal::NotAttendee);
        }
        if let Some(day) = self.live_only_from_on {
            return Err(Refusal::NotLive(day));
        }
        if now > ends_at { Err(Refusal::WindowClosed(ends_at, self.zone)) } else { Ok(ends_at) }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::OwnSession => Self::new(Code::OwnSession),
            Refusal::NotDelivered => Self::new(Code::NotDelivered),
            Refusal::NotAttendee => Self::new(Code::NotAttendee),
            Refusal::NotLive(day) => Self::new(Code::FeedbackNotLive).with("day", data(day)),
            Refusal::WindowClosed(ended_at, zone) => {
                Self::new(Code::FeedbackWindowClosed).with("ended_at", local_time(ended_at, zone))
            }
        }
    }
}

/// Feedback that is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub session: Uuid,
    /// None: the anonymous answers on the session.
    pub feedback: Option<Uuid>,
    /// How many answers it is.
    pub n: i64,
}

/// Feedback that is released together: of one session, or of several (none).
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    pub session: Option<Uuid>,
    pub held: Vec<Held>,
}

impl Batch {
    /// How many answers it is.
    #[must_use]
    pub fn n(&self) -> i64 {
        self.held.iter().map(|held| held.n).sum()
    }
}

/// What can be released of what is `waiting` on sessions with the same lecturers: a batch for each session with at least `k` answers,
/// and one of all the others if they are at least `k`. Otherwise the others go on waiting.
#[must_use]
pub fn batches(waiting: &[Held], k: i64) -> Vec<Batch> {
    let mut by_session: BTreeMap<Uuid, Vec<Held>> = BTreeMap::new();
    for held in waiting {
        by_session.entry(held.session).or_default().push(*held);
    }
    let of_one = by_session.into_iter().map(|(session, held)| Batch { session: Some(session), held });
    let (mut enough, few): (Vec<Batch>, Vec<Batch>) = of_one.partition(|batch| batch.n() >= k);
    let of_several = Batch { session: None, held: few.into_iter().flat_map(|batch| batch.held).collect() };
    enough.extend(Some(of_several).filter(|batch| batch.n() >= k));
    enough
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn occasion() -> Occasion {
        Occasion {
            delivered: Some((at("2026-03-02T02:00:00Z"), 45)),
            window_minutes: 1440,
            extended_until: None,
            live_only_from_on: None,
            is_own: false,
            attendance: Attendance::Present,
            zone: Tz::UTC,
        }
    }

    #[test]
    fn the_window_runs_from_the_actual_end() {
        let end = at("2026-03-03T02:45:00Z");
        assert_eq!(occasion().admit(end), Ok(end));
        let late = end + TimeDelta::microseconds(1);
        assert_eq!(occasion().admit(late), Err(Refusal::WindowClosed(end, Tz::UTC)));
        let extended = Occasion { extended_until: Some(at("2026-03-09T00:00:00Z")), ..occasion() };
        assert_eq!(extended.admit(late), Ok(at("2026-03-09T00:00:00Z")));
        // An extension never shortens the usual window.
        let shorter = Occasion { extended_until: Some(at("2026-03-02T03:00:00Z")), ..occasion() };
        assert_eq!(shorter.admit(end), Ok(end));
    }

    #[test]
    fn only_who_was_there_rates_and_never_a_lecturer_of_the_session() {
        let now = at("2026-03-02T03:00:00Z");
        for (attendance, expected) in [
            (Attendance::Present, Ok(())),
            (Attendance::Registered, Ok(())),
            (Attendance::Absent, Err(Refusal::NotAttendee)),
            (Attendance::Unknown, Err(Refusal::NotAttendee)),
        ] {
            assert_eq!(Occasion { attendance, ..occasion() }.admit(now).map(|_| ()), expected);
        }
        assert_eq!(Occasion { is_own: true, ..occasion() }.admit(now), Err(Refusal::OwnSession));
        assert_eq!(Occasion { delivered: None, ..occasion() }.admit(now), Err(Refusal::NotDelivered));
        let day = NaiveDate::from_ymd_opt(2026, 4, 1);
        let early = Occasion { live_only_from_on: day, ..occasion() };
        assert_eq!(early.admit(now), Err(Refusal::NotLive(day.unwrap())));
    }

    #[test]
    fn what_is_enough_is_released_and_stands_apart_where_one_session_has_it() {
        let held = |session: u128, own: u128| Held {
            session: Uuid::from_u128(session),
            feedback: Some(Uuid::from_u128(own)),
            n: 1,
        };
        let waiting =
            |pairs: &[(u128, u128)]| -> Vec<Held> { pairs.iter().map(|(session, own)| held(*session, *own)).collect() };
        // The number of a rating begins with that of its session.
        let batch = |session: u128, own: &[u128]| Batch {
            session: Some(Uuid::from_u128(session)).filter(|id| !id.is_nil()),
            held: own.iter().map(|own| held(own / 10, *own)).collect(),
        };
        assert_eq!(batches(&waiting(&[(1, 11), (1, 12)]), 3), []);
        assert_eq!(batches(&waiting(&[(1, 11), (1, 12), (1, 13)]), 3), [batch(1, &[11, 12, 13])]);
        assert_eq!(batches(&waiting(&[(1, 11), (2, 21), (1, 12)]), 3), [batch(0, &[11, 12, 21])]);
        let many = [(1, 11), (1, 12), (1, 13), (2, 21), (2, 22)];
        assert_eq!(batches(&waiting(&many), 3), [batch(1, &[11, 12, 13])]);
        assert_eq!(batches(&waiting(&many), 2), [batch(1, &[11, 12, 13]), batch(2, &[21, 22])]);
        let apart_and_others = [(1, 11), (1, 12), (1, 13), (2, 21), (2, 22), (3, 31)];
        let expected = [batch(1, &[11, 12, 13]), batch(0, &[21, 22, 31])];
        assert_eq!(batches(&waiting(&apart_and_others), 3), expected);
        let counts = [(1, 5), (2, 3), (3, 2)];
        let counts = counts.map(|(session, n)| Held { session: Uuid::from_u128(session), feedback: None, n });
        let found: Vec<_> = batches(&counts, 5).iter().map(|batch| (batch.session.is_some(), batch.n())).collect();
        assert_eq!(found, [(true, 5), (false, 5)]);
    }
}
