//! Statements on programmes.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::Programme;
use crate::db::Connection;
use crate::schema::{programmes, tenants};

pub async fn find(connection: &mut Connection, tenant: Uuid, id: Uuid) -> QueryResult<Option<Programme>> {
    let own = programmes::table.filter(programmes::tenant_id.eq(tenant)).filter(programmes::id.eq(id));
    own.select(Programme::as_select()).first(connection).await.optional()
}

/// The codes of the tenant's grades, best first.
pub async fn grade_order(connection: &mut Connection, tenant: Uuid) -> QueryResult<Vec<String>> {
    tenants::table.filter(tenants::id.eq(tenant)).select(tenants::grade_codes).first(connection).await
}
