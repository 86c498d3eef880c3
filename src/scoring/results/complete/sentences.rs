//! The statement in sentences, and in one line.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::dto::{
    CompleteStatementResponse, SentenceAbout, StatementLift, StatementMetric, StatementSentence, StatementStanding,
};
use super::runs;
use super::words::{Part, Said};
use crate::appeals::StatementAppeal;
use crate::kernel::code_list::CodeList;
use crate::kernel::decimal::Decimal;
use crate::kernel::language::Language;
use crate::kernel::message::{Param, Phrase, Words, capitalised, data, listed, local_time};
use crate::kernel::period::Cycle;
use crate::kernel::ratio::whole;
use crate::kernel::scope::Scope;
use crate::names::Names;
use crate::programmes::documents::fee::HoldReason;
use crate::scoring::Score;
use crate::scoring::metric::Metric;
use crate::scoring::results::dto::{ScorecardResponse, StatementFee, StatementResponse};
use crate::scoring::rule::{Curve, ScoringRule, WhenMissing};
use crate::scoring::scorecard::{ComponentResult, GateResult, NotRatedReason, Scorecard};

/// What the sentences need besides the statement.
#[derive(Clone, Copy)]
pub struct Teller<'a> {
    pub rule: &'a ScoringRule,
    pub names: &'a Names,
    pub language: Language,
    /// Of the programme.
    pub zone: Tz,
    pub now: DateTime<Utc>,
}

