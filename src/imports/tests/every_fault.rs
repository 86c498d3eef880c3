use std::collections::BTreeSet;

use ImportFaultCode as Code;

use super::faults_of_company::{ratings_that_nobody_can_have_given, what_people_say_themselves, what_the_company_has};
use super::*;
use crate::kernel::message::data;

/// Faults as (code, line, column), and the file that has them.
pub type Expected = &'static [(Code, u64, &'static str)];

const RATINGS: &str = "ratings.csv";
const RATING: &str = "session_code,employee_number,rating,scale,received_at,comment,item:clarity/5\n";
const ABSENCE: &str = "employee_number,kind,starts_on,ends_on,source_ref\n";
const CASE: &str =
    "session_code,employee_number,description,applied_on,state,submitted_at,decided_at,decided_by_number\n";

fn check(name: &str, header: &str, rows: &str, expected: Expected, found: &mut BTreeSet<Code>) {
    check_bytes(name, format!("{header}{rows}").as_bytes(), expected, found);
}

fn check_bytes(name: &str, bytes: &[u8], expected: Expected, found: &mut BTreeSet<Code>) {
    let faults = faults_of(&Reading::new(zone()), &[(name, bytes)]);
    let seen: Vec<(Code, u64, &str)> =
        faults.iter().map(|fault| (fault.code, fault.line, fault.column.as_deref().unwrap_or(""))).collect();
    assert_eq!(seen, expected, "{name}: {}", String::from_utf8_lossy(bytes));
    assert!(faults.iter().all(|fault| fault.file == name));
    found.extend(faults.iter().map(|fault| fault.code));
}

/// Every code of the closed list, each found at its line and column. A code that no file causes fails the test.
#[test]
fn every_code_is_found_where_it_stands() {
    let mut found = BTreeSet::new();
    forms(&mut found);
    values(&mut found);
    people(&mut found);
    sessions(&mut found);
    feedback(&mut found);
    what_the_company_has(&mut found);
    what_people_say_themselves(&mut found);
    ratings_that_nobody_can_have_given(&mut found);
    streams_that_break(&mut found);
    let all: BTreeSet<Code> = Code::ALL.iter().copied().collect();
    assert_eq!(all.difference(&found).collect::<Vec<_>>(), Vec::<&Code>::new());
}

fn forms(found: &mut BTreeSet<Code>) {
    check("salaries.csv", "a,b\n", "1,2\n", &[(Code::UnknownFile, 1, "")], found);
    check("EMPLOYEES.CSV", EMPLOYEES, "", &[(Code::RepeatedFile, 1, "")], found);
    check(RATINGS, "", "\n\n", &[(Code::NoHeader, 1, "")], found);
    check(
        "lecturer_groups.csv",
        "code,name,colour\n",
        "PK,专业\n",
        &[(Code::UnknownColumn, 1, "colour"), (Code::CellCount, 2, "")],
        found,
    );
    check("lecturer_groups.csv", "code,name,编码\n", "PK,专业,X\n", &[(Code::RepeatedColumn, 1, "编码")], found);
    check(
        RATINGS,
        "session_code,rating\n",
        "S1,9\n",
        &[(Code::MissingColumn, 1, "employee_number"), (Code::MissingColumn, 1, "received_at")],
        found,
    );
    check_bytes("lecturer_groups.csv", b"code,name\nPK,\xbf\xcd\xbb\xa7\n", &[(Code::NotUtf8, 2, "")], found);
    let rows = "PK,专业,,\nCM,客户,,x\nXX,其他,,,,\n";
    check("lecturer_groups.csv", "code,name,,\n", rows, &[(Code::NamelessColumn, 3, "")], found);
    let rows = "PK,专业,\"a\nb\"\nCM,客户,\"never closed\n";
    check("lecturer_groups.csv", "code,name,description\n", rows, &[(Code::OpenQuote, 4, "")], found);
    check("lecturer_groups.csv", "code,name\r\n", "PK,\"a\"b\r\n", &[(Code::StrayQuote, 2, "")], found);
    let long = format!("PK,专业\nCM,{}\n", "x".repeat(1 << 20));
    check("lecturer_groups.csv", "code,name\n", &long, &[(Code::RowTooLong, 3, "")], found);
}

