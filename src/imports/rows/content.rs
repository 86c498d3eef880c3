//! Contents, their submissions, and their reuse.

use chrono::{DateTime, Utc};

use super::people::EMPLOYEE_ALIASES;
use super::sessions::SESSION_ALIASES;
use super::{MAX_NAMED, claim_key, codes, reserve_key};
use crate::content::ReuseEventKind;
use crate::imports::cells::Cells;
use crate::imports::fault::ImportFaultCode as Code;
use crate::imports::file::{Row, WriteLine};
use crate::imports::index::{Keys, Reference};
use crate::imports::layout::{Column, FileKind, optional, required};
use crate::imports::values::{Problem, code, line, text, word};

/// A row of `contents`. Its code names it in the other files of the import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentRow {
    pub content_code: String,
    pub programme_code: String,
    /// The session that it is for; none: it stands by itself.
    pub session_code: Option<String>,
    pub title: String,
    pub outline: Option<String>,
    pub case_requirement: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Empty only with a session: its lecturers are the authors.
    pub author_numbers: Vec<String>,
}

/// A row of `submissions`: a submitted version of the content of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionRow {
    pub session_code: String,
    /// Which content; none: the session's.
    pub content_code: Option<String>,
    pub submitted_at: DateTime<Utc>,
    /// The title of the content to make where the session has none.
    pub title: Option<String>,
    /// Who submitted it.
    pub employee_number: Option<String>,
}

/// A row of `reuse`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReuseRow {
    pub content_code: String,
    pub employee_number: String,
    pub kind: ReuseEventKind,
    pub occurred_at: DateTime<Utc>,
    /// Its id in the system that it comes from.
    pub source_ref: Option<String>,
}

const CONTENT_ALIASES: &[&str] = &["content", "content_id", "内容编号", "内容编码"];

impl Row for ContentRow {
    const KIND: FileKind = FileKind::Contents;
    const COLUMNS: &'static [Column] = &[
        required("content_code", CONTENT_ALIASES),
        required("programme_code", &["programme", "program", "program_code", "激励方案", "方案编码", "方案"]),
        optional("session_code", SESSION_ALIASES),
        required("title", &["标题", "内容标题", "名称"]),
        optional("outline", &["大纲", "内容大纲"]),
        optional("case_requirement", &["案例要求"]),
        optional("published_at", &["published", "发布时间"]),
        optional("withdrawn_at", &["withdrawn", "下架时间", "撤回时间"]),
        optional("author_numbers", &["authors", "author", "作者", "作者工号"]),
    ];
    type Seen = Keys;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let content_code = cells.required("content_code", code);
        let programme_code = cells.required("programme_code", code);
        cells.refer("programme_code", Reference::Programme, programme_code.as_deref());
        let session_code = cells.optional("session_code", code);
        cells.refer("session_code", Reference::Session, session_code.as_deref());
        let title = cells.required("title", line(1, 200));
        let outline = cells.optional("outline", text(1, 20_000));
        let case_requirement = cells.optional("case_requirement", text(1, 4_000));
        let published_at = cells.moment("published_at");
        let withdrawn_at = cells.moment("withdrawn_at");
        cells.order("withdrawn_at", published_at, withdrawn_at);
        if cells.get("published_at").is_none() {
            cells.must_be_blank("withdrawn_at", "the content was never published");
        }
        let authors = if cells.get("session_code").is_some() {
            Some(cells.optional("author_numbers", codes(MAX_NAMED)).unwrap_or_default())
        } else {
            cells.required("author_numbers", codes(MAX_NAMED))
        };
        for author in authors.iter().flatten() {
            cells.refer("author_numbers", Reference::Employee, Some(author));
        }
        Some(Self {
            content_code: content_code?,
            programme_code: programme_code?,
            session_code,
            title: title?,
            outline,
            case_requirement,
            published_at,
            withdrawn_at,
            author_numbers: authors?,
        })
    }

    fn claim(&self, seen: &mut Keys, cells: &mut Cells<'_>) {
        claim_key(seen, cells, "content_code", &self.content_code);
    }

    fn reserve(seen: &mut Keys, cells: &Cells<'_>) {
        reserve_key(seen, cells, "content_code");
    }

    fn write(&self, line: &mut WriteLine<'_>) {
        line.put("content_code", &self.content_code);
        line.put("programme_code", &self.programme_code);
        line.put_some("session_code", self.session_code.as_ref());
        line.put("title", &self.title);
        line.put_some("outline", self.outline.as_ref());
        line.put_some("case_requirement", self.case_requirement.as_ref());
        line.put_moment("published_at", self.published_at);
        line.put_moment("withdrawn_at", self.withdrawn_at);
        line.put("author_numbers", self.author_numbers.join(";"));
    }
}

