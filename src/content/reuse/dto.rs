//! Requests and responses about reuse.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{ReuseEvent, ReuseEventKind};
use crate::content::voiding::{self, VoidResponse};
use crate::http::{Page, Problem, response};
use crate::kernel::text::{Source, SourceRef};
use crate::kernel::wire;
use crate::people::{BatchMode, EmployeeRef, People};

/// A reuse event: a person used a content.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "content_id": "0195a1b2-0000-7000-8000-000000000030", "employee_id": "0195a1b2-0000-7000-8000-000000000003",
    "kind": "download", "occurred_at": "2026-03-14T02:10:00Z", "source": "wiki", "source_ref": "dl-88213"
}))]
pub struct CreateReuseEventRequest {
    pub content_id: Uuid,
    /// The person who used it. Default: the caller. Only HR's systems may report for another person.
    pub employee_id: Option<Uuid>,
    pub kind: ReuseEventKind,
    /// When it was used. It must not be in the future. Default: now.
    #[validate(custom(function = "wire::instant"))]
    pub occurred_at: Option<DateTime<Utc>>,
    /// The system that reports the event. Only HR's systems may set it.
    #[validate(nested)]
    pub source: Option<Source>,
    /// Id of the event in that system. If the same id is sent again, nothing changes.
    #[validate(nested)]
    pub source_ref: Option<SourceRef>,
}

/// Reuse events to record.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mode": "per_item", "items": [{
    "content_id": "0195a1b2-0000-7000-8000-000000000030", "employee_id": "0195a1b2-0000-7000-8000-000000000003",
    "kind": "download", "occurred_at": "2026-03-14T02:10:00Z", "source": "wiki", "source_ref": "dl-88213"
}]}))]
pub struct BatchReuseEventsRequest {
    pub mode: BatchMode,
    /// The values of the items are checked one by one, according to the mode.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<CreateReuseEventRequest>,
}

/// The result of each item, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchReuseEventsResponse {
    #[schema(max_items = 500)]
    pub items: Vec<BatchReuseEventResult>,
}

/// The result of one item.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchReuseEventResult {
    /// Position in the request, from 0.
    #[schema(minimum = 0, maximum = 499)]
    pub index: i32,
    /// The event. Null if the item was refused.
    pub reuse_event_id: Option<Uuid>,
    /// Whether the event is new.
    pub is_new: bool,
    /// Why the item was refused. Null if it was recorded.
    pub problem: Option<Problem>,
}

response! {
    /// A reuse event: a person used a content.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ReuseEventResponse: try new(event: ReuseEvent, people: &People) {
        pub id: Uuid,
        pub content_id: Uuid,
        pub employee: EmployeeRef = people.get(event.employee_id)?,
        pub kind: ReuseEventKind,
        pub occurred_at: DateTime<Utc>,
        /// Example: wiki
        pub source: Source,
        pub source_ref: Option<SourceRef>,
        /// When Lectern received it.
        pub received_at: DateTime<Utc>,
        /// That HR has voided it: it does not count. Null: it stands.
        pub voided: Option<VoidResponse> =
            voiding::response(event.voided_at, event.voided_by_id, event.void_reason, people)?,
    }
}

/// A page of reuse events.
pub type ReuseEventPage = Page<ReuseEventResponse>;

/// Filters for reuse events.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListReuseEventsQuery {
    /// Only those of this content.
    pub content_id: Option<Uuid>,
    /// Only those of this employee.
    pub employee_id: Option<Uuid>,
    /// Only those of this kind.
    pub kind: Option<ReuseEventKind>,
}
