//! Content, its reuse and application cases as an import brings them, stored set by set.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{CaseState, ReuseEventKind};
use crate::db::{Constraint as _, collect_column, row_set, statement};
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::text::{CaseText, EmployeeNumber, Outline, OutsideCode, Reason, SourceRef, Title};
use crate::schema::contents;
use crate::sessions::import_store::{Made, SOURCE};

row_set! {
    /// A row of `contents`. The other files of the import refer to it by its code.
    pub struct ContentRow into contents {
        pub title: Title,
        pub outline: Option<Outline>,
        pub case_requirement: Option<CaseText>,
        pub published_at: Option<DateTime<Utc>>,
        pub withdrawn_at: Option<DateTime<Utc>>,
    } by {
        pub content_code: OutsideCode,
        pub programme_code: OutsideCode,
        /// The session of the content. None: it does not belong to a session.
        pub session_code: Option<OutsideCode>,
    } beside {
        /// Empty only if there is a session: then its lecturers are the authors.
        pub author_numbers: Vec<EmployeeNumber>,
    }

    /// A row of `reuse`.
    pub struct ReuseRow into reuse_events {
        pub kind: ReuseEventKind,
        pub occurred_at: DateTime<Utc>,
        /// Id of the event in the source system.
        pub source_ref: Option<SourceRef>,
    } by {
        pub content_code: OutsideCode,
        pub employee_number: EmployeeNumber,
    }

    /// A row of `cases`.
    pub struct CaseRow into application_cases {
        pub description: CaseText,
        /// The day on which it was applied.
        pub applied_on: Option<NaiveDate>,
        pub state: CaseState,
        /// If the file does not give it: the time of the decision.
        pub submitted_at: DateTime<Utc>,
        /// Present exactly if the case was confirmed or rejected.
        pub decided_at: Option<DateTime<Utc>>,
        pub decision_note: Option<Reason>,
    } by {
        pub session_code: OutsideCode,
        /// The learner.
        pub employee_number: EmployeeNumber,
        pub decided_by_number: Option<EmployeeNumber>,
    }

    /// A submitted version.
    pub struct Version into content_versions {
        pub content_id: Uuid,
        pub number: i32,
        pub submitted_at: DateTime<Utc>,
    } by {
        pub employee_number: Option<EmployeeNumber>,
    }
}

/// A row of `submissions`: a submitted version of the content of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionRow {
    pub session_code: OutsideCode,
    /// The content. None: the content of the session.
    pub content_code: Option<OutsideCode>,
    pub submitted_at: DateTime<Utc>,
    /// The title of the new content if the session has none yet.
    pub title: Option<Title>,
    /// Who submitted it.
    pub employee_number: Option<EmployeeNumber>,
}

/// The contents that an earlier import has brought, by their codes in the files.
pub async fn find_stored(tx: &mut Tx<'_>, rows: &[ContentRow]) -> QueryResult<HashMap<OutsideCode, Uuid>> {
    let codes: Vec<&str> = rows.iter().map(|row| row.content_code.as_str()).collect();
    let stored: Vec<(OutsideCode, Uuid)> = contents::table
        .filter(contents::tenant_id.eq(tx.tenant))
        .filter(contents::source.eq(SOURCE))
        .filter(contents::source_ref.eq_any(codes))
        .select((contents::source_ref.assume_not_null(), contents::id))
        .load(tx.conn)
        .await?;
    Ok(stored.into_iter().collect())
}

/// Contents with their authors, stored under these ids. The first `coded` have a code of their own in the files; the others are
/// implied by submissions.
pub async fn store_contents(
    tx: &mut Tx<'_>,
    ids: &[Uuid],
    rows: &[ContentRow],
    coded: usize,
    sessions: &Made,
) -> Result<usize> {
    let insert = "
INSERT INTO contents (tenant_id, programme_id, source, :columns, created_at, updated_at)
SELECT :tenant, p.id, CASE WHEN r.source_ref IS NOT NULL THEN 'import' END, :fields, :now, :now
  FROM :rows
  JOIN programmes p ON p.tenant_id = :tenant AND p.code = r.programme_code";
    let session = |row: &ContentRow| row.session_code.as_deref().map(|code| sessions.id(code)).transpose();
    let of_sessions = rows.iter().map(session).collect::<Result<Vec<_>>>()?;
    let codes = rows.iter().enumerate().map(|(at, row)| (at < coded).then(|| row.content_code.clone()));
    let new = statement(insert).rows(rows).with("id", ids.to_vec()).with("session_id", of_sessions);
    let stored = tx.store(new.with("source_ref", codes.collect::<Vec<_>>())).await;
    let stored = stored.on_constraint("contents_source_key", || Error::new(Code::Busy))?;
    store_authors(tx, ids, rows).await?;
    tx.touch_contents(ids).await?;
    Ok(stored)
}

async fn store_authors(tx: &mut Tx<'_>, ids: &[Uuid], rows: &[ContentRow]) -> QueryResult<usize> {
    let authors: Vec<(Uuid, &EmployeeNumber)> =
        ids.iter().zip(rows).flat_map(|(id, row)| row.author_numbers.iter().map(|number| (*id, number))).collect();
    let insert = "
INSERT INTO content_authors (tenant_id, employee_id, :columns, created_at)
SELECT :tenant, e.id, :fields, :now
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
ON CONFLICT DO NOTHING";
    let rows = statement(insert)
        .with("content_id", collect_column(&authors, |(id, _)| *id))
        .by("employee_number", collect_column(&authors, |(_, number)| *number));
    tx.insert(rows).await
}

/// Submitted versions.
pub async fn store_versions(tx: &mut Tx<'_>, rows: &[Version]) -> QueryResult<usize> {
    let insert = "
INSERT INTO content_versions (tenant_id, submitted_by_id, :columns)
SELECT :tenant, e.id, :fields
  FROM :rows
  LEFT JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number";
    tx.insert(statement(insert).rows(rows)).await
}

/// Reuse events. An event whose reference is already stored is skipped; without a reference, one of the same person, content, kind
/// and instant.
pub async fn store_reuse(tx: &mut Tx<'_>, rows: &[ReuseRow], contents: &Made) -> Result<usize> {
    let insert = "
INSERT INTO reuse_events (tenant_id, employee_id, :columns, source, received_at)
SELECT :tenant, e.id, :fields, 'import', :now
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
 WHERE r.source_ref IS NOT NULL OR NOT EXISTS (
       SELECT FROM reuse_events s
        WHERE s.tenant_id = :tenant AND s.content_id = r.content_id AND s.employee_id = e.id AND s.kind = r.kind
          AND s.occurred_at = r.occurred_at AND s.source = 'import')
ON CONFLICT DO NOTHING";
    let of = contents.ids(rows, |row| &row.content_code)?;
    let ids = tx.ids(rows.len());
    let new = statement(insert).rows(rows).with("content_id", of).with("id", ids.clone());
    let stored = tx.store(new).await?;
    tx.touch_reuse(&ids).await?;
    Ok(stored)
}

/// Application cases.
pub async fn store_cases(tx: &mut Tx<'_>, rows: &[CaseRow], sessions: &Made) -> Result<usize> {
    let insert = "
INSERT INTO application_cases (tenant_id, learner_id, decided_by_id, :columns, created_at, updated_at)
SELECT :tenant, e.id, d.id, :fields, :now, :now
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
  LEFT JOIN employees d ON d.tenant_id = :tenant AND d.employee_number = r.decided_by_number";
    let ids = sessions.ids(rows, |row| &row.session_code)?;
    Ok(tx.insert(statement(insert).rows(rows).with("session_id", ids)).await?)
}
