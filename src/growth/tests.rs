//! The rules of promotion, one by one.

use serde_json::{Value, json};

use super::*;
use crate::kernel::last_day::LastDay;

const ONE: Uuid = Uuid::from_u128(1);
const TWO: Uuid = Uuid::from_u128(2);

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn facts(asked_on: &str) -> Facts {
    Facts {
        asked_on: day(asked_on),
        grades: Arc::from(["excellent", "good", "pass", "fail"].map(str::to_owned)),
        appointed_on: None,
        suspensions: Vec::new(),
        results: Vec::new(),
        titles: Vec::new(),
        open_notices: Vec::new(),
        competences: Vec::new(),
        waivers: Vec::new(),
    }
}

fn taught(on: NaiveDate, credit: &str) -> Taught {
    Taught { on, credit: credit.parse().unwrap() }
}

/// A session with credit 1.5 on the last day of the period.
fn result(programme_id: Uuid, period: &str, rating: Option<(&str, &str)>) -> ClosedResult {
    let period: Period = period.parse().unwrap();
    let of = ClosedPeriod {
        programme_id,
        programme_code: "p".to_owned(),
        period,
        first_day: period.first_day(),
        last_day: period.last_day(),
        rule_version: 1,
    };
    ClosedResult {
        of: Arc::new(of),
        rating: rating.map(|(score, grade)| Rating { score: Some(score.parse().unwrap()), grade: grade.to_owned() }),
        sessions: vec![taught(period.last_day(), "1"), taught(period.last_day(), "0.5")],
    }
}

fn excellent(period: &str) -> ClosedResult {
    result(ONE, period, Some(("95.00", "excellent")))
}

fn answer(criterion: Value, facts: &Facts) -> CriterionResult {
    check(&serde_json::from_value(criterion).unwrap(), facts)
}

fn months(criterion: Value, facts: &Facts) -> GradesResult {
    match answer(criterion, facts) {
        CriterionResult::Grades(result) => result,
        other => panic!("{other:?}"),
    }
}

fn seen(result: &GradesResult) -> Vec<(String, MonthState, Option<bool>)> {
    result.months.iter().map(|month| (month.month.to_string(), month.state, month.reached)).collect()
}

#[test]
fn tenure_is_clamped_to_the_months_end_and_prolonged_by_suspension() {
    for (appointed, months, suspensions, met_on) in [
        ("2025-08-31", 6, vec![], "2026-02-28"),
        ("2023-08-31", 6, vec![], "2024-02-29"),
        ("2025-08-15", 6, vec![("2025-09-01", "2025-09-10")], "2026-02-25"),
        // Overlapping suspensions count each day once; days before the appointment do not count.
        ("2025-08-15", 6, vec![("2025-08-01", "2025-08-16"), ("2025-08-16", "2025-08-18")], "2026-02-19"),
    ] {
        let spans: Vec<_> = suspensions.iter().map(|(first, last)| (day(first), day(last))).collect();
        for (asked, verdict) in [(day(met_on), Verdict::Met), (day(met_on).pred_opt().unwrap(), Verdict::NotMet)] {
            let facts =
                Facts { appointed_on: Some(day(appointed)), suspensions: spans.clone(), ..facts(&asked.to_string()) };
            let CriterionResult::Tenure(result) = answer(json!({"kind": "tenure", "months": months}), &facts) else {
                panic!()
            };
            assert_eq!((result.verdict, result.met_on), (verdict, Some(day(met_on))), "{appointed} {asked}");
        }
    }
}

#[test]
fn who_is_no_lecturer_has_no_tenure() {
    let result = answer(json!({"kind": "tenure", "months": 1}), &facts("2026-07-01"));
    assert_eq!(result.verdict(), Verdict::NotMet);
}

