//! What a list must satisfy.

use std::collections::BTreeSet;

use super::built_in;
use super::lists::DisplayName;
use crate::kernel::code_list::CodeList;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::codes;
use crate::kernel::phrases::Form;
use crate::kernel::text::{Code, Label};

/// The smallest and the largest number of grades.
const GRADES: (usize, usize) = (2, 20);
/// The largest number of entries of any other list.
const MAX_ENTRIES: usize = 500;

/// Adds all faults of a list by itself.
pub fn check(faults: &mut Faults, list: CodeList, entries: &[DisplayName]) {
    let place = format!("/{}", list.slug());
    let (least, most) = if list == CodeList::Grades { GRADES } else { (0, MAX_ENTRIES) };
    faults.check_length(&place, entries.len(), 0, most);
    if entries.len() < least {
        faults.push(Fault::new(place.as_str(), FaultCode::TooFew).with("min", least));
    }
    for (i, entry) in entries.iter().enumerate() {
        check_code(faults, list, &format!("{place}/{i}"), &entry.code);
        faults.check_text(&format!("{place}/{i}/name_zh"), entry.name_zh.faults());
        faults.check_text(&format!("{place}/{i}/name_en"), entry.name_en.faults());
    }
    let codes: Vec<&str> = entries.iter().map(|entry| entry.code.as_str()).collect();
    faults.check_distinct(&codes, |i| format!("{place}/{i}/code"));
    if list == CodeList::Grades {
        // A statement and a payslip say the name alone: two grades of one name could not be told apart.
        let chinese: Vec<&str> = entries.iter().map(|entry| entry.name_zh.as_str()).collect();
        faults.check_distinct(&chinese, |i| format!("{place}/{i}/name_zh"));
        let english: Vec<&str> = entries.iter().map(|entry| entry.name_en.as_str()).collect();
        faults.check_distinct(&english, |i| format!("{place}/{i}/name_en"));
    }
}

/// A code must be one that can be used where the codes of this list are.
fn check_code(faults: &mut Faults, list: CodeList, entry: &str, code: &str) {
    match list {
        CodeList::Grades | CodeList::Policies | CodeList::Titles | CodeList::Competences => {
            faults.check_text(&format!("{entry}/code"), <Code>::faults_of(code));
        }
        CodeList::Levels => faults.check_text(&format!("{entry}/code"), Label::faults_of(code)),
        CodeList::Metrics if built_in::is_metric(code) => {}
        CodeList::Metrics => faults.push(Fault::bad_format(format!("{entry}/code"), Form::Metric)),
    }
}

/// Adds what published documents do not allow: a grade that they use is gone, or stands above one that was better. `before` and
/// `after` are the grades, best first.
pub fn check_kept(faults: &mut Faults, before: &[String], after: &[String], used: &BTreeSet<String>) {
    let kept: Vec<&String> = before.iter().filter(|grade| used.contains(*grade)).collect();
    for gone in kept.iter().filter(|grade| !after.contains(grade)) {
        faults.push(Fault::new("/grades", FaultCode::GradeInUse).with("grade", codes(CodeList::Grades, [gone])));
    }
    for (i, grade) in after.iter().enumerate() {
        let better = kept
            .iter()
            .take_while(|other| **other != grade)
            .find(|other| after.iter().skip(i).any(|below| below == **other));
        if let Some(better) = better.filter(|_| kept.contains(&grade)) {
            let fault = Fault::new(format!("/grades/{i}/code"), FaultCode::GradeOrderInUse);
            faults.push(fault.with("better", codes(CodeList::Grades, [better])));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::text::Line;

    fn found(faults: Faults) -> Vec<(String, FaultCode)> {
        faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    fn checked(list: CodeList, codes: &[&str]) -> Vec<(String, FaultCode)> {
        let entries: Vec<DisplayName> = codes
            .iter()
            .map(|code| DisplayName {
                code: Line::comparable(*code),
                name_zh: Line::trusted("名"),
                name_en: Line::trusted("n"),
            })
            .collect();
        let mut faults = Faults::default();
        check(&mut faults, list, &entries);
        found(faults)
    }

    #[test]
    fn a_code_is_one_that_can_be_used() {
        assert_eq!(checked(CodeList::Levels, &["高级 讲师", "senior"]), []);
        assert_eq!(checked(CodeList::Metrics, &["score", "external:exam"]), []);
        assert_eq!(checked(CodeList::Titles, &["高级讲师"]), [("/titles/0/code".to_owned(), FaultCode::BadCharacters)]);
        assert_eq!(checked(CodeList::Metrics, &["rating"]), [("/metrics/0/code".to_owned(), FaultCode::BadFormat)]);
        assert_eq!(checked(CodeList::Policies, &["a", "a"]), [("/policies/1/code".to_owned(), FaultCode::Duplicate)]);
        assert_eq!(checked(CodeList::Grades, &["a"]), [("/grades".to_owned(), FaultCode::TooFew)]);
        assert_eq!(checked(CodeList::Titles, &[]), []);
    }

    fn kept(after: &[&str], used: &[&str]) -> Vec<(String, FaultCode)> {
        let list = |codes: &[&str]| -> Vec<String> { codes.iter().map(|code| (*code).to_owned()).collect() };
        let mut faults = Faults::default();
        check_kept(&mut faults, &list(&["a", "b", "c", "d"]), &list(after), &list(used).into_iter().collect());
        found(faults)
    }

    #[test]
    fn what_is_used_stays_in_its_order_and_the_rest_is_free() {
        assert_eq!(kept(&["d", "c", "b", "a"], &[]), []);
        assert_eq!(kept(&["x", "a", "y", "c", "b"], &["a", "c"]), []);
        assert_eq!(kept(&["a", "b"], &["a", "c"]), [("/grades".to_owned(), FaultCode::GradeInUse)]);
        assert_eq!(
            kept(&["c", "b", "a", "d"], &["a", "c"]),
            [("/grades/0/code".to_owned(), FaultCode::GradeOrderInUse)]
        );
        assert_eq!(
            kept(&["d", "c", "a"], &["a", "b", "c", "d"]),
            [
                ("/grades".to_owned(), FaultCode::GradeInUse),
                ("/grades/0/code".to_owned(), FaultCode::GradeOrderInUse),
                ("/grades/1/code".to_owned(), FaultCode::GradeOrderInUse),
            ]
        );
    }
}
