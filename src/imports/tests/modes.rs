use ImportFaultCode as Code;

use super::rows::RatingRow;
use super::*;
use crate::kernel::message::data;

const RATINGS: &str = "session_code,employee_number,rating,received_at\n\
    S1,E2,9,2026-03-05 15:00\nS1,E3,99,2026-03-05 15:00\nS3,E3,9,2026-03-07 15:00\nS1,E3,7,2026-03-05 16:00\n";

/// A session that ends before it starts, so its row is faulty.
fn with_faulty_session() -> String {
    format!("{SESSIONS}S3,P,标题,assigned,on_site,delivered,2026-03-07 14:00,0,,2026-03-07 14:00,40,,E1,\n")
}

fn codes(faults: &[ImportFault]) -> Vec<(&str, u64, Code)> {
    faults.iter().map(|fault| (fault.file.as_str(), fault.line, fault.code)).collect()
}

#[test]
fn strict_reading_reports_one_mistake_once_and_refuses() {
    let (reading, known, sessions) = (Reading::new(zone()), programmes(), with_faulty_session());
    let given = [("sessions.csv", sessions.as_bytes()), ("ratings.csv", RATINGS.as_bytes())];
    let mut import = read(&files(&given), &reading, &known);
    assert!(import.check_streams() && import.is_refused());
    assert_eq!(
        codes(import.faults.faults()),
        [("sessions.csv", 4, Code::OutOfRange), ("ratings.csv", 3, Code::AboveScale)]
    );
}

#[test]
fn skipping_leaves_out_what_refers_to_a_faulty_row_and_reports_it() {
    let (mut reading, known, sessions) = (Reading::new(zone()), programmes(), with_faulty_session());
    reading.skip_faulty = true;
    let given = [("sessions.csv", sessions.as_bytes()), ("ratings.csv", RATINGS.as_bytes())];
    let mut import = read(&files(&given), &reading, &known);
    let kept: Vec<u64> = import.ratings().filter_map(Result::ok).map(|row| row.line).collect();
    assert_eq!(kept, [2, 5], "the second of two ratings stands where the first is faulty");
    import.check_streams();
    assert!(!import.is_refused());
    assert_eq!(
        codes(import.faults.faults()),
        [
            ("sessions.csv", 4, Code::OutOfRange),
            ("ratings.csv", 3, Code::AboveScale),
            ("ratings.csv", 4, Code::UnknownReference)
        ]
    );
}

#[test]
fn a_second_row_of_a_code_is_a_fault_also_where_the_first_is_left_out() {
    let employees = "employee_number,name,hired_on\nE1,张三,2020-01-01\nE2,李四,2026-11-31\nE2,王五,2021-02-03\nE2,赵六,\n\
        E3,周八,2021-02-03\n";
    let mut reading = Reading::new(zone());
    for skips in [false, true] {
        reading.skip_faulty = skips;
        let known = programmes();
        let import = read(&[ImportFile::of_bytes("employees.csv", employees.as_bytes())], &reading, &known);
        let found = codes(import.faults.faults());
        let file = "employees.csv";
        assert_eq!(
            found,
            [(file, 3, Code::BadDate), (file, 4, Code::DuplicateKey), (file, 5, Code::DuplicateKey)],
            "{skips}"
        );
        assert!(import.faults.faults()[1..].iter().all(|fault| fault.params["first"] == data("3")), "{skips}");
    }
}

#[test]
fn skipping_takes_a_broken_branch_out_of_the_tree_and_keeps_a_department_without_its_manager() {
    let departments = "code,name,上级部门,manager_number\nHQ,总部,,E9\nRD,研发,HQ,\nX,甲,Y,\nX1,甲一,X,\nX2,甲二,X1,\n";
    let mut reading = Reading::new(zone());
    let found = |reading: &Reading| {
        let known = programmes();
        let import = read(&files(&[("departments.csv", departments.as_bytes())]), reading, &known);
        let codes: Vec<String> = import.tables.departments.iter().map(|row| row.row.code.to_string()).collect();
        let manager = import.tables.departments[0].row.manager_number.clone();
        let faults = import.faults.faults().iter();
        (codes, manager, faults.map(|fault| (fault.line, fault.column.clone().unwrap())).collect::<Vec<_>>())
    };
    let (_, _, faults) = found(&reading);
    assert_eq!(faults, [(4, "上级部门".to_owned()), (2, "manager_number".to_owned())]);
    reading.skip_faulty = true;
    let (codes, manager, faults) = found(&reading);
    assert_eq!((codes, manager), (vec!["HQ".to_owned(), "RD".to_owned()], None));
    assert_eq!(faults.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4, 5, 6, 2]);
}

