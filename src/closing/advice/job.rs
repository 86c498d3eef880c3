//! Looks for findings: at every close, and on demand as a job. It is safe to run twice.

use std::collections::BTreeMap;

use futures_util::FutureExt as _;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::dto::{AdviceSettings, FindingState};
use super::facts::PeriodFacts;
use super::model::Finding;
use super::{queries, rules};
use crate::auth::Actor;
use crate::closing::what_if::latest_closed;
use crate::closing::{queries as snapshots, replay};
use crate::db::{Document, allow_large_sets, read_in_chunks};
use crate::error::{Error, Result};
use crate::jobs::{self, JobContext};
use crate::journal::{Circumstances, Tx, snapshot_tx, write_tx};
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::programmes::{self, latest_policies, latest_rule};
use crate::scoring::CHUNK;
use crate::state::State;

/// The kind of job.
pub const ADVICE_JOB: &str = "review_advice";

/// The work of the job: looks through the last closed periods of a programme.
pub async fn run_advice(context: JobContext) -> Result<Value> {
    let programme = context.job.request.get("programme").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let programme: Uuid = programme.ok_or_else(|| Error::internal("a review of no programme"))?;
    let found = review(&context.state, context.job.tenant_id, programme).await?;
    Ok(json!({ "programme_id": programme, "findings": found }))
}

/// Orders a review that follows from a close.
pub async fn order_review(state: &State, tenant: Uuid, programme: Uuid) -> Result<()> {
    write_tx(state, tenant, Actor::system(), Circumstances::default(), move |tx| {
        async move { jobs::enqueue(tx, ADVICE_JOB, json!({ "programme": programme })).await.map(drop) }.boxed()
    })
    .await
}

/// Looks for findings and stores them. Returns how many stand.
pub async fn review(state: &State, tenant: Uuid, programme: Uuid) -> Result<usize> {
    snapshot_tx(state, tenant, Actor::system(), Circumstances::default(), move |tx| {
        async move {
            allow_large_sets(tx.conn).await?;
            read_in_chunks(tx.conn).await?;
            review_in(tx, programme).await
        }
        .boxed()
    })
    .await
}

async fn review_in(tx: &mut Tx<'_>, programme: Uuid) -> Result<usize> {
    let programme = Thing::Programme.require(programmes::find(tx, programme).await?)?.id;
    let settings = queries::settings(tx, programme).await?.unwrap_or_default();
    let found = match latest_rule(tx, programme).await? {
        Some(rule) => {
            let policies = latest_policies(tx, programme).await?.map(|version| version.document.0);
            look(tx, programme, settings, (rule.document.0, policies)).await?
        }
        None => Vec::new(),
    };
    store(tx, programme, found).await
}

/// Adds up the last periods, one after the other, and looks for findings.
async fn look(
    tx: &mut Tx<'_>,
    programme: Uuid,
    settings: AdviceSettings,
    (rule, policies): (ScoringRule, Option<RewardPolicySet>),
) -> Result<Vec<rules::Finding>> {
    let mut periods = Vec::new();
    for period in latest_closed(tx, programme, i64::from(settings.periods)).await? {
        periods.extend(facts(tx, programme, period).await?);
    }
    periods.reverse();
    let looked = spawn_blocking(move || rules::find(&settings, &rule, policies.as_ref(), &periods));
    looked.await.map_err(Error::internal)
}

async fn facts(tx: &mut Tx<'_>, programme: Uuid, period: Period) -> Result<Option<PeriodFacts>> {
    let Some(snapshot) = snapshots::find_latest(tx, programme, &period).await? else { return Ok(None) };
    let terms = replay::terms(tx, &snapshot).await?;
    let mut facts = PeriodFacts::new(period, terms, snapshot.reward_total_minor);
    let (mut after, limit) = (Uuid::nil(), i64::try_from(CHUNK).map_err(Error::internal)?);
    loop {
        let cards = queries::cards(tx, snapshot.id, after, limit).await?;
        let Some(last) = cards.last().map(|own| own.employee_id) else { return Ok(Some(facts)) };
        after = last;
        let add = move || {
            for own in &cards {
                facts.add(own.department_id, &own.card);
            }
            facts
        };
        facts = spawn_blocking(add).await.map_err(Error::internal)?;
    }
}

/// What is found again is renewed, what is no longer found goes, and what was dismissed stays as it is.
async fn store(tx: &mut Tx<'_>, programme: Uuid, found: Vec<rules::Finding>) -> Result<usize> {
    let known = queries::all(tx, programme).await?;
    let mut known: BTreeMap<(&'static str, String), (Uuid, FindingState)> =
        known.into_iter().map(|own| ((own.code.slug(), own.subject), (own.id, own.state))).collect();
    let mut standing = 0;
    for finding in found {
        let before = known.remove(&(finding.code.slug(), finding.subject.clone()));
        let row = Finding {
            tenant_id: tx.tenant,
            id: before.map_or_else(|| tx.id(), |(id, _)| id),
            programme_id: programme,
            code: finding.code,
            subject: finding.subject,
            state: FindingState::Open,
            params: Document(finding.params),
            evidence: Document(finding.evidence),
            rule: finding.rule.map(Document),
            policies: finding.policies.map(Document),
            found_at: tx.now,
            dismissed_by_id: None,
            dismissed_at: None,
            dismiss_reason: None,
            version: 1,
        };
        match before {
            Some((_, FindingState::Dismissed)) => continue,
            Some((id, FindingState::Open)) => {
                queries::renew(tx, id, &row).await?;
            }
            None => {
                queries::insert(tx, &row).await?;
            }
        }
        standing += 1;
    }
    let open = known.into_values().filter(|(_, state)| *state == FindingState::Open);
    let gone: Vec<Uuid> = open.map(|(id, _)| id).collect();
    queries::delete(tx, &gone).await?;
    Ok(standing)
}
