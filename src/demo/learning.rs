//! What learners do: attend, rate, and apply what they heard.

use chrono::Duration;

use super::people::{Part, People, employee_number};
use super::random::Random;
use super::story::{Calendar, MONTHS, SCHEME_START, at, target};
use super::teaching::{Session, Teaching};
use super::texts;
use crate::content::CaseState;
use crate::imports::rows::{AttendanceRow, CaseRow, ItemAnswer, RatingRow};
use crate::kernel::text::Clean;
use crate::sessions::{AttendanceState, SessionState};

#[derive(Debug, Default)]
pub struct Learning {
    pub attendance: Vec<AttendanceRow>,
    pub ratings: Vec<RatingRow>,
    pub cases: Vec<CaseRow>,
}

/// A rating before its comment: who rates which session, and the points.
#[derive(Debug, Clone, Copy)]
struct Draft {
    session: usize,
    learner: usize,
    rating: u32,
    /// Whether the story fixes the rating, so that it is not changed to reach the month's mean.
    fixed: bool,
}

struct Classroom<'a> {
    calendar: Calendar,
    people: &'a People,
    teaching: &'a mut Teaching,
    random: Random,
    learning: Learning,
}

/// Sessions up to this working day lead to application cases within the same month.
const LAST_CASE_SLOT: u32 = 9;
pub const LAST_MONTH: usize = MONTHS - 1;
/// The ratings that learners give the two lecturers with the same last month: a mean of 8.5.
const TWIN_RATINGS: [u32; 8] = [8, 9, 9, 8, 9, 8, 9, 8];

pub fn learning(calendar: Calendar, people: &People, teaching: &mut Teaching) -> Learning {
    let mut classroom =
        Classroom { calendar, people, teaching, random: Random::for_part(6), learning: Learning::default() };
    for month in 0..MONTHS {
        classroom.teach(month);
    }
    classroom.learning
}

