//! What happens to a lecturer in a period: pure.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::kernel::period::Period;
use crate::programmes::documents::runs::{Given, RatedPeriod, RunPolicy, passes};

/// A notice that is not closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenNotice {
    pub id: Uuid,
    pub policy: String,
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
}

/// Something that happens to a lecturer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening<'p> {
    /// A policy gives something for a run of periods.
    Fired { policy: &'p str, given: Given<'p>, run: Vec<RatedPeriod> },
    /// A better period closes a notice.
    Passed(OpenNotice),
}

/// What happens in a period, and what the lecturer has afterwards.
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
    let closes =
        |notice: &OpenNotice| notice.grade_at_most.as_deref().is_some_and(|most| passes(grades, &own.grade, most));
    let (passed, open): (Vec<_>, Vec<_>) = std::mem::take(&mut held.notices).into_iter().partition(closes);
    held.notices = open;
    let mut happened: Vec<Happening<'p>> = passed.into_iter().map(Happening::Passed).collect();
    for policy in policies {
        let mut counted = policy.count(grades, history.iter().take_while(|own| own.period <= period));
        let last = counted.firings.pop().filter(|firing| firing.period == period);
        if let Some(firing) = last.filter(|_| held.takes(policy)) {
            happened.push(Happening::Fired { policy: policy.code, given: policy.given, run: firing.run });
        }
    }
    happened
}

impl Held {
    /// Whether the policy gives anything to somebody who has this; it is there then.
    fn takes(&mut self, policy: &RunPolicy<'_>) -> bool {
        match policy.given {
            Given::Title(title) => self.titles.insert(title.to_owned()),
            Given::Opportunity(_) => true,
            Given::Notice(_) if !self.notices.is_empty() => false,
            Given::Notice(most) => {
                let (policy, grade_at_most) = (policy.code.to_owned(), Some(most.to_owned()));
                self.notices.push(OpenNotice { id: Uuid::nil(), policy, grade_at_most });
                true
            }
        }
    }
}