impl Row for SubmissionRow {
    const KIND: FileKind = FileKind::Submissions;
    const COLUMNS: &'static [Column] = &[
        required("session_code", SESSION_ALIASES),
        optional("content_code", CONTENT_ALIASES),
        required("submitted_at", &["submitted", "提交时间"]),
        optional("title", &["标题", "内容标题"]),
        optional("employee_number", EMPLOYEE_ALIASES),
    ];
    type Seen = ();

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let session_code = cells.required("session_code", code);
        cells.refer("session_code", Reference::Session, session_code.as_deref());
        let content_code = cells.optional("content_code", code);
        cells.refer("content_code", Reference::Content, content_code.as_deref());
        let submitted_at = cells.required_moment("submitted_at");
        let title = cells.optional("title", line(1, 200));
        let employee_number = cells.optional("employee_number", code);
        cells.refer("employee_number", Reference::Employee, employee_number.as_deref());
        Some(Self { session_code: session_code?, content_code, submitted_at: submitted_at?, title, employee_number })
    }

    fn claim(&self, (): &mut (), _cells: &mut Cells<'_>) {}

    fn write(&self, line: &mut WriteLine<'_>) {
        line.put("session_code", &self.session_code);
        line.put_some("content_code", self.content_code.as_ref());
        line.put_moment("submitted_at", Some(self.submitted_at));
        line.put_some("title", self.title.as_ref());
        line.put_some("employee_number", self.employee_number.as_ref());
    }
}

impl Row for ReuseRow {
    const KIND: FileKind = FileKind::Reuse;
    const COLUMNS: &'static [Column] = &[
        required("content_code", CONTENT_ALIASES),
        required("employee_number", EMPLOYEE_ALIASES),
        required("kind", &["type", "类型", "复用方式", "操作"]),
        required("occurred_at", &["occurred", "时间", "发生时间", "操作时间"]),
        optional("source_ref", &["ref", "reference", "流水号"]),
    ];
    type Seen = Keys;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let content_code = cells.required("content_code", code);
        cells.refer("content_code", Reference::Content, content_code.as_deref());
        let employee_number = cells.required("employee_number", code);
        cells.refer("employee_number", Reference::Employee, employee_number.as_deref());
        let kind = cells.required("kind", word);
        let occurred_at = cells.required_moment("occurred_at");
        let source_ref = cells.optional("source_ref", line(1, 255));
        Some(Self {
            content_code: content_code?,
            employee_number: employee_number?,
            kind: kind?,
            occurred_at: occurred_at?,
            source_ref,
        })
    }

    fn claim(&self, seen: &mut Keys, cells: &mut Cells<'_>) {
        if let Some(source_ref) = &self.source_ref
            && let Err(first) = seen.claim(source_ref, cells.line())
        {
            cells.note("source_ref", Problem::new(Code::DuplicateKey).with("first", first));
        }
    }

    fn write(&self, line: &mut WriteLine<'_>) {
        line.put("content_code", &self.content_code);
        line.put("employee_number", &self.employee_number);
        line.put("kind", self.kind.slug());
        line.put_moment("occurred_at", Some(self.occurred_at));
        line.put_some("source_ref", self.source_ref.as_ref());
    }
}
