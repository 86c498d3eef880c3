use super::layout::Column;
use super::row::Row;
use super::rows::*;
use super::words::*;
use super::*;
use crate::auth::Role;
use crate::calendar::DayKind;
use crate::content::{CaseState, ReuseEventKind};
use crate::kernel::records::plain_name;
use crate::people::AbsenceKind;
use crate::sessions::{AttendanceState, SessionKind, SessionMode, SessionRole, SessionState};

fn every_layout() -> Vec<(FileKind, &'static [Column])> {
    vec![
        (FileKind::Departments, DepartmentRow::COLUMNS),
        (FileKind::Employees, EmployeeRow::COLUMNS),
        (FileKind::LecturerGroups, LecturerGroupRow::COLUMNS),
        (FileKind::Lecturers, LecturerRow::COLUMNS),
        (FileKind::Absences, AbsenceRow::COLUMNS),
        (FileKind::Calendar, CalendarRow::COLUMNS),
        (FileKind::Sessions, SessionRow::COLUMNS),
        (FileKind::Contents, ContentRow::COLUMNS),
        (FileKind::Submissions, SubmissionRow::COLUMNS),
        (FileKind::Attendance, AttendanceRow::COLUMNS),
        (FileKind::Ratings, RatingRow::COLUMNS),
        (FileKind::Reuse, ReuseRow::COLUMNS),
        (FileKind::Cases, CaseRow::COLUMNS),
    ]
}

#[test]
fn every_name_means_one_column_and_every_column_has_a_chinese_name() {
    let layouts = every_layout();
    assert_eq!(layouts.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), FileKind::ALL);
    for (kind, columns) in layouts {
        let names = columns.iter().flat_map(|column| std::iter::once(&column.name).chain(column.aliases));
        let mut seen = std::collections::BTreeSet::new();
        for name in names {
            assert!(seen.insert(name), "{kind:?}: {name} means two columns");
            assert_eq!(plain_name(name), *name, "{kind:?}: an alias must be in the form that headers are brought into");
        }
        for column in columns {
            assert!(column.aliases.iter().any(|alias| !alias.is_ascii()), "{kind:?}: {}", column.name);
        }
    }
}

fn check_words<W: Word + PartialEq + std::fmt::Debug>() {
    let mut seen = std::collections::BTreeSet::new();
    for (word, spellings) in W::SPELLINGS {
        assert!(spellings.iter().any(|spelling| !spelling.is_ascii()));
        for spelling in *spellings {
            assert!(seen.insert(spelling), "{spelling} means two things");
            assert_eq!(W::read(spelling), Some(*word));
            assert_eq!(W::read(&spelling.to_uppercase().replace('_', " ")), Some(*word));
        }
    }
    assert_eq!(W::read("something else"), None);
}

#[test]
fn every_spelling_means_one_word() {
    check_words::<SessionKind>();
    check_words::<SessionMode>();
    check_words::<SessionState>();
    check_words::<AttendanceState>();
    check_words::<ReuseEventKind>();
    check_words::<AbsenceKind>();
    check_words::<DayKind>();
    check_words::<CaseState>();
    check_words::<Role>();
    check_words::<Answer>();
}

#[test]
fn an_export_in_chinese_reads_like_one_in_english() {
    let employees = "\u{feff}*工号,姓名,邮箱,入职日期,部门编码,角色,飞书 Open ID,External:SAP:PERNR\r\n\
        E1,张三,z3@example.com,2020年1月1日,RD,管理员；薪酬,ou_1,0042\r\n";
    let departments = "部门编码,部门名称,排名单位\nRD,研发部,是\n";
    let sessions = "分享编号,激励方案,分享主题,类型,方式,状态,计划时间,计划时长,实际开始时间,实际时长,讲师工号\n\
        S1,P,客户维护,自愿,线上,已交付,2026/3/5 14:00,45,2026/3/5 14:00,45,E1\n";
    let ratings = "分享编号,学员工号,评分,满分,评分时间,文字反馈,评分项:实用性/5\nS1,E2,9,10,2026/3/5 15:00,很实用,5\n";
    let known = programmes().with(Reference::Employee, ["E2"]);
    let reading = Reading::new(zone());
    let given =
        [("员工花名册.csv", employees), ("部门.csv", departments), ("a/分享.csv", sessions), ("评分.CSV", ratings)];
    let files: Vec<ImportFile<'_>> =
        given.iter().map(|(name, text)| ImportFile::of_bytes(name, text.as_bytes())).collect();
    let import = read(&files, &reading, &known);
    assert_eq!(import.faults.faults(), []);
    let employee = &import.tables.employees[0].row;
    assert_eq!((employee.name.as_str(), &employee.roles), ("张三", &vec![Role::Admin, Role::Payroll]));
    let ids: Vec<String> =
        employee.external_ids.iter().map(|id| format!("{}/{}/{}", id.system, id.kind, id.value)).collect();
    assert_eq!(ids, ["feishu/open_id/ou_1", "sap/pernr/0042"]);
    assert!(import.tables.departments[0].row.is_ranking_unit);
    let session = &import.tables.sessions[0].row;
    assert_eq!((session.kind, session.mode), (SessionKind::Voluntary, SessionMode::Online));
    assert_eq!(session.delivered_start, Some("2026-03-05T06:00:00Z".parse().unwrap()));
    let rating = import.ratings().next().unwrap().unwrap();
    assert_eq!(rating.line, 2);
    assert_eq!(rating.row.items, [ItemAnswer { key: "practicality".parse().unwrap(), value: 5, scale: 5 }]);
    assert_eq!(rating.row.comment.as_deref(), Some("很实用"));
}

#[test]
fn equal_shares_sum_to_one_exactly() {
    let sessions = SESSIONS.replace("40,12,E1,", "40,12,E1；E2、E3,");
    let (reading, known) = (Reading::new(zone()), programmes());
    let given = [("sessions.csv", sessions.as_bytes())];
    let import = read(&files(&given), &reading, &known);
    let credits: Vec<String> =
        import.tables.sessions[0].row.lecturers.iter().map(|share| share.credit.to_string()).collect();
    assert_eq!(credits, ["0.33333334", "0.33333333", "0.33333333"]);
}

#[test]
fn a_role_follows_the_credit_or_the_number() {
    for (cell, expected) in [
        ("E1:0.6；E2：0.4：助教", [("0.6", SessionRole::Lead), ("0.4", SessionRole::Assistant)]),
        ("E1:lead;E2:合讲", [("0.5", SessionRole::Lead), ("0.5", SessionRole::Co)]),
    ] {
        let sessions = SESSIONS.replace("40,12,E1,", &format!("40,12,{cell},"));
        let (reading, known) = (Reading::new(zone()), programmes());
        let given = [("sessions.csv", sessions.as_bytes())];
        let import = read(&files(&given), &reading, &known);
        let shares = &import.tables.sessions[0].row.lecturers;
        let found: Vec<(String, SessionRole)> =
            shares.iter().map(|share| (share.credit.to_string(), share.role)).collect();
        assert_eq!(found, expected.map(|(credit, role)| (credit.to_owned(), role)), "{cell}");
    }
}