#[test]
fn the_latest_months_must_all_reach_the_grade() {
    let criterion = json!({"kind": "grades", "periods": 3, "every": "good"});
    let mut facts = facts("2026-07-15");
    facts.results = vec![
        result(ONE, "2026-03", Some(("10.00", "fail"))),
        excellent("2026-04"),
        result(ONE, "2026-05", Some(("80.00", "good"))),
        excellent("2026-06"),
        // The month of the check is not complete, so it does not count.
        result(ONE, "2026-07", Some(("10.00", "fail"))),
    ];
    let result = months(criterion.clone(), &facts);
    assert_eq!((result.verdict, result.missing_months), (Verdict::Met, 0));
    let seen: Vec<String> = seen(&result).into_iter().map(|(month, _, _)| month).collect();
    assert_eq!(seen, ["2026-06", "2026-05", "2026-04"]);
    let strict = months(json!({"kind": "grades", "periods": 3, "every": "excellent"}), &facts);
    assert_eq!(strict.verdict, Verdict::NotMet);
    assert_eq!(strict.months[1].reached, Some(false));
}

#[test]
fn months_without_a_rating_are_neutral_and_too_few_are_not_enough() {
    let criterion = json!({"kind": "grades", "periods": 3, "every": "excellent", "within_months": 4});
    let mut facts = facts("2026-07-01");
    facts.results = vec![excellent("2026-03"), result(ONE, "2026-04", None), excellent("2026-06")];
    let short = months(criterion.clone(), &facts);
    assert_eq!((short.verdict, short.missing_months), (Verdict::NotMet, 1));
    assert_eq!(
        seen(&short),
        [
            ("2026-06".to_owned(), MonthState::Rated, Some(true)),
            ("2026-05".to_owned(), MonthState::NoResult, None),
            ("2026-04".to_owned(), MonthState::NotRated, None),
            ("2026-03".to_owned(), MonthState::Rated, Some(true)),
        ]
    );
    // A month before the span does not help.
    facts.results.push(excellent("2026-02"));
    assert_eq!(months(criterion, &facts).verdict, Verdict::NotMet);
    let wider = json!({"kind": "grades", "periods": 3, "every": "excellent", "within_months": 5});
    assert_eq!(months(wider, &facts).verdict, Verdict::Met);
}

#[test]
fn every_programme_that_rated_in_a_month_must_agree() {
    let mut facts = facts("2026-07-01");
    facts.results = vec![
        excellent("2026-06"),
        result(TWO, "2026-06", Some(("80.00", "good"))),
        excellent("2026-05"),
        result(TWO, "2026-05", None),
    ];
    let all = json!({"kind": "grades", "periods": 2, "every": "excellent"});
    let disagreed = months(all.clone(), &facts);
    assert_eq!(disagreed.verdict, Verdict::NotMet);
    assert_eq!((disagreed.months[0].reached, disagreed.months[1].reached), (Some(false), Some(true)));
    assert_eq!(disagreed.months[0].results.len(), 2);
    let mut named = all;
    named["programme_id"] = json!(ONE);
    assert_eq!(months(named, &facts).verdict, Verdict::Met);
}

#[test]
fn a_quarter_speaks_for_its_three_months() {
    let mut facts = facts("2026-07-01");
    facts.results = vec![result(ONE, "2026-Q2", Some(("95.00", "excellent"))), excellent("2026-03")];
    let four = months(json!({"kind": "grades", "periods": 4, "every": "excellent"}), &facts);
    assert_eq!(four.verdict, Verdict::Met);
    let periods: Vec<String> = four.months.iter().map(|month| month.results[0].period.to_string()).collect();
    assert_eq!(periods, ["2026-Q2", "2026-Q2", "2026-Q2", "2026-03"]);
}

/// A rule only gives grades their thresholds. The order of the grades is the company's, whether or not the month's rule has
/// the required grade.
#[test]
fn a_better_grade_of_the_company_is_enough() {
    let mut facts = facts("2026-07-01");
    facts.results = vec![excellent("2026-06"), result(ONE, "2026-05", Some(("61.00", "pass")))];
    let asked = |periods: u32, every: &str| json!({"kind": "grades", "periods": periods, "every": every});
    for (periods, every, verdict) in [
        (1, "good", Verdict::Met),
        (2, "good", Verdict::NotMet),
        (2, "pass", Verdict::Met),
        (1, "odd", Verdict::NotMet),
    ] {
        assert_eq!(months(asked(periods, every), &facts).verdict, verdict, "{periods} {every}");
    }
}

