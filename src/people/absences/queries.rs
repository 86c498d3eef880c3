//! Statements on absences.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::Absence;
use crate::journal::Tx;
use crate::schema::absences;

pub async fn insert(tx: &mut Tx<'_>, absence: &Absence) -> QueryResult<Absence> {
    diesel::insert_into(absences::table).values(absence).returning(Absence::as_returning()).get_result(tx.conn).await
}

pub async fn find(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<Absence>> {
    let own = absences::table.filter(absences::tenant_id.eq(tx.tenant)).filter(absences::id.eq(id));
    own.select(Absence::as_select()).first(tx.conn).await.optional()
}

pub async fn find_for_update(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<Absence>> {
    let own = absences::table.filter(absences::tenant_id.eq(tx.tenant)).filter(absences::id.eq(id));
    own.select(Absence::as_select()).for_update().first(tx.conn).await.optional()
}

/// The absence that has this id in another system.
pub async fn find_delivered_for_update(
    tx: &mut Tx<'_>,
    source: &str,
    source_ref: &str,
) -> QueryResult<Option<Absence>> {
    absences::table
        .filter(absences::tenant_id.eq(tx.tenant))
        .filter(absences::source.eq(source))
        .filter(absences::source_ref.eq(source_ref))
        .select(Absence::as_select())
        .for_update()
        .first(tx.conn)
        .await
        .optional()
}

/// Writes the new values that the source sent.
pub async fn update(tx: &mut Tx<'_>, absence: &Absence) -> QueryResult<Absence> {
    let own = absences::table.filter(absences::tenant_id.eq(absence.tenant_id)).filter(absences::id.eq(absence.id));
    diesel::update(own)
        .set((
            absences::employee_id.eq(absence.employee_id),
            absences::kind.eq(absence.kind),
            absences::starts_on.eq(absence.starts_on),
            absences::ends_on.eq(absence.ends_on),
            absences::updated_at.eq(tx.now),
            absences::version.eq(absences::version + 1),
        ))
        .returning(Absence::as_returning())
        .get_result(tx.conn)
        .await
}

pub async fn delete(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
    diesel::delete(absences::table.filter(absences::tenant_id.eq(tx.tenant)).filter(absences::id.eq(id)))
        .execute(tx.conn)
        .await
}

/// Filters of a list of absences.
#[derive(Debug, Default)]
pub struct Filter {
    pub employee_id: Option<Uuid>,
    /// Only those that end on or after this day.
    pub from_on: Option<NaiveDate>,
    /// Only those that begin on or before this day.
    pub to_on: Option<NaiveDate>,
    pub updated_since: Option<DateTime<Utc>>,
    /// Only those of these employees. None if the caller may see all.
    pub visible: Option<Vec<Uuid>>,
}

/// Ordered by id, starting after the absence `after`.
pub async fn list_page(tx: &mut Tx<'_>, filter: Filter, after: Option<Uuid>, fetch: i64) -> QueryResult<Vec<Absence>> {
    let mut page = absences::table.filter(absences::tenant_id.eq(tx.tenant)).select(Absence::as_select()).into_boxed();
    if let Some(employee) = filter.employee_id {
        page = page.filter(absences::employee_id.eq(employee));
    }
    if let Some(from) = filter.from_on {
        page = page.filter(absences::ends_on.ge(from));
    }
    if let Some(to) = filter.to_on {
        page = page.filter(absences::starts_on.le(to));
    }
    if let Some(since) = filter.updated_since {
        page = page.filter(absences::updated_at.ge(since));
    }
    if let Some(visible) = filter.visible {
        page = page.filter(absences::employee_id.eq_any(visible));
    }
    if let Some(after) = after {
        page = page.filter(absences::id.gt(after));
    }
    page.order(absences::id).limit(fetch).load(tx.conn).await
}
