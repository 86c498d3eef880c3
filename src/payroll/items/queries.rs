//! Rows of pay items and the statements on them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::Connection;
use crate::schema::pay_items;

/// A pay item.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = pay_items)]
pub struct PayItem {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub issuance_way: String,
    pub tax_mode: Option<String>,
    pub tax_category: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// What a patch changes; none leaves the column alone.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = pay_items)]
pub struct PayItemChange {
    pub name_zh: Option<String>,
    pub name_en: Option<String>,
    pub issuance_way: Option<String>,
    pub tax_mode: Option<Option<String>>,
    pub tax_category: Option<Option<String>>,
}

pub async fn insert(conn: &mut Connection, row: &PayItem) -> QueryResult<usize> {
    diesel::insert_into(pay_items::table).values(row).execute(conn).await
}

pub async fn find(conn: &mut Connection, tenant: Uuid, id: Uuid) -> QueryResult<Option<PayItem>> {
    let own = pay_items::table.filter(pay_items::tenant_id.eq(tenant)).filter(pay_items::id.eq(id));
    own.select(PayItem::as_select()).first(conn).await.optional()
}

pub async fn find_for_update(conn: &mut Connection, tenant: Uuid, id: Uuid) -> QueryResult<Option<PayItem>> {
    let own = pay_items::table.filter(pay_items::tenant_id.eq(tenant)).filter(pay_items::id.eq(id));
    own.select(PayItem::as_select()).for_update().first(conn).await.optional()
}

/// By code, after the code `after`.
pub async fn list_page(
    conn: &mut Connection,
    tenant: Uuid,
    after: Option<String>,
    fetch: i64,
) -> QueryResult<Vec<PayItem>> {
    let mut page = pay_items::table.filter(pay_items::tenant_id.eq(tenant)).select(PayItem::as_select()).into_boxed();
    if let Some(after) = after {
        page = page.filter(pay_items::code.gt(after));
    }
    page.order(pay_items::code).limit(fetch).load(conn).await
}

pub async fn update(
    conn: &mut Connection,
    tenant: Uuid,
    id: Uuid,
    change: PayItemChange,
    now: DateTime<Utc>,
) -> QueryResult<PayItem> {
    let own = pay_items::table.filter(pay_items::tenant_id.eq(tenant)).filter(pay_items::id.eq(id));
    diesel::update(own)
        .set((change, pay_items::updated_at.eq(now), pay_items::version.eq(pay_items::version + 1)))
        .returning(PayItem::as_returning())
        .get_result(conn)
        .await
}
