//! The request for an import, and its result for people.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::fault::ImportFault;
use super::layout::FileKind;
use super::preview::Preview;
use super::tables::Import;
use crate::error::{Code, Error, Result};
use crate::journal::ClosedPeriod;
use crate::kernel::language::Language;
use crate::kernel::message::{Phrase, fill_in};
use crate::kernel::phrases::{Findings, ListedFaults};
use crate::sign_in::WaitingChange;

/// What to import, and how.
#[derive(Debug, Clone)]
pub struct Order {
    /// Name and content of each file.
    pub files: Vec<(String, Vec<u8>)>,
    /// The time zone of the local dates and times in the files.
    pub zone: Tz,
    /// Whether to leave out faulty rows instead of refusing the import.
    pub skip_faulty: bool,
    /// Whether only to report the faults and store nothing.
    pub dry_run: bool,
}

impl Order {
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
    /// Rows that were left out because of faults, each with its reason.
    pub faults: Vec<FaultReport>,
    /// The number of all faults, including those beyond the first thousand.
    pub fault_count: u64,
    /// The changes of the company that wait for a second person after the import, oldest first, at most a thousand.
    pub waiting_changes: Vec<WaitingChange>,
    /// The closed periods that facts in the files belong to. They are stored, or in a dry run would be, and change
    /// nothing there: no operation restates a closed period yet.
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

/// A fault of a row, for people.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FaultReport {
    /// The name of the file.
    #[schema(max_length = 255, examples("ratings.csv"))]
    pub file: String,
    /// The line on which the row starts; 1 is the header.
    #[schema(minimum = 0, examples(17))]
    pub line: u64,
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

impl From<&ImportFault> for FaultReport {
    fn from(fault: &ImportFault) -> Self {
        let (english, chinese) = fault.code.templates();
        Self {
            file: fault.file.clone(),
            line: fault.line,
            column: fault.column.clone(),
            code: fault.code.slug(),
            detail: fill_in(english, &fault.params, Language::En),
            detail_zh: fill_in(chinese, &fault.params, Language::ZhCn),
        }
    }
}

/// The result of reading, after everything was read.
pub(super) fn judge(import: &Import<'_>) -> Result<Outcome> {
    let faults: Vec<FaultReport> = import.faults.faults().iter().map(FaultReport::from).collect();
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
            faults,
            fault_count,
            waiting_changes,
            period_closed,
            read,
            preview,
        });
    }
    let error = if import.skips_faulty() && import.has_unnamed_faults() {
        Error::new(Code::ImportTooFaulty).with("max", faults.len())
    } else {
        Error::new(Code::ImportRefused)
    };
    let rows: BTreeSet<(&str, u64)> = faults.iter().map(|fault| (fault.file.as_str(), fault.line)).collect();
    let is_whole = u64::try_from(faults.len()).is_ok_and(|listed| listed == fault_count);
    let found: Phrase = match rows.len() {
        _ if fault_count == 1 => Findings::OneFault.into(),
        _ if !is_whole => Findings::Faults.into(),
        1 => Findings::FaultsInOneRow.into(),
        rows => Findings::FaultsInRows.with("rows", rows),
    };
    let error = error.with("listed", if is_whole { ListedFaults::All } else { ListedFaults::First });
    let listed = serde_json::to_value(&faults).map_err(Error::internal)?;
    Err(error.with("found", found.with("count", fault_count)).member("faults", listed))
}
