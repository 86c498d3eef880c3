//! What rows may refer to: the keys of the import's own files, and what the company already has.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::fault::LookedFor;
use super::file::Numbered;
use super::numbers::Question;
use super::rows::{EmployeeRow, LecturerRow};
use super::stored::{Career, Span};
use crate::kernel::last_day::LastDay;
use crate::kernel::phrases::Thing;
use crate::kernel::text::{EmployeeNumber, MailAddress, Name};
use crate::people::import_store::ExternalId;
use crate::people::{Employment, earlier_than};
use crate::programmes::FeedbackForm;
use crate::sessions::SessionState;

/// The kinds of things that a cell may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    Programme,
    Department,
    Employee,
    LecturerGroup,
    Session,
    Content,
}

/// What the company already has. Programmes are never part of an import, so they must be known. The default methods describe a
/// company that has nothing yet.
pub trait Known: Sync {
    /// Whether something with this code (for an employee: number) exists.
    fn holds(&self, reference: Reference, key: &str) -> bool;

    /// Whether the person is a lecturer of this session of the company. Only asked for sessions that are not in the import.
    fn gives(&self, _session_code: &str, _employee_number: &str) -> bool {
        false
    }

    /// The feedback form of the programme for a session on this day.
    fn form(&self, _programme: &str, _day: Option<NaiveDate>) -> Option<Arc<FeedbackForm>> {
        None
    }

    /// The first day from which the programme takes no feedback from files, if there is one.
    fn live_from(&self, _programme: &str) -> Option<NaiveDate> {
        None
    }

    /// Whether the programme's feedback is anonymous.
    fn is_anonymous(&self, _programme: &str) -> bool {
        false
    }

    /// The levels of the company, if this is none of them and the person never had it.
    fn unknown_level(&self, _number: &str, _level: &str) -> Option<&[String]> {
        None
    }

    /// Whether the group belongs to the programme.
    fn has_group(&self, _programme: &str, _group: &str) -> bool {
        true
    }

    /// The parent of a department of the company.
    fn parent(&self, _department: &str) -> Option<&str> {
        None
    }

    /// The latest employment of the person.
    fn employment(&self, _number: &str) -> Employment {
        Employment::default()
    }

    /// The employments before it.
    fn earlier(&self, _number: &str) -> &[Employment] {
        &[]
    }

    /// Whether another person has the id.
    fn is_anothers(&self, _id: &ExternalId, _number: &str) -> bool {
        false
    }

    /// The person who has the id. None: nobody, or somebody without a number.
    fn owner(&self, _id: &ExternalId) -> Option<&str> {
        None
    }

    /// The staff with this address and when they are employed, without those who have left. None: somebody without a number.
    fn mail_holders(&self, _mail: &MailAddress) -> &[(Option<EmployeeNumber>, Employment)] {
        &[]
    }

    /// Whether an employment that ends on this day is over.
    fn is_past(&self, _left_on: Option<LastDay>) -> bool {
        false
    }

    /// Whether a row with this number, name and first day is about the person to whom the number belongs or belonged.
    fn question(&self, _number: &str, _name: &Name, _hired_on: Option<NaiveDate>) -> Question {
        Question::Settled
    }

    /// The name of the person for whom the number waits until a second person confirms it.
    fn awaited_by(&self, _number: &str) -> Option<&Name> {
        None
    }

    /// Notes that the files give the number to another person: from now on nothing is known about it.
    fn recycle(&self, _number: &EmployeeNumber) {}

    /// The present number of somebody who formerly had this one, or for whom it waits, if nobody has it now.
    fn current(&self, _number: &EmployeeNumber) -> Option<EmployeeNumber> {
        None
    }

    /// Notes that a row of `employees` names the person with this number by another one.
    fn name_otherwise(&self, _present: &EmployeeNumber) {}

    /// The former numbers by which the files have named people, with the present ones.
    fn former_numbers(&self) -> Vec<(EmployeeNumber, EmployeeNumber)> {
        Vec::new()
    }

    /// The instant of the import. None: nothing is in the future.
    fn now(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// The company's day. None: nothing is planned for days to come.
    fn today(&self) -> Option<NaiveDate> {
        None
    }

    /// The person's department memberships.
    fn memberships(&self, _number: &str) -> &[Span] {
        &[]
    }

    /// The person's appointments, levels and groups.
    fn career(&self, _number: &str) -> Career {
        Career::default()
    }
}

/// Known keys as sets, one per kind.
#[derive(Debug, Clone, Default)]
pub struct KnownKeys {
    keys: BTreeMap<Reference, HashSet<String>>,
}

impl KnownKeys {
    /// Adds keys of one kind.
    #[must_use]
    pub fn with<K: Into<String>>(mut self, reference: Reference, keys: impl IntoIterator<Item = K>) -> Self {
        self.keys.entry(reference).or_default().extend(keys.into_iter().map(Into::into));
        self
    }
}

impl Known for KnownKeys {
    fn holds(&self, reference: Reference, key: &str) -> bool {
        self.keys.get(&reference).is_some_and(|keys| keys.contains(key))
    }
}

impl Reference {
    pub const ALL: [Self; 6] =
        [Self::Programme, Self::Department, Self::Employee, Self::LecturerGroup, Self::Session, Self::Content];

