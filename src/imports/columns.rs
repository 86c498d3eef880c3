//! Descriptions of the files of an import and their columns, for the contract and the command line.

use super::layout::{Column, FileKind};
use super::row::{OpenCell as _, Row};
use super::rows::{
    AbsenceRow, AttendanceRow, CalendarRow, CaseRow, ContentRow, DepartmentRow, EmployeeRow, LecturerGroupRow,
    LecturerRow, RatingRow, ReuseRow, SessionRow, SubmissionRow,
};

impl FileKind {
    /// The columns of the file.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        self.layout().0
    }

    /// The columns, and a description of those whose names contain a key.
    fn layout(self) -> (&'static [Column], Option<&'static str>) {
        fn of<T: Row>() -> (&'static [Column], Option<&'static str>) {
            (T::COLUMNS, T::Open::ABOUT)
        }
        match self {
            Self::Departments => of::<DepartmentRow>(),
            Self::Employees => of::<EmployeeRow>(),
            Self::LecturerGroups => of::<LecturerGroupRow>(),
            Self::Lecturers => of::<LecturerRow>(),
            Self::Absences => of::<AbsenceRow>(),
            Self::Calendar => of::<CalendarRow>(),
            Self::Sessions => of::<SessionRow>(),
            Self::Contents => of::<ContentRow>(),
            Self::Submissions => of::<SubmissionRow>(),
            Self::Attendance => of::<AttendanceRow>(),
            Self::Ratings => of::<RatingRow>(),
            Self::Reuse => of::<ReuseRow>(),
            Self::Cases => of::<CaseRow>(),
        }
    }
}

/// One line of Markdown per file: its names, the required columns in bold, then the optional columns, each with the names that
/// exports use for it.
#[must_use]
pub fn describe_columns() -> String {
    let mut text = String::new();
    for kind in FileKind::ALL {
        let (columns, open) = kind.layout();
        let mut columns: Vec<&Column> = columns.iter().collect();
        columns.sort_by_key(|column| !column.required);
        let mut words: Vec<String> = columns.into_iter().map(describe).collect();
        words.extend(open.map(str::to_owned));
        text.push_str(&format!("- `{}` ({}): {}\n", kind.file_name(), kind.other_names().join(", "), words.join("; ")));
    }
    text
}

/// The columns of ends. Exports differ in which day they mean.
const LAST_DAYS: [&str; 3] = ["left_on", "ended_on", "ends_on"];

fn describe(column: &Column) -> String {
    let name = if column.required { format!("**`{}`**", column.name) } else { format!("`{}`", column.name) };
    let named = if column.aliases.is_empty() { name } else { format!("{name} ({})", column.aliases.join(", ")) };
    if LAST_DAYS.contains(&column.name) {
        format!("{named}: the last day, included（最后一天，含当天）")
    } else {
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_every_file_is_described() {
        let text = describe_columns();
        for kind in FileKind::ALL {
            assert!(text.contains(&format!("- `{}`", kind.file_name())));
            for column in kind.columns() {
                assert!(text.contains(&format!("`{}`", column.name)), "{kind:?} {}", column.name);
            }
        }
        assert!(text.contains("**`employee_number`** ("), "required columns are bold: {text}");
        assert_eq!(text.matches(": the last day, included").count(), LAST_DAYS.len(), "ends say which day: {text}");
    }
}
