//! All files of an import together.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::Scope;
use super::checked::{Checked, note_read};
use super::content::Input;
use super::fault::{ImportFault, ImportFaultCode as Code};
use super::fault_log::FaultLog;
use super::file::{Numbered, Rows};
use super::index::{Index, Keys, Known, Reference, SessionFacts};
use super::layout::{FileKind, Header};
use super::order::{Counts, WithdrawnPlan};
use super::row::Row;
use super::rows::{
    AbsenceRow, AttendanceRow, CalendarRow, CaseRow, ContentRow, DepartmentRow, EmployeeRow, LecturerGroupRow,
    LecturerRow, RatingRow, ReuseRow, SessionRow, SubmissionRow,
};
use super::stored::{Span, place, placement};
use super::{ImportFile, Reading};
use crate::kernel::text::{EmployeeNumber, OutsideCode};

/// The rows of the small files, in the order of the files.
#[derive(Debug, Default)]
pub struct Tables {
    pub departments: Vec<Numbered<DepartmentRow>>,
    pub employees: Vec<Numbered<EmployeeRow>>,
    pub lecturer_groups: Vec<Numbered<LecturerGroupRow>>,
    pub lecturers: Vec<Numbered<LecturerRow>>,
    pub absences: Vec<Numbered<AbsenceRow>>,
    pub calendar: Vec<Numbered<CalendarRow>>,
    pub sessions: Vec<Numbered<SessionRow>>,
    pub contents: Vec<Numbered<ContentRow>>,
    pub submissions: Vec<Numbered<SubmissionRow>>,
    pub cases: Vec<Numbered<CaseRow>>,
    pub(super) headers: BTreeMap<FileKind, Header>,
    /// Departments whose manager in the file does not exist. They keep the manager that they have.
    pub without_manager: Vec<OutsideCode>,
}

impl Tables {
    /// The number of all rows.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.departments.len()
            + self.employees.len()
            + self.lecturer_groups.len()
            + self.lecturers.len()
            + self.absences.len()
            + self.calendar.len()
            + self.sessions.len()
            + self.contents.len()
            + self.submissions.len()
            + self.cases.len()
    }

    /// The columns of the file; none without the file. Columns that are not in it change nothing.
    #[must_use]
    pub fn given(&self, kind: FileKind) -> Vec<&'static str> {
        self.headers.get(&kind).map(Header::columns).unwrap_or_default()
    }
}

/// An import whose small files have been read and whose large files can now be read.
pub struct Import<'a> {
    pub tables: Tables,
    /// The faults of the small files and of the import as a whole.
    pub faults: FaultLog,
    pub(super) reading: &'a Reading,
    pub(super) known: &'a dyn Known,
    pub(super) index: Index,
    pub(super) files: BTreeMap<FileKind, ImportFile<'a>>,
    /// Those in another encoding, with the line that shows it.
    foreign: BTreeMap<FileKind, u64>,
    /// The lines of second rows of large files, if they are not found anew when the file is read again.
    seconds: BTreeMap<FileKind, BTreeSet<u64>>,
    /// Rows without a fault, by file; those of the large files after [`Import::check_streams`].
    pub read: Counts,
    is_broken: bool,
}

/// Reads the files of an import, in any order.
#[must_use]
pub fn read<'a>(files: &[ImportFile<'a>], reading: &'a Reading, known: &'a dyn Known) -> Import<'a> {
    let mut import = Import {
        tables: Tables::default(),
        faults: reading.log(),
        reading,
        known,
        index: Index::default(),
        files: BTreeMap::new(),
        foreign: BTreeMap::new(),
        seconds: BTreeMap::new(),
        read: Counts::new(),
        is_broken: false,
    };
    import.sort_files(files);
    import.read_people();
    import.read_teaching();
    import
}

