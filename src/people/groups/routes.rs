//! Lecturer groups over HTTP.

use actix_web::{HttpResponse, delete, get, patch, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    AddGroupMemberRequest, CreateLecturerGroupRequest, EndGroupMemberRequest, GroupMemberPage, GroupMemberResponse,
    LecturerGroupPage, LecturerGroupResponse, ListGroupMembersQuery, ListLecturerGroupsQuery,
    UpdateLecturerGroupRequest,
};
use super::queries::{self, MemberFilter};
use super::service;
use crate::auth::rights::{PeopleRead, PeopleWrite};
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Query, Reply};
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
/// Lecturers of one subject, who take turns.
#[utoipa::path(
    tag = "people",
    responses((
        status = 201, description = "The group.", body = LecturerGroupResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/lecturer-groups")]
pub async fn create_lecturer_group(
    call: Call<PeopleWrite>,
    body: Json<CreateLecturerGroupRequest>,
) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let group = service::create(tx, request).await?;
            Ok(Reply::created(format!("/v1/lecturer-groups/{}", group.id), &group)?.etag(group.etag))
        }
        .boxed()
    })
    .await
}

/// List lecturer groups
///
/// All of them, in the order of their making.
#[utoipa::path(
    tag = "people",
    params(ListLecturerGroupsQuery),
    responses((status = 200, description = "A page of groups.", body = LecturerGroupPage)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/lecturer-groups")]
pub async fn list_lecturer_groups(
    call: Call<PeopleRead>,
    query: Query<ListLecturerGroupsQuery>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    let code = query.code;
    call.read(move |tx| {
        async move {
            let rows = queries::list_page(tx, code, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |group| group.id)?.map(LecturerGroupResponse::from);
            let answer = LecturerGroupPage { items: page.items, next_cursor: page.next_cursor };
            Ok(Reply::ok(&answer)?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a lecturer group
///
/// Lecturers of one subject, who take turns.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The group.")),
    responses((
        status = 200, description = "The group.", body = LecturerGroupResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/lecturer-groups/{id}")]
pub async fn get_lecturer_group(call: Call<PeopleRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let group = service::get(tx, id).await?;
            Ok(Reply::ok(&group)?.etag(group.etag))
        }
        .boxed()
    })
    .await
}

/// Update a lecturer group
///
/// A merge patch (RFC 7396).
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The group.")),
    responses((
        status = 200, description = "The group as it is now.", body = LecturerGroupResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:write"]))
)]
#[patch("/v1/lecturer-groups/{id}")]
pub async fn update_lecturer_group(
    call: Call<PeopleWrite>,
    id: Path<Uuid>,
    body: Json<UpdateLecturerGroupRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match()?;
    call.write(body, move |tx, request| {
        async move {
            let group = service::update(tx, id, precondition, request.into_change()?).await?;
            Ok(Reply::ok(&group)?.etag(group.etag))
        }
        .boxed()
    })
    .await
}

/// Delete a lecturer group
///
/// Only one that nothing names: no member, programme or session.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The group.")),
    responses((status = 204, description = "It is gone.")),
    security(("oauth2" = ["people:write"]))
)]
#[delete("/v1/lecturer-groups/{id}")]
pub async fn delete_lecturer_group(call: Call<PeopleWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
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

/// Add a member to a lecturer group
///
/// From a day on. A person is in a group once at a time.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The group.")),
    responses((
        status = 201, description = "The member.", body = GroupMemberResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/lecturer-groups/{id}/members")]
pub async fn add_group_member(
    call: Call<PeopleWrite>,
    id: Path<Uuid>,
    body: Json<AddGroupMemberRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.write(body, move |tx, request| {
        async move {
            let member = service::add_member(tx, id, request).await?;
            let location = format!("/v1/lecturer-groups/{id}/members/{}", member.id);
            Ok(Reply::created(location, &member)?.etag(member.etag))
        }
        .boxed()
    })
    .await
}

/// List the members of a lecturer group
///
/// In the order of their joining. A manager sees who is today in the managed departments or below; others see themselves.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The group."), ListGroupMembersQuery),
    responses((status = 200, description = "A page of members.", body = GroupMemberPage)),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/lecturer-groups/{id}/members")]
pub async fn list_group_members(
    call: Call<PeopleRead>,
    id: Path<Uuid>,
    query: Query<ListGroupMembersQuery>,
) -> Result<HttpResponse> {
    let (group, query) = (id.into_inner(), query.into_inner());
    let paging = call.paging(query.limit, query.cursor);
    let on = query.on;
    call.read(move |tx| {
        async move {
            service::get(tx, group).await?;
            let reach = tx.actor.reach::<PeopleRead>()?;
            let visible = visible(tx, &reach).await?.ids().map(<[Uuid]>::to_vec);
            let filter = MemberFilter { group, on, visible };
            let rows = queries::list_members(tx, filter, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |member| member.id)?;
            let items = service::render_all(tx, page.items).await?;
            Ok(Reply::ok(&GroupMemberPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a member of a lecturer group
///
/// Who is, was or will be in it from when to when.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The group."), ("member_id" = Uuid, Path, description = "The member.")),
    responses((
        status = 200, description = "The member.", body = GroupMemberResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:read"]))
)]
#[get("/v1/lecturer-groups/{id}/members/{member_id}")]
pub async fn get_group_member(call: Call<PeopleRead>, ids: Path<(Uuid, Uuid)>) -> Result<HttpResponse> {
    let (group, id) = ids.into_inner();
    call.read(move |tx| {
        async move {
            let member = service::get_member(tx, group, id).await?;
            Ok(Reply::ok(&member)?.etag(member.etag))
        }
        .boxed()
    })
    .await
}

/// End a membership of a lecturer group
///
/// From a day on.
#[utoipa::path(
    tag = "people",
    params(
        ("id" = Uuid, Path, description = "The group."),
        ("member_id" = Uuid, Path, description = "The member."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "The member as it is now.", body = GroupMemberResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["people:write"]))
)]
#[post("/v1/lecturer-groups/{id}/members/{member_id}/end")]
pub async fn end_group_member(
    call: Call<PeopleWrite>,
    ids: Path<(Uuid, Uuid)>,
    body: Json<EndGroupMemberRequest>,
) -> Result<HttpResponse> {
    let (group, id) = ids.into_inner();
    let precondition = call.if_match_optional()?;
    call.write(body, move |tx, request| {
        async move {
            let member = service::end_member(tx, group, id, precondition, request).await?;
            Ok(Reply::ok(&member)?.etag(member.etag))
        }
        .boxed()
    })
    .await
}

/// Delete a member of a lecturer group
///
/// One that was never true. What was true and is over is ended instead.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "The group."), ("member_id" = Uuid, Path, description = "The member.")),
    responses((status = 204, description = "It is gone.")),
    security(("oauth2" = ["people:write"]))
)]
#[delete("/v1/lecturer-groups/{id}/members/{member_id}")]
pub async fn delete_group_member(call: Call<PeopleWrite>, ids: Path<(Uuid, Uuid)>) -> Result<HttpResponse> {
    let (group, id) = ids.into_inner();
    let precondition = call.if_match()?;
    call.act(move |tx| {
        async move {
            service::delete_member(tx, group, id, precondition).await?;
            Ok(Reply::no_content())
        }
        .boxed()
    })
    .await
}
