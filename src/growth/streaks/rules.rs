//! What happens to a lecturer in a period, and what a restatement of one moves: pure.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::kernel::period::Period;
use crate::programmes::documents::runs::{Given, RatedPeriod, RunPolicy, passes};

/// A notice that is not closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenNotice {
    pub id: Uuid,
    pub policy: String,
    /// The period with which it was opened; none: by hand.
    pub period: Option<Period>,
    /// The first rated period better than this grade closes it; none: only HR does.
    pub grade_at_most: Option<String>,
}

/// What a lecturer has already.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// The codes of the titles.
    pub titles: BTreeSet<String>,
    /// Those of the programme. More than one only where two records of one person became one.
    pub notices: Vec<OpenNotice>,
    /// The firings of the programme's policies that gave precedence for an opportunity: policy and number.
    pub precedences: BTreeSet<(String, usize)>,
}

/// What a policy gives for a run of periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due<'p> {
    pub policy: &'p str,
    pub given: Given<'p>,
    /// The policy's first firing for the lecturer is number 1.
    pub number: usize,
    /// The period with which it fired.
    pub period: Period,
    /// Earliest first.
    pub run: Vec<RatedPeriod>,
}

/// Something that happens to a lecturer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening<'p> {
    Fired(Due<'p>),
    /// A better period closes a notice.
    Passed(OpenNotice),
}

/// What a policy gives in this period, if it fires with it. `history`: the rated periods, earliest first.
fn firing<'p>(policy: &RunPolicy<'p>, grades: &[String], history: &[RatedPeriod], period: Period) -> Option<Due<'p>> {
    let mut counted = policy.count(grades, history.iter().take_while(|own| own.period <= period));
    let number = counted.firings.len();
    let last = counted.firings.pop().filter(|firing| firing.period == period)?;
    Some(Due { policy: policy.code, given: policy.given, number, period, run: last.run })
}

/// What happens in a period. `held` is what the lecturer has, then what he or she has afterwards.
///
/// `history`: all rated periods, earliest first; nothing happens in a period that is not among them. `grades` are the company's, best
/// first.
pub fn happenings<'p>(
    policies: &[RunPolicy<'p>],
    grades: &[String],
    history: &[RatedPeriod],
    period: Period,
    held: &mut Held,
) -> Vec<Happening<'p>> {
    let Some(own) = history.iter().find(|own| own.period == period) else { return Vec::new() };
    // A forced close may come after that of a later period, which has opened a notice.
    let is_before = |notice: &OpenNotice| notice.period.is_none_or(|opened| opened < period);
    let closes = |notice: &OpenNotice| {
        let most = notice.grade_at_most.as_deref().filter(|_| is_before(notice));
        most.is_some_and(|most| passes(grades, &own.grade, most))
    };
    let (passed, open): (Vec<_>, Vec<_>) = std::mem::take(&mut held.notices).into_iter().partition(closes);
    held.notices = open;
    let mut happened: Vec<Happening<'p>> = passed.into_iter().map(Happening::Passed).collect();
    for policy in policies {
        let due = firing(policy, grades, history, period);
        happened.extend(due.filter(|due| held.takes(due)).map(Happening::Fired));
    }
    happened
}

/// The same as if the policies had been in force from the first period on: what the lecturer has by then follows from that.
pub fn replayed<'p>(
    policies: &[RunPolicy<'p>],
    grades: &[String],
    history: &[RatedPeriod],
    period: Period,
    mut held: Held,
) -> Vec<Happening<'p>> {
    for own in history.iter().filter(|own| own.period < period) {
        happenings(policies, grades, history, own.period, &mut held);
    }
    happenings(policies, grades, history, period, &mut held)
}

impl Held {
    /// Whether it is anything new for somebody who has this; it is there then.
    pub fn takes(&mut self, due: &Due<'_>) -> bool {
        match due.given {
            Given::Title(title) => self.titles.insert(title.to_owned()),
            Given::Opportunity(_) => self.precedences.insert((due.policy.to_owned(), due.number)),
            Given::Notice(_) if !self.notices.is_empty() => false,
            Given::Notice(most) => {
                let (policy, grade_at_most) = (due.policy.to_owned(), Some(most.to_owned()));
                self.notices.push(OpenNotice { id: Uuid::nil(), policy, period: Some(due.period), grade_at_most });
                true
            }
        }
    }
}

impl OpenNotice {
    /// The first rated period after the notice that closes it.
    #[must_use]
    pub fn passed_with(&self, grades: &[String], history: &[RatedPeriod]) -> Option<Period> {
        let (opened, most) = (self.period?, self.grade_at_most.as_deref()?);
        let later = history.iter().filter(|own| own.period > opened);
        later.filter(|own| passes(grades, &own.grade, most)).map(|own| own.period).next()
    }
}

/// The policies that a period was closed under, and the order of the grades then.
#[derive(Debug, Clone)]
pub struct ClosedUnder<'c> {
    pub period: Period,
    pub policies: Vec<RunPolicy<'c>>,
    pub grades: &'c [String],
}

