//! Programmes over HTTP.

use uuid::Uuid;

use super::dto::{ActivateProgrammeRequest, CreateProgrammeRequest, ListProgrammesQuery, UpdateProgrammeRequest};
use super::model::Programme;
use super::responses::{ProgrammePage, ProgrammeResponse};
use super::{queries, service};
use crate::auth::rights::{ProgrammesRead, ProgrammesWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::StateConflict;
use crate::error::Result;
use crate::http::{Json, Paged, Path, Reply, RequiredIfMatch, operations};
use crate::kernel::phrases::Thing;

operations! {
    create_programme, list_programmes, get_programme, update_programme, activate_programme, end_programme;
    super::versions::routes, super::periods::routes::routes, super::privileges::routes::routes
}

fn reply((programme, groups): (Programme, Vec<Uuid>)) -> Result<Reply> {
    Reply::ok(&ProgrammeResponse::new(programme, groups))
}

/// Create a programme
///
/// A programme starts as a pilot: it scores, but does not pay until it is activated.
#[utoipa::path(post, path = "/v1/programmes", responses((status = 201, body = ProgrammeResponse)))]
async fn create_programme(call: Call<ProgrammesWrite>, body: Json<CreateProgrammeRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let settings = request.parse(&mut faults);
        let (programme, groups) = service::create(tx, settings, faults).await?;
        let location = format!("/v1/programmes/{}", programme.id);
        Reply::created(location, &ProgrammeResponse::new(programme, groups))
    })
}

/// List programmes
///
/// Ordered by creation, oldest first.
#[utoipa::path(get, path = "/v1/programmes", responses((status = 200, body = ProgrammePage)))]
async fn list_programmes(call: Call<ProgrammesRead>, query: Paged<ListProgrammesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let (rows, next) = queries::list_page(tx, &query, &paging).await?;
        let ids: Vec<Uuid> = rows.iter().map(|programme| programme.id).collect();
        let mut groups = queries::groups_of(tx, &ids).await?;
        let items = rows.into_iter().map(|programme| {
            let own = groups.remove(&programme.id).unwrap_or_default();
            ProgrammeResponse::new(programme, own)
        });
        Reply::page(items, next)
    })
}

/// Get a programme
///
/// Its calendar, money and feedback settings, and the groups for which its sessions may be planned.
#[utoipa::path(get, path = "/v1/programmes/{id}", responses((status = 200, body = ProgrammeResponse)))]
async fn get_programme(call: Call<ProgrammesRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let programme = Thing::Programme.require(queries::find(tx, id).await?)?;
        let groups = service::groups(tx, id).await?;
        reply((programme, groups))
    })
}

/// Update a programme
///
/// A merge patch. The time zone is fixed as soon as a period has been closed or otherwise used. Cycle and currency are fixed then
/// too, and also as soon as a scoring rule or reward policies exist. Changing what is fixed is refused (409).
#[utoipa::path(
    patch, path = "/v1/programmes/{id}", responses((status = 200, body = ProgrammeResponse)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn update_programme(
    call: Call<ProgrammesWrite>,
    Path(id): Path<Uuid>,
    body: Json<UpdateProgrammeRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, patch, faults| {
        reply(service::update(tx, id, precondition, patch, faults).await?)
    })
}

/// Activate a programme
///
/// From `pilot` to `active`. Periods that ran as a pilot never pay, no matter when they are closed. Refused (409) if no published
/// scoring rule serves for the first period that is to pay.
#[utoipa::path(
    post, path = "/v1/programmes/{id}/activate", params(RequiredIfMatch),
    responses((status = 200, body = ProgrammeResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn activate_programme(
    call: Call<ProgrammesWrite>,
    Path(id): Path<Uuid>,
    body: Json<ActivateProgrammeRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| reply(service::activate(tx, id, precondition, request.pays_from_on).await?))
}

/// End a programme
///
/// It takes no new sessions. Sessions already given are still scored and closed. They pay if the programme was active in their
/// period.
#[utoipa::path(
    post, path = "/v1/programmes/{id}/end", params(RequiredIfMatch),
    responses((status = 200, body = ProgrammeResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn end_programme(call: Call<ProgrammesWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| reply(service::end(tx, id, precondition).await?))
}
