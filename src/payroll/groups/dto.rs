//! Pay groups on the wire.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::queries::{PayGroup, PayGroupChange};
use crate::error::Result;
use crate::http::ETag;
use crate::kernel::fault::Faults;
use crate::kernel::patch::Patch;
use crate::people::EmployeeRef;

/// A pay group.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayGroupResponse {
    pub id: Uuid,
    /// As the payroll system calls it.
    #[schema(max_length = 64, examples("head-office"))]
    pub code: String,
    #[schema(max_length = 200, examples("总部"))]
    pub name: String,
    /// Whether a batch may have a negative total for a person; otherwise it is carried forward.
    pub recoverable: bool,
    /// Takes the people that no group names; one group at most.
    pub is_default: bool,
    pub etag: ETag,
}

impl From<PayGroup> for PayGroupResponse {
    fn from(row: PayGroup) -> Self {
        Self {
            id: row.id,
            code: row.code,
            name: row.name,
            recoverable: row.recoverable,
            is_default: row.is_default,
            etag: ETag(row.version),
        }
    }
}

/// A page of pay groups.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayGroupPage {
    #[schema(max_items = 200)]
    pub items: Vec<PayGroupResponse>,
    /// Give it as `cursor` to get the next page; null on the last one.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
}

/// A page of the people in a pay group.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayGroupMemberPage {
    #[schema(max_items = 200)]
    pub items: Vec<EmployeeRef>,
    /// Give it as `cursor` to get the next page; null on the last one.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPayGroupsQuery {
    /// How many at most.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[validate(length(max = 2000))]
    #[param(max_length = 2000)]
    pub cursor: Option<String>,
}

/// A new pay group.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "head-office", "name": "总部", "is_default": true}))]
pub struct CreatePayGroupRequest {
    #[schema(min_length = 1, max_length = 64)]
    pub code: String,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[serde(default)]
    pub recoverable: bool,
    #[serde(default)]
    pub is_default: bool,
}

impl CreatePayGroupRequest {
    /// Refuses a code of nothing but blanks.
    pub fn check(&self) -> Result<()> {
        let mut faults = Faults::default();
        faults.check_label("/code", &self.code);
        faults.check()
    }
}

/// What changes about a pay group.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"recoverable": true}))]
pub struct UpdatePayGroupRequest {
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    pub recoverable: Patch<bool>,
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    pub is_default: Patch<bool>,
}

impl UpdatePayGroupRequest {
    /// The change; every fault at once.
    pub fn into_change(self) -> Result<PayGroupChange> {
        let mut faults = Faults::default();
        let change = PayGroupChange {
            name: self.name.into_value("/name", &mut faults),
            recoverable: self.recoverable.into_value("/recoverable", &mut faults),
            is_default: self.is_default.into_value("/is_default", &mut faults),
        };
        faults.check()?;
        Ok(change)
    }

    /// Names of the members that the patch mentions.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        let mentioned = [
            ("name", self.name.is_present()),
            ("recoverable", self.recoverable.is_present()),
            ("is_default", self.is_default.is_present()),
        ];
        mentioned.into_iter().filter(|(_, present)| *present).map(|(name, _)| name).collect()
    }
}

/// People to put in a pay group.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_ids": ["01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b"]}))]
pub struct AddPayGroupMembersRequest {
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub employee_ids: Vec<Uuid>,
}
