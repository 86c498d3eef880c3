//! Sessions with their lecturers, and attendance.

use chrono::{DateTime, Utc};

use super::people::EMPLOYEE_ALIASES;
use super::{MAX_NAMED, claim_key, reserve_key};
use crate::imports::cells::Cells;
use crate::imports::fault::ImportFaultCode as Code;
use crate::imports::file::{Row, WriteLine};
use crate::imports::index::{Keys, Pairs, Reference};
use crate::imports::layout::{Column, FileKind, optional, required};
use crate::imports::values::{Problem, Value, code, decimal, entries, integer, line, word};
use crate::imports::words::Answer;
use crate::kernel::decimal::Decimal;
use crate::kernel::ratio::Ratio;
use crate::sessions::{AttendanceState, SessionKind, SessionMode, SessionState};

/// A row of `sessions`. Its code names it in the other files of the import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub session_code: String,
    pub programme_code: String,
    pub group_code: Option<String>,
    pub title: String,
    pub topic: Option<String>,
    pub kind: SessionKind,
    pub mode: SessionMode,
    pub place: Option<String>,
    pub state: SessionState,
    pub scheduled_start: DateTime<Utc>,
    /// 1 to 1440.
    pub scheduled_minutes: u32,
    pub due_at: Option<DateTime<Utc>>,
    /// There exactly where it was delivered, as are the minutes.
    pub delivered_start: Option<DateTime<Utc>>,
    pub delivered_minutes: Option<u32>,
    pub head_count: Option<u32>,
    pub lecturers: Vec<Share>,
    pub difficulty: Option<String>,
    pub is_first_run: bool,
    /// Why it was missed or cancelled.
    pub state_reason: Option<String>,
}

/// A lecturer's share in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub employee_number: String,
    /// Above 0, at most 8 decimals; those of a session sum to 1.
    pub credit: Decimal,
}

/// A row of `attendance`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceRow {
    pub session_code: String,
    pub employee_number: String,
    pub state: AttendanceState,
    pub minutes: Option<u32>,
    /// By the source's own clock; none: take the moment of the import.
    pub recorded_at: Option<DateTime<Utc>>,
}

pub(super) const SESSION_ALIASES: &[&str] = &["session", "session_id", "分享编号", "课程编号", "场次编号", "分享编码"];

