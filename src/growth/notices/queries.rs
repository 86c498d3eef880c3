//! Statements on improvement notices.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListImprovementNoticesQuery;
use super::model::{ImprovementNotice, Step};
use crate::db::row_queries;
use crate::http::{Listed, Paging};
use crate::journal::Tx;

row_queries!(
    ImprovementNotice,
    improvement_notices,
    find,
    find_for_update = find(for_update),
    update(Step),
    list_page = list(
        latest id; query: &ListImprovementNoticesQuery, people: Option<&[Uuid]>, records: Option<&[Uuid]>;
        employee_id in people, employee_id in records, programme_id = query.programme_id, state = query.state,
        closed_at has query.closed
    ),
);
