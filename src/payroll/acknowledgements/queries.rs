//! Statements on acknowledgements.

use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Acknowledgement, Answer, KnownLine, NewAnswer, Outcome};
use crate::journal::Tx;
use crate::schema::{payroll_acknowledgement_lines as answers, payroll_acknowledgements as acknowledgements};

/// How many rows go in one statement: far below the 65,535 values that one may have.
const CHUNK: usize = 1000;

pub async fn insert(tx: &mut Tx<'_>, row: &Acknowledgement) -> QueryResult<usize> {
    diesel::insert_into(crate::schema::payroll_acknowledgements::table).values(row).execute(tx.conn).await
}

pub async fn insert_answers(tx: &mut Tx<'_>, rows: &[NewAnswer]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        diesel::insert_into(crate::schema::payroll_acknowledgement_lines::table).values(chunk).execute(tx.conn).await?;
    }
    Ok(())
}

/// The answer of a run.
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

/// In the order of their coming, after the acknowledgement `after`.
pub async fn list_page(
    tx: &mut Tx<'_>,
    batch: Uuid,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Acknowledgement>> {
    let mut page = acknowledgements::table
        .filter(acknowledgements::tenant_id.eq(tx.tenant))
        .filter(acknowledgements::batch_id.eq(batch))
        .select(Acknowledgement::as_select())
        .into_boxed();
    if let Some(after) = after {
        page = page.filter(acknowledgements::id.gt(after));
    }
    page.order(acknowledgements::id).limit(fetch).load(tx.conn).await
}

/// What acknowledgements say, line by line.
pub async fn answers_of(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<Answer>> {
    answers::table
        .filter(answers::tenant_id.eq(tx.tenant))
        .filter(answers::acknowledgement_id.eq_any(ids))
        .order(answers::line_id)
        .select(Answer::as_select())
        .load(tx.conn)
        .await
}

/// Everything that was said about the lines of a batch.
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

/// These lines, as far as they are the batch's.
pub async fn known_lines(tx: &mut Tx<'_>, batch: Uuid, lines: &[Uuid]) -> QueryResult<Vec<KnownLine>> {
    diesel::sql_query(
        "SELECT l.id AS line_id, l.entry_id, e.maker_id, l.amount_minor,
                (SELECT max(v.seq) FROM reward_entry_events v WHERE v.tenant_id = $1 AND v.entry_id = e.id) AS seq
           FROM payroll_lines l JOIN reward_entries e ON e.tenant_id = $1 AND e.id = l.entry_id
          WHERE l.tenant_id = $1 AND l.batch_id = $2 AND l.id = ANY ($3)",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<SqlUuid, _>(batch)
    .bind::<Array<SqlUuid>, _>(lines)
    .load(tx.conn)
    .await
}
