//! Operations on contents.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::access::{open_to_caller, require_open};
use super::dto::{
    ContentFile, ContentResponse, ContentVersionResponse, CreateContentVersionRequest, SubmitContentRequest,
};
use super::model::{Content, ContentState, ContentVersion, NewContent, NewVersion};
use super::queries::{self, ContentChange};
use crate::auth::Reach;
use crate::auth::rights::{ContentWrite, SessionsRead};
use crate::error::{Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::{Refusal, Thing};
use crate::kernel::text::{ContentBody, Outline, Title};
use crate::people::{EmployeeRef, People, employee_refs, future_fault, visible};
use crate::sessions::{self, Session, SessionState};

/// Submits the first version of a session's content, and publishes it. Its moment is the session's submission.
pub async fn submit(
    tx: &mut Tx<'_>,
    session_id: Uuid,
    precondition: Precondition,
    request: SubmitContentRequest,
) -> Result<ContentResponse> {
    let found = sessions::find_for_update(tx, session_id).await?;
    let lecturers = sessions::lecturers_of(tx, session_id).await?;
    let reach = tx.actor.reach::<ContentWrite>()?;
    let found = found.filter(|_| reaches(&reach, &lecturers));
    let session = precondition.admit(Thing::Session, found, |session| session.version)?;
    let wanted = [SessionState::Planned, SessionState::Delivered, SessionState::Missed];
    Thing::Session.require_state(session.state, wanted)?;
    let submitted_at = submission_moment(tx, &reach, &request).await?;
    if request.outline.is_none() && request.body.is_none() && request.file.is_none() {
        return Err(Error::fault("/outline", FaultCode::Required));
    }
    let SubmitContentRequest { title, outline, body, file, .. } = request;
    let content = publish(tx, &session, title, outline, submitted_at).await?;
    queries::insert_authors(tx, content.id, &lecturers).await?;
    insert_version(tx, content.id, submitted_at, body, file).await?;
    sessions::record_submission(tx, session_id, submitted_at).await?;
    tx.touch_sessions(&[session_id]).await?;
    tx.touch_contents(&[content.id]).await?;
    let record = Record::told("submit_session_content", "content.submitted", "content", content.id);
    tx.record(record.fields(["title", "outline", "body", "file"]).details(json!({
        "programme_id": session.programme_id,
        "session_id": session_id,
        "author_ids": lecturers,
        "submitted_at": submitted_at,
    })));
    render(tx, content).await
}

/// The content of a session, published: its template if it has one, else a new one.
async fn publish(
    tx: &mut Tx<'_>,
    session: &Session,
    title: Title,
    outline: Option<Outline>,
    submitted_at: DateTime<Utc>,
) -> Result<Content> {
    match queries::find_of_session_for_update(tx, session.id).await? {
        Some(content) if content.published_at.is_some() => Err(Error::already_exists(Thing::ContentOfSession)),
        Some(template) => {
            let published_at = Some(submitted_at);
            let change = ContentChange { title: Some(title), outline, published_at, withdrawn_at: None };
            Ok(queries::update(tx, template.id, &change).await?)
        }
        None => {
            let new = NewContent {
                tenant_id: tx.tenant,
                id: tx.id(),
                programme_id: session.programme_id,
                session_id: Some(session.id),
                title,
                outline,
                published_at: Some(submitted_at),
                created_at: tx.now,
                updated_at: tx.now,
            };
            Ok(queries::insert(tx, &new).await?)
        }
    }
}

/// Whether the right covers what these people have written.
fn reaches(reach: &Reach, authors: &[Uuid]) -> bool {
    match reach {
        Reach::All => true,
        Reach::Own(person) => authors.contains(person),
        Reach::Departments(_) => false,
    }
}

/// When the content was submitted: now, or the time that HR's systems give.
async fn submission_moment(tx: &mut Tx<'_>, reach: &Reach, request: &SubmitContentRequest) -> Result<DateTime<Utc>> {
    let Some(moment) = request.submitted_at else { return Ok(tx.now) };
    let mut faults = Faults::default();
    if *reach != Reach::All {
        faults.push(Fault::not_eligible("/submitted_at", Refusal::SubmissionIsOfSystems));
    }
    faults.extend(future_fault(tx, "/submitted_at", moment).await?);
    faults.check()?;
    Ok(moment)
}

/// Adds the next version of a locked content. Returns its number.
async fn insert_version(
    tx: &mut Tx<'_>,
    content_id: Uuid,
    submitted_at: DateTime<Utc>,
    body: Option<ContentBody>,
    file: Option<ContentFile>,
) -> Result<i32> {
    let latest = queries::latest_versions(tx, &[content_id]).await?;
    let number = latest.first().map_or(0, |version| version.number) + 1;
    let (file_name, media_type, byte_size, sha256) = match file {
        Some(file) => (Some(file.name), Some(file.media_type), Some(file.byte_size), Some(file.sha256.into())),
        None => (None, None, None, None),
    };
    let version = NewVersion {
        tenant_id: tx.tenant,
        id: tx.id(),
        content_id,
        number,
        submitted_at,
        submitted_by_id: tx.actor.person(),
        body,
        file_name,
        media_type,
        byte_size,
        sha256,
    };
    queries::insert_version(tx, &version).await?;
    Ok(number)
}

/// A content that the caller may change, locked, in the state `published`.
async fn lock_published(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<Content> {
    let found = queries::find_for_update(tx, id).await?;
    let authors: Vec<Uuid> = queries::authors(tx, &[id]).await?.into_iter().map(|(_, author)| author).collect();
    let reach = tx.actor.reach::<ContentWrite>()?;
    let found = found.filter(|_| reaches(&reach, &authors));
    let content = precondition.admit(Thing::Content, found, |content| content.version)?;
    Thing::Content.require_state(content.state(), [ContentState::Published])?;
    Ok(content)
}

/// Adds a version. The moment of the first version still decides.
pub async fn create_version(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    request: CreateContentVersionRequest,
) -> Result<ContentResponse> {
    lock_published(tx, id, &precondition).await?;
    let said = request.title.is_some() || request.outline.is_some();
    if !said && request.body.is_none() && request.file.is_none() {
        return Err(Error::fault("/body", FaultCode::Required));
    }
    let now = tx.now;
    let number = insert_version(tx, id, now, request.body, request.file).await?;
    if request.title.is_some() {
        tx.mark_content(id).await?;
    }
    let change = ContentChange { title: request.title, outline: request.outline, ..ContentChange::default() };
    let content = queries::update(tx, id, &change).await?;
    let record = Record::told("create_content_version", "content.version_added", "content", id);
    tx.record(record.fields(["body", "file"]).details(json!({"number": number})));
    render(tx, content).await
}

/// Withdraws a content: only its authors, their managers and HR still see it.
pub async fn withdraw(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<ContentResponse> {
    lock_published(tx, id, &precondition).await?;
    let change = ContentChange { withdrawn_at: Some(tx.now), ..ContentChange::default() };
    let content = queries::update(tx, id, &change).await?;
    let details = json!({"programme_id": content.programme_id, "session_id": content.session_id});
    tx.record(Record::told("withdraw_content", "content.withdrawn", "content", id).details(details));
    render(tx, content).await
}

/// The people whose unpublished content the caller may see. None: everyone's.
pub async fn readers(tx: &mut Tx<'_>) -> Result<Option<Vec<Uuid>>> {
    Ok(visible::<SessionsRead>(tx).await?.ids().map(<[Uuid]>::to_vec))
}

/// A content that the caller may see.
pub async fn find_visible(tx: &mut Tx<'_>, id: Uuid) -> Result<Content> {
    let readers = readers(tx).await?;
    Thing::Content.require(queries::find(tx, id, readers.as_deref()).await?)
}

/// A content that the caller may see and read.
pub async fn find_open(tx: &mut Tx<'_>, id: Uuid) -> Result<Content> {
    let content = find_visible(tx, id).await?;
    require_open(tx, &content).await?;
    Ok(content)
}

/// The contents as responses show them to the caller, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, contents: Vec<Content>) -> Result<Vec<ContentResponse>> {
    let keys: Vec<(Uuid, Uuid)> = contents.iter().map(|content| (content.id, content.programme_id)).collect();
    let open = open_to_caller(tx, &keys).await?;
    let ids: Vec<Uuid> = keys.into_iter().map(|(id, _)| id).collect();
    let authors = queries::authors(tx, &ids).await?;
    let versions = queries::latest_versions(tx, &ids).await?;
    let mut named: Vec<Uuid> = authors.iter().map(|(_, author)| *author).collect();
    named.extend(versions.iter().filter_map(|version| version.submitted_by_id));
    let people = employee_refs(tx, &named).await?;
    let mut written: BTreeMap<Uuid, Vec<EmployeeRef>> = BTreeMap::new();
    for (content, author) in authors {
        written.entry(content).or_default().push(people.get(author)?);
    }
    let mut latest: BTreeMap<Uuid, ContentVersion> =
        versions.into_iter().map(|version| (version.content_id, version)).collect();
    let whole = |content: Content| {
        let authors = written.remove(&content.id).unwrap_or_default();
        let version = latest.remove(&content.id).map(|version| version_response(version, &people)).transpose()?;
        let is_open = open.contains(&content.id);
        Ok(ContentResponse::new(content, authors, version, is_open))
    };
    contents.into_iter().map(whole).collect()
}

/// The content as responses show it.
pub async fn render(tx: &mut Tx<'_>, content: Content) -> Result<ContentResponse> {
    only(render_all(tx, vec![content]).await?)
}

/// The versions as responses show them, in the same order.
pub async fn render_versions(tx: &mut Tx<'_>, versions: Vec<ContentVersion>) -> Result<Vec<ContentVersionResponse>> {
    let named: Vec<Uuid> = versions.iter().filter_map(|version| version.submitted_by_id).collect();
    let people = employee_refs(tx, &named).await?;
    versions.into_iter().map(|version| version_response(version, &people)).collect()
}

fn version_response(version: ContentVersion, people: &People) -> Result<ContentVersionResponse> {
    let by = people.maybe(version.submitted_by_id)?;
    Ok(ContentVersionResponse::new(version, by))
}
