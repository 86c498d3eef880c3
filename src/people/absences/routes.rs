//! Absences over HTTP.

use actix_web::{HttpResponse, delete, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{AbsencePage, AbsenceResponse, CreateAbsenceRequest, ListAbsencesQuery};
use super::queries::{self, Filter};
use super::service;
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Query, Reply};
use crate::people::visible;

pub fn routes(config: &mut ServiceConfig) {
    config.service(create_absence).service(list_absences).service(get_absence).service(delete_absence);
}

/// Record an absence
///
/// Leave or suspension, by whole days. With a `source_ref` that the source delivered before, that absence is changed.
#[utoipa::path(
    tag = "people",
    responses(
        (status = 200, description = "The absence of an earlier delivery, changed.", body = AbsenceResponse,
         headers(("ETag" = String, description = "Its version."))),
        (status = 201, description = "The new absence.", body = AbsenceResponse,
         headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))
    ),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/absences")]
pub async fn create_absence(call: Call<PeopleWrite>, body: Json<CreateAbsenceRequest>) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let (absence, is_new) = service::create(tx, request).await?;
            let reply = if is_new {
                Reply::created(format!("/v1/absences/{}", absence.id), &absence)?
            } else {
                Reply::ok(&absence)?
            };
            Ok(reply.etag(absence.etag))
        }
        .boxed()
    })
    .await
}

/// List absences
///
/// In the order of their recording. A manager sees those of people who are today in the managed departments or below; others
/// see their own.
#[utoipa::path(
    tag = "people",
    params(ListAbsencesQuery),
    responses((status = 200, description = "A page of absences.", body = AbsencePage)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/absences")]
pub async fn list_absences(call: Call<PeopleRead>, query: Query<ListAbsencesQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    let (employee_id, from_on, to_on, updated_since) =
        (query.employee_id, query.from_on, query.to_on, query.updated_since);
    call.read(move |tx| {
        async move {
            let reach = tx.actor.reach::<PeopleRead>()?;
            let visible = visible(tx, &reach).await?.ids().map(<[Uuid]>::to_vec);
            let filter = Filter { employee_id, from_on, to_on, updated_since, visible };
            let rows = queries::list_page(tx, filter, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |absence| absence.id)?;
            let items = service::render_all(tx, page.items).await?;
            Ok(Reply::ok(&AbsencePage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get an absence
///
/// Days on which a person is excused.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The absence.")),
    responses((
        status = 200, description = "The absence.", body = AbsenceResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/absences/{id}")]
pub async fn get_absence(call: Call<PeopleRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let absence = service::get(tx, id).await?;
            Ok(Reply::ok(&absence)?.etag(absence.etag))
        }
        .boxed()
    })
    .await
}

/// Delete an absence
///
/// It did not happen: its days count again.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The absence.")),
    responses((status = 204, description = "It is gone.")),
    security(("oauth2" = ["people:write"]))
)]
#[delete("/v1/absences/{id}")]
pub async fn delete_absence(call: Call<PeopleWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match()?;
    call.act(move |tx| {
        async move {
            service::delete(tx, id, precondition).await?;
            Ok(Reply::no_content())
        }
        .boxed()
    })
    .await
}
