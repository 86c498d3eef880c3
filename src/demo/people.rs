//! The people of the company: departments, employees, lecturers, absences.

use super::names::NamePool;
use super::random::Random;
use super::story::{Calendar, MONTHS};
use crate::auth::Role;
use crate::imports::rows::{AbsenceRow, DepartmentRow, EmployeeRow, ExternalId, LecturerRow};
use crate::kernel::last_day::LastDay;
use crate::kernel::text::{Clean, EmployeeNumber};
use crate::people::AbsenceKind;

/// Lecturer group codes: professional knowledge, customer maintenance.
pub const GROUPS: [(&str, &str, &str); 2] = [
    ("professional-knowledge", "专业知识讲师群", "产品、技术与管理的专业知识分享"),
    ("customer-maintenance", "客户维护讲师群", "客户维护技巧与真实案例分享"),
];

/// A person who teaches, and the person's role in the story.
#[derive(Debug, Clone)]
pub struct Lecturer {
    /// The index of the employee, from 0.
    pub employee: usize,
    /// Index into [`GROUPS`] of the group for which they teach.
    pub group: usize,
    /// The first and the last month in which they teach.
    pub months: (usize, usize),
    /// How far their ratings are above or below the mean, in hundredths of a point out of 10.
    pub quality: i32,
    /// 0 to 99: how willingly they share without being asked.
    pub eagerness: u32,
    pub part: Part,
}

/// The special parts of single lecturers; most lecturers have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Ordinary,
    /// Excellent in every month: can become department manager.
    Star,
    /// Two lecturers with the same results in the last month.
    Twin,
    /// Gives sessions in the last month that nobody rates.
    Unrated,
    /// Leaves in the middle of month [`LEAVING_MONTH`].
    Leaver,
    /// Is on leave for ten days of month [`LEAVE_MONTH`].
    OnLeave,
    /// Is appointed only after the leaver has gone.
    Newcomer,
}

/// The month in which a lecturer leaves the company.
pub const LEAVING_MONTH: usize = 8;
/// The month in which a lecturer is on leave for a third of the time.
pub const LEAVE_MONTH: usize = 10;
/// The first and the last day of that leave, counted from 0.
pub const LEAVE_DAYS: (u32, u32) = (0, 9);

/// All people, with what the sessions need to know about them.
#[derive(Debug)]
pub struct People {
    pub departments: Vec<DepartmentRow>,
    pub employees: Vec<EmployeeRow>,
    /// Months of employment of each employee, counted from the story's first: hired in, left in.
    pub employment: Vec<(i32, Option<i32>)>,
    /// The department of each employee, as an index.
    pub department_of: Vec<usize>,
    pub lecturers: Vec<Lecturer>,
    pub lecturer_rows: Vec<LecturerRow>,
    pub absences: Vec<AbsenceRow>,
}

