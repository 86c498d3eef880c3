//! Operations on machine clients.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::dto::{ApiClientResponse, ApiClientSecretResponse, CreateApiClientRequest};
use super::queries::{self, ApiClient, NewApiClient};
use crate::auth::Role;
use crate::error::{Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::Faults;
use crate::kernel::phrases::{Condition, Thing};
use crate::keys::{client_secret_sha256, new_client_secret};
use crate::people::{today, unemployed};

pub async fn create(tx: &mut Tx<'_>, request: CreateApiClientRequest) -> Result<ApiClientSecretResponse> {
    let mut faults = Faults::default();
    faults.check_distinct(&request.roles, |i| format!("/roles/{i}"));
    faults.check()?;
    let secret = new_client_secret()?;
    let client = NewApiClient {
        tenant_id: tx.tenant,
        id: tx.id(),
        name: &request.name,
        secret_sha256: &client_secret_sha256(&secret),
        roles: request.roles.iter().map(|role| role.slug()).collect(),
        responsible_id: tx.actor.answerable(),
        created_at: tx.now,
        updated_at: tx.now,
    };
    let created = queries::insert(tx, &client).await?;
    let roles: Vec<&Role> = request.roles.iter().collect();
    let record = Record::told("create_api_client", "api_client.created", "api_client", created.id);
    tx.record(record.fields(["name", "roles"]).details(json!({"roles": roles})));
    Ok(ApiClientSecretResponse::new(render(tx, created).await?, Some(secret)))
}

/// The client, locked. Refused if it has been revoked.
async fn lock_active(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<ApiClient> {
    let found = queries::find_for_update(tx, id).await?;
    let present = precondition.admit(Thing::ApiClient, found, |client| client.version)?;
    Thing::ApiClient.refuse_if(present.revoked_at.is_some(), Condition::Revoked, Condition::Active)?;
    Ok(present)
}

/// Gives the client a new secret. The old secret gets no more tokens, and the tokens issued for it are refused. The person who
/// knows the secret is responsible for the client. If a machine client without a responsible person makes the request, the
/// responsible person stays the same.
pub async fn rotate_secret(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<ApiClientSecretResponse> {
    let present = lock_active(tx, id, &precondition).await?;
    let secret = new_client_secret()?;
    let responsible = tx.actor.answerable().or(present.responsible_id);
    let hash = client_secret_sha256(&secret);
    let changed = queries::update_secret(tx, id, &hash, responsible).await?;
    let record = Record::told("rotate_api_client_secret", "api_client.secret_rotated", "api_client", id);
    tx.record(record.fields(["secret"]));
    Ok(ApiClientSecretResponse::new(render(tx, changed).await?, Some(secret)))
}

pub async fn revoke(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<ApiClientResponse> {
    lock_active(tx, id, &precondition).await?;
    let revoked = queries::revoke(tx, id).await?;
    tx.record(Record::told("revoke_api_client", "api_client.revoked", "api_client", id).fields(["revoked_at"]));
    render(tx, revoked).await
}

pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<ApiClientResponse> {
    let found = Thing::ApiClient.require(queries::find(tx, id).await?)?;
    render(tx, found).await
}

/// The clients as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, clients: Vec<ApiClient>) -> Result<Vec<ApiClientResponse>> {
    let today = today(tx).await?;
    let asked = clients.iter().filter_map(|client| Some((client.id.to_string(), client.responsible_id?, today)));
    let asked: Vec<(String, Uuid, NaiveDate)> = asked.collect();
    let stopped: BTreeSet<String> = unemployed(tx, &asked).await?.into_iter().map(|fault| fault.pointer).collect();
    let whole = |client: ApiClient| {
        let has_stopped = stopped.contains(&client.id.to_string());
        ApiClientResponse::new(client, has_stopped)
    };
    Ok(clients.into_iter().map(whole).collect())
}

async fn render(tx: &mut Tx<'_>, client: ApiClient) -> Result<ApiClientResponse> {
    only(render_all(tx, vec![client]).await?)
}
