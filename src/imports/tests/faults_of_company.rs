//! Faults that follow from what the company has already.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use ImportFaultCode as Code;

use super::company::{Company, ProgrammeFacts};
use super::every_fault::Expected;
use super::numbers::Numbers;
use super::rows::ExternalId;
use super::stored::{Appointment, Career, Span};
use super::*;
use crate::kernel::last_day::LastDay;
use crate::kernel::text::OutsideCode;
use crate::people::Employment;
use crate::programmes::{FeedbackForm, Forms};

/// A form with the item `again`, whose answers are on a scale of 3.
fn form(scale: i32) -> Arc<FeedbackForm> {
    let again =
        serde_json::json!({"key": "again", "name_zh": "再来", "name_en": "Again", "scale": 3, "required": true});
    Arc::new(serde_json::from_value(serde_json::json!({"scale": scale, "items": [again]})).unwrap())
}

/// The company of the files, with a history of its own: two departments, two people, an appointment.
fn company() -> Company {
    let day = |text: &str| text.parse().unwrap();
    let code = |code: &str| code.parse::<OutsideCode>().unwrap();
    let span = |of: &str, from: &str| Span { code: code(of), from: day(from), to: None };
    let open_id =
        |value: &str| ExternalId { system: code("feishu"), kind: code("open_id"), value: value.parse().unwrap() };
    let forms = Forms(vec![(day("2026-01-01"), form(5)), (day("2026-04-01"), form(7))]);
    let scheme =
        ProgrammeFacts { forms, groups: [code("PK")].into(), live_from: Some(day("2026-04-01")), is_anonymous: false };
    let appointment = Appointment { from: day("2025-01-01"), to: None, levels: vec!["L1".parse().unwrap()] };
    let career = Career { appointments: vec![appointment], groups: vec![span("PK", "2025-01-01")], paid: vec![] };
    let ended = Appointment { from: day("2020-01-01"), to: Some(day("2021-01-01")), levels: vec![] };
    let paid = vec![(day("2020-12-01"), day("2021-01-01"))];
    let former = Career { appointments: vec![ended], groups: vec![], paid };
    Company {
        programmes: [("P".to_owned(), scheme)].into(),
        departments: [(code("A"), None), (code("B"), Some(code("A")))].into(),
        groups: [code("PK"), code("CM")].into(),
        employees: ["E1", "E2"].map(|number| (code(number), Employment::default())).into(),
        owners: [(open_id("ou_9"), Some(code("E9"))), (open_id("ou_1"), Some(code("E1")))].into(),
        memberships: [(code("E1"), vec![span("A", "2024-01-01")])].into(),
        careers: [(code("E1"), career), (code("E2"), former)].into(),
        levels: ["L1", "L2"].map(str::to_owned).into(),
        today: Some(day("2026-03-01")),
        numbers: Numbers::of_leaver(
            &code("E8"),
            "周八".parse().unwrap(),
            LastDay::new(day("2026-02-28")),
            day("2026-03-01"),
        ),
        ..Company::default()
    }
}

pub fn what_the_company_has(found: &mut BTreeSet<Code>) {
    let (reading, known) = (Reading::new(zone()), company());
    let mut check = |name: &str, text: &str, expected: Expected| {
        let mut import = read(&[ImportFile::of_bytes(name, text.as_bytes())], &reading, &known);
        import.check_streams();
        let faults = import.faults.faults().iter();
        let seen: Vec<(Code, u64, &str)> =
            faults.map(|fault| (fault.code, fault.line, fault.column.as_deref().unwrap_or(""))).collect();
        assert_eq!(seen, expected, "{text}");
        found.extend(seen.into_iter().map(|(code, ..)| code));
    };
    check("departments.csv", "code,name,parent_code\nA,甲,B\nC,丙,B\n", &[(Code::Cycle, 2, "parent_code")]);
    check("departments.csv", "code,name\nA,甲\n", &[]);
    check(
        "employees.csv",
        "employee_number,name,feishu_open_id,department_code,department_since\n\
         E1,张三,ou_1,A,\nE2,李四,ou_9,,\nE3,王五,,A,2024-01-01\n",
        &[(Code::Taken, 3, "feishu_open_id")],
    );
    check("employees.csv", "employee_number,name\nE8,吴九\n", &[(Code::NumberOfALeaver, 2, "employee_number")]);
    let header = "employee_number,name,department_code,department_since\n";
    let wrong = format!("{header}E1,张三,B,2023-01-01\n");
    check("employees.csv", &wrong, &[(Code::OverlapsStored, 2, "department_since")]);
    check("employees.csv", &format!("{header}E1,张三,B,\n"), &[(Code::MissingValue, 2, "department_since")]);
    check(
        "lecturers.csv",
        "employee_number,appointed_on,level,group_codes\nE1,2025-01-01,L1,PK\nE2,2025-01-01,L1,PK\n",
        &[],
    );
    check(
        "lecturers.csv",
        "employee_number,appointed_on,level,group_codes\nE2,2025-01-01,L3,PK\n",
        &[(Code::UnknownLevel, 2, "level")],
    );
    check(
        "lecturers.csv",
        "employee_number,appointed_on,level,group_codes\nE1,2025-03-01,L2,PK;CM\n",
        &[(Code::OverlapsStored, 2, "appointed_on")],
    );
    check(
        "lecturers.csv",
        "employee_number,appointed_on,level,group_codes\nE1,2025-01-01,L2,PK\n",
        &[(Code::DiffersFromStored, 2, "level")],
    );
    check(
        "lecturers.csv",
        "employee_number,appointed_on,ended_on,group_codes\nE2,2020-01-01,2020-12-15,PK\n",
        &[(Code::MoneyHasLeft, 2, "ended_on")],
    );
    let session =
        "session_code,programme_code,group_code,title,kind,mode,state,scheduled_start,scheduled_minutes,lecturers\n";
    let row = |group: &str| format!("{session}S1,P,{group},标题,assigned,on_site,planned,2026-03-07 14:00,45,E1\n");
    check("sessions.csv", &row("CM"), &[(Code::NotOfProgramme, 2, "group_code")]);
    check("sessions.csv", &row("PK"), &[]);
    let of_former = row("PK").replace(",E1\n", ",E2\n");
    check("sessions.csv", &of_former, &[(Code::NoLongerAppointed, 2, "lecturers")]);
}