impl<'a> Import<'a> {
    /// Whether nothing may be stored, according to the small files: a fault in strict reading, more faults than can be listed,
    /// or a file that cannot be read at all. The large files are checked as they are streamed.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.is_broken || self.has_unnamed_faults() || (!self.reading.skip_faulty && !self.faults.is_empty())
    }

    /// Whether some faults are not named with their places. Rows that are left out must be listed.
    #[must_use]
    pub fn has_unnamed_faults(&self) -> bool {
        !self.faults.names_all()
    }

    /// Whether faulty rows are left out.
    #[must_use]
    pub fn skips_faulty(&self) -> bool {
        self.reading.skip_faulty
    }

    /// How many rows are to be stored, after [`Import::check_streams`].
    #[must_use]
    pub fn rows_to_store(&self) -> usize {
        let streamed = [FileKind::Attendance, FileKind::Ratings, FileKind::Reuse];
        let streamed = streamed.iter().filter_map(|kind| self.read.get(kind.stem()));
        self.tables.row_count() + streamed.sum::<usize>()
    }

    /// Whether there is such a file.
    #[must_use]
    pub fn has(&self, kind: FileKind) -> bool {
        self.files.contains_key(&kind)
    }

    /// The rows of `attendance.csv`; none without the file.
    pub fn attendance(&self) -> Rows<'_, AttendanceRow, Input> {
        self.rows()
    }

    /// The rows of `ratings.csv`; none without the file.
    pub fn ratings(&self) -> Rows<'_, RatingRow, Input> {
        self.rows()
    }

    /// The rows of `reuse.csv`; none without the file.
    pub fn reuse(&self) -> Rows<'_, ReuseRow, Input> {
        self.rows()
    }

    /// The rows of a large file that was not given as bytes. `input` should be a buffered reader.
    pub fn rows_of<T: Row, R: std::io::BufRead>(&self, name: &str, input: R) -> Rows<'_, T, R> {
        Rows::new(self.scope(), name, input)
    }

    /// The former numbers by which the files read so far have named people, with the present ones.
    #[must_use]
    pub fn former_numbers(&self) -> Vec<(EmployeeNumber, EmployeeNumber)> {
        self.known.former_numbers()
    }

    /// The planned moves that the files do not know.
    #[must_use]
    pub fn withdrawn_moves(&self) -> Vec<WithdrawnPlan> {
        let of = |row: &EmployeeRow| {
            let stored = self.known.memberships(&row.employee_number);
            let placing = placement(row).and_then(|asked| place(stored, &asked, self.known.today()).ok());
            placing.map(|placing| placing.withdrawn).unwrap_or_default()
        };
        let rows = self.tables.employees.iter().map(|numbered| &numbered.row);
        let moves = rows.flat_map(|row| of(row).into_iter().map(move |span| (row, span)));
        let told = |(row, span): (&EmployeeRow, Span)| WithdrawnPlan {
            employee_number: row.employee_number.to_string(),
            department_code: span.code.to_string(),
            starts_on: span.from,
        };
        moves.map(told).collect()
    }

    /// Reads the large files only to add their faults. Returns whether all of them could be read.
    pub fn check_streams(&mut self) -> bool {
        let log = std::mem::replace(&mut self.faults, self.reading.log());
        let read = std::mem::take(&mut self.read);
        let mut checked = Checked { log, read, seconds: BTreeMap::new() };
        let reading = self.reading;
        let mut sound = checked.drain(self.attendance(), reading);
        sound &= checked.drain(self.ratings(), reading);
        sound &= checked.drain(self.reuse(), reading);
        (self.faults, self.read, self.seconds) = (checked.log, checked.read, checked.seconds);
        self.is_broken |= !sound;
        sound
    }

    fn scope(&self) -> Scope<'_> {
        Scope { reading: self.reading, known: self.known, index: &self.index }
    }

    fn rows<T: Row>(&self) -> Rows<'_, T, Input> {
        match self.files.get(&T::KIND) {
            Some(file) => {
                let rows = Rows::of_file(self.scope(), file, self.foreign.get(&T::KIND).copied());
                rows.knowing(self.seconds.get(&T::KIND).cloned())
            }
            None => Rows::absent(self.scope()),
        }
    }

    fn sort_files(&mut self, files: &[ImportFile<'a>]) {
        for file in files {
            let fault = |code| ImportFault::new(file.name, 1, code);
            match FileKind::of_name(file.name) {
                None => self.faults.push(fault(Code::UnknownFile).saying("known", FileKind::file_names())),
                Some(kind) => {
                    if let Some(first) = self.files.get(&kind) {
                        self.faults.push(fault(Code::RepeatedFile).with("first", first.name));
                    } else {
                        let foreign = file.content.first_foreign_line();
                        self.foreign.extend(foreign.map(|line| (kind, line)));
                        self.files.insert(kind, file.clone());
                        continue;
                    }
                }
            }
            self.is_broken = true;
        }
    }

    fn read_people(&mut self) {
        let (departments, codes) = self.table::<DepartmentRow>(Some(Reference::Department));
        self.index.departments = codes;
        self.tables.departments = self.check_tree(departments);
        let (employees, numbers) = self.table::<EmployeeRow>(Some(Reference::Employee));
        self.index.employees = numbers;
        self.tables.employees = self.check_marks(employees);
        self.index.note_employments(&self.tables.employees, self.known);
        self.check_managers();
        let (groups, codes) = self.table::<LecturerGroupRow>(Some(Reference::LecturerGroup));
        self.index.lecturer_groups = codes;
        self.tables.lecturer_groups = groups;
        self.tables.lecturers = self.table::<LecturerRow>(None).0;
        self.index.note_appointments(&self.tables.lecturers);
        self.tables.absences = self.table::<AbsenceRow>(None).0;
        self.tables.calendar = self.table::<CalendarRow>(None).0;
    }

    fn read_teaching(&mut self) {
        let (sessions, codes) = self.table::<SessionRow>(Some(Reference::Session));
        self.index.sessions = codes;
        let zone = self.reading.zone;
        let facts = sessions.iter().map(|Numbered { row, .. }| {
            let day = row.delivered_start.map(|start| start.with_timezone(&zone).date_naive());
            let live_from = self.known.live_from(&row.programme_code);
            let facts = SessionFacts {
                lecturers: row.lecturers.iter().map(|share| share.employee_number.clone()).collect(),
                form: self.known.form(&row.programme_code, day),
                state: row.state,
                began: row.delivered_start,
                day,
                live_from: live_from.filter(|from| day.is_some_and(|day| day >= *from)),
                is_anonymous: self.known.is_anonymous(&row.programme_code),
            };
            (row.session_code.as_str().into(), facts)
        });
        self.index.session_facts = facts.collect();
        self.tables.sessions = sessions;
        let (contents, codes) = self.table::<ContentRow>(Some(Reference::Content));
        self.index.contents = codes;
        self.tables.contents = contents;
        self.tables.submissions = self.table::<SubmissionRow>(None).0;
        self.tables.cases = self.table::<CaseRow>(None).0;
    }

    /// Reads a small file; `reference` is the kind of its keys.
    fn table<T: Row>(&mut self, reference: Option<Reference>) -> (Vec<Numbered<T>>, Keys) {
        if !self.files.contains_key(&T::KIND) {
            return (Vec::new(), Keys::default());
        }
        let mut table = Vec::new();
        let mut log = std::mem::replace(&mut self.faults, self.reading.log());
        let mut rows = self.rows::<T>();
        for row in rows.by_ref() {
            self.reading.progress.check(1);
            match row {
                Ok(row) => table.push(row),
                Err(faults) => log.extend(faults),
            }
        }
        let (is_usable, has_lost_keys) = (rows.is_usable(), rows.has_lost_keys());
        let (header, codes) = rows.into_parts();
        self.faults = log;
        self.tables.headers.insert(T::KIND, header);
        note_read(&mut self.read, T::KIND, table.len());
        self.is_broken |= !is_usable;
        if has_lost_keys && (!is_usable || !self.reading.skip_faulty) {
            self.index.unreadable.extend(reference);
        }
        (table, codes)
    }
}
