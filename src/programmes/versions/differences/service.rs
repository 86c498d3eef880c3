//! Which versions are compared, and with what names.

use uuid::Uuid;

use super::dto::{ComparedVersion, VersionDifference, VersionDifferencesResponse};
use super::{Naming, Part, compare, policies, rule};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::language::Language;
use crate::kernel::phrases::Thing;
use crate::names::names;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::programmes::queries as programmes;
use crate::programmes::versions::queries::{Serving, group_names};
use crate::versioned::{self, Version};

/// A document that can be told in words.
pub(super) trait Told: Serving {
    fn parts(&self, naming: &Naming) -> Vec<Part>;

    /// The groups that it names.
    fn group_ids(&self) -> Vec<Uuid> {
        Vec::new()
    }
}

impl Told for ScoringRule {
    fn parts(&self, naming: &Naming) -> Vec<Part> {
        rule::parts(self, naming)
    }

    fn group_ids(&self) -> Vec<Uuid> {
        self.scored_groups().to_vec()
    }
}

impl Told for RewardPolicySet {
    fn parts(&self, naming: &Naming) -> Vec<Part> {
        policies::parts(self, naming)
    }
}

/// Compares a version with another one, or with the one that is in force until it starts.
pub(super) async fn differences<D: Told>(
    tx: &mut Tx<'_>,
    (programme, id): (Uuid, Uuid),
    with: Option<Uuid>,
    language: Language,
) -> Result<VersionDifferencesResponse> {
    let after: Version<D> = versioned::get(tx, programme, id).await?;
    let before: Option<Version<D>> = match with {
        Some(with) => Some(versioned::get(tx, programme, with).await?),
        None => replaced_by(tx, &after).await?,
    };
    let documents = before.iter().chain([&after]);
    let groups: Vec<Uuid> = documents.flat_map(|version| version.document.group_ids()).collect();
    let naming = Naming {
        names: names(tx).await?,
        groups: group_names(tx, &groups).await?.into_iter().collect(),
        currency: Thing::Programme.require(programmes::find(tx, programme).await?)?.currency,
    };
    let earlier = before.as_ref().map(|version| version.document.parts(&naming)).unwrap_or_default();
    let found = compare(&earlier, &after.document.parts(&naming));
    Ok(VersionDifferencesResponse {
        programme_id: programme,
        before: before.as_ref().map(ComparedVersion::new),
        after: ComparedVersion::new(&after),
        differences: found.iter().map(|difference| VersionDifference::new(difference, language)).collect(),
    })
}

/// The published version that is in force until this one starts.
async fn replaced_by<D: Told>(tx: &mut Tx<'_>, version: &Version<D>) -> Result<Option<Version<D>>> {
    let first = version.heading.starts_period.first_day();
    let day = if version.published_at.is_some() { first.pred_opt() } else { Some(first) };
    match day {
        Some(day) => Ok(D::in_force(tx, version.heading.programme_id, day).await?),
        None => Ok(None),
    }
}
