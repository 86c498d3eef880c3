//! Mail addresses and ids in other systems that people no longer have. They are kept, and when one passes to somebody else, the
//! operation log says whose it was.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;
use serde_json::json;
use uuid::Uuid;

use super::dto::ExternalId;
use super::model::Employee;
use crate::db::{Statement, collect_column, insert_set, set_row, statement};
use crate::journal::{Record, Tx};
use crate::kernel::text::MailAddress;
use crate::schema::{former_external_ids, former_mail_addresses};

set_row! {
    into former_mail_addresses;
    struct FormerMail<'a> {
        tenant_id: Uuid,
        id: Uuid,
        employee_id: Uuid,
        email: &'a str,
        given_up_at: DateTime<Utc>,
    }
}

/// Keeps the addresses that people give up in these changes (before, after).
pub async fn keep_mails(tx: &mut Tx<'_>, changes: &[(&Employee, &Employee)]) -> QueryResult<()> {
    let changed = || changes.iter().filter(|(before, after)| before.email != after.email);
    let mut rows = Vec::new();
    for (before, email) in changed().filter_map(|(before, _)| Some((before, before.email.as_ref()?))) {
        let (tenant_id, id, employee_id, given_up_at) = (tx.tenant, tx.id(), before.id, tx.now);
        rows.push(FormerMail { tenant_id, id, employee_id, email, given_up_at });
    }
    insert_set(tx.conn, &rows).await?;
    let taken: Vec<(Uuid, &MailAddress)> =
        changed().filter_map(|(_, after)| Some((after.id, after.email.as_ref()?))).collect();
    tell_mails(tx, &taken).await
}

set_row! {
    into former_external_ids;
    struct FormerExternalId<'a> {
        tenant_id: Uuid,
        id: Uuid,
        employee_id: Uuid,
        system: &'a str,
        kind: &'a str,
        value: &'a str,
        given_up_at: DateTime<Utc>,
    }
}

/// Keeps ids that people have given up.
pub async fn keep_ids<'a>(tx: &mut Tx<'_>, gone: impl Iterator<Item = (Uuid, &'a ExternalId)>) -> QueryResult<()> {
    let mut rows = Vec::new();
    for (employee_id, id) in gone {
        let (tenant_id, row, given_up_at) = (tx.tenant, tx.id(), tx.now);
        let ExternalId { system, kind, value } = id;
        rows.push(FormerExternalId { tenant_id, id: row, employee_id, system, kind, value, given_up_at });
    }
    insert_set(tx.conn, &rows).await?;
    Ok(())
}

/// A mark that somebody has and somebody else had.
#[derive(QueryableByName)]
struct Passed {
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    former_id: Uuid,
}

/// Tells whose former addresses these people have got.
pub async fn tell_mails(tx: &mut Tx<'_>, taken: &[(Uuid, &MailAddress)]) -> QueryResult<()> {
    if taken.is_empty() {
        return Ok(());
    }
    let passed = statement(
        "SELECT DISTINCT u.employee_id, f.employee_id AS former_id
           FROM unnest(:people, :mails) AS u (employee_id, email)
           JOIN former_mail_addresses f ON f.tenant_id = :tenant AND f.email = u.email AND f.employee_id <> u.employee_id
          ORDER BY 1, 2",
    )
    .bind("people", collect_column(taken, |(person, _)| *person))
    .bind("mails", collect_column(taken, |(_, mail)| mail.as_str()));
    tell(tx, "email", passed).await
}

/// Tells whose former ids these are, of those that somebody else gets now.
pub async fn tell_ids(tx: &mut Tx<'_>, ids: &[&ExternalId]) -> QueryResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let passed = statement(
        "SELECT DISTINCT x.employee_id, f.employee_id AS former_id
           FROM unnest(:systems, :kinds, :values) AS u (system, kind, value)
           JOIN employee_external_ids x
             ON x.tenant_id = :tenant AND x.system = u.system AND x.kind = u.kind AND x.value = u.value
           JOIN former_external_ids f
             ON f.tenant_id = :tenant AND f.system = u.system AND f.kind = u.kind AND f.value = u.value
          WHERE f.employee_id <> x.employee_id AND x.created_at = :now ORDER BY 1, 2",
    );
    tell(tx, "external_ids", bind_ids(passed, ids)).await
}

