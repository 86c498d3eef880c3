//! Statements on pay items.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::PayItemChange;
use super::model::{NewPayItem, PayItem};
use crate::db::{narrow, row_queries};
use crate::journal::Tx;
use crate::schema::pay_items;

row_queries!(
    PayItem,
    pay_items,
    insert(NewPayItem),
    find,
    find_for_update = find(for_no_key_update),
    update(PayItemChange),
);

/// Ordered by code, after the code `after`.
pub async fn list_page(tx: &mut Tx<'_>, after: Option<String>, fetch: i64) -> QueryResult<Vec<PayItem>> {
    let mut page =
        pay_items::table.filter(pay_items::tenant_id.eq(tx.tenant)).select(PayItem::as_select()).into_boxed();
    narrow!(page; pay_items { code > after });
    page.order(pay_items::code).limit(fetch).load(tx.conn).await
}
