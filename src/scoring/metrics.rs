//! From frozen inputs to metric values.
//!
//! Only sessions that took place count, whether they qualify or not, unless a metric says otherwise. Ratings, cases, timeliness
//! and attendees count in full for every co-lecturer; only `session_count` and `teaching_minutes` are divided by credit.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use num_traits::Zero;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::MetricValue;
use super::inputs::{LecturerInputs, RatingSum, SessionInputs, SessionKind, SessionOutcome};
use super::metric::Metric;
use super::rule::ScoringRule;
use crate::kernel::decimal::Decimal;
use crate::kernel::ratio::{Ratio, divide, fraction, whole};

/// The value of a metric, or none if it is missing, and the number of facts that it is based on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Measurement {
    pub value: Option<MetricValue>,
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub n: u64,
}

/// The metrics of one lecturer in one period. The metrics without a key are always present. A feedback item is present only with
/// at least one answer, an external metric only if it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Measurements(BTreeMap<Metric, Measurement>);

impl Measurements {
    /// The measurement of a metric. A metric that is not listed is missing and has no facts.
    #[must_use]
    pub fn get(&self, metric: &Metric) -> Measurement {
        self.0.get(metric).copied().unwrap_or_default()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Metric, &Measurement)> {
        self.0.iter()
    }

    /// The same, but with another value of one metric.
    #[must_use]
    pub fn with(&self, metric: &Metric, value: MetricValue) -> Self {
        let mut changed = self.clone();
        changed.0.entry(metric.clone()).or_default().value = Some(value);
        changed
    }
}

impl FromIterator<(Metric, Measurement)> for Measurements {
    fn from_iter<I: IntoIterator<Item = (Metric, Measurement)>>(measured: I) -> Self {
        Self(measured.into_iter().collect())
    }
}

/// Computes every metric of the inputs.
#[must_use]
pub fn measure(rule: &ScoringRule, inputs: &LecturerInputs) -> Measurements {
    let keyless = [
        (Metric::SessionCount, session_count(rule, inputs)),
        (Metric::TeachingMinutes, teaching_minutes(rule, inputs)),
        (Metric::SubmissionTimeliness, submission_timeliness(inputs)),
        (Metric::FeedbackRating, feedback_rating(rule, inputs)),
        (Metric::ResponseRate, response_rate(inputs)),
        (Metric::ReuseCount, reuse_count(inputs)),
        (Metric::ReuseRate, reuse_rate(rule, inputs)),
        (Metric::KnowledgeConversionRate, knowledge_conversion_rate(inputs)),
        (Metric::VoluntaryShare, voluntary_share(inputs)),
    ];
    let items = item_keys(inputs)
        .into_iter()
        .map(|key| (Metric::FeedbackItem(key.to_owned()), feedback_item(rule, inputs, key)));
    let external = inputs
        .external
        .iter()
        .map(|(key, value)| (Metric::External(key.clone()), Measurement::of(&value.to_ratio(), 1)));
    keyless.into_iter().chain(items).chain(external).collect()
}

impl Measurement {
    fn of(value: &Ratio, n: u64) -> Self {
        Self { value: Some(MetricValue::round(value)), n }
    }

    fn missing(n: u64) -> Self {
        Self { value: None, n }
    }

    /// 100 × part / n; missing if n = 0.
    fn percentage(part: u64, n: u64) -> Self {
        match divide(&whole(100 * u128::from(part)), &whole(n)) {
            Some(value) => Self::of(&value, n),
            None => Self::missing(n),
        }
    }

    /// min(100, 100 × part / n); missing if n = 0. The limit is needed because more people may answer than were counted as
    /// present.
    fn percentage_held(part: u64, n: u64) -> Self {
        Self::percentage(part.min(n), n)
    }
}

/// Sum of credit over qualifying sessions; n = qualifying sessions; never missing.
fn session_count(rule: &ScoringRule, inputs: &LecturerInputs) -> Measurement {
    over_qualifying(rule, inputs, |session| session.credit.to_ratio())
}

/// Sum of credit × delivered minutes over qualifying sessions; n = qualifying sessions; never missing.
fn teaching_minutes(rule: &ScoringRule, inputs: &LecturerInputs) -> Measurement {
    over_qualifying(rule, inputs, |session| session.credit.to_ratio() * whole(session.minutes))
}

/// 100 × sessions with content at or before the due moment / delivered or missed sessions with a due moment. A missed session whose
/// content was in time counts as in time.
fn submission_timeliness(inputs: &LecturerInputs) -> Measurement {
    let due = inputs.sessions.iter().filter_map(|session| session.on_time);
    let (on_time, n) = due.fold((0, 0), |(on_time, n), timely| (on_time + u64::from(timely), n + 1));
    Measurement::percentage(on_time, n)
}

/// (m·p + Σ ratings) / (m + n) on a scale of 10, with the rule's prior weight m and prior mean p; missing if there are fewer
/// ratings than `min_responses`.
fn feedback_rating(rule: &ScoringRule, inputs: &LecturerInputs) -> Measurement {
    let ratings = inputs.delivered().flat_map(|session| &session.ratings);
    let (sum, n) = sum_on_ten(ratings.map(|rating| (rating.sum, rating.scale, rating.n)));
    if n < required_responses(rule) {
        return Measurement::missing(n);
    }
    let (prior_weight, prior_sum) = rule.feedback.prior();
    mean(&(prior_sum + sum), &(prior_weight + whole(n)), n)
}

