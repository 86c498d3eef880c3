//! Responses about sessions.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{Session, SessionKind, SessionLecturer, SessionMode, SessionRole, SessionState};
use super::{overlaps, queries, rules};
use crate::error::{Result, only};
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
    /// The lecturer group for which it was planned.
    pub group_id: Option<Uuid>,
    /// Example: 老客户维护三步法
    pub title: Title,
    pub topic: Option<Title>,
    pub kind: SessionKind,
    pub mode: SessionMode,
    /// Room or link.
    pub place: Option<Place>,
    pub state: SessionState,
    /// Whether the session is past and nobody has reported what happened.
    pub is_undecided: bool,
    /// Planned start.
    pub starts_at: DateTime<Utc>,
    /// Planned length in minutes.
    #[schema(minimum = 1, maximum = 1440)]
    pub scheduled_minutes: i32,
    /// When the content of the session is due. Null: no content is due.
    pub due_at: Option<DateTime<Utc>>,
    /// When the first version of its content was submitted.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Facts about the delivery. Null unless the session was delivered.
    pub delivery: Option<SessionDelivery>,
    /// Why it was missed or cancelled.
    pub reason: Option<Reason>,
    /// The department that is credited with the session: that of the lecturer with the largest share, on the day of the session.
    pub department_id: Option<Uuid>,
    pub difficulty: Option<Label>,
    pub is_first_run: bool,
    #[schema(max_items = 20)]
    pub lecturers: Vec<SessionLecturerResponse>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

/// How a session took place, and who reported it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionDelivery {
    pub started_at: DateTime<Utc>,
    #[schema(minimum = 0, maximum = 1440)]
    pub delivered_minutes: i32,
    /// Number of attendees as reported. It is used only as long as there are no attendance records.
    #[schema(minimum = 0, maximum = 100_000)]
    pub head_count: Option<i32>,
    pub reported_at: Option<DateTime<Utc>>,
    /// The person who reported the delivery. For a machine client: the person responsible for it. Null: the client has no
    /// responsible person.
    pub reported_by: Option<EmployeeRef>,
    /// From when on the delivery counts for money. Null if only a lecturer of the session has reported it so far.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The person who confirmed the delivery or recorded the attendance that confirmed it. For a machine client: the person
    /// responsible for it. Null if it is not confirmed, an import confirmed it, or the client has no responsible person.
    pub confirmed_by: Option<EmployeeRef>,
    /// Deliveries of a lecturer of this session that overlap it in time, at most 20: one of the reports is probably wrong. What an
    /// import brought is not looked at.
    #[schema(max_items = 20)]
    pub overlapping_session_ids: Vec<Uuid>,
}

/// A lecturer of a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionLecturerResponse {
    pub employee: EmployeeRef,
    /// Share of the session in session count, minutes and fee. The shares of a session add up to 1.
    pub credit: Decimal,
    pub role: SessionRole,
    /// Whether the person is, was or will be appointed as lecturer. False for a guest: check that it is the right person, or appoint
    /// them.
    pub is_appointed: bool,
}

/// A page of sessions.
pub type SessionPage = Page<SessionResponse>;

impl SessionResponse {
    fn new(
        session: Session,
        lecturers: Vec<SessionLecturer>,
        overlapping: Vec<Uuid>,
        people: &People,
        now: DateTime<Utc>,
    ) -> Result<Self> {
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
                overlapping_session_ids: overlapping,
            })
        });
        let lecturers = lecturers.into_iter().map(|lecturer| {
            let SessionLecturer { employee_id, credit, role, is_appointed, .. } = lecturer;
            Ok(SessionLecturerResponse { employee: people.get(employee_id)?, credit, role, is_appointed })
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

/// The sessions as responses show them, in the same order.
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
    let delivered = sessions.iter().filter(|session| session.delivered_start.is_some());
    let delivered: Vec<Uuid> = delivered.map(|session| session.id).collect();
    let mut overlaps = overlaps::of_deliveries(tx, &delivered).await?;
    let now = tx.now;
    let whole = |session: Session| {
        let lecturers = lecturers.remove(&session.id).unwrap_or_default();
        let overlapping = overlaps.remove(&session.id).unwrap_or_default();
        SessionResponse::new(session, lecturers, overlapping, &people, now)
    };
    sessions.into_iter().map(whole).collect()
}

/// The session as responses show it.
pub async fn render(tx: &mut Tx<'_>, session: Session) -> Result<SessionResponse> {
    only(render_all(tx, vec![session]).await?)
}
