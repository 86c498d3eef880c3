//! One row of a file, cell by cell: values or faults.

use chrono::{DateTime, NaiveDate, Utc};

use super::Reading;
use super::fault::{Blank, ImportFault, ImportFaultCode as Code};
use super::index::{Index, Known, Reference, SessionFacts};
use super::layout::{Header, OpenColumn};
use super::values::{Problem, Style, Value, Written, moment, text};
use crate::kernel::language::Language;
use crate::kernel::message::listed;
use crate::kernel::records::Record;
use crate::kernel::text::{Clean, EmployeeNumber};
use crate::people::Employment;
use crate::programmes::FeedbackForm;
use crate::sessions::SessionState;

/// What a row is checked against, besides itself.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub(super) reading: &'a Reading,
    pub(super) known: &'a dyn Known,
    pub(super) index: &'a Index,
}

impl Scope<'_> {
    /// How a fault says what it compares with.
    fn style(self) -> Style {
        Style { zone: self.reading.zone, language: Language::En }
    }
}

/// The cells of one row, and the faults found in them so far.
pub struct Cells<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) file: &'a str,
    pub(super) header: &'a Header,
    pub(super) record: &'a Record,
    pub(super) faults: Vec<ImportFault>,
}

/// A value that refers to rows in other files.
pub(super) trait Names {
    fn names(&self) -> impl Iterator<Item = &str>;
}

impl<F, const MIN: usize, const MAX: usize> Names for Clean<F, MIN, MAX> {
    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.as_str())
    }
}

impl<T: Names> Names for Vec<T> {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().flat_map(T::names)
    }
}

impl Scope<'_> {
    fn exists(&self, reference: Reference, key: &str) -> bool {
        self.index.contains(reference, key) || self.known.holds(reference, key)
    }
}

impl<'a> Cells<'a> {
    /// The line on which the row starts.
    pub fn line(&self) -> u64 {
        self.record.line
    }

