//! The names of the metrics (指标).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use crate::kernel::decimal::Decimal;

const FEEDBACK_ITEM: &str = "feedback_item:";
const EXTERNAL: &str = "external:";

/// A number derived from one lecturer's facts in one period. In JSON it is its name: `session_count`,
/// `feedback_item:practicality`, `external:exam_pass_rate`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    SessionCount,
    TeachingMinutes,
    SubmissionTimeliness,
    FeedbackRating,
    ResponseRate,
    ReuseCount,
    ReuseRate,
    KnowledgeConversionRate,
    VoluntaryShare,
    /// The mean of one item of the feedback form, given by the item's key.
    FeedbackItem(String),
    /// A value sent by an external system, given by its key.
    External(String),
}

/// A text that is not the name of a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownMetric;

/// The metrics without a key, in the order in which a statement lists them.
pub const KEYLESS: [Metric; 9] = [
    Metric::SessionCount,
    Metric::TeachingMinutes,
    Metric::SubmissionTimeliness,
    Metric::FeedbackRating,
    Metric::ResponseRate,
    Metric::ReuseCount,
    Metric::ReuseRate,
    Metric::KnowledgeConversionRate,
    Metric::VoluntaryShare,
];

impl Metric {
    /// The key of the metric, if it has one.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::FeedbackItem(key) | Self::External(key) => Some(key),
            _ => None,
        }
    }

    /// Whether its targets and minimums are reduced by the days on which a lecturer was away. True for metrics that count work
    /// over time; the others are rates, means or depend on other people.
    #[must_use]
    pub fn scales_with_leave(&self) -> bool {
        matches!(self, Self::SessionCount | Self::TeachingMinutes)
    }

    /// The greatest value that it can have, if there is one.
    #[must_use]
    pub fn greatest(&self) -> Option<Decimal> {
        match self {
            Self::SessionCount | Self::TeachingMinutes | Self::ReuseCount | Self::External(_) => None,
            Self::FeedbackRating | Self::FeedbackItem(_) => Some(Decimal::from(10)),
            Self::SubmissionTimeliness
            | Self::ResponseRate
            | Self::ReuseRate
            | Self::KnowledgeConversionRate
            | Self::VoluntaryShare => Some(Decimal::from(100)),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::SessionCount => "session_count",
            Self::TeachingMinutes => "teaching_minutes",
            Self::SubmissionTimeliness => "submission_timeliness",
            Self::FeedbackRating => "feedback_rating",
            Self::ResponseRate => "response_rate",
            Self::ReuseCount => "reuse_count",
            Self::ReuseRate => "reuse_rate",
            Self::KnowledgeConversionRate => "knowledge_conversion_rate",
            Self::VoluntaryShare => "voluntary_share",
            Self::FeedbackItem(_) => FEEDBACK_ITEM,
            Self::External(_) => EXTERNAL,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name(), self.key().unwrap_or_default())
    }
}

impl FromStr for Metric {
    type Err = UnknownMetric;

    /// Accepts any key. The validation of the rule checks its characters and length, together with everything else.
    fn from_str(text: &str) -> Result<Self, UnknownMetric> {
        if let Some(key) = text.strip_prefix(FEEDBACK_ITEM) {
            return Ok(Self::FeedbackItem(key.to_owned()));
        }
        if let Some(key) = text.strip_prefix(EXTERNAL) {
            return Ok(Self::External(key.to_owned()));
        }
        KEYLESS.into_iter().find(|metric| metric.name() == text).ok_or(UnknownMetric)
    }
}

impl fmt::Display for UnknownMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the name of a metric")
    }
}

impl std::error::Error for UnknownMetric {}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Metric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// The definitions from the scoring rules, one for each metric.
const MEANINGS: &str = "A number derived from one lecturer's facts in one period, or missing. It comes with `n`, the number of \
facts on which it is based. A session qualifies if it was delivered, was long enough and had enough attendees.

- `session_count`: sum of the lecturer's credit over qualifying sessions; n: those sessions
- `teaching_minutes`: sum of credit x delivered minutes over qualifying sessions; n: those sessions
- `submission_timeliness`: 100 x sessions whose content was submitted at or before the due moment / sessions delivered or \
missed; only sessions with a due moment; n: sessions delivered or missed; missing without any
- `feedback_rating`: (prior weight x prior mean + sum of the ratings) / (prior weight + n) on a scale of 10, over all delivered sessions; \
n: ratings; missing below `min_responses` and, unless the feedback is named, below the period's `feedback_min_k`
- `feedback_item:KEY`: mean of that item on a scale of 10, without a prior; n: answers
- `response_rate`: 100 x ratings / attendees, at most 100; n: attendees; missing without attendees
- `reuse_count`: distinct pairs of a person and a content that the person reused in the period, without the content's authors; \
n: pairs
- `reuse_rate`: 100 x current contents with a re-user / current contents; n: current contents; missing without any. A content is \
there if it was published before the period's end, not withdrawn before its start, and its session, if it has one, is not cancelled. It is \
current if it is there and was either published in the last `content_window_months` of the rule or reused in the period. It has a \
re-user if somebody other than its authors reused it at any time before the period's end
- `knowledge_conversion_rate`: 100 x confirmed application cases / attendees, at most 100; n: attendees; missing without attendees
- `voluntary_share`: 100 x voluntary delivered sessions / delivered sessions; n: delivered sessions; missing without any
- `external:KEY`: the latest value that an external system sent; n: 1; missing if none was sent

A missing value is never shown as a number. Values have 6 decimals.";

impl utoipa::PartialSchema for Metric {
    fn schema() -> RefOr<Schema> {
        let names = KEYLESS.map(|metric| metric.to_string()).join("|");
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some(MEANINGS))
            .pattern(Some(format!("^({names}|(feedback_item|external):[A-Za-z0-9][A-Za-z0-9._-]{{0,63}})$")))
            .max_length(Some(80))
            .examples([serde_json::Value::from("session_count"), serde_json::Value::from("feedback_item:practicality")])
            .into()
    }
}

impl utoipa::ToSchema for Metric {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::code_list::CodeList;
    use crate::names::Names;

    #[test]
    fn every_metric_has_a_name_in_both_languages() {
        for code in KEYLESS.map(|metric| metric.to_string()) {
            let name = Names::default().of(CodeList::Metrics, &code);
            assert!(name.zh != code && name.en != code, "{code}");
        }
    }

    #[test]
    fn a_name_survives_reading_and_writing() {
        let keyed = [Metric::FeedbackItem("practicality".into()), Metric::External("exam:2".into())];
        for metric in KEYLESS.into_iter().chain(keyed) {
            assert_eq!(metric.to_string().parse(), Ok(metric.clone()));
        }
        for text in ["", "score", "external", "feedback_item", "Session_count", "session_count "] {
            assert_eq!(text.parse::<Metric>(), Err(UnknownMetric), "{text}");
        }
    }
}