impl Row for SessionRow {
    const KIND: FileKind = FileKind::Sessions;
    const COLUMNS: &'static [Column] = &[
        required("session_code", SESSION_ALIASES),
        required("programme_code", &["programme", "program", "program_code", "激励方案", "方案编码", "方案"]),
        optional("group_code", &["group", "讲师群", "讲师群编码"]),
        required("title", &["主题", "标题", "分享主题", "课程名称"]),
        optional("topic", &["subject", "题材", "知识领域"]),
        required("kind", &["type", "类型", "分享类型", "性质"]),
        required("mode", &["方式", "形式", "授课方式"]),
        optional("place", &["location", "地点", "会议室"]),
        required("state", &["status", "状态"]),
        required("scheduled_start", &["scheduled_at", "计划时间", "计划开始时间", "计划开始"]),
        required("scheduled_minutes", &["duration", "duration_minutes", "计划时长", "计划时长(分钟)", "计划分钟"]),
        optional("due_at", &["due", "content_due_at", "截止时间", "提交截止时间", "内容截止时间"]),
        optional("delivered_start", &["started_at", "actual_start", "实际开始时间", "实际开始"]),
        optional("delivered_minutes", &["actual_minutes", "实际时长", "实际时长(分钟)", "实际分钟"]),
        optional("head_count", &["headcount", "attendees", "人数", "参加人数", "听众人数"]),
        required("lecturers", &["lecturer", "讲师", "讲师工号", "主讲人"]),
        optional("difficulty", &["难度"]),
        optional("is_first_run", &["first_run", "首次", "是否首讲", "首讲"]),
        optional("state_reason", &["reason", "原因", "未交付原因"]),
    ];
    type Seen = Keys;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let session_code = cells.required("session_code", code);
        let programme_code = cells.required("programme_code", code);
        cells.refer("programme_code", Reference::Programme, programme_code.as_deref());
        let group_code = cells.optional("group_code", code);
        cells.refer_group("group_code", programme_code.as_deref(), group_code.as_deref());
        let title = cells.required("title", line(1, 200));
        let topic = cells.optional("topic", line(1, 200));
        let kind = cells.required("kind", word);
        let mode = cells.required("mode", word);
        let place = cells.optional("place", line(1, 500));
        let state = cells.required("state", word);
        let scheduled_start = cells.required_moment("scheduled_start");
        let scheduled_minutes = cells.required("scheduled_minutes", integer(1, 1440));
        let due_at = cells.moment("due_at");
        let delivery = read_delivery(cells, state);
        let lecturers = cells.required("lecturers", shares);
        for share in lecturers.iter().flatten() {
            cells.refer("lecturers", Reference::Employee, Some(&share.employee_number));
        }
        let difficulty = cells.optional("difficulty", line(1, 32));
        let is_first_run = cells.optional("is_first_run", word::<Answer>) == Some(Answer::Yes);
        let state_reason = read_reason(cells, state);
        Some(Self {
            session_code: session_code?,
            programme_code: programme_code?,
            group_code,
            title: title?,
            topic,
            kind: kind?,
            mode: mode?,
            place,
            state: state?,
            scheduled_start: scheduled_start?,
            scheduled_minutes: scheduled_minutes?,
            due_at,
            delivered_start: delivery.start,
            delivered_minutes: delivery.minutes,
            head_count: delivery.head_count,
            lecturers: lecturers?,
            difficulty,
            is_first_run,
            state_reason,
        })
    }

    fn claim(&self, seen: &mut Keys, cells: &mut Cells<'_>) {
        claim_key(seen, cells, "session_code", &self.session_code);
    }

    fn reserve(seen: &mut Keys, cells: &Cells<'_>) {
        reserve_key(seen, cells, "session_code");
    }

    fn write(&self, line: &mut WriteLine<'_>) {
        line.put("session_code", &self.session_code);
        line.put("programme_code", &self.programme_code);
        line.put_some("group_code", self.group_code.as_ref());
        line.put("title", &self.title);
        line.put_some("topic", self.topic.as_ref());
        line.put("kind", self.kind.slug());
        line.put("mode", self.mode.slug());
        line.put_some("place", self.place.as_ref());
        line.put("state", self.state.slug());
        line.put_moment("scheduled_start", Some(self.scheduled_start));
        line.put("scheduled_minutes", self.scheduled_minutes);
        line.put_moment("due_at", self.due_at);
        line.put_moment("delivered_start", self.delivered_start);
        line.put_some("delivered_minutes", self.delivered_minutes);
        line.put_some("head_count", self.head_count);
        let shares: Vec<String> =
            self.lecturers.iter().map(|share| format!("{}:{}", share.employee_number, share.credit)).collect();
        line.put("lecturers", shares.join(";"));
        line.put_some("difficulty", self.difficulty.as_ref());
        line.put("is_first_run", self.is_first_run);
        line.put_some("state_reason", self.state_reason.as_ref());
    }
}

struct Delivery {
    start: Option<DateTime<Utc>>,
    minutes: Option<u32>,
    head_count: Option<u32>,
}

/// Start and minutes are there exactly where the session was delivered; the head count only there.
fn read_delivery(cells: &mut Cells<'_>, state: Option<SessionState>) -> Delivery {
    match state {
        Some(SessionState::Delivered) => Delivery {
            start: cells.required_moment("delivered_start"),
            minutes: cells.required("delivered_minutes", integer(0, 1440)),
            head_count: cells.optional("head_count", integer(0, 100_000)),
        },
        Some(_) => {
            for column in ["delivered_start", "delivered_minutes", "head_count"] {
                cells.must_be_blank(column, "the session was not delivered");
            }
            Delivery { start: None, minutes: None, head_count: None }
        }
        None => Delivery {
            start: cells.moment("delivered_start"),
            minutes: cells.optional("delivered_minutes", integer(0, 1440)),
            head_count: cells.optional("head_count", integer(0, 100_000)),
        },
    }
}

fn read_reason(cells: &mut Cells<'_>, state: Option<SessionState>) -> Option<String> {
    if matches!(state, Some(SessionState::Planned | SessionState::Delivered)) {
        cells.must_be_blank("state_reason", "the session was neither missed nor cancelled");
        return None;
    }
    cells.optional("state_reason", line(1, 500))
}

