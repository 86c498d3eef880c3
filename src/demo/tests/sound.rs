use std::collections::BTreeSet;

use super::facts::{Facts, facts, month};
use super::*;
use crate::imports::FileKind;
use crate::kernel::fault::Fault;
use crate::sessions::SessionState;

#[test]
fn every_file_reads_without_a_fault() {
    let facts = &*FACTS;
    assert_eq!(facts.faults.faults(), []);
    let kinds: Vec<FileKind> = COMPANY.files.iter().filter_map(|(name, _)| FileKind::of_name(name)).collect();
    assert_eq!(kinds.iter().collect::<BTreeSet<_>>(), FileKind::ALL.iter().collect());
    assert!((580..=650).contains(&facts.tables.employees.len()));
    assert_eq!(facts.tables.lecturers.len(), 61);
    assert_eq!(facts.tables.lecturer_groups.len(), 3);
    assert!((10_000..50_000).contains(&facts.ratings.len()), "{}", facts.ratings.len());
    assert!(facts.tables.cases.len() > 100 && facts.tables.absences.len() > 30);
}

#[test]
fn names_numbers_and_addresses_are_unique_and_departments_are_three_levels_with_managers() {
    let facts = &*FACTS;
    let employees = facts.tables.employees.iter().map(|employee| &employee.row);
    let names: BTreeSet<&str> = employees.clone().map(|row| row.name.as_str()).collect();
    let mails: BTreeSet<&str> = employees.clone().filter_map(|row| row.email.as_deref()).collect();
    let n = employees.count();
    assert_eq!((names.len(), mails.len()), (n, n));
    assert!(mails.iter().all(|mail| mail.ends_with("@example.com")));
    let departments: Vec<_> = facts.tables.departments.iter().map(|department| &department.row).collect();
    let depth = |code: &str| {
        let mut depth = 1;
        let mut at = departments.iter().find(|row| row.code == code);
        while let Some(parent) = at.and_then(|row| row.parent_code.as_deref()) {
            depth += 1;
            at = departments.iter().find(|row| row.code == parent);
        }
        depth
    };
    assert_eq!(departments.iter().map(|row| depth(&row.code)).max(), Some(3));
    assert!(departments.iter().all(|row| row.manager_number.is_some()));
    assert_eq!(departments.iter().filter(|row| row.is_ranking_unit).count(), 7);
}

#[test]
fn nothing_lies_outside_the_history_and_the_last_month_has_no_future() {
    assert_eq!(COMPANY.first.to_string(), "2025-04");
    check_borders(&COMPANY, &FACTS);
}

fn check_borders(company: &DemoCompany, facts: &Facts) {
    let start = company.first.interval(company.zone()).unwrap().start;
    let end = company.last.interval(company.zone()).unwrap().end;
    for session in facts.all_sessions() {
        assert_ne!(session.state, SessionState::Planned);
        assert!(start <= session.scheduled_start && session.scheduled_start < end);
    }
    assert!(facts.ratings.iter().all(|rating| start < rating.received_at && rating.received_at < end));
    assert!(facts.reuse.iter().all(|reuse| start < reuse.occurred_at && reuse.occurred_at < end));
    assert!(facts.tables.cases.iter().all(|case| case.row.decided_at.is_none_or(|decided| decided < end)));
    assert!(facts.tables.submissions.iter().all(|submission| submission.row.submitted_at < end));
}

#[test]
fn every_rating_comes_from_someone_present_within_a_day_of_the_end() {
    let facts = &*FACTS;
    let present: BTreeSet<(&str, &str)> = facts
        .attendance
        .iter()
        .filter(|row| row.state == crate::sessions::AttendanceState::Present)
        .map(|row| (&*row.session_code, &*row.employee_number))
        .collect();
    let sessions: std::collections::BTreeMap<&str, _> = facts.sessions().map(|s| (&*s.session_code, s)).collect();
    for rating in &facts.ratings {
        assert!(present.contains(&(&*rating.session_code, &*rating.employee_number)));
        let session = sessions[rating.session_code.as_str()];
        let minutes = i64::from(session.delivered_minutes.unwrap());
        let end = session.delivered_start.unwrap() + chrono::Duration::minutes(minutes);
        assert!(end < rating.received_at && rating.received_at <= end + chrono::Duration::hours(24));
        assert_eq!(super::facts::month_of(rating.received_at), month(session));
    }
}

