//! What-ifs over HTTP.

use uuid::Uuid;

use super::dto::{ListWhatIfLecturersQuery, OrderWhatIfRequest, WhatIfLecturerPage, WhatIfPage, WhatIfResponse};
use super::service;
use crate::auth::rights::{ProgrammesRead, ProgrammesWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::StateConflict;
use crate::http::{Json, Paged, Path, Reply, operations};

operations! { create_what_if, list_what_ifs, get_what_if, list_what_if_lecturers }

/// Try a draft on closed periods
///
/// A version of the scoring rule, of the reward policies, or both, usually drafts, over the frozen inputs of closed periods: who would
/// move in score, grade, rank and rewards, how grades spread, and what it costs against the budget. The work is a job; nothing
/// but the report is stored. Where a period is closed, a draft is published only after a what-if of it, as it stands.
#[utoipa::path(
    post, path = "/v1/programmes/{id}/what-ifs", responses((status = 202, body = WhatIfResponse)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn create_what_if(
    call: Call<ProgrammesWrite>,
    Path(programme): Path<Uuid>,
    body: Json<OrderWhatIfRequest>,
) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let (row, _) = service::order(tx, programme, request, faults).await?;
        let location = format!("/v1/programmes/{programme}/what-ifs/{}", row.id);
        Reply::accepted(location, &service::response(tx, row).await?)
    })
}

/// List what-ifs
///
/// Newest first, with their reports. Like drafts, they are visible only to people who maintain rules, and to auditors.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/what-ifs", responses((status = 200, body = WhatIfPage))
)]
async fn list_what_ifs(call: Call<ProgrammesRead>, Path(programme): Path<Uuid>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let (items, next) = service::list(tx, programme, &paging).await?;
        Reply::page(items, next)
    })
}

/// Get a what-if
///
/// Its report, as far as it is done. Poll it about once a second until `state` is `done`; if it stays `running`, its job says why.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/what-ifs/{what_if_id}", responses((status = 200, body = WhatIfResponse))
)]
async fn get_what_if(call: Call<ProgrammesRead>, Path((programme, id)): Path<(Uuid, Uuid)>) -> Answer {
    answer!(call.read(), |tx| {
        let row = service::find(tx, programme, id).await?;
        Reply::ok(&service::response(tx, row).await?)
    })
}

/// List the lecturers of a what-if
///
/// The result of each lecturer in each period, as it is and as it would be: period by period, in the order of employee numbers.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/what-ifs/{what_if_id}/lecturers",
    responses((status = 200, body = WhatIfLecturerPage))
)]
async fn list_what_if_lecturers(
    call: Call<ProgrammesRead>,
    Path((programme, id)): Path<(Uuid, Uuid)>,
    query: Paged<ListWhatIfLecturersQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let row = service::find(tx, programme, id).await?;
        let (items, next) = service::list_lecturers(tx, &row, query, &paging).await?;
        Reply::page(items, next)
    })
}
