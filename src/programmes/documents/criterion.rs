//! By what a reward policy compares people.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use super::metric::{Metric, UnknownMetric};

/// The criterion by which people are compared: the name of a metric, or `score`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Criterion {
    Score,
    Metric(Metric),
}

impl Criterion {
    /// The metric; none for the score.
    #[must_use]
    pub fn metric(&self) -> Option<&Metric> {
        match self {
            Self::Score => None,
            Self::Metric(metric) => Some(metric),
        }
    }
}

const SCORE: &str = "score";

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Score => f.write_str(SCORE),
            Self::Metric(metric) => metric.fmt(f),
        }
    }
}

impl FromStr for Criterion {
    type Err = UnknownMetric;

    fn from_str(text: &str) -> Result<Self, UnknownMetric> {
        if text == SCORE { Ok(Self::Score) } else { text.parse().map(Self::Metric) }
    }
}

impl Serialize for Criterion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Criterion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl utoipa::PartialSchema for Criterion {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("The name of a metric, or `score`."))
            .pattern(Some("^([a-z_]+|(feedback_item|external):[A-Za-z0-9][A-Za-z0-9._-]{0,63})$"))
            .max_length(Some(80))
            .examples([serde_json::Value::from(SCORE), serde_json::Value::from("feedback_rating")])
            .into()
    }
}

impl ToSchema for Criterion {}
