//! The columns of a table, and what stands in a cell.

use chrono::{DateTime, SecondsFormat, Utc};

use super::form::{TableForm, TableHeadings};
use crate::kernel::language::Language;
use crate::kernel::sheet;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Nothing,
    /// Never read as a formula or as a number, whatever it begins with.
    Text(String),
    /// An exact decimal number.
    Number(String),
}

impl Cell {
    pub fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    pub fn number(number: impl ToString) -> Self {
        Self::Number(number.to_string())
    }

    /// An instant in UTC (RFC 3339).
    #[must_use]
    pub fn instant(at: DateTime<Utc>) -> Self {
        Self::Text(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    /// A text, or nothing.
    pub fn maybe(text: Option<impl ToString>) -> Self {
        text.map_or(Self::Nothing, Self::text)
    }

    /// A number, or nothing.
    pub fn maybe_number(number: Option<impl ToString>) -> Self {
        number.map_or(Self::Nothing, Self::number)
    }

    /// As CSV has it.
    #[must_use]
    pub fn into_csv(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => sheet::text(text),
            Self::Number(number) => number,
        }
    }
}

/// A column of a table of rows `T`, declared once: its names, and its cell in a row.
pub struct Column<T> {
    /// Its name for software.
    code: &'static str,
    en: &'static str,
    zh: &'static str,
    cell: fn(&T) -> Cell,
}

impl<T> Column<T> {
    #[must_use]
    pub const fn new(code: &'static str, en: &'static str, zh: &'static str, cell: fn(&T) -> Cell) -> Self {
        Self { code, en, zh, cell }
    }
}

/// What the columns are called.
#[must_use]
pub fn headings<T>(columns: &[Column<T>], form: &TableForm, language: Language) -> Vec<String> {
    let heading = |column: &Column<T>| match (form.headings(), language) {
        (TableHeadings::Codes, _) => column.code,
        (TableHeadings::Words, Language::En) => column.en,
        (TableHeadings::Words, Language::ZhCn) => column.zh,
    };
    columns.iter().map(|column| heading(column).to_owned()).collect()
}

/// The cells of a row.
#[must_use]
pub fn cells<T>(columns: &[Column<T>], row: &T) -> Vec<Cell> {
    columns.iter().map(|column| (column.cell)(row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tables::TableFormat;

    const COLUMNS: &[Column<i32>] = &[
        Column::new("id", "Id", "编号", |id| Cell::text(*id)),
        Column::new("sum", "Sum", "合计", |id| Cell::number(*id)),
    ];

    #[test]
    fn columns_are_called_in_one_of_three_ways() {
        let form = |format, headings| TableForm { format: Some(format), headings };
        let called = |form: &TableForm, language| headings(COLUMNS, form, language).join(" ");
        assert_eq!(called(&form(TableFormat::Csv, None), Language::ZhCn), "id sum");
        assert_eq!(called(&form(TableFormat::Csv, Some(TableHeadings::Words)), Language::ZhCn), "编号 合计");
        assert_eq!(called(&form(TableFormat::Xlsx, None), Language::En), "Id Sum");
        assert_eq!(called(&form(TableFormat::Xlsx, Some(TableHeadings::Codes)), Language::En), "id sum");
    }

    #[test]
    fn only_a_text_is_kept_from_being_a_formula() {
        let row: Vec<String> = cells(COLUMNS, &-5).into_iter().map(Cell::into_csv).collect();
        assert_eq!(row, ["'-5", "-5"]);
        assert_eq!(Cell::maybe(None::<&str>).into_csv(), "");
    }
}
