//! Contents over HTTP.

use uuid::Uuid;

use super::dto::{
    ContentBodyResponse, ContentPage, ContentResponse, ContentVersionPage, CreateContentVersionRequest,
    ListContentsQuery, SubmitContentRequest,
};
use super::{cases, queries, reuse, service};
use crate::auth::rights::{ContentWrite, SessionsRead};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{AlreadyExists, ContentNotOpen, StateConflict};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::kernel::phrases::Thing;

operations! {
    submit_session_content, list_contents, get_content, withdraw_content, create_content_version, list_content_versions,
    get_content_body;
    reuse::routes::routes, cases::routes::routes
}

/// Submit a session's content
///
/// Creates and publishes the first version of the session's content. Its authors are the session's lecturers. The time of this
/// first version is the session's submission time: it alone decides whether the content was submitted in time, whatever happens
/// to it later.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/submit-content",
    params(("If-Match" = Option<String>, Header, description = "The ETag of the session as it was read.")),
    responses((status = 201, body = ContentResponse)),
    extensions(("x-refuses" = json!([StateConflict, AlreadyExists])), ("x-tells-closed-periods" = json!(true)))
)]
async fn submit_session_content(
    call: Call<ContentWrite>,
    Path(id): Path<Uuid>,
    body: Json<SubmitContentRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let answer = service::submit(tx, id, precondition, request).await?;
        Reply::created(format!("/v1/contents/{}", answer.id), &answer)
    })
}

/// List contents
///
/// Ordered by creation, oldest first. Everybody sees published contents. Drafts and withdrawn contents are visible only to their
/// authors, the authors' managers and HR. Where a programme has content earned (`put_programme_privileges`), whoever has not earned it sees
/// title and authors only (`is_open`): it is open to lecturers whose latest closed grade there is good enough and those whom they mentor,
/// the authors, the learners of the session, organisers of its group or of the programme's groups, HR and auditors.
#[utoipa::path(get, path = "/v1/contents", responses((status = 200, body = ContentPage)))]
async fn list_contents(call: Call<SessionsRead>, query: Paged<ListContentsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let readers = service::readers(tx).await?;
        let (rows, next) = queries::list_page(tx, &query, readers.as_deref(), &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get a content
///
/// Its outline, its authors and its latest version; title and authors alone for whoever has not earned more (`is_open`).
#[utoipa::path(get, path = "/v1/contents/{id}", responses((status = 200, body = ContentResponse)))]
async fn get_content(call: Call<SessionsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let content = service::find_visible(tx, id).await?;
        let shown = service::render(tx, content).await?;
        // What is withheld today may be open tomorrow, without a change of the content: it has a tag of its own.
        if shown.is_open { Reply::ok(&shown) } else { Reply::projection(&shown) }
    })
}

/// Withdraw a content
///
/// For its authors and HR. Afterwards only its authors, their managers and HR can see it. The session's submission stays.
#[utoipa::path(
    post, path = "/v1/contents/{id}/withdraw", params(IfMatch), responses((status = 200, body = ContentResponse)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn withdraw_content(call: Call<ContentWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&service::withdraw(tx, id, precondition).await?))
}

/// Add a version of a content
///
/// Whether the content was submitted in time still depends on the first version only.
#[utoipa::path(
    post, path = "/v1/contents/{id}/versions", params(IfMatch), responses((status = 200, body = ContentResponse)),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn create_content_version(
    call: Call<ContentWrite>,
    Path(id): Path<Uuid>,
    body: Json<CreateContentVersionRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| Reply::ok(&service::create_version(tx, id, precondition, request).await?))
}

/// List a content's versions
///
/// From the first to the latest, without their texts. Refused (403) if the programme has content earned and the caller has not earned it.
#[utoipa::path(
    get, path = "/v1/contents/{id}/versions", responses((status = 200, body = ContentVersionPage)),
    extensions(("x-refuses" = json!([ContentNotOpen])))
)]
async fn list_content_versions(call: Call<SessionsRead>, Path(id): Path<Uuid>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let content = service::find_open(tx, id).await?;
        let (rows, next) = queries::list_versions(tx, content.id, &paging).await?;
        Reply::page(service::render_versions(tx, rows).await?, next)
    })
}

/// Get the text of a version
///
/// The text as it was entered; null if the version is a file. Refused (403) if the programme has content earned and the caller has not
/// earned it.
#[utoipa::path(
    get, path = "/v1/contents/{id}/versions/{number}/body",
    params(("number" = i32, Path, description = "The number of the version, starting at 1.", minimum = 1, example = 1)),
    responses((status = 200, body = ContentBodyResponse, headers(("ETag")))),
    extensions(("x-refuses" = json!([ContentNotOpen])))
)]
async fn get_content_body(call: Call<SessionsRead>, Path((id, number)): Path<(Uuid, i32)>) -> Answer {
    answer!(call.read(), |tx| {
        let content = service::find_open(tx, id).await?;
        let body = Thing::Version.require(queries::find_body(tx, content.id, number).await?)?;
        Reply::projection(&ContentBodyResponse { content_id: content.id, number, body })
    })
}
