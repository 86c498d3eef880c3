//! Programmes over HTTP.

use actix_web::{HttpResponse, get, patch, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{ActivateProgrammeRequest, CreateProgrammeRequest, ListProgrammesQuery, UpdateProgrammeRequest};
use super::model::Programme;
use super::responses::{ProgrammePage, ProgrammeResponse};
use super::{queries, service};
use crate::auth::rights::{ProgrammesRead, ProgrammesWrite};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{ETag, Json, Path, Query, Reply};

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
    let etag = ETag(programme.version);
    Ok(Reply::ok(&ProgrammeResponse::new(programme, groups))?.etag(etag))
}

/// Create a programme
///
/// It starts as a pilot: it scores and does not pay until it is activated. Anonymous feedback is refused: it is not supported yet.
#[utoipa::path(
    tag = "programmes",
    responses((status = 201, description = "The programme.", body = ProgrammeResponse)),
    security(("oauth2" = ["programmes:write"]))
)]
#[post("/v1/programmes")]
pub async fn create_programme(call: Call<ProgrammesWrite>, body: Json<CreateProgrammeRequest>) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let (programme, groups) = service::create(tx, request.parse()?).await?;
            let (id, etag) = (programme.id, ETag(programme.version));
            let response = ProgrammeResponse::new(programme, groups);
            Ok(Reply::created(format!("/v1/programmes/{id}"), &response)?.etag(etag))
        }
        .boxed()
    })
    .await
}

/// List programmes
///
/// In the order in which they were made.
#[utoipa::path(
    tag = "programmes",
    params(ListProgrammesQuery),
    responses((status = 200, description = "A page of programmes.", body = ProgrammePage)),
    security(("oauth2" = ["programmes:read"]))
)]
#[get("/v1/programmes")]
pub async fn list_programmes(call: Call<ProgrammesRead>, query: Query<ListProgrammesQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let rows = queries::list_page(tx, query.state, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |programme| programme.id)?;
            let ids: Vec<Uuid> = page.items.iter().map(|programme| programme.id).collect();
            let mut groups = queries::groups_of(tx, &ids).await?;
            let page = page.map(|programme| {
                let own = groups.remove(&programme.id).unwrap_or_default();
                ProgrammeResponse::new(programme, own)
            });
            let next = page.next_target;
            Ok(Reply::ok(&ProgrammePage { items: page.items, next_cursor: page.next_cursor })?.next_page(next))
        }
        .boxed()
    })
    .await
}

/// Get a programme
///
/// Its calendar, its money, its terms of feedback, and the groups that make up its population.
#[utoipa::path(
    tag = "programmes",
    params(("id" = Uuid, Path, description = "The programme.")),
    responses((status = 200, description = "The programme.", body = ProgrammeResponse)),
    security(("oauth2" = ["programmes:read"]))
)]
#[get("/v1/programmes/{id}")]
pub async fn get_programme(call: Call<ProgrammesRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let found = queries::find(tx, id).await?;
            let programme = found.ok_or_else(|| Error::not_found("programme"))?;
            let groups = service::groups(tx, id).await?;
            reply((programme, groups))
        }
        .boxed()
    })
    .await
}

/// Change a programme
///
/// A merge patch. The time zone is fixed once a period has been closed or otherwise taken hold of; cycle and currency are
/// fixed as soon as a rule or policies exist as well: 409 then.
#[utoipa::path(
    tag = "programmes",
    params(("id" = Uuid, Path, description = "The programme.")),
    responses((status = 200, description = "The programme.", body = ProgrammeResponse)),
    security(("oauth2" = ["programmes:write"]))
)]
#[patch("/v1/programmes/{id}")]
pub async fn update_programme(
    call: Call<ProgrammesWrite>,
    id: Path<Uuid>,
    body: Json<UpdateProgrammeRequest>,
) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match()?);
    call.write(body, move |tx, patch| async move { reply(service::update(tx, id, precondition, patch).await?) }.boxed())
        .await
}

/// Activate a programme
///
/// From `pilot` to `active`. What was run as a pilot never pays, however late it is closed.
#[utoipa::path(
    tag = "programmes",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("If-Match" = String, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((status = 200, description = "The programme.", body = ProgrammeResponse)),
    security(("oauth2" = ["programmes:write"]))
)]
#[post("/v1/programmes/{id}/activate")]
pub async fn activate_programme(
    call: Call<ProgrammesWrite>,
    id: Path<Uuid>,
    body: Json<ActivateProgrammeRequest>,
) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match()?);
    call.write(body, move |tx, request| {
        async move { reply(service::activate(tx, id, precondition, request.pays_from_on).await?) }.boxed()
    })
    .await
}

/// End a programme
///
/// It takes no new sessions; what was given in it is still scored and closed, and pays if the programme was active by then.
#[utoipa::path(
    tag = "programmes",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("If-Match" = String, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((status = 200, description = "The programme.", body = ProgrammeResponse)),
    security(("oauth2" = ["programmes:write"]))
)]
#[post("/v1/programmes/{id}/end")]
pub async fn end_programme(call: Call<ProgrammesWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match()?);
    call.act(move |tx| async move { reply(service::end(tx, id, precondition).await?) }.boxed()).await
}
