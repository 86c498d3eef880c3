//! Pay items over HTTP.

use actix_web::{HttpResponse, get, patch, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{CreatePayItemRequest, ListPayItemsQuery, PayItemPage, PayItemResponse, UpdatePayItemRequest};
use super::{queries, service};
use crate::auth::rights::{PayrollExport, PayrollPrepare};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Json, Path, Query, Reply};

pub fn routes(config: &mut ServiceConfig) {
    config.service(create_pay_item).service(list_pay_items).service(get_pay_item).service(update_pay_item);
}

/// Create a pay item
///
/// Says how payroll is to treat the money that reward policies grant under this code. Entries whose pay item is not defined
/// stay out of every batch, with their people listed as not payable.
#[utoipa::path(
    tag = "payroll",
    responses((
        status = 201, description = "The pay item.", body = PayItemResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[post("/v1/pay-items")]
pub async fn create_pay_item(call: Call<PayrollPrepare>, body: Json<CreatePayItemRequest>) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let item = PayItemResponse::from(service::create(tx, request).await?);
            Ok(Reply::created(format!("/v1/pay-items/{}", item.id), &item)?.etag(item.etag))
        }
        .boxed()
    })
    .await
}

/// List pay items
///
/// In the order of their codes.
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
            let rows = queries::list_page(tx, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |item| item.code.clone())?.map(PayItemResponse::from);
            let next = page.next_target;
            Ok(Reply::ok(&PayItemPage { items: page.items, next_cursor: page.next_cursor })?.next_page(next))
        }
        .boxed()
    })
    .await
}

/// Get a pay item
///
/// How payroll treats the money of one code.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay item.")),
    responses((
        status = 200, description = "The pay item.", body = PayItemResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["payroll:export"]))
)]
#[get("/v1/pay-items/{id}")]
pub async fn get_pay_item(call: Call<PayrollExport>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let found = queries::find(tx, id).await?;
            let item = PayItemResponse::from(found.ok_or_else(|| Error::not_found("pay item"))?);
            Ok(Reply::ok(&item)?.etag(item.etag))
        }
        .boxed()
    })
    .await
}

/// Update a pay item
///
/// A merge patch (RFC 7396). Batches that are locked keep what they were locked with.
#[utoipa::path(
    tag = "payroll",
    params(("id" = Uuid, Path, description = "The pay item.")),
    responses((
        status = 200, description = "The pay item as it is now.", body = PayItemResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["payroll:prepare"]))
)]
#[patch("/v1/pay-items/{id}")]
pub async fn update_pay_item(
    call: Call<PayrollPrepare>,
    id: Path<Uuid>,
    body: Json<UpdatePayItemRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match()?;
    call.write(body, move |tx, request| {
        async move {
            let item = PayItemResponse::from(service::update(tx, id, &precondition, request.into_change()?).await?);
            Ok(Reply::ok(&item)?.etag(item.etag))
        }
        .boxed()
    })
    .await
}
