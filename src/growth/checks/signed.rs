//! Signed results: what an HR system keeps of a check and can verify by itself. They are signed by the company, with the keys of its
//! certificates and under the same name (`did:web`).

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

use super::dto::{PromotionCheckClaims, PromotionCheckResponse, SignedPromotionCheck};
use crate::error::{Error, Result};
use crate::journal::{Record, Tx};
use crate::people::employee_refs;
use crate::rewards::certificates::issuer::{Address, sign_lasting};
use crate::schema::tenants;
use crate::state::State;

/// Signs a result, and records who asked for it.
pub async fn sign(tx: &mut Tx<'_>, state: &State, check: PromotionCheckResponse) -> Result<SignedPromotionCheck> {
    let company: String = tenants::table.filter(tenants::id.eq(tx.tenant)).select(tenants::code).first(tx.conn).await?;
    let address = Address::new(&state.public_url, &company);
    let id = tx.id();
    let claims = PromotionCheckClaims {
        iss: address.did.clone(),
        sub: format!("urn:uuid:{}", check.employee_id),
        jti: format!("urn:uuid:{id}"),
        iat: tx.now.timestamp(),
        employee: employee_refs(tx, &[check.employee_id]).await?.get(check.employee_id)?,
        promotion_check: check,
    };
    let document = serde_json::to_value(&claims).map_err(Error::internal)?;
    let jwt = sign_lasting(tx, &state.installation, &address, &document).await?;
    let check = &claims.promotion_check;
    let details = json!({
        "id": id, "employee_id": check.employee_id, "policy_id": check.policy_id, "asked_on": check.asked_on,
        "eligible": check.eligible,
    });
    tx.record(Record::logged("sign_promotion_check", "signed_promotion_check", id).details(details));
    Ok(SignedPromotionCheck { jwt, claims })
}
