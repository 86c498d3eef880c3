//! What the next grade and the next place take.

use super::dto::{StatementLift, StatementNextGrade, StatementNextPlace};
use super::placing::Next;
use super::sentences::Teller;
use crate::kernel::code_list::CodeList;
use crate::scoring::lifts::{Lift, Target, lifts};
use crate::scoring::scorecard::Scorecard;
use crate::scoring::{MetricValue, Score};

/// None above the best grade, and for somebody who is not rated.
pub fn next_grade(teller: Teller<'_>, card: &Scorecard) -> Option<StatementNextGrade> {
    let target = Target::next_grade(teller.rule, card)?;
    let Target::Grade(position) = target else { return None };
    let grade = teller.rule.grades_best_first().get(position)?.code.to_string();
    let caps = |grade: &str| teller.rule.grade_position(grade).is_some_and(|cap| cap > position);
    let capped_by = card.failed_gates().filter(|gate| caps(&gate.else_grade)).map(|gate| gate.metric.clone());
    let score = target.score(teller.rule);
    Some(StatementNextGrade {
        name: teller.names.of(CodeList::Grades, &grade).text(teller.language).to_owned(),
        grade,
        score,
        lacking: lacking(score, card.score?),
        capped_by: capped_by.collect(),
        lifts: lifts(teller.rule, card, target).into_iter().map(|lift| shown(teller, lift)).collect(),
    })
}

/// None for somebody who is not rated.
pub fn next_place(teller: Teller<'_>, card: &Scorecard, next: Next) -> Option<StatementNextPlace> {
    let own = card.score?;
    let found = lifts(teller.rule, card, Target::Score(next.score));
    Some(StatementNextPlace {
        scope: teller.rule.rank_scope,
        rank: next.rank,
        score: next.score,
        lacking: lacking(next.score, own),
        lifts: found.into_iter().map(|lift| shown(teller, lift)).collect(),
    })
}

fn lacking(needed: Score, own: Score) -> Score {
    if own < needed { Score::round(&(needed.to_ratio() - own.to_ratio())) } else { Score::ZERO }
}

fn shown(teller: Teller<'_>, lift: Lift) -> StatementLift {
    let change = lift.needed.zip(lift.value);
    StatementLift {
        name: teller.names.of(CodeList::Metrics, &lift.metric.to_string()).text(teller.language).to_owned(),
        metric: lift.metric,
        value: lift.value,
        needed: lift.needed,
        change: change.map(|(needed, own)| MetricValue::round(&(needed.to_ratio() - own.to_ratio()))),
    }
}
