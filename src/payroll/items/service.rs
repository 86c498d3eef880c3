//! Operations on pay items.

use serde_json::json;
use uuid::Uuid;

use super::dto::{CreatePayItemRequest, PayItemChange};
use super::model::PayItem;
use super::queries;
use crate::db::{Constraint as _, id_of_code};
use crate::error::{Error, Result};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::Faults;
use crate::kernel::phrases::Thing;

pub async fn create(tx: &mut Tx<'_>, request: CreatePayItemRequest) -> Result<PayItem> {
    Thing::PayItem.refuse_code(&request.code, id_of_code!(tx, pay_items, &request.code, Uuid::nil()))?;
    let item = queries::create(tx, &request)
        .await
        .on_constraint("pay_items_code_key", || Error::already_exists(Thing::PayItem))?;
    let record = Record::told("create_pay_item", "pay_item.created", "pay_item", item.id);
    tx.record(record.details(json!({ "code": item.code })));
    Ok(item)
}

pub async fn update(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    change: PayItemChange,
    faults: Faults,
) -> Result<PayItem> {
    precondition.admit(Thing::PayItem, queries::find_for_update(tx, id).await?, |item| item.version)?;
    faults.check()?;
    let item = queries::update(tx, id, &change).await?;
    tx.record(Record::told("update_pay_item", "pay_item.updated", "pay_item", id).fields(change.fields()));
    Ok(item)
}
