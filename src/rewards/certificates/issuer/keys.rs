//! The keys of a company's certificates. The first signature makes one, and the first after a year another. A retired key signs
//! nothing more, but stays published as long as a certificate is valid that it may have signed, or for good if it has signed something
//! without an end; unless it is withdrawn ([`super::withdrawal`]).

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Text};
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Address;
use super::status_list::VALID_FOR;
use crate::auth::Actor;
use crate::db::statement;
use crate::error::{Error, Result};
use crate::journal::{Circumstances, Record, Tx, read_tx, write_tx};
use crate::keys::{CredentialKey, InstallationKey, SigningKeyFault};
use crate::schema::credential_keys;
use crate::state::State;

/// How long a key signs.
const SIGNS_FOR: TimeDelta = TimeDelta::days(365);

/// The public half of a key.
#[derive(QueryableByName)]
pub struct PublicKey {
    #[diesel(sql_type = Text)]
    pub kid: String,
    #[diesel(sql_type = Jsonb)]
    pub public_jwk: Value,
}

/// A key that signs no longer.
pub struct Retired {
    pub kid: String,
    pub created_at: DateTime<Utc>,
}

/// The keys with which signatures of the company are verified, the one that signs first. A certificate that was issued after a key was
/// retired was never signed by it. What a withdrawn one has signed is not verified any more.
pub async fn published(tx: &mut Tx<'_>) -> QueryResult<Vec<PublicKey>> {
    const PUBLISHED: &str = "
SELECT k.kid, k.public_jwk FROM credential_keys k
 WHERE k.tenant_id = :tenant AND k.withdrawn_at IS NULL
   AND (k.retired_at IS NULL OR k.lasting OR k.retired_at > :lists_from
        OR EXISTS (SELECT FROM certificates c
                    WHERE c.tenant_id = :tenant AND c.revoked_at IS NULL AND c.issued_at <= k.retired_at))
 ORDER BY k.retired_at IS NULL DESC, k.created_at DESC, k.id DESC";
    tx.complete(statement(PUBLISHED).bind("lists_from", tx.now - VALID_FOR)).load(tx.conn).await
}

/// Signs a credential of the company (JWT).
pub async fn sign(state: &State, tenant: Uuid, address: &Address, claims: &Value) -> Result<String> {
    let found = read_tx(state, tenant, Actor::system(), |tx| async move { Ok(signing(tx).await?) }.boxed()).await?;
    let key = match found {
        Some(key) => key,
        None => renew(state, tenant).await?,
    };
    key.sign(&state.installation, tenant, &address.key(&key.kid), claims).map_err(failed)
}

/// Signs what others keep without an end (JWT), in the transaction that records it: the key stays published for good.
pub async fn sign_lasting(
    tx: &mut Tx<'_>,
    installation: &InstallationKey,
    address: &Address,
    claims: &Value,
) -> Result<String> {
    let key = match signing(tx).await? {
        Some(key) => key,
        None => {
            let fresh = CredentialKey::generate(installation, tx.tenant).map_err(failed)?;
            succeed(tx, fresh).await?
        }
    };
    let own = credential_keys::table.filter(credential_keys::tenant_id.eq(tx.tenant));
    let unmarked = own.filter(credential_keys::kid.eq(&key.kid)).filter(credential_keys::lasting.eq(false));
    diesel::update(unmarked).set(credential_keys::lasting.eq(true)).execute(tx.conn).await?;
    key.sign(installation, tx.tenant, &address.key(&key.kid), claims).map_err(failed)
}

/// The key that signs, if there is one that is not too old.
async fn signing(tx: &mut Tx<'_>) -> QueryResult<Option<CredentialKey>> {
    let own = credential_keys::table.filter(credential_keys::tenant_id.eq(tx.tenant));
    let signs = own.filter(credential_keys::retired_at.is_null());
    let young = signs.filter(credential_keys::created_at.gt(tx.now - SIGNS_FOR));
    let columns = (credential_keys::kid, credential_keys::public_jwk, credential_keys::private_key_sealed);
    let found: Option<(String, Value, Vec<u8>)> = young.select(columns).first(tx.conn).await.optional()?;
    Ok(found.map(|(kid, public_jwk, private_key_sealed)| CredentialKey { kid, public_jwk, private_key_sealed }))
}

/// Makes the next key, unless another request has just made it.
async fn renew(state: &State, tenant: Uuid) -> Result<CredentialKey> {
    let fresh = CredentialKey::generate(&state.installation, tenant).map_err(failed)?;
    write_tx(state, tenant, Actor::system(), Circumstances::default(), move |tx| succeed(tx, fresh).boxed()).await
}

/// The fresh key signs from now on, unless another request has just made one.
async fn succeed(tx: &mut Tx<'_>, fresh: CredentialKey) -> Result<CredentialKey> {
    lock(tx).await?;
    if let Some(key) = signing(tx).await? {
        return Ok(key);
    }
    let retired = retire(tx).await?;
    let id = tx.id();
    insert(tx, id, &fresh).await?;
    let details = json!({"kid": fresh.kid, "retired_kid": retired.map(|key| key.kid)});
    tx.record(Record::logged("rotate_credential_key", "credential_key", id).details(details));
    Ok(fresh)
}

/// Retires the key that signs. Returns none if there is no such key.
pub async fn retire(tx: &mut Tx<'_>) -> QueryResult<Option<Retired>> {
    let own = credential_keys::table.filter(credential_keys::tenant_id.eq(tx.tenant));
    let retired: Option<(String, DateTime<Utc>)> = diesel::update(own.filter(credential_keys::retired_at.is_null()))
        .set(credential_keys::retired_at.eq(tx.now))
        .returning((credential_keys::kid, credential_keys::created_at))
        .get_result(tx.conn)
        .await
        .optional()?;
    Ok(retired.map(|(kid, created_at)| Retired { kid, created_at }))
}

async fn lock(tx: &mut Tx<'_>) -> QueryResult<()> {
    const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended(:tenant::text || 'credential_keys', 0))";
    tx.complete(statement(LOCK)).execute(tx.conn).await?;
    Ok(())
}

async fn insert(tx: &mut Tx<'_>, id: Uuid, key: &CredentialKey) -> QueryResult<usize> {
    let row = (
        credential_keys::tenant_id.eq(tx.tenant),
        credential_keys::id.eq(id),
        credential_keys::kid.eq(&key.kid),
        credential_keys::public_jwk.eq(&key.public_jwk),
        credential_keys::private_key_sealed.eq(&key.private_key_sealed),
        credential_keys::created_at.eq(tx.now),
    );
    diesel::insert_into(credential_keys::table).values(row).execute(tx.conn).await
}

fn failed(fault: SigningKeyFault) -> Error {
    Error::internal(format!("the certificate was not signed: {fault}"))
}
