//! Whether a person meets what a position requires: a pure function of dated facts and the day of the check.
//!
//! Grades and scores are looked at month by month: a closed quarter counts for each of its three months, a closed year for
//! each of its twelve. The months looked at are the calendar months before the month of the check.

use std::sync::Arc;

use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use num_traits::Zero as _;
use uuid::Uuid;

use super::answer::{
    AllResult, AnyResult, CertificateEvidence, CriterionResult, ExternalResult, GradesResult, MonthEvidence,
    MonthResult, MonthState, NoOpenNoticeResult, ScoreAverageResult, SessionsOfPeriod, SessionsTotalResult,
    TenureResult, TitleResult, Verdict,
};
use super::criteria::{
    AllCriteria, AnyCriterion, ExternalCriterion, GradesCriterion, PromotionCriterion, ScoreAverageCriterion,
    SessionsTotalCriterion, TenureCriterion, TitleCriterion,
};
use crate::kernel::decimal::Decimal;
use crate::kernel::period::{Cycle, Period};
use crate::kernel::ratio::{Ratio, divide, whole};
use crate::people::Competence;
use crate::programmes::documents::grades::grade_reaches;
use crate::scoring::{MetricValue, Score};

/// What is known about a person on the day of the check.
#[derive(Debug, Clone)]
pub struct Facts {
    pub asked_on: NaiveDate,
    /// The company's grades, best first.
    pub grades: Arc<[String]>,
    /// The start of the appointment as lecturer that is valid on the day of the check.
    pub appointed_on: Option<NaiveDate>,
    /// Suspensions, each from its first to its last day.
    pub suspensions: Vec<(NaiveDate, NaiveDate)>,
    /// The latest snapshot of every closed period that includes the person.
    pub results: Vec<ClosedResult>,
    /// Titles held on the day of the check, with the time when they were granted.
    pub titles: Vec<(String, DateTime<Utc>)>,
    pub open_notices: Vec<Uuid>,
    /// The certificates of competence that are valid on the day of the check.
    pub competences: Vec<Competence>,
    /// The waivers for this position that count on the day of the check.
    pub waivers: Vec<Waived>,
}

/// The result of one person in one closed period.
#[derive(Debug, Clone)]
pub struct ClosedResult {
    pub of: Arc<ClosedPeriod>,
    /// None if not rated.
    pub rating: Option<Rating>,
    /// The qualifying sessions.
    pub sessions: Vec<Taught>,
}

/// A closed period of a programme: the same for everybody in it.
#[derive(Debug, Clone)]
pub struct ClosedPeriod {
    pub programme_id: Uuid,
    pub programme_code: String,
    pub period: Period,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub rule_version: i32,
}

/// Score and grade.
#[derive(Debug, Clone)]
pub struct Rating {
    /// None where nobody asked for it: then no criterion looks at it.
    pub score: Option<Score>,
    pub grade: String,
}

/// A criterion that is waived for the person.
#[derive(Debug, Clone)]
pub struct Waived {
    pub id: Uuid,
    pub criterion: PromotionCriterion,
}

/// The person's part in a qualifying session.
#[derive(Debug, Clone, Copy)]
pub struct Taught {
    /// The local day on which it started.
    pub on: NaiveDate,
    /// Exact, as it was frozen.
    pub credit: Decimal,
}

/// The verdict on a criterion and everything below it. A criterion that is not met is waived if a waiver is for an equal one.
#[must_use]
pub fn check(criterion: &PromotionCriterion, facts: &Facts) -> CriterionResult {
    let mut result = look_at(criterion, facts);
    if result.verdict() == Verdict::NotMet && facts.waivers.iter().any(|waived| waived.criterion == *criterion) {
        *result.verdict_mut() = Verdict::Waived;
    }
    result
}