impl Teller<'_> {
    /// All sentences of a statement that lacks them.
    pub fn sentences(self, of: &CompleteStatementResponse) -> Vec<StatementSentence> {
        let card = &of.statement.scorecard.card;
        let mut said = vec![(SentenceAbout::Status, status(&of.statement.scorecard))];
        if card.exempt_days > 0 && !card.components.is_empty() {
            let excused = Said::Excused.with("exempt", card.exempt_days).with("days", card.days);
            said.push((SentenceAbout::Absence, excused));
        }
        let component = |own: &ComponentResult| (SentenceAbout::Component, self.component(own, &of.metrics));
        said.extend(card.components.iter().map(component));
        said.extend(card.gates.iter().map(|gate| (SentenceAbout::Gate, self.gate(gate))));
        said.push((SentenceAbout::Grade, self.grade(card)));
        said.extend(of.standings.iter().map(|standing| (SentenceAbout::Rank, ranked(standing))));
        if let Some(share) = card.share_of_appraisal.filter(|_| self.rule.appraisal_weight_bp > 0) {
            let share =
                Said::Appraisal.with("share", short(share)).with("weight", percent(self.rule.appraisal_weight_bp));
            said.push((SentenceAbout::Appraisal, share));
        }
        let begun = of.runs.iter().filter(|own| own.count > 0);
        said.extend(begun.map(|own| (SentenceAbout::Run, runs::sentence(own, self))));
        let fees = of.statement.sessions.iter().flat_map(|session| {
            session.fees.iter().flatten().map(|fee| (SentenceAbout::Fee, self.fee(&session.title, fee)))
        });
        said.extend(fees);
        let appeals = of.statement.appeals.iter().flat_map(|own| &own.filed);
        said.extend(appeals.map(|own| (SentenceAbout::Appeal, self.appeal(&of.statement, own))));
        let until =
            of.statement.appeals.as_ref().and_then(|appeals| appeals.until_at).filter(|until| *until > self.now);
        let until = until.map(|until| Said::Appealable.with("until", local_time(until, self.zone)));
        said.extend(until.map(|until| (SentenceAbout::Appeal, until)));
        let mut sentences: Vec<StatementSentence> =
            said.into_iter().map(|(about, said)| self.sentence(about, said)).collect();
        let fact = |text: &String| StatementSentence { about: SentenceAbout::NotCounted, text: text.clone() };
        sentences.extend(of.not_counted.iter().map(|left| fact(&left.text)));
        sentences.extend(self.next(of).into_iter().map(|(about, said)| self.sentence(about, said)));
        sentences
    }

    fn sentence(self, about: SentenceAbout, said: Phrase) -> StatementSentence {
        StatementSentence { about, text: capitalised(&said.text(self.language)) }
    }

    /// What a fee grants for a session, and why it is held.
    fn fee(self, title: &str, fee: &StatementFee) -> Phrase {
        let reasons = fee.held_reasons.iter().map(|reason| match reason {
            HoldReason::SessionRating => Part::LowRating.into(),
            HoldReason::AttendanceHours => Part::LongerThanAttended.into(),
            HoldReason::Certificate => Part::NoCompetence.into(),
            HoldReason::LateContent => Part::LateContent.into(),
        });
        let said: Phrase = if !fee.held {
            Said::Fee.into()
        } else if fee.held_reasons.is_empty() {
            Said::FeeOverBudget.into()
        } else {
            Said::FeeHeld.with("reasons", Param::AllOf(reasons.collect()))
        };
        let policy = self.names.of(CodeList::Policies, &fee.policy);
        said.with("title", data(title)).with("policy", policy).with("amount", data(fee.amount))
    }

    /// What an appeal is about, and how it stands.
    fn appeal(self, statement: &StatementResponse, own: &StatementAppeal) -> Phrase {
        let sessions = statement.sessions.iter().map(|session| (session.session_id, &session.title));
        let contents = statement.contents.iter().map(|content| (content.content_id, &content.title));
        let title = sessions.chain(contents).find(|(id, _)| own.session_id.or(own.content_id) == Some(*id));
        let subject: Param = match (&own.metric, title) {
            (Some(metric), _) => self.names.of(CodeList::Metrics, metric).into(),
            (None, Some((_, title))) => Part::AppealedThing.with("title", data(title)).into(),
            (None, None) if own.reward_id.is_some() => Part::AppealedReward.into(),
            (None, None) => Part::AppealedOther.into(),
        };
        Said::Appealed.with("subject", subject).with("state", own.state)
    }

    fn metric(self, metric: &Metric) -> Words {
        self.names.of(CodeList::Metrics, &metric.to_string())
    }

    fn grade_name(self, grade: Option<&str>) -> Words {
        self.names.of(CodeList::Grades, grade.unwrap_or_default())
    }

    fn component(self, own: &ComponentResult, metrics: &[StatementMetric]) -> Phrase {
        let metric = metrics.iter().find(|metric| metric.metric == own.metric);
        let basis = match metric.and_then(|metric| metric.raw_mean) {
            Some(raw) => Part::Ratings.with("n", own.n).with("raw", short(raw)),
            None => Part::Facts.with("n", own.n),
        };
        let said = match (own.value, own.points) {
            (Some(value), Some(points)) => {
                let contribution = metric.and_then(|metric| metric.contribution).map_or_else(nothing, short);
                let said = Said::Counted.with("value", short(value)).with("curve", curve(own));
                said.with("points", short(points)).with("contribution", contribution)
            }
            (_, Some(_)) => Said::CountedMissing.into(),
            (_, None) => Said::Left.into(),
        };
        said.with("metric", self.metric(&own.metric)).with("basis", basis).with("weight", percent(own.weight_bp))
    }

    fn gate(self, gate: &GateResult) -> Phrase {
        let (least, rule) = (short(gate.effective_at_least), short(gate.at_least));
        let least: Param =
            if least == rule { least } else { Part::AfterLeave.with("least", least).with("rule", rule).into() };
        let said: Phrase = match (gate.value, gate.passed) {
            (Some(value), true) => Said::GateMet.with("value", short(value)),
            (Some(value), false) => Said::GateFailed.with("value", short(value)),
            (None, true) => Said::GateOpen.into(),
            (None, false) => Said::GateMissing.into(),
        };
        let said = said.with("metric", self.metric(&gate.metric)).with("least", least);
        said.with("grade", self.grade_name(Some(&gate.else_grade)))
    }

    /// Score and grade, or why there is none.
    fn grade(self, card: &Scorecard) -> Phrase {
        if let Some(score) = card.score {
            let is_capped = card.grade != card.grade_by_score;
            let said = if is_capped { Said::Capped } else { Said::Graded };
            let said = said.with("score", short(score)).with("grade", self.grade_name(card.grade.as_deref()));
            return said
                .with("by_score", self.grade_name(card.grade_by_score.as_deref()))
                .with("causes", self.causes(card));
        }
        match card.reason {
            Some(NotRatedReason::Exempt) => Said::NotRatedExempt.into(),
            _ if card.counted_weight_bp == 0 => Said::NothingCounts.into(),
            _ => {
                let weight = Said::NotRatedWeight.with("counted", percent(card.counted_weight_bp));
                weight.with("least", percent(self.rule.min_weight_present_bp))
            }
        }
    }

    /// Why the grade is not that of the score.
    fn causes(self, card: &Scorecard) -> Param {
        let fails = |own: &&ComponentResult| own.value.is_none() && own.when_missing == WhenMissing::Fail;
        let missing = card.components.iter().filter(fails);
        let missing = missing.map(|own| Part::MetricMissing.with("metric", self.metric(&own.metric)));
        let gate = card.failed_gates().next().map(|_| Phrase::from(Part::GateNotMet));
        Param::AllOf(gate.into_iter().chain(missing).collect())
    }

    /// What the next grade and the next place take.
    fn next(self, of: &CompleteStatementResponse) -> Vec<(SentenceAbout, Phrase)> {
        let grade = of.next_grade.as_ref().map(|next| {
            let said = if next.lacking > Score::ZERO { Said::NextGrade } else { Said::NextGradeCapped };
            let said = said.with("grade", self.grade_name(Some(&next.grade))).with("lifts", self.lifts(&next.lifts));
            (SentenceAbout::NextGrade, said.with("score", short(next.score)).with("lacking", short(next.lacking)))
        });
        let place = of.next_place.as_ref().map(|next| {
            let said = Said::NextPlace.with("rank", next.rank).with("lifts", self.lifts(&next.lifts));
            (SentenceAbout::NextPlace, said.with("score", short(next.score)).with("lacking", short(next.lacking)))
        });
        grade.into_iter().chain(place).collect()
    }

    /// What each metric alone would have to be; those that cannot do it come last, in one.
    fn lifts(self, lifts: &[StatementLift]) -> Param {
        let enough = lifts.iter().filter_map(|lift| {
            Some(Part::Alone.with("metric", self.metric(&lift.metric)).with("needed", short(lift.needed?)))
        });
        let others = lifts.iter().filter(|lift| lift.needed.is_none());
        let others: Vec<String> = others.map(|lift| self.metric(&lift.metric).text(self.language).to_owned()).collect();
        let cannot = (!others.is_empty()).then(|| Part::CannotAlone.with("metrics", listed(others)));
        Param::AllOf(enough.chain(cannot).collect())
    }

    /// The result in one line. Numbers stand in Chinese text without blanks, as people write such a line.
    pub fn summary(self, of: &CompleteStatementResponse, is_running: bool) -> String {
        let scorecard = &of.statement.scorecard;
        let counted = |metric| scorecard.card.metrics.get(&metric).n;
        let rating = scorecard.card.metrics.get(&Metric::FeedbackRating).value;
        let rating = rating.map(|rating| short(Score::round(&rating.to_ratio())).text(self.language));
        let rank = |scope| of.standings.iter().find(|own: &&StatementStanding| own.scope == scope).map(|own| own.rank);
        Summary {
            name: scorecard.employee.name.to_string(),
            period: if is_running { this(scorecard.period.cycle()) } else { scorecard.period.named() },
            sessions: counted(Metric::SessionCount),
            rating,
            reuse: counted(Metric::ReuseCount),
            department: scorecard.department.as_ref().and_then(|_| rank(Scope::Department)),
            programme: rank(Scope::Programme),
        }
        .text(self.language)
    }
}

