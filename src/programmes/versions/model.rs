//! The programme and the start of a version.

use diesel::prelude::*;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::programmes::periods::PeriodColumn;
use crate::programmes::{Programme, queries as programmes};
use crate::versioned::{Heading, Version};

/// A version of the scoring rule of a programme.
pub type RuleVersion = Version<ScoringRule>;

/// A version of the reward policies of a programme.
pub type PolicyVersion = Version<RewardPolicySet>;

/// The programme of a version, and the first period in which it is in force.
#[derive(Debug, Clone, Queryable)]
pub struct Start {
    pub programme_id: Uuid,
    #[diesel(deserialize_as = PeriodColumn)]
    pub starts_period: Period,
}

impl Heading for Start {
    type Key = Uuid;
    type Owner = Programme;

    fn key(&self) -> Uuid {
        self.programme_id
    }

    fn details(&self) -> Map<String, Value> {
        let programme = ("programme_id".to_owned(), self.programme_id.to_string().into());
        let period = ("starts_period".to_owned(), self.starts_period.to_string().into());
        Map::from_iter([programme, period])
    }

    async fn lock(tx: &mut Tx<'_>, programme: Uuid) -> Result<Programme> {
        Thing::Programme.require(programmes::find_for_update(tx, programme).await?)
    }

    /// A close that waits for the programme has already taken its snapshot, without this version. It must start again.
    async fn touch(tx: &mut Tx<'_>, programme: &Programme) -> Result<()> {
        programmes::touch(tx, programme.id).await?;
        Ok(())
    }
}
