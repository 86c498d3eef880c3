//! Requests and responses about machine clients.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::queries::ApiClient;
use crate::access::roles_named;
use crate::auth::{Role, public_client_id};
use crate::http::{ETag, Page, response};
use crate::kernel::text::Name;

/// A new machine client.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Payroll", "roles": ["payroll"]}))]
pub struct CreateApiClientRequest {
    /// Name for administrators to read.
    #[validate(nested)]
    pub name: Name,
    /// Roles of the client, each once. Roles that cover only a person's own data or departments (manager, lecturer, learner) give
    /// a client no rights.
    #[validate(length(min = 1, max = 7))]
    #[schema(min_items = 1, max_items = 7)]
    pub roles: Vec<Role>,
}

response! {
    /// A machine client.
    #[derive(Debug, Clone, Serialize, ToSchema)]
    pub struct ApiClientResponse: new(client: ApiClient, has_stopped: bool) {
        pub id: Uuid,
        /// The client's id at the token endpoint.
        #[schema(max_length = 65, examples("01980f6e5c1e7d3a9b1f0c2d3e4f5a6b.01980f6e5c1e7d3a9b1f0c2d3e4f5a6c"))]
        pub client_id: String = public_client_id(client.tenant_id, client.id),
        /// Example: Payroll
        pub name: Name,
        #[schema(max_items = 7)]
        pub roles: Vec<Role> = roles_named(&client.roles),
        /// The person responsible for what the client does: the one who created it or last rotated its secret. This person may not
        /// approve what the client proposes. Null if the operator created the client.
        pub responsible_id: Option<Uuid>,
        /// Whether the client has stopped, because the responsible person is not employed: it gets no tokens, and those that it has
        /// are refused. A person who rotates its secret answers for it from then on, and it goes on.
        pub has_stopped: bool = has_stopped,
        /// When the secret was last rotated. Tokens issued before are refused. Null if it was never rotated.
        pub secret_rotated_at: Option<DateTime<Utc>>,
        /// When the client was revoked. Since then it gets no tokens, and its existing tokens are refused. Null while it is active.
        pub revoked_at: Option<DateTime<Utc>>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(client.version),
    }
}

response! {
    /// A machine client with its new secret. The secret is shown only once.
    #[derive(Debug, Clone, Serialize, ToSchema)]
    pub struct ApiClientSecretResponse: new(client: ApiClientResponse, secret: Option<String>) {
        pub id: Uuid,
        /// The client's id at the token endpoint.
        #[schema(max_length = 65, examples("01980f6e5c1e7d3a9b1f0c2d3e4f5a6b.01980f6e5c1e7d3a9b1f0c2d3e4f5a6c"))]
        pub client_id: String,
        /// The secret: 256 random bits in base64url. Null in the response to a repeated request, because the secret is not stored.
        #[schema(max_length = 43, format = Password)]
        pub client_secret: Option<String> = secret,
        /// Example: Payroll
        pub name: Name,
        #[schema(max_items = 7)]
        pub roles: Vec<Role>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag,
    }
}

impl ApiClientSecretResponse {
    /// The same response without the secret.
    #[must_use]
    pub fn without_secret(&self) -> Self {
        Self { client_secret: None, ..self.clone() }
    }
}

/// A page of machine clients.
pub type ApiClientPage = Page<ApiClientResponse>;
