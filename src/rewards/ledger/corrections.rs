//! Corrections of what was granted: differences, up or down, that name the entry that they correct.
//!
//! An entry that corrects none, with all that correct it, is a small tree: its sum without what was rejected is what is left of the
//! entry, and is never below 0. Entries cannot be locked, so whoever moves such a sum holds the row of the period in which the
//! money was earned.

use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::holds::{Holds, reasons};
use super::model::{EntryNow, EntryState};
use super::queries::{self, GATED, LAST_EVENT, STATE};
use super::service::{Grant, SnapshotRef, grant};
use crate::auth::records_of;
use crate::db::{concat, join_large_sets, join_usual_sets, statement};
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::message::data;
use crate::kernel::money::Money;
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Thing};
use crate::programmes;

/// What is left of an entry of the ledger, with all that correct it.
#[derive(Debug)]
pub(super) struct Remainder {
    tree: Vec<EntryNow>,
    root: Uuid,
}

impl Remainder {
    /// Of the entry, or of the one that it corrects. Until the commit, nobody else moves it.
    pub(super) async fn lock(tx: &mut Tx<'_>, now: &EntryNow) -> Result<Self> {
        let period: Period = now.entry.earned_period.parse().map_err(Error::internal)?;
        lock_period(tx, now.entry.programme_id, &period).await?;
        let root = now.entry.corrects_id.unwrap_or(now.entry.id);
        Ok(Self { tree: queries::tree(tx, root).await?, root })
    }

    /// The entry that corrects none, as it is now.
    pub(super) fn corrected(&self) -> Result<&EntryNow> {
        let found = self.tree.iter().find(|now| now.entry.id == self.root);
        found.ok_or_else(|| Error::internal("a correction of nothing"))
    }

    /// The sum of everything that was not rejected.
    pub(super) fn minor(&self) -> i128 {
        self.standing().map(|now| i128::from(now.entry.amount_minor)).sum()
    }

    fn standing(&self) -> impl Iterator<Item = &EntryNow> {
        self.tree.iter().filter(|now| !matches!(now.state, EntryState::Rejected | EntryState::Voided))
    }
}

/// Refuses to reject an entry, or to take it up again, if its corrections would then take back more than is left: `change` is what
/// that does to the sum.
pub(super) async fn check_leaves(tx: &mut Tx<'_>, now: &EntryNow, change: i128) -> Result<()> {
    let remainder = Remainder::lock(tx, now).await?;
    if change >= 0 || remainder.minor() + change >= 0 {
        return Ok(());
    }
    let of_others = remainder.standing().filter(|other| other.entry.id != now.entry.id && other.entry.amount_minor < 0);
    let blocking: Vec<Uuid> = of_others.map(|other| other.entry.id).collect();
    let currency = now.entry.currency.parse().map_err(Error::internal)?;
    let left = i64::try_from(remainder.minor()).map_err(Error::internal)?;
    let refused = Error::new(Code::CorrectionsStand).with("left", data(Money::new(left, currency)));
    Err(refused.member("reward_ids", json!(blocking)))
}

/// Refuses to take up again what a restatement that was computed since the rejection has decided anew: the person would have it twice,
/// or what the restatement found not to be due. It decides anew where the facts of the person, or what the policy gives, have changed.
/// The period is locked.
pub(super) async fn check_not_replaced(tx: &mut Tx<'_>, now: &EntryNow) -> Result<()> {
    const REPLACED: &str = concat!(
        "SELECT l.id
  FROM reward_entries e
  LEFT JOIN reward_entries c ON c.tenant_id = :tenant AND c.id = e.corrects_id
 CROSS JOIN LATERAL (SELECT coalesce(e.policy_code, c.policy_code) AS policy) o
  JOIN restatements r ON r.tenant_id = :tenant AND r.programme_id = e.programme_id AND r.period = e.earned_period
                     AND r.state = 'accepted' AND r.created_at >= :rejected_at AND r.snapshot_id IS DISTINCT FROM e.snapshot_id
  JOIN restatement_lines l ON l.tenant_id = :tenant AND l.restatement_id = r.id AND l.employee_id IN ",
        records_of!("e.employee_id"),
        "
 CROSS JOIN LATERAL (SELECT jsonb_build_object('policy', o.policy) AS own) v
 WHERE e.tenant_id = :tenant AND e.id = :entry AND o.policy IS NOT NULL
   AND (l.facts <> '[]'
        OR coalesce(jsonb_path_query_array(l.before, '$.rewards[*] ? (@.policy == $policy)', v.own), '[]')
           <> coalesce(jsonb_path_query_array(l.after, '$.rewards[*] ? (@.policy == $policy)', v.own), '[]')
        OR EXISTS (SELECT FROM restatement_proposals p
                    WHERE p.tenant_id = :tenant AND p.line_id = l.id AND p.policy_code = o.policy))
 LIMIT 1"
    );
    let replaced = statement(REPLACED).bind("entry", now.entry.id).bind("rejected_at", now.state_since);
    let found = tx.complete(replaced).load_ids(tx.conn).await?;
    Thing::Reward.refuse_if(!found.is_empty(), Condition::RestatedSince, Condition::NotRestatedSince)
}

