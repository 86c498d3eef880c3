//! Pay items over HTTP.

use uuid::Uuid;

use super::dto::{CreatePayItemRequest, PayItemPage, PayItemResponse, UpdatePayItemRequest};
use super::{queries, service};
use crate::auth::rights::{PayrollExport, PayrollPrepare};
use crate::call::{Answer, Call, answer};
use crate::error::Code::AlreadyExists;
use crate::http::{Json, Paged, Path, Reply, operations};
use crate::kernel::phrases::Thing;

operations! { create_pay_item, list_pay_items, get_pay_item, update_pay_item }

/// Create a pay item
///
/// Defines how payroll treats the money that reward policies grant under this code. Rewards whose pay item is not defined stay
/// out of every batch, and their people are listed as not payable.
#[utoipa::path(
    post, path = "/v1/pay-items", responses((status = 201, body = PayItemResponse)),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
async fn create_pay_item(call: Call<PayrollPrepare>, body: Json<CreatePayItemRequest>) -> Answer {
    answer!(call.write(body), |tx, request| {
        let item = PayItemResponse::new(service::create(tx, request).await?);
        Reply::created(format!("/v1/pay-items/{}", item.id), &item)
    })
}

/// List pay items
///
/// Ordered by code.
#[utoipa::path(get, path = "/v1/pay-items", responses((status = 200, body = PayItemPage)))]
async fn list_pay_items(call: Call<PayrollExport>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let (rows, next) = queries::list_page(tx, &paging).await?;
        Reply::page(rows.into_iter().map(PayItemResponse::new), next)
    })
}

/// Get a pay item
///
/// How payroll treats the money of one code.
#[utoipa::path(get, path = "/v1/pay-items/{id}", responses((status = 200, body = PayItemResponse)))]
async fn get_pay_item(call: Call<PayrollExport>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        Reply::ok(&PayItemResponse::new(Thing::PayItem.require(queries::find(tx, id).await?)?))
    })
}

/// Update a pay item
///
/// A merge patch (RFC 7396). Batches that are already locked do not change.
#[utoipa::path(
    patch, path = "/v1/pay-items/{id}", responses((status = 200, body = PayItemResponse)),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
async fn update_pay_item(call: Call<PayrollPrepare>, Path(id): Path<Uuid>, body: Json<UpdatePayItemRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let change = request.into_change(&mut faults);
        Reply::ok(&PayItemResponse::new(service::update(tx, id, &precondition, change, faults).await?))
    })
}
