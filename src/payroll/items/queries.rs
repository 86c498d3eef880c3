//! Statements on pay items.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{CreatePayItemRequest, PayItemChange};
use super::model::PayItem;
use crate::db::row_queries;
use crate::http::{Listed, Paging};
use crate::journal::Tx;

row_queries!(
    PayItem,
    pay_items,
    create(CreatePayItemRequest),
    find,
    find_for_update = find(for_no_key_update),
    update(PayItemChange),
    list_page = list(by code),
);