/// The waivers that a result rests on, each with the place of its criterion below `place`. What is met without a waiver needs none, also
/// where one of several criteria is waived.
#[must_use]
pub fn waived(
    criterion: &PromotionCriterion,
    result: &CriterionResult,
    facts: &Facts,
    place: &str,
) -> Vec<(String, Uuid)> {
    if result.verdict() == Verdict::Met {
        return Vec::new();
    }
    let parts = criterion.parts();
    if parts.is_empty() {
        let used = facts.waivers.iter().filter(|waived| waived.criterion == *criterion);
        let used = used.filter(|_| result.verdict() == Verdict::Waived);
        return used.map(|waived| (place.to_owned(), waived.id)).take(1).collect();
    }
    let below = parts.iter().zip(result.parts()).enumerate();
    below.flat_map(|(i, (part, result))| waived(part, result, facts, &format!("{place}/criteria/{i}"))).collect()
}

fn look_at(criterion: &PromotionCriterion, facts: &Facts) -> CriterionResult {
    match criterion {
        PromotionCriterion::All(AllCriteria { criteria }) => {
            let criteria = check_each(criteria, facts);
            CriterionResult::All(AllResult { verdict: all_of(&criteria), criteria })
        }
        PromotionCriterion::Any(AnyCriterion { criteria }) => {
            let criteria = check_each(criteria, facts);
            CriterionResult::Any(AnyResult { verdict: any_of(&criteria), criteria })
        }
        PromotionCriterion::Tenure(asked) => CriterionResult::Tenure(tenure(asked, facts)),
        PromotionCriterion::Grades(asked) => CriterionResult::Grades(grades(asked, facts)),
        PromotionCriterion::Title(asked) => CriterionResult::Title(title(asked, facts)),
        PromotionCriterion::SessionsTotal(asked) => CriterionResult::SessionsTotal(sessions_total(asked, facts)),
        PromotionCriterion::ScoreAverage(asked) => CriterionResult::ScoreAverage(score_average(asked, facts)),
        PromotionCriterion::NoOpenNotice(_) => CriterionResult::NoOpenNotice(NoOpenNoticeResult {
            verdict: Verdict::when(facts.open_notices.is_empty()),
            open_notice_ids: facts.open_notices.clone(),
        }),
        PromotionCriterion::External(asked) => CriterionResult::External(external(asked, facts)),
    }
}

/// Waived if every criterion passes, and one of them only because it is waived.
fn all_of(results: &[CriterionResult]) -> Verdict {
    let any = |verdict: Verdict| results.iter().any(|result| result.verdict() == verdict);
    if any(Verdict::NotMet) {
        Verdict::NotMet
    } else if any(Verdict::Waived) {
        Verdict::Waived
    } else {
        Verdict::Met
    }
}

/// Waived if none is met, and one of them is waived.
fn any_of(results: &[CriterionResult]) -> Verdict {
    let any = |verdict: Verdict| results.iter().any(|result| result.verdict() == verdict);
    if any(Verdict::Met) {
        Verdict::Met
    } else if any(Verdict::Waived) {
        Verdict::Waived
    } else {
        Verdict::NotMet
    }
}

fn check_each(criteria: &[PromotionCriterion], facts: &Facts) -> Vec<CriterionResult> {
    criteria.iter().map(|criterion| check(criterion, facts)).collect()
}

/// Met if day of the check ≥ appointment + months (clamped to the end of the month) + days suspended.
fn tenure(asked: &TenureCriterion, facts: &Facts) -> TenureResult {
    let suspended_days = facts.appointed_on.map_or(0, |appointed| suspended_days(appointed, facts));
    let met_on = facts
        .appointed_on
        .and_then(|appointed| appointed.checked_add_months(Months::new(asked.months)))
        .and_then(|day| day.checked_add_days(Days::new(u64::from(suspended_days))));
    TenureResult {
        verdict: Verdict::when(met_on.is_some_and(|day| facts.asked_on >= day)),
        months: asked.months,
        appointed_on: facts.appointed_on,
        suspended_days,
        met_on,
    }
}

