//! How a caller asks for a table.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::http::page::Unfiltered;
use crate::kernel::sheet::CSV;
use crate::kernel::words::words;

/// The media type of a workbook.
pub const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

words! {
    /// The format of a table.
    pub enum TableFormat {
        /// UTF-8 with byte order mark and header. Texts that a spreadsheet would read as a formula begin with `'`.
        Csv = "csv",
        /// A workbook for spreadsheets. No cell is a formula. Numbers of up to 15 digits are numbers, longer ones texts; a text longer than
        /// 32,767 characters is cut and ends with `…`. After 1,048,575 rows a further sheet begins.
        Xlsx = "xlsx",
    }

    /// How the columns of a table are called. The cells keep the codes of kinds, states and the like.
    pub enum TableHeadings {
        /// By names for software, which do not change.
        Codes = "codes",
        /// In the language that `Accept-Language` asks for.
        Words = "words",
    }
}

impl TableFormat {
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => CSV,
            Self::Xlsx => WORKBOOK,
        }
    }
}

/// The part of every table's query that says what the file is like.
#[derive(Debug, Clone, Copy, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TableForm {
    /// The format of the file. If absent, `csv`.
    pub format: Option<TableFormat>,
    /// How the columns are called; the cells keep the codes. If absent, `codes` in CSV and `words` in a workbook.
    pub headings: Option<TableHeadings>,
}

impl TableForm {
    #[must_use]
    pub fn format(&self) -> TableFormat {
        self.format.unwrap_or(TableFormat::Csv)
    }

    #[must_use]
    pub fn headings(&self) -> TableHeadings {
        self.headings.unwrap_or(match self.format() {
            TableFormat::Csv => TableHeadings::Codes,
            TableFormat::Xlsx => TableHeadings::Words,
        })
    }
}

/// A table as a workbook.
#[derive(ToSchema)]
#[schema(format = Binary, max_length = 2_000_000_000)]
pub struct TableWorkbook(#[expect(dead_code, reason = "names the schema")] String);

/// The query of a list as a table: the filters, and what the file is like. An operation that takes it declares `params(TableForm)`.
#[derive(Debug)]
pub struct Tabled<Q = Unfiltered> {
    pub filters: Q,
    pub form: TableForm,
}