/// What the policies give over all closed periods, each as its own close would find it now; by policy and number.
#[must_use]
pub fn all_due<'c>(closed: &[ClosedUnder<'c>], history: &[RatedPeriod]) -> BTreeMap<(&'c str, usize), Due<'c>> {
    let found = closed.iter().flat_map(|own| {
        let fired = own.policies.iter().filter_map(|policy| firing(policy, own.grades, history, own.period));
        fired.map(|due| ((due.policy, due.number), due)).collect::<Vec<_>>()
    });
    found.collect()
}

/// What is missing and what is too many, each by policy and number, when a period of the history gets another grade.
#[must_use]
pub fn moved<'c>(
    closed: &[ClosedUnder<'c>],
    before: &[RatedPeriod],
    after: &[RatedPeriod],
) -> (Vec<Due<'c>>, Vec<Due<'c>>) {
    let (before, after) = (all_due(closed, before), all_due(closed, after));
    let missing = after.iter().filter(|(key, _)| !before.contains_key(*key)).map(|(_, due)| due.clone()).collect();
    let too_many = before.iter().filter(|(key, _)| !after.contains_key(*key)).map(|(_, due)| due.clone()).collect();
    (missing, too_many)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::programmes::documents::policy::RewardPolicySet;

    fn history(grades: &[&str]) -> Vec<RatedPeriod> {
        let first: Period = "2026-01".parse().unwrap();
        let periods = std::iter::successors(Some(first), |period| period.next());
        grades.iter().zip(periods).map(|(grade, period)| RatedPeriod { period, grade: (*grade).to_owned() }).collect()
    }

    fn set() -> RewardPolicySet {
        serde_json::from_value(json!({"policies": [
            {"kind": "streak", "code": "s", "priority": 1, "grade_at_least": "good", "length": 3, "title": "t"},
            {"kind": "notice", "code": "n", "priority": 2, "grade_at_most": "fail", "length": 2},
        ]}))
        .unwrap()
    }

    fn grades() -> Vec<String> {
        ["good", "pass", "fail"].map(str::to_owned).to_vec()
    }

    /// Policy and number of what is missing and of what is too many.
    fn between(before: &[&str], after: &[&str]) -> [Vec<(String, usize)>; 2] {
        let (set, grades) = (set(), grades());
        let of = |own: &RatedPeriod| ClosedUnder { period: own.period, policies: set.runs(), grades: &grades };
        let closed: Vec<ClosedUnder<'_>> = history(before).iter().map(of).collect();
        let (missing, too_many) = moved(&closed, &history(before), &history(after));
        let told = |all: Vec<Due<'_>>| all.into_iter().map(|due| (due.policy.to_owned(), due.number)).collect();
        [told(missing), told(too_many)]
    }

    #[test]
    fn a_replay_gives_a_title_once_and_opens_a_notice_when_none_is_open() {
        let (set, grades) = (set(), grades());
        let told = |past: &[&str], held: Held| {
            let past = history(past);
            let period = past.last().unwrap().period;
            let policies = set.runs();
            let found = replayed(&policies, &grades, &past, period, held).into_iter();
            found
                .map(|own| match own {
                    Happening::Fired(due) => due.policy.to_owned(),
                    Happening::Passed(_) => "passed".to_owned(),
                })
                .collect::<Vec<_>>()
        };
        let none = Held::default;
        assert_eq!(told(&["good"; 3], none()), ["s"]);
        assert_eq!(told(&["good"; 6], none()), [] as [&str; 0], "it is held by then");
        assert_eq!(told(&["fail"; 2], none()), ["n"]);
        assert_eq!(told(&["fail"; 4], none()), [] as [&str; 0], "the first is open");
        assert_eq!(told(&["fail", "fail", "pass"], none()), ["passed"]);
        assert_eq!(told(&["fail", "fail", "pass", "fail", "fail"], none()), ["n"]);
        let by_hand = Held { titles: BTreeSet::from(["t".to_owned()]), ..Held::default() };
        assert_eq!(told(&["good"; 3], by_hand), [] as [&str; 0]);
    }

    #[test]
    fn firings_are_compared_by_policy_and_number() {
        let of = |policy: &str, number: usize| vec![(policy.to_owned(), number)];
        // A month in the middle mends a run that a later month completes.
        assert_eq!(between(&["good", "pass", "good"], &["good", "good", "good"]), [of("s", 1), vec![]]);
        assert_eq!(between(&["good", "good", "good"], &["good", "good", "pass"]), [vec![], of("s", 1)]);
        // It fires later, and still once.
        let later = ["good", "pass", "good", "good", "good"];
        assert_eq!(between(&["good"; 5], &later), [vec![], vec![]]);
        assert_eq!(between(&["good"; 6], &["good", "pass", "good", "good", "good", "good"]), [vec![], of("s", 2)]);
        assert_eq!(between(&["fail", "good", "fail"], &["fail", "fail", "fail"]), [of("n", 1), vec![]]);
    }

    #[test]
    fn a_notice_is_closed_by_the_first_better_month_after_it() {
        let period = |text: &str| Some(text.parse().unwrap());
        let most = Some("fail".to_owned());
        let notice =
            OpenNotice { id: Uuid::nil(), policy: "n".to_owned(), period: period("2026-02"), grade_at_most: most };
        let past = history(&["good", "fail", "fail", "pass", "good"]);
        assert_eq!(notice.passed_with(&grades(), &past), period("2026-04"));
        assert_eq!(notice.passed_with(&grades(), &past[..3]), None);
        let by_hand = OpenNotice { period: None, ..notice };
        assert_eq!(by_hand.passed_with(&grades(), &past), None);
    }
}
