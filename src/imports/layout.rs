//! The files of an import and their columns, with all the names that exports give them.

use super::fault::{ImportFault, ImportFaultCode};
use super::words::{chinese, in_both};
use crate::kernel::language::Language;
use crate::kernel::message::{Words, listed};
use crate::kernel::records::{Record, plain_name};
use crate::kernel::text::{Code, IdKind};

/// Declares the files of an import with their names. The first name is the one used for writing.
macro_rules! files {
    ($($kind:ident = $($name:literal)|+;)+) => {
        /// The files of an import, in the order in which they are read: a file refers only to files before it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FileKind {
            $($kind,)+
        }

        impl FileKind {
            pub const ALL: [Self; [$(Self::$kind),+].len()] = [$(Self::$kind),+];

            /// The file's name without its extension, then the other names that exports use.
            fn stems(self) -> &'static [&'static str] {
                match self { $(Self::$kind => &[$($name),+],)+ }
            }
        }
    };
}

files! {
    Departments = "departments" | "部门" | "组织架构";
    Employees = "employees" | "员工" | "花名册" | "员工花名册";
    LecturerGroups = "lecturer_groups" | "讲师群";
    Lecturers = "lecturers" | "讲师";
    Absences = "absences" | "请假" | "请假记录";
    Calendar = "calendar" | "calendar_days" | "日历" | "工作日历";
    Sessions = "sessions" | "分享" | "课程";
    Contents = "contents" | "内容" | "分享内容";
    Submissions = "submissions" | "内容提交" | "提交记录";
    Attendance = "attendance" | "签到" | "考勤" | "签到记录";
    Ratings = "ratings" | "评分" | "学员评分";
    Reuse = "reuse" | "复用" | "复用记录";
    Cases = "cases" | "应用案例" | "案例";
}

/// A column of a file.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The project's own name of the column, as in the schema.
    pub name: &'static str,
    /// The names that exports use, in the form that [`plain_name`] returns.
    pub aliases: &'static [&'static str],
    /// Whether the file must have the column. Whether a cell may be blank is decided by the row.
    pub required: bool,
}

impl Column {
    /// The name of the column in files of this language.
    #[must_use]
    pub(super) fn called(&self, language: Language) -> &'static str {
        match language {
            Language::En => self.name,
            Language::ZhCn => chinese(self.aliases).unwrap_or(self.name),
        }
    }

    /// All its names, the project's own first.
    fn names(&self) -> Vec<&'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied()).collect()
    }
}

/// A column whose name contains a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenColumn {
    /// `feishu_open_id`, or `external:SYSTEM:KIND`: the person's id in another system.
    ExternalId { system: IdKind, kind: IdKind },
    /// `item:KEY`, or `item:KEY/5` for answers on a scale of their own.
    Item { key: Code, scale: Option<i32> },
}

/// Which cell of a row belongs to which column.
#[derive(Debug, Default)]
pub struct Header {
    columns: Vec<(&'static str, usize)>,
    open: Vec<(OpenColumn, usize)>,
    /// The column names as they are in the file. A column without a name must be empty.
    names: Vec<String>,
    /// The faults of the header.
    pub faults: Vec<ImportFault>,
    /// Whether rows can be read at all.
    pub is_usable: bool,
}

impl FileKind {
    /// The name of the file without its extension.
    #[must_use]
    pub fn stem(self) -> &'static str {
        self.stems().first().copied().unwrap_or_default()
    }

    /// The name of the file in this language, without its extension.
    #[must_use]
    pub fn called(self, language: Language) -> &'static str {
        match language {
            Language::En => self.stem(),
            Language::ZhCn => chinese(self.stems()).unwrap_or_else(|| self.stem()),
        }
    }

    /// The name used for writing the file.
    #[must_use]
    pub fn file_name(self) -> String {
        self.file_name_in(Language::En)
    }

    /// The name used for writing the file in this language.
    #[must_use]
    pub fn file_name_in(self, language: Language) -> String {
        format!("{}.csv", self.called(language))
    }

    /// The names of all files, for a message.
    #[must_use]
    pub fn file_names() -> Words {
        let names = |language| listed(Self::ALL.map(|kind| kind.file_name_in(language)));
        Words { zh: names(Language::ZhCn).zh, en: names(Language::En).en }
    }

    /// The other names that exports use for the file.
    pub(super) fn other_names(self) -> &'static [&'static str] {
        self.stems().get(1..).unwrap_or_default()
    }

    /// The file that a name refers to. Folders in front of it and upper or lower case do not matter.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let base = name.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase();
        let stem = base.strip_suffix(".csv")?;
        Self::ALL.into_iter().find(|kind| kind.stems().contains(&stem))
    }
}