/// What the one line says.
struct Summary {
    name: String,
    period: Words,
    sessions: u64,
    rating: Option<String>,
    reuse: u64,
    department: Option<u32>,
    programme: Option<u32>,
}

impl Summary {
    fn text(&self, language: Language) -> String {
        let Self { name, sessions, reuse, .. } = self;
        let period = self.period.text(language);
        match language {
            Language::ZhCn => {
                let rating = self
                    .rating
                    .as_ref()
                    .map_or("暂无学员评分".to_owned(), |rating| format!("学员评分{rating}分"));
                let rank = match (self.department, self.programme) {
                    (Some(own), Some(all)) => format!("排名部门第{own}，方案第{all}"),
                    (Some(own), None) => format!("排名部门第{own}"),
                    (None, Some(all)) => format!("排名方案第{all}"),
                    (None, None) => "暂无排名".to_owned(),
                };
                format!("{name}讲师，{period}分享{sessions}次，{rating}，内容被复用{reuse}次，{rank}")
            }
            Language::En => {
                let rating = self
                    .rating
                    .as_ref()
                    .map_or("not rated by learners".to_owned(), |rating| format!("rated {rating} by learners"));
                let rank = match (self.department, self.programme) {
                    (Some(own), Some(all)) => format!("rank {own} in the department and {all} in the programme"),
                    (Some(own), None) => format!("rank {own} in the department"),
                    (None, Some(all)) => format!("rank {all} in the programme"),
                    (None, None) => "no rank".to_owned(),
                };
                let sessions = if *sessions == 1 { "1 session".to_owned() } else { format!("{sessions} sessions") };
                let reuse = if *reuse == 1 { "once".to_owned() } else { format!("{reuse} times") };
                format!("{name}, {period}: {sessions}, {rating}, content reused {reuse}, {rank}")
            }
        }
    }
}

