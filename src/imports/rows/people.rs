//! Departments, employees, lecturer groups, appointments as lecturer, absences.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{claim_key, codes, reserve_key};
use crate::imports::cells::Cells;
use crate::imports::fault::ImportFaultCode as Code;
use crate::imports::file::{Row, WriteLine};
use crate::imports::index::{Keys, Reference};
use crate::imports::layout::{Column, FileKind, OpenColumn, optional, required};
use crate::imports::values::{Problem, code, date, entries, text, word};
use crate::imports::words::{AbsenceKind, Answer, Role, Word};

/// A row of `departments`. Its parent may stand on a later line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepartmentRow {
    pub code: String,
    pub name: String,
    pub parent_code: Option<String>,
    pub is_ranking_unit: bool,
    /// The employee who heads it.
    pub manager_number: Option<String>,
    pub cost_centre: Option<String>,
}

/// A row of `employees`, with its department membership, external ids and roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmployeeRow {
    pub employee_number: String,
    pub name: String,
    pub email: Option<String>,
    pub hired_on: Option<NaiveDate>,
    /// First day no longer employed.
    pub left_on: Option<NaiveDate>,
    pub department: Option<Placement>,
    pub external_ids: Vec<ExternalId>,
    /// Roles for the whole company (a manager's: for the departments that the person heads).
    pub roles: Vec<Role>,
}

/// A department membership: `[valid_from, valid_to)` in local days. Where both are the same day there is nothing to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    pub department_code: String,
    /// `department_since`, or else the day of hiring.
    pub valid_from: NaiveDate,
    /// The day of leaving.
    pub valid_to: Option<NaiveDate>,
}

/// What another system calls a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalId {
    pub system: String,
    pub kind: String,
    pub value: String,
}

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

pub(super) const EMPLOYEE_ALIASES: &[&str] =
    &["employee_no", "employee_id", "staff_number", "number", "工号", "员工编号", "员工工号", "人员编号"];

impl Row for DepartmentRow {
    const KIND: FileKind = FileKind::Departments;
    const COLUMNS: &'static [Column] = &[
        required("code", &["department_code", "部门编码", "部门编号", "部门代码", "编码"]),
        required("name", &["department_name", "部门名称", "部门", "名称"]),
        optional("parent_code", &["parent", "parent_department_code", "上级部门", "上级部门编码", "上级编码"]),
        optional("is_ranking_unit", &["ranking_unit", "排名单位", "独立排名", "是否排名单位"]),
        optional("manager_number", &["manager", "head", "负责人工号", "部门负责人", "负责人", "部门经理"]),
        optional("cost_centre", &["cost_center", "成本中心"]),
    ];
    type Seen = Keys;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let code_cell = cells.required("code", code);
        let name = cells.required("name", text(1, 200));
        let parent_code = cells.optional("parent_code", code);
        let is_ranking_unit = cells.optional("is_ranking_unit", word::<Answer>) == Some(Answer::Yes);
        let manager_number = cells.optional("manager_number", code);
        let cost_centre = cells.optional("cost_centre", text(1, 64));
        Some(Self { code: code_cell?, name: name?, parent_code, is_ranking_unit, manager_number, cost_centre })
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
        line.put_some("parent_code", self.parent_code.as_ref());
        line.put("is_ranking_unit", self.is_ranking_unit);
        line.put_some("manager_number", self.manager_number.as_ref());
        line.put_some("cost_centre", self.cost_centre.as_ref());
    }
}

/// The numbers of the employees, and the ids that other systems have for them, with their lines.
#[derive(Debug, Default)]
pub struct SeenEmployees {
    pub(in crate::imports) numbers: Keys,
    external_ids: HashMap<ExternalId, u64>,
}

impl Row for EmployeeRow {
    const KIND: FileKind = FileKind::Employees;
    const COLUMNS: &'static [Column] = &[
        required("employee_number", EMPLOYEE_ALIASES),
        required("name", &["employee_name", "full_name", "姓名", "员工姓名"]),
        optional("email", &["mail", "e_mail", "邮箱", "电子邮箱", "邮件"]),
        optional("hired_on", &["hire_date", "entry_date", "入职日期", "入职时间"]),
        optional("left_on", &["leave_date", "离职日期", "离职时间"]),
        optional("department_code", &["department", "部门编码", "部门编号", "部门代码", "部门", "所属部门"]),
        optional("department_since", &["department_from", "调入日期", "部门生效日期"]),
        optional("roles", &["role", "角色", "系统角色"]),
    ];
    type Seen = SeenEmployees;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let employee_number = cells.required("employee_number", code);
        let name = cells.required("name", text(1, 200));
        let email = cells.optional("email", text(3, 254));
        let hired_on = cells.optional("hired_on", date);
        let left_on = cells.optional("left_on", date);
        cells.order("left_on", hired_on, left_on);
        let department = read_placement(cells, hired_on, left_on);
        let external_ids = read_external_ids(cells);
        let roles = cells.optional("roles", |cell| entries(cell).map(word::<Role>).collect()).unwrap_or_default();
        Some(Self {
            employee_number: employee_number?,
            name: name?,
            email,
            hired_on,
            left_on,
            department,
            external_ids,
            roles,
        })
    }

    fn claim(&self, seen: &mut SeenEmployees, cells: &mut Cells<'_>) {
        claim_key(&mut seen.numbers, cells, "employee_number", &self.employee_number);
        for id in &self.external_ids {
            let line = cells.line();
            let first = *seen.external_ids.entry(id.clone()).or_insert(line);
            if first != line {
                let column = OpenColumn::ExternalId { system: id.system.clone(), kind: id.kind.clone() };
                cells.note_open(&column, Problem::new(Code::DuplicateKey).with("first", first));
            }
        }
    }

    fn reserve(seen: &mut SeenEmployees, cells: &Cells<'_>) {
        reserve_key(&mut seen.numbers, cells, "employee_number");
    }

    fn open_column(name: &str) -> Option<OpenColumn> {
        let known = EXTERNAL_ID_COLUMNS.iter().find(|(spellings, ..)| spellings.contains(&name));
        let (system, kind) = match known {
            Some((_, system, kind)) => (*system, *kind),
            None => name.strip_prefix("external:")?.split_once(':')?,
        };
        let sound = |part: &str| (1..=64).contains(&part.chars().count());
        let column = OpenColumn::ExternalId { system: system.to_owned(), kind: kind.to_owned() };
        (sound(system) && sound(kind)).then_some(column)
    }

    fn open_columns(&self) -> Vec<OpenColumn> {
        let column = |id: &ExternalId| OpenColumn::ExternalId { system: id.system.clone(), kind: id.kind.clone() };
        self.external_ids.iter().map(column).collect()
    }

    fn write(&self, line: &mut WriteLine<'_>) {
        line.put("employee_number", &self.employee_number);
        line.put("name", &self.name);
        line.put_some("email", self.email.as_ref());
        line.put_some("hired_on", self.hired_on);
        line.put_some("left_on", self.left_on);
        if let Some(placement) = &self.department {
            line.put("department_code", &placement.department_code);
            line.put("department_since", placement.valid_from);
        }
        let roles: Vec<&str> = self.roles.iter().map(|role| role.as_str()).collect();
        line.put("roles", roles.join(";"));
        for id in &self.external_ids {
            let column = OpenColumn::ExternalId { system: id.system.clone(), kind: id.kind.clone() };
            line.put_open(&column, &id.value);
        }
    }
}