/// The mean of an item's answers on a scale of 10, without a prior; missing if there are fewer answers than `min_responses`.
fn feedback_item(rule: &ScoringRule, inputs: &LecturerInputs, key: &str) -> Measurement {
    let answers = inputs.delivered().flat_map(|session| &session.items).filter(|item| item.key == key);
    let (sum, n) = sum_on_ten(answers.map(|item| (item.sum, item.scale, item.n)));
    if n < required_responses(rule) {
        return Measurement::missing(n);
    }
    mean(&sum, &whole(n), n)
}

/// min(100, 100 × ratings / attendees); n = attendees; missing without attendees.
fn response_rate(inputs: &LecturerInputs) -> Measurement {
    let ratings = inputs.delivered().flat_map(|session| &session.ratings).map(|rating| u64::from(rating.n)).sum();
    Measurement::percentage_held(ratings, attendees(inputs))
}

/// Distinct (person, content) pairs; n = those pairs; never missing.
fn reuse_count(inputs: &LecturerInputs) -> Measurement {
    let pairs = inputs.contents.iter().map(|content| u64::from(content.reused_by)).sum();
    Measurement::of(&whole(pairs), pairs)
}

/// 100 × current contents with a re-user / current contents; missing without any. What found its readers in an earlier month keeps
/// them, so that publishing often lowers nothing; an old content counts only where it raises the rate.
fn reuse_rate(rule: &ScoringRule, inputs: &LecturerInputs) -> Measurement {
    let current = inputs.contents.iter().filter(|content| content.is_current(rule.content_window_months));
    let (reused, n) = current.fold((0, 0), |(reused, n), content| (reused + u64::from(content.has_reuser()), n + 1));
    Measurement::percentage(reused, n)
}

/// min(100, 100 × confirmed cases / attendees); n = attendees; missing without attendees.
fn knowledge_conversion_rate(inputs: &LecturerInputs) -> Measurement {
    let cases = inputs.delivered().map(|session| u64::from(session.confirmed_cases)).sum();
    Measurement::percentage_held(cases, attendees(inputs))
}

/// 100 × delivered sessions of kind `voluntary` / delivered sessions; missing without delivered sessions.
fn voluntary_share(inputs: &LecturerInputs) -> Measurement {
    let voluntary = inputs.delivered().filter(|session| session.kind == SessionKind::Voluntary).count();
    Measurement::percentage(count(voluntary), count(inputs.delivered().count()))
}

/// Whether a session is delivered, long enough and has enough attendees.
#[must_use]
pub fn qualifies(rule: &ScoringRule, session: &SessionInputs) -> bool {
    is_enough(rule, session.state, session.minutes, session.attendees)
}

/// The same by what decides it alone.
#[must_use]
pub fn is_enough(rule: &ScoringRule, state: SessionOutcome, minutes: u32, attendees: u32) -> bool {
    state == SessionOutcome::Delivered && minutes >= rule.min_session_minutes && attendees >= rule.min_attendees
}

fn over_qualifying(
    rule: &ScoringRule,
    inputs: &LecturerInputs,
    amount: impl Fn(&SessionInputs) -> Ratio,
) -> Measurement {
    let qualifying = inputs.delivered().filter(|session| qualifies(rule, session));
    let (sum, n) = qualifying.fold((Ratio::zero(), 0), |(sum, n), session| (sum + amount(session), n + 1));
    Measurement::of(&sum, n)
}

/// The mean of ratings on a scale of 10, without a prior, and their number. None: there are none.
#[must_use]
pub fn mean_rating(ratings: &[RatingSum]) -> Option<(Ratio, u64)> {
    let (sum, n) = sum_on_ten(ratings.iter().map(|rating| (rating.sum, rating.scale, rating.n)));
    divide(&sum, &whole(n)).map(|mean| (mean, n))
}

/// The sum of ratings converted to a scale of 10 (rating × 10 / scale), and their number.
fn sum_on_ten(sums: impl Iterator<Item = (Decimal, NonZeroU32, u32)>) -> (Ratio, u64) {
    sums.fold((Ratio::zero(), 0), |(total, n), (sum, scale, ratings)| {
        (total + sum.to_ratio() * fraction(10, scale), n + u64::from(ratings))
    })
}

fn mean(sum: &Ratio, weight: &Ratio, n: u64) -> Measurement {
    divide(sum, weight).map_or(Measurement::missing(n), |value| Measurement::of(&value, n))
}

/// At least one, whatever the rule says, because no ratings have no mean.
fn required_responses(rule: &ScoringRule) -> u64 {
    u64::from(rule.feedback.min_responses.max(1))
}

fn attendees(inputs: &LecturerInputs) -> u64 {
    inputs.delivered().map(|session| u64::from(session.attendees)).sum()
}

fn item_keys(inputs: &LecturerInputs) -> BTreeSet<&str> {
    let answered = inputs.delivered().flat_map(|session| &session.items).filter(|item| item.n > 0);
    answered.map(|item| item.key.as_str()).collect()
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
