//! Sessions with their lecturers, and attendance.

use super::{AttendanceRow, EMPLOYEE, MAX_NAMED, PROGRAMME, SESSION, SessionRow, Share};
use crate::imports::cells::Names;
use crate::imports::fault::{Blank, ImportFaultCode as Code};
use crate::imports::row::columns;
use crate::imports::values::{Problem, Style, Value, Written, answer, decimal, entries, integer, text, word};
use crate::imports::words::Word as _;
use crate::kernel::decimal::Decimal;
use crate::kernel::ratio::Ratio;
use crate::kernel::text::EmployeeNumber;
use crate::sessions::{AttendanceState, SessionRole, SessionState};

columns! { SessionRow of Sessions, code session_code, |cells|
    session_code: must SESSION (text);
    programme_code: must PROGRAMME (text) => Programme;
    group_code: may ["group", "讲师群", "讲师群编码"] (text) => LecturerGroup {
        cells.of_programme("group_code", programme_code.as_deref(), group_code.as_deref());
    };
    title: must ["主题", "标题", "分享主题", "课程名称"] (text);
    topic: may ["subject", "题材", "知识领域"] (text);
    kind: must ["type", "类型", "分享类型", "性质"] (word);
    mode: must ["方式", "形式", "授课方式"] (word);
    place: may ["location", "地点", "会议室"] (text);
    state: must ["status", "状态"] (word) {
        let is_delivered = state.map(|state| state == SessionState::Delivered);
        let is_off = state.map(|state| !matches!(state, SessionState::Planned | SessionState::Delivered));
    };
    scheduled_start: must ["scheduled_at", "计划时间", "计划开始时间", "计划开始"] (cells.moment());
    scheduled_minutes: must ["duration", "duration_minutes", "计划时长", "计划时长（分钟）", "计划分钟"] (integer(1, 1440));
    due_at: may ["due", "content_due_at", "截止时间", "提交截止时间", "内容截止时间"] (cells.moment());
    delivered_start: may ["started_at", "actual_start", "实际开始时间", "实际开始"]
        (by cells.required_if(is_delivered, "delivered_start", Blank::NotDelivered, cells.moment()));
    delivered_minutes: may ["actual_minutes", "实际时长", "实际时长（分钟）", "实际分钟"]
        (by cells.required_if(is_delivered, "delivered_minutes", Blank::NotDelivered, integer(0, 1440)));
    head_count: may ["headcount", "attendees", "人数", "参加人数", "听众人数"]
        (by cells.optional_if(is_delivered, "head_count", Blank::NotDelivered, integer(0, 100_000)));
    lecturers: must ["lecturer", "讲师", "讲师工号", "主讲人"] (shares(cells.number())) => Employee {
        let start = delivered_start.or(scheduled_start);
        let (numbers, is_plan) = (lecturers.iter().flatten(), state == Some(SessionState::Planned));
        cells.all_fit("lecturers", numbers.map(|share| &share.employee_number), start, is_plan);
    };
    difficulty: may ["难度"] (text);
    is_first_run: may ["first_run", "首次", "是否首讲", "首讲"] (answer, or false);
    state_reason: may ["reason", "原因", "未完成原因", "未交付原因"]
        (by cells.optional_if(is_off, "state_reason", Blank::NotOff, text));
}

columns! { AttendanceRow of Attendance, pair DuplicateKey, |cells|
    session_code: must SESSION (text) => Session;
    employee_number: must EMPLOYEE (cells.number()) => Employee {
        cells.employed_at("employee_number", employee_number.as_deref(), session_code.as_deref());
    };
    state: must ["status", "状态", "出席状态", "签到状态"] (word) {
        if state == Some(AttendanceState::Present) {
            cells.delivered("session_code", session_code.as_deref());
        }
    };
    minutes: may ["在场分钟", "时长", "分钟"] (integer(0, 1440));
    recorded_at: may ["记录时间", "签到时间"] (cells.moment());
}

impl Names for Share {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.employee_number.names()
    }
}

