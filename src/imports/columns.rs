//! The files of an import with their columns, in words: for the contract and for the command line.

use super::file::Row;
use super::layout::{Column, FileKind};
use super::rows::{
    AbsenceRow, AttendanceRow, CaseRow, ContentRow, DepartmentRow, EmployeeRow, LecturerGroupRow, LecturerRow,
    RatingRow, ReuseRow, SessionRow, SubmissionRow,
};

impl FileKind {
    /// The columns that the file has.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Departments => DepartmentRow::COLUMNS,
            Self::Employees => EmployeeRow::COLUMNS,
            Self::LecturerGroups => LecturerGroupRow::COLUMNS,
            Self::Lecturers => LecturerRow::COLUMNS,
            Self::Absences => AbsenceRow::COLUMNS,
            Self::Sessions => SessionRow::COLUMNS,
            Self::Contents => ContentRow::COLUMNS,
            Self::Submissions => SubmissionRow::COLUMNS,
            Self::Attendance => AttendanceRow::COLUMNS,
            Self::Ratings => RatingRow::COLUMNS,
            Self::Reuse => ReuseRow::COLUMNS,
            Self::Cases => CaseRow::COLUMNS,
        }
    }

    /// Columns whose names carry a key of their own.
    fn open_columns(self) -> Option<&'static str> {
        match self {
            Self::Employees => {
                Some("`external:SYSTEM:KIND` (what another system calls the person; `feishu_open_id` is one)")
            }
            Self::Ratings => Some("`item:KEY` or `item:KEY/SCALE` (the answer to an item of the form)"),
            _ => None,
        }
    }
}

/// A line of Markdown for each file: its names, the columns that it must have in bold, then those that it may have, each with the
/// names that exports use for it.
#[must_use]
pub fn describe_columns() -> String {
    let mut text = String::new();
    for kind in FileKind::ALL {
        let mut columns: Vec<&Column> = kind.columns().iter().collect();
        columns.sort_by_key(|column| !column.required);
        let mut words: Vec<String> = columns.into_iter().map(describe).collect();
        words.extend(kind.open_columns().map(str::to_owned));
        text.push_str(&format!("- `{}` ({}): {}\n", kind.file_name(), kind.other_names().join(", "), words.join("; ")));
    }
    text
}

fn describe(column: &Column) -> String {
    let name = if column.required { format!("**`{}`**", column.name) } else { format!("`{}`", column.name) };
    if column.aliases.is_empty() { name } else { format!("{name} ({})", column.aliases.join(", ")) }
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
        assert!(text.contains("**`employee_number`** ("), "what must be there is bold: {text}");
    }
}
