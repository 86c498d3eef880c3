//! What a close grants: entries of the ledger, and certificates.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::computation::Settled;
use super::model::Snapshot;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::programmes::documents::policy::{Criterion, RewardPolicy, RewardPolicySet};
use crate::programmes::{PolicyVersion, Programme};
use crate::rewards::certificates::{self, NewCertificate};
use crate::rewards::entitlement::{Award, Participant};
use crate::rewards::ledger::{self, Grant, Holds, SnapshotRef};
use crate::rewards::rules::RewardLine;

/// The pay item of a policy that does not name one.
pub(super) const DEFAULT_PAY_ITEM: &str = crate::programmes::documents::policy::DEFAULT_PAY_ITEM;

/// About how many rewards are entered at a time.
const REWARDS: usize = 1_000;

/// Enters in the ledger what the policies grant, and issues the certificates.
pub(super) async fn write_rewards(
    tx: &mut Tx<'_>,
    programme: &Programme,
    version: &PolicyVersion,
    snapshot: &Snapshot,
    settled: &Settled,
) -> Result<()> {
    let reference = SnapshotRef {
        id: snapshot.id,
        programme_id: programme.id,
        policy_set_id: version.id,
        period: settled.terms.settings.period,
        currency: programme.currency,
        caused_by: tx.actor.answerable(),
    };
    let policies = by_code(&version.document);
    let mut grants = Vec::new();
    let mut awarded = Vec::new();
    for outcome in settled.outcomes(0) {
        for line in outcome.lines {
            let policy = policies.get(line.policy.as_str()).ok_or_else(|| Error::internal("a line of no policy"))?;
            match &line.award {
                Award::Money(_) => grants.push(grant(policy, outcome.own, line, reference.period)),
                Award::Certificate(award) => awarded.push(NewCertificate {
                    employee_id: line.employee_id,
                    policy_code: line.policy.clone(),
                    certificate_code: award.certificate.clone(),
                }),
            }
        }
        if grants.len() + awarded.len() >= REWARDS {
            ledger::grant(tx, &reference, std::mem::take(&mut grants)).await?;
            certificates::issue(tx, &reference, std::mem::take(&mut awarded)).await?;
        }
    }
    ledger::grant(tx, &reference, grants).await?;
    certificates::issue(tx, &reference, awarded).await?;
    Ok(())
}

pub(super) fn by_code(set: &RewardPolicySet) -> BTreeMap<&str, &RewardPolicy> {
    set.policies.iter().map(|policy| (policy.terms().code, policy)).collect()
}

fn grant(policy: &RewardPolicy, own: &Participant, line: &RewardLine, period: Period) -> Grant {
    let (reason_code, reason_params) = reason(policy, own, (line.place, line.session_id), period);
    Grant {
        employee_id: line.employee_id,
        policy_code: line.policy.clone(),
        session_id: line.session_id,
        pay_item_code: policy.terms().pay_item_code.unwrap_or(DEFAULT_PAY_ITEM).to_owned(),
        amount_minor: line.award.amount_minor(),
        corrects: None,
        holds: Holds { over_budget: line.over_budget, gates: line.held_reasons.clone() },
        reason_code,
        reason_params,
    }
}

/// Why a policy grants: a code, and the parameters of its words.
pub(super) fn reason(
    policy: &RewardPolicy,
    own: &Participant,
    (place, session): (Option<usize>, Option<Uuid>),
    period: Period,
) -> (&'static str, Value) {
    match policy {
        RewardPolicy::TopN(policy) => {
            let value = match &policy.metric {
                Criterion::Score => own.score.map(|score| score.to_string()),
                Criterion::Metric(metric) => own.measured(metric).value.map(|value| value.to_string()),
            };
            let (value, place) = (value.unwrap_or_default(), place.map(|place| place.to_string()));
            ("top_n", json!({ "period": period, "metric": policy.metric, "value": value, "place": place }))
        }
        RewardPolicy::SessionFee(_) => {
            let day = session.and_then(|session| own.day_of(session)).map(|day| day.to_string());
            ("session_fee", json!({ "period": period, "day": day }))
        }
        _ => ("grade_bonus", json!({ "period": period, "grade": own.grade.clone().unwrap_or_default() })),
    }
}
