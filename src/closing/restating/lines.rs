//! The lines of a restatement: whose facts or results differ from the snapshot that counts, and what that proposes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::differences::{BySession, Case, Difference, Given, Held, Limits, differences};
use super::model::{NewLine, Proposal, Restatement};
use super::queries;
use super::runs::{Regraded, RunDifference, Runs};
use crate::closing::computation::{Outcome, Terms};
use crate::closing::granting::{DEFAULT_PAY_ITEM, by_code, reason};
use crate::closing::late::{LateFact, LateResult, LateReward, Sides, late_facts};
use crate::closing::queries as snapshots;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::money::Currency;
use crate::programmes::documents::policy::RewardPolicy;
use crate::rewards::certificates;
use crate::rewards::ledger::{self, Had};
use crate::scoring::rule::ScoringRule;

/// The results of the snapshot that counts.
pub struct Before<'s, 'r> {
    snapshot: Uuid,
    currency: Currency,
    sides: &'s Sides<'r>,
}

impl<'s, 'r> Before<'s, 'r> {
    #[must_use]
    pub fn new(snapshot: Uuid, currency: Currency, sides: &'s Sides<'r>) -> Self {
        Self { snapshot, currency, sides }
    }

    /// Those of these people; who is not in the snapshot is left out.
    async fn of(&self, tx: &mut Tx<'_>, people: &[Uuid]) -> Result<BTreeMap<Uuid, LateResult>> {
        let records: BTreeMap<Uuid, Uuid> =
            people.iter().filter_map(|person| Some((self.sides.record(*person)?, *person))).collect();
        let asked: Vec<Uuid> = records.keys().copied().collect();
        let found = snapshots::stood(tx, self.snapshot, &asked).await?;
        let result = |row: snapshots::Stood| {
            let person = records.get(&row.employee_id).copied().unwrap_or(row.employee_id);
            Ok((person, LateResult::stored(row, self.currency)?))
        };
        found.into_iter().map(result).collect()
    }

    /// Whose results are other ones now.
    pub async fn moved(&self, tx: &mut Tx<'_>, outcomes: &[Outcome<'_>], size: usize) -> Result<BTreeSet<Uuid>> {
        let mut moved = BTreeSet::new();
        for chunk in outcomes.chunks(size.max(1)) {
            let people: Vec<Uuid> = chunk.iter().map(|outcome| outcome.own.employee_id).collect();
            let before = self.of(tx, &people).await?;
            let is_other = |outcome: &&Outcome<'_>| {
                before.get(&outcome.own.employee_id) != Some(&LateResult::new(outcome, self.currency))
            };
            moved.extend(chunk.iter().filter(is_other).map(|outcome| outcome.own.employee_id));
        }
        Ok(moved)
    }
}

/// What it takes to write them.
pub struct Lines<'l, 's, 'r> {
    restatement: &'l Restatement,
    before: &'l Before<'s, 'r>,
    terms: &'l Terms,
    /// With as many ratings as may be shown.
    rule: ScoringRule,
    limits: Limits<'l>,
    policies: BTreeMap<&'l str, &'l RewardPolicy>,
    had: BTreeMap<Uuid, Vec<Had>>,
    certificates: BTreeMap<Uuid, BTreeMap<Held, bool>>,
    runs: Runs,
}

/// Somebody in the restatement; without an outcome: no longer in the period.
type Touched<'o> = (Uuid, Option<Outcome<'o>>);

