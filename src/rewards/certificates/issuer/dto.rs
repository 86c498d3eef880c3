//! What an issuer publishes.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::auth::routes::PublicKey;

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