/// What a session was paid for moves what another period pays for it: it lies there if its start was corrected.
pub(super) async fn touch_fee(tx: &mut Tx<'_>, now: &EntryNow) -> Result<()> {
    let corrected: Vec<Uuid> = now.entry.corrects_id.into_iter().collect();
    let corrected = queries::find_many(tx, &corrected).await?;
    let entries = corrected.iter().chain([now]);
    let sessions: Vec<Uuid> = entries.filter_map(|own| own.entry.session_id).collect();
    Ok(tx.touch_sessions(&sessions).await?)
}

/// Locks the row of a period, and makes it if nobody has used the period yet.
pub(super) async fn lock_period(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> Result<()> {
    if queries::lock_period(tx, programme, period).await?.is_none() {
        let programme = Thing::Programme.require(programmes::find_for_share(tx, programme).await?)?;
        programmes::ensure_period(tx, &programme, period).await?;
        queries::lock_period(tx, programme.id, period).await?;
    }
    Ok(())
}

/// What somebody has of a policy for a period, or of a session fee: what snapshots granted and took back, and what people entered by
/// hand to correct it. The person is the one of the kept record.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Had {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Text)]
    pub policy_code: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub session_id: Option<Uuid>,
    /// By snapshots, without what was rejected.
    #[diesel(sql_type = BigInt)]
    pub computed_minor: i64,
    /// By snapshots, and rejected.
    #[diesel(sql_type = BigInt)]
    pub rejected_minor: i64,
    /// By hand, without what was rejected.
    #[diesel(sql_type = BigInt)]
    pub by_hand_minor: i64,
    /// Whether a gate holds any of it.
    #[diesel(sql_type = Bool)]
    pub is_gated: bool,
    /// Whether any of it is not approved yet.
    #[diesel(sql_type = Bool)]
    pub is_waiting: bool,
}

/// What everybody has of the policies of a programme for a period.
pub async fn had(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> Result<Vec<Had>> {
    const HAD: &str = concat!(
        "WITH found AS (
    SELECT coalesce(o.merged_into_id, o.id) AS employee_id, coalesce(e.policy_code, c.policy_code) AS policy_code,
           coalesce(e.session_id, c.session_id) AS session_id, e.amount_minor, e.snapshot_id IS NOT NULL AS is_computed, ",
        STATE,
        " IN ('rejected', 'voided') AS is_rejected, ",
        GATED,
        " AS is_gated, ",
        STATE,
        " IN ('granted', 'held') AS is_waiting
      FROM reward_entries e
      JOIN employees o ON o.tenant_id = :tenant AND o.id = e.employee_id
      LEFT JOIN reward_entries c ON c.tenant_id = :tenant AND c.id = e.corrects_id",
        LAST_EVENT,
        "
     WHERE e.tenant_id = :tenant AND e.programme_id = :programme AND e.earned_period = :period
)
SELECT employee_id, policy_code, session_id,
       coalesce(sum(amount_minor) FILTER (WHERE is_computed AND NOT is_rejected), 0)::bigint AS computed_minor,
       coalesce(sum(amount_minor) FILTER (WHERE is_computed AND is_rejected), 0)::bigint AS rejected_minor,
       coalesce(sum(amount_minor) FILTER (WHERE NOT is_computed AND NOT is_rejected), 0)::bigint AS by_hand_minor,
       bool_or(is_gated) AS is_gated, bool_or(is_waiting) AS is_waiting
  FROM found WHERE policy_code IS NOT NULL
 GROUP BY employee_id, policy_code, session_id ORDER BY employee_id, policy_code COLLATE \"C\", session_id"
    );
    let asked = statement(HAD).bind("programme", programme).bind("period", period.to_string()).planned_anew();
    join_large_sets(tx.conn).await?;
    let found = tx.complete(asked).load(tx.conn).await?;
    join_usual_sets(tx.conn).await?;
    Ok(found)
}

/// An amount that is taken back of what somebody has of a policy, or of a session fee.
#[derive(Debug, Clone)]
pub struct TakenBack {
    pub employee_id: Uuid,
    pub policy_code: String,
    pub session_id: Option<Uuid>,
    /// Above 0.
    pub amount_minor: i64,
    pub reason_code: &'static str,
    /// A JSON object.
    pub reason_params: Value,
}

