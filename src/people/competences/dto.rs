//! Requests and responses about certificates of competence.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::CompetenceCertificate;
use crate::db::merge_patch;
use crate::http::{ETag, Page, response};
use crate::kernel::last_day::LastDay;
use crate::kernel::text::{CertificateNumber, Code, Name};
use crate::kernel::wire;
use crate::people::EmployeeRef;

/// A certificate of competence.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "kind": "ttt", "issuer": "中国人力资源开发研究会",
    "starts_on": "2026-01-01", "ends_on": "2028-12-31"
}))]
pub struct CreateCompetenceCertificateRequest {
    pub employee_id: Uuid,
    /// Code of the kind: one of the company's (`competences` in `GET /v1/display-names`).
    #[validate(nested)]
    pub kind: Code,
    /// Who issued it.
    #[validate(nested)]
    pub issuer: Name,
    /// Its number at the issuer.
    #[validate(nested)]
    pub certificate_number: Option<CertificateNumber>,
    /// First day on which it is valid.
    #[validate(custom(function = "wire::day"))]
    pub starts_on: NaiveDate,
    /// Last day on which it is valid (included). Null: it has no end.
    #[validate(custom(function = "wire::day"))]
    pub ends_on: Option<LastDay>,
}

merge_patch! {
    into competence_certificates as CompetenceCertificateChange;
    /// Changes to a certificate of competence. Absent members stay unchanged.
    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(example = json!({"ends_on": "2029-12-31"}))]
    pub struct UpdateCompetenceCertificateRequest {
        /// Who issued it.
        #[validate(nested)]
        pub issuer: Name,
        /// Its number at the issuer.
        #[validate(nested)]
        pub certificate_number: Option<CertificateNumber>,
        /// First day on which it is valid.
        #[validate(custom(function = "wire::day"))]
        pub starts_on (column_name = valid_from): NaiveDate,
        /// Last day on which it is valid (included). Null: it has no end.
        #[validate(custom(function = "wire::day"))]
        pub ends_on (column_name = valid_to): Option<LastDay>,
    }
}

response! {
    /// A certificate of competence of a person.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct CompetenceCertificateResponse: new(row: CompetenceCertificate, employee: EmployeeRef) {
        pub id: Uuid,
        pub employee: EmployeeRef = employee,
        /// Code of the kind.
        /// Example: ttt
        pub kind: Code,
        /// Who issued it.
        pub issuer: Name,
        /// Its number at the issuer.
        pub certificate_number: Option<CertificateNumber>,
        /// First day on which it is valid.
        pub starts_on: NaiveDate = row.valid_from,
        /// Last day on which it is valid (included). Null if it has no end.
        pub ends_on: Option<LastDay> = row.valid_to,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(row.version),
    }
}

/// A page of certificates of competence.
pub type CompetenceCertificatePage = Page<CompetenceCertificateResponse>;

/// Filters for certificates of competence.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListCompetenceCertificatesQuery {
    /// Only those of this employee.
    pub employee_id: Option<Uuid>,
    /// Only those of this kind.
    #[validate(nested)]
    pub kind: Option<Code>,
    /// Only those that are valid on this day.
    #[validate(custom(function = "wire::any_day"))]
    pub valid_on: Option<NaiveDate>,
    /// Only those that are no longer valid after this day: those to be renewed until then.
    #[validate(custom(function = "wire::any_day"))]
    pub expires_by_on: Option<NaiveDate>,
    /// Only those that changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}
