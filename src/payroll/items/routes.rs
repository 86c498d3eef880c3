//! Pay items over HTTP.

use actix_web::{HttpResponse, get, patch, post};
use futures_util::FutureExt as _;
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{CreatePayItemRequest, ListPayItemsQuery, PayItemPage, PayItemResponse, UpdatePayItemRequest};
use super::queries::{self, PayItem};
use crate::auth::rights::{PayrollExport, PayrollPrepare};
use crate::call::Call;
use crate::db::Constraint as _;
use crate::error::{Error, Result};
use crate::http::{ETag, Json, Path, Query, Reply};
use crate::journal::{Audit, Event};
use crate::kernel::fault::FaultCode;

pub fn routes(config: &mut ServiceConfig) {
    config.service(create_pay_item).service(list_pay_items).service(get_pay_item).service(update_pay_item);
}

/// Create a pay item
///
/// Rewards are paid under the code of a pay item; one whose item is not defined cannot be paid.
#[utoipa::path(
    tag = "payroll",
    responses((status = 201, description = "The new pay item.", body = PayItemResponse)),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/pay-items")]
pub async fn create_pay_item(call: Call<PayrollPrepare>, body: Json<CreatePayItemRequest>) -> Result<HttpResponse> {
    call.write(body, move |tx, request| {
        async move {
            request.check()?;
            let row = PayItem {
                tenant_id: tx.tenant,
                id: tx.id(),
                code: request.code,
                name_zh: request.name_zh,
                name_en: request.name_en,
                issuance_way: request.issuance_way.slug().to_owned(),
                tax_mode: request.tax_mode,
                tax_category: request.tax_category,
                created_at: tx.now,
                updated_at: tx.now,
                version: 1,
            };
            let inserted = queries::insert(tx.conn, &row).await;
            inserted.on_constraint("pay_items_code_key", || Error::fault("/code", FaultCode::Taken))?;
            tx.audit(Audit::new("create_pay_item", "pay_item", row.id).details(json!({ "code": row.code })));
            tx.emit(Event::new("pay_item.created", "pay_item", row.id, json!({ "code": row.code })));
            let location = format!("/v1/pay-items/{}", row.id);
            Ok(Reply::created(location, &PayItemResponse::from(row))?.etag(ETag(1)))
        }
        .boxed()
    })
    .await
}

/// List pay items
///
/// By code.
#[utoipa::path(
    tag = "payroll",
    params(ListPayItemsQuery),
    responses((status = 200, description = "A page of pay items.", body = PayItemPage)),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/pay-items")]
pub async fn list_pay_items(call: Call<PayrollExport>, query: Query<ListPayItemsQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let rows = queries::list_page(tx.conn, tx.tenant, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |row| row.code.clone())?.map(PayItemResponse::from);
            let next = page.next_target;
            Ok(Reply::ok(&PayItemPage { items: page.items, next_cursor: page.next_cursor })?.next_page(next))
        }
        .boxed()
    })
    .await
}

/// Get a pay item
///
/// One pay item.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay item.")),
    responses((status = 200, description = "The pay item.", body = PayItemResponse)),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/pay-items/{id}")]
pub async fn get_pay_item(call: Call<PayrollExport>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let found = queries::find(tx.conn, tx.tenant, id).await?;
            let row = found.ok_or_else(|| Error::not_found("pay item"))?;
            let etag = ETag(row.version);
            Ok(Reply::ok(&PayItemResponse::from(row))?.etag(etag))
        }
        .boxed()
    })
    .await
}

/// Change a pay item
///
/// Its code stays; lines of locked batches keep what they were made with.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay item.")),
    responses((status = 200, description = "The changed pay item.", body = PayItemResponse)),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[patch("/v1/pay-items/{id}")]
pub async fn update_pay_item(
    call: Call<PayrollPrepare>,
    id: Path<Uuid>,
    body: Json<UpdatePayItemRequest>,
) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match()?);
    call.write(body, move |tx, request| {
        async move {
            let found = queries::find_for_update(tx.conn, tx.tenant, id).await?;
            precondition.check(found.ok_or_else(|| Error::not_found("pay item"))?.version)?;
            let fields = request.fields();
            let row = queries::update(tx.conn, tx.tenant, id, request.into_change()?, tx.now).await?;
            tx.audit(Audit::new("update_pay_item", "pay_item", id).fields(fields));
            tx.emit(Event::new("pay_item.updated", "pay_item", id, json!({ "code": row.code })));
            let etag = ETag(row.version);
            Ok(Reply::ok(&PayItemResponse::from(row))?.etag(etag))
        }
        .boxed()
    })
    .await
}
