//! What other systems call people: a set for each person, replaced as a whole; statements for many people at a time.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ExternalId;
use crate::db::collect_column;
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::schema::employee_external_ids;

#[derive(QueryableByName)]
struct Owned {
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
    #[diesel(sql_type = Text)]
    system: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    value: String,
}

/// The sets of these people, in the order of system, kind and value.
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

/// Whose these ids are; ids that are nobody's are left out.
pub async fn owners(tx: &mut Tx<'_>, ids: &[ExternalId]) -> QueryResult<BTreeMap<ExternalId, Uuid>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<Owned> = diesel::sql_query(
        "SELECT x.employee_id, x.system, x.kind, x.value
           FROM unnest($2::text[], $3::text[], $4::text[]) AS u (system, kind, value)
           JOIN employee_external_ids x
             ON x.tenant_id = $1 AND x.system = u.system AND x.kind = u.kind AND x.value = u.value",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<Array<Text>, _>(collect_column(ids, |id| id.system.as_str()))
    .bind::<Array<Text>, _>(collect_column(ids, |id| id.kind.as_str()))
    .bind::<Array<Text>, _>(collect_column(ids, |id| id.value.as_str()))
    .load(tx.conn)
    .await?;
    let owner = |row: Owned| (ExternalId { system: row.system, kind: row.kind, value: row.value }, row.employee_id);
    Ok(rows.into_iter().map(owner).collect())
}

/// Makes these the sets of these people. Who is not named keeps theirs.
pub async fn replace_all(tx: &mut Tx<'_>, sets: &BTreeMap<Uuid, Vec<ExternalId>>) -> Result<()> {
    let people: Vec<Uuid> = sets.keys().copied().collect();
    let present: BTreeSet<(Uuid, ExternalId)> = pairs(&find_all(tx, &people).await?);
    let wanted: BTreeSet<(Uuid, ExternalId)> = pairs(sets);
    let gone: Vec<&(Uuid, ExternalId)> = present.difference(&wanted).collect();
    let new: Vec<&(Uuid, ExternalId)> = wanted.difference(&present).collect();
    delete_all(tx, &gone).await?;
    if insert_all(tx, &new).await? == new.len() {
        Ok(())
    } else {
        // Somebody else was given one of them since it was looked up.
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
    diesel::sql_query(
        "DELETE FROM employee_external_ids x
          USING unnest($2::text[], $3::text[], $4::text[]) AS u (system, kind, value)
          WHERE x.tenant_id = $1 AND x.system = u.system AND x.kind = u.kind AND x.value = u.value",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<Array<Text>, _>(collect_column(gone, |(_, id)| id.system.as_str()))
    .bind::<Array<Text>, _>(collect_column(gone, |(_, id)| id.kind.as_str()))
    .bind::<Array<Text>, _>(collect_column(gone, |(_, id)| id.value.as_str()))
    .execute(tx.conn)
    .await
}

async fn insert_all(tx: &mut Tx<'_>, new: &[&(Uuid, ExternalId)]) -> QueryResult<usize> {
    if new.is_empty() {
        return Ok(0);
    }
    let ids: Vec<Uuid> = new.iter().map(|_| tx.id()).collect();
    diesel::sql_query(
        "INSERT INTO employee_external_ids (tenant_id, id, employee_id, system, kind, value, created_at)
         SELECT $1, u.id, u.employee_id, u.system, u.kind, u.value, $7
           FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[])
                AS u (id, employee_id, system, kind, value)
         ON CONFLICT (tenant_id, system, kind, value) DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(new.iter().map(|(employee, _)| *employee).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(collect_column(new, |(_, id)| id.system.as_str()))
    .bind::<Array<Text>, _>(collect_column(new, |(_, id)| id.kind.as_str()))
    .bind::<Array<Text>, _>(collect_column(new, |(_, id)| id.value.as_str()))
    .bind::<Timestamptz, _>(tx.now)
    .execute(tx.conn)
    .await
}