    /// The cell without white space around it. None if it is blank or the file does not have the column.
    pub fn get(&self, column: &str) -> Option<&'a str> {
        self.header.position(column).and_then(|i| self.cell(i))
    }

    fn cell(&self, i: usize) -> Option<&'a str> {
        let text = std::str::from_utf8(self.record.cell(i)?).ok()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// Records values in columns without a name: nobody could say what they are.
    pub(super) fn note_nameless(&mut self) {
        for i in (0..self.header.width()).filter(|i| self.header.name(*i).is_empty()) {
            if let Some(value) = self.cell(i) {
                self.note_cell(i, Problem::of(Code::NamelessColumn, value));
            }
        }
    }

    /// A value that may be blank. Faults are recorded; a faulty value is none.
    pub(super) fn optional<T>(&mut self, column: &str, read: impl FnOnce(&str) -> Value<T>) -> Option<T> {
        match read(self.get(column)?) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.note(column, problem);
                None
            }
        }
    }

    /// A value that may be blank. If the file does not have the column, the stored value.
    pub(super) fn optional_or<T>(
        &mut self,
        column: &str,
        stored: Option<T>,
        read: impl FnOnce(&str) -> Value<T>,
    ) -> Option<T> {
        if self.header.position(column).is_none() { stored } else { self.optional(column, read) }
    }

    /// A value that must not be blank.
    pub(super) fn required<T>(&mut self, column: &str, read: impl FnOnce(&str) -> Value<T>) -> Option<T> {
        if self.get(column).is_none() {
            self.note(column, Problem::new(Code::MissingValue));
        }
        self.optional(column, read)
    }

    /// A value that the row must have if it is of a certain kind. If the kind is unknown, the value may be blank.
    pub(super) fn required_if<T>(
        &mut self,
        is_wanted: Option<bool>,
        column: &str,
        otherwise: Blank,
        read: impl FnOnce(&str) -> Value<T>,
    ) -> Option<T> {
        if is_wanted == Some(true) {
            self.required(column, read)
        } else {
            self.optional_if(is_wanted, column, otherwise, read)
        }
    }

    /// A value that the row may have unless it is of another kind; `otherwise` says why it must be blank then.
    pub(super) fn optional_if<T>(
        &mut self,
        is_wanted: Option<bool>,
        column: &str,
        otherwise: Blank,
        read: impl FnOnce(&str) -> Value<T>,
    ) -> Option<T> {
        if is_wanted != Some(false) {
            return self.optional(column, read);
        }
        self.must_be_blank(column, otherwise);
        None
    }

    /// The reader for date-times: local in the import's time zone, or instants.
    pub(super) fn moment(&self) -> impl Fn(&str) -> Value<DateTime<Utc>> + use<> {
        moment(self.scope.reading.zone)
    }

    /// The reader for numbers of people. Somebody may still be named by a number that is not theirs any more.
    pub(super) fn number(&self) -> impl Fn(&str) -> Value<EmployeeNumber> + use<'a> {
        let scope = self.scope;
        move |cell| {
            let number: EmployeeNumber = text(cell)?;
            let is_present = scope.index.employees.contains(&number);
            Ok(if is_present { number } else { scope.known.current(&number).unwrap_or(number) })
        }
    }

    /// What the company already has.
    pub(super) fn known(&self) -> &'a dyn Known {
        self.scope.known
    }

    /// The non-blank cells of the columns whose names contain a key.
    pub(super) fn open(&self) -> impl Iterator<Item = (&'a OpenColumn, &'a str, usize)> + use<'a> {
        let (header, record) = (self.header, self.record);
        header.open().iter().filter_map(move |(column, i)| {
            let text = std::str::from_utf8(record.cell(*i)?).ok()?.trim();
            (!text.is_empty()).then_some((column, text, *i))
        })
    }

    /// Records a problem with a column of the layout.
    pub(super) fn note(&mut self, column: &str, problem: Problem) {
        let name = self.header.name_of(column).to_owned();
        self.note_at(name, problem);
    }

    /// Records a problem with the column at this position.
    pub(super) fn note_cell(&mut self, i: usize, problem: Problem) {
        let name = self.header.name(i).to_owned();
        self.note_at(name, problem);
    }

    /// Records a problem with a column whose name contains a key.
    pub(super) fn note_open(&mut self, column: &OpenColumn, problem: Problem) {
        let name = self.header.name_of_open(column);
        self.note_at(name, problem);
    }

    fn note_at(&mut self, name: String, problem: Problem) {
        let mut fault = ImportFault::new(self.file, self.line(), problem.code).at(name);
        fault.params.extend(problem.params);
        self.faults.push(fault);
    }

    /// Records a problem if the column is not blank.
    pub(super) fn must_be_blank(&mut self, column: &str, reason: Blank) {
        if self.get(column).is_some() {
            self.note(column, Problem::new(Code::UnexpectedValue).saying("reason", reason));
        }
    }

    /// Checks that the rows that a cell refers to exist.
    pub(super) fn refer<T: Names>(&mut self, column: &str, reference: Reference, value: Option<&T>) {
        for key in
            value.into_iter().flat_map(T::names).filter(|key| !self.scope.exists(reference, key)).collect::<Vec<_>>()
        {
            let problem = Problem::of(Code::UnknownReference, key).saying("kind", reference.thing());
            self.note(column, problem.saying("place", reference.place()));
        }
    }

    /// Checks that the group belongs to the programme.
    pub(super) fn of_programme(&mut self, column: &str, programme: Option<&str>, group: Option<&str>) {
        let (Some(programme), Some(group)) = (programme, group) else { return };
        let is_there = self.scope.exists(Reference::LecturerGroup, group);
        if is_there && !self.scope.known.has_group(programme, group) {
            self.note(column, Problem::of(Code::NotOfProgramme, group).with("programme", programme));
        }
    }

    /// Checks that an end is not before its start.
    pub(super) fn order<T: PartialOrd + Written>(&mut self, column: &str, start: Option<T>, end: Option<T>) {
        if let (Some(start), Some(end)) = (start, end)
            && start > end
        {
            self.note(column, Problem::new(Code::EndsBeforeStart).with("start", start.written(self.scope.style())));
        }
    }

    /// Checks that the person is employed on that day. Returns the employment. Nobody unknown is checked.
    pub(super) fn employed(
        &mut self,
        column: &str,
        number: Option<&str>,
        day: Option<NaiveDate>,
    ) -> Option<Employment> {
        let (number, day) = (number?, day?);
        let known = self.scope.known;
        let all = match self.scope.index.employments.get(number) {
            Some(all) => all.clone(),
            None if known.holds(Reference::Employee, number) => {
                std::iter::once(known.employment(number)).chain(known.earlier(number).iter().copied()).collect()
            }
            None => return None,
        };
        let found = all.into_iter().find(|one| one.covers(day));
        if found.is_none() {
            self.note(column, Problem::of(Code::NotEmployed, number).with("day", day));
        }
        found
    }

    /// Checks that the person is employed on the day of the session.
    pub(super) fn employed_at(&mut self, column: &str, number: Option<&str>, session: Option<&str>) {
        let day = session.and_then(|code| self.session(code)).and_then(|session| session.day);
        self.employed(column, number, day);
    }

    /// Checks that these people are employed on the local day of this instant and, for a plan, that none of them was a lecturer whose
    /// appointments are over.
    pub(super) fn all_fit<'n>(
        &mut self,
        column: &str,
        numbers: impl Iterator<Item = &'n EmployeeNumber>,
        at: Option<DateTime<Utc>>,
        is_plan: bool,
    ) {
        let Some(day) = at.map(|at| at.with_timezone(&self.scope.reading.zone).date_naive()) else { return };
        for number in numbers {
            let is_employed = self.employed(column, Some(number), Some(day)).is_some();
            if is_plan && is_employed && self.scope.index.is_no_longer_appointed(number, day, self.scope.known) {
                self.note(column, Problem::of(Code::NoLongerAppointed, number).with("day", day));
            }
        }
    }

    /// The facts of a session in the import; none if only the company has the session.
    pub(super) fn session(&self, code: &str) -> Option<&'a SessionFacts> {
        self.scope.index.session_facts.get(code)
    }

    /// The start of a delivered session in the import.
    pub(super) fn began(&self, session: Option<&str>) -> Option<DateTime<Utc>> {
        self.session(session?)?.began
    }

    /// The form of a session's ratings: that of its programme on its day.
    pub(super) fn form_of(&self, session: Option<&str>) -> Option<&'a FeedbackForm> {
        session.and_then(|code| self.session(code))?.form.as_deref()
    }

    /// Checks that a session was delivered.
    pub(super) fn delivered(&mut self, column: &str, session: Option<&str>) {
        let facts = session.and_then(|session| self.session(session));
        if facts.is_some_and(|facts| facts.state != SessionState::Delivered) {
            self.note(column, Problem::new(Code::NotDelivered));
        }
    }

    /// Checks that people do not give feedback on the session themselves, in whose names a file would speak.
    pub(super) fn not_live(&mut self, column: &str, session: Option<&str>) {
        let facts = session.and_then(|session| self.session(session));
        if let Some(from) = facts.and_then(|facts| facts.live_from) {
            self.note(column, Problem::new(Code::LiveFeedback).with("start", from));
        }
    }

    /// Checks that the feedback on the session may have a name.
    pub(super) fn not_anonymous(&mut self, column: &str, session: Option<&str>) {
        let facts = session.and_then(|session| self.session(session));
        if facts.is_some_and(|facts| facts.is_anonymous) {
            self.note(column, Problem::new(Code::AnonymousFeedback));
        }
    }

    /// Checks that the person is not a lecturer of the session.
    pub(super) fn not_own(&mut self, column: &str, session: Option<&str>, employee: Option<&str>) {
        let (Some(session), Some(employee)) = (session, employee) else { return };
        let own = match self.session(session) {
            Some(facts) => facts.lecturers.iter().any(|lecturer| lecturer == employee),
            None => self.scope.known.gives(session, employee),
        };
        if own {
            self.note(column, Problem::new(Code::OwnSession));
        }
    }

    /// Checks that something is not before the session: not before its start, or not before its day.
    pub(super) fn not_before<T: PartialOrd + Written>(&mut self, column: &str, start: Option<T>, value: Option<T>) {
        if let (Some(start), Some(value)) = (start, value)
            && value < start
        {
            self.note(column, Problem::new(Code::BeforeSession).with("start", start.written(self.scope.style())));
        }
    }

    /// Checks that the company has the level, or that the person had it.
    pub(super) fn known_level(&mut self, column: &str, number: Option<&str>, level: Option<&str>) {
        let Some((number, level)) = number.zip(level) else { return };
        if let Some(known) = self.scope.known.unknown_level(number, level) {
            self.note(column, Problem::of(Code::UnknownLevel, level).saying("known", listed(known)));
        }
    }

    /// Checks that something has happened.
    pub(super) fn not_to_come(&mut self, column: &str, at: Option<DateTime<Utc>>) {
        if let (Some(at), Some(now)) = (at, self.scope.known.now())
            && at > now
        {
            self.note(column, Problem::new(Code::InFuture).with("now", now.written(self.scope.style())));
        }
    }
}