/// What exports call the ids of the usual collaboration suites: spellings, system, kind.
const EXTERNAL_ID_COLUMNS: &[(&[&str], &str, &str)] = &[
    (&["feishu_open_id", "飞书open_id", "飞书_open_id", "飞书id"], "feishu", "open_id"),
    (&["feishu_union_id", "飞书union_id", "飞书_union_id"], "feishu", "union_id"),
    (&["feishu_user_id", "飞书user_id", "飞书_user_id"], "feishu", "user_id"),
    (&["wecom_userid", "wecom_user_id", "企业微信账号", "企业微信userid", "企业微信id"], "wecom", "userid"),
    (&["dingtalk_userid", "dingtalk_user_id", "钉钉userid", "钉钉账号", "钉钉id"], "dingtalk", "userid"),
    (&["dingtalk_unionid", "dingtalk_union_id", "钉钉unionid"], "dingtalk", "unionid"),
];

fn read_placement(cells: &mut Cells<'_>, hired_on: Option<NaiveDate>, left_on: Option<NaiveDate>) -> Option<Placement> {
    let department_code = cells.optional("department_code", code);
    let since = cells.optional("department_since", date);
    cells.refer("department_code", Reference::Department, department_code.as_deref());
    cells.order("department_since", hired_on, since);
    cells.order("left_on", since, left_on);
    let valid_from = since.or(hired_on);
    if department_code.is_some() && cells.get("department_since").or(cells.get("hired_on")).is_none() {
        cells.note("department_since", Problem::new(Code::MissingValue));
    }
    Some(Placement { department_code: department_code?, valid_from: valid_from?, valid_to: left_on })
}

fn read_external_ids(cells: &mut Cells<'_>) -> Vec<ExternalId> {
    let mut ids = Vec::new();
    for (column, value, i) in cells.open().collect::<Vec<_>>() {
        match (column, text(1, 255)(value)) {
            (OpenColumn::ExternalId { system, kind }, Ok(value)) => {
                ids.push(ExternalId { system: system.clone(), kind: kind.clone(), value });
            }
            (_, Err(problem)) => cells.note_cell(i, problem),
            _ => {}
        }
    }
    ids
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
        let code_cell = cells.required("code", code);
        let name = cells.required("name", text(1, 200));
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

/// The appointments of each person: first day, first day after it, line.
pub type SeenAppointments = HashMap<String, Vec<(NaiveDate, Option<NaiveDate>, u64)>>;

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
        let ended_on = cells.optional("ended_on", date);
        cells.order_strictly("ended_on", appointed_on, ended_on);
        let level = cells.optional("level", text(1, 32));
        let group_codes = cells.required("group_codes", codes);
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
        let appointments = seen.entry(self.employee_number.clone()).or_default();
        let overlaps = |(from, to, _): &&(NaiveDate, Option<NaiveDate>, u64)| {
            to.is_none_or(|to| self.appointed_on < to) && self.ended_on.is_none_or(|ended| *from < ended)
        };
        match appointments.iter().find(overlaps) {
            Some((.., first)) => cells.note("appointed_on", Problem::new(Code::Overlap).with("first", first)),
            None => appointments.push((self.appointed_on, self.ended_on, cells.line())),
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
        let source_ref = cells.optional("source_ref", text(1, 255));
        Some(Self { employee_number: employee_number?, kind, starts_on: starts_on?, ends_on: ends_on?, source_ref })
    }

    fn claim(&self, seen: &mut Keys, cells: &mut Cells<'_>) {
        if let Some(source_ref) = &self.source_ref {
            claim_key(seen, cells, "source_ref", source_ref);
        }
    }

    fn write(&self, line: &mut WriteLine<'_>) {
        line.put("employee_number", &self.employee_number);
        line.put("kind", self.kind.as_str());
        line.put("starts_on", self.starts_on);
        line.put("ends_on", self.ends_on);
        line.put_some("source_ref", self.source_ref.as_ref());
    }
}
