//! Differences on the wire.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::{Difference, DifferenceKind};
use crate::kernel::language::Language;
use crate::kernel::message::Param;
use crate::kernel::period::Period;
use crate::programmes::versions::Start;
use crate::programmes::versions::dto::{VersionState, state};
use crate::versioned::{Version, Versioned};

/// With which version to compare.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CompareVersionsQuery {
    /// The earlier version, by id. If absent: the one that is in force until this one starts.
    pub with: Option<Uuid>,
}

/// What two versions differ in, in words.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionDifferencesResponse {
    pub programme_id: Uuid,
    /// The earlier version. Null: there is none, and everything is new.
    pub before: Option<ComparedVersion>,
    pub after: ComparedVersion,
    /// In the order of the later version; what is gone comes last. Empty: the documents say the same.
    #[schema(max_items = 5000)]
    pub differences: Vec<VersionDifference>,
}

/// A version that is compared.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparedVersion {
    pub id: Uuid,
    /// Version number in the programme.
    #[schema(minimum = 1)]
    pub version: i32,
    pub state: VersionState,
    pub starts_period: Period,
}

/// One difference between two versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionDifference {
    pub kind: DifferenceKind,
    /// JSON pointer to the place in the later version; if it is gone, in the earlier one.
    #[schema(max_length = 1000, examples("/rule/components/0/weight_bp"))]
    pub pointer: String,
    /// The whole difference as a sentence.
    #[schema(max_length = 20000, examples("Feedback rating, weight: 40 % instead of 50 %"))]
    pub text: String,
    /// The earlier value in words. Null: it had none.
    #[schema(max_length = 10000)]
    pub before: Option<String>,
    /// The later value in words. Null: it has none.
    #[schema(max_length = 10000)]
    pub after: Option<String>,
}

impl ComparedVersion {
    pub(super) fn new<D: Versioned<Heading = Start>>(version: &Version<D>) -> Self {
        Self {
            id: version.id,
            version: version.number,
            state: state(version.published_at),
            starts_period: version.heading.starts_period,
        }
    }
}

impl VersionDifference {
    pub(super) fn new(difference: &Difference, language: Language) -> Self {
        let said = |value: &Option<Param>| value.as_ref().map(|value| value.text(language));
        Self {
            kind: difference.kind(),
            pointer: difference.pointer.clone(),
            text: difference.text(language),
            before: said(&difference.before),
            after: said(&difference.after),
        }
    }
}
