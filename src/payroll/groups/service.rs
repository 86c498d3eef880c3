//! Operations on pay groups.

use std::collections::BTreeSet;

use serde_json::json;
use uuid::Uuid;

use super::dto::{CreatePayGroupRequest, PayGroupChange};
use super::model::{NewMember, PayGroup};
use super::queries;
use crate::db::{Constraint as _, id_of_code};
use crate::error::{Error, Result};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::Faults;
use crate::kernel::phrases::Thing;
use crate::people::existing_employees;

pub async fn create(tx: &mut Tx<'_>, request: CreatePayGroupRequest) -> Result<PayGroup> {
    Thing::PayGroup.refuse_code(&request.code, id_of_code!(tx, pay_groups, &request.code, Uuid::nil()))?;
    let group = explain(queries::create(tx, &request).await)?;
    let record = Record::told("create_pay_group", "pay_group.created", "pay_group", group.id);
    tx.record(record.details(json!({ "code": group.code })));
    Ok(group)
}

pub async fn update(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    change: PayGroupChange,
    faults: Faults,
) -> Result<PayGroup> {
    // A new default group moves all people without a group: no batch may be created meanwhile.
    queries::lock_all(tx).await?;
    precondition.check(get(tx, id).await?.version)?;
    let holder = match &change.code {
        Some(code) => Thing::PayGroup.refuse_code(code, id_of_code!(tx, pay_groups, code, id)),
        None => Ok(()),
    };
    faults.and(holder)?;
    let group = explain(queries::update(tx, id, &change).await)?;
    tx.record(Record::told("update_pay_group", "pay_group.updated", "pay_group", id).fields(change.fields()));
    Ok(group)
}

pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<PayGroup> {
    Thing::PayGroup.require(queries::find(tx, id).await?)
}

/// Puts people into the group. They leave the groups they were in. Returns how many.
pub async fn add_members(tx: &mut Tx<'_>, id: Uuid, employees: &[Uuid]) -> Result<usize> {
    lock(tx, id).await?;
    let known = existing_employees(tx, employees).await?;
    let mut faults = Faults::default();
    for (i, employee) in employees.iter().enumerate() {
        if !known.contains(employee) {
            faults.push(known.fault(format!("/employee_ids/{i}"), *employee));
        }
    }
    faults.check_distinct(employees, |i| format!("/employee_ids/{i}"));
    faults.check()?;
    let rows = employees.iter().map(|employee| NewMember {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id: *employee,
        pay_group_id: id,
        created_at: tx.now,
        updated_at: tx.now,
    });
    let rows: Vec<NewMember> = rows.collect();
    let count = queries::put_members(tx, &rows).await?;
    let record = Record::told("add_pay_group_members", "pay_group.members_added", "pay_group", id);
    tx.record(record.details(json!({ "count": count })));
    Ok(count)
}

/// Removes people from the group. They belong to the default group from then on. Returns how many were in it.
pub async fn remove_members(tx: &mut Tx<'_>, id: Uuid, employees: &[Uuid]) -> Result<usize> {
    lock(tx, id).await?;
    let distinct: Vec<Uuid> = employees.iter().copied().collect::<BTreeSet<Uuid>>().into_iter().collect();
    let count = queries::delete_members(tx, id, &distinct).await?;
    let record = Record::told("remove_pay_group_members", "pay_group.members_removed", "pay_group", id);
    tx.record(record.details(json!({ "count": count })));
    Ok(count)
}

async fn lock(tx: &mut Tx<'_>, id: Uuid) -> Result<()> {
    let groups = queries::lock_all(tx).await?;
    if groups.contains(&id) { Ok(()) } else { Err(Error::not_found(Thing::PayGroup)) }
}

/// The meaning of a refused insert or update.
fn explain(outcome: diesel::QueryResult<PayGroup>) -> Result<PayGroup> {
    outcome
        .on_constraint("pay_groups_code_key", || Error::already_exists(Thing::PayGroup))
        .on_constraint("pay_groups_default_key", || Error::already_exists(Thing::DefaultPayGroup))
}
