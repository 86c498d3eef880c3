//! Sessions on the wire: what is answered.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{Session, SessionKind, SessionLecturer, SessionMode, SessionState};
use super::{queries, rules};
use crate::error::{Error, Result};
use crate::http::{ETag, Page};
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;
use crate::kernel::text::{Label, Place, Reason, Title};
use crate::people::{EmployeeRef, People, employee_refs};

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionResponse {
    pub id: Uuid,
    pub programme_id: Uuid,
    /// The lecturer group that it was planned for.
    pub group_id: Option<Uuid>,
    /// Example: 老客户维护三步法
    pub title: Title,
    pub topic: Option<Title>,
    pub kind: SessionKind,
    pub mode: SessionMode,
    /// Room or link.
    pub place: Option<Place>,
    pub state: SessionState,
    /// Past, and nobody has said what became of it.
    pub is_undecided: bool,
    /// Planned start.
    pub starts_at: DateTime<Utc>,
    /// Planned length.
    #[schema(minimum = 1, maximum = 1440)]
    pub scheduled_minutes: i32,
    /// By when its content is to be submitted; null: nothing is due.
    pub due_at: Option<DateTime<Utc>>,
    /// When the first version of its content was submitted.
    pub submitted_at: Option<DateTime<Utc>>,
    /// What is known of its delivery; null unless delivered.
    pub delivery: Option<SessionDelivery>,
    /// Why it was missed or cancelled.
    pub reason: Option<Reason>,
    /// The department credited with it: on its day, that of the lecturer with the most of it.
    pub department_id: Option<Uuid>,
    pub difficulty: Option<Label>,
    pub is_first_run: bool,
    #[schema(max_items = 20)]
    pub lecturers: Vec<SessionLecturerResponse>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

/// How a session took place, and who says so.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionDelivery {
    pub started_at: DateTime<Utc>,
    #[schema(minimum = 0, maximum = 1440)]
    pub delivered_minutes: i32,
    /// Attendees as stated; it counts only while there are no attendance records.
    #[schema(minimum = 0, maximum = 100_000)]
    pub head_count: Option<i32>,
    pub reported_at: Option<DateTime<Utc>>,
    /// The person, or who answers for the machine; null: a machine that nobody of the company answers for.
    pub reported_by: Option<EmployeeRef>,
    /// Since when it counts for money; null: only a lecturer of it says so yet.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Null: attendance records or a machine.
    pub confirmed_by: Option<EmployeeRef>,
}

/// A lecturer of a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionLecturerResponse {
    pub employee: EmployeeRef,
    /// Share of count, minutes and fee; those of a session sum to 1.
    pub credit: Decimal,
}

/// A page of sessions.
pub type SessionPage = Page<SessionResponse>;

impl SessionResponse {
    fn new(session: Session, lecturers: Vec<SessionLecturer>, people: &People, now: DateTime<Utc>) -> Result<Self> {
        let delivered = session.delivered_start.zip(session.delivered_minutes);
        let delivery = delivered.map(|(started_at, delivered_minutes)| -> Result<SessionDelivery> {
            Ok(SessionDelivery {
                started_at,
                delivered_minutes,
                head_count: session.head_count,
                reported_at: session.delivery_reported_at,
                reported_by: people.maybe(session.delivery_reported_by_id)?,
                confirmed_at: session.delivery_confirmed_at,
                confirmed_by: people.maybe(session.delivery_confirmed_by_id)?,
            })
        });
        let lecturers = lecturers.into_iter().map(|lecturer| {
            Ok(SessionLecturerResponse { employee: people.get(lecturer.employee_id)?, credit: lecturer.credit })
        });
        Ok(Self {
            id: session.id,
            programme_id: session.programme_id,
            group_id: session.group_id,
            title: session.title,
            topic: session.topic,
            kind: session.kind,
            mode: session.mode,
            place: session.place,
            state: session.state,
            is_undecided: rules::is_undecided(session.state, session.scheduled_start, now),
            starts_at: session.scheduled_start,
            scheduled_minutes: session.scheduled_minutes,
            due_at: session.due_at,
            submitted_at: session.submitted_at,
            delivery: delivery.transpose()?,
            reason: session.state_reason,
            department_id: session.department_id,
            difficulty: session.difficulty,
            is_first_run: session.is_first_run,
            lecturers: lecturers.collect::<Result<_>>()?,
            created_at: session.created_at,
            updated_at: session.updated_at,
            etag: ETag(session.version),
        })
    }
}

/// The sessions as answers show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, sessions: Vec<Session>) -> Result<Vec<SessionResponse>> {
    let ids: Vec<Uuid> = sessions.iter().map(|session| session.id).collect();
    let mut lecturers: BTreeMap<Uuid, Vec<SessionLecturer>> = BTreeMap::new();
    let mut people: Vec<Uuid> = Vec::new();
    for lecturer in queries::lecturers(tx, &ids).await? {
        people.push(lecturer.employee_id);
        lecturers.entry(lecturer.session_id).or_default().push(lecturer);
    }
    for session in &sessions {
        people.extend(session.delivery_reported_by_id);
        people.extend(session.delivery_confirmed_by_id);
    }
    let people = employee_refs(tx, &people).await?;
    let now = tx.now;
    let whole = |session: Session| {
        let lecturers = lecturers.remove(&session.id).unwrap_or_default();
        SessionResponse::new(session, lecturers, &people, now)
    };
    sessions.into_iter().map(whole).collect()
}

/// The session as answers show it.
pub async fn render(tx: &mut Tx<'_>, session: Session) -> Result<SessionResponse> {
    let mut one = render_all(tx, vec![session]).await?;
    one.pop().ok_or_else(|| Error::internal("a session got lost"))
}
