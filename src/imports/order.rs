//! The request for an import, and its result for people.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::content::Content;
use super::fault_log::{FaultLog, ToldFault};
use super::layout::FileKind;
use super::preview::Preview;
use super::progress::Progress;
use super::tables::Import;
use crate::error::{Code, Error, Result};
use crate::journal::ClosedPeriod;
use crate::kernel::language::Language;
use crate::kernel::message::{Phrase, fill_in};
use crate::kernel::phrases::{Findings, ListedFaults};
use crate::people::import_store::EndedByFile;
use crate::sign_in::WaitingChange;

/// What to import, and how.
#[derive(Debug, Clone)]
pub struct Order {
    /// Name and content of each file.
    pub files: Vec<(String, Content)>,
    /// The time zone of the local dates and times in the files.
    pub zone: Tz,
    /// Whether to leave out faulty rows instead of refusing the import.
    pub skip_faulty: bool,
    /// Whether only to report the faults and store nothing.
    pub dry_run: bool,
    /// How many rows of a large file one statement stores.
    pub rows_at_once: usize,
    /// How many keys that must be distinct are held in memory of one large file.
    pub keys_in_memory: usize,
    /// How far it has come.
    pub progress: Progress,
}

/// How many rows of a large file one statement stores, if nobody says otherwise.
const ROWS_AT_ONCE: usize = 5000;

/// How many keys are held in memory, if nobody says otherwise: some megabytes.
const KEYS_IN_MEMORY: usize = 100_000;

impl Order {
    /// Stores the files, or nothing if there is any fault.
    #[must_use]
    pub fn new<C: Into<Content>>(files: Vec<(String, C)>, zone: Tz) -> Self {
        let files = files.into_iter().map(|(name, content)| (name, content.into())).collect();
        Self {
            files,
            zone,
            skip_faulty: false,
            dry_run: false,
            rows_at_once: ROWS_AT_ONCE,
            keys_in_memory: KEYS_IN_MEMORY,
            progress: Progress::default(),
        }
    }

    /// The kinds of the files.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<FileKind> {
        self.files.iter().filter_map(|(name, _)| FileKind::of_name(name)).collect()
    }
}

/// Rows stored, by file.
pub type Counts = BTreeMap<String, usize>;

/// The result of an import.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Rows stored, by file; none in a dry run.
    pub stored: Counts,
    /// Former numbers by which the files name people, each with the present number of the person.
    pub former_numbers: BTreeMap<String, String>,
    /// Moves that were planned for days to come and that the files do not know: they are withdrawn.
    pub withdrawn_moves: Vec<WithdrawnPlan>,
    /// The appointments as lecturer that end with employments which `employees.csv` ends, at most a thousand. A later `left_on` moves
    /// the end along; without one, somebody who stays must be appointed again.
    pub ended_appointments: Vec<EndedByFile>,
    /// The faults because of which rows were left out, with the lines of all of these rows.
    pub faults: Vec<FaultReport>,
    /// The number of all faults: one that many rows have counts for each of them.
    pub fault_count: u64,
    /// The changes of the company that wait for a second person after the import, oldest first, at most a thousand.
    pub waiting_changes: Vec<WaitingChange>,
    /// The closed periods that facts in the files belong to. They are stored, or in a dry run would be, and change
    /// nothing there until the period is restated.
    pub period_closed: BTreeSet<ClosedPeriod>,
    /// Rows without a fault, by file.
    #[serde(skip)]
    pub read: Counts,
    /// What the import would do; only in a dry run.
    #[serde(flatten)]
    pub preview: Option<Preview>,
}

/// A planned move that is withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithdrawnPlan {
    pub employee_number: String,
    pub department_code: String,
    /// The day on which it was planned.
    pub starts_on: NaiveDate,
}

/// A fault of a row, or of many, for people. What many rows have in common is told once. If a column has more than 20 different texts
/// of one fault, they are told as one, with the text of the first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FaultReport {
    /// The name of the file.
    #[schema(max_length = 255, examples("ratings.csv"))]
    pub file: String,
    /// The line on which the first row that has it starts; 1 is the header.
    #[schema(minimum = 0, examples(17))]
    pub line: u64,
    /// How many rows have it.
    #[schema(minimum = 1, maximum = 1_000_000_000, examples(10_000))]
    pub count: u64,
    /// The lines of the first five of these rows; of all if faulty rows are left out.
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Vec<u64>,
    /// The column, if the fault is in a cell.
    #[schema(max_length = 255, examples("rating"))]
    pub column: Option<String>,
    /// The stable code of the fault.
    #[schema(max_length = 64, pattern = "^[a-z_]+$", examples("out_of_range"))]
    pub code: &'static str,
    /// What is wrong, in the language of the answer (`Accept-Language`).
    #[schema(max_length = 1000)]
    pub detail: String,
    /// What is wrong, in Chinese.
    #[schema(max_length = 1000)]
    pub detail_zh: String,
}

impl From<&ToldFault> for FaultReport {
    fn from(told: &ToldFault) -> Self {
        let fault = &told.first;
        let (english, chinese) = fault.code.templates();
        Self {
            file: fault.file.clone(),
            line: fault.line,
            count: told.count,
            lines: told.lines.clone(),
            column: fault.column.clone(),
            code: fault.code.slug(),
            detail: fill_in(english, &fault.params, Language::En),
            detail_zh: fill_in(chinese, &fault.params, Language::ZhCn),
        }
    }
}

/// The result of reading, after everything was read.
pub(super) fn judge(import: &Import<'_>) -> Result<Outcome> {
    let faults: Vec<FaultReport> = import.faults.told().into_iter().map(FaultReport::from).collect();
    let fault_count = import.faults.total();
    if !import.is_refused() {
        let former = import.former_numbers().into_iter();
        let former_numbers = former.map(|(former, current)| (former.into_string(), current.into_string())).collect();
        let (stored, waiting_changes, read) = (Counts::new(), Vec::new(), import.read.clone());
        let (withdrawn_moves, period_closed, preview) = (import.withdrawn_moves(), BTreeSet::new(), None);
        return Ok(Outcome {
            stored,
            former_numbers,
            withdrawn_moves,
            ended_appointments: Vec::new(),
            faults,
            fault_count,
            waiting_changes,
            period_closed,
            read,
            preview,
        });
    }
    let error = if import.skips_faulty() && import.has_unnamed_faults() {
        Error::new(Code::ImportTooFaulty).with("max", import.faults.faults().len())
    } else {
        Error::new(Code::ImportRefused)
    };
    let listed = match &import.faults {
        log if log.names_all() => ListedFaults::All,
        log if log.has_untold() => ListedFaults::First,
        _ => ListedFaults::Each,
    };
    let error = error.with("listed", listed).with("found", found(&import.faults));
    Err(error.member("faults", serde_json::to_value(&faults).map_err(Error::internal)?))
}

/// How many faults there are, and in how many rows if all are named.
fn found(faults: &FaultLog) -> Phrase {
    let rows: BTreeSet<(&str, u64)> = faults.faults().iter().map(|fault| (fault.file.as_str(), fault.line)).collect();
    let found: Phrase = match rows.len() {
        _ if faults.total() == 1 => Findings::OneFault.into(),
        _ if !faults.names_all() => Findings::Faults.into(),
        1 => Findings::FaultsInOneRow.into(),
        rows => Findings::FaultsInRows.with("rows", rows),
    };
    found.with("count", faults.total())
}
