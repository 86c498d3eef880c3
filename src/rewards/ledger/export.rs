//! Rewards as a table. Each part is read as the caller, so whoever loses the right gets no more.

use std::sync::Arc;

use futures_util::{FutureExt as _, Stream};
use uuid::Uuid;

use super::dto::{ListRewardsQuery, RewardResponse};
use super::model::EntryNow;
use super::queries;
use crate::auth::rights::RewardsRead;
use crate::call::Stay;
use crate::error::Result;
use crate::http::tables::{Cell, Column, in_parts};
use crate::journal::Tx;
use crate::names::names;
use crate::people::{employee_refs, visible};

/// Number of rows of a part.
const PART: i64 = 1_000;

pub const COLUMNS: &[Column<RewardResponse>] = &[
    Column::new("id", "Reward id", "奖励 ID", |reward| Cell::text(reward.id)),
    Column::new("employee_id", "Employee id", "员工 ID", |reward| Cell::text(reward.employee.id)),
    Column::new("employee_number", "Employee number", "工号", |reward| {
        Cell::maybe(reward.employee.employee_number.as_ref())
    }),
    Column::new("employee_name", "Name", "姓名", |reward| Cell::text(&reward.employee.name)),
    Column::new("programme_id", "Programme id", "激励方案 ID", |reward| Cell::text(reward.programme_id)),
    Column::new("earned_period", "Earned period", "所属考核周期", |reward| Cell::text(reward.earned_period)),
    Column::new("kind", "Kind", "类型", |reward| Cell::text(reward.kind.slug())),
    Column::new("amount", "Amount", "金额", |reward| Cell::Number(reward.amount.to_major())),
    Column::new("currency", "Currency", "币种", |reward| Cell::text(reward.amount.currency)),
    Column::new("state", "State", "状态", |reward| Cell::text(reward.state.slug())),
    Column::new("state_since", "State since", "状态起始时间", |reward| Cell::instant(reward.state_since)),
    Column::new("hold_cause", "Held by", "暂挂原因", |reward| {
        Cell::maybe(reward.hold.as_ref().map(|hold| hold.cause.slug()))
    }),
    Column::new("policy", "Policy", "奖励政策", |reward| Cell::maybe(reward.policy.as_ref())),
    Column::new("pay_item_code", "Pay item", "薪资项目", |reward| Cell::text(&reward.pay_item_code)),
    Column::new("reason_code", "Reason code", "原因代码", |reward| Cell::text(&reward.reason.code)),
    Column::new("reason_zh", "Reason (Chinese)", "原因", |reward| Cell::text(&reward.reason.zh)),
    Column::new("reason_en", "Reason", "原因（英文）", |reward| Cell::text(&reward.reason.en)),
    Column::new("corrects_id", "Corrects", "更正的奖励", |reward| Cell::maybe(reward.corrects_id)),
    Column::new("session_id", "Session id", "分享 ID", |reward| Cell::maybe(reward.session_id)),
    Column::new("snapshot_id", "Snapshot id", "结果快照 ID", |reward| Cell::maybe(reward.snapshot_id)),
    Column::new("maker_kind", "Made by (kind)", "提出方类型", |reward| Cell::text(reward.maker.kind.slug())),
    Column::new("maker_id", "Made by", "提出方", |reward| Cell::text(reward.maker.id)),
    Column::new("created_at", "Made at", "提出时间", |reward| Cell::instant(reward.created_at)),
];

/// The rewards of the people whom the caller may see, newest first.
pub fn parts(stay: Stay, filters: ListRewardsQuery) -> impl Stream<Item = Result<Vec<RewardResponse>>> + 'static {
    let filters = Arc::new(filters);
    in_parts(move |after: Option<Uuid>| {
        let (stay, filters) = (stay.clone(), Arc::clone(&filters));
        async move { stay.read(move |tx| async move { part(tx, &filters, after).await }.boxed()).await }
    })
}

async fn part(
    tx: &mut Tx<'_>,
    filters: &ListRewardsQuery,
    after: Option<Uuid>,
) -> Result<(Vec<RewardResponse>, Option<Uuid>)> {
    let seen = visible::<RewardsRead>(tx).await?;
    let rows = queries::list_page(tx, filters, seen.ids(), after, PART).await?;
    let last = rows.last().map(|now| now.entry.id);
    Ok((responses(tx, rows).await?, last))
}

/// The entries with whom they pay.
pub async fn responses(tx: &mut Tx<'_>, rows: Vec<EntryNow>) -> Result<Vec<RewardResponse>> {
    let people: Vec<Uuid> = rows.iter().map(|now| now.entry.employee_id).collect();
    let employees = employee_refs(tx, &people).await?;
    let names = names(tx).await?;
    rows.into_iter().map(|now| RewardResponse::new(now, &employees, &names)).collect()
}
