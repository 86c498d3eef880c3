//! Reuse on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::ReuseEventKind;
use crate::http::{Page, Problem};
use crate::kernel::text::{Source, SourceRef};
use crate::kernel::wire;
use crate::people::{BatchMode, EmployeeRef};

/// Somebody used a content.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "content_id": "0195a1b2-0000-7000-8000-000000000030", "employee_id": "0195a1b2-0000-7000-8000-000000000003",
    "kind": "download", "occurred_at": "2026-03-14T02:10:00Z", "source": "wiki", "source_ref": "dl-88213"
}))]
pub struct CreateReuseEventRequest {
    pub content_id: Uuid,
    /// Who used it: the caller unless HR's systems say otherwise.
    pub employee_id: Option<Uuid>,
    pub kind: ReuseEventKind,
    /// When; not in the future. Now unless given.
    #[validate(custom(function = "wire::instant"))]
    pub occurred_at: Option<DateTime<Utc>>,
    /// Which system says so; given by HR's systems only.
    #[validate(nested)]
    pub source: Option<Source>,
    /// Id of the event in that system: sent again it changes nothing.
    #[validate(nested)]
    pub source_ref: Option<SourceRef>,
}

/// Reuses to be recorded.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mode": "per_item", "items": [{
    "content_id": "0195a1b2-0000-7000-8000-000000000030", "employee_id": "0195a1b2-0000-7000-8000-000000000003",
    "kind": "download", "occurred_at": "2026-03-14T02:10:00Z", "source": "wiki", "source_ref": "dl-88213"
}]}))]
pub struct BatchReuseEventsRequest {
    pub mode: BatchMode,
    /// Their values are checked one by one, by the mode.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<CreateReuseEventRequest>,
}

/// What became of the items, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchReuseEventsResponse {
    #[schema(max_items = 500)]
    pub items: Vec<BatchReuseEventResult>,
}

/// What became of an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchReuseEventResult {
    /// The item's place in the request, from 0.
    #[schema(minimum = 0, maximum = 499)]
    pub index: i32,
    /// The event; null where the item was refused.
    pub reuse_event_id: Option<Uuid>,
    /// Whether it was not known before.
    pub is_new: bool,
    /// Why the item was refused.
    pub problem: Option<Problem>,
}

/// Somebody used a content.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReuseEventResponse {
    pub id: Uuid,
    pub content_id: Uuid,
    pub employee: EmployeeRef,
    pub kind: ReuseEventKind,
    pub occurred_at: DateTime<Utc>,
    /// Example: wiki
    pub source: Source,
    pub source_ref: Option<SourceRef>,
    /// When Lectern learned of it.
    pub received_at: DateTime<Utc>,
}

/// A page of reuses.
pub type ReuseEventPage = Page<ReuseEventResponse>;

/// Which reuses.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListReuseEventsQuery {
    /// Of this content.
    pub content_id: Option<Uuid>,
    /// By this employee.
    pub employee_id: Option<Uuid>,
    /// Of this kind.
    pub kind: Option<ReuseEventKind>,
}
