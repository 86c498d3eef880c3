//! Sessions, their contents and submissions.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::people::{GROUPS, LEAVE_MONTH, LEAVING_MONTH, Lecturer, Part, People, employee_number};
use super::random::Random;
use super::story::{Calendar, MONTHS, SCHEME_START, SESSION_DAYS, Target, at, part_of, target};
use super::texts;
use crate::imports::rows::{ContentRow, SessionRow, Share, SubmissionRow};
use crate::kernel::text::{Clean, OutsideCode};
use crate::sessions::{SessionKind, SessionMode, SessionRole, SessionState};

/// The code of the company's programme.
pub const PROGRAMME: &str = "SHARE";

/// A session with what the learners' part of the story needs to know.
#[derive(Debug, Clone)]
pub struct Session {
    pub row: SessionRow,
    pub month: usize,
    /// The lecturers, as indexes. The first one is the lecturer whose turn it is.
    pub lecturers: Vec<usize>,
    /// The working day of the month on which it takes place.
    pub slot: u32,
}

/// A content with what reuse needs to know.
#[derive(Debug, Clone)]
pub struct Content {
    pub row: ContentRow,
    /// The month of its publication; −1 if before the story.
    pub month: i32,
    /// The month in which it is withdrawn.
    pub withdrawn: Option<i32>,
    pub lecturers: Vec<usize>,
}

#[derive(Debug, Default)]
pub struct Teaching {
    pub sessions: Vec<Session>,
    pub contents: Vec<Content>,
    pub submissions: Vec<SubmissionRow>,
}

struct Planner<'a> {
    calendar: Calendar,
    people: &'a People,
    random: Random,
    teaching: Teaching,
}

pub fn teaching(calendar: Calendar, people: &People) -> Teaching {
    let mut planner = Planner { calendar, people, random: Random::for_part(5), teaching: Teaching::default() };
    planner.stock_library();
    for month in 0..MONTHS {
        let from = planner.teaching.sessions.len();
        planner.plan_assigned(month);
        planner.cancel_and_miss(month, from);
        planner.plan_voluntary(month);
        planner.deliver(from);
        planner.submit(month, from);
    }
    planner.withdraw_some();
    planner.teaching
}

