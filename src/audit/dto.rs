//! Requests and responses about the operation log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::AuditEntry;
use crate::auth::ActorKind;
use crate::http::{Page, response};
use crate::kernel::text::Code;
use crate::kernel::wire;
use crate::people::EmployeeRef;

response! {
    /// An entry of the operation log: a command that changed something.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct AuditEntryResponse: new(entry: AuditEntry, employee: Option<EmployeeRef>) {
        pub id: Uuid,
        pub occurred_at: DateTime<Utc>,
        pub actor: AuditActor = AuditActor { kind: entry.actor_kind, id: entry.actor_id, employee },
        /// The command, in most cases named like its operation (`operationId`).
        #[schema(max_length = 100, examples("update_employee"))]
        pub command: String,
        /// The kind of resource that changed.
        #[schema(max_length = 64, examples("employee"))]
        pub subject_type: String,
        /// Id of that resource. Null for a command that changed several.
        pub subject_id: Option<Uuid>,
        /// Names of the fields that were set or changed.
        #[schema(max_items = 100, value_type = Vec<FieldName>)]
        pub fields: Vec<String>,
        #[schema(value_type = CommandDetails)]
        pub details: Value,
        /// Id of the request (`X-Request-Id`). Null if the command was not a request or the entry hides it.
        #[schema(max_length = 128)]
        pub request_id: Option<String>,
    }
}

/// The author of a command.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditActor {
    pub kind: ActorKind,
    /// Id of the employee or machine client. The nil UUID for the system.
    pub id: Uuid,
    /// The person. Null for a machine client or the system.
    pub employee: Option<EmployeeRef>,
}

/// A page of the log.
pub type AuditEntryPage = Page<AuditEntryResponse>;

/// The name of a member of the command's request.
#[derive(ToSchema)]
#[schema(max_length = 200, examples("name"))]
pub struct FieldName(#[expect(dead_code, reason = "names the schema")] String);

/// Further facts about the command. The members depend on the command.
#[derive(ToSchema)]
#[schema(value_type = Object)]
pub struct CommandDetails(#[expect(dead_code, reason = "names the schema")] Value);

/// Filters for audit entries.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAuditEntriesQuery {
    /// Only entries about this kind of resource (`employee`).
    #[validate(nested)]
    pub subject_type: Option<Code>,
    /// Only entries about this resource.
    pub subject_id: Option<Uuid>,
    /// Only commands of this employee or machine client.
    pub actor_id: Option<Uuid>,
    /// Only entries of this command (`update_employee`).
    #[validate(nested)]
    pub command: Option<Code<100>>,
    /// Only entries at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub occurred_from: Option<DateTime<Utc>>,
    /// Only entries before this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub occurred_to: Option<DateTime<Utc>>,
}

/// The operation log as a table.
#[derive(ToSchema)]
#[schema(max_length = 2_000_000_000)]
pub struct AuditEntryTable(#[expect(dead_code, reason = "names the schema")] String);
