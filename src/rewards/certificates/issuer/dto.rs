//! What an issuer publishes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::withdrawal::{CredentialKeyState, KeyRow};
use crate::auth::routes::PublicKey;
use crate::http::{ETag, Page, response};
use crate::kernel::text::Reason;
use crate::people::{EmployeeRef, People};

/// An address, or the name of something in a credential.
#[derive(ToSchema)]
#[schema(max_length = 500, format = "uri", examples("did:web:lectern.example.com:issuers:acme"))]
pub struct CredentialUri(#[expect(dead_code, reason = "names the schema")] String);

/// A credential with its signature (JWT in the compact form).
#[derive(ToSchema)]
#[schema(max_length = 100_000, pattern = "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$")]
pub struct SignedCredential(#[expect(dead_code, reason = "names the schema")] String);

/// A company as the issuer of certificates: a profile of Open Badges 3.0.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuerProfile {
    /// What the names of the members mean (JSON-LD).
    #[serde(rename = "@context")]
    #[schema(value_type = Vec<CredentialUri>, max_items = 10)]
    pub context: Vec<&'static str>,
    /// The identifier of the company, which is the `issuer` of its credentials.
    #[schema(value_type = CredentialUri)]
    pub id: String,
    /// Always `Profile`.
    #[serde(rename = "type")]
    #[schema(value_type = Vec<CredentialType>, max_items = 10)]
    pub kind: Vec<&'static str>,
    #[schema(max_length = 200, examples("示例科技有限公司"))]
    pub name: String,
    /// Where this profile is.
    #[schema(value_type = CredentialUri)]
    pub url: String,
}

/// What something in a credential is.
#[derive(ToSchema)]
#[schema(max_length = 64, pattern = "^[A-Za-z]+$", examples("Profile"))]
pub struct CredentialType(#[expect(dead_code, reason = "names the schema")] String);

/// The keys of a company (Decentralized Identifiers 1.0).
#[derive(Debug, Serialize, ToSchema)]
pub struct DidDocument {
    /// What the names of the members mean (JSON-LD).
    #[serde(rename = "@context")]
    #[schema(value_type = Vec<CredentialUri>, max_items = 10)]
    pub context: Vec<&'static str>,
    /// The identifier of the company.
    #[schema(value_type = CredentialUri)]
    pub id: String,
    /// The keys, the one that signs first.
    #[serde(rename = "verificationMethod")]
    #[schema(max_items = 1000)]
    pub verification_method: Vec<VerificationMethod>,
    /// Which of them sign credentials: all.
    #[serde(rename = "assertionMethod")]
    #[schema(value_type = Vec<CredentialUri>, max_items = 1000)]
    pub assertion_method: Vec<String>,
}

/// A key of a company.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerificationMethod {
    /// The name of the key, which is the `kid` of what it has signed.
    #[schema(value_type = CredentialUri)]
    pub id: String,
    /// Always `JsonWebKey`.
    #[serde(rename = "type")]
    #[schema(max_length = 64, pattern = "^JsonWebKey$", examples("JsonWebKey"))]
    pub kind: &'static str,
    /// Whose key it is.
    #[schema(value_type = CredentialUri)]
    pub controller: String,
    #[serde(rename = "publicKeyJwk")]
    #[schema(value_type = PublicKey)]
    pub public_key_jwk: Value,
}

response! {
    /// A key that signs certificates, or has signed them.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct CredentialKeyResponse: try new(key: KeyRow, people: &People) {
        pub id: Uuid,
        /// Thumbprint of the key (RFC 7638). The DID document and signatures name the key by it.
        #[schema(max_length = 64, pattern = "^[A-Za-z0-9_-]+$", examples("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"))]
        pub kid: String,
        pub state: CredentialKeyState = key.state(),
        pub created_at: DateTime<Utc>,
        /// Since when it signs nothing; null: it signs.
        pub retired_at: Option<DateTime<Utc>>,
        /// Since when others are thought to have it; null: nobody thinks so.
        pub suspected_at: Option<DateTime<Utc>>,
        pub suspected_by: Option<EmployeeRef> = people.maybe(key.suspected_by_id)?,
        pub suspicion_reason: Option<Reason>,
        /// Since when what it has signed no longer verifies; null: it is not withdrawn.
        pub withdrawn_at: Option<DateTime<Utc>>,
        pub withdrawn_by: Option<EmployeeRef> = people.maybe(key.withdrawn_by_id)?,
        /// Withdrawn by who suspected it, in a company that allows self-approval.
        pub self_approved: bool,
        pub etag: ETag = ETag(key.version()),
    }
}

/// A page of keys of certificates.
pub type CredentialKeyPage = Page<CredentialKeyResponse>;

/// Why others may have a key.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "数据库备份与安装密钥一并外泄"}))]
pub struct SuspectCredentialKeyRequest {
    #[validate(nested)]
    pub reason: Reason,
}

/// What became of the key that signed certificates.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotatedCredentialKey {
    /// The key that signs no longer. Null if there was none.
    pub retired: Option<RetiredCredentialKey>,
}

/// A key that signs no longer.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetiredCredentialKey {
    /// Thumbprint of the key (RFC 7638).
    #[schema(max_length = 64, pattern = "^[A-Za-z0-9_-]+$", examples("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"))]
    pub kid: String,
    pub created_at: DateTime<Utc>,
    pub retired_at: DateTime<Utc>,
}