fn bind_ids<'q>(statement: Statement<'q>, ids: &[&ExternalId]) -> Statement<'q> {
    statement
        .bind("systems", collect_column(ids, |id| id.system.to_string()))
        .bind("kinds", collect_column(ids, |id| id.kind.to_string()))
        .bind("values", collect_column(ids, |id| id.value.to_string()))
}

async fn tell(tx: &mut Tx<'_>, field: &'static str, passed: Statement<'_>) -> QueryResult<()> {
    let passed: Vec<Passed> = tx.complete(passed).load(tx.conn).await?;
    for Passed { employee_id, former_id } in passed {
        let record = Record::logged("take_over_mark", "employee", employee_id).fields([field]);
        tx.record(record.details(json!({"formerly_of": former_id})));
    }
    Ok(())
}

/// What a person no longer has, latest first, without what they have again.
#[derive(Debug, Default)]
pub struct Former {
    pub emails: Vec<MailAddress>,
    pub external_ids: Vec<ExternalId>,
}

/// Of these people, by id.
pub async fn former_of(tx: &mut Tx<'_>, people: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Former>> {
    use {former_external_ids as ids, former_mail_addresses as mails};
    let addresses: Vec<(Uuid, MailAddress)> = mails::table
        .filter(mails::tenant_id.eq(tx.tenant))
        .filter(mails::employee_id.eq_any(people))
        .order((mails::given_up_at.desc(), mails::id.desc()))
        .select((mails::employee_id, mails::email))
        .load(tx.conn)
        .await?;
    let external: Vec<(Uuid, ExternalId)> = ids::table
        .filter(ids::tenant_id.eq(tx.tenant))
        .filter(ids::employee_id.eq_any(people))
        .order((ids::given_up_at.desc(), ids::id.desc()))
        .select((ids::employee_id, (ids::system, ids::kind, ids::value)))
        .load(tx.conn)
        .await?;
    let mut all: BTreeMap<Uuid, Former> = BTreeMap::new();
    for (person, email) in addresses {
        let emails = &mut all.entry(person).or_default().emails;
        if !emails.contains(&email) {
            emails.push(email);
        }
    }
    for (person, id) in external {
        let external_ids = &mut all.entry(person).or_default().external_ids;
        if !external_ids.contains(&id) {
            external_ids.push(id);
        }
    }
    Ok(all)
}

/// Who had these addresses last.
pub async fn find_by_mail(tx: &mut Tx<'_>, asked: &[MailAddress]) -> QueryResult<BTreeMap<MailAddress, Uuid>> {
    use former_mail_addresses as mails;
    let rows: Vec<(MailAddress, Uuid)> = mails::table
        .filter(mails::tenant_id.eq(tx.tenant))
        .filter(mails::email.eq_any(asked))
        .order((mails::given_up_at, mails::id))
        .select((mails::email, mails::employee_id))
        .load(tx.conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Who had these ids last.
pub async fn find_by_id(tx: &mut Tx<'_>, asked: &[ExternalId]) -> QueryResult<BTreeMap<ExternalId, Uuid>> {
    use former_external_ids as ids;
    let values: Vec<&str> = asked.iter().map(|id| id.value.as_str()).collect();
    let rows: Vec<(ExternalId, Uuid)> = ids::table
        .filter(ids::tenant_id.eq(tx.tenant))
        .filter(ids::system.eq_any(asked.iter().map(|id| id.system.as_str()).collect::<Vec<_>>()))
        .filter(ids::kind.eq_any(asked.iter().map(|id| id.kind.as_str()).collect::<Vec<_>>()))
        .filter(ids::value.eq_any(values))
        .order((ids::given_up_at, ids::id))
        .select(((ids::system, ids::kind, ids::value), ids::employee_id))
        .load(tx.conn)
        .await?;
    Ok(rows.into_iter().collect())
}
