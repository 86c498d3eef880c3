//! Requests and responses about organisers.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::GroupOrganiser;
use crate::http::{ETag, Page};
use crate::kernel::wire;
use crate::people::EmployeeRef;

/// An organiser to appoint.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "starts_on": "2026-01-01"}))]
pub struct AppointGroupOrganiserRequest {
    pub employee_id: Uuid,
    /// First day as organiser.
    #[validate(custom(function = "wire::day"))]
    pub starts_on: NaiveDate,
    /// Last day as organiser. Null: no end.
    #[validate(custom(function = "wire::day"))]
    pub ends_on: Option<NaiveDate>,
}

/// The end of an organiser's time.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ends_on": "2026-06-30"}))]
pub struct EndGroupOrganiserRequest {
    /// Last day as organiser.
    #[validate(custom(function = "wire::day"))]
    pub ends_on: NaiveDate,
}

/// An organiser of a lecturer group.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupOrganiserResponse {
    pub id: Uuid,
    pub group_id: Uuid,
    pub employee: EmployeeRef,
    /// First day as organiser.
    pub starts_on: NaiveDate,
    /// Last day as organiser. Null: no end.
    pub ends_on: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

impl GroupOrganiserResponse {
    #[must_use]
    pub fn new(organiser: &GroupOrganiser, employee: EmployeeRef) -> Self {
        Self {
            id: organiser.id,
            group_id: organiser.group_id,
            employee,
            starts_on: organiser.valid_from,
            ends_on: organiser.valid_to.and_then(|day| day.pred_opt()),
            created_at: organiser.created_at,
            updated_at: organiser.updated_at,
            etag: ETag(organiser.version),
        }
    }
}

/// A page of organisers.
pub type GroupOrganiserPage = Page<GroupOrganiserResponse>;

/// Filters for organisers.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListGroupOrganisersQuery {
    /// Only those who organise the group on this day. Without it: all past, current and future ones.
    #[validate(custom(function = "wire::any_day"))]
    pub on: Option<NaiveDate>,
}
