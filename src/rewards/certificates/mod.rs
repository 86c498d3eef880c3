//! E-certificates (电子证书) in the honour file. They cost nothing, so they are not in the ledger.
//!
//! A certificate is issued once per person, policy and period, however often the period is closed again. Other modules call
//! [`issue`].

pub mod dto;
mod model;
mod queries;
pub mod routes;

pub use model::Certificate;
pub use queries::issued;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::ledger::SnapshotRef;
use crate::error::{Error, Result};
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
    let mut rows = Vec::with_capacity(certificates.len());
    for certificate in certificates {
        rows.push(Certificate {
            tenant_id: tx.tenant,
            id: tx.id(),
            employee_id: certificate.employee_id,
            programme_id: snapshot.programme_id,
            snapshot_id: Some(snapshot.id),
            policy_code: Some(certificate.policy_code),
            earned_period: snapshot.period.to_string(),
            certificate_code: certificate.certificate_code,
            public_code: public_code()?,
            issued_at: tx.now,
            revoked_at: None,
            revoke_reason: None,
            created_at: tx.now,
            updated_at: tx.now,
            version: 1,
        });
    }
    Ok(queries::insert_missing(tx, &rows).await?)
}

/// 128 random bits.
fn public_code() -> Result<String> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the system provides no random bytes"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
