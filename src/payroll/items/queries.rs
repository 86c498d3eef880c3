//! Statements on pay items.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::PayItemChange;
use super::model::{NewPayItem, PayItem};
use crate::journal::Tx;
use crate::schema::pay_items;

pub async fn insert(tx: &mut Tx<'_>, item: &NewPayItem) -> QueryResult<PayItem> {
    diesel::insert_into(pay_items::table).values(item).returning(PayItem::as_returning()).get_result(tx.conn).await
}

pub async fn find(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<PayItem>> {
    let own = pay_items::table.filter(pay_items::tenant_id.eq(tx.tenant)).filter(pay_items::id.eq(id));
    own.select(PayItem::as_select()).first(tx.conn).await.optional()
}

pub async fn find_for_update(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<PayItem>> {
    let own = pay_items::table.filter(pay_items::tenant_id.eq(tx.tenant)).filter(pay_items::id.eq(id));
    own.select(PayItem::as_select()).for_no_key_update().first(tx.conn).await.optional()
}

/// Ordered by code, after the code `after`.
pub async fn list_page(tx: &mut Tx<'_>, after: Option<String>, fetch: i64) -> QueryResult<Vec<PayItem>> {
    let mut page =
        pay_items::table.filter(pay_items::tenant_id.eq(tx.tenant)).select(PayItem::as_select()).into_boxed();
    if let Some(after) = after {
        page = page.filter(pay_items::code.gt(after));
    }
    page.order(pay_items::code).limit(fetch).load(tx.conn).await
}

pub async fn update(tx: &mut Tx<'_>, id: Uuid, change: &PayItemChange) -> QueryResult<PayItem> {
    diesel::update(pay_items::table.filter(pay_items::tenant_id.eq(tx.tenant)).filter(pay_items::id.eq(id)))
        .set((change, pay_items::updated_at.eq(tx.now), pay_items::version.eq(pay_items::version + 1)))
        .returning(PayItem::as_returning())
        .get_result(tx.conn)
        .await
}