fn values(found: &mut BTreeSet<Code>) {
    check("lecturer_groups.csv", "code,name\n", "PK, \n", &[(Code::MissingValue, 2, "name")], found);
    let long = format!("PK,{}\n", "讲".repeat(201));
    check("lecturer_groups.csv", "code,name\n", &long, &[(Code::TooLong, 2, "name")], found);
    check("lecturer_groups.csv", "code,name\n", "PK,a\0b\n", &[(Code::BadCharacter, 2, "name")], found);
    check("lecturer_groups.csv", "code,name\n", "PK,\"a\nb\"\n", &[(Code::BadCharacter, 2, "name")], found);
    check("lecturer_groups.csv", "code,name\n", "PK,专业\n-专业-,客户\n", &[(Code::BadCode, 3, "code")], found);
    let employee = "employee_number,name,email,hired_on\nE1,张三,,\nE2,李四,,\n";
    check(
        "employees.csv",
        employee,
        "E3,王五,a@,五月\n",
        &[(Code::TooShort, 4, "email"), (Code::BadDate, 4, "hired_on")],
        found,
    );
    check(
        "employees.csv",
        employee,
        "\"E\n3\",\"王\n五\",nobody,\n",
        &[(Code::BadCharacter, 4, "employee_number"), (Code::BadCharacter, 4, "name"), (Code::BadEmail, 4, "email")],
        found,
    );
    let rows = "S1,E2,8.5,10,yesterday,,\nS1,E3,8,0,2026-03-05 15:00,,4\n";
    check(
        RATINGS,
        RATING,
        rows,
        &[(Code::BadDateTime, 2, "received_at"), (Code::BadInteger, 2, "rating"), (Code::OutOfRange, 3, "scale")],
        found,
    );
    check("absences.csv", ABSENCE, "E1,holiday,2026-03-01,2026-03-02,\n", &[(Code::UnknownWord, 2, "kind")], found);
    let many: Vec<String> = (0..101).map(|i| format!("G{i}")).collect();
    let row = format!("E1,2025-01-01,,L1,{}\n", many.join(";"));
    check("lecturers.csv", LECTURERS_HEADER, &row, &[(Code::TooMany, 2, "group_codes")], found);
    let crowd: Vec<String> = (0..21).map(|i| format!("E{i}")).collect();
    let row = format!("S3,P,标题,assigned,on_site,planned,2026-03-07 14:00,45,,,,,{},\n", crowd.join(";"));
    check("sessions.csv", SESSIONS, &row, &[(Code::TooMany, 4, "lecturers")], found);
    let row = format!("C2,P,,标题,,,{}\n", crowd.join(";"));
    check("contents.csv", CONTENTS, &row, &[(Code::TooMany, 3, "author_numbers")], found);
    let mut reading = Reading::new(chrono_tz::Europe::Berlin);
    reading.keep_faults = 1;
    let gap = faults_of(&reading, &[(RATINGS, format!("{RATING}S1,E2,8,10,2026-03-29 02:30,,\n").as_bytes())]);
    assert_eq!((gap[0].code, &gap[0].params["zone"]), (Code::NoSuchLocalTime, &data("Europe/Berlin")));
    found.insert(gap[0].code);
}

const LECTURERS_HEADER: &str = "employee_number,appointed_on,ended_on,level,group_codes\n";

fn people(found: &mut BTreeSet<Code>) {
    let header = "code,name,parent_code,is_ranking_unit,manager_number\nHQ,总部,,,\nRD,研发,HQ,,E2\n";
    check(
        "departments.csv",
        header,
        "A,甲,B,,\nB,乙,A,,\nC,丙,A,,\nD,丁,Z,,E9\n",
        &[
            (Code::Cycle, 4, "parent_code"),
            (Code::Cycle, 5, "parent_code"),
            (Code::UnknownReference, 7, "parent_code"),
            (Code::UnknownReference, 7, "manager_number"),
        ],
        found,
    );
    check("departments.csv", header, "RD,研发二部,,,\n", &[(Code::DuplicateKey, 4, "code")], found);
    check(
        "calendar.csv",
        "day,kind,name\n",
        "2026-02-17,假日,春节\n2026/2/17,workday,\n,someday,\n",
        &[(Code::DuplicateKey, 3, "day"), (Code::MissingValue, 4, "day"), (Code::UnknownWord, 4, "kind")],
        found,
    );
    let rows = "E2,李四二,,2026-03-05,2026-03-04,ZZ,\nE4,赵六,,2026-03-05,,RD,ou_1\nE5,钱七,,,,RD,\n";
    check(
        "employees.csv",
        EMPLOYEES,
        rows,
        &[
            (Code::EndsBeforeStart, 5, "left_on"),
            (Code::UnknownReference, 5, "department_code"),
            (Code::DuplicateKey, 6, "feishu_open_id"),
            (Code::MissingValue, 7, "department_since"),
        ],
        found,
    );
    let rows = "E9,2025-01-01,,L1,PK;PK\nE2,2025-01-01,2024-12-31,L1,XX\nE1,2026-01-01,,L2,PK\n\
                E3,2026-03-16,,L1,PK\n";
    check(
        "lecturers.csv",
        LECTURERS,
        rows,
        &[
            (Code::UnknownReference, 3, "employee_number"),
            (Code::RepeatedEntry, 3, "group_codes"),
            (Code::EndsBeforeStart, 4, "ended_on"),
            (Code::UnknownReference, 4, "group_codes"),
            (Code::Overlap, 5, "appointed_on"),
            (Code::NotEmployed, 6, "appointed_on"),
        ],
        found,
    );
    let rows =
        "E1,请假,2026-03-03,2026-03-01,A1\nE1,leave,2026-03-01,2026-03-03,A2\nE2,leave,2026-03-01,2026-03-03,A2\n";
    check(
        "absences.csv",
        ABSENCE,
        rows,
        &[(Code::EndsBeforeStart, 2, "ends_on"), (Code::DuplicateKey, 4, "source_ref")],
        found,
    );
}