impl Classroom<'_> {
    fn teach(&mut self, month: usize) {
        let pool: Vec<usize> =
            (0..self.people.employees.len()).filter(|employee| self.people.works_in(*employee, month)).collect();
        let held: Vec<usize> = (0..self.teaching.sessions.len())
            .filter(|at| self.session(*at).is_some_and(|s| s.month == month && s.row.state == SessionState::Delivered))
            .collect();
        let mut drafts = Vec::new();
        for at in held {
            let present = self.attend(at, &pool);
            self.rate(at, month, &present, &mut drafts);
            self.apply(at, month, &present);
        }
        self.meet_mean(month, &mut drafts);
        for draft in drafts {
            self.write_rating(month, draft);
        }
    }

    fn session(&self, at: usize) -> Option<&Session> {
        self.teaching.sessions.get(at)
    }

    fn part(&self, at: usize) -> Part {
        let lecturer = self.session(at).and_then(|session| session.lecturers.first());
        lecturer.and_then(|lecturer| self.people.lecturers.get(*lecturer)).map_or(Part::Ordinary, |known| known.part)
    }

    /// The learners who attend. Those who were expected but do not attend are recorded as absent.
    fn attend(&mut self, at: usize, pool: &[usize]) -> Vec<usize> {
        let Some(session) = self.teaching.sessions.get(at).cloned() else { return Vec::new() };
        let own: Vec<usize> =
            session.lecturers.iter().filter_map(|l| self.people.lecturers.get(*l)).map(|l| l.employee).collect();
        let twin = self.part(at) == Part::Twin;
        let expected = if twin { TWIN_RATINGS.len() } else { 7 + self.random.index(10) };
        let mut learners: Vec<usize> = Vec::new();
        while learners.len() < expected {
            let learner = self.random.pick(pool);
            if !own.contains(&learner) && !learners.contains(&learner) {
                learners.push(learner);
            }
        }
        let mut present = Vec::new();
        for learner in learners {
            let came = twin || self.random.chance(92);
            let recorded_at = session.row.delivered_start.map(|start| start + Duration::minutes(5));
            self.learning.attendance.push(AttendanceRow {
                session_code: session.row.session_code.clone(),
                employee_number: employee_number(learner),
                state: if came { AttendanceState::Present } else { AttendanceState::Absent },
                minutes: if came { session.row.delivered_minutes } else { None },
                recorded_at,
            });
            if came {
                present.push(learner);
            }
        }
        if let Some(session) = self.teaching.sessions.get_mut(at) {
            session.row.head_count = i32::try_from(present.len()).ok();
        }
        present
    }

    fn rate(&mut self, at: usize, month: usize, present: &[usize], drafts: &mut Vec<Draft>) {
        let part = self.part(at);
        if part == Part::Unrated && month == LAST_MONTH {
            return;
        }
        let target = target(month);
        let quality = self.quality(at);
        let mood = self.random.within(-40, 40);
        for (place, learner) in present.iter().enumerate() {
            let fixed = part == Part::Twin && month == LAST_MONTH;
            if !fixed && !self.random.chance(target.response_percent) {
                continue;
            }
            let rating = if fixed {
                TWIN_RATINGS.get(place).copied().unwrap_or(8)
            } else {
                let level = i32::try_from(target.rating).unwrap_or_default() + quality + mood;
                let hundredths = level + self.random.within(-130, 130) + 50;
                u32::try_from(hundredths / 100).unwrap_or_default().clamp(1, 10)
            };
            drafts.push(Draft { session: at, learner: *learner, rating, fixed });
        }
    }

    fn quality(&self, at: usize) -> i32 {
        let lecturers = self.session(at).map(|session| session.lecturers.as_slice()).unwrap_or_default();
        let qualities = lecturers.iter().filter_map(|at| self.people.lecturers.get(*at)).map(|l| l.quality);
        qualities.max().unwrap_or_default()
    }

    /// Changes single ratings by one point until the month's mean is the target, as exactly as whole ratings allow.
    fn meet_mean(&mut self, month: usize, drafts: &mut [Draft]) {
        let n = u64::try_from(drafts.len()).unwrap_or_default();
        let wanted = (n * u64::from(target(month).rating) + 50) / 100;
        let movable: Vec<usize> = (0..drafts.len()).filter(|i| drafts.get(*i).is_some_and(|d| !d.fixed)).collect();
        let mut sum: u64 = drafts.iter().map(|draft| u64::from(draft.rating)).sum();
        // A bound, far above the few hundred steps that are needed.
        for _ in 0..movable.len() * 20 {
            if sum == wanted {
                return;
            }
            let Some(draft) = drafts.get_mut(self.random.pick(&movable)) else { return };
            if sum < wanted && draft.rating < 10 {
                draft.rating += 1;
                sum += 1;
            } else if sum > wanted && draft.rating > 1 {
                draft.rating -= 1;
                sum -= 1;
            }
        }
    }

    fn write_rating(&mut self, month: usize, draft: Draft) {
        let Some(session) = self.teaching.sessions.get(draft.session) else { return };
        let (Some(start), Some(minutes)) = (session.row.delivered_start, session.row.delivered_minutes) else { return };
        let ended = start + Duration::minutes(i64::from(minutes));
        // Most learners rate at once, the others within a day; the window is 24 hours.
        let later = if self.random.chance(60) { self.random.below(45) } else { self.random.below(22 * 60) };
        let comment = self.random.chance(35).then(|| texts::comment(&mut self.random, draft.rating));
        self.learning.ratings.push(RatingRow {
            session_code: session.row.session_code.clone(),
            employee_number: employee_number(draft.learner),
            rating: draft.rating.cast_signed(),
            scale: 10,
            items: items(&mut self.random, month, draft.rating),
            comment: comment.map(Clean::trusted),
            received_at: ended + Duration::minutes(i64::from(later) + 1),
        });
    }

    /// Application cases, confirmed by the learner's manager within the month.
    fn apply(&mut self, at_session: usize, month: usize, present: &[usize]) {
        let Some(session) = self.teaching.sessions.get(at_session).filter(|s| s.slot <= LAST_CASE_SLOT).cloned() else {
            return;
        };
        let topic = session.row.topic.as_deref().unwrap_or_default();
        for learner in present {
            if !self.random.chance(target(month).case_percent) {
                continue;
            }
            let day = self.calendar.working_day(month, session.slot + 1 + self.random.below(3));
            let submitted_at = at(day, 18 * 60 + self.random.below(60));
            let decided_at = at(self.calendar.working_day(month, session.slot + 5), 10 * 60 + self.random.below(300));
            let state = match self.random.below(10) {
                0 => CaseState::Submitted,
                1 => CaseState::Rejected,
                _ => CaseState::Confirmed,
            };
            let decided = state != CaseState::Submitted;
            self.learning.cases.push(CaseRow {
                session_code: session.row.session_code.clone(),
                employee_number: employee_number(*learner),
                description: Clean::trusted(texts::case(&mut self.random, topic)),
                applied_on: Some(day),
                state,
                submitted_at,
                decided_at: decided.then_some(decided_at),
                decided_by_number: decided.then(|| self.people.manager_of(*learner)),
                decision_note: (state == CaseState::Rejected).then(|| Clean::trusted("与本次分享关联不足")),
            });
        }
    }
}

/// Answers out of 5 that follow the rating. Before the scheme, practicality is one point lower, because the contents miss what
/// is needed.
fn items(random: &mut Random, month: usize, rating: u32) -> Vec<ItemAnswer> {
    let mut items = Vec::new();
    for key in ["clarity", "practicality", "relevance"] {
        if !random.chance(88) {
            continue;
        }
        let lower = u32::from(month < SCHEME_START && key != "clarity");
        let around = u32::midpoint(rating, random.below(3));
        let value = around.saturating_sub(lower).clamp(1, 5).cast_signed();
        items.push(ItemAnswer { key: Clean::trusted(key), value, scale: 5 });
    }
    items
}
