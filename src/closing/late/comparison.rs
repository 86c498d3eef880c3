//! What differs between the two sides, and what it would change: computed without holding the inputs of a population.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use super::changes::late_facts;
use super::dto::LateResult;
use super::sides::Pair;
use crate::closing::computation::{Draft, Outcome, Terms};
use crate::error::Result;
use crate::scoring::rule::ScoringRule;

/// One lecturer with late facts, or with another result because of those of others.
#[derive(Debug)]
pub struct Late {
    pub employee: Uuid,
    pub before: Option<LateResult>,
    pub after: Option<LateResult>,
}

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
    /// Who has late facts.
    late: BTreeSet<Uuid>,
}

impl Comparison {
    #[must_use]
    pub fn new(terms: &Arc<Terms>, rule: ScoringRule) -> Self {
        let draft = || Draft::new(Arc::clone(terms));
        let (before, after) = (draft(), draft());
        Self { terms: Arc::clone(terms), rule, before, after, differs: false, late: BTreeSet::new() }
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
            if !late_facts(&self.rule, was.as_ref(), is.as_ref())?.is_empty() {
                self.late.insert(*employee);
            }
        }
        Ok(self)
    }

    /// The first of `everyone` with late facts or another result, among those who may be shown. Where no inputs differ, nothing else
    /// does.
    pub fn late(self, everyone: &[Uuid], shown: impl Fn(Uuid) -> bool, fetch: usize) -> Vec<Late> {
        if !self.differs {
            return Vec::new();
        }
        let currency = self.terms.settings.currency;
        let (before, after) = (self.before.settle(), self.after.settle());
        let (mut old, mut new) = (before.outcomes(0).peekable(), after.outcomes(0).peekable());
        let mut late = Vec::new();
        for employee in everyone.iter().copied() {
            let is_of = |outcome: &Outcome<'_>| outcome.own.employee_id == employee;
            let result = |outcome: Outcome<'_>| LateResult::new(&outcome, currency);
            let (before, after) = (old.next_if(is_of).map(result), new.next_if(is_of).map(result));
            if late.len() < fetch && shown(employee) && (before != after || self.late.contains(&employee)) {
                late.push(Late { employee, before, after });
            }
        }
        late
    }
}
