//! Lecturer groups over HTTP.

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
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::people::visible;

operations! {
    create_lecturer_group, list_lecturer_groups, get_lecturer_group, update_lecturer_group, delete_lecturer_group,
    add_group_member, list_group_members, get_group_member, end_group_member, delete_group_member
}

/// Create a lecturer group
///
/// Lecturers of one subject, who take turns in giving sessions.
#[utoipa::path(
    post, path = "/v1/lecturer-groups", responses((status = 201, body = LecturerGroupResponse)),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
async fn create_lecturer_group(call: Call<PeopleWrite>, body: Json<CreateLecturerGroupRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let group = service::create(tx, request).await?;
        Reply::created(format!("/v1/lecturer-groups/{}", group.id), &group)
    })
}

/// List lecturer groups
///
/// All groups, ordered by creation, oldest first.
#[utoipa::path(get, path = "/v1/lecturer-groups", responses((status = 200, body = LecturerGroupPage)))]
async fn list_lecturer_groups(call: Call<PeopleRead>, query: Paged<ListLecturerGroupsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let (rows, next) = queries::list_page(tx, &query, &paging).await?;
        Reply::page(rows.into_iter().map(LecturerGroupResponse::new), next)
    })
}

/// Get a lecturer group
///
/// Lecturers of one subject, who take turns in giving sessions.
#[utoipa::path(get, path = "/v1/lecturer-groups/{id}", responses((status = 200, body = LecturerGroupResponse)))]
async fn get_lecturer_group(call: Call<PeopleRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Update a lecturer group
///
/// A merge patch (RFC 7396).
#[utoipa::path(
    patch, path = "/v1/lecturer-groups/{id}", responses((status = 200, body = LecturerGroupResponse)),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
async fn update_lecturer_group(
    call: Call<PeopleWrite>,
    Path(id): Path<Uuid>,
    body: Json<UpdateLecturerGroupRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let change = request.into_change(&mut faults);
        Reply::ok(&service::update(tx, id, precondition, change, faults).await?)
    })
}

/// Delete a lecturer group
///
/// Only if nothing refers to it: no member, organiser, programme or session.
#[utoipa::path(
    delete, path = "/v1/lecturer-groups/{id}", responses((status = 204)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
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
    post, path = "/v1/lecturer-groups/{id}/members", responses((status = 201, body = GroupMemberResponse)),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn add_group_member(call: Call<PeopleWrite>, Path(id): Path<Uuid>, body: Json<AddGroupMemberRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let member = service::add_member(tx, id, request, faults).await?;
        let location = format!("/v1/lecturer-groups/{id}/members/{}", member.id);
        Reply::created(location, &member)
    })
}

/// List the members of a lecturer group
///
/// Ordered by creation, oldest first. Managers see themselves and the people who are today in the departments they manage or
/// below. Lecturers and learners see only themselves.
#[utoipa::path(get, path = "/v1/lecturer-groups/{id}/members", responses((status = 200, body = GroupMemberPage)))]
async fn list_group_members(
    call: Call<PeopleRead>,
    Path(group): Path<Uuid>,
    query: Paged<ListGroupMembersQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        service::get(tx, group).await?;
        let seen = visible::<PeopleRead>(tx).await?;
        let (rows, next) = queries::list_members(tx, group, query.on, seen.ids(), &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get a member of a lecturer group
///
/// The person, with the first day of their membership and the day on which it ends.
#[utoipa::path(
    get, path = "/v1/lecturer-groups/{id}/members/{member_id}", responses((status = 200, body = GroupMemberResponse))
)]
async fn get_group_member(call: Call<PeopleRead>, Path((group, id)): Path<(Uuid, Uuid)>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get_member(tx, group, id).await?))
}

/// End a membership of a lecturer group
///
/// On a given last day.
#[utoipa::path(
    post, path = "/v1/lecturer-groups/{id}/members/{member_id}/end", params(IfMatch),
    responses((status = 200, body = GroupMemberResponse)),
    extensions(("x-refuses" = json!([StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
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
    delete, path = "/v1/lecturer-groups/{id}/members/{member_id}",
    responses((status = 200, description = "The membership as it was.", body = GroupMemberResponse)),
    extensions(("x-tells-closed-periods" = json!(true)))
)]
async fn delete_group_member(call: Call<PeopleWrite>, Path((group, id)): Path<(Uuid, Uuid)>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&service::delete_member(tx, group, id, precondition).await?))
}
