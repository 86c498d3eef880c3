//! Sums of a lecturer's feedback as a statement shows them: by session where it stands apart, and the rest together.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::inputs::{ItemSum, RatingSum, SessionInputs};
use crate::error::{Error, Result};
use crate::kernel::decimal::Decimal;

/// Sums of feedback as they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// By session.
    pub apart: BTreeMap<Uuid, SessionSums>,
    pub together: SessionSums,
    /// The batches that are shown together, while the period is open: their texts go with the sums.
    pub batches: Vec<Uuid>,
}

/// Sums of feedback of one session, or of several together: one for each scale.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionSums {
    pub ratings: Vec<RatingSum>,
    pub items: Vec<ItemSum>,
}

impl Sums {
    /// The sums to which feedback of this session is added.
    pub fn of(&mut self, session: Uuid, is_apart: bool) -> &mut SessionSums {
        if is_apart { self.apart.entry(session).or_default() } else { &mut self.together }
    }

    /// The sums of sessions that are given under names: each stands apart.
    pub fn named(sessions: &[SessionInputs]) -> Result<Self> {
        Self::frozen(sessions, &sessions.iter().map(|session| session.session_id).collect())
    }

    /// The sums of sessions of which those in `apart` stand apart.
    pub fn frozen(sessions: &[SessionInputs], apart: &BTreeSet<Uuid>) -> Result<Self> {
        let mut sums = Self::default();
        for session in sessions {
            let own = sums.of(session.session_id, apart.contains(&session.session_id));
            session.ratings.iter().cloned().try_for_each(|rating| own.add_rating(rating))?;
            session.items.iter().cloned().try_for_each(|item| own.add_item(item))?;
        }
        Ok(sums)
    }
}

impl SessionSums {
    pub fn add_rating(&mut self, more: RatingSum) -> Result<()> {
        match self.ratings.iter_mut().find(|own| own.scale == more.scale) {
            Some(own) => (own.n, own.sum) = (own.n + more.n, plus(own.sum, more.sum)?),
            None => self.ratings.push(more),
        }
        Ok(())
    }

    pub fn add_item(&mut self, more: ItemSum) -> Result<()> {
        match self.items.iter_mut().find(|own| (&own.key, own.scale) == (&more.key, more.scale)) {
            Some(own) => (own.n, own.sum) = (own.n + more.n, plus(own.sum, more.sum)?),
            None => self.items.push(more),
        }
        Ok(())
    }
}

fn plus(a: Decimal, b: Decimal) -> Result<Decimal> {
    let sum = a.to_inner().checked_add(b.to_inner()).ok_or_else(|| Error::internal("a sum beyond its range"))?;
    Decimal::try_from(sum).map_err(Error::internal)
}
