//! Rows of machine clients and statements on them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::row_queries;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::text::Name;
use crate::schema::api_clients;

/// A machine client. The hash of its secret is never read here.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = api_clients)]
pub struct ApiClient {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub name: Name,
    pub roles: Vec<String>,
    pub responsible_id: Option<Uuid>,
    pub secret_rotated_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// A new machine client.
#[derive(Debug, Insertable)]
#[diesel(table_name = api_clients, treat_none_as_default_value = false)]
pub struct NewApiClient<'a> {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub name: &'a str,
    pub secret_sha256: &'a [u8],
    pub roles: Vec<&'a str>,
    pub responsible_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

row_queries!(
    ApiClient,
    api_clients,
    insert(NewApiClient<'_>),
    find,
    find_for_update = find(for_update),
    list_page = list(by id),
);

/// Replaces the secret. From then on, `responsible` is the person responsible for the client, and older tokens are refused.
pub async fn update_secret(
    tx: &mut Tx<'_>,
    id: Uuid,
    secret_sha256: &[u8],
    responsible: Option<Uuid>,
) -> QueryResult<ApiClient> {
    diesel::update(api_clients::table.filter(api_clients::tenant_id.eq(tx.tenant)).filter(api_clients::id.eq(id)))
        .set((
            api_clients::secret_sha256.eq(secret_sha256),
            api_clients::responsible_id.eq(responsible),
            api_clients::secret_rotated_at.eq(tx.now),
            api_clients::updated_at.eq(tx.now),
            api_clients::version.eq(api_clients::version + 1),
        ))
        .returning(ApiClient::as_returning())
        .get_result(tx.conn)
        .await
}

pub async fn revoke(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<ApiClient> {
    diesel::update(api_clients::table.filter(api_clients::tenant_id.eq(tx.tenant)).filter(api_clients::id.eq(id)))
        .set((
            api_clients::revoked_at.eq(tx.now),
            api_clients::updated_at.eq(tx.now),
            api_clients::version.eq(api_clients::version + 1),
        ))
        .returning(ApiClient::as_returning())
        .get_result(tx.conn)
        .await
}
