//! The company as described by its files, read with the importer: nothing here uses the generator.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::content::{CaseState, ReuseEventKind};
use crate::demo::DemoCompany;
use crate::imports::rows::{AttendanceRow, RatingRow, ReuseRow, SessionRow};
use crate::imports::{FaultLog, ImportFile, Tables, read};
use crate::kernel::decimal::Decimal;
use crate::kernel::last_day::LastDay;
use crate::kernel::period::{Cycle, Period};
use crate::kernel::text::{EmployeeNumber, OutsideCode};
use crate::scoring::inputs::{ContentInputs, ItemSum, LecturerInputs, RatingSum, SessionInputs, SessionOutcome};
use crate::sessions::{AttendanceState, SessionState};

pub struct Facts {
    pub tables: Tables,
    pub attendance: Vec<AttendanceRow>,
    pub ratings: Vec<RatingRow>,
    /// The same by session, for the inputs of a score.
    attendance_of: BTreeMap<OutsideCode, Vec<AttendanceRow>>,
    ratings_of: BTreeMap<OutsideCode, Vec<RatingRow>>,
    pub reuse: Vec<ReuseRow>,
    pub faults: FaultLog,
}

pub fn facts(company: &DemoCompany) -> Facts {
    let (reading, known) = (company.reading(), company.known());
    let files: Vec<ImportFile<'_>> =
        company.files.iter().map(|(name, bytes)| ImportFile::of_bytes(name, bytes)).collect();
    let mut import = read(&files, &reading, &known);
    import.check_streams();
    let attendance: Vec<AttendanceRow> = import.attendance().map(|row| row.unwrap().row).collect();
    let ratings: Vec<RatingRow> = import.ratings().map(|row| row.unwrap().row).collect();
    let reuse = import.reuse().map(|row| row.unwrap().row).collect();
    let attendance_of = by_session(&attendance, |row| &row.session_code);
    let ratings_of = by_session(&ratings, |row| &row.session_code);
    Facts { attendance, ratings, attendance_of, ratings_of, reuse, faults: import.faults, tables: import.tables }
}

fn by_session<T: Clone>(rows: &[T], code: impl Fn(&T) -> &OutsideCode) -> BTreeMap<OutsideCode, Vec<T>> {
    let mut all: BTreeMap<OutsideCode, Vec<T>> = BTreeMap::new();
    for row in rows {
        all.entry(code(row).clone()).or_default().push(row.clone());
    }
    all
}

/// The month of an instant, in the company's zone.
pub fn month_of(moment: chrono::DateTime<chrono::Utc>) -> Period {
    Period::containing_instant(moment, crate::demo::story::ZONE, Cycle::Month).unwrap()
}

fn counted(count: usize) -> u32 {
    u32::try_from(count).unwrap()
}

fn months_between(earlier: Period, later: Period) -> u32 {
    counted(std::iter::successors(Some(earlier), |month| month.next()).take_while(|month| *month < later).count())
}

/// The period in which a session counts.
pub fn month(session: &SessionRow) -> Period {
    month_of(session.delivered_start.unwrap_or(session.scheduled_start))
}

impl Facts {
    /// The sessions of the company's programme.
    pub fn sessions(&self) -> impl Iterator<Item = &SessionRow> {
        self.sessions_of("SHARE")
    }

    pub fn sessions_of(&self, programme: &str) -> impl Iterator<Item = &SessionRow> {
        self.all_sessions().filter(move |row| row.programme_code == programme)
    }

    pub fn all_sessions(&self) -> impl Iterator<Item = &SessionRow> {
        self.tables.sessions.iter().map(|session| &session.row)
    }

    /// Employee numbers of those appointed on some day of the month.
    pub fn lecturers(&self, period: Period) -> BTreeSet<&str> {
        let there = |from: NaiveDate, last: Option<LastDay>| {
            from <= period.last_day() && last.is_none_or(|last| period.first_day() <= last.day())
        };
        let rows = self.tables.lecturers.iter().map(|lecturer| &lecturer.row);
        rows.filter(|row| there(row.appointed_on, row.ended_on)).map(|row| row.employee_number.as_str()).collect()
    }

    /// Contents reused in the month and contents that were there, of all lecturers. (The metric `reuse_rate` looks at current contents
    /// only, and at reuse before the month too.)
    pub fn reuse_of(&self, period: Period) -> (u64, u64) {
        let reused: BTreeSet<&str> =
            self.counted_reuse(|month| month == period).into_iter().map(|(content, _)| content).collect();
        let there: BTreeSet<&str> = self.contents_there(period).collect();
        assert!(reused.is_subset(&there));
        (reused.len() as u64, there.len() as u64)
    }

    fn contents_there(&self, period: Period) -> impl Iterator<Item = &str> {
        let interval = period.interval(crate::demo::story::ZONE).unwrap();
        let rows = self.tables.contents.iter().map(|content| &content.row);
        rows.filter(move |row| {
            row.published_at.is_some_and(|published| published < interval.end)
                && row.withdrawn_at.is_none_or(|withdrawn| interval.start <= withdrawn)
        })
        .map(|row| row.content_code.as_str())
    }

