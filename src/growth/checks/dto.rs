//! Promotion checks on the wire.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::growth::answer::CriterionResult;
use crate::growth::waivers::AppliedWaiver;
use crate::kernel::text::Code;
use crate::kernel::wire;
use crate::people::EmployeeRef;
use crate::rewards::certificates::issuer::CredentialUri;

/// Whom to check, and for what.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "target_code": "department-manager"}))]
pub struct PromotionCheckRequest {
    pub employee_id: Uuid,
    /// A certain version of a policy. Send either this or a position.
    pub policy_id: Option<Uuid>,
    /// The position, checked by its policy in force. Send either this or a policy.
    #[validate(nested)]
    pub target_code: Option<Code>,
    /// The day to check for: appointment, suspensions, titles, notices, certificates of competence and waivers are those of this day, and
    /// the months looked at had ended by it. Their closed results, and the policy in force, are those of the moment of asking. If absent,
    /// today in the company's time zone.
    #[validate(custom(function = "wire::any_day"))]
    pub on: Option<NaiveDate>,
}

/// Whom to check, and for what: up to 500 people at once.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_ids": ["01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b"], "target_code": "department-manager"}))]
pub struct BatchPromotionChecksRequest {
    /// Each once.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub employee_ids: Vec<Uuid>,
    /// A certain version of a policy. Send either this or a position.
    pub policy_id: Option<Uuid>,
    /// The position, checked by its policy in force. Send either this or a policy.
    #[validate(nested)]
    pub target_code: Option<Code>,
    /// The day to check for: appointment, suspensions, titles, notices, certificates of competence and waivers are those of this day, and
    /// the months looked at had ended by it. Their closed results, and the policy in force, are those of the moment of asking. If absent,
    /// today in the company's time zone.
    #[validate(custom(function = "wire::any_day"))]
    pub on: Option<NaiveDate>,
}

/// The result of a promotion check.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PromotionCheckResponse {
    pub employee_id: Uuid,
    pub policy_id: Uuid,
    /// The position.
    pub target_code: Code,
    #[schema(minimum = 1)]
    pub policy_version: i32,
    /// The day that was checked for.
    pub asked_on: NaiveDate,
    pub eligible: bool,
    /// The verdict on the policy's criterion and on every criterion below it, with the evidence.
    pub result: CriterionResult,
    /// The waivers that the result rests on, each with who asked for it, why, and which two approved it. What is met without them needs
    /// none.
    #[schema(max_items = 3200)]
    pub waivers: Vec<AppliedWaiver>,
}

/// The results of promotion checks.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromotionCheckList {
    /// In the order of the request.
    #[schema(max_items = 500)]
    pub items: Vec<PromotionCheckResponse>,
}

/// A signed result (JWT in the compact form).
#[derive(ToSchema)]
#[schema(max_length = 10_000_000, pattern = "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$")]
pub struct SignedCheck(#[expect(dead_code, reason = "names the schema")] String);

/// The result of a promotion check, signed by the company.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedPromotionCheck {
    /// A JWT (ES256). Its header has `alg`, `typ` (`JWT`) and `kid`, which names a key in the company's DID document.
    #[schema(value_type = SignedCheck)]
    pub jwt: String,
    /// What it says.
    pub claims: PromotionCheckClaims,
}

/// The claims of a signed result. It has no end (`exp`): it says what the answer for that day was when it was signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromotionCheckClaims {
    /// The company that signed it: a `did:web`, whose DID document (`get_did_document`) has the public key.
    #[schema(value_type = CredentialUri)]
    pub iss: String,
    /// The person: `urn:uuid:` and Lectern's id.
    #[schema(value_type = CredentialUri)]
    pub sub: String,
    /// The id of this signed result: `urn:uuid:` and the id under which the operation log has it.
    #[schema(value_type = CredentialUri)]
    pub jti: String,
    /// When it was computed and signed, in seconds since 1970-01-01T00:00:00Z.
    #[schema(minimum = 0, maximum = 253_402_300_799_i64)]
    pub iat: i64,
    /// The person as named then.
    pub employee: EmployeeRef,
    pub promotion_check: PromotionCheckResponse,
}
