//! Ratings with their items, and application cases.

use chrono::{DateTime, NaiveDate, Utc};

use super::sessions::SESSION_ALIASES;
use crate::content::CaseState;
use crate::imports::cells::Cells;
use crate::imports::fault::ImportFaultCode as Code;
use crate::imports::file::{Row, WriteLine};
use crate::imports::index::{Pairs, Reference};
use crate::imports::layout::{Column, FileKind, OpenColumn, optional, required};
use crate::imports::values::{Problem, code, date, integer, text, word};
use crate::kernel::text::Code as OwnCode;

/// A row of `ratings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatingRow {
    pub session_code: String,
    /// The learner.
    pub employee_number: String,
    /// 0 to the scale.
    pub rating: u32,
    pub scale: u32,
    pub items: Vec<ItemAnswer>,
    pub comment: Option<String>,
    pub received_at: DateTime<Utc>,
}

/// The answer to one item of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemAnswer {
    pub key: String,
    /// 0 to the scale.
    pub value: u32,
    pub scale: u32,
}

/// A row of `cases`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    pub session_code: String,
    /// The learner.
    pub employee_number: String,
    pub description: String,
    /// When it was applied.
    pub applied_on: Option<NaiveDate>,
    pub state: CaseState,
    /// Where the file does not say: the moment of the decision.
    pub submitted_at: DateTime<Utc>,
    /// There exactly where it was confirmed or rejected.
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by_number: Option<String>,
    pub decision_note: Option<String>,
}

/// The largest scale.
const MAX_SCALE: u32 = 100;

impl Row for RatingRow {
    const KIND: FileKind = FileKind::Ratings;
    const COLUMNS: &'static [Column] = &[
        required("session_code", SESSION_ALIASES),
        required("employee_number", LEARNER_ALIASES),
        required("rating", &["score", "评分", "分数", "总评"]),
        optional("scale", &["满分", "分制"]),
        required("received_at", &["submitted_at", "rated_at", "评分时间", "提交时间"]),
        optional("comment", &["text", "feedback", "文字反馈", "评语", "反馈", "意见"]),
    ];
    type Seen = Pairs;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let session_code = cells.required("session_code", code);
        let employee_number = cells.required("employee_number", code);
        let received_at = cells.required_moment("received_at");
        check_learner(cells, session_code.as_deref(), employee_number.as_deref());
        let scale = match cells.get("scale") {
            Some(_) => cells.optional("scale", integer(1, MAX_SCALE)),
            None => Some(cells.scale_of(session_code.as_deref())),
        };
        let rating = cells.required("rating", on_scale(scale));
        let items = read_items(cells, scale);
        let comment = cells.optional("comment", text(1, 2000));
        Some(Self {
            session_code: session_code?,
            employee_number: employee_number?,
            rating: rating?,
            scale: scale?,
            items,
            comment,
            received_at: received_at?,
        })
    }

    fn claim(&self, seen: &mut Pairs, cells: &mut Cells<'_>) {
        let index = cells.scope.index;
        if let Err(first) = seen.claim(index, &self.session_code, &self.employee_number, cells.line()) {
            cells.note("employee_number", Problem::new(Code::SecondRating).with("first", first));
        }
    }

    fn open_column(name: &str) -> Option<OpenColumn> {
        let rest = name.strip_prefix("item:").or_else(|| name.strip_prefix("评分项:"))?;
        let (key, scale) = match rest.split_once('/') {
            Some((key, scale)) => (key, Some(integer(1, MAX_SCALE)(scale).ok()?)),
            None => (rest, None),
        };
        let key = ITEM_NAMES.iter().find(|(name, _)| *name == key).map_or(key, |(_, key)| key);
        let key = <OwnCode>::parse(key).ok()?.into();
        Some(OpenColumn::Item { key, scale })
    }

    fn open_columns(&self) -> Vec<OpenColumn> {
        self.items.iter().map(|item| item.column()).collect()
    }

    fn write(&self, line: &mut WriteLine<'_>) {
        line.put("session_code", &self.session_code);
        line.put("employee_number", &self.employee_number);
        line.put("rating", self.rating);
        line.put("scale", self.scale);
        line.put_moment("received_at", Some(self.received_at));
        line.put_some("comment", self.comment.as_ref());
        for item in &self.items {
            line.put_open(&item.column(), item.value);
        }
    }
}

const LEARNER_ALIASES: &[&str] = &[
    "learner_number",
    "learner",
    "employee_no",
    "employee_id",
    "staff_number",
    "number",
    "工号",
    "学员工号",
    "员工编号",
    "员工工号",
    "人员编号",
];

/// What forms in Chinese call the usual items.
const ITEM_NAMES: &[(&str, &str)] = &[
    ("清晰度", "clarity"),
    ("实用性", "practicality"),
    ("针对性", "relevance"),
    ("案例", "cases"),
    ("互动", "interaction"),
];

impl ItemAnswer {
    fn column(&self) -> OpenColumn {
        OpenColumn::Item { key: self.key.clone(), scale: Some(self.scale) }
    }
}

/// A whole number within 0 and the scale; whole only, where the scale is not known for its own fault.
fn on_scale(scale: Option<u32>) -> impl Fn(&str) -> Result<u32, Problem> {
    move |cell| {
        let value = integer(0, u32::MAX)(cell)?;
        match scale {
            Some(scale) if value > scale => Err(Problem::of(Code::AboveScale, cell).with("scale", scale)),
            _ => Ok(value),
        }
    }
}

