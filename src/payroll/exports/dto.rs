//! Files of batches on the wire.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::http::tables::{TableForm, TableFormat, TableHeadings};
use crate::kernel::words::words;

/// What the file is like.
#[derive(Debug, Clone, Copy, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportPayrollBatchQuery {
    /// The format of the file.
    pub format: ExportFormat,
    /// How the columns of a table are called; the cells keep the codes. If absent, `codes` in CSV and `words` in a workbook. A layout has
    /// names of its own.
    pub headings: Option<TableHeadings>,
    /// The layout of the file. If absent, it has all that a line has.
    pub layout_id: Option<Uuid>,
    /// A part of the file, from 1: as many rows as the layout has in `chunk_size`. If absent, the whole file.
    #[validate(range(min = 1))]
    #[param(minimum = 1, maximum = 2_147_483_647)]
    pub part: Option<i32>,
}

/// A batch as a file.
#[derive(ToSchema)]
#[schema(max_length = 2_000_000_000)]
pub struct PayrollFile(#[expect(dead_code, reason = "names the schema")] String);

words! {
    /// Format of an export.
    pub enum ExportFormat {
        /// One line of canonical JSON (RFC 8785) for each line of the batch. In a layout, one JSON object with texts for each row.
        Jsonl = "jsonl",
        /// A table in UTF-8 with byte order mark and header. Texts that a spreadsheet would read as a formula begin with `'`.
        Csv = "csv",
        /// A workbook for spreadsheets, as in other exports.
        Xlsx = "xlsx",
    }
}

impl ExportFormat {
    /// None if it is no table.
    #[must_use]
    pub fn table(self) -> Option<TableFormat> {
        match self {
            Self::Jsonl => None,
            Self::Csv => Some(TableFormat::Csv),
            Self::Xlsx => Some(TableFormat::Xlsx),
        }
    }

    #[must_use]
    pub fn media_type(self) -> &'static str {
        self.table().map_or("application/jsonl", TableFormat::media_type)
    }
}

impl ExportPayrollBatchQuery {
    /// What the table is like, if it is one.
    #[must_use]
    pub fn table(&self) -> Option<TableForm> {
        self.format.table().map(|format| TableForm { format: Some(format), headings: self.headings })
    }
}