/// Days of suspension from the appointment to the day of the check. A day in several suspensions counts once.
fn suspended_days(appointed: NaiveDate, facts: &Facts) -> u32 {
    let mut spans: Vec<(NaiveDate, NaiveDate)> = facts
        .suspensions
        .iter()
        .map(|(first, last)| (*first.max(&appointed), *last.min(&facts.asked_on)))
        .filter(|(first, last)| first <= last)
        .collect();
    spans.sort_unstable();
    let mut days = 0;
    let mut counted_to: Option<NaiveDate> = None;
    for (first, last) in spans {
        let from = counted_to.and_then(|day| day.succ_opt()).map_or(first, |next| next.max(first));
        if from <= last {
            days += (last - from).num_days() + 1;
            counted_to = Some(last);
        }
    }
    u32::try_from(days).unwrap_or(u32::MAX)
}

fn grades(asked: &GradesCriterion, facts: &Facts) -> GradesResult {
    let mut months = latest_months(facts, asked.periods, asked.within_months, asked.programme_id);
    for (evidence, results) in &mut months {
        if evidence.state == MonthState::Rated {
            let reached = |result: &&ClosedResult| {
                let rating = result.rating.as_ref();
                rating.is_none_or(|rating| grade_reaches(&facts.grades, &rating.grade, &asked.every))
            };
            evidence.reached = Some(results.iter().all(reached));
        }
    }
    let months: Vec<MonthEvidence> = months.into_iter().map(|(evidence, _)| evidence).collect();
    let missing_months = missing(&months, asked.periods);
    let all = months.iter().all(|month| month.reached != Some(false));
    GradesResult {
        verdict: Verdict::when(missing_months == 0 && all),
        periods: asked.periods,
        every: asked.every.clone(),
        missing_months,
        months,
    }
}

fn score_average(asked: &ScoreAverageCriterion, facts: &Facts) -> ScoreAverageResult {
    let months = latest_months(facts, asked.periods, asked.within_months, asked.programme_id);
    let of_months: Vec<Ratio> = months.iter().filter_map(|(_, results)| mean(&scores(results))).collect();
    let average = mean(&of_months).map(|mean| Score::round(&mean));
    let months: Vec<MonthEvidence> = months.into_iter().map(|(evidence, _)| evidence).collect();
    let missing_months = missing(&months, asked.periods);
    let reached = average.is_some_and(|average| average.to_ratio() >= asked.at_least.to_ratio());
    ScoreAverageResult {
        verdict: Verdict::when(missing_months == 0 && reached),
        periods: asked.periods,
        at_least: asked.at_least,
        average,
        missing_months,
        months,
    }
}

fn scores(results: &[&ClosedResult]) -> Vec<Ratio> {
    results.iter().filter_map(|result| result.rating.as_ref()?.score).map(Score::to_ratio).collect()
}

fn mean(numbers: &[Ratio]) -> Option<Ratio> {
    let sum = numbers.iter().fold(Ratio::zero(), |sum, number| sum + number);
    divide(&sum, &whole(numbers.len()))
}

fn missing(months: &[MonthEvidence], asked: u32) -> u32 {
    let rated = months.iter().filter(|month| month.state == MonthState::Rated).count();
    asked.saturating_sub(u32::try_from(rated).unwrap_or(u32::MAX))
}

/// The months of the span, latest first, until enough of them are rated; each with the results that count for it.
fn latest_months(
    facts: &Facts,
    periods: u32,
    within_months: u32,
    programme: Option<Uuid>,
) -> Vec<(MonthEvidence, Vec<&ClosedResult>)> {
    let latest = Period::containing(facts.asked_on, Cycle::Month).and_then(Period::previous);
    let span = usize::try_from(within_months).unwrap_or_default();
    let mut months = Vec::new();
    let mut rated = 0;
    for month in std::iter::successors(latest, |month| month.previous()).take(span) {
        if rated == periods {
            break;
        }
        let of_month = results_of(facts, month, programme);
        let state = match of_month.as_slice() {
            [] => MonthState::NoResult,
            results if results.iter().any(|result| result.rating.is_some()) => MonthState::Rated,
            _ => MonthState::NotRated,
        };
        rated += u32::from(state == MonthState::Rated);
        let results = of_month.iter().map(|result| month_result(result)).collect();
        months.push((MonthEvidence { month, state, reached: None, results }, of_month));
    }
    months
}

