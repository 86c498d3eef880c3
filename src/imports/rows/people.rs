//! Departments and employees.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{DepartmentRow, EMPLOYEE, EmployeeRow, ExternalId, MAX_NAMED};
use crate::auth::Role;
use crate::imports::cells::Cells;
use crate::imports::fault::ImportFaultCode as Code;
use crate::imports::layout::OpenColumn;
use crate::imports::numbers::read_person;
use crate::imports::row::{OpenCell, columns};
use crate::imports::stored::{department_since, place, placement};
use crate::imports::values::{Problem, answer, date, entries, last_day, text, word};
use crate::kernel::last_day::LastDay;
use crate::people::Employment;

columns! { DepartmentRow of Departments, code code, |cells|
    code: must ["department_code", "部门编码", "部门编号", "部门代码", "编码"] (text);
    name: must ["department_name", "部门名称", "部门", "名称"] (text);
    parent_code: may ["parent", "parent_department_code", "上级部门", "上级部门编码", "上级编码"] (text);
    is_ranking_unit: may ["ranking_unit", "排名单位", "独立排名", "是否排名单位"] (answer, or false);
    manager_number: may ["manager", "head", "负责人工号", "部门负责人", "负责人", "部门经理"] (text);
    cost_centre: may ["cost_center", "成本中心"] (text);
}

columns! { EmployeeRow of Employees, code employee_number, past PastEmployees, |cells|
    employee_number: must EMPLOYEE (text);
    name: must ["employee_name", "full_name", "姓名", "员工姓名"] (text);
    same_person: may ["是否同一人", "同一人"] (answer) {
        let employee_number = read_person(cells, employee_number, name.as_ref(), same_person);
    };
    email: may ["mail", "e_mail", "邮箱", "电子邮箱", "邮件"] (text);
    hired_on: may ["hire_date", "entry_date", "入职日期", "入职时间"]
        (by cells.optional_or("hired_on", stored(cells, employee_number.as_deref()).hired_on, date));
    left_on: may ["leave_date", "离职日期", "离职时间", "最后工作日"]
        (by cells.optional_or("left_on", stored_end(cells, employee_number.as_deref(), hired_on), last_day))
        { cells.order("left_on", hired_on, left_on.map(LastDay::day)); };
    department_code: may ["department", "部门编码", "部门编号", "部门代码", "部门", "所属部门"] (text) => Department;
    department_since: may ["department_from", "调入日期", "部门生效日期"]
        (by read_since(cells, employee_number.as_deref(), department_code.as_deref(), (hired_on, left_on)));
    roles: may ["role", "角色", "系统角色"] (|cell| entries(cell).map(word::<Role>).collect(), or Vec::new());
    .. external_ids: ExternalId = read_external_ids(cells);
}

/// The latest employment of the person.
fn stored(cells: &Cells<'_>, number: Option<&str>) -> Employment {
    number.map(|number| cells.known().employment(number)).unwrap_or_default()
}

/// The last day of the latest employment. Who is hired again has none.
fn stored_end(cells: &Cells<'_>, number: Option<&str>, hired_on: Option<NaiveDate>) -> Option<LastDay> {
    let stored = stored(cells, number);
    stored.left_on.filter(|_| !stored.precedes(&Employment { hired_on, left_on: None }))
}

/// The day from which a person, hired and leaving on these days, is in the department.
fn read_since(
    cells: &mut Cells<'_>,
    number: Option<&str>,
    department: Option<&str>,
    (hired_on, left_on): (Option<NaiveDate>, Option<LastDay>),
) -> Option<NaiveDate> {
    let said = cells.optional("department_since", date);
    cells.order("department_since", hired_on, said);
    if let (Some(said), Some(left), Some(number)) = (said, left_on, number)
        && left.day() < said
    {
        cells.note("department_since", Problem::of(Code::NotEmployed, number).with("day", said));
    }
    let department = department?;
    if cells.get("department_since").is_some() {
        return said;
    }
    let known = cells.known();
    let since = department_since(known.memberships(number.unwrap_or_default()), department, hired_on, known.today());
    // A faulty day of hiring was already reported.
    if since.is_none() && (hired_on.is_some() || cells.get("hired_on").is_none()) {
        cells.note("department_since", Problem::new(Code::MissingValue));
    }
    since
}

/// The employees' ids in other systems, with their lines.
#[derive(Debug, Default)]
pub struct PastEmployees(HashMap<ExternalId, u64>);

impl PastEmployees {
    fn compare(&mut self, row: &EmployeeRow, cells: &mut Cells<'_>) {
        for id in &row.external_ids {
            let line = cells.line();
            let first = *self.0.entry(id.clone()).or_insert(line);
            if first != line {
                cells.note_open(&id.column(), Problem::new(Code::DuplicateKey).with("first", first));
            }
        }
        let Some(placement) = placement(row) else { return };
        let known = cells.known();
        if let Err(clash) = place(known.memberships(&row.employee_number), &placement, known.today()) {
            let column = if cells.get("department_since").is_some() { "department_since" } else { "department_code" };
            cells.note(column, Problem::new(Code::OverlapsStored).with("start", clash.since));
        }
    }
}

/// Names that exports use for ids in the usual collaboration suites: spellings, system, kind.
const EXTERNAL_ID_COLUMNS: &[(&[&str], &str, &str)] = &[
    (&["feishu_open_id", "飞书open_id", "飞书_open_id", "飞书id"], "feishu", "open_id"),
    (&["feishu_union_id", "飞书union_id", "飞书_union_id"], "feishu", "union_id"),
    (&["feishu_user_id", "飞书user_id", "飞书_user_id"], "feishu", "user_id"),
    (&["wecom_userid", "wecom_user_id", "企业微信账号", "企业微信userid", "企业微信id"], "wecom", "userid"),
    (&["dingtalk_userid", "dingtalk_user_id", "钉钉userid", "钉钉账号", "钉钉id"], "dingtalk", "userid"),
    (&["dingtalk_unionid", "dingtalk_union_id", "钉钉unionid"], "dingtalk", "unionid"),
];

impl OpenCell for ExternalId {
    const ABOUT: Option<&'static str> =
        Some("`external:SYSTEM:KIND` (the person's id in another system; `feishu_open_id` is one)");

    fn column_of(name: &str) -> Option<OpenColumn> {
        let known = EXTERNAL_ID_COLUMNS.iter().find(|(spellings, ..)| spellings.contains(&name));
        let (system, kind) = match known {
            Some((_, system, kind)) => (*system, *kind),
            None => name.strip_prefix("external:")?.split_once(':')?,
        };
        Some(OpenColumn::ExternalId { system: system.parse().ok()?, kind: kind.parse().ok()? })
    }

    fn column(&self) -> OpenColumn {
        OpenColumn::ExternalId { system: self.system.clone(), kind: self.kind.clone() }
    }

    fn text(&self) -> String {
        self.value.to_string()
    }
}

fn read_external_ids(cells: &mut Cells<'_>) -> Vec<ExternalId> {
    let mut ids = Vec::new();
    for (column, value, i) in cells.open().collect::<Vec<_>>() {
        match (column, text(value)) {
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
