//! Contents, their submissions, their reuse, and application cases.

use chrono::{DateTime, NaiveDate, Utc};

use super::{CONTENT, CaseRow, ContentRow, EMPLOYEE, LEARNER, MAX_NAMED, PROGRAMME, ReuseRow, SESSION, SubmissionRow};
use crate::content::CaseState;
use crate::imports::cells::Cells;
use crate::imports::fault::{Blank, ImportFaultCode as Code};
use crate::imports::row::columns;
use crate::imports::values::{Problem, date, list, text, word};
use crate::kernel::text::EmployeeNumber;

columns! { ContentRow of Contents, code content_code, |cells|
    content_code: must CONTENT (text);
    programme_code: must PROGRAMME (text) => Programme;
    session_code: may SESSION (text) => Session;
    title: must ["标题", "内容标题", "名称"] (text);
    outline: may ["大纲", "内容大纲"] (text);
    case_requirement: may ["案例要求"] (text);
    published_at: may ["published", "发布时间"] (cells.moment());
    withdrawn_at: may ["withdrawn", "下架时间", "撤回时间"] (cells.moment()) {
        cells.order("withdrawn_at", published_at, withdrawn_at);
        if cells.get("published_at").is_none() {
            cells.must_be_blank("withdrawn_at", Blank::NeverPublished);
        }
    };
    author_numbers: may ["authors", "author", "作者", "作者工号"] (by read_authors(cells)) => Employee;
}

columns! { SubmissionRow of Submissions, none, |cells|
    session_code: must SESSION (text) => Session;
    content_code: may CONTENT (text) => Content;
    submitted_at: must ["submitted", "提交时间"] (cells.moment());
    title: may ["标题", "内容标题"] (text);
    employee_number: may EMPLOYEE (cells.number()) => Employee;
}

columns! { ReuseRow of Reuse, unique source_ref, |cells|
    content_code: must CONTENT (text) => Content;
    employee_number: must EMPLOYEE (cells.number()) => Employee;
    kind: must ["type", "类型", "复用方式", "操作"] (word);
    occurred_at: must ["occurred", "时间", "发生时间", "操作时间"] (cells.moment());
    source_ref: may ["ref", "reference", "流水号"] (text);
}

columns! { CaseRow of Cases, pair DuplicateKey, |cells|
    session_code: must SESSION (text) => Session { cells.delivered("session_code", session_code.as_deref()); };
    employee_number: must LEARNER (cells.number()) => Employee {
        cells.not_own("employee_number", session_code.as_deref(), employee_number.as_deref());
    };
    description: must ["text", "title", "案例", "案例描述", "应用案例", "内容"] (text);
    applied_on: may ["happened_on", "应用日期", "发生日期"] (date)
        { cells.not_before("applied_on", day(cells, session_code.as_deref()), applied_on); };
    state: may ["status", "状态"] (by read_state(cells)) {
        if state.is_some_and(|state| state != CaseState::Submitted) {
            cells.not_live("state", session_code.as_deref());
        }
    };
    submitted_at: may ["submitted", "提交时间"] (by read_submitted(cells))
        { cells.not_before("submitted_at", cells.began(session_code.as_deref()), submitted_at); };
    decided_at: may ["confirmed_at", "确认时间", "处理时间"] (cells.moment())
        { cells.order("decided_at", submitted_at, decided_at); };
    decided_by_number: may ["decided_by", "confirmed_by", "确认人", "确认人工号", "处理人工号"] (cells.number()) => Employee;
    decision_note: may ["note", "处理意见", "备注"] (text);
}

/// The authors. For the content of a session they may be blank: they are then the session's lecturers.
fn read_authors(cells: &mut Cells<'_>) -> Option<Vec<EmployeeNumber>> {
    if cells.get("session_code").is_none() {
        return cells.required("author_numbers", list(MAX_NAMED, cells.number()));
    }
    Some(cells.optional("author_numbers", list(MAX_NAMED, cells.number())).unwrap_or_default())
}

/// The local day of the session.
fn day(cells: &Cells<'_>, session: Option<&str>) -> Option<NaiveDate> {
    cells.session(session?)?.day
}

/// The state. A decision time implies it if it is not given, and must match it if it is given.
#[expect(clippy::unnecessary_wraps, reason = "every reader of a column answers with an option")]
fn read_state(cells: &mut Cells<'_>) -> Option<CaseState> {
    let decided = cells.get("decided_at").is_some();
    let implied = if decided { CaseState::Confirmed } else { CaseState::Submitted };
    let state = cells.optional("state", word).unwrap_or(implied);
    if state == CaseState::Submitted {
        for column in ["decided_at", "decided_by_number", "decision_note"] {
            cells.must_be_blank(column, Blank::NotDecided);
        }
    } else if !decided {
        cells.note("decided_at", Problem::new(Code::MissingValue));
    }
    Some(state)
}

/// The time of submission, or otherwise the time of the decision. Faults of that cell are recorded separately.
fn read_submitted(cells: &mut Cells<'_>) -> Option<DateTime<Utc>> {
    let decided = cells.get("decided_at").map(cells.moment());
    match (cells.get("submitted_at"), decided) {
        (None, None) => cells.required("submitted_at", cells.moment()),
        (None, Some(decided)) => decided.ok(),
        (Some(_), _) => cells.optional("submitted_at", cells.moment()),
    }
}