#[test]
fn a_file_that_cannot_be_read_refuses_even_when_skipping_and_its_keys_are_not_asked_for() {
    let mut reading = Reading::new(zone());
    reading.skip_faulty = true;
    let known = programmes();
    let import = read(&files(&[("employees.csv", b"name\n\xe5\xbc\xa0\n")]), &reading, &known);
    assert!(import.is_refused());
    assert_eq!(codes(import.faults.faults()), [("employees.csv", 1, Code::MissingColumn)]);
}

#[test]
fn what_the_company_has_already_may_be_referred_to() {
    struct Company;
    impl Known for Company {
        fn holds(&self, reference: Reference, key: &str) -> bool {
            matches!((reference, key), (Reference::Session, "OLD") | (Reference::Employee, "E1" | "E2"))
        }
        fn gives(&self, session_code: &str, employee_number: &str) -> bool {
            (session_code, employee_number) == ("OLD", "E1")
        }
    }
    let ratings = "session_code,employee_number,rating,received_at\nOLD,E1,9,2026-03-05 15:00\nOLD,E2,9,2026-03-05 15:00\n\
        OLD,E2,9,2026-03-05 15:00\nNEW,E2,9,2026-03-05 15:00\n";
    let reading = Reading::new(zone());
    let import = read(&[ImportFile::of_bytes("ratings.csv", ratings.as_bytes())], &reading, &Company);
    let faults: Vec<(u64, Code)> =
        import.ratings().filter_map(Result::err).flatten().map(|fault| (fault.line, fault.code)).collect();
    assert_eq!(faults, [(2, Code::OwnSession), (4, Code::SecondRating), (5, Code::UnknownReference)]);
}

#[test]
fn faults_are_counted_beyond_those_kept() {
    let rows = "S1,E2,99,2026-03-05 15:00\n".repeat(50);
    let text = format!("session_code,employee_number,rating,received_at\n{rows}");
    let mut reading = Reading::new(zone());
    // What all of them have in common is one fault, with its first places.
    for (keep_faults, places) in [(1000, vec![2, 3, 4, 5, 6]), (3, vec![2, 3, 4])] {
        reading.keep_faults = keep_faults;
        let known = programmes();
        let mut import = read(&files(&[("ratings.csv", text.as_bytes())]), &reading, &known);
        import.check_streams();
        let told: Vec<_> = import.faults.told().into_iter().map(|fault| (fault.count, fault.lines.clone())).collect();
        assert_eq!((told, import.faults.total()), (vec![(50, places)], 50), "{keep_faults}");
    }
}

#[test]
fn skipping_refuses_more_faulty_rows_than_can_be_named() {
    let rows = "S1,E2,99,2026-03-05 15:00\n".repeat(8);
    let text = format!("session_code,employee_number,rating,received_at\n{rows}");
    let mut reading = Reading::new(zone());
    reading.skip_faulty = true;
    for (keep_faults, refused) in [(7, true), (8, false)] {
        reading.keep_faults = keep_faults;
        let known = programmes();
        let mut import = read(&files(&[("ratings.csv", text.as_bytes())]), &reading, &known);
        import.check_streams();
        assert_eq!(import.is_refused(), refused, "{keep_faults} of 8 named");
    }
}

#[test]
fn a_file_that_is_not_there_has_no_rows_and_no_fault() {
    let (reading, known) = (Reading::new(zone()), programmes());
    let mut import = read(&[], &reading, &known);
    assert_eq!(import.ratings().count(), 0);
    assert!(import.check_streams() && !import.is_refused() && import.faults.is_empty());
}

#[test]
fn rows_are_streamed_from_any_reader() {
    let (reading, known) = (Reading::new(zone()), programmes());
    let import = read(&files(&[]), &reading, &known);
    let input = std::io::BufReader::with_capacity(5, RATINGS.as_bytes());
    let rows: Vec<_> = import.rows_of::<RatingRow, _>("ratings.csv", input).collect();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[0].as_ref().unwrap().row.rating, 9);
    assert_eq!(rows[1].as_ref().unwrap_err()[0].line, 3);
}