#[test]
fn reuse_comes_after_publication_and_before_withdrawal() {
    let facts = &*FACTS;
    let contents: std::collections::BTreeMap<&str, _> =
        facts.tables.contents.iter().map(|content| (content.row.content_code.as_str(), &content.row)).collect();
    for event in &facts.reuse {
        let content = contents[event.content_code.as_str()];
        assert!(content.published_at.unwrap() < event.occurred_at, "{event:?}");
        assert!(content.withdrawn_at.is_none_or(|withdrawn| event.occurred_at < withdrawn), "{event:?}");
    }
    assert!(contents.values().any(|content| content.withdrawn_at.is_some()));
}

#[test]
fn comments_vary() {
    let facts = &*FACTS;
    let comments: Vec<&str> = facts.ratings.iter().filter_map(|rating| rating.comment.as_deref()).collect();
    let distinct: BTreeSet<&str> = comments.iter().copied().collect();
    assert!(comments.len() > 3000 && distinct.len() > 700, "{} of {}", distinct.len(), comments.len());
}

#[test]
fn the_documents_can_be_published() {
    for programme in &COMPANY.programmes {
        for (_, rule) in &programme.rules {
            assert_eq!((rule.validate(), rule.warnings()), (Vec::<Fault>::new(), Vec::new()));
            assert_eq!(rule.min_weight_present_bp, 5000);
        }
        for (starts, policies) in &programme.policies {
            let rule = programme.rules.iter().rfind(|(from, _)| from <= starts).map(|(_, rule)| rule);
            assert_eq!(policies.validate(rule, None), Vec::<Fault>::new());
        }
    }
    let rules = |programme: usize| COMPANY.programmes[programme].rules.iter();
    let weights: Vec<Vec<u32>> =
        rules(0).map(|(_, rule)| rule.components.iter().map(|c| c.weight_bp).collect()).collect();
    assert_eq!(weights, [vec![5000, 3000, 2000], vec![2000, 4000, 3000, 1000]]);
    let starts = |programme: usize| rules(programme).map(|(from, _)| from.to_string()).collect::<Vec<_>>();
    assert_eq!((starts(0), starts(1)), (vec!["2025-04".to_owned(), "2025-07".to_owned()], vec!["2025-12".to_owned()]));
}

#[test]
fn the_company_is_the_same_every_time() {
    assert_eq!(generate(COMPANY.last).unwrap(), *COMPANY);
}

#[test]
fn another_last_month_moves_dates_and_nothing_else() {
    let other = generate("2027-02".parse().unwrap()).unwrap();
    assert_eq!(other.first.to_string(), "2026-03");
    for ((name, bytes), (_, moved)) in COMPANY.files.iter().zip(&other.files) {
        assert_eq!(without_dates(bytes), without_dates(moved), "{name}");
    }
    assert_ne!(COMPANY.files, other.files);
    let moved = facts(&other);
    assert_eq!(moved.faults.faults(), []);
    check_borders(&other, &moved);
}

/// A file without its dates (`2026-03-05`) and the times after them.
fn without_dates(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let is_date = |cell: &str| {
        let b = cell.as_bytes();
        b.len() >= 10 && b[4] == b'-' && b[7] == b'-' && b[..4].iter().all(u8::is_ascii_digit)
    };
    text.split([',', '\r', '\n']).filter(|cell| !is_date(cell)).collect::<Vec<_>>().join("|")
}

#[test]
fn only_months_are_taken() {
    for text in ["2026-Q1", "2026", "0001-03", "9999-12"] {
        assert_eq!(generate(text.parse().unwrap()), None, "{text}");
    }
}

#[test]
fn the_files_in_chinese_say_the_same() {
    let company = generate_in(COMPANY.last, Language::ZhCn).unwrap();
    let (name, bytes) = &company.files[1];
    let header = String::from_utf8(bytes.clone()).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(
        (name.as_str(), header.contains("工号,"), header.contains("name")),
        ("员工.csv", true, false),
        "{header}"
    );
    let (_, sessions) = company.files.iter().find(|(name, _)| name == "分享.csv").unwrap();
    let sessions = String::from_utf8(sessions.clone()).unwrap();
    for word in ["指派", "现场", "已完成"] {
        assert!(sessions.contains(word), "{word}");
    }
    let facts = facts(&company);
    assert_eq!(facts.faults.faults(), []);
    assert_eq!(facts.tables.employees, FACTS.tables.employees);
    assert_eq!(facts.tables.sessions, FACTS.tables.sessions);
    assert_eq!((&facts.attendance, &facts.ratings), (&FACTS.attendance, &FACTS.ratings));
}
