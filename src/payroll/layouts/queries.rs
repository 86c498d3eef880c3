//! Statements on layouts, and on what they make of a batch.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{LayoutAmounts, LayoutColumn, LayoutRows};
use super::model::{Content, Layout, NewLayout};
use crate::db::{Statement, concat, row_queries, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::text::{Line, OutsideCode};
use crate::payroll::batches::Batch;
use crate::people::person_of;

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

/// Whether the line `l` is in the file: see [`of_amounts`].
const IS_IN: &str = "(NOT :is_signed OR (l.amount_minor < 0) = :is_negative)";

/// Binds what [`IS_IN`] asks for.
fn of_amounts(statement: Statement<'_>, amounts: LayoutAmounts) -> Statement<'_> {
    statement.bind("is_signed", amounts != LayoutAmounts::All).bind("is_negative", amounts == LayoutAmounts::Negative)
}

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
    const MEASURE: &str = concat!(
        "SELECT CASE WHEN :is_summed THEN count(DISTINCT (l.employee_number, l.pay_item_code)) ELSE count(*) END AS row_count,
                coalesce(bool_or(l.amount_minor % :unit <> 0), false) AS has_remainder
           FROM payroll_lines l
          WHERE l.tenant_id = :tenant AND l.batch_id = :batch AND ",
        IS_IN
    );
    let measure =
        statement(MEASURE).bind("batch", batch).bind("is_summed", rows == LayoutRows::Sums).bind("unit", unit);
    tx.complete(of_amounts(measure, amounts)).get_result(tx.conn).await
}

/// A row whose amount is out of bounds.
#[derive(Debug, Clone, QueryableByName)]
pub struct OutOfBounds {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Text)]
    pub pay_item_code: OutsideCode,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    #[diesel(sql_type = Array<SqlUuid>)]
    pub line_ids: Vec<Uuid>,
    /// Number of all such rows.
    #[diesel(sql_type = BigInt)]
    pub found: i64,
}

/// The first rows of the file with an amount below `least` or above `most`, in minor units.
pub async fn out_of_bounds(
    tx: &mut Tx<'_>,
    batch: Uuid,
    layout: &Layout,
    (least, most): (Option<i64>, Option<i64>),
    limit: i64,
) -> QueryResult<Vec<OutOfBounds>> {
    const FOUND: &str = concat!(
        "SELECT l.employee_id, l.pay_item_code, sum(l.amount_minor)::bigint AS amount_minor,
                array_agg(l.id ORDER BY l.number) AS line_ids, count(*) OVER () AS found
           FROM payroll_lines l
          WHERE l.tenant_id = :tenant AND l.batch_id = :batch AND ",
        IS_IN,
        "
          GROUP BY l.employee_id, l.pay_item_code, CASE WHEN NOT :is_summed THEN l.id END
         HAVING sum(l.amount_minor) < :least OR sum(l.amount_minor) > :most
          ORDER BY min(l.number)
          LIMIT :limit"
    );
    let found = statement(FOUND)
        .bind("batch", batch)
        .bind("is_summed", layout.row_kind == LayoutRows::Sums)
        .bind("least", least)
        .bind("most", most)
        .bind("limit", limit);
    tx.complete(of_amounts(found, layout.amount_kind)).planned_anew().load(tx.conn).await
}

/// A person of the file without an id that it needs.
#[derive(Debug, Clone, QueryableByName)]
pub struct MissingIds {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    /// The names of the columns of these ids.
    #[diesel(sql_type = Array<Text>)]
    pub columns: Vec<Line<100>>,
    /// Number of all such people.
    #[diesel(sql_type = BigInt)]
    pub found: i64,
}