fn sessions(found: &mut BTreeSet<Code>) {
    let row = |state: &str, delivery: &str, lecturers: &str| {
        format!("S3,P,标题,assigned,on_site,{state},2026-03-07 14:00,45,,{delivery},{lecturers},\n")
    };
    check(
        "sessions.csv",
        SESSIONS,
        &row("missed", "2026-03-07 14:00,40,", "E1"),
        &[(Code::UnexpectedValue, 4, "delivered_start"), (Code::UnexpectedValue, 4, "delivered_minutes")],
        found,
    );
    check(
        "sessions.csv",
        SESSIONS,
        &row("delivered", ",,", "E1"),
        &[(Code::MissingValue, 4, "delivered_start"), (Code::MissingValue, 4, "delivered_minutes")],
        found,
    );
    check(
        "sessions.csv",
        SESSIONS,
        &row("planned", ",,", "E1:0.6;E2:0.3"),
        &[(Code::CreditSum, 4, "lecturers")],
        found,
    );
    check(
        "sessions.csv",
        SESSIONS,
        &row("planned", ",,", "E1:0.6;E2"),
        &[(Code::CreditMissing, 4, "lecturers")],
        found,
    );
    check("sessions.csv", SESSIONS, &row("planned", ",,", "E1:half"), &[(Code::BadDecimal, 4, "lecturers")], found);
    check("sessions.csv", SESSIONS, &row("planned", ",,", "E1:1.5"), &[(Code::OutOfRange, 4, "lecturers")], found);
    check("sessions.csv", SESSIONS, &row("planned", ",,", "E1;E1"), &[(Code::RepeatedEntry, 4, "lecturers")], found);
    check("sessions.csv", SESSIONS, &row("planned", ",,", "E8"), &[(Code::UnknownReference, 4, "lecturers")], found);
    let rows = "C2,P,S9,标题,,,\nC3,Q,,标题,,2026-03-05 14:00,\nC1,P,,标题,2026-03-05 14:00,2026-03-05 13:00,E1\n";
    check(
        "contents.csv",
        CONTENTS,
        rows,
        &[
            (Code::UnknownReference, 3, "session_code"),
            (Code::UnknownReference, 4, "programme_code"),
            (Code::UnexpectedValue, 4, "withdrawn_at"),
            (Code::MissingValue, 4, "author_numbers"),
            (Code::EndsBeforeStart, 5, "withdrawn_at"),
        ],
        found,
    );
    let rows = "S1,C9,2026-03-04 10:00,,E9\n";
    check(
        "submissions.csv",
        "session_code,content_code,submitted_at,title,employee_number\n",
        rows,
        &[(Code::UnknownReference, 2, "content_code"), (Code::UnknownReference, 2, "employee_number")],
        found,
    );
    let rows = "C9,E1,download,2026-03-06 10:00,R1\nC1,E1,下载,2026-03-06 10:00,R1\nC1,E2,下载,2026-03-06 10:00,R1\n";
    check(
        "reuse.csv",
        "content_code,employee_number,kind,occurred_at,source_ref\n",
        rows,
        &[(Code::UnknownReference, 2, "content_code"), (Code::DuplicateKey, 4, "source_ref")],
        found,
    );
    let rows = "S1,E2,present\nS1,E2,absent\nS2,E2,present\nS1,E9,present\n";
    check(
        "attendance.csv",
        "session_code,employee_number,state\n",
        rows,
        &[
            (Code::DuplicateKey, 3, "employee_number"),
            (Code::NotDelivered, 4, "session_code"),
            (Code::UnknownReference, 5, "employee_number"),
        ],
        found,
    );
}

