//! What the two of a pair write down for each other. A note is never changed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::MentorshipState;
use super::service::{reads_texts, require_pair, seen_by};
use crate::auth::rights::{MentorshipsRead, MentorshipsWrite};
use crate::db::row_queries;
use crate::error::{Code, Error, Result, only};
use crate::http::{Listed, Page, Paging, response};
use crate::journal::{Record, Tx};
use crate::kernel::phrases::Thing;
use crate::kernel::text::Description;
use crate::people::{EmployeeRef, People, employee_refs};
use crate::schema::mentorship_notes;

/// A note of one of the two.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = mentorship_notes)]
pub struct Note {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub mentorship_id: Uuid,
    pub author_id: Uuid,
    pub note: Description,
    pub created_at: DateTime<Utc>,
}

/// A note to write down.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "试讲一次：开场偏长，案例要更早出现；下周再试。"}))]
pub struct CreateMentorshipNoteRequest {
    /// Only the two and HR read it.
    #[validate(nested)]
    pub note: Description,
}

response! {
    /// A note about a mentorship.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct MentorshipNoteResponse: try new(row: Note, people: &People) {
        pub id: Uuid,
        pub mentorship_id: Uuid,
        pub author: EmployeeRef = people.get(row.author_id)?,
        pub note: Description,
        pub created_at: DateTime<Utc>,
    }
}

/// A page of notes.
pub type MentorshipNotePage = Page<MentorshipNoteResponse>;

row_queries!(
    Note,
    mentorship_notes,
    insert(Note),
    list_page = list(by id; pair: Uuid; mentorship_id = Some(pair)),
);

/// One of the two writes a note, while the pair is active. The log and the event do not have its text.
pub async fn write(tx: &mut Tx<'_>, id: Uuid, request: CreateMentorshipNoteRequest) -> Result<MentorshipNoteResponse> {
    let author_id = tx.actor.require_person()?;
    let pair = seen_by::<MentorshipsWrite>(tx, id).await?;
    require_pair(tx, &pair)?;
    Thing::Mentorship.require_state(pair.state, [MentorshipState::Active])?;
    let note = Note {
        tenant_id: tx.tenant,
        id: tx.id(),
        mentorship_id: id,
        author_id,
        note: request.note,
        created_at: tx.now,
    };
    let written = insert(tx, &note).await?;
    let details = json!({"id": id, "note_id": written.id, "author_id": author_id});
    tx.record(Record::told("create_mentorship_note", "mentorship.note_written", "mentorship", id).details(details));
    only(render_all(tx, vec![written]).await?)
}

/// The notes about a pair, for the two and HR.
pub async fn list(tx: &mut Tx<'_>, id: Uuid, paging: &Paging) -> Result<Listed<MentorshipNoteResponse>> {
    let pair = seen_by::<MentorshipsRead>(tx, id).await?;
    if !reads_texts(tx, &pair) {
        return Err(Error::new(Code::NotOfThePair));
    }
    let (rows, next) = list_page(tx, id, paging).await?;
    Ok((render_all(tx, rows).await?, next))
}

async fn render_all(tx: &mut Tx<'_>, notes: Vec<Note>) -> Result<Vec<MentorshipNoteResponse>> {
    let authors: Vec<Uuid> = notes.iter().map(|note| note.author_id).collect();
    let people = employee_refs(tx, &authors).await?;
    notes.into_iter().map(|note| MentorshipNoteResponse::new(note, &people)).collect()
}