impl<'l, 's, 'r> Lines<'l, 's, 'r> {
    pub async fn prepare(
        tx: &mut Tx<'_>,
        restatement: &'l Restatement,
        before: &'l Before<'s, 'r>,
        terms: &'l Terms,
        k: u32,
        outcomes: &[Outcome<'_>],
    ) -> Result<Self> {
        let by_priority = terms.policies.by_priority().into_iter().enumerate();
        let limits = Limits {
            order: by_priority.map(|(place, policy)| (policy.terms().code, place)).collect(),
            take_back: terms.policies.take_back,
            person_cap_minor: terms.policies.person_cap_minor,
            held: outcomes.iter().any(|outcome| outcome.lines.iter().any(|line| line.over_budget)),
        };
        let (programme, period) = (restatement.programme_id, &restatement.period);
        let mut had: BTreeMap<Uuid, Vec<Had>> = BTreeMap::new();
        for own in ledger::had(tx, programme, period).await? {
            had.entry(own.employee_id).or_default().push(own);
        }
        let mut issued: BTreeMap<Uuid, BTreeMap<Held, bool>> = BTreeMap::new();
        for own in certificates::issued(tx, programme, period).await? {
            let held = (own.policy_code.unwrap_or_default(), own.certificate_code);
            issued.entry(own.employee_id).or_default().insert(held, own.revoked_at.is_none());
        }
        let policies = by_code(&terms.policies);
        let rule = terms.rule.needing_ratings(k);
        let runs = Runs::find(tx, programme, terms).await?;
        Ok(Self { restatement, before, terms, rule, limits, policies, had, certificates: issued, runs })
    }

    /// Writes the lines of those who are `touched`, some at a time. `changed`: whose facts differ.
    pub async fn write(
        &self,
        tx: &mut Tx<'_>,
        outcomes: &[Outcome<'_>],
        touched: &BTreeSet<Uuid>,
        changed: &BTreeSet<Uuid>,
        size: usize,
    ) -> Result<()> {
        let there = outcomes.iter().filter(|outcome| touched.contains(&outcome.own.employee_id));
        let there = there.map(|outcome| (outcome.own.employee_id, Some(*outcome)));
        let gone = self.before.sides.gone().map(|person| (person, None));
        let all: Vec<Touched<'_>> = there.chain(gone).collect();
        for chunk in all.chunks(size.max(1)) {
            self.write_chunk(tx, chunk, changed).await?;
        }
        Ok(())
    }

    async fn write_chunk(&self, tx: &mut Tx<'_>, chunk: &[Touched<'_>], changed: &BTreeSet<Uuid>) -> Result<()> {
        let people: Vec<Uuid> = chunk.iter().map(|(person, _)| *person).collect();
        let mut before = self.before.of(tx, &people).await?;
        let mut facts = self.facts(tx, &people, changed).await?;
        let mut runs = self.runs.differences(tx, &regraded(chunk, &before)).await?;
        let (mut lines, mut proposals) = (Vec::new(), Vec::new());
        for (person, outcome) in chunk {
            let was = before.remove(person);
            let is = outcome.map(|outcome| LateResult::new(&outcome, self.before.currency));
            let line = tx.id();
            let is_changed = changed.contains(person);
            for difference in self.differences(*person, outcome.as_ref(), (was.as_ref(), is.as_ref()), is_changed) {
                proposals.push(self.proposal(tx, line, *person, outcome.as_ref(), difference));
            }
            for difference in runs.remove(person).unwrap_or_default() {
                proposals.push(self.proposal_of_run(tx, line, *person, difference)?);
            }
            let json = |result: Option<LateResult>| result.map(serde_json::to_value).transpose();
            lines.push(NewLine {
                tenant_id: tx.tenant,
                id: line,
                restatement_id: self.restatement.id,
                employee_id: *person,
                facts: serde_json::to_value(facts.remove(person).unwrap_or_default()).map_err(Error::internal)?,
                before: json(was).map_err(Error::internal)?,
                after: json(is).map_err(Error::internal)?,
            });
        }
        queries::insert_lines(tx, &lines).await?;
        queries::insert_proposals(tx, &proposals).await?;
        Ok(())
    }

    /// The facts that differ, of those whose facts do.
    async fn facts(
        &self,
        tx: &mut Tx<'_>,
        people: &[Uuid],
        changed: &BTreeSet<Uuid>,
    ) -> Result<BTreeMap<Uuid, Vec<LateFact>>> {
        let people: Vec<Uuid> = people.iter().filter(|person| changed.contains(person)).copied().collect();
        let pairs = self.before.sides.pairs(tx, &people).await?;
        pairs
            .into_iter()
            .map(|pair| Ok((pair.employee, late_facts(&self.rule, pair.was.as_ref(), pair.is.as_ref())?)))
            .collect()
    }

    /// What the person's rewards propose. What nothing has changed about is decided.
    fn differences(
        &self,
        person: Uuid,
        outcome: Option<&Outcome<'_>>,
        (was, is): (Option<&LateResult>, Option<&LateResult>),
        is_changed: bool,
    ) -> Vec<Difference> {
        let none = BTreeMap::new();
        let had = self.had.get(&person).map(Vec::as_slice).unwrap_or_default();
        let certificates = self.certificates.get(&person).unwrap_or(&none);
        let known = self.limits.order.keys().copied();
        let known = known.chain(had.iter().map(|own| own.policy_code.as_str()));
        let known: BTreeSet<&str> = known.chain(certificates.keys().map(|(policy, _)| policy.as_str())).collect();
        let decided = known.into_iter().filter(|policy| !is_changed && granted(was, policy) == granted(is, policy));
        let decided: BTreeSet<String> = decided.map(str::to_owned).collect();
        let due = outcome.map(|outcome| outcome.lines).unwrap_or_default();
        let before = was.and_then(|result| result.rewards.as_deref()).unwrap_or_default();
        differences(&self.limits, Case { due, had, certificates, decided: &decided, before: &by_session(before) })
    }

    fn proposal(
        &self,
        tx: &Tx<'_>,
        line: Uuid,
        person: Uuid,
        outcome: Option<&Outcome<'_>>,
        found: Difference,
    ) -> Proposal {
        let policy = self.policies.get(found.policy.as_str());
        let (code, params) = self.ground(policy.copied(), outcome, &found);
        let pay_item = policy.and_then(|policy| policy.terms().pay_item_code).unwrap_or(DEFAULT_PAY_ITEM);
        Proposal {
            tenant_id: tx.tenant,
            id: tx.id(),
            restatement_id: self.restatement.id,
            line_id: line,
            employee_id: person,
            kind: found.kind,
            pay_item_code: pay_item.to_owned(),
            policy_code: found.policy,
            session_id: found.session_id,
            certificate_code: found.certificate,
            had_minor: found.had_minor,
            due_minor: found.due_minor,
            amount_minor: found.amount_minor,
            held: found.held,
            reason_code: code.to_owned(),
            reason_params: params,
            decline_reason: None,
            title_code: None,
            title_id: None,
            notice_id: None,
            firing: None,
            hold_reasons: (!found.gates.is_empty()).then(|| json!(found.gates)),
            opportunity_code: None,
            precedence_id: None,
        }
    }

    fn proposal_of_run(&self, tx: &Tx<'_>, line: Uuid, person: Uuid, found: RunDifference) -> Result<Proposal> {
        Ok(Proposal {
            tenant_id: tx.tenant,
            id: tx.id(),
            restatement_id: self.restatement.id,
            line_id: line,
            employee_id: person,
            kind: found.kind,
            policy_code: found.policy,
            session_id: None,
            certificate_code: None,
            had_minor: 0,
            due_minor: 0,
            amount_minor: 0,
            held: false,
            pay_item_code: DEFAULT_PAY_ITEM.to_owned(),
            reason_code: "restatement".to_owned(),
            reason_params: json!({ "period": self.terms.settings.period }),
            decline_reason: None,
            title_code: found.title_code,
            title_id: found.title_id,
            notice_id: found.notice_id,
            firing: Some(serde_json::to_value(found.firing).map_err(Error::internal)?),
            hold_reasons: None,
            opportunity_code: found.opportunity_code,
            precedence_id: found.precedence_id,
        })
    }

    /// Why: what the policy is about if the lecturer had nothing of it, or else the restatement.
    fn ground(
        &self,
        policy: Option<&RewardPolicy>,
        outcome: Option<&Outcome<'_>>,
        found: &Difference,
    ) -> (&'static str, Value) {
        let period = self.terms.settings.period;
        match (policy, outcome) {
            (Some(policy), Some(outcome)) if found.had_minor == 0 && found.due_minor > 0 => {
                reason(policy, outcome.own, (found.place, found.session_id), period)
            }
            _ => ("restatement", json!({ "period": period })),
        }
    }
}

/// Those whose grade has moved.
fn regraded<'g>(chunk: &'g [Touched<'_>], before: &'g BTreeMap<Uuid, LateResult>) -> Vec<Regraded<'g>> {
    let grades = chunk.iter().map(|(person, outcome)| {
        let was = before.get(person).and_then(|result| result.grade.as_deref());
        let is = outcome.as_ref().filter(|outcome| outcome.own.is_rated);
        (*person, was, is.and_then(|outcome| outcome.own.grade.as_deref()))
    });
    grades.filter(|(_, was, is)| was != is).collect()
}

/// What fees grant for each session in a result.
fn by_session(rewards: &[LateReward]) -> BySession {
    let of_session = rewards.iter().filter_map(|own| {
        let given = Given { amount_minor: own.amount?.amount_minor, gates: own.held_reasons.clone() };
        Some(((own.policy.clone(), own.session_id?), given))
    });
    of_session.collect()
}

/// What a policy grants in a result.
fn granted<'r>(result: Option<&'r LateResult>, policy: &str) -> Vec<&'r LateReward> {
    let rewards = result.and_then(|result| result.rewards.as_ref()).into_iter().flatten();
    rewards.filter(|reward| reward.policy == policy).collect()
}
