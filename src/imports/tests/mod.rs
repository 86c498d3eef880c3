mod aliases;
mod every_fault;
mod faults_of_company;
mod modes;
mod round_trip;
mod unclean;

use super::*;

/// A small company without faults; tests replace one of its files.
const DEPARTMENTS: &str =
    "code,name,parent_code,is_ranking_unit,manager_number\nHQ,总部,,true,E1\nRD,研发部,HQ,true,\n";
const EMPLOYEES: &str = "employee_number,name,email,hired_on,left_on,department_code,feishu_open_id\n\
    E1,张三,z3@example.com,2020-01-01,,HQ,ou_1\nE2,李四,,2021-02-03,,RD,ou_2\nE3,王五,,2021-02-03,2026-03-15,RD,\n";
const GROUPS: &str = "code,name\nPK,专业知识\n";
const LECTURERS: &str = "employee_number,appointed_on,ended_on,level,group_codes\nE1,2025-01-01,,L1,PK\n";
const SESSIONS: &str = "session_code,programme_code,title,kind,mode,state,scheduled_start,scheduled_minutes,due_at,\
    delivered_start,delivered_minutes,head_count,lecturers,state_reason\n\
    S1,P,客户维护,assigned,on_site,delivered,2026-03-05 14:00,45,2026-03-04 14:00,2026-03-05 14:05,40,12,E1,\n\
    S2,P,产品知识,voluntary,online,missed,2026-03-06 14:00,45,,,,,E1,出差\n";
const CONTENTS: &str = "content_code,programme_code,session_code,title,published_at,withdrawn_at,author_numbers\n\
    C1,P,S1,客户维护,2026-03-05 14:00,,\n";

fn zone() -> Tz {
    chrono_tz::Asia::Shanghai
}

fn programmes() -> KnownKeys {
    KnownKeys::default().with(Reference::Programme, ["P"])
}

/// The faults of the small company with the given files in place of its own.
fn faults_of(reading: &Reading, replaced: &[(&str, &[u8])]) -> Vec<ImportFault> {
    let known = programmes();
    let mut import = read(&files(replaced), reading, &known);
    import.check_streams();
    import.faults.faults().to_vec()
}

fn files<'a>(replaced: &[(&'a str, &'a [u8])]) -> Vec<ImportFile<'a>> {
    let sound = [
        ("departments.csv", DEPARTMENTS),
        ("employees.csv", EMPLOYEES),
        ("lecturer_groups.csv", GROUPS),
        ("lecturers.csv", LECTURERS),
        ("sessions.csv", SESSIONS),
        ("contents.csv", CONTENTS),
    ];
    let kept = sound.into_iter().filter(|(name, _)| replaced.iter().all(|(other, _)| other != name));
    let kept = kept.map(|(name, text)| ImportFile::of_bytes(name, text.as_bytes()));
    kept.chain(replaced.iter().map(|(name, bytes)| ImportFile::of_bytes(name, bytes))).collect()
}

#[test]
fn the_sound_company_has_no_fault() {
    assert_eq!(faults_of(&Reading::new(zone()), &[]), []);
}
