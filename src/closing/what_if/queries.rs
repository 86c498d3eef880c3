//! Statements on what-ifs.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{NewWhatIfLecturer, WhatIf, WhatIfLecturer, WhatIfPeriod};
use crate::db::{load_page, narrow, row_queries, statement};
use crate::error::{Error, Result};
use crate::growth::streaks::Regraded;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::schema::{periods, what_if_lecturers, what_if_periods, what_ifs};

row_queries!(
    WhatIf,
    what_ifs,
    find,
    insert(WhatIf),
    /// Newest first.
    list_page = list(latest id; programme: Uuid; programme_id = Some(programme)),
);

pub async fn finish(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
    let own = what_ifs::table.filter(what_ifs::tenant_id.eq(tx.tenant)).filter(what_ifs::id.eq(id));
    diesel::update(own.filter(what_ifs::finished_at.is_null()))
        .set(what_ifs::finished_at.eq(tx.now))
        .execute(tx.conn)
        .await
}

/// Whether the period has been worked on.
pub async fn has_period(tx: &mut Tx<'_>, what_if: Uuid, period: Uuid) -> QueryResult<bool> {
    let own = what_if_periods::table.filter(what_if_periods::tenant_id.eq(tx.tenant));
    let own = own.filter(what_if_periods::what_if_id.eq(what_if)).filter(what_if_periods::period_id.eq(period));
    diesel::select(diesel::dsl::exists(own)).get_result(tx.conn).await
}

pub async fn insert_period(tx: &mut Tx<'_>, row: &WhatIfPeriod) -> QueryResult<usize> {
    diesel::insert_into(what_if_periods::table).values(row).execute(tx.conn).await
}

pub async fn insert_lecturers(tx: &mut Tx<'_>, rows: &[NewWhatIfLecturer]) -> QueryResult<usize> {
    tx.insert_set(rows).await
}

/// The grades that a what-if has found for the periods before this one, where they are other ones.
pub async fn regraded(tx: &mut Tx<'_>, what_if: Uuid, period: Uuid) -> Result<Regraded> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        employee_id: Uuid,
        #[diesel(sql_type = Text)]
        period: String,
        #[diesel(sql_type = Nullable<Text>)]
        grade: Option<String>,
    }
    let asked = statement(
        "SELECT l.employee_id, p.period, l.after ->> 'grade' AS grade
           FROM periods own
           JOIN periods p ON p.tenant_id = :tenant AND p.programme_id = own.programme_id AND p.starts_on < own.starts_on
           JOIN what_if_lecturers l ON l.tenant_id = :tenant AND l.what_if_id = :what_if AND l.period_id = p.id AND l.moved
          WHERE own.tenant_id = :tenant AND own.id = :period AND l.after ->> 'grade' IS DISTINCT FROM l.before ->> 'grade'",
    );
    let rows: Vec<Row> = tx.complete(asked.bind("what_if", what_if).bind("period", period)).load(tx.conn).await?;
    let mut regraded = Regraded::new();
    for Row { employee_id, period, grade } in rows {
        let period = period.parse().map_err(Error::internal)?;
        regraded.entry(employee_id).or_default().push((period, grade));
    }
    Ok(regraded)
}

/// What these what-ifs found, the earliest period first.
pub async fn periods_of(tx: &mut Tx<'_>, what_ifs: &[Uuid]) -> QueryResult<Vec<WhatIfPeriod>> {
    what_if_periods::table
        .inner_join(
            periods::table
                .on(periods::tenant_id.eq(what_if_periods::tenant_id).and(periods::id.eq(what_if_periods::period_id))),
        )
        .filter(what_if_periods::tenant_id.eq(tx.tenant))
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(what_if_periods::what_if_id.eq_any(what_ifs))
        .order(periods::starts_on)
        .select(WhatIfPeriod::as_select())
        .load(tx.conn)
        .await
}

/// A page of the lecturers of a what-if, in the order of periods and employee numbers.
pub async fn list_lecturers(
    tx: &mut Tx<'_>,
    what_if: Uuid,
    (period, people, moved): (Option<Uuid>, Option<Vec<Uuid>>, Option<bool>),
    paging: &Paging,
) -> Result<Listed<WhatIfLecturer>> {
    let own = what_if_lecturers::table.filter(what_if_lecturers::tenant_id.eq(tx.tenant));
    let own = own.filter(what_if_lecturers::what_if_id.eq(what_if));
    let mut page = own.select(WhatIfLecturer::as_select()).into_boxed();
    narrow!(page; what_if_lecturers { period_id = period, employee_id in people, moved = moved });
    load_page!(tx, paging, page, WhatIfLecturer => by what_if_lecturers::id)
}

/// The latest closed periods of a programme that have a snapshot, newest first.
pub async fn latest_closed(tx: &mut Tx<'_>, programme: Uuid, count: i64) -> QueryResult<Vec<Period>> {
    let own = periods::table.filter(periods::tenant_id.eq(tx.tenant)).filter(periods::programme_id.eq(programme));
    let names: Vec<String> = own
        .filter(periods::snapshot_id.is_not_null())
        .order(periods::starts_on.desc())
        .limit(count)
        .select(periods::period)
        .load(tx.conn)
        .await?;
    Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
}

/// Those of the periods that are closed.
pub async fn closed_among(tx: &mut Tx<'_>, programme: Uuid, asked: &[Period]) -> QueryResult<Vec<Period>> {
    let names: Vec<String> = asked.iter().map(ToString::to_string).collect();
    let own = periods::table.filter(periods::tenant_id.eq(tx.tenant)).filter(periods::programme_id.eq(programme));
    let found: Vec<String> = own
        .filter(periods::snapshot_id.is_not_null())
        .filter(periods::period.eq_any(names))
        .select(periods::period)
        .load(tx.conn)
        .await?;
    Ok(found.iter().filter_map(|name| name.parse().ok()).collect())
}
