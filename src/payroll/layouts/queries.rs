//! Statements on layouts, and on what they make of a batch.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{LayoutAmounts, LayoutRows};
use super::model::{Content, Layout, NewLayout};
use crate::db::{row_queries, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;

row_queries!(
    Layout,
    payroll_layouts,
    create(NewLayout),
    find,
    find_for_update = find(for_update),
    update(Content),
    delete,
    list_page = list(by code),
);

/// How a batch comes out in a layout.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Measure {
    /// Number of rows of the whole file.
    #[diesel(sql_type = BigInt)]
    pub row_count: i64,
    /// Whether some amount is no multiple of the given unit.
    #[diesel(sql_type = Bool)]
    pub has_remainder: bool,
}

/// `unit`: the smallest amount, in minor units, that the layout can write.
pub async fn measure(
    tx: &mut Tx<'_>,
    batch: Uuid,
    rows: LayoutRows,
    amounts: LayoutAmounts,
    unit: i64,
) -> QueryResult<Measure> {
    let measure = statement(
        "SELECT CASE WHEN :is_summed THEN count(DISTINCT (l.employee_number, l.pay_item_code)) ELSE count(*) END AS row_count,
                coalesce(bool_or(l.amount_minor % :unit <> 0), false) AS has_remainder
           FROM payroll_lines l
          WHERE l.tenant_id = :tenant AND l.batch_id = :batch
            AND (NOT :is_signed OR (l.amount_minor < 0) = :is_negative)",
    )
    .bind("batch", batch)
    .bind("is_summed", rows == LayoutRows::Sums)
    .bind("unit", unit)
    .bind("is_signed", amounts != LayoutAmounts::All)
    .bind("is_negative", amounts == LayoutAmounts::Negative);
    tx.complete(measure).get_result(tx.conn).await
}
