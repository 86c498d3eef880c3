//! The rows of each file: their columns, and what else a row must satisfy.

mod calendar;
mod content;
mod feedback;
mod lecturers;
mod people;
mod sessions;

pub use crate::calendar::import_store::CalendarRow;
pub use crate::content::import_store::{CaseRow, ContentRow, ReuseRow, SubmissionRow};
pub use crate::feedback::import_store::{ItemAnswer, RatingRow};
pub use crate::people::import_store::{
    AbsenceRow, DepartmentRow, EmployeeRow, ExternalId, LecturerGroupRow, LecturerRow,
};
pub use crate::sessions::import_store::{AttendanceRow, SessionRow, Share};

/// Names that exports use for the code of a programme.
const PROGRAMME: &[&str] = &["programme", "program", "program_code", "激励方案", "方案编码", "方案"];
/// Names that exports use for the code of a session.
const SESSION: &[&str] = &["session", "session_id", "分享编号", "课程编号", "场次编号", "分享编码"];
/// Names that exports use for the code of a content.
const CONTENT: &[&str] = &["content", "content_id", "内容编号", "内容编码"];
/// Names that exports use for the number of an employee.
const EMPLOYEE: &[&str] =
    &["employee_no", "employee_id", "staff_number", "number", "工号", "员工编号", "员工工号", "人员编号"];
/// Names that exports use for the number of an employee who learns.
const LEARNER: &[&str] = &[
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

/// Maximum number of lecturers of a session, authors of a content, or external ids of a person, as in the contract.
const MAX_NAMED: usize = 20;
/// Maximum number of groups in an appointment.
const MAX_GROUPS: usize = 100;
