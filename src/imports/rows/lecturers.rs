//! Lecturer groups, appointments as lecturer, absences.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{AbsenceRow, EMPLOYEE, LecturerGroupRow, LecturerRow, MAX_GROUPS};
use crate::imports::cells::Cells;
use crate::imports::fault::ImportFaultCode as Code;
use crate::imports::row::columns;
use crate::imports::stored::{Career, Clash, Contradiction};
use crate::imports::values::{Problem, date, text, texts, word};
use crate::kernel::text::EmployeeNumber;
use crate::people::AbsenceKind;

columns! { LecturerGroupRow of LecturerGroups, code code, |cells|
    code: must ["group_code", "讲师群编码", "群编码", "编码"] (text);
    name: must ["group_name", "讲师群名称", "讲师群", "名称"] (text);
    description: may ["说明", "描述"] (text);
}

columns! { LecturerRow of Lecturers, none, past PastAppointments, |cells|
    employee_number: must EMPLOYEE (text) => Employee;
    appointed_on: must ["appointed", "聘任日期", "受聘日期", "任命日期"] (date);
    ended_on: may ["ended", "解聘日期", "结束日期"]
        (by cells.optional_or("ended_on", stored_end(cells, employee_number.as_deref(), appointed_on), date))
        { cells.order_strictly("ended_on", appointed_on, ended_on); };
    level: may ["lecturer_level", "讲师级别", "讲师等级", "级别"] (text);
    group_codes: must ["groups", "group", "讲师群", "所属讲师群", "讲师群编码"] (texts(MAX_GROUPS)) => LecturerGroup;
}

columns! { AbsenceRow of Absences, unique source_ref, |cells|
    employee_number: must EMPLOYEE (text) => Employee;
    kind: may ["type", "类型", "假别", "请假类型"] (word, or AbsenceKind::Leave);
    starts_on: must ["start", "start_date", "开始日期"] (date);
    ends_on: must ["end", "end_date", "结束日期"] (date) { cells.order("ends_on", starts_on, ends_on); };
    source_ref: may ["ref", "reference", "单号", "申请单号"] (text);
}

/// The end of the stored appointment.
fn stored_end(cells: &Cells<'_>, number: Option<&str>, appointed_on: Option<NaiveDate>) -> Option<NaiveDate> {
    cells.known().career(number?).ended_on(appointed_on?)
}

/// The appointments of each person in the file (first day, first day after it, line), and the careers that result from adding
/// them to the stored ones.
#[derive(Debug, Default)]
pub struct PastAppointments {
    lines: HashMap<EmployeeNumber, Vec<(NaiveDate, Option<NaiveDate>, u64)>>,
    careers: HashMap<EmployeeNumber, Career>,
}

impl PastAppointments {
    fn compare(&mut self, row: &LecturerRow, cells: &mut Cells<'_>) {
        let lines = self.lines.entry(row.employee_number.clone()).or_default();
        let overlaps = |(from, to, _): &&(NaiveDate, Option<NaiveDate>, u64)| {
            to.is_none_or(|to| row.appointed_on < to) && row.ended_on.is_none_or(|ended| *from < ended)
        };
        if let Some((.., first)) = lines.iter().find(overlaps) {
            cells.note("appointed_on", Problem::new(Code::Overlap).with("first", first));
            return;
        }
        let known = cells.known();
        let career = self.careers.entry(row.employee_number.clone());
        let career = career.or_insert_with(|| known.career(&row.employee_number));
        match career.take(row) {
            Ok(_) => lines.push((row.appointed_on, row.ended_on, cells.line())),
            Err(contradictions) => contradictions.into_iter().for_each(|one| note_contradiction(cells, one)),
        }
    }
}

fn note_contradiction(cells: &mut Cells<'_>, contradiction: Contradiction) {
    let overlaps = |clash: Clash| Problem::new(Code::OverlapsStored).with("start", clash.since);
    match contradiction {
        Contradiction::Appointment(clash) => cells.note("appointed_on", overlaps(clash)),
        Contradiction::Level(stored) => cells.note("level", Problem::of(Code::DiffersFromStored, &stored)),
        Contradiction::Group(clash) => cells.note("group_codes", overlaps(clash)),
    }
}