/// Code, name, and the teams below with their sizes.
type Unit = (&'static str, &'static str, &'static [(&'static str, &'static str, usize)]);

const UNITS: [Unit; 6] = [
    (
        "RD",
        "研发中心",
        &[("PLAT", "平台研发部", 42), ("APP", "应用研发部", 46), ("QA", "质量保障部", 28), ("SRE", "运维部", 18)],
    ),
    ("PD", "产品中心", &[("PM", "产品规划部", 26), ("UX", "用户体验部", 18), ("DATA", "数据产品部", 20)]),
    (
        "SA",
        "销售中心",
        &[("KA", "大客户部", 38), ("SMB", "中小企业部", 52), ("CHN", "渠道部", 30), ("PRE", "售前方案部", 26)],
    ),
    (
        "CS",
        "客户成功中心",
        &[("CSM", "客户成功部", 48), ("SUP", "客户支持部", 56), ("IMP", "实施交付部", 50), ("REN", "续约部", 20)],
    ),
    ("MK", "市场中心", &[("BR", "品牌部", 14), ("GR", "增长部", 20), ("EVT", "活动部", 10)]),
    ("OP", "运营管理中心", &[("HR", "人力资源部", 16), ("FIN", "财务部", 14), ("ADM", "行政法务部", 8)]),
];

/// Teams that work with customers.
const CUSTOMER_TEAMS: [&str; 8] = ["KA", "SMB", "CHN", "CSM", "SUP", "IMP", "REN", "EVT"];

/// The levels of lecturers, each as often as it occurs.
const LEVELS: [&str; 6] = ["junior", "junior", "junior", "intermediate", "intermediate", "senior"];

/// The number of lecturers in each group at any time.
const GROUP_SIZES: [usize; 2] = [34, 26];

pub fn people(calendar: Calendar) -> People {
    let mut people = People {
        departments: Vec::new(),
        employees: Vec::new(),
        employment: Vec::new(),
        department_of: Vec::new(),
        lecturers: Vec::new(),
        lecturer_rows: Vec::new(),
        absences: Vec::new(),
    };
    people.found(calendar);
    people.appoint(calendar);
    people.excuse(calendar);
    people
}

impl People {
    /// Whether an employee is employed for a whole month.
    pub fn works_in(&self, employee: usize, month: usize) -> bool {
        let month = i32::try_from(month).unwrap_or_default();
        let inside = |(hired, left): &(i32, Option<i32>)| *hired < month && left.is_none_or(|left| month < left);
        self.employment.get(employee).is_some_and(inside)
    }

    /// The head of the employee's department; if that is the employee, the next head above.
    pub fn manager_of(&self, employee: usize) -> EmployeeNumber {
        let own = employee_number(employee);
        let mut department = self.department_of.get(employee).and_then(|at| self.departments.get(*at));
        while let Some(row) = department {
            match &row.manager_number {
                Some(manager) if *manager != own => return manager.clone(),
                _ => department = self.departments.iter().find(|other| Some(&other.code) == row.parent_code.as_ref()),
            }
        }
        own
    }

    /// Creates the departments and hires everybody, managers first.
    fn found(&mut self, calendar: Calendar) {
        let (mut random, mut names) = (Random::for_part(1), NamePool::new(Random::for_part(2)));
        self.open("HQ", "云岭科技", None, true);
        self.hire(calendar, &mut random, &mut names, 1);
        for (code, name, teams) in UNITS {
            self.open(code, name, Some("HQ"), true);
            self.hire(calendar, &mut random, &mut names, 2);
            for (team, team_name, size) in teams {
                self.open(&format!("{code}-{team}"), team_name, Some(code), false);
                self.hire(calendar, &mut random, &mut names, *size);
            }
        }
        self.grant(Role::Admin, "OP-HR", &[0, 1, 2]);
        self.grant(Role::Payroll, "OP-FIN", &[1]);
        self.grant(Role::Auditor, "OP-ADM", &[1]);
    }

    fn open(&mut self, code: &str, name: &str, parent: Option<&str>, is_ranking_unit: bool) {
        self.departments.push(DepartmentRow {
            code: Clean::trusted(code),
            name: Clean::trusted(name),
            parent_code: parent.map(Clean::trusted),
            is_ranking_unit,
            manager_number: Some(employee_number(self.employees.len())),
            cost_centre: Some(Clean::trusted(format!("CC-{}", code.replace('-', "")))),
        });
    }

    /// Hires people into the department created last. The first of them is its head.
    fn hire(&mut self, calendar: Calendar, random: &mut Random, names: &mut NamePool, size: usize) {
        let department = self.departments.len() - 1;
        let department_code = self.departments.last().map(|row| row.code.clone());
        for i in 0..size {
            let person = names.draw();
            let employment = if i == 0 { (random.within(-110, -40), None) } else { employment(random) };
            let hired_on = calendar.day(employment.0, random.below(28));
            let left_on = employment.1.map(|month| LastDay::before(calendar.day(month, 14)));
            self.employees.push(EmployeeRow {
                employee_number: employee_number(self.employees.len()),
                name: Clean::trusted(person.name),
                email: Some(Clean::trusted(format!("{}@example.com", person.spelling))),
                hired_on: Some(hired_on),
                left_on,
                same_person: None,
                department_code: department_code.clone(),
                department_since: Some(hired_on),
                external_ids: external_ids(self.employees.len(), random),
                roles: if i == 0 { vec![Role::Manager] } else { Vec::new() },
            });
            self.employment.push(employment);
            self.department_of.push(department);
        }
    }

    /// Grants a role to the people at these positions in a department. They never leave the company.
    fn grant(&mut self, role: Role, department: &str, places: &[usize]) {
        let department = self.departments.iter().position(|row| row.code == department);
        let of_it = |at: &usize| self.department_of.get(*at).copied() == department;
        let members: Vec<usize> = (0..self.employees.len()).filter(of_it).collect();
        for member in places.iter().filter_map(|place| members.get(*place)) {
            if let Some(employee) = self.employees.get_mut(*member) {
                employee.roles.push(role);
                employee.left_on = None;
            }
            if let Some(employment) = self.employment.get_mut(*member) {
                employment.1 = None;
            }
        }
    }

    /// Appoints the lecturers of both groups from people who have been employed for a while.
    fn appoint(&mut self, calendar: Calendar) {
        let mut random = Random::for_part(3);
        for (group, size) in GROUP_SIZES.into_iter().enumerate() {
            let mut candidates: Vec<usize> =
                (0..self.employees.len()).filter(|employee| self.may_teach(*employee, group)).collect();
            random.shuffle(&mut candidates);
            // The first group also has a newcomer, who replaces the leaver.
            let size = size + usize::from(group == 0);
            for (place, employee) in candidates.into_iter().take(size).enumerate() {
                let lecturer = lecturer(employee, group, place, &mut random);
                self.appoint_one(calendar, lecturer, &mut random);
            }
        }
    }

    fn may_teach(&self, employee: usize, group: usize) -> bool {
        let hired_long_ago = self.employment.get(employee).is_some_and(|(hired, left)| *hired < -18 && left.is_none());
        let code = self.department_of.get(employee).and_then(|at| self.departments.get(*at)).map(|row| &row.code);
        let team = code.and_then(|code| code.rsplit_once('-')).map(|(_, team)| team);
        let with_customers = team.is_some_and(|team| CUSTOMER_TEAMS.contains(&team));
        let is_head = self.employees.get(employee).is_some_and(|row| !row.roles.is_empty());
        hired_long_ago && !is_head && team.is_some() && with_customers == (group == 1)
    }

    fn appoint_one(&mut self, calendar: Calendar, lecturer: Lecturer, random: &mut Random) {
        let newcomer = lecturer.part == Part::Newcomer;
        let since =
            if newcomer { i32::try_from(lecturer.months.0).unwrap_or_default() } else { random.within(-14, -8) };
        let appointed_on = calendar.day(since, if newcomer { 0 } else { random.below(28) });
        let mut ended_on = None;
        if lecturer.part == Part::Leaver {
            let month = i32::try_from(LEAVING_MONTH).unwrap_or_default();
            ended_on = Some(LastDay::before(calendar.day(month, 14)));
            if let Some(employment) = self.employment.get_mut(lecturer.employee) {
                employment.1 = Some(month);
            }
            if let Some(row) = self.employees.get_mut(lecturer.employee) {
                row.left_on = ended_on;
            }
        }
        let mut groups = vec![lecturer.group];
        // A few lecturers teach for both groups.
        if lecturer.part == Part::Ordinary && random.chance(6) {
            groups.push(1 - lecturer.group);
        }
        let codes = groups.iter().filter_map(|group| GROUPS.get(*group)).map(|(code, ..)| Clean::trusted(*code));
        self.lecturer_rows.push(LecturerRow {
            employee_number: employee_number(lecturer.employee),
            appointed_on,
            ended_on,
            level: Some(Clean::trusted(random.pick(&LEVELS))),
            group_codes: codes.collect(),
        });
        self.lecturers.push(lecturer);
    }

    /// Leave: the lecturer's third of a month, and single days of other people.
    fn excuse(&mut self, calendar: Calendar) {
        let mut random = Random::for_part(4);
        let on_leave = self.lecturers.iter().find(|lecturer| lecturer.part == Part::OnLeave);
        let month = i32::try_from(LEAVE_MONTH).unwrap_or_default();
        let mut absences: Vec<(usize, AbsenceKind, i32, (u32, u32))> = Vec::new();
        absences.extend(on_leave.map(|lecturer| (lecturer.employee, AbsenceKind::Leave, month, LEAVE_DAYS)));
        for month in 0..i32::try_from(MONTHS).unwrap_or_default() {
            for _ in 0..6 {
                let employee = random.index(self.employees.len());
                let (from, days) = (random.below(20), random.below(6));
                let teaches = self.lecturers.iter().any(|lecturer| lecturer.employee == employee);
                if !teaches && self.works_in(employee, usize::try_from(month).unwrap_or_default()) {
                    absences.push((employee, AbsenceKind::Leave, month, (from, from + days)));
                }
            }
        }
        for (i, (employee, kind, month, (from, to))) in absences.into_iter().enumerate() {
            self.absences.push(AbsenceRow {
                employee_number: employee_number(employee),
                kind,
                starts_on: calendar.day(month, from),
                ends_on: calendar.day(month, to),
                source_ref: Some(Clean::trusted(format!("OA-{:04}", i + 1))),
            });
        }
    }
}

/// The number of the employee at this place.
pub fn employee_number(at: usize) -> EmployeeNumber {
    Clean::trusted(format!("YL{:04}", at + 1))
}

/// The ids by which the layouts of payroll files name the person.
fn external_ids(at: usize, random: &mut Random) -> Vec<ExternalId> {
    let id = |system: &str, kind: &str, value: String| ExternalId {
        system: Clean::trusted(system),
        kind: Clean::trusted(kind),
        value: Clean::trusted(value),
    };
    let open_id = format!("ou_{:08x}{:08x}", random.below(u32::MAX), random.below(u32::MAX));
    vec![id("feishu", "open_id", open_id), id("xinrenxinshi", "employee_id", format!("xr{:06}", at + 1))]
}

/// Months of hiring and leaving: most people are employed throughout, some come or go during the story.
fn employment(random: &mut Random) -> (i32, Option<i32>) {
    match random.below(100) {
        0..=4 => (random.within(0, 9), None),
        5..=7 => (random.within(-60, -12), Some(random.within(1, 10))),
        _ => (random.within(-100, -2), None),
    }
}

fn lecturer(employee: usize, group: usize, place: usize, random: &mut Random) -> Lecturer {
    let part = match (group, place) {
        (0, 0) => Part::Star,
        (0, 1 | 2) => Part::Twin,
        (0, 3) => Part::Leaver,
        (0, 4) => Part::Newcomer,
        (1, 0) => Part::Unrated,
        (1, 1) => Part::OnLeave,
        _ => Part::Ordinary,
    };
    let last = MONTHS - 1;
    let (quality, eagerness, months) = match part {
        Part::Star => (150, 99, (0, last)),
        Part::Twin => (40, 0, (0, last)),
        Part::Leaver => (60, 30, (0, LEAVING_MONTH)),
        Part::Newcomer => (20, 40, (LEAVING_MONTH + 1, last)),
        _ => (random.within(-110, 110), random.below(99), (0, last)),
    };
    Lecturer { employee, group, months, quality, eagerness, part }
}
