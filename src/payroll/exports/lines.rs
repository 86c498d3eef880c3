//! The lines of a batch, part by part. A part is read in a transaction of its own, so a slow reader never holds a connection,
//! however long the file takes; and while one part is sent the next ones are read. Lines never change, so the parts fit together.

use std::future::ready;

use actix_web::web::Bytes;
use futures_util::{FutureExt as _, Stream, StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use uuid::Uuid;

use crate::auth::Actor;
use crate::error::{Error, Result};
use crate::http::tables::{Cell, Column, beside};
use crate::journal::read_tx;
use crate::payroll::lines::dto::PayrollLineResponse;
use crate::payroll::lines::list_page;
use crate::state::State;

/// Number of lines of a part.
const PART: usize = 1_000;

/// Number of parts that are read ahead of the reader, and kept in memory for it.
const AHEAD: usize = 2;

/// The lines of a locked batch that follow the one with the number `after`.
pub fn lines(
    state: State,
    tenant: Uuid,
    batch: Uuid,
    after: i32,
) -> impl Stream<Item = Result<Vec<PayrollLineResponse>>> + 'static {
    let parts = (after..i32::MAX).step_by(PART);
    let parts = stream::iter(parts).map(move |after| part(state.clone(), tenant, batch, after));
    parts.buffered(AHEAD).try_take_while(|part| ready(Ok(!part.is_empty())))
}

/// The lines after number `after`; none after the last one.
async fn part(state: State, tenant: Uuid, batch: Uuid, after: i32) -> Result<Vec<PayrollLineResponse>> {
    let fetch = i64::try_from(PART).map_err(Error::internal)?;
    let read = read_tx(&state, tenant, Actor::system(), move |tx| {
        async move { Ok(list_page(tx, batch, None, after, fetch).await?) }.boxed()
    });
    let lines = read.await?;
    beside(move || lines.into_iter().map(PayrollLineResponse::new).collect()).await
}

/// One line of canonical JSON for each line of the batch.
pub fn json_lines(
    parts: impl Stream<Item = Result<Vec<PayrollLineResponse>>> + 'static,
) -> impl Stream<Item = Result<Bytes>> + 'static {
    parts.and_then(|part| {
        beside(move || {
            let mut bytes = Vec::new();
            for line in part {
                bytes.extend(line.canonical()?);
            }
            Ok(Bytes::from(bytes))
        })
    })
}

/// The columns of a batch as a table.
pub const COLUMNS: &[Column<PayrollLineResponse>] = &[
    Column::new("id", "Line id", "明细 ID", |line| Cell::text(line.id)),
    Column::new("batch_id", "Batch id", "批次 ID", |line| Cell::text(line.batch_id)),
    Column::new("number", "No.", "序号", |line| Cell::number(line.number)),
    Column::new("employee_id", "Employee id", "员工 ID", |line| Cell::text(line.employee.id)),
    Column::new("employee_number", "Employee number", "工号", |line| Cell::text(&line.employee.employee_number)),
    Column::new("employee_name", "Name", "姓名", |line| Cell::text(&line.employee.name)),
    Column::new("external_ids", "Ids in other systems", "外部系统 ID", |line| json(&line.employee.external_ids)),
    Column::new("pay_item_code", "Pay item", "薪资项目", |line| Cell::text(&line.pay_item_code)),
    Column::new("kind", "Kind", "类型", |line| Cell::text(line.kind.slug())),
    Column::new("amount_minor", "Amount in minor units", "金额（最小货币单位）", |line| {
        Cell::number(line.amount_minor)
    }),
    Column::new("amount", "Amount", "金额", |line| Cell::number(&line.amount)),
    Column::new("currency", "Currency", "币种", |line| Cell::text(line.currency)),
    Column::new("earned_starts_on", "Earned from", "所属期开始", |line| Cell::text(line.earned_starts_on)),
    Column::new("earned_ends_on", "Earned to", "所属期结束", |line| Cell::text(line.earned_ends_on)),
    Column::new("pay_period", "Pay period", "发放周期", |line| Cell::text(line.pay_period)),
    Column::new("issuance_way", "Issuance way", "发放方式", |line| Cell::text(line.issuance_way.slug())),
    Column::new("tax_mode", "Tax mode", "计税方式", |line| Cell::maybe(line.tax_mode.as_ref())),
    Column::new("tax_category", "Tax category", "税目", |line| Cell::maybe(line.tax_category.as_ref())),
    Column::new("cost_centre", "Cost centre", "成本中心", |line| Cell::maybe(line.cost_centre.as_ref())),
    Column::new("reason_code", "Reason code", "原因代码", |line| Cell::text(&line.reason.code)),
    Column::new("reason_zh", "Reason (Chinese)", "原因", |line| Cell::text(&line.reason.zh)),
    Column::new("reason_en", "Reason", "原因（英文）", |line| Cell::text(&line.reason.en)),
    Column::new("sources", "Sources", "依据", |line| json(&line.sources)),
    Column::new("corrects_line_id", "Corrects line", "更正的明细", |line| Cell::maybe(line.corrects_line_id)),
    Column::new("previous_line_id", "Replaces line", "替代的明细", |line| Cell::maybe(line.previous_line_id)),
    Column::new("made_by_kind", "Made by (kind)", "提出方类型", |line| Cell::text(line.made_by.kind.slug())),
    Column::new("made_by_id", "Made by", "提出方", |line| Cell::text(line.made_by.id)),
    Column::new("approved_by_id", "Approved by", "审批人", |line| Cell::text(line.approved_by_id)),
];

/// A list as JSON: what is serialized here has no member that could fail.
pub fn json(value: &impl Serialize) -> Cell {
    Cell::Text(serde_json::to_string(value).unwrap_or_default())
}