/// The period that is running.
fn this(cycle: Cycle) -> Words {
    let (en, zh) = match cycle {
        Cycle::Month => ("this month", "本月"),
        Cycle::Quarter => ("this quarter", "本季度"),
        Cycle::Year => ("this year", "本年度"),
    };
    Words { zh: zh.to_owned(), en: en.to_owned() }
}

fn status(of: &ScorecardResponse) -> Phrase {
    match &of.snapshot {
        Some(frozen) => Said::Closed.with("number", frozen.number),
        None => Said::Provisional.into(),
    }
}

fn ranked(own: &StatementStanding) -> Phrase {
    let board = match own.scope {
        Scope::Department => Part::Department,
        Scope::Programme => Part::Programme,
    };
    let said = if own.shared_by > 1 { Said::RankedShared } else { Said::Ranked };
    said.with("rank", own.rank).with("of", own.ranked_of).with("shared", own.shared_by).with("board", board)
}

/// The curve after leave.
fn curve(own: &ComponentResult) -> Param {
    let mut ends = own.effective_thresholds.iter().copied().map(short);
    match &own.curve {
        Curve::Linear(_) => {
            let (from, to) = (ends.next().unwrap_or_else(nothing), ends.next().unwrap_or_else(nothing));
            Part::Line.with("from", from).with("to", to).into()
        }
        Curve::Steps(curve) => {
            let step =
                |(least, points): (Param, Decimal)| Part::Step.with("least", least).with("points", short(points));
            Param::AllOf(ends.zip(curve.steps.iter().map(|step| step.points)).map(step).collect())
        }
    }
}

/// A number without trailing zeros.
pub fn short(number: impl Display) -> Param {
    let text = number.to_string();
    if text.contains('.') { data(text.trim_end_matches('0').trim_end_matches('.')) } else { data(text) }
}

fn nothing() -> Param {
    data(0)
}

/// Basis points in per cent.
pub fn percent(basis_points: u32) -> Param {
    short(Score::round(&(whole(basis_points) / whole(100))))
}
