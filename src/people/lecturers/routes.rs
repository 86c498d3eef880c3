//! Lecturers over HTTP.

use actix_web::{HttpResponse, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    AppointLecturerRequest, ChangeLecturerLevelRequest, EndLecturerRequest, LecturerPage, LecturerResponse,
    ListLecturersQuery,
};
use super::queries::{self, Filter};
use super::service;
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Query, Reply};
use crate::people::{today, visible};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(appoint_lecturer)
        .service(list_lecturers)
        .service(get_lecturer)
        .service(end_lecturer)
        .service(change_lecturer_level);
}

/// Appoint a lecturer
///
/// From a day on. The appointments of a person may follow one another and not overlap.
#[utoipa::path(
    tag = "people",
    responses((
        status = 201, description = "The appointment.", body = LecturerResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/lecturers")]
pub async fn appoint_lecturer(call: Call<PeopleWrite>, body: Json<AppointLecturerRequest>) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let lecturer = service::appoint(tx, request).await?;
            Ok(Reply::created(format!("/v1/lecturers/{}", lecturer.id), &lecturer)?.etag(lecturer.etag))
        }
        .boxed()
    })
    .await
}

/// List lecturers
///
/// Appointments in the order of their making, those that have ended included. A manager sees those of people who are today in
/// the managed departments or below; others see their own.
#[utoipa::path(
    tag = "people",
    params(ListLecturersQuery),
    responses((status = 200, description = "A page of appointments.", body = LecturerPage)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/lecturers")]
pub async fn list_lecturers(call: Call<PeopleRead>, query: Query<ListLecturersQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    let (group_id, employee_id, updated_since) = (query.group_id, query.employee_id, query.updated_since);
    call.read(move |tx| {
        async move {
            let reach = tx.actor.reach::<PeopleRead>()?;
            let visible = visible(tx, &reach).await?.ids().map(<[Uuid]>::to_vec);
            let today = today(tx).await?;
            let group = group_id.map(|id| (id, today));
            let filter = Filter { group, employee_id, updated_since, visible };
            let rows = queries::list_page(tx, filter, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |lecturer| lecturer.id)?;
            let items = service::render_all(tx, page.items).await?;
            Ok(Reply::ok(&LecturerPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a lecturer
///
/// One appointment with its levels.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The appointment.")),
    responses((
        status = 200, description = "The appointment.", body = LecturerResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/lecturers/{id}")]
pub async fn get_lecturer(call: Call<PeopleRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let lecturer = service::get(tx, id).await?;
            Ok(Reply::ok(&lecturer)?.etag(lecturer.etag))
        }
        .boxed()
    })
    .await
}

/// End an appointment
///
/// From a day on. Its level ends with it, levels to come go. Memberships in lecturer groups are ended by themselves.
#[utoipa::path(
    tag = "people",
    params(
        ("id" = Uuid, Path, description = "The appointment."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "The appointment as it is now.", body = LecturerResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/lecturers/{id}/end")]
pub async fn end_lecturer(
    call: Call<PeopleWrite>,
    id: Path<Uuid>,
    body: Json<EndLecturerRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.write(body, move |tx, request| {
        async move {
            let lecturer = service::end(tx, id, precondition, request).await?;
            Ok(Reply::ok(&lecturer)?.etag(lecturer.etag))
        }
        .boxed()
    })
    .await
}

/// Change a lecturer's level
///
/// From a day of the appointment on, until the next level that is recorded. Nothing changes where it is that level already.
#[utoipa::path(
    tag = "people",
    params(
        ("id" = Uuid, Path, description = "The appointment."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "The appointment as it is now.", body = LecturerResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/lecturers/{id}/levels")]
pub async fn change_lecturer_level(
    call: Call<PeopleWrite>,
    id: Path<Uuid>,
    body: Json<ChangeLecturerLevelRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.write(body, move |tx, request| {
        async move {
            let lecturer = service::change_level(tx, id, precondition, request).await?;
            Ok(Reply::ok(&lecturer)?.etag(lecturer.etag))
        }
        .boxed()
    })
    .await
}