/// The first people of the file who had no id for one of these columns when the batch was locked.
pub async fn missing_ids(
    tx: &mut Tx<'_>,
    batch: Uuid,
    amounts: LayoutAmounts,
    columns: &[&LayoutColumn],
    limit: i64,
) -> QueryResult<Vec<MissingIds>> {
    const FOUND: &str = concat!(
        "SELECT p.employee_id, array_agg(w.name ORDER BY w.place) AS columns, count(*) OVER () AS found
           FROM (SELECT l.employee_id, l.external_ids, min(l.number) AS number
                   FROM payroll_lines l
                  WHERE l.tenant_id = :tenant AND l.batch_id = :batch AND ",
        IS_IN,
        "
                  GROUP BY l.employee_id, l.external_ids) p
           JOIN unnest(:names, :systems, :kinds) WITH ORDINALITY AS w (name, system, kind, place)
             ON NOT p.external_ids @> jsonb_build_array(jsonb_build_object('system', w.system, 'kind', w.kind))
          GROUP BY p.employee_id
          ORDER BY min(p.number)
          LIMIT :limit"
    );
    let names: Vec<String> = columns.iter().map(|column| column.name.to_string()).collect();
    let systems: Vec<String> = columns.iter().filter_map(|column| Some(column.system.as_ref()?.to_string())).collect();
    let kinds: Vec<String> = columns.iter().filter_map(|column| Some(column.kind.as_ref()?.to_string())).collect();
    let found = statement(FOUND)
        .bind("batch", batch)
        .bind("names", names)
        .bind("systems", systems)
        .bind("kinds", kinds)
        .bind("limit", limit);
    tx.complete(of_amounts(found, amounts)).planned_anew().load(tx.conn).await
}

/// A value that the file would replace, and the batch that pays it.
#[derive(Debug, Clone, QueryableByName)]
pub struct Replaced {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Text)]
    pub pay_item_code: OutsideCode,
    #[diesel(sql_type = SqlUuid)]
    pub batch_id: Uuid,
    /// Number of all such values.
    #[diesel(sql_type = BigInt)]
    pub found: i64,
}

/// The first values of the batch's pay period that its file would replace. A value is that of a person and a pay item. It belongs to the
/// batch that was locked first, of those with a line of it that payroll has not rejected, whatever their pay group and currency: a person
/// may have moved. So of several batches one alone can be exported, and always the same one.
pub async fn replaced(
    tx: &mut Tx<'_>,
    batch: &Batch,
    amounts: LayoutAmounts,
    limit: i64,
) -> QueryResult<Vec<Replaced>> {
    const FOUND: &str = concat!(
        "
WITH written AS (
    SELECT ",
        person_of!("r"),
        " AS person_id, l.pay_item_code, l.batch_id, b.locked_at, min(l.employee_number COLLATE \"C\") AS employee_number,
           bool_or(NOT EXISTS (SELECT FROM payroll_acknowledgement_lines a
                                WHERE a.tenant_id = :tenant AND a.line_id = l.id AND a.outcome = 'rejected')) AS stands
      FROM payroll_batches b
      JOIN payroll_lines l ON l.tenant_id = :tenant AND l.batch_id = b.id
      JOIN employees r ON r.tenant_id = :tenant AND r.id = l.employee_id
     WHERE b.tenant_id = :tenant AND b.pay_period = :pay_period AND b.state IN ('locked', 'acknowledged') AND ",
        IS_IN,
        "
       AND EXISTS (SELECT FROM payroll_batches x
                    WHERE x.tenant_id = :tenant AND x.pay_period = :pay_period AND x.id <> :batch
                      AND x.state IN ('locked', 'acknowledged'))
     GROUP BY 1, 2, 3, 4),
owned AS (
    SELECT w.*, first_value(w.batch_id) OVER of_value AS owner_id, first_value(w.stands) OVER of_value AS is_owned
      FROM written w
    WINDOW of_value AS (PARTITION BY w.person_id, w.pay_item_code ORDER BY w.stands DESC, w.locked_at, w.batch_id))
SELECT o.person_id AS employee_id, o.pay_item_code, o.owner_id AS batch_id, count(*) OVER () AS found
  FROM owned o
 WHERE o.batch_id = :batch AND o.owner_id <> :batch AND o.is_owned
 ORDER BY o.employee_number, o.pay_item_code COLLATE \"C\"
 LIMIT :limit"
    );
    let found = statement(FOUND).bind("batch", batch.id).bind("pay_period", &batch.pay_period).bind("limit", limit);
    tx.complete(of_amounts(found, amounts)).planned_anew().load(tx.conn).await
}
