//! Texts of cells are checked and normalized in the same way as the texts of requests.

use ImportFaultCode as Code;

use super::*;

const HEADER: &str = "employee_number,name,email\n";

/// Code and column of every fault, when the row is added to a file of the small company.
fn faults_in(name: &str, sound: &str, row: &str) -> Vec<(Code, String)> {
    let faults = faults_of(&Reading::new(zone()), &[(name, format!("{sound}{row}\n").as_bytes())]);
    faults.into_iter().map(|fault| (fault.code, fault.column.unwrap_or_default())).collect()
}

#[test]
fn an_unclean_text_is_refused_where_it_stands() {
    for (row, column) in [
        ("E4,张\u{202e}三,,,,,", "name"),
        ("E4,\u{200b},,,,,", "name"),
        ("E4,a\u{200d}b,,,,,", "name"),
        ("E4,a\u{85}b,,,,,", "name"),
        ("E\u{feff}4,张三,,,,,", "employee_number"),
        ("E❤\u{fe0f}4,张三,,,,,", "employee_number"),
        ("E4,张三,z\u{ad}3@example.com,,,,", "email"),
        ("E4,张三,,,,R\u{200b}D,", "department_code"),
        ("E4,张三,,,,,ou\u{2060}_4", "feishu_open_id"),
    ] {
        let expected = [(Code::BadCharacter, column.to_owned())];
        assert_eq!(faults_in("employees.csv", EMPLOYEES, row), expected, "{row:?}");
    }
    let content = "C2,P,,客户\u{200b}维护,2026-03-05 14:00,,E1";
    assert_eq!(faults_in("contents.csv", CONTENTS, content), [(Code::BadCharacter, "title".to_owned())]);
    let content = "C2,P,,客户维护,2026-03-05 14:00,,E1;E\u{200b}2";
    assert_eq!(faults_in("contents.csv", CONTENTS, content), [(Code::BadCharacter, "author_numbers".to_owned())]);
    let session = "S3,P,标题,assigned,on_site,planned,2026-03-07 14:00,45,,,,,E\u{202e}1:1,";
    assert_eq!(faults_in("sessions.csv", SESSIONS, session), [(Code::BadCharacter, "lecturers".to_owned())]);
    let header = "employee_number,name,external:s\u{200b}ap:pernr\n";
    assert_eq!(
        faults_in("employees.csv", header, "E1,张三,1")[0],
        (Code::UnknownColumn, "external:s\u{200b}ap:pernr".to_owned())
    );
}

#[test]
fn a_text_is_kept_in_its_normal_form_without_the_white_space_around_it() {
    let employees = format!("{HEADER}E1,Rene\u{301},\nE2,\u{3000}张三\u{a0},\n\u{2003}E\u{301}3 ,❤\u{fe0f},\n");
    let groups = "code,name,description\nPK,专业知识,\"a\r\nb\rc\"\n";
    let lecturers = "employee_number,appointed_on,group_codes\n\u{c9}3,2025-01-01,PK\n";
    let (reading, known) = (Reading::new(zone()), programmes());
    let given = [
        ("employees.csv", employees.as_bytes()),
        ("lecturer_groups.csv", groups.as_bytes()),
        ("lecturers.csv", lecturers.as_bytes()),
    ];
    let given = given.map(|(name, bytes)| ImportFile::of_bytes(name, bytes));
    let import = read(&given, &reading, &known);
    assert_eq!(import.faults.faults(), []);
    let rows = import.tables.employees.iter().map(|employee| &employee.row);
    let texts: Vec<(&str, &str)> = rows.map(|row| (row.employee_number.as_str(), row.name.as_str())).collect();
    assert_eq!(texts, [("E1", "Ren\u{e9}"), ("E2", "张三"), ("\u{c9}3", "❤\u{fe0f}")]);
    assert_eq!(import.tables.lecturer_groups[0].row.description.as_deref(), Some("a\nb\nc"));
}

#[test]
fn a_faulty_row_keeps_its_code_for_those_who_refer_to_it() {
    let employees = format!("{HEADER}E\u{301}1,,\n");
    let absences = "employee_number,starts_on,ends_on\n\u{c9}1,2026-03-01,2026-03-02\n";
    let (reading, known) = (Reading::new(zone()), programmes());
    let given = [("employees.csv", employees.as_bytes()), ("absences.csv", absences.as_bytes())];
    let import = read(&given.map(|(name, bytes)| ImportFile::of_bytes(name, bytes)), &reading, &known);
    let faults: Vec<(&str, Code)> =
        import.faults.faults().iter().map(|fault| (fault.file.as_str(), fault.code)).collect();
    assert_eq!(faults, [("employees.csv", Code::MissingValue)]);
}