fn read_items(cells: &mut Cells<'_>, row_scale: Option<u32>) -> Vec<ItemAnswer> {
    let mut items = Vec::new();
    for (column, cell, i) in cells.open().collect::<Vec<_>>() {
        let OpenColumn::Item { key, scale } = column else { continue };
        match (on_scale(scale.or(row_scale))(cell), scale.or(row_scale)) {
            (Ok(value), Some(scale)) => items.push(ItemAnswer { key: key.clone(), value, scale }),
            (Err(problem), _) => cells.note_cell(i, problem),
            _ => {}
        }
    }
    items
}

/// Who rates or applies is a known person and not a lecturer of the session.
///
/// Whether a rating counts is derived, not refused: history has sessions whose state is corrected later. It counts for a delivered
/// session, unless the records of attendance call the person absent. Its window was the older system's, which has let it in, and of
/// registrations nothing is known.
fn check_learner(cells: &mut Cells<'_>, session: Option<&str>, employee: Option<&str>) {
    cells.refer("session_code", Reference::Session, session);
    cells.refer("employee_number", Reference::Employee, employee);
    if let (Some(session), Some(employee)) = (session, employee) {
        cells.not_own("employee_number", session, employee);
    }
}

impl Row for CaseRow {
    const KIND: FileKind = FileKind::Cases;
    const COLUMNS: &'static [Column] = &[
        required("session_code", SESSION_ALIASES),
        required("employee_number", LEARNER_ALIASES),
        required("description", &["text", "title", "案例", "案例描述", "应用案例", "内容"]),
        optional("applied_on", &["happened_on", "应用日期", "发生日期"]),
        optional("state", &["status", "状态"]),
        optional("submitted_at", &["submitted", "提交时间"]),
        optional("decided_at", &["confirmed_at", "确认时间", "处理时间"]),
        optional("decided_by_number", &["decided_by", "confirmed_by", "确认人", "确认人工号", "处理人工号"]),
        optional("decision_note", &["note", "处理意见", "备注"]),
    ];
    type Seen = Pairs;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let session_code = cells.required("session_code", code);
        let employee_number = cells.required("employee_number", code);
        check_learner(cells, session_code.as_deref(), employee_number.as_deref());
        let description = cells.required("description", text(1, 4000));
        let applied_on = cells.optional("applied_on", date);
        let decided_at = cells.moment("decided_at");
        let state = read_state(cells);
        let submitted_at = match cells.get("submitted_at").or(cells.get("decided_at")) {
            Some(_) => cells.moment("submitted_at").or(decided_at),
            None => cells.required_moment("submitted_at"),
        };
        cells.order("decided_at", submitted_at, decided_at);
        if let Some(session) = &session_code {
            cells.delivered("session_code", session);
            cells.not_before("submitted_at", session, submitted_at);
            check_applied(cells, session, applied_on);
        }
        let decided_by_number = cells.optional("decided_by_number", code);
        cells.refer("decided_by_number", Reference::Employee, decided_by_number.as_deref());
        let decision_note = cells.optional("decision_note", text(1, 500));
        Some(Self {
            session_code: session_code?,
            employee_number: employee_number?,
            description: description?,
            applied_on,
            state,
            submitted_at: submitted_at?,
            decided_at,
            decided_by_number,
            decision_note,
        })
    }

    fn claim(&self, seen: &mut Pairs, cells: &mut Cells<'_>) {
        let index = cells.scope.index;
        if let Err(first) = seen.claim(index, &self.session_code, &self.employee_number, cells.line()) {
            cells.note("employee_number", Problem::new(Code::DuplicateKey).with("first", first));
        }
    }

    fn write(&self, line: &mut WriteLine<'_>) {
        line.put("session_code", &self.session_code);
        line.put("employee_number", &self.employee_number);
        line.put("description", &self.description);
        line.put_some("applied_on", self.applied_on);
        line.put("state", self.state.slug());
        line.put_moment("submitted_at", Some(self.submitted_at));
        line.put_moment("decided_at", self.decided_at);
        line.put_some("decided_by_number", self.decided_by_number.as_ref());
        line.put_some("decision_note", self.decision_note.as_ref());
    }
}

/// The state, which a decision's moment implies where no state is given and must go with where one is.
fn read_state(cells: &mut Cells<'_>) -> CaseState {
    let decided = cells.get("decided_at").is_some();
    let implied = if decided { CaseState::Confirmed } else { CaseState::Submitted };
    let state = cells.optional("state", word).unwrap_or(implied);
    if state == CaseState::Submitted {
        for column in ["decided_at", "decided_by_number", "decision_note"] {
            cells.must_be_blank(column, "nobody has decided about the case");
        }
    } else if !decided {
        cells.note("decided_at", Problem::new(Code::MissingValue));
    }
    state
}

fn check_applied(cells: &mut Cells<'_>, session: &str, applied_on: Option<NaiveDate>) {
    let day = cells.session(session).and_then(|facts| facts.day);
    if let (Some(day), Some(applied_on)) = (day, applied_on)
        && applied_on < day
    {
        cells.note("applied_on", Problem::new(Code::BeforeSession).with("start", day));
    }
}