impl Header {
    /// Finds the columns in the file's first record.
    pub(super) fn resolve(
        file: &str,
        record: &Record,
        layout: &'static [Column],
        open_column: fn(&str) -> Option<OpenColumn>,
    ) -> Self {
        let mut header = Self { is_usable: record.flaw.is_none(), ..Self::default() };
        for i in 0..record.cell_count() {
            let name = String::from_utf8_lossy(record.cell(i).unwrap_or_default()).trim().to_owned();
            header.names.push(name);
        }
        for i in 0..record.cell_count() {
            header.place(file, record.line, i, layout, open_column);
        }
        for column in layout.iter().filter(|column| column.required) {
            if header.position(column.name).is_none() {
                let fault = ImportFault::new(file, record.line, ImportFaultCode::MissingColumn).at(column.name);
                let fault = fault.saying("names", in_both(std::iter::once(column.names().as_slice())));
                header.faults.push(fault);
                header.is_usable = false;
            }
        }
        header
    }

    fn place(
        &mut self,
        file: &str,
        line: u64,
        i: usize,
        layout: &'static [Column],
        open_column: fn(&str) -> Option<OpenColumn>,
    ) {
        let as_written = self.name(i).to_owned();
        if as_written.is_empty() {
            return;
        }
        let name = plain_name(&as_written);
        let fault = |code| ImportFault::new(file, line, code).at(&as_written);
        let column = layout.iter().find(|column| column.name == name || column.aliases.contains(&&*name));
        let first = match (column, open_column(&name)) {
            (Some(column), _) => {
                let first = self.position(column.name);
                self.columns.extend(first.is_none().then_some((column.name, i)));
                first
            }
            (None, Some(open)) => {
                let first = self.open.iter().find(|(other, _)| other.is_same_as(&open)).map(|(_, first)| *first);
                self.open.extend(first.is_none().then_some((open, i)));
                first
            }
            (None, None) => {
                let names = layout.iter().map(Column::names).collect::<Vec<_>>();
                let known = in_both(names.iter().map(Vec::as_slice));
                return self.faults.push(fault(ImportFaultCode::UnknownColumn).saying("known", known));
            }
        };
        if let Some(first) = first {
            let first = self.name(first).to_owned();
            self.faults.push(fault(ImportFaultCode::RepeatedColumn).with("first", first));
        }
    }

    /// The columns of the layout that are in the file.
    pub(super) fn columns(&self) -> Vec<&'static str> {
        self.columns.iter().map(|(name, _)| *name).collect()
    }

    /// The number of cells that a row must have.
    pub(super) fn width(&self) -> usize {
        self.names.len()
    }

    pub(super) fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().find(|(name, _)| *name == column).map(|(_, i)| *i)
    }

    pub(super) fn open(&self) -> &[(OpenColumn, usize)] {
        &self.open
    }

    /// The name of the cell's column in the file.
    pub(super) fn name(&self, i: usize) -> &str {
        self.names.get(i).map_or("", String::as_str)
    }

    /// The name that a column whose name contains a key has in the file.
    pub(super) fn name_of_open(&self, column: &OpenColumn) -> String {
        let position = self.open.iter().find(|(known, _)| known == column).map(|(_, i)| *i);
        position.map_or_else(|| column.name(), |i| self.name(i).to_owned())
    }

    /// The name that a column of the layout has in the file.
    pub(super) fn name_of<'a>(&'a self, column: &'a str) -> &'a str {
        self.position(column).map_or(column, |i| self.name(i))
    }
}

impl OpenColumn {
    /// The name used for writing the column.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::ExternalId { system, kind } => format!("external:{system}:{kind}"),
            Self::Item { key, scale: Some(scale) } => format!("item:{key}/{scale}"),
            Self::Item { key, scale: None } => format!("item:{key}"),
        }
    }

    fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Item { key, .. }, Self::Item { key: other, .. }) => key == other,
            _ => self == other,
        }
    }
}
