//! Layouts over HTTP.

use uuid::Uuid;

use super::dto::{
    CreatePayrollLayoutRequest, PayrollLayout, PayrollLayoutPage, PayrollLayoutPresetsResponse, PayrollLayoutResponse,
};
use super::{presets, queries, service};
use crate::auth::rights::{PayrollExport, PayrollPrepare};
use crate::call::{Answer, Call, answer};
use crate::error::Code::AlreadyExists;
use crate::http::{Json, Paged, Path, Reply, operations};

operations! {
    create_payroll_layout, list_payroll_layouts, get_payroll_layout, replace_payroll_layout, delete_payroll_layout,
    list_payroll_layout_presets
}

/// Create a payroll layout
///
/// What the file of a batch is like for a payroll system (导出版式): its columns with their names and order, the codes that the system
/// uses, the decimals of amounts, and the number of rows of a part. `list_payroll_layout_presets` has layouts for known systems to begin
/// with. Exports name it as `layout_id`.
#[utoipa::path(
    post, path = "/v1/payroll-layouts", responses((status = 201, body = PayrollLayoutResponse)),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
async fn create_payroll_layout(call: Call<PayrollPrepare>, body: Json<CreatePayrollLayoutRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let layout = PayrollLayoutResponse::new(service::create(tx, request, faults).await?);
        Reply::created(format!("/v1/payroll-layouts/{}", layout.id), &layout)
    })
}

/// List payroll layouts
///
/// Ordered by code.
#[utoipa::path(get, path = "/v1/payroll-layouts", responses((status = 200, body = PayrollLayoutPage)))]
async fn list_payroll_layouts(call: Call<PayrollExport>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let (rows, next) = queries::list_page(tx, &paging).await?;
        Reply::page(rows.into_iter().map(PayrollLayoutResponse::new), next)
    })
}

/// Get a payroll layout
///
/// The layout with its columns.
#[utoipa::path(get, path = "/v1/payroll-layouts/{id}", responses((status = 200, body = PayrollLayoutResponse)))]
async fn get_payroll_layout(call: Call<PayrollExport>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&PayrollLayoutResponse::new(service::get(tx, id).await?)))
}

/// Replace a payroll layout
///
/// The whole layout but its code. Files that are exported from then on have the new form, and a new ETag.
#[utoipa::path(put, path = "/v1/payroll-layouts/{id}", responses((status = 200, body = PayrollLayoutResponse)))]
async fn replace_payroll_layout(call: Call<PayrollPrepare>, Path(id): Path<Uuid>, body: Json<PayrollLayout>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        let layout = service::replace(tx, id, &precondition, request, faults).await?;
        Reply::ok(&PayrollLayoutResponse::new(layout))
    })
}

/// Delete a payroll layout
///
/// Batches are not affected: they can be exported in other layouts, or without one.
#[utoipa::path(delete, path = "/v1/payroll-layouts/{id}", responses((status = 204)))]
async fn delete_payroll_layout(call: Call<PayrollPrepare>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        service::delete(tx, id, &precondition).await?;
        Ok(Reply::no_content())
    })
}

/// List presets of payroll layouts
///
/// Layouts for Feishu one-off payments (飞书一次性支付), bonus and adjustment items of 薪人薪事, and Additional Salary of Frappe HR. Send
/// `code` and `layout` of one to `create_payroll_layout`, after what only the company knows has been replaced: its name and the ids of its pay
/// items there. The notes of each preset say what that is.
#[utoipa::path(
    get, path = "/v1/payroll-layout-presets", responses((status = 200, body = PayrollLayoutPresetsResponse))
)]
async fn list_payroll_layout_presets(call: Call<PayrollExport>) -> Answer {
    answer!(call.read(), |_tx| Reply::ok(&PayrollLayoutPresetsResponse { items: presets()? }))
}
