//! Retries: a key is claimed before the work, and the response is stored with it in the transaction of the work. So both are
//! committed or neither is. A refusal rolls back the claim with everything else and is not stored.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::Binary;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

use super::tx::Tx;
use crate::db::{Connection, statement};
use crate::error::{Code, Error, Result};
use crate::http::Reply;
use crate::schema::idempotency_keys;

/// How long a response is kept for retries.
const KEPT: TimeDelta = TimeDelta::days(7);

/// The maximum number of expired responses that one statement removes.
pub const FORGET_AT_ONCE: usize = 1000;

/// The key of a request, and what identifies a retry of it.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    pub key: String,
    /// Method and path, including the query.
    pub operation: String,
    /// SHA-256 of the body.
    pub body_sha256: Vec<u8>,
}

/// The result of a claim.
#[derive(Debug)]
pub enum Claim {
    /// The key was free and is now claimed: do the work.
    New,
    /// The work was already done; this was the response.
    Done(Reply),
}

type Kept = (String, Vec<u8>, Option<i16>, Option<Value>, Option<Vec<u8>>);

/// Claims the key for this transaction. While the same request is still running elsewhere, the insert waits for its commit,
/// at most `lock_timeout` (2 s).
pub async fn claim(tx: &mut Tx<'_>, key: &IdempotencyKey) -> Result<Claim> {
    use idempotency_keys::dsl;
    let caller = tx.actor.identity.to_string();
    let own = dsl::idempotency_keys
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::caller.eq(&caller))
        .filter(dsl::key.eq(&key.key));
    diesel::delete(own.filter(dsl::expires_at.le(tx.now))).execute(tx.conn).await.map_err(in_progress)?;
    let inserted = diesel::insert_into(dsl::idempotency_keys)
        .values((
            dsl::tenant_id.eq(tx.tenant),
            dsl::caller.eq(&caller),
            dsl::key.eq(&key.key),
            dsl::operation.eq(&key.operation),
            dsl::body_sha256.eq(&key.body_sha256),
            dsl::created_at.eq(tx.now),
            dsl::expires_at.eq(tx.now + KEPT),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn)
        .await
        .map_err(in_progress)?;
    if inserted == 1 {
        return Ok(Claim::New);
    }
    let kept: Kept = own
        .select((dsl::operation, dsl::body_sha256, dsl::response_status, dsl::response_headers, dsl::response_body))
        .first(tx.conn)
        .await?;
    replay(key, kept)
}

/// The error after waiting too long for the same request.
fn in_progress(error: diesel::result::Error) -> Error {
    match Error::from(error) {
        Error { code: Code::Busy, .. } => Error::new(Code::RequestInProgress),
        other => other,
    }
}

fn replay(key: &IdempotencyKey, (operation, body_sha256, status, headers, body): Kept) -> Result<Claim> {
    if operation != key.operation || body_sha256 != key.body_sha256 {
        return Err(Error::new(Code::IdempotencyKeyReused));
    }
    let Some(status) = status else {
        return Err(Error::internal("an idempotency key was committed without its answer"));
    };
    let headers = headers.unwrap_or_default();
    let headers = headers.as_object().into_iter().flatten();
    Ok(Claim::Done(Reply {
        status: u16::try_from(status).map_err(Error::internal)?,
        headers: headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect(),
        body: body.unwrap_or_default(),
        without_secret: None,
    }))
}

/// Stores the response with its key. If the response contains a secret, its body is stored without it.
pub async fn keep(tx: &mut Tx<'_>, key: &IdempotencyKey, reply: &Reply) -> Result<()> {
    let headers: serde_json::Map<String, Value> =
        reply.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let body = reply.without_secret.as_ref().unwrap_or(&reply.body);
    statement(KEEP)
        .bind("tenant", tx.tenant)
        .bind("caller", tx.actor.identity.to_string())
        .bind("key", &key.key)
        .bind("status", i16::try_from(reply.status).map_err(Error::internal)?)
        .bind("headers", Value::Object(headers))
        .bind_as::<Binary, _>("body", body)
        .execute(tx.conn)
        .await?;
    Ok(())
}

const KEEP: &str = "
UPDATE idempotency_keys SET response_status = :status, response_headers = :headers, response_body = :body
 WHERE tenant_id = :tenant AND caller = :caller AND key = :key";

/// A key that is being claimed again right now is left to that claim.
const FORGET_EXPIRED: &str = "
DELETE FROM idempotency_keys WHERE tenant_id = :tenant AND (caller, key) IN (
    SELECT caller, key FROM idempotency_keys WHERE tenant_id = :tenant AND expires_at <= :now
     ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED)";

/// Removes expired responses, at most [`FORGET_AT_ONCE`]. Returns how many.
pub async fn forget_expired(conn: &mut Connection, tenant: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    statement(FORGET_EXPIRED)
        .bind("tenant", tenant)
        .bind("now", now)
        .bind("limit", i64::try_from(FORGET_AT_ONCE).unwrap_or(i64::MAX))
        .execute(conn)
        .await
}
