//! Payroll lines over HTTP.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::dto::{ListPayrollLinesQuery, PayrollLinePage, PayrollLineResponse};
use super::model::Reported;
use super::queries;
use crate::auth::rights::PayrollExport;
use crate::call::{Answer, Call, answer};
use crate::error::Code::StateConflict;
use crate::error::Result;
use crate::http::{Paged, Path, Reply, operations};
use crate::journal::Tx;
use crate::kernel::phrases::Thing;
use crate::payroll::batches::{self, Batch, BatchState};

operations! { list_payroll_lines }

/// List payroll lines
///
/// The lines of a locked batch in the order of their numbers, which never changes, each with what payroll has reported last. A draft
/// has no lines yet (409). The lines of a
/// void batch are still listed but must not be paid: check `batch_state`.
#[utoipa::path(
    get, path = "/v1/payroll-batches/{id}/lines", responses((status = 200, body = PayrollLinePage)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn list_payroll_lines(
    call: Call<PayrollExport>,
    Path(id): Path<Uuid>,
    query: Paged<ListPayrollLinesQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let batch_state = find_batch(tx, id).await?.state;
        Thing::PayrollBatch.refuse_if(batch_state == BatchState::Draft, batch_state, BatchState::Locked)?;
        let person = query.employee_number.as_deref();
        let rows = queries::list_page(tx, id, person, paging.after()?.unwrap_or(0), paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |line| line.number)?;
        let ids: Vec<Uuid> = rows.iter().map(|line| line.id).collect();
        let reported = queries::reported(tx, &ids).await?.into_iter().map(|reported| (reported.line_id, reported));
        let mut reported: BTreeMap<Uuid, Reported> = reported.collect();
        let items = rows.into_iter().map(|line| {
            let said = reported.remove(&line.id);
            Ok(PayrollLineResponse::new(line)?.with(said))
        });
        let items = items.collect::<Result<_>>()?;
        Ok(Reply::ok(&PayrollLinePage { batch_state, items, next_cursor: next.cursor })?.next_page(next.target))
    })
}

async fn find_batch(tx: &mut Tx<'_>, id: Uuid) -> Result<Batch> {
    Thing::PayrollBatch.require(batches::find(tx, id).await?)
}
