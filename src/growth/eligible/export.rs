//! All who may be promoted as a table. Each part is read as the caller in a transaction of its own, so whoever loses the right gets no
//! more; while one part is sent the next ones are checked.

use std::sync::Arc;

use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use uuid::Uuid;

use super::Question;
use super::dto::{EligibleHead, EligibleLecturer};
use super::queries::Part;
use crate::call::Stay;
use crate::error::Result;
use crate::http::tables::{Cell, Column};

/// Number of parts that are checked ahead of the reader, and kept in memory for it.
const AHEAD: usize = 2;

/// A lecturer, and by what and for when it is so.
type Row = (Arc<EligibleHead>, EligibleLecturer);

pub const COLUMNS: &[Column<Row>] = &[
    Column::new("target_code", "Position", "岗位", |(head, _)| Cell::text(&head.target_code)),
    Column::new("policy_id", "Policy id", "政策 ID", |(head, _)| Cell::text(head.policy_id)),
    Column::new("policy_version", "Version of the policy", "政策版本", |(head, _)| {
        Cell::number(head.policy_version)
    }),
    Column::new("asked_on", "As of", "截至日期", |(head, _)| Cell::text(head.asked_on)),
    Column::new("employee_id", "Employee id", "员工 ID", |(_, one)| Cell::text(one.employee.id)),
    Column::new("employee_number", "Employee number", "工号", |(_, one)| {
        Cell::maybe(one.employee.employee_number.as_ref())
    }),
    Column::new("name", "Name", "姓名", |(_, one)| Cell::text(&one.employee.name)),
    Column::new("appointed_on", "Appointed on", "聘任日期", |(_, one)| Cell::text(one.appointed_on)),
    Column::new("verdict", "Verdict", "结论", |(_, one)| Cell::text(one.verdict.slug())),
    Column::new("waiver_ids", "Waiver ids", "豁免 ID", |(_, one)| {
        Cell::text(one.waiver_ids.iter().map(Uuid::to_string).collect::<Vec<_>>().join(" "))
    }),
];

/// The rows, a part after the other. Between two borders there is one part.
pub fn parts(
    stay: Stay,
    question: Question,
    borders: &[Uuid],
) -> impl Stream<Item = Result<Vec<Row>>> + 'static + use<> {
    let begins = std::iter::once(None).chain(borders.iter().copied().map(Some));
    let ends = borders.iter().copied().map(Some).chain([None]);
    let parts: Vec<Part> = begins.zip(ends).map(|(after, upto)| Part { after, upto, limit: i64::MAX }).collect();
    let head = Arc::new(question.head());
    stream::iter(parts).map(move |part| rows(stay.clone(), question.clone(), Arc::clone(&head), part)).buffered(AHEAD)
}

async fn rows(stay: Stay, question: Question, head: Arc<EligibleHead>, part: Part) -> Result<Vec<Row>> {
    let answered = stay.read(move |tx| async move { question.answer(tx, part).await }.boxed()).await?;
    Ok(answered.found.into_iter().map(|one| (Arc::clone(&head), one)).collect())
}
