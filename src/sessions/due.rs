//! When the content of a session is due. A due moment follows HR, never the lecturer: nobody gains time by an own move, and nobody
//! who was on time is made late.

use chrono::{DateTime, Duration, Utc};

use super::model::Session;
use super::rules::ReportedAs;
use crate::kernel::fault::Fault;
use crate::kernel::phrases::Refusal;

/// Content is due one day before the session, unless the plan sets another moment.
#[must_use]
pub fn default_due(starts_at: DateTime<Utc>) -> DateTime<Utc> {
    starts_at - Duration::days(1)
}

/// Whether the content was submitted in time.
fn is_met(session: &Session, due_at: DateTime<Utc>) -> bool {
    session.submitted_at.is_some_and(|submitted| submitted <= due_at)
}

/// The due moment of a session whose start moves to `to`. Where a lecturer of the session moves it, or the moment was met, it stays.
/// Otherwise it keeps its distance to the start, but is never moved into the past.
#[must_use]
pub fn moved_due(
    session: &Session,
    to: DateTime<Utc>,
    moved_by: ReportedAs,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let due_at = session.due_at?;
    if moved_by == ReportedAs::Lecturer || is_met(session, due_at) {
        return Some(due_at);
    }
    let moved = due_at + (to - session.scheduled_start);
    Some(if moved > now { moved } else { due_at.min(now) })
}

/// What forbids HR and managers to set this due moment: content that was on time becomes late, or a moment that is still to come
/// moves into the past.
#[must_use]
pub fn fault_of(session: &Session, due_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<Fault> {
    let was_met = session.due_at.is_some_and(|due_at| is_met(session, due_at));
    let was_past = session.due_at.is_some_and(|due_at| due_at <= now);
    let refusal = if was_met {
        (!is_met(session, due_at)).then_some(Refusal::DueWasMet)
    } else {
        (!was_past && due_at <= now).then_some(Refusal::DueIsPast)
    };
    refusal.map(|refusal| Fault::not_eligible("/due_at", refusal))
}

#[cfg(test)]
mod tests {
    use super::super::model::SessionState;
    use super::super::rules::sample;
    use super::*;

    const START: &str = "2026-03-10T06:00:00Z";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// A planned session of [`START`], due a day before it.
    fn planned(submitted_at: Option<&str>) -> Session {
        let due_at = Some(default_due(at(START)));
        Session { due_at, submitted_at: submitted_at.map(at), ..sample(SessionState::Planned, START) }
    }

    #[test]
    fn an_unmet_due_moment_moves_with_the_session_and_never_into_the_past() {
        use ReportedAs::{Lecturer, Supervisor};
        let late = Some("2026-03-09T07:00:00Z");
        for (submitted, moved_by, to, now, expected) in [
            (None, Supervisor, "2026-03-12T06:00:00Z", "2026-03-08T00:00:00Z", "2026-03-11T06:00:00Z"),
            (None, Supervisor, "2026-03-09T06:00:00Z", "2026-03-08T09:00:00Z", "2026-03-08T09:00:00Z"),
            (None, Supervisor, "2026-03-12T06:00:00Z", "2026-03-09T09:00:00Z", "2026-03-11T06:00:00Z"),
            (None, Supervisor, "2026-03-10T07:00:00Z", "2026-03-09T09:00:00Z", "2026-03-09T06:00:00Z"),
            (late, Supervisor, "2026-03-10T07:00:00Z", "2026-03-09T09:00:00Z", "2026-03-09T06:00:00Z"),
            (
                Some("2026-03-09T06:00:00Z"),
                Supervisor,
                "2026-03-09T06:00:00Z",
                "2026-03-09T09:00:00Z",
                "2026-03-09T06:00:00Z",
            ),
            (
                Some("2026-03-01T06:00:00Z"),
                Supervisor,
                "2026-03-02T06:00:00Z",
                "2026-03-01T09:00:00Z",
                "2026-03-09T06:00:00Z",
            ),
            (None, Lecturer, "2026-04-19T06:00:00Z", "2026-03-08T00:00:00Z", "2026-03-09T06:00:00Z"),
        ] {
            let due_at = moved_due(&planned(submitted), at(to), moved_by, at(now));
            assert_eq!(due_at, Some(at(expected)), "{submitted:?}, to {to} by {moved_by:?} at {now}");
        }
        let without = Session { due_at: None, ..planned(None) };
        assert_eq!(moved_due(&without, at("2026-03-12T06:00:00Z"), Supervisor, at(START)), None);
    }

    #[test]
    fn nobody_who_was_on_time_is_made_late() {
        let punctual = planned(Some("2026-03-01T06:00:00Z"));
        let now = at("2026-03-05T00:00:00Z");
        assert!(fault_of(&punctual, at("2026-03-01T05:59:59Z"), now).is_some());
        assert!(fault_of(&punctual, at("2026-03-01T06:00:00Z"), now).is_none());
        assert!(fault_of(&planned(None), at("2026-03-04T00:00:00Z"), now).is_some());
        assert!(fault_of(&planned(None), at("2026-03-06T00:00:00Z"), now).is_none());
        // What was wrong about a past one may be put right.
        assert!(fault_of(&planned(None), at("2026-03-04T00:00:00Z"), at("2026-03-20T00:00:00Z")).is_none());
    }
}
