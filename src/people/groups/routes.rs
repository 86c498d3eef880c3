//! Lecturer groups over HTTP.

use actix_web::{delete, get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    AddGroupMemberRequest, CreateLecturerGroupRequest, EndGroupMemberRequest, GroupMemberPage, GroupMemberResponse,
    LecturerGroupPage, LecturerGroupResponse, ListGroupMembersQuery, ListLecturerGroupsQuery,
    UpdateLecturerGroupRequest,
};
use super::{queries, service};
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{AlreadyExists, StateConflict};
use crate::http::{IfMatch, Json, Paged, Path, Reply};
use crate::people::visible;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_lecturer_group)
        .service(list_lecturer_groups)
        .service(get_lecturer_group)
        .service(update_lecturer_group)
        .service(delete_lecturer_group)
        .service(add_group_member)
        .service(list_group_members)
        .service(get_group_member)
        .service(end_group_member)
        .service(delete_group_member);
}

/// Create a lecturer group
///
/// Lecturers of one subject, who take turns in giving sessions.
#[utoipa::path(
    tag = "people",
    responses((status = 201, description = "The new group.", body = LecturerGroupResponse)),
    security(("oauth2" = ["people:write"])),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
#[post("/v1/lecturer-groups")]
async fn create_lecturer_group(call: Call<PeopleWrite>, body: Json<CreateLecturerGroupRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let group = service::create(tx, request).await?;
        Reply::created(format!("/v1/lecturer-groups/{}", group.id), &group)
    })
}

/// List lecturer groups
///
/// All groups, ordered by creation, oldest first.
#[utoipa::path(
    tag = "people",
    params(Paged<ListLecturerGroupsQuery>),
    responses((status = 200, description = "A page of groups.", body = LecturerGroupPage)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/lecturer-groups")]
async fn list_lecturer_groups(call: Call<PeopleRead>, query: Paged<ListLecturerGroupsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let rows = queries::list_page(tx, query.code, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |group| group.id)?;
        Reply::page(rows.into_iter().map(LecturerGroupResponse::from), next)
    })
}

/// Get a lecturer group
///
/// Lecturers of one subject, who take turns in giving sessions.
#[utoipa::path(
    tag = "people",
    responses((status = 200, description = "The group.", body = LecturerGroupResponse)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/lecturer-groups/{id}")]
async fn get_lecturer_group(call: Call<PeopleRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Update a lecturer group
///
/// A merge patch (RFC 7396).
#[utoipa::path(
    tag = "people",
    responses((status = 200, description = "The updated group.", body = LecturerGroupResponse)),
    security(("oauth2" = ["people:write"])),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
#[patch("/v1/lecturer-groups/{id}")]
async fn update_lecturer_group(
    call: Call<PeopleWrite>,
    Path(id): Path<Uuid>,
    body: Json<UpdateLecturerGroupRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&service::update(tx, id, precondition, request.into_change()?).await?)
    })
}

/// Delete a lecturer group
///
/// Only if nothing refers to it: no member, programme or session.
#[utoipa::path(
    tag = "people",
    responses((status = 204, description = "The group was deleted.")),
    security(("oauth2" = ["people:write"])),
    extensions(("x-refuses" = json!([StateConflict])))
)]
#[delete("/v1/lecturer-groups/{id}")]
async fn delete_lecturer_group(call: Call<PeopleWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        service::delete(tx, id, precondition).await?;
        Ok(Reply::no_content())
    })
}

/// Add a member to a lecturer group
///
/// From a given day on. A person cannot be in a group twice at the same time.
#[utoipa::path(
    tag = "people",
    responses((status = 201, description = "The new member.", body = GroupMemberResponse)),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/lecturer-groups/{id}/members")]
async fn add_group_member(call: Call<PeopleWrite>, Path(id): Path<Uuid>, body: Json<AddGroupMemberRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let member = service::add_member(tx, id, request).await?;
        let location = format!("/v1/lecturer-groups/{id}/members/{}", member.id);
        Reply::created(location, &member)
    })
}

/// List the members of a lecturer group
///
/// Ordered by creation, oldest first. Managers see themselves and the people who are today in the departments they manage or
/// below. Lecturers and learners see only themselves.
#[utoipa::path(
    tag = "people",
    params(Paged<ListGroupMembersQuery>),
    responses((status = 200, description = "A page of members.", body = GroupMemberPage)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/lecturer-groups/{id}/members")]
async fn list_group_members(
    call: Call<PeopleRead>,
    Path(group): Path<Uuid>,
    query: Paged<ListGroupMembersQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        service::get(tx, group).await?;
        let seen = visible::<PeopleRead>(tx).await?;
        let rows = queries::list_members(tx, group, query.on, seen.ids(), paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |member| member.id)?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get a member of a lecturer group
///
/// The person, with the first day of their membership and the day on which it ends.
#[utoipa::path(
    tag = "people",
    responses((status = 200, description = "The member.", body = GroupMemberResponse)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/lecturer-groups/{id}/members/{member_id}")]
async fn get_group_member(call: Call<PeopleRead>, Path((group, id)): Path<(Uuid, Uuid)>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get_member(tx, group, id).await?))
}

/// End a membership of a lecturer group
///
/// From a given day on.
#[utoipa::path(
    tag = "people",
    params(IfMatch),
    responses((status = 200, description = "The updated member.", body = GroupMemberResponse)),
    security(("oauth2" = ["people:write"])),
    extensions(("x-refuses" = json!([StateConflict])))
)]
#[post("/v1/lecturer-groups/{id}/members/{member_id}/end")]
async fn end_group_member(
    call: Call<PeopleWrite>,
    Path((group, id)): Path<(Uuid, Uuid)>,
    body: Json<EndGroupMemberRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&service::end_member(tx, group, id, precondition, request).await?)
    })
}

/// Delete a member of a lecturer group
///
/// For a membership that never existed. End a membership that is over instead.
#[utoipa::path(
    tag = "people",
    responses((status = 204, description = "The member was deleted.")),
    security(("oauth2" = ["people:write"]))
)]
#[delete("/v1/lecturer-groups/{id}/members/{member_id}")]
async fn delete_group_member(call: Call<PeopleWrite>, Path((group, id)): Path<(Uuid, Uuid)>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        service::delete_member(tx, group, id, precondition).await?;
        Ok(Reply::no_content())
    })
}
