//! Ids of people in other systems. Each person has one set, which is replaced as a whole. The statements work on many people at
//! once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ExternalId;
use super::former;
use crate::db::{collect_column, insert_new, set_row, statement};
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::text::{IdKind, IdValue};
use crate::schema::employee_external_ids;

#[derive(QueryableByName)]
struct Owned {
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
    #[diesel(sql_type = Text)]
    system: IdKind,
    #[diesel(sql_type = Text)]
    kind: IdKind,
    #[diesel(sql_type = Text)]
    value: IdValue,
}

/// The sets of these people, ordered by system, kind and value.
pub async fn find_all(tx: &mut Tx<'_>, employees: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Vec<ExternalId>>> {
    use employee_external_ids::dsl;
    let rows: Vec<(Uuid, ExternalId)> = dsl::employee_external_ids
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::employee_id.eq_any(employees))
        .order((dsl::employee_id, dsl::system, dsl::kind, dsl::value))
        .select((dsl::employee_id, (dsl::system, dsl::kind, dsl::value)))
        .load(tx.conn)
        .await?;
    let mut sets: BTreeMap<Uuid, Vec<ExternalId>> = BTreeMap::new();
    for (employee, id) in rows {
        sets.entry(employee).or_default().push(id);
    }
    Ok(sets)
}

/// The people with these ids. Unknown ids are left out.
pub async fn owners(tx: &mut Tx<'_>, ids: &[ExternalId]) -> QueryResult<BTreeMap<ExternalId, Uuid>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<Owned> = statement(
        "SELECT x.employee_id, x.system, x.kind, x.value
           FROM unnest(:systems, :kinds, :values) AS u (system, kind, value)
           JOIN employee_external_ids x
             ON x.tenant_id = :tenant AND x.system = u.system AND x.kind = u.kind AND x.value = u.value",
    )
    .bind("tenant", tx.tenant)
    .bind("systems", collect_column(ids, |id| id.system.as_str()))
    .bind("kinds", collect_column(ids, |id| id.kind.as_str()))
    .bind("values", collect_column(ids, |id| id.value.as_str()))
    .load(tx.conn)
    .await?;
    let owner = |row: Owned| (ExternalId { system: row.system, kind: row.kind, value: row.value }, row.employee_id);
    Ok(rows.into_iter().map(owner).collect())
}

/// Replaces the sets of these people. Sets of other people stay unchanged.
pub async fn replace_all(tx: &mut Tx<'_>, sets: &BTreeMap<Uuid, Vec<ExternalId>>) -> Result<()> {
    let people: Vec<Uuid> = sets.keys().copied().collect();
    let present: BTreeSet<(Uuid, ExternalId)> = pairs(&find_all(tx, &people).await?);
    let wanted: BTreeSet<(Uuid, ExternalId)> = pairs(sets);
    let gone: Vec<&(Uuid, ExternalId)> = present.difference(&wanted).collect();
    let new: Vec<&(Uuid, ExternalId)> = wanted.difference(&present).collect();
    delete_all(tx, &gone).await?;
    former::keep_ids(tx, gone.iter().map(|(person, id)| (*person, id))).await?;
    if insert_all(tx, &new).await? == new.len() {
        former::tell_ids(tx, &new.iter().map(|(_, id)| id).collect::<Vec<_>>()).await?;
        Ok(())
    } else {
        // One of these ids was given to another person after it was looked up.
        Err(Error::new(Code::Busy))
    }
}

fn pairs(sets: &BTreeMap<Uuid, Vec<ExternalId>>) -> BTreeSet<(Uuid, ExternalId)> {
    sets.iter().flat_map(|(employee, ids)| ids.iter().map(|id| (*employee, id.clone()))).collect()
}

async fn delete_all(tx: &mut Tx<'_>, gone: &[&(Uuid, ExternalId)]) -> QueryResult<usize> {
    if gone.is_empty() {
        return Ok(0);
    }
    statement(
        "DELETE FROM employee_external_ids x
          USING unnest(:systems, :kinds, :values) AS u (system, kind, value)
          WHERE x.tenant_id = :tenant AND x.system = u.system AND x.kind = u.kind AND x.value = u.value",
    )
    .bind("tenant", tx.tenant)
    .bind("systems", collect_column(gone, |(_, id)| id.system.as_str()))
    .bind("kinds", collect_column(gone, |(_, id)| id.kind.as_str()))
    .bind("values", collect_column(gone, |(_, id)| id.value.as_str()))
    .execute(tx.conn)
    .await
}

set_row! {
    into employee_external_ids unique by (tenant_id, system, kind, value);
    struct NewExternalId<'a> {
        tenant_id: Uuid,
        id: Uuid,
        employee_id: Uuid,
        system: &'a str,
        kind: &'a str,
        value: &'a str,
        created_at: DateTime<Utc>,
    }
}

async fn insert_all<'a>(tx: &mut Tx<'_>, new: &[&'a (Uuid, ExternalId)]) -> QueryResult<usize> {
    let row = |(employee, id): &'a (Uuid, ExternalId)| NewExternalId {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id: *employee,
        system: &id.system,
        kind: &id.kind,
        value: &id.value,
        created_at: tx.now,
    };
    let rows: Vec<NewExternalId<'a>> = new.iter().copied().map(row).collect();
    Ok(insert_new(tx.conn, &rows).await?.len())
}