    /// Content and person, each pair once, of the months that `within` names: no views, no authors.
    fn counted_reuse(&self, within: impl Fn(Period) -> bool) -> BTreeSet<(&str, &str)> {
        let authors: BTreeMap<&str, &Vec<EmployeeNumber>> =
            self.tables.contents.iter().map(|c| (c.row.content_code.as_str(), &c.row.author_numbers)).collect();
        let counts = |row: &&ReuseRow| {
            row.kind != ReuseEventKind::View
                && within(month_of(row.occurred_at))
                && !authors[row.content_code.as_str()].contains(&row.employee_number)
        };
        self.reuse.iter().filter(counts).map(|row| (&*row.content_code, &*row.employee_number)).collect()
    }

    /// The inputs of every lecturer of the month, as a close would freeze them.
    pub fn inputs(&self, period: Period) -> BTreeMap<String, LecturerInputs> {
        let reuse = self.counted_reuse(|month| month == period);
        let earlier = self.counted_reuse(|month| month < period);
        let there: BTreeSet<&str> = self.contents_there(period).collect();
        let sessions = self.session_inputs(period);
        let mut all = BTreeMap::new();
        for number in self.lecturers(period) {
            let contents = self.tables.contents.iter().map(|content| &content.row);
            let own = contents.filter(|row| {
                there.contains(row.content_code.as_str()) && row.author_numbers.iter().any(|author| author == number)
            });
            let contents = own.map(|row| ContentInputs {
                content_id: Uuid::nil(),
                months_old: months_between(month_of(row.published_at.unwrap()), period),
                reused_by: counted(reuse.iter().filter(|(content, _)| row.content_code == *content).count()),
                reused_before: earlier.iter().any(|(content, _)| row.content_code == *content),
            });
            let inputs = LecturerInputs {
                employee_id: Uuid::nil(),
                employee_number: number.to_owned(),
                department: None,
                days: NonZeroU32::new(period.days()).unwrap(),
                exempt_days: self.exempt_days(number, period),
                sessions: sessions.get(number).cloned().unwrap_or_default(),
                contents: contents.collect(),
                external: BTreeMap::new(),
            };
            all.insert(number.to_owned(), inputs);
        }
        all
    }

    fn exempt_days(&self, number: &str, period: Period) -> u32 {
        let appointments: Vec<_> =
            self.tables.lecturers.iter().map(|l| &l.row).filter(|row| row.employee_number == number).collect();
        let absences: Vec<_> =
            self.tables.absences.iter().map(|a| &a.row).filter(|row| row.employee_number == number).collect();
        let days = period.first_day().iter_days().take(period.days() as usize);
        let is_exempt = |day: &NaiveDate| {
            let away = absences.iter().any(|row| (row.starts_on..=row.ends_on).contains(day));
            let appointed = appointments
                .iter()
                .any(|row| row.appointed_on <= *day && row.ended_on.is_none_or(|ended| *day <= ended.day()));
            away || !appointed
        };
        counted(days.filter(is_exempt).count())
    }

    fn session_inputs(&self, period: Period) -> BTreeMap<EmployeeNumber, Vec<SessionInputs>> {
        let mut all: BTreeMap<EmployeeNumber, Vec<SessionInputs>> = BTreeMap::new();
        for row in self.sessions().filter(|row| month(row) == period) {
            let state = match row.state {
                SessionState::Delivered => SessionOutcome::Delivered,
                SessionState::Missed => SessionOutcome::Missed,
                _ => continue,
            };
            for share in &row.lecturers {
                let inputs = self.one_session(row, state, share.credit);
                all.entry(share.employee_number.clone()).or_default().push(inputs);
            }
        }
        all
    }

    fn one_session(&self, row: &SessionRow, state: SessionOutcome, credit: Decimal) -> SessionInputs {
        let code = row.session_code.as_str();
        let submitted = self.tables.submissions.iter().map(|s| &s.row).filter(|s| s.session_code == code);
        let first = submitted.map(|s| s.submitted_at).min();
        let records = self.attendance_of.get(code).into_iter().flatten();
        let present = records.filter(|record| record.state == AttendanceState::Present);
        let ratings: Vec<&RatingRow> = self.ratings_of.get(code).into_iter().flatten().collect();
        let items: BTreeSet<&str> = ratings.iter().flat_map(|r| &r.items).map(|item| item.key.as_str()).collect();
        let item_sum = |key: &str| {
            let answers: Vec<i32> =
                ratings.iter().flat_map(|r| &r.items).filter(|item| item.key == key).map(|item| item.value).collect();
            let (n, sum) = (counted(answers.len()), answers.iter().sum::<i32>());
            ItemSum { key: key.to_owned(), scale: NonZeroU32::new(5).unwrap(), n, sum: sum.into() }
        };
        let sum = ratings.iter().map(|rating| rating.rating).sum::<i32>();
        let rating = RatingSum { scale: NonZeroU32::new(10).unwrap(), n: counted(ratings.len()), sum: sum.into() };
        let confirmed = |c: &&crate::imports::rows::CaseRow| c.session_code == code && c.state == CaseState::Confirmed;
        SessionInputs {
            session_id: Uuid::nil(),
            state,
            kind: row.kind,
            minutes: row.delivered_minutes.unwrap_or_default().cast_unsigned(),
            attendees: counted(present.count()),
            credit,
            on_time: row.due_at.map(|due| first.is_some_and(|first| first <= due)),
            confirmed_cases: counted(self.tables.cases.iter().map(|c| &c.row).filter(confirmed).count()),
            items: items.into_iter().map(item_sum).collect(),
            ratings: if ratings.is_empty() { Vec::new() } else { vec![rating] },
            fee: None,
        }
    }
}
