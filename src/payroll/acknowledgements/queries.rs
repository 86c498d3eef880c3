//! Statements on acknowledgements.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Acknowledgement, Answer, KnownLine, NewAnswer, Outcome};
use crate::db::{concat, row_queries, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::text::Consumer;
use crate::rewards::ledger::LAST_EVENT;
use crate::schema::{payroll_acknowledgement_lines as answers, payroll_acknowledgements as acknowledgements};

pub async fn insert(tx: &mut Tx<'_>, row: &Acknowledgement) -> QueryResult<usize> {
    diesel::insert_into(acknowledgements::table).values(row).execute(tx.conn).await
}

pub async fn insert_answers(tx: &mut Tx<'_>, rows: &[NewAnswer]) -> QueryResult<usize> {
    tx.insert_set(rows).await
}

/// The acknowledgement of a run.
pub async fn find_run(tx: &mut Tx<'_>, batch: Uuid, consumer: &str, run: &str) -> QueryResult<Option<Acknowledgement>> {
    acknowledgements::table
        .filter(acknowledgements::tenant_id.eq(tx.tenant))
        .filter(acknowledgements::batch_id.eq(batch))
        .filter(acknowledgements::consumer.eq(consumer))
        .filter(acknowledgements::external_run_id.eq(run))
        .select(Acknowledgement::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// The payroll system that acknowledges the batch, once it has begun.
pub async fn consumer_of(tx: &mut Tx<'_>, batch: Uuid) -> QueryResult<Option<Consumer>> {
    acknowledgements::table
        .filter(acknowledgements::tenant_id.eq(tx.tenant))
        .filter(acknowledgements::batch_id.eq(batch))
        .order(acknowledgements::id)
        .select(acknowledgements::consumer)
        .first(tx.conn)
        .await
        .optional()
}

pub async fn find(tx: &mut Tx<'_>, batch: Uuid, id: Uuid) -> QueryResult<Option<Acknowledgement>> {
    acknowledgements::table
        .filter(acknowledgements::tenant_id.eq(tx.tenant))
        .filter(acknowledgements::batch_id.eq(batch))
        .filter(acknowledgements::id.eq(id))
        .select(Acknowledgement::as_select())
        .first(tx.conn)
        .await
        .optional()
}

row_queries!(
    Acknowledgement,
    payroll_acknowledgements,
    /// Oldest first.
    list_page = list(by id; batch: Uuid; batch_id = Some(batch)),
);

/// What acknowledgements report, line by line.
pub async fn answers_of(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<Answer>> {
    answers::table
        .filter(answers::tenant_id.eq(tx.tenant))
        .filter(answers::acknowledgement_id.eq_any(ids))
        .order(answers::line_id)
        .select(Answer::as_select())
        .load(tx.conn)
        .await
}

/// All outcomes reported for the lines of a batch.
pub async fn outcomes(tx: &mut Tx<'_>, batch: Uuid) -> QueryResult<Vec<(Uuid, Outcome)>> {
    answers::table
        .inner_join(
            acknowledgements::table.on(acknowledgements::tenant_id
                .eq(answers::tenant_id)
                .and(acknowledgements::id.eq(answers::acknowledgement_id))),
        )
        .filter(answers::tenant_id.eq(tx.tenant))
        .filter(acknowledgements::tenant_id.eq(tx.tenant))
        .filter(acknowledgements::batch_id.eq(batch))
        .select((answers::line_id, answers::outcome))
        .load(tx.conn)
        .await
}

/// Those of the given lines that belong to the batch.
pub async fn known_lines(tx: &mut Tx<'_>, batch: Uuid, lines: &[Uuid]) -> QueryResult<Vec<KnownLine>> {
    statement(concat!(
        "SELECT l.id AS line_id, l.entry_id, e.maker_id, l.amount_minor, last.seq
           FROM payroll_lines l JOIN reward_entries e ON e.tenant_id = :tenant AND e.id = l.entry_id",
        LAST_EVENT,
        " WHERE l.tenant_id = :tenant AND l.batch_id = :batch AND l.id = ANY (:lines)"
    ))
    .bind("tenant", tx.tenant)
    .bind("batch", batch)
    .bind("lines", lines)
    .load(tx.conn)
    .await
}
