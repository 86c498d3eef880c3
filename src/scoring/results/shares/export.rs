//! All shares of a period as a table. Each part is read as the caller, so whoever loses the right gets no more. A snapshot never changes,
//! so the parts fit together.

use chrono::{DateTime, Utc};
use futures_util::{FutureExt as _, Stream};
use uuid::Uuid;

use super::Closed;
use super::dto::AppraisalShareResponse;
use super::queries::Asked;
use crate::call::Stay;
use crate::error::Result;
use crate::http::tables::{Cell, Column, in_parts};
use crate::kernel::period::Period;
use crate::scoring::scorecard::NotRatedReason;

/// Number of rows of a part.
const PART: i64 = 1_000;

/// A share, and its period.
type Row = (Period, AppraisalShareResponse);

pub const COLUMNS: &[Column<Row>] = &[
    Column::new("period", "Period", "考核周期", |(period, _)| Cell::text(period)),
    Column::new("employee_id", "Employee id", "员工 ID", |(_, share)| Cell::text(share.employee.id)),
    Column::new("employee_number", "Employee number", "工号", |(_, share)| {
        Cell::maybe(share.employee.employee_number.as_ref())
    }),
    Column::new("name", "Name", "姓名", |(_, share)| Cell::text(&share.employee.name)),
    Column::new("status", "Status", "状态", |(_, share)| Cell::text(share.status.slug())),
    Column::new("reason", "Reason", "原因", |(_, share)| Cell::maybe(share.reason.map(NotRatedReason::slug))),
    Column::new("score", "Score", "得分", |(_, share)| Cell::maybe_number(share.score)),
    Column::new("grade", "Grade", "等级", |(_, share)| Cell::maybe(share.grade.as_ref())),
    Column::new("appraisal_weight_bp", "Weight (basis points)", "权重（万分之）", |(_, share)| {
        Cell::number(share.appraisal_weight_bp)
    }),
    Column::new("share", "Share of the appraisal", "占整体考核的得分", |(_, share)| {
        Cell::maybe_number(share.share)
    }),
    Column::new("snapshot_number", "Snapshot", "结果快照", |(_, share)| Cell::number(share.snapshot_number)),
    Column::new("updated_at", "Updated at", "更新时间", |(_, share)| Cell::instant(share.updated_at)),
];

/// The rows; none while the period is open.
pub fn parts(
    stay: Stay,
    period: Period,
    closed: Option<Closed>,
    updated_since: Option<DateTime<Utc>>,
) -> impl Stream<Item = Result<Vec<Row>>> + 'static {
    in_parts(move |after: Option<Uuid>| {
        let stay = stay.clone();
        async move {
            let Some(closed) = closed else { return Ok((Vec::new(), None)) };
            let asked = Asked { updated_since, after, fetch: PART };
            let shares = stay.read(move |tx| async move { closed.shares(tx, asked).await }.boxed()).await?;
            let last = shares.last().map(|(id, _)| *id);
            Ok((shares.into_iter().map(|(_, share)| (period, share)).collect(), last))
        }
    })
}