#[test]
fn an_average_is_rounded_once_and_takes_every_month_alike() {
    let mut facts = facts("2026-07-01");
    facts.results = vec![
        result(ONE, "2026-06", Some(("80.00", "good"))),
        result(TWO, "2026-06", Some(("90.01", "excellent"))),
        result(ONE, "2026-05", Some(("70.00", "fail"))),
    ];
    // (85.005 + 70) / 2 = 77.5025
    for (at_least, verdict) in [("77.50", Verdict::Met), ("77.51", Verdict::NotMet)] {
        let criterion = json!({"kind": "score_average", "periods": 2, "at_least": at_least});
        let CriterionResult::ScoreAverage(result) = answer(criterion, &facts) else { panic!() };
        assert_eq!((result.verdict, result.average), (verdict, Some("77.50".parse().unwrap())));
    }
    let criterion = json!({"kind": "score_average", "periods": 3, "at_least": 1});
    let CriterionResult::ScoreAverage(short) = answer(criterion, &facts) else { panic!() };
    assert_eq!((short.verdict, short.missing_months), (Verdict::NotMet, 1));
}

#[test]
fn sessions_count_since_the_appointment() {
    let mut facts = facts("2026-07-01");
    facts.appointed_on = Some(day("2026-05-20"));
    facts.results = vec![excellent("2026-04"), excellent("2026-05"), result(TWO, "2026-06", None)];
    for (at_least, programme, verdict, missing) in [
        ("3", None, Verdict::Met, "0.000000"),
        ("3.5", None, Verdict::NotMet, "0.500000"),
        ("3", Some(ONE), Verdict::NotMet, "1.500000"),
    ] {
        let mut criterion = json!({"kind": "sessions_total", "at_least": at_least});
        if let Some(programme) = programme {
            criterion["programme_id"] = json!(programme);
        }
        let CriterionResult::SessionsTotal(result) = answer(criterion, &facts) else { panic!() };
        assert_eq!((result.verdict, result.missing.to_string().as_str()), (verdict, missing), "{at_least}");
    }
}

#[test]
fn sessions_before_the_appointment_and_after_the_asked_day_do_not_count_and_credits_are_exact() {
    let mut facts = facts("2026-06-20");
    facts.appointed_on = Some(day("2026-05-20"));
    let mut may = excellent("2026-05");
    may.sessions = vec![taught(day("2026-05-19"), "1"), taught(day("2026-05-20"), "0.33333333")];
    let mut june = excellent("2026-06");
    june.sessions = ["2026-06-01", "2026-06-20", "2026-06-21"].map(|on| taught(day(on), "0.33333333")).to_vec();
    facts.results = vec![june, may];
    for (at_least, verdict) in [("0.99999999", Verdict::Met), ("1", Verdict::NotMet)] {
        let criterion = json!({"kind": "sessions_total", "at_least": at_least});
        let CriterionResult::SessionsTotal(result) = answer(criterion, &facts) else { panic!() };
        let shown: Vec<String> = result.periods.iter().map(|of| of.session_count.to_string()).collect();
        assert_eq!((result.verdict, shown), (verdict, vec!["0.666667".to_owned(), "0.333333".to_owned()]));
    }
}

#[test]
fn titles_and_notices_speak_for_themselves() {
    let mut facts = facts("2026-07-01");
    facts.titles = vec![("senior-lecturer".to_owned(), "2026-03-01T00:00:00Z".parse().unwrap())];
    facts.open_notices = vec![ONE];
    assert_eq!(answer(json!({"kind": "title", "code": "senior-lecturer"}), &facts).verdict(), Verdict::Met);
    assert_eq!(answer(json!({"kind": "title", "code": "expert"}), &facts).verdict(), Verdict::NotMet);
    assert_eq!(answer(json!({"kind": "no_open_notice"}), &facts).verdict(), Verdict::NotMet);
}

