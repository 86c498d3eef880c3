//! Certificates on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::code::PublicCode;
use super::model::Certificate;
use crate::error::Error;
use crate::http::{ETag, Page, response};
use crate::kernel::period::Period;
use crate::kernel::text::Reason;
use crate::people::{EmployeeRef, People};

response! {
    /// A certificate.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct CertificateResponse: try new(row: Certificate, people: &People) {
        pub id: Uuid,
        pub employee: EmployeeRef = people.get(row.employee_id)?,
        pub programme_id: Uuid,
        /// The closed snapshot that it was computed from; null if it was awarded by hand.
        pub snapshot_id: Option<Uuid>,
        /// The policy that awarded it.
        #[schema(max_length = 64, examples("most-reused"))]
        pub policy: Option<String> = row.policy_code,
        /// The period in which it was earned.
        pub earned_period: Period = row.earned_period.parse().map_err(Error::internal)?,
        /// Kind of certificate.
        #[schema(max_length = 64, examples("knowledge-contribution"))]
        pub certificate_code: String,
        /// Whoever has it sees the certificate at `/certificates/{public_code}`.
        pub public_code: PublicCode = PublicCode::new(row.tenant_id, &row.public_code),
        pub issued_at: DateTime<Utc>,
        /// When it was revoked; null while it is valid.
        pub revoked_at: Option<DateTime<Utc>>,
        pub revoke_reason: Option<Reason>,
        pub etag: ETag = ETag(row.version),
    }
}

/// Why a certificate is revoked.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "复用记录经核查系重复计算"}))]
pub struct RevokeCertificateRequest {
    #[validate(nested)]
    pub reason: Reason,
}

/// A page of certificates.
pub type CertificatePage = Page<CertificateResponse>;

/// Filters of certificates.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListCertificatesQuery {
    /// Only those of this person.
    pub employee_id: Option<Uuid>,
    /// Only those of this programme.
    pub programme_id: Option<Uuid>,
    /// Only those earned in this period.
    pub period: Option<Period>,
}
