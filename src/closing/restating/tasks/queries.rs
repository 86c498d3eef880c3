//! Statements on tasks.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListHrTasksQuery;
use super::model::{Decision, HrTask, NewHrTask};
use crate::db::row_queries;
use crate::http::{Listed, Paging};
use crate::journal::Tx;

row_queries!(
    HrTask,
    hr_tasks,
    find,
    find_for_update = find(for_update),
    update(Decision),
    /// Newest first.
    list_page = list(
        latest id; query: &ListHrTasksQuery, records: Option<&[Uuid]>;
        employee_id in records, state = query.state, kind = query.kind, programme_id = query.programme_id,
        restatement_id = query.restatement_id
    ),
);

pub async fn insert(tx: &mut Tx<'_>, rows: &[NewHrTask]) -> QueryResult<usize> {
    tx.insert_set(rows).await
}
