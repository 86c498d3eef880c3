//! Which facts of a worked case count for whom: decided purely.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc, Weekday};
use lectern::calendar::DayKind;
use lectern::kernel::decimal::Decimal;
use lectern::kernel::period::Interval;
use lectern::rewards::policy::RewardPolicy;
use lectern::scoring::inputs::{
    ContentInputs, DepartmentInputs, FeeInputs, ItemSum, LecturerInputs, RatingSum, SessionInputs, SessionOutcome,
};
use uuid::Uuid;

use super::{Content, Credit, Feedback, Lecturer, Moment, Reuse, Session, Vector};

impl Lecturer {
    fn level_on(&self, day: NaiveDate) -> Option<String> {
        let begun = self.levels.iter().filter(|level| level.from <= day);
        begun.max_by_key(|level| level.from).map(|level| level.level.clone())
    }

    fn certificates_on(&self, day: NaiveDate) -> Vec<String> {
        let held = self.certificates.iter().filter(|own| own.from <= day && own.to.is_none_or(|to| day <= to));
        held.map(|own| own.code.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl Vector {
    pub fn pays_fees(&self) -> bool {
        self.reward_policies.iter().any(|policy| matches!(policy, RewardPolicy::SessionFee(_)))
    }

    /// The frozen inputs of every lecturer, in the order of the file. Ids are numbered from `seed` on, to show that no result
    /// depends on them.
    pub fn inputs(&self, seed: u128) -> Vec<LecturerInputs> {
        let period = self.period.interval(self.programme.time_zone).expect("a period within the calendar");
        let ids = Ids { seed };
        self.lecturers
            .iter()
            .enumerate()
            .map(|(i, lecturer)| self.inputs_of(lecturer, ids.of("lecturer", i), period, &ids))
            .collect()
    }

    fn inputs_of(&self, lecturer: &Lecturer, employee_id: Uuid, period: Interval, ids: &Ids) -> LecturerInputs {
        let department = lecturer.department.as_ref().map(|code| DepartmentInputs {
            department_id: ids.of(
                "department",
                self.lecturers.iter().position(|l| l.department.as_ref() == Some(code)).unwrap_or_default(),
            ),
            code: code.clone(),
        });
        let sessions = self.sessions.iter().enumerate();
        let contents = self.contents.iter().enumerate();
        let external = self.external.iter().filter(|e| e.lecturer == lecturer.key && e.period == self.period);
        LecturerInputs {
            employee_id,
            employee_number: lecturer.employee_number.clone(),
            department,
            days: NonZeroU32::new(self.period.days()).expect("a period has days"),
            exempt_days: lecturer.exempt_days,
            sessions: sessions
                .filter_map(|(i, session)| self.session(session, lecturer, period, ids.of("session", i)))
                .collect(),
            contents: contents
                .filter_map(|(i, content)| self.content(content, lecturer, period, ids.of("content", i)))
                .collect(),
            external: external.map(|e| (e.metric.clone(), e.value)).collect(),
        }
    }

    /// A session counts in the period of its actual start if delivered, of its scheduled start if missed; cancelled, nowhere.
    fn session(
        &self,
        session: &Session,
        lecturer: &Lecturer,
        period: Interval,
        session_id: Uuid,
    ) -> Option<SessionInputs> {
        let part = session.lecturers.iter().find(|credit| credit.lecturer == lecturer.key)?;
        let (state, start) = match session.state.as_str() {
            "delivered" => (SessionOutcome::Delivered, session.delivered_start?),
            "missed" => (SessionOutcome::Missed, session.scheduled_start),
            _ => return None,
        };
        let delivered = state == SessionOutcome::Delivered;
        period.contains(start.with_timezone(&Utc)).then(|| SessionInputs {
            session_id,
            state,
            kind: session.kind,
            minutes: if delivered { session.delivered_minutes } else { 0 },
            attendees: if delivered { session.attendees } else { 0 },
            credit: part.credit,
            on_time: session.due_at.map(|due| session.submitted_at.is_some_and(|submitted| submitted <= due)),
            confirmed_cases: if delivered { self.confirmed_cases(session) } else { 0 },
            ratings: if delivered { self.ratings(session) } else { Vec::new() },
            items: if delivered { self.items(session) } else { Vec::new() },
            fee: (delivered && self.pays_fees()).then(|| self.fee(session, part, lecturer, start)),
        })
    }

    fn fee(&self, session: &Session, part: &Credit, lecturer: &Lecturer, start: Moment) -> FeeInputs {
        let start = start.with_timezone(&self.programme.time_zone).fixed_offset();
        let day = start.date_naive();
        let is_weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let usual = if is_weekend { DayKind::RestDay } else { DayKind::Workday };
        FeeInputs {
            start,
            day_kind: self.calendar.get(&day).copied().unwrap_or(usual),
            role: part.role,
            level: lecturer.level_on(day),
            difficulty: session.difficulty.clone(),
            is_first_run: session.is_first_run,
            longest_attendance: None,
            certificates: lecturer.certificates_on(day),
            granted_before_minor: 0,
            own_ratings: None,
        }
    }

    /// One case per learner and session counts, when it is confirmed.
    fn confirmed_cases(&self, session: &Session) -> u32 {
        let confirmed = self.cases.iter().filter(|case| case.session == session.id && case.confirmed);
        let learners: BTreeSet<&str> = confirmed.map(|case| case.person.as_str()).collect();
        u32::try_from(learners.len()).expect("few cases")
    }

    /// What arrived for a session, except a second rating by the same person and one by a lecturer of the session.
    fn accepted_feedback(&self, session: &Session) -> Vec<&Feedback> {
        let mut learners: BTreeSet<&str> = session.lecturers.iter().map(|credit| credit.lecturer.as_str()).collect();
        self.feedback.iter().filter(|f| f.session == session.id && learners.insert(&f.learner)).collect()
    }

    fn ratings(&self, session: &Session) -> Vec<RatingSum> {
        let mut sums: BTreeMap<NonZeroU32, (u32, i64)> = BTreeMap::new();
        for feedback in self.accepted_feedback(session) {
            let (n, sum) = sums.entry(feedback.scale).or_default();
            (*n, *sum) = (*n + 1, *sum + feedback.rating);
        }
        sums.into_iter().map(|(scale, (n, sum))| RatingSum { scale, n, sum: whole(sum) }).collect()
    }

    fn items(&self, session: &Session) -> Vec<ItemSum> {
        let mut sums: BTreeMap<(&str, NonZeroU32), (u32, i64)> = BTreeMap::new();
        for feedback in self.accepted_feedback(session) {
            for (key, answer) in &feedback.items {
                let (n, sum) = sums.entry((key, feedback.scale)).or_default();
                (*n, *sum) = (*n + 1, *sum + answer);
            }
        }
        sums.into_iter()
            .map(|((key, scale), (n, sum))| ItemSum { key: key.to_owned(), scale, n, sum: whole(sum) })
            .collect()
    }

    /// Local months from the publication of a content to the last month of the period.
    fn months_old(&self, content: &Content) -> u32 {
        let published = content.published_at.with_timezone(&self.programme.time_zone).date_naive();
        let last = self.period.last_day();
        let month = |day: chrono::NaiveDate| 12 * day.year() + i32::try_from(day.month0()).unwrap();
        u32::try_from(month(last) - month(published)).unwrap_or_default()
    }

    /// A content is there if published before the period's end, not withdrawn before its start and not of a cancelled session; one
    /// person reusing it counts once, an author never.
    fn content(
        &self,
        content: &Content,
        lecturer: &Lecturer,
        period: Interval,
        content_id: Uuid,
    ) -> Option<ContentInputs> {
        let published = content.published_at.with_timezone(&Utc) < period.end;
        let withdrawn = content.withdrawn_at.is_some_and(|at| at.with_timezone(&Utc) < period.start);
        let cancelled = self.sessions.iter().any(|s| s.state == "cancelled" && content.session.as_ref() == Some(&s.id));
        let counts = content.authors.contains(&lecturer.key) && published && !withdrawn && !cancelled;
        let counted = |reuse: &&Reuse| reuse.content == content.id && !content.authors.contains(&reuse.person);
        let reuses: Vec<(DateTime<Utc>, &str)> =
            self.reuses.iter().filter(counted).map(|reuse| (reuse.at.with_timezone(&Utc), &*reuse.person)).collect();
        let people: BTreeSet<&str> =
            reuses.iter().filter(|(at, _)| period.contains(*at)).map(|(_, person)| *person).collect();
        counts.then(|| ContentInputs {
            content_id,
            months_old: self.months_old(content),
            reused_by: u32::try_from(people.len()).expect("few people"),
            reused_before: reuses.iter().any(|(at, _)| *at < period.start),
        })
    }
}

/// Ids made up for the things of a case.
struct Ids {
    seed: u128,
}

impl Ids {
    fn of(&self, kind: &str, position: usize) -> Uuid {
        let position = u128::try_from(position).expect("few things");
        let kind = u128::from(kind.as_bytes()[0]);
        // A seed that is not 0 reverses the order of the ids as well.
        let number = (kind << 64) + position;
        Uuid::from_u128(if self.seed == 0 { number } else { self.seed - number })
    }
}

fn whole(sum: i64) -> Decimal {
    Decimal::try_from(sum).expect("a small sum")
}
