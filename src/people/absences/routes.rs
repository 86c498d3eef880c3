//! Absences over HTTP.

use actix_web::{delete, get, post};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{AbsencePage, AbsenceResponse, CreateAbsenceRequest, ListAbsencesQuery};
use super::{queries, service};
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::{Answer, Call, answer};
use crate::http::{Json, Paged, Path, Reply};
use crate::people::visible;

pub fn routes(config: &mut ServiceConfig) {
    config.service(create_absence).service(list_absences).service(get_absence).service(delete_absence);
}

/// Record an absence
///
/// Leave or suspension, in whole days. If the source already sent this `source_ref`, that absence is updated.
#[utoipa::path(
    tag = "people",
    responses(
        (status = 200, description = "The absence that the source sent earlier, updated.", body = AbsenceResponse),
        (status = 201, description = "The new absence.", body = AbsenceResponse)
    ),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/absences")]
async fn create_absence(call: Call<PeopleWrite>, body: Json<CreateAbsenceRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let (absence, is_new) = service::create(tx, request).await?;
        let location = format!("/v1/absences/{}", absence.id);
        if is_new { Reply::created(location, &absence) } else { Reply::ok(&absence) }
    })
}

/// List absences
///
/// Ordered by creation, oldest first. Managers see their own absences and those of the people who are today in the departments
/// they manage or below. Lecturers and learners see only their own.
#[utoipa::path(
    tag = "people",
    params(Paged<ListAbsencesQuery>),
    responses((status = 200, description = "A page of absences.", body = AbsencePage)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/absences")]
async fn list_absences(call: Call<PeopleRead>, query: Paged<ListAbsencesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<PeopleRead>(tx).await?;
        let rows = queries::list_page(tx, &query, seen.ids(), paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |absence| absence.id)?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get an absence
///
/// Days on which a person is excused.
#[utoipa::path(
    tag = "people",
    responses((status = 200, description = "The absence.", body = AbsenceResponse)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/absences/{id}")]
async fn get_absence(call: Call<PeopleRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Delete an absence
///
/// For an absence that did not happen. Its days count again.
#[utoipa::path(
    tag = "people",
    responses((status = 204, description = "The absence was deleted.")),
    security(("oauth2" = ["people:write"]))
)]
#[delete("/v1/absences/{id}")]
async fn delete_absence(call: Call<PeopleWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        service::delete(tx, id, precondition).await?;
        Ok(Reply::no_content())
    })
}
