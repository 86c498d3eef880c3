//! Scorecards as a table: a row for each lecturer, with the value and the points of each component of the rule. Each part is read as the
//! caller, so whoever loses the right gets no more. While the period is open its results may change from part to part.

use futures_util::{FutureExt as _, Stream};
use uuid::Uuid;

use super::dto::ScorecardResponse;
use super::{Basis, statement};
use crate::call::Stay;
use crate::error::Result;
use crate::http::tables::{Cell, Column, Table, TableForm, TableHeadings, cells, headings, in_parts};
use crate::journal::Tx;
use crate::kernel::code_list::CodeList;
use crate::kernel::language::Language;
use crate::kernel::message::Words;
use crate::kernel::period::Period;
use crate::names::names;
use crate::scoring::metric::Metric;
use crate::scoring::scorecard::NotRatedReason;

/// Number of rows of a part.
const PART: i64 = 500;

const COLUMNS: &[Column<ScorecardResponse>] = &[
    Column::new("period", "Period", "考核周期", |own| Cell::text(own.period)),
    Column::new("employee_id", "Employee id", "员工 ID", |own| Cell::text(own.employee.id)),
    Column::new("employee_number", "Employee number", "工号", |own| {
        Cell::maybe(own.employee.employee_number.as_ref())
    }),
    Column::new("employee_name", "Name", "姓名", |own| Cell::text(&own.employee.name)),
    Column::new("department_code", "Department code", "部门编码", |own| {
        Cell::maybe(own.department.as_ref().map(|department| &department.code))
    }),
    Column::new("department_name", "Department", "部门", |own| {
        Cell::maybe(own.department.as_ref().map(|department| &department.name))
    }),
    Column::new("status", "Status", "状态", |own| Cell::text(own.card.status.slug())),
    Column::new("reason", "Reason", "未评分原因", |own| Cell::maybe(own.card.reason.map(NotRatedReason::slug))),
    Column::new("score", "Score", "得分", |own| Cell::maybe_number(own.card.score)),
    Column::new("grade_by_score", "Grade by score", "按得分的等级", |own| {
        Cell::maybe(own.card.grade_by_score.as_ref())
    }),
    Column::new("grade", "Grade", "等级", |own| Cell::maybe(own.card.grade.as_ref())),
    Column::new("rank_scope", "Ranked in", "排名范围", |own| Cell::text(own.rank_scope.slug())),
    Column::new("rank", "Rank", "名次", |own| Cell::maybe_number(own.rank)),
    Column::new("ranked_of", "Of", "参与排名人数", |own| Cell::maybe_number(own.ranked_of)),
    Column::new("share_of_appraisal", "Share of the appraisal", "占整体考核的得分", |own| {
        Cell::maybe_number(own.card.share_of_appraisal)
    }),
    Column::new("counted_weight_bp", "Counted weight (basis points)", "计入权重（万分之）", |own| {
        Cell::number(own.card.counted_weight_bp)
    }),
    Column::new("days", "Days", "天数", |own| Cell::number(own.card.days)),
    Column::new("exempt_days", "Exempt days", "免考核天数", |own| Cell::number(own.card.exempt_days)),
    Column::new("provisional", "Provisional", "暂定", |own| Cell::text(own.provisional)),
    Column::new("as_of", "As of", "数据截至", |own| own.as_of.map_or(Cell::Nothing, Cell::instant)),
    Column::new("rule_version", "Rule version", "规则版本", |own| Cell::number(own.rule.version)),
    Column::new("snapshot_number", "Snapshot", "结果快照", |own| {
        Cell::maybe_number(own.snapshot.as_ref().map(|snapshot| snapshot.number))
    }),
];

/// The metrics that the rule of a period scores, with the company's names. 404 as for the list.
pub async fn metrics(tx: &mut Tx<'_>, programme: Uuid, period: Period) -> Result<Vec<(Metric, Words)>> {
    let basis = Basis::find(tx, programme, period).await?;
    let names = names(tx).await?;
    let named = |metric: &Metric| (metric.clone(), names.of(CodeList::Metrics, &metric.to_string()));
    Ok(basis.rule.components.iter().map(|component| named(&component.metric)).collect())
}

/// The table, with two columns for each metric.
pub fn table(
    period: Period,
    metrics: Vec<(Metric, Words)>,
    form: &TableForm,
    language: Language,
) -> Table<ScorecardResponse> {
    let mut all = headings(COLUMNS, form, language);
    all.extend(metrics.iter().flat_map(|(metric, words)| match (form.headings(), language) {
        (TableHeadings::Codes, _) => [metric.to_string(), format!("{metric}_points")],
        (TableHeadings::Words, Language::En) => [words.en.clone(), format!("{} (points)", words.en)],
        (TableHeadings::Words, Language::ZhCn) => [words.zh.clone(), format!("{}（得分）", words.zh)],
    }));
    Table::new(format!("scorecards-{period}"), all, language, move |own: &ScorecardResponse| {
        let mut all = cells(COLUMNS, own);
        for (metric, _) in &metrics {
            let component = own.card.components.iter().find(|component| component.metric == *metric);
            all.push(Cell::maybe_number(component.and_then(|component| component.value)));
            all.push(Cell::maybe_number(component.and_then(|component| component.points)));
        }
        Ok(all)
    })
}

/// The scorecards of the lecturers whom the caller may see, ordered by lecturer id.
pub fn parts(
    stay: Stay,
    programme: Uuid,
    period: Period,
) -> impl Stream<Item = Result<Vec<ScorecardResponse>>> + 'static {
    in_parts(move |after: Option<Uuid>| {
        let stay = stay.clone();
        async move {
            stay.read(move |tx| async move { statement::part(tx, (programme, period), after, PART).await }.boxed())
                .await
        }
    })
}
