//! What differs between the two sides, and what it would change: computed without holding the inputs of a population.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use super::changes::late_facts;
use super::dto::LateResult;
use super::sides::Pair;
use super::walk::{Late, Packer};
use crate::closing::computation::{Draft, Outcome, Terms};
use crate::error::{Error, Result};
use crate::scoring::rule::ScoringRule;
use crate::state::Part;

/// Both sides under the frozen terms, as far as they have been compared.
#[derive(Debug)]
pub struct Comparison {
    terms: Arc<Terms>,
    /// The rule, with as many ratings as may be shown.
    rule: ScoringRule,
    before: Draft,
    after: Draft,
    /// Whether the inputs of anybody differ.
    differs: bool,
    /// Who has late facts, and which: as JSON, because it may be everybody.
    late: BTreeMap<Uuid, Vec<u8>>,
}

impl Comparison {
    #[must_use]
    pub fn new(terms: &Arc<Terms>, rule: ScoringRule) -> Self {
        let draft = || Draft::new(Arc::clone(terms));
        let (before, after) = (draft(), draft());
        Self { terms: Arc::clone(terms), rule, before, after, differs: false, late: BTreeMap::new() }
    }

    /// With these lecturers, who come in the order of their ids.
    pub fn with(mut self, pairs: Vec<Pair>) -> Result<Self> {
        for Pair { employee, was, is } in &pairs {
            if let (Some(was), Some(is)) = (was, is)
                && was == is
            {
                let card = self.before.add(was);
                self.after.put(is, &card);
                continue;
            }
            self.differs = true;
            if let Some(was) = was {
                self.before.add(was);
            }
            if let Some(is) = is {
                self.after.add(is);
            }
            let facts = late_facts(&self.rule, was.as_ref(), is.as_ref())?;
            if !facts.is_empty() {
                self.late.insert(*employee, serde_json::to_vec(&facts).map_err(Error::internal)?);
            }
        }
        Ok(self)
    }

    /// Those of `everyone` with late facts or another result, packed. Where no inputs differ, nothing else does.
    pub fn packed(self, everyone: &[Uuid]) -> Result<Vec<Part>> {
        let mut packer = Packer::default();
        self.each(everyone, |late| packer.add(late))?;
        packer.finish()
    }

    /// How many of `everyone` have late facts or another result.
    pub fn count(self, everyone: &[Uuid]) -> Result<usize> {
        let mut count = 0;
        self.each(everyone, |_| {
            count += 1;
            Ok(())
        })?;
        Ok(count)
    }

    fn each(mut self, everyone: &[Uuid], mut take: impl FnMut(Late) -> Result<()>) -> Result<()> {
        if !self.differs {
            return Ok(());
        }
        let currency = self.terms.settings.currency;
        let (before, after) = (self.before.settle(), self.after.settle());
        let (mut old, mut new) = (before.outcomes(0).peekable(), after.outcomes(0).peekable());
        for employee in everyone.iter().copied() {
            let is_of = |outcome: &Outcome<'_>| outcome.own.employee_id == employee;
            let result = |outcome: Outcome<'_>| LateResult::new(&outcome, currency);
            let (before, after) = (old.next_if(is_of).map(result), new.next_if(is_of).map(result));
            let facts = self.late.remove(&employee);
            if before == after && facts.is_none() {
                continue;
            }
            let facts = facts.map(|facts| serde_json::from_slice(&facts)).transpose().map_err(Error::internal)?;
            take(Late { employee, facts: facts.unwrap_or_default(), before, after })?;
        }
        Ok(())
    }
}
