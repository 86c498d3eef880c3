//! Organisers over HTTP.

use actix_web::http::header::LOCATION;
use uuid::Uuid;

use super::dto::{
    AppointGroupOrganiserRequest, EndGroupOrganiserRequest, GroupOrganiserPage, GroupOrganiserResponse,
    ListGroupOrganisersQuery,
};
use super::{queries, service};
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::{Answer, Call, answer};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::people::groups;

operations! { appoint_group_organiser, list_group_organisers, end_group_organiser }

/// Appoint an organiser of a lecturer group
///
/// For a time. An organiser decides what the group's lecturers ask for about sessions that were assigned to them, never what they
/// ask for themselves.
#[utoipa::path(
    post, path = "/v1/lecturer-groups/{id}/organisers", responses((status = 201, body = GroupOrganiserResponse)),
    extensions(("x-without" = json!([LOCATION.as_str()])))
)]
async fn appoint_group_organiser(
    call: Call<PeopleWrite>,
    Path(id): Path<Uuid>,
    body: Json<AppointGroupOrganiserRequest>,
) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        groups::get(tx, id).await?;
        let organiser = service::appoint(tx, id, request, faults).await?;
        Ok(Reply { status: 201, ..Reply::ok(&organiser)? })
    })
}

/// List the organisers of a lecturer group
///
/// Ordered by creation, oldest first. Everybody may know to whom a request goes.
#[utoipa::path(get, path = "/v1/lecturer-groups/{id}/organisers", responses((status = 200, body = GroupOrganiserPage)))]
async fn list_group_organisers(
    call: Call<PeopleRead>,
    Path(group): Path<Uuid>,
    query: Paged<ListGroupOrganisersQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        groups::get(tx, group).await?;
        let rows = queries::list_page(tx, group, query.on, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |organiser| organiser.id)?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// End an organiser's time
///
/// With a last day, which can be changed in the same way.
#[utoipa::path(
    post, path = "/v1/lecturer-groups/{id}/organisers/{organiser_id}/end", params(IfMatch),
    responses((status = 200, body = GroupOrganiserResponse))
)]
async fn end_group_organiser(
    call: Call<PeopleWrite>,
    Path((group, id)): Path<(Uuid, Uuid)>,
    body: Json<EndGroupOrganiserRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| Reply::ok(&service::end(tx, group, id, precondition, request).await?))
}
