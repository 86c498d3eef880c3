//! E-certificates (电子证书) in the honour file. They cost nothing, so they are not in the ledger.
//!
//! A certificate is issued once per person, policy and period, however often the period is closed again. Other modules call
//! [`issue`]. Whoever has its public [`code`] sees what it says and whether it is valid ([`public`]), and can fetch it as a
//! credential (Open Badges 3.0), which the company signs with keys of its own ([`issuer`]). Nothing signed is stored: what is asked
//! for is signed anew, by the key of the day.

mod code;
pub mod dto;
pub mod issuer;
mod model;
mod places;
pub mod public;
mod queries;
pub mod routes;
mod service;
mod title;

pub use code::PublicCode;
pub use model::Certificate;
pub use queries::issued;
pub use service::revoke;
pub use title::title;

use uuid::Uuid;

use super::ledger::SnapshotRef;
use crate::error::Result;
use crate::journal::Tx;

/// A certificate that a policy awards.
#[derive(Debug, Clone)]
pub struct NewCertificate {
    pub employee_id: Uuid,
    pub policy_code: String,
    pub certificate_code: String,
}

/// Issues what a closed snapshot awards. Returns how many certificates are new.
pub async fn issue(tx: &mut Tx<'_>, snapshot: &SnapshotRef, certificates: Vec<NewCertificate>) -> Result<usize> {
    if certificates.is_empty() {
        return Ok(0);
    }
    let places = places::choose(tx, certificates.len()).await?;
    let mut rows = Vec::with_capacity(certificates.len());
    for (certificate, status_index) in certificates.into_iter().zip(places) {
        rows.push(Certificate {
            tenant_id: tx.tenant,
            id: tx.id(),
            employee_id: certificate.employee_id,
            programme_id: snapshot.programme_id,
            snapshot_id: Some(snapshot.id),
            policy_code: Some(certificate.policy_code),
            earned_period: snapshot.period.to_string(),
            certificate_code: certificate.certificate_code,
            public_code: code::random()?,
            issued_at: tx.now,
            revoked_at: None,
            revoke_reason: None,
            created_at: tx.now,
            updated_at: tx.now,
            version: 1,
            status_index: Some(status_index),
        });
    }
    Ok(queries::insert_missing(tx, &rows).await?)
}