/// The closed periods that contain the month.
fn results_of(facts: &Facts, month: Period, programme: Option<Uuid>) -> Vec<&ClosedResult> {
    let (first_day, last_day) = (month.first_day(), month.last_day());
    let holds = |result: &&ClosedResult| result.of.first_day <= first_day && last_day <= result.of.last_day;
    let of_programme = |result: &&ClosedResult| programme.is_none_or(|programme| result.of.programme_id == programme);
    facts.results.iter().filter(holds).filter(of_programme).collect()
}

fn month_result(result: &ClosedResult) -> MonthResult {
    let rating = result.rating.as_ref();
    MonthResult {
        programme_id: result.of.programme_id,
        programme_code: result.of.programme_code.clone(),
        period: result.of.period,
        rule_version: result.of.rule_version,
        score: rating.and_then(|rating| rating.score),
        grade: rating.map(|rating| rating.grade.clone()),
    }
}

fn title(asked: &TitleCriterion, facts: &Facts) -> TitleResult {
    let held = facts.titles.iter().find(|(code, _)| *code == *asked.code);
    TitleResult {
        verdict: Verdict::when(held.is_some()),
        code: asked.code.to_string(),
        granted_at: held.map(|(_, granted_at)| *granted_at),
    }
}

/// Met by a certificate of competence of that kind that is valid on the day of the check: of several by the one that is valid longest.
fn external(asked: &ExternalCriterion, facts: &Facts) -> ExternalResult {
    let own = facts.competences.iter().filter(|one| one.kind == asked.key);
    let longest = own.max_by_key(|one| (one.valid_to.is_none(), one.valid_to, one.id));
    ExternalResult {
        verdict: Verdict::when(longest.is_some()),
        key: asked.key.to_string(),
        certificate: longest.map(|one| CertificateEvidence {
            id: one.id,
            issuer: one.issuer.clone(),
            starts_on: one.valid_from,
            ends_on: one.valid_to,
        }),
    }
}

/// The unrounded sum of credits over the sessions of closed periods from the appointment to the day of the check.
fn sessions_total(asked: &SessionsTotalCriterion, facts: &Facts) -> SessionsTotalResult {
    let counts = |result: &&ClosedResult| {
        asked.programme_id.is_none_or(|programme| result.of.programme_id == programme)
            && facts.appointed_on.is_some_and(|appointed| result.of.last_day >= appointed)
            && result.of.first_day <= facts.asked_on
    };
    let since = |session: &&Taught| {
        facts.appointed_on.is_some_and(|appointed| appointed <= session.on) && session.on <= facts.asked_on
    };
    let credits = |result: &ClosedResult| {
        let own = result.sessions.iter().filter(since);
        own.fold(Ratio::zero(), |sum, session| sum + session.credit.to_ratio())
    };
    let counted: Vec<(&ClosedResult, Ratio)> =
        facts.results.iter().filter(counts).map(|result| (result, credits(result))).collect();
    let total = counted.iter().fold(Ratio::zero(), |sum, (_, credits)| sum + credits);
    let of_period = |(result, credits): &(&ClosedResult, Ratio)| SessionsOfPeriod {
        programme_id: result.of.programme_id,
        period: result.of.period,
        session_count: MetricValue::round(credits),
    };
    let mut periods: Vec<SessionsOfPeriod> = counted.iter().map(of_period).collect();
    periods.sort_by_key(|of| (std::cmp::Reverse(of.period), of.programme_id));
    let missing = (asked.at_least.to_ratio() - &total).max(Ratio::zero());
    SessionsTotalResult {
        verdict: Verdict::when(missing.is_zero()),
        at_least: asked.at_least,
        total: MetricValue::round(&total),
        missing: MetricValue::round(&missing),
        periods,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
