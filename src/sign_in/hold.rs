//! Which changes wait for a second person.
//!
//! A door (a patch, a batch, a file) says what it is asked to change. What changes who signs in as somebody with a role, or gives
//! somebody access, or what a lecturer was worth on past days, is proposed and waits; the door leaves the old value. Everything else
//! the door writes at once.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

use super::change::{AccessChange, AccessChangeState, AccessField, NewAccessChange};
use super::queries::{self, Decision};
use crate::auth::{ActorKind, Identity};
use crate::db::{Constraint as _, statement};
use crate::error::{Code, Error, Result};
use crate::http::fingerprint;
use crate::journal::{Record, Tx};
use crate::kernel::hex::hex;
use crate::kernel::text::Reason;
use crate::keys::EmployeeKey;
use crate::schema::tenants;

/// A change that a door is asked for, unchanged values included: sending the old value withdraws what waits.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The person whose access it is.
    pub employee: Uuid,
    pub field: AccessField,
    /// Whose field it is, or which of several.
    pub target: String,
    pub present: Value,
    pub proposed: Value,
    /// Whether it can give or move access at all. What only takes access away never waits.
    pub gives: bool,
    /// The parts of the value that the door mentions; none: the whole value.
    pub mentions: Option<Vec<&'static str>>,
    /// The mark that it changes. It waits only if an issuer recognises people by this mark.
    pub key: Option<EmployeeKey>,
    /// Why, where that is asked.
    pub reason: Option<Reason>,
}

impl Asked {
    /// A change of a value of the employee that is no mark.
    #[must_use]
    pub fn of(employee: Uuid, field: AccessField, present: Value, proposed: Value) -> Self {
        Self {
            employee,
            field,
            target: employee.to_string(),
            present,
            proposed,
            gives: true,
            mentions: None,
            key: None,
            reason: None,
        }
    }

    /// A change of a mark of the employee.
    #[must_use]
    pub fn of_mark(employee: Uuid, key: EmployeeKey, present: Value, proposed: Value) -> Self {
        let (field, target) = match &key {
            EmployeeKey::EmployeeNumber => (AccessField::EmployeeNumber, employee.to_string()),
            EmployeeKey::Email => (AccessField::Email, employee.to_string()),
            EmployeeKey::ExternalId { system, kind } => {
                (AccessField::ExternalId, format!("{employee}/{system}/{kind}"))
            }
        };
        Self { target, key: Some(key), ..Self::of(employee, field, present, proposed) }
    }

    /// Whether something else is sent for what the waiting change would change.
    fn answers(&self, waiting: &AccessChange) -> bool {
        let Some(mentions) = &self.mentions else { return true };
        let differs = |part: &str| waiting.present.get(part) != waiting.proposed.get(part);
        let parts = waiting.proposed.as_object().into_iter().flatten();
        parts.filter(|(part, _)| differs(part)).all(|(part, _)| mentions.contains(&part.as_str()))
    }

    /// Whether the waiting change proposes the same. It is confirmed only as long as what it shows stands; sent again after that, it
    /// is a new one. (What a record is known by may change while its merge waits.)
    fn is_same(&self, waiting: &AccessChange) -> bool {
        waiting.proposed == self.proposed
            && waiting.employee_id == self.employee
            && (self.field == AccessField::Merge || waiting.present == self.present)
    }

    fn changes(&self) -> bool {
        self.present != self.proposed
    }

    fn is_needed_of_holders(&self) -> bool {
        !matches!(self.field, AccessField::Role | AccessField::SignIn | AccessField::Merge)
            && !self.field.is_of_lecturer()
    }
}

/// What becomes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// It waits: the door must leave the old value.
    pub waits: bool,
    /// What waits has changed: this is a new proposal, or it has withdrawn one.
    pub is_new: bool,
}

/// Proposes what must wait, and withdraws what something else was sent for. Returns the fate of each, in the same order.
pub async fn hold(tx: &mut Tx<'_>, asked: &[Asked]) -> Result<Vec<Fate>> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let used = used_keys(tx).await?;
    let matters = |one: &Asked| one.changes() && one.gives && one.key.as_ref().is_none_or(|key| used.contains(key));
    let people: Vec<Uuid> = asked.iter().filter(|one| one.changes()).map(|one| one.employee).collect();
    let holders = role_holders(tx, &people).await?;
    let waits = |one: &Asked| matters(one) && (!one.is_needed_of_holders() || holders.contains(&one.employee));
    let targets = asked.iter().filter(|one| waits(one)).map(|one| format!("{} {}", one.field.slug(), one.target));
    queries::lock(tx, targets.collect()).await?;
    let waiting = queries::waiting(tx, asked.iter().map(|one| one.target.clone()).collect()).await?;
    let mut fates = Vec::with_capacity(asked.len());
    for one in asked {
        let waits = waits(one);
        if one.changes() && holders.contains(&one.employee) && !waits && !one.field.is_of_lecturer() {
            note_at_once(tx, one);
        }
        let before = waiting.get(&(one.field, one.target.clone()));
        fates.push(settle(tx, one, before, waits).await?);
    }
    Ok(fates)
}

async fn settle(tx: &mut Tx<'_>, asked: &Asked, before: Option<&AccessChange>, waits: bool) -> Result<Fate> {
    match before {
        // The same proposal again is one.
        Some(before) if waits && asked.is_same(before) => {
            return Ok(Fate { waits, is_new: false });
        }
        Some(before) if !waits && !asked.answers(before) => return Ok(Fate { waits, is_new: false }),
        Some(before) => withdraw(tx, before).await?,
        None if !waits => return Ok(Fate { waits, is_new: false }),
        None => {}
    }
    if waits {
        propose(tx, asked).await?;
    }
    Ok(Fate { waits, is_new: true })
}