impl Planner<'_> {
    fn active(&self, month: usize) -> impl Iterator<Item = (usize, &Lecturer)> {
        let teaches =
            move |(_, lecturer): &(usize, &Lecturer)| (lecturer.months.0..=lecturer.months.1).contains(&month);
        self.people.lecturers.iter().enumerate().filter(teaches)
    }

    /// Creates the contents that every lecturer had written before the story starts.
    fn stock_library(&mut self) {
        for lecturer in 0..self.people.lecturers.len() {
            let Some(known) = self.people.lecturers.get(lecturer).filter(|lecturer| lecturer.months.0 == 0) else {
                continue;
            };
            let (title, topic) = texts::title(&mut self.random, known.group, false);
            let published = at(self.calendar.day(-self.random.within(1, 6), self.random.below(28)), 9 * 60);
            let row = ContentRow {
                content_code: Clean::trusted(format!("LIB-{:03}", lecturer + 1)),
                programme_code: Clean::trusted(PROGRAMME),
                session_code: None,
                title: Clean::trusted(title),
                outline: Some(Clean::trusted(texts::outline(&mut self.random, topic))),
                case_requirement: None,
                published_at: Some(published),
                withdrawn_at: None,
                author_numbers: vec![employee_number(known.employee)],
            };
            self.teaching.contents.push(Content { row, month: -1, withdrawn: None, lecturers: vec![lecturer] });
        }
    }

    /// Plans the assigned sessions of every lecturer, spread over the working days on which they are present.
    fn plan_assigned(&mut self, month: usize) {
        let asked = target(month).assigned;
        let active: Vec<usize> = self.active(month).map(|(i, _)| i).collect();
        for lecturer in active {
            let part = self.part(lecturer);
            let (first, days) = match (part, month) {
                (Part::Leaver, LEAVING_MONTH) => (0, SESSION_DAYS / 2 - 1),
                (Part::OnLeave, LEAVE_MONTH) => (SESSION_DAYS / 2, SESSION_DAYS / 2),
                _ => (0, SESSION_DAYS),
            };
            // Lecturers who are away for part of the month are assigned fewer sessions.
            let asked = if days < SESSION_DAYS { asked - 1 } else { asked };
            for turn in 0..asked {
                let slot = first + days * turn / asked + self.random.below(days / asked);
                self.plan(month, vec![lecturer], SessionKind::Assigned, slot);
            }
        }
    }

    /// Plans voluntary sessions: by as many lecturers as the month's target requires, the most willing ones first.
    fn plan_voluntary(&mut self, month: usize) {
        let active: Vec<usize> = self.active(month).map(|(i, _)| i).collect();
        let wanted = part_of(active.len(), target(month).voluntary_percent);
        let mut ranked: Vec<(u32, usize)> = Vec::new();
        for lecturer in active {
            let part = self.part(lecturer);
            let away = matches!((part, month), (Part::Leaver, LEAVING_MONTH) | (Part::OnLeave, LEAVE_MONTH));
            let eagerness = self.people.lecturers.get(lecturer).map_or(0, |lecturer| lecturer.eagerness);
            if !away && part != Part::Twin && part != Part::Unrated {
                ranked.push((eagerness + self.random.below(25), lecturer));
            }
        }
        ranked.sort_by(|a, b| b.cmp(a));
        let volunteers: Vec<usize> = ranked.into_iter().take(wanted).map(|(_, lecturer)| lecturer).collect();
        for (i, lecturer) in volunteers.iter().enumerate() {
            let sessions =
                1 + u32::from(month >= 6 && self.random.chance(45)) + u32::from(month >= 9 && self.random.chance(20));
            for _ in 0..sessions {
                let mut lecturers = vec![*lecturer];
                // Some sessions are given by two or three lecturers together.
                let others = usize::from(self.random.chance(15)) + usize::from(self.random.chance(5));
                lecturers.extend(volunteers.iter().skip(i + 1).take(others));
                let slot = self.random.below(SESSION_DAYS);
                self.plan(month, lecturers, SessionKind::Voluntary, slot);
            }
        }
    }

    fn plan(&mut self, month: usize, lecturers: Vec<usize>, kind: SessionKind, slot: u32) {
        let Some(group) =
            lecturers.first().and_then(|at| self.people.lecturers.get(*at)).map(|lecturer| lecturer.group)
        else {
            return;
        };
        let Target { online_percent, .. } = target(month);
        let (title, topic) = texts::title(&mut self.random, group, month >= SCHEME_START);
        let day = self.calendar.working_day(month, slot);
        let scheduled_start = at(day, self.random.pick(&[570, 630, 840, 900, 960, 1020]));
        let online = self.random.chance(online_percent);
        let place = if online { None } else { Some(Clean::trusted(self.random.pick(texts::ROOMS))) };
        let code = Clean::trusted(format!("S{:05}", self.teaching.sessions.len() + 1));
        let row = SessionRow {
            group_code: GROUPS.get(group).map(|(code, ..)| Clean::trusted(*code)),
            topic: Some(Clean::trusted(topic)),
            kind,
            mode: if online { SessionMode::Online } else { SessionMode::OnSite },
            place,
            state: SessionState::Delivered,
            scheduled_minutes: self.random.pick(&[30, 45, 45, 60, 60, 90]),
            due_at: Some(scheduled_start - Duration::days(1)),
            lecturers: shares(self.people, &lecturers),
            is_first_run: self.random.chance(30),
            ..SessionRow::planned(code, Clean::trusted(PROGRAMME), Clean::trusted(title), scheduled_start)
        };
        self.teaching.sessions.push(Session { row, month, lecturers, slot });
    }

    /// Cancels a few of the month's assigned sessions. Of the others, the month's share is delivered.
    fn cancel_and_miss(&mut self, month: usize, from: usize) {
        let mut open: Vec<usize> =
            (from..self.teaching.sessions.len()).filter(|at| !self.must_take_place(*at)).collect();
        self.random.shuffle(&mut open);
        let cancelled = open.len() / 50;
        let counted = self.teaching.sessions.len() - from - cancelled;
        let missed = counted - part_of(counted, target(month).share_percent);
        for (i, at) in open.into_iter().take(cancelled + missed).enumerate() {
            let (state, reasons) = if i < cancelled {
                (SessionState::Cancelled, texts::CANCELLED_REASONS)
            } else {
                (SessionState::Missed, texts::MISSED_REASONS)
            };
            let reason = Clean::trusted(self.random.pick(reasons));
            if let Some(session) = self.teaching.sessions.get_mut(at) {
                session.row.state = state;
                session.row.state_reason = Some(reason);
            }
        }
    }

    /// Whether a lecturer's part in the story depends on this session being delivered.
    fn must_take_place(&self, at: usize) -> bool {
        let lecturer = self.teaching.sessions.get(at).and_then(|session| session.lecturers.first());
        lecturer.is_some_and(|lecturer| {
            matches!(self.part(*lecturer), Part::Star | Part::Twin | Part::Unrated | Part::OnLeave)
        })
    }

    fn part(&self, lecturer: usize) -> Part {
        self.people.lecturers.get(lecturer).map_or(Part::Ordinary, |lecturer| lecturer.part)
    }

    fn deliver(&mut self, from: usize) {
        for session in self.teaching.sessions.iter_mut().skip(from) {
            if session.row.state != SessionState::Delivered {
                continue;
            }
            let longer = session.row.scheduled_minutes + self.random.within(-5, 15);
            // Occasionally a session is shorter than the half hour that counts.
            let minutes = if self.random.below(400) == 0 { 25 } else { longer.max(30) };
            session.row.delivered_start =
                Some(session.row.scheduled_start + Duration::minutes(i64::from(self.random.below(7))));
            session.row.delivered_minutes = Some(minutes);
        }
    }

    /// Contents are submitted before they are due, or later but before the session; for missed sessions hardly ever.
    fn submit(&mut self, month: usize, from: usize) {
        let mut delivered = Vec::new();
        for at in from..self.teaching.sessions.len() {
            match self.teaching.sessions.get(at).map(|session| session.row.state) {
                Some(SessionState::Delivered) => delivered.push(at),
                Some(SessionState::Missed) if self.random.chance(10) => self.submit_one(at, true),
                _ => {}
            }
        }
        let (mut timely, mut open): (Vec<usize>, Vec<usize>) =
            delivered.iter().partition(|at| self.must_take_place(**at));
        self.random.shuffle(&mut open);
        let wanted = part_of(delivered.len(), target(month).timely_percent).saturating_sub(timely.len());
        let late = open.split_off(wanted.min(open.len()));
        timely.extend(open);
        let mut all: Vec<(usize, bool)> = timely.into_iter().map(|at| (at, true)).collect();
        all.extend(late.into_iter().map(|at| (at, false)));
        all.sort_unstable();
        for (at, timely) in all {
            self.submit_one(at, timely);
        }
    }

    fn submit_one(&mut self, at: usize, timely: bool) {
        let Some(session) = self.teaching.sessions.get(at).cloned() else { return };
        let due = session.row.due_at.unwrap_or(session.row.scheduled_start);
        let minutes = i64::from(self.random.below(20 * 60)) + 5;
        let submitted_at = if timely { due - Duration::minutes(minutes) } else { due + Duration::minutes(minutes) };
        let topic = session.row.topic.as_deref().unwrap_or_default();
        let content_code = OutsideCode::trusted(session.row.session_code.replacen('S', "C", 1));
        let published_at: Option<DateTime<Utc>> = session.row.delivered_start;
        let row = ContentRow {
            content_code: content_code.clone(),
            programme_code: Clean::trusted(PROGRAMME),
            session_code: Some(session.row.session_code.clone()),
            title: session.row.title.clone(),
            outline: Some(Clean::trusted(texts::outline(&mut self.random, topic))),
            case_requirement: (session.month >= SCHEME_START).then(|| Clean::trusted(texts::CASE_REQUIREMENT)),
            published_at,
            withdrawn_at: None,
            author_numbers: session.row.lecturers.iter().map(|share| share.employee_number.clone()).collect(),
        };
        self.teaching.submissions.push(SubmissionRow {
            session_code: session.row.session_code.clone(),
            content_code: Some(content_code),
            submitted_at,
            title: Some(session.row.title),
            employee_number: session.row.lecturers.first().map(|share| share.employee_number.clone()),
        });
        let month = i32::try_from(session.month).unwrap_or_default();
        self.teaching.contents.push(Content { row, month, withdrawn: None, lecturers: session.lecturers });
    }

    /// Withdraws a few old contents in the middle of the story.
    fn withdraw_some(&mut self) {
        let day: NaiveDate = self.calendar.day(6, 9);
        for content in self.teaching.contents.iter_mut().filter(|content| content.month < 0).step_by(7) {
            content.row.withdrawn_at = Some(at(day, 18 * 60));
            content.withdrawn = Some(6);
        }
    }
}

fn shares(people: &People, lecturers: &[usize]) -> Vec<Share> {
    let credits: &[&str] = match lecturers.len() {
        2 => &["0.5", "0.5"],
        3 => &["0.4", "0.3", "0.3"],
        _ => &["1"],
    };
    let share = |(i, (lecturer, credit)): (usize, (&usize, &&str))| {
        let role = if i == 0 { SessionRole::Lead } else { SessionRole::Co };
        let lecturer = people.lecturers.get(*lecturer)?;
        let employee_number = employee_number(lecturer.employee);
        Some(Share { employee_number, credit: credit.parse().unwrap_or_default(), role })
    };
    lecturers.iter().zip(credits).enumerate().filter_map(share).collect()
}
