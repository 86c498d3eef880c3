//! Programmes over HTTP.

use actix_web::{get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{ActivateProgrammeRequest, CreateProgrammeRequest, ListProgrammesQuery, UpdateProgrammeRequest};
use super::model::Programme;
use super::responses::{ProgrammePage, ProgrammeResponse};
use super::{queries, service};
use crate::auth::rights::{ProgrammesRead, ProgrammesWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::StateConflict;
use crate::error::Result;
use crate::http::{Json, Paged, Path, Reply, RequiredIfMatch};
use crate::kernel::phrases::Thing;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_programme)
        .service(list_programmes)
        .service(get_programme)
        .service(update_programme)
        .service(activate_programme)
        .service(end_programme);
    super::versions::routes(config);
    super::periods::routes::routes(config);
}

fn reply((programme, groups): (Programme, Vec<Uuid>)) -> Result<Reply> {
    Reply::ok(&ProgrammeResponse::new(programme, groups))
}

/// Create a programme
///
/// A programme starts as a pilot: it scores, but does not pay until it is activated. Anonymous feedback is not supported yet and
/// is refused.
#[utoipa::path(
    tag = "programmes",
    responses((status = 201, description = "The new programme.", body = ProgrammeResponse)),
    security(("oauth2" = ["programmes:write"]))
)]
#[post("/v1/programmes")]
async fn create_programme(call: Call<ProgrammesWrite>, body: Json<CreateProgrammeRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let (programme, groups) = service::create(tx, request.parse()?).await?;
        let location = format!("/v1/programmes/{}", programme.id);
        Reply::created(location, &ProgrammeResponse::new(programme, groups))
    })
}

/// List programmes
///
/// Ordered by creation, oldest first.
#[utoipa::path(
    tag = "programmes",
    params(Paged<ListProgrammesQuery>),
    responses((status = 200, description = "A page of programmes.", body = ProgrammePage)),
    security(("oauth2" = ["programmes:read"]))
)]
#[get("/v1/programmes")]
async fn list_programmes(call: Call<ProgrammesRead>, query: Paged<ListProgrammesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let rows = queries::list_page(tx, query.state, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |programme| programme.id)?;
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
/// Its calendar, money and feedback settings, and the groups whose members are scored.
#[utoipa::path(
    tag = "programmes",
    responses((status = 200, description = "The programme.", body = ProgrammeResponse)),
    security(("oauth2" = ["programmes:read"]))
)]
#[get("/v1/programmes/{id}")]
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
    tag = "programmes",
    responses((status = 200, description = "The updated programme.", body = ProgrammeResponse)),
    security(("oauth2" = ["programmes:write"])),
    extensions(("x-refuses" = json!([StateConflict])))
)]
#[patch("/v1/programmes/{id}")]
async fn update_programme(
    call: Call<ProgrammesWrite>,
    Path(id): Path<Uuid>,
    body: Json<UpdateProgrammeRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, patch| reply(service::update(tx, id, precondition, patch).await?))
}

/// Activate a programme
///
/// From `pilot` to `active`. Periods that ran as a pilot never pay, no matter when they are closed.
#[utoipa::path(
    tag = "programmes",
    params(RequiredIfMatch),
    responses((status = 200, description = "The updated programme.", body = ProgrammeResponse)),
    security(("oauth2" = ["programmes:write"])),
    extensions(("x-refuses" = json!([StateConflict])))
)]
#[post("/v1/programmes/{id}/activate")]
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
    tag = "programmes",
    params(RequiredIfMatch),
    responses((status = 200, description = "The updated programme.", body = ProgrammeResponse)),
    security(("oauth2" = ["programmes:write"])),
    extensions(("x-refuses" = json!([StateConflict])))
)]
#[post("/v1/programmes/{id}/end")]
async fn end_programme(call: Call<ProgrammesWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| reply(service::end(tx, id, precondition).await?))
}
