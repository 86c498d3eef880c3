//! Who may be promoted to a position: all lecturers of a company, checked part by part. Each part is read by a few statements for all of
//! its lecturers, and judged by the rule of the single check ([`super::rules`]).

pub mod dto;
mod export;
mod queries;
pub mod routes;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use uuid::Uuid;

use self::dto::{EligibleHead, EligibleLecturer};
use self::queries::Part;
use super::checks::Judged;
use super::facts::{self, Sought, Way};
use super::policies::{self, PromotionPolicy};
use super::rules::Facts;
use crate::auth::rights::PromotionsRead;
use crate::db::read_in_chunks;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::phrases::Thing;
use crate::people::{employee_refs, visible};

/// Number of lecturers of a part.
const PART: i64 = 1_000;

/// What is asked of every lecturer.
#[derive(Debug, Clone)]
pub struct Question {
    policy: Arc<PromotionPolicy>,
    sought: Arc<Sought>,
}

impl Question {
    /// The policy in force for the position. 404 if there is none.
    pub async fn new(tx: &mut Tx<'_>, target_code: &str, on: NaiveDate) -> Result<Self> {
        let policy = Thing::PromotionPolicy.require(policies::in_force(tx, target_code).await?)?;
        let sought = Sought::new(tx, &policy, on, false).await?;
        Ok(Self { policy: Arc::new(policy), sought: Arc::new(sought) })
    }

    /// By what and for when lecturers are checked.
    #[must_use]
    pub fn head(&self) -> EligibleHead {
        EligibleHead::new(&self.policy, self.sought.on())
    }

    /// Those of a part who are eligible and whom the caller may see, with the last one who was looked at.
    async fn answer(&self, tx: &mut Tx<'_>, part: Part) -> Result<Answered> {
        let seen = visible::<PromotionsRead>(tx).await?;
        read_in_chunks(tx.conn).await?;
        let appointed = queries::appointed(tx, part, self.sought.on(), seen.ids()).await?;
        let Some(last) = appointed.keys().next_back().copied() else { return Ok(Answered::default()) };
        // With the people of a manager there may be others between them: a stretch of keys is for those who see everybody.
        let way = if seen.ids().is_none() { Way::Stretch } else { Way::Each };
        let facts = facts::read(tx, &self.sought, &appointed, way).await?;
        let policy = Arc::clone(&self.policy);
        // Beside the thread that serves requests.
        let passed = tokio::task::spawn_blocking(move || passed(&policy, &facts)).await.map_err(Error::internal)?;
        let ids: Vec<Uuid> = passed.iter().map(|(id, _)| *id).collect();
        let people = employee_refs(tx, &ids).await?;
        let lecturer = |(id, judged): (Uuid, Judged)| -> Result<EligibleLecturer> {
            Ok(EligibleLecturer {
                employee: people.get(id)?,
                appointed_on: appointed.get(&id).copied().flatten().ok_or_else(|| Error::internal("no lecturer"))?,
                verdict: judged.result.verdict(),
                waiver_ids: judged.waived.into_iter().map(|(_, waiver)| waiver).collect(),
            })
        };
        let found = passed.into_iter().map(lecturer).collect::<Result<_>>()?;
        Ok(Answered { found, last: Some(last) })
    }

    /// Those who follow one, until there are so many.
    async fn list(&self, tx: &mut Tx<'_>, after: Option<Uuid>, fetch: usize) -> Result<Vec<EligibleLecturer>> {
        let mut found = Vec::new();
        let mut part = Part { after, upto: None, limit: PART };
        while found.len() < fetch {
            let answered = self.answer(tx, part).await?;
            found.extend(answered.found);
            match answered.last {
                None => break,
                last => part.after = last,
            }
        }
        found.truncate(fetch);
        Ok(found)
    }
}

/// The answer for a part. No last one: there was nobody.
#[derive(Debug, Default)]
struct Answered {
    found: Vec<EligibleLecturer>,
    last: Option<Uuid>,
}

/// Those who may be promoted, ordered by id.
fn passed(policy: &PromotionPolicy, facts: &BTreeMap<Uuid, Facts>) -> Vec<(Uuid, Judged)> {
    let judged = facts.iter().map(|(id, facts)| (*id, Judged::new(&policy.document, facts)));
    judged.filter(|(_, judged)| judged.result.verdict().passes()).collect()
}
