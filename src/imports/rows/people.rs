//! Departments and employees.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{MAX_NAMED, claim_key, reserve_key};
use crate::auth::Role;
use crate::imports::cells::Cells;
use crate::imports::fault::ImportFaultCode as Code;
use crate::imports::file::{Row, WriteLine};
use crate::imports::index::{Keys, Reference};
use crate::imports::layout::{Column, FileKind, OpenColumn, optional, required};
use crate::imports::stored::{department_since, plan_membership};
use crate::imports::values::{Problem, code, date, email, entries, line, word};
use crate::imports::words::Answer;

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
    /// `department_since`, or else since when the company has it so, or else the day of hiring.
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
        let name = cells.required("name", line(1, 200));
        let parent_code = cells.optional("parent_code", code);
        let is_ranking_unit = cells.optional("is_ranking_unit", word::<Answer>) == Some(Answer::Yes);
        let manager_number = cells.optional("manager_number", code);
        let cost_centre = cells.optional("cost_centre", line(1, 64));
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
        let name = cells.required("name", line(1, 200));
        let email = cells.optional("email", email);
        let stored = cells.scope.known.employee(employee_number.as_deref().unwrap_or_default());
        let hired_on = cells.optional_or("hired_on", stored.hired_on, date);
        let left_on = cells.optional_or("left_on", stored.left_on, date);
        cells.order("left_on", hired_on, left_on);
        let number = employee_number.as_deref().unwrap_or_default();
        let department = read_placement(cells, number, hired_on, left_on);
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
            } else if cells.scope.known.is_anothers(id, &self.employee_number) {
                let column = OpenColumn::ExternalId { system: id.system.clone(), kind: id.kind.clone() };
                cells.note_open(&column, Problem::of(Code::Taken, &id.value));
            }
        }
        let Some(placement) = &self.department else { return };
        if let Err(clash) = plan_membership(cells.scope.known.memberships(&self.employee_number), placement) {
            let column = if cells.get("department_since").is_some() { "department_since" } else { "department_code" };
            cells.note(column, Problem::new(Code::OverlapsStored).with("start", clash.since));
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
        let roles: Vec<&str> = self.roles.iter().map(|role| role.slug()).collect();
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

fn read_placement(
    cells: &mut Cells<'_>,
    number: &str,
    hired_on: Option<NaiveDate>,
    left_on: Option<NaiveDate>,
) -> Option<Placement> {
    let department_code = cells.optional("department_code", code);
    let since = cells.optional("department_since", date);
    cells.refer("department_code", Reference::Department, department_code.as_deref());
    cells.order("department_since", hired_on, since);
    cells.order("left_on", since, left_on);
    let department_code = department_code?;
    let valid_from = match cells.get("department_since") {
        Some(_) => since,
        None => {
            let valid_from = department_since(cells.scope.known.memberships(number), &department_code, hired_on);
            // A day of hiring that cannot be read is a fault already.
            if valid_from.is_none() && (hired_on.is_some() || cells.get("hired_on").is_none()) {
                cells.note("department_since", Problem::new(Code::MissingValue));
            }
            valid_from
        }
    };
    Some(Placement { department_code, valid_from: valid_from?, valid_to: left_on })
}

fn read_external_ids(cells: &mut Cells<'_>) -> Vec<ExternalId> {
    let mut ids = Vec::new();
    for (column, value, i) in cells.open().collect::<Vec<_>>() {
        match (column, line(1, 255)(value)) {
            (OpenColumn::ExternalId { system, kind }, Ok(value)) => {
                ids.push(ExternalId { system: system.clone(), kind: kind.clone(), value });
                if ids.len() == MAX_NAMED + 1 {
                    cells.note_cell(i, Problem::new(Code::TooMany).with("max", MAX_NAMED));
                }
            }
            (_, Err(problem)) => cells.note_cell(i, problem),
            _ => {}
        }
    }
    ids
}