fn feedback(found: &mut BTreeSet<Code>) {
    let rows = "S1,E2,9,10,2026-03-05 15:00,\"很\n实用\",5\nS1,E2,8,10,2026-03-05 15:01,,\nS1,E1,10,10,2026-03-05 15:00,,\n\
        S1,E3,11,10,2026-03-05 14:00,,6\nS2,E3,1,10,2026-03-06 15:00,,\nS9,E9,1,10,2026-03-06 15:00,,\n";
    check(
        RATINGS,
        RATING,
        rows,
        &[
            (Code::SecondRating, 4, "employee_number"),
            (Code::OwnSession, 5, "employee_number"),
            (Code::BeforeSession, 6, "received_at"),
            (Code::AboveScale, 6, "rating"),
            (Code::AboveScale, 6, "item:clarity/5"),
            (Code::UnknownReference, 8, "session_code"),
            (Code::UnknownReference, 8, "employee_number"),
        ],
        found,
    );
    let rows = "S1,E2,用了,2026-03-04,,2026-03-06 10:00,,\nS1,E2,又用了,,confirmed,2026-03-06 10:00,,\n\
        S1,E2,还用了,,submitted,2026-03-06 10:00,2026-03-07 10:00,E1\nS1,E3,没说时间,,,,,\n\
        S1,E3,先确认后提交,,,2026-03-08 10:00,2026-03-07 10:00,E7\n\
        S2,E2,没有这次,,,2026-03-08 10:00,,\n";
    check(
        "cases.csv",
        CASE,
        rows,
        &[
            (Code::BeforeSession, 2, "applied_on"),
            (Code::MissingValue, 3, "decided_at"),
            (Code::UnexpectedValue, 4, "decided_at"),
            (Code::UnexpectedValue, 4, "decided_by_number"),
            (Code::MissingValue, 5, "submitted_at"),
            (Code::EndsBeforeStart, 6, "decided_at"),
            (Code::UnknownReference, 6, "decided_by_number"),
            (Code::NotDelivered, 7, "session_code"),
        ],
        found,
    );
}

/// A reader that fails in the middle of a row.
struct Breaking(usize);

impl std::io::Read for Breaking {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = RATING.as_bytes().get(self.0..).filter(|rest| !rest.is_empty());
        let rest = rest.ok_or_else(|| std::io::Error::other("the disk is gone"))?;
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        self.0 += n;
        Ok(n)
    }
}

fn streams_that_break(found: &mut BTreeSet<Code>) {
    let (reading, known) = (Reading::new(zone()), programmes());
    let import = read(&files(&[]), &reading, &known);
    let mut rows = import.rows_of::<rows::RatingRow, _>("r.csv", std::io::BufReader::new(Breaking(0)));
    let faults = rows.next().unwrap().unwrap_err();
    assert_eq!((faults[0].code, &faults[0].params["problem"]), (Code::UnreadableFile, &data("the disk is gone")));
    assert!(rows.next().is_none() && !rows.is_usable());
    found.insert(faults[0].code);
}

#[test]
fn the_words_for_people_name_only_parameters_that_faults_carry() {
    for code in Code::ALL {
        let (english, chinese) = code.templates();
        assert!(!english.is_empty() && !chinese.is_empty());
        for name in [
            "first",
            "found",
            "expected",
            "max",
            "min",
            "value",
            "allowed",
            "kind",
            "start",
            "sum",
            "scale",
            "programme",
        ] {
            let placed = format!("{{{name}}}");
            assert_eq!(english.contains(&placed), chinese.contains(&placed), "{}: {name}", code.slug());
        }
    }
    let fault = ImportFault::new("a.csv", 3, Code::AboveScale).at("rating").with("value", 11).with("scale", 10);
    assert_eq!(
        serde_json::to_value(&fault).unwrap(),
        serde_json::json!({"file": "a.csv", "line": 3, "column": "rating", "code": "above_scale",
                           "params": {"value": "11", "scale": "10"}})
    );
}
