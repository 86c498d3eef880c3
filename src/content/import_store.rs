//! Content, its reuse and application cases as an import brings them, stored set by set.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use diesel::sql_types::{Array, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{CaseState, ReuseEventKind};
use crate::db::collect_column;
use crate::journal::Tx;

/// A content of the past. Its id is made by the import, which ties its other files to it.
#[derive(Debug, Clone)]
pub struct PastContent {
    pub id: Uuid,
    pub programme_code: String,
    pub session_id: Option<Uuid>,
    pub title: String,
    pub outline: Option<String>,
    pub case_requirement: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// A version that was submitted.
#[derive(Debug, Clone)]
pub struct PastVersion {
    pub content_id: Uuid,
    pub number: i32,
    pub submitted_at: DateTime<Utc>,
    pub employee_number: Option<String>,
}

/// Somebody used a content again.
#[derive(Debug, Clone)]
pub struct PastReuse {
    pub content_id: Uuid,
    pub employee_number: String,
    pub kind: ReuseEventKind,
    pub occurred_at: DateTime<Utc>,
    pub source_ref: Option<String>,
}

/// Something learned was applied.
#[derive(Debug, Clone)]
pub struct PastCase {
    pub session_id: Uuid,
    pub employee_number: String,
    pub description: String,
    pub applied_on: Option<NaiveDate>,
    pub state: CaseState,
    pub submitted_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by_number: Option<String>,
    pub decision_note: Option<String>,
}

/// Contents.
pub async fn store_contents(tx: &mut Tx<'_>, rows: &[PastContent]) -> QueryResult<usize> {
    let insert = "
INSERT INTO contents (tenant_id, id, programme_id, session_id, title, outline, case_requirement, published_at, withdrawn_at, created_at, updated_at)
SELECT $1, r.id, p.id, r.session_id, r.title, r.outline, r.case_requirement, r.published_at, r.withdrawn_at, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7, $8, $9, $10)
    AS r (id, programme_code, session_id, title, outline, case_requirement, published_at, withdrawn_at)
  JOIN programmes p ON p.tenant_id = $1 AND p.code = r.programme_code";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(collect_column(rows, |row| row.id))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.programme_code.clone()))
        .bind::<Array<Nullable<SqlUuid>>, _>(collect_column(rows, |row| row.session_id))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.title.clone()))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.outline.clone()))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.case_requirement.clone()))
        .bind::<Array<Nullable<Timestamptz>>, _>(collect_column(rows, |row| row.published_at))
        .bind::<Array<Nullable<Timestamptz>>, _>(collect_column(rows, |row| row.withdrawn_at))
        .execute(tx.conn)
        .await
}

/// Authors: content and employee number.
pub async fn store_authors(tx: &mut Tx<'_>, rows: &[(Uuid, String)]) -> QueryResult<usize> {
    let insert = "
INSERT INTO content_authors (tenant_id, id, content_id, employee_id, created_at)
SELECT $1, r.id, r.content_id, e.id, $2
  FROM UNNEST($3, $4, $5) AS r (id, content_id, number)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
ON CONFLICT DO NOTHING";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<SqlUuid>, _>(collect_column(rows, |row| row.0))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.1.clone()))
        .execute(tx.conn)
        .await
}

/// Submitted versions.
pub async fn store_versions(tx: &mut Tx<'_>, rows: &[PastVersion]) -> QueryResult<usize> {
    let insert = "
INSERT INTO content_versions (tenant_id, id, content_id, number, submitted_at, submitted_by_id)
SELECT $1, r.id, r.content_id, r.number, r.submitted_at, e.id
  FROM UNNEST($2, $3, $4, $5, $6) AS r (id, content_id, number, submitted_at, employee_number)
  LEFT JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.employee_number";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<SqlUuid>, _>(collect_column(rows, |row| row.content_id))
        .bind::<Array<Integer>, _>(collect_column(rows, |row| row.number))
        .bind::<Array<Timestamptz>, _>(collect_column(rows, |row| row.submitted_at))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .execute(tx.conn)
        .await
}

/// Reuse; an event with a reference that is there already is the same one.
pub async fn store_reuse(tx: &mut Tx<'_>, rows: &[PastReuse]) -> QueryResult<usize> {
    let insert = "
INSERT INTO reuse_events (tenant_id, id, content_id, employee_id, kind, occurred_at, source, source_ref, received_at)
SELECT $1, r.id, r.content_id, e.id, r.kind, r.occurred_at, 'import', r.source_ref, $2
  FROM UNNEST($3, $4, $5, $6, $7, $8) AS r (id, content_id, number, kind, occurred_at, source_ref)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
ON CONFLICT DO NOTHING";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<SqlUuid>, _>(collect_column(rows, |row| row.content_id))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.kind.slug()))
        .bind::<Array<Timestamptz>, _>(collect_column(rows, |row| row.occurred_at))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.source_ref.clone()))
        .execute(tx.conn)
        .await
}

/// Application cases.
pub async fn store_cases(tx: &mut Tx<'_>, rows: &[PastCase]) -> QueryResult<usize> {
    let insert = "
INSERT INTO application_cases (tenant_id, id, session_id, learner_id, description, applied_on, state, submitted_at, decided_at,
                               decided_by_id, decision_note, created_at, updated_at)
SELECT $1, r.id, r.session_id, e.id, r.description, r.applied_on, r.state, r.submitted_at, r.decided_at, d.id, r.decision_note, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    AS r (id, session_id, number, description, applied_on, state, submitted_at, decided_at, decided_by_number, decision_note)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
  LEFT JOIN employees d ON d.tenant_id = $1 AND d.employee_number = r.decided_by_number";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<SqlUuid>, _>(collect_column(rows, |row| row.session_id))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.description.clone()))
        .bind::<Array<Nullable<Date>>, _>(collect_column(rows, |row| row.applied_on))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.state.slug()))
        .bind::<Array<Timestamptz>, _>(collect_column(rows, |row| row.submitted_at))
        .bind::<Array<Nullable<Timestamptz>>, _>(collect_column(rows, |row| row.decided_at))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.decided_by_number.clone()))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.decision_note.clone()))
        .execute(tx.conn)
        .await
}
