//! Which sessions stand apart: whose ratings may be shown by themselves without showing those of another by the difference.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::inputs::{LecturerInputs, SessionInputs};

/// How many ratings the sessions of a population have.
#[derive(Debug, Default)]
pub struct RatedSessions(Vec<Box<[(Uuid, u64)]>>);

impl RatedSessions {
    /// Adds a lecturer.
    pub fn add(&mut self, own: &LecturerInputs) {
        let n = |session: &SessionInputs| -> u64 { session.ratings.iter().map(|rating| u64::from(rating.n)).sum() };
        let rated = own.delivered().map(|session| (session.session_id, n(session))).filter(|(_, n)| *n > 0);
        let mut rated: Vec<(Uuid, u64)> = rated.collect();
        rated.sort_unstable();
        self.0.push(rated.into());
    }

    /// The sessions with at least `k` ratings, where the rest of the period of each of their lecturers has `k` or none. Where it has
    /// fewer, the session with the fewest ratings joins the rest.
    ///
    /// The whole population must have been added, because co-lecturers have their sessions in common.
    #[must_use]
    pub fn standing_apart(&self, k: u32) -> BTreeSet<Uuid> {
        let k = u64::from(k);
        let all = self.0.iter().flatten();
        let mut apart: BTreeSet<Uuid> = all.filter(|(_, n)| *n >= k).map(|(session, _)| *session).collect();
        loop {
            let before = apart.len();
            for own in &self.0 {
                let rest: u64 = own.iter().filter(|(session, _)| !apart.contains(session)).map(|(_, n)| n).sum();
                let smallest = own.iter().filter(|(session, _)| apart.contains(session)).min_by_key(|(_, n)| *n);
                if let Some((session, _)) = smallest.filter(|_| rest > 0 && rest < k) {
                    apart.remove(session);
                }
            }
            if apart.len() == before {
                return apart;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A lecturer with sessions as pairs (session, number of ratings).
    fn lecturer(sessions: &[(u128, u32)]) -> LecturerInputs {
        let sessions: Vec<_> = sessions
            .iter()
            .map(|(id, n)| {
                json!({
                    "session_id": Uuid::from_u128(*id), "state": "delivered", "kind": "assigned", "minutes": 60, "attendees": 9,
                    "credit": "1", "on_time": null, "confirmed_cases": 0, "ratings": [{"scale": 10, "n": n, "sum": "9"}],
                    "items": []
                })
            })
            .collect();
        serde_json::from_value(json!({
            "employee_id": Uuid::nil(), "employee_number": "", "department": null, "days": 31, "exempt_days": 0,
            "sessions": sessions, "contents": [], "external": {}
        }))
        .unwrap()
    }

    fn apart(lecturers: &[&[(u128, u32)]]) -> Vec<u128> {
        let mut rated = RatedSessions::default();
        for sessions in lecturers {
            rated.add(&lecturer(sessions));
        }
        rated.standing_apart(3).into_iter().map(|id| id.as_u128()).collect()
    }

    #[test]
    fn the_rest_has_k_or_none() {
        assert_eq!(apart(&[&[(1, 3)]]), [1]);
        assert_eq!(apart(&[&[(1, 2)]]), []);
        assert_eq!(apart(&[&[(1, 3), (2, 5)]]), [1, 2]);
        assert_eq!(apart(&[&[(1, 3), (2, 2)]]), [], "the difference would be a rest of 2");
        assert_eq!(apart(&[&[(1, 4), (2, 3), (3, 1)]]), [1], "the smaller one joins the rest");
        assert_eq!(apart(&[&[(1, 4), (2, 2), (3, 1)]]), [1]);
    }

    #[test]
    fn a_session_of_two_lecturers_has_a_rest_with_both() {
        assert_eq!(apart(&[&[(1, 3)], &[(1, 3), (2, 1)]]), []);
        assert_eq!(apart(&[&[(1, 3), (3, 4)], &[(1, 3), (2, 1)]]), [3]);
    }
}
