//! Eligible lecturers over HTTP.

use chrono::NaiveDate;
use futures_util::FutureExt as _;

use super::dto::{EligibleHead, EligibleLecturerPage, EligibleLecturerTable, EligibleLecturersQuery, TargetPath};
use super::export::{COLUMNS, parts};
use super::{PART, Question, queries};
use crate::auth::rights::PromotionsRead;
use crate::call::{Answer, Call, answer};
use crate::error::{Error, Result};
use crate::http::tables::{Table, TableForm, TableWorkbook, Tabled};
use crate::http::{Paged, Path, Reply, operations};
use crate::journal::Tx;
use crate::people::{today, visible};

operations! { list_eligible_lecturers, export_eligible_lecturers }

async fn question(tx: &mut Tx<'_>, target_code: &str, on: Option<NaiveDate>) -> Result<Question> {
    let on = match on {
        Some(on) => on,
        None => today(tx).await?,
    };
    Question::new(tx, target_code, on).await
}

/// List the lecturers who may be promoted
///
/// Those appointed as lecturers on the day who meet the policy in force for the position, or for whom what they do not meet is waived: of
/// the people whom the caller may see. Each is judged exactly as by `create_promotion_check`, which shows the evidence and says what `on`
/// means: closed results and the policy are those of the moment of asking.
#[utoipa::path(
    get, path = "/v1/promotion-targets/{target_code}/eligible-lecturers", params(TargetPath),
    responses((status = 200, body = EligibleLecturerPage))
)]
async fn list_eligible_lecturers(
    call: Call<PromotionsRead>,
    Path(target): Path<TargetPath>,
    query: Paged<EligibleLecturersQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let question = question(tx, &target.target_code, query.on).await?;
        let fetch = usize::try_from(paging.fetch()).map_err(Error::internal)?;
        let found = question.list(tx, paging.after()?, fetch).await?;
        let (items, next) = paging.cut(found, |lecturer| lecturer.employee.id)?;
        let EligibleHead { target_code, policy_id, policy_version, asked_on } = question.head();
        let page =
            EligibleLecturerPage { target_code, policy_id, policy_version, asked_on, items, next_cursor: next.cursor };
        Ok(Reply::ok(&page)?.next_page(next.target))
    })
}

/// Export the lecturers who may be promoted
///
/// The whole list as a table, in CSV or as a workbook. It is sent while the next lecturers are checked; the closed results and the policy
/// that count are those of the moment at which it begins, whatever day `on` is.
#[utoipa::path(
    get, path = "/v1/promotion-targets/{target_code}/eligible-lecturers/export", params(TargetPath, TableForm),
    responses((
        status = 200,
        content(
            (EligibleLecturerTable = "text/csv", example = json!("target_code,policy_id\r\n")),
            (TableWorkbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        ),
        headers(("Content-Disposition"), ("Content-Language"))
    ))
)]
async fn export_eligible_lecturers(
    call: Call<PromotionsRead>,
    Path(target): Path<TargetPath>,
    query: Tabled<EligibleLecturersQuery>,
) -> Answer {
    let Tabled { filters, form } = query;
    let (language, asked) = (call.context.language, target.target_code.clone());
    let begin = call.stay_long(move |tx| {
        async move {
            let question = question(tx, &asked, filters.on).await?;
            let seen = visible::<PromotionsRead>(tx).await?;
            let borders = queries::borders(tx, PART, question.sought.on(), seen.ids()).await?;
            Ok((question, borders))
        }
        .boxed()
    });
    let ((question, borders), stay) = begin.await?;
    let name = format!("eligible-{}-{}", target.target_code, question.sought.on());
    let table = Table::of(name, COLUMNS, &form, language);
    table.answer(form.format(), parts(stay, question, &borders)).await
}
