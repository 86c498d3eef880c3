//! Contents over HTTP.

use actix_web::{HttpResponse, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    ContentBodyResponse, ContentPage, ContentResponse, ContentVersionPage, CreateContentVersionRequest,
    ListContentsQuery, ListVersionsQuery, SubmitContentRequest,
};
use super::queries::{self, Filter};
use super::{cases, reuse, service};
use crate::auth::rights::{ContentWrite, SessionsRead};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Json, Path, Query, Reply};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(submit_session_content)
        .service(list_contents)
        .service(get_content)
        .service(withdraw_content)
        .service(create_content_version)
        .service(list_content_versions)
        .service(get_content_body);
    reuse::routes::routes(config);
    cases::routes::routes(config);
}

/// Submit a session's content
///
/// Makes the first version of the session's content and publishes it; its authors are the session's lecturers. The moment of
/// this version is the session's submission: it decides whether the content came in time, whatever happens to it later.
#[utoipa::path(
    tag = "content",
    params(
        ("id" = Uuid, Path, description = "The session."),
        ("If-Match" = Option<String>, Header, description = "The ETag of the session that was read.", max_length = 1000)
    ),
    responses((
        status = 201, description = "The content.", body = ContentResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["content:write"]))
)]
#[post("/v1/sessions/{id}/submit-content")]
pub async fn submit_session_content(
    call: Call<ContentWrite>,
    id: Path<Uuid>,
    body: Json<SubmitContentRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.write(body, move |tx, request| {
        async move {
            let answer = service::submit(tx, id, precondition, request).await?;
            Ok(Reply::created(format!("/v1/contents/{}", answer.id), &answer)?.etag(answer.etag))
        }
        .boxed()
    })
    .await
}

/// List contents
///
/// In the order of their making. What is published is seen by everybody; drafts and withdrawn contents by their authors, their
/// managers and HR.
#[utoipa::path(
    tag = "content",
    params(ListContentsQuery),
    responses((status = 200, description = "A page of contents.", body = ContentPage)),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/contents")]
pub async fn list_contents(call: Call<SessionsRead>, query: Query<ListContentsQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor.clone());
    call.read(move |tx| {
        async move {
            let filter = Filter {
                readers: service::readers(tx).await?,
                programme_id: query.programme_id,
                session_id: query.session_id,
                author_id: query.author_id,
                state: query.state,
                updated_since: query.updated_since,
            };
            let rows = queries::list_page(tx, filter, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |content| content.id)?;
            let items = service::render_all(tx, page.items).await?;
            Ok(Reply::ok(&ContentPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a content
///
/// Its outline, its authors and its latest version.
#[utoipa::path(
    tag = "content",
    params(("id" = Uuid, Path, description = "The content.")),
    responses((
        status = 200, description = "The content.", body = ContentResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/contents/{id}")]
pub async fn get_content(call: Call<SessionsRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let content = service::find_visible(tx, id).await?;
            let answer = service::render(tx, content).await?;
            Ok(Reply::ok(&answer)?.etag(answer.etag))
        }
        .boxed()
    })
    .await
}

/// Withdraw a content
///
/// Its authors and HR take it back: nobody but they and their managers sees it any more. The session's submission stays.
#[utoipa::path(
    tag = "content",
    params(
        ("id" = Uuid, Path, description = "The content."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "As it is now.", body = ContentResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["content:write"]))
)]
#[post("/v1/contents/{id}/withdraw")]
pub async fn withdraw_content(call: Call<ContentWrite>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.act(move |tx| {
        async move {
            let answer = service::withdraw(tx, id, precondition).await?;
            Ok(Reply::ok(&answer)?.etag(answer.etag))
        }
        .boxed()
    })
    .await
}

/// Add a version of a content
///
/// The moment of the first version stays what counts for being in time.
#[utoipa::path(
    tag = "content",
    params(
        ("id" = Uuid, Path, description = "The content."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "The content as it is now.", body = ContentResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["content:write"]))
)]
#[post("/v1/contents/{id}/versions")]
pub async fn create_content_version(
    call: Call<ContentWrite>,
    id: Path<Uuid>,
    body: Json<CreateContentVersionRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.write(body, move |tx, request| {
        async move {
            let answer = service::create_version(tx, id, precondition, request).await?;
            Ok(Reply::ok(&answer)?.etag(answer.etag))
        }
        .boxed()
    })
    .await
}

/// List a content's versions
///
/// From the first to the latest, without their texts.
#[utoipa::path(
    tag = "content",
    params(("id" = Uuid, Path, description = "The content."), ListVersionsQuery),
    responses((status = 200, description = "A page of versions.", body = ContentVersionPage)),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/contents/{id}/versions")]
pub async fn list_content_versions(
    call: Call<SessionsRead>,
    id: Path<Uuid>,
    query: Query<ListVersionsQuery>,
) -> Result<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let content = service::find_visible(tx, id).await?;
            let rows = queries::list_versions(tx, content.id, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |version| version.number)?;
            let items = service::render_versions(tx, page.items).await?;
            Ok(Reply::ok(&ContentVersionPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get the text of a version
///
/// The text that was typed in; null where the version is a file.
#[utoipa::path(
    tag = "content",
    params(("id" = Uuid, Path, description = "The content."), ("number" = i32, Path, description = "The version, from 1.", minimum = 1, example = 1)),
    responses((status = 200, description = "The text.", body = ContentBodyResponse)),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/contents/{id}/versions/{number}/body")]
pub async fn get_content_body(call: Call<SessionsRead>, path: Path<(Uuid, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    call.read(move |tx| {
        async move {
            let content = service::find_visible(tx, id).await?;
            let body = queries::find_body(tx, content.id, number).await?;
            let body = body.ok_or_else(|| Error::not_found("version"))?;
            Reply::projection(&ContentBodyResponse { content_id: content.id, number, body })
        }
        .boxed()
    })
    .await
}
