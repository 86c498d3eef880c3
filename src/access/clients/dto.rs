//! Machine clients on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::queries::ApiClient;
use crate::access::roles_named;
use crate::auth::{Role, public_client_id};
use crate::http::{ETag, Page};
use crate::kernel::text::Name;

/// A machine that shall call.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Payroll", "roles": ["payroll"]}))]
pub struct CreateApiClientRequest {
    /// What the administrators call it.
    #[validate(nested)]
    pub name: Name,
    /// Its roles, each once. Those that mean a person's own things (manager, lecturer, learner) give a machine nothing.
    #[validate(length(min = 1, max = 7))]
    #[schema(min_items = 1, max_items = 7)]
    pub roles: Vec<Role>,
}

/// A machine that calls the API.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiClientResponse {
    pub id: Uuid,
    /// As the token endpoint knows it.
    #[schema(max_length = 65, examples("01980f6e5c1e7d3a9b1f0c2d3e4f5a6b.01980f6e5c1e7d3a9b1f0c2d3e4f5a6c"))]
    pub client_id: String,
    /// Example: Payroll
    pub name: Name,
    #[schema(max_items = 7)]
    pub roles: Vec<Role>,
    /// Who answers for what it does: the person who made it or last gave it a secret. What it proposes, this person may not
    /// approve. Null: the operator made it.
    pub responsible_id: Option<Uuid>,
    /// When it was last given another secret; tokens from before are refused. Null: never.
    pub secret_rotated_at: Option<DateTime<Utc>>,
    /// From then on it gets no token, and those that it holds are refused; null while it may call.
    pub revoked_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

impl From<ApiClient> for ApiClientResponse {
    fn from(client: ApiClient) -> Self {
        Self {
            id: client.id,
            client_id: public_client_id(client.tenant_id, client.id),
            name: client.name,
            roles: roles_named(&client.roles),
            responsible_id: client.responsible_id,
            secret_rotated_at: client.secret_rotated_at,
            revoked_at: client.revoked_at,
            created_at: client.created_at,
            updated_at: client.updated_at,
            etag: ETag(client.version),
        }
    }
}

/// A machine with its new secret, which is shown this once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiClientSecretResponse {
    pub id: Uuid,
    /// As the token endpoint knows it.
    #[schema(max_length = 65, examples("01980f6e5c1e7d3a9b1f0c2d3e4f5a6b.01980f6e5c1e7d3a9b1f0c2d3e4f5a6c"))]
    pub client_id: String,
    /// The secret: 256 random bits in base64url. Null in the answer to a retry, because it is not kept.
    #[schema(max_length = 43, format = Password)]
    pub client_secret: Option<String>,
    /// Example: Payroll
    pub name: Name,
    #[schema(max_items = 7)]
    pub roles: Vec<Role>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

impl ApiClientSecretResponse {
    #[must_use]
    pub fn new(client: ApiClient, secret: Option<String>) -> Self {
        let client = ApiClientResponse::from(client);
        Self {
            id: client.id,
            client_id: client.client_id,
            client_secret: secret,
            name: client.name,
            roles: client.roles,
            created_at: client.created_at,
            updated_at: client.updated_at,
            etag: client.etag,
        }
    }

    /// The same without the secret.
    #[must_use]
    pub fn without_secret(&self) -> Self {
        Self { client_secret: None, ..self.clone() }
    }
}

/// A page of machine clients.
pub type ApiClientPage = Page<ApiClientResponse>;
