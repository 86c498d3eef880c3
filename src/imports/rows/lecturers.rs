//! Lecturer groups, appointments as lecturer, absences.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{AbsenceRow, EMPLOYEE, LecturerGroupRow, LecturerRow, MAX_GROUPS};
use crate::imports::cells::Cells;
use crate::imports::fault::ImportFaultCode as Code;
use crate::imports::row::columns;
use crate::imports::stored::{Career, Clash, Contradiction, Plan};
use crate::imports::values::{Problem, date, last_day, text, texts, word};
use crate::kernel::last_day::LastDay;
use crate::kernel::text::EmployeeNumber;
use crate::people::AbsenceKind;

columns! { LecturerGroupRow of LecturerGroups, code code, |cells|
    code: must ["group_code", "讲师群编码", "群编码", "编码"] (text);
    name: must ["group_name", "讲师群名称", "讲师群", "名称"] (text);
    description: may ["说明", "描述"] (text);
}

columns! { LecturerRow of Lecturers, none, past PastAppointments, |cells|
    employee_number: must EMPLOYEE (cells.number()) => Employee;
    appointed_on: must ["appointed", "聘任日期", "受聘日期", "任命日期"] (date);
    ended_on: may ["ended", "解聘日期", "结束日期"]
        (by read_end(cells, employee_number.as_deref(), appointed_on))
        { cells.order("ended_on", appointed_on, ended_on.map(LastDay::day)); };
    level: may ["lecturer_level", "讲师级别", "讲师等级", "级别"] (text) {
        cells.known_level("level", employee_number.as_deref(), level.as_deref());
    };
    group_codes: must ["groups", "group", "讲师群", "所属讲师群", "讲师群编码"] (texts(MAX_GROUPS)) => LecturerGroup;
}

columns! { AbsenceRow of Absences, unique source_ref, |cells|
    employee_number: must EMPLOYEE (cells.number()) => Employee;
    kind: may ["type", "类型", "假别", "请假类型"] (word, or AbsenceKind::Leave);
    starts_on: must ["start", "start_date", "开始日期"] (date);
    ends_on: must ["end", "end_date", "结束日期"] (date) { cells.order("ends_on", starts_on, ends_on); };
    source_ref: may ["ref", "reference", "单号", "申请单号"] (text);
}

/// The last day of the appointment: as the file says, else as it is stored, and at the latest that of the employment.
fn read_end(cells: &mut Cells<'_>, number: Option<&str>, appointed_on: Option<NaiveDate>) -> Option<LastDay> {
    let stored = number.zip(appointed_on).and_then(|(number, day)| cells.known().career(number).ended_on(day));
    let said = cells.optional_or("ended_on", stored.map(LastDay::before), last_day);
    let employment = cells.employed("appointed_on", number, appointed_on);
    [said, employment.and_then(|one| one.left_on)].into_iter().flatten().min()
}

/// The appointments of each person in the file (first day, last day, line), and the careers that result from adding
/// them to the stored ones.
#[derive(Debug, Default)]
pub struct PastAppointments {
    lines: HashMap<EmployeeNumber, Vec<(NaiveDate, Option<LastDay>, u64)>>,
    careers: HashMap<EmployeeNumber, Career>,
}

impl PastAppointments {
    fn compare(&mut self, row: &LecturerRow, cells: &mut Cells<'_>) {
        let lines = self.lines.entry(row.employee_number.clone()).or_default();
        let overlaps = |(from, last, _): &&(NaiveDate, Option<LastDay>, u64)| {
            last.is_none_or(|last| row.appointed_on <= last.day())
                && row.ended_on.is_none_or(|last| *from <= last.day())
        };
        if let Some((.., first)) = lines.iter().find(overlaps) {
            cells.note("appointed_on", Problem::new(Code::Overlap).with("first", first));
            return;
        }
        let known = cells.known();
        let career = self.careers.entry(row.employee_number.clone());
        let career = career.or_insert_with(|| known.career(&row.employee_number));
        let before = career.ended_on(row.appointed_on);
        match career.take(row) {
            Ok(plan) if matches!(plan.appointment, Plan::EndOtherwise(_)) => {
                // Days of which money has left are neither taken from an appointment nor given to it.
                let paid = career.paid_between([before, row.ended_on.map(LastDay::day_after)], known.today());
                lines.push((row.appointed_on, row.ended_on, cells.line()));
                if let Some((first, end)) = paid {
                    let problem = Problem::new(Code::MoneyHasLeft).with("first", first);
                    cells.note("ended_on", problem.with("last", LastDay::before(end)));
                }
            }
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