#[test]
fn a_certificate_of_competence_is_met_by_one_of_its_kind() {
    let certificate = |id: u128, kind: &str, valid_to: Option<&str>| Competence {
        place: 1,
        id: Uuid::from_u128(id),
        kind: kind.parse().unwrap(),
        issuer: "Issuer".parse().unwrap(),
        valid_from: day("2026-01-01"),
        valid_to: valid_to.map(|last| LastDay::new(day(last))),
    };
    let asked = json!({"kind": "external", "key": "ttt"});
    let mut facts = facts("2026-07-01");
    facts.competences = vec![certificate(1, "coach", None)];
    assert_eq!(answer(asked.clone(), &facts).verdict(), Verdict::NotMet, "another kind");
    for (id, valid_to) in [(2, Some("2026-12-31")), (3, Some("2027-12-31")), (4, None)] {
        facts.competences.push(certificate(id, "ttt", valid_to));
        let CriterionResult::External(result) = answer(asked.clone(), &facts) else { panic!("no external") };
        let shown = result.certificate.unwrap();
        assert_eq!((result.verdict, shown.id), (Verdict::Met, Uuid::from_u128(id)), "the one that is valid longest");
        assert_eq!(shown.ends_on, valid_to.map(|last| LastDay::new(day(last))));
    }
}

#[test]
fn criteria_are_joined_by_all_and_any() {
    let mut facts = facts("2026-07-01");
    facts.titles = vec![("a".to_owned(), "2026-03-01T00:00:00Z".parse().unwrap())];
    let title = |code: &str| json!({"kind": "title", "code": code});
    for (kind, codes, verdict) in [
        ("all", ["a", "a"], Verdict::Met),
        ("all", ["a", "b"], Verdict::NotMet),
        ("any", ["b", "a"], Verdict::Met),
        ("any", ["b", "b"], Verdict::NotMet),
    ] {
        let criterion = json!({"kind": kind, "criteria": [title(codes[0]), title(codes[1])]});
        assert_eq!(answer(criterion, &facts).verdict(), verdict, "{kind} {codes:?}");
    }
}

fn waived(criterion: &Value) -> Waived {
    Waived { id: ONE, criterion: serde_json::from_value(criterion.clone()).unwrap() }
}

#[test]
fn what_is_waived_says_so_and_what_is_met_needs_no_waiver() {
    let [title, other] = ["a", "b"].map(|code| json!({"kind": "title", "code": code}));
    let mut facts = facts("2026-07-01");
    facts.waivers = vec![waived(&title)];
    assert_eq!(answer(title.clone(), &facts).verdict(), Verdict::Waived);
    assert_eq!(answer(other, &facts).verdict(), Verdict::NotMet, "only the criterion that it is for");
    facts.titles = vec![("a".to_owned(), "2026-03-01T00:00:00Z".parse().unwrap())];
    assert_eq!(answer(title, &facts).verdict(), Verdict::Met);
}

/// Every combination of two criteria, each met, waived or not.
#[test]
fn a_combination_that_rests_on_a_waiver_is_waived() {
    use Verdict::{Met, NotMet, Waived};
    for (verdicts, all, any) in [
        ([Met, Met], Met, Met),
        ([Met, Waived], Waived, Met),
        ([Waived, Met], Waived, Met),
        ([Waived, Waived], Waived, Waived),
        ([Met, NotMet], NotMet, Met),
        ([NotMet, Waived], NotMet, Waived),
        ([NotMet, NotMet], NotMet, NotMet),
    ] {
        let mut facts = facts("2026-07-01");
        let mut criteria = Vec::new();
        for (code, verdict) in ["a", "b"].into_iter().zip(verdicts) {
            let criterion = json!({"kind": "title", "code": code});
            match verdict {
                Met => facts.titles.push((code.to_owned(), "2026-03-01T00:00:00Z".parse().unwrap())),
                Waived => facts.waivers.push(waived(&criterion)),
                NotMet => {}
            }
            criteria.push(criterion);
        }
        for (kind, expected) in [("all", all), ("any", any)] {
            let criterion: PromotionCriterion =
                serde_json::from_value(json!({"kind": kind, "criteria": criteria})).unwrap();
            let result = check(&criterion, &facts);
            assert_eq!(result.verdict(), expected, "{kind} {verdicts:?}");
            let places: Vec<String> =
                super::waived(&criterion, &result, &facts, "/criteria").into_iter().map(|(place, _)| place).collect();
            let needed = verdicts.iter().enumerate().filter(|(_, verdict)| expected != Met && **verdict == Waived);
            let expected: Vec<String> = needed.map(|(i, _)| format!("/criteria/criteria/{i}")).collect();
            assert_eq!(places, expected, "{kind} {verdicts:?}");
        }
    }
}