impl Written for Share {
    fn written(&self, style: Style) -> String {
        let share = format!("{}:{}", self.employee_number, self.credit);
        match self.role {
            SessionRole::Lead => share,
            role => format!("{share}:{}", role.called(style.language)),
        }
    }
}

/// Maximum number of decimals of a credit.
const CREDIT_DECIMALS: u32 = 8;
/// A credit of 1 in units of its last decimal.
const WHOLE_CREDIT: usize = 100_000_000;

/// `E001` · `E001;E002` (equal shares, remaining units to those listed first) · `E001:0.6;E002:0.4` · `E001:0.6;E002:0.4:assistant`, or
/// `E001;E002:assistant`: whose role is not said leads.
fn shares(number_of: impl Fn(&str) -> Value<EmployeeNumber>) -> impl Fn(&str) -> Value<Vec<Share>> {
    move |cell| read_shares(cell, &number_of)
}

fn read_shares(cell: &str, number_of: impl Fn(&str) -> Value<EmployeeNumber>) -> Value<Vec<Share>> {
    let mut named: Vec<(EmployeeNumber, SessionRole, Option<Decimal>)> = Vec::new();
    for entry in entries(cell) {
        let (share, role) = split_role(entry);
        let (number, credit) = match share.rsplit_once([':', '：']) {
            Some((number, credit)) => (number.trim(), Some(read_credit(credit.trim())?)),
            None => (share, None),
        };
        let number = number_of(number)?;
        if named.iter().any(|(other, ..)| *other == number) {
            return Err(Problem::of(Code::RepeatedEntry, &number));
        }
        named.push((number, role, credit));
        if named.len() > MAX_NAMED {
            return Err(Problem::new(Code::TooMany).with("max", MAX_NAMED));
        }
    }
    let given: Vec<Decimal> = named.iter().filter_map(|(.., credit)| *credit).collect();
    if named.is_empty() {
        return Err(Problem::new(Code::MissingValue));
    }
    if given.is_empty() {
        return Ok(equal_shares(named.into_iter().map(|(number, role, _)| (number, role)).collect()));
    }
    if given.len() < named.len() {
        return Err(Problem::new(Code::CreditMissing));
    }
    let sum: Ratio = given.iter().map(|credit| credit.to_ratio()).sum();
    if sum != Decimal::from(1).to_ratio() {
        let shown = Decimal::try_from(given.iter().map(|credit| credit.to_inner()).sum::<rust_decimal::Decimal>());
        return Err(Problem::new(Code::CreditSum).with("sum", shown.unwrap_or_default()));
    }
    let share = |(employee_number, role, credit): (EmployeeNumber, SessionRole, Option<Decimal>)| {
        Some(Share { employee_number, credit: credit?, role })
    };
    Ok(named.into_iter().filter_map(share).collect())
}

/// An entry without its role.
fn split_role(entry: &str) -> (&str, SessionRole) {
    let split = entry.rsplit_once([':', '：']).and_then(|(share, role)| Some((share, SessionRole::read(role.trim())?)));
    split.map_or((entry, SessionRole::Lead), |(share, role)| (share.trim(), role))
}

fn read_credit(cell: &str) -> Value<Decimal> {
    let credit = decimal(cell, CREDIT_DECIMALS)?;
    if credit > Decimal::ZERO && credit <= Decimal::from(1) {
        Ok(credit)
    } else {
        Err(Problem::new(Code::OutOfRange).with("min", "0.00000001").with("max", 1))
    }
}

fn equal_shares(numbers: Vec<(EmployeeNumber, SessionRole)>) -> Vec<Share> {
    let n = numbers.len().max(1);
    let share = |(i, (employee_number, role)): (usize, (EmployeeNumber, SessionRole))| {
        let units = WHOLE_CREDIT / n + usize::from(i < WHOLE_CREDIT % n);
        let credit = if units == WHOLE_CREDIT { "1".to_owned() } else { format!("0.{units:08}") };
        Share { employee_number, credit: credit.parse().unwrap_or_default(), role }
    };
    numbers.into_iter().enumerate().map(share).collect()
}