#[test]
fn a_rating_without_a_scale_has_those_of_the_form_that_served_on_the_day_of_its_session() {
    let (reading, known) = (Reading::new(zone()), Company { memberships: [].into(), ..company() });
    let ratings = "session_code,employee_number,rating,received_at,item:again,item:pace,item:clarity/9\n\
        S1,E2,5,2026-03-05 15:00,3,5,9\nS1,E3,6,2026-03-05 15:00,4,,\n";
    let mut import = read(&files(&[("ratings.csv", ratings.as_bytes())]), &reading, &known);
    let scales: Vec<(i32, Vec<i32>)> = import
        .ratings()
        .filter_map(Result::ok)
        .map(|row| (row.row.scale, row.row.items.iter().map(|item| item.scale).collect()))
        .collect();
    assert_eq!(scales, [(5, vec![3, 5, 9])], "that of the item, that of the rating, and that of the file");
    import.check_streams();
    let faults: Vec<(u64, Code)> = import.faults.faults().iter().map(|fault| (fault.line, fault.code)).collect();
    assert_eq!(faults, [(3, Code::AboveScale), (3, Code::AboveScale)]);
}

/// What people say and decide themselves, a file does not say for them.
pub fn what_people_say_themselves(found: &mut BTreeSet<Code>) {
    // The files say themselves who is in which department.
    let (reading, mut known) = (Reading::new(zone()), Company { memberships: HashMap::default(), ..company() });
    let april = SESSIONS.replace("2026-03-05 14:05", "2026-04-01 00:00");
    let ratings = "session_code,employee_number,rating,received_at\nS1,E2,5,2026-04-01 15:00\n";
    let cases = "session_code,employee_number,description,state,submitted_at,decided_at,decided_by_number\n\
        S1,E2,用了,,2026-04-02 10:00,,\nS1,E3,也用了,,2026-04-02 10:00,2026-04-02 11:00,E1\n";
    for (sessions, is_anonymous, expected) in [
        (april.as_str(), false, vec![("cases.csv", 3, Code::LiveFeedback), ("ratings.csv", 2, Code::LiveFeedback)]),
        (SESSIONS, false, vec![]),
        (SESSIONS, true, vec![("ratings.csv", 2, Code::AnonymousFeedback)]),
    ] {
        known.programmes.values_mut().for_each(|programme| programme.is_anonymous = is_anonymous);
        let replaced = [
            ("sessions.csv", sessions.as_bytes()),
            ("ratings.csv", ratings.as_bytes()),
            ("cases.csv", cases.as_bytes()),
        ];
        let mut import = read(&files(&replaced), &reading, &known);
        import.check_streams();
        let faults = import.faults.faults().iter();
        let faults: Vec<_> = faults.map(|fault| (fault.file.as_str(), fault.line, fault.code)).collect();
        assert_eq!(faults, expected);
        found.extend(faults.into_iter().map(|(.., code)| code));
    }
}

/// A rating of tomorrow, and an answer that the form does not offer.
pub fn ratings_that_nobody_can_have_given(found: &mut BTreeSet<Code>) {
    let now = Some("2026-03-06T00:00:00Z".parse().unwrap());
    let (reading, known) = (Reading::new(zone()), Company { memberships: HashMap::default(), now, ..company() });
    let ratings = "session_code,employee_number,rating,received_at,item:again,item:old\n\
        S1,E2,5,2026-03-06 08:00,1,0\nS1,E3,5,2026-03-06 08:01,0,\n";
    let mut import = read(&files(&[("ratings.csv", ratings.as_bytes())]), &reading, &known);
    import.check_streams();
    let faults = import.faults.faults().iter();
    let faults: Vec<_> = faults.map(|fault| (fault.code, fault.line, fault.column.as_deref().unwrap())).collect();
    assert_eq!(faults, [(Code::InFuture, 3, "received_at"), (Code::OutOfRange, 3, "item:again")]);
    found.extend(faults.into_iter().map(|(code, ..)| code));
}