async fn propose(tx: &mut Tx<'_>, asked: &Asked) -> Result<()> {
    let new = NewAccessChange {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id: asked.employee,
        field: asked.field,
        target: asked.target.clone(),
        present: asked.present.clone(),
        proposed: asked.proposed.clone(),
        state: AccessChangeState::Waiting,
        proposed_kind: tx.actor.identity.kind(),
        proposed_id: tx.actor.identity.id(),
        answerable_id: tx.actor.answerable(),
        reason: asked.reason.clone(),
        created_at: tx.now,
        updated_at: tx.now,
    };
    let proposed = queries::insert(tx, &new).await;
    // Another request proposes a change of the same field at this moment.
    let proposed = proposed.on_constraint("access_changes_waiting_key", || Error::new(Code::Busy))?;
    note(tx, "propose_access_change", "access_change.proposed", &proposed);
    Ok(())
}

/// Proposes one change that always waits. The same proposal again is one.
pub async fn propose_one(tx: &mut Tx<'_>, asked: &Asked) -> Result<AccessChange> {
    hold(tx, std::slice::from_ref(asked)).await?;
    let target = asked.target.clone();
    let waiting = queries::waiting(tx, vec![target.clone()]).await?.remove(&(asked.field, target));
    waiting.ok_or_else(|| Error::internal("what was proposed does not wait"))
}

/// Confirms a change that waits. None if it no longer waits. The caller writes what it changes.
pub async fn confirm(tx: &mut Tx<'_>, id: Uuid, self_approved: bool) -> Result<Option<AccessChange>> {
    let how = Decision { state: AccessChangeState::Confirmed, by: tx.actor.identity, self_approved };
    let confirmed = queries::decide(tx, id, how).await?;
    if let Some(change) = &confirmed {
        note(tx, "confirm_access_change", "access_change.confirmed", change);
    }
    Ok(confirmed)
}

/// Withdraws a change that waits. Nothing happens if it no longer waits.
pub async fn withdraw(tx: &mut Tx<'_>, change: &AccessChange) -> Result<()> {
    let by = tx.actor.identity;
    end(tx, change, by).await
}

/// Withdraws a change that can no longer be. Nobody decided that: the system is named.
pub async fn withdraw_impossible(tx: &mut Tx<'_>, change: &AccessChange) -> Result<()> {
    end(tx, change, Identity::System).await
}

async fn end(tx: &mut Tx<'_>, change: &AccessChange, by: Identity) -> Result<()> {
    let how = Decision { state: AccessChangeState::Withdrawn, by, self_approved: false };
    if let Some(withdrawn) = queries::decide(tx, change.id, how).await? {
        note(tx, "withdraw_access_change", "access_change.withdrawn", &withdrawn);
    }
    Ok(())
}

/// Records what happened to a change: whom it is about and which field, the values as digests.
fn note(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, change: &AccessChange) {
    let record = Record::told(command, topic, "access_change", change.id).fields([change.field.slug()]);
    let details = json!({"employee_id": change.employee_id, "self_approved": change.self_approved});
    let mut notes = digests(&change.present, &change.proposed);
    if let (Value::Object(members), Some(reason)) = (&mut notes, &change.reason) {
        members.insert("reason".to_owned(), json!(reason));
    }
    let is_by_system = change.decided_kind == Some(ActorKind::System);
    let record = if is_by_system { record.nameless() } else { record };
    tx.record(record.details(details).notes(notes));
}

/// Records what the door changes at once of somebody who holds a role, for example the end of the employment, which ends the
/// role. A batch or a file names nobody by itself.
fn note_at_once(tx: &mut Tx<'_>, asked: &Asked) {
    let record = Record::logged("apply_access_change", "employee", asked.employee).fields([asked.field.slug()]);
    tx.record(record.notes(digests(&asked.present, &asked.proposed)));
}

fn digests(present: &Value, proposed: &Value) -> Value {
    json!({"present_sha256": digest(present), "proposed_sha256": digest(proposed)})
}

/// SHA-256 of a value as JSON, in hexadecimal digits.
#[must_use]
pub fn digest(value: &Value) -> String {
    hex(&fingerprint(value.to_string().as_bytes()))
}

/// The marks by which the issuers of the company recognise people.
async fn used_keys(tx: &mut Tx<'_>) -> Result<Vec<EmployeeKey>> {
    if !tx.has_issuers() {
        return Ok(Vec::new());
    }
    let code: String = tenants::table.filter(tenants::id.eq(tx.tenant)).select(tenants::code).first(tx.conn).await?;
    Ok(tx.issuer_keys(&code))
}

/// Those of these people who hold a role by a grant, or for whom one waits.
async fn role_holders(tx: &mut Tx<'_>, people: &[Uuid]) -> QueryResult<BTreeSet<Uuid>> {
    if people.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found = statement(
        "SELECT g.employee_id AS id FROM role_grants g WHERE g.tenant_id = :tenant AND g.employee_id = ANY (:people)
         UNION
         SELECT c.employee_id FROM access_changes c
          WHERE c.tenant_id = :tenant AND c.employee_id = ANY (:people) AND c.field = 'role' AND c.state = 'waiting'",
    )
    .bind("tenant", tx.tenant)
    .bind("people", people)
    .load_ids(tx.conn)
    .await?;
    Ok(found.into_iter().collect())
}
