//! Rows of certificates of competence.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::journal::Days;
use crate::kernel::last_day::LastDay;
use crate::kernel::text::{CertificateNumber, Code, Name};
use crate::schema::competence_certificates;

/// A certificate of competence of a person.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = competence_certificates, treat_none_as_default_value = false)]
pub struct CompetenceCertificate {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub employee_id: Uuid,
    pub kind: Code,
    pub issuer: Name,
    pub certificate_number: Option<CertificateNumber>,
    pub valid_from: NaiveDate,
    /// The last day on which it is valid.
    pub valid_to: Option<LastDay>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl CompetenceCertificate {
    /// The days on which it is valid.
    #[must_use]
    pub fn days(&self) -> Days {
        Days { employee: self.employee_id, first: Some(self.valid_from), end: self.valid_to.map(LastDay::day_after) }
    }
}