/// Takes back what a restated snapshot no longer grants: of the entries granted last first, each down to what is left of it. Fails
/// with `busy` if less is left by now.
pub async fn take_back(tx: &mut Tx<'_>, snapshot: &SnapshotRef, backs: Vec<TakenBack>) -> Result<()> {
    lock_period(tx, snapshot.programme_id, &snapshot.period).await?;
    let people: Vec<Uuid> = backs.iter().map(|back| back.employee_id).collect();
    let mut left: BTreeMap<(Uuid, String, Option<Uuid>), Vec<Left>> = BTreeMap::new();
    for entry in left_of(tx, snapshot, people).await? {
        left.entry((entry.employee_id, entry.policy_code.clone(), entry.session_id)).or_default().push(entry);
    }
    let mut grants = Vec::new();
    for back in backs {
        let key = (back.employee_id, back.policy_code, back.session_id);
        let mut wanted = back.amount_minor;
        for entry in left.get_mut(&key).into_iter().flatten() {
            let taken = wanted.min(entry.left_minor);
            if taken > 0 {
                wanted -= taken;
                entry.left_minor -= taken;
                grants.push(entry.taken(taken, back.reason_code, back.reason_params.clone()));
            }
        }
        if wanted > 0 {
            return Err(Error::new(Code::Busy));
        }
    }
    let sessions: Vec<Uuid> = grants.iter().filter_map(|grant| grant.session_id).collect();
    tx.touch_sessions(&sessions).await?;
    grant(tx, snapshot, grants).await
}

/// What is left of an entry that a policy granted.
#[derive(Debug, QueryableByName)]
struct Left {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    /// The person of the kept record.
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
    #[diesel(sql_type = Text)]
    policy_code: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    session_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pay_item_code: String,
    #[diesel(sql_type = BigInt)]
    left_minor: i64,
    /// Held over budget, by gates as well or not: what is taken back of it waits as well, or it would be taken out of other money.
    #[diesel(sql_type = Bool)]
    over_budget: bool,
    /// The gates, if gates hold it.
    #[diesel(sql_type = Nullable<Jsonb>)]
    gates: Option<Value>,
}

impl Left {
    fn taken(&self, minor: i64, reason_code: &'static str, reason_params: Value) -> Grant {
        Grant {
            employee_id: self.employee_id,
            policy_code: self.policy_code.clone(),
            session_id: self.session_id,
            pay_item_code: self.pay_item_code.clone(),
            amount_minor: -minor,
            corrects: Some(self.id),
            holds: Holds { over_budget: self.over_budget, gates: reasons(self.gates.as_ref()) },
            reason_code,
            reason_params,
        }
    }
}

/// Whether the held entry `c` is held over budget, whatever else holds it: as [`Holds::after`] reads it from its history.
const HELD_OVER_BUDGET: &str = "EXISTS (
    SELECT FROM reward_entry_events h
     WHERE h.tenant_id = :tenant AND h.entry_id = c.id AND h.event = 'held' AND h.reason_code IS DISTINCT FROM 'gate'
       AND NOT EXISTS (SELECT FROM reward_entry_events v
                        WHERE v.tenant_id = :tenant AND v.entry_id = c.id AND v.seq > h.seq
                          AND (v.event = 'reconsidered'
                               OR v.event = 'released' AND coalesce(v.reason_code, 'budget_raised') = 'budget_raised')))";

/// The entries of these people that policies granted for the period and of which something is left, the latest first.
async fn left_of(tx: &mut Tx<'_>, snapshot: &SnapshotRef, people: Vec<Uuid>) -> Result<Vec<Left>> {
    const LEFT: &str = concat!(
        "WITH mine AS MATERIALIZED (
    SELECT o.id, coalesce(o.merged_into_id, o.id) AS person_id FROM employees o
     WHERE o.tenant_id = :tenant AND (o.id = ANY (:people) OR o.merged_into_id = ANY (:people))
), summed AS MATERIALIZED (
    SELECT coalesce(e.corrects_id, e.id) AS id, sum(e.amount_minor)::bigint AS left_minor,
           bool_or(e.corrects_id IS NULL AND ",
        STATE,
        " = 'held') AS is_held,
           jsonb_agg(last.hold_reasons) FILTER (WHERE e.corrects_id IS NULL AND ",
        GATED,
        ") -> 0 AS gates
      FROM mine
      JOIN reward_entries e ON e.tenant_id = :tenant AND e.employee_id = mine.id",
        LAST_EVENT,
        "
     WHERE e.programme_id = :programme AND e.earned_period = :period AND ",
        STATE,
        " NOT IN ('rejected', 'voided')
     GROUP BY coalesce(e.corrects_id, e.id)
)
SELECT c.id, mine.person_id AS employee_id, c.policy_code, c.session_id, c.pay_item_code, s.left_minor, s.gates,
       s.is_held AND ",
        HELD_OVER_BUDGET,
        " AS over_budget
  FROM summed s
  JOIN reward_entries c ON c.tenant_id = :tenant AND c.id = s.id
  JOIN mine ON mine.id = c.employee_id
 WHERE c.policy_code IS NOT NULL AND s.left_minor > 0
 ORDER BY c.id DESC"
    );
    let asked = statement(LEFT)
        .bind("people", people)
        .bind("programme", snapshot.programme_id)
        .bind("period", snapshot.period.to_string());
    Ok(tx.complete(asked).load(tx.conn).await?)
}