    /// Where it must be.
    #[must_use]
    pub fn place(self) -> LookedFor {
        match self {
            Self::Programme => LookedFor::InCompany,
            Self::Department | Self::Employee | Self::LecturerGroup => LookedFor::InImportOrCompany,
            Self::Session => LookedFor::InSessions,
            Self::Content => LookedFor::InContents,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn thing(self) -> Thing {
        match self {
            Self::Programme => Thing::Programme,
            Self::Department => Thing::Department,
            Self::Employee => Thing::Employee,
            Self::LecturerGroup => Thing::LecturerGroup,
            Self::Session => Thing::Session,
            Self::Content => Thing::Content,
        }
    }
}

/// The keys of one file, each with its line.
#[derive(Debug, Clone, Default)]
pub struct Keys(HashMap<Box<str>, u64>);

impl Keys {
    /// Claims the key for a line. Fails with the line that already has it.
    pub(super) fn claim(&mut self, key: &str, line: u64) -> Result<(), u64> {
        match self.line(key) {
            Some(first) => Err(first),
            None => {
                self.0.insert(key.into(), line);
                Ok(())
            }
        }
    }

    pub(super) fn forget(&mut self, key: &str) {
        self.0.remove(key);
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The line that has claimed the key.
    pub(super) fn line(&self, key: &str) -> Option<u64> {
        self.0.get(key).copied()
    }
}

/// The facts of a session that ratings, attendance and cases are checked against.
#[derive(Debug, Clone)]
pub(super) struct SessionFacts {
    pub lecturers: Vec<EmployeeNumber>,
    /// The form of its ratings, whose scales hold where the file gives none. None: its programme has no rule.
    pub form: Option<Arc<FeedbackForm>>,
    pub state: SessionState,
    /// The start, if it was delivered.
    pub began: Option<DateTime<Utc>>,
    /// The local day of the start.
    pub day: Option<NaiveDate>,
    /// The first day from which its programme takes no feedback from files, if the session is on or after it.
    pub live_from: Option<NaiveDate>,
    /// Whether its programme's feedback is anonymous.
    pub is_anonymous: bool,
}

/// The keys of the files read so far.
#[derive(Debug, Default)]
pub struct Index {
    pub(super) departments: Keys,
    pub(super) employees: Keys,
    /// The employments of the people in the file, as they are after the import.
    pub(super) employments: HashMap<Box<str>, Vec<Employment>>,
    pub(super) lecturer_groups: Keys,
    /// First days and ends of the appointments in the file.
    pub(super) appointments: HashMap<Box<str>, Vec<(NaiveDate, Option<NaiveDate>)>>,
    pub(super) sessions: Keys,
    pub(super) session_facts: HashMap<Box<str>, SessionFacts>,
    pub(super) contents: Keys,
    /// Files with rows that could not be read. Their keys are not fully known, so references to them are accepted.
    pub(super) unreadable: BTreeSet<Reference>,
}

impl Index {
    /// Notes the employments of the people in the file.
    pub(super) fn note_employments(&mut self, rows: &[Numbered<EmployeeRow>], known: &dyn Known) {
        for Numbered { row, .. } in rows {
            let (number, latest) = (&row.employee_number, row.employment());
            let earlier = earlier_than(&latest, known.employment(number), known.earlier(number));
            self.employments.insert(number.as_str().into(), std::iter::once(latest).chain(earlier).collect());
        }
    }

    /// Notes the appointments in the file.
    pub(super) fn note_appointments(&mut self, rows: &[Numbered<LecturerRow>]) {
        for Numbered { row, .. } in rows {
            let own = self.appointments.entry(row.employee_number.as_str().into()).or_default();
            own.push((row.appointed_on, row.ended_on.map(LastDay::day_after)));
        }
    }

    /// Whether the person was a lecturer and all appointments, as they are after the import, are over on that day.
    pub(super) fn is_no_longer_appointed(&self, number: &str, day: NaiveDate, known: &dyn Known) -> bool {
        let said = self.appointments.get(number).map(Vec::as_slice).unwrap_or_default();
        let stored = known.career(number).appointments.into_iter().map(|one| (one.from, one.to));
        let stored = stored.filter(|(from, _)| said.iter().all(|(other, _)| other != from));
        let all: Vec<(NaiveDate, Option<NaiveDate>)> = stored.chain(said.iter().copied()).collect();
        !all.is_empty() && all.iter().all(|(_, end)| end.is_some_and(|end| end <= day))
    }

    pub(super) fn contains(&self, reference: Reference, key: &str) -> bool {
        self.unreadable.contains(&reference) || self.keys(reference).is_some_and(|keys| keys.contains(key))
    }

    fn keys(&self, reference: Reference) -> Option<&Keys> {
        match reference {
            Reference::Programme => None,
            Reference::Department => Some(&self.departments),
            Reference::Employee => Some(&self.employees),
            Reference::LecturerGroup => Some(&self.lecturer_groups),
            Reference::Session => Some(&self.sessions),
            Reference::Content => Some(&self.contents),
        }
    }
}
