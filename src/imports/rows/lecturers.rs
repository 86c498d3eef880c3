//! Lecturer groups, appointments as lecturer, absences.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::people::EMPLOYEE_ALIASES;
use super::{MAX_GROUPS, claim_key, codes, reserve_key};
use crate::imports::cells::Cells;
use crate::imports::fault::ImportFaultCode as Code;
use crate::imports::file::{Row, WriteLine};
use crate::imports::index::{Keys, Reference};
use crate::imports::layout::{Column, FileKind, optional, required};
use crate::imports::stored::{Career, Clash, Contradiction};
use crate::imports::values::{Problem, code, date, line, own_code, text, word};
use crate::people::AbsenceKind;

/// A row of `lecturer_groups`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LecturerGroupRow {
    pub code: String,
    pub name: String,
    pub description: Option<String>,
}

/// A row of `lecturers`: an appointment with its level and its groups, all from its first to its last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LecturerRow {
    pub employee_number: String,
    pub appointed_on: NaiveDate,
    /// First day no longer appointed.
    pub ended_on: Option<NaiveDate>,
    pub level: Option<String>,
    pub group_codes: Vec<String>,
}

/// A row of `absences`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbsenceRow {
    pub employee_number: String,
    pub kind: AbsenceKind,
    pub starts_on: NaiveDate,
    /// Last day, inclusive.
    pub ends_on: NaiveDate,
    /// Its id in the system that it comes from.
    pub source_ref: Option<String>,
}

impl Row for LecturerGroupRow {
    const KIND: FileKind = FileKind::LecturerGroups;
    const COLUMNS: &'static [Column] = &[
        required("code", &["group_code", "讲师群编码", "群编码", "编码"]),
        required("name", &["group_name", "讲师群名称", "讲师群", "名称"]),
        optional("description", &["说明", "描述"]),
    ];
    type Seen = Keys;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let code_cell = cells.required("code", own_code);
        let name = cells.required("name", line(1, 200));
        let description = cells.optional("description", text(1, 2000));
        Some(Self { code: code_cell?, name: name?, description })
    }

    fn claim(&self, seen: &mut Keys, cells: &mut Cells<'_>) {
        claim_key(seen, cells, "code", &self.code);
    }

    fn reserve(seen: &mut Keys, cells: &Cells<'_>) {
        reserve_key(seen, cells, "code");
    }

    fn write(&self, line: &mut WriteLine<'_>) {
        line.put("code", &self.code);
        line.put("name", &self.name);
        line.put_some("description", self.description.as_ref());
    }
}

/// The appointments of each person in the file (first day, first day after it, line), and the careers that they make of those
/// that the company has.
#[derive(Debug, Default)]
pub struct SeenAppointments {
    lines: HashMap<String, Vec<(NaiveDate, Option<NaiveDate>, u64)>>,
    careers: HashMap<String, Career>,
}

impl Row for LecturerRow {
    const KIND: FileKind = FileKind::Lecturers;
    const COLUMNS: &'static [Column] = &[
        required("employee_number", EMPLOYEE_ALIASES),
        required("appointed_on", &["appointed", "聘任日期", "受聘日期", "任命日期"]),
        optional("ended_on", &["ended", "解聘日期", "结束日期"]),
        optional("level", &["lecturer_level", "讲师级别", "讲师等级", "级别"]),
        required("group_codes", &["groups", "group", "讲师群", "所属讲师群", "讲师群编码"]),
    ];
    type Seen = SeenAppointments;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let employee_number = cells.required("employee_number", code);
        cells.refer("employee_number", Reference::Employee, employee_number.as_deref());
        let appointed_on = cells.required("appointed_on", date);
        let stored = employee_number.as_deref().zip(appointed_on);
        let stored = stored.and_then(|(number, from)| cells.scope.known.career(number).ended_on(from));
        let ended_on = cells.optional_or("ended_on", stored, date);
        cells.order_strictly("ended_on", appointed_on, ended_on);
        let level = cells.optional("level", line(1, 32));
        let group_codes = cells.required("group_codes", codes(MAX_GROUPS));
        for group in group_codes.iter().flatten() {
            cells.refer("group_codes", Reference::LecturerGroup, Some(group));
        }
        Some(Self {
            employee_number: employee_number?,
            appointed_on: appointed_on?,
            ended_on,
            level,
            group_codes: group_codes?,
        })
    }

    fn claim(&self, seen: &mut SeenAppointments, cells: &mut Cells<'_>) {
        let lines = seen.lines.entry(self.employee_number.clone()).or_default();
        let overlaps = |(from, to, _): &&(NaiveDate, Option<NaiveDate>, u64)| {
            to.is_none_or(|to| self.appointed_on < to) && self.ended_on.is_none_or(|ended| *from < ended)
        };
        if let Some((.., first)) = lines.iter().find(overlaps) {
            cells.note("appointed_on", Problem::new(Code::Overlap).with("first", first));
            return;
        }
        let known = cells.scope.known;
        let career = seen.careers.entry(self.employee_number.clone());
        let career = career.or_insert_with(|| known.career(&self.employee_number));
        match career.take(self) {
            Ok(_) => lines.push((self.appointed_on, self.ended_on, cells.line())),
            Err(contradictions) => contradictions.into_iter().for_each(|one| note_contradiction(cells, one)),
        }
    }

    fn write(&self, line: &mut WriteLine<'_>) {
        line.put("employee_number", &self.employee_number);
        line.put("appointed_on", self.appointed_on);
        line.put_some("ended_on", self.ended_on);
        line.put_some("level", self.level.as_ref());
        line.put("group_codes", self.group_codes.join(";"));
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

impl Row for AbsenceRow {
    const KIND: FileKind = FileKind::Absences;
    const COLUMNS: &'static [Column] = &[
        required("employee_number", EMPLOYEE_ALIASES),
        optional("kind", &["type", "类型", "假别", "请假类型"]),
        required("starts_on", &["start", "start_date", "开始日期"]),
        required("ends_on", &["end", "end_date", "结束日期"]),
        optional("source_ref", &["ref", "reference", "单号", "申请单号"]),
    ];
    type Seen = Keys;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let employee_number = cells.required("employee_number", code);
        cells.refer("employee_number", Reference::Employee, employee_number.as_deref());
        let kind = cells.optional("kind", word).unwrap_or(AbsenceKind::Leave);
        let starts_on = cells.required("starts_on", date);
        let ends_on = cells.required("ends_on", date);
        cells.order("ends_on", starts_on, ends_on);
        let source_ref = cells.optional("source_ref", line(1, 255));
        Some(Self { employee_number: employee_number?, kind, starts_on: starts_on?, ends_on: ends_on?, source_ref })
    }

    fn claim(&self, seen: &mut Keys, cells: &mut Cells<'_>) {
        if let Some(source_ref) = &self.source_ref {
            claim_key(seen, cells, "source_ref", source_ref);
        }
    }

    fn write(&self, line: &mut WriteLine<'_>) {
        line.put("employee_number", &self.employee_number);
        line.put("kind", self.kind.slug());
        line.put("starts_on", self.starts_on);
        line.put("ends_on", self.ends_on);
        line.put_some("source_ref", self.source_ref.as_ref());
    }
}