/// The most decimals of a credit.
const CREDIT_DECIMALS: u32 = 8;
/// A whole credit in units of its last decimal.
const WHOLE_CREDIT: usize = 100_000_000;

/// `E001` · `E001;E002` (equal shares, the odd units to those named first) · `E001:0.6;E002:0.4`.
fn shares(cell: &str) -> Value<Vec<Share>> {
    let mut named: Vec<(String, Option<Decimal>)> = Vec::new();
    for entry in entries(cell) {
        let (number, credit) = match entry.rsplit_once([':', '：']) {
            Some((number, credit)) => (number.trim(), Some(read_credit(credit.trim())?)),
            None => (entry, None),
        };
        let number = code(number)?;
        if named.iter().any(|(other, _)| *other == number) {
            return Err(Problem::of(Code::RepeatedEntry, &number));
        }
        named.push((number, credit));
        if named.len() > MAX_NAMED {
            return Err(Problem::new(Code::TooMany).with("max", MAX_NAMED));
        }
    }
    let given: Vec<Decimal> = named.iter().filter_map(|(_, credit)| *credit).collect();
    if named.is_empty() {
        return Err(Problem::new(Code::MissingValue));
    }
    if given.is_empty() {
        return Ok(equal_shares(named.into_iter().map(|(number, _)| number).collect()));
    }
    if given.len() < named.len() {
        return Err(Problem::new(Code::CreditMissing));
    }
    let sum: Ratio = given.iter().map(|credit| credit.to_ratio()).sum();
    if sum != Decimal::from(1).to_ratio() {
        let shown = Decimal::try_from(given.iter().map(|credit| credit.to_inner()).sum::<rust_decimal::Decimal>());
        return Err(Problem::new(Code::CreditSum).with("sum", shown.unwrap_or_default()));
    }
    let share = |(employee_number, credit): (String, Option<Decimal>)| Some(Share { employee_number, credit: credit? });
    Ok(named.into_iter().filter_map(share).collect())
}

fn read_credit(text: &str) -> Value<Decimal> {
    let credit = decimal(text, CREDIT_DECIMALS)?;
    if credit > Decimal::ZERO && credit <= Decimal::from(1) {
        Ok(credit)
    } else {
        Err(Problem::new(Code::OutOfRange).with("min", "0.00000001").with("max", 1))
    }
}

fn equal_shares(numbers: Vec<String>) -> Vec<Share> {
    let n = numbers.len().max(1);
    let share = |(i, employee_number): (usize, String)| {
        let units = WHOLE_CREDIT / n + usize::from(i < WHOLE_CREDIT % n);
        let credit = if units == WHOLE_CREDIT { "1".to_owned() } else { format!("0.{units:08}") };
        Share { employee_number, credit: credit.parse().unwrap_or_default() }
    };
    numbers.into_iter().enumerate().map(share).collect()
}

impl Row for AttendanceRow {
    const KIND: FileKind = FileKind::Attendance;
    const COLUMNS: &'static [Column] = &[
        required("session_code", SESSION_ALIASES),
        required("employee_number", EMPLOYEE_ALIASES),
        required("state", &["status", "状态", "出席状态", "签到状态"]),
        optional("minutes", &["在场分钟", "时长", "分钟"]),
        optional("recorded_at", &["记录时间", "签到时间"]),
    ];
    type Seen = Pairs;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let session_code = cells.required("session_code", code);
        cells.refer("session_code", Reference::Session, session_code.as_deref());
        let employee_number = cells.required("employee_number", code);
        cells.refer("employee_number", Reference::Employee, employee_number.as_deref());
        let state = cells.required("state", word);
        if let (Some(session), Some(AttendanceState::Present)) = (&session_code, state) {
            cells.delivered("session_code", session);
        }
        let minutes = cells.optional("minutes", integer(0, 1440));
        let recorded_at = cells.moment("recorded_at");
        Some(Self {
            session_code: session_code?,
            employee_number: employee_number?,
            state: state?,
            minutes,
            recorded_at,
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
        line.put("state", self.state.slug());
        line.put_some("minutes", self.minutes);
        line.put_moment("recorded_at", self.recorded_at);
    }
}
